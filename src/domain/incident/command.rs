//! What may be asked of an incident. A command's JSON is the act of `contract.md` (`{"do": "grade", …}`): scenario, API and
//! waiting approvals share the one form.

use serde::{Deserialize, Serialize};

use crate::domain::grade::{Grade, Grading, ResponseApproach};
use crate::domain::ids::{BodyId, IncidentId, MentionId, RegionId};
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, content_hash};
use crate::domain::policy::PublicationKind;
use crate::domain::prepared::Prepared;
use crate::domain::terms;

use super::event::JoinedMention;
use super::review::ReviewAspect;
use super::state::Role;

/// Why a grade changes, or a case is reopened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// 研判：the same facts judged anew.
    #[default]
    Judgement,
    /// 新的情况：something new happened.
    NewEvent,
}

/// 处置方式 other than 误报.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposal {
    /// 不予公开回应
    NoPublicResponse,
    /// 持续关注
    Watch,
}

/// What may wait for a second person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// 定级
    Grade,
    /// 误报
    Dismiss,
    /// 不予公开回应
    Dispose,
    /// 补录
    Response,
    /// 移交
    Referral,
}

impl Waiting {
    /// The Chinese term.
    pub fn zh(self) -> &'static str {
        terms::of("waiting", &self)
    }
}

/// A mention as an incident knows it: never its text (`domain.md` §5 item 18).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewMention {
    /// Its id.
    pub id: MentionId,
    /// SHA-256 of title and text.
    pub content_hash: String,
    /// Channel.
    pub channel: Channel,
    /// Region that the mention touches, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionId>,
    /// When the post says it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Instant>,
    /// SHA-256 of what else its row says (`mention::Facts`). Records of older versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
}

/// What lists show of an incident, by hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Shown {
    /// SHA-256 of the title.
    pub title: String,
    /// SHA-256 of the summary.
    pub summary: String,
}

impl Shown {
    /// Of these words.
    pub fn of(title: &str, summary: &str) -> Self {
        let [title, summary] = [title, summary].map(|words| content_hash(None, words));
        Self { title, summary }
    }
}

/// What an incident is opened with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewIncident {
    /// When we first held the evidence: the anchor of its clocks.
    pub detected_at: Instant,
    /// When it happened, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Instant>,
    /// The policy in force for it.
    pub policy: String,
    /// The mention that opens it.
    pub mention: NewMention,
    /// What analysis proposes.
    pub proposal: Grading,
    /// How it proposes to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approach: Option<ResponseApproach>,
    /// The label of a scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// A person opened it.
    #[serde(default)]
    pub by_hand: bool,
    /// What lists show of it at first. Records of older versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// Further mentions that it is opened with, by a split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<NewMention>,
}

/// A body that the scheduler found, with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SuggestedLead {
    /// The body.
    pub department: BodyId,
    /// Lead or supporting.
    #[schema(inline)]
    pub role: Role,
    /// 0–1
    pub score: f64,
    /// In words.
    pub why: Vec<String>,
}

fn all_aspects() -> Vec<ReviewAspect> {
    ReviewAspect::ALL.to_vec()
}

