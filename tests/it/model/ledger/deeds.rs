//! Which acts an incident takes as it stands (§5a m), and which rule each of them is.

use huiying::domain::actor::Actor;
use huiying::domain::grade::Grade;
use huiying::domain::incident::{Because, Command, Disposal, Role, Waiting};
use huiying::domain::policy::PublicationKind;

use super::GRADES;
use super::case::{Grades, Life, Waits};
use super::generate::Deed;
use super::world::World;

fn number(grade: Grade) -> u8 {
    GRADES.iter().position(|known| *known == grade).expect("a grade") as u8
}

fn kind(kind: PublicationKind) -> &'static str {
    match kind {
        PublicationKind::PressConference => "press_conference",
        PublicationKind::Response => "response",
        PublicationKind::Statement => "statement",
        PublicationKind::Update => "update",
        PublicationKind::DirectReply => "direct_reply",
    }
}

fn what(what: Waiting) -> &'static str {
    match what {
        Waiting::Grade => "grade",
        Waiting::Dismiss => "dismiss",
        Waiting::Dispose => "dispose",
        Waiting::Response => "response",
        Waiting::Referral => "referral",
    }
}

fn takes(life: Life, command: &Command) -> bool {
    use Command as C;
    let both =
        matches!(command, C::Join { .. } | C::Conclude { .. } | C::Approve { .. } | C::Reject { .. } | C::HandOver {});
    both || match life {
        Life::Open => !matches!(command, C::Restore { .. }),
        Life::Closed => matches!(
            command,
            C::Respond { .. } | C::ConfirmHeld { .. } | C::Feedback { .. } | C::Reopen { .. } | C::Unmerge {}
        ),
        Life::Away => matches!(command, C::Restore { .. }),
    }
}

impl World {
    /// Does it; false if it is refused.
    pub fn act(&mut self, deed: &Deed) -> bool {
        let taken = match deed {
            Deed::Open(mention) => {
                let name = (self.cases.len() + 1).to_string();
                self.open(&name, std::slice::from_ref(mention), self.now);
                true
            }
            Deed::Merge(from, into) => self.merge(*from, *into),
            Deed::Split(n, ids) => {
                let name = (self.cases.len() + 1).to_string();
                self.split(*n, ids, &name)
            }
            Deed::On(n, by, command) => self.on(*n, by, command),
        };
        if taken {
            self.acted = self.now;
            self.hold();
        }
        taken
    }

    fn on(&mut self, named: usize, by: &Actor, command: &Command) -> bool {
        let n = self.root(named);
        let (who, body) = (by.name().to_owned(), by.acts_for().to_string());
        if !takes(self.cases[n].life, command) {
            return false;
        }
        let at = |at: &Option<huiying::domain::instant::Instant>| at.map(|at| at.ms());
        match command {
            Command::Join { mentions, proposal, .. } => {
                let grades: Grades = (number(proposal.event_grade), number(proposal.opinion_grade), proposal.sensitive);
                let region = mentions[0].region.as_ref().map(ToString::to_string);
                self.join(named, (mentions[0].id.to_string(), self.now, region, grades))
            }
            Command::Grade { event_grade, opinion_grade, sensitive, because, evidence_at, .. } => {
                // Item 7: what the request left to default is fixed at the request.
                let evidence = (*because == Because::NewEvent).then(|| at(evidence_at).unwrap_or(self.now));
                self.grade(n, (event_grade.map(number), opinion_grade.map(number), *sensitive), evidence, &who)
            }
            Command::Assign { department, role } => self.assign(n, department.as_str(), *role == Role::Lead),
            Command::Acknowledge {} => self.acknowledge(n, &body),
            Command::Return { suggest, .. } => {
                self.give_back(n, &body, suggest.as_ref().map(huiying::domain::ids::BodyId::as_str))
            }
            Command::Answer { .. } => self.answer(n, &body),
            Command::Raise { .. } => self.raise(n),
            Command::Respond { kind: of, effective_at, .. } => {
                self.respond(n, kind(*of), &body, at(effective_at).unwrap_or(self.now), &who)
            }
            Command::ConfirmHeld { effective_at, kind: of } => {
                self.confirm(n, of.map(kind), at(effective_at), &body, &who)
            }
            Command::Approve { what: of } => self.approve(n, of.map(what), &who),
            Command::Reject { what: of } => self.reject(n, of.map(what)),
            Command::Feedback { satisfied } => self.feedback(n, *satisfied),
            Command::Close { .. } => self.close(n),
            Command::Reopen { because, evidence_at, .. } => {
                self.reopen(n, (*because == Because::NewEvent).then(|| at(evidence_at).unwrap_or(self.now)))
            }
            Command::Dismiss { .. } => self.ask_dismissal(n, Waits::Dismiss, &who),
            Command::Dispose { how: Disposal::Watch, .. } => self.watch(n),
            Command::Dispose { .. } => self.ask_dismissal(n, Waits::Dispose, &who),
            Command::Restore { .. } => self.restore(n),
            Command::Consult { .. } => self.consult(n),
            Command::Supervise { .. } => self.supervise(n, &body, false),
            Command::Instruct(order) | Command::Rectify(order) | Command::Order(order) => {
                let kind = match command {
                    Command::Instruct(_) => "instruction",
                    Command::Rectify(_) => "rectification",
                    _ => "order",
                };
                let department = order.department.as_ref().map(ToString::to_string);
                self.order(n, kind, department.as_deref(), at(&order.due_at), &body)
            }
            Command::Conclude { record, .. } => self.conclude(n, record, &body),
            Command::Refer { .. } => self.refer(n, &who),
            Command::HandOver {} => self.hand_over(n),
            Command::Unmerge {} => self.unmerge(named),
            Command::Covers {} => self.covers(named, &who),
            other => panic!("no act of the generator: {other:?}"),
        }
    }
}
