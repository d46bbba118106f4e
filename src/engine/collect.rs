//! Collecting (采集): which sources are due, one run over each, and what it gave stored in one transaction with the source's
//! state. Killed at any point, a run loses requests and no mention: a page is remembered only with what was on it, and the
//! same post is the same mention.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::{Engine, EngineError};
use crate::acts::intake::Intake;
use crate::clock::SharedClock;
use crate::collect::detail::Answer;
use crate::collect::fetch::Fetcher;
use crate::collect::fetch::Validators;
use crate::collect::health::{Counters, Failed, Health, Memory, Run, interval, message, next_run};
use crate::collect::scan::{Find, Known, Remembered, Scan, Shelf, ShelfError, scan};
use crate::domain::ids::MentionId;
use crate::domain::instant::{Instant, Span};
use crate::rules::Rules;
use crate::rules::source::{SourceDefinition, SourceKind};
use crate::store::{NewMention, NewReject, SourcePage, SourceRow, Store, StoreError, Tx};

/// Whoever has a source and has not gone on for so long has lost it; besides, one request may take its whole time.
const LEASE: Span = Span::from_minutes(2);
/// A run renews its lease no more often than this.
const LEASE_RENEWED_AFTER: Span = Span::from_secs(30);
/// Pages are forgotten when they have not been fetched for so long.
const PAGES_KEPT: Span = Span::from_days(30);
/// Of a board's known letters so many are looked up for whether they were answered.
const LETTERS_LOOKED_UP_MAX: usize = 100;

/// How an engine collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectOptions {
    /// Whether it collects by itself.
    pub enabled: bool,
    /// Whether every source may lie in a private network.
    pub allow_private: bool,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self { enabled: true, allow_private: false }
    }
}

/// What collecting needs, made when it is first needed.
#[derive(Debug)]
pub(super) struct Collector {
    fetcher: Fetcher,
    pub(super) intake: Intake,
}

/// What became of one source.
#[derive(Clone, Debug, PartialEq)]
pub struct Collected {
    /// 信源 id.
    pub source: String,
    /// How the run went.
    pub run: Run,
    /// How the source does now.
    pub health: Health,
    /// When it is read next.
    pub next_run_at: Option<Instant>,
}

/// Whether the engine reads it: the others push, or are switched off.
fn is_collected(source: &SourceDefinition) -> bool {
    source.enabled && (source.kind.is_fetched() || source.kind == SourceKind::Inbox)
}

impl Engine {
    /// Makes the rows of sources what the rules say: a new one is due at once, one that is gone is forgotten with what was
    /// known of its pages, one that was switched off is due no more.
    pub async fn sync_sources(&self, now: Instant) -> Result<(), EngineError> {
        let rules = self.rules.load_full();
        let mut rows: BTreeMap<String, SourceRow> =
            self.store.sources().await?.into_iter().map(|row| (row.source.clone(), row)).collect();
        let mut tx = self.store.write().await?;
        for source in &rules.sources {
            let row = rows.remove(&source.id);
            match (is_collected(source), row) {
                (true, None) => {
                    let row = SourceRow {
                        source: source.id.clone(),
                        state: "{}".into(),
                        health: "new".into(),
                        next_run_at: Some(now),
                        ..SourceRow::default()
                    };
                    tx.put_source(&row).await?;
                }
                (true, Some(row)) if row.next_run_at.is_none() => {
                    tx.put_source(&SourceRow { next_run_at: Some(now), ..row }).await?;
                }
                (false, Some(row)) if row.next_run_at.is_some() => {
                    tx.put_source(&SourceRow { next_run_at: None, ..row }).await?;
                }
                _ => {}
            }
        }
        for gone in rows.into_keys() {
            tx.prune_source_pages(&gone, Instant::from_ms(i64::MAX)).await?;
            tx.delete_source(&gone).await?;
            tracing::info!(source = %gone, "a source is configured no more; it is forgotten");
        }
        tx.commit().await?;
        *self.synced.lock() = Some(rules.version.clone());
        Ok(())
    }

