//! Acts that come after a sweep of a later instant: the database was slow, or the machine's clock was put back. The verdict
//! hangs on the instants of act and due time, not on which of the two was written first.

use huiying::domain::actor::Actor;
use huiying::domain::clock::{Clock, ClockKind, Verdict};
use huiying::domain::ids::BodyId;
use huiying::domain::incident::{Because, Command, Role};
use huiying::domain::policy::PublicationKind;

use super::naive::{HOUR, MINUTE};
use super::{GRADES, Real, START_MS, instant};

const SECOND: i64 = 1_000;

fn respond() -> Command {
    Command::Respond { kind: PublicationKind::PressConference, effective_at: None, url: None, text: None, review: true }
}

impl Real {
    /// As a sweep does that comes at `now`.
    fn swept(&mut self, now: i64) {
        assert!(self.act(&Command::Settle { before: instant(now) }, &Actor::System, now));
    }

    fn clock(&self, kind: ClockKind) -> &Clock {
        self.incident.clocks.iter().rfind(|clock| clock.kind() == kind).expect("such a clock")
    }
}

#[test]
fn a_publication_in_time_needs_no_second_person_because_a_sweep_was_first() {
    let mut real = Real::open(START_MS, (0, 1, false));
    let due = START_MS + 48 * HOUR;
    real.swept(due + 10 * SECOND);
    assert_eq!(real.clock(ClockKind::Response).verdict(), Some(Verdict::Breached));
    assert!(real.act(&respond(), &Actor::office("analyst"), due - SECOND));
    assert_eq!(real.clock(ClockKind::Response).verdict(), Some(Verdict::Met), "no 补录: it was recorded in time");
    assert!(!real.clock(ClockKind::Response).breached());
    assert!(real.incident.waiting.is_empty(), "recorded in time: {:?}", real.incident.waiting);
}

#[test]
fn a_publication_after_the_due_time_still_waits_where_it_claims_to_have_been_in_time() {
    let mut real = Real::open(START_MS, (0, 1, false));
    let due = START_MS + 48 * HOUR;
    let effective_at = Some(instant(due - MINUTE));
    let late = Command::Respond { kind: PublicationKind::Response, effective_at, url: None, text: None, review: true };
    assert!(real.act(&late, &Actor::office("analyst"), due + SECOND));
    assert_eq!(real.clock(ClockKind::Response).verdict(), Some(Verdict::Breached));
    assert_eq!(real.incident.waiting.len(), 1);
}

#[test]
fn an_acknowledgement_in_time_is_none_that_ended_late() {
    let mut real = Real::open(START_MS, (0, 1, false));
    let water = || BodyId::from("water");
    let assign = Command::Assign { department: water(), role: Role::Lead };
    assert!(real.act(&assign, &Actor::office("analyst"), START_MS + HOUR));
    let due = real.clock(ClockKind::Acknowledge).plan.due_at.ms();
    real.swept(due + 10 * SECOND);
    assert!(real.act(&Command::Acknowledge {}, &Actor::body(water()), due), "at its due time is in time");
    assert_eq!(real.clock(ClockKind::Acknowledge).verdict(), Some(Verdict::Met));
    // And where it was late it was late.
    let housing = || BodyId::from("housing");
    let assign = Command::Assign { department: housing(), role: Role::Lead };
    assert!(real.act(&assign, &Actor::office("analyst"), due + HOUR));
    let due = real.clock(ClockKind::Acknowledge).plan.due_at.ms();
    assert!(real.act(&Command::Acknowledge {}, &Actor::body(housing()), due + 1));
    assert_eq!(real.clock(ClockKind::Acknowledge).verdict(), Some(Verdict::EndedLate));
}

#[test]
fn what_starts_after_the_clock_was_put_back_loses_no_step() {
    let mut real = Real::open(START_MS, (0, 1, false));
    // Ten hours ahead, and put right.
    real.swept(START_MS + 30 * HOUR);
    let now = START_MS + 20 * HOUR;
    let grade = Command::Grade {
        event_grade: Some(GRADES[3]),
        opinion_grade: Some(GRADES[3]),
        sensitive: Some(false),
        approach: None,
        reason: "又有新情况".into(),
        because: Because::NewEvent,
        evidence_at: None,
    };
    assert!(real.act(&grade, &Actor::office("analyst"), now));
    let started = real.clock(ClockKind::FirstStatement);
    let (id, due) = (started.plan.clock_id.0, started.plan.due_at.ms());
    assert_eq!(due, now + 5 * HOUR);
    real.sweep(due + 3 * HOUR);
    let told: Vec<&str> = real
        .fired
        .keys()
        .filter(|(clock, what, _)| (*clock, *what) == (id, "step"))
        .map(|(.., step)| step.as_str())
        .collect();
    assert_eq!(told, ["+1h", "+2h", "-1h", "-2h", "0h"]);
}
