//! What may be done to an incident now, by whom, and what follows from it. Pure: `now` is an argument, the office's rules
//! are data. Every command first settles the timers that lie before it (`domain.md` §5 item 3).

mod accountability;
mod amendment;
mod approval;
mod assignment;
mod charging;
mod grading;
mod group;
mod life;
mod offered;
mod opening;
mod publication;
mod records;
mod referral;
mod review;
mod settle;
mod starting;

pub use charging::held_longest;
pub use group::{Transition, decide_group, decide_merge};
pub use offered::allowed;
pub use publication::next_plan;
pub use settle::{latest_due, next_due};

use crate::domain::actor::Actor;
use crate::domain::body::Tier;
use crate::domain::clock::{ClockKind, ClockRef, cap};
use crate::domain::grade::Grade;
use crate::domain::ids::BodyId;
use crate::domain::instant::Instant;
use crate::domain::office::{Addressed, Office};
use crate::domain::policy::Policy;

use super::act_table::takes;
use super::cause::EscalationCause;
use super::command::{Command, Disposal};
use super::event::Event;
use super::evolve::evolve;
use super::state::{Incident, Life};

/// A refusal: why a command can't be done now, in words for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// Shorthand of the steps of a decision.
type Step = Result<(), Refusal>;

pub(crate) fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}

/// What was written, if anything was.
fn said(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A decision under way: events so far, and the state that they lead to.
struct Decision<'a> {
    incident: Incident,
    events: Vec<Event>,
    office: &'a Office,
    by: &'a Actor,
    now: Instant,
    /// The other members of its group, as the survivor sees them in an act.
    others: Vec<Incident>,
    /// A member follows what was told on the survivor: what it does is not told again.
    following: bool,
}

/// What may be done to an incident now, by whom, and what follows from it; refuses with a reason a person can read.
/// A refused command changes nothing, not even what settling would have fired: the sweep fires that by itself.
///
/// # Errors
/// [`Refusal`], in Chinese.
pub fn decide(
    incident: &Incident,
    command: &Command,
    by: &Actor,
    office: &Office,
    now: Instant,
) -> Result<Vec<Event>, Refusal> {
    let mut decision = Decision::new(incident, by, office, now);
    decision.run(command)?;
    Ok(decision.events)
}

impl<'a> Decision<'a> {
    fn new(incident: &Incident, by: &'a Actor, office: &'a Office, now: Instant) -> Self {
        let incident = incident.clone();
        Self { incident, events: Vec::new(), office, by, now, others: Vec::new(), following: false }
    }

    fn run(&mut self, command: &Command) -> Step {
        if let Command::Open(opened) = command {
            return self.open(opened);
        }
        if !self.incident.exists() {
            return refuse("事件不存在");
        }
        if let Command::Prepare(prepared) = command {
            // Part of the opening, at its instant: there is nothing to settle before it.
            return self.prepare(prepared);
        }
        if let Command::Settle { before } = command {
            self.settle(*before);
            return Ok(());
        }
        self.settle(self.now);
        self.check_life(command)?;
        self.act(command)
    }

