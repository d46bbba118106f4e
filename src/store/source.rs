//! State of sources (信源) and of their pages: what survives a kill between two collections.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::Instant;

statements! {
    PUT = "INSERT INTO source_state (source, state, health, message, last_run_at, last_ok_at, last_new_at, next_run_at, \
        leased_until, failures, empty_runs, runs, new_count, reason, blind_since) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (source) DO UPDATE SET \
        state = excluded.state, health = excluded.health, message = excluded.message, \
        last_run_at = excluded.last_run_at, last_ok_at = excluded.last_ok_at, last_new_at = excluded.last_new_at, \
        next_run_at = excluded.next_run_at, leased_until = excluded.leased_until, failures = excluded.failures, \
        empty_runs = excluded.empty_runs, runs = excluded.runs, new_count = excluded.new_count, \
        reason = excluded.reason, blind_since = excluded.blind_since";
    SOURCE = "SELECT source, state, health, message, last_run_at, last_ok_at, last_new_at, next_run_at, leased_until, \
        failures, empty_runs, runs, new_count, reason, blind_since FROM source_state WHERE source = $1";
    SOURCES = "SELECT source, state, health, message, last_run_at, last_ok_at, last_new_at, next_run_at, leased_until, \
        failures, empty_runs, runs, new_count, reason, blind_since FROM source_state ORDER BY source";
    CLAIM = "UPDATE source_state SET leased_until = $2 WHERE source IN (SELECT source FROM source_state \
        WHERE next_run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) ORDER BY next_run_at, source LIMIT $3) \
        RETURNING source, state, health, message, last_run_at, last_ok_at, last_new_at, next_run_at, leased_until, \
        failures, empty_runs, runs, new_count, reason, blind_since"
        => "UPDATE source_state SET leased_until = $2 WHERE source IN (SELECT source FROM source_state \
        WHERE next_run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) ORDER BY next_run_at, source LIMIT $3 \
        FOR UPDATE SKIP LOCKED) \
        RETURNING source, state, health, message, last_run_at, last_ok_at, last_new_at, next_run_at, leased_until, \
        failures, empty_runs, runs, new_count, reason, blind_since";
    CLAIM_ONE = "UPDATE source_state SET leased_until = $3 WHERE source = $1 \
        AND (leased_until IS NULL OR leased_until <= $2) \
        RETURNING source, state, health, message, last_run_at, last_ok_at, last_new_at, next_run_at, leased_until, \
        failures, empty_runs, runs, new_count, reason, blind_since";
    LEASE = "UPDATE source_state SET leased_until = $2 WHERE source = $1";
    NEXT = "SELECT MIN(CASE WHEN leased_until > next_run_at THEN leased_until ELSE next_run_at END) FROM source_state \
        WHERE next_run_at IS NOT NULL";
    DELETE = "DELETE FROM source_state WHERE source = $1";
    PUT_PAGE = "INSERT INTO source_pages (source, url, etag, last_modified, content_hash, fetched_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (source, url) DO UPDATE SET etag = excluded.etag, \
        last_modified = excluded.last_modified, content_hash = excluded.content_hash, fetched_at = excluded.fetched_at";
    PAGE = "SELECT source, url, etag, last_modified, content_hash, fetched_at FROM source_pages \
        WHERE source = $1 AND url = $2";
    PRUNE_PAGES = "DELETE FROM source_pages WHERE source = $1 AND fetched_at < $2";
}

/// State of a source.
#[derive(Clone, Debug, PartialEq, Eq, Default, FromRow)]
pub struct SourceRow {
    /// 信源 id.
    pub source: String,
    /// What the collector keeps for itself, JSON.
    pub state: String,
    /// `new`, `ok`, or how it fails: `failing`, `wall`, `empty`, `textless`, `fields`, `frozen`, `stale`.
    pub health: String,
    /// What was wrong, in Chinese.
    pub message: Option<String>,
    /// When it was last tried.
    pub last_run_at: Option<Instant>,
    /// When it last answered.
    pub last_ok_at: Option<Instant>,
    /// When it last gave something new.
    pub last_new_at: Option<Instant>,
    /// When it is tried next; none if it has no schedule.
    pub next_run_at: Option<Instant>,
    /// Until when whoever collects it has it.
    pub leased_until: Option<Instant>,
    /// Failures in a row.
    pub failures: i64,
    /// Runs in a row that found no item at all.
    pub empty_runs: i64,
    /// Runs so far.
    pub runs: i64,
    /// Mentions that it gave so far.
    pub new_count: i64,
    /// Why it fails.
    pub reason: Option<String>,
    /// Since when it is a blind spot (盲区), if it is one.
    pub blind_since: Option<Instant>,
}

