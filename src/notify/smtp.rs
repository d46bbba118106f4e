//! Mail (电子邮件) by SMTP: one mail for each recipient and notice. The Message-ID is made of the notice's key, so that a
//! repetition can be told by mail programs too.

use std::time::Duration;

use async_trait::async_trait;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::{self};

use super::refusal::{About, Stage, about};
use super::{Channel, ChannelError, Message};
use crate::domain::instant::Instant;
use crate::domain::routing::SMTP;

/// Messages of a batch: each may take as long as a command may.
const BATCH_MAX: usize = 20;
/// Longest wait for an answer.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
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
    settings: Smtp,
    tls: Option<TlsParameters>,
    hello: ClientId,
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
        let tls = match settings.tls {
            SmtpTls::None => None,
            SmtpTls::Implicit | SmtpTls::Starttls => Some(
                TlsParameters::new(settings.host.clone())
                    .map_err(|error| ChannelError::Later(format!("TLS 不可用：{error}")))?,
            ),
        };
        Ok(Self { settings: settings.clone(), tls, hello: ClientId::default(), from })
    }

    /// A connection on which mails can be sent.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Refused> {
        let refused = |error: smtp::Error| failed(Stage::LogIn, &error);
        let server = (self.settings.host.as_str(), self.settings.port);
        let implicit = self.tls.clone().filter(|_| self.settings.tls == SmtpTls::Implicit);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(COMMAND_TIMEOUT), &self.hello, implicit, None)
                .await
                .map_err(refused)?;
        if let (SmtpTls::Starttls, Some(tls)) = (self.settings.tls, &self.tls) {
            connection.starttls(tls.clone(), &self.hello).await.map_err(refused)?;
        }
        if let Some((name, password)) = &self.settings.login {
            let login = Credentials::new(name.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &login).await.map_err(refused)?;
        }
        Ok(connection)
    }

    /// Sends to each of the recipient's mailboxes. Some mailboxes that don't exist stop no other.
    async fn send(&self, line: &mut Line<'_>, message: &Message) -> Result<(), Refused> {
        let mut refused = None;
        let mut accepted = false;
        for email in &message.to.emails {
            match self.send_to(line, message, email).await {
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

    async fn send_to(&self, line: &mut Line<'_>, message: &Message, email: &str) -> Result<(), Refused> {
        let never = |error: &dyn std::fmt::Display| ChannelError::Never(error.to_string());
        let address: Address = email.parse().map_err(|error| never(&error))?;
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(message.to.name.clone()), address.clone()))
            .subject(subject(message))
            .message_id(Some(format!("<{}@{}>", message.key_hash(), self.from.email.domain())))
            .date(std::time::UNIX_EPOCH + Duration::from_millis(message.content.at.ms().unsigned_abs()))
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("X-Huiying-Key"), message.key.clone()))
            .header(ContentType::TEXT_PLAIN)
            .body(text(message))
            .map_err(|error| never(&error))?;
        line.send(&self.from.email, address, &mail.formatted()).await
    }
}

/// One connection to the server for a batch, made when the first mail needs it, and anew after an error.
struct Line<'a> {
    mailer: &'a Mailer,
    connection: Option<AsyncSmtpConnection>,
}

impl Line<'_> {
    /// Speaks the dialogue itself, since what a refusal means hangs on where in it the server refuses.
    async fn send(&mut self, from: &Address, to: Address, mail: &[u8]) -> Result<(), Refused> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => self.connection.insert(self.mailer.connect().await?),
        };
        let outcome = dialogue(connection, from, to, mail).await;
        // After a refusal the server waits for the next mail, if it will; whatever else went wrong ends the connection.
        if let Err(refused) = &outcome
            && (refused.down || connection.command(Rset).await.is_err())
            && let Some(mut connection) = self.connection.take()
        {
            connection.abort().await;
        }
        outcome
    }

    async fn close(mut self) {
        if let Some(connection) = &mut self.connection {
            connection.abort().await;
        }
    }
}

async fn dialogue(
    connection: &mut AsyncSmtpConnection,
    from: &Address,
    to: Address,
    mail: &[u8],
) -> Result<(), Refused> {
    let mut parameters = Vec::new();
    let plain: &dyn AsRef<str> = &to;
    if !plain.as_ref().is_ascii() || !AsRef::<str>::as_ref(from).is_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let why = "邮件服务器不支持非 ASCII 的邮箱地址（SMTPUTF8）";
            return Err(ChannelError::Refused(why.to_owned()).into());
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let at = |stage| move |error: smtp::Error| failed(stage, &error);
    connection.command(Mail::new(Some(from.clone()), parameters)).await.map_err(at(Stage::Sender))?;
    connection.command(Rcpt::new(to, Vec::new())).await.map_err(at(Stage::Recipient))?;
    connection.command(Data).await.map_err(at(Stage::Content))?;
    connection.message(mail).await.map_err(at(Stage::Content))?;
    Ok(())
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

/// What the server's refusal at that stage means for the next attempt.
fn failed(stage: Stage, error: &smtp::Error) -> Refused {
    let source = std::error::Error::source(error).map(ToString::to_string);
    let Some(code) = error.status().map(u16::from) else {
        let why = format!("邮件服务器：{error}");
        // The server can't be reached, or has no TLS or no way to log in: that is the server's, until someone looks.
        return Refused { error: ChannelError::Later(why), down: true };
    };
    let said = source.unwrap_or_default();
    let why = format!("邮件服务器在“{}”一步答 {code} {said}", stage.words());
    let error = match about(stage, code, &said) {
        About::Mailbox => ChannelError::Never(why),
        About::Us => ChannelError::Refused(why),
        About::Moment => ChannelError::Later(why),
    };
    // Who may not log in is not let in for the next mail either.
    Refused { error, down: stage == Stage::LogIn }
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
        let mut line = Line { mailer: self, connection: None };
        for message in messages {
            match self.send(&mut line, message).await {
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
        line.close().await;
        answers
    }
}
