//! The text of an article (正文): where content systems put it, else where the density of text says, and never a list of links.

use std::collections::HashSet;
use std::sync::LazyLock;

use dom_smoothie::{Config, ParsePolicy, Readability};
use ego_tree::NodeId;
use regex::Regex;
use scraper::{ElementRef, Html};
use url::Url;

use super::copy;
use super::frame::{between, is_boilerplate, plain, trimmed};
use super::names::Names;
use crate::collect::html_text::{self, one_line};
use crate::collect::page::{Page, selector};

/// A text shorter than this is no article; the page's other candidates are tried.
const TEXT_CHARS_MIN: usize = 20;
/// A line from this length on is no entry of a list.
const PROSE_CHARS_MIN: usize = 50;
/// Comments from so many on are taken out before the text is looked for: they may be longer than it.
const COMMENTS_MIN: usize = 3;

/// Where the article stands in content systems that are common in China, and in the standard's own words.
const CONTAINERS: &[&str] = &[
    "#js_content",
    "#UCAP-CONTENT",
    ".TRS_Editor",
    "#zoom",
    "#Zoom",
    ".trs_editor_view",
    "#artibody",
    "#endText",
    "#vsb_content",
    "[itemprop='articleBody']",
];

/// Reads it.
pub fn read(page: &Page, html: &Html, names: &Names<'_>, lines: &[&str], title: Option<&str>) -> Option<String> {
    let contained = CONTAINERS.iter().filter(|container| names.may_match(container)).find_map(|container| {
        let texts = html.select(selector(container)?).map(|element| html_text::of_element(element, &[]));
        texts.max_by_key(String::len).filter(|text| text.chars().count() >= TEXT_CHARS_MIN)
    });
    let is_text = |text: &String| text.lines().filter(|line| is_boilerplate(line)).count() * 3 < text.lines().count();
    let found = contained.or_else(|| readable(page, html).filter(is_text));
    let found = found.or_else(|| between(lines, title?)).or_else(|| paragraphs(html).filter(is_text))?;
    let text = trimmed(&found, title);
    let is_enough = text.chars().count() >= TEXT_CHARS_MIN.min(found.chars().count()) / 2 && !text.is_empty();
    (is_enough && !is_index(html, &text)).then_some(text)
}

fn readable(page: &Page, html: &Html) -> Option<String> {
    let url = page.url.as_ref().map(url::Url::as_str);
    let comments = comments(html);
    let reader = |config| Readability::with_document(copy::of(html, &comments), url, config).ok();
    let config = Config { char_threshold: 120, ..Config::default() };
    let article = reader(Some(config))?.parse().ok();
    let article = article.or_else(|| reader(None)?.parse_with_policy(ParsePolicy::Raw).ok())?;
    let text = html_text::of_markup(&article.content);
    (text.chars().count() >= TEXT_CHARS_MIN).then_some(text)
}

/// What readers wrote below the page, if there is much of that.
fn comments(html: &Html) -> HashSet<NodeId> {
    static COMMENTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?:comments?|cmt|replys?|replies|pinglun|plun|liuyan|feedback)(?:[-_]?(?:list|area|box|wrap|wrapper|section|container|main|con|content|items?))?$")
            .expect("a constant pattern")
    });
    let is_named = |element: &ElementRef<'_>| {
        let id = element.attr("id").into_iter();
        let classes = element.attr("class").unwrap_or("").split_ascii_whitespace();
        id.chain(classes).any(|name| COMMENTS.is_match(name))
    };
    let all = selector("div, section, ul, ol, dl").map(|all| html.select(all)).into_iter().flatten();
    let is_long = |element: &ElementRef<'_>| element.children().filter_map(ElementRef::wrap).count() >= COMMENTS_MIN;
    all.filter(is_named).filter(is_long).map(|element| element.id()).collect()
}

/// A page that is little more than its paragraphs.
fn paragraphs(html: &Html) -> Option<String> {
    let texts: Vec<String> =
        html.select(selector("p")?).map(|p| html_text::of_element(p, &[])).filter(|t| !t.is_empty()).collect();
    let text = texts.join("\n");
    (text.chars().count() >= TEXT_CHARS_MIN).then_some(text)
}

