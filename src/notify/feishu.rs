//! 飞书群机器人 (Feishu): 100 messages a minute and 5 a second for each robot; signed with timestamp and secret in the body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::pace::Cap;
use super::robot::{Platform, Robot};
use crate::domain::instant::{Instant, Span};
use crate::domain::routing::FEISHU;

/// The platform.
#[derive(Debug)]
pub struct Feishu;

impl Platform for Feishu {
    const ID: &'static str = FEISHU;
    const TEXT_BYTES_MAX: usize = 18_000;
    const CAPS: &'static [Cap] =
        &[Cap { calls: 5, within: Span::from_secs(1) }, Cap { calls: 100, within: Span::from_secs(60) }];
    const PAUSE: Span = Span::from_secs(60);
    // `frequency limited`; the gateway's; the group's.
    const TOO_OFTEN: &'static [i64] = &[11_232, 99_991_400, 230_020];
    // `internal error` of the general table.
    const BUSY: &'static [i64] = &[1500];
    // None: 9499 says `Bad Request` of a body, but also `too many request`; 19001 (地址), 19021 (签名或时间), 19022 (IP) and
    // 19024 (关键词) are put right in the group's settings.
    const NEVER: &'static [i64] = &[];

    fn call(robot: &Robot, text: &str, now: Instant) -> (String, Value) {
        let mut body = json!({"msg_type": "text", "content": {"text": text}});
        if let Some(secret) = &robot.secret {
            let seconds = now.ms().div_euclid(1000);
            body["timestamp"] = seconds.to_string().into();
            body["sign"] = sign(secret, seconds).into();
        }
        (robot.url.clone(), body)
    }

    fn code(answer: &Value) -> Option<(i64, String)> {
        let why = answer.get("msg").or_else(|| answer.get("StatusMessage")).and_then(Value::as_str);
        let code = answer.get("code").or_else(|| answer.get("StatusCode"))?.as_i64()?;
        Some((code, why.unwrap_or_default().to_owned()))
    }
}

/// Base64 of the HMAC-SHA256 whose *key* is `timestamp\nsecret`, over nothing.
fn sign(secret: &str, seconds: i64) -> String {
    let key = format!("{seconds}\n{secret}");
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    STANDARD.encode(mac.finalize().into_bytes())
}
