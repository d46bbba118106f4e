//! Whence and by whom (来源、作者): labels first, then names in the line of the date. An editor, a photographer, the site itself
//! and a word that only looks like a name are no author.

use std::sync::LazyLock;

use regex::Regex;
use scraper::Html;

use super::frame::Frame;
use super::names::Names;
use crate::collect::html_text::{self, one_line};
use crate::collect::page::first;

/// Longest name of a source or of an author.
const NAME_CHARS_MAX: usize = 40;
/// Longest line of names alone.
const NAMES_LINE_CHARS_MAX: usize = 60;

/// 来源 and 作者 as a page has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Byline {
    /// Where the page says that it comes from.
    pub source: Option<String>,
    /// By whom.
    pub author: Option<String>,
}

static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    let source = "信息来源|文章来源|新闻来源|稿件来源|消息来源|内容来源|来源|來源|稿源|转自|摘自|转载自";
    let author = "文章作者|本文作者|作者|撰稿人|撰稿|撰文|采写|文字|执笔|文";
    let other = "责任编辑|责编|编辑|编审|审核|校对|监制|摄影|图片?|制图|发布时间|发布日期|更新时间|发表时间|时间|日期|浏览次数|浏览量|浏览|点击次数|点击量|点击|阅读次数|阅读量|阅读|访问量|评论|字体|字号|分享到?|打印|索引号|发布单位|发布机构|栏目|分类|标签|关键词|点赞";
    let pattern = format!(
        r"(?P<source>{source})\s*[:：]|(?:^|[\s|｜丨(（\[【/])(?P<author>{author})\s*[:：/／丨|｜︱]|(?P<author2>{author})\s*[:：]|(?P<other>{other})\s*[:：]"
    );
    Regex::new(&pattern).expect("a constant pattern")
});
/// Without a colon: a bar or the line's end bounds the name.
static BARE_SOURCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s|｜])(?:来源|來源)\s?([A-Za-z\p{Han}]{2,12})(?:[\s|｜]|$)").expect("a constant pattern")
});
/// Label, names, what follows.
static REPORTER: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"\p{Han}{2,4}(?:·\p{Han}{1,6})?";
    let names = format!(r"{name}(?:(?:\s?[、/&，,]\s?|\s){name}){{0,4}}");
    let pattern = format!(
        r"(?P<label>作者|撰文|文[/／]|记者|記者|通讯员|评论员|观察员)(?P<between>\s?)(?P<names>{names})(?P<tail>\s?.?)"
    );
    Regex::new(&pattern).expect("a constant pattern")
});
static NAMES_IN_BRACKETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[（(]((?:\p{Han}{2,4})(?:[、\s]\p{Han}{2,4}){0,3})[)）]$").expect("a constant pattern")
});
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?(?:\s?\d{1,2}:\d{2}(?::\d{2})?)?")
        .expect("a constant pattern")
});
static MEDIUM: LazyLock<Regex> = LazyLock::new(|| {
    let ending = "报|報|报社|報社|新闻网|新聞網|網|网|电视台|广播台|广播电视台|电台|通讯社|新华社|中新社|客户端|周刊|杂志|传媒|融媒体?(?:中心)?|参考消息|在线|新闻|频道";
    Regex::new(&format!(r"^[\p{{Han}}A-Za-z0-9·]{{0,14}}(?:{ending})$")).expect("a constant pattern")
});
/// Who writes articles is no body of the state, and no machine.
static BODY: LazyLock<Regex> = LazyLock::new(|| {
    let ending = "局|委|办|厅|部|院|处|科|中心|政府|公司|学校|大学|街道|社区|办公室|委员会|支队|大队|网|报|社|台|站|整理|转载|编译|综合|媒体|新闻|客户端|频道|头条";
    Regex::new(&format!("(?:{ending})$")).expect("a constant pattern")
});

/// The first characters of most Chinese names.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧阳上官司马诸葛才";

