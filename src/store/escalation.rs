//! Escalations (升级): who was told of what, and who has read it.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Filter, Sql, Value, args, statements};
use super::task::id_list;
use super::tx::Tx;
use super::viewer::{all_seen, seen};
use crate::domain::body::Tier;
use crate::domain::clock::ClockKind;
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, ClockId, IncidentId, RegionId, UserId};
use crate::domain::incident::Viewpoint;
use crate::domain::instant::Instant;

macro_rules! columns {
    () => {
        "e.id, e.incident, e.clock, e.clock_kind, e.tier, e.jurisdiction, e.holders, e.at, e.step, e.received_by, \
         e.received_at, e.skipped"
    };
}

statements! {
    PUT = "INSERT INTO escalations (id, incident, clock, clock_kind, tier, jurisdiction, holders, at, step, \
        received_by, received_at, skipped) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
        ON CONFLICT (id) DO UPDATE SET incident = excluded.incident, clock = excluded.clock, \
        clock_kind = excluded.clock_kind, tier = excluded.tier, jurisdiction = excluded.jurisdiction, \
        holders = excluded.holders, at = excluded.at, step = excluded.step, received_by = excluded.received_by, \
        received_at = excluded.received_at, skipped = excluded.skipped";
    /// Users as a JSON list.
    PUT_USERS = "INSERT INTO escalation_users (user_id, escalation, at) SELECT value, $2, $3 FROM json_each($1) WHERE true \
        ON CONFLICT DO NOTHING"
        => "INSERT INTO escalation_users (user_id, escalation, at) \
        SELECT jsonb_array_elements_text(CAST($1 AS jsonb)), CAST($2 AS TEXT), CAST($3 AS BIGINT) ON CONFLICT DO NOTHING";
    OF_INCIDENTS = concat!("SELECT ", columns!(), " FROM escalations e \
        WHERE e.incident IN (SELECT value FROM json_each($1)) ORDER BY e.incident, e.at, e.id")
        => concat!("SELECT ", columns!(), " FROM escalations e \
        WHERE e.incident IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY e.incident, e.at, e.id");
    USERS_OF = "SELECT u.escalation, u.user_id, u.received_at FROM escalations e \
        JOIN escalation_users u ON u.escalation = e.id \
        WHERE e.incident IN (SELECT value FROM json_each($1)) ORDER BY u.escalation, u.user_id"
        => "SELECT u.escalation, u.user_id, u.received_at FROM escalations e \
        JOIN escalation_users u ON u.escalation = e.id \
        WHERE e.incident IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY u.escalation, u.user_id";
    RECEIVE_OWN = "UPDATE escalation_users SET received_at = $3 WHERE user_id = $2 AND received_at IS NULL \
        AND escalation IN (SELECT id FROM escalations WHERE incident = $1)";
    PUT_RECEIPT = "UPDATE escalation_users SET received_at = $3 WHERE user_id = $1 AND escalation = $2";
    /// Of an account and escalations, a JSON list of keys: what it has read, and when.
    READ_BY = "SELECT escalation, received_at FROM escalation_users WHERE user_id = $1 AND received_at IS NOT NULL \
        AND escalation IN (SELECT value FROM json_each($2))"
        => "SELECT escalation, received_at FROM escalation_users WHERE user_id = $1 AND received_at IS NOT NULL \
        AND escalation IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb)))";
    DELETE = "DELETE FROM escalations WHERE incident = $1";
    DELETE_USERS = "DELETE FROM escalation_users WHERE escalation IN (SELECT id FROM escalations WHERE incident = $1)";
    RECEIVE = "UPDATE escalations SET received_by = $3, received_at = $4 WHERE incident = $1 AND received_at IS NULL \
        AND EXISTS (SELECT 1 FROM escalation_users u WHERE u.escalation = escalations.id AND u.user_id = $2)";
}

