//! What may be done to an official post now, and what follows from it. Pure: `now` is an argument.

use super::event::{NewPost, PostCommand, PostEvent};
use super::state::{OfficialPost, body_of, evolve, kind_of};
use crate::domain::actor::Actor;
use crate::domain::body::Tier;
use crate::domain::clock::{self, Cause, ClockEvent, ClockPlan, ClockRef, PlannedStep, Setting, Timer, timers};
use crate::domain::ids::BodyId;
use crate::domain::incident::{Refusal, refuse};
use crate::domain::instant::Instant;
use crate::domain::office::{Addressed, CITY, Office};

/// Bodies that one post may concern: more than any office has.
const CONCERNS_MAX: usize = 500;

struct Decision<'a> {
    post: OfficialPost,
    events: Vec<PostEvent>,
    office: &'a Office,
    by: &'a Actor,
    now: Instant,
}

/// Decides. Every command first settles the timers that lie before it.
///
/// # Errors
/// [`Refusal`], in Chinese; nothing was changed.
pub fn decide(
    post: &OfficialPost,
    command: &PostCommand,
    by: &Actor,
    office: &Office,
    now: Instant,
) -> Result<Vec<PostEvent>, Refusal> {
    let mut decision = Decision { post: post.clone(), events: Vec::new(), office, by, now };
    match command {
        PostCommand::Publish { effective_at, post } => decision.publish(*effective_at, post)?,
        _ if decision.post.post.is_none() => return refuse("官方发布不存在"),
        PostCommand::Settle { before } => decision.settle(*before),
        PostCommand::Repost { account, effective_at } => {
            decision.settle(now);
            decision.repost(account, *effective_at)?;
        }
    }
    Ok(decision.events)
}

/// The earliest instant at which something will fire by itself.
pub fn next_due(post: &OfficialPost) -> Option<Instant> {
    due(post, Instant::from_ms(i64::MAX)).first().map(|(at, _)| *at)
}

/// A post has no grade: nothing caps its ladders.
fn due(post: &OfficialPost, before: Instant) -> Vec<(Instant, Timer)> {
    let mut all = timers(&post.clocks, post.settled_at, None, before, |_| true);
    all.sort();
    all
}

