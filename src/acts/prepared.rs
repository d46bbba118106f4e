//! What the office had ready for the matter of an incident (`domain.md` §1 D10): found as it opens, and written in the same
//! transaction.

use super::{ActError, Acted, Acts};
use crate::domain::actor::Actor;
use crate::domain::incident::{Command, Incident, decide};
use crate::domain::instant::Instant;
use crate::rules::applies::Matter;
use crate::store::{MentionRow, Tx};

impl Acts {
    /// Attaches the plans and assessments of the matter that an incident was just opened with. `first` is its first
    /// mention, `topics` those that this matches, `opened` its state as it was just written. `None`: nothing was ready.
    ///
    /// # Errors
    /// [`ActError`]; the caller rolls back, to a savepoint at least.
    pub async fn prepare(
        &self,
        tx: &mut Tx,
        opened: &Incident,
        first: &MentionRow,
        topics: &[String],
        now: Instant,
    ) -> Result<Option<Acted>, ActError> {
        let matter = Matter {
            title: first.title.as_deref(),
            text: &first.text,
            topics,
            regions: &opened.regions,
            grading: opened.proposal,
            on: opened.detected_at.date(),
        };
        let prepared = self.rules().prepared(&matter);
        if prepared.is_empty() {
            return Ok(None);
        }
        let (system, rules) = (Actor::System, self.rules());
        let events = decide(opened, &Command::Prepare(prepared), &system, &rules.office, now)?;
        self.write(tx, opened.clone(), events, &system, None, now).await.map(Some)
    }
}

/// The topics that a stored mention matches.
pub fn topics_of(row: &MentionRow) -> Vec<String> {
    /// Of a stored analysis, what the keyword rules found.
    #[derive(Default, serde::Deserialize)]
    struct Found {
        #[serde(default)]
        rules: Vec<String>,
    }
    let found = row.analysis.as_deref().and_then(|json| serde_json::from_str::<Found>(json).ok());
    found.unwrap_or_default().rules
}
