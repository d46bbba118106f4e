//! One case (案件): its page, and what people do to it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::act::Act;
use super::clock_view::{ClockView, minute};
use super::escalations::Told;
use super::history::{Names, names};
use super::incidents::{IncidentSummary, summaries, visible};
use super::recorded::{self, CircularView, ReviewView, TalkView};
use crate::acts::{ActError, stream_of};
use crate::domain::actor::Actor;
use crate::domain::grade::{Grading, ResponseApproach};
use crate::domain::ids::{BodyId, IncidentId};
use crate::domain::incident::{self, Command, Incident, Role, TaskState, Waiting};
use crate::domain::instant::Instant;
use crate::domain::office::Office;
use crate::domain::policy::PublicationKind;
use crate::domain::prepared::{AttachedAssessment, AttachedPlan};
use crate::store::IncidentRow;
use crate::text::analysis::{Analysis, Reason};
use crate::web::authorise;
use crate::web::extract::{Body, Path};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(detail)).routes(routes!(act))
}

/// A body that the texts point at.
#[derive(Debug, Serialize, ToSchema)]
struct DepartmentView {
    id: BodyId,
    name: String,
    /// 0–1
    score: f64,
    why: Vec<String>,
}

/// A department's task.
#[derive(Debug, Serialize, ToSchema)]
struct TaskView {
    department: BodyId,
    name: String,
    // Named like the role of a user, which is another thing.
    #[schema(inline)]
    role: Role,
    state: TaskState,
    /// Given by the scheduler.
    auto: bool,
    assigned_at: Instant,
    acknowledged_at: Option<Instant>,
    answered_at: Option<Instant>,
    /// 协办答复, as it stands now.
    answer: Option<String>,
}

/// Who held custody, until the next segment begins.
#[derive(Debug, Serialize, ToSchema)]
struct CustodyView {
    holder: BodyId,
    name: String,
    from: Instant,
    to: Option<Instant>,
}

/// What was published, or is planned to be.
#[derive(Debug, Serialize, ToSchema)]
struct PublicationView {
    kind: PublicationKind,
    department: BodyId,
    effective_at: Instant,
    recorded_at: Instant,
    planned: bool,
    /// 补录: waits for a second person.
    pending: bool,
    reviewed: bool,
    url: Option<String>,
    /// What it says, as it stands now.
    text: Option<String>,
    /// Its place, by which an `amend` names it; none where it stands on another case of the group.
    n: Option<usize>,
}

/// What waits for a second person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApprovalView {
    pub what: Waiting,
    pub by: String,
    pub by_name: String,
    pub at: Instant,
    /// What was asked for, in words.
    pub detail: String,
}

/// A person's grading.
#[derive(Debug, Serialize, ToSchema)]
struct GradingView {
    #[serde(flatten)]
    grading: Grading,
    by: String,
    by_name: String,
    at: Instant,
    reason: String,
}

/// A case.
#[derive(Debug, Serialize, ToSchema)]
struct IncidentDetail {
    #[serde(flatten)]
    summary_of: IncidentSummary,
    /// 标题, uncut: lists have the beginning of a long one.
    whole_title: String,
    /// 摘要
    summary: String,
    /// What the mentions propose.
    proposal: Grading,
    /// What that rests on.
    proposal_reasons: Vec<Reason>,
    grading: Option<GradingView>,
    /// 回应方式: a person's, else the proposal.
    approach: Option<ResponseApproach>,
    /// Whose matter it seems to be, best first.
    departments: Vec<DepartmentView>,
    tasks: Vec<TaskView>,
    custody: Vec<CustodyView>,
    publications: Vec<PublicationView>,
    approvals: Vec<ApprovalView>,
    /// What was ready for it when it opened.
    assessments: Vec<AttachedAssessment>,
    plans: Vec<AttachedPlan>,
    /// Of drafts that are not public yet.
    reviews: Vec<ReviewView>,
    circulars: Vec<CircularView>,
    talks: Vec<TalkView>,
    told: Vec<Told>,
    /// Acts that this user may try now.
    allowed: Vec<&'static str>,
}

