//! Clocks (时限): a projection of the events that started, warned and ended them.

use std::collections::BTreeSet;

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Filter, Sql, Value, args, statements};
use super::task::id_list;
use super::tx::Tx;
use super::viewer::all_seen;
use crate::domain::clock::{ClockKind, Force};
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, ClockId, IncidentId, RegionId};
use crate::domain::incident::Viewpoint;
use crate::domain::instant::Instant;

macro_rules! columns {
    () => {
        "c.stream, c.id, c.incident, c.kind, c.department, c.account, c.started_at, c.anchor_at, c.due_at, c.force, \
         c.open, c.breached, c.verdict, c.ended_at, c.effective_at, c.charged_to, c.operational, c.cycle, c.plan"
    };
}

statements! {
    PUT = "INSERT INTO clocks (stream, id, incident, kind, department, account, started_at, anchor_at, due_at, force, \
        open, breached, verdict, ended_at, effective_at, charged_to, operational, cycle, plan) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) \
        ON CONFLICT (stream, id) DO UPDATE SET incident = excluded.incident, kind = excluded.kind, \
        department = excluded.department, account = excluded.account, started_at = excluded.started_at, \
        anchor_at = excluded.anchor_at, due_at = excluded.due_at, force = excluded.force, open = excluded.open, \
        breached = excluded.breached, verdict = excluded.verdict, ended_at = excluded.ended_at, \
        effective_at = excluded.effective_at, charged_to = excluded.charged_to, operational = excluded.operational, \
        cycle = excluded.cycle, plan = excluded.plan";
    DELETE = "DELETE FROM clocks WHERE stream = $1";
    CLOCKS = concat!("SELECT ", columns!(), " FROM clocks c WHERE c.stream = $1 ORDER BY c.id");
    ALL_OF = concat!("SELECT ", columns!(), " FROM clocks c WHERE c.stream IN (SELECT value FROM json_each($1)) \
        ORDER BY c.stream, c.id")
        => concat!("SELECT ", columns!(), " FROM clocks c \
        WHERE c.stream IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY c.stream, c.id");
    CLOCKS_OF = concat!("SELECT ", columns!(), " FROM clocks c WHERE c.open \
        AND c.incident IN (SELECT value FROM json_each($1)) ORDER BY c.incident, c.due_at, c.id")
        => concat!("SELECT ", columns!(), " FROM clocks c WHERE c.open \
        AND c.incident IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY c.incident, c.due_at, c.id");
    OPEN_COUNT = "SELECT COUNT(*) FROM clocks WHERE open";
    MAIN_CLOCKS_OF = concat!("SELECT ", columns!(), " FROM clocks c \
        WHERE c.kind IN ('press_conference', 'response') AND NOT c.operational \
        AND c.incident IN (SELECT value FROM json_each($1)) ORDER BY c.incident, c.id")
        => concat!("SELECT ", columns!(), " FROM clocks c \
        WHERE c.kind IN ('press_conference', 'response') AND NOT c.operational \
        AND c.incident IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY c.incident, c.id");
    /// The mark stands in the plan alone, as serde writes it.
    PROVISIONAL = "SELECT DISTINCT i.id FROM incidents i \
        JOIN clocks c ON c.incident = i.id AND c.due_at = i.main_due_at AND c.open AND c.plan LIKE '%\"provisional\":true%' \
        WHERE i.id IN (SELECT value FROM json_each($1))"
        => "SELECT DISTINCT i.id FROM incidents i \
        JOIN clocks c ON c.incident = i.id AND c.due_at = i.main_due_at AND c.open AND c.plan LIKE '%\"provisional\":true%' \
        WHERE i.id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))";
}

/// A clock.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct ClockRow {
    /// The stream that it belongs to.
    pub stream: String,
    /// Its number there.
    pub id: ClockId,
    /// The incident, unless it is an official post's.
    pub incident: Option<IncidentId>,
    /// Kind.
    pub kind: ClockKind,
    /// The department whose task it belongs to.
    pub department: Option<BodyId>,
    /// The account that shall repost.
    pub account: Option<String>,
    /// When it started.
    pub started_at: Instant,
    /// From when it counts.
    pub anchor_at: Instant,
    /// When it is due.
    pub due_at: Instant,
    /// 效力
    pub force: Force,
    /// Neither met nor otherwise ended. A breached clock stays open until the act comes.
    pub open: bool,
    /// Breached at some time, unless that was corrected or refuted.
    pub breached: bool,
    /// `met`, `breached`, `ended_late`, `superseded`, `cancelled`, `corrected`, `refuted`; none while it runs.
    pub verdict: Option<String>,
    /// When its end was recorded.
    pub ended_at: Option<Instant>,
    /// Effective time of the act that ended it.
    pub effective_at: Option<Instant>,
    /// Whom the breach is charged to.
    pub charged_to: Option<BodyId>,
    /// Stands beside a statutory one that was started late.
    pub operational: bool,
    /// Cycle of the incident.
    pub cycle: i64,
    /// The frozen plan, JSON.
    pub plan: String,
}

/// An open clock with what a wall shows of its incident.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct RunningClock {
    /// The clock.
    #[sqlx(flatten)]
    pub clock: ClockRow,
    /// 标题 of the incident.
    pub title: String,
    /// Region of the incident.
    pub region: Option<RegionId>,
    /// Who leads.
    pub lead: Option<BodyId>,
    /// 事件等级
    pub event_grade: Grade,
    /// 舆情等级
    pub opinion_grade: Grade,
}

