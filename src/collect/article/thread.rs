//! Threads of forums (论坛帖): the first post with its writer and its time, and what others wrote under it.

use std::collections::HashSet;
use std::sync::LazyLock;

use ego_tree::NodeId;
use regex::Regex;
use scraper::{ElementRef, Html};
use url::Url;

use super::names::Names;
use crate::collect::comment::{COMMENTS_MAX, Comment};
use crate::collect::count::count;
use crate::collect::html_text::{self, one_line};
use crate::collect::page::{Page, first as first_of, selector};
use crate::collect::time_expression::{Published, publish_time};
use crate::domain::instant::Instant;
use crate::domain::mention::Engagement;

/// How a forum's software marks its posts; `post` is one of them, the others stand within it.
struct Software {
    title: &'static str,
    post: &'static str,
    text: &'static str,
    author: &'static str,
    time: &'static str,
}

/// Software that is common in China, and the standard's own words.
const SOFTWARE: &[Software] = &[
    // Discuz!, its pages for computers.
    Software {
        title: "#thread_subject",
        post: "#postlist > div[id^='post_'], table[id^='pid']",
        text: "[id^='postmessage_'], .t_f, .t_fsz",
        author: ".authi a.xw1, .authi a, .postauthor a, .readName a",
        time: "[id^='authorposton']",
    },
    // Discuz!, its pages for telephones.
    Software {
        title: ".view_tit, .postlist h2",
        post: ".postlist .plc, .viewthread .plc, .postlist .display",
        text: ".message, .postmessage",
        author: ".authi .blue, .authi a, .mtit a, .name",
        time: ".mtime, .rela, .authi em, .mtit .time",
    },
    // Tieba.
    Software {
        title: ".core_title_txt",
        post: ".l_post",
        text: ".d_post_content",
        author: ".d_name a, .p_author_name, .d_name",
        time: ".tail-info, .p_tail span, .post-tail-wrap span",
    },
    // phpwind.
    Software {
        title: "#subject_tpc, .read_h1, h1",
        post: "#readfloor_tpc, .read_t, .floor",
        text: "#read_tpc, .tpc_content .f14, .editor_content, .tpc_content",
        author: ".readName a, .r_two a, .readName, .name a",
        time: ".tipTop span[title], .tiptop .fl, .floor_info .time, .gray",
    },
    // Discourse, Flarum, NodeBB, vBulletin, XenForo, phpBB.
    Software {
        title: "h1",
        post: "article.message, .topic-post, .topic-body, .PostStream-item, [component='post'], li.postcontainer, .postbody, .post.has-profile",
        text: ".bbWrapper, .cooked, .Post-body, [component='post/content'], .postcontent, .content",
        author: ".message-name, .username, .PostUser-name, [component='post/header'] .username, .author .username, .creator",
        time: "time[datetime], .postdate, .timeago, .author",
    },
    // Whoever follows schema.org.
    Software {
        title: "[itemprop='headline']",
        post: "[itemtype*='DiscussionForumPosting'], [itemtype*='schema.org/Comment']",
        text: "[itemprop='articleBody'], [itemprop='text']",
        author: "[itemprop='author'] [itemprop='name'], [itemprop='author']",
        time: "[itemprop='datePublished'], [itemprop='dateCreated'], time",
    },
    // Boards of newspapers and portals.
    Software {
        title: ".post-title, .bbs-title, .thread-title, .article-title, h1",
        post: ".atl-item, .post-item, .floor-item, .bbs-post, .thread-item, .post-floor, .main-post, .lz, .louzhu, #firstPost, .first-post",
        text: ".bbs-content, .post-content, .post-text, .post-body, .floor-content, .article-content, .content, .message",
        author: ".js-vip-check, .post-author, .author-name, .user-name, .username, .nickname, .author, .name, .user a",
        time: ".atl-info span, .post-time, .publish-time, .time, .date, time",
    },
];

/// The first post of a thread.
#[derive(Debug, PartialEq)]
pub struct FirstPost {
    /// Title of the thread.
    pub title: Option<String>,
    /// What was written.
    pub text: String,
    /// By whom, as shown.
    pub author: Option<String>,
    /// When.
    pub published: Option<Published>,
}

