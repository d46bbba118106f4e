//! When a page says that it was published (发布时间): from what it says to machines, from a labelled line, from what stands at
//! its title, from what its scripts hold; in this order. A time in the text or in a list beside it is not taken: a wrong one
//! is worse than none.

use std::sync::LazyLock;

use regex::Regex;
use scraper::Html;

use super::article::Frame;
use super::page::selector;
use super::time_expression::{Published, absolute, publish_time};
use crate::domain::instant::{Instant, Span};

/// Longest line that is a by-line and no sentence.
const LINE_CHARS_MAX: usize = 120;
/// Characters that may stand before the time in a line without a label.
const BEFORE_TIME_CHARS_MAX: usize = 40;
/// How far a site's clock may be ahead of ours.
const CLOCKS_APART_MAX: Span = Span::from_minutes(10);
/// 1995-01-01T00:00:00+08:00: nothing on the web is older.
const WEB_BEGAN: Instant = Instant::from_ms(788_889_600_000);

/// Labels, the surest first: that of publishing, one that says no more than time, that of a document's making.
static LABELS: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    let start = r"(?:^|[\s|｜丨,，;；\]】)）>·\[【(（])";
    let label = |words: &str| Regex::new(&format!(r"(?:{words})\s*[:：]?\s*$")).expect("a constant pattern");
    [
        label(
            "(?:发布|發布|发表|發表|发稿|發稿|刊发|首发|推送|来信|写信|提交|发帖|上网|公开)(?:时间|時間|日期)|发布于|发表于|發表於|發佈於|Posted on|Published",
        ),
        // A bare 时间 is that of the page only where no other word stands before it: 停水时间 is another.
        label(&format!(
            "{start}(?:时间|時間|日期|发布|发表)|上传时间|上线时间|录入时间|添加时间|创建时间|信息时间|编辑于|修改于"
        )),
        label("更新时间|更新日期|更新于|最后更新|修改时间"),
        label("成文日期|成文时间|生成日期|印发日期|发文日期|制发日期"),
    ]
});
static FIRST_DAY: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:(?:19|20)\d{2}|\b\d{2})\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}|[〇零○一二三四五六七八九]{4}年|\d{1,2}月\d{1,2}日|\b\d{1,2}[-/]\d{1,2}\s+\d{1,2}:\d{2}|今天|昨天|前天|刚刚|\d+\s*(?:秒|分钟|小时|天|周|个月)前|半小时前";
    Regex::new(pattern).expect("a constant pattern")
});
/// The same without bounds of words, which the fast engine of the library can't see beside Chinese characters: most lines hold
/// nothing of the kind, and are passed over by this.
static MAY_HOLD_DAY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&FIRST_DAY.as_str().replace(r"\b", "")).expect("a constant pattern"));
static IN_SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?:\b(?:var\s+)?(?:ct|oriCreateTime)\s*=\s*["'](\d{10})["'])|(?:["']datePublished["']\s*:\s*["']([^"']{8,40})["'])|(?:["']?\b(?:pubDate|publishDate|publish_date|publishTime|publish_time|pubtime|newsTime|ptime)["']?\s*[:=]\s*["']?([0-9T:+\- /]{8,30})["']?)"#;
    Regex::new(pattern).expect("a constant pattern")
});

/// The time of a parsed page; `told` is what it says to machines.
pub fn of_page(html: &Html, frame: &Frame<'_>, told: Option<Published>, now: Instant) -> Option<Published> {
    let told = plausible(told.or_else(|| of_tags(html, now)), now);
    let shown = plausible(near_title(frame, now), now);
    // 昨天 on a page that was saved earlier, or a day without a year, is less sure than what its scripts hold.
    let shown = match shown {
        Some(shown) if told.is_none() && !says_year(frame, shown) => plausible(of_scripts(html), now).or(Some(shown)),
        shown => shown,
    };
    let of_scripts = || plausible(of_scripts(html), now);
    match (told, shown) {
        // Local time that was declared to be Greenwich's: the page itself shows which is meant.
        (Some(told), Some(shown)) if !shown.day_only && told.at - shown.at == Span::from_hours(8) => Some(shown),
        (Some(told), Some(shown)) if told.day_only && shown.at.date() == told.at.date() => Some(shown),
        (Some(told), _) if !is_midnight(told) => Some(told),
        (Some(told), Some(shown)) if told.at.date() == shown.at.date() && !shown.day_only => Some(shown),
        (Some(told), _) => of_scripts().filter(|found| found.at.date() == told.at.date()).or(Some(told)),
        (None, Some(shown)) if shown.day_only => {
            of_scripts().filter(|found| found.at.date() == shown.at.date()).or(Some(shown))
        }
        (None, shown) => shown.or_else(of_scripts),
    }
}

