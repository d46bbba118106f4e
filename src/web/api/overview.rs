//! 值守总览: the numbers of now.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::clock_view::ClockView;
use crate::domain::administration::Role;
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, RegionId, UserId};
use crate::domain::instant::Instant;
use crate::domain::office::Holder;
use crate::domain::routing::{SMTP, TESTED, WEBHOOK};
use crate::store::{ClockFilter, MentionCounts, RunningClock};
use crate::web::extract::Query;
use crate::web::health::CONTACT;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Users looked through for their roles.
const USERS_MAX: i64 = 10_000;
/// Clocks on the wall.
const RUNNING_MAX: i64 = 100;
/// Clocks of what presses.
const URGED_MAX: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(overview)).routes(routes!(urged))
}

/// The numbers of now; a department's are those of its own cases.
#[derive(Debug, Serialize, ToSchema)]
struct Overview {
    /// Cases with a breached clock that is still open.
    overdue: i64,
    /// Cases whose main clock is due within two hours.
    due_in_2h: i64,
    /// 重大 or higher.
    major: i64,
    /// 待研判
    to_triage: i64,
    /// In hand.
    open: i64,
    /// Detected since midnight.
    today_mentions: i64,
    /// Waiting for analysis.
    pending_mentions: i64,
    /// Null to a department, as are all numbers of the whole city.
    #[schema(required)]
    sources: Option<SourceCounts>,
    /// When the last mention was detected.
    last_collected_at: Option<Instant>,
    /// Notices that no channel has accepted yet.
    #[schema(required)]
    undelivered: Option<i64>,
    /// Open clocks, the earliest due first.
    running: Vec<Running>,
    #[schema(required)]
    setup: Option<Setup>,
}

/// Sources by health.
#[derive(Debug, Default, Serialize, ToSchema)]
struct SourceCounts {
    ok: i64,
    /// Answers, but its list has no items.
    empty: i64,
    failing: i64,
    /// Nothing new for long.
    stale: i64,
    /// Answers with a captcha, a log-in, a refusal.
    wall: i64,
    /// Its items have no text.
    textless: i64,
    /// What its items used to have is gone.
    fields: i64,
    /// Used to give something new at each look.
    frozen: i64,
    /// Never collected yet.
    new: i64,
    /// 盲区: of all these, those of which the people who keep the service were told.
    blind: i64,
}

/// An open clock with its case.
#[derive(Debug, Serialize, ToSchema)]
struct Running {
    #[serde(flatten)]
    clock: ClockView,
    incident: Option<String>,
    title: String,
    region: Option<RegionId>,
    lead: Option<BodyId>,
    event_grade: Grade,
    opinion_grade: Grade,
}

impl Running {
    fn of(row: RunningClock, now: Instant) -> Self {
        Self {
            clock: ClockView::of(&row.clock, now),
            incident: row.clock.incident.map(|id| id.to_string()),
            title: row.title,
            region: row.region,
            lead: row.lead,
            event_grade: row.event_grade,
            opinion_grade: row.opinion_grade,
        }
    }
}

/// What a first start still lacks.
#[derive(Debug, Serialize, ToSchema)]
struct Setup {
    rules_loaded: bool,
    /// Those that are enabled.
    sources_configured: usize,
    /// Of those, the ones that have given something at least once.
    sources_read: usize,
    mentions: i64,
    users: i64,
    /// Accounts in use that may grade and assign.
    analysts: usize,
    /// Bodies with at least one account in use.
    bodies_with_users: usize,
    /// Leaders with an account in use.
    leaders: usize,
    /// Holders of rosters, each once.
    holders: usize,
    /// Of those, the ones whom nothing reaches by itself.
    holders_unreached: usize,
    /// Topics that somebody changed from a page.
    topics_changed: usize,
    /// Channels besides in-app that are configured.
    channels: usize,
    /// Of those, the ones that accepted a test notice.
    channels_tested: usize,
    /// Whether the owners of sites are told whom they can turn to.
    contact_known: bool,
}

/// The numbers of now
#[utoipa::path(get, path = "/api/v1/overview", tag = "overview", responses((status = 200, description = "Now", body = Overview)))]
async fn overview(State(app): State<App>, who: SignedIn) -> Result<Json<Overview>, Problem> {
    let now = app.clock.now();
    let visible_to = who.visible_to();
    let counts = app.store.incident_counts(visible_to.as_ref(), now).await?;
    let midnight = Instant::start_of(now.date());
    let (mentions, city) = match &visible_to {
        // Of the whole city's numbers a department is told none.
        Some(from) => {
            let (since, last_detected_at) = app.store.mention_counts_seen(from, midnight).await?;
            (MentionCounts { since, last_detected_at, ..MentionCounts::default() }, None)
        }
        None => {
            let mentions = app.store.mention_counts(midnight).await?;
            let city = city(&app, mentions.total).await?;
            (mentions, Some(city))
        }
    };
    let filter = ClockFilter { visible_to, ..ClockFilter::default() };
    let running = app.store.running_clocks(&filter, RUNNING_MAX).await?;
    let (sources, undelivered, setup) = match city {
        Some(City { sources, undelivered, setup }) => (Some(sources), Some(undelivered), Some(setup)),
        None => (None, None, None),
    };
    Ok(Json(Overview {
        overdue: counts.overdue,
        due_in_2h: counts.due_soon,
        major: counts.major,
        to_triage: counts.to_triage,
        open: counts.active,
        today_mentions: mentions.since,
        pending_mentions: mentions.pending,
        sources,
        last_collected_at: mentions.last_detected_at,
        undelivered,
        running: running.into_iter().map(|row| Running::of(row, now)).collect(),
        setup,
    }))
}

