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
    // 全局错误码: 接口调用超过限制, 接口并发调用超过限制; 45009 is also what the robot's own cap answers.
    const TOO_OFTEN: &'static [i64] = &[45009, 45033];
    // 系统繁忙
    const BUSY: &'static [i64] = &[-1];
    // 文本消息 content 为空, 消息内容大小超过限制. Not 93000 (地址失效), 40008 and 40058 (请求有误): someone can put these right.
    const NEVER: &'static [i64] = &[44004, 45002];

    fn call(robot: &Robot, text: &str, _now: Instant) -> (String, Value) {
        (robot.url.clone(), json!({"msgtype": "text", "text": {"content": text}}))
    }
}
