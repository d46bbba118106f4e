//! How a source does (健康): decided by what it yields against its own past, as a pure function of its runs. A source that
//! can't be seen with is a blind spot (盲区): it is told once, and once when it is over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::definition::{Alert, SourceDefinition, SourceKind};
use super::reason::Reason;
use crate::domain::instant::{Instant, Span};

/// Items of the past that are weighed; older ones count ever less.
const PAST_ITEMS_MAX: u32 = 400;
/// So many items of the past tell what is usual.
const PAST_ITEMS_MIN: u32 = 5;
/// A field is missed where by chance alone its absence would be rarer than this in one run.
const BY_CHANCE_MAX: f64 = 0.21;
/// Pages of new items, one after the other, that gave no text: one alone may be dead.
const FRESH_FAILURES_MIN: u32 = 2;
/// Runs with something new that tell how lively a source is.
const NEWS_RUNS_MIN: u32 = 5;
/// A longer time without anything new is no habit.
const GAP_MAX: Span = Span::from_days(30);
/// A source is frozen when it was quiet for so many times its longest quiet so far.
const QUIET_TIMES: u32 = 3;

/// Health of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// 正常
    Ok,
    /// 失败: it can't be read.
    Failing,
    /// 拦截: it answers with a captcha, a log-in, a refusal.
    Wall,
    /// 空: it answers, but its list has no items.
    Empty,
    /// 无正文: its items have no text.
    Textless,
    /// 缺字段: what its items used to have is gone.
    Fields,
    /// 停滞: it used to have something new at each look.
    Frozen,
    /// 陈旧: it answers, and has given nothing new for long.
    Stale,
}

impl Health {
    /// Every health.
    pub const ALL: [Self; 8] =
        [Self::Ok, Self::Failing, Self::Wall, Self::Empty, Self::Textless, Self::Fields, Self::Frozen, Self::Stale];

    /// The word that is stored and shown.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Wall => "wall",
            Self::Empty => "empty",
            Self::Textless => "textless",
            Self::Fields => "fields",
            Self::Frozen => "frozen",
            Self::Stale => "stale",
        }
    }
}

/// Of so many, so many had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Share {
    /// Had it.
    pub with: u32,
    /// Of so many.
    pub of: u32,
}

impl Share {
    /// One more.
    pub fn add(&mut self, has: bool) {
        self.with = self.with.saturating_add(u32::from(has));
        self.of = self.of.saturating_add(1);
    }

    fn join(&mut self, more: Self) {
        self.with = self.with.saturating_add(more.with);
        self.of = self.of.saturating_add(more.of);
        while self.of > PAST_ITEMS_MAX {
            (self.with, self.of) = (self.with / 2, self.of / 2);
        }
    }

    /// Whether none of these has what by this past some should have.
    fn misses(self, now: Self) -> bool {
        let usual = f64::from(self.with) / f64::from(self.of.max(1));
        let by_chance = (1.0 - usual).powi(i32::try_from(now.of).unwrap_or(i32::MAX));
        self.of >= PAST_ITEMS_MIN && now.of > 0 && now.with == 0 && by_chance <= BY_CHANCE_MAX
    }
}

/// What a source used to yield.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Past {
    /// Of each part of an item, how many had it.
    pub parts: BTreeMap<String, Share>,
    /// Runs that gave something new.
    pub news_runs: u32,
    /// Runs since then.
    pub quiet: u32,
    /// The most runs without anything new before there was some again.
    pub quiet_longest: u32,
    /// Pages of new items in a row that gave no text.
    pub fresh_failures: u32,
    /// When it last gave something new.
    pub last_news_at: Option<Instant>,
    /// The longest time without anything new before there was some again.
    pub gap_longest_ms: i64,
}

/// Something is wrong, for so many runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What.
    pub reason: Reason,
    /// In words.
    pub words: String,
    /// Runs in a row.
    pub runs: u32,
    /// Since when.
    pub since: Instant,
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
    /// What it used to yield.
    pub past: Past,
    /// What is wrong now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// A sender's records as they were counted at the last look: received, new, refused.
    pub arrived: (i64, i64, i64),
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

