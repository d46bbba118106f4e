//! Letters on boards (来信与答复): question and answer with both times, read by the labels that such pages share.

use scraper::{ElementRef, Html};

use crate::collect::detail::{Answer, is_answer};
use crate::collect::html_text::{self, one_line};
use crate::collect::page::selector;
use crate::collect::time_expression::{Published, publish_time};
use crate::domain::instant::Instant;

/// Longest label.
const LABEL_CHARS_MAX: usize = 8;
/// Shortest question.
const TEXT_CHARS_MIN: usize = 8;

/// A letter.
#[derive(Debug, Default, PartialEq)]
pub struct Letter {
    /// Its title.
    pub title: Option<String>,
    /// What was asked.
    pub text: String,
    /// By whom, as shown.
    pub author: Option<String>,
    /// When.
    pub published: Option<Published>,
    /// The answer.
    pub answer: Option<Answer>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Title,
    Text,
    Author,
    At,
    Answer,
    AnswerAt,
    AnswerBy,
}

const PARTS: [Part; 7] =
    [Part::Title, Part::Text, Part::Author, Part::At, Part::Answer, Part::AnswerAt, Part::AnswerBy];

/// What a label stands for: what is asked or answered, and what of it.
fn part(label: &str) -> Option<Part> {
    const ASKED: [&str; 17] = [
        "信件", "来信", "写信", "咨询", "投诉", "留言", "诉求", "提问", "问题", "建议", "问政", "求助", "反映", "发信",
        "提交", "举报", "来电",
    ];
    const ANSWERED: [&str; 8] = ["回复", "答复", "办理", "处理", "承办", "反馈", "受理", "办结"];
    let ending = |words: &[&str], endings: &[&str]| {
        words.iter().any(|word| label.strip_prefix(word).is_some_and(|rest| endings.contains(&rest)))
    };
    const AT: [&str; 3] = ["时间", "日期", "于"];
    const WORDS: [&str; 5] = ["内容", "正文", "详情", "描述", "事项"];
    if ending(&ASKED, &["标题", "主题", "题目"]) || label == "标题" || label == "主题" {
        Some(Part::Title)
    } else if ending(&ASKED, &AT) {
        Some(Part::At)
    } else if ending(&ASKED, &["人", "者", "人姓名", "网友", "用户", "人昵称"]) || label == "网友" {
        Some(Part::Author)
    } else if ending(&ASKED, &WORDS) || label == "内容" {
        Some(Part::Text)
    } else if ending(&ANSWERED, &AT) {
        Some(Part::AnswerAt)
    } else if ending(&ANSWERED, &["单位", "部门", "机构", "人", "机关"]) {
        Some(Part::AnswerBy)
    } else if ending(&ANSWERED, &["内容", "意见", "结果", "情况", "正文", "详情"])
        || label == "官方回复"
        || label == "回复"
        || label == "答复"
    {
        Some(Part::Answer)
    } else {
        None
    }
}

/// Reads it; `None` if the page doesn't have the labels of one.
pub fn read(html: &Html, now: Instant) -> Option<Letter> {
    let mut values: [Option<String>; 7] = Default::default();
    let labels = selector("th, td, dt, dd, label, span, strong, b, em, i, div, p, h2, h3, h4, li")?;
    for element in html.select(labels) {
        let Some((part, value)) = labelled(element) else { continue };
        let slot = &mut values[PARTS.iter().position(|one| *one == part)?];
        if slot.is_none() {
            *slot = Some(value);
        }
    }
    let mut take = |part: Part| values[PARTS.iter().position(|one| *one == part)?].take();
    let text = take(Part::Text).filter(|text| text.chars().count() >= TEXT_CHARS_MIN)?;
    let (title, author, at) = (take(Part::Title), take(Part::Author), take(Part::At));
    let (answer, answer_at, answer_by) = (take(Part::Answer), take(Part::AnswerAt), take(Part::AnswerBy));
    // "内容" alone stands on many a page.
    let others = [at.is_some(), author.is_some(), answer.is_some(), answer_at.is_some(), answer_by.is_some()];
    if others.iter().filter(|there| **there).count() + usize::from(title.is_some()) < 2 {
        return None;
    }
    let time = |text: Option<String>| text.and_then(|text| publish_time(&text, now));
    let answer = answer.filter(|text| is_answer(text)).map(|text| Answer {
        text,
        at: time(answer_at).map(|time| time.at),
        by: answer_by.map(|by| one_line(&by)),
    });
    Some(Letter {
        title: title.map(|title| one_line(&title)),
        text,
        author: author.map(|author| one_line(&author)).filter(|author| author.chars().count() <= 20),
        published: time(at),
        answer,
    })
}

