//! The next state. Total: every event that was ever stored can be replayed by every later version.

use crate::domain::body::Tier;
use crate::domain::clock::{Cause, ClockKind, Verdict, clock_mut};
use crate::domain::grade::{Grade, Grading};
use crate::domain::ids::BodyId;
use crate::domain::instant::Instant;

use super::accountability::{AccountabilityTalk, CircularNotice};
use super::cause::EscalationCause;
use super::command::{Disposal, Waiting};
use super::event::{Event, RecordOpened, ReopenCause};
use super::publication::Publication;
use super::review::Review;
use super::state::{Custody, Graded, Incident, Life, PendingApproval, Record, Role, Task, TaskState};

/// Applies one event that was recorded at `at`.
pub fn evolve(mut incident: Incident, at: Instant, event: &Event) -> Incident {
    incident.seq += 1;
    if !matches!(event, Event::MentionJoined { .. }) {
        incident.version = incident.seq;
    }
    incident.settled_at = at;
    incident.apply(at, event);
    incident
}

impl Incident {
    fn apply(&mut self, at: Instant, event: &Event) {
        match event {
            Event::IncidentOpened { effective_at, opened } => {
                self.label.clone_from(&opened.label);
                self.policy.clone_from(&opened.policy);
                self.detected_at = *effective_at;
                self.opened_at = at;
                self.happened_at = [opened.occurred_at, opened.mention.published_at].into_iter().flatten().min();
                self.anchor_at = *effective_at;
                self.anchor_cause = Some(Cause::Opening);
                self.cycle = 1;
                self.proposal = opened.proposal;
                self.approach = opened.approach;
                self.regions.extend(opened.mention.region.clone());
                self.channels.insert(opened.mention.channel);
                self.mention_count = 1 + opened.others.len() as u64;
                for other in &opened.others {
                    self.regions.extend(other.region.clone());
                    self.channels.insert(other.channel);
                }
                self.custody.push(Custody { holder: BodyId::from(BodyId::OFFICE), from: *effective_at });
            }
            Event::AssessmentAttached(assessment) => self.assessments.push(assessment.clone()),
            Event::PlanAttached(plan) => self.plans.push(plan.clone()),
            Event::MentionJoined { count, channels, regions, proposal, .. } => {
                self.mention_count += u64::from(*count);
                self.channels.extend(channels.iter().copied());
                self.regions.extend(regions.iter().cloned());
                if self.life == Life::Open {
                    self.proposal = self.proposal.join(proposal);
                }
            }
            Event::Graded {
                event_grade,
                opinion_grade,
                sensitive,
                approach,
                by,
                proposed,
                reason,
                evidence_at,
                ..
            } => {
                self.approach = approach.or(self.approach);
                let grading =
                    Grading { event_grade: *event_grade, opinion_grade: *opinion_grade, sensitive: *sensitive };
                self.graded(at, grading, *proposed, by, reason, *evidence_at);
            }
            Event::Assigned { department, role, auto, why, .. } => self.assigned(at, department, *role, *auto, why),
            Event::Acknowledged { department, .. } => self.acknowledged(at, department),
            Event::Returned { department, .. } => self.returned(at, department),
            Event::Answered { department, text, .. } => {
                self.task_answered(at, department);
                self.answer_said(department, text.as_ref());
            }
            Event::Amended { publication: None, department, text, .. } => self.answer_said(department, text.as_ref()),
            Event::Amended { publication: Some(index), text, url, .. } => {
                if let Some(amended) = self.publications.get_mut(*index) {
                    amended.text = text.clone().or_else(|| amended.text.take());
                    amended.url = url.clone().or_else(|| amended.url.take());
                }
            }
            Event::Responded { effective_at, kind, department, reviewed, counts, planned, url, text, .. } => {
                self.publications.push(Publication {
                    kind: *kind,
                    department: department.clone(),
                    effective_at: *effective_at,
                    recorded_at: at,
                    planned: *planned,
                    counts: *counts,
                    reviewed: *reviewed,
                    url: url.clone(),
                    text: text.clone(),
                    cycle: self.cycle,
                });
                // A plan that lacks something of its review may still have it before it takes place.
                if !planned || *reviewed {
                    self.review_used(department, *kind);
                }
                if !planned {
                    self.task_answered(at, department);
                }
            }
            Event::Held { effective_at, kind, department, of: Some(_), counts, reviewed, .. } => {
                // A member's plan: to the survivor it is news.
                self.publications.push(Publication {
                    kind: *kind,
                    department: department.clone(),
                    effective_at: *effective_at,
                    recorded_at: at,
                    planned: false,
                    counts: *counts,
                    reviewed: *reviewed,
                    url: None,
                    text: None,
                    cycle: self.cycle,
                });
                self.review_used(department, *kind);
                self.task_answered(at, department);
            }
            Event::Held { effective_at, kind, department, publication, counts, reviewed, .. } => {
                let cycle = self.cycle;
                if let Some(held) = self.publications.get_mut(*publication) {
                    held.planned = false;
                    held.effective_at = *effective_at;
                    held.recorded_at = at;
                    held.counts = *counts;
                    held.reviewed |= *reviewed;
                    held.cycle = cycle;
                }
                self.review_used(department, *kind);
                self.task_answered(at, department);
            }
            Event::Reviewed { effective_at, kind, department, aspects, body, by } => {
                self.reviews.extend(aspects.iter().map(|aspect| Review {
                    kind: *kind,
                    department: department.clone(),
                    aspect: *aspect,
                    reviewed_at: *effective_at,
                    body: body.clone(),
                    at,
                    by: by.clone(),
                }));
            }
            Event::ApprovalRequested { what, by, command, publication } => self.waiting.push(PendingApproval {
                what: *what,
                by: by.clone(),
                at,
                command: command.as_deref().cloned(),
                publication: *publication,
            }),
            Event::Approved { of: Some(_), .. } | Event::Rejected { of: Some(_), .. } => {}
            Event::Approved { what, .. } => self.judged(at, *what, 0, true),
            Event::Rejected { what, nth, .. } => self.judged(at, *what, *nth, false),
            Event::Raised { jurisdiction, .. } => self.raised_to = Some(jurisdiction.clone()),
            Event::Receipt { holders, .. } => {
                self.told.receipts.extend(holders.iter().cloned());
                for clock in self.clocks.iter_mut().filter(|clock| clock.open()) {
                    clock.receipts.extend(holders.iter().cloned());
                }
            }
            Event::Closed { .. } => self.closed(at),
            Event::Reopened { cycle, because, anchor_at, .. } => {
                self.life = Life::Open;
                self.cycle = *cycle;
                self.anchor_at = *anchor_at;
                self.consultation_called = false;
                self.told.forget_receipts();
                self.response_only = *because != ReopenCause::NewEvent;
                self.anchor_cause = Some(match because {
                    ReopenCause::Feedback => Cause::Feedback,
                    ReopenCause::Judgement => Cause::Reopening,
                    ReopenCause::NewEvent => Cause::NewEvent,
                });
            }
            Event::Dismissed { .. } => {
                self.life = Life::Dismissed;
                self.dismissed_at = Some(at);
            }
            Event::Disposed { how: Disposal::NoPublicResponse, .. } => {
                self.life = Life::NoPublicResponse;
                self.dismissed_at = Some(at);
            }
            Event::Disposed { how: Disposal::Watch, review_on, .. } => {
                self.watch = *review_on;
                self.told.review = false;
            }
            Event::Restored { restarted, .. } => {
                self.life = Life::Open;
                self.dismissed_at = None;
                for id in restarted {
                    if let Some(clock) = clock_mut(&mut self.clocks, *id) {
                        clock.dismissed = false;
                    }
                }
            }
            Event::Feedback { satisfied, .. } => self.dissatisfied += u32::from(!satisfied),
            Event::ConsultationDue {} => self.consultation_called = true,
            Event::Consulted { .. } => {}
            Event::SupervisionOpened { record, body, .. } => {
                self.open_record(at, ClockKind::Supervision, record, None, body.clone());
            }
            Event::Circulated { department, reason, by } => self.circulars.push(CircularNotice {
                department: department.clone(),
                reason: reason.clone(),
                at,
                by: by.clone(),
            }),
            Event::Talked { effective_at, department, about, result, by } => self.talks.push(AccountabilityTalk {
                department: department.clone(),
                held_at: *effective_at,
                about: about.clone(),
                result: result.clone(),
                at,
                by: by.clone(),
            }),
            Event::Instructed(record) => self.opened_record(at, ClockKind::Instruction, record),
            Event::RectificationSet(record) => self.opened_record(at, ClockKind::Rectification, record),
            Event::Ordered(record) => self.opened_record(at, ClockKind::Order, record),
            Event::Concluded { of: Some(_), .. } | Event::Referred { of: Some(_), .. } => {}
            Event::Concluded { record, id, .. } => self.concluded(at, *record, id),
            Event::Merged { survivor, .. } => self.merged = Some((survivor.clone(), at)),
            Event::Unmerged { .. } => self.merged = None,
            Event::Split { mentions, .. } => {
                self.mention_count = self.mention_count.saturating_sub(mentions.len() as u64);
            }
            Event::Covered { effective_at, kind, department, recorded_at, counts, reviewed, .. } => {
                self.publications.push(Publication {
                    kind: *kind,
                    department: department.clone(),
                    effective_at: *effective_at,
                    recorded_at: *recorded_at,
                    planned: false,
                    counts: *counts,
                    reviewed: *reviewed,
                    url: None,
                    text: None,
                    cycle: self.cycle,
                });
            }
            Event::Grouped(facts) => {
                self.hold(at, facts.holder.clone());
                self.group = (facts.members.len() > 1).then(|| facts.clone());
            }
            Event::Mirrored { what } => self.mirrored(at, what),
            Event::ReferralProposed { record, to, .. } => {
                self.open_record(at, ClockKind::Referral, record, None, None);
                if let Some(opened) = self.records.last_mut() {
                    opened.to.clone_from(to);
                }
            }
            Event::Referred { record, .. } => self.concluded(at, ClockKind::Referral, record),
            Event::ReferralViewed { .. } | Event::SupervisionProposed { .. } => {}
            Event::Retitled { title, .. } => self.title = Some(title.clone()),
            Event::Escalated { .. } | Event::Notified { .. } => self.told(event),
            Event::Clock(event) => event.apply(&mut self.clocks, at),
        }
    }

