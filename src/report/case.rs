//! One incident as reports see it: its state, and what its events tell besides.

use std::collections::BTreeMap;

use crate::domain::ids::{BodyId, ClockId, IncidentId};
use crate::domain::incident::{Clock, CustodyShare, Event, Incident, Life, Publication, Verdict, evolve, held_longest};
use crate::domain::instant::Instant;
use crate::domain::office::Office;
use crate::domain::policy::{ClockKind, Length};

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
            Event::ClockBreached { clock, custody, .. } => {
                self.custody.insert(clock.clock_id, custody.clone());
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

    /// The first publication that may meet its clocks, by its effective time.
    pub fn first_response(&self) -> Option<&Publication> {
        self.incident.publications.iter().filter(|p| !p.planned && p.counts).min_by_key(|p| p.effective_at)
    }

    /// The clock that a list judges it by: the last main clock that was neither replaced nor cancelled.
    pub fn main_clock(&self) -> Option<&Clock> {
        self.clocks(|clock| clock.kind().is_main())
    }

    /// The last clock of a kind that was neither replaced nor cancelled, the office's own beside it left out.
    pub fn clocks(&self, which: impl Fn(&Clock) -> bool) -> Option<&Clock> {
        let stands = |clock: &&Clock| !matches!(clock.verdict(), Some(Verdict::Superseded | Verdict::Cancelled));
        self.incident.clocks.iter().rev().filter(|c| !c.plan.operational && which(c)).find(stands)
    }

    /// The last clock of this kind.
    pub fn clock_of(&self, kind: ClockKind) -> Option<&Clock> {
        self.clocks(|clock| clock.kind() == kind)
    }

    /// When a clock would have been due if it counted from the earlier of occurred and published instead of from our
    /// detection.
    pub fn due_from_happening(&self, clock: &Clock, office: &Office) -> Option<Instant> {
        let happened = self.incident.happened_at?;
        match clock.plan.length.parse::<Length>() {
            Ok(Length::WorkingDays(days)) => Some(office.calendar.after_working_days(happened, days).0),
            _ => Some(happened + (clock.plan.due_at - clock.plan.anchor_at)),
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
            .or_else(|| self.first_response().map(|publication| publication.department.clone()))
            .unwrap_or_else(|| BodyId::from(BodyId::OFFICE))
    }
}

/// A verdict in the words of a list.
pub(super) fn outcome(clock: &Clock) -> &'static str {
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
