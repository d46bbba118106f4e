//! RSS, Atom and JSON Feed (订阅). The text is decoded before the parser sees it: it panics on some UTF-16, and guesses where
//! we know.

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use feed_rs::model::{Entry, Text};
use feed_rs::parser;
use url::Url;

use super::comment::{COMMENTS_MAX, Comment};
use super::html_text::{self, one_line};
use super::list::Item;
use super::page::{Page, URL_BYTES_MAX};
use super::page_time::plausible;
use super::time_expression::publish_time;
use super::{depth, feed_comments, feed_guard, feed_repair};
use crate::domain::instant::Instant;

/// Most entries that are taken from one feed.
const ENTRIES_MAX: usize = 1_000;
/// Longest id of an entry that is heeded.
const ID_BYTES_MAX: usize = 512;
/// An entry's own content from which on its page need not be read, in characters.
const WHOLE_CHARS_MIN: usize = 60;

#[cfg(test)]
thread_local! {
    /// Panics of the parser on this thread: a test that sees one has found a kind of input that nobody put right.
    pub(super) static PANICS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// Why a feed can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// Nested too deep.
    #[error(transparent)]
    Depth(#[from] depth::DepthError),
    /// A page where a feed should be.
    #[error("这是网页，不是 RSS/Atom 订阅；请核对 url")]
    Html,
    /// No feed.
    #[error("不是有效的 RSS/Atom/JSON 订阅：{0}")]
    Malformed(String),
}

/// Reads a feed's entries; relative times and years that are left out are meant from `now`.
pub fn read(page: &Page, now: Instant) -> Result<Vec<Item>, FeedError> {
    let mut items = items(page, now)?;
    tell_apart(&mut items);
    Ok(items)
}

/// Reads a feed of comments: their ids are their own, whatever addresses they share with the post.
pub fn comments(page: &Page, now: Instant) -> Result<Vec<Comment>, FeedError> {
    let comment = |item: Item| {
        let text = item.text.or(item.title)?;
        let id = item.id.or_else(|| item.url.map(|url| url.to_string()));
        Some(Comment { id, text, author: item.author, published_at: item.published_at })
    };
    Ok(items(page, now)?.into_iter().take(COMMENTS_MAX).filter_map(comment).collect())
}

fn items(page: &Page, now: Instant) -> Result<Vec<Item>, FeedError> {
    let text = without_prolog(&page.text);
    if text.starts_with('<') {
        depth::check_xml(text)?;
    }
    let head: String = text.chars().take(200).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        return Err(FeedError::Html);
    }
    let strict = entries(page, &versioned(text), now);
    let entries = match strict {
        Ok(entries) if !entries.is_empty() => entries,
        strict => {
            let repaired = repaired(page, text, now);
            match strict {
                _ if !repaired.is_empty() => repaired,
                Ok(_) if feed_repair::holds_entries(text) => {
                    return Err(FeedError::Malformed("里面有条目，但一条也读不出来".into()));
                }
                strict => strict?,
            }
        }
    };
    let mut items: Vec<Item> = entries.into_iter().map(item).collect();
    feed_comments::add(text, page.url.as_ref(), &mut items);
    items.truncate(ENTRIES_MAX);
    Ok(items)
}

/// What can be read of a feed that is not well-formed, or of an older dialect; nothing if there is nothing.
fn repaired(page: &Page, text: &str, now: Instant) -> Vec<Entry> {
    if text.starts_with('{') {
        let typed = feed_repair::typed_json(text);
        return typed.and_then(|typed| entries(page, &typed, now).ok()).unwrap_or_default();
    }
    let modern = feed_repair::modern(text);
    for attempt in [&modern, &feed_repair::mended(&modern)] {
        if let Ok(entries) = entries(page, attempt, now)
            && !entries.is_empty()
        {
            return entries;
        }
    }
    let alone = feed_repair::one_by_one(&modern).into_iter().take(ENTRIES_MAX);
    alone.filter_map(|entry| entries(page, &entry, now).ok()).flatten().collect()
}

