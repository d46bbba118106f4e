//! How posts go on after they were stored: counts at later looks, and comments as mentions of their own; and interfaces that
//! are asked by POST.

use axum::body::Bytes;
use huiying::acts::Acts;
use huiying::domain::actor::Actor;
use huiying::domain::instant::Span;
use huiying::domain::mention::Engagement;
use huiying::store::{MentionRow, NewSuggestion};
use huiying::time::Clock as _;

use super::server::{Reply, Site};
use super::{BEGIN, Desk, source};

fn json(site: &Site, path: &str, text: &str) {
    site.set(path, Reply::Page("application/json", Bytes::from(text.to_owned())));
}

fn comments<'a>(all: &'a [MentionRow], post: &MentionRow) -> Vec<&'a MentionRow> {
    all.iter().filter(|mention| mention.parent.as_ref() == Some(&post.id)).collect()
}

/// Hours after the beginning and views of each look at a mention.
async fn looks(desk: &Desk, mention: &MentionRow) -> Vec<(i64, Option<u64>)> {
    let looks = desk.store.looks_of(&mention.id).await.unwrap();
    looks.into_iter().map(|look| ((look.at - BEGIN).ms() / 3_600_000, look.engagement.views)).collect()
}

/// What an interface answers of a grave post and an idle one, with so many views.
fn two_posts(views: u32) -> String {
    let row = |id: u32, text: &str| format!("{{\"id\":{id},\"c\":\"{text}\",\"v\":{}}}", views + id);
    let grave = row(1, "宣州区水阳镇化工厂今早爆炸，现场浓烟滚滚，已有十二人死亡。");
    format!("{{\"rows\":[{grave},{}],\"t\":{views}}}", row(2, "今天公园里的花开得很好看。"))
}

#[tokio::test]
async fn comments_of_a_feed_are_mentions_that_point_to_their_post() {
    let site = Site::start().await;
    let feed = |count: u32| {
        let text = format!(
            "<rss version='2.0' xmlns:wfw='http://wellformedweb.org/CommentAPI/' xmlns:slash='http://purl.org/rss/1.0/modules/slash/'>\
             <channel><title>t</title><item><title>小区停水三天</title><link>{}</link><guid isPermaLink='false'>g1</guid>\
             <description>停水三天了，物业不管。</description><slash:comments>{count}</slash:comments>\
             <wfw:commentRss>{}</wfw:commentRss></item></channel></rss>",
            site.url("/p1"),
            site.url("/p1/feed")
        );
        site.set("/rss", Reply::Page("text/xml", Bytes::from(text)));
        let items: String = (1..=count)
            .map(|n| {
                format!(
                    "<item><title>评论</title><link>{}#comment-{n}</link><guid>{}#comment-{n}</guid>\
                     <description>我家也停了，第{n}户。</description></item>",
                    site.url("/p1"),
                    site.url("/p1")
                )
            })
            .collect();
        let text = format!("<rss version='2.0'><channel><title>c</title>{items}</channel></rss>");
        site.set("/p1/feed", Reply::Page("text/xml", Bytes::from(text)));
    };
    feed(2);
    let desk = Desk::new(vec![source("feed", "feed", &format!("url: {}", site.url("/rss")))]).await;
    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.new, first.run.comments), (1, 2), "{first:?}");
    let all = desk.mentions().await;
    let post = all.iter().find(|mention| mention.parent.is_none()).unwrap();
    assert_eq!(comments(&all, post).len(), 2);
    assert_eq!(post.engagement.as_ref().unwrap().comments, Some(2));
    assert!(comments(&all, post).iter().all(|c| c.text.contains("我家也停了") && c.region.is_some()), "{all:#?}");
    // Nobody wrote anything: the feed of comments is left alone.
    desk.again(Span::from_minutes(15)).await;
    assert_eq!(site.asked("/p1/feed"), 1);
    feed(3);
    let more = desk.again(Span::from_minutes(15)).await;
    assert_eq!((more.run.new, more.run.comments, site.asked("/p1/feed")), (0, 1, 2), "{more:?}");
    let all = desk.mentions().await;
    let post = all.iter().find(|mention| mention.parent.is_none()).unwrap();
    assert_eq!((comments(&all, post).len(), post.engagement.as_ref().unwrap().comments), (3, Some(3)));
}