/// Which open clocks.
#[derive(Clone, Debug, Default)]
pub struct ClockFilter {
    /// Only those of incidents that may be seen from there.
    pub visible_to: Option<Viewpoint>,
    /// Kinds of a force.
    pub force: Option<Force>,
    /// Breached ones, or those still in time.
    pub breached: Option<bool>,
    /// Due before.
    pub due_before: Option<Instant>,
    /// Main clocks alone: one line for an incident.
    pub main_only: bool,
    /// Clocks of what was asked of a body alone: 督查、批示、整改、上级交办.
    pub asked_only: bool,
    /// Consultations alone.
    pub consultations_only: bool,
}

impl Tx {
    /// Takes away all clocks of a stream, to write them anew.
    pub async fn delete_clocks(&mut self, stream: &str) -> Result<(), StoreError> {
        self.run(DELETE, args![stream]).await.map(|_| ())
    }

    /// Writes the row of a clock.
    pub async fn put_clock(&mut self, row: &ClockRow) -> Result<(), StoreError> {
        let values = args![
            &row.stream,
            row.id,
            &row.incident,
            row.kind,
            &row.department,
            &row.account,
            row.started_at,
            row.anchor_at,
            row.due_at,
            row.force,
            row.open,
            row.breached,
            &row.verdict,
            row.ended_at,
            row.effective_at,
            &row.charged_to,
            row.operational,
            row.cycle,
            &row.plan,
        ];
        self.run(PUT, values).await.map(|_| ())
    }

    /// All clocks of several streams: each one's in the order of starting.
    pub async fn clocks_of(&mut self, streams: &[&str]) -> Result<Vec<ClockRow>, StoreError> {
        self.all(ALL_OF, args![id_list(streams.iter().copied())]).await
    }
}

impl Store {
    /// All clocks of a stream, in the order of starting.
    pub async fn clocks(&self, stream: &str) -> Result<Vec<ClockRow>, StoreError> {
        self.all(CLOCKS, args![stream]).await
    }

    /// Open clocks of several incidents, by incident and due time.
    pub async fn open_clocks_of(&self, incidents: &[IncidentId]) -> Result<Vec<ClockRow>, StoreError> {
        self.all(CLOCKS_OF, args![id_list(incidents.iter().map(IncidentId::as_str))]).await
    }

    /// How many clocks are open.
    pub async fn open_clock_count(&self) -> Result<i64, StoreError> {
        let (count,) = self.one(OPEN_COUNT, Vec::new()).await?;
        Ok(count)
    }

    /// Main clocks of several incidents, open and ended, by incident in the order of starting.
    pub async fn main_clocks_of(&self, incidents: &[IncidentId]) -> Result<Vec<ClockRow>, StoreError> {
        self.all(MAIN_CLOCKS_OF, args![id_list(incidents.iter().map(IncidentId::as_str))]).await
    }

    /// Of several incidents, those whose main clock is due at a 暂定 time.
    pub async fn provisional_among(&self, incidents: &[IncidentId]) -> Result<BTreeSet<IncidentId>, StoreError> {
        let ids: Vec<(IncidentId,)> =
            self.all(PROVISIONAL, args![id_list(incidents.iter().map(IncidentId::as_str))]).await?;
        Ok(ids.into_iter().map(|(id,)| id).collect())
    }

    /// Open clocks of incidents in hand, the earliest due first.
    pub async fn running_clocks(&self, filter: &ClockFilter, limit: i64) -> Result<Vec<RunningClock>, StoreError> {
        let (sql, values) = running(filter, limit);
        self.all(sql, values).await
    }
}

/// Lists as they are asked for, for the test that asks the planner.
pub(super) fn lists() -> Vec<(String, Sql)> {
    let part = ClockFilter { visible_to: Some(Viewpoint::of_body("water")), ..ClockFilter::default() };
    let main = ClockFilter { main_only: true, ..ClockFilter::default() };
    [("all", ClockFilter::default()), ("of a part", part), ("main", main)]
        .map(|(name, filter)| (name.to_owned(), running(&filter, 100).0))
        .into()
}

fn running(filter: &ClockFilter, limit: i64) -> (Sql, Vec<Value>) {
    let mut query = match filter.visible_to.as_ref().map(Viewpoint::keys) {
        None => Filter::new(concat!(
            "SELECT ",
            columns!(),
            ", i.title, i.region, i.lead, i.event_grade, i.opinion_grade FROM clocks c CROSS JOIN incidents i"
        )),
        Some([body, user]) => Filter::with(
            concat!(
                "SELECT ",
                columns!(),
                ", i.title, i.region, i.lead, i.event_grade, i.opinion_grade FROM ",
                all_seen!(),
                " s CROSS JOIN clocks c CROSS JOIN incidents i"
            ),
            args![body, user],
        ),
    };
    // A merged incident is in hand with its survivor, its clocks run on.
    query.and("c.open AND i.id = c.incident AND (i.active OR i.state = 'merged')", Vec::new());
    if filter.visible_to.is_some() {
        query.and("c.incident = s.id", Vec::new());
    }
    query.and_if("c.force = ?", filter.force);
    query.and_if("c.breached = ?", filter.breached);
    query.and_if("c.due_at < ?", filter.due_before);
    if filter.main_only {
        query.and("c.kind IN ('press_conference', 'response') AND NOT c.operational", Vec::new());
    }
    if filter.asked_only {
        query.and("c.kind IN ('supervision', 'instruction', 'rectification', 'order')", Vec::new());
    }
    if filter.consultations_only {
        query.and("c.kind = 'consultation'", Vec::new());
    }
    query.then("ORDER BY c.due_at, c.stream, c.id LIMIT ?", args![limit])
}
