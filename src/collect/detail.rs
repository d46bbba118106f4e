//! A detail page (正文页): by the definition's selectors; what these don't name is found as in any article.

use scraper::{ElementRef, Html};
use serde::Serialize;

use super::article;
use super::comment::{COMMENTS_MAX, Comment};
use super::definition::{DetailRules, FieldRule, ThreadRules};
use super::field::{Counts, Field};
use super::html_text::one_line;
use super::page::Page;
use super::time_expression::publish_time;
use crate::domain::instant::Instant;
use crate::domain::mention::Engagement;

/// What a detail page says.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Detail {
    /// Title.
    pub title: Option<String>,
    /// Text.
    pub text: String,
    /// When it says that it was published.
    pub published_at: Option<Instant>,
    /// Displayed author.
    pub author: Option<String>,
    /// 来源: where the page says that it comes from.
    pub origin: Option<String>,
    /// The answer to a letter.
    pub answer: Option<Answer>,
    /// The page that continues the article or the thread.
    pub next_page: Option<url::Url>,
    /// What others wrote under it; `None` where the page is no thread.
    pub comments: Option<Vec<Comment>>,
    /// How far it went.
    pub reach: Option<Engagement>,
}

/// An answer to a letter.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Answer {
    /// Its words.
    pub text: String,
    /// When, if the page says so.
    pub at: Option<Instant>,
    /// By whom.
    pub by: Option<String>,
}

/// Why a detail page can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetailError {
    /// The site was rebuilt, or the page shows something else.
    #[error("页面上没有 detail.text “{0}”的内容，可能已改版")]
    Selector(String),
    /// No article on it.
    #[error("没有找到正文")]
    NoText,
}

/// Reads a detail page.
pub fn read(page: &Page, rules: Option<&DetailRules>, now: Instant) -> Result<Detail, DetailError> {
    let html = page.parse();
    let Some(rules) = rules else { return automatic(page, &html, now) };
    let found = by_rules(&html, rules, now)?;
    let (next_page, thread) = article::beside(page, &html, now);
    let complete = found.text.is_some() && rules.title.is_some() && rules.published_at.is_some();
    let article = (!complete).then(|| article::of_html(page, &html, now));
    let of_article = |named: bool| article.as_ref().filter(|_| !named);
    let text = found.text.or_else(|| of_article(rules.text.is_some())?.text.clone()).ok_or(DetailError::NoText)?;
    Ok(Detail {
        text,
        title: found.title.or_else(|| of_article(rules.title.is_some())?.title.clone()),
        published_at: found.published_at.or_else(|| of_article(rules.published_at.is_some())?.published_at),
        author: found.author,
        origin: found.origin.or_else(|| of_article(rules.source.is_some())?.source.clone()),
        answer: found.answer,
        next_page,
        comments: found.comments.or(thread.as_ref().map(|thread| thread.comments.clone())),
        reach: found.reach.or(thread.and_then(|thread| thread.reach)),
    })
}

fn automatic(page: &Page, html: &Html, now: Instant) -> Result<Detail, DetailError> {
    let article = article::of_html(page, html, now);
    Ok(Detail {
        text: article.text.ok_or(DetailError::NoText)?,
        title: article.title,
        published_at: article.published_at,
        author: article.author,
        origin: article.source,
        answer: article.answer,
        next_page: article.next_page,
        comments: article.comments,
        reach: article.reach,
    })
}

#[derive(Default)]
struct Found {
    title: Option<String>,
    text: Option<String>,
    published_at: Option<Instant>,
    author: Option<String>,
    origin: Option<String>,
    answer: Option<Answer>,
    comments: Option<Vec<Comment>>,
    reach: Option<Engagement>,
}

/// What boards write where no answer is yet.
const NO_ANSWER: [&str; 16] = [
    "暂无回复",
    "暂无答复",
    "暂未回复",
    "暂未答复",
    "尚未回复",
    "尚未答复",
    "未回复",
    "未答复",
    "等待回复",
    "待回复",
    "待答复",
    "办理中",
    "处理中",
    "受理中",
    "已转办",
    "已受理",
];
/// A text this long is an answer whatever words it holds.
const NO_ANSWER_CHARS_MAX: usize = 30;

/// Whether a board's field for the answer says that there is none yet.
pub fn is_answer(text: &str) -> bool {
    let is_short = text.chars().filter(|c| !c.is_whitespace()).count() <= NO_ANSWER_CHARS_MAX;
    let says_something = text.chars().any(char::is_alphanumeric);
    let says_not_yet = is_short && NO_ANSWER.iter().any(|word| text.contains(word));
    says_something && !says_not_yet
}

fn by_rules(html: &Html, rules: &DetailRules, now: Instant) -> Result<Found, DetailError> {
    let root = html.root_element();
    let removed: Vec<_> = rules.remove.iter().flat_map(|rule| Field::of(rule).elements(root)).collect();
    let value = |rule: &Option<FieldRule>| rule.as_ref().and_then(|rule| Field::of(rule).value(root, &removed));
    let time = |rule| value(rule).and_then(|text| publish_time(&text, now)).map(|time| time.at);
    let text = value(&rules.text);
    if let (Some(rule), None) = (&rules.text, &text) {
        return Err(DetailError::Selector(rule.at.to_string()));
    }
    let answer = value(&rules.reply).filter(|text| is_answer(text)).map(|text| Answer {
        text,
        at: time(&rules.reply_at),
        by: value(&rules.reply_by).map(|by| one_line(&by)),
    });
    Ok(Found {
        title: value(&rules.title).map(|title| one_line(&title)),
        text,
        published_at: time(&rules.published_at),
        author: value(&rules.author).map(|author| one_line(&author)),
        origin: value(&rules.source).map(|origin| one_line(&origin)),
        answer,
        comments: rules.thread.as_ref().map(|thread| comments(root, thread, now)),
        reach: Counts::of([&rules.views, &rules.reposts, &rules.comments, &rules.likes])
            .read(|field| field.value(root, &removed)),
    })
}

