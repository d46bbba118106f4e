//! Cleanup (清理): everything is kept for a configured time only (`domain.md` §6), and deleted in slices, so that others can
//! write in between. What the record knows of is recorded as let go, so that `verify` can tell it from tampering; cases keep
//! what decisions rested on.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Engine, EngineError};
use crate::acts::TITLE_GONE;
use crate::acts::administration::record_in;
use crate::config::retention::Retention as Configured;
use crate::domain::administration::{ADMIN_STREAM, AdminEvent, Kept};
use crate::domain::incident::Incident;
use crate::domain::instant::{Instant, Span};
use crate::store::Tx;

/// Rows deleted in one transaction: others must be able to write in between.
const DELETED_AT_ONCE_MAX: i64 = 1_000;
/// Cases looked at in one transaction: their whole state is read.
const CASES_AT_ONCE_MAX: i64 = 100;
/// Transactions of one kind in one run; the rest follows with the next.
const STEPS_MAX: usize = 500;
/// Browsers that nobody has logged in from; as long as their cookie.
const LOGIN_DEVICES_KEPT: Span = Span::from_days(180);
/// By whom, in the record.
const BY: &str = "system";

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Mentions, from their detection.
    pub mentions: Span,
    /// What a closed case says of its posts, from the last that happened to it.
    pub case_texts: Span,
    /// Lines that were refused.
    pub rejects: Span,
    /// In-app notices.
    pub notices: Span,
    /// What was delivered or given up.
    pub outbox: Span,
    /// Sessions, from their end, and failed log-ins.
    pub sessions: Span,
    /// Files that were exported; `None`: until somebody deletes them.
    pub exports: Option<Span>,
}

impl Retention {
    /// As configured.
    pub fn of(configured: &Configured) -> Self {
        let days = |days: u32| Span::from_days(i64::from(days));
        Self {
            mentions: days(configured.mentions_days),
            case_texts: days(configured.case_texts_days),
            rejects: days(configured.rejects_days),
            notices: days(configured.notices_days),
            outbox: days(configured.outbox_days),
            sessions: days(configured.sessions_days),
            exports: (configured.exports_days > 0).then(|| days(configured.exports_days)),
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self::of(&Configured::default())
    }
}

/// How much of each kind went; nothing of a kind is left out.
pub type LetGo = Vec<(Kept, u64)>;

impl Engine {
    /// Deletes what has been kept long enough, and records how much of each kind went.
    pub async fn clean_up(&self, now: Instant) -> Result<LetGo, EngineError> {
        let keep = self.options.retention;
        let mut gone = Vec::new();
        for (kind, term) in [
            (Kept::Mentions, Some(keep.mentions)),
            (Kept::CaseTexts, Some(keep.case_texts)),
            (Kept::Rejects, Some(keep.rejects)),
            (Kept::Notices, Some(keep.notices)),
            (Kept::Outbox, Some(keep.outbox)),
            (Kept::Sessions, Some(keep.sessions)),
            (Kept::Exports, keep.exports),
        ] {
            let Some(term) = term else { continue };
            let count = self.let_go(kind, now - term, now).await?;
            if count > 0 {
                gone.push((kind, count));
                tracing::info!(kind = kind.id(), count, "let go after its time");
            }
        }
        if gone.iter().any(|(kind, _)| *kind == Kept::Mentions) {
            self.forget_words().await?;
        }
        if !gone.is_empty() {
            self.store.empty_log().await?;
        }
        Ok(gone)
    }

    /// Deletes what is older of a kind, slice by slice.
    async fn let_go(&self, kind: Kept, before: Instant, now: Instant) -> Result<u64, EngineError> {
        if kind == Kept::Exports {
            return self.exports_go(before, now).await;
        }
        let (mut gone, mut unnamed) = (0, 0);
        for _ in 0..STEPS_MAX {
            let mut tx = self.store.write().await?;
            let slice = slice(&mut tx, kind, before, now).await?;
            tx.commit().await?;
            gone += slice.gone;
            unnamed += if slice.named { 0 } else { slice.gone };
            if slice.last {
                break;
            }
        }
        if unnamed > 0 {
            let mut tx = self.store.write().await?;
            record(&mut tx, event(kind, before, unnamed), now).await?;
            tx.commit().await?;
        }
        Ok(gone)
    }