/// What stands where a name could stand, and is none.
const NO_NAMES: &[&str] = &[
    "责任编辑",
    "编辑",
    "责编",
    "未知",
    "佚名",
    "匿名",
    "网络",
    "整理",
    "最新文章",
    "来源",
    "发布",
    "摄影",
    "报道",
    "获悉",
    "了解",
    "管理员",
    "本站",
    "原创",
    "不详",
    "编译",
    "综合",
    "转载",
    "通讯员",
    "记者",
    "采访",
    "表示",
    "介绍",
    "从",
    "在",
    "看到",
    "admin",
    "Admin",
    "完",
    "图片",
    "文章",
    "专栏",
    "主页",
    "热线",
    "招聘",
    "证",
];
/// What stands where a source could stand, and is none.
const NO_SOURCES: &[&str] = &["本站", "未知", "不详", "原创", "互联网", "网络", "其他", "本网", "略", "无"];
/// Where pages of known systems name their source.
const PLACES: &[&str] =
    &["#js_name", "#source_baidu", "#media_name", ".media_name", "[itemprop='publisher'] [itemprop='name']"];

/// Reads both; `told` is what the page says to machines.
pub fn read(html: &Html, names: &Names<'_>, frame: &Frame<'_>, text: Option<&str>, told: &Byline) -> Byline {
    let mut found = Byline::default();
    for (at, line) in frame.near.iter().enumerate() {
        found.take(labelled(line, frame.near.get(at + 1).copied().filter(|_| at + 1 < frame.behind)));
    }
    found.take(Byline { source: told.source.as_deref().and_then(source_name), author: None });
    found.take(Byline { source: placed(html, names), author: None });
    for line in &frame.near[..frame.behind.min(frame.near.len())] {
        found.take(of_layout(line));
    }
    for line in &frame.near[..frame.behind.min(frame.near.len())] {
        found.take(Byline { author: reporter(line), source: None });
    }
    let lines: Vec<&str> = text.map(|text| text.lines().collect()).unwrap_or_default();
    let last: Vec<&str> = lines.iter().rev().take(3).copied().collect();
    let is_short = |line: &&&str| line.chars().count() < NAMES_LINE_CHARS_MAX / 2;
    let first = lines.iter().take(2).chain(lines.iter().skip(2).take(3).filter(is_short));
    for line in first.chain(last.iter().filter(|line| line.chars().count() < NAMES_LINE_CHARS_MAX)) {
        found.take(Byline { author: labelled(line, None).author.or_else(|| reporter(line)), source: None });
    }
    let in_brackets = last.iter().take(2).find_map(|line| reporter(&line[line.rfind(['（', '('])?..]));
    found.take(Byline { author: in_brackets, source: None });
    for line in &frame.after {
        found.take(labelled(line, None));
        found.take(Byline { author: reporter(line), source: None });
    }
    let signed = last.first().and_then(|line| signature(line));
    let told = told.author.clone().filter(|author| !is_editor(author, frame));
    found.take(Byline { author: told.and_then(|author| told_author(html, author, &found)), source: None });
    found.take(Byline { author: signed, source: None });
    if found.author.is_some() && found.author == found.source {
        found.author = None;
    }
    found
}

impl Byline {
    /// Takes from another what is missing here.
    fn take(&mut self, other: Self) {
        self.source = self.source.take().or(other.source);
        self.author = self.author.take().or(other.author);
    }
}

