//! `huiying notify test`: one message by one channel, so that one knows before it matters.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;

use super::channels::{one, places, robots_of};
use super::{Failure, Global, Outcome, open};
use crate::config::Config;
use crate::domain::ids::UserId;
use crate::domain::office::{CITY, Office};
use crate::domain::routing::{Addressee, CHANNELS, IN_APP, SMTP, WEBHOOK, addressee, is_email};
use crate::engine::deliver::Channels;
use crate::notify::{Message, OwnPaces};
use crate::store::Store;
use crate::time::{Clock, SystemClock};

/// Whom an in-app test goes to by default.
const ADMIN: &str = "admin";

/// 通知渠道
#[derive(Debug, clap::Args)]
pub struct Notify {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send one test message; a channel that is not configured is an error
    Test {
        /// in_app, smtp, webhook, wecom, dingtalk or feishu
        channel: String,
        /// A mailbox (smtp; default: the sender's own), a body or jurisdiction (robots; default: all that have one), or a
        /// user (in_app; default: admin)
        #[arg(long, value_name = "WHOM")]
        to: Option<String>,
    },
}

impl Notify {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let Command::Test { channel, to } = self.command;
        if !CHANNELS.contains(&channel.as_str()) {
            return Err(Failure::Usage(format!("没有渠道“{channel}”；可用：{}", CHANNELS.join("、"))));
        }
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        open::runtime()?.block_on(async {
            let found = if channel == IN_APP {
                let store = open::store(&config).await?;
                known(&store, &rules.office, to.as_deref().unwrap_or(ADMIN)).await?;
                Channels::in_app(&store).get(IN_APP).cloned()
            } else {
                // One message: the pace needs no database.
                one(&config, &rules.office, &channel, Arc::new(OwnPaces::default()))?
            };
            let Some(found) = found else {
                return Err(Failure::Usage(format!(
                    "渠道 {channel} 没有配置；请在 huiying.toml 写 [notify.{channel}] 一节，各键见 README 的“配置”"
                )));
            };
            let to = addressees(&config, &channel, to.as_deref())?;
            let now = SystemClock::default().now();
            let messages: Vec<Message> = to.into_iter().map(|(recipient, to)| Message::test(recipient, to, now)).collect();
            let answers = found.deliver(&messages, now).await;
            let mut refused = 0;
            for (message, answer) in messages.iter().zip(&answers) {
                if let Err(error) = answer {
                    refused += 1;
                    eprintln!("{}：{error}", message.recipient);
                }
            }
            let to: Vec<&str> = messages.iter().map(|message| message.recipient.as_str()).collect();
            say!(
                "{}",
                serde_json::json!({"channel": channel, "to": to, "accepted": messages.len() - refused, "refused": refused})
            );
            Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
        })
    }
}

/// Refuses an in-app message that nobody would see.
async fn known(store: &Store, office: &Office, to: &str) -> Result<(), Failure> {
    let user = store.user(&UserId::from(to)).await.map_err(open::database)?;
    let holder = addressee(office, to).places.len() > 1;
    if user.is_some() || holder || office.bodies.contains_key(to) {
        return Ok(());
    }
    Err(Failure::Usage(format!("--to {to}：没有这个用户、单位或值班岗位")))
}

/// Whom a test message goes to, each with its id.
fn addressees(config: &Config, channel: &str, to: Option<&str>) -> Result<Vec<(String, Addressee)>, Failure> {
    let named = |id: &str| {
        let places = vec![id.to_owned()];
        (id.to_owned(), Addressee { name: id.to_owned(), emails: Vec::new(), places })
    };
    match channel {
        SMTP => {
            let from = config.notify.smtp.as_ref().map(|smtp| smtp.from.as_str()).unwrap_or_default();
            let own = from.rsplit_once('<').map_or(from, |(_, address)| address.trim_end_matches('>')).trim();
            let email = to.unwrap_or(own);
            if !is_email(email) {
                return Err(Failure::Usage(format!("--to {email}：不是邮箱地址")));
            }
            Ok(vec![(email.to_owned(), Addressee { emails: vec![email.to_owned()], ..named(email).1 })])
        }
        IN_APP => Ok(vec![named(to.unwrap_or(ADMIN))]),
        WEBHOOK => Ok(vec![named(to.unwrap_or(CITY))]),
        _ => {
            let robots = robots_of(config).into_iter().find(|(id, _)| *id == channel).and_then(|(_, robots)| robots);
            let places = robots.map(places).unwrap_or_default();
            match to {
                None => Ok(places.keys().map(|place| named(place)).collect()),
                Some(to) if places.contains_key(to) => Ok(vec![named(to)]),
                Some(to) => {
                    let known: Vec<&str> = places.keys().map(String::as_str).collect();
                    Err(Failure::Usage(format!("--to {to}：没有为它配置机器人；有：{}", known.join("、"))))
                }
            }
        }
    }
}
