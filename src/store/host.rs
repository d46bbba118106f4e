//! The pace of hosts (主机节奏): a row for each, shared by all processes; read and written under its lock.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::Instant;

statements! {
    MAKE = "INSERT INTO hosts (host, last_at, busy_until, turns, delay_ms, failures, closed_until) \
        VALUES ($1, 0, 0, 0, 0, 0, 0) ON CONFLICT (host) DO NOTHING";
    LOCKED = "SELECT host, last_at, busy_until, turns, delay_ms, failures, closed_until, why FROM hosts WHERE host = $1"
        => "SELECT host, last_at, busy_until, turns, delay_ms, failures, closed_until, why FROM hosts WHERE host = $1 \
        FOR UPDATE";
    PUT = "UPDATE hosts SET last_at = $2, busy_until = $3, turns = $4, delay_ms = $5, failures = $6, closed_until = $7, \
        why = $8 WHERE host = $1";
    OF = "SELECT host, last_at, busy_until, turns, delay_ms, failures, closed_until, why FROM hosts WHERE host = $1";
    PRUNE = "DELETE FROM hosts WHERE last_at < $1 AND busy_until < $1 AND closed_until < $1";
}

/// What is known of a host.
#[derive(Clone, Debug, PartialEq, Eq, Default, FromRow)]
pub struct HostRow {
    /// Name and port.
    pub host: String,
    /// When it was last asked, or will be by whoever waits for it.
    pub last_at: Instant,
    /// Until when those who are asking have it at most.
    pub busy_until: Instant,
    /// Requests under way.
    pub turns: i64,
    /// Pause that its `robots.txt` asks for, in milliseconds.
    pub delay_ms: i64,
    /// Failures in a row.
    pub failures: i64,
    /// Until when it is left alone.
    pub closed_until: Instant,
    /// Why.
    pub why: Option<String>,
}

impl Tx {
    /// The row of a host, made if need be; nobody else changes it before this transaction ends.
    pub async fn lock_host(&mut self, host: &str) -> Result<HostRow, StoreError> {
        // All but the very first time it is there.
        if let Some(row) = self.optional(LOCKED, args![host]).await? {
            return Ok(row);
        }
        self.run(MAKE, args![host]).await?;
        self.one(LOCKED, args![host]).await
    }

    /// Writes the row of a host.
    pub async fn put_host(&mut self, row: &HostRow) -> Result<(), StoreError> {
        let values = args![
            &row.host,
            row.last_at,
            row.busy_until,
            row.turns,
            row.delay_ms,
            row.failures,
            row.closed_until,
            &row.why
        ];
        self.run(PUT, values).await.map(|_| ())
    }

    /// Forgets hosts that nobody has asked since an instant.
    pub async fn prune_hosts(&mut self, before: Instant) -> Result<u64, StoreError> {
        self.run(PRUNE, args![before]).await
    }
}

impl Store {
    /// What is known of a host.
    pub async fn host(&self, host: &str) -> Result<Option<HostRow>, StoreError> {
        self.optional(OF, args![host]).await
    }
}
