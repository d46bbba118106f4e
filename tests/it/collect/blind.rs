//! Each way in which a source dies, through the running collector: seen within three runs, told once, ended once.

use std::collections::BTreeSet;

use axum::body::Bytes;
use huiying::domain::instant::Span;
use huiying::rules::source::SourceDefinition;
use huiying::store::ArrivalRow;
use huiying::time::Clock as _;

use super::server::{Reply, Site, article};
use super::{Desk, source};

const SCHEDULE: &str =
    "schedule: { every: 10m, at_most: 2m, at_least: 6h, jitter: 0% }\nalert: { empty_runs: 3, stale_after: 24h }";

/// Notices about blind spots so far: of sources lost, and of sources seen again; each goes to several people.
async fn notices(desk: &Desk) -> (usize, usize) {
    let rows = desk.store.outbox_of("engine").await.unwrap();
    let told: BTreeSet<Vec<&str>> = rows.iter().map(|row| row.key.split('/').take(4).collect()).collect();
    let count = |word: &str| told.iter().filter(|key| key[1] == word).count();
    (count("blind"), count("sighted"))
}

fn list(page: usize, names: &[String]) -> String {
    let items: String = names
        .iter()
        .map(|name| format!("<li><a href='/{name}.html'>标题 {name}</a><span class=d>2026-05-11</span></li>"))
        .collect();
    format!("<html><body><!-- {page} --><ul>{items}</ul></body></html>")
}

/// A list with pages behind it, each time with a new item.
struct Town {
    site: Site,
    names: Vec<String>,
}

impl Town {
    async fn start() -> (Self, SourceDefinition) {
        let site = Site::start().await;
        let rest = format!(
            "url: {}\nlist: {{ items: li, url: a@href, title: a, published_at: .d }}\ndetail: {{ text: .content }}\n{SCHEDULE}",
            site.url("/list")
        );
        let source = source("town", "html", &rest);
        let mut town = Self { site, names: Vec::new() };
        (0..5).for_each(|_| town.publish());
        (town, source)
    }

    fn publish(&mut self) {
        let name = format!("n{}", self.names.len());
        let text = format!("第 {name} 篇：状元路的路灯已经坏了三天，晚上学生放学很不安全。");
        self.site.html(&format!("/{name}.html"), &article(&name, &text));
        self.names.push(name);
        self.site.html("/list", &list(self.names.len(), &self.names));
    }
}

#[tokio::test]
async fn each_death_of_a_source_is_seen_in_three_runs_told_once_and_ended_once() {
    type Death = fn(&mut Town);
    let deaths: [(&str, Death); 7] = [
        ("empty", |town| town.site.html("/list", "<html><body><div class=new-layout>改版了</div></body></html>")),
        ("wall", |town| town.site.html("/list", "<html><body>您的访问过于频繁，请完成安全验证</body></html>")),
        ("wall", |town| {
            let refusal = Bytes::from_static(br#"{"code":403,"msg":"Forbidden","data":[]}"#);
            town.site.set("/list", Reply::Page("application/json", refusal));
        }),
        ("failing", |town| town.site.set("/list", Reply::Status(502))),
        ("textless", |town| {
            town.publish();
            town.publish();
            for name in &town.names[5..] {
                town.site.html(&format!("/{name}.html"), "<html><body><div class=neu>正文换了地方</div></body></html>");
            }
        }),
        ("fields", |town| {
            town.publish();
            let page = list(99, &town.names).replace("class=d", "class=date");
            town.site.html("/list", &page);
        }),
        ("frozen", |_| {}),
    ];
    for (health, die) in deaths {
        let (mut town, source) = Town::start().await;
        let desk = Desk::new(vec![source]).await;
        let first = desk.collect().await.remove(0);
        assert_eq!((first.health.id(), first.run.new), ("ok", 5), "{first:?}");
        if health == "frozen" {
            for _ in 0..4 {
                town.publish();
                assert_eq!(desk.again(Span::from_hours(1)).await.run.new, 1);
            }
        }
        die(&mut town);
        let mut last = None;
        for run in 1..=3 {
            assert_eq!(notices(&desk).await, (0, 0), "{health}: not before run {run}");
            last = Some(desk.again(Span::from_hours(1)).await);
        }
        assert_eq!(last.as_ref().unwrap().health.id(), health, "{last:?}");
        let row = desk.row("town").await;
        assert!(row.blind_since.is_some() && row.reason.is_some(), "{row:?}");
        assert!(row.message.as_ref().unwrap().contains("请"), "a remedy: {row:?}");
        assert_eq!(notices(&desk).await, (1, 0), "{health}");
        desk.again(Span::from_hours(7)).await;
        assert_eq!(notices(&desk).await, (1, 0), "{health}: told once");
        for name in town.names.clone() {
            let text = format!("第 {name} 篇：状元路的路灯已经坏了三天，晚上学生放学很不安全。");
            town.site.html(&format!("/{name}.html"), &article(&name, &text));
        }
        town.publish();
        desk.again(Span::from_hours(7)).await;
        assert_eq!((desk.row("town").await.health.as_str(), notices(&desk).await), ("ok", (1, 1)), "{health}");
        desk.again(Span::from_hours(1)).await;
        assert_eq!(notices(&desk).await, (1, 1), "{health}: ended once");
    }
}

#[tokio::test]
async fn a_sender_has_a_health_too() {
    let rest = format!("webhook: {{ key: partner, secret_env: E }}\n{SCHEDULE}");
    let desk = Desk::new(vec![source("push", "webhook", &rest)]).await;
    assert_eq!(desk.collect().await[0].health.id(), "ok", "nobody uses it yet");
    assert_eq!(desk.again(Span::from_hours(30)).await.health.id(), "ok");
    let push = async |received: i64, refused: i64| {
        let mut tx = desk.store.write().await.unwrap();
        let new = received - refused;
        let why = (refused > 0).then(|| "读不出".to_owned());
        let row = ArrivalRow { source: "push".into(), received, new, refused, why, last_at: desk.clock.now() };
        tx.add_arrivals(&row).await.unwrap();
        tx.commit().await.unwrap();
    };
    push(5, 1).await;
    let fed = desk.again(Span::from_hours(1)).await;
    assert_eq!((fed.health.id(), fed.run.new), ("ok", 4));
    assert_eq!(desk.row("push").await.new_count, 4);
    let silent = desk.again(Span::from_hours(25)).await;
    assert_eq!((silent.health.id(), notices(&desk).await), ("stale", (1, 0)));
    push(1, 0).await;
    assert_eq!(desk.again(Span::from_hours(1)).await.health.id(), "ok");
    for _ in 0..3 {
        push(3, 3).await;
        desk.again(Span::from_hours(1)).await;
    }
    assert_eq!(desk.row("push").await.reason.as_deref(), Some("rejected"));
    assert_eq!(notices(&desk).await, (2, 1));
}
