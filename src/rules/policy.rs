//! Policy files: their form, `extends` and `without`, and what must hold of a policy before a clock may run by it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::{RuleError, suggest};
use super::policy_example::PolicyExample;
use super::region::REGIONS;
use super::yaml::{Parsed, parse};
use crate::domain::clock::{ClockKind, Force, Length};
use crate::domain::grade::Grade;
use crate::domain::ids::RegionId;
use crate::domain::policy::{ClockRule, Ladder, Policy, Terms};

/// A file of `policies/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    id: String,
    version: u32,
    name: String,
    why: String,
    region: RegionId,
    #[serde(default)]
    default: bool,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    extends: Option<String>,
    #[serde(default)]
    without: Vec<ClockKind>,
    #[serde(default)]
    clocks: BTreeMap<ClockKind, ClockRule>,
    #[serde(default)]
    ladders: BTreeMap<String, Ladder>,
    #[serde(default)]
    terms: Terms,
    #[serde(default)]
    examples: Vec<PolicyExample>,
}

const fn yes() -> bool {
    true
}

/// Bases of bases.
const EXTENDS_DEPTH_MAX: usize = 8;

/// A policy and the file that it came from.
#[derive(Debug)]
pub struct LoadedPolicy {
    /// Complete and checked.
    pub policy: Policy,
    /// Its examples.
    pub examples: Vec<PolicyExample>,
    /// For the lines of its examples.
    pub parsed: Parsed<()>,
}

/// Reads all policy files, resolves what they extend, and checks each.
pub fn load(files: &[(&str, &str)], regions: &BTreeSet<RegionId>, errors: &mut Vec<RuleError>) -> Vec<LoadedPolicy> {
    let mut parsed: BTreeMap<String, Parsed<PolicyFile>> = BTreeMap::new();
    // Files that can't be read are told by themselves; what extends one of them has no mistake of its own.
    let mut unread: BTreeSet<&str> = BTreeSet::new();
    for (path, text) in files {
        match parse::<PolicyFile>(path, text) {
            Ok(file) => match parsed.get(&file.value.id) {
                Some(first) => errors.push(file.error(
                    &["id"],
                    format!("政策编号 {} 重复，已用于 {}", file.value.id, first.file),
                    "换一个编号",
                )),
                None => {
                    parsed.insert(file.value.id.clone(), file);
                }
            },
            Err(error) => {
                unread.extend(path.rsplit('/').next().and_then(|name| name.split('.').next()));
                errors.push(error);
            }
        }
    }
    let mut resolved: BTreeMap<String, Policy> = BTreeMap::new();
    let mut wrong: Vec<RuleError> = Vec::new();
    for id in parsed.keys() {
        match resolve(id, &parsed, &unread, 0) {
            Ok(policy) => {
                let mistakes = check(&policy, &parsed[id], regions);
                if mistakes.is_empty() {
                    resolved.insert(id.clone(), policy);
                } else {
                    wrong.extend(mistakes);
                }
            }
            Err(error) => wrong.extend(error),
        }
    }
    wrong.extend(several_of_a_region(&resolved, &parsed));
    // What extends a policy that has a mistake falls with it, and says nothing of it.
    let falls = |id: &String, resolved: &BTreeMap<String, Policy>| {
        parsed[id].value.extends.as_ref().is_some_and(|base| !resolved.contains_key(base))
    };
    while let Some(id) = resolved.keys().find(|id| falls(id, &resolved)).cloned() {
        resolved.remove(&id);
    }
    // A base's mistake is told once, at the base.
    wrong.sort_by(|a, b| (&a.file, a.line, &a.what).cmp(&(&b.file, b.line, &b.what)));
    wrong.dedup();
    errors.extend(wrong);
    parsed
        .into_iter()
        .filter_map(|(id, file)| {
            let policy = resolved.remove(&id)?;
            let (value, parsed) = file.split();
            Some(LoadedPolicy { policy, examples: value.examples, parsed })
        })
        .collect()
}

