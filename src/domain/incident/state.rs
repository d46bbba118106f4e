//! What is known of an incident: everything that [`super::decide`] looks at, and nothing else. Derived from events alone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::clock::{Clock, ClockKind, Verdict};
use crate::domain::grade::{Grade, Grading, ResponseApproach};
use crate::domain::ids::{BodyId, ClockId, IncidentId, RegionId};
use crate::domain::instant::Instant;
use crate::domain::mention::Channel;
use crate::domain::office::{CITY, Office};
use crate::domain::policy::Policy;
use crate::domain::prepared::{AttachedAssessment, AttachedPlan};

use super::accountability::{AccountabilityTalk, CircularNotice};
use super::command::{Command, Waiting};
use super::event::GroupFacts;
use super::publication::Publication;
use super::review::Review;

/// 主办 or 协办.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 主办
    Lead,
    /// 协办
    Supporting,
}

/// State of a department's task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// 已交办
    Assigned,
    /// 已签收
    Acknowledged,
    /// 已退回
    Returned,
    /// 已答复
    Answered,
    /// 已转办：another body leads instead.
    Replaced,
}

/// A department's task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Whose.
    pub department: BodyId,
    /// Lead or supporting.
    pub role: Role,
    /// Given by the scheduler.
    pub auto: bool,
    /// When it was given.
    pub assigned_at: Instant,
    /// When it was acknowledged.
    pub acknowledged_at: Option<Instant>,
    /// When it was first answered or published on.
    pub answered_at: Option<Instant>,
    /// Its state.
    pub state: TaskState,
    /// Why the scheduler chose it.
    #[serde(default)]
    pub why: Vec<String>,
    /// What a supporting body answered last (协办答复).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl Task {
    /// Whether the department still has it.
    pub fn active(&self) -> bool {
        !matches!(self.state, TaskState::Returned | TaskState::Replaced)
    }
}

/// From when a body held custody (责任在手).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Custody {
    /// The body.
    pub holder: BodyId,
    /// From when, until the next segment begins.
    pub from: Instant,
}

/// What waits for a second person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingApproval {
    /// What.
    pub what: Waiting,
    /// Who asked; they can't approve it.
    pub by: String,
    /// Since when.
    pub at: Instant,
    /// What was asked; decided again when approved.
    pub command: Option<Command>,
    /// The publication of a late record.
    pub publication: Option<usize>,
}

/// A person's grading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Graded {
    /// What.
    pub grading: Grading,
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: String,
}

/// Where an incident is in its life, as far as tasks and records do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// 处置中
    #[default]
    Open,
    /// 误报
    Dismissed,
    /// 不予公开回应
    NoPublicResponse,
    /// 办结
    Closed,
}

/// What is told once.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Told {
    /// A second body had a task.
    pub coordination: bool,
    /// A proposal ≥ major that nobody graded.
    pub deputy: bool,
    /// A person graded the opinion extraordinary.
    pub principal: bool,
    /// The duty desk was reminded that nobody leads.
    pub unassigned: bool,
    /// The review day of 持续关注 has come.
    pub review: bool,
    /// Holders of rosters who have read what they were told: no more reminders to them, save by clocks that start later.
    pub receipts: BTreeSet<String>,
    /// Tiers and departments that were told, for whom a receipt is possible.
    pub tiers: BTreeSet<String>,
    /// Bodies that were told as departments, whether or not they have a task.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub bodies: BTreeSet<String>,
    /// Holders of rosters that were told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub holders: BTreeSet<String>,
}

impl Told {
    /// A new cycle is news to everyone: a receipt was of what was told before.
    pub fn forget_receipts(&mut self) {
        self.receipts.clear();
        self.holders.clear();
    }
}

/// A record that a person opened: 督查、批示、整改、上级交办.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Kind.
    pub kind: ClockKind,
    /// Its id.
    pub id: String,
    /// Addressee.
    pub department: Option<BodyId>,
    /// The body that opened it, where it isn't the government office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<BodyId>,
    /// Opened.
    pub at: Instant,
    /// Concluded.
    pub concluded_at: Option<Instant>,
    /// A second person agreed to it: a referral.
    #[serde(default)]
    pub approved: bool,
    /// To whom a referral goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<BodyId>,
}

impl Record {
    /// Whether it waits for a result that this body owes as its addressee.
    pub fn waits_for(&self, body: &BodyId) -> bool {
        self.kind != ClockKind::Referral && self.concluded_at.is_none() && self.department.as_ref() == Some(body)
    }