impl Decision<'_> {
    fn publish(&mut self, effective_at: Instant, post: &NewPost) -> Result<(), Refusal> {
        if self.post.post.is_some() {
            return refuse("官方发布已存在");
        }
        if !self.by.speaks_for_lead() {
            return refuse("官方发布由市政府办公室或宣传部门登记");
        }
        if effective_at > self.now {
            return refuse("发布时间不能晚于现在；发布后再登记");
        }
        let Some(policy) = self.office.policies.get(&post.policy) else {
            return refuse(format!("规则中没有政策 {}；请检查 rules/policies/", post.policy));
        };
        if post.concerns.len() > CONCERNS_MAX {
            return refuse(format!("涉及的单位不超过 {CONCERNS_MAX} 个"));
        }
        let mut concerns: Vec<BodyId> = Vec::with_capacity(post.concerns.len());
        for body in &post.concerns {
            if !self.office.bodies.contains_key(body) {
                return refuse(format!("没有单位 {body}；单位见 rules/departments/"));
            }
            if !concerns.contains(body) {
                concerns.push(body.clone());
            }
        }
        let post = NewPost { concerns: concerns.clone(), ..post.clone() };
        self.emit(PostEvent::Posted { effective_at, post, by: self.by.name().to_owned() });
        let accounts = concerns.iter().filter_map(|body| self.office.bodies.get(body)).flat_map(|body| &body.accounts);
        for account in accounts {
            let Some(kind) = kind_of(account).filter(|kind| policy.clocks.contains_key(kind)) else { continue };
            let setting =
                Setting { anchor_at: effective_at, cause: Cause::Publication, main_due: None, given: None, cycle: 1 };
            let plan = clock::plan(kind, policy, &self.office.calendar, &setting)
                .or_else(|error| refuse(error.to_string()))?;
            self.start(ClockPlan { account: Some(account.clone()), ..plan }, policy.terms.late_start_cap);
        }
        Ok(())
    }

    /// Starts a clock and records what was overtaken before it began: a post that is recorded late.
    fn start(&mut self, plan: ClockPlan, late_cap: Tier) {
        let index = self.post.clocks.len();
        let born_overdue = plan.due_at < self.now;
        let plan = ClockPlan { clock_id: self.post.next_clock_id(), born_overdue, ..plan };
        let clock = ClockRef {
            clock_id: plan.clock_id,
            clock: plan.clock,
            due_at: plan.due_at,
            department: None,
            account: plan.account.clone(),
            operational: false,
        };
        self.emit(ClockEvent::Started(Box::new(plan.clone())));
        let now = self.now;
        for warning in plan.warnings.iter().filter(|w| w.at < now) {
            let threshold = warning.percent;
            self.emit(ClockEvent::Warned { clock: clock.clone(), threshold, skipped_stale: true });
        }
        if born_overdue {
            self.breach(index);
        }
        let overtaken: Vec<PlannedStep> = plan.steps.iter().filter(|step| step.at < now).copied().collect();
        let sent = overtaken.iter().rposition(|step| step.tier <= late_cap);
        for (order, step) in overtaken.into_iter().enumerate() {
            self.escalate(clock.clone(), step, Some(order) != sent);
        }
    }

    fn settle(&mut self, before: Instant) {
        for (_, timer) in due(&self.post, before) {
            match timer {
                Timer::Warning { clock, index, stale } => {
                    let clock = &self.post.clocks[clock];
                    let threshold = clock.plan.warnings[index].percent;
                    self.emit(ClockEvent::Warned { clock: clock.reference(), threshold, skipped_stale: stale });
                }
                Timer::Breach { clock } => self.breach(clock),
                Timer::Step { clock, index, stale } => {
                    let clock = &self.post.clocks[clock];
                    let step = clock.plan.steps[index];
                    self.escalate(clock.reference(), step, stale);
                }
            }
        }
    }

    /// An account's breach is its body's (`domain.md` §5 item 9).
    fn breach(&mut self, index: usize) {
        let clock = &self.post.clocks[index];
        let charged_to = body_of(clock.plan.account.as_deref().unwrap_or_default());
        let event = ClockEvent::Breached {
            effective_at: clock.plan.due_at,
            clock: clock.reference(),
            charged_to,
            custody: None,
        };
        self.emit(event);
    }

    /// To whoever holds the tier where the account's body belongs.
    fn escalate(&mut self, clock: ClockRef, step: PlannedStep, skipped_stale: bool) {
        let body = body_of(clock.account.as_deref().unwrap_or_default());
        let jurisdiction = self.office.county_of(&body).unwrap_or_else(|| BodyId::from(CITY));
        let tier = step.tier;
        let Addressed { to, inherited, instead } = match tier {
            Tier::Department => Addressed::body(&body),
            tier => self.office.address(tier, &jurisdiction, self.now),
        };
        let step = step.label();
        self.emit(PostEvent::Escalated { clock, tier, jurisdiction, to, step, skipped_stale, inherited, instead });
    }

    fn repost(&mut self, account: &str, effective_at: Instant) -> Result<(), Refusal> {
        let body = body_of(account);
        if !self.by.speaks_for_lead() && self.by.acts_for() != body {
            return refuse("转发由账号所属单位或市政府办公室登记");
        }
        if effective_at > self.now {
            return refuse("转发时间不能晚于现在；转发后再登记");
        }
        if effective_at < self.post.effective_at {
            return refuse("转发时间不能早于原发布时间");
        }
        if !self.office.bodies.get(&body).is_some_and(|b| b.accounts.iter().any(|a| a == account)) {
            return refuse(format!("没有账号 {account}；各单位的账号见 rules/departments/"));
        }
        // One by an account that isn't concerned, or a second one, is recorded and touches no clock (`domain.md` §5a v).
        let clock = self.post.clock_of(account).filter(|clock| clock.open());
        let answered = clock.map(|clock| clock.answered(effective_at, effective_at <= clock.plan.due_at));
        let by = self.by.name().to_owned();
        self.emit(PostEvent::Reposted { effective_at, account: account.to_owned(), by });
        if let Some(answered) = answered {
            self.emit(answered);
        }
        Ok(())
    }

    fn emit(&mut self, event: impl Into<PostEvent>) {
        let event = event.into();
        let post = std::mem::take(&mut self.post);
        self.post = evolve(post, self.now, &event);
        self.events.push(event);
    }
}