/// The complete policy: the base's clocks, ladders and terms, less `without`, with the file's own over them.
/// The mistake that stops it, or none where that is told of another file.
fn resolve(
    id: &str,
    files: &BTreeMap<String, Parsed<PolicyFile>>,
    unread: &BTreeSet<&str>,
    depth: usize,
) -> Result<Policy, Option<RuleError>> {
    let file = &files[id];
    let own = &file.value;
    let (mut clocks, mut ladders, terms) = match &own.extends {
        None => (BTreeMap::new(), BTreeMap::new(), own.terms.clone()),
        Some(base) if unread.contains(base.as_str()) => return Err(None),
        Some(base) if !files.contains_key(base) => {
            return Err(Some(
                file.error(
                    &["extends"],
                    format!("沿用的政策 {base} 不存在或有错"),
                    suggest(base, files.keys().map(String::as_str).filter(|known| *known != id)),
                )
                .lacking(base),
            ));
        }
        Some(base) if base == id || depth >= EXTENDS_DEPTH_MAX => {
            return Err(Some(file.error(&["extends"], "沿用关系成环或过深", "让其中一个政策不再 extends")));
        }
        Some(base) => {
            let base = resolve(base, files, unread, depth + 1)?;
            (base.clocks, base.ladders, overlay(&base.terms, file))
        }
    };
    for (index, kind) in own.without.iter().enumerate() {
        let at = ["without", &index.to_string()];
        if clocks.remove(kind).is_none() {
            return Err(Some(file.error(&at, format!("沿用的政策里没有时限 {}", kind.id()), "从 without 中删去")));
        }
        if own.clocks.contains_key(kind) {
            return Err(Some(file.error(&at, format!("时限 {} 既在 without 又在 clocks", kind.id()), "两处只留一处")));
        }
    }
    clocks.extend(own.clocks.clone());
    ladders.extend(own.ladders.clone());
    Ok(Policy {
        id: own.id.clone(),
        version: own.version,
        name: own.name.clone(),
        why: own.why.clone(),
        region: own.region.clone(),
        default: own.default,
        active: own.active,
        clocks,
        ladders,
        terms,
    })
}

/// The base's terms with those that the file names over them.
fn overlay(base: &Terms, file: &Parsed<PolicyFile>) -> Terms {
    let keys = file.keys(&["terms"]);
    let has = |key: &str| keys.iter().any(|k| k == key);
    let own = &file.value.terms;
    let mut terms = base.clone();
    macro_rules! take {
        ($($field:ident),*) => { $(if has(stringify!($field)) { terms.$field = own.$field.clone(); })* };
    }
    take!(
        auto_assign_from,
        unassigned_reminder,
        ungraded_to_deputy,
        return_within,
        second_person_from,
        operational_percent,
        late_start_cap,
        caps,
        backfill_after,
        supervision_from_dissatisfied
    );
    terms
}

/// Which policy new incidents of a region take must be no question.
fn several_of_a_region(
    policies: &BTreeMap<String, Policy>,
    files: &BTreeMap<String, Parsed<PolicyFile>>,
) -> Vec<RuleError> {
    let mut first: BTreeMap<&RegionId, &Policy> = BTreeMap::new();
    let mut active: Vec<&Policy> = policies.values().filter(|policy| policy.active).collect();
    active.sort_by_key(|policy| (!policy.default, &policy.id));
    let mut errors = Vec::new();
    for policy in active {
        if let Some(other) = first.get(&policy.region) {
            let what = format!("地区 {} 已有政策 {}，新立案不知用哪一个", policy.region, other.id);
            errors.push(files[&policy.id].error(&["active"], what, "其中一个写 active: false"));
        }
        first.entry(&policy.region).or_insert(policy);
    }
    errors
}

/// Which policy the office goes by where nothing else is said: one, and only one, which is in force.
pub fn defaults(policies: &[LoadedPolicy]) -> Vec<RuleError> {
    let mut all: Vec<&LoadedPolicy> = policies.iter().filter(|loaded| loaded.policy.default).collect();
    all.sort_by_key(|loaded| !loaded.policy.active);
    match all.as_slice() {
        [] if policies.is_empty() => Vec::new(),
        [first, others @ ..] if first.policy.active => {
            let what = format!("默认政策已是 {}", first.policy.id);
            let fix = "只在一个政策里写 default: true";
            others.iter().map(|other| other.parsed.error(&["default"], what.clone(), fix)).collect()
        }
        _ => vec![RuleError::new("policies/", 0, "没有默认政策", "在一个 active: true 的政策里写 default: true")],
    }
}

/// Everything that must hold of a policy before a clock may run by it. What it takes over from another is checked there.
fn check(policy: &Policy, file: &Parsed<PolicyFile>, regions: &BTreeSet<RegionId>) -> Vec<RuleError> {
    let mut errors = super::id::check(file, &["id"], &policy.id);
    if !regions.contains(&policy.region) {
        let fix = suggest(policy.region.as_str(), regions.iter().map(RegionId::as_str));
        errors.push(file.error(&["region"], format!("没有地区 {}", policy.region), fix).lacking(REGIONS));
    }
    for (key, text) in [("name", &policy.name), ("why", &policy.why)] {
        if text.trim().is_empty() {
            errors.push(file.error(&[key], format!("{key} 是空的"), "写明名称与依据"));
        }
    }
    if policy.version == 0 {
        errors.push(file.error(&["version"], "version 从 1 起", "写 1，每次改动加一"));
    }
    for kind in [ClockKind::PressConference, ClockKind::Response] {
        if !policy.clocks.contains_key(&kind) {
            let what = format!("缺少主时限 {}（{}）", kind.id(), kind.zh());
            errors.push(file.error(&["clocks"], what, "补上，或 extends 一个有它的政策"));
        }
    }
    for (kind, rule) in policy.clocks.iter().filter(|(kind, _)| file.value.clocks.contains_key(kind)) {
        check_clock(*kind, rule, policy, file, &mut errors);
    }
    for (name, ladder) in &file.value.ladders {
        if !ladder.steps.is_sorted_by_key(|step| step.at) {
            errors.push(file.error(&["ladders", name], format!("阶梯 {name} 的步骤没有按时间排列"), "从早到晚排列"));
        }
    }
    check_terms(&policy.terms, file, &mut errors);
    errors
}

