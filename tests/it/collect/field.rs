//! Sites of `data/field`, served as they lie there, and what must come of them by their `expect.md`.

use std::path::Path;

use axum::body::Bytes;
use huiying::domain::grade::Grade;
use huiying::domain::instant::Span;
use huiying::domain::mention::Channel;
use huiying::rules::source::SourceDefinition;

use super::server::{Reply, Site};
use super::{Desk, shared, source};

/// Under which address the pages name themselves.
const NAMED: &[u8] = b"http://127.0.0.1:8701";
/// When they are collected: Monday, 30 November 2026, 13:00 in Beijing.
const NOW: &str = "2026-11-30T13:00:00+08:00";

/// Serves a folder under a path; `None` where there is no shared data.
async fn served(folder: &str, under: &str) -> Option<Site> {
    let root = shared(&format!("field/{folder}"))?;
    let site = Site::start().await;
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = format!("{under}/{}", path.strip_prefix(&root).unwrap().display());
                site.set(&name, reply(&path, &site));
            }
        }
    }
    Some(site)
}

fn reply(path: &Path, site: &Site) -> Reply {
    let meta = std::fs::read(format!("{}.meta.json", path.display())).ok();
    if let Some(status) =
        meta.and_then(|meta| serde_json::from_slice::<serde_json::Value>(&meta).unwrap()["status"].as_u64())
    {
        return Reply::Status(u16::try_from(status).unwrap());
    }
    let kind = match path.extension().and_then(|ending| ending.to_str()) {
        Some("xml") => "text/xml",
        Some("pdf") => "application/pdf",
        Some("doc") => "application/msword",
        _ => "text/html",
    };
    let (mut rest, mut body) = (&std::fs::read(path).unwrap()[..], Vec::new());
    while let Some(at) = rest.windows(NAMED.len()).position(|part| part == NAMED) {
        body.extend_from_slice(&rest[..at]);
        body.extend_from_slice(site.url("").as_bytes());
        rest = &rest[at + NAMED.len()..];
    }
    body.extend_from_slice(rest);
    Reply::Page(kind, Bytes::from(body))
}

fn feed(id: &str, site: &Site, path: &str) -> SourceDefinition {
    source(id, "feed", &format!("url: {}", site.url(path)))
}

async fn desk(sources: Vec<SourceDefinition>) -> Desk {
    let desk = Desk::new(sources).await;
    desk.clock.set(NOW.parse().unwrap());
    desk
}

#[tokio::test]
async fn a_bare_ampersand_costs_no_entry_and_no_link_its_query() {
    let Some(site) = served("12-feed-ampersand/site", "").await else { return };
    let desk = desk(vec![feed("case12", &site, "/feed.xml")]).await;
    let run = desk.collect().await.remove(0);
    assert_eq!(run.run.new, 3, "{run:?}");
    let all = desk.mentions().await;
    let of = |title: &str| all.iter().find(|one| one.title.as_deref().is_some_and(|t| t.contains(title))).unwrap();
    let url = of("A&B超市门口积水").url.clone().unwrap();
    assert!(["tid=1", "extra=page%3D1", "mod=viewthread"].iter().all(|part| url.contains(part)), "{url}");
    assert!(of("R&D路 AT&T").text.contains("©论坛") && of("正常的一条").text.contains("路灯不亮"), "{all:#?}");
}

#[tokio::test]
async fn a_control_character_and_a_cut_byte_cost_no_entry() {
    for (path, entries) in [("/feed.xml", 2), ("/bad-utf8.xml", 2), ("/cut-utf8.xml", 12), ("/cut-gbk.xml", 12)] {
        let Some(site) = served("13-feed-control-char/site", "").await else { return };
        let desk = desk(vec![feed("case13", &site, path)]).await;
        let run = desk.collect().await.remove(0);
        let all = desk.mentions().await;
        assert_eq!(all.len(), entries, "{path}: {run:?}");
        for mention in all {
            let text = format!("{}{}", mention.title.unwrap_or_default(), mention.text);
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{path}: {text:?}");
            assert!(text.contains("居民多次反映"), "{path}: in the right characters: {text}");
        }
    }
}

