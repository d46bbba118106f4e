//! The examples inside a policy file: a clock started from an instant, and what must have fired, must fire now, or must
//! not fire yet, at later ones.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::error::RuleError;
use super::policy::LoadedPolicy;
use crate::domain::body::Tier;
use crate::domain::calendar::Calendar;
use crate::domain::clock::{
    self, Cause, Clock, ClockKind, Length, PlanError, Setting, Timer, cap, parse_span, print_span, timers,
};
use crate::domain::grade::{Grade, Grading};
use crate::domain::instant::{Instant, Span};
use crate::domain::policy::Policy;

/// One example.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyExample {
    /// What it shows.
    pub name: String,
    /// The clock that starts.
    pub clock: ClockKind,
    /// Its anchor and the instant at which it starts.
    pub from: Instant,
    /// The grades that a person gave; without them nobody graded.
    #[serde(default)]
    pub facts: Option<Grading>,
    /// When the main clock is due, for lengths that hang on it.
    #[serde(default)]
    pub main_due_at: Option<Instant>,
    /// The due time that a person gave.
    #[serde(default)]
    pub given: Option<Instant>,
    /// When it must be due.
    pub due_at: Instant,
    /// What must hold at later instants.
    #[serde(default)]
    pub at: Vec<Moment>,
}

/// What must hold at an instant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// When.
    pub instant: Instant,
    /// Exactly what fires at this instant; `[]` = nothing does.
    #[serde(default)]
    pub now: Option<Vec<Firing>>,
    /// What must not have fired by then.
    #[serde(default)]
    pub not_yet: Vec<Firing>,
    /// What must have fired by then.
    #[serde(default)]
    pub done: Vec<Firing>,
}

/// Something that a clock does by itself, in a file `warn 50`, `step -6h department`, `breach`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firing {
    /// A warning at a percentage.
    Warn(u8),
    /// A step of the ladder.
    Step(Span, Tier),
    /// The breach: the first instant after the due time.
    Breach,
}

impl std::fmt::Display for Firing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Warn(percent) => write!(f, "warn {percent}"),
            Self::Step(at, tier) if *at > Span::ZERO => write!(f, "step +{} {}", print_span(*at), tier.id()),
            Self::Step(at, tier) => write!(f, "step {} {}", print_span(*at), tier.id()),
            Self::Breach => f.write_str("breach"),
        }
    }
}

impl FromStr for Firing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fail = || format!("“{text}”读不懂；应为 warn 50、step -6h department 或 breach");
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["breach"] => Ok(Self::Breach),
            ["warn", percent] => percent.parse().map(Self::Warn).map_err(|_| fail()),
            ["step", at, tier] => {
                let tier = serde_json::from_value(serde_json::Value::from(*tier)).map_err(|_| fail())?;
                Ok(Self::Step(parse_span(at).map_err(|_| fail())?, tier))
            }
            _ => Err(fail()),
        }
    }
}

impl<'de> Deserialize<'de> for Firing {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Runs a policy's examples.
pub fn run(loaded: &LoadedPolicy, calendar: &Calendar) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for (index, example) in loaded.examples.iter().enumerate() {
        let index = index.to_string();
        let mut wrong = |rest: &[&str], what: String, fix: String| {
            let path: Vec<&str> = ["examples", index.as_str()].into_iter().chain(rest.iter().copied()).collect();
            errors.push(loaded.parsed.error(&path, format!("例子“{}”：{what}", example.name), fix));
        };
        let (due_at, firings) = match timeline(example, &loaded.policy, calendar) {
            Ok(timeline) => timeline,
            Err((key, what, fix)) => {
                wrong(&[key], what, fix);
                continue;
            }
        };
        if due_at != example.due_at {
            wrong(
                &["due_at"],
                format!("到期应为 {}，算得 {due_at}", example.due_at),
                format!("改例子为 {due_at}，或改时限"),
            );
        }
        for (n, moment) in example.at.iter().enumerate() {
            let n = n.to_string();
            for (what, fix) in judge(moment, &firings) {
                wrong(&["at", &n], what, fix);
            }
        }
    }
    errors
}

