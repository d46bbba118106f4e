//! Errands (交给后台的事): what a page asked the engine to do, claimed under a lease, and what came of it.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::Instant;

statements! {
    INSERT = "INSERT INTO errands (id, kind, input, by_user, asked_at, state, progress) \
        VALUES ($1, $2, $3, $4, $5, 'waiting', 0)";
    ONE = "SELECT id, kind, input, by_user, asked_at, state, progress, leased_until, ended_at, result, error FROM errands \
        WHERE id = $1";
    OPEN_COUNT = "SELECT COUNT(*) FROM errands WHERE ended_at IS NULL";
    CLAIM = "UPDATE errands SET state = 'running', leased_until = $2 WHERE id IN (SELECT id FROM errands \
        WHERE ended_at IS NULL AND (leased_until IS NULL OR leased_until <= $1) ORDER BY asked_at, id LIMIT $3) \
        RETURNING id, kind, input, by_user, asked_at, state, progress, leased_until, ended_at, result, error"
        => "UPDATE errands SET state = 'running', leased_until = $2 WHERE id IN (SELECT id FROM errands \
        WHERE ended_at IS NULL AND (leased_until IS NULL OR leased_until <= $1) ORDER BY asked_at, id LIMIT $3 \
        FOR UPDATE SKIP LOCKED) \
        RETURNING id, kind, input, by_user, asked_at, state, progress, leased_until, ended_at, result, error";
    PROGRESS = "UPDATE errands SET progress = $2, leased_until = $3 WHERE id = $1 AND ended_at IS NULL";
    END = "UPDATE errands SET state = $2, progress = 100, leased_until = NULL, ended_at = $3, result = $4, error = $5 \
        WHERE id = $1 AND ended_at IS NULL";
    PRUNE = "DELETE FROM errands WHERE ended_at < $1";
}

/// What a page asked for, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ErrandRow {
    /// Its id.
    pub id: String,
    /// What kind.
    pub kind: String,
    /// What was asked, JSON.
    pub input: String,
    /// Who asked.
    pub by_user: String,
    /// When.
    pub asked_at: Instant,
    /// `waiting`, `running`, `done`, `failed`.
    pub state: String,
    /// 0–100
    pub progress: i64,
    /// Until when whoever does it has it.
    pub leased_until: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// What came of it, JSON.
    pub result: Option<String>,
    /// Why it failed, in Chinese.
    pub error: Option<String>,
}

impl Tx {
    /// Asks for an errand, and forgets those that ended before an instant.
    pub async fn insert_errand(&mut self, new: &ErrandRow, forget_before: Instant) -> Result<(), StoreError> {
        self.run(PRUNE, args![forget_before]).await?;
        self.woke = true;
        self.run(INSERT, args![&new.id, &new.kind, &new.input, &new.by_user, new.asked_at]).await.map(|_| ())
    }

    /// How many have not ended, as this transaction sees it.
    pub async fn open_errands(&mut self) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(OPEN_COUNT, Vec::new()).await?.0)
    }

    /// Claims the oldest that nobody has.
    pub async fn claim_errands(
        &mut self,
        now: Instant,
        leased_until: Instant,
        limit: i64,
    ) -> Result<Vec<ErrandRow>, StoreError> {
        self.all(CLAIM, args![now, leased_until, limit]).await
    }

    /// How far it is; whoever does it has it longer.
    pub async fn errand_progress(
        &mut self,
        id: &str,
        progress: i64,
        leased_until: Instant,
    ) -> Result<bool, StoreError> {
        Ok(self.run(PROGRESS, args![id, progress, leased_until]).await? > 0)
    }

    /// What came of it: the result, or why there is none.
    pub async fn end_errand(&mut self, id: &str, outcome: Result<&str, &str>, at: Instant) -> Result<bool, StoreError> {
        let (state, result, error) = match outcome {
            Ok(result) => ("done", Some(result), None),
            Err(error) => ("failed", None, Some(error)),
        };
        Ok(self.run(END, args![id, state, at, result, error]).await? > 0)
    }
}

impl Store {
    /// One errand.
    pub async fn errand(&self, id: &str) -> Result<Option<ErrandRow>, StoreError> {
        self.optional(ONE, args![id]).await
    }

    /// How many have not ended.
    pub async fn open_errand_count(&self) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(OPEN_COUNT, Vec::new()).await?.0)
    }
}
