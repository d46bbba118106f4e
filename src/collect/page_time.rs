//! When a page says that it was published (发布时间): from what stands at its title, then from what it says to machines.
//! A time that stands anywhere else is not taken: a wrong one is worse than none.

use std::sync::LazyLock;

use regex::Regex;
use scraper::{Html, Selector};

use super::time_expression::{Published, absolute};

/// Lines after the title in which the time may stand.
const LINES_AFTER_TITLE_MAX: usize = 12;
/// Lines before it.
const LINES_BEFORE_TITLE_MAX: usize = 6;
/// Longest line that is a by-line and no sentence.
const LINE_CHARS_MAX: usize = 120;
/// Characters that may stand before the time in a line without a label.
const BEFORE_TIME_CHARS_MAX: usize = 40;

const META: &[&str] = &[
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
];

static LABELLED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:(?:发布|發布|发表|發表|发稿|發稿|发文|成文|上传|上線|录入|添加|更新|刊发|公开|来信|写信|提交)?(?:时间|時間|日期)|发布于|发表于|发布|发表)\s*[:：]?\s*$";
    Regex::new(pattern).expect("a constant pattern")
});
static FIRST_DAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}").expect("a constant pattern")
});
static IN_SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?:\bvar\s+ct\s*=\s*["'](\d{10})["'])|(?:["']datePublished["']\s*:\s*["']([^"']{8,40})["'])|(?:["'](?:pubDate|publishTime|publish_time|pubtime)["']\s*:\s*["']?([0-9T:+\- /]{8,30})["']?)"#;
    Regex::new(pattern).expect("a constant pattern")
});

/// The time of a parsed page with its visible `lines`; `title` tells where the article begins.
pub fn of_page(html: &Html, lines: &[&str], title: Option<&str>) -> Option<Published> {
    let near = near_title(lines, title);
    if let Some(found) = near
        && !found.day_only
    {
        return near;
    }
    let told = of_meta(html).or_else(|| of_scripts(html));
    match (near, told) {
        // The page shows a day, and says the time of that same day to machines.
        (Some(near), Some(told)) if told.at.date() == near.at.date() => Some(told),
        (Some(near), _) => Some(near),
        (None, told) => told,
    }
}

/// In the lines around the title: the first labelled time, else the first that leads a line.
fn near_title(lines: &[&str], title: Option<&str>) -> Option<Published> {
    let wanted = title.map(plain).filter(|title| title.chars().count() >= 4);
    let places: Vec<usize> = match &wanted {
        Some(title) => (0..lines.len()).filter(|at| is_title(&plain(lines[*at]), title)).collect(),
        None => Vec::new(),
    };
    let mut day_only = None;
    for place in places.iter().rev() {
        let after = &lines[*place..lines.len().min(place + 1 + LINES_AFTER_TITLE_MAX)];
        let before = lines[place.saturating_sub(LINES_BEFORE_TITLE_MAX)..*place].iter().rev();
        let lines: Vec<&&str> = after.iter().chain(before).collect();
        let found = lines.iter().filter_map(|line| labelled(line)).chain(lines.iter().filter_map(|line| in_line(line)));
        for found in found {
            if !found.day_only {
                return Some(found);
            }
            day_only = day_only.or(Some(found));
        }
    }
    day_only.or_else(|| lines.iter().find_map(|line| labelled(line)))
}

fn is_title(line: &str, title: &str) -> bool {
    line == title
        || (line.starts_with(title) && line.len() < title.len() * 2)
        || (title.starts_with(line) && line.len() * 2 > title.len())
}

fn in_line(line: &str) -> Option<Published> {
    if line.chars().count() > LINE_CHARS_MAX {
        return None;
    }
    let day = FIRST_DAY.find(line)?;
    let before = &line[..day.start()];
    let leads =
        before.chars().count() <= BEFORE_TIME_CHARS_MAX && !before.contains(['。', '，', '！', '？', '（', '(']);
    leads.then(|| absolute(&line[day.start()..])).flatten()
}

/// A time right behind its label, anywhere on the page.
fn labelled(line: &str) -> Option<Published> {
    if line.chars().count() > LINE_CHARS_MAX {
        return None;
    }
    let day = FIRST_DAY.find(line)?;
    LABELLED.is_match(&line[..day.start()]).then(|| absolute(&line[day.start()..])).flatten()
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn of_meta(html: &Html) -> Option<Published> {
    let metas = META.iter().filter_map(|selector| Selector::parse(selector).ok());
    let mut contents = metas.filter_map(|selector| html.select(&selector).next()?.attr("content").map(str::to_owned));
    contents.find_map(|content| absolute(&content)).or_else(|| {
        let times = Selector::parse("time[pubdate][datetime], time[itemprop='datePublished'][datetime]").ok()?;
        html.select(&times).find_map(|time| absolute(time.attr("datetime")?))
    })
}

fn of_scripts(html: &Html) -> Option<Published> {
    let scripts = Selector::parse("script").ok()?;
    html.select(&scripts).find_map(|script| {
        let text: String = script.text().collect();
        let found = IN_SCRIPT.captures(&text)?;
        let time = found.iter().skip(1).flatten().next()?.as_str().to_owned();
        absolute(&time)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str, lines: &[&str], title: &str) -> String {
        let found = of_page(&Html::parse_document(html), lines, Some(title));
        found.map_or(
            "?".into(),
            |found| if found.day_only { found.at.to_string()[..10].into() } else { found.at.to_string() },
        )
    }

    const TITLE: &str = "关于鸿越大道搅拌站的答复";

    #[test]
    fn at_the_title_or_labelled() {
        let lines = [
            "首页",
            "2026-01-01 08:00",
            "新闻",
            "a",
            "b",
            "c",
            "d",
            "e",
            TITLE,
            "发布时间：2026-05-11 09:30 来源：市生态环境局",
            "正文",
        ];
        assert_eq!(read("", &lines, TITLE), "2026-05-11T09:30:00+08:00");
        let lines = [
            "首页",
            TITLE,
            "正文",
            "a",
            "b",
            "c",
            "d",
            "e",
            "f",
            "g",
            "h",
            "i",
            "j",
            "k",
            "l",
            "发布日期：2026年5月11日",
        ];
        assert_eq!(read("", &lines, TITLE), "2026-05-11");
    }

    #[test]
    fn what_a_sentence_mentions_is_no_publish_time() {
        let lines = [TITLE, "我们于是去了，2026年5月1日下午又停水，没有人管。", "2026年5月3日，市水务局称"];
        assert_eq!(read("", &lines[..2], TITLE), "?");
        assert_eq!(read("", &["推荐", "2026-05-11 10:00"], TITLE), "?", "not at the title");
    }

    #[test]
    fn what_machines_are_told() {
        let meta = "<meta name=PubDate content='2026-05-11 09:30'>";
        assert_eq!(read(meta, &[TITLE], TITLE), "2026-05-11T09:30:00+08:00");
        assert_eq!(read(meta, &[TITLE, "2026-05-11"], TITLE), "2026-05-11T09:30:00+08:00", "the same day, more exact");
        assert_eq!(read(meta, &[TITLE, "2026-05-10"], TITLE), "2026-05-10", "the page itself is believed");
        let linked = r#"<script type="application/ld+json">{"datePublished": "2026-05-11T01:30:00Z"}</script>"#;
        assert_eq!(read(linked, &[TITLE], TITLE), "2026-05-11T09:30:00+08:00");
        assert_eq!(read("<meta name=date content=soon>", &[TITLE], TITLE), "?");
    }
}
