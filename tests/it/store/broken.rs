//! Databases that can't be used: the message names the database and the fix.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use huiying::store::{Engine, Store, StoreError, StoreOptions};

use super::{Db, append, event, on_both};

on_both!(a_locked_row_or_file_is_a_conflict_in_the_end);

/// Cuts all connections to the database but the one that says so.
const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

async fn refused(url: impl Into<String>) -> StoreError {
    Store::open(&StoreOptions::durable(url)).await.map(|_| ()).expect_err("it must not open")
}

fn says(error: &StoreError, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "“{word}” is missing in: {text}");
    }
    assert!(!text.contains('\n'), "one line: {text}");
}

/// Who waits for a lock longer than the bound gets a conflict and not a hang.
async fn a_locked_row_or_file_is_a_conflict_in_the_end(db: Db) {
    let other = db.again().await;
    let mut first = db.store.write().await.unwrap();
    append(&mut first, "incident/1", 0, &[event("opened", 0)], None).await;
    let second = async {
        let mut tx = other.write().await?;
        tx.put_meta("k", "v").await?;
        let events = [event("opened", 0)];
        let append = huiying::store::Append {
            stream: "incident/1",
            kind: "incident",
            expected_seq: 0,
            events: &events,
            state: "{}",
            next_at: None,
        };
        tx.append(append).await
    };
    let error = tokio::time::timeout(Duration::from_secs(60), second).await.expect("a bound").unwrap_err();
    assert!(error.is_conflict() && error.is_passing(), "{error:?}");
    first.commit().await.unwrap();
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused() {
    for url in ["mysql://root:secret@h/d", "", "huiying.db", "sqlite:", "sqlite::memory:", "sqlite:a.db?mode=ro"] {
        let error = refused(url).await;
        assert!(matches!(error, StoreError::Url { .. }), "{url}: {error:?}");
        says(&error, &["database.url", "sqlite:huiying.db"]);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_path_that_is_no_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing/a.db"), file.join("a.db")] {
        let error = refused(format!("sqlite:{}", path.display())).await;
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        says(&error, &[&path.display().to_string(), "写权限"]);
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.db");
    let text = "这不是数据库。".repeat(500);
    fs::write(&file, &text).unwrap();
    let error = refused(format!("sqlite:{}", file.display())).await;
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    says(&error, &[&file.display().to_string(), "huiying restore"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

/// As an ordinary user: root may write anything, so a test that runs as root becomes nobody for this.
#[tokio::test]
async fn a_file_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("read-only.db");
    let store = Store::open(&StoreOptions::throw_away(&file)).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    set_mode(&file, 0o444);
    set_mode(folder.path(), 0o555);
    let text = migrate_as_ordinary_user(folder.path(), &file);
    assert!(text.contains("只能读不能写") && text.contains(&file.display().to_string()), "{text}");
    assert!(text.contains("chown"), "it says what to do: {text}");
    let missing = folder.path().join("new.db");
    let text = migrate_as_ordinary_user(folder.path(), &missing);
    assert!(text.contains("打不开数据库") && text.contains(&missing.display().to_string()), "{text}");
    set_mode(folder.path(), 0o755);
}

pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn migrate_as_ordinary_user(folder: &Path, file: &Path) -> String {
    let output = as_ordinary_user(&["migrate"], folder, file);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Runs `huiying` on a database as someone who may not write everywhere.
pub fn as_ordinary_user(arguments: &[&str], folder: &Path, file: &Path) -> std::process::Output {
    use std::os::unix::fs::MetadataExt;
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    // The build's folder may lie where nobody else can read it: a copy in a folder that all may enter.
    let binaries = tempfile::Builder::new().prefix("huiying-bin-").tempdir().unwrap();
    set_mode(binaries.path(), 0o755);
    let binary = binaries.path().join("huiying");
    fs::copy(env!("CARGO_BIN_EXE_huiying"), &binary).unwrap();
    set_mode(&binary, 0o755);
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(&binary);
        command
    } else {
        Command::new(&binary)
    };
    command
        .args(arguments)
        .env("HUIYING_DATABASE__URL", format!("sqlite:{}", file.display()))
        .current_dir(folder)
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_named() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(format!("postgres://user:secret@127.0.0.1:{port}/huiying")).await;
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    says(&error, &[&format!("127.0.0.1:{port}"), "已启动"]);
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn what_postgres_refuses_is_told() {
    let database = crate::postgres::Database::fresh().await;
    let (base, _) = database.url.rsplit_once('/').unwrap();
    let error = refused(format!("{base}/no_such_database?sslmode=disable")).await;
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    says(&error, &["no_such_database", "createdb"]);

    let mut wrong = url::Url::parse(&database.url).unwrap();
    wrong.set_password(Some("wrong-secret")).unwrap();
    let error = refused(wrong.to_string()).await;
    says(&error, &["用户名和密码"]);
    assert!(!error.to_string().contains("wrong-secret"), "{error}");
}

#[tokio::test]
async fn a_postgres_that_cannot_be_written_is_told() {
    let db = Db::fresh(Engine::Postgres).await;
    let store = db.again().await;
    let name = db.options.url.rsplit_once('/').unwrap().1.split('?').next().unwrap().to_owned();
    db.execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await.unwrap();
    let error = refused(db.options.url.clone()).await;
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    says(&error, &[&name, "主库"]);
    // A store that was open before, after a failover: told at its next write.
    db.execute(TERMINATE).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let error = tx.put_meta("k", "v").await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_is_told_and_taken_up_again() {
    let db = Db::fresh(Engine::Postgres).await;
    let other = db.again().await;
    let mut watch = other.watch().await.unwrap();
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    db.execute(TERMINATE).await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(error.is_passing());
    let told = tokio::time::timeout(Duration::from_secs(20), watch.changed()).await.unwrap().unwrap();
    assert!(told.lost, "there may be changes that were not told");
    // The pool connects anew; nothing of the broken transaction is there.
    assert!(db.store.stream("incident/1").await.unwrap().is_none());
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    tx.commit().await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(20), watch.changed()).await.unwrap().unwrap();
    assert_eq!(told.streams.len(), 1);
}
