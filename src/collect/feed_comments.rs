//! What a feed says of the comments under its entries: how many there are (`slash:comments`, `thr:total`), and the feed that
//! holds them (`wfw:commentRss`, a link to replies). The parser of feeds knows none of these.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::count::count;
use super::feed_repair::entry_starts;
use super::list::Item;
use super::page::URL_BYTES_MAX;
use crate::domain::mention::Engagement;

static FEED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?is)<wfw:commentRss[^>]*>\s*(?:<!\[CDATA\[)?\s*([^<\]\s]+)").ok());
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?is)<(?:atom:)?link\s[^>]*>").ok());
static TOTAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?is)<(?:slash:comments|thr:total)[^>]*>\s*(?:<!\[CDATA\[)?\s*([0-9,.]{1,12}[万wk千]?)").ok()
});
static COUNT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?is)\bthr:count\s*=\s*["']\s*([0-9]{1,9})"#).ok());
static HREF: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?is)\bhref\s*=\s*["']([^"']+)["']"#).ok());
static REPLIES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?is)\brel\s*=\s*["']replies["']"#).ok());
static IS_FEED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?is)\btype\s*=\s*["']application/(?:atom|rss)\+xml["']"#).ok());

fn first<'a>(pattern: &LazyLock<Option<Regex>>, text: &'a str) -> Option<&'a str> {
    pattern.as_ref()?.captures(text)?.get(1).map(|found| found.as_str())
}

/// Adds it to items that were read of a feed. Where the text holds more or fewer entries than were read, nobody can say whose
/// is whose, and nothing is added.
pub fn add(text: &str, base: Option<&Url>, items: &mut [Item]) {
    if !["wfw:", "slash:comments", "thr:"].iter().any(|word| text.contains(word)) {
        return;
    }
    let starts = entry_starts(text);
    if starts.len() != items.len() {
        return;
    }
    for (n, item) in items.iter_mut().enumerate() {
        let entry = &text[starts[n]..starts.get(n + 1).copied().unwrap_or(text.len())];
        let links = LINK.iter().flat_map(|links| links.find_iter(entry)).map(|link| link.as_str());
        let is = |pattern: &LazyLock<Option<Regex>>, link: &str| pattern.as_ref().is_some_and(|p| p.is_match(link));
        let replies: Vec<&str> = links.filter(|link| is(&REPLIES, link)).collect();
        let to_feed = replies.iter().find(|link| is(&IS_FEED, link)).and_then(|link| first(&HREF, link));
        let address = first(&FEED, entry).or(to_feed).map(|address| address.replace("&amp;", "&"));
        item.replies = address.and_then(|address| match base {
            Some(base) => base.join(&address).ok(),
            None => Url::parse(&address).ok(),
        });
        item.replies = item
            .replies
            .take()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.as_str().len() <= URL_BYTES_MAX);
        let total = first(&TOTAL, entry).or_else(|| replies.iter().find_map(|link| first(&COUNT, link)));
        if let Some(comments) = total.and_then(count) {
            item.engagement = Some(Engagement { comments: Some(comments), ..Engagement::default() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_feeds_of_comments_go_to_their_own_entry() {
        let text = "<rss xmlns:wfw='w' xmlns:slash='s'><item><title>甲</title><slash:comments>3</slash:comments>\
            <wfw:commentRss>https://a.cn/1/feed/?a=1&amp;b=2</wfw:commentRss></item><item><title>乙</title></item>\
            <item><title>丙</title><link rel='replies' type='application/atom+xml' thr:count='12' href='/3/comments'/></item></rss>";
        let base = Url::parse("https://a.cn/feed").unwrap();
        let mut items = vec![Item::default(), Item::default(), Item::default()];
        add(text, Some(&base), &mut items);
        let shown: Vec<_> = items
            .iter()
            .map(|item| (item.replies.as_ref().map(Url::as_str), item.engagement.and_then(|e| e.comments)))
            .collect();
        assert_eq!(
            shown,
            [
                (Some("https://a.cn/1/feed/?a=1&b=2"), Some(3)),
                (None, None),
                (Some("https://a.cn/3/comments"), Some(12))
            ]
        );
        let mut fewer = vec![Item::default(), Item::default()];
        add(text, Some(&base), &mut fewer);
        assert!(fewer.iter().all(|item| item.replies.is_none()), "whose is whose is not known");
    }
}