    fn graded(
        &mut self,
        at: Instant,
        grading: Grading,
        proposed: bool,
        by: &str,
        reason: &str,
        evidence_at: Option<Instant>,
    ) {
        // A mention's proposal is joined before it is told: that it rises to major is known by nothing having been so.
        let major_before = match proposed {
            true => self.ungraded_major_since.is_some(),
            false => self.grading().event_grade >= Grade::Major,
        };
        self.highest_ever = self.highest_ever.max(grading.highest());
        if proposed {
            self.proposal = self.proposal.join(&grading);
            if grading.event_grade >= Grade::Major && self.ungraded_major_since.is_none() {
                self.ungraded_major_since = Some(at);
            }
        } else {
            self.graded = Some(Graded { grading, by: by.to_owned(), at, reason: reason.to_owned() });
            self.ungraded_major_since = None;
        }
        if major_before != (grading.event_grade >= Grade::Major) {
            self.response_only = false;
        }
        if let Some(evidence_at) = evidence_at {
            self.anchor_at = evidence_at;
            self.anchor_cause = Some(Cause::NewEvent);
            self.consultation_called = false;
            self.response_only = false;
        }
    }

    fn assigned(&mut self, at: Instant, department: &BodyId, role: Role, auto: bool, why: &[String]) {
        // A person who confirms the system's lead changes nothing for the department: what it acknowledged stays so.
        let confirmed = self.task(department).filter(|task| task.role == role).cloned();
        let confirmed_answer = confirmed.as_ref().and_then(|task| task.answer.clone());
        for task in self.tasks.iter_mut().filter(|task| task.active()) {
            if (role == Role::Lead && task.role == Role::Lead) || task.department == *department {
                task.state = TaskState::Replaced;
            }
        }
        self.tasks.push(Task {
            department: department.clone(),
            role,
            auto,
            assigned_at: at,
            acknowledged_at: confirmed.as_ref().and_then(|task| task.acknowledged_at),
            answered_at: confirmed.as_ref().and_then(|task| task.answered_at),
            state: confirmed.as_ref().map_or(TaskState::Assigned, |task| task.state),
            why: why.to_vec(),
            answer: confirmed_answer,
        });
        // Where the system assigned, the office holds the case until the department acknowledges.
        if role == Role::Lead {
            let holder = if auto { BodyId::from(BodyId::OFFICE) } else { department.clone() };
            self.take_custody(at, holder);
        }
    }

