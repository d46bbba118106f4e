//! Random histories of an incident, decided by the product and by a naive model of `domain.md` §5: both must give every
//! clock the same verdict, whether timers fire at their instants or all at once when someone acts.

mod group;
mod ledger;
mod naive;
mod out_of_order;
mod remembered;
mod reposts;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use huiying::domain::actor::Actor;
use huiying::domain::clock::{ClockEvent, Verdict};
use huiying::domain::grade::{Grade, Grading};
use huiying::domain::ids::{BodyId, IncidentId};
use huiying::domain::incident::{
    Because, Command, Event, Incident, NewIncident, NewMention, Role, decide, evolve, next_due,
};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::Channel;
use huiying::domain::office::Office;
use huiying::domain::policy::PublicationKind;
use huiying::rules::Rules;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use naive::{HOUR, MINUTE, Model};
use remembered::Row;

/// Histories that are tried.
const HISTORIES: u32 = 10_000;
/// Acts of a history at most.
const ACTS_MAX: usize = 16;
/// 2026-05-11 10:00 in Beijing, a Monday.
const START_MS: i64 = 1_778_464_800_000;
/// Every history begins from this seed, so that a failure is the same for everyone.
const SEED: [u8; 32] = *b"huiying: the clocks of domain.md";

/// The runner of so many histories. `make soak` names another seed, and runs ten times as many.
fn runner(histories: u32) -> TestRunner {
    let mut bytes = SEED;
    for (byte, other) in bytes.iter_mut().zip(crate::store::seed(0).to_le_bytes()) {
        *byte ^= other;
    }
    let times = std::env::var("HUIYING_TIMES").ok().map_or(1, |times| times.parse().expect("HUIYING_TIMES: a number"));
    let cases = histories * times;
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}
const BODIES: [&str; 3] = ["water", "housing", "market"];
const GRADES: [Grade; 5] = [Grade::None, Grade::General, Grade::Large, Grade::Major, Grade::Extraordinary];

static OFFICE: LazyLock<Office> =
    LazyLock::new(|| Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the rules").office);

/// An act, in words that both sides read.
#[derive(Clone, Debug)]
pub enum Act {
    /// Nothing but time passes.
    Wait,
    Grade {
        event: u8,
        opinion: u8,
        sensitive: bool,
        evidence_ago: Option<i64>,
        asked: i64,
    },
    Assign {
        body: &'static str,
        lead: bool,
    },
    Acknowledge {
        body: &'static str,
    },
    Respond {
        kind: &'static str,
        by: &'static str,
        ago: i64,
    },
    Approve,
    Reject,
    Close,
    Reopen {
        evidence_ago: Option<i64>,
    },
    Dismiss,
    Restore,
    Consult,
}

fn acts() -> impl Strategy<Value = Act> {
    let body = || prop::sample::select(BODIES.to_vec());
    let ago = || prop_oneof![3 => Just(0), 2 => (0..72_i64).prop_map(|h| h * HOUR / 2)];
    let speaker = || prop::sample::select(vec!["water", "housing", "market", "government_office"]);
    let kind = || prop::sample::select(vec!["press_conference", "response", "statement", "update"]);
    prop_oneof![
        1 => Just(Act::Wait),
        5 => (0..5_u8, 1..5_u8, any::<bool>(), prop::option::weighted(0.3, ago()))
            .prop_map(|(event, opinion, sensitive, evidence_ago)| Act::Grade { event, opinion, sensitive, evidence_ago, asked: 0 }),
        4 => (body(), any::<bool>()).prop_map(|(body, lead)| Act::Assign { body, lead }),
        2 => body().prop_map(|body| Act::Acknowledge { body }),
        6 => (kind(), speaker(), ago()).prop_map(|(kind, by, ago)| Act::Respond { kind, by, ago }),
        3 => Just(Act::Approve),
        1 => Just(Act::Reject),
        2 => Just(Act::Close),
        2 => prop::option::of(ago()).prop_map(|evidence_ago| Act::Reopen { evidence_ago }),
        1 => Just(Act::Dismiss),
        2 => Just(Act::Restore),
        1 => Just(Act::Consult),
    ]
}

/// Minutes until the next act: often short, sometimes beyond every due time, often on a round hour where timers meet.
fn waits() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 1..90_i64, 3 => (1..30_i64).prop_map(|h| h * 60), 1 => (30..120_i64).prop_map(|h| h * 60)]
}

fn instant(ms: i64) -> Instant {
    Instant::from_ms(ms)
}

