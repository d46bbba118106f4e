//! What pictures count: how much was said when and where, of which incidents, and how what runs stands. Every statement is
//! bounded by a time, a limit, or what is in hand.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Value, args, statements};
use super::task::id_list;
use super::viewer::seen;
use crate::domain::clock::Force;
use crate::domain::ids::{IncidentId, MentionId, RegionId};
use crate::domain::incident::Viewpoint;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::Channel;

/// Within a span of time (`$1` to before `$2`) and of what one of two viewers sees, or all (`$3` is null).
macro_rules! within {
    () => {
        concat!(
            "m.detected_at >= $1 AND m.detected_at < $2 AND (CAST($3 AS TEXT) IS NULL OR ",
            seen!("m.incident", "$3", "$4"),
            ")"
        )
    };
}

statements! {
    /// `$5` is the length of a slot, ms.
    VOLUME = concat!("SELECT (m.detected_at - $1) / $5 AS slot, m.channel, m.sentiment, COUNT(*) AS count \
        FROM mentions m WHERE ", within!(), " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
    HOT = concat!("SELECT m.incident, COUNT(*) AS count FROM mentions m WHERE ", within!(), " AND m.incident IS NOT NULL \
        GROUP BY m.incident ORDER BY 2 DESC, 1 LIMIT $5");
    /// `$4` are incidents, a JSON list; `$3` is the length of a slot, ms.
    CURVES = "SELECT m.incident, (m.detected_at - $1) / $3 AS slot, COUNT(*) AS count FROM mentions m \
        WHERE m.detected_at >= $1 AND m.detected_at < $2 AND m.incident IN (SELECT value FROM json_each($4)) \
        GROUP BY 1, 2 ORDER BY 1, 2"
        => "SELECT m.incident, (m.detected_at - $1) / $3 AS slot, COUNT(*) AS count FROM mentions m \
        WHERE m.detected_at >= $1 AND m.detected_at < $2 \
        AND m.incident IN (SELECT jsonb_array_elements_text(CAST($4 AS jsonb))) GROUP BY 1, 2 ORDER BY 1, 2";
    WORDS = concat!("SELECT json_extract(m.analysis, '$.keywords') AS words FROM mentions m WHERE ", within!(), " \
        AND m.sentiment IS NOT NULL ORDER BY m.detected_at DESC LIMIT $5")
        => concat!("SELECT CAST(CAST(m.analysis AS jsonb) -> 'keywords' AS TEXT) AS words FROM mentions m WHERE ", within!(), " \
        AND m.sentiment IS NOT NULL ORDER BY m.detected_at DESC LIMIT $5");
    OPEN = concat!("SELECT i.region, COUNT(*) AS count, \
        CAST(COALESCE(SUM(CASE WHEN i.overdue THEN 1 ELSE 0 END), 0) AS BIGINT) AS overdue FROM incidents i \
        WHERE i.active AND (CAST($1 AS TEXT) IS NULL OR ", seen!("i.id", "$1", "$2"), ") GROUP BY i.region ORDER BY 1");
    /// The looks of `screens.md` at `$1`, by the share of time that is used.
    CLOCKS = concat!("SELECT c.force, CASE WHEN c.breached OR c.due_at < $1 THEN 'overdue' \
        WHEN ($1 - c.anchor_at) * 10 >= (c.due_at - c.anchor_at) * 9 THEN 'urgent' \
        WHEN ($1 - c.anchor_at) * 4 >= (c.due_at - c.anchor_at) * 3 THEN 'near' \
        WHEN ($1 - c.anchor_at) * 2 >= (c.due_at - c.anchor_at) THEN 'half' ELSE 'calm' END AS look, COUNT(*) AS count \
        FROM clocks c JOIN incidents i ON i.id = c.incident WHERE c.open AND (i.active OR i.state = 'merged') \
        AND (CAST($2 AS TEXT) IS NULL OR ", seen!("c.incident", "$2", "$3"), ") GROUP BY 1, 2 ORDER BY 1, 2");
    UNDELIVERED = "SELECT channel, COUNT(*) AS count, CAST(0 AS BIGINT) AS given_up FROM outbox \
        WHERE sent_at IS NULL AND failed_at IS NULL GROUP BY channel UNION ALL \
        SELECT channel, CAST(0 AS BIGINT) AS count, COUNT(*) AS given_up FROM outbox WHERE failed_at IS NOT NULL \
        GROUP BY channel ORDER BY 1, 2";
    MEMBERS = "SELECT m.id, m.source, m.origin, m.channel, m.title, m.text, m.url, m.published_at, m.detected_at, \
        m.sentiment FROM mentions m WHERE m.incident = $1 ORDER BY m.n LIMIT $2";
}

/// How much was said.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct VolumeRow {
    /// Which slot, from 0.
    pub slot: i64,
    /// 渠道
    pub channel: Channel,
    /// As on the wire; none until it was analysed.
    pub sentiment: Option<String>,
    /// How many mentions.
    pub count: i64,
}

