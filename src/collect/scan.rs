//! One run over a source (采集一次): its list, then the pages that are not known yet. It is given what is remembered and gives
//! what it found; nothing here knows the database.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use url::Url;

use super::definition::{SourceDefinition, SourceKind};
use super::detail::{self, Answer, Detail};
use super::fetch::{FetchError, Fetched, Fetcher, Validators};
use super::health::{Failed, Run};
use super::list::{self, Item, Items};
use super::page::Page;
use super::{feed, json};
use crate::domain::ids::MentionId;
use crate::domain::instant::Instant;
use crate::domain::mention::MentionInput;

/// Detail pages that one run fetches.
const DETAILS_MAX: usize = 200;
/// Finds that are kept together, while a run goes on.
const BATCH_MAX: usize = 20;
/// Letters without an answer that one run looks at again.
const RECHECKS_MAX: usize = 20;
/// A detail page is given up when its failures come to this; so five of its own, or a hundred of the network's.
const BROKEN_POINTS_MAX: u32 = 100;
/// What a failure that will hardly pass counts: not found, no text, too large.
const LASTING_POINTS: u32 = 20;
/// What one counts that passes: a server that is down must not cost the posts it holds.
const PASSING_POINTS: u32 = 1;
/// Failing pages that are remembered.
const BROKEN_MAX: usize = 500;
/// Pages in a row that could not be reached: then the site is down, and the rest is left.
const UNREACHABLE_MAX: usize = 4;

/// Why the shelf could not do what it was asked: the database's reason. The run ends; nothing that was kept is lost.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ShelfError(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// What was known of a page, or is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Address.
    pub url: String,
    /// For a conditional request.
    pub validators: Validators,
    /// Hash of its bytes.
    pub hash: Option<String>,
}

/// A mention that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which.
    pub id: MentionId,
    /// Whether it is a letter that waits for an answer.
    pub unanswered: bool,
}

/// A post that was found, with the answer to it if it is a letter that has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    /// The post.
    pub mention: MentionInput,
    /// The answer.
    pub answer: Option<Answer>,
}

/// Where a run finds what is known, and puts what is new.
#[async_trait]
pub trait Shelf: Send {
    /// The present.
    fn now(&self) -> Instant;
    /// What is known of a page.
    async fn page(&mut self, url: &str) -> Result<Option<Remembered>, ShelfError>;
    /// Which of these are there.
    async fn known(&mut self, ids: &[MentionId]) -> Result<Vec<Known>, ShelfError>;
    /// Keeps finds for good; gives how many were new.
    async fn keep(&mut self, finds: Vec<Find>) -> Result<usize, ShelfError>;
    /// The run goes on: whoever waits for its end waits longer.
    async fn go_on(&mut self) -> Result<(), ShelfError>;
}

/// What a run gives besides what it kept: to be stored together.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Scan {
    /// How it went; finds that are not kept yet are not counted as new.
    pub run: Run,
    /// Finds to keep with the source's state.
    pub finds: Vec<Find>,
    /// Pages to remember: none from which something is still to be fetched.
    pub pages: Vec<Remembered>,
}

/// Runs once over a source that is fetched.
pub async fn scan(
    fetcher: &Fetcher,
    source: &SourceDefinition,
    broken: &mut BTreeMap<String, u32>,
    shelf: &mut dyn Shelf,
) -> Result<Scan, ShelfError> {
    let mut scanner = Scanner {
        fetcher,
        source,
        broken,
        shelf,
        scan: Scan::default(),
        details: 0,
        rechecks: 0,
        unreachable: 0,
        met: HashSet::new(),
    };
    scanner.lists().await?;
    Ok(scanner.scan)
}

struct Scanner<'a> {
    fetcher: &'a Fetcher,
    source: &'a SourceDefinition,
    broken: &'a mut BTreeMap<String, u32>,
    shelf: &'a mut dyn Shelf,
    scan: Scan,
    details: usize,
    rechecks: usize,
    unreachable: usize,
    /// What this run has come across: lists repeat what is pinned to their top.
    met: HashSet<MentionId>,
}

/// A list that was fetched and read.
struct Listed {
    items: Items,
    remembered: Remembered,
}

