//! Sitemaps (站点地图): the pages of a site with when they were changed; of an index the part that was changed last.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::html_text::{self, one_line};
use super::list::{Item, Items};
use super::page::Page;
use super::page_time::plausible;
use super::time_expression::publish_time;
use crate::domain::instant::Instant;

/// Most pages that are taken from one sitemap: the newest.
const PAGES_MAX: usize = 1_000;

static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<(?:\w+:)?(url|sitemap)\b[^>]*>(.*?)</(?:\w+:)?(?:url|sitemap)>").expect("a constant pattern")
});

/// Reads it. The format is so plain that its parts are found one by one: a broken one costs no other.
pub fn read(page: &Page, now: Instant) -> Result<Items, String> {
    if !page.text.contains("urlset") && !page.text.contains("sitemapindex") {
        return Err("不是站点地图（sitemap.xml）；请核对 url".into());
    }
    let mut found = Items::default();
    let mut parts: Vec<(Option<Instant>, Url)> = Vec::new();
    for entry in ENTRY.captures_iter(&page.text) {
        let inner = &entry[2];
        let url = value(inner, "loc").and_then(|loc| Url::parse(&loc).ok());
        let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
            found.unusable += 1;
            continue;
        };
        let time = |name: &str| {
            value(inner, name).and_then(|text| plausible(publish_time(&text, now), now)).map(|time| time.at)
        };
        if &entry[1] == "sitemap" {
            parts.push((time("lastmod"), url));
            continue;
        }
        found.items.push(Item {
            title: value(inner, "title"),
            // When a page was changed is not when it was published; news sitemaps say that.
            published_at: time("publication_date"),
            url: Some(url),
            ..Item::default()
        });
    }
    // Those without a time are as old as their place says: new parts are added at the end.
    found.next = parts.into_iter().max_by_key(|(at, _)| *at).map(|(_, url)| url);
    if found.items.len() > PAGES_MAX {
        found.items.drain(..found.items.len() - PAGES_MAX);
    }
    Ok(found)
}

fn value(inner: &str, name: &str) -> Option<String> {
    let open = Regex::new(&format!(r"(?s)<(?:\w+:)?{name}\b[^>]*>(.*?)</(?:\w+:)?{name}>")).ok()?;
    let text = open.captures(inner)?[1].trim().to_owned();
    let text = text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(&text).to_owned();
    let text = one_line(&html_text::of_markup(&text));
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Items, String> {
        let page = Page::decode(text.as_bytes(), None, None, None).unwrap();
        read(&page, "2026-05-13T10:00:00+08:00".parse().unwrap())
    }

    #[test]
    fn pages_and_parts() {
        let pages = read_text(
            "<?xml version='1.0'?><urlset><url><loc>https://a.cn/1?x=1&amp;y=2</loc><lastmod>2026-05-11</lastmod></url><url><loc>坏</loc></url>\
             <url><loc><![CDATA[https://a.cn/2]]></loc><news:news><news:publication_date>2026-05-11T09:30:00+08:00</news:publication_date>\
             <news:title>停水</news:title></news:news></url></urlset>",
        )
        .unwrap();
        assert_eq!((pages.items.len(), pages.unusable), (2, 1));
        assert_eq!(pages.items[0].url.as_ref().unwrap().as_str(), "https://a.cn/1?x=1&y=2");
        assert_eq!(pages.items[0].published_at, None, "changed, not published");
        assert_eq!(pages.items[1].published_at.unwrap().to_string(), "2026-05-11T09:30:00+08:00");
        let index = read_text(
            "<sitemapindex><sitemap><loc>https://a.cn/s1.xml</loc><lastmod>2026-05-12</lastmod></sitemap>\
             <sitemap><loc>https://a.cn/s2.xml</loc><lastmod>2026-04-01</lastmod></sitemap></sitemapindex>",
        );
        assert_eq!(index.unwrap().next.unwrap().as_str(), "https://a.cn/s1.xml");
        assert!(read_text("<html></html>").is_err());
    }
}
