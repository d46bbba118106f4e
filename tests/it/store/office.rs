//! Users, sessions, sources, imports, rejects.

use huiying::domain::ids::UserId;
use huiying::store::{ImportRow, NewReject, SessionRow, SourcePage, SourceRow, UserRow};

use super::{Db, at, on_both};

on_both!(
    users_are_written_and_walked,
    a_credential_needs_its_user,
    a_session_lasts_until_it_ends,
    sessions_of_a_user_end_together,
    failed_log_ins_are_counted,
    a_device_is_known_for_its_user_until_it_is_long_unused,
    who_is_asked_to_change_a_password_is_told_with_the_session,
    a_source_is_claimed_by_one_node_when_due,
    pages_of_a_source_are_remembered,
    an_import_is_taken_up_again,
    rejects_keep_a_sample,
);

fn user(id: &str) -> UserRow {
    UserRow {
        id: id.into(),
        name: "王某".into(),
        roles: "[{\"role\":\"analyst\"}]".into(),
        active: true,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn session(token: &str, user: &str) -> SessionRow {
    SessionRow {
        token_hash: token.into(),
        user_id: user.into(),
        csrf: "csrf".into(),
        created_at: at(0),
        expires_at: at(60),
        seen_at: at(0),
        must_change: false,
    }
}

async fn users_are_written_and_walked(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    for id in ["b", "a", "_c", "B"] {
        tx.put_user(&user(id)).await.unwrap();
    }
    let changed = UserRow { name: "李某".into(), active: false, created_at: at(9), updated_at: at(9), ..user("a") };
    tx.put_user(&changed).await.unwrap();
    assert_eq!(tx.user(&"b".into()).await.unwrap(), Some(user("b")));
    tx.commit().await.unwrap();
    assert_eq!(db.store.user_count().await.unwrap(), 4);
    let expected = UserRow { created_at: at(0), ..changed };
    assert_eq!(db.store.user(&"a".into()).await.unwrap(), Some(expected), "the time of making stays");
    assert_eq!(db.store.user(&"x".into()).await.unwrap(), None);
    let page = |after: &'static str| {
        let store = db.store.clone();
        async move { store.users(after, 2).await.unwrap().iter().map(|u| u.id.to_string()).collect::<Vec<_>>() }
    };
    assert_eq!(page("").await, ["B", "_c"]);
    assert_eq!(page("_c").await, ["a", "b"]);
}

async fn a_credential_needs_its_user(db: Db) {
    let id = UserId::from("analyst");
    let mut tx = db.store.write().await.unwrap();
    tx.put_credential(&id, "hash", false, at(0)).await.unwrap_err();
    tx.rollback().await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    tx.put_user(&user("analyst")).await.unwrap();
    tx.put_credential(&id, "first", true, at(0)).await.unwrap();
    tx.put_credential(&id, "second", false, at(1)).await.unwrap();
    tx.commit().await.unwrap();
    let credential = db.store.credential(&id).await.unwrap().unwrap();
    assert_eq!((credential.hash.as_str(), credential.must_change, credential.changed_at), ("second", false, at(1)));
    assert!(!format!("{credential:?}").contains("second"), "a hash is in no log");
    assert!(db.store.credential(&"x".into()).await.unwrap().is_none());
}

async fn a_session_lasts_until_it_ends(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    tx.put_user(&user("analyst")).await.unwrap();
    tx.insert_session(&session("t1", "analyst")).await.unwrap();
    tx.insert_session(&session("t2", "analyst")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.session("t1", at(59)).await.unwrap(), Some(session("t1", "analyst")));
    assert_eq!(db.store.session("t1", at(60)).await.unwrap(), None);
    assert_eq!(db.store.session("other", at(0)).await.unwrap(), None);
    let mut tx = db.store.write().await.unwrap();
    tx.touch_session("t1", at(50), at(110)).await.unwrap();
    assert!(tx.delete_session("t2").await.unwrap());
    assert!(!tx.delete_session("t2").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(db.store.session("t1", at(100)).await.unwrap().unwrap().seen_at, at(50));
    assert!(!format!("{:?}", session("t1", "analyst")).contains("t1"), "a token is in no log");
    let mut tx = db.store.write().await.unwrap();
    tx.put_user(&UserRow { active: false, ..user("analyst") }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.session("t1", at(100)).await.unwrap(), None, "a user who may not log in has no session");
    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.prune_sessions(at(110)).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn sessions_of_a_user_end_together(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    for id in ["analyst", "leader"] {
        tx.put_user(&user(id)).await.unwrap();
    }
    for (token, id) in [("t1", "analyst"), ("t2", "analyst"), ("t3", "leader")] {
        tx.insert_session(&session(token, id)).await.unwrap();
    }
    assert_eq!(tx.delete_sessions_of(&"analyst".into(), Some("t2")).await.unwrap(), 1);
    assert_eq!(tx.delete_sessions_of(&"analyst".into(), None).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert!(db.store.session("t3", at(0)).await.unwrap().is_some());
}

async fn failed_log_ins_are_counted(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    tx.lock_login_attempts("user:analyst").await.unwrap();
    for minutes in [0, 5, 9] {
        tx.record_login_attempt("user:analyst", at(minutes), &format!("attempt {minutes}")).await.unwrap();
    }
    tx.record_login_attempt("address:127.0.0.1", at(9), "attempt 9").await.unwrap();
    assert_eq!(tx.login_attempts("user:analyst", at(0)).await.unwrap(), (2, Some(at(9))));
    assert_eq!(tx.login_attempts("user:leader", at(-1)).await.unwrap(), (0, None));
    tx.take_back_login_attempt("attempt 9").await.unwrap();
    assert_eq!(tx.login_attempts("user:analyst", at(-1)).await.unwrap(), (2, Some(at(5))));
    assert_eq!(tx.login_attempts("address:127.0.0.1", at(-1)).await.unwrap(), (0, None), "under all its keys");
    tx.clear_login_attempts("user:analyst").await.unwrap();
    assert_eq!(tx.login_attempts("user:analyst", at(-1)).await.unwrap(), (0, None));
    tx.record_login_attempt("user:analyst", at(9), "the last").await.unwrap();
    assert_eq!(tx.prune_login_attempts(at(9)).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn a_device_is_known_for_its_user_until_it_is_long_unused(db: Db) {
    let (analyst, leader) = (UserId::from("analyst"), UserId::from("leader"));
    let mut tx = db.store.write().await.unwrap();
    tx.put_login_device("hash", &analyst, at(0)).await.unwrap();
    tx.put_login_device("hash", &analyst, at(5)).await.unwrap();
    tx.put_login_device("other", &leader, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(db.store.knows_login_device("hash", &analyst).await.unwrap());
    assert!(!db.store.knows_login_device("hash", &leader).await.unwrap());
    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.prune_login_devices(at(4)).await.unwrap(), 1);
    tx.forget_login_devices_of(&analyst).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!db.store.knows_login_device("hash", &analyst).await.unwrap());
}

async fn who_is_asked_to_change_a_password_is_told_with_the_session(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    tx.put_user(&user("analyst")).await.unwrap();
    tx.insert_session(&session("t1", "analyst")).await.unwrap();
    tx.put_credential(&"analyst".into(), "hash", true, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(db.store.session("t1", at(1)).await.unwrap().unwrap().must_change);
    let mut tx = db.store.write().await.unwrap();
    tx.put_credential(&"analyst".into(), "hash", false, at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!db.store.session("t1", at(1)).await.unwrap().unwrap().must_change);
}

fn source(id: &str, next: Option<i64>) -> SourceRow {
    SourceRow {
        source: id.into(),
        state: "{}".into(),
        health: "ok".into(),
        next_run_at: next.map(at),
        ..SourceRow::default()
    }
}

async fn a_source_is_claimed_by_one_node_when_due(db: Db) {
    let full = SourceRow {
        message: Some("连接超时".into()),
        last_run_at: Some(at(-3)),
        last_ok_at: Some(at(-6)),
        last_new_at: Some(at(-9)),
        failures: 1,
        empty_runs: 2,
        runs: 3,
        new_count: 4,
        ..source("b", Some(0))
    };
    let mut tx = db.store.write().await.unwrap();
    for row in [&full, &source("a", Some(5)), &source("c", None)] {
        tx.put_source(row).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(db.store.source("b").await.unwrap(), Some(full.clone()));
    assert_eq!(db.store.next_source_run().await.unwrap(), Some(at(0)));
    let claim = |minutes| {
        let store = db.store.clone();
        async move {
            let mut tx = store.write().await.unwrap();
            let rows = tx.claim_sources(at(minutes), at(minutes + 10), 10).await.unwrap();
            tx.commit().await.unwrap();
            rows.into_iter().map(|row| row.source).collect::<Vec<_>>()
        }
    };
    assert_eq!(claim(0).await, ["b"]);
    assert!(claim(1).await.is_empty(), "it is being collected");
    assert_eq!(claim(6).await, ["a"]);
    assert_eq!(claim(11).await, ["b"], "whoever had it died");
    let mut tx = db.store.write().await.unwrap();
    assert!(tx.claim_source("b", at(12), at(22)).await.unwrap().is_none(), "somebody has it");
    tx.lease_source("b", None).await.unwrap();
    let claimed = tx.claim_source("b", at(12), at(22)).await.unwrap().unwrap();
    assert_eq!((claimed.source.as_str(), claimed.leased_until), ("b", Some(at(22))), "given back, not yet due");
    assert!(tx.claim_source("nobody", at(12), at(22)).await.unwrap().is_none());
    assert!(tx.source("b").await.unwrap().unwrap().leased_until.is_some());
    tx.put_source(&SourceRow { next_run_at: Some(at(60)), ..full }).await.unwrap();
    tx.delete_source("a").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.next_source_run().await.unwrap(), Some(at(60)));
    let left: Vec<String> = db.store.sources().await.unwrap().into_iter().map(|row| row.source).collect();
    assert_eq!(left, ["b", "c"]);
}

async fn pages_of_a_source_are_remembered(db: Db) {
    let page = |url: &str, minutes| SourcePage {
        source: "a".into(),
        url: url.into(),
        etag: Some("\"1\"".into()),
        last_modified: None,
        content_hash: Some("00".into()),
        fetched_at: at(minutes),
    };
    let mut tx = db.store.write().await.unwrap();
    for row in [page("x", 0), page("x", 5), page("y", 1)] {
        tx.put_source_page(&row).await.unwrap();
    }
    assert_eq!(tx.prune_source_pages("b", at(9)).await.unwrap(), 0);
    assert_eq!(tx.prune_source_pages("a", at(5)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(db.store.source_page("a", "x").await.unwrap(), Some(page("x", 5)));
    assert_eq!(db.store.source_page("a", "y").await.unwrap(), None);
}

async fn an_import_is_taken_up_again(db: Db) {
    let begun = ImportRow {
        id: "hash".into(),
        path: "a.jsonl".into(),
        format: "mentions".into(),
        started_at: at(0),
        updated_at: at(0),
        ..ImportRow::default()
    };
    let on = ImportRow {
        byte_offset: 1 << 40,
        line: 7,
        read_count: 6,
        new_count: 3,
        duplicate_count: 2,
        rejected_count: 1,
        done: true,
        updated_at: at(1),
        ..begun.clone()
    };
    let mut tx = db.store.write().await.unwrap();
    tx.put_import(&begun).await.unwrap();
    tx.put_import(&on).await.unwrap();
    tx.put_import(&ImportRow { id: "other".into(), started_at: at(9), ..begun }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.import("hash").await.unwrap(), Some(on));
    assert_eq!(db.store.import("none").await.unwrap(), None);
    let ids: Vec<String> = db.store.imports(10).await.unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(ids, ["other", "hash"]);
}

async fn rejects_keep_a_sample(db: Db) {
    let reject = |line, minutes| NewReject {
        origin: "a.jsonl".into(),
        line,
        reason: "不是 JSON".into(),
        sample: "宣".repeat(500),
        at: at(minutes),
    };
    let mut tx = db.store.write().await.unwrap();
    tx.insert_rejects(&[reject(Some(3), 0), reject(None, 5)]).await.unwrap();
    tx.commit().await.unwrap();
    let rows = db.store.rejects(None, 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [None, Some(3)]);
    assert_eq!(rows[0].sample, "宣".repeat(120));
    assert_eq!(db.store.rejects(Some(rows[0].id), 10).await.unwrap().len(), 1);
    let mut tx = db.store.write().await.unwrap();
    assert_eq!(tx.let_rejects_go(at(5), 10).await.unwrap(), 1);
    tx.commit().await.unwrap();
}