    /// Whether it is this body's to conclude: its addressee's, the government office's, or whoever opened it
    /// (`domain.md` §5a q).
    pub fn concluded_by(&self, body: &BodyId) -> bool {
        let opened = self.kind != ClockKind::Referral && self.concluded_at.is_none();
        opened
            && (*body == BodyId::OFFICE
                || self.department.as_ref() == Some(body)
                || self.opened_by.as_ref() == Some(body))
    }
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Incident {
    /// 编号; empty until opened.
    pub id: IncidentId,
    /// Number of events so far.
    pub seq: u64,
    /// Number of the last event that a page has to know of; joins of mentions do not count, so that a person's act does not
    /// fail because someone posted.
    #[serde(default)]
    pub version: u64,
    /// Scenario label.
    pub label: Option<String>,
    /// The title that a person gave; without one lists show the first post's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The policy that new clocks take.
    pub policy: String,
    /// When we first held the evidence.
    pub detected_at: Instant,
    /// When it was opened.
    pub opened_at: Instant,
    /// Earlier of occurred and published, if known.
    pub happened_at: Option<Instant>,
    /// Anchor of the latest of: opening, new event, reopening.
    pub anchor_at: Instant,
    /// Why that.
    pub anchor_cause: Option<crate::domain::clock::Cause>,
    /// Cycle, from 1.
    pub cycle: u32,
    /// In a cycle that feedback or a person's judgement opened, a response clock runs whatever the grade, until a grading
    /// crosses `major`.
    pub response_only: bool,
    /// The last instant at which anything happened: steps before it were told or passed.
    pub settled_at: Instant,
    /// Where it is in its life.
    pub life: Life,
    /// When it was dismissed or disposed, while it is.
    pub dismissed_at: Option<Instant>,
    /// The review day of 持续关注, if one was given.
    pub watch: Option<Instant>,
    /// The highest proposed by its mentions.
    pub proposal: Grading,
    /// 回应方式: a person's, else the proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approach: Option<ResponseApproach>,
    /// A person's grading.
    pub graded: Option<Graded>,
    /// Since when an event grade that calls for a conference stands proposed and ungraded.
    pub ungraded_major_since: Option<Instant>,
    /// The highest grade ever proposed or given.
    pub highest_ever: Grade,
    /// Regions touched.
    pub regions: BTreeSet<RegionId>,
    /// Channels.
    pub channels: BTreeSet<Channel>,
    /// Mentions.
    pub mention_count: u64,
    /// Jurisdiction that a person raised it to.
    pub raised_to: Option<BodyId>,
    /// Tasks, in order of assignment.
    pub tasks: Vec<Task>,
    /// Returns so far.
    pub returns: u32,
    /// Custody, without a gap.
    pub custody: Vec<Custody>,
    /// Clocks, in order of starting.
    pub clocks: Vec<Clock>,
    /// Publications.
    pub publications: Vec<Publication>,
    /// Reviews of drafts that are not public yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
    /// What waits for a second person, oldest first.
    pub waiting: Vec<PendingApproval>,
    /// Records.
    pub records: Vec<Record>,
    /// 风险评估 that it opened with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assessments: Vec<AttachedAssessment>,
    /// 预案 that it opened with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<AttachedPlan>,
    /// 通报
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circulars: Vec<CircularNotice>,
    /// 约谈
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub talks: Vec<AccountabilityTalk>,
    /// A consultation was called for since the anchor.
    pub consultation_called: bool,
    /// "Not satisfied" so far.
    pub dissatisfied: u32,
    /// What was told once.
    pub told: Told,
    /// The incident that it was merged into, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<(IncidentId, Instant)>,
    /// The group that it is handled with, itself included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupFacts>,
}

impl Incident {
    /// Whether it was opened.
    pub fn exists(&self) -> bool {
        self.seq > 0
    }

    /// The grading in force: a person's, else the proposal.
    pub fn grading(&self) -> Grading {
        self.graded.as_ref().map_or(self.proposal, |graded| graded.grading)
    }

    /// "Highest grade": the higher of the two.
    pub fn highest(&self) -> Grade {
        self.grading().highest()
    }

    /// The task of whoever leads.
    pub fn lead_task(&self) -> Option<&Task> {
        self.tasks.iter().rev().find(|task| task.active() && task.role == Role::Lead)
    }

    /// Who leads.
    pub fn lead(&self) -> Option<&BodyId> {
        self.lead_task().map(|task| &task.department)
    }

    /// Who leads the group that it is handled with, or the incident itself.
    pub fn leading(&self) -> Option<&BodyId> {
        match &self.group {
            Some(group) => group.lead.as_ref(),
            None => self.lead(),
        }
    }

    /// Whether it was merged into another and is handled there.
    pub const fn is_merged(&self) -> bool {
        self.merged.is_some()
    }

