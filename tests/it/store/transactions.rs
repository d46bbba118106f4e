//! Transactions, savepoints, counters, facts, migrations.

use huiying::store::{Engine, StoreError};

use super::{Db, append, event, on_both};

on_both!(
    what_is_not_committed_leaves_no_trace,
    a_snapshot_sees_one_moment,
    a_savepoint_undoes_its_part_alone,
    a_savepoint_survives_an_error,
    savepoints_nest,
    numbers_run_without_gaps,
    two_writers_never_get_the_same_number,
    a_fact_is_made_once,
    migrating_twice_changes_nothing,
    several_processes_migrate_at_once,
    a_newer_database_is_refused,
    missing_tables_are_named,
);

async fn what_is_not_committed_leaves_no_trace(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    assert!(db.store.stream("incident/1").await.unwrap().is_none(), "others see nothing before the commit");
    drop(tx);
    let mut tx = db.store.write().await.unwrap();
    assert!(tx.stream("incident/1").await.unwrap().is_none(), "a dropped transaction is undone");
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    tx.rollback().await.unwrap();
    assert!(db.store.events_after(0, 10).await.unwrap().is_empty());
}

/// An auditor reads while the service writes.
async fn a_snapshot_sees_one_moment(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    let mut moment = db.store.snapshot().await.unwrap();
    assert_eq!(moment.streams_after("", 10).await.unwrap().len(), 1);
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 1, &[event("graded", 0)], None).await;
    append(&mut tx, "incident/2", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    assert_eq!(moment.streams_after("", 10).await.unwrap()[0].seq, 1);
    assert_eq!(moment.events_of(&["incident/1", "incident/2"]).await.unwrap().len(), 1);
    let after = db.store.snapshot().await.unwrap().events_of(&["incident/2", "incident/1"]).await.unwrap();
    let order: Vec<_> = after.iter().map(|event| (event.stream.as_str(), event.seq)).collect();
    assert_eq!(order, [("incident/1", 1), ("incident/1", 2), ("incident/2", 1)]);
}

async fn a_savepoint_undoes_its_part_alone(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    let savepoint = tx.savepoint().await.unwrap();
    append(&mut tx, "incident/2", 0, &[event("opened", 0)], None).await;
    tx.rollback_to(savepoint).await.unwrap();
    let savepoint = tx.savepoint().await.unwrap();
    append(&mut tx, "incident/3", 0, &[event("opened", 0)], None).await;
    tx.release(savepoint).await.unwrap();
    tx.commit().await.unwrap();
    let streams: Vec<String> =
        db.store.streams_after("", 10).await.unwrap().into_iter().map(|stream| stream.stream).collect();
    assert_eq!(streams, ["incident/1", "incident/3"]);
}

/// A conflict within a batch: its incident is undone, the others of the batch go on in the same transaction.
async fn a_savepoint_survives_an_error(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    let savepoint = tx.savepoint().await.unwrap();
    let user = huiying::domain::ids::UserId::from("nobody");
    // The foreign key refuses it, and PostgreSQL then refuses all else until the savepoint is rolled back.
    tx.put_credential(&user, "hash", false, super::at(0)).await.unwrap_err();
    tx.rollback_to(savepoint).await.unwrap();
    append(&mut tx, "incident/1", 1, &[event("graded", 0)], None).await;
    tx.commit().await.unwrap();
    assert_eq!(db.store.events("incident/1").await.unwrap().len(), 2);
}

async fn savepoints_nest(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    let outer = tx.savepoint().await.unwrap();
    tx.put_meta("outer", "kept").await.unwrap();
    let inner = tx.savepoint().await.unwrap();
    tx.put_meta("inner", "undone").await.unwrap();
    tx.rollback_to(inner).await.unwrap();
    let inner = tx.savepoint().await.unwrap();
    tx.put_meta("second", "kept").await.unwrap();
    tx.release(inner).await.unwrap();
    tx.release(outer).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.meta("outer").await.unwrap().as_deref(), Some("kept"));
    assert_eq!(db.store.meta("inner").await.unwrap(), None);
    assert_eq!(db.store.meta("second").await.unwrap().as_deref(), Some("kept"));
}

async fn numbers_run_without_gaps(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.next_number("incident/20260511").await.unwrap(), 1);
    assert_eq!(tx.next_number("incident/20260511").await.unwrap(), 2);
    assert_eq!(tx.next_number("incident/20260512").await.unwrap(), 1);
    tx.commit().await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.next_number("incident/20260511").await.unwrap(), 3);
    tx.rollback().await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.next_number("incident/20260511").await.unwrap(), 3, "an undone transaction gives its number back");
}

async fn two_writers_never_get_the_same_number(db: Db) {
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = db.again().await;
        writers.spawn(async move {
            let mut taken = Vec::new();
            for _ in 0..10 {
                let mut tx = store.write().await.unwrap();
                taken.push(tx.next_number("n").await.unwrap());
                tx.commit().await.unwrap();
            }
            taken
        });
    }
    let mut taken: Vec<i64> = writers.join_all().await.concat();
    taken.sort_unstable();
    assert_eq!(taken, (1..=40).collect::<Vec<_>>());
}

async fn a_fact_is_made_once(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.init_meta("key", "first").await.unwrap(), "first");
    assert_eq!(tx.init_meta("key", "second").await.unwrap(), "first");
    tx.put_meta("key", "third").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.meta("key").await.unwrap().as_deref(), Some("third"));
    assert_eq!(db.store.meta("other").await.unwrap(), None);
}

async fn migrating_twice_changes_nothing(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    db.store.migrate().await.unwrap();
    db.store.check_schema().await.unwrap();
    let (applied, known) = db.store.schema_version().await.unwrap();
    assert!(applied == known && known >= 1, "{applied} {known}");
    assert_eq!(db.store.events("incident/1").await.unwrap().len(), 1);
}

async fn several_processes_migrate_at_once(db: Db) {
    let empty = Db::empty(db.store.engine()).await;
    let mut processes = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = empty.again().await;
        processes.spawn(async move { store.migrate().await });
    }
    for result in processes.join_all().await {
        result.unwrap();
    }
    empty.store.check_schema().await.unwrap();
}

async fn a_newer_database_is_refused(db: Db) {
    let checksum = match db.store.engine() {
        Engine::Sqlite => "x''",
        Engine::Postgres => "''",
    };
    db.execute(&format!(
        "INSERT INTO huiying_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'future', TRUE, {checksum}, 0)"
    ))
    .await
    .unwrap();
    for error in [db.store.check_schema().await.unwrap_err(), db.store.migrate().await.unwrap_err()] {
        assert!(matches!(error, StoreError::Schema { .. }), "{error:?}");
        assert!(error.to_string().contains("9999") && error.to_string().contains("升级"), "{error}");
    }
}

async fn missing_tables_are_named(db: Db) {
    let empty = Db::empty(db.store.engine()).await;
    for error in [empty.store.check_schema().await.unwrap_err(), empty.store.next_due().await.unwrap_err()] {
        assert!(matches!(error, StoreError::Schema { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("huiying migrate") && text.contains(empty.store.name()), "{text}");
    }
}
