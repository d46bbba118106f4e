//! What an escalation outside the ladder is about.

use serde::{Deserialize, Serialize};

use crate::domain::terms;

/// What an escalation outside the ladder is about; each but the last is told once (`domain.md` §5a o).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EscalationCause {
    /// A second body has a task: the tier `coordination`.
    SecondBody,
    /// A proposal ≥ major that nobody graded in time: the deputy.
    Ungraded,
    /// A person graded the opinion extraordinary: the principal.
    Extraordinary,
    /// A statutory clock of a county's incident breached: the parent's duty desk.
    CountyBreach,
}

impl EscalationCause {
    /// What those who are told read.
    pub fn zh(self) -> &'static str {
        terms::of("escalation_cause", &self)
    }

    /// By the words that events held before they named their cause. These never change, whatever the terms become.
    pub fn of_old(why: &str) -> Option<Self> {
        match why {
            "多个部门承办，转统筹协调" => Some(Self::SecondBody),
            "系统建议重大以上，逾时未定级" => Some(Self::Ungraded),
            "舆情定为特别重大" => Some(Self::Extraordinary),
            "下级辖区法定时限超时" => Some(Self::CountyBreach),
            _ => None,
        }
    }
}
