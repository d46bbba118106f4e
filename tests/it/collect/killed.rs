//! A crawl that is killed again and again, as a program: paged sources, one article and one list page that fail once. All is
//! stored, nothing twice, and no host is asked faster than it may be. Small here; `make soak` runs it in full (10 sources of
//! 200 items, 15 kills) by `HUIYING_CRAWL_SOURCES`, `HUIYING_CRAWL_ITEMS`, `HUIYING_CRAWL_KILLS`.

use std::process::{Child, Stdio};
use std::time::Duration;

use axum::body::Bytes;
use huiying::store::{MentionFilter, Store, StoreOptions};

use super::command::{huiying, rules};
use super::server::{Reply, Site, article};

const SOURCES: usize = 2;
const ITEMS: usize = 20;
const KILLS: usize = 3;
/// Items on a list page.
const PAGE: usize = 10;
/// Between two requests.
const PERIOD_MS: u64 = 5;

fn size(name: &str, small: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(small)
}

/// A site with list pages and an article for each item.
async fn paged(name: usize, items: usize) -> Site {
    let site = Site::start().await;
    let pages = items.div_ceil(PAGE);
    for page in 0..pages {
        let mut list = String::new();
        for item in page * PAGE..((page + 1) * PAGE).min(items) {
            list += &format!("<li><a href='/a{item}'>第 {name}-{item} 条</a></li>");
            let text = format!("第 {name}-{item} 条的正文：状元路的路灯已经坏了三天，晚上学生放学很不安全。");
            site.html(&format!("/a{item}"), &article("标题", &text));
        }
        let next =
            if page + 1 < pages { format!("<a class=next href='/l{}'>下一页</a>", page + 1) } else { String::new() };
        site.html(&format!("/l{page}"), &format!("<html><body>{list}{next}</body></html>"));
    }
    site
}

/// Nobody holds anything any more: whoever did was killed, and its leases would end by themselves later.
async fn free(store: &Store, sources: usize, sites: &[Site]) {
    let mut tx = store.write().await.unwrap();
    for n in 0..sources {
        tx.lease_source(&format!("s{n}"), None).await.unwrap();
    }
    for site in sites {
        let mut row = tx.lock_host(site.url("").trim_start_matches("http://")).await.unwrap();
        (row.turns, row.busy_until) = (0, huiying::domain::instant::Instant::default());
        tx.put_host(&row).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crawl_that_is_killed_again_and_again_stores_all_and_nothing_twice() {
    let (sources, items) = (size("HUIYING_CRAWL_SOURCES", SOURCES), size("HUIYING_CRAWL_ITEMS", ITEMS));
    let kills = size("HUIYING_CRAWL_KILLS", KILLS);
    let dir = tempfile::tempdir().unwrap();
    let mut sites = Vec::new();
    for n in 0..sources {
        sites.push(paged(n, items).await);
    }
    // Both are there again after the first kill.
    let (list, page) = (sites[0].reply("/l1"), sites[0].reply("/a3"));
    sites[0].set("/l1", Reply::Status(502));
    sites[0].set("/a3", Reply::Page("text/html", Bytes::from_static(b"<html><body></body></html>")));
    let definitions: Vec<(String, String)> = sites
        .iter()
        .enumerate()
        .map(|(n, site)| {
            let rest = format!(
                "kind: html\nurl: {}\nallow_private: true\nlist: {{ items: li, url: a@href, title: a, next: a.next@href, max_pages: 50 }}",
                site.url("/l0")
            );
            (format!("s{n}"), rest)
        })
        .collect();
    let named: Vec<(&str, String)> = definitions.iter().map(|(id, rest)| (id.as_str(), rest.clone())).collect();
    rules(dir.path(), &named, &format!("1/{PERIOD_MS}ms"));
    let crawl =
        || -> Child { huiying(dir.path()).arg("crawl").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap() };
    let requests = || sites.iter().map(Site::requests).sum::<usize>();
    let whole = sources * (items + items.div_ceil(PAGE) + 1);
    let url = format!("sqlite:{}", dir.path().join("crawl.db").display());
    let mut store = None;
    for kill in 1..=kills {
        let mut child = crawl();
        let reached = async {
            let mut look = tokio::time::interval(Duration::from_millis(5));
            while requests() < whole * kill / (kills + 1) && child.try_wait().unwrap().is_none() {
                look.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(300), reached).await.expect("it goes on");
        let _ = child.kill();
        child.wait().unwrap();
        if store.is_none() {
            store = Some(Store::open(&StoreOptions::durable(url.clone())).await.unwrap());
        }
        free(store.as_ref().unwrap(), sources, &sites).await;
        sites[0].set("/l1", list.clone());
        sites[0].set("/a3", page.clone());
    }
    let store = store.expect("killed once at least");
    for _ in 0..2 {
        let mut child = crawl();
        let ended = async {
            let mut look = tokio::time::interval(Duration::from_millis(20));
            while child.try_wait().unwrap().is_none() {
                look.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(600), ended).await.expect("it ends");
    }
    let all = store.mentions(&MentionFilter::default(), None, 100_000).await.unwrap();
    let mut titles: Vec<String> = all.into_iter().filter_map(|mention| mention.title).collect();
    let stored = titles.len();
    titles.sort();
    titles.dedup();
    assert_eq!((stored, titles.len()), (sources * items, sources * items));
    for site in &sites {
        // The first request after a kill waits for nobody, so each kill may gain one period.
        let least = Duration::from_millis(PERIOD_MS * (site.requests().saturating_sub(kills + 3)) as u64);
        assert!(site.lasted() >= least, "{} requests in {:?}", site.requests(), site.lasted());
        assert_eq!(site.at_a_time(), 1);
    }
    store.close().await;
}
