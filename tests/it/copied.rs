//! An office moves from SQLite to PostgreSQL: row for row, the record byte for byte, and nothing is left half done.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use huiying::acts::{administration, verify};
use huiying::domain::administration::{ADMIN_STREAM, AdminCommand, Role};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::MentionInput;
use huiying::store::{Engine, MentionFilter, NewMention, SessionRow, Store, StoreOptions, copy};
use sqlx::{Connection, PgConnection};

use crate::store::{Db, append, at, event};
use crate::verified::{played, rules};

const LATER: Instant = Instant::from_ms(1_780_000_000_000);

/// A SQLite office in which something happened: cases, a referral, users, a session, odd characters.
async fn office() -> (Db, PathBuf) {
    let db = Db::empty(Engine::Sqlite).await;
    played("referral", &db.options).await;
    let add = AdminCommand::AddUser { user: "root".into(), name: "管理员".into(), roles: vec![Role::Admin] };
    let hash = administration::Credential { hash: "$argon2id$x".into(), must_change: true };
    administration::apply(&db.store, &rules().office, &[add], Some(&hash), "console", None, LATER).await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    let odd = "停水\t三天\\N\n第二行\r\n“引号”'\u{b}\u{1f4a7}";
    let input = MentionInput { text: odd.into(), title: Some("a\\b\tc".into()), ..MentionInput::default() };
    let id = tx.insert_mentions(&[NewMention::detected(input.clone(), at(0))]).await.unwrap().remove(0).id;
    let newer = MentionInput { text: format!("{}（更新）", input.text), ..input };
    assert!(tx.revise_mention(&id, &newer, at(1)).await.unwrap(), "a text that refers to its mention");
    let finished = huiying::store::Finished {
        id,
        analysis: "{}".into(),
        tokens: vec!["停水".into()],
        signature: Some((0..=255).collect()),
        ..Default::default()
    };
    tx.finish_mentions(&[finished]).await.unwrap();
    let session = SessionRow {
        token_hash: "t".into(),
        user_id: "root".into(),
        csrf: "c".into(),
        created_at: LATER,
        expires_at: LATER + Span::from_days(1),
        seen_at: LATER,
        must_change: false,
    };
    tx.insert_session(&session).await.unwrap();
    tx.commit().await.unwrap();
    let file = db.path("test.db");
    (db, file)
}

