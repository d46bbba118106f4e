//! What people teach correlation: that a suggested mention is of an incident (这条也是), or is not (这条不是).

use super::{ActError, Acts, group};
use crate::domain::actor::Actor;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::incident::{Command, Refusal};
use crate::domain::instant::Instant;
use crate::store::Tx;

/// Mentions of a merged incident that are remembered as not of its survivor, once the merge is taken back.
const UNMERGED_REMEMBERED_MAX: i64 = 8;

impl Acts {
    /// Decides a suggestion. The same: the mention joins, or the incident that it opened is merged. Not the same: nothing
    /// moves, and what is like it joins no more.
    ///
    /// # Errors
    /// [`ActError::Refused`] where it was decided before, where there is none, or where the merge is.
    pub async fn decide_suggestion(
        &self,
        incident: &IncidentId,
        mention: &MentionId,
        same: bool,
        by: &Actor,
        now: Instant,
    ) -> Result<(), ActError> {
        let refused = |why: &str| ActError::Refused(Refusal(why.to_owned()));
        let mut tx = self.store().write().await?;
        let row = self.store().suggestion(incident, mention).await?;
        let row = row.ok_or_else(|| refused("没有这条归并建议，或信息已到期删除"))?;
        if !tx.decide_suggestion(incident, mention, same, by.name(), now).await? {
            return Err(refused("这条归并建议已经处理过"));
        }
        match row.opened {
            _ if !same => tx.put_not_same(incident, mention, by.name(), now).await?,
            None => self.join_by_hand(&mut tx, incident, mention, by, now).await?,
            Some(opened) if opened == *incident => {}
            Some(opened) => {
                let command = Command::Merge { into: incident.clone() };
                self.act_in(&mut tx, &opened, &command, by, None, now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    async fn join_by_hand(
        &self,
        tx: &mut Tx,
        incident: &IncidentId,
        mention: &MentionId,
        by: &Actor,
        now: Instant,
    ) -> Result<(), ActError> {
        let Some(row) = tx.mention(mention).await? else { return Ok(()) };
        let proposal = group::proposal(&row);
        let command = Command::Join { mentions: vec![row.member()], proposal, revised: false };
        let joined = self.act_in(tx, incident, &command, by, None, now).await?;
        tx.move_mention(mention, Some(&joined.incident)).await?;
        Ok(())
    }

    /// Remembers what a split or the end of a merge says of which mention belongs where, and forgets what a merge refutes.
    pub(super) async fn teach(
        &self,
        tx: &mut Tx,
        lesson: Lesson<'_>,
        by: &Actor,
        now: Instant,
    ) -> Result<(), ActError> {
        match lesson {
            Lesson::Merged { one, other } => {
                for a in one {
                    for b in other {
                        tx.put_same(a, b).await?;
                    }
                }
            }
            Lesson::Unmerged { merged, survivor } => {
                for row in self.store().mentions_of(merged, 0, UNMERGED_REMEMBERED_MAX).await? {
                    tx.put_not_same(survivor, &row.id, by.name(), now).await?;
                }
            }
            Lesson::Split { moved } => {
                for (mention, of) in moved {
                    tx.put_not_same(of, mention, by.name(), now).await?;
                }
            }
        }
        Ok(())
    }
}

/// What an act on several incidents says of which mention belongs where.
pub(super) enum Lesson<'a> {
    /// Two groups are one.
    Merged { one: &'a [IncidentId], other: &'a [IncidentId] },
    /// A merge was taken back.
    Unmerged { merged: &'a IncidentId, survivor: &'a IncidentId },
    /// Mentions left the incidents that they stood on.
    Split { moved: &'a [(MentionId, IncidentId)] },
}
