//! Calls to other systems (robots, webhooks): a JSON body posted, a short answer read. No redirects, bounded in time and
//! size, and no address in an error: it carries the robot's secret.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;

use super::ChannelError;

/// Longest time of a call.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Of an answer that is shown in an error, in characters.
const SHOWN_CHARS_MAX: usize = 200;

/// Makes calls; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: reqwest::Client,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    /// Its beginning, for an error.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(SHOWN_CHARS_MAX).collect()
    }

    /// Whether the status says that it went well; what it says else.
    pub fn verdict(&self) -> Result<(), ChannelError> {
        let why = || format!("对方返回 HTTP {}：{}", self.status, self.shown());
        match self.status {
            200..=299 => Ok(()),
            // A body that can't be read never will be.
            400 | 405 | 406 | 409 | 411..=422 => Err(ChannelError::Never(why())),
            // Wrong credentials and addresses are put right by someone.
            401 | 403 | 404 | 407 | 410 | 451 => Err(ChannelError::Refused(why())),
            _ => Err(ChannelError::Later(why())),
        }
    }
}

impl Http {
    /// A client of its own.
    pub fn new() -> Result<Self, ChannelError> {
        let client = reqwest::Client::builder().timeout(CALL_TIMEOUT).redirect(Policy::none()).build();
        Ok(Self { client: client.map_err(|error| ChannelError::Later(error.to_string()))? })
    }

    /// Posts a JSON body.
    pub async fn post(&self, url: &str, mut headers: HeaderMap, body: Vec<u8>) -> Result<Answer, ChannelError> {
        let fail = |error: reqwest::Error| {
            let error = error.without_url();
            let why = if error.is_timeout() { "超时".to_owned() } else { chain(&error) };
            ChannelError::Later(format!("连接对方失败：{why}"))
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        let mut response = self.client.post(url).headers(headers).body(body).send().await.map_err(fail)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(fail)? {
            let room = ANSWER_BYTES_MAX.saturating_sub(body.len());
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if room == 0 {
                break;
            }
        }
        Ok(Answer { status, body })
    }
}

/// An error with what it came from.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}：{cause}");
        source = cause.source();
    }
    text
}
