//! What went up to leadership, as cards: one for each case, with whose it is and who has been told.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::history::names;
use crate::acts::{incident_of, stream_of};
use crate::domain::administration::Role;
use crate::domain::body::Tier;
use crate::domain::clock::ClockKind;
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, IncidentId, RegionId};
use crate::domain::incident::Event;
use crate::domain::instant::Instant;
use crate::domain::office::{Holder, Office};
use crate::store::{EscalationFilter, EscalationRow, ToldRow};
use crate::web::authorise::Permission;
use crate::web::extract::Query;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Escalations looked at; cards are fewer.
const ESCALATIONS_MAX: i64 = 500;
/// Cards of an answer.
const CARDS_MAX: usize = 100;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Someone who was told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Told {
    pub tier: Tier,
    /// Whose roster gave them.
    pub jurisdiction: BodyId,
    /// Names.
    pub to: String,
    pub at: Instant,
    /// `-6h`, if a ladder did it.
    pub step: Option<String>,
    /// Kind of the clock whose ladder did it.
    pub clock: Option<ClockKind>,
    /// Overtaken and not sent.
    pub skipped: bool,
    /// When they had read it (已知悉).
    pub received: Option<Instant>,
    /// Who had.
    pub received_by: Option<String>,
}

impl From<EscalationRow> for Told {
    fn from(row: EscalationRow) -> Self {
        let holders: Vec<Holder> = serde_json::from_str(&row.holders).unwrap_or_default();
        let names: Vec<String> = holders.into_iter().map(|holder| holder.name).collect();
        Self {
            tier: row.tier,
            jurisdiction: row.jurisdiction,
            to: names.join("、"),
            at: row.at,
            step: row.step,
            clock: row.clock_kind,
            skipped: row.skipped,
            received: row.received_at,
            received_by: row.received_by,
        }
    }
}

/// Whose case it is, and whom to call.
#[derive(Debug, Serialize, ToSchema)]
struct Whose {
    body: BodyId,
    name: String,
    phone: Option<String>,
}

/// The latest 批示 on a case, and what came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct InstructionView {
    text: String,
    /// 批示领导: whoever recorded it where nobody else is named.
    leader: String,
    /// When it was given, else recorded.
    at: Instant,
    due_at: Option<Instant>,
    /// 登记人, where that is another.
    recorded_by: Option<String>,
    /// 办理结果, once there is one.
    result: Option<String>,
    /// When that was told.
    concluded_at: Option<Instant>,
}

/// A card.
#[derive(Debug, Serialize, ToSchema)]
struct Card {
    incident: IncidentId,
    title: String,
    region: Option<RegionId>,
    /// Derived state of the case.
    state: String,
    /// The highest tier that was told.
    tier: Tier,
    /// The clock whose ladder told it last.
    clock: Option<ClockKind>,
    /// When the case's main clock is due, while it is open.
    due_at: Option<Instant>,
    /// 暂定: the next notice of holidays may move that time.
    provisional: bool,
    overdue: bool,
    /// When it first went up.
    since: Instant,
    whose: Whose,
    told: Vec<Told>,
    event_grade: Grade,
    opinion_grade: Grade,
    sensitive: bool,
    /// 批示 on it, if there is one.
    instruction: Option<InstructionView>,
    /// When I had read what I was told last; of what I wasn't told, when somebody had.
    received: Option<Instant>,
}

/// Which cards.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// 1: what I was told, and what the bodies of my portfolio lead.
    #[param(inline)]
    mine: Option<Switch>,
}

/// A yes or no in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
enum Switch {
    #[serde(rename = "0")]
    Zero,
    #[serde(rename = "1")]
    One,
    #[serde(rename = "false")]
    False,
    #[serde(rename = "true")]
    True,
}

/// Cases that went up, the latest first; only those still in hand
#[utoipa::path(get, path = "/api/v1/escalations", tag = "escalations", params(Wanted), responses((status = 200, description = "At most 100 cards", body = Page<Card>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Card>>, Problem> {
    who.require(Permission::ReadEscalations)?;
    let mine = matches!(wanted.mine, Some(Switch::One | Switch::True));
    let everything =
        EscalationFilter { active_only: true, visible_to: who.visible_to(), ..EscalationFilter::default() };
    // What I was told stays mine to see.
    let own = EscalationFilter { user: Some(who.user.clone()), visible_to: None, ..everything.clone() };
    let portfolio: Vec<&BodyId> = who.roles.iter().flat_map(portfolio).collect();
    let mut rows = app.store.escalations(if mine { &own } else { &everything }, ESCALATIONS_MAX).await?;
    let told_me: BTreeSet<String> = rows.iter().filter(|_| mine).map(|row| row.escalation.id.clone()).collect();
    if mine && !portfolio.is_empty() {
        let led = app.store.escalations(&everything, ESCALATIONS_MAX).await?;
        rows.extend(led.into_iter().filter(|row| row.lead.as_ref().is_some_and(|lead| portfolio.contains(&lead))));
        rows.sort_by(|a, b| (b.escalation.at, &b.escalation.id).cmp(&(a.escalation.at, &a.escalation.id)));
        rows.dedup_by(|a, b| a.escalation.id == b.escalation.id);
    }
    let rules = app.rules.load_full();
    let mut cards = Vec::new();
    let mut instructions = instructions(&app, &rows).await?;
    let keys: Vec<&str> = rows.iter().map(|row| row.escalation.id.as_str()).collect();
    let read: BTreeMap<String, Instant> = app.store.read_by(&who.user, &keys).await?.into_iter().collect();
    let cases = by_incident(rows);
    let ids: Vec<IncidentId> = cases.iter().map(|(incident, _)| incident.clone()).collect();
    let mut told_of = told_of(&app, &ids).await?;
    let provisional = app.store.provisional_among(&ids).await?;
    for (incident, rows) in cases {
        let told = told_of.remove(&incident).unwrap_or_default();
        // What I was told I read myself; of what others were told, somebody has.
        let own = rows.iter().find(|row| told_me.contains(&row.escalation.id));
        let latest = rows.first().and_then(|row| row.escalation.received_at);
        let received = own.map_or(latest, |row| read.get(&row.escalation.id).copied());
        let instruction = instructions.remove(&incident);
        let provisional = provisional.contains(&incident);
        cards.extend(card(incident, &rows, told, Seen { instruction, received, provisional }, &rules.office));
    }
    Ok(Json(Page { items: cards, next: None }))
}

