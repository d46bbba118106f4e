//! How fast a robot may be called (限速): so and so many calls within a time, counted in a sliding window.

use std::collections::VecDeque;

use crate::domain::instant::{Instant, Span};

/// Calls within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// So many.
    pub calls: usize,
    /// Within this.
    pub within: Span,
}

/// The calls of late. Counted whether they were accepted or not: the other side counts them too.
#[derive(Debug, Default)]
pub struct Pace {
    made: VecDeque<Instant>,
    /// The other side asked for a pause.
    paused_until: Option<Instant>,
}

impl Pace {
    /// Whether a call may be made now, which is then counted; else when the next may.
    pub fn take(&mut self, caps: &[Cap], now: Instant) -> Result<(), Instant> {
        // A clock that was put back must not hold calls up for as long as it was ahead.
        self.made.retain(|at| *at <= now);
        if let Some(until) = self.paused_until.filter(|until| *until > now) {
            return Err(until);
        }
        let longest = caps.iter().map(|cap| cap.within).max().unwrap_or(Span::ZERO);
        while self.made.front().is_some_and(|at| *at + longest <= now) {
            self.made.pop_front();
        }
        let full = caps.iter().filter_map(|cap| {
            let first = self.made.len().checked_sub(cap.calls)?;
            self.made.get(first).map(|at| *at + cap.within).filter(|free| *free > now)
        });
        match full.max() {
            Some(free) => Err(free),
            None => {
                self.made.push_back(now);
                Ok(())
            }
        }
    }

    /// The other side said that it was too much.
    pub fn pause(&mut self, until: Instant) {
        self.paused_until = Some(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: [Cap; 2] =
        [Cap { calls: 5, within: Span::from_secs(1) }, Cap { calls: 8, within: Span::from_secs(60) }];

    fn at(ms: i64) -> Instant {
        Instant::from_ms(1_780_000_000_000 + ms)
    }

    #[test]
    fn every_cap_is_kept_and_the_next_free_instant_told() {
        let mut pace = Pace::default();
        for n in 0..5 {
            assert_eq!(pace.take(&CAPS, at(n)), Ok(()));
        }
        assert_eq!(pace.take(&CAPS, at(5)), Err(at(1_000)), "five in a second");
        assert_eq!(pace.take(&CAPS, at(999)), Err(at(1_000)));
        for n in 0..3 {
            assert_eq!(pace.take(&CAPS, at(2_000 + n)), Ok(()));
        }
        assert_eq!(pace.take(&CAPS, at(10_000)), Err(at(60_000)), "eight in a minute");
        assert_eq!(pace.take(&CAPS, at(60_000)), Ok(()));
        assert_eq!(pace.take(&CAPS, at(60_000)), Err(at(60_001)), "one slot became free, and one only");
    }

    #[test]
    fn a_pause_is_kept_and_a_clock_put_back_holds_nothing_up() {
        let mut pace = Pace::default();
        pace.pause(at(600_000));
        assert_eq!(pace.take(&CAPS, at(0)), Err(at(600_000)));
        assert_eq!(pace.take(&CAPS, at(600_000)), Ok(()));
        let mut pace = Pace::default();
        for n in 0..5 {
            pace.take(&CAPS, at(86_400_000 + n)).unwrap();
        }
        assert_eq!(pace.take(&CAPS, at(0)), Ok(()));
    }
}
