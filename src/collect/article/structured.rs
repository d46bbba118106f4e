//! What a page says to machines (结构化数据): JSON-LD and `<meta>`. The page's own word, so it is believed first.

use scraper::{ElementRef, Html};
use serde_json::Value;

use crate::collect::html_text::one_line;
use crate::collect::page::{first, selector};
use crate::collect::time_expression::{Published, publish_time};
use crate::domain::instant::Instant;

/// Levels of nested JSON-LD that are looked through.
const LEVELS_MAX: usize = 6;

/// What it says.
#[derive(Debug, Default)]
pub struct Structured {
    /// Title of the article.
    pub title: Option<String>,
    /// When it was published.
    pub published: Option<Published>,
    /// By-line: persons only.
    pub author: Option<String>,
    /// 来源.
    pub source: Option<String>,
}

/// Kinds of a page that is a post, as schema.org names them (`NewsArticle`, `BlogPosting`, `SocialMediaPosting`, …).
const POSTS: [&str; 6] = ["Article", "Posting", "Report", "Blog", "Question", "VideoObject"];

const TITLE: &[&str] = &["meta[name='ArticleTitle' i]"];
const TIME: &[&str] = &[
    "meta[property='article:published_time']",
    "meta[name='article:published_time']",
    "meta[name='weibo:article:create_at']",
    "meta[name='PubDate' i]",
    "meta[name='publishdate' i]",
    "meta[name='publish_date' i]",
    "meta[name='publish-date' i]",
    "meta[name='publication_date' i]",
    "meta[name='apub:time']",
    "meta[name='og:time']",
    "meta[property='og:time']",
    "meta[property='og:release_date']",
    "meta[property='bytedance:published_time']",
    "meta[itemprop='datePublished']",
    "meta[name='firstpublishedtime']",
    "meta[name='_pubtime']",
    "meta[name='eprot:publishdate']",
    "meta[name='date' i]",
    "meta[itemprop='dateUpdate']",
];
const SOURCE: &[&str] = &[
    "meta[name='ContentSource' i]",
    "meta[name='source' i]",
    "meta[name='mediaid']",
    "meta[property='bytedance:source']",
    "meta[property='og:article:source']",
];
const AUTHOR: &[&str] =
    &["meta[name='author' i]", "meta[property='article:author']", "meta[property='og:article:author']"];

/// Reads it.
pub fn of_page(html: &Html, now: Instant) -> Structured {
    let linked = linked(html, now);
    // Asked one by one of these rather than of the whole page: most pages have few, and none of those that are sought.
    let all: Vec<ElementRef<'_>> =
        selector("meta[content]").map(|meta| html.select(meta).collect()).unwrap_or_default();
    let one = |text: &'static str| {
        let selector = selector(text)?;
        content(*all.iter().find(|meta| selector.matches(meta))?)
    };
    let meta = |texts: &[&'static str]| texts.iter().find_map(|text| one(text));
    let times = TIME.iter().filter_map(|text| one(text));
    let of_meta = times.filter_map(|time| publish_time(&time, now)).next();
    Structured {
        title: meta(TITLE).or(linked.title),
        published: linked.published.or(of_meta),
        author: linked.author.or_else(|| meta(AUTHOR)),
        source: meta(SOURCE).or(linked.source),
    }
}

/// The content of a `<meta>`, if it is not empty.
pub fn meta(html: &Html, text: &'static str) -> Option<String> {
    content(first(html, text)?)
}

fn content(meta: ElementRef<'_>) -> Option<String> {
    let content = one_line(meta.attr("content")?);
    (!content.is_empty()).then_some(content)
}

fn linked(html: &Html, now: Instant) -> Structured {
    let mut found = Structured::default();
    let Some(scripts) = selector("script[type='application/ld+json' i]") else { return found };
    for script in html.select(scripts) {
        let text: String = script.text().collect();
        // Editors put raw line breaks into strings, which JSON forbids.
        let plain = text.replace(['\n', '\r', '\t'], " ");
        if let Ok(value) = serde_json::from_str::<Value>(plain.trim().trim_end_matches(';')) {
            visit(&value, 0, now, &mut found);
        }
    }
    found
}

fn visit(value: &Value, level: usize, now: Instant, found: &mut Structured) {
    if level > LEVELS_MAX {
        return;
    }
    match value {
        Value::Array(all) => all.iter().for_each(|one| visit(one, level + 1, now, found)),
        Value::Object(node) => {
            let kinds = words(node.get("@type").unwrap_or(&Value::Null));
            let is_post = kinds.iter().any(|kind| POSTS.iter().any(|post| kind.ends_with(post)));
            // A page of no stated kind that has a date is the search engines' own short form.
            let is_page = kinds.is_empty() || kinds.iter().any(|kind| kind.ends_with("WebPage"));
            if is_post || is_page {
                let time = ["datePublished", "pubDate", "uploadDate", "dateCreated"];
                let time = time.iter().find_map(|key| publish_time(node.get(*key)?.as_str()?, now));
                found.published = found.published.or(time);
            }
            if is_post {
                let headline = node.get("headline").or_else(|| node.get("name")).and_then(Value::as_str).map(one_line);
                found.title = found.title.take().or(headline.filter(|title| title.chars().count() >= 4));
                found.author = found.author.take().or_else(|| node.get("author").and_then(persons));
                let origin = node.get("sourceOrganization").or_else(|| node.get("isBasedOn"));
                found.source = found.source.take().or_else(|| origin?.get("name")?.as_str().map(one_line));
            }
            for inner in ["@graph", "mainEntity", "itemReviewed", "mainEntityOfPage"] {
                if let Some(inner) = node.get(inner) {
                    visit(inner, level + 1, now, found);
                }
            }
        }
        _ => {}
    }
}

fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The names of persons; an organisation is no by-line.
fn persons(value: &Value) -> Option<String> {
    let names: Vec<String> = match value {
        Value::String(name) => vec![one_line(name)],
        Value::Array(all) => all.iter().filter_map(persons).collect(),
        Value::Object(one) => {
            let is_person = one.get("@type").and_then(Value::as_str).is_none_or(|kind| kind == "Person");
            one.get("name").and_then(Value::as_str).filter(|_| is_person).map(one_line).into_iter().collect()
        }
        _ => Vec::new(),
    };
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then(|| names.join("、"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Structured {
        of_page(&Html::parse_document(html), "2026-05-13T10:00:00+08:00".parse().unwrap())
    }

    #[test]
    fn a_post_within_a_graph() {
        let found = read(
            r#"<script type="application/ld+json">{"@graph":[{"@type":"WebSite","name":"某网","datePublished":"2001-01-01"},
            {"@type":["NewsArticle"],"headline":"搅拌站停产","dateModified":"2026-05-12","datePublished":"2026-05-11T01:30:00Z",
            "author":[{"@type":"Person","name":"王小明"},{"@type":"Organization","name":"某网"}]}]}</script>"#,
        );
        assert_eq!(found.published.unwrap().at.to_string(), "2026-05-11T09:30:00+08:00");
        assert_eq!((found.title.as_deref(), found.author.as_deref()), (Some("搅拌站停产"), Some("王小明")));
    }

    #[test]
    fn what_is_none_is_none() {
        let found = read(r#"<meta name=PubDate content=soon><script type="application/ld+json">{"a":</script>"#);
        assert!(found.published.is_none() && found.title.is_none() && found.author.is_none() && found.source.is_none());
        let future = read("<meta name=PubDate content='2027-01-01 08:00'>");
        assert!(
            future.published.is_none_or(|time| time.at.to_string().starts_with("2027")),
            "judged by the reader of times"
        );
    }
}
