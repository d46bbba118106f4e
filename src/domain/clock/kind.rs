//! Kinds of clocks, and what a breach of one counts as.

use serde::{Deserialize, Serialize};

use crate::domain::terms;

/// The kinds of clocks, by the table of `domain.md` §5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// 新闻发布会（D1）
    PressConference,
    /// 回应（D2）
    Response,
    /// 首次权威信息（D4）
    FirstStatement,
    /// 动态发布（D3）
    Update,
    /// 签收
    Acknowledge,
    /// 协办答复
    Part,
    /// 会商（D9）
    Consultation,
    /// 移交（D11）
    Referral,
    /// 督查（D12）
    Supervision,
    /// 批示（D14）
    Instruction,
    /// 限期整改（D15）
    Rectification,
    /// 上级交办
    Order,
    /// 微博转发（D13）
    WeiboRepost,
    /// 微信转发（D13）
    WechatRepost,
}

impl ClockKind {
    /// All kinds, in the order of the table.
    pub const ALL: [Self; 14] = [
        Self::PressConference,
        Self::Response,
        Self::FirstStatement,
        Self::Update,
        Self::Acknowledge,
        Self::Part,
        Self::Consultation,
        Self::Referral,
        Self::Supervision,
        Self::Instruction,
        Self::Rectification,
        Self::Order,
        Self::WeiboRepost,
        Self::WechatRepost,
    ];

    /// The id used in files and on the wire.
    pub const fn id(self) -> &'static str {
        match self {
            Self::PressConference => "press_conference",
            Self::Response => "response",
            Self::FirstStatement => "first_statement",
            Self::Update => "update",
            Self::Acknowledge => "acknowledge",
            Self::Part => "part",
            Self::Consultation => "consultation",
            Self::Referral => "referral",
            Self::Supervision => "supervision",
            Self::Instruction => "instruction",
            Self::Rectification => "rectification",
            Self::Order => "order",
            Self::WeiboRepost => "weibo_repost",
            Self::WechatRepost => "wechat_repost",
        }
    }

    /// The kind of that id, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The Chinese term.
    pub fn zh(self) -> &'static str {
        terms::of("clock", &self)
    }

    /// Whether it is one of the two of which exactly one runs at a time (主时限).
    pub const fn is_main(self) -> bool {
        matches!(self, Self::PressConference | Self::Response)
    }

    /// Whether it belongs to a department's task.
    pub const fn is_task(self) -> bool {
        matches!(self, Self::Acknowledge | Self::Part)
    }

    /// Whether a person opened the record that it belongs to; such clocks outlive closing (`domain.md` §5 item 12).
    pub const fn is_record(self) -> bool {
        matches!(self, Self::Supervision | Self::Instruction | Self::Rectification | Self::Order | Self::Referral)
    }
}

/// What a breach counts as (效力).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// 法定：counts in law.
    Statutory,
    /// 目标：aimed at.
    Target,
    /// 内控：the office's own.
    Internal,
}

impl Force {
    /// The Chinese term.
    pub fn zh(self) -> &'static str {
        terms::of("force", &self)
    }
}