    /// Claims sources that are due; whoever runs them calls [`Engine::collect_claimed`].
    pub(super) async fn claim_due_sources(&self, now: Instant, limit: usize) -> Result<Vec<String>, EngineError> {
        if self.synced.lock().as_deref() != Some(self.rules.load().version.as_str()) {
            self.sync_sources(now).await?;
        }
        if limit == 0 || self.store.next_source_run().await?.is_none_or(|next| next > now) {
            return Ok(Vec::new());
        }
        let mut tx = self.store.write().await?;
        let rows = tx.claim_sources(now, now + LEASE, i64::try_from(limit).unwrap_or(1)).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(|row| row.source).collect())
    }

    /// Runs over all sources that are due, one after the other.
    pub async fn collect_due(&self, now: Instant) -> Result<Vec<Collected>, EngineError> {
        let mut all = Vec::new();
        loop {
            let claimed = self.claim_due_sources(now, 1).await?;
            if claimed.is_empty() {
                return Ok(all);
            }
            for source in claimed {
                all.extend(self.collect_claimed(&source).await?);
            }
        }
    }

    /// Runs over one source now, due or not; `None` if somebody else has it, or nobody knows it.
    pub async fn collect_now(&self, source: &str) -> Result<Option<Collected>, EngineError> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let claimed = tx.claim_source(source, now, now + LEASE).await?;
        tx.commit().await?;
        if claimed.is_none() {
            return Ok(None);
        }
        self.collect_claimed(source).await
    }

    /// Gives a claimed source back unread.
    pub(super) async fn give_back_source(&self, source: &str) -> Result<(), EngineError> {
        let mut tx = self.store.write().await?;
        tx.lease_source(source, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Runs over a source that was claimed.
    pub(super) async fn collect_claimed(&self, id: &str) -> Result<Option<Collected>, EngineError> {
        let rules = self.rules.load_full();
        let Some(source) = rules.sources.iter().find(|source| source.id == id && is_collected(source)) else {
            self.sync_sources(self.clock.now()).await?;
            return Ok(None);
        };
        let row = self.store.source(id).await?.unwrap_or_default();
        let mut memory: Memory = serde_json::from_str(&row.state).unwrap_or_default();
        let started_at = self.clock.now();
        memory.first_run_at.get_or_insert(started_at);
        let definition = definition_hash(source);
        let is_changed = memory.definition != definition;
        if is_changed {
            // What an older definition did not find may be found now.
            memory.broken.clear();
            memory.definition = definition;
        }
        let collector = self.collector().await?;
        let mut shelf = StoreShelf {
            store: self.store.clone(),
            intake: collector.intake.clone(),
            clock: self.clock.clone(),
            rules: rules.clone(),
            source: source.clone(),
            leased_at: started_at,
            forgets_pages: is_changed,
            refused: Vec::new(),
        };
        let scan = match source.kind {
            SourceKind::Inbox => Scan { run: shelf.inbox().await?, ..Scan::default() },
            _ => scan(&collector.fetcher, source, &mut memory.broken, &mut shelf)
                .await
                .map_err(|error| failed(id, error))?,
        };
        self.finish(source, row, memory, scan, shelf).await.map(Some)
    }

    /// Stores what is left of a run together with the source's state.
    async fn finish(
        &self,
        source: &SourceDefinition,
        row: SourceRow,
        mut memory: Memory,
        scan: Scan,
        mut shelf: StoreShelf,
    ) -> Result<Collected, EngineError> {
        let now = self.clock.now();
        let Scan { mut run, finds, pages } = scan;
        let count = finds.len();
        let mut tx = self.store.write().await?;
        let new = shelf.put(&mut tx, finds).await?;
        run.new += new;
        run.unchanged += count.saturating_sub(new + shelf.refused.len());
        run.failed.append(&mut shelf.refused);
        match run.seen {
            Some(seen) => memory.items = seen,
            // The list is as it was, and so is everything on it.
            None if run.error.is_none() => run.unchanged = memory.items,
            None => {}
        }
        for page in pages {
            tx.put_source_page(&remembered_page(&source.id, page, now)).await?;
        }
        tx.prune_source_pages(&source.id, now - PAGES_KEPT).await?;
        if source.kind != SourceKind::Inbox {
            tx.insert_rejects(&rejects(source, &run, now)).await?;
        }
        let counters = Counters {
            failures: row.failures,
            empty_runs: row.empty_runs,
            last_ok_at: row.last_ok_at,
            last_new_at: row.last_new_at,
        };
        let counters = counters.after(&run, now);
        let health = counters.health(&source.alert, memory.first_run_at, now);
        let interval = interval(&source.schedule, memory.interval_ms, &run, counters.failures);
        if run.error.is_none() {
            memory.interval_ms = Some(interval.ms());
        }
        let next_run_at = Some(next_run(source, interval, row.runs + 1, now));
        let row = SourceRow {
            source: source.id.clone(),
            state: serde_json::to_string(&memory).unwrap_or_else(|_| "{}".into()),
            health: health.id().into(),
            message: message(health, &counters, &run),
            last_run_at: Some(now),
            last_ok_at: counters.last_ok_at,
            last_new_at: counters.last_new_at,
            next_run_at,
            leased_until: None,
            failures: counters.failures,
            empty_runs: counters.empty_runs,
            runs: row.runs + 1,
            new_count: row.new_count + i64::try_from(run.new).unwrap_or(i64::MAX),
        };
        tx.put_source(&row).await?;
        tx.commit().await?;
        let outcome = if run.error.is_some() { "failed" } else { "ok" };
        metrics::counter!("huiying_collections_total", "source" => source.id.clone(), "outcome" => outcome)
            .increment(1);
        metrics::counter!("huiying_mentions_collected_total", "source" => source.id.clone()).increment(run.new as u64);
        match &run.error {
            Some(error) => {
                tracing::warn!(source = %source.id, %error, failures = row.failures, "a source can't be collected")
            }
            None => {
                tracing::info!(source = %source.id, new = run.new, unchanged = run.unchanged, failed = run.failed.len(), "collected")
            }
        }
        Ok(Collected { source: source.id.clone(), run, health, next_run_at })
    }

    async fn collector(&self) -> Result<Arc<Collector>, EngineError> {
        let make = || async {
            let key = self.options.author_key.as_ref();
            let key = key.ok_or_else(|| EngineError::Collect("没有作者散列密钥".to_owned()))?;
            let intake = Intake::new(&self.store, key).map_err(|error| EngineError::Collect(error.to_string()))?;
            let fetcher = Fetcher::new(self.options.collect.allow_private);
            let fetcher = fetcher.map_err(|error| EngineError::Collect(error.to_string()))?;
            Ok(Arc::new(Collector { fetcher, intake }))
        };
        self.collector.get_or_try_init(make).await.cloned()
    }
}

fn definition_hash(source: &SourceDefinition) -> String {
    let text = serde_json::to_string(source).unwrap_or_default();
    hex::encode(&Sha256::digest(text.as_bytes())[..8])
}

fn failed(source: &str, error: ShelfError) -> EngineError {
    match error.0.downcast::<StoreError>() {
        Ok(error) => EngineError::Store(*error),
        Err(error) => EngineError::Collect(format!("信源 {source}：{error}")),
    }
}

fn remembered_page(source: &str, page: Remembered, now: Instant) -> SourcePage {
    SourcePage {
        source: source.to_owned(),
        url: page.url,
        etag: page.validators.etag,
        last_modified: page.validators.last_modified,
        content_hash: page.hash,
        fetched_at: now,
    }
}

/// What will not be tried again is kept where people look for it.
fn rejects(source: &SourceDefinition, run: &Run, now: Instant) -> Vec<NewReject> {
    let for_good = run.failed.iter().filter(|failed| failed.for_good);
    let reject = |failed: &Failed| NewReject {
        origin: format!("source:{}", source.id),
        line: None,
        reason: failed.why.clone(),
        sample: failed.what.clone(),
        at: now,
    };
    for_good.map(reject).collect()
}

/// The store, as a run sees it.
pub(super) struct StoreShelf {
    pub(super) store: Store,
    pub(super) intake: Intake,
    pub(super) clock: SharedClock,
    pub(super) rules: Arc<Rules>,
    pub(super) source: SourceDefinition,
    leased_at: Instant,
    /// Whether pages are read though nothing has changed on them.
    forgets_pages: bool,
    /// Finds that can't be mentions.
    pub(super) refused: Vec<Failed>,
}

impl StoreShelf {
    /// A mention ready to be stored, or why it can't be.
    pub(super) fn prepare(
        &self,
        input: crate::domain::mention::MentionInput,
        now: Instant,
    ) -> Result<NewMention, String> {
        self.intake.arrive(input, Some(&self.source), &self.rules.office, now, false)
    }

    /// Stores finds; gives how many were new.
    async fn put(&mut self, tx: &mut Tx, finds: Vec<Find>) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let (mut mentions, mut answers) = (Vec::new(), Vec::new());
        for find in finds {
            let what = find.mention.url.clone().or_else(|| find.mention.title.clone()).unwrap_or_else(|| "一条".into());
            match self.prepare(find.mention, now) {
                Ok(mention) => {
                    answers.push(find.answer);
                    mentions.push(mention);
                }
                Err(why) => self.refused.push(Failed { what, why, for_good: true }),
            }
        }
        let inserted = tx.insert_mentions(&mentions).await?;
        for (mention, answer) in inserted.iter().zip(answers) {
            if let Some(Answer { at, by }) = answer {
                // A page that shows an answer without its time was answered by now at the latest.
                tx.answer_mention(&mention.id, at.unwrap_or(now), by.as_deref()).await?;
            }
        }
        Ok(inserted.iter().filter(|mention| mention.new).count())
    }

    /// Has the source longer.
    pub(super) async fn renew(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        if now - self.leased_at < LEASE_RENEWED_AFTER {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        tx.lease_source(&self.source.id, Some(now + self.source.http.timeout.0 + LEASE)).await?;
        tx.commit().await?;
        self.leased_at = now;
        Ok(())
    }
}

fn shelf_error(error: StoreError) -> ShelfError {
    ShelfError(Box::new(error))
}

#[async_trait]
impl Shelf for StoreShelf {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    async fn page(&mut self, url: &str) -> Result<Option<Remembered>, ShelfError> {
        if self.forgets_pages {
            return Ok(None);
        }
        let page = self.store.source_page(&self.source.id, url).await.map_err(shelf_error)?;
        Ok(page.map(|page| Remembered {
            url: page.url,
            validators: Validators { etag: page.etag, last_modified: page.last_modified },
            hash: page.content_hash,
        }))
    }

    async fn known(&mut self, ids: &[MentionId]) -> Result<Vec<Known>, ShelfError> {
        let ids = self.store.known_mentions(ids).await.map_err(shelf_error)?;
        let mut known = Vec::with_capacity(ids.len());
        for (n, id) in ids.into_iter().enumerate() {
            let mut unanswered = false;
            if self.source.kind == SourceKind::Board && n < LETTERS_LOOKED_UP_MAX {
                let letter = self.store.mention(&id).await.map_err(shelf_error)?;
                unanswered = letter.is_some_and(|letter| letter.answered_at.is_none());
            }
            known.push(Known { id, unanswered });
        }
        Ok(known)
    }

    async fn keep(&mut self, finds: Vec<Find>) -> Result<usize, ShelfError> {
        let mut tx = self.store.write().await.map_err(shelf_error)?;
        let new = self.put(&mut tx, finds).await.map_err(shelf_error)?;
        tx.commit().await.map_err(shelf_error)?;
        Ok(new)
    }

    async fn go_on(&mut self) -> Result<(), ShelfError> {
        self.renew().await.map_err(shelf_error)
    }
}
