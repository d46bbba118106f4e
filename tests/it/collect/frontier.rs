//! What lists have shown is lost by nothing: kills, failing pages, walls, pages further back, changed titles.

use axum::body::Bytes;
use huiying::domain::instant::Span;
use huiying::rules::source::SourceDefinition;
use huiying::store::{MentionFilter, MentionRow};
use huiying::time::Clock as _;

use super::server::{Reply, Site, article};
use super::{Desk, source};

const PAGES: usize = 5;
const ITEMS: usize = 8;

/// A site with several list pages, each article of its own.
async fn paged() -> (Site, SourceDefinition) {
    let site = Site::start().await;
    for page in 1..=PAGES {
        let mut items = String::new();
        for item in 0..ITEMS {
            let path = format!("/a/{page}-{item}.html");
            items += &format!("<li><a href='{path}'>第 {page} 页第 {item} 条</a><span>2026-05-11</span></li>");
            site.html(
                &path,
                &article("标题", &format!("第{page}页第{item}条的正文：路灯坏了很久，没有人来修，晚上很黑。")),
            );
        }
        let next = if page < PAGES {
            format!("<a class=next href='/list-{}.html'>下一页</a>", page + 1)
        } else {
            String::new()
        };
        site.html(&format!("/list-{page}.html"), &format!("<html><body><ul>{items}</ul>{next}</body></html>"));
    }
    let rest = format!(
        "url: {}\nlist: {{ items: li, url: a@href, title: a, published_at: span, next: a.next@href, max_pages: 20 }}",
        site.url("/list-1.html")
    );
    (site, source("paged", "html", &rest))
}

fn texts(mentions: &[MentionRow]) -> usize {
    mentions.iter().filter(|mention| mention.text.contains("的正文")).count()
}

/// Takes up what waits, so that newer texts stand.
async fn stored(desk: &Desk) -> Vec<MentionRow> {
    desk.engine.ingest_all(desk.clock.now()).await.unwrap();
    desk.mentions().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing() {
    let (site, source) = paged().await;
    let desk = Desk::new(vec![source]).await;
    for stop_at in [3, 9, 14, 20, 33] {
        let engine = desk.engine.clone();
        let now = desk.clock.now();
        let run = tokio::spawn(async move { engine.collect_due(now).await });
        while site.requests() < stop_at && !run.is_finished() {
            tokio::task::yield_now().await;
        }
        run.abort();
        let _ = run.await;
        // Whoever had it died: the lease has to end first.
        desk.clock.advance(Span::from_minutes(10));
    }
    for _ in 0..3 {
        desk.collect().await;
        desk.clock.advance(Span::from_minutes(20));
    }
    let mentions = stored(&desk).await;
    assert_eq!((mentions.len(), texts(&mentions)), (PAGES * ITEMS, PAGES * ITEMS));
    let counts = desk.store.source_item_counts("paged").await.unwrap();
    assert_eq!((counts.waiting, counts.given_up), (0, 0));
}

#[tokio::test]
async fn one_failing_list_page_and_one_failing_article_cost_time_and_no_post() {
    let (site, source) = paged().await;
    let third = site.reply("/list-3.html");
    site.set("/list-3.html", Reply::Status(500));
    site.set("/a/2-4.html", Reply::Status(502));
    let desk = Desk::new(vec![source]).await;
    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.new, first.run.failed.len()), (2 * ITEMS, 2), "{first:?}");
    site.set("/list-3.html", third);
    site.html("/a/2-4.html", &article("标题", "第2页第4条的正文：修好了没有，一直没有人答复，晚上很黑。"));
    let second = desk.again(Span::from_minutes(15)).await;
    assert_eq!((second.run.new, second.run.revised, second.run.failed.len()), (3 * ITEMS, 1, 0), "{second:?}");
    let mentions = stored(&desk).await;
    assert_eq!((mentions.len(), texts(&mentions)), (PAGES * ITEMS, PAGES * ITEMS));
}