/// Why a detail page gave nothing.
struct Gone {
    why: String,
    /// The network's or the server's doing, rather than the page's.
    passing: bool,
}

impl Gone {
    fn lasting(why: impl Into<String>) -> Self {
        Self { why: why.into(), passing: false }
    }
}

impl Scanner<'_> {
    /// Letters are looked at again until they are answered, so their list is read in full each time.
    fn watches_answers(&self) -> bool {
        self.source.kind == SourceKind::Board
            && self.source.detail.as_ref().is_some_and(|detail| detail.reply.is_some())
    }

    async fn lists(&mut self) -> Result<(), ShelfError> {
        let Some(first) = self.source.url.as_deref().and_then(|url| Url::parse(url).ok()) else {
            self.scan.run.error = Some("没有可用的 url".into());
            return Ok(());
        };
        let mut queue = match self.source.kind {
            SourceKind::Json => json::addresses(self.source, &first),
            _ => vec![first],
        };
        queue.reverse();
        let pages_max = self.source.list.as_ref().map_or(1, |list| list.max_pages as usize).max(queue.len());
        let mut visited: Vec<Url> = Vec::new();
        while let Some(url) = queue.pop() {
            if visited.len() >= pages_max || visited.contains(&url) {
                break;
            }
            visited.push(url.clone());
            self.shelf.go_on().await?;
            let listed = match self.list(&url).await? {
                Ok(Some(listed)) => listed,
                // As it was: what comes after it is older still.
                Ok(None) => break,
                Err(error) => {
                    self.list_failed(&url, &error, visited.len() == 1);
                    break;
                }
            };
            *self.scan.run.seen.get_or_insert(0) += listed.items.items.len() + listed.items.unusable;
            // Rows without a post are a table's head, unless there is nothing else, or they are records of an interface.
            let is_fault = listed.items.items.is_empty() || self.source.kind == SourceKind::Json;
            if listed.items.unusable > 0 && is_fault {
                let why = format!("{} 项既没有链接也没有正文", listed.items.unusable);
                self.scan.run.failed.push(Failed { what: url.to_string(), why, for_good: false });
            }
            let next = listed.items.next.clone();
            let before = (self.scan.run.unchanged, listed.items.items.len());
            let complete = self.items(listed.items.items).await?;
            if complete {
                self.scan.pages.push(listed.remembered);
            }
            // Nothing new on this page: what comes after it is older still.
            let all_known = self.scan.run.unchanged - before.0 == before.1;
            if all_known && !self.watches_answers() {
                break;
            }
            queue.extend(next);
        }
        Ok(())
    }

    fn list_failed(&mut self, url: &Url, error: &ListError, is_first: bool) {
        if is_first {
            self.scan.run.retry_after = error.retry_after;
            self.scan.run.error = Some(error.why.clone());
        } else {
            let failed = Failed { what: url.to_string(), why: error.why.clone(), for_good: false };
            self.scan.run.failed.push(failed);
        }
    }

    async fn list(&mut self, url: &Url) -> Result<Result<Option<Listed>, ListError>, ShelfError> {
        let known = self.shelf.page(url.as_str()).await?.filter(|_| !self.watches_answers());
        let now = self.shelf.now();
        let validators = known.as_ref().map(|known| &known.validators);
        let body = match self.fetcher.get(url, self.source, validators, now).await {
            Ok(Fetched::Body(body)) => body,
            Ok(Fetched::NotModified) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(error.into())),
        };
        let hash = hex::encode(Sha256::digest(&body.bytes));
        if known.is_some_and(|known| known.hash.as_ref() == Some(&hash)) {
            return Ok(Ok(None));
        }
        let remembered = Remembered { url: url.to_string(), validators: body.validators.clone(), hash: Some(hash) };
        let source = self.source.clone();
        let items = off_thread(move || read_list(&source, &body, now)).await;
        Ok(items.map(|items| Some(Listed { items, remembered })).map_err(|why| ListError { why, retry_after: None }))
    }

    /// Takes a list's items; false if something of it is still to be fetched.
    async fn items(&mut self, items: Vec<Item>) -> Result<bool, ShelfError> {
        let inputs: Vec<MentionInput> = items.iter().map(|item| self.mention(item)).collect();
        let ids: Vec<MentionId> = inputs.iter().map(MentionInput::identity).collect();
        let known: HashMap<MentionId, bool> =
            self.shelf.known(&ids).await?.into_iter().map(|known| (known.id, known.unanswered)).collect();
        let mut complete = true;
        for ((item, input), id) in items.into_iter().zip(inputs).zip(ids) {
            if !self.met.insert(id.clone()) {
                self.scan.run.unchanged += 1;
                continue;
            }
            match known.get(&id) {
                Some(unanswered) => {
                    self.scan.run.unchanged += 1;
                    if *unanswered && self.watches_answers() && self.rechecks < RECHECKS_MAX {
                        self.rechecks += 1;
                        self.recheck(&item, input).await?;
                    }
                }
                None => complete &= self.new_item(&item, input).await?,
            }
        }
        Ok(complete)
    }

    /// Takes an item that is not known; false if it is still to be fetched.
    async fn new_item(&mut self, item: &Item, mut input: MentionInput) -> Result<bool, ShelfError> {
        let Some(url) = item.url.as_ref().filter(|_| self.wants_page(item)) else {
            if input.text.trim().is_empty() {
                let what = item.title.clone().or_else(|| item.id.clone()).unwrap_or_else(|| "一条".into());
                self.scan
                    .run
                    .failed
                    .push(Failed { what, why: "没有正文，也没有链接".into(), for_good: false });
                return Ok(true);
            }
            self.find(input, None).await?;
            return Ok(true);
        };
        let points = self.broken.get(url.as_str()).copied().unwrap_or(0);
        if points >= BROKEN_POINTS_MAX {
            // Given up, told when it was.
            self.scan.run.unchanged += 1;
            return Ok(true);
        }
        if self.details >= DETAILS_MAX || self.unreachable >= UNREACHABLE_MAX {
            self.scan.run.left += 1;
            return Ok(false);
        }
        self.details += 1;
        match self.detail(url).await? {
            Ok(detail) => {
                self.broken.remove(url.as_str());
                let answer = detail.answer.clone();
                self.fill(&mut input, item, detail);
                self.find(input, answer).await?;
                Ok(true)
            }
            Err(gone) => {
                let points = points + if gone.passing { PASSING_POINTS } else { LASTING_POINTS };
                let for_good = points >= BROKEN_POINTS_MAX;
                if self.broken.len() >= BROKEN_MAX {
                    self.broken.pop_first();
                }
                self.broken.insert(url.to_string(), points);
                self.scan.run.failed.push(Failed { what: url.to_string(), why: gone.why, for_good });
                // What the feed itself says is better than nothing.
                if for_good && !input.text.trim().is_empty() {
                    self.find(input, None).await?;
                }
                Ok(for_good)
            }
        }
    }

    async fn recheck(&mut self, item: &Item, mut input: MentionInput) -> Result<(), ShelfError> {
        let Some(url) = &item.url else { return Ok(()) };
        match self.detail(url).await? {
            Ok(detail) => {
                if let Some(answer) = detail.answer.clone() {
                    self.fill(&mut input, item, detail);
                    self.scan.finds.push(Find { mention: input, answer: Some(answer) });
                }
            }
            Err(gone) => {
                self.scan.run.failed.push(Failed { what: url.to_string(), why: gone.why, for_good: false });
            }
        }
        Ok(())
    }

    async fn find(&mut self, mention: MentionInput, answer: Option<Answer>) -> Result<(), ShelfError> {
        self.scan.finds.push(Find { mention, answer });
        if self.scan.finds.len() >= BATCH_MAX {
            let finds = std::mem::take(&mut self.scan.finds);
            let count = finds.len();
            let new = self.shelf.keep(finds).await?;
            self.scan.run.new += new;
            self.scan.run.unchanged += count - new.min(count);
        }
        Ok(())
    }

    fn wants_page(&self, item: &Item) -> bool {
        match self.source.kind {
            SourceKind::Feed => !item.is_whole || self.source.detail.is_some(),
            SourceKind::Json => self.source.detail.is_some(),
            _ => !item.is_whole,
        }
    }

    /// The page of an item.
    async fn detail(&mut self, url: &Url) -> Result<Result<Detail, Gone>, ShelfError> {
        self.shelf.go_on().await?;
        let now = self.shelf.now();
        let body = match self.fetcher.get(url, self.source, None, now).await {
            Ok(Fetched::Body(body)) => body,
            Ok(Fetched::NotModified) => {
                return Ok(Err(Gone::lasting("服务器返回 304，没有内容")));
            }
            Err(error) => {
                let passing = error.is_passing();
                self.unreachable = if passing { self.unreachable + 1 } else { 0 };
                return Ok(Err(Gone { why: error.to_string(), passing }));
            }
        };
        self.unreachable = 0;
        let source = self.source.clone();
        let read = off_thread(move || {
            let page = Page::open(&body.bytes, body.content_type.as_deref(), forced(&source), Some(&body.url));
            let page = page.map_err(|error| error.to_string())?;
            detail::read(&page, source.detail.as_ref(), now).map_err(|error| error.to_string())
        });
        Ok(read.await.map_err(Gone::lasting))
    }

    /// The mention as far as the list tells.
    fn mention(&self, item: &Item) -> MentionInput {
        MentionInput {
            id: item.id.clone(),
            url: item.url.as_ref().map(Url::to_string),
            channel: self.source.channel,
            source: Some(self.source.id.clone()),
            title: item.title.clone(),
            text: item.text.clone().unwrap_or_default(),
            author: item.author.clone(),
            published_at: item.published_at,
            collected_at: None,
            region: self.source.region.clone(),
            engagement: item.engagement,
        }
    }

    /// What the page adds to it.
    fn fill(&self, input: &mut MentionInput, item: &Item, detail: Detail) {
        let rules = self.source.detail.as_ref();
        let named = |part: fn(&super::definition::DetailRules) -> bool| rules.is_some_and(part);
        let is_cut = item.title.as_ref().is_some_and(|title| title.ends_with(['…', '.']));
        if item.title.is_none() || is_cut || named(|rules| rules.title.is_some()) {
            input.title = detail.title.or_else(|| item.title.clone());
        }
        input.text = detail.text;
        input.author = detail.author.or_else(|| item.author.clone());
        input.published_at = match (item.published_at, detail.published_at) {
            (Some(of_list), Some(of_page)) => {
                // A list gives the day, the page the time of that day.
                let is_finer = of_page.date() == of_list.date() && Instant::start_of(of_list.date()) == of_list;
                Some(if is_finer || named(|rules| rules.published_at.is_some()) { of_page } else { of_list })
            }
            (of_list, of_page) => of_list.or(of_page),
        };
    }
}

