//! How a clock starts, and how it ends by what people do (`domain.md` §5 items 6, 14, 15; §5a c).

use crate::domain::clock::{self, Cause, Clock, ClockEvent, ClockKind, ClockPlan, Setting};
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, ClockId};
use crate::domain::incident::publication::Publication;
use crate::domain::incident::state::Role;
use crate::domain::instant::Instant;
use crate::domain::policy::PublicationKind;

use super::{Decision, Refusal, Step, refuse};

impl Decision<'_> {
    /// The plan of a clock that starts now in this cycle.
    pub(super) fn plan(&self, kind: ClockKind, anchor_at: Instant, cause: Cause) -> Result<ClockPlan, Refusal> {
        self.plan_until(kind, anchor_at, cause, None)
    }

    /// The same with a due time that a person gave.
    pub(super) fn plan_until(
        &self,
        kind: ClockKind,
        anchor_at: Instant,
        cause: Cause,
        given: Option<Instant>,
    ) -> Result<ClockPlan, Refusal> {
        let main =
            if kind == ClockKind::Referral { self.incident.latest_main_clock() } else { self.incident.main_clock() };
        let main_due = main.map(|main| (main.plan.due_at, self.now));
        let setting = Setting { anchor_at, cause, main_due, given, cycle: self.incident.cycle };
        match clock::plan(kind, self.policy()?, &self.office.calendar, &setting) {
            Ok(plan) => Ok(plan),
            Err(error) => refuse(error.to_string()),
        }
    }

    /// Starts a clock with the publications of its cycle in mind, records what was overtaken before it began, and gives
    /// the index at which it stands.
    pub(super) fn start(&mut self, plan: ClockPlan) -> usize {
        let clock_id = self.incident.next_clock_id();
        let answer = self.earlier_publication(&plan);
        // Already past its due time, unless something published in time answers it.
        let born_overdue = plan.due_at < self.now && answer.is_none_or(|effective| effective > plan.due_at);
        self.emit(ClockEvent::Started(Box::new(ClockPlan { clock_id, born_overdue, ..plan })));
        let index = self.incident.clocks.len() - 1;
        let due_at = self.incident.clocks[index].plan.due_at;
        match answer {
            Some(effective_at) if effective_at <= due_at => {
                let clock = self.incident.clocks[index].reference();
                self.emit(ClockEvent::Met { effective_at, clock });
            }
            Some(effective_at) => {
                self.skip_warnings(index);
                if due_at < self.now {
                    self.breach(index);
                    let clock = self.incident.clocks[index].reference();
                    self.emit(ClockEvent::EndedLate { effective_at, clock });
                }
            }
            None => {
                self.skip_warnings(index);
                if born_overdue {
                    self.breach(index);
                }
                self.overtaken_steps(index);
            }
        }
        index
    }

    /// Warnings whose instant lies before the clock's start.
    fn skip_warnings(&mut self, index: usize) {
        let clock = &self.incident.clocks[index];
        let stale: Vec<u8> = clock.plan.warnings.iter().take_while(|w| w.at < self.now).map(|w| w.percent).collect();
        for threshold in stale {
            let clock = self.incident.clocks[index].reference();
            self.emit(ClockEvent::Warned { clock, threshold, skipped_stale: true });
        }
    }

    /// A clock that starts late sends the highest overtaken step, at most the policy's cap for late starts.
    fn overtaken_steps(&mut self, index: usize) {
        let plan = self.incident.clocks[index].plan.clone();
        let reach = self.reach();
        let overtaken: Vec<_> = plan
            .steps
            .iter()
            .filter(|step| step.at < self.now && (!plan.capped || reach.is_none_or(|top| step.tier <= top)))
            .collect();
        let late_cap = self.incident.policy(self.office).map(|policy| policy.terms.late_start_cap);
        let sent = overtaken.iter().rposition(|step| late_cap.is_none_or(|cap| step.tier <= cap));
        for (order, step) in overtaken.into_iter().enumerate() {
            let clock = self.incident.clocks[index].reference();
            self.escalate(step.tier, Some(clock), Some(step.label()), Some(order) != sent, None);
        }
    }

    /// The earliest effective time of a publication of this cycle that answers a clock about to start.
    fn earlier_publication(&self, plan: &ClockPlan) -> Option<Instant> {
        // An operational clock starts beside one that nothing answers.
        if plan.clock == ClockKind::Update || plan.operational {
            return None;
        }
        // What was made before a new event was known answers it only where it came after.
        let new = |p: &&Publication| plan.cause != Cause::NewEvent || p.effective_at > plan.anchor_at;
        self.incident
            .publications
            .iter()
            .filter(|p| p.cycle == self.incident.cycle && answers(self.standing().0, p, plan))
            .filter(new)
            .map(|p| p.effective_at)
            .min()
    }

    /// Ends a clock by an act effective at that instant: met if in time, ended late if it had breached. Where a sweep of a
    /// later instant came before an act that was in time and recorded in time (the database was slow, the machine's clock
    /// was put back), the breach is corrected: the verdict hangs on the instants alone.
    pub(super) fn fulfil(&mut self, id: ClockId, effective_at: Instant) {
        let Some(clock) = self.incident.clock(id).filter(|clock| clock.open()) else { return };
        let answered = clock.answered(effective_at, effective_at.max(self.now) <= clock.plan.due_at);
        self.emit(answered);
    }

    /// Ids of open clocks that a test picks.
    pub(super) fn open_where(&self, which: impl Fn(&Clock) -> bool) -> Vec<ClockId> {
        self.incident.clocks.iter().filter(|c| c.open() && which(c)).map(|c| c.plan.clock_id).collect()
    }

    /// Marks running clocks as replaced.
    pub(super) fn supersede(&mut self, which: impl Fn(&Clock) -> bool) {
        for id in self.open_where(|c| c.running() && which(c)) {
            if let Some(clock) = self.incident.clock(id).map(Clock::reference) {
                self.emit(ClockEvent::Superseded { clock });
            }
        }
    }

    /// Cancels running clocks.
    pub(super) fn cancel(&mut self, dismissed: bool, which: impl Fn(&Clock) -> bool) {
        for id in self.open_where(|c| c.running() && which(c)) {
            if let Some(clock) = self.incident.clock(id).map(Clock::reference) {
                self.emit(ClockEvent::Cancelled { clock, dismissed });
            }
        }
    }

    /// Starts a task's clock for a department.
    pub(super) fn start_task_clock(&mut self, kind: ClockKind, department: &BodyId) -> Step {
        let plan = self.plan(kind, self.now, Cause::Task)?;
        self.start(ClockPlan { department: Some(department.clone()), ..plan });
        Ok(())
    }

    /// Parts of all supporting bodies that have not answered, from a main clock that has just started.
    pub(super) fn start_parts(&mut self, departments: &[BodyId]) -> Step {
        for department in departments {
            if self.incident.main_clock().is_some()
                && self.incident.task(department).is_some_and(|task| task.role == Role::Supporting)
            {
                self.start_task_clock(ClockKind::Part, department)?;
            }
        }
        Ok(())
    }
}

/// Whether a publication is one of those that meet a clock: public, by whoever may, of its kinds, and, where the clock was
/// called for by something new, not effective before that; an act of the anchor's own instant counts (`domain.md` §5a u).
/// `highest` is the highest grade of the group.
pub(super) fn answers(highest: Grade, publication: &Publication, plan: &ClockPlan) -> bool {
    let after_anchor = match plan.cause {
        Cause::NewEvent | Cause::Feedback | Cause::Reopening => publication.effective_at >= plan.anchor_at,
        _ => true,
    };
    !publication.planned && publication.counts && after_anchor && meets_kind(highest, publication.kind, plan)
}

fn meets_kind(highest: Grade, kind: PublicationKind, plan: &ClockPlan) -> bool {
    if kind == PublicationKind::DirectReply {
        // A reply to the citizen alone meets `response` while the highest grade is general (`domain.md` §5 item 13).
        return plan.clock == ClockKind::Response && highest <= Grade::General;
    }
    plan.met_by.contains(&kind)
}
