//! Publications, plans and late records (`domain.md` §5 items 3, 5, 10, 13, 14; §5a h, j).

use crate::domain::clock::{Clock, ClockEvent, ClockKind};
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, ClockId, IncidentId};
use crate::domain::incident::command::Waiting;
use crate::domain::incident::event::Event;
use crate::domain::incident::publication::Publication;
use crate::domain::incident::review::ReviewAspect;
use crate::domain::incident::state::{Incident, Role};
use crate::domain::instant::Instant;
use crate::domain::policy::PublicationKind;

use super::starting::answers;
use super::{Decision, Step, refuse};

impl Decision<'_> {
    pub(super) fn respond(
        &mut self,
        kind: PublicationKind,
        effective_at: Instant,
        url: Option<String>,
        text: Option<String>,
        reviewed: bool,
    ) -> Step {
        let body = self.by.acts_for();
        let task = self.task_in_group(&body).map(|task| task.role);
        if task.is_none() && !self.by.speaks_for_lead() {
            return refuse("没有任务的单位不能就本事件发布；市政府办公室和宣传部门除外");
        }
        let leads = task == Some(Role::Lead) && self.incident.leading() == Some(&body);
        let counts = leads || self.by.speaks_for_lead();
        let planned = effective_at > self.now;
        let lacks = self.review_lacks(&body, kind, effective_at);
        let reviewed = lacks.as_ref().map_or(reviewed, Vec::is_empty);
        let publication = Publication {
            kind,
            department: body.clone(),
            effective_at,
            recorded_at: self.now,
            planned,
            counts,
            reviewed,
            url: url.clone(),
            text: text.clone(),
            cycle: self.incident.cycle,
        };
        let late = if planned { Vec::new() } else { self.recorded_late(&publication) };
        let pending = !late.is_empty() || (!planned && self.late_elsewhere(&publication, None));
        self.emit(Event::Responded {
            effective_at,
            kind,
            department: body,
            reviewed,
            unreviewed: lacks.unwrap_or_default(),
            counts,
            planned,
            pending,
            url,
            text,
            by: self.by.name().to_owned(),
        });
        if planned { Ok(()) } else { self.took_place(self.incident.publications.len() - 1, &late, pending) }
    }

    pub(super) fn confirm_held(&mut self, effective_at: Option<Instant>, kind: Option<PublicationKind>) -> Step {
        let Some((index, plan, of)) = self.planned(kind) else {
            let which = kind.map_or("发布", PublicationKind::zh);
            return refuse(format!("没有待确认的计划{which}"));
        };
        let body = self.by.acts_for();
        if !self.by.speaks_for_lead() && self.incident.leading() != Some(&body) && body != plan.department {
            return refuse("由发布单位、牵头单位或市政府办公室确认");
        }
        let effective_at = effective_at.unwrap_or(plan.effective_at);
        if effective_at > self.now {
            return refuse("尚未举行，不能确认；确认的时间不能晚于现在");
        }
        let department = plan.department.clone();
        let speaks = department == BodyId::OFFICE || department == BodyId::PUBLICITY;
        let counts = speaks || self.incident.leading() == Some(&department);
        let held = Publication { effective_at, planned: false, counts, cycle: self.incident.cycle, ..plan };
        let late = self.recorded_late(&held);
        let pending = !late.is_empty() || self.late_elsewhere(&held, of.as_ref());
        let own = of.is_none();
        let lacks = self.review_lacks(&department, held.kind, effective_at);
        let complete = lacks.is_some_and(|lacks| lacks.is_empty());
        // To the survivor another member's plan is news, its review included.
        let reviewed = (complete && !held.reviewed) || (held.reviewed && !own);
        self.emit(Event::Held {
            effective_at,
            kind: held.kind,
            department,
            publication: index,
            of,
            counts,
            reviewed,
            pending,
            by: self.by.name().to_owned(),
        });
        let index = if own { index } else { self.incident.publications.len() - 1 };
        self.took_place(index, &late, pending)
    }

    /// The plan that a confirmation is about, and the member of the group on which it stands, if it is another.
    fn planned(&self, kind: Option<PublicationKind>) -> Option<(usize, Publication, Option<IncidentId>)> {
        let (incident, index) = next_plan(std::iter::once(&self.incident).chain(&self.others), kind)?;
        let of = (incident.id != self.incident.id).then(|| incident.id.clone());
        Some((index, incident.publications[index].clone(), of))
    }

    /// Whether a publication is a late record for a clock of another incident of the group: of one with which it was
    /// merged by then, or whose own plan it was.
    fn late_elsewhere(&self, publication: &Publication, plan_of: Option<&IncidentId>) -> bool {
        self.others.iter().any(|other| {
            let since = other.group.as_ref().and_then(|group| group.since);
            let counts = plan_of == Some(&other.id) || since.is_none_or(|since| publication.effective_at >= since);
            counts && !late_for(other, self.standing().0, publication, self.now).is_empty()
        })
    }

    /// What a draft lacks of its review, wherever in the merged group the review was recorded; `None`: none was.
    fn review_lacks(
        &self,
        department: &BodyId,
        kind: PublicationKind,
        published_at: Instant,
    ) -> Option<Vec<ReviewAspect>> {
        let lacks = |incident: &Incident| incident.review_lacks(department, kind, published_at);
        lacks(&self.incident).or_else(|| self.others.iter().find_map(lacks))
    }

    /// Breached clocks that a publication would have met in time: a second person has to agree (补录).
    pub(super) fn recorded_late(&self, publication: &Publication) -> Vec<ClockId> {
        late_for(&self.incident, self.standing().0, publication, self.now)
    }

    /// What follows from a publication that took place: clocks met or ended, the acknowledgement it implies, the next
    /// `update`; clocks that wait for a second person stay open.
    pub(super) fn took_place(&mut self, index: usize, late: &[ClockId], pending: bool) -> Step {
        let publication = self.incident.publications[index].clone();
        let effective_at = publication.effective_at;
        let met = self.open_where(|c| {
            touches(&self.incident, self.standing().0, &publication, c) && !late.contains(&c.plan.clock_id)
        });
        for id in &met {
            self.fulfil(*id, effective_at);
        }
        self.end_replaced(&met, late, effective_at)?;
        self.acknowledge_by(&publication.department);
        if publication.informs() {
            self.reclock_update()?;
        }
        if pending {
            self.emit(Event::ApprovalRequested {
                what: Waiting::Response,
                by: self.by.name().to_owned(),
                command: None,
                publication: Some(index),
            });
        }
        Ok(())
    }

    /// A breached main clock that is no longer called for is ended by any act that meets its replacement.
    fn end_replaced(&mut self, met: &[ClockId], late: &[ClockId], effective_at: Instant) -> Step {
        let called = self.called_main(self.policy()?);
        if met.iter().any(|id| self.incident.clock(*id).is_some_and(|c| c.kind() == called)) {
            let replaced = |c: &Clock| {
                c.breached_open() && c.kind().is_main() && c.kind() != called && !late.contains(&c.plan.clock_id)
            };
            for id in self.open_where(replaced) {
                self.fulfil(id, effective_at);
            }
        }
        Ok(())
    }

    /// A late record that a second person agreed to: the verdicts are corrected, save those that an earlier one corrected.
    pub(super) fn correct(&mut self, index: usize) -> Step {
        let Some(publication) = self.incident.publications.get(index).cloned() else {
            return refuse("补录的发布不存在");
        };
        let late = self.recorded_late(&publication);
        for id in &late {
            if let Some(clock) = self.incident.clock(*id).map(|c| c.reference()) {
                self.emit(ClockEvent::Corrected { effective_at: publication.effective_at, clock });
            }
        }
        self.end_replaced(&late, &[], publication.effective_at)
    }
}

