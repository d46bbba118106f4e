//! 交办、签收、退回、协办答复 (`domain.md` §4; §5 items 8, 10; §5a e, g).

use std::collections::BTreeSet;

use crate::domain::actor::Actor;
use crate::domain::body::Tier;
use crate::domain::clock::ClockKind;
use crate::domain::ids::{BodyId, ClockId};
use crate::domain::incident::cause::EscalationCause;
use crate::domain::incident::command::SuggestedLead;
use crate::domain::incident::event::Event;
use crate::domain::incident::state::{Incident, Role, Task};
use crate::domain::office::Office;

use super::{Decision, Step, refuse};

/// From this return on the case is the government office's, whose assignment can't be returned.
pub(super) const RETURNS_MAX: u32 = 2;

impl Decision<'_> {
    pub(super) fn assign(&mut self, department: &BodyId, role: Role) -> Step {
        self.needs_office("交办")?;
        self.assign_to(department, role, false, Vec::new())
    }

    /// The scheduler's assignment: never over a person's lead, never twice to one body.
    pub(super) fn auto_assign(&mut self, bodies: &[SuggestedLead]) -> Step {
        if *self.by != Actor::System {
            return refuse("自动交办只能由系统发起");
        }
        for body in bodies {
            let taken = match body.role {
                Role::Lead => self.incident.lead().is_some(),
                Role::Supporting => false,
            };
            if !taken && self.incident.task(&body.department).is_none() {
                self.assign_to(&body.department, body.role, true, body.why.clone())?;
            }
        }
        Ok(())
    }

    fn assign_to(&mut self, department: &BodyId, role: Role, auto: bool, why: Vec<String>) -> Step {
        let Some(body) = self.office.bodies.get(department) else {
            return refuse(format!("没有单位 {department}；单位见 rules/departments/"));
        };
        let name = body.name.clone();
        let held = self.incident.task(department).cloned();
        match (&held, role) {
            (Some(task), Role::Supporting) if task.role == Role::Supporting => {
                return refuse(format!("{name}已在协办"));
            }
            (Some(task), Role::Supporting) if task.role == Role::Lead => {
                return refuse(format!("{name}正在牵头；请先交其他单位牵头"));
            }
            (Some(task), Role::Lead) if task.role == Role::Lead && !task.auto => {
                return refuse(format!("{name}已在牵头"));
            }
            _ => {}
        }
        let previous = self.incident.lead().cloned().filter(|_| role == Role::Lead);
        let led = self.incident.leading().cloned().filter(|led| role == Role::Lead && led != department);
        let by = self.by.name().to_owned();
        self.emit(Event::Assigned { department: department.clone(), role, auto, by, why });
        // A person who confirms the system's lead starts no second clock: due times never move.
        if held.as_ref().is_some_and(|task| task.role == Role::Lead) && role == Role::Lead {
            return Ok(());
        }
        self.leave_old_tasks(previous, held, department);
        self.start_task_clock(ClockKind::Acknowledge, department)?;
        if role == Role::Supporting && self.incident.main_clock().is_some() {
            self.start_task_clock(ClockKind::Part, department)?;
        }
        // Who led the group so far leads none of its incidents any more.
        let leaves = |task: &&Task| task.role == Role::Lead && led.as_ref() == Some(&task.department);
        let elsewhere = self.others.iter().flat_map(|other| &other.tasks).filter(|task| !leaves(task));
        let tasks = elsewhere.chain(&self.incident.tasks);
        let bodies: BTreeSet<&BodyId> = tasks.filter(|task| task.active()).map(|task| &task.department).collect();
        let several = bodies.len() > 1;
        if several && !self.incident.told.coordination {
            // The jurisdiction is the one after this assignment, also in a group, which learns of its lead at the end.
            let lead = if role == Role::Lead { Some(department) } else { self.incident.leading() };
            let jurisdiction = self.incident.jurisdiction_under(lead, self.office);
            self.escalate_in(jurisdiction, Tier::Coordination, None, None, false, Some(EscalationCause::SecondBody));
        }
        Ok(())
    }

    /// A new lead supersedes the old one's `acknowledge`; a supporting body that becomes lead leaves its part.
    fn leave_old_tasks(&mut self, previous: Option<BodyId>, held: Option<Task>, department: &BodyId) {
        if let Some(previous) = previous.filter(|previous| previous != department) {
            self.supersede(|c| c.kind() == ClockKind::Acknowledge && c.plan.department.as_ref() == Some(&previous));
        }
        if held.is_some_and(|task| task.role == Role::Supporting) {
            self.supersede(|c| c.kind() == ClockKind::Acknowledge && c.plan.department.as_ref() == Some(department));
            self.cancel(false, |c| c.kind() == ClockKind::Part && c.plan.department.as_ref() == Some(department));
        }
    }

    pub(super) fn acknowledge(&mut self) -> Step {
        let body = self.by.acts_for();
        match self.task_in_group(&body) {
            None => return refuse("贵单位没有这件事的任务，不能签收"),
            Some(_) if !self.has_unacknowledged(&body) => return refuse("贵单位已经签收"),
            Some(_) => {}
        }
        self.acknowledge_by(&body);
        Ok(())
    }

    /// The acknowledgement of a body's task, also as implied by a publication; does nothing if it was given before.
    pub(super) fn acknowledge_by(&mut self, body: &BodyId) {
        if !self.has_unacknowledged(body) {
            return;
        }
        self.emit(Event::Acknowledged { department: body.clone(), by: self.by.name().to_owned() });
        let own = self.open_where(|c| c.kind() == ClockKind::Acknowledge && c.plan.department.as_ref() == Some(body));
        let stranded = self.stranded(ClockKind::Acknowledge, body);
        for id in own.into_iter().chain(stranded) {
            self.fulfil(id, self.now);
        }
    }

    /// Whether the body has a task, here or in another incident of the group, that it has not acknowledged.
    fn has_unacknowledged(&self, body: &BodyId) -> bool {
        let waits = |incident: &Incident| incident.task(body).is_some_and(|task| task.acknowledged_at.is_none());
        waits(&self.incident) || self.others.iter().any(waits)
    }

    /// Breached clocks of bodies that no longer have a task: the act of whoever has it instead ends them (§5 item 3).
    fn stranded(&self, kind: ClockKind, instead: &BodyId) -> Vec<ClockId> {
        if self.incident.lead() != Some(instead) {
            return Vec::new();
        }
        self.open_where(|c| {
            let gone = c.plan.department.as_ref().is_some_and(|body| self.incident.task(body).is_none());
            c.kind() == kind && c.breached_open() && gone
        })
    }

    pub(super) fn return_task(&mut self, reason: &str, suggest: Option<&BodyId>) -> Step {
        let body = self.by.acts_for();
        let Some(task) = self.task_in_group(&body).cloned() else {
            return refuse("贵单位没有这件事的任务，不能退回");
        };
        self.needs_reason(reason, "退回")?;
        if self.incident.returns >= RETURNS_MAX {
            return refuse("本事件已两次退回，由市政府办公室指定承办，不能再退");
        }
        if task.answered_at.is_some() {
            return refuse("贵单位已经回应或答复，不能退回");
        }
        let within = self.policy()?.terms.return_within.0;
        if self.office.calendar.office_time(task.assigned_at, self.now) > within {
            return refuse(format!("已超过退回时限（交办后 {} 个工作小时内）", within.hours()));
        }
        if let Some(unknown) = suggest.filter(|s| !self.office.bodies.contains_key(*s)) {
            return refuse(format!("建议的单位 {unknown} 不存在"));
        }
        if suggest == Some(&body) {
            return refuse("建议的单位就是贵单位自己，请改为别的单位或不写");
        }
        let second = self.incident.returns + 1 >= RETURNS_MAX;
        let to = suggest.filter(|_| !second).cloned().unwrap_or_else(|| BodyId::from(BodyId::OFFICE));
        self.emit(Event::Returned {
            department: body.clone(),
            to,
            reason: reason.to_owned(),
            suggest: suggest.cloned(),
        });
        self.cancel_tasks(&body);
        Ok(())
    }

    pub(super) fn cancel_tasks(&mut self, body: &BodyId) {
        self.cancel(false, |c| c.kind().is_task() && c.plan.department.as_ref() == Some(body));
    }

    pub(super) fn answer(&mut self, text: Option<String>) -> Step {
        let body = self.by.acts_for();
        match self.task_in_group(&body).map(|task| task.role) {
            None => return refuse("贵单位没有这件事的任务，不能答复"),
            Some(Role::Lead) => return refuse("贵单位是牵头单位，应提交回应"),
            Some(Role::Supporting) => {}
        }
        let by = text.as_ref().map(|_| self.by.name().to_owned());
        self.emit(Event::Answered { department: body.clone(), text, by });
        self.meet_part(&body);
        Ok(())
    }

    pub(super) fn meet_part(&mut self, body: &BodyId) {
        for id in self.open_where(|c| c.kind() == ClockKind::Part && c.plan.department.as_ref() == Some(body)) {
            self.fulfil(id, self.now);
        }
    }

    pub(super) fn raise(&mut self, reason: &str) -> Step {
        self.needs_office("提级")?;
        let jurisdiction = self.incident.jurisdiction(self.office);
        let Some(parent) = self.office.parent_jurisdiction(&jurisdiction) else {
            return refuse("已由市级管辖，不能再提级");
        };
        self.emit(Event::Raised { jurisdiction: parent, reason: reason.to_owned(), by: self.by.name().to_owned() });
        Ok(())
    }

    pub(super) fn receipt(&mut self) -> Step {
        let group = || self.others.iter().chain([&self.incident]);
        if !group().any(|incident| was_told(incident, self.by, self.office)) {
            return refuse("没有需要知悉的升级提醒");
        }
        let holders: BTreeSet<String> = group().flat_map(|i| told_as(i, self.by, self.office)).collect();
        let (by, body) = (self.by.name().to_owned(), self.by.acts_for());
        self.emit(Event::Receipt { by, body, holders: holders.into_iter().collect() });
        Ok(())
    }
}

/// Whether anything was escalated to the person who acts: as a holder of a roster, or to their body; of the government
/// office and the publicity department anyone may have read it.
pub(super) fn was_told(incident: &Incident, by: &Actor, office: &Office) -> bool {
    (by.speaks_for_lead() && !incident.told.tiers.is_empty())
        || incident.told.bodies.contains(by.acts_for().as_str())
        || !told_as(incident, by, office).is_empty()
}

/// The holders of rosters, of those that were told, for whom the person who acts stands.
fn told_as(incident: &Incident, by: &Actor, office: &Office) -> Vec<String> {
    let own = office.held_by(by.name()).map(|holder| &holder.id);
    own.filter(|id| incident.told.holders.contains(*id)).cloned().collect()
}
