//! Cleanup (清理): mentions are kept for a configured time only (`domain.md` §6); incidents keep what decisions rested on.

use super::{Engine, EngineError};
use crate::domain::instant::{Instant, Span};

/// Mentions deleted in one transaction: others must be able to write in between.
const DELETED_AT_ONCE_MAX: i64 = 1_000;
/// Transactions of one run; the rest follows with the next.
const STEPS_MAX: usize = 500;

/// Failed log-ins; they count for minutes.
const LOGIN_ATTEMPTS_KEPT: Span = Span::from_days(1);

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Mentions, from their detection.
    pub mentions: Span,
    /// Lines that were refused.
    pub rejects: Span,
}

impl Default for Retention {
    fn default() -> Self {
        Self { mentions: Span::from_days(730), rejects: Span::from_days(30) }
    }
}

impl Engine {
    /// Deletes what has been kept long enough. Gives how many mentions went.
    pub async fn clean_up(&self, now: Instant) -> Result<u64, EngineError> {
        let retention = self.options.retention;
        let mut deleted = 0;
        for _ in 0..STEPS_MAX {
            let mut tx = self.store.write().await?;
            let count = tx.delete_mentions_before(now - retention.mentions, DELETED_AT_ONCE_MAX).await?;
            tx.commit().await?;
            deleted += count;
            if count < DELETED_AT_ONCE_MAX as u64 {
                break;
            }
        }
        let mut tx = self.store.write().await?;
        let rejects = tx.prune_rejects(now - retention.rejects).await?;
        tx.prune_sessions(now).await?;
        tx.prune_login_attempts(now - LOGIN_ATTEMPTS_KEPT).await?;
        tx.commit().await?;
        tracing::info!(mentions = deleted, rejects, "cleaned up");
        Ok(deleted)
    }
}
