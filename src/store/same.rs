//! What people say of which mention belongs where: suggestions that wait for them, and what they took out.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::Instant;

macro_rules! suggestion {
    () => {
        "s.incident, s.mention, s.likeness, s.how, s.at, s.decided_at, s.decided_by, s.same, m.title, m.text, \
         m.incident AS opened FROM suggestions s JOIN mentions m ON m.id = s.mention"
    };
}

statements! {
    SUGGEST = "INSERT INTO suggestions (incident, mention, likeness, how, at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (incident, mention) DO NOTHING";
    /// A suggestion whose mention was deleted (retention) is nobody's to decide.
    OF_INCIDENT = concat!("SELECT ", suggestion!(), " WHERE s.incident = $1 AND s.decided_at IS NULL \
        ORDER BY s.likeness DESC, s.mention LIMIT $2");
    SUGGESTION = concat!("SELECT ", suggestion!(), " WHERE s.incident = $1 AND s.mention = $2");
    DECIDE = "UPDATE suggestions SET decided_at = $3, decided_by = $4, same = $5 \
        WHERE incident = $1 AND mention = $2 AND decided_at IS NULL";
    JOINED_SINCE = "SELECT incident, mention FROM suggestions WHERE decided_at >= $1 AND same = $2 ORDER BY decided_at, mention LIMIT $3";
    NOT_SAME = "INSERT INTO not_same (incident, mention, at, said_by) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (incident, mention) DO NOTHING";
    /// What was merged is the same after all, in both directions.
    SAME = "DELETE FROM not_same WHERE (incident = $1 AND mention IN (SELECT id FROM mentions WHERE incident = $2)) \
        OR (incident = $2 AND mention IN (SELECT id FROM mentions WHERE incident = $1))";
    NOT_SAME_SINCE = "SELECT n, incident, mention FROM not_same WHERE at >= $1 ORDER BY at, n LIMIT $2";
    NOT_SAME_OF = "SELECT n, incident, mention FROM not_same WHERE incident = $1 ORDER BY n DESC LIMIT $2";
}

/// A suggestion to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSuggestion {
    /// The incident that it may belong to.
    pub incident: IncidentId,
    /// Which.
    pub mention: MentionId,
    /// In thousandths.
    pub likeness: i64,
    /// Why, in Chinese.
    pub how: String,
    /// When.
    pub at: Instant,
}

/// A suggestion.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SuggestionRow {
    /// The incident that the mention may belong to.
    pub incident: IncidentId,
    /// Which.
    pub mention: MentionId,
    /// In thousandths.
    pub likeness: i64,
    /// Why, in Chinese.
    pub how: String,
    /// When it was made.
    pub at: Instant,
    /// When a person decided.
    pub decided_at: Option<Instant>,
    /// Who.
    pub decided_by: Option<String>,
    /// It is the same matter.
    pub same: Option<bool>,
    /// 标题 of the mention.
    pub title: Option<String>,
    /// 正文 of the mention.
    pub text: String,
    /// The incident that the mention opened or joined meanwhile.
    pub opened: Option<IncidentId>,
}

/// A mention that a person said is not of an incident.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct NotSameRow {
    /// Order.
    pub n: i64,
    /// The incident.
    pub incident: IncidentId,
    /// The mention.
    pub mention: MentionId,
}

/// A mention that a person said is of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Hash, FromRow)]
pub struct SameRow {
    /// The incident.
    pub incident: IncidentId,
    /// The mention.
    pub mention: MentionId,
}

impl Tx {
    /// Suggests; what was suggested before, or decided, stays as it is.
    pub async fn suggest(&mut self, new: &NewSuggestion) -> Result<(), StoreError> {
        self.run(SUGGEST, args![&new.incident, &new.mention, new.likeness, &new.how, new.at]).await?;
        Ok(())
    }

    /// Decides a suggestion. False if another was quicker.
    pub async fn decide_suggestion(
        &mut self,
        incident: &IncidentId,
        mention: &MentionId,
        same: bool,
        by: &str,
        at: Instant,
    ) -> Result<bool, StoreError> {
        Ok(self.run(DECIDE, args![incident, mention, at, by, same]).await? == 1)
    }

    /// Remembers that a mention is not of an incident.
    pub async fn put_not_same(
        &mut self,
        incident: &IncidentId,
        mention: &MentionId,
        by: &str,
        at: Instant,
    ) -> Result<(), StoreError> {
        self.run(NOT_SAME, args![incident, mention, at, by]).await?;
        Ok(())
    }

    /// Two incidents are the same after all.
    pub async fn put_same(&mut self, one: &IncidentId, other: &IncidentId) -> Result<(), StoreError> {
        self.run(SAME, args![one, other]).await?;
        Ok(())
    }
}

impl Store {
    /// Suggestions for an incident that nobody has decided, the likest first.
    pub async fn suggestions(&self, incident: &IncidentId, limit: i64) -> Result<Vec<SuggestionRow>, StoreError> {
        self.all(OF_INCIDENT, args![incident, limit]).await
    }

    /// One suggestion.
    pub async fn suggestion(
        &self,
        incident: &IncidentId,
        mention: &MentionId,
    ) -> Result<Option<SuggestionRow>, StoreError> {
        self.optional(SUGGESTION, args![incident, mention]).await
    }

    /// What people said belongs to an incident since an instant.
    pub async fn same_since(&self, since: Instant, limit: i64) -> Result<Vec<SameRow>, StoreError> {
        self.all(JOINED_SINCE, args![since, true, limit]).await
    }

    /// What people took out since an instant.
    pub async fn not_same_since(&self, since: Instant, limit: i64) -> Result<Vec<NotSameRow>, StoreError> {
        self.all(NOT_SAME_SINCE, args![since, limit]).await
    }

    /// What people took out of an incident, the newest first.
    pub async fn not_same_of(&self, incident: &IncidentId, limit: i64) -> Result<Vec<NotSameRow>, StoreError> {
        self.all(NOT_SAME_OF, args![incident, limit]).await
    }
}
