//! A test notice (测试通知) by a channel of this installation, so that one knows before it matters.

use crate::domain::errand::{ChannelAnswer, ErrandResult};
use crate::domain::ids::UserId;
use crate::domain::office::CITY;
use crate::domain::routing::{Addressee, CHANNELS, IN_APP, SMTP, TESTED, WEBHOOK, addressee, is_email};
use crate::engine::Engine;
use crate::notify::Message;

impl Engine {
    /// Sends one test message to each whom the channel is for, or to the one named.
    pub(super) async fn test_channel(&self, channel: &str, to: Option<String>) -> Result<ErrandResult, String> {
        let known = CHANNELS.iter().find(|known| **known == channel).copied();
        let id = known.ok_or_else(|| format!("没有渠道“{channel}”"))?;
        let found =
            self.deliverer.channel(id).ok_or("这个渠道还没有配置；请按页上的说明写进 huiying.toml，重启后再试")?;
        let now = self.clock.now();
        let recipients = self.recipients(id, to).await?;
        let message = |to: &String| Message::test(to.clone(), self.addressee(id, to), now);
        let messages: Vec<Message> = recipients.iter().map(message).collect();
        let answers = found.deliver(&messages, now).await;
        if answers.iter().any(Result::is_ok) {
            let kept = async {
                let mut tx = self.store.write().await?;
                tx.put_meta(&format!("{TESTED}{id}"), &now.to_string()).await?;
                tx.commit().await
            };
            kept.await.map_err(|error| error.to_string())?;
        }
        let answers = messages.into_iter().zip(answers).map(|(message, answer)| ChannelAnswer {
            to: message.recipient,
            error: answer.err().map(|error| error.to_string()),
        });
        Ok(ErrandResult::ChannelTest { answers: answers.collect() })
    }

    fn addressee(&self, channel: &str, recipient: &str) -> Addressee {
        let own = addressee(&self.rules.load().office, recipient);
        match channel {
            SMTP => Addressee { emails: vec![recipient.to_owned()], ..own },
            _ => own,
        }
    }

    async fn recipients(&self, channel: &str, to: Option<String>) -> Result<Vec<String>, String> {
        let to = to.map(|to| to.trim().to_owned()).filter(|to| !to.is_empty());
        match (channel, to) {
            (SMTP, Some(to)) if is_email(&to) => Ok(vec![to]),
            (SMTP, _) => Err("请填写一个收件邮箱".to_owned()),
            (IN_APP, Some(to)) => {
                let user = self.store.user(&UserId::from(to.as_str())).await.map_err(|error| error.to_string())?;
                user.map(|user| vec![user.id.to_string()]).ok_or_else(|| format!("没有用户“{to}”"))
            }
            (IN_APP, None) => Err("请填写收通知的用户".to_owned()),
            (WEBHOOK, to) => Ok(vec![to.unwrap_or_else(|| CITY.to_owned())]),
            (robot, to) => {
                let places = self.acts.routes().robots.get(robot).cloned().unwrap_or_default();
                match to {
                    None => Ok(places.into_iter().collect()),
                    Some(to) if places.contains(&to) => Ok(vec![to]),
                    Some(to) => Err(format!("没有为“{to}”配置机器人")),
                }
            }
        }
    }
}