/// A time when a page can have been published: not before there was a web, nor still to come.
pub fn plausible(time: Option<Published>, now: Instant) -> Option<Published> {
    time.filter(|time| is_plausible(time.at, now))
}

/// As [`plausible`], for an instant.
pub fn is_plausible(at: Instant, now: Instant) -> bool {
    at >= WEB_BEGAN && at <= now + CLOCKS_APART_MAX
}

/// Whether the lines around the title hold the year of that time.
fn says_year(frame: &Frame<'_>, time: Published) -> bool {
    let year = time.at.to_string();
    frame.near.iter().chain(&frame.after).chain(&frame.outside).any(|line| line.contains(&year[..4]))
}

fn is_midnight(time: Published) -> bool {
    time.day_only || time.at == Instant::start_of(time.at.date())
}

/// A line with the places at which a day begins in it.
struct Dated<'a> {
    line: &'a str,
    days: Vec<usize>,
}

/// Those of some lines that hold a day.
fn dated<'a>(lines: &[&'a str]) -> Vec<Dated<'a>> {
    let is_short = |line: &&str| line.chars().count() <= LINE_CHARS_MAX * 2;
    let holding = lines.iter().copied().filter(is_short).filter(|line| MAY_HOLD_DAY.is_match(line));
    let dated = holding.map(|line| Dated { line, days: FIRST_DAY.find_iter(line).map(|day| day.start()).collect() });
    dated.filter(|dated| !dated.days.is_empty()).collect()
}

/// In the lines around the title: the surest label, else the first time that leads a line; else a label elsewhere.
fn near_title(frame: &Frame<'_>, now: Instant) -> Option<Published> {
    let lines = dated(&frame.near);
    let near = LABELS.iter().flat_map(|label| lines.iter().filter_map(|line| labelled(line, label, now)));
    let behind = lines.iter().filter_map(|line| in_line(line.line, now));
    let mut day_only = None;
    for found in near.chain(behind) {
        if !found.day_only {
            // A clock time of another day than the label's is another time.
            return Some(day_only.filter(|day: &Published| day.at.date() != found.at.date()).unwrap_or(found));
        }
        day_only = day_only.or(Some(found));
    }
    let said = |lines: &[&str], labels: &[Regex]| {
        let lines = dated(lines);
        labels.iter().find_map(|label| lines.iter().find_map(|line| labelled(line, label, now)))
    };
    day_only.or_else(|| said(&frame.outside, &LABELS[..1])).or_else(|| said(&frame.after, &LABELS[1..]))
}

fn in_line(line: &str, now: Instant) -> Option<Published> {
    if line.chars().count() > LINE_CHARS_MAX {
        return None;
    }
    let day = FIRST_DAY.find(line)?;
    let before = &line[..day.start()];
    let is_sentence = |text: &str| text.contains(['。', '，', '！', '？', '；']);
    let leads =
        before.chars().count() <= BEFORE_TIME_CHARS_MAX && !is_sentence(before) && !before.contains(['（', '(']);
    // "停水时间：6月1日": another label makes it another time.
    let is_other = before.trim_end().ends_with([':', '：']) && !LABELS.iter().any(|label| label.is_match(before));
    (leads && !is_other && !is_sentence(&line[day.end()..])).then(|| publish_time(&line[day.start()..], now)).flatten()
}

/// A time right behind its label.
fn labelled(dated: &Dated<'_>, label: &Regex, now: Instant) -> Option<Published> {
    let of = |at: &usize| {
        let (before, rest) = dated.line.split_at(*at);
        label.is_match(before).then(|| publish_time(rest, now)).flatten()
    };
    dated.days.iter().find_map(of)
}

/// `<time>` that stands with the article rather than in a list beside it.
fn of_tags(html: &Html, now: Instant) -> Option<Published> {
    let times = selector("time[datetime], [itemprop='datePublished'][content]")?;
    let aside = ["li", "aside", "footer", "nav"];
    html.select(times).find_map(|time| {
        let mut above = time.ancestors().filter_map(scraper::ElementRef::wrap);
        let is_aside = above.any(|element| aside.contains(&element.value().name()));
        let told = time.attr("datetime").or_else(|| time.attr("content"))?;
        publish_time(told, now).filter(|_| !is_aside)
    })
}

