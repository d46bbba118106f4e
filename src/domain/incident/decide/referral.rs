//! 移交 (`domain.md` §1 D11): one person proposes, a second approves, then it is handed over; the response clock goes on.
//! And 建议督查, which letters that repeat give rise to (D12).

use crate::domain::actor::Actor;
use crate::domain::clock::{Cause, ClockKind, ClockPlan};
use crate::domain::ids::BodyId;
use crate::domain::incident::command::{Command, Waiting};
use crate::domain::incident::event::{Event, JoinedMention};
use crate::domain::incident::state::Record;

use super::{Decision, Step, refuse};

impl Decision<'_> {
    pub(super) fn refer(&mut self, to: &[BodyId], evidence: &[JoinedMention]) -> Step {
        self.needs_office("移交")?;
        if to.is_empty() {
            return refuse("请指明移交给哪些单位");
        }
        if let Some(unknown) = to.iter().find(|body| !self.office.bodies.contains_key(*body)) {
            return refuse(format!("没有单位 {unknown}；单位见 rules/departments/"));
        }
        let record = self.record_id(ClockKind::Referral, None);
        let by = self.by.name().to_owned();
        let mut bodies: Vec<BodyId> = Vec::new();
        for body in to {
            if !bodies.contains(body) {
                bodies.push(body.clone());
            }
        }
        let command = Command::Refer { to: bodies.clone(), evidence: Vec::new() };
        self.emit(Event::ReferralProposed { record: record.clone(), to: bodies, evidence: evidence.to_vec(), by });
        let plan = self.plan(ClockKind::Referral, self.now, Cause::Record)?;
        self.start(ClockPlan { record: Some(record), ..plan });
        self.ask_approval(Waiting::Referral, &command)
    }

    pub(super) fn hand_over(&mut self) -> Step {
        self.needs_office("移交")?;
        let open = |r: &Record| r.kind == ClockKind::Referral && r.concluded_at.is_none();
        if !self.records_in_group().any(|(_, r)| open(r)) {
            return refuse("没有待移交的事项");
        }
        let Some((of, record)) = self.records_in_group().find(|(_, r)| open(r) && r.approved) else {
            return refuse("移交尚未经第二人复核同意");
        };
        let (id, to, of) = (record.id.clone(), record.to.clone(), self.other_member(of));
        let own = of.is_none();
        self.emit(Event::Referred { record: id.clone(), to, by: self.by.name().to_owned(), of });
        if own {
            for clock in self.open_where(|c| c.kind() == ClockKind::Referral && c.plan.record.as_ref() == Some(&id)) {
                self.fulfil(clock, self.now);
            }
        }
        Ok(())
    }

    /// A rejected referral calls for its clock no more; one that has breached stays so.
    pub(super) fn drop_rejected_referral(&mut self, what: Waiting) {
        if what == Waiting::Referral {
            let over: Vec<String> = self
                .incident
                .records
                .iter()
                .filter(|r| r.kind == ClockKind::Referral && r.concluded_at.is_some() && !r.approved)
                .map(|r| r.id.clone())
                .collect();
            self.cancel(false, |c| {
                c.kind() == ClockKind::Referral && c.plan.record.as_ref().is_some_and(|record| over.contains(record))
            });
        }
    }

    /// Every look at what was sealed is recorded (`domain.md` §5 item 18).
    pub(super) fn look_at_referral(&mut self, id: &str) -> Step {
        self.needs_office("调阅移交材料")?;
        if !self.records_in_group().any(|(_, r)| r.kind == ClockKind::Referral && r.id == id) {
            return refuse(format!("没有编号为 {id} 的移交"));
        }
        self.emit(Event::ReferralViewed { record: id.to_owned(), by: self.by.name().to_owned() });
        Ok(())
    }

    pub(super) fn propose_supervision(&mut self, why: &str) -> Step {
        if *self.by != Actor::System {
            return refuse("督查建议由系统提出；如需督查，请直接立项（supervise）");
        }
        self.emit(Event::SupervisionProposed { reason: why.to_owned() });
        Ok(())
    }
}
