//! Telling people (通知): one file per channel behind one trait. A channel is given what the outbox holds, at least once,
//! with a key by which it can tell a repetition.

mod dingtalk;
mod feishu;
mod http;
mod in_app;
mod pace;
mod refusal;
mod robot;
mod smtp;
#[cfg(test)]
mod tests;
mod webhook;
mod wecom;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use dingtalk::DingTalk;
pub use feishu::Feishu;
pub use in_app::{InApp, Inbox};
pub use pace::{Cap, OwnPaces, Pace, Paces};
pub use robot::{Robot, Robots};
pub use smtp::{Mailer, Smtp, SmtpTls};
pub use webhook::Webhook;
pub use wecom::WeCom;

use crate::domain::ids::IncidentId;
use crate::domain::instant::Instant;
use crate::domain::routing::Addressee;

/// Bytes of a key's hash where the whole key does not fit: enough that no two of an installation meet.
const KEY_HASH_BYTES: usize = 12;

/// Something to tell someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same at every repetition, and of nothing else.
    pub key: String,
    /// A user, a body, or a roster's holder.
    pub recipient: String,
    /// Their name and addresses.
    pub to: Addressee,
    /// What it says.
    pub content: Content,
}

impl Message {
    /// One that says nothing but that it arrives.
    pub fn test(recipient: String, to: Addressee, at: Instant) -> Self {
        let text = "测试通知：收到即表示这个渠道可用，无需处理".to_owned();
        let content = Content { incident: None, kind: "test".to_owned(), text, at, by: None };
        Self { key: format!("test/{}", uuid::Uuid::new_v4()), recipient, to, content }
    }

    /// A short form of the key, of hexadecimal digits: equal where the keys are.
    pub fn key_hash(&self) -> String {
        hex::encode(&Sha256::digest(self.key.as_bytes())[..KEY_HASH_BYTES])
    }
}

/// Kind of a digest: what can wait until the quiet hours are over.
pub const DIGEST: &str = "digest";

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
    /// Who did it, if a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Why a channel did not accept a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// It failed and may go well another time: tried again, later and later, a bounded number of times.
    #[error("{0}")]
    Later(String),
    /// The channel has no room before that instant (a cap on the rate). This was no attempt.
    #[error("{why}，{at} 后再发")]
    NotBefore {
        /// Which cap.
        why: String,
        /// From then on.
        at: Instant,
    },
    /// It is we who are refused (sender, key, permission, quota), or nobody knows why: tried again like `Later`, and the
    /// operator is alarmed, since it goes well only when someone has put it right.
    #[error("{0}")]
    Refused(String),
    /// It will never be accepted as it is, e.g. there is no such mailbox. Not tried again; the operator is alarmed.
    #[error("{0}")]
    Never(String),
}

impl ChannelError {
    /// For a channel whose other side may refuse for reasons that aren't the message's.
    fn never_is_later(self) -> Self {
        match self {
            Self::Never(why) => Self::Refused(why),
            other => other,
        }
    }
}

/// A way to tell people.
#[async_trait]
pub trait Channel: Send + Sync {
    /// The id by which outbox rows name it.
    fn id(&self) -> &'static str;

    /// Messages that it can deal with well within the lease of an outbox row, waiting for a slow other side included.
    fn batch_max(&self) -> usize;

    /// What is refused or works as a whole when this message is: the channel, or one robot of it. An alarm about it ends
    /// when something is accepted there.
    fn subject(&self, _message: &Message) -> String {
        self.id().to_owned()
    }

    /// Tells each; one answer for each message, in order. Only what is `Ok` counts as accepted.
    async fn deliver(&self, messages: &[Message], now: Instant) -> Vec<Result<(), ChannelError>>;
}