fn of_scripts(html: &Html) -> Option<Published> {
    html.select(selector("script")?).find_map(|script| {
        let text: String = script.text().collect();
        let found = IN_SCRIPT.captures(&text)?;
        let time = found.iter().skip(1).flatten().next()?.as_str().to_owned();
        absolute(time.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str, lines: &[&str], title: &str, text: Option<&str>) -> String {
        let html = Html::parse_document(html);
        let now = "2026-05-13T10:00:00+08:00".parse().unwrap();
        let told = super::super::article::told_time(&html, now);
        let found = of_page(&html, &Frame::of(lines, Some(title), text), told, now);
        found.map_or(
            "?".into(),
            |found| if found.day_only { found.at.to_string()[..10].into() } else { found.at.to_string() },
        )
    }

    const TITLE: &str = "关于鸿越大道搅拌站的答复";
    const TEXT: &str = "我们于是去了，2026年5月1日下午又停水，没有人管。";

    #[test]
    fn at_the_title_or_labelled() {
        let lines = ["首页", "2026-01-01 08:00", "a", TITLE, "发布时间：2026-05-11 09:30 来源：市生态环境局", TEXT];
        assert_eq!(read("", &lines, TITLE, Some(TEXT)), "2026-05-11T09:30:00+08:00");
        let lines = [TITLE, TEXT, "b", "c", "d", "e", "f", "g", "h", "发布日期：2026年5月11日"];
        assert_eq!(read("", &lines, TITLE, Some(TEXT)), "2026-05-11");
        let lines = ["成文日期：2026-05-01", "发布日期：2026-05-11", TITLE, TEXT];
        assert_eq!(read("", &lines, TITLE, Some(TEXT)), "2026-05-11", "published, not written");
        for (line, expected) in [
            ("发布时间：26-05-1109:30", "2026-05-11T09:30:00+08:00"),
            ("昨天 12:30", "2026-05-12T12:30:00+08:00"),
            ("3小时前", "2026-05-13T07:00:00+08:00"),
            ("2027-05-11 09:30", "?"),
            ("1970-01-01 08:00", "?"),
        ] {
            assert_eq!(read("", &[TITLE, line, TEXT], TITLE, Some(TEXT)), expected, "{line}");
        }
    }

    #[test]
    fn what_a_sentence_or_a_list_mentions_is_no_publish_time() {
        assert_eq!(read("", &[TITLE, TEXT], TITLE, Some(TEXT)), "?");
        assert_eq!(read("", &[TITLE, "2026年5月3日，市水务局称", TEXT], TITLE, Some(TEXT)), "?");
        assert_eq!(read("", &[TITLE, TEXT, "停水时间：2026-05-10 10:00"], TITLE, Some(TEXT)), "?");
        assert_eq!(read("", &[TITLE, TEXT, "相关新闻", "2026-04-10"], TITLE, Some(TEXT)), "?");
        assert_eq!(read("", &["推荐", "2026-05-11 10:00"], TITLE, None), "?", "not at the title");
    }

    #[test]
    fn what_machines_are_told() {
        let meta = "<meta name=PubDate content='2026-05-11 09:30'>";
        let read = |html: &str, lines: &[&str]| read(html, lines, TITLE, Some(TEXT));
        assert_eq!(read(meta, &[TITLE, TEXT]), "2026-05-11T09:30:00+08:00");
        assert_eq!(read(meta, &[TITLE, "2026-05-11", TEXT]), "2026-05-11T09:30:00+08:00", "the same day, more exact");
        let linked = r#"<script type="application/ld+json">{"datePublished": "2026-05-11T01:30:00Z"}</script>"#;
        assert_eq!(read(linked, &[TITLE, TEXT]), "2026-05-11T09:30:00+08:00");
        let shifted = "<meta property='article:published_time' content='2026-05-11T09:30:00Z'>";
        assert_eq!(
            read(shifted, &[TITLE, "2026-05-11 09:30", TEXT]),
            "2026-05-11T09:30:00+08:00",
            "Beijing's, said to be Greenwich's"
        );
        assert_eq!(read("<meta name=date content=soon>", &[TITLE, TEXT]), "?");
        let tag = "<ul><li><time datetime='2026-04-01'></time></li></ul><time datetime='2026-05-11T09:30:00+08:00'>5月11日</time>";
        assert_eq!(read(tag, &[TITLE, TEXT]), "2026-05-11T09:30:00+08:00");
    }
}
