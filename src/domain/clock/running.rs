//! A clock as it stands: its frozen plan, and what became of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::event::{ClockEvent, ClockRef};
use super::kind::ClockKind;
use super::plan::{ClockPlan, PlannedStep, Warning};
use crate::domain::ids::{BodyId, ClockId};
use crate::domain::instant::Instant;

/// How a clock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 按时
    Met,
    /// 逾期 (open, or closed without an act)
    Breached,
    /// 逾期办结
    EndedLate,
    /// 被替代
    Superseded,
    /// 已取消
    Cancelled,
    /// 补录：recorded late, met in fact.
    Corrected,
    /// 超时不成立
    Refuted,
}

/// A clock as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// What it started with.
    pub plan: ClockPlan,
    /// When it started.
    pub started_at: Instant,
    /// Warnings told or skipped so far.
    pub warned: usize,
    /// Ladder steps told or skipped, by their index.
    #[serde(default)]
    pub stepped: Vec<usize>,
    /// Whom the breach was charged to.
    pub charged_to: Option<BodyId>,
    /// How it ended, and when that was recorded; `None` while it is open.
    pub ended: Option<(Verdict, Instant)>,
    /// Effective time of the act that met or ended it.
    pub effective_at: Option<Instant>,
    /// Cancelled by a dismissal.
    #[serde(default)]
    pub dismissed: bool,
    /// Holders of rosters and bodies whom its ladder told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub told: BTreeSet<String>,
    /// Holders who have read what they were told: its ladder reminds them no more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub receipts: BTreeSet<String>,
}

/// The clock of that number among those of a stream.
pub fn clock_mut(clocks: &mut [Clock], id: ClockId) -> Option<&mut Clock> {
    clocks.iter_mut().find(|clock| clock.plan.clock_id == id)
}

impl Clock {
    /// As it starts.
    pub const fn new(plan: ClockPlan, started_at: Instant) -> Self {
        Self {
            plan,
            started_at,
            warned: 0,
            stepped: Vec::new(),
            charged_to: None,
            ended: None,
            effective_at: None,
            dismissed: false,
            told: BTreeSet::new(),
            receipts: BTreeSet::new(),
        }
    }
    /// Open: neither met nor otherwise ended. A breached clock stays open until the act comes.
    pub fn open(&self) -> bool {
        self.ended.is_none()
    }
    /// Open and not breached.
    pub fn running(&self) -> bool {
        self.open() && self.charged_to.is_none()
    }
    /// Breached at some time, unless that was corrected or refuted.
    pub fn breached(&self) -> bool {
        self.charged_to.is_some() && !matches!(self.ended, Some((Verdict::Corrected | Verdict::Refuted, _)))
    }
    /// Breached and not ended.
    pub fn breached_open(&self) -> bool {
        self.open() && self.charged_to.is_some()
    }
    /// The verdict, in the one place that derives it; `None` while it runs. A correction that was recorded by the due time
    /// set a sweep right that had been ahead: that is no 补录.
    pub fn verdict(&self) -> Option<Verdict> {
        match self.ended {
            Some((Verdict::Corrected, at)) if at <= self.plan.due_at => Some(Verdict::Met),
            Some((verdict, _)) => Some(verdict),
            None => self.charged_to.as_ref().map(|_| Verdict::Breached),
        }
    }
    /// Kind.
    pub fn kind(&self) -> ClockKind {
        self.plan.clock
    }
    /// How rows name it.
    pub fn reference(&self) -> ClockRef {
        ClockRef {
            clock_id: self.plan.clock_id,
            clock: self.plan.clock,
            due_at: self.plan.due_at,
            department: self.plan.department.clone(),
            account: self.plan.account.clone(),
            operational: self.plan.operational,
        }
    }
    /// What an act makes of it that is effective at that instant: met while it runs, else corrected where the act takes the
    /// breach back, else ended late.
    pub fn answered(&self, effective_at: Instant, corrects: bool) -> ClockEvent {
        let clock = self.reference();
        if self.running() {
            ClockEvent::Met { effective_at, clock }
        } else if corrects {
            ClockEvent::Corrected { effective_at, clock }
        } else {
            ClockEvent::EndedLate { effective_at, clock }
        }
    }
    /// A step of its ladder was told to those, or passed over.
    pub fn step_told(&mut self, step: &str, to: &[String], skipped_stale: bool) {
        if !skipped_stale {
            self.told.extend(to.iter().cloned());
        }
        if let Some(index) = self.plan.steps.iter().position(|planned| planned.label() == step) {
            self.stepped.push(index);
        }
    }
    /// Warnings not yet told.
    pub fn warnings_left(&self) -> &[Warning] {
        if self.running() { &self.plan.warnings[self.warned.min(self.plan.warnings.len())..] } else { &[] }
    }
    /// Steps neither told nor passed: those at or after `settled`, the last instant at which anything happened.
    pub fn steps_left(&self, settled: Instant) -> impl Iterator<Item = (usize, &PlannedStep)> {
        let open = self.open();
        self.plan
            .steps
            .iter()
            .enumerate()
            .filter(move |(index, step)| open && step.at >= settled && !self.stepped.contains(index))
    }
}