/// The pages that a run read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Pages {
    /// Gave a text.
    pub told: u32,
    /// Gave none, of items that were tried for the first time.
    pub fresh_failures: u32,
    /// What was wrong with the last that gave none.
    pub fault: Option<(Reason, String)>,
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
    /// Comments that were new.
    pub comments: usize,
    /// Items that were seen; `None` where the source said that nothing has changed.
    pub seen: Option<usize>,
    /// What could not be taken.
    pub failed: Vec<Failed>,
    /// Why the source as a whole could not be read.
    pub error: Option<String>,
    /// What kind of failure that is.
    pub reason: Option<Reason>,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Span>,
    /// Items that were left for the next run.
    pub left: usize,
    /// Of each part of an item, how many had it.
    pub parts: BTreeMap<&'static str, Share>,
    /// The pages that it read.
    pub pages: Pages,
    /// Records that were pushed or lay in a folder: how many were taken.
    pub records: Share,
}

impl Run {
    /// An item has a part, or lacks it.
    pub fn note(&mut self, part: &'static str, has: bool) {
        self.parts.entry(part).or_default().add(has);
    }
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
            // As it was: empty still.
            None if self.empty_runs > 0 => self.empty_runs += 1,
            None => {}
        }
        if run.new > 0 {
            self.last_new_at = Some(now);
        }
        self
    }
}

/// How a source does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// In a word.
    pub health: Health,
    /// Why it is not well.
    pub reason: Option<Reason>,
    /// What is wrong and what to do, for people; `None` where nothing is.
    pub message: Option<String>,
    /// Since when it is a blind spot, if it is one.
    pub blind_since: Option<Instant>,
}

/// What a run says of its source.
enum Sign {
    Bad(Reason, String),
    Good,
    /// Nothing was read that could tell.
    None,
}

impl Memory {
    /// Takes in a run: what it says of the source, given what the source used to yield.
    pub fn judge(&mut self, source: &SourceDefinition, run: &Run, counters: &Counters, now: Instant) -> Verdict {
        self.observe(source.kind, run, now);
        self.rhythm(run, now);
        self.verdict(source, run, counters, now)
    }

    fn observe(&mut self, kind: SourceKind, run: &Run, now: Instant) {
        self.past.fresh_failures = match run.pages.told {
            0 => self.past.fresh_failures.saturating_add(run.pages.fresh_failures),
            _ => 0,
        };
        match self.sign(kind, run) {
            Sign::Bad(reason, words) => {
                let before = self.trouble.take();
                let (runs, since) = before.map_or((0, now), |before| (before.runs, before.since));
                self.trouble = Some(Trouble { reason, words, runs: runs.saturating_add(1), since });
            }
            Sign::Good => {
                self.trouble = None;
                for (part, share) in &run.parts {
                    self.past.parts.entry((*part).to_owned()).or_default().join(*share);
                }
            }
            Sign::None => match &mut self.trouble {
                // As it was: what was wrong is wrong still.
                Some(trouble) if trouble.reason.is_of_content() => trouble.runs = trouble.runs.saturating_add(1),
                Some(trouble) if trouble.reason == Reason::Rejected => {}
                _ => self.trouble = None,
            },
        }
    }

