//! One run over a source (采集一次): its lists, then the pages behind them. It is given what is remembered and gives what it
//! found; nothing here knows the database.
//!
//! What a list shows is remembered before anything of it is fetched (`frontier.rs`); runs take from there, the oldest
//! first. What list or feed says is a mention by the end of the first run, whatever its page answers; the page replaces
//! its text where it is better (`wall.rs`).

mod lists;
mod looks;
mod paged;
mod pages;

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use url::Url;

use super::canonical::canonical;
use super::definition::{SourceDefinition, SourceKind};
use super::fetch::{Fetcher, Validators};
use super::frontier::{Entry, FULL_WALK_EVERY, Find, Walk};
use super::health::Run;
use super::json;
use super::list::Item;
use super::page_time::is_plausible;
use super::reason::Reason;
use crate::domain::ids::MentionId;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::{Engagement, MentionInput};

/// Detail pages that one run fetches; the rest waits for the next.
const DETAILS_MAX: usize = 200;
/// Sitemaps that are read one after the other, from the one that names the others to the one that names pages.
const SITEMAP_LEVELS_MAX: u32 = 3;
/// Entries that are kept together, while a run goes on.
const BATCH_MAX: usize = 20;
/// Pages in a row that could not be reached: then the site is down, and the rest is left.
const UNREACHABLE_MAX: usize = 4;
/// Longest run; what is left then waits for the next, so that one slow site is no endless run.
const RUN_MAX: Span = Span::from_minutes(30);
/// What has no page to read: the list says all there is.
const FILES: [&str; 21] = [
    "pdf", "doc", "docx", "xls", "xlsx", "wps", "et", "ofd", "ppt", "pptx", "zip", "rar", "7z", "txt", "jpg", "jpeg",
    "png", "gif", "mp3", "mp4", "csv",
];

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

/// An item that was seen before, by this source or by another.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Which.
    pub id: MentionId,
    /// As this source's list showed it; none if only another way brought it.
    pub entry: Option<Entry>,
}

/// What became of entries that were kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Mentions that were new.
    pub new: usize,
    /// Mentions of which there is a newer text.
    pub revised: usize,
    /// Comments that were new.
    pub comments: usize,
}

/// Where a run finds what is known, and puts what is new.
#[async_trait]
pub trait Shelf: Send {
    /// The present.
    fn now(&self) -> Instant;
    /// What is known of a page.
    async fn page(&mut self, url: &str) -> Result<Option<Remembered>, ShelfError>;
    /// Which of these were seen.
    async fn known(&mut self, ids: &[MentionId]) -> Result<Vec<Known>, ShelfError>;
    /// Keeps entries with their finds for good, together with how far the walk has come.
    async fn keep(&mut self, entries: Vec<Entry>, walk: &Walk) -> Result<Kept, ShelfError>;
    /// Entries whose page is due, the oldest first.
    async fn due(&mut self, limit: usize) -> Result<Vec<Entry>, ShelfError>;
    /// Entries of which no mention is stored yet, the oldest first.
    async fn untold(&mut self, limit: usize) -> Result<Vec<Entry>, ShelfError>;
    /// Entries whose counts and comments are due to be looked at, those that wait longest first.
    async fn looks(&mut self, limit: usize) -> Result<Vec<Entry>, ShelfError>;
    /// Another entry whose page gave the same text.
    async fn same_page(&mut self, hash: &str, but: &MentionId) -> Result<Option<Entry>, ShelfError>;
    /// The run goes on: whoever waits for its end waits longer.
    async fn go_on(&mut self) -> Result<(), ShelfError>;
}

/// What a run gives besides what it kept: to be stored together.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Scan {
    /// How it went.
    pub run: Run,
    /// How far the walk has come.
    pub walk: Walk,
    /// List pages to remember.
    pub pages: Vec<Remembered>,
}

/// Runs once over a source that is fetched.
pub async fn scan(
    fetcher: &Fetcher,
    source: &SourceDefinition,
    walk: Walk,
    shelf: &mut dyn Shelf,
) -> Result<Scan, ShelfError> {
    let now = shelf.now();
    let is_full = walk.full_at.is_none_or(|at| now - at >= FULL_WALK_EVERY);
    let mut scanner = Scanner {
        fetcher,
        source,
        shelf,
        scan: Scan { walk, ..Scan::default() },
        is_full,
        kept: Vec::new(),
        started_at: now,
        details: 0,
        unreachable: 0,
        met: HashSet::new(),
        visited: HashSet::new(),
        looks: HashMap::new(),
        replies: HashMap::new(),
        is_at_end: false,
        is_paged: false,
    };
    scanner.run().await?;
    Ok(scanner.scan)
}