#[tokio::test]
async fn a_thread_is_looked_at_again_for_its_counts_and_what_others_wrote() {
    let site = Site::start().await;
    site.html("/list", "<ul><li><a href='/thread-7-1-1.html'>路灯不亮没人管</a></li></ul>");
    let thread = |views: u32, replies: u32| {
        let post = |n: u32, who: &str, text: &str| {
            format!(
                "<div id=post_{n}><div class=authi><a class=xw1>{who}</a></div><em id=authorposton{n}>发表于 2026-5-11 09:{n:02}</em>\
                 <table><tr><td class=t_f id=postmessage_{n}>{text}</td></tr></table></div>"
            )
        };
        let mut posts = post(10, "甲", "状元路的路灯三天没亮了，没人管。");
        for n in 1..=replies {
            posts += &post(10 + n, "乙", &format!("我们小区也是，第{n}天了。"));
        }
        site.html(
            "/thread-7-1-1.html",
            &format!(
                "<html><head><title>路灯不亮没人管-论坛</title></head><body><div>查看: {views} | 回复: {replies}</div>\
                 <span id=thread_subject>路灯不亮没人管</span><div id=postlist>{posts}</div></body></html>"
            ),
        );
    };
    thread(100, 1);
    let rest = format!("url: {}\nlist: {{ items: li, url: a@href, title: a }}", site.url("/list"));
    let desk = Desk::new(vec![source("bbs", "html", &rest)]).await;
    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.new, first.run.comments), (1, 1), "{first:?}");
    let post = desk.mention(&site.url("/thread-7-1-1.html")).await;
    let all = desk.mentions().await;
    assert_eq!(all.len(), 2);
    let post = if post.parent.is_some() { all.iter().find(|m| m.parent.is_none()).unwrap().clone() } else { post };
    assert_eq!(post.text, "状元路的路灯三天没亮了，没人管。");
    assert_eq!(
        post.engagement.as_ref().unwrap().0,
        Engagement { views: Some(100), comments: Some(1), ..Engagement::default() }
    );
    thread(2_500, 3);
    desk.again(Span::from_minutes(30)).await;
    assert_eq!(desk.mentions().await.len(), 2, "no look is due yet");
    let hour = desk.again(Span::from_minutes(45)).await;
    assert_eq!((hour.run.new, hour.run.comments), (0, 2), "{hour:?}");
    assert_eq!(looks(&desk, &post).await, [(0, Some(100)), (1, Some(2_500))]);
    let all = desk.mentions().await;
    let newest = all.iter().find(|m| m.id == post.id).unwrap().engagement.as_ref().unwrap().views;
    assert_eq!((comments(&all, &post).len(), newest), (3, Some(2_500)));
}

#[tokio::test]
async fn counts_of_an_interface_are_looked_at_after_one_six_and_24_hours_and_daily_while_the_incident_is_in_hand() {
    let site = Site::start().await;
    let rows = |views: u32| {
        json(&site, "/api?p=1", &two_posts(views));
        json(&site, "/api?p=2", "{\"rows\":[]}");
    };
    rows(0);
    let rest = format!(
        "url: {}\njson: {{ items: /rows, id: /id, text: /c, views: /v, pages: {{ parameter: p, first: 1, max: 2 }} }}",
        site.url("/api?p=1")
    );
    let desk = Desk::new(vec![source("api", "json", &rest)]).await;
    desk.collect().await;
    desk.engine.ingest_all(desk.clock.now()).await.unwrap();
    for hours in 1..=75 {
        rows(hours * 100);
        desk.clock.advance(Span::from_hours(1));
        desk.collect().await;
    }
    let all = desk.mentions().await;
    let of = |n: &str| all.iter().find(|mention| mention.external_id.as_deref() == Some(n)).unwrap().clone();
    let (grave, idle) = (of("1"), of("2"));
    assert!(grave.incident.is_some() && idle.incident.is_none(), "{all:#?}");
    let hours = |looks: &[(i64, Option<u64>)]| looks.iter().map(|(hours, _)| *hours).collect::<Vec<_>>();
    let seen = looks(&desk, &grave).await;
    assert_eq!(hours(&seen), [0, 1, 6, 24, 48, 72]);
    assert_eq!(seen[2].1, Some(601));
    assert_eq!(hours(&looks(&desk, &idle).await), [0, 1, 6, 24]);
    let incident = grave.incident.unwrap();
    let together = huiying::store::together(&desk.store.looks_of_incident(&incident, 100).await.unwrap(), 3_600_000);
    assert_eq!(together.last().unwrap().engagement.views, Some(7_201));
}

