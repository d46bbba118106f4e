//! What is written for its owner alone, and who took it out.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use huiying::domain::administration::ADMIN_STREAM;
use huiying::store::{Engine, Store, StoreOptions};

use crate::store::Db;
use crate::verified::played;

fn huiying(folder: &Path, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huiying"));
    command
        .env("HUIYING_DATABASE__URL", url)
        .env("HUIYING_RULES__DIR", Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"))
        .env("HUIYING_COLLECT__ENABLED", "false")
        .current_dir(folder);
    command
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).permissions().mode() & 0o777
}

/// In a container what is printed is kept in a log: the first password goes to a file of the volume instead.
#[tokio::test]
async fn the_first_password_goes_to_a_file_where_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = huiying(folder.path(), "sqlite:huiying.db")
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("HUIYING_WEB__FIRST_PASSWORD_FILE", "first-password")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut printed = String::new();
    for line in BufReader::new(serving.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let ready = line.contains("服务地址");
        printed.push_str(&line);
        if ready {
            break;
        }
    }
    serving.kill().unwrap();
    serving.wait().unwrap();
    let file = folder.path().join("first-password");
    let password = fs::read_to_string(&file).unwrap();
    assert!(password.trim().len() >= 12 && !printed.contains(password.trim()), "{printed}");
    assert!(printed.contains("first-password"), "{printed}");
    for name in ["first-password", "huiying.db", "huiying.db.author-key"] {
        assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
    }
    // The key lies in its file and nowhere in the database.
    let key = fs::read_to_string(folder.path().join("huiying.db.author-key")).unwrap();
    for name in ["huiying.db", "huiying.db-wal"] {
        let bytes = fs::read(folder.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(64).any(|window| window == key.trim().as_bytes()), "{name}");
    }
}

#[tokio::test]
async fn a_report_is_its_owners_alone_and_on_record() {
    let db = Db::empty(Engine::Sqlite).await;
    played("referral", &db.options).await;
    let folder = tempfile::tempdir().unwrap();
    for name in ["ledger.xlsx", "ledger.csv"] {
        let done = huiying(folder.path(), &db.options.url).args(["report", "ledger", "--out", name]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
    }
    let store = Store::open(&StoreOptions::durable(&db.options.url)).await.unwrap();
    let rows = store.events(ADMIN_STREAM).await.unwrap();
    let exported: Vec<_> = rows.iter().filter(|row| row.event == "exported").collect();
    assert_eq!(exported.len(), 2);
    let body: serde_json::Value = serde_json::from_str(&exported[1].body).unwrap();
    assert_eq!((body["what"].as_str(), body["cases"].as_u64()), (Some("ledger"), Some(1)));
    assert!(body["file"].as_str().unwrap().ends_with("/ledger.csv") && body["operator"].is_string(), "{body}");
}
