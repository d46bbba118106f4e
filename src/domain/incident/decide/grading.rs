//! Grading and what it calls for (`domain.md` §5 items 6, 7; §5a a, b, e).

use crate::domain::body::Tier;
use crate::domain::clock::{self, Cause, Clock, ClockEvent, ClockKind, ClockPlan, Facts, Verdict, called_for};
use crate::domain::grade::{Grade, Grading};
use crate::domain::ids::{BodyId, ClockId};
use crate::domain::incident::cause::EscalationCause;
use crate::domain::incident::command::{Because, Command, Waiting};
use crate::domain::incident::event::Event;
use crate::domain::incident::state::Life;
use crate::domain::instant::Instant;
use crate::domain::policy::PublicationKind;

use super::starting::answers;
use super::{Decision, Step, refuse};

/// Why clocks are looked at anew.
#[derive(Clone, Copy)]
pub(super) struct Regrade {
    /// Decides anchors and whether a kind may start a second time.
    pub cause: Cause,
    /// A grading, or the rise of a proposal, did it: an operational clock may be needed.
    pub by_grading: bool,
}

impl Decision<'_> {
    pub(super) fn grade(&mut self, command: &Command) -> Step {
        self.needs_office("定级")?;
        let Command::Grade { approach, reason, because, evidence_at, .. } = command else { return Ok(()) };
        self.needs_reason(reason, "定级")?;
        // What was left to default is fixed now: waiting for a second person buys no time (`domain.md` §5 item 7).
        let evidence_at = (*because == Because::NewEvent).then(|| evidence_at.unwrap_or(self.now));
        if evidence_at.is_some_and(|at| at > self.now) {
            return refuse("新情况的发现时间不能晚于现在");
        }
        let grading = self.grading_of(command);
        let asked = Command::Grade {
            event_grade: Some(grading.event_grade),
            opinion_grade: Some(grading.opinion_grade),
            sensitive: Some(grading.sensitive),
            approach: approach.or(self.incident.approach),
            reason: reason.clone(),
            because: *because,
            evidence_at,
        };
        let waits = self.grading_waits(grading)?;
        if self.incident.waiting.iter().any(|w| w.what == Waiting::Grade) {
            let by = self.by.name().to_owned();
            self.emit(Event::Rejected { what: Waiting::Grade, by, of: None, nth: 0 });
        }
        if waits {
            return self.ask_approval(Waiting::Grade, &asked);
        }
        self.apply_grading(&asked, self.by.name().to_owned())
    }

    /// What a grading says; a part that it lacks stays as it is: of the present grading, else of the proposal (`domain.md`
    /// §5a r).
    fn grading_of(&self, command: &Command) -> Grading {
        let present = self.incident.grading();
        match command {
            Command::Grade { event_grade, opinion_grade, sensitive, .. } => Grading {
                event_grade: event_grade.unwrap_or(present.event_grade),
                opinion_grade: opinion_grade.unwrap_or(present.opinion_grade),
                sensitive: sensitive.unwrap_or(present.sensitive),
            },
            _ => present,
        }
    }

    /// The grading itself, by whoever asked for it.
    pub(super) fn apply_grading(&mut self, command: &Command, by: String) -> Step {
        let Command::Grade { approach, reason, because, evidence_at, .. } = command else { return Ok(()) };
        let grading = self.grading_of(command);
        let refuted = self.refuted_by(grading)?;
        let evidence_at = (*because == Because::NewEvent).then(|| evidence_at.unwrap_or(self.now));
        self.emit(Event::Graded {
            event_grade: grading.event_grade,
            opinion_grade: grading.opinion_grade,
            sensitive: grading.sensitive,
            approach: approach.or(self.incident.approach),
            by,
            proposed: false,
            reason: reason.clone(),
            because: *because,
            evidence_at,
        });
        for id in refuted {
            if let Some(clock) = self.incident.clock(id).map(|c| c.reference()) {
                self.emit(ClockEvent::Refuted { clock });
            }
        }
        let cause = if evidence_at.is_some() { Cause::NewEvent } else { Cause::Judgement };
        // Where nothing is done any more, nothing starts.
        if self.incident.life == Life::Open {
            self.reclock(Regrade { cause, by_grading: true })?;
        }
        if grading.opinion_grade == Grade::Extraordinary && !self.incident.told.principal {
            self.escalate(Tier::Principal, None, None, false, Some(EscalationCause::Extraordinary));
        }
        Ok(())
    }

    /// Whether a second person has to agree: a later lowering of the event's grade always; a first grading where it would
    /// end a running conference clock or refute what has already breached.
    fn grading_waits(&self, grading: Grading) -> Result<bool, super::Refusal> {
        if self.incident.graded.is_some() {
            return Ok(grading.event_grade < self.incident.grading().event_grade);
        }
        let conference_runs = self.incident.open_clocks(ClockKind::PressConference).any(|c| c.running());
        let ends_conference =
            conference_runs && clock::main_clock(self.policy()?, grading.event_grade) != ClockKind::PressConference;
        Ok(ends_conference || !self.refuted_by(grading)?.is_empty())
    }

    /// Breached clocks of the proposal, open or ended late meanwhile, that a first grading below it makes uncalled-for.
    fn refuted_by(&self, grading: Grading) -> Result<Vec<ClockId>, super::Refusal> {
        if self.incident.graded.is_some() || grading.event_grade >= self.incident.proposal.event_grade {
            return Ok(Vec::new());
        }
        let policy = self.policy()?;
        let facts = Facts { grading, graded_by_person: true, last_publication: None };
        let refuted = |clock: &&Clock| {
            clock.breached()
                && !clock.plan.operational
                && matches!(clock.kind(), ClockKind::PressConference | ClockKind::Response | ClockKind::FirstStatement)
                && !called_for(clock.kind(), &facts, policy)
        };
        Ok(self.incident.clocks.iter().filter(refuted).map(|clock| clock.plan.clock_id).collect())
    }

    fn facts(&self) -> Facts {
        Facts {
            grading: self.incident.grading(),
            graded_by_person: self.incident.graded.is_some(),
            last_publication: self.incident.last_publication(),
        }
    }

    /// Brings the clocks that grades call for in line with the facts.
    pub(super) fn reclock(&mut self, regrade: Regrade) -> Step {
        let facts = self.facts();
        let policy = self.policy()?;
        let main = self.called_main(policy);
        let first_statement = !self.incident.response_only && called_for(ClockKind::FirstStatement, &facts, policy);
        let consultation = called_for(ClockKind::Consultation, &facts, policy);

        let parts = self.replace_main(main)?;
        if self.may_start(main, regrade) || self.direct_reply_no_longer_does(main, regrade)? {
            self.start_main(main, regrade)?;
        }
        self.start_parts(&parts)?;

        if first_statement && self.may_start(ClockKind::FirstStatement, regrade) {
            let plan = self.plan(ClockKind::FirstStatement, self.incident.anchor_at, self.anchor_cause(regrade))?;
            self.start(plan);
        } else if !first_statement && self.incident.clocks.iter().any(|c| c.kind() == ClockKind::FirstStatement) {
            self.cancel(false, |c| c.kind() == ClockKind::FirstStatement);
        }
        self.reclock_update()?;
        self.reclock_consultation(consultation)
    }

    /// The main clock that the incident calls for as it stands.
    pub(super) fn called_main(&self, policy: &crate::domain::policy::Policy) -> ClockKind {
        if self.incident.response_only {
            return ClockKind::Response;
        }
        clock::main_clock(policy, self.incident.grading().event_grade)
    }

    /// Supersedes the other main clock if it runs, with the operational clock beside it and the open parts; gives the bodies
    /// whose part starts again.
    fn replace_main(&mut self, main: ClockKind) -> Result<Vec<BodyId>, super::Refusal> {
        let replaced = self.open_where(|c| c.running() && c.kind().is_main() && c.kind() != main);
        if replaced.is_empty() {
            return Ok(Vec::new());
        }
        let main_replaced = replaced.iter().any(|id| self.incident.clock(*id).is_some_and(|c| !c.plan.operational));
        self.supersede(|c| c.kind().is_main() && c.kind() != main);
        if !main_replaced {
            // The main clock itself has breached and stays, and the parts with it; its operational clock alone was replaced.
            return Ok(Vec::new());
        }
        let parts = self
            .incident
            .clocks
            .iter()
            .filter(|c| c.running() && c.kind() == ClockKind::Part)
            .filter_map(|c| c.plan.department.clone())
            .collect();
        self.supersede(|c| c.kind() == ClockKind::Part);
        Ok(parts)
    }

    /// Judgement starts no second clock of a kind that was met or has breached in this cycle; a new event does, but never
    /// replaces a running one (`domain.md` §5a b).
    fn may_start(&self, kind: ClockKind, regrade: Regrade) -> bool {
        let mut of_kind = self.incident.clocks.iter().filter(|c| c.kind() == kind && !c.plan.operational);
        let again = matches!(regrade.cause, Cause::NewEvent | Cause::Feedback | Cause::Reopening);
        if again {
            return !of_kind.any(|c| c.running());
        }
        !of_kind.any(|c| {
            let counted =
                matches!(c.verdict(), Some(Verdict::Met | Verdict::Breached | Verdict::EndedLate | Verdict::Corrected));
            c.running() || (c.plan.cycle == self.incident.cycle && counted)
        })
    }

    /// A `response` that only a direct reply met starts again once the grade is raised, unless a publication that may meet
    /// it was made in this cycle (`domain.md` §5 item 13).
    fn direct_reply_no_longer_does(&self, main: ClockKind, regrade: Regrade) -> Result<bool, super::Refusal> {
        if main != ClockKind::Response || self.incident.highest() <= Grade::General {
            return Ok(false);
        }
        let cycle = self.incident.cycle;
        let of_cycle = |c: &&Clock| c.kind() == ClockKind::Response && c.plan.cycle == cycle && !c.plan.operational;
        let latest = self.incident.clocks.iter().rev().find(of_cycle);
        if !latest.is_some_and(|c| matches!(c.verdict(), Some(Verdict::Met | Verdict::Corrected))) {
            return Ok(false);
        }
        let plan = self.plan(main, self.incident.anchor_at, self.anchor_cause(regrade))?;
        let made = || self.incident.publications.iter().filter(|p| p.cycle == cycle && p.counts && !p.planned);
        let replied = made().any(|p| p.kind == PublicationKind::DirectReply);
        Ok(replied && !made().any(|p| p.kind != PublicationKind::DirectReply && answers(self.standing().0, p, &plan)))
    }

    fn start_main(&mut self, main: ClockKind, regrade: Regrade) -> Step {
        let plan = self.plan(main, self.incident.anchor_at, self.anchor_cause(regrade))?;
        let started = self.start(plan);
        let clock = &self.incident.clocks[started];
        if !regrade.by_grading || !clock.open() {
            return Ok(());
        }
        let policy = self.policy()?;
        let length = clock.plan.due_at - clock.plan.anchor_at;
        let left = clock.plan.due_at - self.now;
        if left < length.percent(i64::from(policy.terms.operational_percent)) {
            let plan = clock::operational(&clock.plan, policy, self.now).or_else(|e| refuse(e.to_string()))?;
            self.start(ClockPlan { clock_id: self.incident.next_clock_id(), ..plan });
        }
        Ok(())
    }

    fn anchor_cause(&self, regrade: Regrade) -> Cause {
        match regrade.cause {
            Cause::Judgement => match self.incident.anchor_cause {
                // Judged later on the same facts: what was published before the anchor counts only as it did then.
                Some(Cause::NewEvent) => Cause::NewEvent,
                Some(Cause::Feedback | Cause::Reopening) => Cause::Reopening,
                _ => Cause::Judgement,
            },
            other => other,
        }
    }

    /// `update`: called for while the highest grade is ≥ major and something was published in this cycle, anchored at the
    /// last of it; one of the cycle before runs on (`domain.md` §5a i), and none starts on a closed incident.
    pub(super) fn reclock_update(&mut self) -> Step {
        let last = self.incident.last_publication();
        let by_grade = Facts { last_publication: Some(self.now), ..self.facts() };
        if !called_for(ClockKind::Update, &by_grade, self.policy()?) {
            self.cancel(false, |c| c.kind() == ClockKind::Update);
            return Ok(());
        }
        let starts = self.incident.life == Life::Open && self.incident.open_clocks(ClockKind::Update).next().is_none();
        if let (true, Some(last)) = (starts, last) {
            let plan = self.plan(ClockKind::Update, last, Cause::Publication)?;
            self.start(plan);
        }
        Ok(())
    }

    fn reclock_consultation(&mut self, called: bool) -> Step {
        if !called {
            self.cancel(false, |c| c.kind() == ClockKind::Consultation);
            return Ok(());
        }
        if self.incident.consultation_called || self.incident.open_clocks(ClockKind::Consultation).any(|c| c.running())
        {
            return Ok(());
        }
        let plan = self.plan(ClockKind::Consultation, self.now, Cause::Judgement)?;
        self.emit(Event::ConsultationDue {});
        self.start(plan);
        Ok(())
    }

    /// Kept with what waits: who asked, and what.
    pub(super) fn ask_approval(&mut self, what: Waiting, command: &Command) -> Step {
        // Referrals wait side by side (`domain.md` §5a p).
        if what != Waiting::Referral && self.incident.waiting.iter().any(|w| w.what == what) {
            return refuse(format!("已有一项{}在等待复核", what.zh()));
        }
        self.emit(Event::ApprovalRequested {
            what,
            by: self.by.name().to_owned(),
            command: Some(Box::new(command.clone())),
            publication: None,
        });
        Ok(())
    }

    /// The anchor of a new cycle's clocks, for those that feedback or a person opens.
    pub(super) fn start_response(&mut self, anchor_at: Instant, cause: Cause) -> Step {
        let plan = self.plan(ClockKind::Response, anchor_at, cause)?;
        self.start(plan);
        Ok(())
    }
}
