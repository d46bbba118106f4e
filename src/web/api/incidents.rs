//! Incidents (舆情事件) in lists.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::clock_view::ClockView;
use super::mentions::MentionView;
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, IncidentId, RegionId};
use crate::domain::incident::Incident;
use crate::domain::instant::Instant;
use crate::domain::mention::Channel;
use crate::domain::terms;
use crate::rules::Rules;
use crate::store::{ClockRow, IncidentCursor, IncidentFilter, IncidentRow, Judged, View};
use crate::web::extract::{Path, Query};
use crate::web::page::{Page, Paging, page};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(mentions))
}

/// An incident in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentSummary {
    /// 编号
    pub id: IncidentId,
    /// Give it along with an act: refused if the case has changed since.
    pub version: i64,
    pub title: String,
    pub region: Option<RegionId>,
    /// 管辖
    pub jurisdiction: BodyId,
    /// Derived: `detected`, `graded`, `assigned`, `acknowledged`, `responded`, `closed`, `dismissed`, …
    pub state: String,
    /// 事件等级 in force.
    pub event_grade: Grade,
    /// 舆情等级 in force.
    pub opinion_grade: Grade,
    pub sensitive: bool,
    /// A person graded it.
    pub graded: bool,
    /// 主办
    pub lead: Option<BodyId>,
    /// 协办
    pub supporting: Vec<BodyId>,
    pub mention_count: i64,
    pub channels: Vec<Channel>,
    /// 领域
    pub category: Option<String>,
    pub detected_at: Instant,
    pub updated_at: Instant,
    /// The open ones, the earliest due first.
    pub clocks: Vec<ClockView>,
    /// The clock by which the case is judged: the latest main one that nothing replaced, open or ended.
    pub main_clock: Option<ClockView>,
    /// 待复核
    pub pending_approvals: i64,
}

/// Rows with the open and main clocks and supporting bodies of the whole page, fetched at once.
pub async fn summaries(app: &App, rows: Vec<IncidentRow>) -> Result<Vec<IncidentSummary>, Problem> {
    let now = app.clock.now();
    let ids: Vec<IncidentId> = rows.iter().map(|row| row.id.clone()).collect();
    let mut clocks: BTreeMap<IncidentId, Vec<ClockView>> = BTreeMap::new();
    for row in app.store.open_clocks_of(&ids).await? {
        if let Some(incident) = &row.incident {
            clocks.entry(incident.clone()).or_default().push(ClockView::brief(&row, now));
        }
    }
    let mut main_clocks: BTreeMap<IncidentId, ClockRow> = BTreeMap::new();
    for row in app.store.main_clocks_of(&ids).await? {
        let Some(incident) = row.incident.clone() else { continue };
        // One that was replaced gives way to whatever came after it, and never stands before one that counts.
        if row.verdict.as_deref() != Some("superseded") || !main_clocks.contains_key(&incident) {
            main_clocks.insert(incident, row);
        }
    }
    let mut supporting: BTreeMap<IncidentId, Vec<BodyId>> = BTreeMap::new();
    for task in app.store.tasks_of(&ids).await? {
        if task.active && task.role == "supporting" {
            supporting.entry(task.incident).or_default().push(task.department);
        }
    }
    let summary = |row: IncidentRow| IncidentSummary {
        clocks: clocks.remove(&row.id).unwrap_or_default(),
        main_clock: main_clocks.remove(&row.id).map(|clock| ClockView::brief(&clock, now)),
        supporting: supporting.remove(&row.id).unwrap_or_default(),
        id: row.id,
        version: row.version,
        title: row.title,
        region: row.region,
        jurisdiction: row.jurisdiction,
        state: row.state,
        event_grade: row.event_grade,
        opinion_grade: row.opinion_grade,
        sensitive: row.sensitive,
        graded: row.graded,
        lead: row.lead,
        mention_count: row.mention_count,
        channels: row.channels.0,
        category: row.category,
        detected_at: row.detected_at,
        updated_at: row.updated_at,
        pending_approvals: row.pending_approvals,
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// The row of a case that the user may see; another's doesn't exist for them.
pub async fn visible(app: &App, who: &SignedIn, id: &IncidentId) -> Result<IncidentRow, Problem> {
    let row = match who.visible_to() {
        None => app.store.incident(id).await?,
        Some(from) => app.store.incident_visible(id, &from).await?,
    };
    row.ok_or_else(|| Problem::not_found("没有这件舆情，或不在您的权限内"))
}

/// Which cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ViewName {
    /// 待研判
    Triage,
    /// 已交办
    Assigned,
    /// In hand
    Open,
    /// 超时
    Overdue,
    /// 2小时内到期: the main clock, none breached
    DueSoon,
    /// Not in hand any more
    Closed,
    /// All
    #[default]
    All,
}

impl From<ViewName> for View {
    fn from(name: ViewName) -> Self {
        match name {
            ViewName::Triage => Self::Triage,
            ViewName::Assigned => Self::Assigned,
            ViewName::Open => Self::Open,
            ViewName::Overdue => Self::Overdue,
            ViewName::DueSoon => Self::DueSoon,
            ViewName::Closed => Self::Closed,
            ViewName::All => Self::All,
        }
    }
}

/// What came of the main clock by which a case is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Verdicts {
    /// 按时
    OnTime,
    /// 逾期
    Late,
    /// 补录
    Corrected,
    /// 计时中
    Running,
}