#[tokio::test]
async fn a_time_is_read_rightly_or_is_null_and_no_entry_is_lost_for_it() {
    let Some(site) = served("15-feed-dates/site", "").await else { return };
    let desk = desk(vec![feed("case15", &site, "/feed.xml"), feed("case15b", &site, "/atom.xml")]).await;
    assert_eq!(desk.collect().await.iter().map(|run| run.run.new).sum::<usize>(), 14);
    let ten = "2026-11-29T10:00:00+08:00";
    // What may be read, and whether it may be null as well.
    let expected: [(&str, &[&str], bool); 14] = [
        ("/d1", &[NOW], true),
        ("/d2", &["2026-11-27T23:58:00+08:00"], true),
        ("/d3", &[ten], false),
        ("/d4", &[], true),
        ("/d5", &[], true),
        ("/d6", &["2026-11-30T02:00:00+08:00"], false),
        ("/d7", &[], true),
        ("/d8", &[ten], true),
        ("/d9", &[ten], true),
        ("/d10", &[ten], false),
        ("/d11", &["2026-11-29T10:05:00+08:00"], false),
        ("/d12", &[ten], false),
        ("/a1", &[ten], true),
        ("/a2", &[ten], true),
    ];
    for (path, times, may_be_null) in expected {
        let at = desk.mention(&site.url(path)).await.published_at.map(|at| at.to_string());
        match &at {
            Some(at) => assert!(times.contains(&at.as_str()), "{path}: {at}"),
            None => assert!(may_be_null, "{path}: null"),
        }
    }
}

#[tokio::test]
async fn notices_that_are_attachments_are_kept_and_the_source_is_well() {
    let Some(site) = served("17-list-attachments/site", "").await else { return };
    let rest =
        format!("url: {}\nlist: {{ items: li, url: a@href, title: a, published_at: .date }}", site.url("/list.html"));
    let desk = desk(vec![source("case17", "html", &rest)]).await;
    let first = desk.collect().await.remove(0);
    let is_told = first.run.failed.iter().any(|failed| failed.what.contains("垃圾站异味"));
    assert!(is_told, "the item without a link is told: {first:?}");
    for _ in 0..4 {
        assert_eq!(desk.again(Span::from_hours(6)).await.health.id(), "ok");
    }
    let all = desk.mentions().await;
    assert_eq!(all.len(), 4, "{all:#?}");
    for (path, text, day) in [
        ("/att/2026/tg2.pdf", "关于水阳镇应急演练封路的通告（PDF）", "2026-11-29"),
        ("/att/2026/bg3.doc", "食品抽检不合格情况公告（DOC）", "2026-11-28"),
        ("/inner.html", "校内通知", "2026-11-27"),
    ] {
        let mention = desk.mention(&site.url(path)).await;
        assert_eq!(mention.text, text);
        assert!(mention.published_at.unwrap().to_string().starts_with(day), "{mention:?}");
    }
    desk.engine.ingest_all(huiying::time::Clock::now(&*desk.clock)).await.unwrap();
    let page = desk.mention(&site.url("/t1.html")).await;
    assert!(page.text.chars().count() > 30, "the page is stored whole: {}", page.text);
    assert!(desk.store.rejects(None, 10).await.unwrap().iter().all(|reject| !reject.reason.contains("PDF")));
}

#[tokio::test]
async fn the_feed_s_own_report_is_known_at_the_first_run_whatever_its_page_says() {
    let (cases, mut sites, mut sources) = (["down", "wall", "gone", "short"], Vec::new(), Vec::new());
    for case in cases {
        // Each on a host of its own: one that is down is left alone.
        let Some(site) = served("38-feed-text-or-page/site", "/38").await else { return };
        sources.push(SourceDefinition { channel: Channel::Forum, ..feed(case, &site, &format!("/38/{case}.xml")) });
        sites.push(site);
    }
    let desk = desk(sources).await;
    let runs = desk.collect().await;
    assert!(runs.iter().all(|run| run.run.new == 1), "{runs:?}");
    for round in 1..=2 {
        desk.engine.ingest_all(huiying::time::Clock::now(&*desk.clock)).await.unwrap();
        for (case, site) in cases.into_iter().zip(&sites) {
            let mention = desk.mention(&site.url(&format!("/38/{case}.html"))).await;
            assert!(mention.text.starts_with("宣州区水阳镇化工园区今早"), "{case}: {}", mention.text);
            assert!(mention.text.ends_with("官方还没有通报。"), "{case}: {}", mention.text);
            let incident = mention.incident.unwrap_or_else(|| panic!("{case}: known at run {round}"));
            let incident = desk.store.incident(&incident).await.unwrap().unwrap();
            assert!(incident.event_grade >= Grade::Major, "{case}: {:?}", incident.event_grade);
        }
        desk.clock.advance(Span::from_hours(2));
        assert_eq!(desk.collect().await.iter().map(|run| run.run.new + run.run.revised).sum::<usize>(), 0);
    }
}

#[tokio::test]
async fn entries_of_one_id_or_one_link_or_of_neither_are_posts_of_their_own() {
    for name in ["dup_guid", "same_link", "no_guid_no_link"] {
        let Some(site) = served("collect/feeds", "").await else { return };
        let desk = desk(vec![feed("feed", &site, &format!("/{name}.xml"))]).await;
        let run = desk.collect().await.remove(0);
        assert_eq!((run.run.new, desk.mentions().await.len()), (3, 3), "{name}: {run:?}");
        assert_eq!(desk.again(Span::from_hours(1)).await.run.new, 0, "{name}");
    }
}
