//! Kinds of sources that the other files leave out, and a definition that is tried or proposed before it is used.

use axum::body::Bytes;

use super::command::huiying;
use super::server::{Reply, Site, article};
use super::{Desk, source};

fn xml(site: &Site, path: &str, text: String) {
    site.set(path, Reply::Page("text/xml", Bytes::from(text)));
}

#[tokio::test]
async fn a_sitemap_gives_its_pages_through_the_maps_that_it_names() {
    let site = Site::start().await;
    let part = format!("<sitemap><loc>{}</loc><lastmod>2026-05-11</lastmod></sitemap>", site.url("/part.xml"));
    xml(&site, "/sitemap.xml", format!("<sitemapindex>{part}</sitemapindex>"));
    let page =
        |path: &str| format!("<url><loc>{}</loc><lastmod>2026-05-11T09:00:00+08:00</lastmod></url>", site.url(path));
    xml(&site, "/part.xml", format!("<urlset>{}{}</urlset>", page("/a.html"), page("/b.html")));
    site.html("/a.html", &article("路灯不亮", "状元路的路灯已经坏了三天，晚上学生放学很不安全。"));
    site.html("/b.html", &article("小区停水", "锦绣花园小区停水三天，物业与自来水公司互相推诿。"));
    let desk = Desk::new(vec![source("map", "sitemap", &format!("url: {}", site.url("/sitemap.xml")))]).await;
    let run = desk.collect().await.remove(0);
    assert_eq!((run.run.new, run.health.id()), (2, "ok"), "{run:?}");
    let light = desk.mention(&site.url("/a.html")).await;
    assert_eq!(light.title.as_deref(), Some("路灯不亮"));
    assert_eq!(light.published_at.unwrap().to_string(), "2026-05-11T09:30:00+08:00", "the page's own, not the map's");
}

#[tokio::test]
async fn of_rsshub_the_entries_are_the_posts_and_their_pages_are_left_alone() {
    let site = Site::start().await;
    let item = format!(
        "<item><title>小区停水</title><link>{}</link><guid>1</guid><description>&lt;p&gt;停水三天，物业不管。&lt;/p&gt;</description></item>",
        site.url("/p1")
    );
    xml(&site, "/weibo/search", format!("<rss version='2.0'><channel><title>t</title>{item}</channel></rss>"));
    site.html("/p1", &article("登录", "请登录后查看。"));
    let desk = Desk::new(vec![source("hub", "rsshub", &format!("url: {}", site.url("/weibo/search")))]).await;
    assert_eq!(desk.collect().await[0].run.new, 1);
    assert_eq!((desk.mention(&site.url("/p1")).await.text.as_str(), site.asked("/p1")), ("停水三天，物业不管。", 0));
}

#[tokio::test]
async fn an_interface_may_be_a_list_at_its_root_or_an_object_of_items() {
    let site = Site::start().await;
    for (path, text, rules) in [
        (
            "/root",
            r#"[{"k":1,"c":"停水三天，物业不管。"},{"k":2,"c":"路灯坏了三天。"}]"#,
            "{ items: /, id: /k, text: /c }",
        ),
        (
            "/map",
            r#"{"d":{"a":{"k":3,"c":"公交改线以后。"},"b":{"k":4,"c":"垃圾站异味很重。"}}}"#,
            "{ items: /d, id: /k, text: /c }",
        ),
    ] {
        site.set(path, Reply::Page("application/json", Bytes::from(text)));
        let desk = Desk::new(vec![source("api", "json", &format!("url: {}\njson: {rules}", site.url(path)))]).await;
        let run = desk.collect().await.remove(0);
        assert_eq!((run.run.new, run.run.failed.len()), (2, 0), "{path}: {run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_is_tried_and_proposed_from_a_saved_page_and_says_why_a_field_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (1..9)
        .map(|n| {
            format!(
                "<li><a href='/{n}.html'>我市召开第{n}次专题工作推进会议</a><span class=date>2026-05-0{n}</span></li>"
            )
        })
        .collect();
    std::fs::write(dir.path().join("list.html"), format!("<html><body><ul class=list>{rows}</ul></body></html>"))
        .unwrap();
    let definition = "id: a\nname: a\nkind: html\nchannel: site\nwhy: 测试\nurl: https://www.example.gov.cn/yw/\n\
        list: { items: .list li, url: a@href, title: a, published_at: .time }\n";
    std::fs::write(dir.path().join("a.yaml"), definition).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = huiying(dir.path());
        let output = command.arg("source").args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr), output.status.code())
    };
    let (said, told, code) = run(&["test", "a.yaml", "--html", "list.html"]);
    assert_eq!(code, Some(0), "{said}{told}");
    assert!(said.starts_with("共 8 条") && said.contains("我市召开第1次专题工作推进会议"), "{said}");
    assert!(
        said.lines().any(|line| line.starts_with('·') && line.contains("published_at")),
        "why there is no time: {said}"
    );
    let (said, told, code) = run(&["new", "https://www.example.gov.cn/yw/", "--html", "list.html"]);
    assert!(code == Some(0) && told.contains("8 条"), "{said}{told}");
    std::fs::write(dir.path().join("b.yaml"), &said).unwrap();
    let (said, told, code) = run(&["test", "b.yaml", "--html", "list.html"]);
    assert!(code == Some(0) && said.starts_with("共 8 条"), "what is proposed finds them: {said}{told}");
}