/// What may be asked of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Opens it: the system, or a person by hand.
    Open(Box<NewIncident>),
    /// Mentions join in a batch.
    Join {
        /// Which.
        mentions: Vec<NewMention>,
        /// The highest that they propose, spread included.
        proposal: Grading,
        /// They stand in the incident already; their text is a newer one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        revised: bool,
    },
    /// Timers whose instant lies before this one.
    Settle {
        /// Exclusive bound: the present for a service; one millisecond later for a player that knows no act can follow.
        before: Instant,
    },
    /// The scheduler assigns (`domain.md` §4).
    AutoAssign {
        /// Whom, the lead first.
        bodies: Vec<SuggestedLead>,
    },
    /// What the office had ready for the matter, in the transaction that opens it (`domain.md` §1 D10).
    Prepare(Prepared),
    /// 定级
    Grade {
        /// 事件等级. A part that is missing stays as it is: of the present grading, else of the proposal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_grade: Option<Grade>,
        /// 舆情等级
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opinion_grade: Option<Grade>,
        /// 敏感
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sensitive: Option<bool>,
        /// 回应方式
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approach: Option<ResponseApproach>,
        /// 理由
        #[serde(default)]
        reason: String,
        /// Judgement or a new event.
        #[serde(default)]
        because: Because,
        /// Detection of the new event's first evidence; default: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence_at: Option<Instant>,
    },
    /// 交办、转办
    Assign {
        /// Whom.
        department: BodyId,
        /// Lead or supporting.
        #[schema(inline)]
        role: Role,
    },
    /// 签收
    Acknowledge {},
    /// 退回
    Return {
        /// 理由
        #[serde(default)]
        reason: String,
        /// Whose it is instead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suggest: Option<BodyId>,
    },
    /// 协办答复（不公开）
    Answer {
        /// 内容
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// 提级
    Raise {
        /// 理由
        #[serde(default)]
        reason: String,
    },
    /// 已知悉
    Receipt {},
    /// 回应
    Respond {
        /// 形式
        kind: PublicationKind,
        /// When it was, or will be, public; default: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effective_at: Option<Instant>,
        /// Where it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// What it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Reviewed before publication (D17); where a [`Command::Review`] of it was recorded, that decides.
        #[serde(default)]
        review: bool,
    },
    /// 更正：what was recorded of a publication or an answer is set right; the record keeps both.
    Amend {
        /// Which publication, by its place in the case's list; without one, the body's own 协办答复.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        publication: Option<usize>,
        /// What it says; missing: as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Where it stands; missing: as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// 理由
        #[serde(default)]
        reason: String,
    },
    /// 改标题：what lists call it; the posts keep their own titles.
    Retitle {
        /// 标题
        title: String,
    },
    /// 审核：a draft was reviewed, before it is published (`domain.md` §1 D17).
    Review {
        /// 形式 of the draft.
        kind: PublicationKind,
        /// For what; default: all three.
        #[serde(default = "all_aspects")]
        aspects: Vec<ReviewAspect>,
        /// Who is going to publish it; default: whoever reviews.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        department: Option<BodyId>,
        /// When it took place; default: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effective_at: Option<Instant>,
    },
    /// 确认已举行
    ConfirmHeld {
        /// When it took place; default: as planned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effective_at: Option<Instant>,
        /// The plan of which kind; default: the one whose time comes first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<PublicationKind>,
    },
    /// 复核同意
    Approve {
        /// Default: whatever waits, oldest first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<Waiting>,
    },
    /// 复核不同意
    Reject {
        /// Default: whatever waits, oldest first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<Waiting>,
    },
    /// 满意度反馈
    Feedback {
        /// 满意
        satisfied: bool,
    },
    /// 办结
    Close {
        /// 说明
        #[serde(default)]
        reason: String,
    },
    /// 重新办理
    Reopen {
        /// 理由
        #[serde(default)]
        reason: String,
        /// Judgement or a new event.
        #[serde(default)]
        because: Because,
        /// Detection of the new event's first evidence; default: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence_at: Option<Instant>,
    },
    /// 误报
    Dismiss {
        /// 理由
        #[serde(default)]
        reason: String,
    },
    /// 不予公开回应 / 持续关注
    Dispose {
        /// Which.
        how: Disposal,
        /// 理由
        #[serde(default)]
        reason: String,
        /// A day on which 持续关注 reminds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review_on: Option<Instant>,
    },
    /// 恢复
    Restore {
        /// 理由
        #[serde(default)]
        reason: String,
    },
    /// 会商
    Consult {
        /// 事件性质
        nature: String,
        /// 舆情走势
        trend: String,
        /// 可能的风险
        risk: String,
        /// 处置建议
        proposal: String,
    },
    /// 督查
    Supervise {
        /// 理由
        #[serde(default)]
        reason: String,
    },
    /// 通报 (`domain.md` §1 D15)
    Circulate {
        /// Which body is circulated.
        department: BodyId,
        /// 事由
        #[serde(default)]
        reason: String,
    },
    /// 约谈, that took place (`domain.md` §1 D15).
    Talk {
        /// With which body.
        department: BodyId,
        /// 约谈事项
        #[serde(default)]
        about: String,
        /// 约谈结果
        #[serde(default)]
        result: String,
        /// When it took place; default: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effective_at: Option<Instant>,
    },
    /// 督查、批示、整改、上级交办的结果
    Conclude {
        /// Kind of record.
        record: String,
        /// Its id, if several are open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// 办理结果
        #[serde(default)]
        result: String,
        /// Where the result was published.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        published_url: Option<String>,
    },
    /// 批示
    Instruct(RecordOrder),
    /// 限期整改
    Rectify(RecordOrder),
    /// 上级交办
    Order(RecordOrder),
    /// 合并：this incident is handled with another.
    Merge {
        /// The survivor.
        into: IncidentId,
    },
    /// 取消合并
    Unmerge {},
    /// 一并回应：an earlier publication of the group also answers the facts of this merged incident.
    Covers {},
    /// 拆分：mentions move to a new incident.
    Split {
        /// Which.
        mentions: Vec<MentionId>,
        /// The new incident's label in a scenario.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// The new incident, and which of the mentions each incident loses: found by whoever decides, never sent.
        #[serde(skip)]
        found: Option<Box<SplitOff>>,
    },
    /// 提请移交
    Refer {
        /// To whom.
        to: Vec<BodyId>,
        /// What is handed over: sealed by whoever decides, never sent.
        #[serde(skip)]
        evidence: Vec<JoinedMention>,
    },
    /// 移交：hands over what was approved.
    HandOver {},
    /// 调阅移交材料：each look is recorded.
    LookAtReferral {
        /// Which.
        id: String,
    },
    /// 建议督查，by the system: letters that repeat.
    ProposeSupervision {
        /// Why, in words.
        why: String,
    },
}

