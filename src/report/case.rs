//! One incident as reports see it: its state, and what its events tell besides.

use std::collections::BTreeMap;

use crate::domain::clock::{Cause, Clock, ClockEvent, ClockKind, CustodyShare, Length, Verdict};
use crate::domain::ids::{BodyId, ClockId, IncidentId};
use crate::domain::incident::{Event, Incident, Life, Publication, Role, TaskState, evolve, held_longest};
use crate::domain::instant::Instant;
use crate::domain::office::Office;

/// One incident, built from its events.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// As it stands.
    pub incident: Incident,
    /// 标题; the record holds no text, so the list's.
    pub title: String,
    /// When it happened, if known.
    pub occurred_at: Option<Instant>,
    /// When its first mention says that it was published.
    pub published_at: Option<Instant>,
    /// Who gave a task back.
    pub returned: Vec<BodyId>,
    /// Whom each supervision was about: who led then, else the office.
    pub supervised: Vec<BodyId>,
    /// Custody between anchor and due time of each clock that breached.
    pub custody: BTreeMap<ClockId, Vec<CustodyShare>>,
    /// Why it was dismissed or disposed.
    pub reason: String,
}

impl Case {
    /// Before its first event.
    pub fn new(id: IncidentId, title: String) -> Self {
        Self { incident: Incident { id, ..Incident::default() }, title, ..Self::default() }
    }

    /// As it stands, without the events that led there: who gave a task back and whom a supervision was about follow from
    /// the state, custody at each breach and the reason of a dismissal do not and are left out.
    pub fn of_state(incident: Incident, title: String) -> Self {
        let returned = incident.tasks.iter().filter(|task| task.state == TaskState::Returned);
        let returned = returned.map(|task| task.department.clone()).collect();
        // Who led when it was opened, the latest lead of before.
        let led_then = |at: Instant| {
            let mut leads = incident.tasks.iter().filter(|task| task.role == Role::Lead && task.assigned_at <= at);
            leads.next_back().map_or_else(|| BodyId::from(BodyId::OFFICE), |task| task.department.clone())
        };
        let supervised = incident.records.iter().filter(|record| record.kind == ClockKind::Supervision);
        let supervised = supervised.map(|record| led_then(record.at)).collect();
        Self { title, returned, supervised, incident, ..Self::default() }
    }

    /// Takes its next event.
    pub fn apply(&mut self, at: Instant, event: &Event) {
        match event {
            Event::IncidentOpened { opened, .. } => {
                self.occurred_at = opened.occurred_at;
                self.published_at = opened.mention.published_at;
            }
            Event::Returned { department, .. } => self.returned.push(department.clone()),
            Event::SupervisionOpened { .. } => {
                let lead = self.incident.lead().cloned();
                self.supervised.push(lead.unwrap_or_else(|| BodyId::from(BodyId::OFFICE)));
            }
            Event::Clock(ClockEvent::Breached { clock, custody, .. }) => {
                self.custody.insert(clock.clock_id, custody.clone().unwrap_or_default());
            }
            Event::Dismissed { reason, .. } | Event::Disposed { reason, .. } => self.reason.clone_from(reason),
            _ => {}
        }
        self.incident = evolve(std::mem::take(&mut self.incident), at, event);
    }

