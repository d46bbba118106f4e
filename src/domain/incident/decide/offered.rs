//! What a page offers: the acts that would be decided on now, without deciding them.

use crate::domain::actor::Actor;
use crate::domain::clock::ClockKind;
use crate::domain::incident::state::{Incident, Life, Record, Role, Task};
use crate::domain::instant::{Instant, Span};
use crate::domain::office::Office;

use super::assignment::{RETURNS_MAX, was_told};
use super::publication::next_plan;

/// The acts that someone may try on an incident as it stands. The decision itself may still refuse. `group` is the
/// whole group of the incident in the order of `GroupFacts::members`, or the incident alone; `named` is the one whose
/// page it is.
///
/// Acts on any member go to the survivor, which sees the others (`domain.md` §5a f): it is the survivor's life that
/// takes them or not, and a task, a plan, a record, an approval or a reminder counts on whichever member it stands.
/// Merge and split are of the whole group, too. So all its pages offer the same, with one exception: to be parted from
/// the group (`unmerge`) is a matter of the one that is named. `covers` meets the named one's clocks, but any member
/// may be named.
pub fn allowed(group: &[Incident], named: &Incident, by: &Actor, office: &Office, now: Instant) -> Vec<&'static str> {
    let Some(survivor) = group.first() else { return Vec::new() };
    let body = by.acts_for();
    let office_side = by.speaks_for_lead();
    let records = group.iter().flat_map(|incident| &incident.records).filter(|r| r.concluded_at.is_none());
    let (referrals, orders): (Vec<&Record>, Vec<&Record>) = records.partition(|r| r.kind == ClockKind::Referral);
    let mut acts: Vec<&'static str> = Vec::new();

    acts.extend(orders.iter().any(|r| r.concluded_by(&body)).then_some("conclude"));
    let waiting = || group.iter().flat_map(|incident| &incident.waiting);
    let others = office_side && waiting().any(|w| w.by != by.name());
    let own = waiting().any(|w| w.by == by.name());
    acts.extend(others.then_some("approve"));
    acts.extend((others || own).then_some("reject"));
    acts.extend((office_side && referrals.iter().any(|r| r.approved)).then_some("hand_over"));
    if matches!(survivor.life, Life::Dismissed | Life::NoPublicResponse) {
        acts.extend(office_side.then_some("restore"));
        return acts;
    }

    // A closed incident takes these too: what was planned may still take place, whoever has a task in it, which closing
    // does not take away, may go on publishing, and a referral outlives closing (`domain.md` §5 item 12, §5a m).
    if office_side || group.iter().any(|incident| incident.task(&body).is_some()) {
        acts.extend(["respond", "review"]);
    }
    let speaks = office_side || survivor.leading() == Some(&body);
    let plan = next_plan(group, None).map(|(of, index)| &of.publications[index]);
    acts.extend(plan.is_some_and(|plan| speaks || plan.department == body).then_some("confirm_held"));
    let published = survivor.publications.iter().any(|p| office_side || p.department == body);
    let answered = group.iter().any(|of| of.task(&body).is_some_and(|task| task.answer.is_some()));
    acts.extend((published || answered).then_some("amend"));
    if by.is_office() {
        acts.extend(["circulate", "talk"]);
    }
    if office_side {
        // Acts go to the survivor: on another's page the title would be another case's.
        acts.extend((!named.is_merged()).then_some("retitle"));
        acts.push("feedback");
        acts.extend(named.is_merged().then_some("unmerge"));
    }
    if survivor.life == Life::Closed {
        acts.extend(office_side.then_some("reopen"));
        return acts;
    }

    acts.extend(of_task(group, survivor, by, office, now));
    if office_side {
        acts.extend(["grade", "assign", "dismiss", "dispose", "close", "raise"]);
        acts.extend(["consult", "supervise", "instruct", "rectify", "order"]);
        acts.extend(["refer", "merge", "split"]);
        acts.extend((group.len() > 1).then_some("covers"));
        // In hand while a main clock of any member is open.
        let answered = group.iter().all(|incident| incident.main_clock().is_none());
        acts.extend(answered.then_some("reopen"));
    }
    let told = group.iter().any(|incident| was_told(incident, by, office));
    acts.extend(told.then_some("receipt"));
    acts
}

/// What an incident in hand offers to whoever has a task in it: the survivor's task comes before those of the others.
fn of_task(group: &[Incident], survivor: &Incident, by: &Actor, office: &Office, now: Instant) -> Vec<&'static str> {
    let body = by.acts_for();
    let tasks: Vec<&Task> = group.iter().filter_map(|incident| incident.task(&body)).collect();
    let Some(task) = tasks.first() else { return Vec::new() };
    let mut acts: Vec<&'static str> = Vec::new();
    acts.extend(tasks.iter().any(|task| task.acknowledged_at.is_none()).then_some("acknowledge"));
    let window = survivor.policy(office).map_or(Span::ZERO, |p| p.terms.return_within.0);
    let in_time = office.calendar.office_time(task.assigned_at, now) <= window;
    acts.extend((task.answered_at.is_none() && survivor.returns < RETURNS_MAX && in_time).then_some("return"));
    acts.extend((task.role == Role::Supporting).then_some("answer"));
    acts
}
