//! What hostile answers take of memory, read of a process of its own.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use huiying::store::{Store, StoreOptions};
use tokio::sync::Semaphore;

use super::command::{huiying, rules};
use super::hostile::{Malice, hostile};
use super::server::{Reply, Site};

/// Most that may be taken above what the process takes by itself, in MB.
const ABOVE_IDLE_MB_MAX: u64 = 200;
/// Just below the largest body that is taken.
const BODY_BYTES: usize = (8 << 20) - 1_024;

/// A line of what Linux tells of a process, in MB.
fn mb(process: &Child, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kb| kb / 1_024)
}

/// Waits until something is so, looking again and again.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let looks = async {
        let mut look = tokio::time::interval(Duration::from_millis(50));
        while !is_so().await {
            look.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(200), looks).await.unwrap_or_else(|_| panic!("{what} within 200 s"));
}

#[tokio::test(flavor = "multi_thread")]
async fn four_answers_of_8_mb_at_a_time_take_at_most_200_mb() {
    let dir = tempfile::tempdir().unwrap();
    let gate = Arc::new(Semaphore::new(0));
    // Nothing but small objects; and as many values as are parsed, with long texts up to the size.
    let small = format!("{{\"rows\":[{}{{}}]}}", "{},".repeat(BODY_BYTES / 3));
    let row = format!("{{\"c\":\"{}\",\"k\":[{}1]}},", "路灯不亮".repeat(8), "1,".repeat(20));
    let rows = BODY_BYTES / row.len();
    let full = format!("{{\"rows\":[{}{{}}]}}", row.repeat(rows.min(11_000)));
    let full = format!("{full}{}", " ".repeat(BODY_BYTES.saturating_sub(full.len())));
    let (mut sites, mut sources) = (Vec::new(), Vec::new());
    for n in 0..4 {
        let site = Site::start().await;
        let body = Bytes::from(if n % 2 == 0 { small.clone() } else { full.clone() });
        site.set("/api", Reply::Held(gate.clone(), Box::new(Reply::Page("application/json", body))));
        let rest =
            format!("kind: json\nurl: {}\nallow_private: true\njson: {{ items: /rows, text: /c }}", site.url("/api"));
        sources.push((format!("s{n}"), rest));
        sites.push(site);
    }
    let named: Vec<(&str, String)> = sources.iter().map(|(id, rest)| (id.as_str(), rest.clone())).collect();
    rules(dir.path(), &named, "1000/s, timeout: 190s");
    let store = Store::open(&StoreOptions::durable(format!("sqlite:{}", dir.path().join("crawl.db").display()))).await;
    let store = store.unwrap();
    store.migrate().await.unwrap();
    let mut command = huiying(dir.path());
    let command = command.args(["work", "--queue", "collect"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    until("all are asked", async || sites.iter().all(|site| site.asked("/api") > 0)).await;
    let idle = mb(&process, "VmRSS").unwrap();
    gate.add_permits(4);
    until("all were read", async || {
        let mut read = 0;
        for (id, _) in &sources {
            read += usize::from(store.source(id).await.unwrap().is_some_and(|row| row.last_run_at.is_some()));
        }
        read == sources.len()
    })
    .await;
    let peak = mb(&process, "VmHWM").unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    eprintln!("four answers of 8 MB at a time: {idle} MB before, {peak} MB at most");
    let reason = store.source("s0").await.unwrap().unwrap().message.unwrap_or_default();
    assert!(reason.contains("300000 个"), "refused before it was parsed: {reason}");
    // Both give the same post: it is new once.
    let of = async |id: &str| store.source(id).await.unwrap().unwrap();
    let (one, other) = (of("s1").await, of("s3").await);
    assert_eq!(one.new_count + other.new_count, 1, "what can be read is read: {one:?} {other:?}");
    store.close().await;
    assert!(peak.saturating_sub(idle) <= ABOVE_IDLE_MB_MAX, "{idle} MB before, {peak} MB at most");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_hostile_servers_together_take_at_most_200_mb() {
    let dir = tempfile::tempdir().unwrap();
    let mut sources = Vec::new();
    for n in 0..2 {
        for malice in [Malice::Slowloris, Malice::Endless, Malice::Bomb, Malice::Heads, Malice::Short, Malice::Noise] {
            let id = format!("s{}", sources.len());
            let url = format!("http://{}/feed{n}", hostile(malice).await);
            sources.push((id, format!("kind: feed\nurl: {url}\nallow_private: true")));
        }
    }
    let named: Vec<(&str, String)> = sources.iter().map(|(id, rest)| (id.as_str(), rest.clone())).collect();
    // The largest bodies that are taken, and time enough to come so far.
    rules(dir.path(), &named, "1000/s, timeout: 20s, max_body: 8MiB");
    let store = Store::open(&StoreOptions::durable(format!("sqlite:{}", dir.path().join("crawl.db").display()))).await;
    let store = store.unwrap();
    store.migrate().await.unwrap();
    let idle = async {
        // What the process takes by itself: the same one with nothing to collect.
        let none = tempfile::tempdir().unwrap();
        rules(none.path(), &[], "1/s");
        let mut command = huiying(none.path());
        let command = command.args(["work", "--queue", "collect"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut seen = (0, 0);
        until("it has come up", async || {
            seen = (seen.1, mb(&process, "VmRSS").unwrap_or(0));
            seen.1 > 20 && seen.0 == seen.1
        })
        .await;
        process.kill().unwrap();
        process.wait().unwrap();
        seen.1
    };
    let idle = idle.await;
    let mut command = huiying(dir.path());
    let command = command.args(["work", "--queue", "collect"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    until("all were tried", async || {
        let rows = store.sources().await.unwrap();
        rows.len() == sources.len() && rows.iter().all(|row| row.last_run_at.is_some())
    })
    .await;
    let peak = mb(&process, "VmHWM").unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    eprintln!("{} hostile servers at a time: {idle} MB idle, {peak} MB at most", sources.len());
    assert!(
        store.sources().await.unwrap().iter().all(|row| row.message.as_deref().is_some_and(|why| why.contains("请")))
    );
    store.close().await;
    assert!(peak.saturating_sub(idle) <= ABOVE_IDLE_MB_MAX, "{idle} MB idle, {peak} MB at most");
}