/// One case; a department sees its own
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents", params(("id" = String, Path, description = "编号")), responses((status = 200, description = "The case", body = IncidentDetail)))]
async fn detail(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
) -> Result<Json<IncidentDetail>, Problem> {
    let row = visible(&app, &who, &id).await?;
    let now = app.clock.now();
    let state = app.acts.load(&row.id).await.map_err(problem)?;
    let group = group_of(&app, &state).await?;
    let rules = app.rules.load();
    let office = &rules.office;
    let analysis: Analysis =
        row.analysis.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let clocks = app.store.clocks(&stream_of(&row.id)).await?;
    let told = app.store.escalations_of(&[row.id.as_str()]).await?;
    let waiting = group.iter().flat_map(|member| &member.waiting);
    let askers: Vec<String> = waiting.map(|waiting| waiting.by.clone()).collect();
    let people = askers
        .into_iter()
        .chain(state.graded.iter().map(|graded| graded.by.clone()))
        .chain(recorded::recorders(&state));
    let names = names(&app, office, people).await?;
    let summary = row.summary.clone();
    let whole_title = whole_title(&app, &row).await?;
    let mut rows = summaries(&app, vec![row]).await?;
    let Some(mut summary_of) = rows.pop() else { return Err(Problem::not_found("没有这件舆情")) };
    let allowed = allowed(&group, &state, &who, office, now);
    let plan = plan_elsewhere(&group, &state).filter(|_| allowed.contains(&"confirm_held"));
    summary_of.clocks = clocks.iter().map(|clock| ClockView::of(clock, now)).collect();
    let main = summary_of.main_clock.take().map(|main| main.id);
    summary_of.main_clock = summary_of.clocks.iter().find(|clock| Some(&clock.id) == main.as_ref()).cloned();
    Ok(Json(IncidentDetail {
        summary_of,
        whole_title,
        summary,
        proposal: state.proposal,
        grading: state.graded.as_ref().map(|graded| GradingView {
            grading: graded.grading,
            by_name: names.of(&graded.by),
            by: graded.by.clone(),
            at: graded.at,
            reason: graded.reason.clone(),
        }),
        approach: state.approach,
        departments: analysis
            .departments
            .iter()
            .map(|d| DepartmentView { id: d.id.clone(), name: name(office, &d.id), score: d.score, why: d.why.clone() })
            .collect(),
        proposal_reasons: analysis.reasons,
        tasks: tasks(&state, office),
        custody: custody(&state, office),
        publications: publications(&state, group.first().is_none_or(|first| first.id == state.id), plan),
        approvals: approvals(&group, &state, &names, office),
        assessments: state.assessments.clone(),
        plans: state.plans.clone(),
        reviews: recorded::reviews(&state, &names),
        circulars: recorded::circulars(&state, &names),
        talks: recorded::talks(&state, who.visible_to().map(|from| from.body).as_ref(), &names),
        told: told.into_iter().map(Told::from).collect(),
        allowed,
    }))
}

/// The title uncut, as far as the first post still has it.
async fn whole_title(app: &App, row: &IncidentRow) -> Result<String, Problem> {
    let Some(beginning) = row.title.strip_suffix('…') else { return Ok(row.title.clone()) };
    let first = app.store.mentions_of(&row.id, 0, 1).await?.into_iter().next().and_then(|first| first.title);
    let whole = first.map(|title| title.trim().to_owned()).filter(|title| title.starts_with(beginning));
    Ok(whole.unwrap_or_else(|| row.title.clone()))
}

/// The whole group that a case is handled with, the survivor first; the case alone if there is none.
async fn group_of(app: &App, state: &Incident) -> Result<Vec<Incident>, Problem> {
    let Some(facts) = &state.group else { return Ok(vec![state.clone()]) };
    let mut members = Vec::with_capacity(facts.members.len());
    for id in &facts.members {
        members.push(if *id == state.id { state.clone() } else { app.acts.load(id).await.map_err(problem)? });
    }
    Ok(members)
}