    fn acknowledged(&mut self, at: Instant, department: &BodyId) {
        let Some(task) = self.active_task(department) else { return };
        task.acknowledged_at.get_or_insert(at);
        if task.state == TaskState::Assigned {
            task.state = TaskState::Acknowledged;
        }
        if task.role == Role::Lead {
            self.take_custody(at, department.clone());
        }
    }

    fn returned(&mut self, at: Instant, department: &BodyId) {
        self.returns += 1;
        let Some(task) = self.active_task(department) else { return };
        task.state = TaskState::Returned;
        if task.role == Role::Lead {
            self.take_custody(at, BodyId::from(BodyId::OFFICE));
        }
    }

    fn task_answered(&mut self, at: Instant, department: &BodyId) {
        if let Some(task) = self.active_task(department) {
            task.answered_at.get_or_insert(at);
            task.state = TaskState::Answered;
        }
    }

    /// What a body answered; a later answer without a text takes none away.
    fn answer_said(&mut self, department: &BodyId, text: Option<&String>) {
        if let Some(text) = text
            && let Some(task) = self.active_task(department)
        {
            task.answer = Some(text.clone());
        }
    }

    fn active_task(&mut self, department: &BodyId) -> Option<&mut Task> {
        self.tasks.iter_mut().rev().find(|task| task.active() && task.department == *department)
    }

