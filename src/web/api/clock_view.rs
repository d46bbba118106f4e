//! A clock (时限) as pages show it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::ids::BodyId;
use crate::domain::instant::{Instant, Span};
use crate::domain::policy::{ClockKind, Force};
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
    /// Of the time from anchor to due: until now, or until the act came. Above 100 it is overdue.
    pub percent_used: f64,
    /// How the due time was computed.
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
    policy: String,
    policy_version: u32,
    calendar_version: String,
    born_overdue: bool,
}

impl FrozenPlan {
    fn trace(&self, row: &ClockRow) -> Vec<String> {
        let mut trace = vec![format!("起算 {}（{}）", row.anchor_at, cause(&self.cause))];
        if !self.length.is_empty() {
            trace.push(format!("时长 {}", self.length));
        }
        trace.push(format!("到期 {}（含该时刻）", row.due_at));
        if self.born_overdue {
            trace.push(format!("启动于 {}，当时已过到期时间", row.started_at));
        }
        if !self.policy.is_empty() {
            trace.push(format!(
                "政策 {} 第 {} 版、日历 {}，启动时固定，之后修改规则不影响本时限",
                self.policy, self.policy_version, self.calendar_version
            ));
        }
        trace
    }
}

fn cause(id: &str) -> &str {
    match id {
        "opening" => "发现",
        "judgement" => "研判",
        "new_event" => "新的情况的首个证据",
        "feedback" => "群众反馈不满意",
        "reopening" => "重新办理",
        "task" => "交办",
        "publication" => "上一次发布",
        "record" => "登记",
        other => other,
    }
}

impl ClockView {
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
    fn the_share_of_time_used() {
        let at = Instant::from_ms;
        assert_eq!(percent(at(0), at(1000), at(755)), 75.5);
        assert_eq!(percent(at(0), at(1000), at(-5)), 0.0);
        assert_eq!(percent(at(0), at(1000), at(1500)), 150.0);
        assert_eq!(percent(at(5), at(5), at(6)), 100.0);
    }
}
