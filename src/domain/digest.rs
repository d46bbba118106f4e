//! When digests (每日摘要) go out, and the quiet hours (免打扰时段) that hold them back. Warnings and breaches know no quiet
//! hours (`domain.md` §5 item 16).

use chrono::NaiveTime;

use super::instant::{Instant, Span};

/// The times of the digests, all in Beijing time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestTimes {
    /// Times of day at which a digest is made.
    pub at: Vec<NaiveTime>,
    /// From when to when nothing is sent that can wait; may go over midnight.
    pub quiet: Option<(NaiveTime, NaiveTime)>,
}

impl DigestTimes {
    /// The latest time at or before `now` at which a digest is made.
    pub fn latest(&self, now: Instant) -> Option<Instant> {
        self.around(now).filter(|at| *at <= now).max()
    }

    /// The first time after `now` at which a digest is made.
    pub fn next(&self, now: Instant) -> Option<Instant> {
        self.around(now).filter(|at| *at > now).min()
    }

    /// When something that can wait is sent that is ready at `at`: then, or when the quiet hours are over.
    pub fn send_at(&self, at: Instant) -> Instant {
        let Some((from, to)) = self.quiet else { return at };
        let time = at.beijing().time();
        let end = on_day_of(at, to);
        match (from <= to, from <= time, time < to) {
            (true, true, true) | (false, false, true) => end,
            (false, true, _) => end + Span::from_days(1),
            _ => at,
        }
    }

    /// The times of yesterday, today and tomorrow.
    fn around(&self, now: Instant) -> impl Iterator<Item = Instant> {
        let yesterday = now - Span::from_days(1);
        self.at.iter().flat_map(move |time| (0..3).map(move |days| on_day_of(yesterday + Span::from_days(days), *time)))
    }
}

/// A time of day on the day of an instant.
fn on_day_of(at: Instant, time: NaiveTime) -> Instant {
    Instant::start_of(at.date()) + Span::from_ms((time - NaiveTime::MIN).num_milliseconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(hour: u32, minute: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
    }

    fn at(text: &str) -> Instant {
        format!("2026-11-{text}:00+08:00").parse().unwrap()
    }

    fn times(quiet: (NaiveTime, NaiveTime)) -> DigestTimes {
        DigestTimes { at: vec![time(8, 30), time(17, 0)], quiet: Some(quiet) }
    }

    #[test]
    fn the_latest_and_the_next_are_found_over_midnight() {
        let times = times((time(22, 0), time(7, 0)));
        for (now, latest, next) in [
            ("27T08:29", "26T17:00", "27T08:30"),
            ("27T08:30", "27T08:30", "27T17:00"),
            ("27T23:59", "27T17:00", "28T08:30"),
            ("28T00:00", "27T17:00", "28T08:30"),
        ] {
            assert_eq!((times.latest(at(now)), times.next(at(now))), (Some(at(latest)), Some(at(next))), "{now}");
        }
        let none = DigestTimes::default();
        assert_eq!((none.latest(at("27T08:30")), none.next(at("27T08:30"))), (None, None));
    }

    #[test]
    fn what_can_wait_waits_until_the_quiet_hours_are_over() {
        let night = times((time(22, 0), time(7, 0)));
        let noon = times((time(12, 0), time(14, 0)));
        for (times, ready, sent) in [
            (&night, "27T21:59", "27T21:59"),
            (&night, "27T22:00", "28T07:00"),
            (&night, "28T06:59", "28T07:00"),
            (&night, "28T07:00", "28T07:00"),
            (&noon, "27T11:59", "27T11:59"),
            (&noon, "27T12:00", "27T14:00"),
            (&noon, "27T14:00", "27T14:00"),
        ] {
            assert_eq!(times.send_at(at(ready)), at(sent), "{ready}");
        }
        assert_eq!(DigestTimes::default().send_at(at("27T23:00")), at("27T23:00"));
    }
}
