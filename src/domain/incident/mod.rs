//! An incident (舆情事件) as an aggregate: [`Command`] → [`decide`] → [`Event`]s → [`evolve`] → [`Incident`].

mod command;
mod decide;
mod event;
mod evolve;
mod state;

pub use command::{Because, Command, Disposal, NewIncident, NewMention, SuggestedLead, Waiting};
pub use decide::{Refusal, allowed, decide, held_longest, next_due};
pub use event::{ClockRef, CustodyShare, Event, JoinedMention};
pub use evolve::evolve;
pub use state::{
    Clock, Custody, Graded, Incident, Life, PendingApproval, Publication, Record, Role, Task, TaskState, Told, Verdict,
};
