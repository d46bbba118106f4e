//! What an office had ready before a matter came up (`domain.md` §1 D10): 舆情应对预案 and 政策舆情风险评估, as an incident
//! opens with them. When they apply stands in `rules/`; here is what goes on record, whole, so that editing a rule changes
//! no record.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ids::BodyId;
use super::terms;

/// Who does a part of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanRole {
    /// 主办: the body that is named, else whoever leads.
    Lead,
    /// 协办: the body that is named.
    Supporting,
    /// 值班室
    DutyDesk,
    /// 办公室主任
    OfficeDirector,
    /// 分管领导
    Deputy,
    /// 主要负责人
    Principal,
    /// 统筹协调
    Coordination,
}

impl PlanRole {
    /// Whether bodies hold it; the others are tiers, held by whom the duty roster names.
    pub const fn is_of_bodies(self) -> bool {
        matches!(self, Self::Lead | Self::Supporting)
    }
}

/// Who does what under a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDuty {
    /// In which role.
    pub role: PlanRole,
    /// Which body; a tier has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyId>,
    /// What.
    pub does: String,
}

/// A 预案 `ContingencyPlan` that applies to an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AttachedPlan {
    /// Its id.
    pub plan: String,
    /// 名称
    pub title: String,
    /// Who does what.
    pub duties: Vec<PlanDuty>,
    /// 依据, or that it is the office's own.
    pub citation: String,
    /// Why it applies, in words.
    pub why: Vec<String>,
}

/// 风险等级, as assessments of major decisions (重大决策风险评估) name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// 低风险
    Low,
    /// 中风险
    Medium,
    /// 高风险
    High,
}

impl RiskLevel {
    /// The Chinese term.
    pub fn zh(self) -> &'static str {
        terms::of("risk_level", &self)
    }
}

/// A 风险评估 `PolicyRiskAssessment` of the policy that an incident is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AttachedAssessment {
    /// Its id.
    pub assessment: String,
    /// 政策事项
    pub matter: String,
    /// 风险等级
    pub level: RiskLevel,
    /// 预测的风险点
    pub predicted: Vec<String>,
    /// The plan that it calls for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Who assessed it.
    pub assessed_by: BodyId,
    /// When.
    #[schema(value_type = String, format = Date)]
    pub assessed_on: NaiveDate,
    /// Why the incident is about it, in words.
    pub why: Vec<String>,
}

/// All that was ready for a matter, in the order in which it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Prepared {
    /// Assessments of the policy that it is about.
    pub assessments: Vec<AttachedAssessment>,
    /// Plans that apply, those of the assessments included.
    pub plans: Vec<AttachedPlan>,
}

impl Prepared {
    /// Whether nothing was ready.
    pub const fn is_empty(&self) -> bool {
        self.assessments.is_empty() && self.plans.is_empty()
    }
}