fn run(file: &Path, to: &Db, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huiying"));
    command
        .args(arguments)
        .env("HUIYING_DATABASE__URL", &to.options.url)
        .env("HUIYING_RULES__DIR", Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"))
        .current_dir(file.parent().unwrap());
    command
}

fn copying(file: &Path, to: &Db) -> Output {
    run(file, to, &["copy", "--from", &format!("sqlite:{}", file.display())]).output().unwrap()
}

/// Everything of the record, in order.
async fn record(store: &Store, without: &str) -> Vec<huiying::store::EventRow> {
    let mut rows = store.events_after(0, 100_000).await.unwrap();
    rows.retain(|row| row.stream != ADMIN_STREAM || row.event != without);
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_office_moves_to_postgresql_byte_for_byte() {
    let (old, file) = office().await;
    let new = Db::empty(Engine::Postgres).await;
    let done = copying(&file, &new);
    assert!(done.status.success(), "{done:?}");
    let printed: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert!(printed["rows"].as_u64().unwrap() > 20, "{printed}");
    assert!(!String::from_utf8_lossy(&done.stdout).contains("throw"), "no password is printed");
    // The record is the same to the byte; each side says last what became of it.
    assert_eq!(record(&old.store, "moved").await, record(&new.store, "moved").await);
    for store in [&old.store, &new.store] {
        assert_eq!(verify(store, |_| ()).await.unwrap().broken, Vec::<String>::new());
        assert_eq!(store.events(ADMIN_STREAM).await.unwrap().last().unwrap().event, "moved");
        let found = store.search(&["停水".into()], &MentionFilter::default(), None, 10).await.unwrap();
        assert!(found.iter().any(|row| row.text.contains("\\N\n第二行")), "{found:?}");
    }
    let seen =
        |rows: Vec<huiying::store::MentionRow>| rows.into_iter().map(|row| format!("{row:?}")).collect::<BTreeSet<_>>();
    let all = MentionFilter::default();
    assert_eq!(
        seen(old.store.mentions(&all, None, 1_000).await.unwrap()),
        seen(new.store.mentions(&all, None, 1_000).await.unwrap())
    );
    let signatures = async |store: &Store| {
        let rows = store.recent_for_correlation(at(-1), 0, 1_000).await.unwrap();
        rows.into_iter().map(|row| row.signature).collect::<Vec<_>>()
    };
    assert_eq!(signatures(&old.store).await, signatures(&new.store).await);
    let waiting = old.store.waiting_versions(LATER, 10).await.unwrap();
    assert_eq!((waiting.len(), &waiting), (1, &new.store.waiting_versions(LATER, 10).await.unwrap()));
    let incident = "20260511-0001".into();
    assert_eq!(
        old.store.evidence(&incident, "referral-2").await.unwrap(),
        new.store.evidence(&incident, "referral-2").await.unwrap()
    );
    assert!(new.store.credential(&"root".into()).await.unwrap().is_some(), "passwords come along");
    assert!(new.store.session("t", LATER).await.unwrap().is_none(), "sessions do not");
    // The commands agree, and the key of the author hashes came along.
    for url in [format!("sqlite:{}", file.display()), new.options.url.clone()] {
        let mut verified = run(&file, &new, &["verify"]);
        let verified = verified.env("HUIYING_DATABASE__URL", &url).output().unwrap();
        assert!(verified.status.success(), "{verified:?}");
    }
    let checked = run(&file, &new, &["author-key", "check"]).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    // Nobody goes on with the old one by mistake.
    let mut late = run(&file, &new, &["author-key", "rotate"]);
    let late = late.env("HUIYING_DATABASE__URL", format!("sqlite:{}", file.display())).output().unwrap();
    assert_eq!(late.status.code(), Some(2), "{late:?}");
    assert!(String::from_utf8_lossy(&late.stderr).contains("已整体迁移"), "{late:?}");
    // Numbers go on where they were.
    let last = new.store.events_after(0, 100_000).await.unwrap().last().unwrap().position;
    let mut tx = new.store.write().await.unwrap();
    append(&mut tx, "incident/new", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    assert!(new.store.events("incident/new").await.unwrap()[0].position > last);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_holds_something_is_refused() {
    let (_old, file) = office().await;
    let new = Db::fresh(Engine::Postgres).await;
    let mut tx = new.store.write().await.unwrap();
    tx.put_meta("something", "else").await.unwrap();
    tx.commit().await.unwrap();
    let refused = copying(&file, &new);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("不是空的") && said.contains("meta"), "{said}");
    assert!(!new.store.contents().await.unwrap().is_used());
    let sideways = run(&file, &new, &["copy", "--from", "postgres://a@b/c", "--to", "sqlite:x.db"]).output().unwrap();
    assert_eq!(sideways.status.code(), Some(2), "{sideways:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_was_killed_leaves_nothing_and_is_run_again() {
    let (_old, file) = office().await;
    let new = Db::fresh(Engine::Postgres).await;
    // Somebody's lock on the last table holds the copy up where it has begun.
    let mut other = PgConnection::connect(&new.options.url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE").execute(&mut other).await.unwrap();
    let mut child = run(&file, &new, &["copy", "--from", &format!("sqlite:{}", file.display())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let waiting =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut look = PgConnection::connect(&new.options.url).await.unwrap();
    loop {
        let (count,): (i64,) = sqlx::query_as(waiting).fetch_one(&mut look).await.unwrap();
        if count > 0 {
            break;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        tokio::task::yield_now().await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert!(!new.store.contents().await.unwrap().is_used());
    let again = copying(&file, &new);
    assert!(again.status.success(), "{again:?}");
    assert!(new.store.contents().await.unwrap().is_used());
}

/// Broken off in the middle of a table: the rows that had arrived are gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_broke_off_in_the_middle_leaves_nothing() {
    let (old, _file) = office().await;
    let new = Db::fresh(Engine::Postgres).await;
    let broken = std::panic::AssertUnwindSafe(copy(&old.store, &new.store, |done, _| assert!(done < 20, "broken off")));
    let outcome = futures::FutureExt::catch_unwind(broken).await;
    assert!(outcome.is_err(), "it was to break off");
    assert!(!new.store.contents().await.unwrap().is_used());
    let store = Store::open(&StoreOptions::durable(&new.options.url)).await.unwrap();
    let copied = copy(&old.store, &store, |_, _| ()).await.unwrap();
    assert!(copied.rows > 20, "{copied:?}");
}
