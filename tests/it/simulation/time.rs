//! The time of the simulated machine: what its clock shows, which can be put, and the monotonic time, which can't. Each
//! process watches both as the machine's own clock does, so that a jump is seen where it would be seen.

use std::sync::Arc;

use huiying::domain::instant::{Instant, Span};
use huiying::time::{Clock, Jump, JumpDetector};
use parking_lot::Mutex;

/// The hands of the machine's clock.
#[derive(Debug)]
pub struct Hands(Mutex<Shown>);

#[derive(Debug)]
struct Shown {
    at: Instant,
    monotonic: Span,
    /// Put by so much as soon as it has been read once more: a jump between two readings of one turn.
    after_next_reading: Option<Span>,
}

impl Hands {
    pub fn new(at: Instant) -> Self {
        Self(Mutex::new(Shown { at, monotonic: Span::ZERO, after_next_reading: None }))
    }

    /// What the clock shows; no process reads it.
    pub fn shown(&self) -> Instant {
        self.0.lock().at
    }

    /// Time passes.
    pub fn pass(&self, by: Span) {
        let mut shown = self.0.lock();
        shown.at = shown.at + by;
        shown.monotonic = Span::from_ms(shown.monotonic.ms() + by.ms());
    }

    /// Time passes until the clock shows `at`, if it does not show more already.
    pub fn pass_until(&self, at: Instant) {
        let left = at - self.shown();
        if left > Span::ZERO {
            self.pass(left);
        }
    }

    /// Someone puts the clock.
    pub fn put(&self, by: Span) {
        let mut shown = self.0.lock();
        shown.at = shown.at + by;
    }

    /// Someone puts the clock right after a process has read it once more.
    pub fn put_after_next_reading(&self, by: Span) {
        self.0.lock().after_next_reading = Some(by);
    }

    fn read(&self) -> (Instant, Span) {
        let mut shown = self.0.lock();
        let read = (shown.at, shown.monotonic);
        if let Some(by) = shown.after_next_reading.take() {
            shown.at = shown.at + by;
        }
        read
    }
}

/// The clock of one process: a jump that came before it began is none to it.
#[derive(Debug)]
pub struct ProcessClock {
    hands: Arc<Hands>,
    detector: Mutex<JumpDetector>,
}

impl ProcessClock {
    pub fn new(hands: Arc<Hands>) -> Self {
        Self { hands, detector: Mutex::default() }
    }

    fn read(&self) -> (Instant, Option<Jump>) {
        let mut detector = self.detector.lock();
        let (shown, monotonic) = self.hands.read();
        (shown, detector.observe(shown, monotonic))
    }
}

impl Clock for ProcessClock {
    fn now(&self) -> Instant {
        self.read().0
    }
    fn jump(&self) -> Option<Jump> {
        self.read().1
    }
}
