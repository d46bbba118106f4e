//! Newer texts (信息更新): the page that came after the list had told, a changed article. The new text is judged as the first
//! one was; what it replaced is kept. Where the mention stands in an incident, the incident's record says so, and a graver
//! proposal raises its clocks.

use super::analyse::Analysed;
use super::{Engine, EngineError};
use crate::acts::ActError;
use crate::domain::actor::Actor;
use crate::domain::incident::{Command, NewMention};
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::MentionInput;
use crate::store::{MentionRow, StoreError, VersionRow};

/// Texts taken up in one go.
const VERSIONS_MAX: i64 = 200;
/// One that can't be taken up is tried again after this.
const TRIED_AGAIN_AFTER: Span = Span::from_hours(1);

/// Why a newer text was not taken up.
#[derive(Debug, thiserror::Error)]
enum Untaken {
    /// Its record.
    #[error(transparent)]
    Act(#[from] ActError),
    /// Analysis broke on it: the older text stands until it can be judged.
    #[error("the analysis broke: {0}")]
    Analysis(String),
}

impl Engine {
    /// Takes up newer texts that wait; gives how many. One that fails waits and stops no other.
    pub(super) async fn take_versions(&self, now: Instant) -> Result<usize, EngineError> {
        let waiting = self.store.waiting_versions(now, VERSIONS_MAX).await?;
        let mut taken = 0;
        for version in waiting {
            let Some(row) = self.store.mention(&version.mention).await? else { continue };
            match self.take_version(&row, &version, now).await {
                Ok(()) => taken += 1,
                Err(Untaken::Act(ActError::Store(error))) if !matches!(error, StoreError::Unreadable { .. }) => {
                    return Err(error.into());
                }
                Err(error) => {
                    tracing::error!(mention = %row.id, %error, "a newer text can't be taken up; tried again in an hour");
                    let mut tx = self.store.write().await?;
                    tx.postpone_version(&row.id, now + TRIED_AGAIN_AFTER).await?;
                    tx.commit().await?;
                }
            }
        }
        Ok(taken)
    }

    /// The text, the judgement and the record change in one transaction or not at all.
    async fn take_version(&self, row: &MentionRow, version: &VersionRow, now: Instant) -> Result<(), Untaken> {
        let input = MentionInput { title: version.title.clone(), text: version.text.clone(), ..row.input() };
        let judged = match &row.incident {
            // Placed anew with the pending ones.
            None => None,
            Some(incident) => Some((incident, self.judge(input).await.map_err(Untaken::Analysis)?)),
        };
        let mut tx = self.store.write().await.map_err(ActError::from)?;
        if !tx.take_version(version, now).await.map_err(ActError::from)? {
            return Ok(());
        }
        if let Some((incident, Analysed { analysis, tokens, region, .. })) = judged {
            // As it stands now: the newer text may say another time.
            let row = tx.mention(&row.id).await.map_err(ActError::from)?.unwrap_or_else(|| row.clone());
            let mention = NewMention { region, ..row.member() };
            let proposal = analysis.proposal();
            let command = Command::Join { mentions: vec![mention], proposal, revised: true };
            self.acts.act_in(&mut tx, incident, &command, &Actor::System, None, now).await?;
            let analysis = serde_json::to_string(&analysis).unwrap_or_default();
            tx.refresh_mention(&row.id, &analysis, &tokens).await.map_err(ActError::from)?;
        }
        tx.commit().await.map_err(ActError::from)?;
        Ok(())
    }

    async fn judge(&self, input: MentionInput) -> Result<Analysed, String> {
        let desk = self.desk();
        let mut judged =
            tokio::task::spawn_blocking(move || desk.analyse_all(&[input])).await.map_err(|e| e.to_string())?;
        judged.pop().unwrap_or_else(|| Err("nothing was judged".into()))
    }
}
