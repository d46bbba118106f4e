//! Who may see an incident (可见范围), besides those whose role sees all. The rule stands here alone; the table `viewers` is
//! its projection, and every list, count, search and live stream reads that table.

use std::collections::BTreeSet;
use std::fmt;

use crate::domain::ids::{BodyId, UserId};

use super::event::Event;
use super::state::Incident;

/// A body or one person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Viewer {
    /// All who work for a body.
    Body(BodyId),
    /// One account.
    User(UserId),
}

impl fmt::Display for Viewer {
    /// As the table holds it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(body) => write!(f, "body/{body}"),
            Self::User(user) => write!(f, "user/{user}"),
        }
    }
}

/// Why somebody may see an incident, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ViewReason {
    /// It lies in the body's jurisdiction.
    Jurisdiction,
    /// The body has a task, until it returns or loses it.
    Task,
    /// The body owes the result of an instruction, a rectification or an order, until that is told.
    Addressee,
    /// An escalation told the person. What they know they may look up, so this does not end.
    Told,
}

impl ViewReason {
    /// As the table holds it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Jurisdiction => "jurisdiction",
            Self::Task => "task",
            Self::Addressee => "addressee",
            Self::Told => "told",
        }
    }
}

/// With whose eyes a list is read: a body's, and those of the person who works for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewpoint {
    /// The body.
    pub body: BodyId,
    /// The person, where one looks.
    pub user: Option<UserId>,
}

impl Viewpoint {
    /// Of a body, whoever looks.
    pub fn of_body(body: impl Into<BodyId>) -> Self {
        Self { body: body.into(), user: None }
    }

    /// The two viewers that it stands for, as the table holds them.
    pub fn keys(&self) -> [String; 2] {
        let body = Viewer::Body(self.body.clone()).to_string();
        let user = self.user.clone().map_or_else(|| body.clone(), |user| Viewer::User(user).to_string());
        [body, user]
    }
}

impl Incident {
    /// The bodies that may see it as it stands; `jurisdiction` is its own by the rules in force. Who was told follows from
    /// its escalations.
    pub fn viewers(&self, jurisdiction: &BodyId) -> BTreeSet<(Viewer, ViewReason)> {
        let tasks = self.tasks.iter().filter(|task| task.active()).map(|task| (&task.department, ViewReason::Task));
        let records = self.records.iter().filter_map(|record| {
            let department = record.department.as_ref()?;
            record.waits_for(department).then_some((department, ViewReason::Addressee))
        });
        let own = std::iter::once((jurisdiction, ViewReason::Jurisdiction));
        own.chain(tasks).chain(records).map(|(body, why)| (Viewer::Body(body.clone()), why)).collect()
    }

    /// Whether an event may be read by those who see the incident for that body. What was put to another body, and what that
    /// answered, is between it, whoever leads and the government of the jurisdiction; a talk is between the office and whom
    /// it was held with.
    pub fn may_read(&self, body: &BodyId, jurisdiction: &BodyId, event: &Event) -> bool {
        let addressed = |to: Option<&BodyId>| {
            to.is_none_or(|to| to == body) || body == jurisdiction || self.leading() == Some(body)
        };
        match event {
            Event::Talked { department, .. } => department == body,
            Event::Instructed(record) | Event::RectificationSet(record) | Event::Ordered(record) => {
                addressed(record.department.as_ref()) || record.body.as_ref() == Some(body)
            }
            Event::Concluded { record, id, .. } => {
                let of = self.records.iter().find(|known| known.kind == *record && known.id == *id);
                addressed(of.and_then(|known| known.department.as_ref()))
            }
            Event::Mirrored { what } => self.may_read(body, jurisdiction, what),
            _ => true,
        }
    }
}