    /// The highest grade of the group, and whether a person has graded in it: what ladders go by.
    pub fn standing(&self) -> (Grade, bool) {
        match &self.group {
            Some(group) => (group.highest.max(self.highest()), group.graded || self.graded.is_some()),
            None => (self.highest(), self.graded.is_some()),
        }
    }

    /// The label as rows name it (`@A`), else the number.
    pub fn name(&self) -> String {
        self.label.as_ref().map_or_else(|| self.id.to_string(), |label| format!("@{label}"))
    }

    /// The body's task, if it has one.
    pub fn task(&self, body: &BodyId) -> Option<&Task> {
        self.tasks.iter().rev().find(|task| task.active() && task.department == *body)
    }

    /// Who holds custody now.
    pub fn custodian(&self) -> BodyId {
        self.custody.last().map_or_else(|| BodyId::from(BodyId::OFFICE), |c| c.holder.clone())
    }

    /// Open clocks of a kind, operational ones left out.
    pub fn open_clocks(&self, kind: ClockKind) -> impl Iterator<Item = &Clock> {
        self.clocks.iter().filter(move |clock| clock.open() && clock.kind() == kind && !clock.plan.operational)
    }

    /// The main clock: the one that runs, else the open one that is due last.
    pub fn main_clock(&self) -> Option<&Clock> {
        let open = || self.clocks.iter().filter(|c| c.open() && c.kind().is_main() && !c.plan.operational);
        open().find(|c| c.running()).or_else(|| open().max_by_key(|c| c.plan.due_at))
    }

    /// The main clock that this cycle started last, open or ended.
    pub fn latest_main_clock(&self) -> Option<&Clock> {
        self.clocks.iter().rev().find(|c| c.kind().is_main() && !c.plan.operational && c.plan.cycle == self.cycle)
    }

    /// The clock of that number.
    pub fn clock(&self, id: ClockId) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.plan.clock_id == id)
    }

    /// The number that the next clock takes.
    pub fn next_clock_id(&self) -> ClockId {
        ClockId(self.clocks.len() as u32 + 1)
    }

    /// The policy in force, if the rules still have it; clocks that already run need none.
    pub fn policy<'o>(&self, office: &'o Office) -> Option<&'o Policy> {
        office.policies.get(&self.policy)
    }

    /// 管辖: the county where a county or one of its bodies leads and no other region is touched, by it or by a member of
    /// its group (`domain.md` §5a s), else the city.
    pub fn jurisdiction(&self, office: &Office) -> BodyId {
        self.jurisdiction_under(self.leading(), office)
    }

    /// The same if that body led.
    pub fn jurisdiction_under(&self, lead: Option<&BodyId>, office: &Office) -> BodyId {
        if let Some(raised) = &self.raised_to {
            return raised.clone();
        }
        let of_group = self.group.iter().flat_map(|group| &group.regions);
        match lead.and_then(|lead| office.county_of(lead)) {
            Some(county) if self.regions.iter().chain(of_group).all(|region| *region == *county.as_str()) => county,
            _ => BodyId::from(CITY),
        }
    }

    /// The latest effective time of a publication of this cycle that may meet the incident's clocks, from its recording on.
    pub fn last_publication(&self) -> Option<Instant> {
        let of_cycle = |p: &&Publication| p.cycle == self.cycle && p.informs();
        self.publications.iter().filter(of_cycle).map(|p| p.effective_at).max()
    }

    /// The clock beside which an operational one stands: of its kind, started before it.
    pub fn beside(&self, operational: &Clock) -> Option<&Clock> {
        self.clocks.iter().rev().find(|c| {
            let stands = !matches!(c.ended, Some((Verdict::Cancelled, _)));
            let before = c.plan.clock_id < operational.plan.clock_id;
            c.kind() == operational.kind() && !c.plan.operational && before && stands
        })
    }

    /// All words of [`Self::state`].
    pub const STATES: [&str; 9] = [
        "detected",
        "graded",
        "assigned",
        "acknowledged",
        "responded",
        "closed",
        "merged",
        "dismissed",
        "no_public_response",
    ];

    /// State word for lists: derived, never free text.
    pub fn state(&self) -> &'static str {
        match self.life {
            Life::Dismissed => "dismissed",
            Life::NoPublicResponse => "no_public_response",
            Life::Closed => "closed",
            Life::Open if self.is_merged() => "merged",
            Life::Open => {
                let responded = self.publications.iter().any(|p| !p.planned && p.counts && p.cycle == self.cycle);
                match self.lead_task() {
                    _ if responded && self.main_clock().is_none() => "responded",
                    Some(task) if task.acknowledged_at.is_some() => "acknowledged",
                    Some(_) => "assigned",
                    None if self.graded.is_some() => "graded",
                    None => "detected",
                }
            }
        }
    }
}
