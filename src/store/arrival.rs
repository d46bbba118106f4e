//! What others pushed (推送记录): counted with the mentions themselves, so that a sender has a health like any source.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::Instant;

statements! {
    ADD = "INSERT INTO source_arrivals (source, received, new, refused, why, last_at) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (source) DO UPDATE SET received = source_arrivals.received + excluded.received, \
        new = source_arrivals.new + excluded.new, refused = source_arrivals.refused + excluded.refused, \
        why = COALESCE(excluded.why, source_arrivals.why), last_at = excluded.last_at";
    OF = "SELECT source, received, new, refused, why, last_at FROM source_arrivals WHERE source = $1";
    FORGET = "DELETE FROM source_arrivals WHERE source = $1";
}

/// What a sender has pushed so far.
#[derive(Clone, Debug, PartialEq, Eq, Default, FromRow)]
pub struct ArrivalRow {
    /// 信源 id.
    pub source: String,
    /// Records, good and bad.
    pub received: i64,
    /// Mentions that were new.
    pub new: i64,
    /// Records that were refused.
    pub refused: i64,
    /// Why the last one was.
    pub why: Option<String>,
    /// When the last one came.
    pub last_at: Instant,
}

impl Tx {
    /// Adds what came in now to what came before.
    pub async fn add_arrivals(&mut self, more: &ArrivalRow) -> Result<(), StoreError> {
        let values = args![&more.source, more.received, more.new, more.refused, &more.why, more.last_at];
        self.run(ADD, values).await.map(|_| ())
    }

    /// Forgets a sender that is configured no more.
    pub async fn forget_arrivals(&mut self, source: &str) -> Result<(), StoreError> {
        self.run(FORGET, args![source]).await.map(|_| ())
    }
}

impl Store {
    /// What a sender has pushed so far.
    pub async fn arrivals(&self, source: &str) -> Result<Option<ArrivalRow>, StoreError> {
        self.optional(OF, args![source]).await
    }
}
