//! Streams: the chain, the lock, the order.

use huiying::domain::audit::GENESIS;
use huiying::domain::instant::Span;
use huiying::store::{Append, Engine, StoreError};

use super::{Db, append, at, event, on_both};

on_both!(
    a_chain_grows_and_holds,
    what_was_stored_is_what_is_read,
    streams_locked_together_are_as_those_locked_one_by_one,
    a_stale_append_is_refused,
    of_two_writers_one_gets_it,
    of_two_openers_one_gets_it,
    events_are_never_changed,
    due_streams_come_in_order,
    streams_are_walked_by_code_point,
    streams_between_two_names_come_last_first,
    a_stream_without_its_row_is_found,
    the_snapshot_can_be_written_alone,
);

async fn a_chain_grows_and_holds(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    assert!(tx.stream("incident/1").await.unwrap().is_none());
    assert_eq!(append(&mut tx, "incident/1", 0, &[event("opened", 0), event("graded", 1)], None).await, 2);
    assert_eq!(append(&mut tx, "incident/2", 0, &[event("opened", 1)], None).await, 1);
    assert_eq!(append(&mut tx, "incident/1", 2, &[event("closed", 2)], None).await, 3);
    tx.commit().await.unwrap();

    let events = db.store.events("incident/1").await.unwrap();
    assert_eq!(
        events.iter().map(|e| (e.seq, e.event.as_str())).collect::<Vec<_>>(),
        [(1, "opened"), (2, "graded"), (3, "closed")]
    );
    let mut head = GENESIS.to_owned();
    for event in &events {
        assert!(event.holds(&head), "event {} does not follow from the one before", event.seq);
        assert!(!event.holds("another"), "any predecessor would do");
        head = event.hash.clone();
    }
    let stream = db.store.stream("incident/1").await.unwrap().unwrap();
    assert_eq!((stream.seq, stream.head, stream.kind.as_str()), (3, head, "incident"));

    let all = db.store.events_after(0, 10).await.unwrap();
    assert_eq!(all.len(), 4);
    assert!(all.is_sorted_by_key(|event| event.position));
    let rest = db.store.events_after(all[1].position, 10).await.unwrap();
    assert_eq!(rest, all[2..]);
    assert_eq!(db.store.stream_count("incident").await.unwrap(), 2);
    assert_eq!(db.store.stream_count("post").await.unwrap(), 0);
}

async fn what_was_stored_is_what_is_read(db: Db) {
    let mut odd = event("opened", 0);
    odd.at = at(0) + Span::from_ms(7);
    odd.by = "张三 'x' \"y\" \\ $1 ?".into();
    odd.body = "{ \"b\":1,  \"a\" : \"\\u0000 \\n 宣城 😀\" }\n".into();
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, std::slice::from_ref(&odd), Some(5)).await;
    tx.commit().await.unwrap();
    let stored = db.store.events("incident/1").await.unwrap().remove(0);
    assert_eq!((stored.at, stored.by.clone(), stored.body.clone()), (odd.at, odd.by, odd.body));
    assert!(stored.holds(GENESIS), "the hash covers the bytes that are stored");
    assert_eq!(db.store.stream("incident/1").await.unwrap().unwrap().next_at, Some(at(5)));
}

async fn streams_locked_together_are_as_those_locked_one_by_one(db: Db) {
    let names = ["incident/1", "incident/2", "incident/none"].map(String::from);
    let mut tx = db.store.write().await.unwrap();
    for name in &names[..2] {
        append(&mut tx, name, 0, &[event("opened", 0)], Some(5)).await;
    }
    tx.commit().await.unwrap();

    let mut tx = db.store.write().await.unwrap();
    tx.lock_streams(&names).await.unwrap();
    for name in &names {
        assert_eq!(tx.stream(name).await.unwrap(), db.store.stream(name).await.unwrap(), "{name}");
    }
    // What this transaction adds is seen, also where the stream was not asked for in between.
    tx.lock_streams(&names).await.unwrap();
    append(&mut tx, &names[0], 1, &[event("closed", 1)], None).await;
    assert_eq!(tx.stream(&names[0]).await.unwrap().unwrap().seq, 2);
    assert_eq!(tx.stream(&names[1]).await.unwrap().unwrap().seq, 1);
    tx.commit().await.unwrap();
}

async fn streams_between_two_names_come_last_first(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    for stream in ["post/20260510-0001", "post/20260511-0002", "post/20260511-0001", "post", "post0", "incident/1"] {
        append(&mut tx, stream, 0, &[event("posted", 0)], None).await;
    }
    tx.commit().await.unwrap();
    let mut moment = db.store.snapshot().await.unwrap();
    for (from, before, limit, expected) in [
        ("post/", "post0", 9, &["post/20260511-0002", "post/20260511-0001", "post/20260510-0001"][..]),
        ("post/", "post0", 2, &["post/20260511-0002", "post/20260511-0001"][..]),
        ("post/20260511", "post/20260511-0002", 9, &["post/20260511-0001"][..]),
        ("post/20260512", "post/20260511", 9, &[][..]),
    ] {
        let found = moment.streams_before(from, before, limit).await.unwrap();
        assert_eq!(found.iter().map(|one| one.stream.as_str()).collect::<Vec<_>>(), expected, "{from}, {before}");
    }
    moment.rollback().await.unwrap();
}

async fn a_stale_append_is_refused(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    for expected_seq in [0, 2] {
        let mut tx = db.store.write().await.unwrap();
        let events = [event("graded", 1)];
        let stale = Append {
            stream: "incident/1",
            kind: "incident",
            expected_seq,
            events: &events,
            state: "{}",
            next_at: None,
        };
        let error = tx.append(stale).await.unwrap_err();
        assert!(error.is_conflict(), "{error}");
        assert!(error.to_string().contains("incident/1"), "{error}");
        tx.rollback().await.unwrap();
    }
    assert_eq!(db.store.events("incident/1").await.unwrap().len(), 1);
}