    /// 误报 or 不予公开回应: listed apart.
    pub fn apart(&self) -> Option<&'static str> {
        match self.incident.life {
            Life::Dismissed => Some("误报"),
            Life::NoPublicResponse => Some("不予公开回应"),
            _ => None,
        }
    }

    /// The first publication, by its effective time, that may answer a clock: of the clock's cycle, and, where something new
    /// called for the clock, effective after that. Without a clock: the first of the present cycle.
    pub fn first_response(&self, clock: Option<&Clock>) -> Option<&Publication> {
        let cycle = clock.map_or(self.incident.cycle, |clock| clock.plan.cycle);
        let anew = |clock: &&Clock| matches!(clock.plan.cause, Cause::NewEvent | Cause::Feedback | Cause::Reopening);
        let after = clock.filter(anew).map(|clock| clock.plan.anchor_at);
        self.incident
            .publications
            .iter()
            .filter(|p| !p.planned && p.counts && p.cycle == cycle && after.is_none_or(|after| p.effective_at > after))
            .min_by_key(|p| p.effective_at)
    }

    /// The clock that a list judges it by: the last main clock of the present cycle that was neither replaced nor cancelled.
    pub fn main_clock(&self) -> Option<&Clock> {
        self.latest(|clock| clock.kind().is_main())
    }

    /// The last clock of this kind in the present cycle that was neither replaced nor cancelled.
    pub fn clock_of(&self, kind: ClockKind) -> Option<&Clock> {
        self.latest(|clock| clock.kind() == kind)
    }

    /// Main clocks and first statements that those of the present cycle hide, in order of starting: of earlier cycles, and in
    /// the present one of what came before a new event or another grade. Their verdicts stay (`domain.md` §5 items 6, 12).
    pub fn earlier_clocks(&self) -> impl Iterator<Item = &Clock> {
        let shown = [self.main_clock(), self.clock_of(ClockKind::FirstStatement)];
        let shown = shown.map(|clock| clock.map(|clock| clock.plan.clock_id));
        self.standing()
            .filter(|clock| clock.kind().is_main() || clock.kind() == ClockKind::FirstStatement)
            .filter(move |clock| !shown.contains(&Some(clock.plan.clock_id)))
    }

    fn latest(&self, which: impl Fn(&Clock) -> bool) -> Option<&Clock> {
        self.standing().rev().find(|clock| clock.plan.cycle == self.incident.cycle && which(clock))
    }

    /// Clocks that were neither replaced nor cancelled, the office's own beside a main clock left out.
    fn standing(&self) -> impl DoubleEndedIterator<Item = &Clock> {
        let dropped = |clock: &Clock| matches!(clock.verdict(), Some(Verdict::Superseded | Verdict::Cancelled));
        self.incident.clocks.iter().filter(move |clock| !clock.plan.operational && !dropped(clock))
    }

    /// When a clock would have been due if it counted from the earlier of occurred and published instead of from our
    /// detection. `None` for a clock that counts from something later than the opening (a new event, feedback, a reopening):
    /// no detection lag is in it.
    pub fn due_from_happening(&self, clock: &Clock, office: &Office) -> Option<Instant> {
        let plan = &clock.plan;
        if plan.cycle != 1 || !matches!(plan.cause, Cause::Opening | Cause::Judgement) {
            return None;
        }
        let happened = self.incident.happened_at?;
        match plan.length.parse::<Length>() {
            Ok(Length::WorkingDays(days)) => Some(office.calendar.after_working_days(happened, days).0),
            _ => Some(happened + (plan.due_at - plan.anchor_at)),
        }
    }

    /// Whom a clock counts for: its task's body, whom its breach was charged to, else who held custody longest until it
    /// was met or ended; what was met before any custody counts for whoever published.
    pub fn owner(&self, clock: &Clock) -> BodyId {
        if let Some(body) = clock.plan.department.as_ref().or(clock.charged_to.as_ref()) {
            return body.clone();
        }
        let until = clock.effective_at.or(clock.ended.map(|(_, at)| at)).unwrap_or(clock.plan.due_at);
        let until = until.min(clock.plan.due_at);
        held_longest(&self.incident, clock.plan.anchor_at, until)
            .or_else(|| self.first_response(Some(clock)).map(|publication| publication.department.clone()))
            .unwrap_or_else(|| BodyId::from(BodyId::OFFICE))
    }
}

/// A verdict in the words of a list.
pub fn outcome(clock: &Clock) -> &'static str {
    match clock.verdict() {
        None => "进行中",
        Some(Verdict::Met) => "按时",
        Some(Verdict::Breached) => "逾期未办",
        Some(Verdict::EndedLate) => "逾期办结",
        Some(Verdict::Superseded) => "被替代",
        Some(Verdict::Cancelled) => "已取消",
        Some(Verdict::Corrected) => "按时（补录）",
        Some(Verdict::Refuted) => "超时不成立",
    }
}
