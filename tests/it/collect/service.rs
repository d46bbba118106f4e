//! The running engine: what is due is collected and analysed by itself, and a stop waits for no server.

use std::time::Duration;

use axum::body::Bytes;
use huiying::domain::instant::Span;
use tokio_util::sync::CancellationToken;

use super::server::{Reply, Site, article};
use super::{BEGIN, Desk, source};

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_collects_what_is_due_and_analyses_it() {
    let (site, other) = (Site::start().await, Site::start().await);
    let smoke = "宣州区向阳街道鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，太过分了，环保局到底管不管";
    let item = |path: &str| format!("<item><title>{path}</title><link>{}</link></item>", site.url(path));
    let feed = format!("<rss version='2.0'><channel><title>t</title>{}</channel></rss>", item("/a"));
    site.set("/rss", Reply::Page("text/xml", Bytes::from(feed)));
    site.html("/a", &article("搅拌站又冒黑烟", smoke));
    // The server of the other source never finishes its answer.
    other.set("/hanging", Reply::Hanging);
    let mut hanging = source("hanging", "feed", &format!("url: {}", other.url("/hanging")));
    hanging.http.timeout = huiying::rules::units::Length(Span::from_minutes(10));
    let desk = Desk::new(vec![hanging, source("forum", "feed", &format!("url: {}", site.url("/rss")))]).await;
    let stop = CancellationToken::new();
    let jobs = desk.dir.path().join("jobs.db");
    let running = tokio::spawn({
        let (engine, stop) = (desk.engine.clone(), stop.clone());
        async move { engine.run(jobs, stop).await }
    });
    let analysed = async {
        let mut look = tokio::time::interval(Duration::from_millis(50));
        loop {
            look.tick().await;
            let done = desk.mentions().await.first().is_some_and(|mention| mention.incident.is_some());
            if done && desk.row("hanging").await.leased_until.is_some() && other.asked("/hanging") == 1 {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), analysed).await.expect("collected, analysed, an incident opened");
    assert_eq!(desk.row("forum").await.health, "ok");
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(20), running).await;
    ended.expect("it ends without waiting for the server").unwrap().unwrap();
    assert_eq!(desk.row("hanging").await.leased_until, None, "given back for the next start");
    let again = desk.engine.collect_now("forum").await.unwrap().unwrap();
    assert_eq!((again.run.new, again.run.unchanged), (0, 1));
    assert_eq!(desk.mentions().await[0].detected_at, BEGIN);
}
