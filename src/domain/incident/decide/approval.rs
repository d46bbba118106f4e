//! What waits for a second person (`domain.md` §5 items 7, 13, 14). Approving decides again on the state of that moment, so
//! a stale approval is refused, not applied.

use crate::domain::incident::command::{Command, Waiting};
use crate::domain::incident::event::Event;
use crate::domain::incident::state::PendingApproval;

use super::{Decision, Refusal, Step, refuse};

impl Decision<'_> {
    pub(super) fn approve(&mut self, what: Option<Waiting>) -> Step {
        let waiting = self.second_person(what)?;
        self.emit(Event::Approved { what: waiting.what, by: self.by.name().to_owned() });
        match (&waiting.command, waiting.publication) {
            (_, Some(publication)) => self.correct(publication),
            (Some(command @ Command::Grade { .. }), _) => self.apply_grading(command, waiting.by),
            (Some(Command::Dismiss { reason }), _) => self.apply_dismissal(reason, waiting.by),
            (Some(Command::Dispose { how, reason, review_on }), _) => {
                self.apply_disposal(*how, reason, *review_on, waiting.by)
            }
            _ => refuse("这项申请的内容已不可用，请退回后重新提出"),
        }
    }

    pub(super) fn reject(&mut self, what: Option<Waiting>) -> Step {
        let waiting = self.second_person(what)?;
        self.emit(Event::Rejected { what: waiting.what, by: self.by.name().to_owned() });
        Ok(())
    }

    fn second_person(&self, what: Option<Waiting>) -> Result<PendingApproval, Refusal> {
        self.needs_office("复核")?;
        let found = self.incident.waiting.iter().find(|w| what.is_none_or(|what| w.what == what));
        match found {
            None => refuse("没有等待复核的事项"),
            Some(waiting) if waiting.by == self.by.name() => refuse("不能复核自己提出的申请，请由另一人复核"),
            Some(waiting) => Ok(waiting.clone()),
        }
    }
}
