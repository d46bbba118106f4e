//! What waits for a second person (`domain.md` §5 items 7, 13, 14). Approving decides again on the state of that moment, so
//! a stale approval is refused, not applied.

use crate::domain::ids::IncidentId;
use crate::domain::incident::command::{Command, Waiting};
use crate::domain::incident::event::Event;
use crate::domain::incident::state::PendingApproval;

use super::{Decision, Refusal, Step, refuse};

impl Decision<'_> {
    pub(super) fn approve(&mut self, what: Option<Waiting>) -> Step {
        let (waiting, of) = self.second_person(what)?;
        // Decided again on the state of this moment: what was closed in the meantime is neither graded nor dismissed.
        match &waiting.command {
            Some(Command::Refer { .. }) | None => {}
            Some(command) => self.check_life(command)?,
        }
        self.emit(Event::Approved { what: waiting.what, by: self.by.name().to_owned(), of: of.clone() });
        if of.is_some() {
            // The member that it waited on follows.
            return Ok(());
        }
        match (&waiting.command, waiting.publication) {
            (_, Some(publication)) => self.correct(publication),
            (Some(command @ Command::Grade { .. }), _) => self.apply_grading(command, waiting.by),
            (Some(Command::Dismiss { reason }), _) => self.apply_dismissal(reason, waiting.by),
            (Some(Command::Dispose { how, reason, review_on }), _) => {
                self.apply_disposal(*how, reason, *review_on, waiting.by)
            }
            (Some(Command::Refer { .. }), _) => Ok(()),
            _ => refuse("这项申请的内容已不可用，请退回后重新提出"),
        }
    }

    pub(super) fn reject(&mut self, what: Option<Waiting>) -> Step {
        let (waiting, of) = self.second_person(what)?;
        let own = of.is_none();
        self.emit(Event::Rejected { what: waiting.what, by: self.by.name().to_owned(), of });
        if own {
            self.drop_rejected_referral(waiting.what);
        }
        Ok(())
    }

    /// What waits, the oldest first; with the member of the group that it waits on, if it is another.
    fn second_person(&self, what: Option<Waiting>) -> Result<(PendingApproval, Option<IncidentId>), Refusal> {
        self.needs_office("复核")?;
        let own = self.incident.waiting.iter().map(|w| (w, None));
        let others = self.others.iter().flat_map(|other| other.waiting.iter().map(|w| (w, Some(other.id.clone()))));
        let found = own.chain(others).filter(|(w, _)| what.is_none_or(|what| w.what == what)).min_by_key(|(w, _)| w.at);
        match found {
            None => refuse("没有等待复核的事项"),
            Some((waiting, _)) if waiting.by == self.by.name() => refuse("不能复核自己提出的申请，请由另一人复核"),
            Some((waiting, of)) => Ok((waiting.clone(), of)),
        }
    }
}
