//! The pace of hosts (主机节奏): one request after the other, no faster than source and `robots.txt` allow, and none while
//! the host wants to be left alone or is down. Shared by all sources and processes: whoever keeps the states decides here
//! what may be asked when.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OwnedSemaphorePermit;

use crate::domain::instant::{Instant, Span};

/// So many failures in a row open the circuit: the host is left alone, then probed by one request.
pub const FAILURES_MAX: u32 = 5;
/// First time that a host is left alone; doubled with each failed probe.
const CLOSED_FIRST: Span = Span::from_minutes(1);
/// Longest such time.
const CLOSED_MAX: Span = Span::from_minutes(30);
/// Longest pause between two requests that a `robots.txt` can ask for.
pub const DELAY_MAX: Span = Span::from_minutes(10);
/// A next request that lies further ahead than its pause and this was written by a clock that was put back since.
const CLOCKS_APART_MAX: Span = Span::from_minutes(1);

/// How a host may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Between two requests.
    pub period: Span,
    /// Requests at a time.
    pub connections: u32,
    /// How long a request may take; whoever dies with one holds the host up no longer.
    pub lease: Span,
}

/// What is known of a host.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HostState {
    /// When it was last asked, or will be by whoever waits for it.
    pub last_at: Instant,
    /// Until when those who are asking have it at most.
    pub busy_until: Instant,
    /// Requests under way.
    pub turns: u32,
    /// Pause that its `robots.txt` asks for.
    pub delay: Span,
    /// Failures in a row.
    pub failures: u32,
    /// Until when it is left alone.
    pub closed_until: Instant,
    /// Why.
    pub why: Option<String>,
}

/// Whether a host may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// At this instant.
    At(Instant),
    /// Others are asking.
    Busy,
    /// Not before this instant.
    Closed {
        /// When.
        until: Instant,
        /// Why.
        why: String,
    },
}

/// How a request went, as far as the host is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answered.
    Answered,
    /// It is in trouble.
    Failed(String),
    /// It wants to be left alone for so long.
    Rest(Span, String),
    /// Nobody waited for its answer.
    Abandoned,
}

impl HostState {
    /// Claims a request.
    pub fn claim(&mut self, terms: Terms, now: Instant) -> Claim {
        if self.closed_until > now {
            let why = self.why.clone().unwrap_or_else(|| "对方要求暂缓".to_owned());
            return Claim::Closed { until: self.closed_until, why };
        }
        if self.busy_until <= now {
            // Whoever had it died.
            self.turns = 0;
        }
        let is_probed = self.failures >= FAILURES_MAX;
        let turns_max = if is_probed { 1 } else { terms.connections.max(1) };
        if self.turns >= turns_max {
            return Claim::Busy;
        }
        let step = terms.period.max(self.delay);
        let queued_ms = step.ms().saturating_mul(i64::from(turns_max));
        let ahead = Span::from_ms(queued_ms.saturating_add(CLOCKS_APART_MAX.ms()));
        let at = if self.last_at > now + ahead { now } else { now.max(self.last_at + step) };
        self.last_at = at;
        self.turns += 1;
        self.busy_until = self.busy_until.max(at + terms.lease);
        Claim::At(at)
    }

    /// Gives a request back.
    pub fn release(&mut self, outcome: Outcome, now: Instant) {
        self.turns = self.turns.saturating_sub(1);
        if self.turns == 0 {
            self.busy_until = now;
        }
        match outcome {
            Outcome::Answered => (self.failures, self.why) = (0, None),
            Outcome::Failed(why) => {
                self.failures = self.failures.saturating_add(1);
                if let Some(times) = self.failures.checked_sub(FAILURES_MAX) {
                    let doubled = CLOSED_FIRST.ms().saturating_mul(1 << times.min(20));
                    self.closed_until = now + Span::from_ms(doubled.min(CLOSED_MAX.ms()));
                    self.why = Some(format!("连续 {} 次失败（{why}）", self.failures));
                }
            }
            Outcome::Abandoned => {}
            Outcome::Rest(pause, why) => {
                self.closed_until = self.closed_until.max(now + pause);
                self.why = Some(why);
            }
        }
    }
}