/// The plan that a confirmation is about: of the group, the one whose time comes first, of that kind if one is named; the
/// incident on which it stands, and its index there.
pub fn next_plan<'i>(
    group: impl IntoIterator<Item = &'i Incident>,
    kind: Option<PublicationKind>,
) -> Option<(&'i Incident, usize)> {
    let plans = |incident: &'i Incident| {
        let planned = incident.publications.iter().enumerate();
        planned
            .filter(move |(_, p)| p.planned && kind.is_none_or(|kind| p.kind == kind))
            .map(move |(n, _)| (incident, n))
    };
    group.into_iter().flat_map(plans).min_by_key(|(incident, n)| incident.publications[*n].effective_at)
}

/// Breached clocks of an incident that a publication would have met in time and that it is recorded after, now; also
/// those that something else has ended late meanwhile (`domain.md` §5 item 14).
fn late_for(incident: &Incident, highest: Grade, publication: &Publication, now: Instant) -> Vec<ClockId> {
    let late = |c: &&Clock| {
        let due_at = c.plan.due_at;
        c.breached() && publication.effective_at <= due_at && due_at < now && touches(incident, highest, publication, c)
    };
    incident.clocks.iter().filter(late).map(|c| c.plan.clock_id).collect()
}

/// Whether a publication is an act that meets this clock, leaving aside when.
fn touches(incident: &Incident, highest: Grade, publication: &Publication, clock: &Clock) -> bool {
    match clock.kind() {
        ClockKind::Part => {
            publication.kind != PublicationKind::DirectReply
                && clock.plan.department.as_ref() == Some(&publication.department)
        }
        ClockKind::Update => publication.informs() && publication.effective_at > clock.plan.anchor_at,
        ClockKind::PressConference | ClockKind::Response | ClockKind::FirstStatement => {
            // An operational clock is met by whatever meets the one beside which it stands (`domain.md` §5a t).
            let beside = if clock.plan.operational { incident.beside(clock) } else { None };
            answers(highest, publication, &beside.unwrap_or(clock).plan)
        }
        _ => false,
    }
}