/// What an act did.
#[derive(Debug, Serialize, ToSchema)]
struct ActedView {
    incident: IncidentId,
    version: i64,
    /// Rows of the ledger.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Value>,
}

/// Acts on a case: the act of `contract.md` without `at`, `incident` and `by`, and optionally the `version` that was seen
#[utoipa::path(post, path = "/api/v1/incidents/{id}/acts", tag = "incidents", params(("id" = String, Path, description = "编号")), request_body = Act, responses((status = 200, description = "Done", body = ActedView)))]
async fn act(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
    Body(asked): Body<Value>,
) -> Result<Json<ActedView>, Problem> {
    let version = version(&asked)?;
    let name = asked.get("do").and_then(Value::as_str).unwrap_or_default().to_owned();
    let command = Command::asked(asked, &["version"]).map_err(|error| Problem::refused(error.to_string()))?;
    let row = visible(&app, &who, &id).await?;
    // Whoever may not do a step can't do it by naming one that only the system takes: those stand in no role's list.
    let by = authorise::actor(&who.user, &who.roles, &name)?;
    let acted = app.acts.act(&row.id, &command, &by, version, app.clock.now()).await.map_err(problem)?;
    Ok(Json(ActedView { incident: acted.incident, version: acted.version, rows: acted.rows }))
}

/// The version that was seen, if it is given.
fn version(asked: &Value) -> Result<Option<i64>, Problem> {
    match asked.get("version") {
        None | Some(Value::Null) => Ok(None),
        Some(version) => match version.as_i64() {
            Some(version) => Ok(Some(version)),
            None => Err(Problem::refused("version 应为整数：打开这件舆情时看到的版本")),
        },
    }
}

pub(super) fn problem(error: ActError) -> Problem {
    match error {
        ActError::Refused(refusal) => Problem::refused(refusal.0),
        ActError::NotFound(_) => Problem::not_found("没有这件舆情，或不在您的权限内"),
        ActError::NoPost(_) => Problem::not_found("没有这件官方发布"),
        ActError::Stale { .. } => Problem::conflict(error.to_string()),
        ActError::Store(error) => error.into(),
        ActError::Unkept { .. } => Problem::refused(error.to_string()),
        ActError::State { .. } => {
            tracing::error!(%error, "a record can't be read");
            Problem::unavailable("这件舆情的存档读不出，其余不受影响；请系统管理员运行 huiying verify 查明")
        }
    }
}

fn name(office: &Office, body: &BodyId) -> String {
    office.bodies.get(body).map_or_else(|| body.to_string(), |body| body.name.clone())
}

fn tasks(state: &Incident, office: &Office) -> Vec<TaskView> {
    let view = |task: &incident::Task| TaskView {
        department: task.department.clone(),
        name: name(office, &task.department),
        role: task.role,
        state: task.state,
        auto: task.auto,
        assigned_at: task.assigned_at,
        acknowledged_at: task.acknowledged_at,
        answered_at: task.answered_at,
        answer: task.answer.clone(),
    };
    state.tasks.iter().map(view).collect()
}

fn custody(state: &Incident, office: &Office) -> Vec<CustodyView> {
    let until = state.custody.iter().skip(1).map(|next| Some(next.from)).chain([None]);
    let view = |(held, to): (&incident::Custody, Option<Instant>)| CustodyView {
        holder: held.holder.clone(),
        name: name(office, &held.holder),
        from: held.from,
        to,
    };
    state.custody.iter().zip(until).map(view).collect()
}

