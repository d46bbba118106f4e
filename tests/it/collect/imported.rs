//! An import that is killed: taken up where it was, with everything and nothing twice. `make soak` imports more rows by
//! `HUIYING_IMPORT_ROWS`.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use huiying::store::{Store, StoreOptions};

use super::command::{huiying, rules};

const ROWS: usize = 1_200;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_is_taken_up_where_it_was() {
    let rows = std::env::var("HUIYING_IMPORT_ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROWS);
    let dir = tempfile::tempdir().unwrap();
    rules(dir.path(), &[], "1/s");
    let mut file = String::new();
    for n in 0..rows {
        writeln!(file, "{{\"id\":\"{n}\",\"source\":\"tool\",\"text\":\"第{n}条\"}}").unwrap();
    }
    std::fs::write(dir.path().join("rows.jsonl"), file).unwrap();
    let url = format!("sqlite:{}", dir.path().join("crawl.db").display());
    let store = Store::open(&StoreOptions::durable(url)).await.unwrap();
    store.migrate().await.unwrap();
    let total = async || store.mention_counts(huiying::domain::instant::Instant::default()).await.unwrap().total;
    let import = || {
        let mut command = huiying(dir.path());
        command.args(["import", "rows.jsonl", "--format", "mentions"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    for share in [0, 1] {
        let mut child = import().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let reached = async {
            let mut look = tokio::time::interval(Duration::from_millis(5));
            while total().await <= (rows / 2 * share) as i64 && child.try_wait().unwrap().is_none() {
                look.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(300), reached).await.expect("it comes on");
        let _ = child.kill();
        child.wait().unwrap();
    }
    let mut last = import();
    let done = tokio::task::spawn_blocking(move || last.output().unwrap()).await.unwrap();
    let (out, told) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let counts: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out} {told}"));
    assert_eq!((counts["read"].as_u64(), counts["rejected"].as_u64()), (Some(rows as u64), Some(0)), "{told}");
    let counts = store.mention_counts(huiying::domain::instant::Instant::default()).await.unwrap();
    assert_eq!((counts.total, counts.pending, counts.failed), (rows as i64, 0, 0));
    store.close().await;
}
