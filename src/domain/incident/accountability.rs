//! What a case brought upon a body (`domain.md` §1 D15): 通报 and 约谈. Neither starts a clock; both count in the annual
//! assessment, and so in the scorecard.

use serde::{Deserialize, Serialize};

use super::state::{Incident, Life};
use crate::domain::clock::{Clock, Force};
use crate::domain::grade::Grade;
use crate::domain::ids::BodyId;
use crate::domain::instant::Instant;

/// 通报 `CircularNotice`: a body was circulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CircularNotice {
    /// Which body.
    pub department: BodyId,
    /// 事由
    pub reason: String,
    /// When it was recorded.
    pub at: Instant,
    /// Who circulated it.
    pub by: String,
}

/// 约谈 `AccountabilityTalk`: a talk that took place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountabilityTalk {
    /// With which body.
    pub department: BodyId,
    /// When it took place.
    pub held_at: Instant,
    /// 约谈事项
    pub about: String,
    /// 约谈结果
    pub result: String,
    /// When it was recorded.
    pub at: Instant,
    /// Who recorded it.
    pub by: String,
}

impl Incident {
    /// Whether a decision that somebody may have to answer for rests on what the case says of its posts: a record, a circular
    /// or a talk, a refusal to answer in public, a dismissal that took two persons, a statutory breach that is charged.
    pub fn is_evidence(&self) -> bool {
        let charged = |clock: &Clock| clock.breached() && clock.plan.force == Force::Statutory;
        let dismissed = self.life == Life::Dismissed && self.highest_ever >= Grade::Large;
        self.life == Life::NoPublicResponse
            || dismissed
            || !self.records.is_empty()
            || !self.circulars.is_empty()
            || !self.talks.is_empty()
            || self.clocks.iter().any(charged)
    }
}
