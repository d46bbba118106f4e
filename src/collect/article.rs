//! The article of a page (正文提取), found without being told where it is. Synchronous: the parsed tree can't leave its
//! thread. What the page does not say is `None`, never a guess.

use std::sync::LazyLock;

use dom_smoothie::{Config, ParsePolicy, Readability};
use regex::Regex;
use scraper::{ElementRef, Html, Selector};
use serde::Serialize;

use super::html_text::{self, one_line};
use super::page::{Page, first};
use super::page_time;
use crate::domain::instant::Instant;

/// A text shorter than this is no article; the page's other candidates are tried.
const TEXT_CHARS_MIN: usize = 20;
/// Longest title.
const TITLE_CHARS_MAX: usize = 200;
/// Longest name of a source or of an author.
const NAME_CHARS_MAX: usize = 40;
/// Lines around the title in which source and author may stand.
const LINES_NEAR_MAX: usize = 12;

/// What `huiying extract` prints of a page (`contract.md`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Article {
    /// Title.
    pub title: Option<String>,
    /// By-line.
    pub author: Option<String>,
    /// When it says it was published; a day alone is its 00:00.
    pub published_at: Option<Instant>,
    /// Where the page says that it comes from.
    pub source: Option<String>,
    /// Text.
    pub text: Option<String>,
    /// Where its links lead.
    pub links: Vec<String>,
    /// The encoding that it came in.
    pub charset: String,
}

/// Reads a page.
pub fn extract(page: &Page) -> Article {
    let html = page.parse();
    let visible = visible_text(&html);
    let lines: Vec<&str> = visible.lines().collect();
    let title = title(&html);
    let published = page_time::of_page(&html, &lines, title.as_deref());
    let text = body(page, &html);
    let near = Near::of(&lines, title.as_deref());
    Article {
        author: author(&html, &near, text.as_deref()),
        published_at: published.map(|published| published.at),
        source: source(&html, &near),
        links: page.links(&html),
        charset: page.charset.clone(),
        title,
        text,
    }
}

fn visible_text(html: &Html) -> String {
    first(html, "body").map_or_else(String::new, |body| html_text::of_element(body, &[]))
}

// ---- text ----

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

fn body(page: &Page, html: &Html) -> Option<String> {
    let contained = CONTAINERS.iter().find_map(|selector| {
        let selector = Selector::parse(selector).ok()?;
        let texts = html.select(&selector).map(|element| html_text::of_element(element, &[]));
        texts.max_by_key(String::len).filter(|text| text.chars().count() >= TEXT_CHARS_MIN)
    });
    contained.or_else(|| readable(page)).or_else(|| paragraphs(html))
}

fn readable(page: &Page) -> Option<String> {
    let config = Config { char_threshold: 120, ..Config::default() };
    let url = page.url.as_ref().map(url::Url::as_str);
    let mut reader = Readability::new(page.text.as_str(), url, Some(config)).ok()?;
    let article = reader.parse().ok().or_else(|| {
        let mut reader = Readability::new(page.text.as_str(), url, None).ok()?;
        reader.parse_with_policy(ParsePolicy::Raw).ok()
    })?;
    let text = html_text::of_markup(&article.content);
    (text.chars().count() >= TEXT_CHARS_MIN).then_some(text)
}

/// A page that is little more than its paragraphs.
fn paragraphs(html: &Html) -> Option<String> {
    let selector = Selector::parse("p").ok()?;
    let texts: Vec<String> =
        html.select(&selector).map(|p| html_text::of_element(p, &[])).filter(|t| !t.is_empty()).collect();
    let text = texts.join("\n");
    (text.chars().count() >= TEXT_CHARS_MIN).then_some(text)
}

// ---- title ----

fn title(html: &Html) -> Option<String> {
    let head = first(html, "head title, title").map(|title| one_line(&title.text().collect::<String>()));
    let head = head.filter(|title| !title.is_empty());
    let shared = meta(html, "meta[property='og:title']");
    let plain_head = head.as_deref().map(plain).unwrap_or_default();
    let headings = headings(html);
    let in_head =
        headings.iter().filter(|heading| plain(heading).chars().count() >= 4 && plain_head.contains(&plain(heading)));
    let best = in_head.max_by_key(|heading| plain(heading).len());
    let chosen = match (best, shared, head) {
        (Some(heading), ..) => heading.clone(),
        (None, Some(shared), _) => without_site(&shared, html),
        (None, None, Some(head)) => {
            let short = without_site(&head, html);
            // A site may cut long titles in its head; the heading has it whole.
            headings.iter().find(|heading| plain(heading).starts_with(&plain(&short))).cloned().unwrap_or(short)
        }
        (None, None, None) => headings.into_iter().next()?,
    };
    Some(chosen.chars().take(TITLE_CHARS_MAX).collect())
}

fn headings(html: &Html) -> Vec<String> {
    const HEADINGS: &[&str] = &["h1", "h2, h3", "[class*='title' i], [id*='title' i]"];
    let mut found = Vec::new();
    for selector in HEADINGS {
        let Ok(selector) = Selector::parse(selector) else { continue };
        let texts = html.select(&selector).take(50).map(|heading| one_line(&html_text::of_element(heading, &[])));
        found.extend(texts.filter(|text| (4..=TITLE_CHARS_MAX).contains(&text.chars().count())));
    }
    found
}

