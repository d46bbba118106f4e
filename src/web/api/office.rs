//! What the office has decided, as the rules say it: bodies, regions, policies, topics, duty roster.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::body::{self, BodyKind, Contact, Level, Tier};
use crate::domain::clock::{ClockKind, Force, print_span};
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, RegionId, UserId};
use crate::domain::instant::Instant;
use crate::domain::office::{CITY, Holder, Roster};
use crate::domain::policy::{self, PublicationKind};
use crate::text::topic::{ResponsePriority, Topic};
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(bodies))
        .routes(routes!(regions))
        .routes(routes!(policies))
        .routes(routes!(topics))
        .routes(routes!(roster))
        .routes(routes!(rosters))
}

fn whole<T>(items: Vec<T>) -> Json<Page<T>> {
    Json(Page { items, next: None })
}

/// 单位
#[derive(Debug, Serialize, ToSchema)]
struct Body {
    id: BodyId,
    name: String,
    aliases: Vec<String>,
    level: Level,
    parent: BodyId,
    kind: BodyKind,
    region: RegionId,
    /// 职责
    duties: Vec<String>,
    accounts: Vec<String>,
    contacts: Vec<Contact>,
    /// What makes it responsible.
    why: String,
}

impl From<&body::Body> for Body {
    fn from(body: &body::Body) -> Self {
        let body::Body { id, name, aliases, level, parent, kind, region, duties, keywords: _, accounts, contacts, why } =
            body.clone();
        Self { id, name, aliases, level, parent, kind, region, duties, accounts, contacts, why }
    }
}

/// Bodies
#[utoipa::path(get, path = "/api/v1/bodies", tag = "office", responses((status = 200, description = "All", body = Page<Body>)))]
async fn bodies(State(app): State<App>, _who: SignedIn) -> Json<Page<Body>> {
    whole(app.rules.load().office.bodies.values().map(Body::from).collect())
}

/// 地区
#[derive(Debug, Serialize, ToSchema)]
struct RegionView {
    id: RegionId,
    name: String,
}

/// Regions
#[utoipa::path(get, path = "/api/v1/regions", tag = "office", responses((status = 200, description = "All", body = Page<RegionView>)))]
async fn regions(State(app): State<App>, _who: SignedIn) -> Json<Page<RegionView>> {
    let rules = app.rules.load();
    whole(rules.regions.iter().map(|region| RegionView { id: region.id.clone(), name: region.name.clone() }).collect())
}

/// 时限政策
#[derive(Debug, Serialize, ToSchema)]
struct PolicyView {
    id: String,
    version: u32,
    name: String,
    /// What entitles the office to it.
    why: String,
    region: RegionId,
    /// Taken for its region where several name it.
    default: bool,
    active: bool,
    clocks: Vec<ClockRuleView>,
    /// Ladders by name.
    ladders: BTreeMap<String, Vec<LadderStep>>,
}

/// A clock of a policy.
#[derive(Debug, Serialize, ToSchema)]
struct ClockRuleView {
    kind: ClockKind,
    /// The Chinese term.
    name: String,
    /// The grade from which it is called for.
    at_least: Option<Grade>,
    /// As in the rule file: `24h`, `1 working day`.
    length: String,
    force: Force,
    met_by: Vec<PublicationKind>,
    /// Percent of the time at which it warns.
    warn: Vec<u8>,
    ladder: String,
    clause: String,
}

/// A step of a ladder.
#[derive(Debug, Serialize, ToSchema)]
struct LadderStep {
    /// Relative to the due time: `-6h`.
    at: String,
    tier: Tier,
}

