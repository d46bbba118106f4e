//! Backup and restore, by the library and by the command line.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use huiying::domain::mention::MentionInput;
use huiying::store::{Engine, NewMention, StoreError, StoreOptions, restore};

use super::{Db, append, at, event, on_both};

on_both!(
    a_backup_restores_what_was_there,
    a_used_database_is_replaced_only_by_force,
    a_file_that_is_no_backup_is_refused,
    the_command_line_backs_up_and_restores,
    a_backup_holds_no_sessions_and_is_on_record,
    a_backup_that_fails_leaves_nothing,
);

async fn fill(db: &Db, events: i64) {
    let mut tx = db.store.write().await.unwrap();
    for n in 0..events {
        append(&mut tx, "incident/1", n, &[event("joined", n)], Some(60)).await;
    }
    let input = MentionInput { text: "停水三天".into(), ..MentionInput::default() };
    let id = tx.insert_mentions(&[NewMention::detected(input, at(0))]).await.unwrap().remove(0).id;
    let finished =
        huiying::store::Finished { id, analysis: "{}".into(), tokens: vec!["停水".into()], ..Default::default() };
    tx.finish_mentions(&[finished]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_backup_restores_what_was_there(db: Db) {
    fill(&db, 5).await;
    let file = db.path("backup");
    // Others go on writing meanwhile: an open transaction does not hold the backup up.
    let mut open = db.store.write().await.unwrap();
    append(&mut open, "incident/2", 0, &[event("opened", 0)], None).await;
    let other = db.again().await;
    let backup = other.backup(&file).await.unwrap();
    open.commit().await.unwrap();
    assert_eq!((backup.contents.events, backup.contents.mentions), (5, 1));
    assert_eq!(backup.bytes, fs::metadata(&file).unwrap().len());
    assert_eq!(mode(&file), 0o600, "it holds what citizens wrote");
    assert!(!db.path("backup.partial").exists());
    let again = db.store.backup(&file).await.unwrap_err();
    assert!(again.to_string().contains("已存在"), "{again}");

    let target = Db::empty(db.store.engine()).await;
    target.store.close().await;
    let restored = restore(&target.options, &file, false).await.unwrap();
    assert_eq!((restored.contents.events, restored.contents.mentions), (5, 1));
    let store = target.again().await;
    assert_eq!(store.events("incident/1").await.unwrap(), db.store.events("incident/1").await.unwrap());
    assert_eq!(store.search(&["停水".into()], &Default::default(), None, 10).await.unwrap().len(), 1);
    // And it is alive: numbers go on where they were, events stay protected.
    let mut tx = store.write().await.unwrap();
    append(&mut tx, "incident/1", 5, &[event("closed", 9)], None).await;
    tx.commit().await.unwrap();
    assert!(target.execute("DELETE FROM events").await.is_err());
}

async fn a_used_database_is_replaced_only_by_force(db: Db) {
    fill(&db, 2).await;
    let file = db.path("backup");
    db.store.backup(&file).await.unwrap();
    let used = Db::fresh(db.store.engine()).await;
    fill(&used, 7).await;
    if used.store.engine() == Engine::Sqlite {
        let error = restore(&used.options, &file, true).await.unwrap_err();
        assert!(error.to_string().contains("正被使用"), "not under a running process, by force neither: {error}");
    }
    used.store.close().await;
    let error = restore(&used.options, &file, false).await.unwrap_err();
    assert!(matches!(error, StoreError::Backup(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("7 条审计记录") && text.contains("--force") && text.contains("更新"), "{text}");
    assert_eq!(used.again().await.events("incident/1").await.unwrap().len(), 7, "nothing was touched");

    let restored = restore(&used.options, &file, true).await.unwrap();
    assert_eq!(restored.contents.events, 2);
    assert_eq!(used.again().await.events("incident/1").await.unwrap().len(), 2);
    if used.store.engine() == Engine::Sqlite {
        let kept = restored.kept.expect("the old file is kept");
        let old = huiying::store::Store::open(&StoreOptions::throw_away(Path::new(&kept))).await.unwrap();
        assert_eq!(old.events("incident/1").await.unwrap().len(), 7);
    }
}

async fn a_file_that_is_no_backup_is_refused(db: Db) {
    fill(&db, 1).await;
    let nonsense = db.path("nonsense");
    fs::write(&nonsense, "这不是备份".repeat(1000)).unwrap();
    let cut = db.path("cut");
    let whole = db.path("whole");
    db.store.backup(&whole).await.unwrap();
    let bytes = fs::read(&whole).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 3]).unwrap();
    db.store.close().await;
    for file in [db.path("missing"), nonsense, cut] {
        restore(&db.options, &file, true).await.expect_err("no backup");
        assert_eq!(db.again().await.events("incident/1").await.unwrap().len(), 1, "{} did harm", file.display());
    }
}

/// Whoever finds a backup finds no open session in it; who made it, and when, stands in the record.
async fn a_backup_holds_no_sessions_and_is_on_record(db: Db) {
    fill(&db, 1).await;
    let mut tx = db.store.write().await.unwrap();
    let row = huiying::store::UserRow {
        id: "root".into(),
        name: "管理员".into(),
        roles: "[]".into(),
        active: true,
        created_at: at(0),
        updated_at: at(0),
    };
    tx.put_user(&row).await.unwrap();
    let session = huiying::store::SessionRow {
        token_hash: "tokentokentoken".into(),
        user_id: "root".into(),
        csrf: "csrfcsrfcsrf".into(),
        created_at: at(0),
        expires_at: at(90),
        seen_at: at(0),
        must_change: false,
    };
    tx.insert_session(&session).await.unwrap();
    tx.record_login_attempt("name/somebody", at(0), "attempt").await.unwrap();
    tx.commit().await.unwrap();
    printed(&huiying(&db, &["backup", "b1"]));
    let bytes = fs::read(db.path("b1")).unwrap();
    for secret in ["tokentokentoken", "csrfcsrfcsrf", "name/somebody"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    assert!(db.store.session("tokentokentoken", at(1)).await.unwrap().is_some(), "nobody is logged out by it");
    let recorded = db.store.events("admin").await.unwrap();
    let last = recorded.last().expect("a record");
    assert_eq!((last.event.as_str(), last.by.as_str()), ("backed_up", "console"));
    let body: serde_json::Value = serde_json::from_str(&last.body).unwrap();
    assert!(body["file"].as_str().unwrap().ends_with("/b1") && body["operator"].is_string(), "{body}");
    let target = Db::empty(db.store.engine()).await;
    target.store.close().await;
    restore(&target.options, &db.path("b1"), false).await.unwrap();
    assert!(target.again().await.session("tokentokentoken", at(1)).await.unwrap().is_none());
}

/// A disk without room, as the file size limit of the process.
async fn a_backup_that_fails_leaves_nothing(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    // What does not compress.
    let noise: String = (0_u64..60_000)
        .map(|n| char::from_u32(0x4e00 + u32::try_from((n * n * 2_654_435_761) >> 7 & 0x3fff).unwrap()).unwrap())
        .collect();
    let input = MentionInput { text: noise, ..MentionInput::default() };
    tx.insert_mentions(&[NewMention::detected(input, at(0))]).await.unwrap();
    tx.commit().await.unwrap();
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" backup b1", env!("CARGO_BIN_EXE_huiying")])
        .env("HUIYING_DATABASE__URL", &db.options.url)
        .current_dir(db.path("."))
        .output()
        .unwrap();
    assert!(!limited.status.success(), "{limited:?}");
    let left: Vec<String> = fs::read_dir(db.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("b1"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    printed(&huiying(&db, &["backup", "b1"]));
}

fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

fn huiying(db: &Db, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_huiying"))
        .args(arguments)
        .env("HUIYING_DATABASE__URL", &db.options.url)
        .current_dir(db.path("."))
        .output()
        .unwrap()
}

fn printed(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

async fn the_command_line_backs_up_and_restores(db: Db) {
    fill(&db, 3).await;
    db.store.close().await;
    let migrated = printed(&huiying(&db, &["migrate"]));
    assert_eq!(migrated["from"], migrated["to"]);
    let backup = printed(&huiying(&db, &["backup", "b1"]));
    assert_eq!((&backup["events"], &backup["mentions"]), (&3.into(), &1.into()));
    let refused = huiying(&db, &["restore", "b1"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"), "{refused:?}");
    assert!(refused.stdout.is_empty());
    let restored = printed(&huiying(&db, &["restore", "b1", "--force"]));
    assert_eq!(restored["events"], 3);
    let twice = huiying(&db, &["backup", "b1"]);
    assert_eq!(twice.status.code(), Some(2), "{twice:?}");
    assert_eq!(db.again().await.events("incident/1").await.unwrap().len(), 3);

    let empty = Db::empty(db.store.engine()).await;
    let no_tables = huiying(&empty, &["backup", "b2"]);
    assert_eq!(no_tables.status.code(), Some(2), "{no_tables:?}");
    assert!(String::from_utf8_lossy(&no_tables.stderr).contains("huiying migrate"), "{no_tables:?}");
    let migrated = printed(&huiying(&empty, &["migrate"]));
    assert_eq!(migrated["from"], 0);
    assert_eq!(migrated["to"], empty.store.schema_version().await.unwrap().1);
}