fn command(act: &Act, now: i64) -> (Option<Command>, Actor) {
    let office = || Actor::office("analyst");
    let command = match act {
        Act::Wait => return (None, Actor::System),
        Act::Grade { event, opinion, sensitive, evidence_ago, .. } => Command::Grade {
            event_grade: Some(GRADES[usize::from(*event)]),
            opinion_grade: Some(GRADES[usize::from(*opinion)]),
            sensitive: Some(*sensitive),
            approach: None,
            reason: "研判".into(),
            because: if evidence_ago.is_some() { Because::NewEvent } else { Because::Judgement },
            evidence_at: evidence_ago.map(|ago| instant(now - ago)),
        },
        Act::Assign { body, lead } => {
            Command::Assign { department: BodyId::from(*body), role: if *lead { Role::Lead } else { Role::Supporting } }
        }
        Act::Acknowledge { body } => return (Some(Command::Acknowledge {}), Actor::body(*body)),
        Act::Respond { kind, by, ago } => {
            let kind = match *kind {
                "press_conference" => PublicationKind::PressConference,
                "response" => PublicationKind::Response,
                "statement" => PublicationKind::Statement,
                _ => PublicationKind::Update,
            };
            let effective_at = Some(instant(now - ago));
            return (
                Some(Command::Respond { kind, effective_at, url: None, text: None, review: true }),
                Actor::body(*by),
            );
        }
        Act::Approve => return (Some(Command::Approve { what: None }), Actor::office("analyst2")),
        Act::Reject => return (Some(Command::Reject { what: None }), Actor::office("analyst2")),
        Act::Close => Command::Close { reason: "办结".into() },
        Act::Reopen { evidence_ago } => Command::Reopen {
            reason: "再办".into(),
            because: if evidence_ago.is_some() { Because::NewEvent } else { Because::Judgement },
            evidence_at: evidence_ago.map(|ago| instant(now - ago)),
        },
        Act::Dismiss => Command::Dismiss { reason: "误报".into() },
        Act::Restore => Command::Restore { reason: "恢复".into() },
        Act::Consult => {
            let text = || "会商".to_owned();
            Command::Consult { nature: text(), trend: text(), risk: text(), proposal: text() }
        }
    };
    (Some(command), office())
}

/// The product's side of a history.
struct Real {
    incident: Incident,
    /// How often something fired: clock, event, threshold or step.
    fired: BTreeMap<(u32, &'static str, String), u32>,
}

impl Real {
    fn open(now: i64, grade: (u8, u8, bool)) -> Self {
        Self::open_as("1".into(), now, grade)
    }

    fn open_as(id: IncidentId, now: i64, grade: (u8, u8, bool)) -> Self {
        let opened = NewIncident {
            detected_at: instant(now),
            occurred_at: None,
            policy: "xuancheng-2016".into(),
            mention: NewMention {
                id: "m".into(),
                content_hash: "0".into(),
                channel: Channel::Forum,
                region: None,
                published_at: None,
                facts: None,
            },
            proposal: Grading {
                event_grade: GRADES[usize::from(grade.0)],
                opinion_grade: GRADES[usize::from(grade.1)],
                sensitive: grade.2,
            },
            approach: None,
            label: None,
            by_hand: false,
            shown: None,
            others: Vec::new(),
        };
        let mut real = Self { incident: Incident { id, ..Incident::default() }, fired: BTreeMap::new() };
        assert!(real.act(&Command::Open(Box::new(opened)), &Actor::System, now));
        real
    }

    fn act(&mut self, command: &Command, by: &Actor, now: i64) -> bool {
        let Ok(events) = decide(&self.incident, command, by, &OFFICE, instant(now)) else { return false };
        for event in &events {
            let fired = match event {
                Event::Clock(ClockEvent::Breached { clock, .. }) => Some((clock.clock_id.0, "breach", String::new())),
                Event::Clock(ClockEvent::Warned { clock, threshold, .. }) => {
                    Some((clock.clock_id.0, "warned", threshold.to_string()))
                }
                Event::Escalated { clock: Some(clock), step: Some(step), .. } => {
                    Some((clock.clock_id.0, "step", step.clone()))
                }
                _ => None,
            };
            if let Some(fired) = fired {
                *self.fired.entry(fired).or_default() += 1;
            }
            self.incident = evolve(std::mem::take(&mut self.incident), instant(now), event);
        }
        true
    }

    /// Fires each timer at its own instant, as a sweep that keeps up does.
    fn sweep(&mut self, before: i64) {
        while let Some(next) = next_due(&self.incident, &OFFICE).filter(|next| next.ms() < before) {
            let at = next.ms();
            assert!(self.act(&Command::Settle { before: next + Span::from_ms(1) }, &Actor::System, at));
            let again = next_due(&self.incident, &OFFICE);
            assert!(again.is_none_or(|again| again.ms() > at), "nothing fired at {next}");
        }
    }

