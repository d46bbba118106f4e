//! `huiying source`: tries a definition, or proposes one. Nothing is stored.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use url::Url;

use super::{Failure, Global, Outcome, open};
use crate::collect::fetch::{FetchOptions, Fetched, Fetcher};
use crate::collect::list::Item;
use crate::collect::page::Page;
use crate::collect::{json, proposal, trial};
use crate::config::Config;
use crate::domain::instant::Instant;
use crate::engine::StoreHosts;
use crate::rules::source::{SourceDefinition, SourceKind};
use crate::store::StoreOptions;
use crate::time::{Clock, SystemClock};

/// Items that are shown.
const ITEMS_MAX: usize = 30;
/// Characters of a title or text that are shown.
const SHOWN_CHARS_MAX: usize = 60;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Source {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show what a definition would collect, and why a field is empty
    Test {
        /// The definition
        file: PathBuf,
        /// A saved list page, feed or answer, in place of the address
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// A saved article or letter, read by `detail`
        #[arg(long, value_name = "FILE")]
        page: Option<PathBuf>,
    },
    /// Propose a definition from a page
    New {
        /// The page
        url: String,
        /// A saved copy of it, in place of the address
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
}

impl Source {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let now = SystemClock::default().now();
        match self.what {
            What::Test { file, html, page } => test(&config, &file, (html.as_deref(), page.as_deref()), now),
            What::New { url, html } => new(&config, &url, html.as_deref(), now),
        }
    }
}