/// A page of a thread.
#[derive(Debug, PartialEq)]
pub struct Thread {
    /// The post that it begins with; on later pages of a thread one of the answers.
    pub first: FirstPost,
    /// What others wrote under it.
    pub comments: Vec<Comment>,
    /// What the page says of its reach.
    pub reach: Option<Engagement>,
}

/// Reads it; `None` if the page is no thread of a kind that is known. `lines` are the page's visible ones.
pub fn read(html: &Html, names: &Names<'_>, lines: &[&str], now: Instant) -> Option<Thread> {
    SOFTWARE.iter().filter(|software| names.may_match(software.post)).find_map(|software| {
        let mut posts = html.select(selector(software.post)?);
        let first = posts.next()?;
        let (text, author, published) = post(first, software, now)?;
        // A class that says "post" alone makes no thread.
        if author.is_none() || (published.is_none() && text.chars().count() < 10) {
            return None;
        }
        let mut taken: HashSet<NodeId> = HashSet::from([first.id()]);
        let mut said: HashSet<(String, Option<String>)> = HashSet::from([(text.clone(), author.clone())]);
        let mut comments = Vec::new();
        for element in posts {
            // Elements of two selectors may stand one within the other.
            let is_within = element.ancestors().any(|above| taken.contains(&above.id()));
            if is_within || comments.len() >= COMMENTS_MAX {
                continue;
            }
            taken.insert(element.id());
            let Some((text, author, published)) = post(element, software, now) else { continue };
            if author.is_some() && said.insert((text.clone(), author.clone())) {
                comments.push(Comment { id: number(element), text, author, published_at: published.map(|p| p.at) });
            }
        }
        let first = FirstPost {
            title: first_of(html, software.title).map(|title| one_line(&html_text::of_element(title, &[]))),
            text,
            author,
            published,
        };
        Some(Thread { first, comments, reach: reach(lines) })
    })
}

type Post = (String, Option<String>, Option<Published>);

/// What a post says, by whom and when.
fn post(post: ElementRef<'_>, software: &Software, now: Instant) -> Option<Post> {
    let text = elements(post, software.text).map(|found| html_text::of_element(found, &[])).find(|t| !t.is_empty())?;
    let author = elements(post, software.author).map(|found| one_line(&html_text::of_element(found, &[])));
    let mut author = author.map(|name| name.trim_start_matches(['@', '楼', '主', '：', ':', ' ']).to_owned());
    let author = author.find(|name| (1..=30).contains(&name.chars().count()));
    Some((text, author, elements(post, software.time).find_map(|found| time(found, now))))
}

/// The number that a post's element bears: `post_1234`, `data-pid="1234"`.
fn number(post: ElementRef<'_>) -> Option<String> {
    let names = ["data-pid", "data-post-id", "data-postid", "data-id", "id"];
    names.into_iter().find_map(|name| {
        let digits = post.attr(name)?.trim_start_matches(|c: char| !c.is_ascii_digit());
        ((1..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.to_owned())
    })
}

/// `查看: 1234 | 回复: 5`, as forums write it above or below a thread.
fn reach(lines: &[&str]) -> Option<Engagement> {
    static COUNT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?P<views>查看|阅读|浏览|点击)?(?P<comments>回复|回帖|跟帖|评论)?(?:次数|数|量)?\s*[:：]\s*(?P<n>\d[\d,.]*\s*[万wWkK千]?)",
        )
        .expect("a constant pattern")
    });
    let mut reach = Engagement::default();
    for found in lines.iter().filter(|line| line.chars().count() <= 80).flat_map(|line| COUNT.captures_iter(line)) {
        let number = || count(&found["n"]);
        match (found.name("views"), found.name("comments")) {
            (Some(_), None) => reach.views = reach.views.or_else(number),
            (None, Some(_)) => reach.comments = reach.comments.or_else(number),
            _ => {}
        }
    }
    (reach != Engagement::default()).then_some(reach)
}

