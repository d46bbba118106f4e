//! Publications, plans and late records (`domain.md` §5 items 3, 5, 10, 13, 14; §5a h, j).

use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, ClockId};
use crate::domain::incident::command::Waiting;
use crate::domain::incident::event::Event;
use crate::domain::incident::state::{Publication, Role};
use crate::domain::instant::Instant;
use crate::domain::policy::{ClockKind, PublicationKind};

use super::{Decision, Step, refuse};

impl Decision<'_> {
    pub(super) fn respond(
        &mut self,
        kind: PublicationKind,
        effective_at: Instant,
        url: Option<String>,
        reviewed: bool,
    ) -> Step {
        let body = self.by.acts_for();
        let task = self.incident.task(&body).map(|task| task.role);
        if task.is_none() && !self.by.speaks_for_lead() {
            return refuse("没有任务的单位不能就本事件发布；市政府办公室和宣传部门除外");
        }
        let counts = task == Some(Role::Lead) || self.by.speaks_for_lead();
        if kind == PublicationKind::DirectReply && !counts {
            return refuse("直接答复由牵头单位或市政府办公室作出");
        }
        if kind == PublicationKind::DirectReply && self.incident.highest() > Grade::General {
            return refuse("等级高于一般的舆情应公开回应，不能只作直接答复");
        }
        let planned = effective_at > self.now;
        let publication = Publication {
            kind,
            department: body.clone(),
            effective_at,
            recorded_at: self.now,
            planned,
            counts,
            reviewed,
            url: url.clone(),
            cycle: self.incident.cycle,
        };
        let late = if planned { Vec::new() } else { self.recorded_late(&publication) };
        self.emit(Event::Responded {
            effective_at,
            kind,
            department: body,
            reviewed,
            counts,
            planned,
            pending: !late.is_empty(),
            url,
            by: self.by.name().to_owned(),
        });
        if planned { Ok(()) } else { self.took_place(self.incident.publications.len() - 1, &late) }
    }

    pub(super) fn confirm_held(&mut self, effective_at: Option<Instant>) -> Step {
        let Some(index) = self.incident.publications.iter().rposition(|p| p.planned) else {
            return refuse("没有待确认的计划发布");
        };
        let plan = self.incident.publications[index].clone();
        let body = self.by.acts_for();
        if !self.by.speaks_for_lead() && self.incident.lead() != Some(&body) && body != plan.department {
            return refuse("由发布单位、牵头单位或市政府办公室确认");
        }
        let effective_at = effective_at.unwrap_or(plan.effective_at);
        if effective_at > self.now {
            return refuse("尚未举行，不能确认；确认的时间不能晚于现在");
        }
        let department = plan.department.clone();
        let speaks = department == BodyId::OFFICE || department == BodyId::PUBLICITY;
        let counts = speaks || self.incident.lead() == Some(&department);
        let held = Publication { effective_at, planned: false, counts, cycle: self.incident.cycle, ..plan };
        let late = self.recorded_late(&held);
        self.emit(Event::Held {
            effective_at,
            kind: held.kind,
            department,
            publication: index,
            counts,
            pending: !late.is_empty(),
            by: self.by.name().to_owned(),
        });
        self.took_place(index, &late)
    }

    /// Breached clocks that a publication would have met in time: a second person has to agree (补录).
    fn recorded_late(&self, publication: &Publication) -> Vec<ClockId> {
        self.open_where(|c| {
            c.breached_open() && publication.effective_at <= c.plan.due_at && self.touches(publication, c.plan.clock_id)
        })
    }

    /// Whether a publication is an act that meets this open clock, leaving aside when.
    fn touches(&self, publication: &Publication, id: ClockId) -> bool {
        let Some(clock) = self.incident.clock(id) else { return false };
        match clock.kind() {
            ClockKind::Part => clock.plan.department.as_ref() == Some(&publication.department),
            ClockKind::Update => publication.informs() && publication.effective_at > clock.plan.anchor_at,
            ClockKind::PressConference | ClockKind::Response | ClockKind::FirstStatement => {
                self.answers(publication, &clock.plan)
            }
            _ => false,
        }
    }

    /// What follows from a publication that took place: clocks met or ended, the acknowledgement it implies, the next
    /// `update`; clocks that wait for a second person stay open.
    fn took_place(&mut self, index: usize, late: &[ClockId]) -> Step {
        let publication = self.incident.publications[index].clone();
        let effective_at = publication.effective_at;
        let met = self.open_where(|c| self.touches(&publication, c.plan.clock_id) && !late.contains(&c.plan.clock_id));
        let met_main = met.iter().any(|id| self.incident.clock(*id).is_some_and(|c| c.kind().is_main()));
        for id in met {
            self.fulfil(id, effective_at);
        }
        if met_main {
            // A breached clock that is no longer called for is ended by any act that meets its replacement.
            for id in self.open_where(|c| c.breached_open() && c.kind().is_main() && !late.contains(&c.plan.clock_id)) {
                self.fulfil(id, effective_at);
            }
        }
        self.acknowledge_by(&publication.department);
        if publication.informs() {
            self.reclock_update()?;
        }
        if !late.is_empty() {
            self.emit(Event::ApprovalRequested {
                what: Waiting::Response,
                by: self.by.name().to_owned(),
                command: None,
                publication: Some(index),
            });
        }
        Ok(())
    }

    /// A late record that a second person agreed to: the verdicts are corrected.
    pub(super) fn correct(&mut self, index: usize) -> Step {
        let Some(publication) = self.incident.publications.get(index).cloned() else {
            return refuse("补录的发布不存在");
        };
        let late = self.recorded_late(&publication);
        if late.is_empty() {
            return refuse("没有可由该补录更正的超时");
        }
        for id in late {
            if let Some(clock) = self.incident.clock(id).map(|c| c.reference()) {
                self.emit(Event::VerdictCorrected { effective_at: publication.effective_at, clock });
            }
        }
        Ok(())
    }
}