    /// What was told on the survivor, as it concerns this member.
    fn mirrored(&mut self, at: Instant, what: &Event) {
        match what {
            // The new lead has its task on the survivor; here the old one loses it.
            Event::Assigned { department, .. } => {
                for task in self.tasks.iter_mut().filter(|task| task.active() && task.role == Role::Lead) {
                    if task.department != *department {
                        task.state = TaskState::Replaced;
                    }
                }
            }
            // The cycle is the survivor's; this one is in hand again.
            Event::Reopened { .. } => {
                self.life = Life::Open;
                self.told.forget_receipts();
            }
            other => self.apply(at, other),
        }
    }

    fn concluded(&mut self, at: Instant, kind: ClockKind, id: &str) {
        let open = |r: &&mut Record| r.kind == kind && r.id == id && r.concluded_at.is_none();
        if let Some(record) = self.records.iter_mut().find(open) {
            record.concluded_at = Some(at);
        }
    }

    /// A second person agreed to what waits, or did not, or whoever asked withdrew it: it waits no more. A referral to
    /// which nobody agreed is over.
    fn judged(&mut self, at: Instant, what: Waiting, nth: usize, approved: bool) {
        let waits = |r: &&mut Record| r.kind == ClockKind::Referral && r.concluded_at.is_none() && !r.approved;
        let referral = self.records.iter_mut().filter(|_| what == Waiting::Referral).filter(waits).nth(nth);
        if let Some(record) = referral {
            record.approved = approved;
            record.concluded_at = (!approved).then_some(at);
        }
        let found = self.waiting.iter().enumerate().filter(|(_, w)| w.what == what).nth(nth).map(|(index, _)| index);
        if let Some(index) = found {
            self.waiting.remove(index);
        }
    }

