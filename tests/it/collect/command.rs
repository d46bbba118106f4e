//! `huiying crawl` and `huiying extract` as programs: what they print, their exit status, and a kill in the middle.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Bytes;
use huiying::domain::instant::Span;
use huiying::engine::CollectOptions;
use huiying::rules::Rules;
use huiying::store::{MentionFilter, Store, StoreOptions};
use huiying::time::{Clock, ManualClock, SystemClock};

use super::engine;
use super::server::{Reply, Site, article};

pub(super) fn huiying(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huiying"));
    command.current_dir(dir).args(["--rules", "rules"]).env("HUIYING_DATABASE__URL", "sqlite:crawl.db");
    command.env_remove("HUIYING_COLLECT__ALLOW_PRIVATE_ADDRESSES");
    command
}

/// Runs a program without holding up the site that it reads.
async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn out(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// The shipped rules with other sources.
pub(super) fn rules(dir: &Path, sources: &[(&str, String)], rate: &str) {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target: PathBuf = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &target)
            } else {
                fs::copy(entry.path(), target).map(|_| ()).unwrap()
            }
        }
    }
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &dir.join("rules"));
    fs::remove_dir_all(dir.join("rules/sources")).unwrap();
    fs::create_dir_all(dir.join("rules/sources")).unwrap();
    for (id, rest) in sources {
        let yaml = format!("id: {id}\nname: {id}\nchannel: news\nwhy: 测试\nhttp: {{ rate: {rate} }}\n{rest}\n");
        fs::write(dir.join(format!("rules/sources/{id}.yaml")), yaml).unwrap();
    }
}

fn feed(site: &Site, paths: &[&str]) -> Reply {
    let items: String =
        paths.iter().map(|path| format!("<item><title>{path}</title><link>{}</link></item>", site.url(path))).collect();
    Reply::Page("text/xml", Bytes::from(format!("<rss version='2.0'><channel><title>t</title>{items}</channel></rss>")))
}

