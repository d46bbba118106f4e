//! The heartbeat (心跳): asks the database every second how old the oldest timer is that should have fired, whatever the
//! sweep believes of itself, and whether the clock goes steadily. What is wrong is logged, measured and told.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::tell::operators;
use super::{Engine, EngineError};
use crate::domain::instant::{Instant, Span};
use crate::notify::Content;
use crate::store::StuckRow;
use crate::time::Jump;

/// Between two beats.
const BEAT: Duration = Duration::from_secs(1);
/// A timer that is so late raises an alarm.
const LATE_MAX: Span = Span::from_secs(10);
/// The alarm ends when none is later than this.
const CAUGHT_UP: Span = Span::from_secs(1);
/// Streams that can't be settled and are named.
const STUCK_MAX: i64 = 50;

/// What is wrong, each told once until it has ended.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    late: bool,
    jumped: bool,
    /// Streams that can't be settled, and since when.
    stuck: BTreeMap<String, Instant>,
}

/// A change of what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Late(Span),
    CaughtUp,
    Jumped(Jump),
    Steady,
    Stuck { stream: String, why: String },
    Unstuck(String),
}

impl Alarms {
    /// Takes a beat. While the clock is unsteady nothing fires on purpose, so lateness is no news then.
    fn observe(&mut self, oldest: Span, jump: Option<Jump>) -> Vec<Change> {
        let mut changes = Vec::new();
        match (self.jumped, jump) {
            (false, Some(jump)) => changes.push(Change::Jumped(jump)),
            (true, None) => changes.push(Change::Steady),
            _ => {}
        }
        self.jumped = jump.is_some();
        if !self.late && oldest > LATE_MAX && jump.is_none() {
            self.late = true;
            changes.push(Change::Late(oldest));
        } else if self.late && oldest <= CAUGHT_UP {
            self.late = false;
            changes.push(Change::CaughtUp);
        }
        changes
    }

    /// Takes in which streams can't be settled: each is told once, however often it is tried.
    fn observe_stuck(&mut self, rows: Vec<StuckRow>) -> Vec<Change> {
        let now: BTreeMap<String, Instant> = rows.iter().map(|row| (row.stream.clone(), row.since)).collect();
        let known = std::mem::replace(&mut self.stuck, now);
        let over = known.keys().filter(|stream| !self.stuck.contains_key(*stream)).cloned().map(Change::Unstuck);
        let new = rows.into_iter().filter(|row| known.get(&row.stream) != Some(&row.since));
        over.chain(new.map(|StuckRow { stream, why, .. }| Change::Stuck { stream, why })).collect()
    }
}

impl Change {
    const fn is_alarm(&self) -> bool {
        matches!(self, Self::Late(_) | Self::Jumped(_) | Self::Stuck { .. })
    }

    const fn id(&self) -> &'static str {
        match self {
            Self::Stuck { .. } => "stuck",
            Self::Unstuck(_) => "unstuck",
            Self::Late(_) => "late",
            Self::CaughtUp => "caught_up",
            Self::Jumped(_) => "clock_jumped",
            Self::Steady => "clock_steady",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Stuck { stream, why } => format!(
                "告警：{stream} 的时限无法推进，其余不受影响：{why}；请运行 huiying verify 查明，记录完整的可由 huiying rebuild 恢复"
            ),
            Self::Unstuck(stream) => format!("告警解除：{stream} 的时限已恢复推进"),
            Self::Late(oldest) => {
                format!("告警：时限触发滞后 {} 秒，请检查数据库与服务日志", oldest.ms() / 1000)
            }
            Self::CaughtUp => "告警解除：到期的时限已全部触发".to_owned(),
            Self::Jumped(jump) => format!("告警：{jump}；时限触发已暂停，时钟平稳 60 秒后恢复，请检查对时"),
            Self::Steady => "告警解除：系统时钟已平稳，时限触发恢复".to_owned(),
        }
    }
}

/// Beats until told to stop.
pub(super) async fn run(engine: Engine, stop: CancellationToken) {
    let mut alarms = Alarms::default();
    while tokio::time::timeout(BEAT, stop.cancelled()).await.is_err() {
        let now = engine.clock.now();
        match engine.oldest_unfired(now).await {
            Ok(oldest) => {
                engine.beat(&mut alarms, oldest, now).await;
                engine.name_stuck(&mut alarms, now).await;
            }
            Err(error) => tracing::error!(%error, "the heartbeat can't read what is due"),
        }
    }
}

