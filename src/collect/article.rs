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
/// A page's head no longer than this may name a section of the site rather than the article.
const SECTION_CHARS_MAX: usize = 14;
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
    let source = source(&html, &near);
    Article {
        author: author(&html, &near, text.as_deref(), source.as_deref()),
        published_at: published.map(|published| published.at),
        source,
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
    // What stands at the end of the head is the site's name, though it be the largest heading.
    let is_site = |heading: &String| plain_head.ends_with(&plain(heading)) && plain_head != plain(heading);
    let headings: Vec<String> = headings(html).into_iter().filter(|heading| !is_site(heading)).collect();
    let is_in_head = |heading: &&String| plain(heading).chars().count() >= 4 && plain_head.contains(&plain(heading));
    let best = headings.iter().filter(is_in_head).max_by_key(|heading| plain(heading).len()).cloned();
    let best = best.map(|heading| if plain(&heading) == plain_head { without_site(&heading, html) } else { heading });
    let names_section = plain_head.chars().count() <= SECTION_CHARS_MAX;
    let best = best.or_else(|| only_heading(html).filter(|heading| names_section && !is_site(heading)));
    let chosen = match (best, shared, head) {
        (Some(heading), ..) => heading,
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

/// The one heading of a page whose head names only its section, as those of mailboxes do.
fn only_heading(html: &Html) -> Option<String> {
    let selector = Selector::parse("h1").ok()?;
    let mut headings = html.select(&selector).map(|heading| one_line(&html_text::of_element(heading, &[])));
    let only = headings.next().filter(|text| (4..=TITLE_CHARS_MAX / 2).contains(&text.chars().count()))?;
    headings.next().is_none().then_some(only)
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
/// Label, what stands between, names, what follows.
static BYLINE: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"\p{Han}{2,4}(?:(?:[、/&]|\s)\s?\p{Han}{2,4}){0,3}";
    let pattern = format!(
        r"(?P<label>作者|撰文|(?:^|[\s（(])文[/｜|丨:：]|记者|記者|通讯员)(?P<between>\s*[:：|丨/／]?\s*)(?P<names>{name})(?P<tail>\s?.?)"
    );
    Regex::new(&pattern).expect("a constant pattern")
});
/// What stands where a name could stand, and is none.
const NO_NAMES: &[&str] = &[
    "责任编辑",
    "编辑",
    "责编",
    "未知",
    "佚名",
    "网络",
    "整理",
    "最新文章",
    "来源",
    "发布",
    "摄影",
    "报道",
    "获悉",
    "了解",
];

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

fn author(html: &Html, near: &Near<'_>, text: Option<&str>, source: Option<&str>) -> Option<String> {
    let of_text = || {
        let lines: Vec<&str> = text?.lines().collect();
        let first = lines.iter().take(2);
        let last = lines.iter().rev().take(2).filter(|line| line.chars().count() < 60);
        first.chain(last).find_map(|line| byline(line))
    };
    let told = || {
        let author = meta(html, "meta[name='author' i]").or_else(|| meta(html, "meta[property='article:author']"))?;
        let head = first(html, "title").map(|title| title.text().collect::<String>()).unwrap_or_default();
        // Many sites name themselves there.
        let is_site =
            head.contains(&author) || Some(author.as_str()) == source || author.ends_with(['网', '报', '社', '台']);
        let is_name =
            author.chars().all(|c| c.is_alphabetic() || c == ' ') && !NO_NAMES.iter().any(|no| author.contains(no));
        (is_name && !is_site).then_some(author)
    };
    near.0.iter().find_map(|line| byline(line)).or_else(of_text).or_else(told).and_then(|found| name(&found))
}

fn byline(line: &str) -> Option<String> {
    let found = BYLINE.captures(line)?;
    let (names, tail) = (found["names"].trim(), &found["tail"]);
    let is_photo = tail.trim() == "摄" || names.contains("摄") || line.contains("供图");
    // "作者最新文章", "记者介绍，": without a separator only what ends like a name is one.
    let ends = tail.is_empty() || tail.starts_with([' ', ')', '）', '/', '／', '|', '】', '〕', ']']);
    let is_free = found["between"].is_empty() || found["between"].chars().all(char::is_whitespace);
    let is_name = !NO_NAMES.iter().any(|no| names.contains(no));
    (is_name && !is_photo && (ends || !is_free)).then(|| names.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Article {
        extract(&Page::open(html.as_bytes(), None, None, None).unwrap())
    }

    const TEXT: &str =
        "昨日下午，向阳街道鸿越大道一家沥青搅拌站被居民投诉夜间冒黑烟，市生态环境局派人到现场检查，责令其停产整改。";

    #[test]
    fn a_plain_article() {
        let article = read(&format!(
            "<html><head><title>搅拌站停产整改-宣城新闻网</title></head><body><div><a href='http://a.cn/'>首页</a></div>\
             <h1>搅拌站停产整改</h1><div>2026年05月11日 09:30 来源：宣城日报 作者：王小明</div>\
             <div><p>{TEXT}</p><p>{TEXT}</p></div><div>责任编辑：李四</div></body></html>"
        ));
        assert_eq!(article.title.as_deref(), Some("搅拌站停产整改"));
        assert_eq!(article.published_at.unwrap().to_string(), "2026-05-11T09:30:00+08:00");
        assert_eq!((article.source.as_deref(), article.author.as_deref()), (Some("宣城日报"), Some("王小明")));
        assert!(article.text.unwrap().contains("责令其停产整改"));
        assert_eq!((article.links, article.charset.as_str()), (vec!["http://a.cn/".to_owned()], "utf-8"));
    }

    #[test]
    fn what_the_page_does_not_say_is_null() {
        let article = read(&format!("<html><body><p>{TEXT}</p></body></html>"));
        assert_eq!((article.title, article.author, article.published_at, article.source), (None, None, None, None));
        assert!(article.text.is_some());
        let empty = read("<html><head><title>首页</title></head><body><a href='a'>新闻</a></body></html>");
        assert_eq!((empty.title.as_deref(), empty.text), (Some("首页"), None));
    }

    #[test]
    fn an_editor_a_photographer_and_a_label_are_no_author() {
        for line in [
            "责任编辑：李四",
            "新华社记者 才扬 摄",
            "作者：未知 责任编辑：刺猬",
            "记者介绍，景区里不通车",
            "作者最新文章列表",
            "浏览 12",
        ] {
            assert_eq!(byline(line), None, "{line}");
        }
        for (line, name) in [
            ("本报记者 王小明", "王小明"),
            ("作者：罗博、萧海川", "罗博、萧海川"),
            ("（记者唐霁）法国总工会", "唐霁"),
            ("〔記者林宸誼／台北報導〕", "林宸誼"),
            ("作者魏星", "魏星"),
        ] {
            assert_eq!(byline(line).as_deref(), Some(name), "{line}");
        }
    }

    /// Pages of 47 Chinese sites, against labels made by hand.
    #[test]
    fn finds_the_articles_of_real_pages() {
        let Some(found) = crate::collect::shared_data::unpacked("zh_articles_dev.tar.gz") else { return };
        let folder = found.path().join("zh_articles_dev");
        let gold: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("gold.json")).unwrap()).unwrap();
        let (mut pages, mut text, mut titles, mut days) = (0, 0.0, 0, 0);
        for (name, gold) in gold.as_object().unwrap() {
            let bytes = std::fs::read(folder.join("pages").join(gold["file"].as_str().unwrap())).unwrap();
            let article = extract(&Page::open(&bytes, None, None, None).unwrap_or_else(|e| panic!("{name}: {e}")));
            pages += 1;
            text += overlap(gold["body"].as_str().unwrap(), article.text.as_deref().unwrap_or(""));
            titles +=
                usize::from(plain(gold["title"].as_str().unwrap()) == plain(article.title.as_deref().unwrap_or("")));
            let day = article.published_at.map(|at| at.to_string()[..10].to_owned());
            days += usize::from(day.as_deref() == gold["time"].as_str().map(|time| &time[..10]));
        }
        let text = text / f64::from(pages);
        eprintln!("articles: {pages} pages, text {text:.3}, titles {titles}, days {days}");
        assert!(text > 0.95 && titles * 100 >= pages as usize * 93 && days * 100 >= pages as usize * 85);
    }

    /// F1 over runs of four characters.
    fn overlap(gold: &str, found: &str) -> f64 {
        let grams = |text: &str| -> Vec<String> {
            let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
            let mut grams: Vec<String> = chars.windows(4).map(|gram| gram.iter().collect()).collect();
            grams.sort_unstable();
            grams
        };
        let (gold, found) = (grams(gold), grams(found));
        let (mut at, mut common) = (0, 0.0);
        for gram in &gold {
            while at < found.len() && found[at] < *gram {
                at += 1;
            }
            if at < found.len() && found[at] == *gram {
                common += 1.0;
                at += 1;
            }
        }
        2.0 * common / (gold.len() + found.len()).max(1) as f64
    }
}