impl From<&policy::Policy> for PolicyView {
    fn from(policy: &policy::Policy) -> Self {
        let clocks = policy.clocks.iter().map(|(kind, rule)| ClockRuleView {
            kind: *kind,
            name: kind.zh().to_owned(),
            at_least: rule.at_least,
            length: rule.length.to_string(),
            force: rule.force,
            met_by: rule.met_by.clone(),
            warn: rule.warn.clone(),
            ladder: rule.ladder.clone(),
            clause: rule.clause.clone(),
        });
        let step = |step: &policy::Step| LadderStep { at: print_span(step.at.0), tier: step.tier };
        let ladders = policy.ladders.iter();
        let ladders = ladders.map(|(name, ladder)| (name.clone(), ladder.steps.iter().map(step).collect()));
        Self {
            id: policy.id.clone(),
            version: policy.version,
            name: policy.name.clone(),
            why: policy.why.clone(),
            region: policy.region.clone(),
            default: policy.default,
            active: policy.active,
            clocks: clocks.collect(),
            ladders: ladders.collect(),
        }
    }
}

/// Policies
#[utoipa::path(get, path = "/api/v1/policies", tag = "office", responses((status = 200, description = "All", body = Page<PolicyView>)))]
async fn policies(State(app): State<App>, _who: SignedIn) -> Json<Page<PolicyView>> {
    whole(app.rules.load().office.policies.values().map(PolicyView::from).collect())
}

/// 关注主题
#[derive(Debug, Serialize, ToSchema)]
struct TopicView {
    id: String,
    name: String,
    why: String,
    /// The expression that a text must match.
    when: String,
    category: Option<String>,
    /// 主办
    lead: Option<BodyId>,
    /// 协办
    supporting: Vec<BodyId>,
    /// A post about it opens an incident.
    noteworthy: bool,
    /// A letter about it opens one too.
    letters: bool,
    sensitive: bool,
    response_priority: Option<ResponsePriority>,
}

impl From<&Topic> for TopicView {
    fn from(topic: &Topic) -> Self {
        Self {
            id: topic.id.clone(),
            name: topic.name.clone(),
            why: topic.why.clone(),
            when: topic.when.to_string(),
            category: topic.category.clone(),
            lead: topic.lead.clone(),
            supporting: topic.supporting.clone(),
            noteworthy: topic.noteworthy,
            letters: topic.letters,
            sensitive: topic.sensitive,
            response_priority: topic.response_priority,
        }
    }
}

/// Watched matters
#[utoipa::path(get, path = "/api/v1/topics", tag = "office", responses((status = 200, description = "All", body = Page<TopicView>)))]
async fn topics(State(app): State<App>, _who: SignedIn) -> Json<Page<TopicView>> {
    whole(app.rules.load().topics.iter().map(TopicView::from).collect())
}

/// 值班: who holds a tier of a jurisdiction now.
#[derive(Debug, Serialize, ToSchema)]
struct DutyView {
    jurisdiction: BodyId,
    tier: Tier,
    /// The jurisdiction's own roster has nobody: these are its parent's.
    inherited: bool,
    holders: Vec<HolderView>,
}

/// Who holds a tier.
#[derive(Debug, Serialize, ToSchema)]
struct HolderView {
    id: String,
    name: String,
    user: Option<UserId>,
    phone: Option<String>,
}

impl From<&Holder> for HolderView {
    fn from(holder: &Holder) -> Self {
        let Holder { id, name, user, phone, .. } = holder.clone();
        Self { id, name, user, phone }
    }
}

/// The roster of today.
#[derive(Debug, Serialize, ToSchema)]
struct Duty {
    /// As of.
    at: Instant,
    items: Vec<DutyView>,
}

/// Users looked through for the accounts of holders.
const USERS_MAX: i64 = 10_000;
/// Tiers that a roster holds; a department's own people are its contacts.
const TIERS: [Tier; 5] = [Tier::DutyDesk, Tier::OfficeDirector, Tier::Deputy, Tier::Principal, Tier::Coordination];

/// Who is on duty now
#[utoipa::path(get, path = "/api/v1/roster", tag = "office", responses((status = 200, description = "Now", body = Duty)))]
async fn roster(State(app): State<App>, _who: SignedIn) -> Json<Duty> {
    let at = app.clock.now();
    let rules = app.rules.load();
    let mut items = Vec::new();
    for jurisdiction in rules.office.rosters.keys() {
        for tier in TIERS {
            let Some(resolved) = rules.office.resolve(tier, jurisdiction, at) else { continue };
            items.push(DutyView {
                jurisdiction: jurisdiction.clone(),
                tier,
                inherited: resolved.inherited,
                holders: resolved.holders.into_iter().map(HolderView::from).collect(),
            });
        }
    }
    Json(Duty { at, items })
}

