//! Lists, feeds, interfaces and letters, with what goes wrong on the way.

use axum::body::Bytes;
use huiying::domain::instant::Span;
use huiying::domain::mention::Channel;
use huiying::engine::CollectOptions;
use huiying::time::Clock as _;

use super::server::{Reply, Site, article};
use super::{BEGIN, Desk, source};

const SMOKE: &str = "鸿越大道的沥青搅拌站又在半夜偷排黑烟，臭气熏天，附近居民窗户都不敢开";

fn html_source(site: &Site) -> huiying::rules::source::SourceDefinition {
    let rest = format!(
        "url: {}\nlist: {{ items: li, url: a@href, title: a, published_at: span, next: a.next@href, max_pages: 3 }}",
        site.url("/list.html")
    );
    source("news", "html", &rest)
}

fn list(paths: &[&str]) -> String {
    let items: String =
        paths.iter().map(|path| format!("<li><a href='{path}'>标题 {path}</a><span>2026-05-11</span></li>")).collect();
    format!("<html><body><ul>{items}</ul></body></html>")
}

#[tokio::test]
async fn a_list_gives_its_pages_and_one_bad_page_stops_no_other() {
    let site = Site::start().await;
    site.html(
        "/list.html",
        &list(&["/a.html", "/gbk.html", "/moved", "/deep", "/gone", "/huge", "/slow", "/private/x", "/pdf", "/b.html"]),
    );
    site.set("/robots.txt", Reply::Page("text/plain", Bytes::from("User-agent: *\nDisallow: /private\n")));
    site.html("/a.html", &article("搅拌站冒黑烟", SMOKE));
    site.html("/b.html", &article("路灯不亮", "状元路的路灯已经坏了三天，晚上学生放学很不安全"));
    let old_street = "朱镕基题词的老街要拆，住了一辈子的老人不知道搬到哪里去，希望能把老屋修一修";
    let gbk = article("朱镕基题词的老街要拆", old_street).replace("utf-8", "gb2312");
    site.set("/gbk.html", Reply::Page("text/html", Bytes::from(encoding_rs::GBK.encode(&gbk).0.into_owned())));
    site.set("/moved", Reply::Moved("/c.html".into()));
    site.html("/c.html", &article("公交改线", "三路公交车改线以后老人看病要走两站路"));
    site.html("/deep", &"<div>".repeat(10_000));
    site.set("/huge", Reply::Page("text/html", Bytes::from(vec![b'a'; 100_000])));
    site.set("/slow", Reply::Hanging);
    site.set("/pdf", Reply::Page("application/pdf", Bytes::from("%PDF-1.7")));
    let desk = Desk::new(vec![html_source(&site)]).await;

    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.new, first.run.unchanged), (10, 0), "what has no page is told by the list: {first:?}");
    let why = |path: &str| {
        let failed = first.run.failed.iter().find(|failed| failed.what == site.url(path));
        failed.unwrap_or_else(|| panic!("{path}: {:?}", first.run.failed)).why.clone()
    };
    for (path, word) in
        [("/deep", "嵌套"), ("/gone", "404"), ("/huge", "65536"), ("/slow", "2 秒"), ("/private/x", "robots.txt")]
    {
        assert!(why(path).contains(word), "{path}: {}", why(path));
    }
    assert_eq!(first.health.id(), "ok");
    let gbk = desk.mention(&site.url("/gbk.html")).await;
    assert!(gbk.text.contains(old_street) && gbk.text.contains("告诉大家"), "{}", gbk.text);
    assert_eq!(gbk.title.as_deref(), Some("标题 /gbk.html"), "the list has the title");
    assert_eq!((gbk.channel, gbk.region.as_ref().map(|region| region.as_str())), (Channel::News, Some("xuanzhou")));
    assert_eq!(gbk.published_at.unwrap().to_string(), "2026-05-11T09:30:00+08:00", "the page knows the hour");
    assert_eq!((gbk.detected_at, gbk.status.as_str()), (BEGIN, "pending"));
    assert!(gbk.author_hash.is_some() && !gbk.text.contains("王小明"));
    assert!(site.headers("/a.html")["user-agent"].to_str().unwrap().starts_with("Huiying/"));
    assert_eq!(site.asked("/private/x"), 0);

    // What failed is tried again, what is there is left alone.
    site.set("/slow", Reply::Status(404));
    site.html("/gone", &article("停水三天", "水阳镇已经停水三天，打电话没有人接"));
    let second = desk.again(Span::from_minutes(12)).await;
    let run = &second.run;
    assert_eq!((run.new, run.revised, run.unchanged, run.failed.len()), (0, 1, 10, 4), "{second:?}");
    assert_eq!((site.asked("/a.html"), site.asked("/robots.txt")), (1, 1));
    desk.engine.ingest_all(desk.clock.now()).await.unwrap();
    assert!(desk.mention(&site.url("/gone")).await.text.contains("水阳镇已经停水三天"));

    // A page that fails is asked for ever more rarely; after a month it is given up and told, and what the list said stays.
    for _ in 0..4 {
        desk.again(Span::from_hours(1)).await;
    }
    assert_eq!(site.asked("/deep"), 5);
    assert!(desk.store.rejects(None, 100).await.unwrap().is_empty());
    desk.again(Span::from_days(31)).await;
    let rejects = desk.store.rejects(None, 100).await.unwrap();
    assert!(
        rejects.iter().any(|reject| reject.origin == "source:news" && reject.reason.contains("嵌套")),
        "{rejects:?}"
    );
    assert_eq!(desk.mentions().await.len(), 10);
    assert_eq!(desk.mention(&site.url("/deep")).await.text, "标题 /deep");
}