#[tokio::test(flavor = "multi_thread")]
async fn crawl_tells_a_line_for_each_source() {
    let (site, dir) = (Site::start().await, tempfile::tempdir().unwrap());
    site.set("/rss", feed(&site, &["/a", "/b"]));
    site.html("/a", &article("搅拌站冒黑烟", "鸿越大道的沥青搅拌站又在半夜偷排黑烟，附近居民窗户都不敢开"));
    site.html("/b", &article("路灯不亮", "状元路的路灯已经坏了三天，晚上学生放学很不安全"));
    let sources = [
        ("good", format!("kind: feed\nurl: {}\nallow_private: true", site.url("/rss"))),
        ("down", format!("kind: feed\nurl: {}\nallow_private: true", site.url("/none"))),
        ("inside", format!("kind: feed\nurl: {}", site.url("/rss"))),
        ("off", "kind: feed\nurl: http://example.com/\nenabled: false".to_owned()),
    ];
    rules(dir.path(), &sources, "1000/s");
    let crawl = |ids: &[&str]| {
        let mut command = huiying(dir.path());
        command.arg("crawl").args(ids);
        run(command)
    };
    let (said, told, code) = out(&crawl(&["good"]).await);
    assert_eq!((said.as_str(), code), ("good（good）：新 2 未变 0 失败 0\n", Some(0)), "{told}");
    let (said, told, code) = out(&crawl(&[]).await);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((lines.len(), code), (3, Some(1)), "{said}{told}");
    assert!(
        lines.iter().any(|line| line.starts_with("down（down）：新 0 未变 0 失败 1 原因：服务器返回 404")),
        "{said}"
    );
    assert!(lines.iter().any(|line| line.starts_with("inside") && line.contains("内网")), "{said}");
    assert!(lines.contains(&"good（good）：新 0 未变 2 失败 0"), "{said}");
    for id in ["off", "nobody"] {
        let (said, told, code) = out(&crawl(&[id]).await);
        assert_eq!((said.as_str(), code, told.lines().count()), ("", Some(2), 1), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_collecting_loses_and_doubles_nothing() {
    let (site, dir) = (Site::start().await, tempfile::tempdir().unwrap());
    let paths: Vec<String> = (0..50).map(|n| format!("/{n}")).collect();
    let names: Vec<&str> = paths.iter().map(String::as_str).collect();
    site.set("/rss", feed(&site, &names));
    for path in &paths {
        site.html(
            path,
            &article(
                &format!("第 {path} 篇"),
                &format!("第 {path} 篇：状元路的路灯已经坏了三天，晚上学生放学很不安全"),
            ),
        );
    }
    // The process hangs at the 31st page; what it found before is stored in part.
    site.set("/30", Reply::Hanging);
    rules(dir.path(), &[("good", format!("kind: feed\nurl: {}\nallow_private: true", site.url("/rss")))], "1000/s");
    let mut child = huiying(dir.path()).arg("crawl").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let reached = async {
        let mut look = tokio::time::interval(std::time::Duration::from_millis(20));
        while site.asked("/30") == 0 {
            look.tick().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), reached).await.expect("the crawl comes to the 31st page");
    child.kill().unwrap();
    child.wait().unwrap();

    site.html("/30", &article("第三十篇", "第三十篇：状元路的路灯已经坏了三天，晚上学生放学很不安全"));
    let store =
        Store::open(&StoreOptions::durable(format!("sqlite:{}", dir.path().join("crawl.db").display()))).await.unwrap();
    let count = || async { store.mentions(&MentionFilter::default(), None, 1_000).await.unwrap().len() };
    let before = count().await;
    assert!(before > 0 && before < 50, "{before}");
    let rules: huiying::acts::SharedRules =
        Arc::new(ArcSwap::from_pointee(Rules::load(&dir.path().join("rules")).unwrap()));
    let clock = Arc::new(ManualClock::new(SystemClock::default().now() + Span::from_minutes(3)));
    let engine = engine(&store, &rules, clock.clone(), CollectOptions::default());
    let collected = engine.collect_due(clock.now()).await.unwrap().remove(0);
    assert_eq!((collected.run.new, collected.run.failed.len()), (50 - before, 0), "{collected:?}");
    assert_eq!(count().await, 50);
    clock.advance(Span::from_hours(1));
    assert_eq!(engine.collect_due(clock.now()).await.unwrap()[0].run.new, 0);
    store.close().await;
}

fn extract(input: Vec<u8>, arguments: &[&str]) -> (String, String, Option<i32>) {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_huiying"))
        .arg("extract")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It stops reading when it has seen enough.
    let writing = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    out(&output)
}

#[test]
fn extract_prints_one_object() {
    let page = article("搅拌站冒黑烟", "鸿越大道的沥青搅拌站又在半夜偷排黑烟，附近居民窗户都不敢开")
        + "<a href='/b.html'>下一篇</a>";
    let gbk = encoding_rs::GBK.encode(&page.replace("charset=utf-8", "")).0.into_owned();
    let arguments = ["--url", "http://www.example.gov.cn/a.html", "--content-type", "text/html; charset=gb2312"];
    let (said, told, code) = extract(gbk, &arguments);
    assert_eq!((said.lines().count(), told.as_str(), code), (1, "", Some(0)), "{told}");
    let object: serde_json::Value = serde_json::from_str(&said).unwrap();
    let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["title", "author", "published_at", "source", "text", "links", "charset"]);
    assert_eq!((object["title"].as_str(), object["author"].as_str()), (Some("搅拌站冒黑烟"), Some("王小明")));
    assert_eq!(
        (object["published_at"].as_str(), object["source"].as_str()),
        (Some("2026-05-11T09:30:00+08:00"), Some("宣城日报"))
    );
    assert_eq!(
        (&object["links"], &object["charset"]),
        (&serde_json::json!(["http://www.example.gov.cn/b.html"]), &"gb18030".into())
    );
    let (said, _, code) = extract(b"<p>hi</p>".to_vec(), &[]);
    let object: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&object["title"], &object["published_at"], code),
        (&serde_json::Value::Null, &serde_json::Value::Null, Some(0))
    );
}

#[test]
fn extract_refuses_what_is_no_page() {
    let noise: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (what, input, arguments, code) in [
        ("empty", Vec::new(), &[][..], 1),
        ("binary", noise, &[], 1),
        ("a PDF", b"%PDF-1.7\n".to_vec(), &[], 1),
        ("deep", "<div>".repeat(100_000).into_bytes(), &[], 1),
        ("200 MB", vec![b'a'; 200_000_000], &[], 1),
        ("a wrong address", b"<p>a</p>".to_vec(), &["--url", "nowhere"], 2),
    ] {
        let (said, told, status) = extract(input, arguments);
        assert_eq!((said.as_str(), status, told.lines().count()), ("", Some(code), 1), "{what}: {told}");
        assert!(told.starts_with("错误：") && !told.contains("panicked"), "{what}: {told}");
    }
}
