//! Collecting (采集): which sources are due, one run over each, and what it gave stored in one transaction with the source's
//! state. Killed at any point, a run loses requests and no mention: a page is remembered only with what was on it, and the
//! same post is the same mention.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::hosts::StoreHosts;
use super::shelf::StoreShelf;
use super::sight::Sight;
use super::{Engine, EngineError};
use crate::acts::intake::Intake;
use crate::collect::fetch::{FetchOptions, Fetcher};
use crate::collect::frontier::{ASLEEP, Walk};
use crate::collect::health::{Counters, Failed, Health, Memory, Past, Run, Verdict};
use crate::collect::interval::{interval, next_run};
use crate::collect::scan::{Remembered, Scan, ShelfError, scan};
use crate::domain::instant::{Instant, Span};
use crate::rules::source::{SourceDefinition, SourceKind};
use crate::store::{NewReject, SourcePage, SourceRow, StoreError};

/// Whoever has a source and has not gone on for so long has lost it; besides, one request may take its whole time.
pub(super) const LEASE: Span = Span::from_minutes(2);
/// Between two renewals of a run's lease, in seconds of the wall.
const LEASE_KEPT_EVERY_S: f64 = 30.0;
/// Pages are forgotten when they have not been fetched for so long.
const PAGES_KEPT: Span = Span::from_days(30);
/// An item that needs nothing more is forgotten when no list has shown it for so long.
const ITEMS_KEPT: Span = Span::from_days(400);
/// Between two looks for posts that came into an incident after their own looks were done.
const LOOKS_WOKEN_EVERY: Span = Span::from_hours(1);

/// How an engine collects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectOptions {
    /// Whether it collects by itself.
    pub enabled: bool,
    /// Whether every source's own host may lie in a private network.
    pub allow_private: bool,
    /// Whom a site's owner can turn to; told with every request.
    pub contact: Option<String>,
    /// The proxy by which public addresses are fetched.
    pub proxy: Option<String>,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self { enabled: true, allow_private: false, contact: None, proxy: None }
    }
}

/// What collecting needs, made when it is first needed.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) fetcher: Fetcher,
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

