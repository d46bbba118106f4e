//! Assessment files (`assessments/`): one 政策舆情风险评估 `PolicyRiskAssessment` a file, made before a policy that touches
//! people's interests is published (`domain.md` §1 D10): predicted, assessed, given a level and a plan.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::applies::{Applies, Examples, Matter};
use super::error::{RuleError, suggest};
use super::load;
use super::plan::ContingencyPlan;
use super::yaml::Parsed;
use crate::domain::body::Body;
use crate::domain::ids::BodyId;
use crate::domain::prepared::{AttachedAssessment, RiskLevel};
use crate::text::Region;
use crate::text::topic::Topic;

/// An assessment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRiskAssessment {
    /// Stable id.
    pub id: String,
    /// 政策事项
    pub matter: String,
    /// 依据, or that it is the office's own.
    pub why: String,
    /// 风险等级
    pub level: RiskLevel,
    /// 预测的风险点
    pub predicted: Vec<String>,
    /// The plan for it.
    pub plan: String,
    /// Who assessed it.
    pub assessed_by: BodyId,
    /// When; what was detected before that day is not about it.
    pub assessed_on: NaiveDate,
    /// The last day on which it is watched; without it, until its file is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched_until: Option<NaiveDate>,
    /// Which matters are about it.
    pub applies: Applies,
    /// Matters to which it must and must not apply: run whenever the rules are loaded.
    pub examples: Examples,
}

impl PolicyRiskAssessment {
    /// As it goes on record of a matter that is about it.
    pub fn attached(&self, matter: &Matter<'_>, topics: &[Topic], regions: &[Region]) -> Option<AttachedAssessment> {
        if matter.on < self.assessed_on || self.watched_until.is_some_and(|last| matter.on > last) {
            return None;
        }
        Some(AttachedAssessment {
            assessment: self.id.clone(),
            matter: self.matter.clone(),
            level: self.level,
            predicted: self.predicted.clone(),
            plan: Some(self.plan.clone()),
            assessed_by: self.assessed_by.clone(),
            assessed_on: self.assessed_on,
            why: self.applies.to(matter, topics, regions)?,
        })
    }
}

/// Reads all assessments, checks them, and runs their examples; in order of their files.
pub fn load(
    files: &[(&str, &str)],
    bodies: &BTreeMap<BodyId, Body>,
    topics: &[Topic],
    regions: &[Region],
    plans: &[ContingencyPlan],
    errors: &mut Vec<RuleError>,
) -> Vec<PolicyRiskAssessment> {
    let known: Vec<&str> = plans.iter().map(|plan| plan.id.as_str()).collect();
    let check = |file: &Parsed<PolicyRiskAssessment>| {
        let mut mistakes = check(file, bodies, topics, regions);
        let plan = file.value.plan.as_str();
        if !known.contains(&plan) {
            mistakes.push(
                file.error(&["plan"], format!("预案 {plan} 不存在或有错"), suggest(plan, known.clone())).lacking(plan),
            );
        }
        mistakes
    };
    load::each(files, "评估", |assessment: &PolicyRiskAssessment| &assessment.id, check, errors)
}

fn check(
    file: &Parsed<PolicyRiskAssessment>,
    bodies: &BTreeMap<BodyId, Body>,
    topics: &[Topic],
    regions: &[Region],
) -> Vec<RuleError> {
    let assessment = &file.value;
    let mut errors = super::id::check(file, &["id"], &assessment.id);
    if assessment.matter.trim().is_empty() {
        errors.push(file.error(&["matter"], "matter 是空的", "写明政策事项"));
    }
    errors.extend(super::citation::check(file, &["why"], &assessment.why));
    if assessment.predicted.iter().all(|point| point.trim().is_empty()) {
        errors.push(file.error(&["predicted"], "没有预测的风险点", "至少写一点：可能引发什么"));
    }
    if !bodies.contains_key(&assessment.assessed_by) {
        let known: Vec<&str> = bodies.keys().map(BodyId::as_str).collect();
        let what = format!("评估单位 {} 不存在或有错", assessment.assessed_by);
        errors.push(
            file.error(&["assessed_by"], what, suggest(assessment.assessed_by.as_str(), known))
                .lacking(&assessment.assessed_by),
        );
    }
    if assessment.watched_until.is_some_and(|last| last < assessment.assessed_on) {
        errors.push(file.error(&["watched_until"], "watched_until 早于评估日期", "改为评估日期之后的一天"));
    }
    errors.extend(assessment.applies.check(file, topics, regions));
    let holds = |matter: &Matter<'_>| assessment.attached(matter, topics, regions).is_some();
    errors.extend(assessment.examples.run(file, topics, assessment.assessed_on, holds));
    errors
}