/// Reads one document. A panic of the parser is that document's failure and nobody else's.
fn entries(page: &Page, text: &str, now: Instant) -> Result<Vec<Entry>, FeedError> {
    let parser = parser::Builder::new()
        .base_uri(page.url.as_ref().map(Url::as_str))
        .sanitize_content(false)
        .timestamp_parser(move |text| timestamp(text, now))
        // An entry without an id has none: the parser would make one up, another one each time.
        .id_generator(|_, _, _| String::new())
        .build();
    let text = if text.starts_with('{') { Cow::Borrowed(text) } else { feed_guard::guarded(text) };
    match catch_unwind(AssertUnwindSafe(|| parser.parse(text.as_bytes()))) {
        Ok(Ok(feed)) => Ok(feed.entries),
        Ok(Err(error)) => Err(FeedError::Malformed(one_line(&error.to_string()))),
        Err(_) => {
            #[cfg(test)]
            PANICS.with(|panics| panics.set(panics.get() + 1));
            Err(FeedError::Malformed("解析器不能处理这个文件".into()))
        }
    }
}

/// Without what stands before the first element: the text is UTF-8 now, whatever its declaration says.
fn without_prolog(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match text.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>").map_or("", |(_, rest)| rest).trim_start(),
        None => text,
    }
}

/// `<rss>` with its version: the parser takes no other, and some sites leave it out.
fn versioned(text: &str) -> Cow<'_, str> {
    let Some(at) = text.find("<rss") else { return Cow::Borrowed(text) };
    let Some(length) = text[at..].find('>') else { return Cow::Borrowed(text) };
    let is_other = text[at + "<rss".len()..].starts_with(|c: char| !c.is_whitespace() && c != '>');
    if is_other || text[at..at + length].contains("version") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}<rss version=\"2.0\"{}", &text[..at], &text[at + "<rss".len()..]))
}

fn timestamp(text: &str, now: Instant) -> Option<DateTime<Utc>> {
    let time = plausible(publish_time(text, now), now)?;
    DateTime::<Utc>::from_timestamp_millis(time.at.ms())
}

fn item(entry: Entry) -> Item {
    let link = entry.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    let url = link.or(entry.links.first()).and_then(|link| Url::parse(link.href.trim()).ok());
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.as_str().len() <= URL_BYTES_MAX);
    let url = url.map(|mut url| {
        url.set_fragment(None);
        url
    });
    let content = entry.content.and_then(|content| content.body).map(|body| html_text::of_markup(&body));
    let summary = plain(entry.summary);
    let is_whole = content.as_ref().is_some_and(|text| text.chars().count() >= WHOLE_CHARS_MIN);
    let id = entry.id.trim();
    let author = entry
        .authors
        .into_iter()
        .filter_map(|person| person.name)
        .map(|name| one_line(&name))
        .map(|name| without_brackets(&name).to_owned())
        .find(|name| !name.is_empty());
    Item {
        id: (1..=ID_BYTES_MAX).contains(&id.len()).then(|| id.to_owned()),
        url,
        title: plain(entry.title).map(|title| one_line(&title)),
        text: content.into_iter().chain(summary).filter(|text| !text.is_empty()).max_by_key(String::len),
        is_whole,
        published_at: entry.published.map(|at| Instant::from_ms(at.timestamp_millis())),
        author,
        engagement: None,
        replies: None,
    }
}

/// RSS writes a person as `address (name)`.
fn without_brackets(name: &str) -> &str {
    let inner = name.strip_prefix(['(', '（']).and_then(|name| name.strip_suffix([')', '）']));
    inner.unwrap_or(name).trim()
}

fn plain(text: Option<Text>) -> Option<String> {
    text.map(|text| html_text::of_markup(&text.content)).filter(|text| !text.is_empty())
}

