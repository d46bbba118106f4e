//! Group robots (群机器人): what WeCom, DingTalk and Feishu have in common. A robot speaks into the group chat of a body or
//! jurisdiction. It may be called so and so often: what has to wait is put together into one message, never dropped.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::http::{Answer, Http};
use super::pace::{Cap, Paces};
use super::{Channel, ChannelError, DIGEST, Message};
use crate::domain::instant::{Instant, Span};

/// Notices in one message: more can't be read.
const NOTICES_MAX: usize = 50;
/// Messages claimed at a time.
const BATCH_MAX: usize = 200;
/// Calls of one robot in one run: each may take as long as a call may.
const CALLS_MAX: usize = 5;
/// Of one notice in a group, in characters; the whole text stands on the recipient's page. A digest is meant to be long.
const NOTICE_CHARS_MAX: usize = 300;

/// Of the hash of a robot's address, by which its pace is known: enough that no two of an installation meet.
const ROBOT_HASH_BYTES: usize = 12;

/// A robot's address and, where its platform signs, its secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Robot {
    /// Webhook address, the token in it.
    pub url: String,
    /// Secret of the signature.
    pub secret: Option<String>,
}

impl std::fmt::Debug for Robot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Robot").field("signed", &self.secret.is_some()).finish_non_exhaustive()
    }
}

/// What a platform does its own way.
pub trait Platform: Send + Sync + 'static {
    /// The channel's id.
    const ID: &'static str;
    /// Longest text of a message, in bytes.
    const TEXT_BYTES_MAX: usize;
    /// How often a robot may be called.
    const CAPS: &'static [Cap];
    /// How long the platform refuses a robot that was called too often.
    const PAUSE: Span;

    /// Codes that say that the robot was called too often.
    const TOO_OFTEN: &'static [i64];
    /// Words of a code that can also mean that.
    const TOO_OFTEN_WORDS: &'static [&'static str] = &["too many", "too fast", "frequen", "rate limit", "限流", "频率"];
    /// Codes of a passing state of the platform.
    const BUSY: &'static [i64];
    /// Codes that say that this very text will never be taken. Whatever stands in none of the lists is tried later, and
    /// the operator told: a key, a keyword or a signature can be put right, a notice that was given up is lost.
    const NEVER: &'static [i64];

    /// Address and body of a call.
    fn call(robot: &Robot, text: &str, now: Instant) -> (String, Value);

    /// The code in an answer, 0 being that it went well, and what it says besides.
    fn code(answer: &Value) -> Option<(i64, String)> {
        let why = answer.get("errmsg").and_then(Value::as_str).unwrap_or_default();
        Some((answer.get("errcode")?.as_i64()?, why.to_owned()))
    }
}

/// The robots of a platform as a channel.
pub struct Robots<P> {
    http: Http,
    /// By body or jurisdiction, each with the name of its pace.
    robots: BTreeMap<String, (Robot, String)>,
    paces: Arc<dyn Paces>,
    platform: std::marker::PhantomData<P>,
}

impl<P: Platform> Robots<P> {
    /// The robots of an installation, by the body or jurisdiction whose group they speak to, and where their paces are kept.
    ///
    /// # Errors
    /// No client can be made.
    pub fn new(robots: BTreeMap<String, Robot>, paces: Arc<dyn Paces>) -> Result<Self, ChannelError> {
        // The platform counts by address, whomever the group is for; the address itself is a secret.
        let name = |robot: &Robot| {
            let hash = hex::encode(&Sha256::digest(robot.url.as_bytes())[..ROBOT_HASH_BYTES]);
            format!("{}/{hash}", P::ID)
        };
        let robots = robots.into_iter().map(|(place, robot)| (place, (robot.clone(), name(&robot)))).collect();
        Ok(Self { http: Http::new()?, robots, paces, platform: std::marker::PhantomData })
    }

    /// The place of the robot that is meant for a message: the narrowest.
    fn place(&self, message: &Message) -> Option<&str> {
        let place = message.to.places.iter().find_map(|place| self.robots.get_key_value(place.as_str()));
        place.map(|(place, _)| place.as_str())
    }

    /// Tells one robot's group; the answers by the message's number.
    async fn tell(&self, place: &str, messages: Vec<(usize, &Message)>, now: Instant) -> Vec<(usize, Outcome)> {
        let Some((robot, name)) = self.robots.get(place) else { return Vec::new() };
        let mut answers = Vec::with_capacity(messages.len());
        let mut rest = messages.as_slice();
        let mut calls = 0;
        while !rest.is_empty() {
            let texts: Vec<&Message> = rest.iter().map(|(_, message)| *message).collect();
            let (text, taken) = group(&texts, P::TEXT_BYTES_MAX);
            let (these, later) = rest.split_at(taken);
            let may = if calls < CALLS_MAX { self.paces.take(name, P::CAPS, now).await } else { Ok(Err(now)) };
            let wait = match may {
                Ok(Ok(())) => None,
                Ok(Err(at)) => {
                    let why = format!("机器人每次限发 {} 条", P::CAPS.last().map_or(0, |cap| cap.calls));
                    Some(ChannelError::NotBefore { why, at })
                }
                Err(error) => Some(error),
            };
            if let Some(wait) = wait {
                answers.extend(rest.iter().map(|(number, _)| (*number, Err(wait.clone()))));
                return answers;
            }
            calls += 1;
            let outcome = self.call((robot, name), &text, &texts[..taken], now).await;
            answers.extend(these.iter().map(|(number, _)| (*number, outcome.clone())));
            rest = later;
        }
        answers
    }

