//! `huiying bench pages`: pages of a site on this machine, fetched one after the other by the collector's own fetcher with all its
//! guards (addresses, robots.txt, the host's pace in a database, bounds), and their articles found. The site is part of the
//! same process, so its time counts too.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::machine::{Machine, resident_mb};
use super::texts;
use crate::cli::replay::Scratch;
use crate::cli::{Global, Outcome, open};
use crate::collect::fetch::{FetchOptions, Fetched, Fetcher};
use crate::collect::page::Page;
use crate::collect::{detail, wall};
use crate::engine::StoreHosts;
use crate::rules::source::SourceDefinition;
use crate::store::StoreOptions;
use crate::time::{Clock as _, Stopwatch, SystemClock};

/// Size of a made-up page, in bytes.
const PAGE_BYTES: usize = 31 * 1024;
/// Different pages.
const PAGES: usize = 20;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Pages {
    /// A saved page to measure with, instead of made-up ones of 31 KB
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// How many pages
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pages: u32,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    pages: u32,
    page_bytes: usize,
    seconds: f64,
    processor_s: f64,
    pages_per_processor_s: f64,
    /// Pages on which no article was found.
    without_text: u32,
    resident_mb: Option<f64>,
    machine: Machine,
}

impl Pages {
    /// Runs the command.
    pub fn run(self, _: &Global) -> Outcome {
        let machine = Machine::read();
        let pages: Vec<Vec<u8>> = match &self.html {
            Some(path) => vec![std::fs::read(path).with_context(|| path.display().to_string())?],
            None => texts::made_up(PAGES).iter().map(|post| made_up(&post.text)).collect(),
        };
        let page_bytes = pages.iter().map(Vec::len).sum::<usize>() / pages.len();
        let folder = Scratch::new()?;
        let report = open::runtime()?.block_on(async {
            let store = open::migrated(&StoreOptions::throw_away(&folder.path.join("hosts.db"))).await?;
            let clock = Arc::new(SystemClock::default());
            let hosts = Arc::new(StoreHosts::new(store.clone(), clock.clone()));
            let options = FetchOptions { allow_private: true, contact: None, proxy: None };
            let fetcher = Fetcher::new(options, hosts).map_err(anyhow::Error::new)?;
            let site = site(pages).await.context("打开端口")?;
            let source = source(&site)?;
            let (mut without_text, started, before) = (0, Stopwatch::start(), processor_s());
            for n in 0..self.pages {
                let url = site.join(&format!("/a{n}.html")).map_err(anyhow::Error::new)?;
                let now = clock.now();
                let fetched = fetcher.get(&url, &source, None, now).await.map_err(anyhow::Error::new)?;
                let Fetched::Body(body) = fetched else { return Err(anyhow!("{url}：没有内容").into()) };
                let read = fetcher.parse(body.bytes.len(), move || {
                    let page = Page::open(&body.bytes, body.content_type.as_deref(), None, Some(&body.url));
                    let page = page.map_err(|error| error.to_string())?;
                    detail::read(&page, None, now).map_err(|error| error.to_string())
                });
                let found = read.await.is_ok_and(|detail| wall::worse(&detail.text, None).is_none());
                without_text += u32::from(!found);
            }
            let (seconds, processor_s) = (started.elapsed().as_secs_f64(), processor_s() - before);
            store.close().await;
            let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
            Ok::<_, crate::cli::Failure>(Report {
                bench: "pages",
                pages: self.pages,
                page_bytes,
                seconds: rounded(seconds),
                processor_s: rounded(processor_s),
                pages_per_processor_s: rounded(f64::from(self.pages) / processor_s.max(0.001)),
                without_text,
                resident_mb: resident_mb(),
                machine,
            })
        })?;
        say!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}

fn source(site: &Url) -> anyhow::Result<SourceDefinition> {
    let yaml = format!(
        "{{ id: bench, kind: html, name: bench, channel: news, why: bench, url: '{site}', allow_private: true, \
         http: {{ rate: 1000/s }}, list: {{ items: li, url: a@href }} }}"
    );
    SourceDefinition::from_yaml("bench", &yaml).map_err(|error| anyhow!("{error}"))
}

/// What the process has used of the processor, in seconds.
fn processor_s() -> f64 {
    // Hundredths of a second on every Linux: `sysconf(_SC_CLK_TCK)`.
    const TICKS_PER_S: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    let ticks = |at: usize| after.split_whitespace().nth(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    // `utime` and `stime`, the 14th and 15th field, of which two stand before the bracket.
    (ticks(11) + ticks(12)) / TICKS_PER_S
}

/// A page as news sites have them: a menu, the article, a list beside it, scripts up to the usual size.
fn made_up(text: &str) -> Vec<u8> {
    let links = |from: usize| -> String {
        (from..from + 40)
            .map(|n| format!("<li class=\"item\"><a href=\"/2026/05/{n}.html\" target=\"_blank\">本市第{n}项民生工程开工</a><span>05-{:02}</span></li>\n", n % 28 + 1))
            .collect()
    };
    let paragraphs: String = text.split_inclusive('。').map(|sentence| format!("<p>　　{sentence}</p>\n")).collect();
    let page = format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>居民反映的问题有了回音_本地新闻网</title></head><body>\
         <div class=\"nav\"><ul>{}</ul></div><div class=\"main\"><h1>居民反映的问题有了回音</h1>\
         <div class=\"info\">2026年05月11日 09:30　来源：宣城日报　作者：王小明</div><div class=\"content\">{paragraphs}</div>\
         <div>责任编辑：李四</div></div><div class=\"side\"><h3>相关新闻</h3><ul>{}</ul></div>\n<script>\n",
        links(100),
        links(200)
    );
    let script = "window.stat = function (a, b) { return a.length > b ? a.slice(0, b) : a; };\n";
    let missing = PAGE_BYTES.saturating_sub(page.len());
    format!("{page}{}</script></body></html>", script.repeat(missing / script.len())).into_bytes()
}

/// Answers with the pages in turn, and with 404 for `robots.txt`; ends with the process.
async fn site(pages: Vec<Vec<u8>>) -> anyhow::Result<Url> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
    let pages = Arc::new(pages);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let pages = pages.clone();
            // A connection that breaks is the fetcher's to notice.
            tokio::spawn(async move { serve(stream, &pages).await });
        }
    });
    Ok(url)
}

async fn serve(mut stream: TcpStream, pages: &[Vec<u8>]) -> std::io::Result<()> {
    let (mut asked, mut turn) = (Vec::new(), 0);
    loop {
        while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut some = [0; 4096];
            match stream.read(&mut some).await? {
                0 => return Ok(()),
                read => asked.extend_from_slice(&some[..read]),
            }
        }
        if asked.starts_with(b"GET /robots.txt") {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await?;
        } else {
            let page = &pages[turn % pages.len()];
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
                page.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(page).await?;
            turn += 1;
        }
        asked.clear();
    }
}
