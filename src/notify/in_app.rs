//! In-app (站内): the recipient's own page, which is always there.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Channel, ChannelError, Message};
use crate::domain::instant::Instant;
use crate::domain::routing::IN_APP;

/// Messages kept in one transaction.
const BATCH_MAX: usize = 200;

/// Where in-app messages are kept until they are read.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Keeps all or none; one whose key is there already is left as it is.
    async fn put(&self, messages: &[Message]) -> Result<(), ChannelError>;
}

/// The channel.
#[derive(Clone)]
pub struct InApp {
    inbox: Arc<dyn Inbox>,
}

impl InApp {
    /// Over an inbox.
    pub fn new(inbox: Arc<dyn Inbox>) -> Self {
        Self { inbox }
    }
}

#[async_trait]
impl Channel for InApp {
    fn id(&self) -> &'static str {
        IN_APP
    }

    fn batch_max(&self) -> usize {
        BATCH_MAX
    }

    async fn deliver(&self, messages: &[Message], _now: Instant) -> Vec<Result<(), ChannelError>> {
        let kept = self.inbox.put(messages).await;
        vec![kept; messages.len()]
    }
}
