//! The title of an article (标题): the heading that the page's head names, without the name of the site.

use std::sync::LazyLock;

use regex::Regex;
use scraper::Html;

use super::frame::plain;
use super::structured::{Structured, meta};
use crate::collect::html_text::{self, one_line};
use crate::collect::page::{first, selector};

/// Longest title.
const TITLE_CHARS_MAX: usize = 200;
/// A page's head no longer than this may name a section of the site rather than the article.
const SECTION_CHARS_MAX: usize = 14;

/// Reads it; `lines` are the page's visible ones.
pub fn read(html: &Html, lines: &[&str], told: &Structured) -> Option<String> {
    let head = first(html, "head title, title").map(|title| one_line(&title.text().collect::<String>()));
    let head = head.filter(|title| !title.is_empty());
    let shared = meta(html, "meta[property='og:title']");
    let plain_head = head.as_deref().map(plain).unwrap_or_default();
    // What stands at the end of the head is the site's name, though it be the largest heading.
    // It is the shorter part of it.
    let is_site = |heading: &String| {
        let heading = plain(heading);
        plain_head.ends_with(&heading) && heading.len() * 2 <= plain_head.len()
    };
    let headings: Vec<String> = headings(html).into_iter().filter(|heading| !is_site(heading)).collect();
    if let Some(title) = told.title.as_ref().filter(|title| lines.iter().any(|line| plain(line) == plain(title))) {
        return Some(title.chars().take(TITLE_CHARS_MAX).collect());
    }
    let is_in_head = |heading: &&String| plain(heading).chars().count() >= 4 && plain_head.contains(&plain(heading));
    let best = headings.iter().filter(is_in_head).max_by_key(|heading| plain(heading).len()).cloned();
    let names_section = plain_head.chars().count() <= SECTION_CHARS_MAX;
    // A head that is the site's name alone: the article's heading stands above the line of its date.
    let over_info = || over_info(lines).filter(|line| !plain_head.contains(&plain(line)));
    let best = match best {
        Some(heading) if plain(&heading) == plain_head && names_section && is_site_name(&heading) => {
            over_info().or(Some(heading))
        }
        Some(heading) if plain(&heading) == plain_head => Some(without_site(&heading, html)),
        best => best,
    };
    let best = best.or_else(|| only_heading(html).filter(|heading| names_section && !is_site(heading)));
    let chosen = match (best, shared, head) {
        (Some(heading), ..) => heading,
        (None, Some(shared), _) => without_site(&shared, html),
        (None, None, Some(head)) => {
            let short = without_site(&head, html);
            // A site may cut long titles in its head; the heading has it whole.
            let whole = headings.iter().find(|heading| plain(heading).starts_with(&plain(&short))).cloned();
            let other = || over_info().filter(|_| names_section && is_site_name(&short));
            whole.or_else(other).unwrap_or(short)
        }
        (None, None, None) => headings.into_iter().next().or_else(over_info)?,
    };
    Some(chosen.chars().take(TITLE_CHARS_MAX).collect())
}

/// Whether a head names a site or a body rather than a matter.
fn is_site_name(head: &str) -> bool {
    static SITE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:网|网站|局|委|办|厅|政府|中心|论坛|报|信箱|门户|频道|首页|平台|学校|大学|医院|公司)$")
            .expect("a constant pattern")
    });
    SITE.is_match(head.trim())
}

/// The line above the first line that holds a date or a source by its label.
fn over_info(lines: &[&str]) -> Option<String> {
    static INFO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:时间|日期|来源|作者)\s*[:：]|^(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}")
            .expect("a constant pattern")
    });
    let at = lines.iter().position(|line| line.chars().count() <= 120 && INFO.is_match(line))?;
    let above = lines.get(at.checked_sub(1)?)?;
    let is_title = (6..=80).contains(&above.chars().count())
        && !above.contains(['>', '›', '»', '|', '。'])
        && !above.starts_with("您");
    is_title.then(|| (*above).to_owned())
}

/// The one heading of a page whose head names only its section, as those of mailboxes do.
fn only_heading(html: &Html) -> Option<String> {
    let mut headings = html.select(selector("h1")?).map(|heading| one_line(&html_text::of_element(heading, &[])));
    let only = headings.next().filter(|text| (4..=TITLE_CHARS_MAX / 2).contains(&text.chars().count()))?;
    headings.next().is_none().then_some(only)
}

fn headings(html: &Html) -> Vec<String> {
    const HEADINGS: &[&str] = &["h1", "h2, h3", "[class*='title' i], [id*='title' i]"];
    let mut found = Vec::new();
    for text in HEADINGS {
        let Some(selector) = selector(text) else { continue };
        let texts = html.select(selector).take(50).map(|heading| one_line(&html_text::of_element(heading, &[])));
        found.extend(texts.filter(|text| (4..=TITLE_CHARS_MAX).contains(&text.chars().count())));
    }
    found
}

/// A page's title without the name of its site, which stands behind (seldom before) a separator.
pub fn without_site(title: &str, html: &Html) -> String {
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
