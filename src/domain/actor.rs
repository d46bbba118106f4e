//! Who does something.

use serde::{Deserialize, Serialize};

use super::ids::{BodyId, UserId};

/// Who acts: the system, or a person for a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// Timers, ingest, the scheduler.
    System,
    /// A person.
    Person {
        /// The account.
        user: UserId,
        /// The body that they act for.
        body: BodyId,
    },
}

/// How the ledger names the system.
pub const SYSTEM: &str = "system";

impl Actor {
    /// A person of the government office.
    pub fn office(user: impl Into<UserId>) -> Self {
        Self::Person { user: user.into(), body: BodyId::from(BodyId::OFFICE) }
    }

    /// The body's own account, as scenarios name it.
    pub fn body(body: impl Into<BodyId>) -> Self {
        let body = body.into();
        Self::Person { user: UserId::new(body.as_str()), body }
    }

    /// The name in events and ledger.
    pub fn name(&self) -> &str {
        match self {
            Self::System => SYSTEM,
            Self::Person { user, .. } => user.as_str(),
        }
    }

    /// The body acted for; the system acts for the government office.
    pub fn acts_for(&self) -> BodyId {
        match self {
            Self::System => BodyId::from(BodyId::OFFICE),
            Self::Person { body, .. } => body.clone(),
        }
    }

    /// Whether it acts for the government office.
    pub fn is_office(&self) -> bool {
        self.acts_for() == BodyId::OFFICE
    }

    /// Whether it may speak for the lead: the government office and the publicity department (`domain.md` §5 item 10).
    pub fn speaks_for_lead(&self) -> bool {
        let body = self.acts_for();
        body == BodyId::OFFICE || body == BodyId::PUBLICITY
    }
}
