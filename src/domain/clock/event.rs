//! What becomes of a clock, the same for every kind of stream that has clocks.

use serde::{Deserialize, Serialize};

use super::kind::ClockKind;
use super::plan::ClockPlan;
use super::running::{Clock, Verdict, clock_mut};
use crate::domain::ids::{BodyId, ClockId};
use crate::domain::instant::{Instant, Span};

/// A clock as rows name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClockRef {
    /// Its number in its stream.
    pub clock_id: ClockId,
    /// Kind.
    pub clock: ClockKind,
    /// Due.
    pub due_at: Instant,
    /// Whose task it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<BodyId>,
    /// Whose repost it is, of an official post's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The office's own beside a main clock.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub operational: bool,
}

/// Who held custody for how long between a clock's anchor and due time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustodyShare {
    /// The body.
    pub body: BodyId,
    /// From.
    pub from: Instant,
    /// How long, in milliseconds.
    pub held_ms: Span,
}

/// What became of a clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "event")]
#[allow(missing_docs, reason = "the keys are those of contract.md's ledger; what differs is said at the variant")]
pub enum ClockEvent {
    /// 时限起算
    #[serde(rename = "clock_started")]
    Started(Box<ClockPlan>),
    /// 预警
    #[serde(rename = "clock_warned")]
    Warned {
        #[serde(flatten)]
        clock: ClockRef,
        threshold: u8,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        skipped_stale: bool,
    },
    /// 按时
    #[serde(rename = "clock_met")]
    Met {
        effective_at: Instant,
        #[serde(flatten)]
        clock: ClockRef,
    },
    /// 超时. `effective_at` = due.
    #[serde(rename = "clock_breached")]
    Breached {
        effective_at: Instant,
        #[serde(flatten)]
        clock: ClockRef,
        charged_to: BodyId,
        /// Who had the case, of an incident's clock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        custody: Option<Vec<CustodyShare>>,
    },
    /// 被替代
    #[serde(rename = "clock_superseded")]
    Superseded {
        #[serde(flatten)]
        clock: ClockRef,
    },
    /// 取消
    #[serde(rename = "clock_cancelled")]
    Cancelled {
        #[serde(flatten)]
        clock: ClockRef,
        /// Cancelled by a dismissal: a restored incident starts it again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dismissed: bool,
    },
    /// 逾期办结
    #[serde(rename = "clock_ended_late")]
    EndedLate {
        effective_at: Instant,
        #[serde(flatten)]
        clock: ClockRef,
    },
    /// 补录更正
    #[serde(rename = "verdict_corrected")]
    Corrected {
        effective_at: Instant,
        #[serde(flatten)]
        clock: ClockRef,
    },
    /// 超时不成立：a breach of a proposal that a person did not confirm.
    #[serde(rename = "proposal_refuted")]
    Refuted {
        #[serde(flatten)]
        clock: ClockRef,
    },
}

impl ClockEvent {
    /// The name in the ledger.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started(_) => "clock_started",
            Self::Warned { .. } => "clock_warned",
            Self::Met { .. } => "clock_met",
            Self::Breached { .. } => "clock_breached",
            Self::Superseded { .. } => "clock_superseded",
            Self::Cancelled { .. } => "clock_cancelled",
            Self::EndedLate { .. } => "clock_ended_late",
            Self::Corrected { .. } => "verdict_corrected",
            Self::Refuted { .. } => "proposal_refuted",
        }
    }

    /// Applies it, recorded at `at`, to the clocks of its stream. Total: a number that is not there changes nothing.
    pub fn apply(&self, clocks: &mut Vec<Clock>, at: Instant) {
        let mut on = |clock: &ClockRef, change: &dyn Fn(&mut Clock)| {
            if let Some(known) = clock_mut(clocks, clock.clock_id) {
                change(known);
            }
        };
        let end = |verdict, effective_at: Option<Instant>| {
            move |clock: &mut Clock| {
                clock.ended = Some((verdict, at));
                clock.effective_at = effective_at;
            }
        };
        match self {
            Self::Started(plan) => clocks.push(Clock::new((**plan).clone(), at)),
            Self::Warned { clock, .. } => on(clock, &|known| known.warned += 1),
            Self::Met { clock, effective_at } => on(clock, &end(Verdict::Met, Some(*effective_at))),
            Self::Breached { clock, charged_to, .. } => {
                on(clock, &|known| known.charged_to = Some(charged_to.clone()));
            }
            Self::Superseded { clock } => on(clock, &end(Verdict::Superseded, None)),
            Self::Cancelled { clock, dismissed } => on(clock, &|known| {
                end(Verdict::Cancelled, None)(known);
                known.dismissed = *dismissed;
            }),
            Self::EndedLate { clock, effective_at } => on(clock, &end(Verdict::EndedLate, Some(*effective_at))),
            Self::Corrected { clock, effective_at } => on(clock, &end(Verdict::Corrected, Some(*effective_at))),
            Self::Refuted { clock } => on(clock, &end(Verdict::Refuted, None)),
        }
    }
}
