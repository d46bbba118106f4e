//! Errands (交给后台的事): what a page asks the engine to do, since it fetches pages, reads many texts or tells people, and what
//! comes of it. Nothing of it changes an incident.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ids::{BodyId, IncidentId, MentionId};
use super::instant::Instant;
use super::mention::{Channel, MENTION_TEXT_BYTES_MAX};

/// Most days that a backtest looks back.
pub const BACKTEST_DAYS_MAX: u32 = 90;
/// Most mentions that a backtest reads, the newest first.
pub const BACKTEST_MENTIONS_MAX: usize = 20_000;
/// Longest address, in characters.
const URL_CHARS_MAX: usize = 2_000;
/// Longest text of a rule file, in bytes.
const RULE_BYTES_MAX: usize = 200 * 1024;
/// Longest name of whom a test notice goes to, in characters.
const TO_CHARS_MAX: usize = 254;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Errand {
    /// 信源草案: proposes a definition from a page.
    SourceProposal {
        /// The page.
        url: String,
    },
    /// 试采: shows what a definition would collect, and why a field is empty. Nothing is stored.
    SourceTest {
        /// The definition, as its file says it.
        text: String,
    },
    /// 试一试: what a text would be judged as, and whether it would open an incident.
    TryText {
        /// 标题
        #[serde(default)]
        title: Option<String>,
        /// 正文
        text: String,
        /// 渠道
        #[serde(default)]
        channel: Channel,
        /// A rule file whose proposed text is in force for this try.
        #[serde(default)]
        proposed: Option<Proposed>,
    },
    /// 回测: which mentions of the last days would newly open an incident by a proposed text, and which no more.
    Backtest {
        /// The proposed text of a rule file.
        proposed: Proposed,
        /// Days to look back.
        #[schema(minimum = 1, maximum = 90)]
        days: u32,
    },
    /// 测试通知
    ChannelTest {
        /// Which channel.
        channel: String,
        /// A mailbox, a user or a place that has a robot; without it whoever it is for by default.
        #[serde(default)]
        to: Option<String>,
    },
}

/// The proposed text of a rule file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    /// The file, relative to the rules folder.
    pub file: String,
    /// Its text; none is without it.
    #[serde(default)]
    pub text: Option<String>,
}

impl Errand {
    /// Its kind in the table.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SourceProposal { .. } => "source_proposal",
            Self::SourceTest { .. } => "source_test",
            Self::TryText { .. } => "try_text",
            Self::Backtest { .. } => "backtest",
            Self::ChannelTest { .. } => "channel_test",
        }
    }

    /// Refuses what is too long or too much, in words.
    pub fn check(&self) -> Result<(), String> {
        let rule = |text: Option<&str>| match text {
            Some(text) if text.len() > RULE_BYTES_MAX => Err(format!("规则文件不超过 {} KiB", RULE_BYTES_MAX / 1024)),
            _ => Ok(()),
        };
        match self {
            Self::SourceProposal { url } if url.chars().count() > URL_CHARS_MAX => {
                Err(format!("网址不超过 {URL_CHARS_MAX} 字"))
            }
            Self::SourceProposal { .. } => Ok(()),
            Self::SourceTest { text } => rule(Some(text)),
            Self::TryText { text, title, proposed, .. } => {
                let length = text.len() + title.as_deref().map_or(0, str::len);
                if text.trim().is_empty() {
                    return Err("请粘贴一段正文".to_owned());
                }
                if length > MENTION_TEXT_BYTES_MAX {
                    return Err(format!("正文不超过 {} KiB", MENTION_TEXT_BYTES_MAX / 1024));
                }
                rule(proposed.as_ref().and_then(|proposed| proposed.text.as_deref()))
            }
            Self::Backtest { days, .. } if !(1..=BACKTEST_DAYS_MAX).contains(days) => {
                Err(format!("回测天数为 1 至 {BACKTEST_DAYS_MAX} 天"))
            }
            Self::Backtest { proposed, .. } => rule(proposed.text.as_deref()),
            Self::ChannelTest { to, .. } if to.as_deref().is_some_and(|to| to.chars().count() > TO_CHARS_MAX) => {
                Err("收件人过长".to_owned())
            }
            Self::ChannelTest { .. } => Ok(()),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ErrandResult {
    /// 信源草案
    SourceProposal {
        /// The definition, as a file.
        text: String,
        /// Items that it finds on this page.
        items: usize,
    },
    /// 试采
    SourceTest(Tried),
    /// 试一试
    TryText(Judged),
    /// 回测
    Backtest(Backtested),
    /// 测试通知
    ChannelTest {
        /// What each recipient's channel said: none where it was accepted.
        answers: Vec<ChannelAnswer>,
    },
}

/// What a definition would collect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Tried {
    /// Items of the list, the first ones.
    pub items: Vec<TriedItem>,
    /// How many there are in all.
    pub count: usize,
    /// Encoding of the page.
    pub charset: String,
    /// What a person should know: fields that are empty, and why.
    pub notes: Vec<String>,
    /// The first items' own pages.
    pub pages: Vec<TriedPage>,
}

/// An item of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriedItem {
    /// Its page.
    pub url: Option<String>,
    /// 标题
    pub title: Option<String>,
    /// Beginning of the text, where the list has it.
    pub text: Option<String>,
    /// 发布时间
    pub published_at: Option<Instant>,
    /// 作者
    pub author: Option<String>,
}

