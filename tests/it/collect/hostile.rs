//! Servers that mean ill: each is refused with a reason of its own, and the others go on.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use huiying::engine::CollectOptions;
use huiying::rules::source::SourceDefinition;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::server::{Reply, Site};
use super::{Desk, shared, source};

/// What a hostile server does with whoever asks for anything but `robots.txt`.
#[derive(Clone, Copy, Debug)]
pub enum Malice {
    /// Half a head, and then nothing.
    Slowloris,
    /// A body that never ends.
    Endless,
    /// Far more than it announces.
    Bomb,
    /// 100 MB of heads.
    Heads,
    /// Announces more than it sends.
    Short,
    /// No HTTP.
    Noise,
    /// A compression that nobody asked for.
    Zstd,
    /// Closes at once.
    Closing,
}

pub async fn hostile(malice: Malice) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move { serve(stream, malice).await });
        }
    });
    address
}

/// Ends with an error when whoever asked has gone, which is what is hoped for.
async fn serve(mut stream: TcpStream, malice: Malice) -> std::io::Result<()> {
    let mut asked = Vec::new();
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut some = [0; 4096];
        match stream.read(&mut some).await? {
            0 => return Ok(()),
            read => asked.extend_from_slice(&some[..read]),
        }
    }
    if asked.starts_with(b"GET /robots.txt") {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    }
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";
    match malice {
        Malice::Slowloris => {
            stream.write_all(HEAD).await?;
            std::future::pending::<()>().await;
        }
        Malice::Endless => {
            stream.write_all(HEAD).await?;
            stream.write_all(b"\r\n").await?;
            loop {
                stream.write_all(&[b'a'; 8192]).await?;
            }
        }
        Malice::Bomb => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            (0..64).for_each(|_| packed.write_all(&vec![b' '; 1 << 20]).unwrap());
            let packed = packed.finish().unwrap();
            stream.write_all(HEAD).await?;
            let more = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
            stream.write_all(more.as_bytes()).await?;
            stream.write_all(&packed).await?;
        }
        Malice::Heads => {
            stream.write_all(HEAD).await?;
            let line = format!("X-Filler: {}\r\n", "a".repeat(8_000));
            for _ in 0..12_500 {
                stream.write_all(line.as_bytes()).await?;
            }
        }
        Malice::Short => {
            stream.write_all(HEAD).await?;
            stream.write_all(b"Content-Length: 5000\r\n\r\n<rss>").await?;
        }
        Malice::Noise => stream.write_all(b"\x16\x03\x01 this is no answer\r\n\r\n").await?,
        Malice::Zstd => {
            stream.write_all(HEAD).await?;
            stream.write_all(b"Content-Encoding: zstd\r\nContent-Length: 4\r\n\r\n\x28\xb5\x2f\xfd").await?;
        }
        Malice::Closing => {}
    }
    stream.shutdown().await
}

