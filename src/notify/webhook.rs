//! Another system's address (webhook): one signed call for each notice.
//!
//! The signature is the one that this service itself asks of senders: `X-Huiying-Signature: sha256=` and the HMAC-SHA256
//! over `timestamp.body`, with the Unix seconds in `X-Huiying-Timestamp`. `Idempotency-Key` (and `key` in the body) is
//! the same at every repetition.

use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::json;

use super::http::Http;
use super::{Channel, ChannelError, Message};
use crate::domain::instant::Instant;
use crate::domain::routing::WEBHOOK;
use crate::domain::signature::sign;

/// Messages of a batch: each may take as long as a call may.
const BATCH_MAX: usize = 20;

/// The channel.
#[derive(Clone)]
pub struct Webhook {
    http: Http,
    url: String,
    secret: String,
}

impl Webhook {
    /// To that address, signed with that secret.
    ///
    /// # Errors
    /// No client can be made.
    pub fn new(url: String, secret: String) -> Result<Self, ChannelError> {
        Ok(Self { http: Http::new()?, url, secret })
    }

    async fn send(&self, message: &Message, now: Instant) -> Result<(), ChannelError> {
        let body = json!({
            "key": message.key,
            "recipient": message.recipient,
            "name": message.to.name,
            "incident": message.content.incident,
            "kind": message.content.kind,
            "text": message.content.text,
            "at": message.content.at,
        })
        .to_string()
        .into_bytes();
        let seconds = now.ms().div_euclid(1000);
        let signature = sign(&self.secret, seconds, &body);
        let mut headers = HeaderMap::new();
        let key = HeaderValue::from_str(&message.key).or_else(|_| HeaderValue::from_str(&message.key_hash()));
        let values = [("idempotency-key", key), ("x-huiying-timestamp", Ok(HeaderValue::from(seconds)))]
            .into_iter()
            .chain([("x-huiying-signature", HeaderValue::from_str(&signature))]);
        for (name, value) in values {
            headers.insert(name, value.map_err(|error| ChannelError::Never(error.to_string()))?);
        }
        self.http.post(&self.url, headers, body).await?.verdict()
    }
}

#[async_trait]
impl Channel for Webhook {
    fn id(&self) -> &'static str {
        WEBHOOK
    }

    fn batch_max(&self) -> usize {
        BATCH_MAX
    }

    async fn deliver(&self, messages: &[Message], now: Instant) -> Vec<Result<(), ChannelError>> {
        let mut answers = Vec::with_capacity(messages.len());
        for message in messages {
            answers.push(self.send(message, now).await);
        }
        answers
    }
}
