//! Streams that could not be settled (停滞的记录): each with why, and when it is tried again. Kept in the database, so that
//! every node lets it rest, and the alarm outlives a restart.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::{Instant, Span};

statements! {
    PUT = "INSERT INTO stuck_streams (stream, since, tries, next_try_at, why) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (stream) DO UPDATE SET tries = excluded.tries, next_try_at = excluded.next_try_at, \
        why = excluded.why";
    DELETE = "DELETE FROM stuck_streams WHERE stream = $1";
    STUCK = "SELECT stream, since, tries, next_try_at, why FROM stuck_streams ORDER BY stream LIMIT $1";
    NEXT_TRY = "SELECT next_try_at FROM stuck_streams ORDER BY next_try_at LIMIT 1";
}

/// Before a stream is tried the second time; doubled with each try.
const FIRST_WAIT: Span = Span::from_secs(5);
/// Between two tries at most.
const WAIT_MAX: Span = Span::from_minutes(10);
/// Characters of a reason that are kept.
const WHY_CHARS_MAX: usize = 400;

/// A stream that could not be settled.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StuckRow {
    /// Which.
    pub stream: String,
    /// When it first failed.
    pub since: Instant,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried again.
    pub next_try_at: Instant,
    /// Why it failed the last time.
    pub why: String,
}

impl Tx {
    /// Lets a stream rest that failed now, after so many tries before.
    pub async fn put_stuck(&mut self, stream: &str, tries: i64, why: &str, now: Instant) -> Result<(), StoreError> {
        let doubled = u32::try_from(tries).ok().and_then(|tries| 1_i64.checked_shl(tries)).unwrap_or(i64::MAX);
        let wait = Span::from_ms(FIRST_WAIT.ms().saturating_mul(doubled)).clamp(FIRST_WAIT, WAIT_MAX);
        let why: String = why.chars().take(WHY_CHARS_MAX).collect();
        self.run(PUT, args![stream, now, tries + 1, now + wait, why]).await.map(|_| ())
    }

    /// It could be settled again, or was mended.
    pub async fn delete_stuck(&mut self, stream: &str) -> Result<(), StoreError> {
        self.run(DELETE, args![stream]).await.map(|_| ())
    }
}

impl Store {
    /// Streams that could not be settled, by name.
    pub async fn stuck(&self, limit: i64) -> Result<Vec<StuckRow>, StoreError> {
        self.all(STUCK, args![limit]).await
    }

    /// When one of them is tried again.
    pub async fn next_try(&self) -> Result<Option<Instant>, StoreError> {
        Ok(self.optional::<(Instant,)>(NEXT_TRY, Vec::new()).await?.map(|(at,)| at))
    }
}
