//! How far mentions went (传播量), look by look. What was seen once stands in the mention's own row; from the second look on each
//! is a row here, the first one too, and the mention's row holds the newest.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use super::types::Json;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::Instant;
use crate::domain::mention::Engagement;

/// When the counts of a mention's own row were seen: by the tool that sent it, or by us.
macro_rules! seen_at {
    ($m:literal) => {
        concat!(
            "CASE WHEN ",
            $m,
            "collected_at < ",
            $m,
            "detected_at THEN ",
            $m,
            "collected_at ELSE ",
            $m,
            "detected_at END"
        )
    };
}

statements! {
    STANDS = "SELECT engagement FROM mentions WHERE id = $1";
    FIRST = concat!("INSERT INTO mention_looks (mention, at, engagement) SELECT id, ", seen_at!(""), ", engagement \
        FROM mentions WHERE id = $1 AND engagement IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM mention_looks l WHERE l.mention = $1)");
    PUT = "INSERT INTO mention_looks (mention, at, engagement) VALUES ($1, $2, $3) \
        ON CONFLICT (mention, at) DO UPDATE SET engagement = excluded.engagement";
    NEWEST = "UPDATE mentions SET engagement = $2 WHERE id = $1 \
        AND NOT EXISTS (SELECT 1 FROM mention_looks l WHERE l.mention = $1 AND l.at > $3)";
    OF = concat!("SELECT l.mention, l.at, l.engagement FROM mention_looks l WHERE l.mention = $1 \
        UNION ALL SELECT m.id, ", seen_at!("m."), ", m.engagement FROM mentions m WHERE m.id = $1 \
        AND m.engagement IS NOT NULL AND NOT EXISTS (SELECT 1 FROM mention_looks l WHERE l.mention = m.id) ORDER BY 2");
    OF_INCIDENT = concat!("SELECT l.mention, l.at, l.engagement FROM mention_looks l \
        JOIN mentions m ON m.id = l.mention WHERE m.incident = $1 \
        UNION ALL SELECT m.id, ", seen_at!("m."), ", m.engagement FROM mentions m WHERE m.incident = $1 \
        AND m.engagement IS NOT NULL AND NOT EXISTS (SELECT 1 FROM mention_looks l WHERE l.mention = m.id) \
        ORDER BY 2, 1 LIMIT $2");
    IS_OPEN = "SELECT COUNT(*) FROM mentions m JOIN incidents i ON i.id = m.incident WHERE m.id = $1 \
        AND (i.active OR i.state = 'merged')";
}

/// Counts of a mention at a look.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct LookRow {
    /// Of which mention.
    pub mention: MentionId,
    /// When they were seen.
    pub at: Instant,
    /// The counts.
    pub engagement: Json<Engagement>,
}

impl Tx {
    /// Notes the counts of a stored mention that were seen at an instant; what a look doesn't show stays as it was. With
    /// `only_changed` counts that are as they stand are no look: the same file imported again tells nothing.
    pub async fn note_engagement(
        &mut self,
        id: &MentionId,
        seen: &Engagement,
        at: Instant,
        only_changed: bool,
    ) -> Result<(), StoreError> {
        let Some((stands,)): Option<(Option<Json<Engagement>>,)> = self.optional(STANDS, args![id]).await? else {
            return Ok(());
        };
        let stands = stands.map(|json| json.0);
        let now = seen.over(&stands.unwrap_or_default());
        if only_changed && stands == Some(now) {
            return Ok(());
        }
        let counts = Some(Json(now));
        self.run(FIRST, args![id]).await?;
        self.run(PUT, args![id, at, &counts]).await?;
        self.run(NEWEST, args![id, &counts, at]).await.map(|_| ())
    }

    /// Whether a mention stands in an incident that is in hand, or is handled as one with such.
    pub async fn is_in_hand(&mut self, id: &MentionId) -> Result<bool, StoreError> {
        let (open,): (i64,) = self.one(IS_OPEN, args![id]).await?;
        Ok(open > 0)
    }
}

impl Store {
    /// The looks at a mention, the first one first.
    pub async fn looks_of(&self, mention: &MentionId) -> Result<Vec<LookRow>, StoreError> {
        self.all(OF, args![mention]).await
    }

    /// The looks at all mentions of an incident, in order of time, as many as are asked for.
    pub async fn looks_of_incident(&self, incident: &IncidentId, limit: i64) -> Result<Vec<LookRow>, StoreError> {
        self.all(OF_INCIDENT, args![incident, limit]).await
    }
}

/// What the mentions of an incident had together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Together {
    /// At which instant.
    pub at: Instant,
    /// Mentions whose counts are known by then.
    pub mentions: u64,
    /// The sum of their newest counts.
    pub engagement: Engagement,
}

/// The sums after each look, each mention with the newest counts that are known by then; of looks within `step_ms` the last.
pub fn together(looks: &[LookRow], step_ms: i64) -> Vec<Together> {
    let mut newest: BTreeMap<&MentionId, Engagement> = BTreeMap::new();
    let mut sum = Engagement::default();
    let mut points: Vec<Together> = Vec::new();
    let step = |at: Instant| at.ms().div_euclid(step_ms.max(1));
    for look in looks {
        let before = newest.insert(&look.mention, look.engagement.0).unwrap_or_default();
        sum = sum.moved(&before, &look.engagement.0);
        let point = Together { at: look.at, mentions: newest.len() as u64, engagement: sum };
        match points.last_mut() {
            Some(last) if step(last.at) == step(look.at) => *last = point,
            _ => points.push(point),
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_holds_each_mentions_newest_counts() {
        let look = |mention: &str, at: i64, views: u64, likes: Option<u64>| LookRow {
            mention: MentionId::new(mention.to_owned()),
            at: Instant::from_ms(at),
            engagement: Json(Engagement { views: Some(views), likes, ..Engagement::default() }),
        };
        let looks = [
            look("a", 0, 10, None),
            look("b", 500, 100, Some(1)),
            look("a", 1_000, 40, Some(5)),
            look("a", 2_500, 30, Some(5)),
        ];
        let points = together(&looks, 1_000);
        let shown: Vec<_> =
            points.iter().map(|p| (p.at.ms(), p.mentions, p.engagement.views, p.engagement.likes)).collect();
        assert_eq!(
            shown,
            [(500, 2, Some(110), Some(1)), (1_000, 2, Some(140), Some(6)), (2_500, 2, Some(130), Some(6))],
            "counts that were taken back lower the sum; nobody reposted, so that stays unknown"
        );
        assert_eq!(points[0].engagement.reposts, None);
    }
}
