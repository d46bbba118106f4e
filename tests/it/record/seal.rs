//! The daily seal finds what the chains alone don't: a tail that was cut off, and a chain written anew.

use huiying::acts::{check_seals, seal_due, seal_file};
use huiying::domain::seal::Seal;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::{Played, code, json, stderr};
use crate::store::{Db, append, at, event, on_both};

pub(super) const SCENARIO: &str = include_str!("scenario.jsonl");

/// A record of three days, sealed on the fourth.
async fn sealed() -> (Played, Vec<Seal>) {
    let played = Played::scenario(SCENARIO, "2026-05-13T23:00:00+08:00").await;
    let store = played.store().await;
    let too_early =
        seal_due(&store, &played.path("seals"), "2026-05-11T23:59:00+08:00".parse().unwrap()).await.unwrap();
    assert!(too_early.is_empty(), "the day is not over");
    let seals = seal_due(&store, &played.path("seals"), "2026-05-14T00:05:00+08:00".parse().unwrap()).await.unwrap();
    store.close().await;
    (played, seals)
}

pub(super) async fn tamper(played: &Played, sql: &str) {
    let file = played.path("replay.db");
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let free = "DROP TRIGGER events_never_updated; DROP TRIGGER events_never_deleted;";
    sqlx::raw_sql(AssertSqlSafe(format!("{free}{sql}"))).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_days_are_made_up_and_verify_checks_them() {
    let (played, seals) = sealed().await;
    let days: Vec<&str> = seals.iter().map(|seal| seal.day.as_str()).collect();
    assert_eq!(days, ["2026-05-11", "2026-05-12", "2026-05-13"]);
    assert_eq!(seals[0].heads.len(), 4);
    let second: Vec<&str> = seals[1].heads.iter().map(|head| head.stream.as_str()).collect();
    let grown = ["incident/20260511-0001", "incident/20260511-0002", "incident/20260511-0004"];
    assert_eq!(second, grown, "answered, warned, warned; the dismissed one has not grown");
    assert_eq!((&seals[1].previous, &seals[2].previous), (&seals[0].hash, &seals[1].hash));
    let out = played.run(&["verify"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert_eq!(json(&out)["seals"], 3);
    // A second run finds nothing to do; a seal that is there is not written again.
    let store = played.store().await;
    let again = seal_due(&store, &played.path("seals"), "2026-05-14T01:00:00+08:00".parse().unwrap()).await.unwrap();
    assert!(again.is_empty());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_was_cut_off_is_found_by_the_seal_alone() {
    let (played, seals) = sealed().await;
    // Whoever does this leaves a chain, a state and clocks that agree: the whole stream of C is gone without a trace.
    tamper(
        &played,
        "DELETE FROM events WHERE stream = 'incident/20260511-0003'; DELETE FROM streams WHERE stream = 'incident/20260511-0003'; \
         DELETE FROM clocks WHERE stream = 'incident/20260511-0003'; DELETE FROM incidents WHERE id = '20260511-0003'; \
         UPDATE mentions SET incident = NULL WHERE incident = '20260511-0003';",
    )
    .await;
    let elsewhere = played.path("elsewhere");
    std::fs::rename(played.path("seals"), &elsewhere).unwrap();
    let plain = played.run(&["verify"]);
    assert_eq!(code(&plain), 3, "the chains tell nothing, but the seals are gone: {}", stderr(&plain));
    assert!(stderr(&plain).contains("日封 2026-05-11：缺少文件"), "{}", stderr(&plain));
    let out = played.run(&["verify", "--seals", "elsewhere"]);
    assert_eq!(code(&out), 3, "{}", stderr(&out));
    let head = seals[0].heads.iter().find(|head| head.stream.ends_with("0003")).unwrap();
    let wanted = format!("日封 2026-05-11：incident/20260511-0003 第 {} 条：记录中已没有这一条", head.seq);
    assert!(stderr(&out).contains(&wanted), "{}", stderr(&out));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_event_and_a_changed_seal_are_named() {
    let (played, _) = sealed().await;
    tamper(
        &played,
        "UPDATE events SET hash = 'f00' WHERE stream = 'incident/20260511-0001' \
        AND seq = (SELECT MAX(seq) FROM events WHERE stream = 'incident/20260511-0001');",
    )
    .await;
    let file = seal_file(&played.path("seals"), "2026-05-13");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("incident/20260511-0002", "incident/20260511-0009", 1)).unwrap();
    let out = played.run(&["verify"]);
    assert_eq!(code(&out), 3);
    let why = stderr(&out);
    assert!(why.contains("日封 2026-05-12：incident/20260511-0001") && why.contains("哈希不同"), "{why}");
    assert!(why.contains("日封 2026-05-13：哈希与内容不符"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_seal_and_a_missing_folder_are_told() {
    let (played, _) = sealed().await;
    std::fs::remove_file(seal_file(&played.path("seals"), "2026-05-12")).unwrap();
    let out = played.run(&["verify"]);
    assert_eq!(code(&out), 3);
    assert!(stderr(&out).contains("日封 2026-05-12：缺少文件"), "{}", stderr(&out));
    assert!(stderr(&out).contains("日封 2026-05-13：与前一日封不相接"), "{}", stderr(&out));
    let out = played.run(&["verify", "--seals", "nowhere"]);
    assert_eq!(code(&out), 2);
}

on_both!(seals_are_the_same_on_both);

/// The store's part on both databases: heads by day, a seal remembered once.
async fn seals_are_the_same_on_both(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/b", 0, &[event("incident_opened", 0), event("graded", 60)], None).await;
    append(&mut tx, "incident/a", 0, &[event("incident_opened", 30)], None).await;
    tx.commit().await.unwrap();
    let next_day = 24 * 60;
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/b", 2, &[event("closed", next_day)], None).await;
    tx.commit().await.unwrap();
    let dir = db.path("seals");
    let made = seal_due(&db.store, &dir, at(3 * next_day)).await.unwrap();
    let shown: Vec<(&str, Vec<(&str, i64)>)> = made
        .iter()
        .map(|seal| (seal.day.as_str(), seal.heads.iter().map(|head| (head.stream.as_str(), head.seq)).collect()))
        .collect();
    assert_eq!(
        shown,
        [
            ("2026-05-11", vec![("incident/a", 1), ("incident/b", 2)]),
            ("2026-05-12", vec![("incident/b", 3)]),
            ("2026-05-13", vec![]),
        ],
        "a day without events is sealed too"
    );
    let mut tx = db.store.write().await.unwrap();
    assert!(!tx.put_seal(&made[0], at(0)).await.unwrap(), "each day once");
    tx.commit().await.unwrap();
    let found = check_seals(&db.store, &dir).await.unwrap();
    assert_eq!((found.seals, found.heads, found.broken), (3, 3, vec![]));
}