#[tokio::test]
async fn what_is_added_further_back_is_found_within_a_day() {
    let (site, source) = paged().await;
    let desk = Desk::new(vec![source]).await;
    desk.collect().await;
    assert_eq!(desk.mentions().await.len(), PAGES * ITEMS);
    let next = "<a class=next href='/list-5.html'>下一页</a>";
    site.html("/list-4.html", &format!("<html><body><li><a href='/late.html'>补发的通告</a></li>{next}</body></html>"));
    site.html("/late.html", &article("补发的通告", "补发的正文：昨天漏发的停水通告，今天补上。"));
    assert_eq!(desk.again(Span::from_hours(1)).await.run.new, 0, "page 1 is as it was");
    assert_eq!(desk.again(Span::from_hours(24)).await.run.new, 1, "walked through in full");
}

#[tokio::test]
async fn a_wall_never_replaces_what_the_feed_said_and_a_page_does() {
    let site = Site::start().await;
    let report = "宣州区向阳街道一家木材加工厂今早发生爆炸，玻璃被震碎，消防车已经到场，目击者称有十二人死亡，二十多人受伤，周边学校停课。";
    let item = |n: u32, path: &str| {
        format!(
            "<item><title>木材厂爆炸{n}</title><link>{}</link><description>{report}{n}</description></item>",
            site.url(path)
        )
    };
    let items = item(1, "/wall") + &item(2, "/down") + &item(3, "/same-a") + &item(4, "/same-b") + &item(5, "/good");
    let feed = format!("<rss version='2.0'><channel><title>t</title>{items}</channel></rss>");
    site.set("/rss", Reply::Page("text/xml", Bytes::from(feed)));
    site.html("/wall", "<html><body><h2>访问验证</h2><p>您的访问可能造成安全威胁，请拖动滑块后继续访问，事件编号 20261130。</p></body></html>");
    site.set("/down", Reply::Status(502));
    let portal = article(
        "门户",
        &"本站是本市最大的门户网站，提供新闻、论坛、招聘、房产等服务，欢迎广大网友注册参与讨论。".repeat(3),
    );
    site.html("/same-a", &portal);
    site.html("/same-b", &portal);
    site.html("/good", &article("木材厂爆炸", &format!("{report}记者从现场获悉，搜救仍在进行。{report}")));
    let desk = Desk::new(vec![source("forum", "feed", &format!("url: {}", site.url("/rss")))]).await;
    let first = desk.collect().await.remove(0);
    assert_eq!(first.run.new, 5, "{first:?}");
    let mentions = stored(&desk).await;
    let of = |path: &str| mentions.iter().find(|mention| mention.url == Some(site.url(path))).unwrap().text.clone();
    for path in ["/wall", "/down", "/same-a", "/same-b"] {
        assert!(of(path).starts_with(report), "{path}: {}", of(path));
    }
    assert!(of("/good").contains("搜救仍在进行"));
    assert!(first.run.failed.iter().any(|failed| failed.why.contains("安全验证页")), "{first:?}");
    // The page comes back: it replaces the text, and what it replaced is kept.
    site.html("/down", &article("木材厂爆炸2", &format!("{report}现场救援指挥部通报：伤员均已送医。{report}")));
    assert_eq!(desk.again(Span::from_minutes(15)).await.run.revised, 1);
    let mentions = stored(&desk).await;
    let down = mentions.iter().find(|mention| mention.url == Some(site.url("/down"))).unwrap();
    assert!(down.text.contains("伤员均已送医"));
    let versions = desk.store.versions_of(&down.id).await.unwrap();
    assert_eq!(versions.len(), 1);
    assert!(versions[0].text.starts_with(report));
}

