//! Hosts are asked no faster than they may be, whoever asks; and a slow one holds up nobody.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use huiying::domain::instant::Span;
use huiying::engine::CollectOptions;
use huiying::time::Stopwatch;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::server::{Reply, Site, article};
use super::{BEGIN, Desk, engine, source};

fn feed(n: usize) -> Reply {
    let item = format!(
        "<item><title>第 {n} 条</title><guid isPermaLink='false'>{n}</guid><description>路灯坏了{n}</description></item>"
    );
    Reply::Page("text/xml", Bytes::from(format!("<rss version='2.0'><channel><title>t</title>{item}</channel></rss>")))
}

/// Waits for what the running engine does by itself.
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let waited = async {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        while !done().await {
            look.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), waited).await.unwrap_or_else(|_| panic!("in vain: {what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_sites_hold_up_nobody() {
    const SLOW: usize = 12;
    let gate = Arc::new(Semaphore::new(0));
    let healthy = Site::start().await;
    healthy.set("/f", feed(0));
    let every = "schedule: { every: 1m, at_most: 1m, at_least: 1m, jitter: 0% }";
    let mut sources = vec![source("healthy", "feed", &format!("url: {}\n{every}", healthy.url("/f")))];
    let mut sites = Vec::new();
    for n in 0..SLOW {
        let site = Site::start().await;
        // They never answer before this test is done with them: whoever waits for one of them waits for ever.
        site.set("/f", Reply::Held(gate.clone(), Box::new(feed(n))));
        let mut slow = source(&format!("slow{n}"), "feed", &format!("url: {}\n{every}", site.url("/f")));
        slow.http.timeout = huiying::rules::units::Length(Span::from_hours(1));
        sources.push(slow);
        sites.push(site);
    }
    let desk = Desk::new(sources).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (engine, stop, jobs) = (desk.engine.clone(), stop.clone(), desk.dir.path().join("jobs.db"));
        async move { engine.run(jobs, stop).await }
    });
    until("the slow ones are being waited for", async || sites.iter().all(|site| site.asked("/f") == 1)).await;
    for round in 1..=5_usize {
        until("the healthy one is read", async || {
            desk.store.source("healthy").await.unwrap().is_some_and(|row| row.runs >= round as i64)
        })
        .await;
        let row = desk.row("healthy").await;
        // The clock stood still meanwhile: it was read in the instant in which it was due.
        assert_eq!(row.last_run_at, Some(BEGIN + Span::from_minutes(round as i64 - 1)), "{row:?}");
        healthy.set("/f", feed(round));
        desk.clock.advance(Span::from_minutes(1));
    }
    gate.add_permits(SLOW);
    until("the slow ones are read in the end", async || {
        let rows = desk.store.sources().await.unwrap();
        rows.iter().all(|row| row.health == "ok")
    })
    .await;
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_and_processes_together_ask_a_host_one_by_one_at_its_pace() {
    const PERIOD_MS: u64 = 20;
    let site = Site::start().await;
    let mut sources = Vec::new();
    for n in 0..4 {
        let links: String = (0..4).map(|k| format!("<li><a href='/{n}-{k}'>第 {n}-{k} 条</a></li>")).collect();
        site.html(&format!("/list{n}"), &format!("<html><body>{links}</body></html>"));
        for k in 0..4 {
            site.html(
                &format!("/{n}-{k}"),
                &article("标题", &format!("第 {n}-{k} 篇：路灯坏了三天，晚上学生放学不安全。")),
            );
        }
        let rest = format!("url: {}\nlist: {{ items: li, url: a@href, title: a }}", site.url(&format!("/list{n}")));
        let mut one = source(&format!("s{n}"), "html", &rest);
        one.http.rate = huiying::rules::units::Rate { requests: 1, per: Span::from_ms(PERIOD_MS as i64) };
        sources.push(one);
    }
    let desk = Desk::new(sources).await;
    // Another process: an engine of its own, with the same database and the machine's clock.
    let clock = Arc::new(huiying::time::ManualClock::new(BEGIN));
    let other = engine(&desk.store, &desk.rules, clock.clone(), CollectOptions::default());
    desk.engine.sync_sources(BEGIN).await.unwrap();
    let stop = CancellationToken::new();
    // The tests' clocks follow the wall here: it is the pace that is tried.
    let ticking = tokio::spawn({
        let (stop, clocks) = (stop.clone(), [desk.clock.clone(), clock]);
        async move {
            let started = Stopwatch::start();
            let mut tick = tokio::time::interval(Duration::from_millis(1));
            while !stop.is_cancelled() {
                tick.tick().await;
                let now = BEGIN + Span::from_ms(i64::try_from(started.elapsed().as_millis()).unwrap());
                clocks.iter().for_each(|clock| clock.set(now));
            }
        }
    });
    let runs = (0..4).map(|n| {
        let engine = if n % 2 == 0 { desk.engine.clone() } else { other.clone() };
        async move { engine.collect_now(&format!("s{n}")).await.unwrap().unwrap() }
    });
    let all = futures::future::join_all(runs).await;
    stop.cancel();
    ticking.await.unwrap();
    assert!(all.iter().all(|collected| collected.run.new == 4 && collected.run.failed.is_empty()), "{all:?}");
    let requests = site.requests();
    assert!((4 + 16 + 1..=4 + 16 + 4).contains(&requests), "{requests}: each process asks for robots.txt");
    assert_eq!(site.at_a_time(), 1);
    // A tick may come late: the instants that were claimed are what is exact.
    let least = Duration::from_millis(PERIOD_MS * (requests as u64 - 4));
    assert!(site.lasted() >= least, "{requests} requests in {:?}", site.lasted());
}