/// A page of links is a list, whatever the density of its text: most lines are a link, with a date or a number at most.
fn is_index(html: &Html, text: &str) -> bool {
    static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[\[(（]?(?:(?:19|20)?\d{2}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?(?:\s?\d{1,2}:\d{2}(?::\d{2})?)?[\])）]?|^[·•●\-\d.、\s]+").expect("a constant pattern")
    });
    let lines: Vec<&str> = text.lines().collect();
    if lines.iter().any(|line| line.chars().count() >= PROSE_CHARS_MIN && line.contains('。')) {
        return false;
    }
    let Some(anchors) = selector("a[href]") else { return false };
    let links: HashSet<String> = html
        .select(anchors)
        .map(|anchor| plain(&html_text::of_element(anchor, &[])))
        .filter(|t| !t.is_empty())
        .collect();
    let is_link = |line: &&&str| {
        let rest = BESIDE.replace_all(line, "");
        let rest = plain(&rest);
        rest.is_empty() || links.contains(&rest) || links.contains(&plain(line))
    };
    let found = lines.iter().filter(is_link).count();
    // Of one or two lines all have to be links: a notice may be nothing but its attachment.
    found > 0 && if lines.len() < 3 { found == lines.len() } else { found * 10 >= lines.len() * 6 }
}

/// The next page of an article that is cut into several: a link that says so, to a page of the same name.
pub fn next_page(page: &Page, html: &Html) -> Option<Url> {
    let (here, base) = (page.url.as_ref()?, page.base(html)?);
    html.select(selector("a[href]")?).find_map(|anchor| {
        // Most links say nothing of the kind, which is seen without their whole text.
        let says_page = anchor.text().any(|part| part.contains(['页', '頁']));
        if !says_page {
            return None;
        }
        let words = one_line(&html_text::of_element(anchor, &[]));
        let says_next =
            matches!(words.trim_matches(['[', ']', '>', '»', ' ', '<']), "下一页" | "下页" | "后一页" | "下一頁");
        let next = base.join(anchor.attr("href")?.trim()).ok().filter(|_| says_next)?;
        is_page_of(here, &next).then_some(next)
    })
}

/// `t_1.html` → `t_1_2.html`, `t_1-2.html`, `?page=2`: the same article, not the next one.
fn is_page_of(here: &Url, next: &Url) -> bool {
    static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?P<stem>.*?)(?:[_-](?:p)?(?P<number>\d{1,2}))?(?:\.\w+)?$").expect("a constant pattern")
    });
    if here.host_str() != next.host_str() || here == next {
        return false;
    }
    if here.path() == next.path() {
        let kept = |url: &Url| {
            url.query_pairs()
                .filter(|(name, _)| !matches!(&**name, "page" | "p" | "pn"))
                .map(|(n, v)| format!("{n}={v}"))
                .collect::<Vec<_>>()
        };
        return next.query().is_some() && kept(here) == kept(next);
    }
    let parts = |url: &Url| {
        let found = NUMBERED.captures(url.path())?;
        Some((found["stem"].to_owned(), found.name("number").and_then(|n| n.as_str().parse::<u32>().ok())))
    };
    let (Some((stem, at)), Some((next_stem, Some(number)))) = (parts(here), parts(next)) else { return false };
    let whole = here.path().rsplit_once('.').map_or(here.path(), |(path, _)| path);
    // The first page may itself end in a number: `t_123.html` → `t_123_2.html`.
    (next_stem == stem && at.is_some_and(|at| number == at + 1) || next_stem == whole) && (1..=60).contains(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_links_is_no_article() {
        let items: String = (1..9)
            .map(|n| format!("<li><a href='/{n}.html'>我市召开第{n}次专题会议</a><span>2026-05-0{n}</span></li>"))
            .collect();
        let page = Page::open(
            format!("<title>新闻</title><div class=list><ul>{items}</ul></div>").as_bytes(),
            None,
            None,
            None,
        )
        .unwrap();
        let html = page.parse();
        assert_eq!(read(&page, &html, &Names::of(&html), &[], None), None);
    }

    #[test]
    fn the_next_page_is_of_the_same_article() {
        let url = |text: &str| Url::parse(&format!("https://a.cn{text}")).unwrap();
        for (here, next, is) in [
            ("/t1.html", "/t1_2.html", true),
            ("/t1_2.html", "/t1_3.html", true),
            ("/2026/t_123.html", "/2026/t_123_2.html", true),
            ("/a?id=1", "/a?id=1&page=2", true),
            ("/a?id=1", "/a?id=2", false),
            ("/t1.html", "/t2.html", false),
            ("/t_1.html", "/list_2.html", false),
        ] {
            assert_eq!(is_page_of(&url(here), &url(next)), is, "{here} → {next}");
        }
    }
}