#[tokio::test]
async fn a_page_that_tells_more_than_the_title_did_raises_the_incident_that_the_title_opened() {
    let site = Site::start().await;
    let list =
        "<html><body><li><a href='/a.html'>宣州区一工厂爆炸致1人死亡</a><span>2026-05-11</span></li></body></html>";
    site.html("/list.html", list);
    site.set("/a.html", Reply::Status(502));
    let rest =
        format!("url: {}\nlist: {{ items: li, url: a@href, title: a, published_at: span }}", site.url("/list.html"));
    let desk = Desk::new(vec![source("news", "html", &rest)]).await;
    assert_eq!(desk.collect().await[0].run.new, 1);
    let title = stored(&desk).await.remove(0);
    let incident = title.incident.clone().expect("the title alone opens it");
    let text = "5月11日上午，宣州区向阳街道一家工厂发生爆炸，截至目前已造成12人死亡、20人受伤，救援仍在进行。";
    site.html("/a.html", &article("宣州区一工厂爆炸", text));
    assert_eq!(desk.again(Span::from_minutes(15)).await.run.revised, 1);
    let told = stored(&desk).await.remove(0);
    assert!(told.text.contains("12人死亡"));
    assert_eq!(told.incident.as_ref(), Some(&incident));
    let row = desk.store.incident(&incident).await.unwrap().unwrap();
    assert_eq!((row.event_grade.id(), row.mention_count), ("major", 1), "one mention, graver now");
    assert_eq!(desk.store.mentions(&MentionFilter::default(), None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_address_with_a_session_is_the_same_post_and_a_changed_title_a_newer_version() {
    let site = Site::start().await;
    let list = |session: &str, title: &str| {
        format!(
            "<html><body><li><a href='/v.html;jsessionid={session}?id=7&t=17784648{session}'>{title}</a></li></body></html>"
        )
    };
    let rest = format!("url: {}\nlist: {{ items: li, url: a@href, title: a }}", site.url("/list.html"));
    site.html("/list.html", &list("01", "停水通告"));
    site.html(
        "/v.html;jsessionid=01?id=7&t=1778464801",
        &article("停水通告", "因管网检修，鳌峰路沿线停水，请居民提前储水。"),
    );
    site.html(
        "/v.html;jsessionid=02?id=7&t=1778464802",
        &article("停水通告", "因管网检修，鳌峰路沿线停水，请居民提前储水。"),
    );
    let changed = article("停水通告（更正）", "因管网检修，鳌峰路、昭亭路沿线停水，请居民提前储水。");
    site.html("/v.html;jsessionid=03?id=7&t=1778464803", &changed);
    let desk = Desk::new(vec![source("water", "html", &rest)]).await;
    assert_eq!(desk.collect().await[0].run.new, 1);
    site.html("/list.html", &list("02", "停水通告"));
    let second = desk.again(Span::from_hours(1)).await.run;
    assert_eq!((second.new, second.revised, second.unchanged), (0, 0, 1));
    site.html("/list.html", &list("03", "停水通告（更正）"));
    let third = desk.again(Span::from_hours(1)).await.run;
    assert_eq!((third.new, third.revised), (0, 1), "{third:?}");
    let mentions = stored(&desk).await;
    assert_eq!(mentions.len(), 1);
    assert!(mentions[0].text.contains("昭亭路") && mentions[0].title.as_deref() == Some("停水通告（更正）"));
    assert_eq!(mentions[0].url, Some(site.url("/v.html?id=7")));
}

#[tokio::test]
async fn a_notice_that_is_a_file_keeps_title_date_and_address_and_a_row_without_a_link_is_told() {
    let site = Site::start().await;
    let row = |href: &str, title: &str| format!("<li><a href='{href}'>{title}</a><span>2026-05-10</span></li>");
    let rows = row("/t.html", "停水通告")
        + &row("/att/tg.pdf", "封路通告（PDF）")
        + &row("/open?id=3", "抽检公告")
        + &row("javascript:void(0)", "市长信箱：垃圾站异味")
        + &row("/inner.html", "内部通知");
    site.html("/list.html", &format!("<html><body>{rows}</body></html>"));
    site.html("/t.html", &article("停水通告", "因管网检修，鳌峰路沿线停水，请居民提前储水。"));
    site.set("/open?id=3", Reply::Page("application/msword", Bytes::from_static(b"\xd0\xcf\x11\xe0")));
    site.html("/inner.html", "<html><body><p>您当前的地址不在允许范围，该信息仅允许内网地址访问</p></body></html>");
    let rest =
        format!("url: {}\nlist: {{ items: li, url: a@href, title: a, published_at: span }}", site.url("/list.html"));
    let desk = Desk::new(vec![source("gov", "html", &rest)]).await;
    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.new, first.health.id()), (4, "ok"), "{first:?}");
    assert!(first.run.failed.iter().any(|failed| failed.what == "市长信箱：垃圾站异味"), "{first:?}");
    let pdf = desk.mention(&site.url("/att/tg.pdf")).await;
    assert_eq!((pdf.text.as_str(), site.asked("/att/tg.pdf")), ("封路通告（PDF）", 0));
    assert_eq!(pdf.published_at.unwrap().to_string(), "2026-05-10T00:00:00+08:00");
    assert_eq!(desk.mention(&site.url("/open?id=3")).await.text, "抽检公告");
    assert_eq!(desk.mention(&site.url("/inner.html")).await.text, "内部通知");
    desk.again(Span::from_hours(5)).await;
    assert_eq!((site.asked("/open?id=3"), site.asked("/inner.html")), (1, 2), "a file is no page; a wall may go");
}

#[tokio::test]
async fn letters_are_looked_at_wherever_they_stand_and_keep_their_answer() {
    let site = Site::start().await;
    let letter = |n: usize, answer: &str| {
        format!(
            "<html><body><h1>来信{n}</h1><div id=zoom>第{n}封信：已经停水三天了，物业不管。</div><div class=hf>{answer}</div></body></html>"
        )
    };
    let links: String = (0..60).map(|n| format!("<li><a href='/{n}.html'>来信{n}</a></li>")).collect();
    site.html("/list.html", &format!("<html><body>{links}</body></html>"));
    for n in 0..60 {
        site.html(&format!("/{n}.html"), &letter(n, "暂无回复"));
    }
    let rest = format!(
        "url: {}\nlist: {{ items: li, url: a@href, title: a }}\ndetail: {{ text: '#zoom', reply: .hf }}",
        site.url("/list.html")
    );
    let mut board = source("mailbox", "board", &rest);
    board.channel = huiying::domain::mention::Channel::Board;
    let desk = Desk::new(vec![board]).await;
    assert_eq!(desk.collect().await[0].run.new, 60);
    assert!(desk.mentions().await.iter().all(|letter| letter.answered_at.is_none()), "no answer yet is no answer");
    // The list shows the newest alone by now; every older letter is looked at within a day all the same.
    site.html("/list.html", "<html><body><li><a href='/0.html'>来信0</a></li></body></html>");
    site.html("/59.html", &letter(59, "已于今日恢复供水，感谢您的来信。"));
    desk.again(Span::from_hours(2)).await;
    let answered = desk.mention(&site.url("/59.html")).await;
    assert_eq!(answered.answer.as_deref(), Some("已于今日恢复供水，感谢您的来信。"));
    let seen_at = answered.answered_at.unwrap();
    site.html("/59.html", &letter(59, "更正：已于昨日恢复供水，感谢您的来信。"));
    desk.again(Span::from_hours(25)).await;
    let corrected = desk.mention(&site.url("/59.html")).await;
    assert!(corrected.answer.as_deref().unwrap().starts_with("更正"));
    assert_eq!(corrected.answered_at, Some(seen_at), "when it was first seen");
}

#[tokio::test]
async fn an_article_that_is_cut_into_pages_is_read_to_its_end() {
    let site = Site::start().await;
    site.html("/list", "<ul><li><a href='/t_1.html'>路灯改造的来龙去脉</a></li></ul>");
    let page = |n: u32| {
        let next = if n < 3 { format!("<a href='/t_1_{}.html'>下一页</a>", n + 1) } else { String::new() };
        let text = format!("第{n}段：状元路的路灯坏了很久，住建部门说正在招标，市民希望尽快有个说法。");
        article("路灯改造的来龙去脉", &text).replace("</body>", &format!("<div class=pages>{next}</div></body>"))
    };
    let third = page(3);
    site.html("/t_1.html", &page(1));
    site.html("/t_1_2.html", &page(2));
    site.set("/t_1_3.html", Reply::Status(502));
    let rest = format!("url: {}\nlist: {{ items: li, url: a@href, title: a }}", site.url("/list"));
    let desk = Desk::new(vec![source("news", "html", &rest)]).await;
    desk.collect().await;
    let half = stored(&desk).await.remove(0);
    assert_eq!(half.text, "路灯改造的来龙去脉", "half an article would be kept for good: {half:?}");
    site.html("/t_1_3.html", &third);
    desk.again(Span::from_minutes(15)).await;
    let whole = stored(&desk).await.remove(0);
    let parts = [1, 2, 3].map(|n| whole.text.matches(&format!("第{n}段")).count());
    assert_eq!(parts, [1, 1, 1], "{}", whole.text);
}