/// 值班表, whole: for the grid of a month.
#[derive(Debug, Serialize, ToSchema)]
struct RosterView {
    id: String,
    jurisdiction: BodyId,
    why: String,
    tiers: Vec<TierView>,
    /// Days on which a tier is held by others.
    days: Vec<DayView>,
    /// Who is away.
    leave: Vec<LeaveView>,
}

/// The usual holders of a tier.
#[derive(Debug, Serialize, ToSchema)]
struct TierView {
    tier: Tier,
    holders: Vec<RosterHolder>,
}

/// A tier on one day.
#[derive(Debug, Serialize, ToSchema)]
struct DayView {
    #[schema(format = Date)]
    date: String,
    tier: Tier,
    holders: Vec<RosterHolder>,
}

/// A holder who is away.
#[derive(Debug, Serialize, ToSchema)]
struct LeaveView {
    holder: String,
    #[schema(format = Date)]
    from: String,
    #[schema(format = Date)]
    to: String,
    why: Option<String>,
}

/// What stands behind the account that a roster names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AccountStanding {
    /// In use.
    Ok,
    /// The roster names none.
    None,
    /// There is no such account.
    Unknown,
    /// It may not log in.
    Off,
}

/// A holder, and whether anything reaches them.
#[derive(Debug, Serialize, ToSchema)]
struct RosterHolder {
    id: String,
    name: String,
    user: Option<UserId>,
    phone: Option<String>,
    email: Option<String>,
    account: AccountStanding,
    /// Whether anything reaches them by itself: an account in use, mail or a group robot that is configured.
    reached: bool,
}

/// All rosters, the city's first
#[utoipa::path(get, path = "/api/v1/rosters", tag = "office", responses((status = 200, description = "All", body = Page<RosterView>)))]
async fn rosters(State(app): State<App>, _who: SignedIn) -> Result<Json<Page<RosterView>>, Problem> {
    let users: BTreeMap<UserId, bool> =
        app.store.users("", USERS_MAX).await?.into_iter().map(|row| (row.id, row.active)).collect();
    let (rules, routes) = (app.rules.load_full(), app.acts.routes());
    let holder = |holder: &Holder| {
        let account = match &holder.user {
            None => AccountStanding::None,
            Some(user) => match users.get(user) {
                None => AccountStanding::Unknown,
                Some(false) => AccountStanding::Off,
                Some(true) => AccountStanding::Ok,
            },
        };
        let reached = account == AccountStanding::Ok || routes.reaches(&rules.office, &holder.id);
        let Holder { id, name, user, phone, email } = holder.clone();
        RosterHolder { id, name, user, phone, email, account, reached }
    };
    let view = |roster: &Roster| RosterView {
        id: roster.id.clone(),
        jurisdiction: roster.jurisdiction.clone(),
        why: roster.why.clone(),
        tiers: TIERS
            .into_iter()
            .map(|tier| TierView { tier, holders: roster.tiers.get(&tier).into_iter().flatten().map(holder).collect() })
            .collect(),
        days: roster
            .days
            .iter()
            .map(|day| DayView {
                date: day.date.to_string(),
                tier: day.tier,
                holders: day.holders.iter().map(holder).collect(),
            })
            .collect(),
        leave: roster
            .leave
            .iter()
            .map(|leave| LeaveView {
                holder: leave.holder.clone(),
                from: leave.from.to_string(),
                to: leave.to.to_string(),
                why: leave.why.clone(),
            })
            .collect(),
    };
    let mut rosters: Vec<&Roster> = rules.office.rosters.values().collect();
    rosters.sort_by_key(|roster| roster.jurisdiction != CITY);
    Ok(whole(rosters.into_iter().map(view).collect()))
}
