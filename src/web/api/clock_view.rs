//! A clock (时限) as pages show it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::clock::{ClockKind, Force, Length};
use crate::domain::ids::BodyId;
use crate::domain::instant::{Instant, Span};
use crate::domain::terms;
use crate::store::ClockRow;

/// A clock.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// Stream and number: unique among all clocks.
    pub id: String,
    pub kind: ClockKind,
    /// Whose task it belongs to.
    pub department: Option<BodyId>,
    /// The account that shall repost.
    pub account: Option<String>,
    pub anchor_at: Instant,
    pub due_at: Instant,
    pub force: Force,
    /// The clause that it enforces.
    pub clause: String,
    pub state: ClockState,
    /// Breached at some time, unless that was corrected or refuted.
    pub breached: bool,
    /// The office's own beside a main clock that was started late.
    pub operational: bool,
    /// 暂定: its working days reach into a year whose notice of holidays was not loaded when it started.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// Of the time from anchor to due: until now, or until the act came. Above 100 it is overdue.
    pub percent_used: f64,
    /// How the due time was computed; empty in lists.
    pub trace: Vec<String>,
    /// Whom the breach is charged to.
    pub charged_to: Option<BodyId>,
    /// When the act that ended it took effect, else when its end was recorded.
    pub ended_at: Option<Instant>,
}

/// Where a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// 计时中
    Running,
    /// 按时
    Met,
    /// 超时, still open or closed without the act
    Breached,
    /// 逾期办结
    EndedLate,
    /// 已被替代
    Superseded,
    /// 已取消
    Cancelled,
    /// 补录
    Corrected,
    /// 超时不成立
    Refuted,
}

impl ClockState {
    fn of(row: &ClockRow) -> Self {
        match row.verdict.as_deref() {
            Some("met") => Self::Met,
            Some("ended_late") => Self::EndedLate,
            Some("superseded") => Self::Superseded,
            Some("cancelled") => Self::Cancelled,
            Some("corrected") => Self::Corrected,
            Some("refuted") => Self::Refuted,
            Some(_) => Self::Breached,
            None if row.breached => Self::Breached,
            None => Self::Running,
        }
    }
}

/// What a page shows of the plan that a clock was started with; a plan of another version shows what it has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FrozenPlan {
    clause: String,
    length: String,
    cause: String,
    policy_version: u32,
    born_overdue: bool,
    provisional: bool,
}

impl FrozenPlan {
    fn trace(&self, row: &ClockRow) -> Vec<String> {
        let mut trace =
            vec![format!("{} 起算（{}）", minute(row.anchor_at), terms::of_id("anchor_cause", &self.cause))];
        if let Ok(length) = self.length.parse() {
            trace.push(length_zh(&length));
        }
        trace.push(format!("{} 到期（含该时刻）", minute(row.due_at)));
        if self.provisional {
            trace.push("到期时间暂定：涉及的年份当时没有载入国务院放假通知，按周末与法定节日推算".to_owned());
        }
        if self.born_overdue {
            trace.push(format!("{} 启动时已过到期时间", minute(row.started_at)));
        }
        if self.policy_version > 0 {
            trace
                .push(format!("按第 {} 版政策和当时的日历，启动时固定；之后修改规则不影响本时限", self.policy_version));
        }
        trace
    }
}

/// Beijing's wall clock, as people read it; seconds only where there are some.
pub(super) fn minute(at: Instant) -> String {
    let beijing = at.beijing();
    let whole = at.ms() % 60_000 == 0;
    beijing.format(if whole { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" }).to_string()
}

fn span_zh(span: Span) -> String {
    let ms = span.ms();
    match (ms % 3_600_000, ms % 60_000) {
        (0, _) => format!("{} 小时", ms / 3_600_000),
        (_, 0) => format!("{} 分钟", ms / 60_000),
        _ => format!("{} 秒", ms / 1000),
    }
}

fn length_zh(length: &Length) -> String {
    match length {
        Length::Hours(span) => format!("连续计时 {}，不分工作日与节假日", span_zh(*span)),
        Length::WorkingDays(days) => format!("{days} 个工作日，起算当日不计，至末日 24:00"),
        Length::ShareOfMain { percent, at_least } => {
            format!("取主时限剩余时间的 {percent}%，不少于 {}", span_zh(*at_least))
        }
        Length::UntilMain { at_least } => format!("随主时限到期，不少于 {}", span_zh(*at_least)),
        Length::Given => "到期时间由交办人给定".to_owned(),
    }
}

impl ClockView {
    /// As lists show it: how its due time was computed stands on the case's own page.
    pub fn brief(row: &ClockRow, now: Instant) -> Self {
        Self { trace: Vec::new(), ..Self::of(row, now) }
    }

    /// As it stands at an instant.
    pub fn of(row: &ClockRow, now: Instant) -> Self {
        let plan: FrozenPlan = serde_json::from_str(&row.plan).unwrap_or_default();
        let state = ClockState::of(row);
        let ended_at = row.effective_at.or(row.ended_at).filter(|_| !row.open);
        Self {
            id: format!("{}/{}", row.stream, row.id.0),
            kind: row.kind,
            department: row.department.clone(),
            account: row.account.clone(),
            anchor_at: row.anchor_at,
            due_at: row.due_at,
            force: row.force,
            trace: plan.trace(row),
            clause: plan.clause,
            state,
            breached: row.breached,
            operational: row.operational,
            provisional: plan.provisional,
            percent_used: percent(row.anchor_at, row.due_at, ended_at.unwrap_or(now)),
            charged_to: row.charged_to.clone(),
            ended_at,
        }
    }
}

/// To a tenth of a percent; nothing is used before the anchor, and a clock without length is used up.
fn percent(anchor: Instant, due: Instant, until: Instant) -> f64 {
    let (length, used) = ((due - anchor).ms(), (until - anchor).max(Span::ZERO).ms());
    if length <= 0 {
        return if until > due { 100.0 } else { 0.0 };
    }
    (used as f64 * 1000.0 / length as f64).floor() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_words() {
        let words = |text: &str| length_zh(&text.parse().unwrap());
        assert_eq!(words("48h"), "连续计时 48 小时，不分工作日与节假日");
        assert_eq!(words("90m"), "连续计时 90 分钟，不分工作日与节假日");
        assert_eq!(words("5 working days"), "5 个工作日，起算当日不计，至末日 24:00");
        assert_eq!(words("75% of main, at least 2h"), "取主时限剩余时间的 75%，不少于 2 小时");
        assert_eq!(words("until main, at least 2h"), "随主时限到期，不少于 2 小时");
        assert_eq!(words("given"), "到期时间由交办人给定");
    }

    #[test]
    fn instants_are_told_by_the_wall_clock() {
        assert_eq!(minute("2026-05-11T01:20:00Z".parse().unwrap()), "2026-05-11 09:20");
        assert_eq!(minute("2026-05-12T01:27:30+08:00".parse().unwrap()), "2026-05-12 01:27:30");
    }

    #[test]
    fn the_share_of_time_used() {
        let at = Instant::from_ms;
        assert_eq!(percent(at(0), at(1000), at(755)), 75.5);
        assert_eq!(percent(at(0), at(1000), at(-5)), 0.0);
        assert_eq!(percent(at(0), at(1000), at(1500)), 150.0);
        assert_eq!(percent(at(5), at(5), at(6)), 100.0);
    }
}