/// An escalation.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct EscalationRow {
    /// Its key: stream and number of the event that told it.
    pub id: String,
    /// Incident.
    pub incident: IncidentId,
    /// The clock whose ladder did it.
    pub clock: Option<ClockId>,
    /// That clock's kind.
    pub clock_kind: Option<ClockKind>,
    /// 层级
    pub tier: Tier,
    /// Whose roster gave the holders.
    pub jurisdiction: BodyId,
    /// Whom it told, JSON: a list of [`crate::domain::office::Holder`].
    pub holders: String,
    /// When.
    pub at: Instant,
    /// `-6h`, if a ladder did it.
    pub step: Option<String>,
    /// Who has read it (已知悉).
    pub received_by: Option<String>,
    /// When they had.
    pub received_at: Option<Instant>,
    /// Overtaken and not sent.
    pub skipped: bool,
}

/// An escalation with what a leader's card shows of its incident.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct ToldRow {
    /// The escalation.
    #[sqlx(flatten)]
    pub escalation: EscalationRow,
    /// 标题
    pub title: String,
    /// Region of the incident.
    pub region: Option<RegionId>,
    /// Derived state of the incident.
    pub state: String,
    /// Who leads.
    pub lead: Option<BodyId>,
    /// When the incident was detected.
    pub detected_at: Instant,
    /// When its main clock is due, while it is open.
    pub main_due_at: Option<Instant>,
    /// A clock has breached and is open.
    pub overdue: bool,
    /// 事件等级
    pub event_grade: Grade,
    /// 舆情等级
    pub opinion_grade: Grade,
    /// 敏感
    pub sensitive: bool,
}

/// Which escalations.
#[derive(Clone, Debug, Default)]
pub struct EscalationFilter {
    /// Told to this account.
    pub user: Option<UserId>,
    /// Of incidents in hand alone.
    pub active_only: bool,
    /// Not yet received.
    pub unreceived_only: bool,
    /// Of incidents that may be seen from there.
    pub visible_to: Option<Viewpoint>,
    /// Of this tier.
    pub tier: Option<Tier>,
}

impl Tx {
    /// Writes an escalation and the accounts that it told.
    pub async fn put_escalation(&mut self, row: &EscalationRow, users: &[UserId]) -> Result<(), StoreError> {
        let values = args![
            &row.id,
            &row.incident,
            row.clock,
            row.clock_kind,
            row.tier,
            &row.jurisdiction,
            &row.holders,
            row.at,
            &row.step,
            &row.received_by,
            row.received_at,
            row.skipped,
        ];
        self.run(PUT, values).await?;
        if !users.is_empty() {
            self.run(PUT_USERS, args![id_list(users.iter().map(UserId::as_str)), &row.id, row.at]).await?;
        }
        Ok(())
    }

    /// Escalations of several incidents, by incident and time.
    pub async fn escalations_of(&mut self, incidents: &[&str]) -> Result<Vec<EscalationRow>, StoreError> {
        self.all(OF_INCIDENTS, args![id_list(incidents.iter().copied())]).await
    }

    /// Keys of the escalations of several incidents, each with an account that it told and when that has read it.
    pub async fn escalation_users_of(
        &mut self,
        incidents: &[&str],
    ) -> Result<Vec<(String, UserId, Option<Instant>)>, StoreError> {
        self.all(USERS_OF, args![id_list(incidents.iter().copied())]).await
    }

    /// Takes away all escalations of an incident with the accounts that they told, to write them anew.
    pub async fn delete_escalations(&mut self, incident: &IncidentId) -> Result<(), StoreError> {
        self.run(DELETE_USERS, args![incident]).await?;
        self.run(DELETE, args![incident]).await.map(|_| ())
    }

    /// Records that what an account, or a body, was told of an incident has been read, and by whom; gives the number of rows
    /// that it concerns.
    pub async fn receive_escalations(
        &mut self,
        incident: &IncidentId,
        told: &UserId,
        by: &UserId,
        at: Instant,
    ) -> Result<u64, StoreError> {
        self.run(RECEIVE_OWN, args![incident, told, at]).await?;
        self.run(RECEIVE, args![incident, told, by, at]).await
    }

