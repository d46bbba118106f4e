//! Records that could not be taken, with the reason: nothing is dropped without a trace.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::Instant;

statements! {
    INSERT = "INSERT INTO rejects (origin, line, reason, sample, at) VALUES ($1, $2, $3, $4, $5)";
    LIST = "SELECT id, origin, line, reason, sample, at FROM rejects WHERE id < $1 ORDER BY id DESC LIMIT $2";
}

/// How much of a refused record is kept, in characters: enough to find it, too little to read a person's letter.
const SAMPLE_CHARS_MAX: usize = 120;

/// A record that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReject {
    /// File, source or webhook key.
    pub origin: String,
    /// Line, if it has one.
    pub line: Option<i64>,
    /// Why, in Chinese.
    pub reason: String,
    /// Its beginning; cut to 120 characters.
    pub sample: String,
    /// When.
    pub at: Instant,
}

/// A stored reject.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RejectRow {
    /// Order.
    pub id: i64,
    /// File, source or webhook key.
    pub origin: String,
    /// Line, if it has one.
    pub line: Option<i64>,
    /// Why.
    pub reason: String,
    /// Its beginning.
    pub sample: String,
    /// When.
    pub at: Instant,
}

impl Tx {
    /// Records rejects.
    pub async fn insert_rejects(&mut self, rejects: &[NewReject]) -> Result<(), StoreError> {
        for reject in rejects {
            let sample: String = reject.sample.chars().take(SAMPLE_CHARS_MAX).collect();
            self.run(INSERT, args![&reject.origin, reject.line, &reject.reason, sample, reject.at]).await?;
        }
        Ok(())
    }
}

impl Store {
    /// A page of rejects before an id, the newest first.
    pub async fn rejects(&self, before: Option<i64>, limit: i64) -> Result<Vec<RejectRow>, StoreError> {
        self.all(LIST, args![before.unwrap_or(i64::MAX), limit]).await
    }
}
