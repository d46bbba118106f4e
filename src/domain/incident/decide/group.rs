//! 合并、拆分及其撤销 (`domain.md` §5 item 11; §5a f, k). A group is handled as one: acts on any member are acts on the
//! survivor and are told there once; each member then follows with its own clocks. Every step is still a decision on one
//! incident; here they are put together, in one pure function of all members.

use crate::domain::actor::Actor;
use crate::domain::clock::ClockKind;
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, IncidentId};
use crate::domain::incident::command::{Command, SplitOff, Waiting};
use crate::domain::incident::event::{Event, GroupFacts};
use crate::domain::incident::publication::Publication;
use crate::domain::incident::state::{Incident, Life, Task};
use crate::domain::instant::Instant;
use crate::domain::office::Office;

use super::{Decision, Refusal, Step, refuse};

/// Incidents that may be handled as one.
const MEMBERS_MAX: usize = 50;

/// What follows for one incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// Which.
    pub incident: IncidentId,
    /// Its events, in order.
    pub events: Vec<Event>,
}

/// An act on an incident of a group, or one of those that concern the group itself. `members` are the whole group in the
/// order of [`GroupFacts::members`], or the incident alone; `named` is the one that the act names.
///
/// # Errors
/// [`Refusal`], in Chinese; nothing was changed.
pub fn decide_group(
    members: &[Incident],
    named: &IncidentId,
    command: &Command,
    by: &Actor,
    office: &Office,
    now: Instant,
) -> Result<Vec<Transition>, Refusal> {
    let mut together = Together::new(members, by, office, now);
    match command {
        Command::Unmerge {} => together.unmerge(named)?,
        Command::Covers {} => together.covers(named)?,
        Command::Split { mentions, label, found } => {
            let Some(found) = found else { return refuse("没有可拆分的信息") };
            together.split(mentions.len(), label.as_deref(), found)?;
        }
        Command::Join { .. } => together.join(named, command)?,
        other => together.act(other)?,
    }
    let mut transitions = together.finish();
    if matches!(command, Command::Unmerge {}) {
        // What was done first; then what the others have to know of it.
        transitions.sort_by_key(|transition| transition.incident != *named);
    }
    Ok(transitions)
}

/// Merges the group of one incident into that of another (`merged` on the first, what it has to know on all).
///
/// # Errors
/// [`Refusal`], in Chinese; nothing was changed.
pub fn decide_merge(
    from: &[Incident],
    into: &[Incident],
    by: &Actor,
    office: &Office,
    now: Instant,
) -> Result<Vec<Transition>, Refusal> {
    let all: Vec<Incident> = from.iter().chain(into).cloned().collect();
    let mut together = Together::new(&all, by, office, now);
    together.merge(from.len())?;
    Ok(together.finish())
}

/// The members, each with its decision under way.
struct Together<'a> {
    parts: Vec<Decision<'a>>,
}

impl<'a> Together<'a> {
    /// Settled, every one of them.
    fn new(members: &[Incident], by: &'a Actor, office: &'a Office, now: Instant) -> Self {
        let parts = members.iter().map(|member| {
            let mut part = Decision::new(member, by, office, now);
            part.settle(now);
            part
        });
        Self { parts: parts.collect() }
    }

    fn finish(mut self) -> Vec<Transition> {
        self.regroup();
        self.parts
            .into_iter()
            .filter(|part| !part.events.is_empty())
            .map(|part| Transition { incident: part.incident.id.clone(), events: part.events })
            .collect()
    }

    fn find(&self, named: &IncidentId) -> Result<usize, Refusal> {
        match self.parts.iter().position(|part| part.incident.id == *named) {
            Some(at) => Ok(at),
            None => refuse(format!("事件 {named} 不在这一组中")),
        }
    }

    /// An act: decided on the survivor, which sees the others; then each of them follows.
    fn act(&mut self, command: &Command) -> Step {
        let (first, others) = match self.parts.split_first_mut() {
            Some(parts) => parts,
            None => return refuse("事件不存在"),
        };
        let before = first.incident.clone();
        let settled = first.events.len();
        first.others = others.iter().map(|part| part.incident.clone()).collect();
        first.check_life(command)?;
        first.act(command)?;
        let happened = first.events[settled..].to_vec();
        for part in others {
            part.following = true;
            for event in &happened {
                part.follow(event, &before, &first.incident)?;
            }
            part.following = false;
        }
        Ok(())
    }

    /// A mention joins its own incident, merged or not (`domain.md` §5a s).
    fn join(&mut self, named: &IncidentId, command: &Command) -> Step {
        let at = self.find(named)?;
        self.parts[at].act(command)
    }