    fn sign(&self, kind: SourceKind, run: &Run) -> Sign {
        if let Some(error) = &run.error {
            return Sign::Bad(run.reason.unwrap_or(Reason::Unreachable), error.clone());
        }
        if !kind.is_fetched() {
            let why = || run.failed.first().map_or_else(String::new, |failed| format!("：{}", failed.why));
            return match run.records {
                Share { of: 0, .. } if run.failed.is_empty() => Sign::None,
                Share { with: 0, of } => Sign::Bad(Reason::Rejected, format!("送来的 {of} 条全部被拒收{}", why())),
                _ => Sign::Good,
            };
        }
        if run.seen == Some(0) {
            return Sign::Bad(Reason::Empty, "列表中没有任何条目".to_owned());
        }
        let missing: Vec<&str> =
            run.parts.iter().filter(|(part, now)| self.misses(part, **now)).map(|(p, _)| *p).collect();
        if !missing.is_empty() {
            let words = format!("以前有、现在一项也取不到：{}", missing.join("、"));
            return Sign::Bad(Reason::Fields, words);
        }
        let is_textless = self.past.fresh_failures >= FRESH_FAILURES_MIN;
        match &run.pages.fault {
            Some((reason, words)) if is_textless && run.pages.told == 0 => Sign::Bad(*reason, words.clone()),
            _ if is_textless && run.pages.told == 0 => Sign::None,
            _ if run.seen.is_none() && run.pages.told == 0 => Sign::None,
            _ => Sign::Good,
        }
    }

    fn misses(&self, part: &str, now: Share) -> bool {
        self.past.parts.get(part).is_some_and(|past| past.misses(now))
    }

    fn rhythm(&mut self, run: &Run, now: Instant) {
        let past = &mut self.past;
        if run.new > 0 {
            let gap = past.last_news_at.replace(now).map_or(0, |before| (now - before).ms());
            past.gap_longest_ms = past.gap_longest_ms.max(gap.min(GAP_MAX.ms()));
            past.quiet_longest = past.quiet_longest.max(past.quiet);
            (past.quiet, past.news_runs) = (0, past.news_runs.saturating_add(1));
        } else if run.error.is_none() {
            past.quiet = past.quiet.saturating_add(1);
        }
    }

    fn verdict(&self, source: &SourceDefinition, run: &Run, counters: &Counters, now: Instant) -> Verdict {
        let alert: &Alert = &source.alert;
        let of = |reason: Reason, words: &str, blind_since| Verdict {
            health: reason.health(),
            reason: Some(reason),
            message: Some(format!("{words}。{}", reason.remedy())),
            blind_since,
        };
        if let Some(Trouble { reason, words, runs, since }) = &self.trouble {
            let is_blind = *runs >= alert.empty_runs;
            // A fetch that failed and a wall are shown at once; an odd page may be an accident.
            if is_blind || run.error.is_some() || !reason.is_of_content() {
                let words = match reason {
                    Reason::Empty => format!("连续 {} 次采集：{words}", counters.empty_runs),
                    _ if run.error.is_some() => format!("连续 {} 次失败：{words}", counters.failures),
                    _ => format!("连续 {runs} 次采集：{words}"),
                };
                return of(*reason, &words, is_blind.then_some(*since));
            }
        }
        // What others push or put there is missed only once there was some.
        let last_sign = counters.last_new_at.or(self.first_run_at.filter(|_| source.kind.is_fetched()));
        let past = &self.past;
        if source.kind.is_fetched()
            && past.news_runs >= NEWS_RUNS_MIN
            && past.quiet >= QUIET_TIMES * (past.quiet_longest + 1)
        {
            let words = format!("以往每次采集都有新内容，最近连续 {} 次没有", past.quiet);
            return of(Reason::Frozen, &words, last_sign.or(Some(now)));
        }
        let usual = Span::from_ms(past.gap_longest_ms.saturating_mul(2));
        if let Some(at) = last_sign.filter(|at| now - *at > alert.stale_after.0.max(usual)) {
            let since = counters.last_new_at.map_or("开始采集以来".to_owned(), |at| format!("{at} 以来"));
            return of(Reason::Silent, &format!("{since}没有新内容"), Some(at));
        }
        Verdict { health: Health::Ok, reason: None, message: broken(run), blind_since: None }
    }
}

/// What could not be taken, though the source does well.
fn broken(run: &Run) -> Option<String> {
    let first = run.failed.first()?;
    let more = if run.failed.len() > 1 { format!(" 等 {} 项", run.failed.len()) } else { String::new() };
    Some(format!("未能取得 {}{more}：{}", first.what, first.why))
}

#[cfg(test)]
mod tests;
