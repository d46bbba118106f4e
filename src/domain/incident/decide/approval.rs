//! What waits for a second person (`domain.md` §5 items 7, 13, 14). Approving decides again on the state of that moment, so
//! a stale approval is refused, not applied.

use crate::domain::ids::IncidentId;
use crate::domain::incident::command::{Command, Waiting};
use crate::domain::incident::event::Event;
use crate::domain::incident::state::{Incident, PendingApproval};

use super::{Decision, Refusal, Step, refuse};

impl Decision<'_> {
    pub(super) fn approve(&mut self, what: Option<Waiting>) -> Step {
        let (waiting, of) = self.second_person(what)?;
        // Decided again on the state of this moment: what was closed in the meantime is not dismissed. A grading is agreed to
        // also then (`domain.md` §5a m): breaches of a proposal that nobody confirmed must not stay.
        match &waiting.command {
            Some(Command::Refer { .. } | Command::Grade { .. }) | None => {}
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

    /// A second person rejects, or whoever asked withdraws.
    pub(super) fn reject(&mut self, what: Option<Waiting>) -> Step {
        let office = self.by.speaks_for_lead();
        let Some((of, waiting)) =
            self.oldest(|w| what.is_none_or(|what| w.what == what) && (office || w.by == self.by.name()))
        else {
            self.needs_office("复核")?;
            return refuse("没有等待复核的事项");
        };
        let what = waiting.what;
        let earlier = of.waiting.iter().take_while(|w| !std::ptr::eq(*w, waiting));
        let nth = earlier.filter(|w| w.what == what).count();
        let of = self.other_member(of);
        let own = of.is_none();
        self.emit(Event::Rejected { what, by: self.by.name().to_owned(), of, nth });
        if own {
            self.drop_rejected_referral(what);
        }
        Ok(())
    }

    /// What waits for a second person, with the member of the group that it waits on, if it is another.
    fn second_person(&self, what: Option<Waiting>) -> Result<(PendingApproval, Option<IncidentId>), Refusal> {
        self.needs_office("复核")?;
        match self.oldest(|w| what.is_none_or(|what| w.what == what)) {
            None => refuse("没有等待复核的事项"),
            Some((_, waiting)) if waiting.by == self.by.name() => refuse("不能复核自己提出的申请，请由另一人复核"),
            Some((of, waiting)) => Ok((waiting.clone(), self.other_member(of))),
        }
    }

    /// The oldest of what waits in the group, of those that a test picks.
    fn oldest(&self, which: impl Fn(&PendingApproval) -> bool) -> Option<(&Incident, &PendingApproval)> {
        let group = std::iter::once(&self.incident).chain(&self.others);
        let waiting = group.flat_map(|incident| incident.waiting.iter().map(move |w| (incident, w)));
        waiting.filter(|(_, w)| which(w)).min_by_key(|(_, w)| w.at)
    }
}