/// A post's address is its identity, so that a list and a feed of one site give one mention. Only where several entries
/// share an address (a feed that links to its front page) does their id tell them apart.
fn tell_apart(items: &mut [Item]) {
    let mut links: HashMap<Url, usize> = HashMap::new();
    for url in items.iter().filter_map(|item| item.url.clone()) {
        *links.entry(url).or_default() += 1;
    }
    for item in items {
        if item.url.as_ref().is_some_and(|url| links.get(url) == Some(&1)) {
            item.id = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Item>, FeedError> {
        let url = Url::parse("https://bbs.example.com/rss.xml").unwrap();
        read(
            &Page::decode(text.as_bytes(), None, None, Some(&url)).unwrap(),
            "2026-05-13T10:00:00+08:00".parse().unwrap(),
        )
    }

    const RSS: &str = r#"<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel><title>论坛</title>
        <item><title>路灯&amp;不亮</title><link>https://bbs.example.com/1#a</link><guid>tag:1</guid>
          <description>&lt;p&gt;三天了&lt;/p&gt;</description><pubDate>Mon, 11 May 2026 09:00:00 +0800</pubDate></item>
        <item><title>时间没有时区</title><link>https://bbs.example.com/2</link><pubDate>2026-05-11 09:30:00</pubDate></item>
        <item><title>同一个链接一</title><link>https://bbs.example.com/</link><guid isPermaLink="false">a</guid></item>
        <item><title>同一个链接二</title><link>https://bbs.example.com/</link><guid isPermaLink="false">b</guid></item>
        <item><description>没有链接也没有编号</description></item>
        </channel></rss>"#;

    #[test]
    fn rss() {
        let items = read_text(RSS).unwrap();
        assert_eq!(items.len(), 5);
        assert_eq!(items[0].title.as_deref(), Some("路灯&不亮"));
        assert_eq!(items[0].url.as_ref().unwrap().as_str(), "https://bbs.example.com/1");
        assert_eq!((items[0].text.as_deref(), items[0].is_whole, &items[0].id), (Some("三天了"), false, &None));
        assert_eq!(items[0].published_at.unwrap().to_string(), "2026-05-11T09:00:00+08:00");
        assert_eq!(items[1].published_at.unwrap().to_string(), "2026-05-11T09:30:00+08:00", "Beijing time");
        assert_eq!((items[2].id.as_deref(), items[3].id.as_deref()), (Some("a"), Some("b")));
        assert_eq!((items[4].id.as_deref(), items[4].url.as_ref()), (None, None), "no id is made up");
        assert_eq!(items, read_text(RSS).unwrap(), "the same each time");
        assert_eq!(
            read_text(&RSS.replace(" version=\"2.0\"", "")).unwrap(),
            items,
            "a site that leaves the version out"
        );
    }

    #[test]
    fn atom_and_json() {
        let text = "正文".repeat(40);
        let atom = format!(
            r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>f</id><updated>2026-05-11T00:00:00Z</updated>
            <entry><id>e</id><title>标题</title><link href="/a"/><published>2026-05-11T01:00:00Z</published>
            <author><name>张三</name></author><content type="html">&lt;p&gt;{text}&lt;/p&gt;</content></entry></feed>"#
        );
        let items = read_text(&atom).unwrap();
        assert_eq!((items[0].text.as_deref(), items[0].is_whole), (Some(text.as_str()), true));
        assert_eq!(items[0].author.as_deref(), Some("张三"));
        let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":"1","url":"https://a.cn/1","content_text":"短"}]}"#;
        assert_eq!(read_text(json).unwrap()[0].text.as_deref(), Some("短"));
    }

    #[test]
    fn what_is_no_feed_says_so() {
        assert_eq!(read_text("<!DOCTYPE html><html><body>404</body></html>"), Err(FeedError::Html));
        for text in ["hello", "{}", "<rss", "<rss><channel>", "<?xml version='1.0'?>", "{\"items\":5}"] {
            assert!(read_text(text).is_err() || read_text(text) == Ok(vec![]), "{text}");
        }
        let deep = format!("<rss>{}", "<a>".repeat(100_000));
        assert!(matches!(read_text(&deep), Err(FeedError::Depth(_))));
    }

    #[test]
    fn what_the_parser_would_panic_on_is_put_right_before() {
        let rss = |part: &str, item: &str| {
            format!(
                "<rss version='2.0' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:media='http://search.yahoo.com/mrss/'>\
                <channel><title>t</title>{part}<item><title>路灯</title>{item}</item></channel></rss>"
            )
        };
        for text in [
            rss("<?xml version='1.0' encoding='utf-16'?>", ""),
            rss("<webMaster>admin@a.cn（管理员）</webMaster>", "<author>（张三）zs@a.cn</author>"),
            rss("", "<author><![CDATA[zs@a.cn，张三]]></author>"),
            rss("<managingEditor>张三（zs@a.cn）</managingEditor>", ""),
            rss("", "<itunes:duration>99999999999999999999999</itunes:duration>"),
            rss("", "<itunes:duration>１２:３０:００</itunes:duration>"),
            rss(
                "",
                "<media:content url='https://a.cn/v.mp4'/><media:thumbnail url='https://a.cn/x.png' time='99999999999999999999:10:10'/>",
            ),
        ] {
            let items = read_text(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!((items.len(), PANICS.get()), (1, 0), "{text}");
        }
        let named = rss("", "<author>zs@a.cn（张三）</author>");
        assert_eq!(read_text(&named).unwrap()[0].author.as_deref(), Some("张三"));
    }

    #[test]
    fn comments_have_ids_of_their_own() {
        let text = "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>c</title>\
            <item><title>评论：张三</title><link>https://a.cn/1#comment-7</link><guid isPermaLink='false'>https://a.cn/1#comment-7</guid>\
            <dc:creator>张三</dc:creator><pubDate>Mon, 11 May 2026 09:00:00 +0800</pubDate><description>我家也停水了</description></item></channel></rss>";
        let page = Page::decode(text.as_bytes(), None, None, None).unwrap();
        let read = comments(&page, "2026-05-13T10:00:00+08:00".parse().unwrap()).unwrap();
        assert_eq!((read[0].id.as_deref(), read[0].text.as_str()), (Some("https://a.cn/1#comment-7"), "我家也停水了"));
        assert_eq!(read[0].author.as_deref(), Some("张三"));
    }

    /// Kinds of faults that one part of a feed may have; every entry is read all the same.
    #[test]
    fn one_bad_part_takes_no_other_along() {
        let item = |title: &str, link: &str| format!("<item><title>{title}</title><link>{link}</link></item>");
        let rss = |items: &str| format!("<rss version='2.0'><channel><title>t</title>{items}</channel></rss>");
        let two = item("路灯", "https://a.cn/1") + &item("停水", "https://a.cn/2?x=1&amp;y=2");
        for (text, count) in [
            (rss(&(item("A&B", "https://a.cn/1?x=1&y=2") + &two)), 3),
            (rss(&(item("路灯\u{b}&#x1F;&nbsp;", "https://a.cn/3") + &two)), 3),
            (format!("{}<item><title>截断", rss(&two).split("</channel>").next().unwrap()), 3),
            (rss(&two).replace("<rss version='2.0'>", "<rss version='2.0' xmlns='http://backend.userland.com/rss2'>"), 2),
            (
                "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>t</title><entry><title>甲</title>\
                 <link rel='alternate' href='https://a.cn/4'/><issued>2026-05-11T09:00:00+08:00</issued></entry></feed>"
                    .to_owned(),
                1,
            ),
            (
                "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'>\
                 <channel><title>t</title></channel><item><title>乙</title><link>https://a.cn/5</link></item></rdf:RDF>"
                    .to_owned(),
                1,
            ),
            (r#"{"version":"https://jsonfeed.org/version/1","title":"t","items":[{"id":7,"content_text":"停水"}]}"#.into(), 1),
        ] {
            let items = read_text(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(items.len(), count, "{text}");
        }
        let atom = "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>甲</title><issued>2026-05-11T09:00:00+08:00</issued></entry></feed>";
        assert_eq!(read_text(atom).unwrap()[0].published_at.unwrap().to_string(), "2026-05-11T09:00:00+08:00");
        assert!(read_text(&rss("<items/>")).is_ok_and(|items| items.is_empty()));
    }
}
