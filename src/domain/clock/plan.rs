//! What a clock is when it starts (时限): its plan, computed from facts, a policy and the calendar, then frozen
//! (`domain.md` §5 items 2, 4, 15). Nothing here looks at what happens later.

use serde::{Deserialize, Serialize};

use super::kind::{ClockKind, Force};
use super::length::{Length, print_span};
use crate::domain::body::Tier;
use crate::domain::calendar::Calendar;
use crate::domain::grade::{Grade, Grading};
use crate::domain::ids::{BodyId, ClockId};
use crate::domain::instant::{Instant, Span};
use crate::domain::policy::{ClockRule, Policy, PublicationKind};

/// Why a clock has its anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The incident was opened.
    Opening,
    /// A grade was judged anew; the anchor stays.
    Judgement,
    /// Something new happened; anchored at the detection of its first evidence.
    NewEvent,
    /// A citizen was not satisfied.
    Feedback,
    /// A person reopened it.
    Reopening,
    /// A department was given a task.
    Task,
    /// Something was published.
    Publication,
    /// A person opened a record (督查、批示、整改…).
    Record,
}

/// A warning to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Warning {
    /// Percent of the time from anchor to due.
    pub percent: u8,
    /// When.
    pub at: Instant,
}

/// A step of the ladder to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlannedStep {
    /// When.
    pub at: Instant,
    /// Relative to the due time, in milliseconds.
    pub offset: Span,
    /// Whom it tells.
    pub tier: Tier,
}

impl PlannedStep {
    /// Signed hours as the ledger prints them: `-6h`, `0h`, `+2h`.
    pub fn label(&self) -> String {
        let text = print_span(self.offset);
        if self.offset > Span::ZERO { format!("+{text}") } else { text }
    }
}

/// All that a clock starts with; embedded whole in the event, so that no later edit of a rule can move it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClockPlan {
    /// Its number in its stream.
    pub clock_id: ClockId,
    /// Kind.
    pub clock: ClockKind,
    /// From when it counts.
    pub anchor_at: Instant,
    /// Until when the act is in time, that instant included.
    pub due_at: Instant,
    /// What a breach counts as.
    pub force: Force,
    /// The clause that it enforces.
    pub clause: String,
    /// The department whose task it belongs to, or the addressee of a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<BodyId>,
    /// The account (`<body>.weibo`) of a repost clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A clock of the office's own beside a main clock that a grading started late.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub operational: bool,
    /// Already past its due time when it started.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub born_overdue: bool,
    /// 暂定: its working days reach into a year whose notice of holidays was not loaded when it was planned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// The record that it belongs to, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Cycle of the incident.
    pub cycle: u32,
    /// Why the anchor is what it is.
    pub cause: Cause,
    /// The length in the words of the policy.
    pub length: String,
    /// Policy id.
    pub policy: String,
    /// Policy version.
    pub policy_version: u32,
    /// Edition of the calendar.
    pub calendar_version: String,
    /// Publications that meet it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub met_by: Vec<PublicationKind>,
    /// Warnings in order of time.
    pub warnings: Vec<Warning>,
    /// Name of the ladder.
    pub ladder: String,
    /// Whether grades cap the ladder.
    pub capped: bool,
    /// Its steps in order of time.
    pub steps: Vec<PlannedStep>,
}

/// Where a clock stands: everything of a plan that does not follow from the rule itself.
#[derive(Clone, Debug)]
pub struct Setting {
    /// From when it counts.
    pub anchor_at: Instant,
    /// Why.
    pub cause: Cause,
    /// The due time of the main clock and the present instant, for lengths that hang on it.
    pub main_due: Option<(Instant, Instant)>,
    /// A due time that a person gave.
    pub given: Option<Instant>,
    /// Cycle of the incident.
    pub cycle: u32,
}

/// Why a plan can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The policy has no rule for this kind.
    #[error("政策 {policy} 没有时限 {}（{}）", clock.zh(), clock.id())]
    NoRule {
        /// The policy.
        policy: String,
        /// The kind.
        clock: ClockKind,
    },
    /// The rule names a ladder that the policy lacks.
    #[error("政策 {policy} 的时限 {} 引用了不存在的阶梯 {ladder}", clock.id())]
    NoLadder {
        /// The policy.
        policy: String,
        /// The kind.
        clock: ClockKind,
        /// The ladder.
        ladder: String,
    },
    /// The time hangs on another clock, or on a person, and was not given.
    #[error("时限 {}（{}）的到期时间由{}决定，不能单独计算", clock.zh(), clock.id(), .by)]
    Hangs {
        /// The kind.
        clock: ClockKind,
        /// On what.
        by: &'static str,
    },
}

/// Due instant and, for people, how it was computed.
pub fn due(
    rule: &ClockRule,
    clock: ClockKind,
    setting: &Setting,
    calendar: &Calendar,
) -> Result<(Instant, Vec<String>), PlanError> {
    let anchor = setting.anchor_at;
    match rule.length {
        Length::Hours(span) => {
            let due = anchor + span;
            Ok((
                due,
                vec![
                    format!("{anchor} 起算，连续计时 {}（不分工作日与节假日）", print_span(span)),
                    format!("到期：{due}（含该时刻）"),
                ],
            ))
        }
        Length::WorkingDays(days) => Ok(calendar.after_working_days(anchor, days)),
        Length::ShareOfMain { percent, at_least } => {
            let (main, now) = setting.main_due.ok_or(PlanError::Hangs { clock, by: "主时限" })?;
            let left = (main - now).percent(i64::from(percent)).max(at_least);
            let due = anchor + left;
            Ok((
                due,
                vec![
                    format!("主时限 {main} 到期，取剩余时间的 {percent}%，不少于 {}", print_span(at_least)),
                    format!("到期：{due}"),
                ],
            ))
        }
        Length::UntilMain { at_least } => {
            let (main, _) = setting.main_due.ok_or(PlanError::Hangs { clock, by: "主时限" })?;
            let due = main.max(anchor + at_least);
            Ok((due, vec![format!("随主时限 {main} 到期，不少于 {}", print_span(at_least)), format!("到期：{due}")]))
        }
        Length::Given => {
            let due = setting.given.ok_or(PlanError::Hangs { clock, by: "交办人给定的时间" })?;
            Ok((due, vec![format!("由交办人给定：{due}")]))
        }
    }
}

