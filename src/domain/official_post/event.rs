//! What may be asked of an official post, and what happened to it.

use serde::{Deserialize, Serialize};

use crate::domain::body::Tier;
use crate::domain::clock::{ClockEvent, ClockRef};
use crate::domain::ids::BodyId;
use crate::domain::instant::Instant;

/// What a post is published with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewPost {
    /// The policy whose repost clocks it starts.
    pub policy: String,
    /// Bodies whose accounts have to repost it.
    pub concerns: Vec<BodyId>,
    /// 标题
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The label of a scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// What may be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum PostCommand {
    /// 发布
    Publish {
        /// When it was public; not later than now.
        effective_at: Instant,
        /// What.
        post: NewPost,
    },
    /// 转发
    Repost {
        /// `<body>.weibo` or `<body>.wechat`.
        account: String,
        /// When; not later than now.
        effective_at: Instant,
    },
    /// Timers whose instant lies before this one.
    Settle {
        /// Exclusive bound.
        before: Instant,
    },
}

/// What happened. The keys are those of `contract.md`'s ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the keys are those of contract.md's ledger; what differs is said at the variant")]
pub enum PostEvent {
    /// 已发布
    Posted {
        effective_at: Instant,
        #[serde(flatten)]
        post: NewPost,
        by: String,
    },
    /// 升级
    Escalated {
        #[serde(flatten)]
        clock: ClockRef,
        tier: Tier,
        jurisdiction: BodyId,
        to: Vec<String>,
        step: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        skipped_stale: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        inherited: bool,
        /// Nobody holds the tier, here or above: the holders of this one were told instead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<Tier>,
    },
    /// 已转发
    Reposted { effective_at: Instant, account: String, by: String },
    /// What became of a clock; its keys stand beside the others'.
    #[serde(untagged)]
    Clock(ClockEvent),
}

impl From<ClockEvent> for PostEvent {
    fn from(event: ClockEvent) -> Self {
        Self::Clock(event)
    }
}

impl PostCommand {
    /// Refuses instants beyond the years that this product handles.
    ///
    /// # Errors
    /// The key and why, in Chinese.
    pub fn check_instants(&self) -> Result<(), String> {
        match self {
            Self::Publish { effective_at, .. } | Self::Repost { effective_at, .. } => {
                effective_at.bounded().map(|_| ()).map_err(|error| format!("effective_at：{error}"))
            }
            Self::Settle { .. } => Ok(()),
        }
    }
}

impl PostEvent {
    /// The name in the ledger.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Posted { .. } => "posted",
            Self::Clock(event) => event.name(),
            Self::Escalated { .. } => "escalated",
            Self::Reposted { .. } => "reposted",
        }
    }
}
