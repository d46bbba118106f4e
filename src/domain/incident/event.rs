//! What happened to an incident: the audit record. An event's JSON, with its instant and incident, is its row in the ledger
//! (`contract.md`). Events hold ids and content hashes, never a mention's text or author.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::body::Tier;
use crate::domain::clock::{ClockEvent, ClockKind, ClockRef};
use crate::domain::grade::{Grade, Grading, ResponseApproach};
use crate::domain::ids::{BodyId, ClockId, IncidentId, MentionId, RegionId};
use crate::domain::instant::Instant;
use crate::domain::mention::Channel;
use crate::domain::policy::PublicationKind;
use crate::domain::prepared::{AttachedAssessment, AttachedPlan};

use super::cause::EscalationCause;
use super::command::{Because, Command, Disposal, NewIncident, NewMention, Waiting};
use super::review::ReviewAspect;
use super::state::Role;

/// A mention that joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JoinedMention {
    /// Its id.
    pub id: MentionId,
    /// SHA-256 of title and text.
    pub content_hash: String,
    /// Of a referral's evidence: SHA-256 of all that was sealed of it, the author included. Records of older versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// SHA-256 of what else its row says (`mention::Facts`). Records of older versions lack it, and evidence is sealed whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the keys are those of contract.md's ledger; what differs is said at the variant")]