#[tokio::test]
async fn the_crawl_delay_holds_from_the_first_request_and_other_sources_know_it() {
    let site = Site::start().await;
    site.set("/robots.txt", Reply::Page("text/plain", Bytes::from_static(b"User-agent: *\nCrawl-delay: 0.2\n")));
    site.set("/f", feed(1));
    site.set("/g", feed(2));
    let url = |path: &str| format!("url: {}", site.url(path));
    let desk = Desk::new(vec![source("a", "feed", &url("/f")), source("b", "feed", &url("/g"))]).await;
    assert_eq!(desk.collect().await.len(), 2);
    let host = site.url("").trim_start_matches("http://").to_owned();
    let row = desk.store.host(&host).await.unwrap().unwrap();
    assert_eq!(row.delay_ms, 200);
    // robots.txt, the first list, the second list, at a clock that stands still.
    assert_eq!((site.requests(), row.last_at), (3, BEGIN + Span::from_ms(400)));
    assert_eq!((row.turns, row.failures), (0, 0));
}

#[tokio::test]
async fn a_host_that_asks_for_rest_is_left_alone_by_all_its_sources_and_a_robots_file_that_is_busy_means_waiting() {
    let site = Site::start().await;
    site.set("/f", Reply::Status(429));
    site.set("/g", feed(2));
    let url = |path: &str| format!("url: {}", site.url(path));
    let desk = Desk::new(vec![source("a", "feed", &url("/f")), source("b", "feed", &url("/g"))]).await;
    let all = desk.collect().await;
    assert!(all[1].run.error.as_deref().unwrap().contains("暂缓访问"), "{all:?}");
    assert_eq!(all[1].next_run_at.map(|at| at >= BEGIN + Span::from_minutes(30)), Some(true), "as the server asked");
    assert_eq!(site.asked("/g"), 0);
    desk.clock.advance(Span::from_minutes(40));
    site.set("/f", feed(1));
    assert_eq!(desk.collect().await.iter().map(|collected| collected.run.new).collect::<Vec<_>>(), [1, 1]);

    let site = Site::start().await;
    site.set("/f", feed(1));
    for robots in [
        Reply::Status(429),
        Reply::Moved("/robots.txt".into()),
        Reply::Page("text/plain", Bytes::from(vec![b'#'; 6 << 20])),
    ] {
        site.set("/robots.txt", robots.clone());
        let desk = Desk::new(vec![source("a", "feed", &format!("url: {}", site.url("/f")))]).await;
        let run = desk.collect().await.remove(0).run;
        assert!(run.error.as_deref().unwrap().contains("robots.txt"), "{robots:?}: {run:?}");
        assert_eq!(site.asked("/f"), 0);
    }
}