impl Command {
    /// Its name in the table of acts and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Join { .. } => "join",
            Self::Settle { .. } => "settle",
            Self::AutoAssign { .. } => "auto_assign",
            Self::Prepare(_) => "prepare",
            Self::Grade { .. } => "grade",
            Self::Assign { .. } => "assign",
            Self::Acknowledge {} => "acknowledge",
            Self::Return { .. } => "return",
            Self::Answer { .. } => "answer",
            Self::Raise { .. } => "raise",
            Self::Receipt {} => "receipt",
            Self::Respond { .. } => "respond",
            Self::Amend { .. } => "amend",
            Self::Retitle { .. } => "retitle",
            Self::Review { .. } => "review",
            Self::ConfirmHeld { .. } => "confirm_held",
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::Feedback { .. } => "feedback",
            Self::Close { .. } => "close",
            Self::Reopen { .. } => "reopen",
            Self::Dismiss { .. } => "dismiss",
            Self::Dispose { .. } => "dispose",
            Self::Restore { .. } => "restore",
            Self::Consult { .. } => "consult",
            Self::Supervise { .. } => "supervise",
            Self::Circulate { .. } => "circulate",
            Self::Talk { .. } => "talk",
            Self::Conclude { .. } => "conclude",
            Self::Instruct(_) => "instruct",
            Self::Rectify(_) => "rectify",
            Self::Order(_) => "order",
            Self::Merge { .. } => "merge",
            Self::Unmerge {} => "unmerge",
            Self::Covers {} => "covers",
            Self::Split { .. } => "split",
            Self::Refer { .. } => "refer",
            Self::HandOver {} => "hand_over",
            Self::LookAtReferral { .. } => "look_at_referral",
            Self::ProposeSupervision { .. } => "propose_supervision",
        }
    }
}

/// What a split needs to know besides the ids.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitOff {
    /// The new incident's number.
    pub into: IncidentId,
    /// The incident that each of the mentions belongs to.
    pub of: Vec<(MentionId, IncidentId)>,
}

/// What a leader, or the level above, asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RecordOrder {
    /// 内容
    pub text: String,
    /// Addressee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<BodyId>,
    /// Until when; without it no clock starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
    /// A name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// 批示领导 (of an order: 交办机关), where it is not whoever records it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<String>,
    /// When it was given, where that was before it is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_at: Option<Instant>,
}
