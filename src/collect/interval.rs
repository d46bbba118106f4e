//! When a source is read next (采集间隔): pure functions of its runs.

use super::definition::{Schedule, SourceDefinition};
use super::health::Run;
use crate::domain::instant::{Instant, Span};

/// The next interval before jitter: shorter while news keep coming, back to the usual one without, doubled for each
/// failure in a row.
pub fn interval(schedule: &Schedule, last_ms: Option<i64>, run: &Run, failures: i64) -> Span {
    let (every, at_most, at_least) = (schedule.every.0.ms(), schedule.at_most.0.ms(), schedule.at_least.0.ms());
    let last = last_ms.unwrap_or(every).clamp(at_most, at_least);
    let ms = if run.error.is_some() {
        let doubled = every.saturating_mul(1_i64 << failures.clamp(1, 20).saturating_sub(1));
        doubled.max(run.retry_after.map_or(0, Span::ms))
    } else if run.left > 0 {
        at_most
    } else if run.new > 0 {
        last.min(every) / 2
    } else {
        (last.saturating_mul(3) / 2).min(every)
    };
    Span::from_ms(ms.clamp(at_most, at_least))
}

/// When the source is read next. The jitter comes from the source's id and the number of its run, so that a run can be
/// repeated; it never leaves the schedule's bounds.
pub fn next_run(source: &SourceDefinition, interval: Span, run_number: i64, now: Instant) -> Instant {
    let schedule = &source.schedule;
    let reach = interval.percent(i64::from(schedule.jitter.0)).ms();
    let mut seed = run_number.cast_unsigned() ^ 0x9e37_79b9_7f4a_7c15;
    for byte in source.id.bytes() {
        seed = (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    seed ^= seed >> 29;
    let shift = if reach > 0 { i64::try_from(seed % (2 * reach.cast_unsigned() + 1)).unwrap_or(0) - reach } else { 0 };
    now + Span::from_ms((interval.ms() + shift).clamp(schedule.at_most.0.ms(), schedule.at_least.0.ms()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_ms(1_778_464_800_000);

    fn source() -> SourceDefinition {
        let yaml = "{ id: s, kind: feed, name: n, url: 'https://a.cn/', channel: news, why: w, \
                    schedule: { every: 10m, at_most: 2m, at_least: 6h, jitter: 20% } }";
        SourceDefinition::from_yaml("s.yaml", yaml).unwrap()
    }

    fn failed() -> Run {
        Run { error: Some("服务器返回 500".into()), ..Run::default() }
    }
    fn seen(new: usize) -> Run {
        Run { seen: Some(3), new, ..Run::default() }
    }

    #[test]
    fn sooner_with_news_later_with_failures() {
        let schedule = source().schedule;
        let minutes = |last: Option<i64>, run: &Run, failures| interval(&schedule, last, run, failures).ms() / 60_000;
        assert_eq!(minutes(None, &seen(1), 0), 5);
        assert_eq!(minutes(Some(5 * 60_000), &seen(1), 0), 2, "no shorter than at_most");
        assert_eq!(minutes(Some(2 * 60_000), &seen(0), 0), 3);
        assert_eq!(minutes(Some(9 * 60_000), &seen(0), 0), 10, "back to the usual");
        assert_eq!((minutes(None, &failed(), 1), minutes(None, &failed(), 3)), (10, 40));
        assert_eq!(minutes(None, &failed(), 63), 360, "no longer than at_least");
        let busy = Run { retry_after: Some(Span::from_hours(1)), ..failed() };
        assert_eq!(minutes(None, &busy, 1), 60);
        assert_eq!(minutes(None, &Run { left: 4, ..seen(1) }, 0), 2);
    }

    #[test]
    fn jitter_stays_within_its_bounds_and_can_be_repeated() {
        let source = source();
        let ten = Span::from_minutes(10);
        let all: Vec<i64> = (0..200).map(|n| (next_run(&source, ten, n, NOW) - NOW).ms()).collect();
        assert!(all.iter().all(|ms| (480_000..=720_000).contains(ms)), "{all:?}");
        assert!(all.iter().any(|ms| *ms < 540_000) && all.iter().any(|ms| *ms > 660_000));
        assert_eq!(next_run(&source, ten, 7, NOW), next_run(&source, ten, 7, NOW));
        assert!(next_run(&source, Span::from_minutes(2), 3, NOW) >= NOW + Span::from_minutes(2));
    }
}