fn test(config: &Config, file: &Path, (html, detail): (Option<&Path>, Option<&Path>), now: Instant) -> Outcome {
    let text = read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())?;
    let source = SourceDefinition::from_yaml(&file.display().to_string(), &text);
    let source = source.map_err(|error| Failure::Usage(error.to_string()))?;
    if !source.kind.is_fetched() {
        return Err(Failure::Usage(format!("{}：这种信源由对方送来，没有可试的网页", file.display())));
    }
    let url = source.url.as_deref().and_then(|url| Url::parse(url).ok());
    let mut all_well = true;
    if html.is_some() || detail.is_none() {
        let page = page(config, &source, url.as_ref(), html, now)?;
        let tried = trial::list(&page, &source, now).map_err(|why| Failure::Other(anyhow!(why)))?;
        say!("共 {} 条（编码 {}）", tried.items.len(), page.charset);
        for (at, item) in tried.items.iter().take(ITEMS_MAX).enumerate() {
            say!("{}", row(at + 1, item));
        }
        for note in &tried.notes {
            say!("· {note}");
        }
        all_well &= !tried.items.is_empty();
        // The first article too, where the address is asked anyway.
        let first = tried
            .items
            .iter()
            .find_map(|item| item.url.clone())
            .filter(|_| html.is_none() && source.kind != SourceKind::Json);
        if let Some(first) = first {
            say!("—— 第一条的页面 {first}");
            let page = self::page(config, &source, Some(&first), None, now)?;
            all_well &= show_detail(&page, &source, now);
        }
    }
    if let Some(detail) = detail {
        let page = page(config, &source, url.as_ref(), Some(detail), now)?;
        all_well &= show_detail(&page, &source, now);
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn show_detail(page: &Page, source: &SourceDefinition, now: Instant) -> bool {
    let (read, notes) = trial::detail(page, source.detail.as_ref(), now);
    if let Some(read) = &read {
        let or_none = |value: Option<&str>| value.map_or_else(|| "（没有）".to_owned(), short);
        say!("标题　{}", or_none(read.title.as_deref()));
        say!("时间　{}", read.published_at.map_or_else(|| "（没有）".to_owned(), |at| at.to_string()));
        say!("来源　{}", or_none(read.origin.as_deref()));
        say!("作者　{}", or_none(read.author.as_deref()));
        say!("正文　{} 字：{}", read.text.chars().count(), short(&read.text));
        if let Some(answer) = &read.answer {
            let at = answer.at.map_or_else(|| "（没有时间）".to_owned(), |at| at.to_string());
            say!("答复　{at} {} {}", answer.by.as_deref().unwrap_or("（没有单位）"), short(&answer.text));
        }
        if let Some(reach) = &read.reach {
            let count = |n: Option<u64>| n.map_or_else(|| "—".to_owned(), |n| n.to_string());
            let [views, reposts, comments, likes] =
                [reach.views, reach.reposts, reach.comments, reach.likes].map(count);
            say!("传播　阅读 {views}，转发 {reposts}，评论 {comments}，点赞 {likes}");
        }
        if let Some(comments) = &read.comments {
            say!("跟帖　{} 条", comments.len());
        }
    }
    for note in &notes {
        say!("· {note}");
    }
    read.is_some()
}

fn new(config: &Config, url: &str, html: Option<&Path>, now: Instant) -> Outcome {
    let refused = || Failure::Usage(format!("“{url}”不是网址；请写 http 或 https 的完整地址"));
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let parsed = parsed.ok_or_else(refused)?;
    let yaml = format!(
        "{{ id: draft, kind: feed, name: draft, url: '{}', channel: news, why: draft }}",
        parsed.as_str().replace('\'', "%27")
    );
    let source = SourceDefinition::from_yaml("draft", &yaml).map_err(|error| Failure::Usage(error.to_string()))?;
    let page = page(config, &source, Some(&parsed), html, now)?;
    let proposal = proposal::propose(&page, now).map_err(|why| Failure::Other(anyhow!("{url}：{why}")))?;
    say!("{}", proposal.yaml.trim_end());
    eprintln!("按这份草案，这一页有 {} 条；存为 rules/sources/*.yaml 后用 huiying source test 再看", proposal.items);
    Ok(ExitCode::SUCCESS)
}

/// A saved page, or the one at the address: fetched as a crawl would, `robots.txt` and all.
fn page(
    config: &Config,
    source: &SourceDefinition,
    url: Option<&Url>,
    saved: Option<&Path>,
    now: Instant,
) -> Result<Page, Failure> {
    let charset = Some(source.http.charset.as_str()).filter(|charset| *charset != "auto");
    let (bytes, content_type, url) = match (saved, url) {
        (Some(saved), url) => (read(saved)?, None, url.cloned()),
        (None, Some(url)) => {
            let fetched = super::open::runtime()?.block_on(fetch(url, source, config, now))?;
            match fetched {
                Fetched::Body(body) => (body.bytes.to_vec(), body.content_type.clone(), Some(body.url.clone())),
                Fetched::NotModified => return Err(Failure::Other(anyhow!("{url}：服务器返回 304，没有内容"))),
            }
        }
        (None, None) => return Err(Failure::Usage("信源定义没有 url；请用 --html 给出存下的页面".into())),
    };
    Page::open(&bytes, content_type.as_deref(), charset, url.as_ref())
        .map_err(|error| Failure::Other(anyhow!("{error}")))
}

/// A few requests, at the pace that the definition allows; what is kept of hosts is thrown away.
async fn fetch(url: &Url, source: &SourceDefinition, config: &Config, now: Instant) -> anyhow::Result<Fetched> {
    let folder = tempfile::tempdir()?;
    let store = open::migrated(&StoreOptions::throw_away(&folder.path().join("hosts.db"))).await?;
    let hosts = Arc::new(StoreHosts::new(store.clone(), Arc::new(SystemClock::default())));
    let collect = &config.collect;
    let options = FetchOptions {
        allow_private: collect.allow_private_addresses,
        contact: collect.contact.clone(),
        proxy: collect.proxy.clone(),
    };
    let fetched = match Fetcher::new(options, hosts) {
        Ok(fetcher) => fetcher.ask(url, json::posted_first(source, url), source, None, now).await,
        Err(error) => Err(error),
    };
    store.close().await;
    fetched.map_err(|error| anyhow!("{url}：{error}"))
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| Failure::Usage(format!("{}：不能读取：{error}", file.display())))
}

fn row(number: usize, item: &Item) -> String {
    let time = item.published_at.map_or_else(|| "（没有时间）".to_owned(), |at| at.to_string()[..16].replace('T', " "));
    let title = item.title.as_deref().or(item.text.as_deref()).map_or_else(|| "（没有标题）".to_owned(), short);
    let url = item.url.as_ref().map_or("（没有链接）", Url::as_str);
    let author = item.author.as_deref().map(|author| format!(" {author}")).unwrap_or_default();
    format!("{number:>3} {time} {title}{author} {url}")
}

fn short(text: &str) -> String {
    let line = text.replace('\n', " ");
    let cut: String = line.chars().take(SHOWN_CHARS_MAX).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}
