//! The health of a source and when it is read next, under a manual clock; sources that come and go.

use std::sync::Arc;

use axum::body::Bytes;
use huiying::domain::instant::{Instant, Span};

use super::server::{Reply, Site};
use super::{BEGIN, Desk, rules, source};

const RSS: &str = "<rss version='2.0'><channel><title>t</title>";

fn feed(items: &str) -> Reply {
    Reply::Page("text/xml", Bytes::from(format!("{RSS}{items}</channel></rss>")))
}

fn item(n: u32) -> String {
    format!(
        "<item><title>第 {n} 条</title><guid isPermaLink='false'>{n}</guid><description>路灯坏了{n}</description></item>"
    )
}

const SCHEDULE: &str =
    "schedule: { every: 10m, at_most: 2m, at_least: 6h, jitter: 0% }\nalert: { empty_runs: 2, stale_after: 24h }";

#[tokio::test]
async fn ok_empty_failing_stale_and_ok_again() {
    let site = Site::start().await;
    let desk = Desk::new(vec![source("f", "feed", &format!("url: {}\n{SCHEDULE}", site.url("/f")))]).await;
    site.set("/f", feed(&item(1)));
    let first = desk.collect().await.remove(0);
    assert_eq!((first.health.id(), first.run.new), ("ok", 1), "{first:?}");
    assert_eq!(first.next_run_at, Some(BEGIN + Span::from_minutes(5)), "sooner: it had news");
    assert!(desk.collect().await.is_empty(), "not yet due");

    site.set("/f", feed(""));
    assert_eq!(desk.again(Span::from_minutes(5)).await.health.id(), "ok", "empty once");
    let empty = desk.again(Span::from_minutes(10)).await;
    assert_eq!(empty.health.id(), "empty", "an unchanged page is as empty as it was");
    site.set("/f", feed(" "));
    let empty = desk.again(Span::from_minutes(10)).await;
    assert_eq!(empty.health.id(), "empty");
    let row = desk.row("f").await;
    assert!(row.message.as_deref().unwrap().contains("改版"), "{row:?}");
    assert_eq!((row.empty_runs, row.runs, row.new_count), (3, 4, 1));

    site.set("/f", Reply::Status(500));
    let mut waits = Vec::new();
    for _ in 0..4 {
        let failing = desk.again(Span::from_hours(2)).await;
        assert_eq!(failing.health.id(), "failing");
        waits.push((failing.next_run_at.unwrap() - desk.now()).ms() / 60_000);
    }
    assert_eq!(waits, [30, 30, 40, 80], "doubled, and no sooner than the server asked for");
    let row = desk.row("f").await;
    assert_eq!(row.failures, 4);
    assert!(row.message.as_deref().unwrap().contains("连续 4 次失败：服务器返回 500"), "{row:?}");

    site.set("/f", feed(&item(1)));
    let back = desk.again(Span::from_hours(2)).await;
    assert_eq!((back.health.id(), back.run.unchanged), ("ok", 1));
    let stale = desk.again(Span::from_hours(20)).await;
    assert_eq!(stale.health.id(), "stale");
    site.set("/f", feed(&(item(1) + &item(2))));
    let ok = desk.again(Span::from_hours(1)).await;
    assert_eq!((ok.health.id(), ok.run.new), ("ok", 1));
    assert_eq!(desk.row("f").await.message, None);
}

#[tokio::test]
async fn a_source_that_is_gone_is_forgotten_and_one_that_is_off_is_not_read() {
    let site = Site::start().await;
    site.set("/f", feed(&item(1)));
    let url = format!("url: {}", site.url("/f"));
    let desk = Desk::new(vec![source("a", "feed", &url), source("b", "feed", &url)]).await;
    assert_eq!(desk.collect().await.len(), 2);
    let mut off = source("a", "feed", &url);
    off.enabled = false;
    let mut changed = rules(vec![off]);
    changed.version = "another".into();
    desk.rules.store(Arc::new(changed));
    desk.clock.advance(Span::from_hours(7));
    assert!(desk.collect().await.is_empty());
    let rows = desk.store.sources().await.unwrap();
    assert_eq!(rows.iter().map(|row| (row.source.as_str(), row.next_run_at)).collect::<Vec<_>>(), [("a", None)]);
    assert!(desk.store.source_page("b", &site.url("/f")).await.unwrap().is_none());
    assert!(desk.store.source_page("a", &site.url("/f")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_source_that_somebody_has_is_left_to_them_until_their_lease_ends() {
    let site = Site::start().await;
    site.set("/f", feed(&item(1)));
    let desk = Desk::new(vec![source("f", "feed", &format!("url: {}", site.url("/f")))]).await;
    desk.engine.sync_sources(BEGIN).await.unwrap();
    let mut tx = desk.store.write().await.unwrap();
    tx.claim_source("f", BEGIN, BEGIN + Span::from_minutes(2)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    assert!(desk.collect().await.is_empty());
    assert_eq!(desk.engine.collect_now("f").await.unwrap(), None);
    assert_eq!(desk.again(Span::from_minutes(2)).await.run.new, 1, "whoever had it died");
    assert_eq!(desk.row("f").await.leased_until, None);
}

impl Desk {
    fn now(&self) -> Instant {
        use huiying::time::Clock;
        self.clock.now()
    }
}
