//! How a source does (健康), and when it is read next: pure functions of its runs.

use serde::{Deserialize, Serialize};

use super::definition::{Alert, Schedule, SourceDefinition};
use crate::domain::instant::{Instant, Span};

/// Health of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// 正常
    Ok,
    /// 空: it answers, but its list has had no item for several runs: the site was rebuilt, most likely.
    Empty,
    /// 失败: the last run failed.
    Failing,
    /// 陈旧: it answers, and has given nothing new for long.
    Stale,
}

impl Health {
    /// The word that is stored and shown.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Empty => "empty",
            Self::Failing => "failing",
            Self::Stale => "stale",
        }
    }
}

/// What the collector remembers of a source between runs, besides its counters; lost memory costs some requests, nothing
/// else.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// When it was first read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_run_at: Option<Instant>,
    /// The interval that it has come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<i64>,
    /// Hash of the definition by which it was read: another one, and everything is read anew.
    pub definition: String,
    /// Items of its list when it was last read.
    pub items: usize,
}

/// A page or record that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Which: an address, or a file and line.
    pub what: String,
    /// Why.
    pub why: String,
    /// Whether it will not be tried again.
    pub for_good: bool,
}

/// How a run went.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Run {
    /// Mentions that were new.
    pub new: usize,
    /// Items that were known.
    pub unchanged: usize,
    /// Mentions of which there is a newer text.
    pub revised: usize,
    /// Items that were seen; `None` where the source said that nothing has changed.
    pub seen: Option<usize>,
    /// What could not be taken.
    pub failed: Vec<Failed>,
    /// Why the source as a whole could not be read.
    pub error: Option<String>,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Span>,
    /// Items that were left for the next run.
    pub left: usize,
}

/// A source's counters, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Counters {
    /// Runs that failed in a row.
    pub failures: i64,
    /// Runs in a row that saw no item.
    pub empty_runs: i64,
    /// When it last answered.
    pub last_ok_at: Option<Instant>,
    /// When it last gave something new.
    pub last_new_at: Option<Instant>,
}

impl Counters {
    /// After a run.
    pub fn after(mut self, run: &Run, now: Instant) -> Self {
        if run.error.is_some() {
            self.failures += 1;
            return self;
        }
        self.failures = 0;
        self.last_ok_at = Some(now);
        match run.seen {
            Some(0) => self.empty_runs += 1,
            Some(_) => self.empty_runs = 0,
            None => {}
        }
        if run.new > 0 {
            self.last_new_at = Some(now);
        }
        self
    }

    /// What these say of the source.
    pub fn health(&self, alert: &Alert, first_run_at: Option<Instant>, now: Instant) -> Health {
        let last_sign = self.last_new_at.or(first_run_at);
        if self.failures > 0 {
            Health::Failing
        } else if self.empty_runs >= i64::from(alert.empty_runs) {
            Health::Empty
        } else if last_sign.is_some_and(|at| now - at > alert.stale_after.0) {
            Health::Stale
        } else {
            Health::Ok
        }
    }
}

/// What is wrong, for people; `None` where nothing is.
pub fn message(health: Health, counters: &Counters, run: &Run) -> Option<String> {
    let broken = run.failed.first().map(|first| {
        let more = if run.failed.len() > 1 { format!(" 等 {} 项", run.failed.len()) } else { String::new() };
        format!("未能取得 {}{more}：{}", first.what, first.why)
    });
    let times = counters.failures;
    match health {
        Health::Failing => run.error.as_ref().map(|error| format!("连续 {times} 次失败：{error}")),
        Health::Empty => Some(format!("连续 {} 次没有采到任何条目，网站可能已改版，请核对选择器", counters.empty_runs)),
        Health::Stale => {
            let since = counters.last_new_at.map_or("开始采集以来".to_owned(), |at| format!("{at} 以来"));
            Some(format!("{since}没有新内容"))
        }
        Health::Ok => broken,
    }
}

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

    fn source() -> SourceDefinition {
        let yaml = "{ id: s, kind: feed, name: n, url: 'https://a.cn/', channel: news, why: w, \
                    schedule: { every: 10m, at_most: 2m, at_least: 6h, jitter: 20% }, \
                    alert: { empty_runs: 3, stale_after: 24h } }";
        SourceDefinition::from_yaml("s.yaml", yaml).unwrap()
    }

    const NOW: Instant = Instant::from_ms(1_778_464_800_000);

    fn empty() -> Run {
        Run { seen: Some(0), ..Run::default() }
    }
    fn failed() -> Run {
        Run { error: Some("服务器返回 500".into()), ..Run::default() }
    }
    fn seen(new: usize) -> Run {
        Run { seen: Some(3), new, ..Run::default() }
    }

    #[test]
    fn the_four_states() {
        let alert = source().alert;
        let health = |runs: &[Run], hours: i64| {
            let counters = runs.iter().fold(Counters::default(), |counters, run| counters.after(run, NOW));
            counters.health(&alert, Some(NOW), NOW + Span::from_hours(hours))
        };
        assert_eq!(health(&[seen(1)], 1), Health::Ok);
        assert_eq!(health(&[seen(1), empty(), empty()], 1), Health::Ok, "not yet");
        assert_eq!(health(&[seen(1), empty(), empty(), empty()], 1), Health::Empty, "now");
        assert_eq!(health(&[empty(), empty(), empty(), seen(0)], 1), Health::Ok, "items again");
        assert_eq!(health(&[empty(), empty(), empty(), Run::default()], 1), Health::Empty, "unchanged is still empty");
        assert_eq!(health(&[seen(1), failed()], 1), Health::Failing);
        assert_eq!(health(&[failed(), seen(0)], 1), Health::Ok);
        assert_eq!(health(&[seen(1), seen(0)], 24), Health::Ok, "not yet");
        assert_eq!(health(&[seen(1), seen(0)], 25), Health::Stale, "now");
        assert_eq!(health(&[seen(0)], 25), Health::Stale, "never gave anything");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let counters = Counters::default().after(&failed(), NOW).after(&failed(), NOW);
        assert_eq!(message(Health::Failing, &counters, &failed()).unwrap(), "连续 2 次失败：服务器返回 500");
        let broken = Failed { what: "https://a.cn/1".into(), why: "没有找到正文".into(), for_good: false };
        let run = Run { failed: vec![broken.clone(), broken], ..seen(1) };
        assert_eq!(message(Health::Ok, &counters, &run).unwrap(), "未能取得 https://a.cn/1 等 2 项：没有找到正文");
        assert_eq!(message(Health::Ok, &counters, &seen(1)), None);
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
