//! 企业微信群机器人 (WeCom): 20 messages a minute for each robot; the key in its address is its secret.

use serde_json::{Value, json};

use super::pace::Cap;
use super::robot::{Platform, Robot};
use crate::domain::instant::{Instant, Span};
use crate::domain::routing::WECOM;

/// The platform.
#[derive(Debug)]
pub struct WeCom;

impl Platform for WeCom {
    const ID: &'static str = WECOM;
    const TEXT_BYTES_MAX: usize = 2048;
    const CAPS: &'static [Cap] = &[Cap { calls: 20, within: Span::from_secs(60) }];
    const PAUSE: Span = Span::from_secs(60);
    // Called too often: within a minute, at once.
    const TOO_OFTEN: &'static [i64] = &[45009, 45033];
    // The text is empty, too long, or no text.
    const NEVER: &'static [i64] = &[40008, 40058, 44004, 45002];

    fn call(robot: &Robot, text: &str, _now: Instant) -> (String, Value) {
        (robot.url.clone(), json!({"msgtype": "text", "text": {"content": text}}))
    }
}
