//! `[notify]`: by which channels people are told besides in-app. Each is there or not; a half one stops the start.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use super::{ConfigError, WEBHOOK_SECRET_BYTES_MIN};
use crate::domain::digest::DigestTimes;

/// `[notify]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// 电子邮件
    pub smtp: Option<Smtp>,
    /// Another system's address.
    pub webhook: Option<Outgoing>,
    /// 企业微信群机器人
    pub wecom: Option<Robots>,
    /// 钉钉群机器人
    pub dingtalk: Option<Robots>,
    /// 飞书群机器人
    pub feishu: Option<Robots>,
    /// 每日摘要
    pub digest: Digest,
}

/// `[notify.digest]`: times of day in Beijing time, `08:30`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Digest {
    /// When digests are made; an empty list: never.
    pub at: Vec<NaiveTime>,
    /// From then on nothing is sent that can wait,
    pub quiet_from: NaiveTime,
    /// until then. Both the same: there are no quiet hours.
    pub quiet_to: NaiveTime,
}

impl Default for Digest {
    fn default() -> Self {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
        Self { at: vec![time(8, 30)], quiet_from: time(22, 0), quiet_to: time(7, 0) }
    }
}

impl Digest {
    /// As the engine takes it.
    pub fn times(&self) -> DigestTimes {
        let quiet = (self.quiet_from != self.quiet_to).then_some((self.quiet_from, self.quiet_to));
        DigestTimes { at: self.at.clone(), quiet }
    }
}

/// `[notify.smtp]`
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smtp {
    /// Name of the mail server.
    pub host: String,
    /// Its port; by `tls` where it isn't given: 587, 465, 25.
    pub port: Option<u16>,
    /// How the connection is kept secret.
    pub tls: Tls,
    /// Log-in.
    pub username: Option<String>,
    /// Its password; better as `HUIYING_NOTIFY__SMTP__PASSWORD`.
    pub password: Option<String>,
    /// Sender.
    pub from: String,
}

/// How a connection to a mail server is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// By STARTTLS, refused without it.
    #[default]
    Starttls,
    /// From the first byte.
    Implicit,
    /// Not: a relay on this machine or in a closed network.
    None,
}

impl Smtp {
    /// The port in force.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Starttls => 587,
            Tls::Implicit => 465,
            Tls::None => 25,
        })
    }
}

/// `[notify.webhook]`
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outgoing {
    /// Address that is posted to.
    pub url: String,
    /// Secret of the signature.
    pub secret: String,
}

/// `[notify.wecom]`, `[notify.dingtalk]`, `[notify.feishu]`
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Robots {
    /// Webhook address of the city's own group's robot: it says what the government office and the city's roster are told.
    pub url: String,
    /// Secret of its signature (加签).
    pub secret: Option<String>,
    /// Robots of single bodies' and counties' groups, by their id.
    pub bodies: BTreeMap<String, Robot>,
}

/// A robot.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Robot {
    /// Webhook address.
    pub url: String,
    /// Secret of the signature (加签).
    pub secret: Option<String>,
}

/// No secret shows in a log.
macro_rules! hidden {
    ($($name:ident: $shown:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).field(stringify!($shown), &!self.$shown.is_empty()).finish_non_exhaustive()
            }
        }
    )*};
}
hidden!(Smtp: host, Outgoing: url, Robots: url, Robot: url);

impl Notify {
    /// Refuses what is half there, naming the key.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if let Some(smtp) = &self.smtp {
            smtp.check()?;
        }
        if let Some(webhook) = &self.webhook {
            check_url("notify.webhook.url", &webhook.url)?;
            if webhook.secret.len() < WEBHOOK_SECRET_BYTES_MIN {
                let fix = format!("请用至少 {WEBHOOK_SECRET_BYTES_MIN} 个字符的随机文本");
                return Err(error("notify.webhook.secret", "没有签名密钥，或太短", &fix));
            }
        }
        for (name, robots, signed) in
            [("wecom", &self.wecom, false), ("dingtalk", &self.dingtalk, true), ("feishu", &self.feishu, true)]
        {
            if let Some(robots) = robots {
                robots.check(&format!("notify.{name}"), signed)?;
            }
        }
        Ok(())
    }
}

impl Smtp {
    fn check(&self) -> Result<(), ConfigError> {
        if self.host.trim().is_empty() {
            return Err(error("notify.smtp.host", "没有邮件服务器", "写服务器的主机名，或删去整节 [notify.smtp]"));
        }
        if !self.from.contains('@') {
            return Err(error("notify.smtp.from", "没有发件人地址", "写作 回应 <name@example.gov.cn>"));
        }
        let given = |value: &Option<String>| value.as_ref().is_some_and(|value| !value.is_empty());
        match (given(&self.username), given(&self.password)) {
            (true, false) => Err(error(
                "notify.smtp.password",
                "有用户名而没有密码",
                "补上密码（也可用环境变量 HUIYING_NOTIFY__SMTP__PASSWORD），或删去 username",
            )),
            (false, true) => Err(error("notify.smtp.username", "有密码而没有用户名", "补上用户名，或删去 password")),
            _ => Ok(()),
        }
    }
}

impl Robots {
    /// The city's own, if there is one.
    pub fn city(&self) -> Option<Robot> {
        let there = !self.url.is_empty() || self.secret.is_some();
        there.then(|| Robot { url: self.url.clone(), secret: self.secret.clone() })
    }

    fn check(&self, section: &str, signed: bool) -> Result<(), ConfigError> {
        match self.city() {
            Some(city) => city.check(section, signed)?,
            None if self.bodies.is_empty() => Robot::default().check(section, signed)?,
            None => {}
        }
        for (body, robot) in &self.bodies {
            robot.check(&format!("{section}.bodies.{body}"), signed)?;
        }
        Ok(())
    }
}

impl Robot {
    fn check(&self, section: &str, signed: bool) -> Result<(), ConfigError> {
        check_url(&format!("{section}.url"), &self.url)?;
        let secret = self.secret.as_deref().unwrap_or_default();
        let place = format!("{section}.secret");
        match (signed, secret.is_empty()) {
            (true, true) => Err(error(&place, "没有签名密钥", "在机器人的安全设置中选择“加签”，把密钥写在这里")),
            (false, false) => Err(error(&place, "企业微信机器人没有签名密钥", "删去这一项；密钥已在 url 的 key 中")),
            _ => Ok(()),
        }
    }
}

fn check_url(place: &str, text: &str) -> Result<(), ConfigError> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    if host.is_some_and(|host| !host.is_empty()) {
        return Ok(());
    }
    Err(error(place, "没有地址，或不以 https:// 开头", "写完整的地址，或删去整节"))
}

fn error(place: &str, what: &str, fix: &str) -> ConfigError {
    ConfigError { place: place.to_owned(), what: what.to_owned(), fix: fix.to_owned() }
}
