//! The watched folder.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use huiying::domain::grade::Grade;
use huiying::domain::instant::Span;
use huiying::time::Clock as _;

use super::{BEGIN, Desk, shared, source};

/// Puts a file there that was last written to so long before the tests' beginning.
fn put(folder: &Path, name: &str, content: &[u8], before_s: i64) {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    let changed = UNIX_EPOCH + Duration::from_millis((BEGIN - Span::from_secs(before_s)).ms() as u64);
    fs::File::options().write(true).open(path).unwrap().set_modified(changed).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn desk(folder: &Path) -> Desk {
    let rest = format!(
        "schedule: {{ every: 1m, at_most: 10s, at_least: 10m, jitter: 0% }}\ninbox: {{ folder: {}, settle: 10s }}",
        folder.display()
    );
    Desk::new(vec![source("inbox", "inbox", &rest)]).await
}

#[tokio::test]
async fn files_are_taken_and_put_away_with_their_reasons() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let lines: String = (0..1_200)
        .map(|n| format!("{{\"id\":\"{n}\",\"source\":\"tool\",\"channel\":\"weibo\",\"text\":\"第 {n} 条\"}}\n"))
        .collect();
    put(folder, "a.jsonl", lines.as_bytes(), 60);
    put(folder, "b.jsonl", "{\"text\":\"好的一行\"}\n{\"text\":\n{\"txt\":1}\n{\"text\":\"截断".as_bytes(), 60);
    put(folder, "c.csv", "标题,正文,发布时间\n停水,停水三天了,2026-05-11 09:00\n".as_bytes(), 60);
    put(folder, "d.jsonl", b"PK\x03\x04 binary", 60);
    put(folder, "e.docx", b"what", 60);
    put(folder, "f.jsonl", b"not json\n", 60);
    put(folder, "young.jsonl", "{\"text\":\"还在写\"}\n".as_bytes(), 5);
    put(folder, ".hidden.jsonl", "{\"text\":\"藏\"}\n".as_bytes(), 60);
    let desk = desk(folder).await;

    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.new, first.run.error.as_deref()), (1_202, None), "{first:?}");
    assert_eq!(names(&folder.join("done")), ["a.jsonl", "b.jsonl", "b.jsonl.原因.txt", "c.csv"]);
    assert_eq!(
        names(&folder.join("failed")),
        [
            "b.rejects.jsonl",
            "d.jsonl",
            "d.jsonl.原因.txt",
            "e.docx",
            "e.docx.原因.txt",
            "f.jsonl",
            "f.jsonl.原因.txt",
            "f.rejects.jsonl"
        ]
    );
    let refused = fs::read_to_string(folder.join("failed/b.rejects.jsonl")).unwrap();
    assert_eq!(refused, "{\"text\":\n{\"txt\":1}\n{\"text\":\"截断\n", "whole, to be mended and put there again");
    assert_eq!(names(folder), [".hidden.jsonl", "done", "failed", "young.jsonl"]);
    let why = fs::read_to_string(folder.join("done/b.jsonl.原因.txt")).unwrap();
    assert!(why.contains("第 2 行") && why.contains("第 3 行") && why.contains("截断"), "{why}");
    assert!(fs::read_to_string(folder.join("failed/d.jsonl.原因.txt")).unwrap().contains("ZIP"));
    let mentions = desk.mentions().await;
    assert!(mentions.iter().any(|mention| mention.source.as_deref() == Some("tool")));
    let good = mentions.iter().find(|mention| mention.text == "好的一行").unwrap();
    assert_eq!((good.source.as_deref(), good.channel.id()), (Some("inbox"), "news"), "what the definition says");
    let rejects = desk.store.rejects(None, 100).await.unwrap();
    assert!(
        rejects.iter().any(|reject| reject.origin == "source:inbox/b.jsonl" && reject.line == Some(2)),
        "{rejects:?}"
    );

    // Once settled it is taken, and the same content again is known.
    put(folder, "a.jsonl", lines.as_bytes(), 50);
    let second = desk.again(Span::from_minutes(2)).await;
    assert_eq!((second.run.new, second.run.unchanged), (1, 1_200));
    assert_eq!(
        names(&folder.join("done")),
        ["a-1.jsonl", "a.jsonl", "b.jsonl", "b.jsonl.原因.txt", "c.csv", "young.jsonl"]
    );
    let third = desk.again(Span::from_minutes(2)).await;
    assert_eq!((third.run.seen, third.health.id()), (Some(0), "ok"));
}

#[tokio::test]
async fn a_file_is_read_on_from_where_a_kill_cut_it_off() {
    let dir = tempfile::tempdir().unwrap();
    let lines: String = (0..700).map(|n| format!("{{\"text\":\"第 {n} 条\"}}\n")).collect();
    put(dir.path(), "a.jsonl", lines.as_bytes(), 60);
    let desk = desk(dir.path()).await;
    // Killed after everything was stored and before the file was moved: as if the move had not happened.
    assert_eq!(desk.collect().await[0].run.new, 700);
    fs::rename(dir.path().join("done/a.jsonl"), dir.path().join("a.jsonl")).unwrap();
    let again = desk.again(Span::from_minutes(2)).await;
    assert_eq!((again.run.new, again.run.unchanged, again.run.failed.len()), (0, 0, 0), "{again:?}");
    assert_eq!(desk.mentions().await.len(), 700, "and nothing twice");
    let imports = desk.store.imports(10).await.unwrap();
    assert_eq!(
        (imports.len(), imports[0].read_count, imports[0].duplicate_count),
        (1, 700, 0),
        "it was not read again"
    );
}

#[tokio::test]
async fn a_folder_that_nobody_made_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk(&dir.path().join("later")).await;
    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.seen, first.run.error.as_deref()), (Some(0), None));
    assert!(!dir.path().join("later").exists(), "and it is not made");
    drop(desk.dir);
}

/// A repost has no words of its own: what it passes on is judged, and two reposts of different things are different matters.
#[tokio::test]
async fn what_was_reposted_is_judged_and_reposts_alone_make_no_matter() {
    let Some(found) = shared("field/07-retweet/7700000009.json") else { return };
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "7700000009.json", &fs::read(found).unwrap(), 60);
    let rest = format!("inbox: {{ folder: {}, settle: 10s }}", dir.path().display());
    let mut source = source("inbox", "inbox", &rest);
    source.region = None;
    let desk = Desk::new(vec![source]).await;
    // Half an hour after the reposts.
    desk.clock.set("2026-11-28T09:30:00+08:00".parse().unwrap());
    let run = desk.collect().await.remove(0);
    assert_eq!((run.run.new, run.run.failed.len()), (4, 0), "{run:?}");
    desk.engine.ingest_all(desk.clock.now()).await.unwrap();
    let all = desk.mentions().await;
    let of = |id: &str| all.iter().find(|mention| mention.external_id.as_deref() == Some(id)).unwrap();
    let (original, repost) = (of("5081229999999999"), of("5081230000000001"));
    let incident = original.incident.clone().expect("the explosion opens an incident");
    assert_eq!(desk.store.incident(&incident).await.unwrap().unwrap().event_grade, Grade::Major);
    assert_eq!(repost.incident.as_ref(), Some(&incident), "it passes the same on");
    assert_ne!(of("5081230000000002").incident.as_ref(), Some(&incident), "of the outing");
    assert_ne!(of("5081229999999998").incident.as_ref(), Some(&incident), "of the outing");
}
