//! Telling people (通知): one file per channel behind one trait. A channel is given what the outbox holds, at least once,
//! with a key by which it can tell a repetition.

mod in_app;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use in_app::{IN_APP, InApp, Inbox};

use crate::domain::ids::IncidentId;
use crate::domain::instant::Instant;

/// Something to tell someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same at every repetition, and of nothing else.
    pub key: String,
    /// A user, a body, or a roster's holder.
    pub recipient: String,
    /// What it says.
    pub content: Content,
}

/// What a message says: the payload of an outbox row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The incident that it is about.
    #[serde(default)]
    pub incident: Option<IncidentId>,
    /// The event that it tells of.
    pub kind: String,
    /// In words.
    pub text: String,
    /// When it happened.
    pub at: Instant,
}

/// Why a channel did not accept a message. It is tried again, later and later.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ChannelError(pub String);

/// A way to tell people.
#[async_trait]
pub trait Channel: Send + Sync {
    /// The id by which outbox rows name it.
    fn id(&self) -> &'static str;

    /// Tells each; one answer for each message, in order. Only what is `Ok` counts as accepted.
    async fn deliver(&self, messages: &[Message]) -> Vec<Result<(), ChannelError>>;
}