fn comments(root: ElementRef<'_>, rules: &ThreadRules, now: Instant) -> Vec<Comment> {
    let ready = |rule: &Option<FieldRule>| rule.as_ref().map(Field::of);
    let (text, id) = (Field::of(&rules.text), ready(&rules.id));
    let (author, time) = (ready(&rules.author), ready(&rules.published_at));
    let comment = |element: ElementRef<'_>| {
        let value = |field: &Option<Field>| field.as_ref().and_then(|field| field.value(element, &[]));
        Some(Comment {
            text: text.value(element, &[])?,
            id: value(&id),
            author: value(&author).map(|author| one_line(&author)),
            published_at: value(&time).and_then(|text| publish_time(&text, now)).map(|time| time.at),
        })
    };
    Field::of(&rules.items).elements(root).into_iter().take(COMMENTS_MAX).filter_map(comment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str = "<html><head><title>来信</title></head><body><h1>小区停水</h1><span class=who>李四</span>\
        <span class=d>2026-05-11 09:00</span><div id=zoom><p>已经停水三天。</p><p class=share>分享</p></div>\
        <div class=hf><p>您好，已恢复。</p></div><b class=hfdw>市水务局</b><b class=hfsj>2026年5月12日</b></body></html>";

    fn read_with(yaml: &str) -> Result<Detail, DetailError> {
        let page = Page::open(LETTER.as_bytes(), None, None, None).unwrap();
        let rules: DetailRules = serde_saphyr::from_str(yaml).unwrap();
        read(&page, Some(&rules), "2026-05-13T10:00:00+08:00".parse().unwrap())
    }

    #[test]
    fn a_letter_and_its_answer() {
        let detail = read_with(
            "{ title: h1, text: '#zoom', remove: [.share], published_at: .d, author: .who, reply: .hf, reply_at: .hfsj, reply_by: .hfdw }",
        );
        let detail = detail.unwrap();
        assert_eq!((detail.text.as_str(), detail.title.as_deref()), ("已经停水三天。", Some("小区停水")));
        assert_eq!(detail.author.as_deref(), Some("李四"));
        let answer = detail.answer.unwrap();
        assert_eq!(answer.text, "您好，已恢复。");
        assert_eq!(
            (answer.at.unwrap().to_string().as_str(), answer.by.as_deref()),
            ("2026-05-12T00:00:00+08:00", Some("市水务局"))
        );
    }

    #[test]
    fn a_board_that_says_that_it_has_no_answer_yet_has_none() {
        for text in ["暂无回复", "办理中……", "您的来信已转办市住建局", "——", " "] {
            assert!(!is_answer(text), "{text}");
        }
        for text in
            ["已恢复供水。", "您好！您反映的问题已受理，经核实，该路段路灯已于五月十日全部修复，感谢您的关心和支持。"]
        {
            assert!(is_answer(text), "{text}");
        }
    }

    #[test]
    fn comments_and_counts_are_read_as_the_definition_says() {
        let page = "<html><body><h1>停水</h1><i class=v>浏览：1.2万次</i><div id=zoom>已经停水三天了，物业不管。</div>\
            <ul><li data-n=c7><b>李四</b><u>2026-05-11 10:00</u><p>我家也停水了</p></li><li><p></p></li></ul></body></html>";
        let page = Page::open(page.as_bytes(), None, None, None).unwrap();
        let rules: DetailRules = serde_saphyr::from_str(
            "{ text: '#zoom', views: .v, thread: { items: li, text: p, id: '@data-n', author: b, published_at: u } }",
        )
        .unwrap();
        let detail = read(&page, Some(&rules), "2026-05-13T10:00:00+08:00".parse().unwrap()).unwrap();
        assert_eq!(detail.reach.unwrap().views, Some(12_000));
        let [comment] = &detail.comments.unwrap()[..] else { panic!() };
        assert_eq!((comment.id.as_deref(), comment.text.as_str()), (Some("c7"), "我家也停水了"));
        assert_eq!(comment.published_at.unwrap().to_string(), "2026-05-11T10:00:00+08:00");
    }

    #[test]
    fn where_it_comes_from_is_read_as_the_definition_says() {
        let page = "<html><body><h1>停水</h1><p class=ly>来源：宣城日报 阅读 3</p><div id=zoom>已经停水三天了，物业不管。</div></body></html>";
        let page = Page::open(page.as_bytes(), None, None, None).unwrap();
        let rules: DetailRules =
            serde_saphyr::from_str("{ text: '#zoom', source: { at: .ly, match: '来源[：:]\\s*(\\S+)' } }").unwrap();
        let detail = read(&page, Some(&rules), "2026-05-13T10:00:00+08:00".parse().unwrap()).unwrap();
        assert_eq!(detail.origin.as_deref(), Some("宣城日报"));
    }

    #[test]
    fn what_is_not_named_is_found_and_what_is_named_must_be_there() {
        let detail = read_with("{ text: '#zoom' }").unwrap();
        assert_eq!(detail.title.as_deref(), Some("小区停水"));
        assert_eq!(detail.answer, None);
        assert_eq!(read_with("{ text: '#content' }"), Err(DetailError::Selector("#content".into())));
    }
}