    /// Writes when an account has read what it was told.
    pub async fn put_receipt(&mut self, user: &UserId, escalation: &str, at: Instant) -> Result<(), StoreError> {
        self.run(PUT_RECEIPT, args![user, escalation, at]).await.map(|_| ())
    }
}

impl Store {
    /// Of escalations, by their keys, those that an account has read, and when.
    pub async fn read_by(&self, user: &UserId, escalations: &[&str]) -> Result<Vec<(String, Instant)>, StoreError> {
        self.all(READ_BY, args![user, id_list(escalations.iter().copied())]).await
    }

    /// Escalations of several incidents, by incident and time.
    pub async fn escalations_of(&self, incidents: &[&str]) -> Result<Vec<EscalationRow>, StoreError> {
        self.all(OF_INCIDENTS, args![id_list(incidents.iter().copied())]).await
    }

    /// Escalations that were sent, the newest first.
    pub async fn escalations(&self, filter: &EscalationFilter, limit: i64) -> Result<Vec<ToldRow>, StoreError> {
        let part = match &filter.visible_to {
            Some(from) if filter.user.is_none() && !self.sees_much(from).await? => Some(from),
            _ => None,
        };
        let (sql, values) = told(filter, part, limit);
        self.all(sql, values).await
    }
}

macro_rules! told {
    ($from:expr) => {
        concat!(
            "SELECT ",
            columns!(),
            ", i.title, i.region, i.state, i.lead, i.detected_at, i.main_due_at, i.overdue, i.event_grade, \
             i.opinion_grade, i.sensitive FROM ",
            $from
        )
    };
}

/// Lists as they are asked for, for the test that asks the planner.
pub(super) fn lists() -> Vec<(String, Sql)> {
    let body = Viewpoint::of_body("water");
    let all = EscalationFilter::default;
    let part = EscalationFilter { visible_to: Some(body.clone()), active_only: true, ..all() };
    let mine = EscalationFilter { user: Some("mayor".into()), active_only: true, unreceived_only: true, ..all() };
    vec![
        ("all".to_owned(), told(&all(), None, 100).0),
        ("of much".to_owned(), told(&part, None, 100).0),
        ("of a part".to_owned(), told(&part, Some(&body), 100).0),
        ("of an account".to_owned(), told(&mine, None, 100).0),
    ]
}

/// A list: of an account by what it was told, of a viewer who sees a small part of the whole (`part`) by incidents, else from
/// the newest end of the whole.
fn told(filter: &EscalationFilter, part: Option<&Viewpoint>, limit: i64) -> (Sql, Vec<Value>) {
    let mut query = match (&filter.user, part.map(Viewpoint::keys)) {
        (Some(_), _) => Filter::new(told!("escalation_users u CROSS JOIN escalations e CROSS JOIN incidents i")),
        (None, Some([body, user])) => Filter::with(
            told!(concat!(all_seen!(), " s CROSS JOIN escalations e CROSS JOIN incidents i")),
            args![body, user],
        ),
        (None, None) => Filter::new(told!("escalations e CROSS JOIN incidents i")),
    };
    query.and("i.id = e.incident AND NOT e.skipped", Vec::new());
    query.and_if("e.id = u.escalation AND u.user_id = ?", filter.user.as_ref());
    if filter.active_only {
        // A merged incident is in hand with its survivor.
        query.and("i.active OR i.state = 'merged'", Vec::new());
    }
    if filter.unreceived_only {
        query.and("e.received_at IS NULL", Vec::new());
    }
    match part {
        Some(_) => query.and("e.incident = s.id", Vec::new()),
        None => query.and_seen(seen!("e.incident"), filter.visible_to.as_ref()),
    }
    query.and_if("e.tier = ?", filter.tier);
    if filter.user.is_some() {
        query.then("ORDER BY u.at DESC, u.escalation DESC LIMIT ?", args![limit])
    } else {
        query.then("ORDER BY e.at DESC, e.id DESC LIMIT ?", args![limit])
    }
}
