//! Plan files (`plans/`): one 舆情应对预案 `ContingencyPlan` a file (`domain.md` §1 D10): when it applies, who does what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::applies::{Applies, Examples};
use super::error::{RuleError, suggest};
use super::load;
use super::yaml::Parsed;
use crate::domain::body::Body;
use crate::domain::ids::BodyId;
use crate::domain::prepared::{AttachedPlan, PlanDuty, PlanRole};
use crate::text::Region;
use crate::text::topic::Topic;

/// Parts of a plan at most: what one can carry out is short.
const DUTIES_MAX: usize = 30;

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContingencyPlan {
    /// Stable id.
    pub id: String,
    /// 名称
    pub title: String,
    /// 依据, or that it is the office's own.
    pub why: String,
    /// When it applies.
    pub applies: Applies,
    /// Who does what.
    pub duties: Vec<PlanDuty>,
    /// Matters to which it must and must not apply: run whenever the rules are loaded.
    pub examples: Examples,
}

impl ContingencyPlan {
    /// As it goes on record.
    pub fn attached(&self, why: Vec<String>) -> AttachedPlan {
        AttachedPlan {
            plan: self.id.clone(),
            title: self.title.clone(),
            duties: self.duties.clone(),
            citation: self.why.clone(),
            why,
        }
    }
}

/// Reads all plans, checks them, and runs their examples; in order of their files.
pub fn load(
    files: &[(&str, &str)],
    bodies: &BTreeMap<BodyId, Body>,
    topics: &[Topic],
    regions: &[Region],
    errors: &mut Vec<RuleError>,
) -> Vec<ContingencyPlan> {
    let check = |file: &Parsed<ContingencyPlan>| check(file, bodies, topics, regions);
    load::each(files, "预案", |plan: &ContingencyPlan| &plan.id, check, errors)
}

fn check(
    file: &Parsed<ContingencyPlan>,
    bodies: &BTreeMap<BodyId, Body>,
    topics: &[Topic],
    regions: &[Region],
) -> Vec<RuleError> {
    let plan = &file.value;
    let mut errors = super::id::check(file, &["id"], &plan.id);
    if plan.title.trim().is_empty() {
        errors.push(file.error(&["title"], "title 是空的", "写明预案名称"));
    }
    errors.extend(super::citation::check(file, &["why"], &plan.why));
    errors.extend(plan.applies.check(file, topics, regions));
    if plan.duties.is_empty() || plan.duties.len() > DUTIES_MAX {
        let what = format!("duties 有 {} 项", plan.duties.len());
        errors.push(file.error(&["duties"], what, format!("写 1 到 {DUTIES_MAX} 项：谁、以什么角色、做什么")));
    }
    for (n, duty) in plan.duties.iter().enumerate() {
        errors.extend(check_duty(file, n, duty, bodies));
    }
    // A plan stands until its file is taken away: the day of an example says nothing.
    let day = chrono::NaiveDate::default();
    errors.extend(plan.examples.run(file, topics, day, |matter| plan.applies.to(matter, topics, regions).is_some()));
    errors
}

fn check_duty(
    file: &Parsed<ContingencyPlan>,
    n: usize,
    duty: &PlanDuty,
    bodies: &BTreeMap<BodyId, Body>,
) -> Option<RuleError> {
    let at = |key: &'static str| ["duties".to_owned(), n.to_string(), key.to_owned()];
    let error = |key: &'static str, what: String, fix: String| {
        let path = at(key);
        Some(file.error(&path.each_ref().map(String::as_str), what, fix))
    };
    if duty.does.trim().is_empty() {
        return error("does", "does 是空的".into(), "写明做什么".into());
    }
    match &duty.body {
        Some(_) if !duty.role.is_of_bodies() => {
            error("body", "层级不写单位，由值班表确定".into(), "删去 body，或把 role 改为 lead、supporting".into())
        }
        None if duty.role == PlanRole::Supporting => error("role", "协办要写明单位".into(), "补上 body".into()),
        Some(body) if !bodies.contains_key(body) => {
            let known: Vec<&str> = bodies.keys().map(BodyId::as_str).collect();
            error("body", format!("单位 {body} 不存在或有错"), suggest(body.as_str(), known))
                .map(|error| error.lacking(body))
        }
        _ => None,
    }
}