    fn rows(&self) -> Vec<Row> {
        rows_of(&self.incident)
    }
}

/// What an incident's clocks came to.
fn rows_of(incident: &Incident) -> Vec<Row> {
    let word = |verdict: Option<Verdict>| match verdict {
        None => "running",
        Some(Verdict::Met) => "met",
        Some(Verdict::Breached) => "breached",
        Some(Verdict::EndedLate) => "ended_late",
        Some(Verdict::Superseded) => "superseded",
        Some(Verdict::Cancelled) => "cancelled",
        Some(Verdict::Corrected) => "corrected",
        Some(Verdict::Refuted) => "refuted",
    };
    let row = |c: &huiying::domain::clock::Clock| {
        let department = c.plan.department.as_ref().map(ToString::to_string);
        let charged = c.charged_to.as_ref().map(ToString::to_string);
        let (anchor, due) = (c.plan.anchor_at.ms(), c.plan.due_at.ms());
        (c.kind().id().to_owned(), c.plan.operational, department, anchor, due, word(c.verdict()).to_owned(), charged)
    };
    incident.clocks.iter().map(row).collect()
}

/// The clocks as a set: two that start in the same instant may stand in either order.
fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort();
    rows
}

/// How often each verdict came, and each kind of clock: a model that sees nothing agrees with everything.
type Seen = std::cell::RefCell<BTreeMap<String, u32>>;

fn play(grade: (u8, u8, bool), history: &[(i64, Act)], seen: &Seen) -> Result<(), TestCaseError> {
    let mut now = START_MS;
    let mut model = Model::open(now, grade);
    let (mut eager, mut lazy) = (Real::open(now, grade), Real::open(now, grade));
    for (n, (minutes, act)) in history.iter().enumerate() {
        now += minutes * MINUTE;
        let act = match act.clone() {
            Act::Grade { event, opinion, sensitive, evidence_ago, .. } => {
                Act::Grade { event, opinion, sensitive, evidence_ago, asked: now }
            }
            other => other,
        };
        model.pass(now);
        let taken = model.act(&act);
        eager.sweep(now);
        if let (Some(command), by) = command(&act, now) {
            let (one, two) = (eager.act(&command, &by, now), lazy.act(&command, &by, now));
            prop_assert_eq!(taken, one, "act {}: {:?}: taken by the model, and by a swept incident", n, act);
            prop_assert_eq!(taken, two, "act {}: {:?}: taken by the model, and by an unswept incident", n, act);
            // A refused act changes nothing, not even what settling would have fired.
            if taken {
                let (model, eager, lazy) = (sorted(model.rows()), sorted(eager.rows()), sorted(lazy.rows()));
                prop_assert_eq!(&model, &eager, "after act {} of {:?}", n, act);
                prop_assert_eq!(&model, &lazy, "after act {} of {:?}, unswept", n, act);
            }
        }
    }
    now += 1_000 * HOUR;
    model.pass(now);
    eager.sweep(now);
    assert!(lazy.act(&Command::Settle { before: instant(now) }, &Actor::System, now));
    prop_assert_eq!(sorted(model.rows()), sorted(eager.rows()), "at the end");
    prop_assert_eq!(sorted(model.rows()), sorted(lazy.rows()), "at the end, unswept");
    for (kind, operational, .., verdict, charged) in model.rows() {
        let mut seen = seen.borrow_mut();
        *seen.entry(verdict).or_default() += 1;
        *seen.entry(if operational { "operational".to_owned() } else { kind }).or_default() += 1;
        *seen.entry(format!("charged to {}", charged.as_deref().unwrap_or("nobody"))).or_default() += 1;
    }
    for real in [&eager, &lazy] {
        let unfired = real.incident.clocks.iter().filter(|c| c.running() && c.plan.due_at.ms() < now).count();
        prop_assert_eq!(unfired, 0, "due clocks that did not fire");
        let twice: Vec<_> = real.fired.iter().filter(|(_, times)| **times > 1).collect();
        prop_assert!(twice.is_empty(), "fired twice: {:?}", twice);
    }
    Ok(())
}

#[test]
fn the_product_gives_the_verdicts_of_a_naive_model() {
    let mut runner = runner(HISTORIES);
    let histories = ((0..5_u8, 1..5_u8, any::<bool>()), prop::collection::vec((waits(), acts()), 1..ACTS_MAX));
    let seen = Seen::default();
    if let Err(error) = runner.run(&histories, |(grade, history)| play(grade, &history, &seen)) {
        panic!("{error}");
    }
    let seen = seen.into_inner();
    let words = ["met", "breached", "ended_late", "superseded", "cancelled", "corrected", "refuted", "operational"];
    let kinds = ["press_conference", "response", "first_statement", "update", "acknowledge", "part", "consultation"];
    let charged = ["charged to water", "charged to government_office", "charged to nobody"];
    for word in words.iter().chain(&kinds).chain(&charged) {
        assert!(seen.get(*word).is_some_and(|times| *times >= 25), "hardly any {word}: {seen:?}");
    }
}
