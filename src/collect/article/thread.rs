//! Threads of forums (论坛帖): the first post with its writer and its time. What others answered is no part of it.

use scraper::{ElementRef, Html, Selector};

use crate::collect::html_text::{self, one_line};
use crate::collect::page::first;
use crate::collect::time_expression::{Published, publish_time};
use crate::domain::instant::Instant;

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

/// Reads it; `None` if the page is no thread of a kind that is known.
pub fn first_post(html: &Html, now: Instant) -> Option<FirstPost> {
    SOFTWARE.iter().find_map(|software| {
        let posts = Selector::parse(software.post).ok()?;
        let post = html.select(&posts).next()?;
        let text =
            elements(post, software.text).map(|found| html_text::of_element(found, &[])).find(|t| !t.is_empty())?;
        let author = elements(post, software.author).map(|found| one_line(&html_text::of_element(found, &[])));
        let mut author = author.map(|name| name.trim_start_matches(['@', '楼', '主', '：', ':', ' ']).to_owned());
        let author = author.find(|name| (1..=30).contains(&name.chars().count()));
        let published = elements(post, software.time).find_map(|found| time(found, now));
        // A class that says "post" alone makes no thread.
        (author.is_some() && (published.is_some() || text.chars().count() >= 10)).then(|| FirstPost {
            title: first(html, software.title).map(|title| one_line(&html_text::of_element(title, &[]))),
            text,
            author,
            published,
        })
    })
}

fn elements<'a>(within: ElementRef<'a>, selector: &str) -> std::vec::IntoIter<ElementRef<'a>> {
    let found = Selector::parse(selector).map(|selector| within.select(&selector).collect::<Vec<_>>());
    found.unwrap_or_default().into_iter()
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
        let post = first_post(&html, "2026-05-12T10:00:00+08:00".parse().unwrap()).unwrap();
        assert_eq!((post.text.as_str(), post.author.as_deref()), ("三天没亮了，没人管。", Some("甲")));
        assert_eq!(post.published.unwrap().at.to_string(), "2026-05-11T09:30:12+08:00");
        assert_eq!(post.title.as_deref(), Some("路灯不亮"));
        let article = Html::parse_document("<h1>标题</h1><div class=content>正文正文正文正文正文</div>");
        assert_eq!(first_post(&article, Instant::default()), None);
    }
}
