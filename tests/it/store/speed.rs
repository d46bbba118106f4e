//! Batches are fast enough for the goals that rest on them (10,000 mentions through the whole spine in 15 s). The bounds
//! are several times what was measured, so that only a statement that lost its index or its batch fails.

use std::time::Duration;

use huiying::domain::mention::MentionInput;
use huiying::store::{Engine, Finished, NewMention, Store, StoreOptions};

use super::{Db, append, at, event, on_both};

on_both!(ten_thousand_mentions_are_stored_and_finished, a_thousand_incidents_are_appended_at_once);

const MENTIONS: usize = 10_000;
const MENTIONS_TIME_MAX: Duration = Duration::from_secs(25);
const APPEND_TIME_MAX: Duration = Duration::from_secs(10);

/// On SQLite with commits that wait for the disk, as the product runs.
async fn durable(db: &Db) -> Store {
    match db.store.engine() {
        Engine::Sqlite => {
            let store = Store::open(&StoreOptions::durable(db.options.url.clone())).await.unwrap();
            db.store.close().await;
            store
        }
        Engine::Postgres => db.again().await,
    }
}

#[allow(clippy::disallowed_methods, reason = "a bound on wall time")]
async fn ten_thousand_mentions_are_stored_and_finished(db: Db) {
    let store = durable(&db).await;
    let mentions: Vec<NewMention> = (0..MENTIONS)
        .map(|n| {
            let text = format!("第 {n} 封信：{}", "小区停水三天，无人答复。".repeat(8));
            NewMention::detected(MentionInput { text, ..MentionInput::default() }, at(0))
        })
        .collect();
    let started = std::time::Instant::now();
    for batch in mentions.chunks(2_000) {
        let mut tx = store.write().await.unwrap();
        assert!(tx.insert_mentions(batch).await.unwrap().iter().all(|one| one.new));
        tx.commit().await.unwrap();
    }
    let stored = started.elapsed();
    loop {
        let pending = store.pending_mentions(2_000).await.unwrap();
        if pending.is_empty() {
            break;
        }
        let finished: Vec<Finished> = pending
            .into_iter()
            .map(|row| Finished {
                id: row.id,
                analysis: format!("{{\"sentiment\":\"negative\",\"rest\":\"{}\"}}", "词".repeat(150)),
                tokens: ["小区", "停水", "三天", "无人", "答复"].iter().cycle().take(40).map(|w| (*w).into()).collect(),
                signature: Some(vec![7; 512]),
                ..Finished::default()
            })
            .collect();
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.finish_mentions(&finished).await.unwrap(), finished.len() as u64);
        tx.commit().await.unwrap();
    }
    let done = started.elapsed();
    eprintln!("{:?}: {MENTIONS} mentions stored in {stored:?}, finished after {done:?}", store.engine());
    assert!(done < MENTIONS_TIME_MAX, "{MENTIONS} mentions took {done:?}");
}

#[allow(clippy::disallowed_methods, reason = "a bound on wall time")]
async fn a_thousand_incidents_are_appended_at_once(db: Db) {
    let store = durable(&db).await;
    let started = std::time::Instant::now();
    let mut tx = store.write().await.unwrap();
    for n in 0..1_000 {
        let stream = format!("incident/{n}");
        let savepoint = tx.savepoint().await.unwrap();
        assert!(tx.stream(&stream).await.unwrap().is_none());
        append(&mut tx, &stream, 0, &[event("opened", 0), event("graded", 0), event("clock_started", 0)], Some(9))
            .await;
        tx.release(savepoint).await.unwrap();
    }
    tx.commit().await.unwrap();
    let took = started.elapsed();
    eprintln!("{:?}: 1,000 incidents of 3 events in {took:?}", store.engine());
    assert!(took < APPEND_TIME_MAX, "1,000 incidents took {took:?}");
}
