//! Random histories of three incidents that merge, part and are acted on: whoever is asked, every member knows the same of
//! its group, and no verdict depends on when the sweep ran.

use std::collections::BTreeMap;

use huiying::domain::actor::Actor;
use huiying::domain::ids::IncidentId;
use huiying::domain::incident::{Command, Incident, Transition, decide, decide_group, decide_merge, evolve, next_due};
use huiying::domain::instant::{Instant, Span};
use proptest::prelude::*;

use super::naive::{HOUR, MINUTE};
use super::remembered::Row;
use super::{Act, OFFICE, Real, START_MS, acts, command, instant, rows_of, sorted, waits};

/// Histories that are tried.
const HISTORIES: u32 = 2_000;
/// Acts of a history at most.
const ACTS_MAX: usize = 20;
const INCIDENTS: usize = 3;

/// What is done, and to which of the incidents.
#[derive(Clone, Debug)]
enum Deed {
    Act(usize, Act),
    Merge(usize, usize),
    Unmerge(usize),
    Covers(usize),
}

fn deeds() -> impl Strategy<Value = Deed> {
    let which = || 0..INCIDENTS;
    prop_oneof![
        8 => (which(), acts()).prop_map(|(which, act)| Deed::Act(which, act)),
        4 => (which(), which()).prop_map(|(from, into)| Deed::Merge(from, into)),
        2 => which().prop_map(Deed::Unmerge),
        1 => which().prop_map(Deed::Covers),
    ]
}

struct World {
    incidents: BTreeMap<IncidentId, Incident>,
    merges: u32,
}

fn id(n: usize) -> IncidentId {
    IncidentId::new(format!("{}", n + 1))
}

impl World {
    fn open(grades: &[(u8, u8, bool)]) -> Self {
        let open = |(n, grade): (usize, &(u8, u8, bool))| (id(n), Real::open_as(id(n), START_MS, *grade).incident);
        Self { incidents: grades.iter().enumerate().map(open).collect(), merges: 0 }
    }

    /// The group of an incident, the survivor first.
    fn group(&self, of: &IncidentId) -> Vec<Incident> {
        let ids = self.incidents[of].group.as_ref().map_or_else(|| vec![of.clone()], |group| group.members.clone());
        ids.iter().map(|id| self.incidents[id].clone()).collect()
    }

    fn apply(&mut self, transitions: Vec<Transition>, now: i64) {
        for transition in transitions {
            let Some(incident) = self.incidents.remove(&transition.incident) else { continue };
            let after = transition.events.iter().fold(incident, |state, event| evolve(state, instant(now), event));
            self.incidents.insert(transition.incident, after);
        }
    }

    fn done(&mut self, deed: &Deed, now: i64) -> bool {
        let analyst = Actor::office("analyst");
        let at = instant(now);
        let decided = match deed {
            Deed::Act(which, act) => {
                let (Some(command), by) = command(act, now) else { return true };
                decide_group(&self.group(&id(*which)), &id(*which), &command, &by, &OFFICE, at)
            }
            Deed::Merge(from, into) => {
                decide_merge(&self.group(&id(*from)), &self.group(&id(*into)), &analyst, &OFFICE, at)
            }
            Deed::Unmerge(which) => {
                decide_group(&self.group(&id(*which)), &id(*which), &Command::Unmerge {}, &analyst, &OFFICE, at)
            }
            Deed::Covers(which) => {
                decide_group(&self.group(&id(*which)), &id(*which), &Command::Covers {}, &analyst, &OFFICE, at)
            }
        };
        let Ok(transitions) = decided else { return false };
        self.merges += u32::from(matches!(deed, Deed::Merge(..)));
        self.apply(transitions, now);
        true
    }

    fn next(&self) -> Option<(Instant, IncidentId)> {
        self.incidents.iter().filter_map(|(id, state)| next_due(state, &OFFICE).map(|at| (at, id.clone()))).min()
    }