/// What is known of a fetched page.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SourcePage {
    /// 信源 id.
    pub source: String,
    /// Address.
    pub url: String,
    /// `ETag` it was answered with.
    pub etag: Option<String>,
    /// `Last-Modified` it was answered with.
    pub last_modified: Option<String>,
    /// Hash of what was taken from it.
    pub content_hash: Option<String>,
    /// When.
    pub fetched_at: Instant,
}

impl Tx {
    /// Writes the state of a source.
    pub async fn put_source(&mut self, row: &SourceRow) -> Result<(), StoreError> {
        let values = args![
            &row.source,
            &row.state,
            &row.health,
            &row.message,
            row.last_run_at,
            row.last_ok_at,
            row.last_new_at,
            row.next_run_at,
            row.leased_until,
            row.failures,
            row.empty_runs,
            row.runs,
            row.new_count,
            &row.reason,
            row.blind_since,
        ];
        self.woke = true;
        self.run(PUT, values).await.map(|_| ())
    }

    /// The state of a source as this transaction sees it.
    pub async fn source(&mut self, source: &str) -> Result<Option<SourceRow>, StoreError> {
        self.optional(SOURCE, args![source]).await
    }

    /// Claims sources that are due until `leased_until`; whoever dies with one loses it to the next claim after that.
    pub async fn claim_sources(
        &mut self,
        now: Instant,
        leased_until: Instant,
        limit: i64,
    ) -> Result<Vec<SourceRow>, StoreError> {
        let mut rows: Vec<SourceRow> = self.all(CLAIM, args![now, leased_until, limit]).await?;
        rows.sort_by(|a, b| (a.next_run_at, &a.source).cmp(&(b.next_run_at, &b.source)));
        Ok(rows)
    }

    /// Claims one source, due or not, unless somebody has it.
    pub async fn claim_source(
        &mut self,
        source: &str,
        now: Instant,
        leased_until: Instant,
    ) -> Result<Option<SourceRow>, StoreError> {
        self.optional(CLAIM_ONE, args![source, now, leased_until]).await
    }

    /// Has a claimed source longer, or gives it back (`None`).
    pub async fn lease_source(&mut self, source: &str, until: Option<Instant>) -> Result<(), StoreError> {
        self.run(LEASE, args![source, until]).await.map(|_| ())
    }

    /// Forgets a source that is configured no more.
    pub async fn delete_source(&mut self, source: &str) -> Result<(), StoreError> {
        self.run(DELETE, args![source]).await.map(|_| ())
    }

    /// Writes what is known of a page.
    pub async fn put_source_page(&mut self, page: &SourcePage) -> Result<(), StoreError> {
        let values =
            args![&page.source, &page.url, &page.etag, &page.last_modified, &page.content_hash, page.fetched_at,];
        self.run(PUT_PAGE, values).await.map(|_| ())
    }

    /// Forgets pages that were last fetched before an instant.
    pub async fn prune_source_pages(&mut self, source: &str, before: Instant) -> Result<u64, StoreError> {
        self.run(PRUNE_PAGES, args![source, before]).await
    }
}

impl Store {
    /// The state of a source.
    pub async fn source(&self, source: &str) -> Result<Option<SourceRow>, StoreError> {
        self.optional(SOURCE, args![source]).await
    }

    /// The states of all sources, by id.
    pub async fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        self.all(SOURCES, Vec::new()).await
    }

    /// When the next source can be claimed.
    pub async fn next_source_run(&self) -> Result<Option<Instant>, StoreError> {
        Ok(self.one::<(Option<Instant>,)>(NEXT, Vec::new()).await?.0)
    }

    /// What is known of a page.
    pub async fn source_page(&self, source: &str, url: &str) -> Result<Option<SourcePage>, StoreError> {
        self.optional(PAGE, args![source, url]).await
    }
}