struct ListError {
    why: String,
    retry_after: Option<crate::domain::instant::Span>,
}

impl From<FetchError> for ListError {
    fn from(error: FetchError) -> Self {
        Self { why: error.to_string(), retry_after: error.retry_after() }
    }
}

fn forced(source: &SourceDefinition) -> Option<&str> {
    Some(source.http.charset.as_str()).filter(|charset| *charset != "auto")
}

fn read_list(source: &SourceDefinition, body: &super::fetch::Body, now: Instant) -> Result<Items, String> {
    let (bytes, content_type) = (&body.bytes[..], body.content_type.as_deref());
    let said = |error: &dyn std::fmt::Display| error.to_string();
    match (source.kind, &source.list, &source.json) {
        (SourceKind::Feed, ..) => {
            let page = Page::decode(bytes, content_type, forced(source), Some(&body.url)).map_err(|e| said(&e))?;
            let items = feed::read(&page).map_err(|e| said(&e))?;
            Ok(Items { items, ..Items::default() })
        }
        (SourceKind::Json, _, Some(rules)) => {
            let page = Page::decode(bytes, content_type, forced(source), Some(&body.url)).map_err(|e| said(&e))?;
            json::read(&page, rules, source.detail.is_none(), now).map_err(|e| said(&e))
        }
        (_, Some(rules), _) => {
            let page = Page::open(bytes, content_type, forced(source), Some(&body.url)).map_err(|e| said(&e))?;
            Ok(list::read(&page, rules, now))
        }
        _ => Err("信源定义缺少 list 或 json".into()),
    }
}

/// Parses where blocking is allowed; a panic is that page's failure.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err("解析器不能处理这个页面".into()),
    }
}