    async fn call(&self, (robot, name): (&Robot, &str), text: &str, messages: &[&Message], now: Instant) -> Outcome {
        let (url, body) = P::call(robot, text, now);
        let keys: Vec<String> = messages.iter().map(|message| message.key_hash()).collect();
        let mut headers = HeaderMap::new();
        if let Ok(keys) = HeaderValue::from_str(&keys.join(",")) {
            headers.insert("x-huiying-keys", keys);
        }
        let answer = self.http.post(&url, headers, body.to_string().into_bytes()).await?;
        let outcome = verdict::<P>(&answer, now);
        if let Err(ChannelError::NotBefore { at, .. }) = &outcome {
            self.paces.pause(name, *at).await;
        }
        outcome
    }
}

type Outcome = Result<(), ChannelError>;

/// The platforms answer 200 (some 400) with a code in the body; a body without one is no acceptance.
fn verdict<P: Platform>(answer: &Answer, now: Instant) -> Outcome {
    let code = serde_json::from_slice(&answer.body).ok().and_then(|body: Value| P::code(&body));
    let too_often = |why: String| Err(ChannelError::NotBefore { why, at: now + P::PAUSE });
    let (code, why) = match code {
        Some((0, _)) if (200..300).contains(&answer.status) => return Ok(()),
        Some((code, why)) if code != 0 => (code, why),
        _ if answer.status == 429 => return too_often("机器人发送过快（HTTP 429）".to_owned()),
        _ if answer.status < 300 => {
            return Err(ChannelError::Refused(format!("机器人的回答读不懂：{}", answer.shown())));
        }
        _ => return answer.verdict().map_err(ChannelError::never_is_later),
    };
    let words = why.to_lowercase();
    let says_too_often = answer.status == 429 || P::TOO_OFTEN_WORDS.iter().any(|known| words.contains(known));
    if P::TOO_OFTEN.contains(&code) || says_too_often {
        too_often(format!("机器人发送过快（{code} {why}）"))
    } else if P::NEVER.contains(&code) {
        Err(ChannelError::Never(format!("机器人拒收（{code} {why}）")))
    } else if P::BUSY.contains(&code) || answer.status >= 500 {
        Err(ChannelError::Later(format!("机器人暂不可用（{code} {why}）")))
    } else {
        Err(ChannelError::Refused(format!("机器人返回错误（{code} {why}）")))
    }
}

/// A text of as many of the messages as fit, the first at least, and how many. What several people in one group are told
/// alike stands there once.
fn group(messages: &[&Message], bytes_max: usize) -> (String, usize) {
    let mut entries: Vec<(Vec<&str>, &Message)> = Vec::new();
    let mut fits = None;
    for (number, message) in messages.iter().take(NOTICES_MAX).enumerate() {
        let name = message.to.name.as_str();
        match entries.iter_mut().find(|(_, known)| known.content == message.content) {
            Some((names, _)) if names.contains(&name) => {}
            Some((names, _)) => names.push(name),
            None => entries.push((vec![name], message)),
        }
        let text = text_of(&entries);
        if text.len() > bytes_max {
            break;
        }
        fits = Some((text, number + 1));
    }
    fits.unwrap_or_else(|| (cut(&text_of(&entries), bytes_max), 1))
}

fn text_of(entries: &[(Vec<&str>, &Message)]) -> String {
    if let [(names, only)] = entries {
        return format!("【回应】{}", line(names, only));
    }
    let lines =
        entries.iter().enumerate().map(|(n, (names, message))| format!("\n{}. {}", n + 1, line(names, message)));
    format!("【回应】{} 条通知{}", entries.len(), lines.collect::<String>())
}

fn line(names: &[&str], message: &Message) -> String {
    let content = &message.content;
    let chars_max = if content.kind == DIGEST { usize::MAX } else { NOTICE_CHARS_MAX };
    let mut text: String = content.text.chars().take(chars_max).collect();
    if content.text.chars().count() > chars_max {
        text.push('…');
    }
    let about = content.incident.as_ref().map(|incident| format!("（事件 {incident}）")).unwrap_or_default();
    let at = content.at.beijing().format("%m-%d %H:%M");
    format!("{}：{text}{about} {at}", names.join("、"))
}

/// At most so many bytes, whole characters.
fn cut(text: &str, bytes_max: usize) -> String {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[async_trait]
impl<P: Platform> Channel for Robots<P> {
    fn id(&self) -> &'static str {
        P::ID
    }

    fn batch_max(&self) -> usize {
        BATCH_MAX
    }

    fn subject(&self, message: &Message) -> String {
        format!("{}/{}", P::ID, self.place(message).unwrap_or(message.recipient.as_str()))
    }

    async fn deliver(&self, messages: &[Message], now: Instant) -> Vec<Outcome> {
        let mut by_robot: BTreeMap<&str, Vec<(usize, &Message)>> = BTreeMap::new();
        let mut answers: Vec<Outcome> = Vec::with_capacity(messages.len());
        for (number, message) in messages.iter().enumerate() {
            let place = self.place(message);
            answers.push(match place {
                Some(_) => Err(ChannelError::Later("机器人没有回答".to_owned())),
                None => Err(ChannelError::Refused(format!("没有为 {} 配置机器人", message.recipient))),
            });
            if let Some(place) = place {
                by_robot.entry(place).or_default().push((number, message));
            }
        }
        let told = by_robot.into_iter().map(|(place, messages)| self.tell(place, messages, now));
        for (number, answer) in join_all(told).await.into_iter().flatten() {
            answers[number] = answer;
        }
        answers
    }
}