#[tokio::test]
async fn a_list_that_is_as_it_was_is_not_read_again() {
    let site = Site::start().await;
    let page = |paths: &[&str]| Reply::Tagged("text/html; charset=utf-8", Bytes::from(list(paths)));
    site.set("/list.html", page(&["/a.html"]));
    site.html("/a.html", &article("搅拌站冒黑烟", SMOKE));
    let desk = Desk::new(vec![html_source(&site)]).await;
    assert_eq!(desk.collect().await[0].run.new, 1);
    let second = desk.again(Span::from_minutes(12)).await;
    assert_eq!((second.run.seen, second.run.new, second.run.unchanged), (None, 0, 1));
    assert!(site.headers("/list.html").contains_key("if-none-match"));
    // Two more, one of which can't be had: the list is read in full until both are there.
    site.set("/list.html", page(&["/b.html", "/c.html", "/a.html"]));
    site.html("/b.html", &article("路灯不亮", "状元路的路灯已经坏了三天，晚上学生放学很不安全"));
    let third = desk.again(Span::from_minutes(12)).await;
    assert_eq!((third.run.new, third.run.unchanged, third.run.failed.len()), (2, 1, 1));
    site.html("/c.html", &article("公交改线", "三路公交车改线以后老人看病要走两站路"));
    let fourth = desk.again(Span::from_minutes(12)).await;
    assert_eq!((fourth.run.new, fourth.run.revised, fourth.run.failed.len()), (0, 1, 0), "{fourth:?}");
}

#[tokio::test]
async fn a_feed_gives_its_entries_and_the_pages_behind_them() {
    let site = Site::start().await;
    let whole = "整段正文就在订阅里，不必再去读网页，因为站点已经把内容全部放进了订阅，读者在阅读器里就能看完，无须再打开网页。".repeat(2);
    let feed = format!(
        "<?xml version=\"1.0\" encoding=\"gb2312\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>论坛</title>\
         <item><title>搅拌站冒黑烟</title><link>{}</link><description>摘要</description><pubDate>Mon, 11 May 2026 09:00:00 +0800</pubDate></item>\
         <item><title>全文</title><link>{}</link><content:encoded><![CDATA[<p>{whole}</p>]]></content:encoded></item></channel></rss>",
        site.url("/a.html"),
        site.url("/whole.html"),
    );
    let bytes = Bytes::from(encoding_rs::GBK.encode(&feed).0.into_owned());
    site.set("/rss.xml", Reply::Tagged("application/rss+xml", bytes));
    site.html("/a.html", &article("搅拌站冒黑烟", SMOKE));
    let desk = Desk::new(vec![source("forum", "feed", &format!("url: {}", site.url("/rss.xml")))]).await;
    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.new, first.run.failed.len()), (2, 0), "{first:?}");
    let page = desk.mention(&site.url("/a.html")).await;
    assert!(page.text.contains(SMOKE));
    assert_eq!(page.published_at.unwrap().to_string(), "2026-05-11T09:00:00+08:00", "the feed's own word");
    assert_eq!(desk.mention(&site.url("/whole.html")).await.text, whole);
    assert_eq!(site.asked("/whole.html"), 0);
    let second = desk.again(Span::from_minutes(12)).await;
    assert_eq!((second.run.seen, second.run.new), (None, 0), "304");
    assert_eq!(site.asked("/a.html"), 1);
}