    /// The act itself, after settling; also what an approval runs again.
    fn act(&mut self, command: &Command) -> Step {
        match command {
            Command::Open(_) | Command::Settle { .. } | Command::Prepare(_) => refuse("该操作只能由系统发起"),
            Command::Join { mentions, proposal, revised } => self.join(mentions, proposal, *revised),
            Command::AutoAssign { bodies } => self.auto_assign(bodies),
            Command::Grade { .. } => self.grade(command),
            Command::Assign { department, role } => self.assign(department, *role),
            Command::Acknowledge {} => self.acknowledge(),
            Command::Return { reason, suggest } => self.return_task(reason, suggest.as_ref()),
            Command::Answer { text } => self.answer(said(text.as_deref())),
            Command::Raise { reason } => self.raise(reason),
            Command::Receipt {} => self.receipt(),
            Command::Respond { kind, effective_at, url, text, review } => {
                let effective_at = effective_at.unwrap_or(self.now);
                self.respond(*kind, effective_at, said(url.as_deref()), said(text.as_deref()), *review)
            }
            Command::Amend { publication, text, url, reason } => {
                self.amend(*publication, said(text.as_deref()), said(url.as_deref()), reason)
            }
            Command::Retitle { title } => self.retitle(title),
            Command::Review { kind, aspects, department, effective_at } => {
                self.review(*kind, aspects, department.as_ref(), *effective_at)
            }
            Command::ConfirmHeld { effective_at, kind } => self.confirm_held(*effective_at, *kind),
            Command::Approve { what } => self.approve(*what),
            Command::Reject { what } => self.reject(*what),
            Command::Feedback { satisfied } => self.feedback(*satisfied),
            Command::Close { reason } => self.close(reason),
            Command::Reopen { reason: _, because, evidence_at } => self.reopen(*because, *evidence_at),
            Command::Dismiss { reason } => self.dismiss(command, reason),
            Command::Dispose { how, reason, review_on } => self.dispose(command, *how, reason, *review_on),
            Command::Restore { reason } => self.restore(reason),
            Command::Consult { nature, trend, risk, proposal } => self.consult(nature, trend, risk, proposal),
            Command::Supervise { reason } => self.supervise(reason),
            Command::Circulate { department, reason } => self.circulate(department, reason),
            Command::Talk { department, about, result, effective_at } => {
                self.talk(department, about, result, *effective_at)
            }
            Command::Instruct(order) => self.order(Event::Instructed, ClockKind::Instruction, order),
            Command::Rectify(order) => self.order(Event::RectificationSet, ClockKind::Rectification, order),
            Command::Order(order) => self.order(Event::Ordered, ClockKind::Order, order),
            Command::Conclude { record, id, result, published_url } => {
                self.conclude(record, id.as_deref(), result, published_url.clone())
            }
            Command::Refer { to, evidence } => self.refer(to, evidence),
            Command::HandOver {} => self.hand_over(),
            Command::LookAtReferral { id } => self.look_at_referral(id),
            Command::ProposeSupervision { why } => self.propose_supervision(why),
            Command::Merge { .. } | Command::Unmerge {} | Command::Covers {} | Command::Split { .. } => {
                refuse("合并与拆分涉及多个事件，不能单独办理")
            }
        }
    }

    /// Whether the incident takes the act in its life, by the table of acts.
    fn check_life(&self, command: &Command) -> Step {
        self.check_open(command)?;
        if takes(self.incident.life, command.name()) {
            return Ok(());
        }
        refuse(match self.incident.life {
            Life::Open => "该操作只能由系统发起",
            Life::Closed => "事件已办结；如需继续处置，请先重新办理（reopen）",
            Life::Dismissed | Life::NoPublicResponse => {
                "事件已按误报或不予公开回应处置；如需继续处置，请先恢复（restore）"
            }
        })
    }

    fn check_open(&self, command: &Command) -> Step {
        match command {
            _ if self.incident.life != Life::Open => Ok(()),
            Command::Restore { .. } => refuse("事件正在处置中，无需恢复"),
            // A case that was answered but not closed may be taken up again (`domain.md` §5 item 12, §5a i).
            Command::Reopen { .. } if self.main_clock_open() => refuse("事件正在处置中，主时限仍在计时，无需重新办理"),
            _ => Ok(()),
        }
    }

    /// Whether a main clock of the incident, or of its group, is open.
    fn main_clock_open(&self) -> bool {
        self.incident.main_clock().is_some() || self.others.iter().any(|other| other.main_clock().is_some())
    }

    /// The highest grade of the group as it is judged now, and whether a person has graded in it.
    fn standing(&self) -> (Grade, bool) {
        if self.others.is_empty() {
            return self.incident.standing();
        }
        let group = || self.others.iter().chain([&self.incident]);
        let highest = group().map(Incident::highest).max().unwrap_or_default();
        (highest, group().any(|incident| incident.graded.is_some()))
    }

