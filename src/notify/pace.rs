//! How fast a robot may be called (限速): so and so many calls within a time, counted in a sliding window.

use std::collections::{HashMap, VecDeque};

use async_trait::async_trait;
use parking_lot::Mutex;

use super::ChannelError;
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// When each was made.
    pub made: VecDeque<Instant>,
    /// The other side asked for a pause.
    pub paused_until: Option<Instant>,
}

/// Nodes' clocks agree within this: a call that lies further ahead was made before the clock was put back.
const CLOCKS_DIFFER_MAX: Span = Span::from_secs(5);

impl Pace {
    /// Whether a call may be made now, which is then counted; else when the next may.
    pub fn take(&mut self, caps: &[Cap], now: Instant) -> Result<(), Instant> {
        // A clock that was put back must not hold calls up for as long as it was ahead.
        self.made.retain(|at| *at <= now + CLOCKS_DIFFER_MAX);
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
                // In order, also where another node's clock is a little ahead.
                let place = self.made.partition_point(|at| *at <= now);
                self.made.insert(place, now);
                Ok(())
            }
        }
    }

    /// The other side said that it was too much.
    pub fn pause(&mut self, until: Instant) {
        self.paused_until = Some(until);
    }
}

/// The paces of all robots, wherever they are kept: nodes that share a robot share its pace.
#[async_trait]
pub trait Paces: Send + Sync {
    /// [`Pace::take`] of a robot.
    ///
    /// # Errors
    /// Where they are kept can't be asked: then no call may be made, since nobody knows how many were.
    async fn take(&self, robot: &str, caps: &[Cap], now: Instant) -> Result<Result<(), Instant>, ChannelError>;

    /// [`Pace::pause`] of a robot. What can't be written down is told by the other side again.
    async fn pause(&self, robot: &str, until: Instant);
}

/// The paces of one process alone: for a test message.
#[derive(Debug, Default)]
pub struct OwnPaces {
    by_robot: Mutex<HashMap<String, Pace>>,
}

#[async_trait]
impl Paces for OwnPaces {
    async fn take(&self, robot: &str, caps: &[Cap], now: Instant) -> Result<Result<(), Instant>, ChannelError> {
        Ok(self.by_robot.lock().entry(robot.to_owned()).or_default().take(caps, now))
    }

    async fn pause(&self, robot: &str, until: Instant) {
        self.by_robot.lock().entry(robot.to_owned()).or_default().pause(until);
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

    #[test]
    fn what_a_node_with_a_clock_a_little_ahead_called_counts() {
        let mut pace = Pace::default();
        for n in 0..5 {
            pace.take(&CAPS, at(300 + n)).unwrap();
        }
        assert_eq!(pace.take(&CAPS, at(0)), Err(at(1_300)));
        assert_eq!(pace.made.len(), 5);
    }
}
