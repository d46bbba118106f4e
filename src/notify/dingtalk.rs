//! 钉钉群机器人 (DingTalk): 20 messages a minute for each robot, or it is shut out for ten; signed with timestamp and secret
//! in the address.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::pace::Cap;
use super::robot::{Platform, Robot};
use crate::domain::instant::{Instant, Span};
use crate::domain::routing::DINGTALK;

/// The platform.
#[derive(Debug)]
pub struct DingTalk;

impl Platform for DingTalk {
    const ID: &'static str = DINGTALK;
    const TEXT_BYTES_MAX: usize = 18_000;
    const CAPS: &'static [Cap] = &[Cap { calls: 20, within: Span::from_secs(60) }];
    const PAUSE: Span = Span::from_minutes(10);
    // `send too fast, exceed 20 times per minute`; 发送速度太快而限流 by the newer interface; 接口调用过于频繁.
    const TOO_OFTEN: &'static [i64] = &[130_101, 410_100, 90_018, 90_030];
    // 系统繁忙
    const BUSY: &'static [i64] = &[-1];
    // `message too long`. Not 310000 (关键词, 加签 or IP 白名单), 300001 (token), 43004, 400105: someone can put these right.
    const NEVER: &'static [i64] = &[101_002, 460_101];

    fn call(robot: &Robot, text: &str, now: Instant) -> (String, Value) {
        let body = json!({"msgtype": "text", "text": {"content": text}});
        let url = match &robot.secret {
            Some(secret) => signed(&robot.url, secret, now.ms()),
            None => robot.url.clone(),
        };
        (url, body)
    }
}

/// The address with `timestamp` and `sign`: base64 of the HMAC-SHA256 by the secret over `timestamp\nsecret`, percent-encoded.
fn signed(url: &str, secret: &str, timestamp_ms: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return url.to_owned() };
    mac.update(format!("{timestamp_ms}\n{secret}").as_bytes());
    let sign = STANDARD.encode(mac.finalize().into_bytes());
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("timestamp", &timestamp_ms.to_string())
        .append_pair("sign", &sign)
        .finish();
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{query}")
}