/// A page's title without the name of its site, which stands behind (seldom before) a separator.
fn without_site(title: &str, html: &Html) -> String {
    static SEPARATOR: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\s*(?:\s[-|–—·»]\s|[_|｜]|\s?--+\s?|——|-(?:[^-]{2,12})$)\s*").expect("a constant pattern")
    });
    if let Some(site) = meta(html, "meta[property='og:site_name']")
        && let Some(short) = title.strip_suffix(site.as_str())
    {
        let short = short.trim_end_matches([' ', '-', '_', '|', '—', '–', '·', '｜']).trim();
        if !short.is_empty() {
            return short.to_owned();
        }
    }
    match SEPARATOR.find(title) {
        Some(found) if title[..found.start()].chars().count() >= 4 => title[..found.start()].trim().to_owned(),
        _ => title.to_owned(),
    }
}

// ---- source and author ----

/// The lines around the title.
struct Near<'a>(Vec<&'a str>);

impl<'a> Near<'a> {
    fn of(lines: &[&'a str], title: Option<&str>) -> Self {
        let wanted = title.map(plain).filter(|title| !title.is_empty());
        let place = wanted.and_then(|title| lines.iter().rposition(|line| plain(line) == title));
        let Some(place) = place else { return Self(lines.iter().take(LINES_NEAR_MAX * 4).copied().collect()) };
        let (from, to) = (place.saturating_sub(LINES_NEAR_MAX / 2), lines.len().min(place + 1 + LINES_NEAR_MAX));
        Self(lines[from..to].iter().filter(|line| line.chars().count() <= 160).copied().collect())
    }

    fn find(&self, pattern: &Regex) -> Option<String> {
        self.0.iter().find_map(|line| pattern.captures(line)?.get(1).map(|found| found.as_str().to_owned()))
    }
}

static SOURCE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:来源|來源|稿源|信息来源|文章来源|转自|摘自)\s*[:：]\s*([^\s|丨，。；;:：\[\]【】<>]{2,40})";
    Regex::new(pattern).expect("a constant pattern")
});
static AUTHOR: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"\p{Han}{2,4}(?:[、，,\s/&]{1,2}\p{Han}{2,4}){0,3}";
    let pattern = format!(r"(?:作者|撰文|文/|文｜|文丨|本报记者|记者|記者)\s*[:：|丨]?\s*({name})");
    Regex::new(&pattern).expect("a constant pattern")
});
static REPORTER: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"\p{Han}{2,4}(?:[、，,\s]{1,2}\p{Han}{2,4}){0,3}";
    let pattern = format!(
        r"(?:^|[（(／/\s])(?:[本新特]\p{{Han}}{{1,4}})?(?:记者|記者|通讯员|作者|文|撰文)\s*[:：／/|丨]?\s*({name})\s*(?:[)）／/]|$|报道)"
    );
    Regex::new(&pattern).expect("a constant pattern")
});

fn source(html: &Html, near: &Near<'_>) -> Option<String> {
    let told = || {
        [
            "meta[name='source' i]",
            "meta[name='ContentSource' i]",
            "meta[name='mediaid']",
            "meta[property='bytedance:source']",
        ]
        .into_iter()
        .find_map(|selector| meta(html, selector))
    };
    near.find(&SOURCE).or_else(told).and_then(|found| name(&found))
}

fn author(html: &Html, near: &Near<'_>, text: Option<&str>) -> Option<String> {
    let told = || {
        let site = meta(html, "meta[property='og:site_name']");
        let author = meta(html, "meta[name='author' i]").or_else(|| meta(html, "meta[property='article:author']"))?;
        (Some(&author) != site.as_ref() && !author.contains(['/', '@', '.']) && author.chars().any(|c| c > '\u{7f}'))
            .then_some(author)
    };
    let of_text = || {
        let lines: Vec<&str> = text?.lines().collect();
        let first = lines.iter().take(3);
        let last = lines.iter().rev().take(3).filter(|line| line.chars().count() < 60);
        first.chain(last).find_map(|line| REPORTER.captures(line)?.get(1).map(|found| found.as_str().to_owned()))
    };
    near.find(&AUTHOR).or_else(of_text).or_else(told).and_then(|found| name(&found))
}

fn name(text: &str) -> Option<String> {
    let name = text.trim_matches(|c: char| c.is_whitespace() || "-—_|·:：".contains(c));
    (!name.is_empty() && name.chars().count() <= NAME_CHARS_MAX).then(|| name.to_owned())
}

fn meta(html: &Html, selector: &str) -> Option<String> {
    let content = one_line(first(html, selector)?.attr("content")?);
    (!content.is_empty()).then_some(content)
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The text of an element, for those who were told where it is.
pub fn element_text(element: ElementRef<'_>, removed: &[ElementRef<'_>]) -> Option<String> {
    let text = html_text::of_element(element, removed);
    (!text.is_empty()).then_some(text)
}