/// What presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Pressing {
    /// 督查、批示、整改、上级交办 whose result is owed.
    Asked,
    /// 会商 to be convened.
    Consultation,
}

/// Which clocks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    #[param(inline)]
    what: Pressing,
}

/// Open clocks of what was asked of a body, or of consultations to be convened, the earliest due first
#[utoipa::path(get, path = "/api/v1/clocks", tag = "overview", params(Wanted), responses((status = 200, description = "At most 200", body = Page<Running>)))]
async fn urged(
    State(app): State<App>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Running>>, Problem> {
    let filter = ClockFilter {
        visible_to: who.visible_to(),
        asked_only: wanted.what == Pressing::Asked,
        consultations_only: wanted.what == Pressing::Consultation,
        ..ClockFilter::default()
    };
    let now = app.clock.now();
    let rows = app.store.running_clocks(&filter, URGED_MAX).await?;
    Ok(Json(Page { items: rows.into_iter().map(|row| Running::of(row, now)).collect(), next: None }))
}

/// What is of the whole city and of no case.
struct City {
    sources: SourceCounts,
    undelivered: i64,
    setup: Setup,
}

async fn city(app: &App, mentions: i64) -> Result<City, Problem> {
    let states = app.store.sources().await?;
    let rules = app.rules.load_full();
    let enabled: Vec<_> = rules.sources.iter().filter(|source| source.enabled).collect();
    let mut sources = SourceCounts::default();
    for state in states.iter().filter(|state| enabled.iter().any(|source| source.id == state.source)) {
        sources.blind += i64::from(state.blind_since.is_some());
        match state.health.as_str() {
            "wall" => sources.wall += 1,
            "textless" => sources.textless += 1,
            "fields" => sources.fields += 1,
            "frozen" => sources.frozen += 1,
            "ok" => sources.ok += 1,
            "empty" => sources.empty += 1,
            "failing" => sources.failing += 1,
            "stale" => sources.stale += 1,
            _ => sources.new += 1,
        }
    }
    let unknown = enabled.iter().filter(|source| states.iter().all(|state| state.source != source.id));
    sources.new += i64::try_from(unknown.count()).unwrap_or(i64::MAX);
    let undelivered = app.store.unsent_outbox_count().await? + app.store.failed_outbox_count().await?;
    let users = app.store.users("", USERS_MAX).await?;
    let roles: Vec<Vec<Role>> = users
        .iter()
        .filter(|user| user.active)
        .map(|user| serde_json::from_str(&user.roles).unwrap_or_default())
        .collect();
    let having = |fits: &dyn Fn(&Role) -> bool| roles.iter().filter(|roles| roles.iter().any(fits)).count();
    let bodies: BTreeSet<&BodyId> = roles
        .iter()
        .flatten()
        .filter_map(|role| match role {
            Role::Department { body, .. } => Some(body),
            _ => None,
        })
        .collect();
    let (office, routes) = (&rules.office, app.acts.routes());
    let in_use = |user: &UserId| users.iter().any(|row| row.active && row.id == *user);
    let reached = |holder: &Holder| holder.user.as_ref().is_some_and(in_use) || routes.reaches(office, &holder.id);
    let holders: BTreeMap<&str, bool> = office.holders().map(|holder| (holder.id.as_str(), reached(holder))).collect();
    let mut channels: Vec<&str> = routes.robots.keys().map(String::as_str).collect();
    channels.extend(routes.smtp.then_some(SMTP));
    channels.extend(routes.webhook.then_some(WEBHOOK));
    let mut channels_tested = 0;
    for channel in &channels {
        channels_tested += usize::from(app.store.meta(&format!("{TESTED}{channel}")).await?.is_some());
    }
    let versions = app.store.latest_rule_versions().await?;
    let setup = Setup {
        rules_loaded: !rules.office.policies.is_empty() && rules.errors.is_empty(),
        sources_configured: enabled.len(),
        sources_read: enabled
            .iter()
            .filter(|source| states.iter().any(|state| state.source == source.id && state.last_new_at.is_some()))
            .count(),
        mentions,
        users: users.iter().filter(|user| user.active).count() as i64,
        analysts: having(&|role| matches!(role, Role::Analyst)),
        bodies_with_users: bodies.len(),
        leaders: having(&|role| matches!(role, Role::Leader { .. })),
        holders: holders.len(),
        holders_unreached: holders.values().filter(|reached| !**reached).count(),
        topics_changed: versions.iter().filter(|row| row.file.starts_with("topics/") && row.by_user.is_some()).count(),
        channels: channels.len(),
        channels_tested,
        contact_known: app.store.meta(CONTACT).await?.is_some(),
    };
    Ok(City { sources, undelivered, setup })
}
