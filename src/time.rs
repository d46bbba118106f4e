//! The one place that reads the machine's clock (`domain.md` §5 item 19). Everything else is given its `now`.

mod jump;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;

pub use jump::{Jump, JumpDetector};

use crate::domain::instant::{Instant, Span};

/// A source of "now".
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Instant;
    /// How much faster than the wall clock it runs (1 = real time); what a countdown on a page multiplies by.
    fn speed(&self) -> f64 {
        1.0
    }
    /// When it stands still for good: the end of a drill that has one.
    fn ends_at(&self) -> Option<Instant> {
        None
    }
    /// The jump over which firing pauses, while it does (`domain.md` §5 item 19).
    fn jump(&self) -> Option<Jump> {
        None
    }
}

/// The clock that everything shares.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock. Every reading is compared with the monotonic one, so that a jump is seen.
#[derive(Debug)]
pub struct SystemClock {
    started: std::time::Instant,
    detector: Mutex<JumpDetector>,
}

impl Default for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "what jumps are measured against")]
    fn default() -> Self {
        Self { started: std::time::Instant::now(), detector: Mutex::default() }
    }
}

impl SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one reader of the system clock")]
    fn read(&self) -> (Instant, Option<Jump>) {
        // Both are read under the lock: a thread that was held up in between would look like a jump.
        let mut detector = self.detector.lock();
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let shown = Instant::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        let monotonic = Span::from_ms(i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX));
        let jump = detector.observe(shown, monotonic);
        (shown, jump)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        self.read().0
    }
    fn jump(&self) -> Option<Jump> {
        self.read().1
    }
}

/// Measures how long something took, for numbers about the service itself; no decision rests on it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts it.
    #[allow(clippy::disallowed_methods, reason = "wall time of the service's own work")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }
    /// Since the start.
    pub fn elapsed(&self) -> std::time::Duration {
        self.0.elapsed()
    }
}

/// A clock that moves only when told to: replay and tests.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Starts at `at`.
    pub fn new(at: Instant) -> Self {
        Self(AtomicI64::new(at.ms()))
    }
    /// Sets the time.
    pub fn set(&self, at: Instant) {
        self.0.store(at.ms(), Ordering::SeqCst);
    }
    /// Moves it on.
    pub fn advance(&self, by: Span) {
        self.0.fetch_add(by.ms(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant::from_ms(self.0.load(Ordering::SeqCst))
    }
}

/// A clock that starts at a scenario's instant and runs `speed` times faster than the wall: drill.
#[derive(Debug)]
pub struct DrillClock {
    started: std::time::Instant,
    origin: Instant,
    speed: f64,
    ends_at: Option<Instant>,
}

impl DrillClock {
    /// Starts now, showing `origin`.
    #[allow(clippy::disallowed_methods, reason = "a drill's time is the wall's, scaled")]
    pub fn new(origin: Instant, speed: f64) -> Self {
        Self { started: std::time::Instant::now(), origin, speed, ends_at: None }
    }
    /// It stands still from then on: what the drill left open is summed up, and nobody is late for what nobody plays.
    pub fn until(self, ends_at: Instant) -> Self {
        Self { ends_at: Some(ends_at), ..self }
    }
}

impl Clock for DrillClock {
    fn now(&self) -> Instant {
        let ms = self.started.elapsed().as_secs_f64() * 1000.0 * self.speed;
        let now = self.origin + Span::from_ms(ms as i64);
        self.ends_at.map_or(now, |end| now.min(end))
    }
    fn speed(&self) -> f64 {
        self.speed
    }
    fn ends_at(&self) -> Option<Instant> {
        self.ends_at
    }
}
