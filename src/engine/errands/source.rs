//! A source tried or proposed for a page: fetched as a crawl would, with its checks of addresses, its pace and `robots.txt`.
//! Nothing is stored.

use std::sync::Arc;

use url::Url;

use super::Progress;
use crate::collect::fetch::{Body, Fetched, Fetcher};
use crate::collect::list::Item;
use crate::collect::page::Page;
use crate::collect::{json, proposal, trial};
use crate::domain::errand::{ErrandResult, Tried, TriedItem, TriedPage};
use crate::domain::instant::Instant;
use crate::engine::Engine;
use crate::engine::collect::Collector;
use crate::rules::source::{SourceDefinition, SourceKind};

/// Items that are shown.
const ITEMS_MAX: usize = 30;
/// Pages of items that are fetched.
const PAGES_MAX: usize = 2;
/// Characters of a text that are shown.
const SHOWN_CHARS_MAX: usize = 200;

impl Engine {
    /// Proposes a definition from a page.
    pub(super) async fn propose_source(&self, url: &str) -> Result<ErrandResult, String> {
        let now = self.clock.now();
        let url = Url::parse(url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or("不是网址；请写 http 或 https 开头的完整地址")?;
        let yaml = format!(
            "{{ id: draft, kind: feed, name: draft, url: '{}', channel: news, why: draft }}",
            url.as_str().replace('\'', "%27")
        );
        let source = SourceDefinition::from_yaml("draft", &yaml).map_err(|error| error.to_string())?;
        let collector = self.errand_collector().await?;
        let body = fetch(&collector.fetcher, &url, &source, now).await?;
        let bytes = body.bytes.len();
        let work = move || proposal::propose(&open(&body, None)?, now);
        let proposal = collector.fetcher.parse(bytes, work).await.map_err(|why| format!("{url}：{why}"))?;
        Ok(ErrandResult::SourceProposal { text: proposal.yaml, items: proposal.items })
    }

    /// Shows what a definition would collect.
    pub(super) async fn test_source(&self, text: &str, progress: &Progress) -> Result<Tried, String> {
        let now = self.clock.now();
        let source = SourceDefinition::from_yaml("sources/", text).map_err(|error| error.to_string())?;
        if !source.kind.is_fetched() {
            return Err("这种信源由对方送来（文件夹或推送），没有可试的网页".to_owned());
        }
        let url = source.url.as_deref().and_then(|url| Url::parse(url).ok()).ok_or("信源没有写 url")?;
        let collector = self.errand_collector().await?;
        let body = fetch(&collector.fetcher, &url, &source, now).await?;
        let (of_list, charset) = (source.clone(), charset(&source));
        let (trial, charset) = collector
            .fetcher
            .parse(body.bytes.len(), move || {
                let page = open(&body, charset.as_deref())?;
                Ok((trial::list(&page, &of_list, now)?, page.charset.to_string()))
            })
            .await
            .map_err(|why| format!("{url}：{why}"))?;
        let mut tried = Tried {
            items: trial.items.iter().take(ITEMS_MAX).map(shown).collect(),
            count: trial.items.len(),
            charset,
            notes: trial.notes,
            pages: Vec::new(),
        };
        if source.kind == SourceKind::Json || source.list.as_ref().is_some_and(|list| list.text.is_some()) {
            return Ok(tried);
        }
        let pages: Vec<Url> = trial.items.iter().filter_map(|item| item.url.clone()).take(PAGES_MAX).collect();
        for (done, url) in pages.iter().enumerate() {
            progress.at(done + 1, pages.len() + 1);
            tried.pages.push(self.try_page(&collector, url, &source, now).await);
        }
        Ok(tried)
    }

    async fn try_page(&self, collector: &Collector, url: &Url, source: &SourceDefinition, now: Instant) -> TriedPage {
        let of_page = TriedPage { url: url.to_string(), ..TriedPage::default() };
        let body = match fetch(&collector.fetcher, url, source, now).await {
            Ok(body) => body,
            Err(why) => return TriedPage { notes: vec![why], ..of_page },
        };
        let (rules, charset) = (source.detail.clone(), charset(source));
        let read = collector
            .fetcher
            .parse(body.bytes.len(), move || Ok(trial::detail(&open(&body, charset.as_deref())?, rules.as_ref(), now)))
            .await;
        match read {
            Err(why) => TriedPage { notes: vec![why], ..of_page },
            Ok((None, notes)) => TriedPage { notes, ..of_page },
            Ok((Some(read), notes)) => TriedPage {
                title: read.title,
                published_at: read.published_at,
                origin: read.origin,
                author: read.author,
                chars: read.text.chars().count(),
                text: Some(short(&read.text)),
                answer: read.answer.map(|answer| short(&answer.text)),
                notes,
                ..of_page
            },
        }
    }

    async fn errand_collector(&self) -> Result<Arc<Collector>, String> {
        if !self.options.collect.enabled {
            return Err("这个服务不采集（演练，或 collect.enabled = false），不能访问网站".to_owned());
        }
        self.collector().await.map_err(|error| error.to_string())
    }
}

fn charset(source: &SourceDefinition) -> Option<String> {
    Some(source.http.charset.clone()).filter(|charset| charset != "auto")
}

fn open(body: &Body, charset: Option<&str>) -> Result<Page, String> {
    Page::open(&body.bytes, body.content_type.as_deref(), charset, Some(&body.url)).map_err(|error| error.to_string())
}

async fn fetch(fetcher: &Fetcher, url: &Url, source: &SourceDefinition, now: Instant) -> Result<Body, String> {
    match fetcher.ask(url, json::posted_first(source, url), source, None, now).await {
        Ok(Fetched::Body(body)) => Ok(body),
        Ok(Fetched::NotModified) => Err(format!("{url}：服务器返回 304，没有内容")),
        Err(error) => Err(format!("{url}：{error}")),
    }
}

fn shown(item: &Item) -> TriedItem {
    TriedItem {
        url: item.url.as_ref().map(Url::to_string),
        title: item.title.clone(),
        text: item.text.as_deref().map(short),
        published_at: item.published_at,
        author: item.author.clone(),
    }
}

fn short(text: &str) -> String {
    let cut: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN_CHARS_MAX).collect();
    if cut.chars().count() < text.chars().count() { format!("{cut}…") } else { cut }
}