pub enum Event {
    /// 发现. `effective_at` = detection.
    IncidentOpened {
        effective_at: Instant,
        #[serde(flatten)]
        opened: Box<NewIncident>,
    },
    /// 涉及作过风险评估的政策 (`domain.md` §1 D10).
    AssessmentAttached(AttachedAssessment),
    /// 适用预案 (`domain.md` §1 D10).
    PlanAttached(AttachedPlan),
    /// 信息并入, one event for an incident and batch. `count` is 0 where the mentions stood in it already and have a newer
    /// text.
    MentionJoined {
        count: u32,
        mentions: Vec<JoinedMention>,
        channels: Vec<Channel>,
        regions: Vec<RegionId>,
        /// What the mentions propose, kept also after a person has graded.
        proposal: Grading,
    },
    /// 定级, by the system (`proposed`) or a person.
    Graded {
        event_grade: Grade,
        opinion_grade: Grade,
        sensitive: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approach: Option<ResponseApproach>,
        by: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        proposed: bool,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
        #[serde(default)]
        because: Because,
        /// Anchor of what a new event calls for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence_at: Option<Instant>,
    },
    /// 交办
    Assigned {
        department: BodyId,
        #[schema(inline)]
        role: Role,
        auto: bool,
        by: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        why: Vec<String>,
    },
    /// 签收
    Acknowledged { department: BodyId, by: String },
    /// 退回
    Returned {
        department: BodyId,
        to: BodyId,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suggest: Option<BodyId>,
    },
    /// 协办答复
    Answered {
        department: BodyId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Versions before this key, and answers without a text, name nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// 回应
    Responded {
        effective_at: Instant,
        kind: PublicationKind,
        department: BodyId,
        reviewed: bool,
        /// What its recorded review lacks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unreviewed: Vec<ReviewAspect>,
        /// May meet the incident's clocks.
        counts: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        planned: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pending: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        by: String,
    },
    /// 已更正：what was recorded of a publication or an answer. Its time, its kind and every verdict stay.
    Amended {
        department: BodyId,
        /// Which publication, by its index; none: the body's answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        publication: Option<usize>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        reason: String,
        by: String,
    },
    /// 改标题
    Retitled { title: String, by: String },
    /// 已举行：a plan was confirmed.
    Held {
        effective_at: Instant,
        kind: PublicationKind,
        department: BodyId,
        /// Which publication, by its index.
        publication: usize,
        /// It was this member's plan.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<IncidentId>,
        counts: bool,
        /// A review that was completed since the plan was recorded.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reviewed: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pending: bool,
        by: String,
    },
    /// 已审核. `effective_at` = when it took place.
    Reviewed {
        effective_at: Instant,
        kind: PublicationKind,
        /// Who is going to publish.
        department: BodyId,
        aspects: Vec<ReviewAspect>,
        /// The body that reviewed.
        body: BodyId,
        by: String,
    },
    /// 待复核
    ApprovalRequested {
        what: Waiting,
        by: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<Box<Command>>,
        /// The publication of a late record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        publication: Option<usize>,
    },
    /// 复核同意
    Approved {
        what: Waiting,
        by: String,
        /// It waited on this member of the group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<IncidentId>,
    },
    /// 复核不同意, or withdrawn by whoever asked.
    Rejected {
        what: Waiting,
        by: String,
        /// It waited on this member of the group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<IncidentId>,
        /// Which of those of its kind that wait there, the oldest being 0: one's own may be withdrawn before others.
        #[serde(default, skip_serializing_if = "is_first")]
        nth: usize,
    },
    /// 升级
    Escalated {
        #[serde(flatten)]
        clock: Option<ClockRef>,
        tier: Tier,
        jurisdiction: BodyId,
        /// Ids of the roster's holders, or the department itself.
        to: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        skipped_stale: bool,
        /// The jurisdiction had nobody in this tier; its parent's were taken.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        inherited: bool,
        /// Nobody holds the tier, here or above: the holders of this one were told instead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<Tier>,
        /// What it is about, outside the ladder; versions before this key wrote the words alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<EscalationCause>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// 提醒 outside the ladder.
    Notified {
        channel: String,
        to: Vec<String>,
        why: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reminder: Option<String>,
    },
    /// 提级
    Raised { jurisdiction: BodyId, reason: String, by: String },
    /// 已知悉
    Receipt {
        by: String,
        body: BodyId,
        /// The holders of rosters for whom the account stands, of those that were told so far: what they are told later, for
        /// another tier, is news.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holders: Vec<String>,
    },
    /// 办结
    Closed { reason: String, by: String },
    /// 重新办理
    Reopened { cycle: u32, because: ReopenCause, anchor_at: Instant, by: String },
    /// 误报
    Dismissed { reason: String, by: String },
    /// 不予公开回应 / 持续关注
    Disposed {
        how: Disposal,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review_on: Option<Instant>,
        by: String,
    },
    /// 恢复
    Restored {
        reason: String,
        by: String,
        /// The clocks that the dismissal had cancelled and that start again under new numbers.
        restarted: Vec<ClockId>,
    },
    /// 满意度反馈
    Feedback { satisfied: bool, by: String },
    /// 应会商
    ConsultationDue {},
    /// 已会商
    Consulted { nature: String, trend: String, risk: String, proposal: String, by: String },
    /// 督查
    SupervisionOpened {
        record: String,
        reason: String,
        by: String,
        /// The body that opened it, where it isn't the government office.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<BodyId>,
    },
    /// 已通报
    Circulated { department: BodyId, reason: String, by: String },
    /// 已约谈. `effective_at` = when it took place.
    Talked { effective_at: Instant, department: BodyId, about: String, result: String, by: String },
    /// 批示
    Instructed(RecordOpened),
    /// 限期整改
    RectificationSet(RecordOpened),
    /// 上级交办
    Ordered(RecordOpened),
    /// 结果
    Concluded {
        record: ClockKind,
        id: String,
        result: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        published_url: Option<String>,
        by: String,
        /// The record is this member's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<IncidentId>,
    },
    /// 已合并 into the incident that it is handled with from now on.
    Merged {
        /// Its name in the ledger.
        into: String,
        survivor: IncidentId,
        by: String,
    },
    /// 已取消合并
    Unmerged { by: String },
    /// 已拆分
    Split {
        /// The new incident's name in the ledger.
        into: String,
        incident_opened: IncidentId,
        mentions: Vec<MentionId>,
        by: String,
    },
    /// 一并回应：an earlier publication also answers this incident's facts.
    Covered {
        effective_at: Instant,
        kind: PublicationKind,
        department: BodyId,
        recorded_at: Instant,
        counts: bool,
        reviewed: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pending: bool,
        by: String,
    },
    /// What an incident has to know of the group that it is handled with; not in the contract.
    Grouped(GroupFacts),
    /// What was told on the survivor, as it concerns this member; not in the contract.
    Mirrored {
        #[schema(no_recursion)]
        what: Box<Event>,
    },
    /// 已提请移交
    ReferralProposed {
        record: String,
        to: Vec<BodyId>,
        /// Content hashes of what is handed over; the sealed text stands elsewhere.
        evidence: Vec<JoinedMention>,
        by: String,
    },
    /// 已移交
    Referred {
        record: String,
        to: Vec<BodyId>,
        by: String,
        /// The referral is this member's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<IncidentId>,
    },
    /// 移交材料被调阅; not in the contract.
    ReferralViewed { record: String, by: String },
    /// 建议督查
    SupervisionProposed { reason: String },
    /// What became of a clock; its keys stand beside the others'.
    #[serde(untagged)]
    Clock(ClockEvent),
}

/// What an incident has to know of the group that it is handled with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GroupFacts {
    /// Whom acts go to.
    pub survivor: IncidentId,
    /// All members, the survivor first.
    pub members: Vec<IncidentId>,
    /// Since when this member is with that survivor: publications effective from then on count for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    /// Who leads the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<BodyId>,
    /// Who holds custody of all members.
    pub holder: BodyId,
    /// The highest grade among the members.
    pub highest: Grade,
    /// A person has graded one of them.
    pub graded: bool,
    /// When a person last graded the survivor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graded_at: Option<Instant>,
    /// Regions that its members touch.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub regions: BTreeSet<RegionId>,
}

/// Why a cycle began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReopenCause {
    /// 群众不满意
    Feedback,
    /// 研判
    Judgement,
    /// 新的情况
    NewEvent,
}

