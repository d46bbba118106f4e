//! Corrections (判错了): verdicts of the analysis that a person put right; what the next model is learnt from.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::ids::MentionId;
use crate::domain::instant::Instant;

statements! {
    PUT = "INSERT INTO corrections (mention, what, was, should, said_by, at) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (mention, what) DO UPDATE SET should = excluded.should, said_by = excluded.said_by, at = excluded.at";
    OF = "SELECT mention, what, was, should, said_by, at FROM corrections WHERE mention = $1 ORDER BY what";
    ALL = "SELECT c.what, c.should, m.title, m.text FROM corrections c JOIN mentions m ON m.id = c.mention \
        ORDER BY c.at, c.mention, c.what";
}

/// A verdict that was put right.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CorrectionRow {
    /// Of which mention.
    pub mention: MentionId,
    /// Which verdict.
    pub what: String,
    /// What analysis had said.
    pub was: Option<String>,
    /// What it should have said.
    pub should: String,
    /// Who says so.
    pub said_by: String,
    /// When.
    pub at: Instant,
}

/// One to learn from.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TaughtRow {
    /// Which verdict.
    pub what: String,
    /// What is right.
    pub should: String,
    /// 标题
    pub title: Option<String>,
    /// 正文
    pub text: String,
}

impl Tx {
    /// Keeps a correction; a later one of the same verdict stands in its place.
    pub async fn put_correction(&mut self, row: &CorrectionRow) -> Result<(), StoreError> {
        let values = args![&row.mention, &row.what, &row.was, &row.should, &row.said_by, row.at];
        self.run(PUT, values).await.map(|_| ())
    }
}

impl Store {
    /// Corrections of a mention.
    pub async fn corrections(&self, mention: &MentionId) -> Result<Vec<CorrectionRow>, StoreError> {
        self.all(OF, args![mention]).await
    }

    /// All of them with the text that they are about, in the order in which they were said.
    pub async fn taught(&self) -> Result<Vec<TaughtRow>, StoreError> {
        self.all(ALL, Vec::new()).await
    }
}
