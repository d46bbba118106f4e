//! Firing (`domain.md` §5 items 3 and 15): what a clock tells by itself as time passes. What is due is a pure function of
//! the state and an instant, so a sweep that comes late changes no verdict, only the time of recording.

use crate::domain::body::Tier;
use crate::domain::clock::{Clock, ClockEvent, Force, Timer, cap, timers};
use crate::domain::incident::cause::EscalationCause;
use crate::domain::incident::event::Event;
use crate::domain::incident::state::{Incident, Life};
use crate::domain::instant::Instant;
use crate::domain::office::Office;

use super::Decision;

/// What fires, in the order in which it would have fired one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Firing {
    /// A clock's own.
    Timer(Timer),
    /// A proposal that calls for a conference and that nobody graded goes to the deputy.
    Ungraded,
    /// Nobody leads: the duty desk is reminded.
    Unassigned,
    /// The review day of 持续关注.
    Review,
}

impl Decision<'_> {
    /// Fires every timer whose instant lies before `before`.
    pub(super) fn settle(&mut self, before: Instant) {
        for (_, firing) in firings(&self.incident, self.office, before) {
            self.fire(firing);
        }
    }

    fn fire(&mut self, firing: Firing) {
        match firing {
            Firing::Timer(Timer::Warning { clock, index, stale }) => {
                let clock = &self.incident.clocks[clock];
                let threshold = clock.plan.warnings[index].percent;
                self.emit(ClockEvent::Warned { clock: clock.reference(), threshold, skipped_stale: stale });
            }
            Firing::Timer(Timer::Breach { clock }) => self.breach(clock),
            Firing::Timer(Timer::Step { clock, index, stale }) => {
                let clock = &self.incident.clocks[clock];
                let step = clock.plan.steps[index];
                let reference = clock.reference();
                self.escalate(step.tier, Some(reference), Some(step.label()), stale, None);
            }
            Firing::Ungraded => self.escalate(Tier::Deputy, None, None, false, Some(EscalationCause::Ungraded)),
            Firing::Unassigned => self.remind("unassigned", "尚无牵头单位，请值班室交办"),
            Firing::Review => self.remind("review", "持续关注的复核日已到"),
        }
    }

    fn remind(&mut self, reminder: &str, why: &str) {
        let jurisdiction = self.incident.jurisdiction(self.office);
        let to = self.office.address(Tier::DutyDesk, &jurisdiction, self.now).to;
        self.emit(Event::Notified {
            channel: "in_app".to_owned(),
            to,
            why: why.to_owned(),
            reminder: Some(reminder.to_owned()),
        });
    }

    /// The breach of a clock, charged; a county's statutory breach is told one level up.
    pub(super) fn breach(&mut self, index: usize) {
        let clock = &self.incident.clocks[index];
        let (charged_to, custody) = super::charging::charge(&self.incident, clock);
        let due_at = clock.plan.due_at;
        let statutory = clock.plan.force == Force::Statutory;
        self.emit(ClockEvent::Breached {
            effective_at: due_at,
            clock: clock.reference(),
            charged_to,
            custody: Some(custody),
        });
        let jurisdiction = self.incident.jurisdiction(self.office);
        if let (true, Some(parent)) = (statutory, self.office.parent_jurisdiction(&jurisdiction)) {
            self.escalate_in(parent, Tier::DutyDesk, None, None, false, Some(EscalationCause::CountyBreach));
        }
    }
}

/// The earliest instant at which something will fire by itself, if nothing is done before.
pub fn next_due(incident: &Incident, office: &Office) -> Option<Instant> {
    firings(incident, office, Instant::from_ms(i64::MAX)).first().map(|(at, _)| *at)
}

/// When the incident must be settled at the latest whatever the rules have become, since plans are frozen: the first warning,
/// due time, or step of an uncapped ladder. [`next_due`] may want it earlier.
pub fn latest_due(incident: &Incident) -> Option<Instant> {
    // A department is within reach of every cap.
    let which = |clock: &Clock| fires(incident, clock);
    let all = timers(&incident.clocks, incident.settled_at, Some(Tier::Department), Instant::from_ms(i64::MAX), which);
    all.into_iter().map(|(at, _)| at).min()
}

/// Ladders stand still while it is dismissed or disposed; only the clocks of records outlive that.
fn fires(incident: &Incident, clock: &Clock) -> bool {
    !matches!(incident.life, Life::Dismissed | Life::NoPublicResponse) || clock.kind().is_record()
}

fn firings(incident: &Incident, office: &Office, before: Instant) -> Vec<(Instant, Firing)> {
    let which = |clock: &Clock| fires(incident, clock);
    let mut all: Vec<(Instant, Firing)> =
        timers(&incident.clocks, incident.settled_at, reach(incident, office), before, which)
            .into_iter()
            .map(|(at, timer)| (at, Firing::Timer(timer)))
            .collect();
    reminders(incident, office, before, &mut all);
    all.sort();
    all
}

fn reminders(incident: &Incident, office: &Office, before: Instant, all: &mut Vec<(Instant, Firing)>) {
    let Some(policy) = incident.policy(office) else { return };
    if incident.life != Life::Open {
        return;
    }
    // One whose instant passed while it could not fire (a dismissal, a lead that returned) fires as soon as it can.
    let mut push = |at: Instant, firing| {
        let at = at.max(incident.settled_at);
        if at < before {
            all.push((at, firing));
        }
    };
    // Once merged, a proposal is graded at the survivor; what was graded there before did not know of it.
    let graded_since = |since: Instant| {
        let group = incident.group.as_ref();
        group.is_some_and(|g| g.graded_at.is_some_and(|at| at >= since.max(g.since.unwrap_or(since))))
    };
    let ungraded = incident.ungraded_major_since.filter(|since| !graded_since(*since));
    if let (Some(since), false) = (ungraded, incident.told.deputy) {
        push(since + policy.terms.ungraded_to_deputy.0, Firing::Ungraded);
    }
    // A merged incident is the survivor's to assign.
    let unassigned = incident.leading().is_none() && !incident.is_merged();
    if unassigned && !incident.told.unassigned && incident.main_clock().is_some() {
        let given_back = incident.custody.last().map_or(incident.opened_at, |held| held.from);
        let since = incident.opened_at.max(given_back);
        push(since + policy.terms.unassigned_reminder.0, Firing::Unassigned);
    }
    if let (Some(day), false) = (incident.watch, incident.told.review) {
        push(day, Firing::Review);
    }
}

/// The highest tier that capped ladders reach as the incident is graded now; `None` = all.
fn reach(incident: &Incident, office: &Office) -> Option<Tier> {
    let policy = incident.policy(office)?;
    let (highest, graded) = incident.standing();
    cap(policy, highest, graded)
}
