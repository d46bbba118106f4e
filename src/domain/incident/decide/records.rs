//! Records around a case: 会商、督查、批示、限期整改、上级交办 (`domain.md` §1 D9, D12, D14, D15; §5a l).

use crate::domain::clock::{Cause, ClockKind, ClockPlan};
use crate::domain::ids::IncidentId;
use crate::domain::incident::command::RecordOrder;
use crate::domain::incident::event::{Event, RecordOpened};
use crate::domain::incident::state::{Incident, Record};

use super::{Decision, Step, refuse, said};

impl Decision<'_> {
    pub(super) fn consult(&mut self, nature: &str, trend: &str, risk: &str, proposal: &str) -> Step {
        self.needs_office("会商")?;
        for (text, name) in [(nature, "事件性质"), (trend, "舆情走势"), (risk, "可能的风险"), (proposal, "处置建议")]
        {
            if text.trim().is_empty() {
                return refuse(format!("会商记录缺少“{name}”"));
            }
        }
        self.emit(Event::Consulted {
            nature: nature.to_owned(),
            trend: trend.to_owned(),
            risk: risk.to_owned(),
            proposal: proposal.to_owned(),
            by: self.by.name().to_owned(),
        });
        for id in self.open_where(|c| c.kind() == ClockKind::Consultation) {
            self.fulfil(id, self.now);
        }
        Ok(())
    }

    pub(super) fn supervise(&mut self, reason: &str) -> Step {
        self.needs_office("督查")?;
        if self.open_record_of(ClockKind::Supervision) {
            return refuse("已有一项督查在办");
        }
        self.supervise_once(reason)
    }

    /// Opens a supervision unless one is open.
    pub(super) fn supervise_once(&mut self, reason: &str) -> Step {
        if self.open_record_of(ClockKind::Supervision) {
            return Ok(());
        }
        let record = self.record_id(ClockKind::Supervision, None);
        let by = self.by.name().to_owned();
        let body = self.other_body();
        self.emit(Event::SupervisionOpened { record: record.clone(), reason: reason.to_owned(), by, body });
        let plan = self.plan(ClockKind::Supervision, self.now, Cause::Record)?;
        self.start(ClockPlan { record: Some(record), ..plan });
        Ok(())
    }

    pub(super) fn order(&mut self, event: fn(RecordOpened) -> Event, kind: ClockKind, order: &RecordOrder) -> Step {
        self.needs_office(kind.zh())?;
        if order.text.trim().is_empty() {
            return refuse(format!("{}缺少内容", kind.zh()));
        }
        if let Some(addressee) = &order.department {
            self.needs_body(addressee)?;
        }
        if let Some(due_at) = order.due_at.filter(|due_at| *due_at < self.now) {
            return refuse(format!("{}的办理期限 {due_at} 已经过去；请填现在或以后的时间", kind.zh()));
        }
        if let Some(given_at) = order.given_at.filter(|given_at| *given_at > self.now) {
            return refuse(format!("{}的时间 {given_at} 还没有到；请填现在或以前的时间", kind.zh()));
        }
        let record = self.record_id(kind, order.id.as_deref());
        if self.incident.records.iter().any(|r| r.kind == kind && r.id == record) {
            return refuse(format!("已有编号为 {record} 的{}", kind.zh()));
        }
        self.emit(event(RecordOpened {
            record: record.clone(),
            text: order.text.clone(),
            department: order.department.clone(),
            due_at: order.due_at,
            by: self.by.name().to_owned(),
            body: self.other_body(),
            leader: said(order.leader.as_deref()),
            given_at: order.given_at,
        }));
        if let Some(due_at) = order.due_at {
            let plan = self.plan_until(kind, self.now, Cause::Record, Some(due_at))?;
            self.start(ClockPlan { record: Some(record), department: order.department.clone(), ..plan });
        }
        Ok(())
    }

    pub(super) fn conclude(
        &mut self,
        record: &str,
        id: Option<&str>,
        result: &str,
        published_url: Option<String>,
    ) -> Step {
        let Some(kind) = ClockKind::from_id(record).filter(|k| k.is_record() && *k != ClockKind::Referral) else {
            return refuse(format!("没有“{record}”这类记录"));
        };
        let body = self.by.acts_for();
        let named = |r: &Record| r.kind == kind && r.concluded_at.is_none() && id.is_none_or(|id| r.id == id);
        if !self.records_in_group().any(|(_, r)| named(r)) {
            return refuse(format!("没有在办的{}", kind.zh()));
        }
        let Some((of, record)) = self.records_in_group().find(|(_, r)| named(r) && r.concluded_by(&body)) else {
            return refuse(format!("{}的结果由承办单位、提出单位或市政府办公室填报", kind.zh()));
        };
        let (id, of) = (record.id.clone(), self.other_member(of));
        let own = of.is_none();
        self.emit(Event::Concluded {
            record: kind,
            id: id.clone(),
            result: result.to_owned(),
            published_url,
            by: self.by.name().to_owned(),
            of,
        });
        if own {
            for clock in self.open_where(|c| c.kind() == kind && c.plan.record.as_deref() == Some(&id)) {
                self.fulfil(clock, self.now);
            }
        }
        Ok(())
    }

    /// Records of this incident, then those of the others of its group, each with its incident.
    pub(super) fn records_in_group(&self) -> impl Iterator<Item = (&Incident, &Record)> {
        let group = std::iter::once(&self.incident).chain(&self.others);
        group.flat_map(|incident| incident.records.iter().map(move |record| (incident, record)))
    }

    /// The number of another member of the group; nothing for this one.
    pub(super) fn other_member(&self, of: &Incident) -> Option<IncidentId> {
        (of.id != self.incident.id).then(|| of.id.clone())
    }

    pub(super) fn open_record_of(&self, kind: ClockKind) -> bool {
        self.incident.records.iter().any(|r| r.kind == kind && r.concluded_at.is_none())
    }

    pub(super) fn record_id(&self, kind: ClockKind, given: Option<&str>) -> String {
        let number = self.incident.records.iter().filter(|r| r.kind == kind).count() + 1;
        given.map_or_else(|| format!("{}-{number}", kind.id()), str::to_owned)
    }
}
