//! A list page (列表页): its items and the next page, by the definition's selectors.

use scraper::Html;
use serde::{Deserialize, Serialize};
use url::Url;

use super::definition::ListRules;
use super::field::{Counts, Field};
use super::html_text::one_line;
use super::page::{self, Page};
use super::time_expression::publish_time;
use crate::domain::instant::Instant;
use crate::domain::mention::Engagement;

/// Most items that are taken from one list page.
const ITEMS_MAX: usize = 1_000;
/// Titles without a link that are told.
const UNLINKED_MAX: usize = 5;

/// What a list, a feed or an interface says of one post.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Item {
    /// The source's own id of it.
    pub id: Option<String>,
    /// Its page.
    #[serde(with = "address")]
    pub url: Option<Url>,
    /// Title.
    pub title: Option<String>,
    /// Text, or the beginning of it.
    pub text: Option<String>,
    /// Whether [`Item::text`] is all of it, so that its page need not be read.
    pub is_whole: bool,
    /// When it says that it was published.
    pub published_at: Option<Instant>,
    /// Displayed author.
    pub author: Option<String>,
    /// Reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engagement: Option<Engagement>,
    /// The feed of the comments under it.
    #[serde(with = "address", skip_serializing_if = "Option::is_none")]
    pub replies: Option<Url>,
}

/// An address as text: one that can't be read any more is none.
mod address {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use url::Url;

    pub(super) fn serialize<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
        url.as_ref().map(Url::as_str).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| Url::parse(&text).ok()))
    }
}

/// A page of items.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Items {
    /// In the page's order.
    pub items: Vec<Item>,
    /// Items that had neither a page nor a text of their own.
    pub unusable: usize,
    /// Titles of those that had one, the first few.
    pub unlinked: Vec<String>,
    /// The next page.
    pub next: Option<Url>,
}

/// Reads a list page.
pub fn read(page: &Page, rules: &ListRules, now: Instant) -> Items {
    let html: Html = page.parse();
    let base = page.base(&html);
    let ready = |rule: &Option<_>| rule.as_ref().map(Field::of);
    let (items, url, title) = (Field::of(&rules.items), Field::of(&rules.url), ready(&rules.title));
    let (published_at, author, text) = (ready(&rules.published_at), ready(&rules.author), ready(&rules.text));
    let counts = Counts::of([&rules.views, &rules.reposts, &rules.comments, &rules.likes]);
    let address = |href: String| page::link(&href, base.as_ref()).and_then(|link| Url::parse(&link).ok());
    let mut found = Items::default();
    for element in items.elements(html.root_element()).into_iter().take(ITEMS_MAX) {
        let value = |field: &Option<Field>| field.as_ref().and_then(|field| field.value(element, &[]));
        let item = Item {
            url: url.address(element).and_then(address),
            title: value(&title).map(|title| one_line(&title)),
            text: value(&text),
            is_whole: text.is_some(),
            published_at: value(&published_at).and_then(|text| publish_time(&text, now)).map(|time| time.at),
            author: value(&author).map(|author| one_line(&author)),
            engagement: counts.read(|field| field.value(element, &[])),
            ..Item::default()
        };
        if item.url.is_none() && item.text.is_none() {
            found.unusable += 1;
            found.unlinked.extend(item.title.filter(|title| !title.is_empty() && found.unlinked.len() < UNLINKED_MAX));
        } else {
            found.items.push(item);
        }
    }
    found.next = ready(&rules.next).and_then(|next| next.address(html.root_element())).and_then(address);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<ul class=list>\
        <li><a href='/t/1.html'>污水 直排</a><span class=d>2026-05-11 09:00</span><i>张三</i></li>\
        <li><a href='2.html#c'>路灯不亮</a><span class=d>昨天 18:30</span></li>\
        <li>（没有链接）</li></ul><a class=next href='?page=2'>下一页</a>";

    fn rules(yaml: &str) -> ListRules {
        serde_saphyr::from_str(yaml).unwrap()
    }

    #[test]
    fn items_and_the_next_page() {
        let url = Url::parse("http://bbs.example.com/list/").unwrap();
        let page = Page::open(PAGE.as_bytes(), None, None, Some(&url)).unwrap();
        let now = "2026-05-11T10:00:00+08:00".parse().unwrap();
        let rules =
            rules("{ items: '.list li', url: a@href, title: a, published_at: .d, author: i, next: a.next@href }");
        let read = read(&page, &rules, now);
        assert_eq!((read.items.len(), read.unusable), (2, 1));
        let [first, second] = &read.items[..] else { panic!() };
        assert_eq!(first.url.as_ref().unwrap().as_str(), "http://bbs.example.com/t/1.html");
        assert_eq!((first.title.as_deref(), first.author.as_deref()), (Some("污水 直排"), Some("张三")));
        assert_eq!(first.published_at.unwrap().to_string(), "2026-05-11T09:00:00+08:00");
        assert_eq!(second.url.as_ref().unwrap().as_str(), "http://bbs.example.com/list/2.html");
        assert_eq!(second.published_at.unwrap().to_string(), "2026-05-10T18:30:00+08:00");
        assert_eq!(read.next.unwrap().as_str(), "http://bbs.example.com/list/?page=2");
    }

    #[test]
    fn a_page_that_was_rebuilt_has_no_items() {
        let page = Page::open(PAGE.as_bytes(), None, None, None).unwrap();
        let read = read(&page, &rules("{ items: .posts, url: a@href }"), Instant::default());
        assert_eq!(read, Items::default());
    }
}