struct Scanner<'a> {
    fetcher: &'a Fetcher,
    source: &'a SourceDefinition,
    shelf: &'a mut dyn Shelf,
    scan: Scan,
    /// Whether this run walks through all list pages, known or not.
    is_full: bool,
    /// Entries that are kept with the next batch.
    kept: Vec<Entry>,
    started_at: Instant,
    details: usize,
    unreachable: usize,
    /// What this run has come across: lists repeat what is pinned to their top.
    met: HashSet<MentionId>,
    visited: HashSet<String>,
    /// Entries whose counts a list has to show, because their look is due.
    looks: HashMap<MentionId, Entry>,
    /// Entries whose feed of comments is to be read, with the counts that said so.
    replies: HashMap<MentionId, Option<Engagement>>,
    /// Whether this run came to the end of the list.
    is_at_end: bool,
    /// Whether the list has pages behind its first.
    is_paged: bool,
}

impl Scanner<'_> {
    async fn run(&mut self) -> Result<(), ShelfError> {
        let Some(first) = self.source.url.as_deref().and_then(|url| Url::parse(url).ok()) else {
            self.scan.run.error = Some("没有可用的 url".into());
            self.scan.run.reason = Some(Reason::Definition);
            return Ok(());
        };
        let addresses = match self.source.kind {
            SourceKind::Json => json::addresses(self.source, &first),
            _ => vec![first],
        };
        let pages_max = match self.source.kind {
            SourceKind::Sitemap => SITEMAP_LEVELS_MAX,
            _ => self.source.list.as_ref().map_or(1, |list| list.max_pages).max(addresses.len() as u32),
        };
        let resume = self.scan.walk.resume.clone();
        self.await_looks(pages_max).await?;
        self.walk(&addresses, addresses[0].clone(), pages_max, true).await?;
        // A walk that was cut off nearer to the head goes on from there the next time, and comes past this place too.
        if resume == self.scan.walk.resume
            && let Some((url, left)) = resume
            && let Ok(url) = Url::parse(&url)
        {
            self.finish_walk(&addresses, url, left.min(pages_max)).await?;
        }
        self.pages().await?;
        self.tell().await?;
        self.look_again().await
    }

    /// Whether this run has lasted long enough.
    fn is_over(&self) -> bool {
        self.shelf.now() - self.started_at >= RUN_MAX
    }

    async fn flush(&mut self) -> Result<(), ShelfError> {
        let kept = std::mem::take(&mut self.kept);
        if kept.is_empty() {
            return Ok(());
        }
        self.keep(kept).await
    }

    async fn keep(&mut self, mut entries: Vec<Entry>) -> Result<(), ShelfError> {
        for entry in &mut entries {
            entry.told |= entry.find.is_some();
        }
        let kept = self.shelf.keep(entries, &self.scan.walk).await?;
        self.scan.run.new += kept.new;
        self.scan.run.revised += kept.revised;
        self.scan.run.comments += kept.comments;
        Ok(())
    }

    /// Letters are looked at again until some days after their answer.
    fn watches_answers(&self) -> bool {
        self.source.kind == SourceKind::Board
            && self.source.detail.as_ref().is_some_and(|detail| detail.reply.is_some())
    }

    /// The page to read of an item; none where the list says all there is.
    fn page_of(&self, item: &Item) -> Option<Url> {
        let wanted = match self.source.kind {
            SourceKind::Feed => !item.is_whole || self.source.detail.is_some(),
            SourceKind::Json | SourceKind::Rsshub => self.source.detail.is_some(),
            _ => !item.is_whole,
        };
        let url = item.url.as_ref().filter(|_| wanted)?;
        let ending = url.path().rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
        let is_file = ending.is_some_and(|ending| FILES.iter().any(|file| ending.eq_ignore_ascii_case(file)));
        (!is_file).then(|| url.clone())
    }

    /// The mention that the list alone makes; none where it says nothing.
    fn find(&self, item: &Item) -> Option<Find> {
        let mut mention = self.mention(item);
        if mention.text.trim().is_empty() {
            mention.text = mention.title.clone().unwrap_or_default();
        }
        (!mention.text.trim().is_empty()).then_some(Find { mention, answer: None })
    }

    /// The mention as far as the list tells.
    fn mention(&self, item: &Item) -> MentionInput {
        MentionInput {
            id: item.id.clone(),
            url: item.url.as_ref().map(|url| canonical(url).to_string()),
            channel: self.source.channel,
            source: Some(self.source.id.clone()),
            title: item.title.clone(),
            text: item.text.clone().unwrap_or_default(),
            author: item.author.clone(),
            origin: None,
            parent: None,
            published_at: item.published_at.filter(|at| is_plausible(*at, self.shelf.now())),
            collected_at: None,
            region: self.source.region.clone(),
            engagement: item.engagement,
        }
    }
}

fn forced(source: &SourceDefinition) -> Option<&str> {
    Some(source.http.charset.as_str()).filter(|charset| *charset != "auto")
}