/// How much was said of an incident.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct HotRow {
    /// Which.
    pub incident: IncidentId,
    /// How many mentions.
    pub count: i64,
}

/// How much was said of it in a slot.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CurveRow {
    /// Which.
    pub incident: IncidentId,
    /// Which slot, from 0.
    pub slot: i64,
    /// How many mentions.
    pub count: i64,
}

/// What is in hand in a region.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OpenRow {
    /// None where nobody knows.
    pub region: Option<RegionId>,
    /// Cases.
    pub count: i64,
    /// Of them with a breached clock that is open.
    pub overdue: i64,
}

/// Open clocks of a force by look.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ClocksRow {
    /// 效力
    pub force: Force,
    /// `calm`, `half`, `near`, `urgent`, `overdue`.
    pub look: String,
    /// How many.
    pub count: i64,
}

/// What a channel has not accepted.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct UndeliveredRow {
    /// Which.
    pub channel: String,
    /// Tried again.
    pub count: i64,
    /// Given up.
    pub given_up: i64,
}

/// A mention of an incident, without what analysis says.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct MemberRow {
    /// Identity.
    pub id: MentionId,
    /// 信源 id.
    pub source: Option<String>,
    /// 来源 as the page names it.
    pub origin: Option<String>,
    /// 渠道
    pub channel: Channel,
    /// 标题
    pub title: Option<String>,
    /// 正文
    pub text: String,
    /// Address.
    pub url: Option<String>,
    /// When it says it was published.
    pub published_at: Option<Instant>,
    /// When we first held the evidence.
    pub detected_at: Instant,
    /// As on the wire.
    pub sentiment: Option<String>,
}

/// A span of time in slots of one length, and from where one looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// From.
    pub from: Instant,
    /// Before.
    pub until: Instant,
    /// Length of a slot.
    pub slot: Span,
    /// None sees all.
    pub visible_to: Option<Viewpoint>,
}

impl Window {
    fn values(&self, last: i64) -> Vec<Value> {
        let [body, user] = keys(self.visible_to.as_ref());
        args![self.from, self.until, body, user, last]
    }
}

/// Both names of who looks; null for whoever sees all.
fn keys(from: Option<&Viewpoint>) -> [Option<String>; 2] {
    from.map_or([None, None], |from| from.keys().map(Some))
}

impl Store {
    /// How much was said, by slot, channel and feeling.
    pub async fn volume(&self, window: &Window) -> Result<Vec<VolumeRow>, StoreError> {
        self.all(VOLUME, window.values(window.slot.ms())).await
    }

    /// The incidents of which most was said.
    pub async fn hot_incidents(&self, window: &Window, limit: i64) -> Result<Vec<HotRow>, StoreError> {
        self.all(HOT, window.values(limit)).await
    }

    /// How much was said of each of these by slot.
    pub async fn curves(&self, window: &Window, incidents: &[IncidentId]) -> Result<Vec<CurveRow>, StoreError> {
        let ids = id_list(incidents.iter().map(IncidentId::as_str));
        self.all(CURVES, args![window.from, window.until, window.slot.ms(), ids]).await
    }

    /// The keywords of the latest mentions, each a JSON list.
    pub async fn keywords(&self, window: &Window, limit: i64) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(Option<String>,)> = self.all(WORDS, window.values(limit)).await?;
        Ok(rows.into_iter().filter_map(|(words,)| words).collect())
    }

    /// What is in hand, by region.
    pub async fn open_by_region(&self, visible_to: Option<&Viewpoint>) -> Result<Vec<OpenRow>, StoreError> {
        let [body, user] = keys(visible_to);
        self.all(OPEN, args![body, user]).await
    }

    /// Open clocks of what is in hand, by force and look.
    pub async fn clocks_by_look(
        &self,
        visible_to: Option<&Viewpoint>,
        now: Instant,
    ) -> Result<Vec<ClocksRow>, StoreError> {
        let [body, user] = keys(visible_to);
        self.all(CLOCKS, args![now, body, user]).await
    }

    /// What was not accepted, by channel: a row for what waits and one for what was given up.
    pub async fn undelivered(&self) -> Result<Vec<UndeliveredRow>, StoreError> {
        self.all(UNDELIVERED, Vec::new()).await
    }

    /// The mentions of an incident in order of arrival.
    pub async fn members(&self, incident: &IncidentId, limit: i64) -> Result<Vec<MemberRow>, StoreError> {
        self.all(MEMBERS, args![incident, limit]).await
    }
}