#[tokio::test]
async fn a_post_that_joins_an_incident_after_its_looks_were_done_is_looked_at_daily_from_then_on() {
    let site = Site::start().await;
    let rows = |views: u32| {
        json(&site, "/api", &two_posts(views));
    };
    rows(0);
    let rest = format!("url: {}\njson: {{ items: /rows, id: /id, text: /c, views: /v }}", site.url("/api"));
    let desk = Desk::new(vec![source("api", "json", &rest)]).await;
    let hour = async |hours: u32| {
        rows(hours * 100);
        desk.clock.advance(Span::from_hours(1));
        desk.collect().await;
    };
    desk.collect().await;
    desk.engine.ingest_all(desk.clock.now()).await.unwrap();
    for hours in 1..=30 {
        hour(hours).await;
    }
    let all = desk.mentions().await;
    let of = |n: &str| all.iter().find(|mention| mention.external_id.as_deref() == Some(n)).unwrap().clone();
    let (incident, late) = (of("1").incident.unwrap(), of("2"));
    let hours = async || looks(&desk, &late).await.iter().map(|(hours, _)| *hours).collect::<Vec<_>>();
    assert_eq!((late.incident.as_ref(), hours().await), (None, vec![0, 1, 6, 24]));
    // A person says that it is of the matter, 30 hours after it was found.
    let now = desk.clock.now();
    let suggestion = NewSuggestion {
        incident: incident.clone(),
        mention: late.id.clone(),
        likeness: 150,
        how: "请人工判断".into(),
        at: now,
    };
    let mut tx = desk.store.write().await.unwrap();
    tx.suggest(&suggestion).await.unwrap();
    tx.commit().await.unwrap();
    let acts = Acts::new(desk.store.clone(), desk.rules.clone());
    acts.decide_suggestion(&incident, &late.id, true, &Actor::office("analyst"), now).await.unwrap();
    for hours in 31..=80 {
        hour(hours).await;
    }
    assert_eq!(hours().await, [0, 1, 6, 24, 31, 55, 79]);
}

#[tokio::test]
async fn an_interface_is_asked_by_post_page_by_page() {
    let site = Site::start().await;
    for page in 1..=2 {
        let text = format!("{{\"rows\":[{{\"id\":{page},\"c\":\"第{page}页的投诉：路灯不亮没有人管\"}}]}}");
        json(&site, &format!("/api#{{\"page\":{page},\"size\":20}}"), &text);
    }
    let rest = format!(
        "url: {}\njson: {{ items: /rows, id: /id, text: /c, post: '{{\"page\":{{page}},\"size\":20}}', pages: {{ max: 2 }} }}",
        site.url("/api")
    );
    let desk = Desk::new(vec![source("api", "json", &rest)]).await;
    let run = desk.collect().await.remove(0);
    assert_eq!((run.run.new, run.run.error.as_deref()), (2, None), "{run:?}");
    let headers = site.headers("/api#{\"page\":2,\"size\":20}");
    assert_eq!(headers["content-type"], "application/json");
    let again = desk.again(Span::from_hours(1)).await;
    assert_eq!((again.run.new, again.run.error), (0, None));
}