/// The thread's next page: a link that says so, to an address that differs in numbers alone.
pub fn next_page(page: &Page, html: &Html) -> Option<Url> {
    let (here, base) = (page.url.as_ref()?, page.base(html)?);
    let shape = |url: &Url| {
        let mut shape = String::new();
        for c in format!("{}?{}", url.path(), url.query().unwrap_or("")).chars() {
            match c.is_ascii_digit() {
                true if shape.ends_with('0') => {}
                true => shape.push('0'),
                false => shape.push(c),
            }
        }
        shape.replace("&page=0", "").replace("?page=0", "?")
    };
    html.select(selector("a[href]")?).find_map(|anchor| {
        let words = one_line(&html_text::of_element(anchor, &[]));
        let is_marked = anchor.attr("class").is_some_and(|class| class.split_ascii_whitespace().any(|c| c == "nxt"))
            || anchor.attr("rel") == Some("next");
        let says_next = matches!(words.trim_matches(['[', ']', '>', '»', '›', ' ']), "下一页" | "下页" | "后一页");
        let mut next = base.join(anchor.attr("href")?.trim()).ok().filter(|_| is_marked || says_next)?;
        next.set_fragment(None);
        (next.host_str() == here.host_str() && next != *here && shape(&next) == shape(here)).then_some(next)
    })
}

fn elements<'a>(within: ElementRef<'a>, text: &'static str) -> impl Iterator<Item = ElementRef<'a>> {
    selector(text).map(|selector| within.select(selector)).into_iter().flatten()
}

/// The exact time stands in an attribute where the text says 昨天.
fn time(element: ElementRef<'_>, now: Instant) -> Option<Published> {
    let of = |element: ElementRef<'_>| {
        let told = ["datetime", "title", "content", "data-time", "data-timestamp"];
        told.into_iter().find_map(|name| publish_time(element.attr(name)?, now))
    };
    let inner = element.descendants().filter_map(ElementRef::wrap).find_map(of);
    of(element).or(inner).or_else(|| publish_time(&one_line(&html_text::of_element(element, &[])), now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_post_alone_is_the_thread() {
        let html = Html::parse_document(
            "<span id=thread_subject>路灯不亮</span><div id=postlist><div id=post_1><div class=authi><a class=xw1>甲</a></div>\
             <em id=authorposton1>发表于 <span title='2026-5-11 09:30:12'>昨天 09:30</span></em><td id=postmessage_1></td>\
             <div class=t_fsz>三天没亮了，没人管。</div></div><div id=post_2><div class=authi><a class=xw1>乙</a></div>\
             <em id=authorposton2>发表于 2026-5-11 11:02</em><div class=t_f>顶一下</div></div></div>",
        );
        let lines = ["宣州论坛", "查看: 1,234 | 回复: 1"];
        let thread = read(&html, &Names::of(&html), &lines, "2026-05-12T10:00:00+08:00".parse().unwrap()).unwrap();
        let [comment] = &thread.comments[..] else { panic!("{thread:#?}") };
        assert_eq!((comment.id.as_deref(), comment.text.as_str()), (Some("2"), "顶一下"));
        assert_eq!(comment.published_at.unwrap().to_string(), "2026-05-11T11:02:00+08:00");
        let reach = thread.reach.unwrap();
        assert_eq!((reach.views, reach.comments), (Some(1_234), Some(1)));
        let post = thread.first;
        assert_eq!((post.text.as_str(), post.author.as_deref()), ("三天没亮了，没人管。", Some("甲")));
        assert_eq!(post.published.unwrap().at.to_string(), "2026-05-11T09:30:12+08:00");
        assert_eq!(post.title.as_deref(), Some("路灯不亮"));
        let article = Html::parse_document("<h1>标题</h1><div class=content>正文正文正文正文正文</div>");
        assert_eq!(read(&article, &Names::of(&article), &[], Instant::default()), None);
    }

    #[test]
    fn the_next_page_of_a_thread_differs_in_numbers_alone() {
        for (here, next, is) in [
            ("/thread-1234-1-1.html", "<a class=nxt href='thread-1234-2-1.html'>下一页</a>", true),
            ("/read.php?tid=7", "<a href='/read.php?tid=7&page=2'>下一页</a>", true),
            ("/p/99", "<a href='/p/99?page=2'>下一页</a>", true),
            ("/thread-1234-1-1.html", "<a href='forum-2-1.html'>下一页</a>", false),
            ("/thread-1234-1-1.html", "<a href='thread-1235-1-1.html'>下一主题</a>", false),
        ] {
            let url = Url::parse(&format!("https://bbs.a.cn{here}")).unwrap();
            let page = Page::open(next.as_bytes(), None, None, Some(&url)).unwrap();
            assert_eq!(next_page(&page, &page.parse()).is_some(), is, "{here} {next}");
        }
    }
}