/// Whether the engine looks at it; of one that pushes it looks at what has arrived.
fn is_collected(source: &SourceDefinition) -> bool {
    source.enabled
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
                    // Not looked at on purpose: no blind spot.
                    tx.put_source(&SourceRow { next_run_at: None, blind_since: None, ..row }).await?;
                }
                _ => {}
            }
        }
        for gone in rows.into_keys() {
            tx.prune_source_pages(&gone, Instant::from_ms(i64::MAX)).await?;
            tx.forget_source_items(&gone).await?;
            tx.forget_arrivals(&gone).await?;
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
        if self.looks_woken_at.lock().is_none_or(|at| now - at >= LOOKS_WOKEN_EVERY || now < at) {
            tx.wake_looks(now, ASLEEP).await?;
            *self.looks_woken_at.lock() = Some(now);
        }
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
        let mut walk = self.walk_of(id).await?;
        if is_changed {
            // What an older definition did not find may be found now.
            memory.definition = definition;
            (memory.past, memory.trouble) = (Past::default(), None);
            walk = Walk::default();
            let mut tx = self.store.write().await?;
            tx.renew_source_items(id, started_at).await?;
            tx.commit().await?;
        }
        let collector = self.collector().await?;
        let mut shelf = StoreShelf::new(self, collector.intake.clone(), rules.clone(), source.clone(), started_at);
        shelf.forgets_pages = is_changed;
        shelf.has_given = row.last_new_at.is_some();
        let scan = match source.kind {
            SourceKind::Inbox => Scan { run: shelf.inbox().await?, walk, ..Scan::default() },
            SourceKind::Webhook => Scan { run: self.arrived(id, &mut memory).await?, walk, ..Scan::default() },
            _ => {
                // However long it waits for a host, the source is its own.
                let kept = self.keep_lease(id);
                tokio::select! {
                    done = scan(&collector.fetcher, source, walk, &mut shelf) => done.map_err(|error| failed(id, error))?,
                    error = kept => return Err(error),
                }
            }
        };
        self.finish(source, row, memory, scan, shelf).await.map(Some)
    }

    /// Has a source for as long as this is waited for; ends only where the database fails.
    async fn keep_lease(&self, source: &str) -> EngineError {
        let pause = std::time::Duration::from_secs_f64(LEASE_KEPT_EVERY_S / self.clock.speed());
        let mut due = tokio::time::interval(pause);
        loop {
            due.tick().await;
            let until = self.clock.now() + LEASE;
            let kept = async {
                let mut tx = self.store.write().await?;
                tx.lease_source(source, Some(until)).await?;
                tx.commit().await
            };
            if let Err(error) = kept.await {
                return error.into();
            }
        }
    }

    async fn walk_of(&self, source: &str) -> Result<Walk, EngineError> {
        let walk = self.store.source_walk(source).await?;
        Ok(walk.and_then(|walk| serde_json::from_str(&walk).ok()).unwrap_or_default())
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
        let Scan { mut run, walk, pages } = scan;
        let mut tx = self.store.write().await?;
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
        tx.prune_source_items(&source.id, now - ITEMS_KEPT, ASLEEP).await?;
        if source.kind.is_fetched() {
            tx.insert_rejects(&rejects(source, &run, now)).await?;
        }
        let was_blind = row.blind_since;
        let counters = Counters {
            failures: row.failures,
            empty_runs: row.empty_runs,
            last_ok_at: row.last_ok_at,
            last_new_at: row.last_new_at,
        };
        let counters = counters.after(&run, now);
        let Verdict { health, reason, message, blind_since } = memory.judge(source, &run, &counters, now);
        let blind_since = blind_since.map(|since| row.blind_since.unwrap_or(since));
        let interval = interval(&source.schedule, memory.interval_ms, &run, counters.failures);
        if run.error.is_none() {
            memory.interval_ms = Some(interval.ms());
        }
        let next_run_at = next_run(source, interval, row.runs + 1, now);
        // What a server asks for is never cut, whatever the schedule says.
        let next_run_at = Some(run.retry_after.map_or(next_run_at, |pause| next_run_at.max(now + pause)));
        let row = SourceRow {
            source: source.id.clone(),
            state: serde_json::to_string(&memory).unwrap_or_else(|_| "{}".into()),
            health: health.id().into(),
            message: message.clone(),
            last_run_at: Some(now),
            last_ok_at: counters.last_ok_at,
            last_new_at: counters.last_new_at,
            next_run_at,
            leased_until: None,
            failures: counters.failures,
            empty_runs: counters.empty_runs,
            runs: row.runs + 1,
            new_count: row.new_count + i64::try_from(run.new).unwrap_or(i64::MAX),
            reason: reason.map(|reason| reason.id().to_owned()),
            blind_since,
        };
        tx.put_source(&row).await?;
        let told = match (was_blind, blind_since) {
            (None, Some(since)) => Some(Sight::Lost { since, why: message.unwrap_or_default() }),
            (Some(since), None) => Some(Sight::Regained { since }),
            _ => None,
        };
        if let Some(sight) = told {
            tx.put_outbox(&self.sight_rows(source, &sight, now).await?).await?;
        }
        tx.put_source_walk(&source.id, &serde_json::to_string(&walk).unwrap_or_default()).await?;
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

    pub(super) async fn collector(&self) -> Result<Arc<Collector>, EngineError> {
        let make = || async {
            let key = self.options.author_key.as_ref();
            let key = key.ok_or_else(|| EngineError::Collect("没有作者散列密钥".to_owned()))?;
            let intake = Intake::new(&self.store, key).map_err(|error| EngineError::Collect(error.to_string()))?;
            let CollectOptions { allow_private, contact, proxy, .. } = self.options.collect.clone();
            let hosts = Arc::new(StoreHosts::new(self.store.clone(), self.clock.clone()));
            let fetcher = Fetcher::new(FetchOptions { allow_private, contact, proxy }, hosts);
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