type Timeline = (Instant, Vec<(Instant, Firing)>);

/// All that the clock of an example will do, with its instants: planned and fired as the clock of an incident is.
fn timeline(
    example: &PolicyExample,
    policy: &Policy,
    calendar: &Calendar,
) -> Result<Timeline, (&'static str, String, String)> {
    let setting = Setting {
        anchor_at: example.from,
        cause: Cause::Opening,
        main_due: example.main_due_at.map(|main| (main, example.from)),
        given: example.given,
        cycle: 1,
    };
    let plan = clock::plan(example.clock, policy, calendar, &setting).map_err(|error| match error {
        PlanError::NoRule { clock, .. } => {
            ("clock", format!("本政策没有时限 {}", clock.id()), "换一个时限，或删去例子".to_owned())
        }
        PlanError::Hangs { .. } if example.main_due_at.is_none() && !is_given(policy, example.clock) => {
            ("clock", "它随主时限走".to_owned(), "补上 main_due_at: …".to_owned())
        }
        PlanError::Hangs { .. } => ("clock", "它的到期时间由人给定".to_owned(), "补上 given: …".to_owned()),
        PlanError::NoLadder { .. } => ("clock", error.to_string(), "在 ladders 中补上它".to_owned()),
    })?;
    let reach = cap(policy, example.facts.map_or(Grade::None, |facts| facts.highest()), example.facts.is_some());
    let clock = Clock::new(plan, example.from);
    let plan = &clock.plan;
    let fired = |(at, timer): (Instant, Timer)| match timer {
        Timer::Warning { index, .. } => (at, Firing::Warn(plan.warnings[index].percent)),
        Timer::Step { index, .. } => (at, Firing::Step(plan.steps[index].offset, plan.steps[index].tier)),
        // In time up to the due time, that instant included.
        Timer::Breach { .. } => (at + Span::from_ms(1), Firing::Breach),
    };
    let never = Instant::from_ms(i64::MAX);
    let all = timers(std::slice::from_ref(&clock), Instant::from_ms(i64::MIN), reach, never, |_| true);
    Ok((plan.due_at, all.into_iter().map(fired).collect()))
}

fn is_given(policy: &Policy, clock: ClockKind) -> bool {
    policy.clocks.get(&clock).is_some_and(|rule| matches!(rule.length, Length::Given))
}

fn judge(moment: &Moment, firings: &[(Instant, Firing)]) -> Vec<(String, String)> {
    let when = |firing: &Firing| firings.iter().find(|(_, known)| known == firing).map(|(at, _)| *at);
    let shown = |firing: &Firing| match when(firing) {
        Some(at) => format!("“{firing}”在 {at}"),
        None => format!("“{firing}”不会发生"),
    };
    let mut wrong = Vec::new();
    if let Some(expected) = &moment.now {
        let actual: Vec<Firing> = firings.iter().filter(|(at, _)| *at == moment.instant).map(|(_, f)| *f).collect();
        for firing in expected.iter().filter(|firing| !actual.contains(firing)) {
            wrong.push((
                format!("{} 应当发生而没有：{}", moment.instant, shown(firing)),
                "改例子的 now，或改时限".into(),
            ));
        }
        for firing in actual.iter().filter(|firing| !expected.contains(firing)) {
            wrong.push((format!("{} 还会发生“{firing}”", moment.instant), "补进 now，或改时限".into()));
        }
    }
    for firing in moment.not_yet.iter().filter(|firing| when(firing).is_some_and(|at| at <= moment.instant)) {
        wrong.push((format!("{} 不应已发生：{}", moment.instant, shown(firing)), "改例子的 not_yet，或改时限".into()));
    }
    for firing in moment.done.iter().filter(|firing| when(firing).is_none_or(|at| at > moment.instant)) {
        wrong.push((format!("{} 应已发生：{}", moment.instant, shown(firing)), "改例子的 done，或改时限".into()));
    }
    wrong
}