/// What a card says besides its escalations.
struct Seen {
    instruction: Option<InstructionView>,
    received: Option<Instant>,
    provisional: bool,
}

/// Who was told of each of the cases, in order of time.
async fn told_of(app: &App, cases: &[IncidentId]) -> Result<BTreeMap<IncidentId, Vec<EscalationRow>>, Problem> {
    let ids: Vec<&str> = cases.iter().map(IncidentId::as_str).collect();
    let mut told: BTreeMap<IncidentId, Vec<EscalationRow>> = BTreeMap::new();
    for row in app.store.escalations_of(&ids).await? {
        told.entry(row.incident.clone()).or_default().push(row);
    }
    Ok(told)
}

/// The latest 批示 on each of the cases, read from the record in one query.
async fn instructions(app: &App, rows: &[ToldRow]) -> Result<BTreeMap<IncidentId, InstructionView>, Problem> {
    let streams: BTreeSet<String> = rows.iter().map(|row| stream_of(&row.escalation.incident)).collect();
    let streams: Vec<&str> = streams.iter().map(String::as_str).collect();
    let events = app.store.events_of_names(&streams, ["instructed", "concluded"]).await?;
    let mut latest: BTreeMap<IncidentId, (String, InstructionView)> = BTreeMap::new();
    let mut people = BTreeSet::new();
    for row in events {
        let Some(incident) = incident_of(&row.stream) else { continue };
        match serde_json::from_str::<Event>(&row.body) {
            Ok(Event::Instructed(opened)) => {
                people.insert(opened.by.clone());
                let recorded_by = opened.leader.is_some().then(|| opened.by.clone());
                let view = InstructionView {
                    text: opened.text,
                    leader: opened.leader.unwrap_or(opened.by),
                    at: opened.given_at.unwrap_or(row.at),
                    due_at: opened.due_at,
                    recorded_by,
                    result: None,
                    concluded_at: None,
                };
                latest.insert(incident, (opened.record, view));
            }
            Ok(Event::Concluded { record: ClockKind::Instruction, id, result, .. }) => {
                if let Some((_, view)) = latest.get_mut(&incident).filter(|(record, _)| *record == id) {
                    (view.result, view.concluded_at) = (Some(result), Some(row.at));
                }
            }
            _ => {}
        }
    }
    let rules = app.rules.load_full();
    let names = names(app, &rules.office, people.into_iter()).await?;
    let named = |(incident, (_, view)): (IncidentId, (String, InstructionView))| {
        let leader = names.of(&view.leader);
        let recorded_by = view.recorded_by.as_ref().map(|by| names.of(by));
        (incident, InstructionView { leader, recorded_by, ..view })
    };
    Ok(latest.into_iter().map(named).collect())
}

fn portfolio(role: &Role) -> &[BodyId] {
    match role {
        Role::Leader { portfolio } => portfolio,
        _ => &[],
    }
}

/// Cases in the order of their latest escalation, with theirs.
fn by_incident(rows: Vec<ToldRow>) -> Vec<(IncidentId, Vec<ToldRow>)> {
    let mut order = Vec::new();
    let mut groups: BTreeMap<IncidentId, Vec<ToldRow>> = BTreeMap::new();
    for row in rows {
        let incident = row.escalation.incident.clone();
        let group = groups.entry(incident.clone()).or_default();
        if group.is_empty() {
            order.push(incident);
        }
        group.push(row);
    }
    order.truncate(CARDS_MAX);
    order.into_iter().filter_map(|incident| groups.remove_entry(&incident)).collect()
}

fn card(incident: IncidentId, rows: &[ToldRow], told: Vec<EscalationRow>, seen: Seen, office: &Office) -> Option<Card> {
    let latest = rows.first()?;
    let since = rows.iter().map(|row| row.escalation.at).min()?;
    // 统筹协调 stands beside the ladder, not above it.
    let height = |row: &&ToldRow| (row.escalation.tier != Tier::Coordination, row.escalation.tier);
    let tier = rows.iter().max_by_key(height)?.escalation.tier;
    let body = latest.lead.clone().unwrap_or_else(|| BodyId::from(BodyId::OFFICE));
    let known = office.bodies.get(&body);
    Some(Card {
        incident,
        title: latest.title.clone(),
        region: latest.region.clone(),
        state: latest.state.clone(),
        tier,
        clock: latest.escalation.clock_kind,
        due_at: latest.main_due_at,
        provisional: seen.provisional,
        overdue: latest.overdue,
        since,
        whose: Whose {
            name: known.map_or_else(|| body.to_string(), |body| body.name.clone()),
            phone: known.and_then(|body| body.contacts.first()).map(|contact| contact.phone.clone()),
            body,
        },
        told: told.into_iter().map(Told::from).collect(),
        event_grade: latest.event_grade,
        opinion_grade: latest.opinion_grade,
        sensitive: latest.sensitive,
        instruction: seen.instruction,
        received: seen.received,
    })
}