impl Engine {
    pub(super) async fn beat(&self, alarms: &mut Alarms, oldest: Span, now: Instant) {
        // Late by the wall's time, in a drill too.
        let oldest = Span::from_ms((oldest.ms() as f64 / self.clock.speed()) as i64);
        metrics::gauge!("huiying_oldest_unfired_timer_seconds").set(oldest.ms() as f64 / 1000.0);
        for change in alarms.observe(oldest, self.clock.jump()) {
            self.tell(&change, now).await;
        }
        for (alarm, raised) in [("late", alarms.late), ("clock_jumped", alarms.jumped)] {
            metrics::gauge!("huiying_alarm", "alarm" => alarm).set(f64::from(u8::from(raised)));
        }
    }

    /// Names streams that can't be settled, each once.
    pub(super) async fn name_stuck(&self, alarms: &mut Alarms, now: Instant) {
        match self.store.stuck(STUCK_MAX).await {
            Ok(rows) => {
                metrics::gauge!("huiying_streams_stuck").set(u32::try_from(rows.len()).unwrap_or(u32::MAX));
                for change in alarms.observe_stuck(rows) {
                    self.tell(&change, now).await;
                }
            }
            Err(error) => tracing::error!(%error, "the heartbeat can't read what is stuck"),
        }
    }

    async fn tell(&self, change: &Change, now: Instant) {
        let text = change.text();
        if change.is_alarm() {
            tracing::error!(alarm = change.id(), "{text}");
        } else {
            tracing::info!(alarm = change.id(), "{text}");
        }
        if let Err(error) = self.tell_operators(change, text, now).await {
            tracing::error!(%error, "an alarm can't be told");
        }
    }

    /// Tells the duty desk and the administrators.
    async fn tell_operators(&self, change: &Change, text: String, now: Instant) -> Result<(), EngineError> {
        let rules = self.rules.load_full();
        let recipients = operators(&self.store, &rules.office, now).await?;
        let content = Content { incident: None, kind: "alarm".to_owned(), text, at: now, by: None };
        let about = match change {
            Change::Stuck { stream, .. } | Change::Unstuck(stream) => format!("/{stream}"),
            _ => String::new(),
        };
        let key = format!("{}{about}/{}", change.id(), now.ms());
        let rows: Vec<_> = recipients.iter().flat_map(|to| self.rows_to(&rules.office, &key, to, &content)).collect();
        let mut tx = self.store.write().await?;
        tx.put_outbox(&rows).await?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUMP: Jump = Jump { expected: Instant::from_ms(0), shown: Instant::from_ms(600_000) };

    #[test]
    fn an_alarm_is_raised_once_and_ends_once() {
        let mut alarms = Alarms::default();
        let late = Span::from_ms(10_001);
        assert_eq!(alarms.observe(LATE_MAX, None), [], "ten seconds are still in order");
        assert_eq!(alarms.observe(late, None), [Change::Late(late)]);
        assert_eq!(alarms.observe(Span::from_secs(60), None), []);
        assert_eq!(alarms.observe(Span::from_secs(5), None), [], "not yet caught up");
        assert_eq!(alarms.observe(Span::ZERO, None), [Change::CaughtUp]);
        assert_eq!(alarms.observe(Span::ZERO, None), []);
    }

    #[test]
    fn a_stream_that_is_stuck_is_told_once_and_when_it_is_over() {
        let mut alarms = Alarms::default();
        let row = |stream: &str, since: i64, tries: i64| StuckRow {
            stream: stream.into(),
            since: Instant::from_ms(since),
            tries,
            next_try_at: Instant::from_ms(since + 5_000 * tries),
            why: "读不出".into(),
        };
        let told =
            |changes: Vec<Change>| changes.iter().map(|c| c.text().chars().take(15).collect()).collect::<Vec<String>>();
        assert_eq!(told(alarms.observe_stuck(vec![row("incident/1", 0, 1)])), ["告警：incident/1 的"]);
        assert_eq!(alarms.observe_stuck(vec![row("incident/1", 0, 2)]), [], "however often it is tried");
        let two = alarms.observe_stuck(vec![row("incident/1", 0, 3), row("post/1", 9, 1)]);
        assert_eq!(two, [Change::Stuck { stream: "post/1".into(), why: "读不出".into() }]);
        assert_eq!(alarms.observe_stuck(vec![row("post/1", 9, 2)]), [Change::Unstuck("incident/1".into())]);
        assert_eq!(alarms.observe_stuck(vec![]), [Change::Unstuck("post/1".into())]);
    }

    #[test]
    fn while_the_clock_is_unsteady_lateness_is_no_news() {
        let mut alarms = Alarms::default();
        let late = Span::from_secs(600);
        assert_eq!(alarms.observe(late, Some(JUMP)), [Change::Jumped(JUMP)]);
        assert_eq!(alarms.observe(late, Some(JUMP)), []);
        assert_eq!(
            alarms.observe(late, None),
            [Change::Steady, Change::Late(late)],
            "firing should have caught up by now"
        );
        assert_eq!(alarms.observe(Span::ZERO, None), [Change::CaughtUp]);
    }
}