/// What was published on a case, and at the end the plan that a confirmation from here is about, if it stands
/// elsewhere.
fn publications(state: &Incident, survives: bool, elsewhere: Option<&incident::Publication>) -> Vec<PublicationView> {
    let pending = |n: usize| state.waiting.iter().any(|waiting| waiting.publication == Some(n));
    let view = |p: &incident::Publication, pending: bool, n: Option<usize>| PublicationView {
        kind: p.kind,
        department: p.department.clone(),
        effective_at: p.effective_at,
        recorded_at: p.recorded_at,
        planned: p.planned,
        pending,
        reviewed: p.reviewed,
        url: p.url.clone(),
        text: p.text.clone(),
        n,
    };
    let own = state.publications.iter().enumerate().map(|(n, p)| view(p, pending(n), survives.then_some(n)));
    own.chain(elsewhere.map(|plan| view(plan, false, None))).collect()
}

/// The plan that the group confirms next, if it is another member's: acts on a member are recorded on the survivor, so
/// a body may not find its own plan on the page of the incident in which it has its task.
fn plan_elsewhere<'g>(group: &'g [Incident], state: &Incident) -> Option<&'g incident::Publication> {
    let (of, index) = incident::next_plan(group, None).filter(|(of, _)| of.id != state.id)?;
    of.publications.get(index)
}

/// All that waits in the group, the oldest first: of a kind that is the one on which a second person decides, whichever
/// member they name. What waits on another than this one says on which.
pub(super) fn approvals(group: &[Incident], state: &Incident, names: &Names, office: &Office) -> Vec<ApprovalView> {
    let mut waiting: Vec<(&Incident, &incident::PendingApproval)> = Vec::new();
    for of in group {
        waiting.extend(of.waiting.iter().map(|waiting| (of, waiting)));
    }
    waiting.sort_by_key(|(_, waiting)| waiting.at);
    let view = |(of, waiting): (&Incident, &incident::PendingApproval)| {
        let detail = asked_for(of, waiting, office);
        ApprovalView {
            what: waiting.what,
            by: waiting.by.clone(),
            by_name: names.of(&waiting.by),
            at: waiting.at,
            detail: if of.id == state.id { detail } else { format!("事件 {}：{detail}", of.id) },
        }
    };
    waiting.into_iter().map(view).collect()
}

fn asked_for(state: &Incident, waiting: &incident::PendingApproval, office: &Office) -> String {
    match (&waiting.command, waiting.publication.and_then(|index| state.publications.get(index))) {
        (Some(Command::Grade { event_grade, opinion_grade, sensitive, reason, .. }), _) => format!(
            "事件{}，舆情{}{}：{reason}",
            event_grade.unwrap_or(state.grading().event_grade).zh(),
            opinion_grade.unwrap_or(state.grading().opinion_grade).zh(),
            if sensitive.unwrap_or(state.grading().sensitive) { "，敏感" } else { "" }
        ),
        (Some(Command::Dismiss { reason } | Command::Dispose { reason, .. }), _) => reason.clone(),
        (Some(Command::Refer { to, .. }), _) => {
            let bodies: Vec<String> = to.iter().map(|body| name(office, body)).collect();
            format!("移交给{}", bodies.join("、"))
        }
        (_, Some(publication)) => format!("{}，实际时间 {}", publication.kind.zh(), minute(publication.effective_at)),
        _ => waiting.what.zh().to_owned(),
    }
}

/// What a case, with the group that it is handled with, allows to the bodies of the user's roles, as far as the roles
/// carry it.
fn allowed(group: &[Incident], state: &Incident, who: &SignedIn, office: &Office, now: Instant) -> Vec<&'static str> {
    let mut by_body: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    let mut acts = Vec::new();
    for act in authorise::acts_of(&who.roles) {
        let Ok(actor) = authorise::actor(&who.user, &who.roles, act) else { continue };
        let body = Actor::acts_for(&actor).to_string();
        let open = by_body.entry(body).or_insert_with(|| incident::allowed(group, state, &actor, office, now));
        if open.contains(&act) {
            acts.push(act);
        }
    }
    acts
}
