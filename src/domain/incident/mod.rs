//! An incident (舆情事件) as an aggregate: [`Command`] → [`decide`] → [`Event`]s → [`evolve`] → [`Incident`].

mod accountability;
mod act;
mod act_table;
mod cause;
mod command;
mod decide;
mod event;
mod evolve;
mod publication;
mod review;
mod state;
mod viewers;

pub use accountability::{AccountabilityTalk, CircularNotice};
pub use act::{NoAct, forms, only_keys};
pub use act_table::{ActRow, acts};
pub use cause::EscalationCause;
pub use command::{
    Because, Command, Disposal, NewIncident, NewMention, RecordOrder, Shown, SplitOff, SuggestedLead, Waiting,
};
pub(crate) use decide::refuse;
pub use decide::{
    Refusal, Transition, allowed, decide, decide_group, decide_merge, held_longest, latest_due, next_due, next_plan,
};
pub use event::{Event, GroupFacts, JoinedMention, RecordOpened};
pub use evolve::evolve;
pub use publication::Publication;
pub use review::{Review, ReviewAspect};
pub use state::{Custody, Graded, Incident, Life, PendingApproval, Record, Role, Task, TaskState, Told};
pub use viewers::{ViewReason, Viewer, Viewpoint};
