//! Waiting for changes, of this process and of others.

use std::time::Duration;

use huiying::store::{Changes, NewOutbox, StreamHead, Watch};

use super::{Db, append, at, event, on_both};

on_both!(
    a_commit_of_this_process_is_told,
    a_commit_of_another_process_is_told,
    what_is_undone_is_not_told,
    something_else_is_told_without_a_name,
    many_streams_are_all_told,
    nothing_is_lost_between_two_calls,
);

/// Ends a test that would wait for ever.
const PATIENCE: Duration = Duration::from_secs(20);

async fn next(watch: &mut Watch) -> Changes {
    tokio::time::timeout(PATIENCE, watch.changed()).await.expect("a change is told").unwrap()
}

fn head(stream: &str, seq: i64) -> StreamHead {
    StreamHead { stream: stream.into(), seq }
}

async fn a_commit_of_this_process_is_told(db: Db) {
    let mut watch = db.store.watch().await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0), event("graded", 0)], None).await;
    append(&mut tx, "incident/2", 0, &[event("opened", 0)], None).await;
    append(&mut tx, "incident/1", 2, &[event("closed", 0)], None).await;
    tx.commit().await.unwrap();
    let told = next(&mut watch).await;
    assert_eq!(told, Changes { streams: vec![head("incident/1", 3), head("incident/2", 1)], lost: false });
}

async fn a_commit_of_another_process_is_told(db: Db) {
    let other = db.again().await;
    let mut watch = db.store.watch().await.unwrap();
    let mut tx = other.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    assert_eq!(next(&mut watch).await.streams, [head("incident/1", 1)]);
}

async fn what_is_undone_is_not_told(db: Db) {
    let mut watch = db.store.watch().await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    tx.rollback().await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    let savepoint = tx.savepoint().await.unwrap();
    append(&mut tx, "incident/2", 0, &[event("opened", 0)], None).await;
    tx.rollback_to(savepoint).await.unwrap();
    append(&mut tx, "incident/3", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    assert_eq!(next(&mut watch).await.streams, [head("incident/3", 1)]);
}

async fn something_else_is_told_without_a_name(db: Db) {
    let mut watch = db.store.watch().await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    let row = NewOutbox {
        key: "a".into(),
        stream: "incident/1".into(),
        channel: "in_app".into(),
        recipient: "leader".into(),
        payload: "{}".into(),
        created_at: at(0),
        send_at: at(0),
    };
    tx.put_outbox(&[row]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(next(&mut watch).await, Changes::default());
}

/// More than one notification of PostgreSQL holds, and more than SQLite is asked for at a time.
async fn many_streams_are_all_told(db: Db) {
    const STREAMS: usize = 1500;
    let mut watch = db.store.watch().await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    for n in 0..STREAMS {
        append(&mut tx, &format!("incident/20260511-{n:05}"), 0, &[event("opened", 0)], None).await;
    }
    tx.commit().await.unwrap();
    let mut told = std::collections::BTreeSet::new();
    while told.len() < STREAMS {
        told.extend(next(&mut watch).await.streams.into_iter().map(|head| head.stream));
    }
    assert_eq!(told.len(), STREAMS);
}

async fn nothing_is_lost_between_two_calls(db: Db) {
    let mut watch = db.store.watch().await.unwrap();
    for n in 1..=5 {
        let mut tx = db.store.write().await.unwrap();
        append(&mut tx, "incident/1", n - 1, &[event("joined", n)], None).await;
        tx.commit().await.unwrap();
        // A waiter that gives up before anything was told loses nothing.
        let _ = tokio::time::timeout(Duration::ZERO, watch.changed()).await;
    }
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/2", 0, &[event("opened", 9)], None).await;
    tx.commit().await.unwrap();
    loop {
        if next(&mut watch).await.streams.iter().any(|told| *told == head("incident/2", 1)) {
            break;
        }
    }
}
