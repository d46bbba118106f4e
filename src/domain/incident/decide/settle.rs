//! Firing (`domain.md` §5 items 3 and 15): what a clock tells by itself as time passes. What is due is a pure function of
//! the state and an instant, so a sweep that comes late changes no verdict, only the time of recording.

use crate::domain::body::Tier;
use crate::domain::deadline::cap;
use crate::domain::incident::event::Event;
use crate::domain::incident::state::{Clock, Incident, Life};
use crate::domain::instant::Instant;
use crate::domain::office::Office;
use crate::domain::policy::Force;

use super::{Decision, TOLD_PARENT, TOLD_UNGRADED};

/// What fires, in the order in which it would have fired one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Firing {
    /// Warning `index` of clock `clock`, which something later overtook if `stale`.
    Warning { clock: usize, index: usize, stale: bool },
    /// The due time of clock `clock` has passed.
    Breach { clock: usize },
    /// Step `index` of clock `clock`.
    Step { clock: usize, index: usize, stale: bool },
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
            Firing::Warning { clock, index, stale } => {
                let clock = &self.incident.clocks[clock];
                let threshold = clock.plan.warnings[index].percent;
                self.emit(Event::ClockWarned { clock: clock.reference(), threshold, skipped_stale: stale });
            }
            Firing::Breach { clock } => self.breach(clock),
            Firing::Step { clock, index, stale } => {
                let clock = &self.incident.clocks[clock];
                let step = clock.plan.steps[index];
                let reference = clock.reference();
                self.escalate(step.tier, Some(reference), Some(step.label()), stale, None);
            }
            Firing::Ungraded => self.escalate(Tier::Deputy, None, None, false, Some(TOLD_UNGRADED)),
            Firing::Unassigned => self.remind("unassigned", "尚无牵头单位，请值班室交办"),
            Firing::Review => self.remind("review", "持续关注的复核日已到"),
        }
    }

    fn remind(&mut self, reminder: &str, why: &str) {
        let jurisdiction = self.incident.jurisdiction(self.office);
        let to = self
            .office
            .resolve(Tier::DutyDesk, &jurisdiction, self.now)
            .map(|resolved| resolved.holders.iter().map(|h| h.id.clone()).collect())
            .unwrap_or_default();
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
        self.emit(Event::ClockBreached { effective_at: due_at, clock: clock.reference(), charged_to, custody });
        let jurisdiction = self.incident.jurisdiction(self.office);
        if let (true, Some(parent)) = (statutory, self.office.parent_jurisdiction(&jurisdiction)) {
            self.escalate_in(parent, Tier::DutyDesk, None, None, false, Some(TOLD_PARENT));
        }
    }
}

/// The earliest instant at which something will fire by itself, if nothing is done before.
pub fn next_due(incident: &Incident, office: &Office) -> Option<Instant> {
    firings(incident, office, Instant::from_ms(i64::MAX)).first().map(|(at, _)| *at)
}

fn firings(incident: &Incident, office: &Office, before: Instant) -> Vec<(Instant, Firing)> {
    let mut all = Vec::new();
    if matches!(incident.life, Life::Dismissed | Life::NoPublicResponse) {
        // Ladders stand still; only the clocks of records outlive a dismissal.
        of_clocks(incident, office, before, |clock| clock.kind().is_record(), &mut all);
    } else {
        of_clocks(incident, office, before, |_| true, &mut all);
    }
    reminders(incident, office, before, &mut all);
    all.sort();
    all
}

fn of_clocks(
    incident: &Incident,
    office: &Office,
    before: Instant,
    which: impl Fn(&Clock) -> bool,
    all: &mut Vec<(Instant, Firing)>,
) {
    let reach = reach(incident, office);
    for (number, clock) in incident.clocks.iter().enumerate().filter(|(_, c)| c.open() && which(c)) {
        let due = clock.plan.due_at;
        let late: Vec<_> = clock.warnings_left().iter().take_while(|w| w.at < before).collect();
        let told = late.len();
        for (offset, warning) in late.into_iter().enumerate() {
            let stale = offset + 1 < told || due < before;
            all.push((warning.at, Firing::Warning { clock: number, index: clock.warned + offset, stale }));
        }
        if clock.running() && due < before {
            all.push((due, Firing::Breach { clock: number }));
        }
        let steps: Vec<_> = clock
            .steps_left(incident.settled_at)
            .filter(|(_, step)| step.at < before && (!clock.plan.capped || reach.is_none_or(|top| step.tier <= top)))
            .collect();
        let last = steps.len();
        for (offset, (index, step)) in steps.into_iter().enumerate() {
            all.push((step.at, Firing::Step { clock: number, index, stale: offset + 1 < last }));
        }
    }
}

fn reminders(incident: &Incident, office: &Office, before: Instant, all: &mut Vec<(Instant, Firing)>) {
    let Some(policy) = incident.policy(office) else { return };
    if incident.life != Life::Open {
        return;
    }
    let mut push = |at: Instant, firing| {
        if at < before {
            all.push((at, firing));
        }
    };
    if let (Some(since), false) = (incident.ungraded_major_since, incident.told.deputy) {
        push(since + policy.terms.ungraded_to_deputy.0, Firing::Ungraded);
    }
    if incident.lead().is_none() && !incident.told.unassigned && incident.main_clock().is_some() {
        push(incident.opened_at + policy.terms.unassigned_reminder.0, Firing::Unassigned);
    }
    if let (Some(Some(day)), false) = (incident.watch, incident.told.review) {
        push(day, Firing::Review);
    }
}

/// The highest tier that capped ladders reach as the incident is graded now; `None` = all.
pub(super) fn reach(incident: &Incident, office: &Office) -> Option<Tier> {
    let policy = incident.policy(office)?;
    cap(policy, incident.highest(), incident.graded.is_some())
}
