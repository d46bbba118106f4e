//! What was published on an incident, or is planned to be (回应).

use serde::{Deserialize, Serialize};

use crate::domain::ids::BodyId;
use crate::domain::instant::Instant;
use crate::domain::policy::PublicationKind;

/// What was published, or is planned to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    /// 形式
    pub kind: PublicationKind,
    /// Who published.
    pub department: BodyId,
    /// When it was public, or is planned to be.
    pub effective_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Not yet confirmed to have taken place.
    pub planned: bool,
    /// May meet the incident's clocks: by the lead, or the office or the publicity department on its behalf.
    pub counts: bool,
    /// 审核
    pub reviewed: bool,
    /// Where.
    pub url: Option<String>,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// In which cycle it was recorded (a plan: confirmed).
    pub cycle: u32,
}

impl Publication {
    /// Whether it is the same publication as another incident of the group knows it.
    pub fn same(&self, other: &Self) -> bool {
        (self.kind, &self.department, self.effective_at, self.recorded_at)
            == (other.kind, &other.department, other.effective_at, other.recorded_at)
    }
    /// Whether `update` clocks know it: public, recorded, and may meet the incident's clocks.
    pub fn informs(&self) -> bool {
        !self.planned && self.counts && self.kind != PublicationKind::DirectReply
    }
}