    fn merge(&mut self, from: usize) -> Step {
        let (Some(merged), Some(survivor)) = (self.parts.first(), self.parts.get(from)) else {
            return refuse("事件不存在");
        };
        merged.needs_office("合并")?;
        let (id, name) = (survivor.incident.id.clone(), survivor.incident.name());
        if merged.incident.id == id {
            return refuse("两个事件已在一起处置，不能再合并");
        }
        if self.parts.len() > MEMBERS_MAX {
            return refuse(format!("一起处置的事件不超过 {MEMBERS_MAX} 个"));
        }
        for part in [merged, survivor] {
            let why = match part.incident.life {
                Life::Open => continue,
                Life::Closed => "已办结，请先重新办理（reopen）再合并",
                Life::Dismissed | Life::NoPublicResponse => "已按误报或不予公开回应处置，请先恢复（restore）再合并",
            };
            return refuse(format!("事件 {} {why}", part.incident.name()));
        }
        let undecided = |waits: &Waiting| matches!(waits, Waiting::Grade | Waiting::Dismiss | Waiting::Dispose);
        if let Some(waiting) = merged.incident.waiting.iter().find(|w| undecided(&w.what)) {
            let (name, what) = (merged.incident.name(), waiting.what.zh());
            return refuse(format!("事件 {name} 的{what}正在等待复核，复核后再合并"));
        }
        let by = merged.by.name().to_owned();
        self.parts[0].emit(Event::Merged { into: name, survivor: id, by });
        Ok(())
    }

    fn unmerge(&mut self, named: &IncidentId) -> Step {
        let at = self.find(named)?;
        let survivor_life = self.parts[0].incident.life;
        let part = &mut self.parts[at];
        part.needs_office("取消合并")?;
        if !part.incident.is_merged() {
            return refuse("该事件没有并入其他事件");
        }
        if matches!(survivor_life, Life::Dismissed | Life::NoPublicResponse) {
            return refuse("事件已按误报或不予公开回应处置；如需继续处置，请先恢复（restore）");
        }
        let by = part.by.name().to_owned();
        part.emit(Event::Unmerged { by });
        Ok(())
    }

    /// The group's latest earlier publication also answers the facts of this member.
    fn covers(&mut self, named: &IncidentId) -> Step {
        let at = self.find(named)?;
        self.parts[at].needs_office("一并回应的确认")?;
        self.parts[0].check_life(&Command::Covers {})?;
        if self.parts.len() < 2 {
            return refuse("该事件没有与其他事件合并");
        }
        let own = &self.parts[at].incident;
        let earlier = |p: &&Publication| {
            !p.planned
                && p.counts
                && !own.publications.iter().any(|known| known.same(p))
                && p.recorded_at <= self.parts[at].now
        };
        let latest = self
            .parts
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .flat_map(|(_, part)| part.incident.publications.iter().filter(earlier))
            .max_by_key(|p| (p.effective_at, p.recorded_at))
            .cloned();
        match latest {
            Some(publication) => self.parts[at].covered(&publication),
            None => refuse("合并的事件此前没有可以一并回应的发布"),
        }
    }

    fn split(&mut self, moved: usize, label: Option<&str>, found: &SplitOff) -> Step {
        let survivor = &self.parts[0];
        survivor.needs_office("拆分")?;
        survivor.check_life(&Command::Unmerge {})?;
        if survivor.incident.life != Life::Open {
            return refuse("事件已办结；如需继续处置，请先重新办理（reopen）");
        }
        if moved == 0 || found.of.is_empty() {
            return refuse("请指明要移出的信息");
        }
        for part in &self.parts {
            let leaving = found.of.iter().filter(|(_, of)| *of == part.incident.id).count() as u64;
            if leaving > 0 && leaving >= part.incident.mention_count {
                return refuse(format!("事件 {} 至少要留下一条信息", part.incident.name()));
            }
        }
        let into = label.map_or_else(|| found.into.to_string(), |label| format!("@{label}"));
        let by = survivor.by.name().to_owned();
        for (n, part) in self.parts.iter_mut().enumerate() {
            let mentions: Vec<_> =
                found.of.iter().filter(|(_, of)| *of == part.incident.id).map(|(id, _)| id.clone()).collect();
            part.following = n > 0;
            if n == 0 || !mentions.is_empty() {
                part.emit(Event::Split {
                    into: into.clone(),
                    incident_opened: found.into.clone(),
                    mentions,
                    by: by.clone(),
                });
            }
            part.following = false;
        }
        Ok(())
    }

    /// Tells each incident what it has to know of its group, where that has changed.
    fn regroup(&mut self) {
        let states: Vec<Incident> = self.parts.iter().map(|part| part.incident.clone()).collect();
        for part in &mut self.parts {
            let facts = facts(&states, &part.incident);
            let known = match &part.incident.group {
                Some(group) => *group == facts,
                None => facts.members.len() == 1,
            };
            if !known {
                part.emit(Event::Grouped(facts));
            }
        }
    }
}

