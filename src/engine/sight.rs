//! Blind spots (盲区) told: once when a source is lost from sight, once when it is seen again; and what senders pushed, looked
//! at like a run.

use super::tell::operators;
use super::{Engine, EngineError};
use crate::collect::health::{Failed, Memory, Run, Share};
use crate::domain::instant::Instant;
use crate::notify::Content;
use crate::rules::source::SourceDefinition;
use crate::store::NewOutbox;

/// A change of what can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// A source became a blind spot.
    Lost {
        /// Since when it gives nothing.
        since: Instant,
        /// Why, and what to do.
        why: String,
    },
    /// It gives again.
    Regained {
        /// Since when it had not.
        since: Instant,
    },
}

impl Engine {
    /// What is told of it to those who keep the service, to be stored with the source's new state.
    pub(super) async fn sight_rows(
        &self,
        source: &SourceDefinition,
        sight: &Sight,
        now: Instant,
    ) -> Result<Vec<NewOutbox>, EngineError> {
        let name = &source.name;
        let (word, since, text) = match sight {
            Sight::Lost { since, why } => {
                ("blind", since, format!("告警：信源“{name}”成为盲区（自 {since} 起）：{why}"))
            }
            Sight::Regained { since } => {
                ("sighted", since, format!("告警解除：信源“{name}”恢复采集，盲区自 {since} 起"))
            }
        };
        match sight {
            Sight::Lost { .. } => tracing::error!(source = %source.id, "{text}"),
            Sight::Regained { .. } => tracing::info!(source = %source.id, "{text}"),
        }
        let rules = self.rules.load_full();
        let content = Content { incident: None, kind: "alarm".to_owned(), text, at: now, by: None };
        let key = format!("{word}/{}/{}", source.id, since.ms());
        let recipients = operators(&self.store, &rules.office, now).await?;
        Ok(recipients.iter().flat_map(|to| self.rows_to(&rules.office, &key, to, &content)).collect())
    }

    /// What a sender has pushed since the last look, as a run.
    pub(super) async fn arrived(&self, source: &str, memory: &mut Memory) -> Result<Run, EngineError> {
        let now = self.store.arrivals(source).await?.unwrap_or_default();
        let before = std::mem::replace(&mut memory.arrived, (now.received, now.new, now.refused));
        let count = |now: i64, before: i64| usize::try_from(now - before).unwrap_or(0);
        let (received, new, refused) =
            (count(now.received, before.0), count(now.new, before.1), count(now.refused, before.2));
        let taken = received.saturating_sub(refused);
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut run = Run {
            new,
            unchanged: taken.saturating_sub(new),
            seen: Some(received),
            records: Share { with: small(taken), of: small(received) },
            ..Run::default()
        };
        if refused > 0 {
            let what = format!("推送的 {refused} 条");
            run.failed.push(Failed { what, why: now.why.unwrap_or_default(), for_good: true });
        }
        Ok(run)
    }
}