/// Both load the same version; the second to write finds that the stream has moved on.
async fn of_two_writers_one_gets_it(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    race(&db, 1).await;
    assert_eq!(db.store.events("incident/1").await.unwrap().len(), 2);
}

/// No row is there to lock yet: the unique key of the events decides.
async fn of_two_openers_one_gets_it(db: Db) {
    race(&db, 0).await;
    let events = db.store.events("incident/1").await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(db.store.stream("incident/1").await.unwrap().unwrap().head, events[0].hash);
}

async fn race(db: &Db, expected_seq: i64) {
    let others = [db.again().await, db.again().await, db.again().await, db.again().await];
    let mut racers = tokio::task::JoinSet::new();
    for store in others {
        racers.spawn(async move {
            let mut tx = store.write().await?;
            let events = [event("graded", 1)];
            let append = Append {
                stream: "incident/1",
                kind: "incident",
                expected_seq,
                events: &events,
                state: "{}",
                next_at: None,
            };
            match tx.append(append).await {
                Ok(_) => tx.commit().await,
                Err(error) => {
                    tx.rollback().await?;
                    Err(error)
                }
            }
        });
    }
    let results: Vec<Result<(), StoreError>> = racers.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for error in results.into_iter().filter_map(Result::err) {
        assert!(error.is_conflict(), "{error:?}");
    }
}

async fn events_are_never_changed(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0), event("graded", 1)], None).await;
    tx.commit().await.unwrap();
    let before = db.store.events("incident/1").await.unwrap();
    let mut attempts = vec![
        "UPDATE events SET body = '{}' WHERE seq = 1",
        "UPDATE events SET at = at",
        "DELETE FROM events WHERE seq = 2",
        "DELETE FROM events",
    ];
    match db.store.engine() {
        Engine::Sqlite => attempts.push(
            "PRAGMA recursive_triggers = ON; INSERT OR REPLACE INTO events SELECT position, stream, seq, at, event, \
             actor, '{}', prev, hash FROM events WHERE seq = 1",
        ),
        Engine::Postgres => attempts.push("TRUNCATE events"),
    }
    for sql in attempts {
        let error = db.execute(sql).await.expect_err(sql).to_string();
        assert!(error.contains("never"), "{sql}: {error}");
    }
    assert_eq!(db.store.events("incident/1").await.unwrap(), before);
}

async fn due_streams_come_in_order(db: Db) {
    assert_eq!(db.store.next_due().await.unwrap(), None);
    let mut tx = db.store.write().await.unwrap();
    for (stream, next) in
        [("incident/3", Some(7)), ("incident/1", Some(9)), ("incident/2", Some(7)), ("incident/4", None)]
    {
        append(&mut tx, stream, 0, &[event("opened", 0)], next).await;
    }
    tx.commit().await.unwrap();
    assert_eq!(db.store.next_due().await.unwrap(), Some(at(7)));
    let due = |before, limit| {
        let store = db.store.clone();
        async move { store.due_streams(before, limit).await.unwrap().into_iter().map(|due| due.stream).collect::<Vec<_>>() }
    };
    assert!(due(at(7), 10).await.is_empty(), "due before an instant, not at it");
    assert_eq!(due(at(7) + Span::from_ms(1), 10).await, ["incident/2", "incident/3"]);
    assert_eq!(due(at(60), 10).await, ["incident/2", "incident/3", "incident/1"]);
    assert_eq!(due(at(60), 1).await, ["incident/2"]);
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/2", 1, &[event("closed", 7)], None).await;
    append(&mut tx, "incident/3", 1, &[event("closed", 7)], None).await;
    tx.commit().await.unwrap();
    assert_eq!(db.store.next_due().await.unwrap(), Some(at(9)));
}

/// A locale's order would put `_` and case elsewhere, and a walk by key would pass rows over.
async fn streams_are_walked_by_code_point(db: Db) {
    let mut names = ["incident/B", "incident/a", "incident/_", "incident/1", "incident/宣", "administration"];
    let mut tx = db.store.write().await.unwrap();
    for name in names {
        append(&mut tx, name, 0, &[event("opened", 0)], None).await;
    }
    tx.commit().await.unwrap();
    names.sort_unstable();
    let mut walked = Vec::new();
    let mut key = String::new();
    loop {
        let page = db.store.streams_after(&key, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        key.clone_from(&last.stream);
        walked.extend(page.into_iter().map(|stream| stream.stream));
    }
    assert_eq!(walked, names);
}

async fn a_stream_without_its_row_is_found(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    append(&mut tx, "incident/2", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    assert!(db.store.lost_streams("", 10).await.unwrap().is_empty());
    db.execute("DELETE FROM streams WHERE stream = 'incident/2'").await.unwrap();
    assert_eq!(db.store.lost_streams("", 10).await.unwrap(), ["incident/2"]);
    assert!(db.store.lost_streams("incident/2", 10).await.unwrap().is_empty(), "after it there is none");
}

async fn the_snapshot_can_be_written_alone(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], Some(3)).await;
    let append = Append {
        stream: "incident/1",
        kind: "incident",
        expected_seq: 1,
        events: &[],
        state: "{\"v\":2}",
        next_at: None,
    };
    assert_eq!(tx.append(append).await.unwrap().seq, 1);
    tx.commit().await.unwrap();
    let stream = db.store.stream("incident/1").await.unwrap().unwrap();
    assert_eq!((stream.seq, stream.state.as_str(), stream.next_at), (1, "{\"v\":2}", None));
}