/// The survivor of an incident's group, and since when it is with it.
fn survivor<'s>(states: &'s [Incident], of: &'s Incident) -> (&'s Incident, Option<Instant>) {
    let (mut at, mut since) = (of, None);
    // Merges are into survivors alone, so there is no circle; the bound is for a record that says otherwise.
    for _ in 0..MEMBERS_MAX {
        let Some((into, when)) = &at.merged else { break };
        let Some(next) = states.iter().find(|state| state.id == *into) else { break };
        since = since.max(Some(*when));
        at = next;
    }
    (at, since)
}

fn facts(states: &[Incident], of: &Incident) -> GroupFacts {
    let (top, since) = survivor(states, of);
    let mut members: Vec<(Option<Instant>, &Incident)> = states
        .iter()
        .filter_map(|state| {
            let (its, since) = survivor(states, state);
            (its.id == top.id).then_some((since, state))
        })
        .collect();
    members.sort_by(|(a, x), (b, y)| (a, &x.id).cmp(&(b, &y.id)));
    let lead: Option<&Task> = members.iter().find_map(|(_, member)| member.lead_task());
    let office = || BodyId::from(BodyId::OFFICE);
    // Where the system assigned, the office holds the case until the department acknowledges.
    let holder = match lead {
        Some(task) if !task.auto || task.acknowledged_at.is_some() => task.department.clone(),
        _ => office(),
    };
    GroupFacts {
        survivor: top.id.clone(),
        members: members.iter().map(|(_, member)| member.id.clone()).collect(),
        since,
        lead: lead.map(|task| task.department.clone()),
        holder,
        highest: members.iter().map(|(_, member)| member.highest()).max().unwrap_or(Grade::None),
        graded: members.iter().any(|(_, member)| member.graded.is_some()),
        graded_at: top.graded.as_ref().map(|graded| graded.at),
        regions: match members.len() {
            1 => std::collections::BTreeSet::new(),
            _ => members.iter().flat_map(|(_, member)| member.regions.iter().cloned()).collect(),
        },
    }
}

