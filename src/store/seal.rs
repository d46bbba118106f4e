//! Daily seals: what each day's was, and the heads that a seal is made of.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::Instant;
use crate::domain::seal::{Head, Seal};

statements! {
    PUT = "INSERT INTO seals (day, previous, hash, streams, made_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (day) DO NOTHING";
    LAST = "SELECT day, previous, hash, streams, made_at FROM seals WHERE day < $1 \
        ORDER BY day DESC LIMIT 1";
    PAGE = "SELECT day, previous, hash, streams, made_at FROM seals WHERE day > $1 ORDER BY day LIMIT $2";
    /// The last event of each stream before `$2`, where that lies at or after `$1`.
    HEADS = "SELECT e.stream, e.seq, e.hash FROM events e WHERE e.at >= $1 AND e.at < $2 \
        AND NOT EXISTS (SELECT 1 FROM events l WHERE l.stream = e.stream AND l.seq > e.seq AND l.at < $2) \
        ORDER BY e.stream";
    FIRST_EVENT = "SELECT at FROM events ORDER BY at LIMIT 1";
    HASH = "SELECT hash FROM events WHERE stream = $1 AND seq = $2";
}

/// Sorts behind every day; with it the latest seal is a look-up and no scan.
const AFTER_EVERY_DAY: &str = "~";

/// A seal as the database remembers it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SealRow {
    /// The day in Beijing.
    pub day: String,
    /// Hash of the seal before.
    pub previous: String,
    /// Its hash.
    pub hash: String,
    /// Streams that it covers.
    pub streams: i64,
    /// When it was made.
    pub made_at: Instant,
}

#[derive(FromRow)]
struct HeadRow {
    stream: String,
    seq: i64,
    hash: String,
}

impl Tx {
    /// Remembers a seal; false if that day has one.
    pub async fn put_seal(&mut self, seal: &Seal, at: Instant) -> Result<bool, StoreError> {
        let streams = i64::try_from(seal.heads.len()).unwrap_or(i64::MAX);
        Ok(self.run(PUT, args![&seal.day, &seal.previous, &seal.hash, streams, at]).await? > 0)
    }
}

impl Store {
    /// The latest seal.
    pub async fn last_seal(&self) -> Result<Option<SealRow>, StoreError> {
        self.optional(LAST, args![AFTER_EVERY_DAY]).await
    }

    /// Seals after a day, in order.
    pub async fn seals_after(&self, day: &str, limit: i64) -> Result<Vec<SealRow>, StoreError> {
        self.all(PAGE, args![day, limit]).await
    }

    /// Where each stream stood that grew from an instant on and before another, by name.
    pub async fn heads_between(&self, from: Instant, before: Instant) -> Result<Vec<Head>, StoreError> {
        let rows: Vec<HeadRow> = self.all(HEADS, args![from, before]).await?;
        Ok(rows.into_iter().map(|row| Head { stream: row.stream, seq: row.seq, hash: row.hash }).collect())
    }

    /// When the record begins.
    pub async fn first_event_at(&self) -> Result<Option<Instant>, StoreError> {
        Ok(self.optional::<(Instant,)>(FIRST_EVENT, Vec::new()).await?.map(|(at,)| at))
    }

    /// The hash of an event, if there is one of that number.
    pub async fn event_hash(&self, stream: &str, seq: i64) -> Result<Option<String>, StoreError> {
        Ok(self.optional::<(String,)>(HASH, args![stream, seq]).await?.map(|(hash,)| hash))
    }
}