    /// The highest tier that a capped ladder reaches as it is judged now; `None` = all.
    fn reach(&self) -> Option<Tier> {
        let (highest, graded) = self.standing();
        cap(self.incident.policy(self.office)?, highest, graded)
    }

    /// A body's task in this incident, else in another of its group.
    fn task_in_group(&self, body: &BodyId) -> Option<&super::state::Task> {
        self.incident.task(body).or_else(|| self.others.iter().find_map(|other| other.task(body)))
    }

    fn emit(&mut self, event: impl Into<Event>) {
        let event = event.into();
        let event =
            if self.following && !event.is_of_clock() { Event::Mirrored { what: Box::new(event) } } else { event };
        let incident = std::mem::take(&mut self.incident);
        self.incident = evolve(incident, self.now, &event);
        self.events.push(event);
    }

    fn policy(&self) -> Result<&Policy, Refusal> {
        match self.incident.policy(self.office) {
            Some(policy) => Ok(policy),
            None => refuse(format!("规则中没有政策 {}；请检查 rules/policies/", self.incident.policy)),
        }
    }

    fn needs_reason(&self, reason: &str, act: &str) -> Step {
        if reason.trim().is_empty() { refuse(format!("{act}需要填写理由")) } else { Ok(()) }
    }

    fn needs_office(&self, act: &str) -> Step {
        if self.by.speaks_for_lead() {
            return Ok(());
        }
        refuse(format!("{act}由市政府办公室办理"))
    }

    /// What holds a body to account is for the government office and its leaders alone, who all act for the office.
    fn needs_leadership(&self, act: &str) -> Step {
        if self.by.is_office() { Ok(()) } else { refuse(format!("{act}由市政府办公室或领导作出")) }
    }

    /// The body that acts, where it isn't the government office.
    fn other_body(&self) -> Option<BodyId> {
        Some(self.by.acts_for()).filter(|body| *body != BodyId::OFFICE)
    }

    fn needs_body(&self, body: &BodyId) -> Step {
        if self.office.bodies.contains_key(body) { Ok(()) } else { refuse(format!("没有单位 {body}")) }
    }

    /// An escalation outside or on the ladder, to whoever holds the tier in the incident's jurisdiction.
    fn escalate(
        &mut self,
        tier: Tier,
        clock: Option<ClockRef>,
        step: Option<String>,
        skipped_stale: bool,
        cause: Option<EscalationCause>,
    ) {
        let jurisdiction = self.incident.jurisdiction(self.office);
        self.escalate_in(jurisdiction, tier, clock, step, skipped_stale, cause);
    }

    fn escalate_in(
        &mut self,
        jurisdiction: BodyId,
        tier: Tier,
        clock: Option<ClockRef>,
        step: Option<String>,
        skipped_stale: bool,
        cause: Option<EscalationCause>,
    ) {
        let addressed = if tier == Tier::Department {
            let own = clock.as_ref().and_then(|c| c.department.clone());
            let body = own.or_else(|| self.incident.leading().cloned()).unwrap_or_else(|| BodyId::from(BodyId::OFFICE));
            Addressed::body(&body)
        } else {
            self.office.address(tier, &jurisdiction, self.now)
        };
        let Addressed { to, inherited, instead } = addressed;
        let why = cause.map(|cause| cause.zh().to_owned());
        self.emit(Event::Escalated {
            clock,
            tier,
            jurisdiction,
            to,
            step,
            skipped_stale,
            inherited,
            instead,
            cause,
            why,
        });
    }
}

impl Decision<'_> {
    /// Whether a disposal has to wait for a second person is the same question for both kinds, asked of the whole group.
    fn waits_for_second(&self, how: Option<Disposal>) -> Result<bool, Refusal> {
        let ever = self.others.iter().map(|other| other.highest_ever).fold(self.incident.highest_ever, Ord::max);
        Ok(how != Some(Disposal::Watch) && ever >= self.policy()?.terms.second_person_from)
    }
}
