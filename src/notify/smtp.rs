//! Mail (电子邮件) by SMTP: one mail for each recipient and notice. The Message-ID is made of the notice's key, so that a
//! repetition can be told by mail programs too.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{self};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::{Channel, ChannelError, Message};
use crate::domain::instant::Instant;
use crate::domain::routing::SMTP;

/// Messages of a batch: each may take as long as a command may.
const BATCH_MAX: usize = 20;
/// Longest wait for an answer.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// Answers that say no for ever, but are about our own log-in, which someone will put right.
const LOG_IN_CODES: [u16; 5] = [530, 534, 535, 538, 554];
/// Text of a subject, which is the first line of a notice, in characters.
const SUBJECT_CHARS_MAX: usize = 60;

/// How a connection is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// From the first byte (port 465).
    Implicit,
    /// Begun by STARTTLS, and refused without it (port 587).
    Starttls,
    /// Not at all: a relay on this machine or in a closed network (port 25).
    None,
}

/// A mail server and whom we are to it.
#[derive(Clone)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Secrecy.
    pub tls: SmtpTls,
    /// Log-in, if it wants one: name and password.
    pub login: Option<(String, String)>,
    /// Sender: `name@host` or `Name <name@host>`.
    pub from: String,
}

/// The channel.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// To that server. It is not asked before the first mail.
    ///
    /// # Errors
    /// The sender is no address, or the TLS set-up fails.
    pub fn new(settings: &Smtp) -> Result<Self, ChannelError> {
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|error| ChannelError::Never(format!("发件人“{}”不是邮箱地址：{error}", settings.from)))?;
        let parameters = || {
            TlsParameters::new(settings.host.clone())
                .map_err(|error| ChannelError::Later(format!("TLS 不可用：{error}")))
        };
        let tls = match settings.tls {
            SmtpTls::Implicit => Tls::Wrapper(parameters()?),
            SmtpTls::Starttls => Tls::Required(parameters()?),
            SmtpTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
            .port(settings.port)
            .tls(tls)
            .timeout(Some(COMMAND_TIMEOUT));
        if let Some((name, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(name.clone(), password.clone()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Sends to each of the recipient's mailboxes. Some mailboxes that don't exist stop no other.
    async fn send(&self, message: &Message) -> Result<(), Refused> {
        let mut refused = None;
        let mut accepted = false;
        for email in &message.to.emails {
            match self.send_to(message, email).await {
                Ok(()) => accepted = true,
                Err(Refused { error: ChannelError::Never(why), .. }) => {
                    tracing::error!(%email, %why, key = %message.key, "a mailbox does not take its mail");
                    refused = Some(ChannelError::Never(format!("{email}：{why}")));
                }
                Err(error) => return Err(error),
            }
        }
        match refused {
            Some(error) if !accepted => Err(error.into()),
            None if !accepted => Err(ChannelError::Never(format!("{} 没有登记邮箱", message.to.name)).into()),
            _ => Ok(()),
        }
    }

    async fn send_to(&self, message: &Message, email: &str) -> Result<(), Refused> {
        let never = |error: &dyn std::fmt::Display| ChannelError::Never(error.to_string());
        let address: Address = email.parse().map_err(|error| never(&error))?;
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(message.to.name.clone()), address))
            .subject(subject(message))
            .message_id(Some(format!("<{}@{}>", message.key_hash(), self.from.email.domain())))
            .date(std::time::UNIX_EPOCH + Duration::from_millis(message.content.at.ms().unsigned_abs()))
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("X-Huiying-Key"), message.key.clone()))
            .header(ContentType::TEXT_PLAIN)
            .body(text(message))
            .map_err(|error| never(&error))?;
        self.transport.send(mail).await.map(|_| ()).map_err(|error| failed(&error))
    }
}

/// A mail that was not sent.
struct Refused {
    error: ChannelError,
    /// The server was not reached: the next mail needs no attempt.
    down: bool,
}

impl From<ChannelError> for Refused {
    fn from(error: ChannelError) -> Self {
        Self { error, down: false }
    }
}

/// What the server's refusal means for the next attempt.
fn failed(error: &smtp::Error) -> Refused {
    let code = error.status().map(u16::from);
    let why = error.to_string();
    match code {
        Some(code) if error.is_permanent() && !LOG_IN_CODES.contains(&code) => ChannelError::Never(why).into(),
        _ => Refused { error: ChannelError::Later(format!("邮件服务器：{why}")), down: code.is_none() },
    }
}

fn subject(message: &Message) -> String {
    let first = message.content.text.lines().next().unwrap_or_default();
    let short: String = first.chars().take(SUBJECT_CHARS_MAX).collect();
    match &message.content.incident {
        Some(incident) => format!("【回应】事件 {incident}：{short}"),
        None => format!("【回应】{short}"),
    }
}

fn text(message: &Message) -> String {
    let content = &message.content;
    let incident = content.incident.as_ref().map(|incident| format!("\r\n事件编号：{incident}")).unwrap_or_default();
    let at = content.at.beijing().format("%Y-%m-%d %H:%M:%S");
    format!(
        "{}：\r\n\r\n{}\r\n{incident}\r\n时间：{at}（北京时间）\r\n\r\n请登录系统处理。本邮件由系统自动发送，可能重复送达。\r\n",
        message.to.name, content.text
    )
}

#[async_trait]
impl Channel for Mailer {
    fn id(&self) -> &'static str {
        SMTP
    }

    fn batch_max(&self) -> usize {
        BATCH_MAX
    }

    async fn deliver(&self, messages: &[Message], _now: Instant) -> Vec<Result<(), ChannelError>> {
        let mut answers = Vec::with_capacity(messages.len());
        for message in messages {
            match self.send(message).await {
                Ok(()) => answers.push(Ok(())),
                Err(Refused { error, down }) => {
                    answers.push(Err(error.clone()));
                    if down {
                        answers.resize(messages.len(), Err(error));
                        break;
                    }
                }
            }
        }
        answers
    }
}