/// What labels of a line say; a label at its end is about the next line.
fn labelled(line: &str, next: Option<&str>) -> Byline {
    let mut found = Byline::default();
    let labels: Vec<_> = LABEL.captures_iter(line).collect();
    for (at, label) in labels.iter().enumerate() {
        let whole = label.get(0).map_or(0..0, |whole| whole.range());
        let until = labels.get(at + 1).and_then(|next| next.get(0)).map_or(line.len(), |next| next.start());
        let value = line[whole.end..until].trim();
        let value = if value.is_empty() && at + 1 == labels.len() { next.unwrap_or("").trim() } else { value };
        if label.name("source").is_some() {
            let (outer, inner) = bracketed(value);
            let by = inner.map(|inner| inner.trim_start_matches(['作', '者', '记', '通', '讯', '员', '：', ':', ' ']));
            found.take(Byline { source: source_name(outer), author: by.and_then(|by| author_name(by, true)) });
            found.take(Byline { source: None, author: reporter(value) });
        } else if label.name("author").is_some() || label.name("author2").is_some() {
            let is_sure = label.name("author").or(label.name("author2")).is_some_and(|label| label.as_str() != "文");
            let (outer, _) = bracketed(value);
            match author_name(outer, is_sure) {
                Some(author) => found.take(Byline { source: None, author: Some(author) }),
                // "作者：市教育局" says whence, not who.
                None if BODY.is_match(first_word(outer)) => {
                    found.take(Byline { source: source_name(outer), author: None });
                }
                None => {}
            }
        }
    }
    let bare = BARE_SOURCE.captures(line).and_then(|bare| source_name(&bare[1]));
    found.take(Byline { source: bare, author: None });
    found.take(Byline { source: None, author: if labels.is_empty() { None } else { reporter(line) } });
    found
}

fn bracketed(value: &str) -> (&str, Option<&str>) {
    match value.find(['（', '(']) {
        Some(at) if at > 0 => {
            let inner = value[at..].trim_start_matches(['（', '(']);
            let inner = inner.split([')', '）']).next().unwrap_or(inner);
            (value[..at].trim(), Some(inner))
        }
        _ => (value, None),
    }
}

/// Up to what ends a name: white space between Chinese words, a bar, a comma.
fn first_word(value: &str) -> &str {
    let value = value.trim_matches(|c: char| c.is_whitespace() || "-—_|｜丨·:：".contains(c));
    let mut before = ' ';
    for (at, c) in value.char_indices() {
        let is_end = "|丨｜︱，。；;:：[]【】<>›".contains(c)
            || (c.is_whitespace()
                && (!before.is_ascii() || !value[at..].trim_start().starts_with(|c: char| c.is_ascii_alphabetic())));
        if is_end {
            return value[..at].trim();
        }
        before = c;
    }
    value
}

fn source_name(value: &str) -> Option<String> {
    let (outer, _) = bracketed(value);
    let name = first_word(outer).trim_end_matches(['-', '—', '、', '，']);
    let name = name.trim_matches(['“', '”', '"', '《', '》']);
    let count = name.chars().count();
    let is_name = (2..=NAME_CHARS_MAX).contains(&count)
        && name.chars().any(char::is_alphabetic)
        && !name.starts_with("http")
        && !NO_SOURCES.contains(&name)
        && !DATE.is_match(name);
    is_name.then(|| name.to_owned())
}

/// A by-line behind its label: names, or whatever a writer calls themselves if the label is `sure`.
fn author_name(value: &str, sure: bool) -> Option<String> {
    let value = value.trim_matches(|c: char| c.is_whitespace() || "-—_|｜丨·:：/".contains(c));
    static NAMES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\p{Han}{2,4}(?:(?:\s?[、/&，,]\s?|\s)\p{Han}{2,4})*").expect("a constant pattern")
    });
    let names = NAMES.find(value).map(|names| names.as_str());
    let mut kept: Vec<&str> =
        names.unwrap_or("").split(|c: char| "、/&，, ".contains(c)).filter(|n| !n.is_empty()).collect();
    if let Some(end) = kept.iter().position(|name| !is_person(name)) {
        kept.truncate(end);
    }
    let is_all = names.is_some_and(|names| {
        names.len() == value.len() || value[names.len()..].starts_with(|c: char| !c.is_alphanumeric() || c == ' ')
    });
    if is_all && !kept.is_empty() {
        return Some(kept.join("、"));
    }
    let word = first_word(value);
    let is_name = sure
        && (2..=20).contains(&word.chars().count())
        && !BODY.is_match(word)
        && !NO_NAMES.iter().any(|no| word.contains(no))
        && !word.chars().all(|c| c.is_ascii_digit())
        && !word.contains(['。', '！', '？', '“', '”']);
    is_name.then(|| word.to_owned())
}

