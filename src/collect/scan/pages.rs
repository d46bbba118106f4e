//! The pages behind a list: fetched as they are due, doubted before they replace what the list said, told by the list where
//! they can't be had.

use sha2::{Digest, Sha256};
use url::Url;

use super::{BATCH_MAX, DETAILS_MAX, Scanner, ShelfError, UNREACHABLE_MAX, forced};
use crate::collect::definition::DetailRules;
use crate::collect::detail::{self, Detail};
use crate::collect::fetch::{Body, Fetched};
use crate::collect::frontier::{Entry, Find, State};
use crate::collect::health::Failed;
use crate::collect::list::Item;
use crate::collect::page::Page;
use crate::collect::page_time::is_plausible;
use crate::collect::reason::Reason;
use crate::collect::wall;
use crate::domain::instant::Instant;
use crate::domain::mention::MentionInput;

/// Why a detail page gave nothing.
pub(super) struct Gone {
    pub(super) why: String,
    reason: Reason,
    /// It is no page at all: what the list says is all there is.
    is_file: bool,
}

impl Gone {
    fn of(reason: Reason, why: impl Into<String>) -> Self {
        Self { why: why.into(), reason, is_file: false }
    }
}

impl Scanner<'_> {
    /// Fetches pages that are due, the oldest first, as many as a run may.
    pub(super) async fn pages(&mut self) -> Result<(), ShelfError> {
        self.flush().await?;
        while self.details < DETAILS_MAX && self.unreachable < UNREACHABLE_MAX && !self.is_over() {
            let due = self.shelf.due((DETAILS_MAX - self.details).min(BATCH_MAX)).await?;
            if due.is_empty() {
                return Ok(());
            }
            for entry in due {
                if self.unreachable >= UNREACHABLE_MAX || self.is_over() {
                    break;
                }
                self.details += 1;
                self.fetch(entry).await?;
            }
            self.flush().await?;
        }
        self.scan.run.left = self.shelf.due(DETAILS_MAX).await?.len();
        Ok(())
    }

    async fn fetch(&mut self, mut entry: Entry) -> Result<(), ShelfError> {
        let now = self.shelf.now();
        let Some(url) = self.page_of(&entry.item) else {
            entry.find = self.find(&entry.item);
            entry.stored(None, now);
            self.kept.push(entry);
            return Ok(());
        };
        let gone = match self.whole(&url).await? {
            Ok(mut detail) => match self.doubt(&mut entry, &detail).await? {
                None => {
                    self.note_page(&detail);
                    self.first_look(&mut entry, &mut detail, now);
                    let answer = detail.answer.clone();
                    let mut mention = self.mention(&entry.item);
                    self.fill(&mut mention, &entry.item, detail);
                    entry.stored(self.watches_answers().then_some(answer.is_some()), now);
                    entry.find = Some(Find { mention, answer });
                    self.kept.push(entry);
                    return Ok(());
                }
                Some(why) => Gone::of(Reason::Wall, why),
            },
            Err(gone) => gone,
        };
        if !entry.told {
            entry.find = self.find(&entry.item);
        }
        if gone.is_file && entry.find.is_some() {
            entry.stored(None, now);
        } else {
            let is_known = entry.state == State::Stored;
            // One page that stays dead is asked for again and again, and says nothing of the source.
            if entry.tries == 0 && entry.state == State::Fetch {
                self.scan.run.pages.fresh_failures += 1;
            }
            self.scan.run.pages.fault = Some((gone.reason, format!("详情页取不到正文（{}）", gone.why)));
            entry.failed(&gone.why, now);
            // A letter's page that fails once is looked at again like any; its answer is still awaited.
            if is_known && entry.state == State::GivenUp {
                entry.state = State::Stored;
            }
            let for_good = entry.state == State::GivenUp;
            self.scan.run.failed.push(Failed { what: url.to_string(), why: gone.why, for_good });
        }
        self.kept.push(entry);
        Ok(())
    }

    fn note_page(&mut self, detail: &Detail) {
        let run = &mut self.scan.run;
        run.pages.told += 1;
        run.note("detail.title", detail.title.is_some());
        run.note("detail.published_at", detail.published_at.is_some());
        run.note("detail.author", detail.author.is_some());
        run.note("detail.source", detail.origin.is_some());
    }

    /// Why a page's text must not stand for the post.
    async fn doubt(&mut self, entry: &mut Entry, detail: &Detail) -> Result<Option<String>, ShelfError> {
        if let Some(why) = wall::worse(&detail.text, entry.item.text.as_deref()) {
            return Ok(Some(why));
        }
        let hash = hex::encode(&Sha256::digest(detail.text.as_bytes())[..16]);
        entry.page_hash = Some(hash.clone());
        let title = entry.item.title.as_deref();
        let is_other = |other: &Entry| other.mention != entry.mention && other.page_hash.as_ref() == Some(&hash);
        let in_hand = self.kept.iter().position(is_other);
        let other = match in_hand {
            Some(at) => Some(self.kept.remove(at)),
            None => self.shelf.same_page(&hash, &entry.mention).await?,
        };
        let Some(mut other) = other else { return Ok(None) };
        let is_wall = title.is_some() && other.item.title.as_deref() != title;
        let why = "与另一条的页面完全相同，不作正文";
        // The one that was read first was a wall too: what the list says of it stands again.
        let was_taken = is_wall && other.state == State::Stored;
        if was_taken {
            other.find = self.find(&other.item);
            other.state = State::Fetch;
            other.failed(why, self.shelf.now());
        }
        if was_taken || in_hand.is_some() {
            self.kept.push(other);
        }
        Ok(is_wall.then(|| why.to_owned()))
    }

    /// What no page has told by the end of the run is told by the list.
    pub(super) async fn tell(&mut self) -> Result<(), ShelfError> {
        loop {
            let untold = self.shelf.untold(DETAILS_MAX).await?;
            if untold.is_empty() {
                return Ok(());
            }
            self.shelf.go_on().await?;
            let told = untold.into_iter().map(|mut entry| {
                entry.find = self.find(&entry.item);
                entry.told = true;
                entry
            });
            let told: Vec<Entry> = told.collect();
            self.keep(told).await?;
        }
    }

    /// The page of an item.
    pub(super) async fn detail(&mut self, url: &Url) -> Result<Result<Detail, Gone>, ShelfError> {
        self.shelf.go_on().await?;
        let now = self.shelf.now();
        let body = match self.fetcher.get(url, self.source, None, now).await {
            Ok(Fetched::Body(body)) => body,
            Ok(Fetched::NotModified) => {
                return Ok(Err(Gone::of(Reason::Unreadable, "服务器返回 304，没有内容")));
            }
            Err(error) => {
                let passing = error.is_passing();
                self.unreachable = if passing { self.unreachable + 1 } else { 0 };
                if let Some(pause) = error.retry_after().filter(|_| passing) {
                    // It asked to be left alone: so are its other pages.
                    self.scan.run.retry_after = self.scan.run.retry_after.max(Some(pause));
                    self.unreachable = UNREACHABLE_MAX;
                }
                return Ok(Err(Gone::of(error.reason(), error.to_string())));
            }
        };
        self.unreachable = 0;
        let source = self.source.clone();
        let is_file = is_file(&body);
        let read = self.fetcher.parse(body.bytes.len(), move || {
            let page = Page::open(&body.bytes, body.content_type.as_deref(), forced(&source), Some(&body.url));
            let page = page.map_err(|error| error.to_string())?;
            detail::read(&page, source.detail.as_ref(), now).map_err(|error| error.to_string())
        });
        Ok(read.await.map_err(|why| Gone { is_file, ..Gone::of(Reason::Textless, why) }))
    }

    /// What the page adds to it.
    fn fill(&self, input: &mut MentionInput, item: &Item, detail: Detail) {
        let rules = self.source.detail.as_ref();
        let named = |part: fn(&DetailRules) -> bool| rules.is_some_and(part);
        let is_cut = item.title.as_ref().is_some_and(|title| title.ends_with(['…', '.']));
        if item.title.is_none() || is_cut || named(|rules| rules.title.is_some()) {
            input.title = detail.title.or_else(|| item.title.clone());
        }
        input.text = detail.text;
        input.author = detail.author.or_else(|| item.author.clone());
        input.origin = detail.origin;
        if let Some(reach) = detail.reach {
            input.engagement = Some(reach.over(&item.engagement.unwrap_or_default()));
        }
        let now = self.shelf.now();
        let likely = |at: Option<Instant>| at.filter(|at| is_plausible(*at, now));
        input.published_at = match (likely(item.published_at), likely(detail.published_at)) {
            (Some(of_list), Some(of_page)) => {
                // A list gives the day, the page the time of that day.
                let is_finer = of_page.date() == of_list.date() && Instant::start_of(of_list.date()) == of_list;
                Some(if is_finer || named(|rules| rules.published_at.is_some()) { of_page } else { of_list })
            }
            (of_list, of_page) => of_list.or(of_page),
        };
    }
}

/// Whether an answer says that it is a document rather than a page.
fn is_file(body: &Body) -> bool {
    let kind = body.content_type.as_deref().unwrap_or("").to_ascii_lowercase();
    let is_document =
        ["pdf", "msword", "officedocument", "ms-excel", "octet-stream", "zip", "image/", "video/", "audio/"];
    body.bytes.starts_with(b"%PDF-") || is_document.iter().any(|word| kind.contains(word))
}
