//! The article of a page (正文提取), found without being told where it is. Synchronous: the parsed tree can't leave its
//! thread. What the page does not say is `None`, never a guess.
//!
//! Trust, in this order: what the page says to machines (`structured.rs`), lines with labels, the layout (`frame.rs`).

mod body;
mod byline;
mod copy;
mod frame;
mod headline;
mod letter;
mod names;
mod structured;
mod thread;

use scraper::{ElementRef, Html};
use serde::Serialize;

use self::byline::Byline;
pub use self::frame::Frame;
use self::names::Names;
pub use self::thread::Thread;
use super::comment::Comment;
use super::detail::Answer;
use super::html_text;
use super::page::{Page, first};
use super::page_time;
use crate::domain::instant::Instant;
use crate::domain::mention::Engagement;

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
    /// Text; of a thread its first post, of a letter the question.
    pub text: Option<String>,
    /// The answer to a letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Where its links lead.
    pub links: Vec<String>,
    /// The next page of an article that is cut into several, or of a thread.
    #[serde(skip)]
    pub next_page: Option<url::Url>,
    /// Whether it is a thread, and what others wrote under its first post.
    #[serde(skip)]
    pub comments: Option<Vec<Comment>>,
    /// What the page says of its reach.
    #[serde(skip)]
    pub reach: Option<Engagement>,
    /// The encoding that it came in.
    pub charset: String,
}

/// Reads a page that was fetched at `now`: 昨天 and two-digit years are meant from there.
pub fn extract(page: &Page, now: Instant) -> Article {
    let html = page.parse();
    Article { links: page.links(&html), ..of_html(page, &html, now) }
}

/// The same of a page that was parsed already; its links are left out.
pub fn of_html(page: &Page, html: &Html, now: Instant) -> Article {
    let told = structured::of_page(html, now);
    let names = Names::of(html);
    let visible = visible(html);
    let lines: Vec<&str> = visible.lines().collect();
    let empty = Article {
        title: None,
        author: None,
        published_at: None,
        source: None,
        text: None,
        answer: None,
        links: Vec::new(),
        next_page: None,
        comments: None,
        reach: None,
        charset: page.charset.clone(),
    };
    if let Some(letter) = letter::read(html, now) {
        return Article {
            title: letter.title.or_else(|| headline::read(html, &lines, &told)),
            author: letter.author,
            published_at: page_time::plausible(letter.published, now).map(|time| time.at),
            text: Some(letter.text),
            answer: letter.answer,
            ..empty
        };
    }
    if let Some(Thread { first: post, comments, reach }) = thread::read(html, &names, &lines, now) {
        let title = post.title.filter(|title| title.chars().count() >= 2);
        return Article {
            title: title.or_else(|| headline::read(html, &lines, &told)),
            author: post.author,
            published_at: page_time::plausible(post.published.or(told.published), now).map(|time| time.at),
            text: Some(post.text),
            next_page: thread::next_page(page, html),
            comments: Some(comments),
            reach,
            ..empty
        };
    }
    let title = headline::read(html, &lines, &told);
    let text = body::read(page, html, &names, &lines, title.as_deref());
    let frame = Frame::of(&lines, title.as_deref(), text.as_deref());
    let published = page_time::of_page(html, &frame, told.published, now);
    let said = Byline { source: told.source, author: told.author };
    let Byline { source, author } = byline::read(html, &names, &frame, text.as_deref(), &said);
    Article {
        author,
        published_at: published.map(|published| published.at),
        source,
        next_page: text.as_ref().and_then(|_| body::next_page(page, html)),
        title,
        text,
        ..empty
    }
}

/// What a page is besides its text: the page that continues it, and the thread that it may be.
pub fn beside(page: &Page, html: &Html, now: Instant) -> (Option<url::Url>, Option<Thread>) {
    match thread::read(html, &Names::of(html), &visible(html).lines().collect::<Vec<_>>(), now) {
        Some(thread) => (thread::next_page(page, html), Some(thread)),
        None => (body::next_page(page, html), None),
    }
}

fn visible(html: &Html) -> String {
    first(html, "body").map_or_else(String::new, |body| html_text::of_element(body, &[]))
}

/// When a page says to machines that it was published.
#[cfg(test)]
pub fn told_time(html: &Html, now: Instant) -> Option<super::time_expression::Published> {
    structured::of_page(html, now).published
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
        extract(&Page::open(html.as_bytes(), None, None, None).unwrap(), "2026-05-13T10:00:00+08:00".parse().unwrap())
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
}
