//! Timers (定时): what a set of clocks tells by itself as time passes (`domain.md` §5 items 3 and 15). A pure function of
//! the clocks and an instant, shared by all kinds of streams that have clocks.

use super::running::Clock;
use crate::domain::body::Tier;
use crate::domain::instant::Instant;

/// What fires, by the place of its clock, in the order in which several of one instant fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A warning, by its place in the plan.
    Warning {
        /// Which clock.
        clock: usize,
        /// Which warning.
        index: usize,
        /// Something later overtook it before it could be sent.
        stale: bool,
    },
    /// The due time has passed.
    Breach {
        /// Which clock.
        clock: usize,
    },
    /// A step of the ladder, by its place in the plan.
    Step {
        /// Which clock.
        clock: usize,
        /// Which step.
        index: usize,
        /// A later step overtook it.
        stale: bool,
    },
}

/// All timers before an instant of the open clocks that a test picks. Steps before `settled`, the last instant at which
/// anything happened, were told or passed; steps of capped ladders above `reach` leave no trace.
pub fn timers(
    clocks: &[Clock],
    settled: Instant,
    reach: Option<Tier>,
    before: Instant,
    which: impl Fn(&Clock) -> bool,
) -> Vec<(Instant, Timer)> {
    let mut all = Vec::new();
    for (number, clock) in clocks.iter().enumerate().filter(|(_, c)| c.open() && which(c)) {
        let due = clock.plan.due_at;
        let late: Vec<_> = clock.warnings_left().iter().take_while(|w| w.at < before).collect();
        let told = late.len();
        for (offset, warning) in late.into_iter().enumerate() {
            let stale = offset + 1 < told || due < before;
            all.push((warning.at, Timer::Warning { clock: number, index: clock.warned + offset, stale }));
        }
        if clock.running() && due < before {
            all.push((due, Timer::Breach { clock: number }));
        }
        let steps: Vec<_> = clock
            .steps_left(settled)
            .filter(|(_, step)| step.at < before && (!clock.plan.capped || reach.is_none_or(|top| step.tier <= top)))
            .collect();
        let last = steps.len();
        for (offset, (index, step)) in steps.into_iter().enumerate() {
            all.push((step.at, Timer::Step { clock: number, index, stale: offset + 1 < last }));
        }
    }
    all
}