impl Decision<'_> {
    /// What an event of the survivor means for this member.
    fn follow(&mut self, event: &Event, before: &Incident, survivor: &Incident) -> Step {
        match event {
            Event::Responded { planned: false, .. } | Event::Held { .. } => self.follow_publication(event, survivor)?,
            Event::Acknowledged { department, .. } => self.acknowledge_by(department),
            Event::Returned { department, .. } if self.incident.task(department).is_some() => {
                self.emit(event.clone());
                self.cancel_tasks(department);
            }
            Event::Answered { department, .. } => self.follow_answer(event, department),
            Event::Amended { .. } => self.follow_amendment(event, survivor),
            Event::Assigned { department, role: super::super::state::Role::Lead, .. } => {
                self.follow_lead(event, department)
            }
            Event::Raised { .. } | Event::Receipt { .. } => self.emit(event.clone()),
            Event::Consulted { .. } => {
                let met = self.open_where(|c| c.kind() == ClockKind::Consultation);
                if !met.is_empty() {
                    self.emit(event.clone());
                    for id in met {
                        self.fulfil(id, self.now);
                    }
                }
            }
            Event::Concluded { record, id, result, published_url, by, of: Some(of) } if *of == self.incident.id => {
                let (result, published_url, by) = (result.clone(), published_url.clone(), by.clone());
                let own = Event::Concluded { record: *record, id: id.clone(), result, published_url, by, of: None };
                self.follow_record(own, *record, id);
            }
            Event::Referred { record, to, by, of: Some(of) } if *of == self.incident.id => {
                let own = Event::Referred { record: record.clone(), to: to.clone(), by: by.clone(), of: None };
                self.follow_record(own, ClockKind::Referral, record);
            }
            Event::Approved { what: Waiting::Response, of: None, .. } => self.follow_correction(before)?,
            Event::Approved { of: Some(of), .. } | Event::Rejected { of: Some(of), .. } if *of == self.incident.id => {
                self.follow_judgement(event)?;
            }
            Event::Dismissed { reason, by } => self.apply_dismissal(reason, by.clone())?,
            Event::Disposed {
                how: how @ crate::domain::incident::Disposal::NoPublicResponse,
                reason,
                review_on,
                by,
            } => {
                self.apply_disposal(*how, reason, *review_on, by.clone())?;
            }
            Event::Restored { reason, .. } if self.incident.life != Life::Open => self.restore(reason)?,
            Event::Closed { reason, .. } => self.close(reason)?,
            Event::Reopened { .. } if self.incident.life != Life::Open => self.emit(event.clone()),
            _ => {}
        }
        Ok(())
    }

    /// A publication of the group: it counts here if it was effective at or after the merge.
    fn follow_publication(&mut self, event: &Event, survivor: &Incident) -> Step {
        let index = match event {
            Event::Held { of: None, publication, .. } => *publication,
            _ => survivor.publications.len().saturating_sub(1),
        };
        let Some(publication) = survivor.publications.get(index) else { return Ok(()) };
        let own_plan = matches!(event, Event::Held { of: Some(of), .. } if *of == self.incident.id);
        let since = self.incident.group.as_ref().and_then(|group| group.since);
        if since.is_some_and(|since| publication.effective_at < since) && !own_plan {
            self.acknowledge_by(&publication.department);
            return Ok(());
        }
        let publication = Publication { cycle: self.incident.cycle, ..publication.clone() };
        let late = self.recorded_late(&publication);
        let index = match event {
            Event::Held { publication: index, .. } if own_plan => *index,
            _ => self.incident.publications.len(),
        };
        let told = if own_plan {
            let Event::Held { effective_at, kind, department, counts, reviewed, pending, by, .. } = event else {
                return Ok(());
            };
            Event::Held {
                effective_at: *effective_at,
                kind: *kind,
                department: department.clone(),
                publication: index,
                of: None,
                counts: *counts,
                reviewed: *reviewed,
                pending: *pending,
                by: by.clone(),
            }
        } else {
            let lacks = match event {
                Event::Responded { unreviewed, .. } => unreviewed.clone(),
                _ => Vec::new(),
            };
            Event::Responded {
                effective_at: publication.effective_at,
                kind: publication.kind,
                department: publication.department.clone(),
                reviewed: publication.reviewed,
                unreviewed: lacks,
                counts: publication.counts,
                planned: false,
                pending: !late.is_empty(),
                url: publication.url.clone(),
                text: publication.text.clone(),
                by: self.by.name().to_owned(),
            }
        };
        self.emit(told);
        self.took_place(index, &late, false)
    }

    fn follow_answer(&mut self, event: &Event, department: &BodyId) {
        let supports = |task: &Task| task.role == crate::domain::incident::Role::Supporting;
        if self.incident.task(department).is_some_and(supports) {
            self.emit(event.clone());
            self.meet_part(department);
        }
    }

    /// A person gave the group another lead: this member's own, if it led the group, leads no more.
    fn follow_lead(&mut self, event: &Event, department: &BodyId) {
        let led = self.incident.leading().cloned();
        if let Some(previous) =
            self.incident.lead().cloned().filter(|own| led.as_ref() == Some(own) && own != department)
        {
            self.emit(event.clone());
            self.supersede(|c| c.kind() == ClockKind::Acknowledge && c.plan.department.as_ref() == Some(&previous));
        }
    }

    fn follow_record(&mut self, event: Event, kind: ClockKind, id: &str) {
        self.emit(event);
        for clock in self.open_where(|c| c.kind() == kind && c.plan.record.as_deref() == Some(id)) {
            self.fulfil(clock, self.now);
        }
    }

    /// A late record of the group was approved: this member's clocks that it meets are corrected too.
    fn follow_correction(&mut self, before: &Incident) -> Step {
        let waited = before.waiting.iter().find(|w| w.what == Waiting::Response);
        let publication = waited.and_then(|w| w.publication).and_then(|index| before.publications.get(index));
        let own = publication.and_then(|p| self.incident.publications.iter().position(|known| known.same(p)));
        match own {
            Some(index) if !self.recorded_late(&self.incident.publications[index].clone()).is_empty() => {
                self.correct(index)
            }
            _ => Ok(()),
        }
    }

    /// What waited on this member was approved or rejected on the survivor.
    fn follow_judgement(&mut self, event: &Event) -> Step {
        match event {
            Event::Approved { what, by, .. } => {
                let waited = self.incident.waiting.iter().find(|w| w.what == *what);
                let publication = waited.and_then(|w| w.publication);
                self.emit(Event::Approved { what: *what, by: by.clone(), of: None });
                publication.map_or(Ok(()), |index| self.correct(index))
            }
            Event::Rejected { what, by, nth, .. } => {
                self.emit(Event::Rejected { what: *what, by: by.clone(), of: None, nth: *nth });
                self.drop_rejected_referral(*what);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// An earlier publication also answers this incident's facts.
    fn covered(&mut self, publication: &Publication) -> Step {
        let publication = Publication { cycle: self.incident.cycle, ..publication.clone() };
        let late = self.recorded_late(&publication);
        let index = self.incident.publications.len();
        self.emit(Event::Covered {
            effective_at: publication.effective_at,
            kind: publication.kind,
            department: publication.department,
            recorded_at: publication.recorded_at,
            counts: publication.counts,
            reviewed: publication.reviewed,
            pending: !late.is_empty(),
            by: self.by.name().to_owned(),
        });
        self.took_place(index, &late, !late.is_empty())
    }
}
