//! An official post (官方发布, D13): what the city's own accounts publish, and who has to repost it by when. An aggregate
//! of its own beside the incident, with the same machinery: [`PostCommand`] → [`decide`] → [`PostEvent`]s → [`evolve`] →
//! [`OfficialPost`].

mod decide;
mod event;
mod state;

pub use decide::{decide, next_due};
pub use event::{NewPost, PostCommand, PostEvent};
pub use state::{OfficialPost, body_of, evolve, kind_of};
