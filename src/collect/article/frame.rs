//! Where an article stands among the lines of its page (版面): the lines between its title and its text tell when, whence and
//! by whom; what stands in the text or in the lists around it doesn't.

use std::sync::LazyLock;

use regex::Regex;

/// Lines between title and text that are looked at.
const LINES_BETWEEN_MAX: usize = 14;
/// Lines before the title.
const LINES_BEFORE_MAX: usize = 6;
/// Lines after the text.
const LINES_AFTER_MAX: usize = 10;
/// Longest line that is no sentence.
pub const LINE_CHARS_MAX: usize = 160;
/// From this length on a line with a full stop is prose.
const PROSE_CHARS_MIN: usize = 36;

static INFO: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:来源|來源|稿源|作者|责任编辑|责编|编辑|时间|日期|浏览次数|浏览量|浏览|阅读|点击数?|点击量|字体|字号|分享到?|发布单位|信息分类|索引号)\s*[:：]|^(?:\[?大 ?中 ?小\]?|打印(本页)?|分享(到)?|字体.*)$";
    Regex::new(pattern).expect("a constant pattern")
});
static ONLY_DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:发布于|发表于)?\s*(?:19|20)?\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?\s*(?:\d{1,2}:\d{2}(?::\d{2})?)?$")
        .expect("a constant pattern")
});
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^[\s\[【（(]*(?:责任编辑|责编|编辑|校对|审核|终审|初审|打印|关闭|分享|收藏|上一篇|下一篇|上一页|下一页|相关(新闻|链接|阅读|文章|推荐)|扫一扫|版权声明|返回(顶部|列表)?|网友评论|标签|关键词|举报|点赞)";
    Regex::new(pattern).expect("a constant pattern")
});
static PAGE_NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[\d\s\[\]]|首页|尾页|末页|上一页|下一页|共\d+页)+$").expect("a constant pattern")
});

/// The lines around an article.
#[derive(Debug, Default)]
pub struct Frame<'a> {
    /// Between title and text, then before the title, the nearest first.
    pub near: Vec<&'a str>,
    /// How many of [`Frame::near`] stand behind the title.
    pub behind: usize,
    /// After the text.
    pub after: Vec<&'a str>,
    /// All that are not the text.
    pub outside: Vec<&'a str>,
}

impl<'a> Frame<'a> {
    /// Finds it; without a title the lines before the text are its head, without a text those after the title.
    pub fn of(lines: &[&'a str], title: Option<&str>, text: Option<&str>) -> Self {
        let wanted = title.map(plain).filter(|title| title.chars().count() >= 4);
        let places: Vec<usize> = match &wanted {
            Some(title) => (0..lines.len()).filter(|at| is_title(&plain(lines[*at]), title)).collect(),
            None => Vec::new(),
        };
        let span = text.and_then(|text| span(lines, text, places.first().copied()));
        let span = span.or_else(|| {
            let from = places.last().map_or(0, |place| place + 1);
            let start = (from..lines.len()).find(|at| is_prose(lines[*at]))?;
            Some((start, start + 1))
        });
        let title_at = match span {
            Some((start, _)) => places.iter().rev().find(|place| **place <= start).or(places.first()).copied(),
            None => places.last().copied(),
        };
        let start = span.map_or(lines.len(), |(start, _)| start);
        let (behind, before) = match title_at {
            Some(at) => {
                let to = start.max(at + 1).min(at + 1 + LINES_BETWEEN_MAX).min(lines.len());
                // The title's own line may go on with what is asked for.
                (&lines[at..to], &lines[at.saturating_sub(LINES_BEFORE_MAX)..at])
            }
            None if span.is_some() => (&lines[start..start], &lines[start.saturating_sub(LINES_BETWEEN_MAX)..start]),
            None => (&lines[..0], &lines[..0]),
        };
        let is_short = |line: &&'a str| line.chars().count() <= LINE_CHARS_MAX;
        // The title itself says nothing of the kind, though it may hold a date.
        let is_more = |line: &&'a str| wanted.as_ref().is_none_or(|title| plain(line) != *title);
        let mut near: Vec<&str> = behind.iter().copied().filter(is_short).filter(is_more).collect();
        let behind = near.len();
        near.extend(before.iter().rev().copied().filter(is_short).filter(is_more));
        let end = span.map_or(lines.len(), |(_, end)| end);
        let after = lines[end.min(lines.len())..].iter().copied().filter(is_short).take(LINES_AFTER_MAX).collect();
        let outside = lines[..start.min(lines.len())].iter().chain(&lines[end.min(lines.len())..]);
        Self { near, behind, after, outside: outside.copied().filter(is_short).collect() }
    }
}

/// First and last line of a text among the page's lines.
fn span(lines: &[&str], text: &str, title: Option<usize>) -> Option<(usize, usize)> {
    let wanted: Vec<&str> = text.lines().collect();
    let from = title.unwrap_or(0);
    let find = |line: &str| {
        let behind = (from..lines.len()).find(|at| lines[*at] == line);
        behind.or_else(|| lines.iter().position(|other| *other == line))
    };
    let start = wanted.iter().take(4).find_map(|line| find(line))?;
    let last = wanted.iter().rev().take(4).find_map(|line| lines.iter().rposition(|other| other == line));
    Some((start, last.map_or(start, |last| last.max(start)) + 1))
}

fn is_prose(line: &str) -> bool {
    line.chars().count() >= PROSE_CHARS_MIN && line.contains(['。', '，', '.'])
}

/// Whether a line is the title, though the line has a word more or the title was cut.
pub fn is_title(line: &str, title: &str) -> bool {
    !line.is_empty()
        && (line == title
            || (line.starts_with(title) && line.len() < title.len() * 2)
            || (title.starts_with(line) && line.len() * 2 > title.len()))
}

/// A line that is a date with a name beside it at most.
fn is_date_line(line: &str) -> bool {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?(?:\s?\d{1,2}:\d{2}(?::\d{2})?)?")
            .expect("a constant pattern")
    });
    let is_lone = || {
        let rest = DATE.replace(line, "");
        rest.len() < line.len() && rest.chars().count() <= 20 && !rest.contains(['，', '。', '、', '：', '；', '（'])
    };
    ONLY_DATE.is_match(line) || (line.chars().count() <= 60 && is_lone())
}

