//! 误报、不予公开回应、持续关注、恢复、办结、重新办理、反馈 (`domain.md` §5 items 12, 13; §5a a, d, i, m).

use crate::domain::clock::{Cause, ClockPlan, Force};
use crate::domain::ids::ClockId;
use crate::domain::incident::command::{Because, Command, Disposal, Waiting};
use crate::domain::incident::event::{Event, ReopenCause};
use crate::domain::incident::state::Life;
use crate::domain::instant::Instant;

use super::grading::Regrade;
use super::{Decision, Step, refuse};

impl Decision<'_> {
    pub(super) fn dismiss(&mut self, command: &Command, reason: &str) -> Step {
        self.needs_office("误报")?;
        self.needs_reason(reason, "误报")?;
        if self.waits_for_second(None)? {
            return self.ask_approval(Waiting::Dismiss, command);
        }
        self.apply_dismissal(reason, self.by.name().to_owned())
    }

    pub(super) fn apply_dismissal(&mut self, reason: &str, by: String) -> Step {
        self.emit(Event::Dismissed { reason: reason.to_owned(), by });
        self.cancel(true, |c| !c.kind().is_record());
        Ok(())
    }

    pub(super) fn dispose(
        &mut self,
        command: &Command,
        how: Disposal,
        reason: &str,
        review_on: Option<Instant>,
    ) -> Step {
        self.needs_office("处置")?;
        self.needs_reason(reason, "处置")?;
        if let Some(day) = review_on.filter(|day| *day <= self.now) {
            return refuse(format!("复查日期 {day} 已过，请改为以后的日期"));
        }
        if self.waits_for_second(Some(how))? {
            return self.ask_approval(Waiting::Dispose, command);
        }
        self.apply_disposal(how, reason, review_on, self.by.name().to_owned())
    }

    pub(super) fn apply_disposal(
        &mut self,
        how: Disposal,
        reason: &str,
        review_on: Option<Instant>,
        by: String,
    ) -> Step {
        self.emit(Event::Disposed { how, reason: reason.to_owned(), review_on, by });
        if how == Disposal::NoPublicResponse {
            self.cancel(true, |c| !c.kind().is_record());
        }
        Ok(())
    }

    /// Starts again what the dismissal cancelled, with its anchors; of a breached clock's ladder the highest overtaken step
    /// is sent.
    pub(super) fn restore(&mut self, reason: &str) -> Step {
        self.needs_office("恢复")?;
        let dismissed_at = self.incident.dismissed_at.unwrap_or(self.now);
        let reach = self.reach();
        let now = self.now;
        let overtaken: Vec<(ClockId, Vec<usize>)> = self
            .incident
            .clocks
            .iter()
            .filter(|c| c.breached_open() && !c.kind().is_record())
            .map(|c| {
                let passed = |tier| !c.plan.capped || reach.is_none_or(|top| tier <= top);
                let steps = c.steps_left(dismissed_at).filter(|(_, s)| s.at < now && passed(s.tier));
                (c.plan.clock_id, steps.map(|(index, _)| index).collect())
            })
            .collect();
        let again: Vec<ClockPlan> =
            self.incident.clocks.iter().filter(|c| c.dismissed).map(|c| c.plan.clone()).collect();
        let cancelled = self.incident.clocks.iter().filter(|c| c.dismissed).map(|c| c.plan.clock_id).collect();
        self.emit(Event::Restored { reason: reason.to_owned(), by: self.by.name().to_owned(), restarted: cancelled });
        for plan in again {
            self.start(plan);
        }
        for (id, steps) in overtaken {
            let last = steps.len();
            for (order, step) in steps.into_iter().enumerate() {
                let Some(clock) = self.incident.clock(id) else { continue };
                let (reference, step) = (clock.reference(), clock.plan.steps[step]);
                self.escalate(step.tier, Some(reference), Some(step.label()), order + 1 < last, None);
            }
        }
        Ok(())
    }

    pub(super) fn close(&mut self, reason: &str) -> Step {
        self.needs_office("办结")?;
        let open = self.incident.clocks.iter().find(|c| c.open() && c.plan.force == Force::Statutory);
        if let Some(clock) = open {
            let kind = clock.kind().zh();
            let whose =
                if self.following { format!("合并的事件 {} 的", self.incident.name()) } else { String::new() };
            return refuse(format!("{whose}法定时限“{kind}”（{} 到期）尚未满足，不能办结", clock.plan.due_at));
        }
        self.emit(Event::Closed { reason: reason.to_owned(), by: self.by.name().to_owned() });
        self.cancel(false, |c| !c.kind().is_record());
        Ok(())
    }

    pub(super) fn reopen(&mut self, because: Because, evidence_at: Option<Instant>) -> Step {
        self.needs_office("重新办理")?;
        let (cause, anchor_at) = match because {
            Because::Judgement => (ReopenCause::Judgement, self.now),
            Because::NewEvent => (ReopenCause::NewEvent, evidence_at.unwrap_or(self.now)),
        };
        if anchor_at > self.now {
            return refuse("新情况的发现时间不能晚于现在");
        }
        self.new_cycle(cause, anchor_at)
    }

    fn new_cycle(&mut self, because: ReopenCause, anchor_at: Instant) -> Step {
        let by = self.by.name().to_owned();
        let cycle = self.incident.cycle + 1;
        self.emit(Event::Reopened { cycle, because, anchor_at, by });
        match because {
            ReopenCause::Feedback => self.start_response(anchor_at, Cause::Feedback),
            ReopenCause::Judgement => self.start_response(anchor_at, Cause::Reopening),
            ReopenCause::NewEvent => self.reclock(Regrade { cause: Cause::NewEvent, by_grading: false }),
        }
    }

    pub(super) fn feedback(&mut self, satisfied: bool) -> Step {
        self.emit(Event::Feedback { satisfied, by: self.by.name().to_owned() });
        if satisfied {
            return Ok(());
        }
        let answered = self.incident.life == Life::Closed || !self.main_clock_open();
        if answered {
            self.new_cycle(ReopenCause::Feedback, self.now)?;
        }
        if self.incident.dissatisfied >= self.policy()?.terms.supervision_from_dissatisfied {
            self.supervise_once("群众多次反馈不满意")?;
        }
        Ok(())
    }
}