/// A record that a person opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs, reason = "the keys of contract.md")]
pub struct RecordOpened {
    pub record: String,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<BodyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
    pub by: String,
    /// The body that opened it, where it isn't the government office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyId>,
    /// 批示领导 or 交办机关, where it is not whoever recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<String>,
    /// When it was given, where that was before it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_at: Option<Instant>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_first(nth: &usize) -> bool {
    *nth == 0
}

impl Event {
    /// Whether it is a clock's own row, which stays on the incident of the clock also in a group.
    pub const fn is_of_clock(&self) -> bool {
        matches!(self, Self::Clock(_) | Self::Escalated { .. } | Self::Notified { .. })
    }

    /// The name in the ledger.
    pub fn name(&self) -> &'static str {
        match self {
            Self::IncidentOpened { .. } => "incident_opened",
            Self::AssessmentAttached(_) => "assessment_attached",
            Self::PlanAttached(_) => "plan_attached",
            Self::MentionJoined { .. } => "mention_joined",
            Self::Graded { .. } => "graded",
            Self::Clock(event) => event.name(),
            Self::Assigned { .. } => "assigned",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Returned { .. } => "returned",
            Self::Answered { .. } => "answered",
            Self::Responded { .. } => "responded",
            Self::Amended { .. } => "amended",
            Self::Retitled { .. } => "retitled",
            Self::Held { .. } => "held",
            Self::Reviewed { .. } => "reviewed",
            Self::ApprovalRequested { .. } => "approval_requested",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Escalated { .. } => "escalated",
            Self::Notified { .. } => "notified",
            Self::Raised { .. } => "raised",
            Self::Receipt { .. } => "receipt",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Dismissed { .. } => "dismissed",
            Self::Disposed { .. } => "disposed",
            Self::Restored { .. } => "restored",
            Self::Feedback { .. } => "feedback",
            Self::ConsultationDue {} => "consultation_due",
            Self::Consulted { .. } => "consulted",
            Self::SupervisionOpened { .. } => "supervision_opened",
            Self::Circulated { .. } => "circulated",
            Self::Talked { .. } => "talked",
            Self::Instructed(_) => "instructed",
            Self::RectificationSet(_) => "rectification_set",
            Self::Ordered(_) => "ordered",
            Self::Concluded { .. } => "concluded",
            Self::Merged { .. } => "merged",
            Self::Unmerged { .. } => "unmerged",
            Self::Split { .. } => "split",
            Self::Covered { .. } => "covered",
            Self::Grouped(_) => "grouped",
            Self::Mirrored { .. } => "mirrored",
            Self::ReferralProposed { .. } => "referral_proposed",
            Self::Referred { .. } => "referred",
            Self::ReferralViewed { .. } => "referral_viewed",
            Self::SupervisionProposed { .. } => "supervision_proposed",
        }
    }
}

impl From<ClockEvent> for Event {
    fn from(event: ClockEvent) -> Self {
        Self::Clock(event)
    }
}

impl From<&NewMention> for JoinedMention {
    fn from(mention: &NewMention) -> Self {
        Self {
            id: mention.id.clone(),
            content_hash: mention.content_hash.clone(),
            sealed: None,
            facts: mention.facts.clone(),
        }
    }
}