    /// Fires each timer of each incident at its own instant.
    fn sweep(&mut self, before: i64) {
        while let Some((next, id)) = self.next().filter(|(next, _)| next.ms() < before) {
            self.settle(&id, next.ms() + 1, next.ms());
        }
    }

    fn settle(&mut self, id: &IncidentId, before: i64, now: i64) {
        let command = Command::Settle { before: instant(before) };
        let events = decide(&self.incidents[id], &command, &Actor::System, &OFFICE, instant(now)).expect("settled");
        self.apply(vec![Transition { incident: id.clone(), events }], now);
    }

    fn rows(&self) -> Vec<(IncidentId, Vec<Row>)> {
        self.incidents.iter().map(|(id, state)| (id.clone(), sorted(rows_of(state)))).collect()
    }

    /// What has to hold of every group at any time.
    fn check(&self) -> Result<(), TestCaseError> {
        for (id, state) in &self.incidents {
            let Some(group) = &state.group else {
                prop_assert!(state.merged.is_none(), "{} is merged into nothing", id);
                continue;
            };
            prop_assert!(group.members.contains(id) && group.members.len() > 1, "{}: {:?}", id, group);
            prop_assert_eq!(&group.members[0], &group.survivor);
            prop_assert_eq!(state.merged.is_none(), group.survivor == *id, "the survivor alone is not merged");
            for member in &group.members {
                let other = self.incidents[member].group.as_ref();
                prop_assert_eq!(other.map(|g| &g.members), Some(&group.members), "{} and {}", id, member);
                prop_assert_eq!(self.incidents[member].custodian(), state.custodian(), "{} and {}", id, member);
                prop_assert_eq!(self.incidents[member].leading(), state.leading(), "{} and {}", id, member);
                prop_assert_eq!(self.incidents[member].life, state.life, "{} and {}", id, member);
                prop_assert_eq!(self.incidents[member].standing(), state.standing(), "{} and {}", id, member);
            }
        }
        Ok(())
    }
}

fn play(
    grades: &[(u8, u8, bool)],
    history: &[(i64, Deed)],
    merges: &std::cell::Cell<u32>,
) -> Result<(), TestCaseError> {
    let mut now = START_MS;
    let (mut eager, mut lazy) = (World::open(grades), World::open(grades));
    for (minutes, deed) in history {
        now += minutes * MINUTE;
        eager.sweep(now);
        let (one, two) = (eager.done(deed, now), lazy.done(deed, now));
        prop_assert_eq!(one, two, "{:?}: taken swept, and unswept", deed);
        eager.check()?;
        lazy.check()?;
    }
    now += 1_000 * HOUR;
    eager.sweep(now);
    for n in 0..INCIDENTS {
        lazy.settle(&id(n), now, now);
    }
    prop_assert_eq!(eager.rows(), lazy.rows(), "verdicts depend on the sweep");
    for state in lazy.incidents.values().chain(eager.incidents.values()) {
        let unfired = state.clocks.iter().filter(|c| c.running() && c.plan.due_at < instant(now) - Span::ZERO).count();
        prop_assert_eq!(unfired, 0, "due clocks that did not fire");
    }
    merges.set(merges.get() + eager.merges);
    Ok(())
}

#[test]
fn groups_agree_and_no_verdict_depends_on_the_sweep() {
    let mut runner = super::runner(HISTORIES);
    let grade = || (0..5_u8, 1..5_u8, any::<bool>());
    let histories =
        (prop::collection::vec(grade(), INCIDENTS..=INCIDENTS), prop::collection::vec((waits(), deeds()), 1..ACTS_MAX));
    let merges = std::cell::Cell::new(0);
    if let Err(error) = runner.run(&histories, |(grades, history)| play(&grades, &history, &merges)) {
        panic!("{error}");
    }
    assert!(merges.get() > HISTORIES, "only {} merges in {HISTORIES} histories", merges.get());
}