fn is_person(name: &str) -> bool {
    !NO_NAMES.iter().any(|no| name.contains(no)) && !BODY.is_match(name) && !name.contains('摄')
}

/// `记者 王小明`, `作者魏星`, `文/王小明`: without a colon, so only what ends like a name is one.
fn reporter(line: &str) -> Option<String> {
    let found = REPORTER.captures(line)?;
    let (names, tail) = (found["names"].trim(), &found["tail"]);
    let is_photo = tail.trim() == "摄" || names.contains('摄') || line.contains("供图");
    let ends = tail.is_empty() || tail.starts_with([' ', ')', '）', '/', '／', '|', '｜', '】', '〕', ']', '。']);
    let names: Vec<&str> = names.split(|c: char| "、/&，, ".contains(c)).filter(|name| !name.is_empty()).collect();
    let kept: Vec<&str> = names.iter().take_while(|name| is_person(name)).copied().collect();
    let surnames = kept.iter().filter(|name| name.starts_with(|c| SURNAMES.contains(c))).count();
    // In a sentence ("记者看到现场") only a known surname makes a name.
    let is_sure = line.chars().count() <= NAMES_LINE_CHARS_MAX || surnames > 0;
    (ends && !is_photo && is_sure && !kept.is_empty()).then(|| kept.join("、"))
}

/// Names beside the date without a label: a medium, or persons.
fn of_layout(line: &str) -> Byline {
    let Some(date) = DATE.find(line) else { return Byline::default() };
    if line.chars().count() > NAMES_LINE_CHARS_MAX || line.contains(['>', '›', '»', '。']) {
        return Byline::default();
    }
    let rest = format!("{} {}", &line[..date.start()], &line[date.end()..]);
    let words: Vec<&str> =
        rest.split(|c: char| c.is_whitespace() || "|｜丨/·".contains(c)).filter(|w| !w.is_empty()).collect();
    let bare = |word: &str| word.split(['[', '【', '(', '（']).next().unwrap_or("").to_owned();
    // "某某[整理]" says who put it together.
    let is_marked = |word: &&&str| ["[整理]", "[转载]", "[原创]", "【整理】"].iter().any(|mark| word.ends_with(mark));
    let marked = words.iter().find(is_marked).map(|word| bare(word));
    let source = marked.or_else(|| words.iter().map(|word| bare(word)).find(|word| MEDIUM.is_match(word)));
    let others: Vec<&&str> = words.iter().filter(|word| Some(bare(word)) != source).collect();
    let is_name = |word: &str| {
        (2..=4).contains(&word.chars().count())
            && word.chars().all(|c| matches!(c, '\u{4e00}'..='\u{9fff}'))
            && is_person(word)
    };
    let all_names = !others.is_empty() && others.len() <= 4 && others.iter().all(|word| is_name(word));
    let any_surname = others.iter().any(|word| word.starts_with(|c| SURNAMES.contains(c)) && word.chars().count() <= 3);
    let author = (all_names && any_surname).then(|| others.iter().map(|word| **word).collect::<Vec<_>>().join("、"));
    Byline { source, author }
}

/// Names in brackets at the very end of a text.
fn signature(line: &str) -> Option<String> {
    let names = NAMES_IN_BRACKETS.captures(line)?[1].to_owned();
    let all = names
        .split(['、', ' '])
        .all(|name| name.starts_with(|c| SURNAMES.contains(c)) && is_person(name) && name.chars().count() <= 3);
    all.then_some(names)
}

fn placed(html: &Html, names: &Names<'_>) -> Option<String> {
    PLACES.iter().filter(|place| names.may_match(place)).find_map(|selector| {
        let text = one_line(&html_text::of_element(first(html, selector)?, &[]));
        let text = text.trim_start_matches("来源").trim_start_matches(['：', ':', ' ']);
        source_name(text)
    })
}