impl From<Verdicts> for Judged {
    fn from(verdict: Verdicts) -> Self {
        match verdict {
            Verdicts::OnTime => Self::OnTime,
            Verdicts::Late => Self::Late,
            Verdicts::Corrected => Self::Corrected,
            Verdicts::Running => Self::Running,
        }
    }
}

/// Which incidents.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// What is in hand comes by urgency: major and above first, then by the due time of the main clock, then of any other, so
    /// that the overdue stand on top; everything else the newest first.
    #[param(inline)]
    view: Option<ViewName>,
    region: Option<RegionId>,
    /// A body with a task.
    department: Option<BodyId>,
    channel: Option<Channel>,
    /// Derived state.
    state: Option<String>,
    /// 领域
    category: Option<String>,
    /// 敏感
    sensitive: Option<bool>,
    /// Highest grade at least.
    at_least: Option<Grade>,
    /// Text in number or title, or words that one of its mentions holds.
    #[param(max_length = 200)]
    q: Option<String>,
    /// The first day in Beijing on which it was detected.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<NaiveDate>,
    /// The last such day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<NaiveDate>,
    #[param(inline)]
    verdict: Option<Verdicts>,
}

impl Wanted {
    /// As the store is asked, for whoever looks.
    pub(super) fn filter(self, rules: &Rules, who: &SignedIn, now: Instant) -> Result<IncidentFilter, Problem> {
        if let Some(q) = &self.q {
            super::check_query(q)?;
        }
        super::check_known("state", self.state.as_deref(), Incident::STATES)?;
        super::check_known("category", self.category.as_deref(), terms::ids("category"))?;
        let bodies: Vec<&str> = rules.office.bodies.keys().map(BodyId::as_str).collect();
        super::check_known("department", self.department.as_ref().map(BodyId::as_str), bodies)?;
        super::check_region(self.region.as_ref(), rules)?;
        let until = self.to.map(|to| to.succ_opt().map(Instant::start_of));
        if matches!(until, Some(None)) {
            return Err(Problem::bad_request("to 超出可用的日期"));
        }
        Ok(IncidentFilter {
            view: View::from(self.view.unwrap_or_default()),
            now,
            visible_to: who.visible_to(),
            region: self.region,
            department: self.department,
            channel: self.channel,
            state: self.state,
            category: self.category,
            sensitive: self.sensitive,
            at_least: self.at_least,
            q: self.q,
            from: self.from.map(Instant::start_of),
            to: until.flatten(),
            judged: self.verdict.map(Judged::from),
        })
    }
}

/// Incidents; a department sees its own
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(Wanted, Paging), responses((status = 200, description = "A page", body = Page<IncidentSummary>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<IncidentSummary>>, Problem> {
    let limit = paging.limit()?;
    let after: Option<IncidentCursor> = paging.after()?;
    let filter = wanted.filter(&app.rules.load(), &who, app.clock.now())?;
    let view = filter.view;
    let rows = app.store.incidents(&filter, after.as_ref(), limit + 1).await?;
    let rows = page(rows, limit, |row| IncidentCursor::after(row, view).to_string(), |row| row);
    Ok(Json(Page { items: summaries(&app, rows.items).await?, next: rows.next }))
}

/// The mentions of an incident, in order of arrival
#[utoipa::path(get, path = "/api/v1/incidents/{id}/mentions", tag = "incidents", params(("id" = String, Path, description = "编号"), Paging), responses((status = 200, description = "A page", body = Page<MentionView>)))]
async fn mentions(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<MentionView>>, Problem> {
    let limit = paging.limit()?;
    let after: Option<i64> = paging.after()?;
    let row = visible(&app, &who, &id).await?;
    let rows = app.store.mentions_of(&row.id, after.unwrap_or(0), limit + 1).await?;
    Ok(Json(page(rows, limit, |row| row.n.to_string(), MentionView::in_list)))
}