fn healthy(site: &Site) -> SourceDefinition {
    let feed = "<rss version='2.0'><channel><title>t</title><item><title>路灯坏了</title><guid isPermaLink='false'>1</guid>\
                <description>状元路的路灯坏了三天</description></item></channel></rss>";
    site.set("/good", Reply::Page("text/xml", Bytes::from_static(feed.as_bytes())));
    source("z-healthy", "feed", &format!("url: {}", site.url("/good")))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hostile_server_is_refused_with_its_own_reason_and_the_others_go_on() {
    let site = Site::start().await;
    let mut sources = vec![healthy(&site)];
    let mut expected = Vec::new();
    for (malice, word, reason) in [
        (Malice::Slowloris, "2 秒", "slow"),
        (Malice::Endless, "65536 字节", "too_large"),
        (Malice::Bomb, "65536 字节", "too_large"),
        (Malice::Heads, "响应头过大", "too_large"),
        (Malice::Short, "内容不完整", "unreachable"),
        (Malice::Noise, "HTTP 规范", "unreadable"),
        (Malice::Zstd, "zstd", "unreadable"),
        (Malice::Closing, "内容不完整", "unreachable"),
    ] {
        let id = format!("{malice:?}").to_lowercase();
        sources.push(source(&id, "feed", &format!("url: http://{}/feed", hostile(malice).await)));
        expected.push((id, word, reason));
    }
    // A server without TLS where TLS is expected, and redirects: in a circle, and into networks that are not the source's own.
    let other = Site::start().await;
    other.html("/secret", "<rss><item><title>机密</title></item></rss>");
    site.set("/circle", Reply::Moved("/circle".into()));
    site.set("/inside", Reply::Moved("http://169.254.169.254/latest/meta-data/".into()));
    site.set("/port", Reply::Moved(other.url("/secret")));
    for (id, url, word, reason) in [
        ("tls", site.url("/good").replace("http:", "https:"), "robots.txt 暂时读不到（TLS", "robots_unknown"),
        ("circle", site.url("/circle"), "重定向超过", "redirects"),
        ("inside", site.url("/inside"), "169.254.169.254 是链路本地", "address"),
        ("port", site.url("/port"), "是内网或本机地址", "address"),
    ] {
        sources.push(source(id, "feed", &format!("url: {url}")));
        expected.push((id.to_owned(), word, reason));
    }
    let desk = Desk::new(sources).await;
    let all = desk.collect().await;
    for (id, word, reason) in expected {
        let collected = all.iter().find(|collected| collected.source == id).unwrap();
        let error = collected.run.error.as_deref().unwrap_or_default();
        assert!(error.contains(word), "{id}: {error}");
        assert_eq!(collected.run.reason.map(|reason| reason.id()), Some(reason), "{id}: {error}");
        assert!(desk.row(&id).await.message.unwrap().contains("请"), "{id}");
    }
    let good = all.iter().find(|collected| collected.source == "z-healthy").unwrap();
    assert_eq!((good.run.new, good.health.id()), (1, "ok"), "{good:?}");
    assert_eq!(other.requests(), 0, "nobody came there");
}

#[tokio::test]
async fn no_way_to_write_a_private_address_leads_inside() {
    let Some(found) = shared("field/21-ssrf-forms/urls.txt") else { return };
    let site = Site::start().await;
    site.set("/feed.xml", Reply::Page("text/xml", Bytes::from_static(b"<rss><item><title>x</title></item></rss>")));
    let port = site.url("").rsplit(':').next().unwrap().to_owned();
    let (mut sources, mut refused) = (Vec::new(), 0);
    for (n, url) in std::fs::read_to_string(found).unwrap().lines().filter(|url| !url.trim().is_empty()).enumerate() {
        let url = url.trim().replace(":8701", &format!(":{port}"));
        let yaml = format!("{{ id: s{n}, kind: feed, name: n, channel: news, why: w, url: '{url}' }}");
        match SourceDefinition::from_yaml("s.yaml", &yaml) {
            Ok(source) => sources.push(source),
            Err(_) => refused += 1,
        }
    }
    let urls = sources.len();
    let desk = Desk::new(sources).await;
    let all = desk.collect().await;
    assert_eq!((all.len(), all.len() + refused), (urls, 20));
    for collected in &all {
        assert_eq!(collected.run.reason.map(|reason| reason.id()), Some("address"), "{collected:?}");
    }
    assert_eq!(site.requests(), 0);
}

#[tokio::test]
async fn an_address_where_no_site_can_be_is_refused_at_once_though_private_ones_are_allowed() {
    let urls =
        ["http://169.254.169.254/feed", "http://169.254.1.2:8080/feed", "http://[fe80::1]/feed", "http://0.0.0.0/feed"];
    let sources = urls.iter().enumerate().map(|(n, url)| source(&format!("s{n}"), "feed", &format!("url: '{url}'")));
    let allowing = CollectOptions { allow_private: true, ..CollectOptions::default() };
    let desk = Desk::with(sources.collect(), allowing).await;
    // A connection that nobody answers would take its two seconds.
    let all = tokio::time::timeout(Duration::from_millis(1_500), desk.collect()).await.expect("nobody was asked");
    assert_eq!(all.len(), urls.len());
    for collected in &all {
        assert_eq!(collected.run.reason.map(|reason| reason.id()), Some("address"), "{collected:?}");
        let message = desk.row(&collected.source).await.message.unwrap();
        assert!(message.contains("链路本地") && message.contains("请核对"), "{message}");
    }
}

#[tokio::test]
async fn by_a_proxy_the_same_addresses_are_refused() {
    // The proxy: it is asked for whole addresses, and answers for whichever site is named.
    let proxy = Site::start().await;
    let feed = "<rss version='2.0'><channel><title>t</title><item><title>路灯坏了</title><guid>1</guid></item></channel></rss>";
    proxy.set("/feed.xml", Reply::Page("text/xml", Bytes::from_static(feed.as_bytes())));
    proxy.set("/moved", Reply::Moved("http://10.0.0.1/secret".into()));
    let inside = Site::start().await;
    let sources: Vec<SourceDefinition> = [
        ("outside", "http://93.184.215.14/feed.xml".to_owned()),
        ("moved", "http://93.184.215.15/moved".to_owned()),
        ("literal", inside.url("/secret")),
        ("named", inside.url("/secret").replace("127.0.0.1", "localhost")),
    ]
    .into_iter()
    .map(|(id, url)| SourceDefinition { allow_private: false, ..source(id, "feed", &format!("url: {url}")) })
    .collect();
    let by_proxy = CollectOptions { proxy: Some(proxy.url("")), ..CollectOptions::default() };
    let desk = Desk::with(sources, by_proxy).await;
    for collected in desk.collect().await {
        if collected.source == "outside" {
            assert_eq!((collected.run.new, proxy.asked("/feed.xml")), (1, 1), "{collected:?}");
        } else {
            assert_eq!(collected.run.reason.map(|reason| reason.id()), Some("address"), "{collected:?}");
        }
    }
    assert_eq!((inside.requests(), proxy.asked("/secret")), (0, 0));
}