/// An item's own page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriedPage {
    /// Its address.
    pub url: String,
    /// 标题
    pub title: Option<String>,
    /// 发布时间
    pub published_at: Option<Instant>,
    /// 来源
    pub origin: Option<String>,
    /// 作者
    pub author: Option<String>,
    /// Characters of its text.
    pub chars: usize,
    /// Beginning of the text.
    pub text: Option<String>,
    /// Beginning of the answer to a letter.
    pub answer: Option<String>,
    /// Fields that are empty, and why; why the page can't be read.
    pub notes: Vec<String>,
}

/// What a text is judged as.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Judged {
    /// Whether it would open an incident.
    pub opens: bool,
    /// Why, or why not.
    pub why: Vec<String>,
    /// Topics (关注主题) that match, by id.
    pub topics: Vec<String>,
    /// 事件等级
    pub event_grade: super::grade::Grade,
    /// 敏感
    pub sensitive: bool,
    /// Bodies whose duty it is, best first.
    pub departments: Vec<BodyId>,
    /// Reasons for each verdict: `sentiment`, `event_grade`, `sensitive`, `topic`, `region` …
    pub reasons: Vec<JudgedReason>,
    /// Words that weighed, with their places.
    pub words: Vec<JudgedWord>,
}

/// A reason for a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JudgedReason {
    /// What it decided.
    pub of: String,
    /// In words.
    pub why: String,
}

/// A word that weighed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JudgedWord {
    /// In which verdict.
    pub of: String,
    /// The word.
    pub word: String,
    /// `title` or `text`.
    pub part: String,
    /// First character there.
    pub start: usize,
    /// One past its last.
    pub end: usize,
}

/// What a proposed text would change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Backtested {
    /// Mentions that were read.
    pub read: usize,
    /// The earliest of them was detected then.
    pub since: Option<Instant>,
    /// There were more within the days than are read.
    pub cut: bool,
    /// Mentions that open an incident by the rules in force.
    pub opening_now: usize,
    /// Mentions that would open one by the proposed text.
    pub opening_then: usize,
    /// How many would newly open one.
    pub added_count: usize,
    /// How many would open none any more.
    pub lost_count: usize,
    /// Those that would newly open one, the newest first, as far as shown.
    pub added: Vec<BacktestRow>,
    /// Those that would open none any more.
    pub lost: Vec<BacktestRow>,
    /// Mentions that match the topic by the proposed text, where it is one.
    pub matching: Option<usize>,
}

/// A mention that would be judged otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BacktestRow {
    /// The mention.
    pub mention: MentionId,
    /// 标题, or the beginning of its text.
    pub title: String,
    /// 渠道
    pub channel: Channel,
    /// When it was detected.
    pub detected_at: Instant,
    /// Its incident, if it belongs to one.
    pub incident: Option<IncidentId>,
    /// Why it would open one, or why it opens one now.
    pub why: String,
    /// Others like it that are not listed one by one.
    pub alike: usize,
}

/// What a channel said to a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelAnswer {
    /// Whom it was for.
    pub to: String,
    /// Why it was not accepted; none where it was.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_refused_in_words() {
        let proposed = |text: &str| Proposed { file: "topics/a.yaml".into(), text: Some(text.into()) };
        assert!(Errand::Backtest { proposed: proposed("id: a"), days: 30 }.check().is_ok());
        let refused = [
            Errand::Backtest { proposed: proposed("id: a"), days: 0 },
            Errand::Backtest { proposed: proposed(&"a".repeat(RULE_BYTES_MAX + 1)), days: 3 },
            Errand::SourceProposal { url: "a".repeat(URL_CHARS_MAX + 1) },
            Errand::TryText { title: None, text: " ".into(), channel: Channel::Other, proposed: None },
        ];
        for errand in refused {
            assert!(!errand.check().unwrap_err().is_empty(), "{errand:?}");
        }
    }
}