/// A request that may be made now; given back with how it went.
#[derive(Debug)]
pub struct Turn {
    /// At which host.
    pub host: String,
    /// The place in this process's own queue for the host.
    pub place: Option<OwnedSemaphorePermit>,
}

/// Why no turn can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoTurn {
    /// The host is left alone.
    Closed {
        /// Until when.
        until: Instant,
        /// From now.
        pause: Span,
        /// Why.
        why: String,
    },
    /// The states can't be read or written.
    Unknown(String),
}

/// Keeps the states of hosts.
#[async_trait]
pub trait Hosts: Send + Sync + std::fmt::Debug {
    /// Waits until a host may be asked. A host that is left alone for long is not waited for.
    async fn turn(&self, host: &str, terms: Terms) -> Result<Turn, NoTurn>;
    /// Gives a turn back.
    async fn done(&self, turn: Turn, outcome: Outcome);
    /// Notes the pause that a host's `robots.txt` asks for.
    async fn delay(&self, host: &str, delay: Span);
}

/// Keepers of hosts, shared.
pub type SharedHosts = Arc<dyn Hosts>;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_ms(1_778_464_800_000);
    const TERMS: Terms = Terms { period: Span::from_secs(3), connections: 1, lease: Span::from_secs(20) };

    fn later(seconds: i64) -> Instant {
        NOW + Span::from_secs(seconds)
    }

    #[test]
    fn one_request_at_a_time_and_no_faster_than_its_pace_whoever_asks() {
        let mut host = HostState::default();
        assert_eq!(host.claim(TERMS, NOW), Claim::At(NOW));
        assert_eq!(host.claim(TERMS, later(1)), Claim::Busy, "one at a time");
        host.release(Outcome::Answered, later(1));
        // The crawl-delay that robots.txt told in this very answer holds from the next request on.
        host.delay = Span::from_secs(10);
        assert_eq!(host.claim(TERMS, later(2)), Claim::At(later(10)));
        host.release(Outcome::Answered, later(11));
        let slow = Terms { period: Span::from_secs(30), ..TERMS };
        assert_eq!(host.claim(slow, later(12)), Claim::At(later(40)), "another source, slower still");
    }

    #[test]
    fn a_request_that_died_holds_the_host_up_no_longer_than_it_might_have_taken() {
        let mut host = HostState::default();
        host.claim(TERMS, NOW);
        assert_eq!(host.claim(TERMS, later(19)), Claim::Busy);
        assert_eq!(host.claim(TERMS, later(20)), Claim::At(later(20)));
        let two = Terms { connections: 2, ..TERMS };
        assert_eq!(host.claim(two, later(21)), Claim::At(later(23)), "the source says more at a time");
        assert_eq!(host.claim(two, later(21)), Claim::Busy);
    }

    #[test]
    fn a_host_that_is_down_is_left_alone_and_probed_by_one() {
        let mut host = HostState::default();
        let mut now = NOW;
        let mut pauses = Vec::new();
        for _ in 0..11 {
            while let Claim::Closed { until, .. } = host.claim(TERMS, now) {
                pauses.push((until - now).ms() / 60_000);
                now = until;
            }
            now = now + Span::from_secs(5);
            host.release(Outcome::Failed("连不上".into()), now);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30]);
        now = host.closed_until;
        let many = Terms { connections: 4, ..TERMS };
        assert!(matches!(host.claim(many, now), Claim::At(_)), "half open");
        assert_eq!(host.claim(many, now), Claim::Busy, "one probe, whatever the source says");
        host.release(Outcome::Answered, now);
        assert_eq!((host.failures, host.why.clone()), (0, None));
        assert!(matches!(host.claim(many, now), Claim::At(_)));
    }

    #[test]
    fn a_server_is_left_alone_for_as_long_as_it_asks_and_a_clock_that_was_put_back_stops_nothing() {
        let mut host = HostState::default();
        host.claim(TERMS, NOW);
        host.release(Outcome::Rest(Span::from_hours(2), "服务器返回 429".into()), NOW);
        let closed = Claim::Closed { until: NOW + Span::from_hours(2), why: "服务器返回 429".into() };
        assert_eq!(host.claim(TERMS, later(60)), closed);
        let mut host = HostState { last_at: NOW + Span::from_days(30), ..HostState::default() };
        assert_eq!(host.claim(TERMS, NOW), Claim::At(NOW));
    }
}