#[tokio::test]
async fn an_interface_gives_its_items_page_by_page() {
    let site = Site::start().await;
    let page = |rows: &str| Reply::Page("application/json", Bytes::from(format!("{{\"data\":{{\"rows\":[{rows}]}}}}")));
    site.set("/api?k=v&page=1", page(r#"{"id":1,"title":"停水","content":"<p>停水三天</p>","at":1778461200000,"n":"1.2万"},{"id":2,"title":"路灯","content":"路灯坏了"}"#));
    site.set("/api?k=v&page=2", page(r#"{"id":3,"title":"公交","content":"公交改线"},{"id":9}"#));
    let rest = format!(
        "url: {}\nreply_within: 48h\njson: {{ items: /data/rows, pages: {{ parameter: page, first: 1, max: 2 }}, id: /id, title: /title, text: /content, published_at: /at, views: /n }}",
        site.url("/api?k=v")
    );
    let desk = Desk::new(vec![source("hotline", "json", &rest)]).await;
    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.new, first.run.failed.len()), (3, 1), "{first:?}");
    let mentions = desk.mentions().await;
    let water = &mentions[0];
    assert_eq!((water.external_id.as_deref(), water.text.as_str()), (Some("1"), "停水三天"));
    assert_eq!(water.engagement.as_ref().unwrap().views, Some(12_000));
    assert_eq!(water.reply_due_at, Some(water.published_at.unwrap() + Span::from_hours(48)));
    let second = desk.again(Span::from_minutes(12)).await;
    assert_eq!(second.run.new, 0, "{second:?}");
    assert_eq!(desk.mentions().await.len(), 3);
}

#[tokio::test]
async fn a_letter_is_looked_at_until_it_is_answered() {
    let site = Site::start().await;
    let letter = |answer: &str| {
        format!("<html><body><h1>小区停水</h1><div id=zoom>已经停水三天了，物业不管。</div>{answer}</body></html>")
    };
    site.html("/list.html", &list(&["/1.html"]));
    site.html("/1.html", &letter(""));
    let rest = format!(
        "url: {}\nlist: {{ items: li, url: a@href, title: a }}\ndetail: {{ text: '#zoom', reply: .hf, reply_at: .hfsj, reply_by: .hfdw }}",
        site.url("/list.html")
    );
    let mut board = source("mailbox", "board", &rest);
    board.channel = Channel::Board;
    let desk = Desk::new(vec![board]).await;
    assert_eq!(desk.collect().await[0].run.new, 1);
    assert_eq!(desk.again(Span::from_hours(1)).await.run.new, 0);
    assert_eq!(desk.mention(&site.url("/1.html")).await.answered_at, None);
    site.html(
        "/1.html",
        &letter("<div class=hf>已恢复供水</div><b class=hfdw>市水务局</b><i class=hfsj>2026-05-11 11:30</i>"),
    );
    let run = desk.again(Span::from_hours(1)).await.run;
    assert_eq!((run.new, run.failed.len()), (0, 0));
    let answered = desk.mention(&site.url("/1.html")).await;
    assert_eq!(answered.answered_at.unwrap().to_string(), "2026-05-11T11:30:00+08:00");
    assert_eq!(
        (answered.answered_by.as_deref(), answered.text.as_str()),
        (Some("市水务局"), "已经停水三天了，物业不管。")
    );
    let asked = site.asked("/1.html");
    desk.again(Span::from_hours(1)).await;
    assert_eq!(site.asked("/1.html"), asked, "answered: not looked at any more");
}

#[tokio::test]
async fn a_private_address_is_refused_unless_it_was_allowed() {
    let site = Site::start().await;
    site.html("/list.html", &list(&["/a.html"]));
    site.html("/a.html", &article("搅拌站冒黑烟", SMOKE));
    let mut guarded = html_source(&site);
    guarded.allow_private = false;
    let mut named = guarded.clone();
    named.id = "named".into();
    named.url = Some(site.url("/list.html").replace("127.0.0.1", "localhost"));
    let desk = Desk::new(vec![guarded.clone(), named]).await;
    let all = desk.collect().await;
    for collected in &all {
        let error = collected.run.error.as_deref().unwrap();
        assert!(error.contains("内网"), "{error}");
    }
    assert_eq!((all.len(), site.asked("/list.html"), site.asked("/robots.txt")), (2, 0, 0));
    let desk = Desk::with(vec![guarded], CollectOptions { allow_private: true, ..CollectOptions::default() }).await;
    assert_eq!(desk.collect().await[0].run.new, 1, "the configuration allows it");
}

#[tokio::test]
async fn redirects_end_and_lead_to_the_web_only() {
    let site = Site::start().await;
    site.html("/list.html", &list(&["/loop", "/file", "/nowhere"]));
    site.set("/loop", Reply::Moved("/loop".into()));
    site.set("/file", Reply::Moved("file:///etc/passwd".into()));
    site.set("/nowhere", Reply::Moved("http://".into()));
    let desk = Desk::new(vec![html_source(&site)]).await;
    let run = desk.collect().await.remove(0).run;
    for (path, word) in [("/loop", "5 次"), ("/file", "http"), ("/nowhere", "重定向")] {
        let failed = run.failed.iter().find(|failed| failed.what == site.url(path)).unwrap();
        assert!(failed.why.contains(word), "{failed:?}");
    }
    assert_eq!(site.asked("/loop"), 6);
}

#[tokio::test]
async fn robots_that_can_not_be_read_mean_waiting() {
    let site = Site::start().await;
    site.html("/list.html", &list(&["/a.html"]));
    site.html("/a.html", &article("搅拌站冒黑烟", SMOKE));
    site.set("/robots.txt", Reply::Status(503));
    let desk = Desk::new(vec![html_source(&site)]).await;
    let first = desk.collect().await.remove(0);
    assert!(first.run.error.as_deref().unwrap().contains("robots.txt"), "{first:?}");
    assert_eq!(site.asked("/list.html"), 0);
    site.set("/robots.txt", Reply::Status(404));
    assert_eq!(desk.again(Span::from_hours(1)).await.run.new, 1, "there is none: all is allowed");
}

#[tokio::test]
async fn a_server_that_is_down_costs_no_post_and_a_better_definition_reads_all_anew() {
    let site = Site::start().await;
    let listed = Bytes::from(list(&["/a.html", "/b.html", "/c.html", "/d.html", "/e.html", "/f.html"]));
    site.set("/list.html", Reply::Tagged("text/html; charset=utf-8", listed));
    for path in ["/a.html", "/b.html", "/c.html", "/d.html", "/e.html", "/f.html"] {
        site.set(path, Reply::Status(502));
    }
    let desk = Desk::new(vec![html_source(&site)]).await;
    let first = desk.collect().await.remove(0);
    assert_eq!((first.run.failed.len(), first.run.left), (4, 2), "after four the rest is left: {first:?}");
    assert_eq!(first.run.new, 6, "the list has told");
    for _ in 0..8 {
        desk.again(Span::from_hours(1)).await;
    }
    for path in ["/a.html", "/b.html", "/c.html", "/d.html", "/e.html", "/f.html"] {
        site.html(path, &article("搅拌站冒黑烟", &format!("{SMOKE}{path}")));
    }
    let mut wrong = html_source(&site);
    wrong.detail = Some(serde_json::from_value(serde_json::json!({ "text": "#old" })).unwrap());
    let change = |source, version: &str| {
        let mut changed = super::rules(vec![source]);
        changed.version = version.to_owned();
        desk.rules.store(std::sync::Arc::new(changed));
    };
    assert_eq!(desk.again(Span::from_hours(24)).await.run.revised, 6, "nothing was given up");
    assert_eq!(desk.mentions().await.len(), 6);

    site.html("/g.html", "<html><body><div id=new>又一篇，正文在新的位置上，旧的定义读不到。</div></body></html>");
    site.set("/list.html", Reply::Tagged("text/html", Bytes::from(list(&["/g.html"]))));
    change(wrong.clone(), "wrong");
    assert_eq!(desk.again(Span::from_hours(1)).await.run.new, 1, "the list has told");
    for _ in 0..6 {
        let run = desk.again(Span::from_hours(24)).await.run;
        assert_eq!((run.new, run.revised), (0, 0), "{run:?}");
        assert!(run.failed[0].why.contains("改版") && !run.failed[0].for_good, "{run:?}");
    }
    wrong.detail = Some(serde_json::from_value(serde_json::json!({ "text": "#new" })).unwrap());
    change(wrong, "right");
    assert_eq!(desk.again(Span::from_hours(1)).await.run.revised, 1, "the mended definition finds it");
}
