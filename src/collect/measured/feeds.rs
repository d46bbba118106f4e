//! Feeds of other projects' tests, and real feeds in GBK and Big5.

use std::path::{Path, PathBuf};

use super::{line, miss};
use crate::collect::feed::{self, FeedError};
use crate::collect::list::Item;
use crate::collect::page::Page;
use crate::collect::shared_data::unpacked;
use crate::domain::instant::Instant;

fn read(bytes: &[u8]) -> Result<Vec<Item>, String> {
    let now: Instant = "2026-11-30T13:00:00+08:00".parse().unwrap();
    let page = Page::decode(bytes, None, None, None).map_err(|error| error.to_string())?;
    feed::read(&page, now).map_err(|error: FeedError| error.to_string())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[test]
fn other_projects_feeds() {
    let Some(found) = unpacked("feeds_feedparser.tar.gz") else { return };
    let mut well = 0;
    for path in files(&found.path().join("feeds_feedparser/wellformed")) {
        let bytes = std::fs::read(&path).unwrap();
        match read(&bytes) {
            // A feed that holds no entry has none to give: it is read if it says so without a fault.
            Ok(items) if !items.is_empty() || !holds_an_entry(&bytes) => well += 1,
            Ok(_) => miss(|| format!("{}: no entry", path.display())),
            Err(error) => miss(|| format!("{}: {error}", path.display())),
        }
    }
    let low = line("feedparser well-formed feeds read", f64::from(well), 1_700.0);
    // Broken ones may be refused; none panics, none hangs.
    for folder in ["encoding", "entities", "illformed", "compression"] {
        for path in files(&found.path().join("feeds_feedparser").join(folder)) {
            let _ = read(&std::fs::read(&path).unwrap());
        }
    }
    assert_eq!(low, None);
}

fn holds_an_entry(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    text.contains("<item") || text.contains("<entry")
}

#[test]
fn feeds_in_gbk_and_big5() {
    let Some(found) = unpacked("charset_zh.tar.gz") else { return };
    let (mut well, mut all) = (0, 0);
    for folder in ["GB2312", "Big5"] {
        let files = files(&found.path().join("charset_zh").join(folder));
        for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "xml")) {
            let bytes = std::fs::read(path).unwrap();
            all += 1;
            match read(&bytes) {
                Ok(items) if !items.is_empty() => well += 1,
                other => miss(|| format!("{}: {other:?}", path.display())),
            }
        }
    }
    eprintln!("real feeds in GBK and Big5: {well} of {all}");
    assert_eq!(line("real GBK and Big5 feeds read", f64::from(well), 42.0), None);
}

/// Feeds of `data/field`: valid, old, odd and broken; an entry that stands in them is found.
#[test]
fn feeds_from_the_field() {
    let Some(folder) = crate::collect::shared_data::field("collect/feeds") else { return };
    let now: Instant = "2026-11-30T13:00:00+08:00".parse().unwrap();
    for path in files(&folder) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let header = (name == "utf8_http_gbk").then_some("text/xml; charset=gbk");
        let page = Page::decode(&bytes, header, None, None).unwrap();
        let found = feed::read(&page, now);
        if name == "login_page" {
            assert!(found.is_err(), "a log-in page is no feed without entries");
            continue;
        }
        // Files that made a library panic: entries or a fault, never an empty feed.
        if name.starts_with("feed_panic") && found.is_err() {
            continue;
        }
        let items = found.unwrap_or_else(|error| panic!("{name}: {error}"));
        let tags = ["<item>", "<item ", "<entry>", "<entry "].map(|tag| page.text.matches(tag).count());
        let entries = match name.as_str() {
            "json10" => 1,
            "json11" => 2,
            _ => tags.iter().sum(),
        };
        if name.starts_with("feed_panic") {
            assert!(!items.is_empty() && items.len() <= entries, "{name}: {} of {entries}", items.len());
            continue;
        }
        assert_eq!(items.len(), entries, "{name}");
        let titles: Vec<&str> = items.iter().filter_map(|item| item.title.as_deref()).collect();
        assert_eq!(titles.len(), items.len(), "{name}");
        assert!(titles.iter().all(|title| !title.contains(['\u{fffd}', '<', ';'])), "{name}: {titles:?}");
        let times: Vec<String> = items.iter().filter_map(|item| Some(item.published_at?.to_string())).collect();
        match name.as_str() {
            "future" => assert!(times.is_empty(), "{times:?}"),
            "cn_dates" => {
                let right = ["2026-05-11T09:30:00+08:00", "2026-11-30T10:00:00+08:00"];
                assert!(times.len() >= 8 && times.iter().all(|time| right.contains(&time.as_str())), "{times:?}");
            }
            _ => {}
        }
    }
    assert_eq!(feed::PANICS.get(), 0);
}