fn check_clock(
    kind: ClockKind,
    rule: &ClockRule,
    policy: &Policy,
    file: &Parsed<PolicyFile>,
    errors: &mut Vec<RuleError>,
) {
    let mut wrong = |key: &str, what: String, fix: String| {
        errors.push(file.error(&["clocks", kind.id(), key], format!("时限 {}：{what}", kind.id()), fix));
    };
    let uncited = super::citation::check(file, &["clocks", kind.id(), "clause"], &rule.clause);
    if let Some(error) = uncited {
        wrong("clause", error.what, error.fix);
    } else if rule.force == Force::Statutory && !super::citation::cites(&rule.clause) {
        wrong("force", "法定时限必须引用条款".into(), "在 clause 中引用，或把 force 改为 target、internal".into());
    }
    if !policy.ladders.contains_key(&rule.ladder) {
        let known: Vec<&str> = policy.ladders.keys().map(String::as_str).collect();
        wrong("ladder", format!("没有名为 {} 的升级阶梯", rule.ladder), suggest(&rule.ladder, known));
    }
    if rule.warn.iter().any(|percent| !(1..=99).contains(percent)) || !rule.warn.is_sorted_by(|a, b| a < b) {
        wrong("warn", format!("预警 {:?} 不是递增的 1–99", rule.warn), "写成递增的百分数，如 [50, 75, 90]".into());
    }
    let fits = match rule.length {
        Length::Hours(_) | Length::WorkingDays(_) => true,
        Length::ShareOfMain { .. } => kind == ClockKind::Part,
        Length::UntilMain { .. } => kind == ClockKind::Referral,
        Length::Given => matches!(kind, ClockKind::Instruction | ClockKind::Rectification | ClockKind::Order),
    };
    if !fits {
        wrong("length", format!("时长“{}”不能用于它", rule.length), "写小时或工作日，如 24h、5 working days".into());
    }
    let by_grade = matches!(
        kind,
        ClockKind::PressConference | ClockKind::FirstStatement | ClockKind::Update | ClockKind::Consultation
    );
    match rule.at_least {
        Some(Grade::None) => {
            wrong("at_least", "起点不能是 none".into(), "写 general、large、major 或 extraordinary".into());
        }
        Some(_) if !by_grade => wrong("at_least", "它不由等级决定".into(), "删去 at_least".into()),
        None if by_grade => wrong("at_least", "没有写从哪一等级起".into(), "补上 at_least: major".into()),
        _ => {}
    }
    let published = matches!(
        kind,
        ClockKind::Response | ClockKind::PressConference | ClockKind::FirstStatement | ClockKind::Update
    );
    if published && rule.met_by.is_empty() {
        wrong("met_by", "没有写哪些发布算作完成".into(), "补上 met_by，如 [press_conference, response]".into());
    }
    if !published && !rule.met_by.is_empty() {
        wrong("met_by", "它不由发布完成".into(), "删去 met_by".into());
    }
}

fn check_terms(terms: &Terms, file: &Parsed<PolicyFile>, errors: &mut Vec<RuleError>) {
    let own = file.keys(&["terms"]);
    let taken_over = |key: &str| file.value.extends.is_some() && !own.iter().any(|named| named == key);
    let mut wrong = |key: &str, what: &str, fix: &str| {
        if taken_over(key) {
            return;
        }
        errors.push(file.error(&["terms", key], format!("{key}：{what}"), fix));
    };
    if !(0.0..=1.0).contains(&terms.auto_assign_from) {
        wrong("auto_assign_from", "不在 0–1 之间", "写 0 到 1 之间的数，如 0.6");
    }
    if !(1..=100).contains(&terms.operational_percent) {
        wrong("operational_percent", "不在 1–100 之间", "写百分数，如 25");
    }
    if terms.supervision_from_dissatisfied == 0 {
        wrong("supervision_from_dissatisfied", "从 1 起", "写次数，如 2");
    }
    for (key, span) in [
        ("unassigned_reminder", terms.unassigned_reminder),
        ("ungraded_to_deputy", terms.ungraded_to_deputy),
        ("return_within", terms.return_within),
        ("backfill_after", terms.backfill_after),
    ] {
        if span.0.ms() <= 0 {
            wrong(key, "必须大于零", "写时长，如 30m、2h、7d");
        }
    }
    let grades = ["ungraded", "none", "general", "large", "major", "extraordinary"];
    let caps = terms.caps.keys().filter(|_| !taken_over("caps"));
    for key in caps.filter(|key| !grades.contains(&key.as_str())) {
        errors.push(file.error(&["terms", "caps", key], format!("caps：没有等级 {key}"), suggest(key, grades)));
    }
}