/// Whether the page names as its editor whom it tells machines as its author.
fn is_editor(author: &str, frame: &Frame<'_>) -> bool {
    static EDITOR: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:责任编辑|责编|编辑|审核|校对)\s*[:：]\s*(\p{Han}{2,4})").expect("a constant pattern")
    });
    let mut lines = frame.near.iter().chain(&frame.after);
    lines.any(|line| EDITOR.captures_iter(line).any(|found| author.ends_with(&found[1])))
}

/// The author that a page tells machines; many sites name themselves there.
fn told_author(html: &Html, author: String, found: &Byline) -> Option<String> {
    let head = first(html, "title").map(|title| title.text().collect::<String>()).unwrap_or_default();
    let is_site = head.contains(&author) || found.source.as_deref() == Some(author.as_str()) || BODY.is_match(&author);
    let is_name = author.chars().all(|c| c.is_alphanumeric() || " 、·_-".contains(c))
        && (2..=NAME_CHARS_MAX).contains(&author.chars().count())
        && !NO_NAMES.iter().any(|no| author.contains(no));
    (is_name && !is_site).then_some(author)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_what_follows_them() {
        for (line, source, author) in [
            ("来源：宣城日报（记者 王小明）", Some("宣城日报"), Some("王小明")),
            ("来源：市生态环境局 作者：王小明 责任编辑：李四 浏览次数：12", Some("市生态环境局"), Some("王小明")),
            ("作者：王小明 浏览：12", None, Some("王小明")),
            ("发布时间：2026-05-11 来源： 新京报 编辑：李四", Some("新京报"), None),
            ("责任编辑：李四", None, None),
            ("撰稿：王小明、李四 审核：赵六", None, Some("王小明、李四")),
            ("作者：市教育局", Some("市教育局"), None),
            ("作者：溪边散步2008 | 阅读 12", None, Some("溪边散步2008")),
            ("作者：未知 责任编辑：刺猬", None, None),
            ("发表于2014-08-24| 来源CSDN| 0 条评论| 作者魏星", Some("CSDN"), Some("魏星")),
            ("来源：本站", None, None),
            ("来源：宣城新闻网 记者 王小明 通讯员 李四", Some("宣城新闻网"), Some("王小明")),
            ("作者︱春春", None, Some("春春")),
            ("文/王小明", None, Some("王小明")),
        ] {
            let found = labelled(line, None);
            let found = if found.author.is_none() { Byline { author: reporter(line), ..found } } else { found };
            assert_eq!((found.source.as_deref(), found.author.as_deref()), (source, author), "{line}");
        }
        assert_eq!(labelled("来源：", Some("新京报")).source.as_deref(), Some("新京报"));
    }

    #[test]
    fn an_editor_a_photographer_and_a_label_are_no_author() {
        for line in [
            "责任编辑：李四",
            "新华社记者 才扬 摄",
            "记者介绍，景区里不通车",
            "作者最新文章列表",
            "浏览 12",
            "记者看到，现场",
        ] {
            assert_eq!(reporter(line), None, "{line}");
        }
        for (line, name) in [
            ("本报记者 王小明", "王小明"),
            ("（记者唐霁）法国总工会", "唐霁"),
            ("〔記者林宸誼／台北報導〕", "林宸誼"),
            ("作者魏星", "魏星"),
        ] {
            assert_eq!(reporter(line).as_deref(), Some(name), "{line}");
        }
    }

    #[test]
    fn names_beside_the_date() {
        let read = |line| {
            let found = of_layout(line);
            (found.source, found.author)
        };
        assert_eq!(read("2026-05-11 09:30 宣城日报 王小明"), (Some("宣城日报".into()), Some("王小明".into())));
        assert_eq!(read("宣城日报2026-05-11 09:30"), (Some("宣城日报".into()), None));
        assert_eq!(read("2026-05-11 09:30 宣城发布"), (None, None));
        assert_eq!(read("2026-05-11 09:30 某某星空[整理]"), (Some("某某星空".into()), None));
        assert_eq!(read("首页 > 新闻网 > 2026-05-11"), (None, None));
        assert_eq!(signature("欢迎监督。（王小明 李四）").as_deref(), Some("王小明 李四"));
        assert_eq!(signature("未完。（待续）"), None);
    }
}
