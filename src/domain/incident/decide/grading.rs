//! Grading and what it calls for (`domain.md` §5 items 6, 7; §5a a, b, e).

use crate::domain::body::Tier;
use crate::domain::deadline::{self, Cause, ClockPlan, Facts, called_for};
use crate::domain::grade::{Grade, Grading};
use crate::domain::ids::BodyId;
use crate::domain::incident::command::{Because, Command, Waiting};
use crate::domain::incident::event::Event;
use crate::domain::incident::state::Verdict;
use crate::domain::instant::Instant;
use crate::domain::policy::ClockKind;

use super::{Decision, Step, TOLD_EXTRAORDINARY, refuse};

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
        let Command::Grade { reason, because, evidence_at, .. } = command else { return Ok(()) };
        self.needs_reason(reason, "定级")?;
        let evidence_at = (*because == Because::NewEvent).then(|| evidence_at.unwrap_or(self.now));
        if evidence_at.is_some_and(|at| at > self.now) {
            return refuse("新情况的发现时间不能晚于现在");
        }
        let grading = grading_of(command);
        if self.grading_waits(grading)? {
            return self.ask_approval(Waiting::Grade, command);
        }
        self.apply_grading(command, self.by.name().to_owned())
    }

    /// The grading itself, by whoever asked for it.
    pub(super) fn apply_grading(&mut self, command: &Command, by: String) -> Step {
        let Command::Grade { reason, because, evidence_at, .. } = command else { return Ok(()) };
        let grading = grading_of(command);
        let first = self.incident.graded.is_none();
        let refuted = if first { self.uncalled_breaches(grading)? } else { Vec::new() };
        let evidence_at = (*because == Because::NewEvent).then(|| evidence_at.unwrap_or(self.now));
        self.emit(Event::Graded {
            event_grade: grading.event_grade,
            opinion_grade: grading.opinion_grade,
            sensitive: grading.sensitive,
            by,
            proposed: false,
            reason: reason.clone(),
            because: *because,
            evidence_at,
        });
        for id in refuted {
            if let Some(clock) = self.incident.clock(id).map(|c| c.reference()) {
                self.emit(Event::ProposalRefuted { clock });
            }
        }
        let cause = if evidence_at.is_some() { Cause::NewEvent } else { Cause::Judgement };
        self.reclock(Regrade { cause, by_grading: true })?;
        if grading.opinion_grade == Grade::Extraordinary && !self.incident.told.principal {
            self.escalate(Tier::Principal, None, None, false, Some(TOLD_EXTRAORDINARY));
        }
        Ok(())
    }

    /// Whether a second person has to agree: a later lowering of the event's grade always; a first grading where it would
    /// end a running conference clock or make uncalled-for what has already breached.
    fn grading_waits(&self, grading: Grading) -> Result<bool, super::Refusal> {
        if self.incident.graded.is_some() {
            return Ok(grading.event_grade < self.incident.grading().event_grade);
        }
        let conference_runs = self.incident.open_clocks(ClockKind::PressConference).any(|c| c.running());
        let ends_conference =
            conference_runs && deadline::main_clock(self.policy()?, grading.event_grade) != ClockKind::PressConference;
        Ok(ends_conference || !self.uncalled_breaches(grading)?.is_empty())
    }

    /// Breached clocks of the proposal that a grading makes uncalled-for.
    fn uncalled_breaches(&self, grading: Grading) -> Result<Vec<crate::domain::ids::ClockId>, super::Refusal> {
        let policy = self.policy()?;
        let facts = Facts { grading, graded_by_person: true, last_publication: self.incident.last_publication() };
        Ok(self.open_where(|clock| {
            clock.breached_open()
                && !clock.plan.operational
                && matches!(clock.kind(), ClockKind::PressConference | ClockKind::Response | ClockKind::FirstStatement)
                && !called_for(clock.kind(), &facts, policy)
        }))
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
        if self.may_start(main, regrade) || self.direct_reply_no_longer_does(main) {
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
        deadline::main_clock(policy, self.incident.grading().event_grade)
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

    /// A `response` that only a direct reply met starts again once the grade is raised (`domain.md` §5 item 13).
    fn direct_reply_no_longer_does(&self, main: ClockKind) -> bool {
        let cycle = self.incident.cycle;
        let met = |c: &&crate::domain::incident::Clock| {
            c.kind() == ClockKind::Response
                && c.plan.cycle == cycle
                && matches!(c.verdict(), Some(Verdict::Met | Verdict::Corrected))
        };
        let response_met = self.incident.clocks.iter().any(|c| met(&c));
        let public = self.incident.publications.iter().any(|p| p.cycle == cycle && p.informs());
        let replied = self
            .incident
            .publications
            .iter()
            .any(|p| p.cycle == cycle && p.kind == crate::domain::policy::PublicationKind::DirectReply);
        main == ClockKind::Response
            && self.incident.highest() > Grade::General
            && response_met
            && replied
            && !public
            && self.incident.main_clock().is_none()
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
            let plan = deadline::operational(&clock.plan, policy, self.now).or_else(|e| refuse(e.to_string()))?;
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

    /// `update`: called for while the highest grade is ≥ major and something was published; anchored at the last of it.
    pub(super) fn reclock_update(&mut self) -> Step {
        let facts = self.facts();
        let called = called_for(ClockKind::Update, &facts, self.policy()?);
        if !called {
            self.cancel(false, |c| c.kind() == ClockKind::Update);
            return Ok(());
        }
        let open = self.incident.open_clocks(ClockKind::Update).next().is_some();
        if let (false, Some(last)) = (open, facts.last_publication) {
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
        if self.incident.waiting.iter().any(|w| w.what == what) {
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

fn grading_of(command: &Command) -> Grading {
    match command {
        Command::Grade { event_grade, opinion_grade, sensitive, .. } => {
            Grading { event_grade: *event_grade, opinion_grade: *opinion_grade, sensitive: *sensitive }
        }
        _ => Grading::default(),
    }
}