    /// Deletes exported files that still lie where and as they were written.
    async fn exports_go(&self, before: Instant, now: Instant) -> Result<u64, EngineError> {
        let mut gone = 0;
        for row in self.store.events_named(ADMIN_STREAM, "exported", before).await? {
            let Ok(AdminEvent::Exported { file, sha256, .. }) = serde_json::from_str(&row.body) else { continue };
            match remove_if_unchanged(Path::new(&file), &sha256) {
                Ok(removed) => gone += u64::from(removed),
                Err(error) => {
                    tracing::warn!(%file, %error, "an export can't be deleted; tried again with the next clean-up")
                }
            }
        }
        if gone > 0 {
            let mut tx = self.store.write().await?;
            record(&mut tx, event(Kept::Exports, before, gone), now).await?;
            tx.commit().await?;
        }
        Ok(gone)
    }

    /// Lets the full-text index forget the words of what was deleted, step by step.
    async fn forget_words(&self) -> Result<(), EngineError> {
        for step in 0..STEPS_MAX {
            let mut tx = self.store.write().await?;
            let more = tx.forget_words(step == 0).await?;
            tx.commit().await?;
            if !more {
                break;
            }
        }
        Ok(())
    }
}

/// What one transaction deleted.
struct Slice {
    gone: u64,
    /// Whether it was recorded by name.
    named: bool,
    /// Nothing is left that is old enough.
    last: bool,
}

async fn slice(tx: &mut Tx, kind: Kept, before: Instant, now: Instant) -> Result<Slice, EngineError> {
    let limit = DELETED_AT_ONCE_MAX;
    let full = |gone: u64| gone < limit.unsigned_abs();
    Ok(match kind {
        Kept::Mentions => {
            let (gone, mentions) = tx.let_mentions_go(before, limit).await?;
            let named = !mentions.is_empty();
            if named {
                record(tx, AdminEvent::LetGo { kind, before, count: gone, mentions, incidents: Vec::new() }, now)
                    .await?;
            }
            Slice { gone, named, last: full(gone) }
        }
        Kept::CaseTexts => {
            let old = tx.old_texts(before, CASES_AT_ONCE_MAX).await?;
            let last = old.len() < usize::try_from(CASES_AT_ONCE_MAX).unwrap_or(0);
            let mut incidents = Vec::new();
            for (id, state) in old {
                // A state that can't be read says nothing of what rests on it: it stays.
                let evidence = serde_json::from_str::<Incident>(&state).map_or(true, |incident| incident.is_evidence());
                if evidence {
                    tx.keep_texts(&id).await?;
                } else {
                    tx.let_texts_go(&id, TITLE_GONE).await?;
                    incidents.push(id);
                }
            }
            let gone = incidents.len() as u64;
            if gone > 0 {
                let event = AdminEvent::LetGo { kind, before, count: gone, mentions: Vec::new(), incidents };
                record(tx, event, now).await?;
            }
            Slice { gone, named: true, last }
        }
        Kept::Rejects => unnamed(tx.let_rejects_go(before, limit).await?, full),
        Kept::Notices => unnamed(tx.let_notices_go(before, limit).await?, full),
        Kept::Outbox => {
            tx.prune_faults(before).await?;
            unnamed(tx.let_outbox_go(before, limit).await?, full)
        }
        Kept::Sessions => {
            tx.prune_hosts(before).await?;
            tx.prune_login_attempts(before).await?;
            tx.prune_login_devices(now - LOGIN_DEVICES_KEPT).await?;
            Slice { gone: tx.prune_sessions(before).await?, named: false, last: true }
        }
        Kept::Exports => Slice { gone: 0, named: true, last: true },
    })
}

fn unnamed(gone: u64, last: impl Fn(u64) -> bool) -> Slice {
    Slice { gone, named: false, last: last(gone) }
}

const fn event(kind: Kept, before: Instant, count: u64) -> AdminEvent {
    AdminEvent::LetGo { kind, before, count, mentions: Vec::new(), incidents: Vec::new() }
}

async fn record(tx: &mut Tx, event: AdminEvent, now: Instant) -> Result<(), EngineError> {
    Ok(record_in(tx, &event, BY, now).await?)
}

/// Deletes a file whose content is what was written; false if it isn't there, or is another one by now.
fn remove_if_unchanged(file: &Path, sha256: &str) -> std::io::Result<bool> {
    let content = match std::fs::read(file) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if hex::encode(Sha256::digest(&content)) != sha256 {
        return Ok(false);
    }
    std::fs::remove_file(file)?;
    Ok(true)
}

#[cfg(test)]
mod tests;
