//! Whether the machine's clock goes steadily (`domain.md` §5 item 19): its readings compared with a monotonic one. Pure.

use crate::domain::instant::{Instant, Span};

/// Put back by more than this, it has jumped.
const BACK_MAX: Span = Span::from_secs(2);
/// Put forward by more than this, it has jumped; a machine that was suspended looks the same.
const FORWARD_MAX: Span = Span::from_minutes(5);
/// Firing resumes after this time without a jump.
const STEADY: Span = Span::from_secs(60);

/// A jump of the machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// What it should have shown.
    pub expected: Instant,
    /// What it showed.
    pub shown: Instant,
}

impl Jump {
    /// By how much; negative if it was put back.
    pub fn by(&self) -> Span {
        self.shown - self.expected
    }
}

impl std::fmt::Display for Jump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let by = self.by();
        let way = if by < Span::ZERO { "倒退" } else { "前跳" };
        write!(f, "系统时钟{way} {} 秒（应为 {}，实为 {}）", by.ms().abs() / 1000, self.expected, self.shown)
    }
}

/// Sees jumps in a row of readings.
#[derive(Debug, Default)]
pub struct JumpDetector {
    last: Option<(Instant, Span)>,
    /// The latest jump, and the monotonic time at which it was seen.
    jump: Option<(Jump, Span)>,
}

impl JumpDetector {
    /// Takes a reading: the clock, and the monotonic time since some beginning. Gives the jump over which firing pauses.
    pub fn observe(&mut self, shown: Instant, monotonic: Span) -> Option<Jump> {
        if let Some((last, then)) = self.last {
            let passed = Span::from_ms((monotonic.ms() - then.ms()).max(0));
            let expected = last + passed;
            let by = shown - expected;
            if by > FORWARD_MAX || by.ms() < -BACK_MAX.ms() {
                self.jump = Some((Jump { expected, shown }, monotonic));
            }
        }
        self.last = Some((shown, monotonic));
        if self.jump.is_some_and(|(_, at)| monotonic.ms() - at.ms() >= STEADY.ms()) {
            self.jump = None;
        }
        self.jump.map(|(jump, _)| jump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_ms(1_780_000_000_000);

    /// Readings as (clock, monotonic) in milliseconds since the start, and whether firing pauses after each.
    fn pauses(readings: &[(i64, i64)]) -> Vec<bool> {
        let mut detector = JumpDetector::default();
        readings
            .iter()
            .map(|(clock, monotonic)| {
                detector.observe(START + Span::from_ms(*clock), Span::from_ms(*monotonic)).is_some()
            })
            .collect()
    }

    #[test]
    fn a_steady_clock_never_pauses_not_even_when_it_is_seldom_looked_at() {
        assert_eq!(pauses(&[(0, 0), (250, 250), (86_400_250, 86_400_250)]), [false; 3]);
    }

    #[test]
    fn small_corrections_are_no_jump() {
        assert_eq!(pauses(&[(0, 0), (-1_000, 1_000)]), [false, false], "back by two seconds");
        assert_eq!(pauses(&[(0, 0), (301_000, 1_000)]), [false, false], "forward by five minutes");
    }

    #[test]
    fn a_jump_pauses_until_sixty_seconds_have_passed_steadily() {
        let back = [(0, 0), (-1_001, 1_000), (57_999, 60_000), (58_998, 60_999), (58_999, 61_000)];
        assert_eq!(pauses(&back), [false, true, true, true, false]);
        let forward = [(0, 0), (301_001, 1_000), (361_000, 60_999), (361_001, 61_000)];
        assert_eq!(pauses(&forward), [false, true, true, false]);
    }

    #[test]
    fn a_second_jump_begins_the_pause_anew() {
        let there_and_back = [(0, 0), (3_601_000, 1_000), (31_000, 31_000), (61_000, 61_000), (91_000, 91_000)];
        assert_eq!(pauses(&there_and_back), [false, true, true, true, false]);
    }

    #[test]
    fn a_jump_says_what_it_was() {
        let mut detector = JumpDetector::default();
        detector.observe(START, Span::ZERO);
        let jump = detector.observe(START - Span::from_secs(9), Span::from_secs(1)).unwrap();
        assert_eq!(jump.by(), Span::from_secs(-10));
        assert!(jump.to_string().starts_with("系统时钟倒退 10 秒"), "{jump}");
    }
}