/// What a site writes below its pages.
pub fn is_boilerplate(line: &str) -> bool {
    static FOOT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"ICP[备证]|公网安备|版权所有|网站标识码|技术支持|主办(单位)?\s*[:：]|承办(单位)?\s*[:：]|(?i:copyright|all rights reserved|powered by)")
            .expect("a constant pattern")
    });
    FOOT.is_match(line)
}

/// The lines between the title and what surrounds it: the text of a page that has hardly any.
pub fn between(lines: &[&str], title: &str) -> Option<String> {
    let title = plain(title);
    let at = lines.iter().rposition(|line| plain(line) == title)?;
    let is_end = |line: &&&str| line.chars().count() <= LINE_CHARS_MAX && (TAIL.is_match(line) || is_boilerplate(line));
    let rest: Vec<&str> = lines[at + 1..].iter().take_while(|line| !is_end(line)).copied().collect();
    let text = trimmed(&rest.join("\n"), None);
    (!text.is_empty()).then_some(text)
}

/// The letters and digits of a text.
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Without what surrounds a text in its own element: its title, the line of date and source, links to other articles.
pub fn trimmed(text: &str, title: Option<&str>) -> String {
    let title = title.map(plain).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let is_head = |line: &&&str| {
        let is_info = !line.contains('。') && line.chars().count() <= LINE_CHARS_MAX && INFO.is_match(line);
        is_info || is_date_line(line) || (title.chars().count() >= 4 && plain(line) == title)
    };
    let is_tail = |line: &&&str| line.chars().count() <= 60 && (TAIL.is_match(line) || PAGE_NUMBERS.is_match(line));
    let from = lines.iter().take(6).take_while(is_head).count();
    let to = lines.len() - lines[from..].iter().rev().take(8).take_while(is_tail).count();
    lines[from..to].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_title_and_text_is_near_and_the_text_is_not() {
        let lines = [
            "首页",
            "关于停水的公告",
            "2026-05-11",
            "关于停水的公告",
            "来源：市水务局",
            "停水三天，请储水。",
            "相关",
            "2026-04-01",
        ];
        let frame = Frame::of(&lines, Some("关于停水的公告"), Some("停水三天，请储水。"));
        assert_eq!(frame.near, ["来源：市水务局", "2026-05-11", "首页"]);
        assert_eq!((frame.behind, &frame.after), (1, &vec!["相关", "2026-04-01"]));
        assert!(!frame.outside.contains(&"停水三天，请储水。"));
        assert!(Frame::of(&[], None, None).near.is_empty());
    }

    #[test]
    fn a_text_loses_what_is_none_of_it() {
        let text = "停水公告\n发布日期：2026-05-11 来源：市水务局\n停水三天。\n责任编辑：李四\n1 2 下一页";
        assert_eq!(trimmed(text, Some("停水公告")), "停水三天。");
        assert_eq!(trimmed("时间：上午九点\n地点：三楼", None), "地点：三楼");
    }
}