/// An element that is nothing but a label, with what stands beside it; or one that holds both.
fn labelled(element: ElementRef<'_>) -> Option<(Part, String)> {
    let text = own_words(element)?;
    let is_mark = |c: char| matches!(c, ':' | '：' | '【' | '】' | '[' | ']') || c.is_whitespace();
    let plain: String = text.chars().filter(|c| !is_mark(*c)).collect();
    if let Some(part) = part(&plain) {
        let beside = element.next_siblings().find_map(|node| match node.value() {
            scraper::Node::Text(text) => {
                let text = text.trim_matches(|c: char| is_mark(c) || c == '\u{feff}');
                (!text.is_empty()).then(|| text.to_owned())
            }
            scraper::Node::Element(_) => {
                let text = html_text::of_element(ElementRef::wrap(node)?, &[]);
                (!text.is_empty()).then_some(text)
            }
            _ => None,
        });
        // A heading of its own line: what it heads comes after its parent.
        let after = || {
            let parent = element.parent().and_then(ElementRef::wrap)?;
            let only = own_words(parent)
                .is_some_and(|text| text.chars().filter(|c| !is_mark(*c)).collect::<String>() == plain);
            let next = parent.next_siblings().filter(|_| only).find_map(ElementRef::wrap)?;
            Some(html_text::of_element(next, &[])).filter(|text| !text.is_empty())
        };
        let value = beside.or_else(after)?;
        // The next label is no value.
        let is_label = self::part(&value.chars().filter(|c| !is_mark(*c)).collect::<String>()).is_some();
        return (!is_label).then_some((part, value));
    }
    let (label, value) = text.split_once(['：', ':'])?;
    let label: String = label.chars().filter(|c| !is_mark(*c)).collect();
    let part = part(&label)?;
    // Several pairs in one element are read from the elements within it.
    let has_parts = element.children().filter_map(ElementRef::wrap).count() > 1;
    let value = value.trim();
    (!value.is_empty() && !has_parts).then(|| (part, value.to_owned()))
}

/// The text of an element that begins like a label; long ones are not gathered for nothing.
fn own_words(element: ElementRef<'_>) -> Option<String> {
    let head: String =
        element.text().flat_map(str::chars).filter(|c| !c.is_whitespace()).take(LABEL_CHARS_MAX + 3).collect();
    let is_short = head.chars().count() <= LABEL_CHARS_MAX + 2;
    let has_label = is_short || head.contains(['：', ':']);
    (has_label && !head.is_empty()).then(|| html_text::of_element(element, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_page(html: &str) -> Option<Letter> {
        read(&Html::parse_document(html), "2026-05-20T10:00:00+08:00".parse().unwrap())
    }

    #[test]
    fn tables_lists_and_lines() {
        let table = "<table><tr><th>来信人</th><td>张**</td><th>来信时间</th><td>2026-05-11 09:30</td></tr><tr><th>信件标题</th>\
            <td>长期停水</td></tr><tr><th>信件内容</th><td>小区停水三天了，一直没有人管。</td></tr><tr><th>答复单位</th><td>市水利局</td>\
            <th>答复时间</th><td>2026-05-14</td></tr><tr><th>答复内容</th><td>您好，水泵已更换，恢复供水。</td></tr></table>";
        let divs = "<div><div class=t>咨询标题：长期停水</div><p><span>咨询人：张**</span><span>咨询时间：2026-05-11 09:30</span></p>\
            <h3>咨询内容</h3><div>小区停水三天了，一直没有人管。</div><h3>回复内容</h3><div>您好，水泵已更换，恢复供水。</div>\
            <p><span>回复单位：市水利局</span><span>回复时间：2026-05-14</span></p></div>";
        let list = "<dl><dt>网友：</dt><dd>张**</dd><dt>留言标题：</dt><dd>长期停水</dd><dt>留言时间：</dt><dd>2026-05-11 09:30</dd>\
            <dt>留言内容：</dt><dd>小区停水三天了，一直没有人管。</dd><dt>办理结果：</dt><dd>您好，水泵已更换，恢复供水。</dd>\
            <dt>承办单位：</dt><dd>市水利局</dd><dt>办结时间：</dt><dd>2026-05-14</dd></dl>";
        for page in [table, divs, list] {
            let letter = read_page(page).unwrap_or_else(|| panic!("{page}"));
            assert_eq!(letter.title.as_deref(), Some("长期停水"), "{page}");
            assert_eq!(
                (letter.text.as_str(), letter.author.as_deref()),
                ("小区停水三天了，一直没有人管。", Some("张**")),
                "{page}"
            );
            assert_eq!(letter.published.unwrap().at.to_string(), "2026-05-11T09:30:00+08:00", "{page}");
            let answer = letter.answer.unwrap();
            assert_eq!(
                (answer.text.as_str(), answer.by.as_deref()),
                ("您好，水泵已更换，恢复供水。", Some("市水利局")),
                "{page}"
            );
            assert_eq!(answer.at.unwrap().to_string(), "2026-05-14T00:00:00+08:00", "{page}");
        }
    }

    #[test]
    fn an_article_is_no_letter_and_no_answer_is_none() {
        assert_eq!(read_page("<h1>标题</h1><p>内容：某市召开会议，研究部署工作。</p>"), None);
        let letter = read_page(
            "<p>来信人：李四</p><p>来信时间：2026-05-11</p><p>来信内容：路灯坏了三天没有人修。</p><p>回复内容：暂无回复</p>",
        );
        assert_eq!(letter.unwrap().answer, None);
    }
}