/// The plan of one clock under a policy. Its number, department and flags are the caller's to set.
pub fn plan(clock: ClockKind, policy: &Policy, calendar: &Calendar, setting: &Setting) -> Result<ClockPlan, PlanError> {
    let rule = policy.clocks.get(&clock).ok_or_else(|| PlanError::NoRule { policy: policy.id.clone(), clock })?;
    let (due_at, _) = due(rule, clock, setting, calendar)?;
    with_times(
        ClockPlan {
            clock_id: ClockId(0),
            clock,
            anchor_at: setting.anchor_at,
            due_at,
            force: rule.force,
            clause: rule.clause.clone(),
            department: None,
            account: None,
            operational: false,
            born_overdue: false,
            provisional: matches!(rule.length, Length::WorkingDays(_))
                && calendar.provisional(setting.anchor_at, due_at),
            record: None,
            cycle: setting.cycle,
            cause: setting.cause,
            length: rule.length.to_string(),
            policy: policy.id.clone(),
            policy_version: policy.version,
            calendar_version: calendar.version.clone(),
            met_by: rule.met_by.clone(),
            warnings: rule.warn.iter().map(|&percent| Warning { percent, at: due_at }).collect(),
            ladder: rule.ladder.clone(),
            capped: true,
            steps: Vec::new(),
        },
        policy,
    )
}

/// The operational clock beside a main clock: a share of its length from the grading on, internal, told at 75 % and by
/// ladder C (`domain.md` §5 item 6).
pub fn operational(main: &ClockPlan, policy: &Policy, now: Instant) -> Result<ClockPlan, PlanError> {
    let length = (main.due_at - main.anchor_at).percent(i64::from(policy.terms.operational_percent));
    let due_at = now + length;
    with_times(
        ClockPlan {
            anchor_at: now,
            due_at,
            force: Force::Internal,
            clause: format!("本办自定：研判较晚时，自研判起 {} 内的内控时限", print_span(length)),
            operational: true,
            born_overdue: false,
            provisional: false,
            length: print_span(length),
            warnings: vec![Warning { percent: 75, at: due_at }],
            ladder: "C".to_owned(),
            steps: Vec::new(),
            ..main.clone()
        },
        policy,
    )
}

/// Places warnings and steps by anchor and due time.
fn with_times(mut plan: ClockPlan, policy: &Policy) -> Result<ClockPlan, PlanError> {
    let ladder = policy.ladders.get(&plan.ladder).ok_or_else(|| PlanError::NoLadder {
        policy: policy.id.clone(),
        clock: plan.clock,
        ladder: plan.ladder.clone(),
    })?;
    for warning in &mut plan.warnings {
        warning.at = plan.anchor_at + (plan.due_at - plan.anchor_at).percent(i64::from(warning.percent));
    }
    plan.capped = ladder.capped;
    plan.steps =
        ladder.steps.iter().map(|s| PlannedStep { at: plan.due_at + s.at.0, offset: s.at.0, tier: s.tier }).collect();
    Ok(plan)
}

/// What grades call for (`domain.md` §5, table): the facts that decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The grading in force: a person's, else the proposal.
    pub grading: Grading,
    /// Whether a person gave it.
    pub graded_by_person: bool,
    /// The latest effective time of a publication that may meet the incident's clocks.
    pub last_publication: Option<Instant>,
}

/// The main clock that an event's grade calls for.
pub fn main_clock(policy: &Policy, event_grade: Grade) -> ClockKind {
    let conference = policy.clocks.get(&ClockKind::PressConference).and_then(|rule| rule.at_least);
    match conference {
        Some(least) if event_grade >= least => ClockKind::PressConference,
        _ => ClockKind::Response,
    }
}

/// Whether the facts call for a clock of this kind. Kinds that hang on a task, a record or a post are not grades' business.
pub fn called_for(clock: ClockKind, facts: &Facts, policy: &Policy) -> bool {
    let Some(rule) = policy.clocks.get(&clock) else { return false };
    let at_least = rule.at_least.unwrap_or(Grade::Extraordinary);
    match clock {
        ClockKind::PressConference | ClockKind::Response => clock == main_clock(policy, facts.grading.event_grade),
        ClockKind::FirstStatement => facts.grading.event_grade >= at_least,
        ClockKind::Update => facts.last_publication.is_some() && facts.grading.highest() >= at_least,
        ClockKind::Consultation => {
            facts.graded_by_person && facts.grading.sensitive && facts.grading.opinion_grade >= at_least
        }
        _ => false,
    }
}

/// The highest tier that a capped ladder reaches at a grade: `None` = no cap.
pub fn cap(policy: &Policy, highest: Grade, graded_by_person: bool) -> Option<Tier> {
    let caps = &policy.terms.caps;
    // What nobody has graded yet may be better or worse than it looks: it climbs as far as `ungraded` says, no further.
    let ungraded = if graded_by_person { None } else { caps.get("ungraded") };
    ungraded.or_else(|| caps.get(highest.id())).copied()
}