    /// A task's custody counts where the incident stands alone; in a group the group's lead holds all (`domain.md` §5a f).
    fn take_custody(&mut self, at: Instant, holder: BodyId) {
        if self.group.is_none() {
            self.hold(at, holder);
        }
    }

    fn hold(&mut self, at: Instant, holder: BodyId) {
        if self.custodian() != holder {
            self.custody.push(Custody { holder, from: at });
        }
    }

    /// Running clocks were cancelled by events of their own; breached internal and target ones end with their verdict.
    fn closed(&mut self, at: Instant) {
        self.life = Life::Closed;
        for clock in self.clocks.iter_mut().filter(|c| c.breached_open() && !c.kind().is_record()) {
            clock.ended = Some((Verdict::Breached, at));
        }
    }

    fn told(&mut self, event: &Event) {
        match event {
            Event::Escalated { tier: Tier::Department, to, skipped_stale: false, .. } => {
                self.told.bodies.extend(to.iter().cloned());
            }
            Event::Escalated { to, skipped_stale: false, .. } | Event::Notified { to, .. } => {
                self.told.holders.extend(to.iter().cloned());
            }
            _ => {}
        }
        match event {
            Event::Escalated { clock: Some(clock), step: Some(step), tier, to, skipped_stale, .. } => {
                self.told.tiers.insert(tier.id().to_owned());
                if let Some(clock) = clock_mut(&mut self.clocks, clock.clock_id) {
                    clock.step_told(step, to, *skipped_stale);
                }
            }
            Event::Escalated { tier, cause, why, to, .. } => {
                self.told.tiers.insert(tier.id().to_owned());
                match cause.or_else(|| EscalationCause::of_old(why.as_deref()?)) {
                    // It follows the breach at once; a correction goes to the level above, too.
                    Some(EscalationCause::CountyBreach) => {
                        for clock in self.clocks.iter_mut().filter(|clock| clock.breached_open()) {
                            clock.told.extend(to.iter().cloned());
                        }
                    }
                    Some(EscalationCause::SecondBody) => self.told.coordination = true,
                    Some(EscalationCause::Ungraded) => self.told.deputy = true,
                    Some(EscalationCause::Extraordinary) => self.told.principal = true,
                    None => {}
                }
            }
            Event::Notified { reminder: Some(reminder), .. } => match reminder.as_str() {
                "unassigned" => self.told.unassigned = true,
                "review" => self.told.review = true,
                _ => {}
            },
            _ => {}
        }
    }

    fn opened_record(&mut self, at: Instant, kind: ClockKind, record: &RecordOpened) {
        self.open_record(at, kind, &record.record, record.department.clone(), record.body.clone());
    }

    fn open_record(
        &mut self,
        at: Instant,
        kind: ClockKind,
        id: &str,
        department: Option<BodyId>,
        opened_by: Option<BodyId>,
    ) {
        self.records.push(Record {
            kind,
            id: id.to_owned(),
            department,
            opened_by,
            at,
            concluded_at: None,
            approved: false,
            to: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events of before an escalation named its cause hold its words alone; what was told once stays told.
    #[test]
    fn an_escalation_of_before_is_read_by_its_words() {
        let told = |why: &str| {
            let old = serde_json::json!({
                "event": "escalated", "tier": "coordination", "jurisdiction": "xuancheng", "to": ["x"], "why": why,
            });
            let event: Event = serde_json::from_value(old).expect("an event of before");
            let told = evolve(Incident::default(), Instant::from_ms(0), &event).told;
            [told.coordination, told.deputy, told.principal]
        };
        assert_eq!(told("多个部门承办，转统筹协调"), [true, false, false]);
        assert_eq!(told("系统建议重大以上，逾时未定级"), [false, true, false]);
        assert_eq!(told("舆情定为特别重大"), [false, false, true]);
        assert_eq!(told("下级辖区法定时限超时"), [false, false, false]);
    }
}
