//! A mention (信息/帖文/稿件): one public post, letter or article, before anyone has judged it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::{MentionId, RegionId};
use super::instant::{Instant, InstantError};
use super::json_words::in_chinese;
use super::spelling::nearest;

/// 渠道
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 新闻
    News,
    /// 网站
    Site,
    /// 微博
    Weibo,
    /// 微信
    Wechat,
    /// 论坛
    Forum,
    /// 政民互动：领导信箱、留言板
    Board,
    /// 热线
    Hotline,
    /// 视频
    Video,
    /// 其他
    #[default]
    Other,
}

impl Channel {
    /// All channels, in the order of `contract.md`.
    pub const ALL: [Self; 9] = [
        Self::News,
        Self::Site,
        Self::Weibo,
        Self::Wechat,
        Self::Forum,
        Self::Board,
        Self::Hotline,
        Self::Video,
        Self::Other,
    ];

    /// The id used in files and on the wire.
    pub const fn id(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Site => "site",
            Self::Weibo => "weibo",
            Self::Wechat => "wechat",
            Self::Forum => "forum",
            Self::Board => "board",
            Self::Hotline => "hotline",
            Self::Video => "video",
            Self::Other => "other",
        }
    }

    /// The channel of that id, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.id() == id)
    }

    /// Whether it carries letters (政民互动), which are no incidents by themselves (`domain.md` §1).
    pub const fn carries_letters(self) -> bool {
        matches!(self, Self::Board)
    }
}

/// Reach of a post at the time it was collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Engagement {
    /// 阅读
    #[serde(default)]
    pub views: Option<u64>,
    /// 转发
    #[serde(default)]
    pub reposts: Option<u64>,
    /// 评论
    #[serde(default)]
    pub comments: Option<u64>,
    /// 点赞
    #[serde(default)]
    pub likes: Option<u64>,
}

impl Engagement {
    /// What one look saw over what stood before: a count that a look doesn't show stays.
    pub fn over(&self, before: &Self) -> Self {
        Self {
            views: self.views.or(before.views),
            reposts: self.reposts.or(before.reposts),
            comments: self.comments.or(before.comments),
            likes: self.likes.or(before.likes),
        }
    }

    /// A sum in which one post's counts move from `before` to `after`; what no post shows is unknown, not nought.
    pub fn moved(&self, before: &Self, after: &Self) -> Self {
        let moved = |sum: Option<u64>, before: Option<u64>, after: Option<u64>| {
            let rest = sum.map(|sum| sum.saturating_sub(before.unwrap_or(0)));
            match (rest, after.or(before)) {
                (None, None) => None,
                (rest, after) => Some(rest.unwrap_or(0).saturating_add(after.unwrap_or(0))),
            }
        };
        Self {
            views: moved(self.views, before.views, after.views),
            reposts: moved(self.reposts, before.reposts, after.reposts),
            comments: moved(self.comments, before.comments, after.comments),
            likes: moved(self.likes, before.likes, after.likes),
        }
    }
}

/// A line of `mentions` JSONL (`contract.md`), as others send it. Unknown keys are ignored: other tools add their own.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MentionInput {
    /// The source's own id of the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// 渠道; `other` if absent.
    #[serde(default)]
    pub channel: Channel,
    /// 信源 id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// 标题
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// 正文, the only key that must be there.
    pub text: String,
    /// Displayed author; stored only as a keyed hash (`domain.md` §6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// 来源: where the page says that it comes from (`宣城日报`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Of a comment: the source's own id of the post that it is about, or that post's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// When the post says it was published; never guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Instant>,
    /// When the tool that sent it had collected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub collected_at: Option<Instant>,
    /// Region, if the sender knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionId>,
    /// Reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<Engagement>,
}

/// Longest text of one mention that is kept, in bytes; a longer one is refused, not cut.
pub const MENTION_TEXT_BYTES_MAX: usize = 1024 * 1024;

/// Why a mention can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MentionError {
    /// Nothing to analyse.
    #[error("正文 text 为空")]
    Empty,
    /// Larger than [`MENTION_TEXT_BYTES_MAX`].
    #[error("正文 {0} 字节，超过上限 1 MiB")]
    TooLong(usize),
    /// Something else than a page's address.
    #[error("url 不是网页地址：只收 http、https")]
    Address,
    /// A time that no post can have.
    #[error("{0}：{1}")]
    Time(&'static str, InstantError),
}

/// Keys of fewer letters are taken for other tools' own.
const SLIP_CHARS_MIN: usize = 3;

/// Whether an address has a scheme, and another one than a page's. Browsers pass over blanks and control characters in it.
fn is_no_address(url: &str) -> bool {
    let plain: String = url.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let Some((scheme, rest)) = plain.split_once(':') else { return false };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    // `example.cn:8080/a` names a port.
    let port = scheme.contains('.') && rest.starts_with(|c: char| c.is_ascii_digit());
    named && !port && !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https")
}

/// SHA-256 of a title and a text in hex.
pub fn content_hash(title: Option<&str>, text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(title.unwrap_or("").as_bytes());
    hash.update([0]);
    hash.update(text.as_bytes());
    hex::encode(hash.finalize())
}

/// What a mention's row says besides its words: a time moved by a day would move a clock, an address or an author would lay
/// the post to somebody else.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// When we first held the evidence.
    pub detected_at: Instant,
    /// When it says it was published.
    pub published_at: Option<Instant>,
    /// 渠道
    pub channel: Channel,
    /// 信源 id.
    pub source: Option<&'a str>,
    /// The source's own id of it.
    pub external_id: Option<&'a str>,
    /// Address.
    pub url: Option<&'a str>,
    /// Keyed hash of the author.
    pub author_hash: Option<&'a str>,
}

impl Facts<'_> {
    /// SHA-256 in hex: what an event holds of them.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: Option<&str>| {
            // None and an empty text are two facts.
            hash.update(text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
            hash.update(text.unwrap_or("").as_bytes());
        };
        let published_at = self.published_at.map(|at| at.ms().to_string());
        part(Some(&self.detected_at.ms().to_string()));
        part(published_at.as_deref());
        part(Some(self.channel.id()));
        [self.source, self.external_id, self.url, self.author_hash].into_iter().for_each(part);
        hex::encode(hash.finalize())
    }
}

impl MentionInput {
    /// The identity of `contract.md`: the same (`source`, `id`), else `url`, else content hash is the same mention.
    pub fn identity(&self) -> MentionId {
        let mut hash = Sha256::new();
        let mut part = |tag: &str, text: &str| {
            hash.update(tag.as_bytes());
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        match (&self.id, &self.url) {
            (Some(id), _) if !id.is_empty() => {
                part("source", self.source.as_deref().unwrap_or(""));
                part("id", id);
            }
            (_, Some(url)) if !url.is_empty() => part("url", url),
            _ => {
                part("title", self.title.as_deref().unwrap_or(""));
                part("text", &self.text);
            }
        }
        MentionId::new(hex::encode(&hash.finalize()[..16]))
    }

    /// The post that a comment is about, whether or not that one is known.
    pub fn parent_mention(&self) -> Option<MentionId> {
        let parent = self.parent.clone().filter(|parent| !parent.trim().is_empty())?;
        let is_address = parent.starts_with("http://") || parent.starts_with("https://");
        let (id, url) = if is_address { (None, Some(parent)) } else { (Some(parent), None) };
        Some(Self { id, url, source: self.source.clone(), ..Self::default() }.identity())
    }

    /// SHA-256 of title and text in hex: what an event may hold of a mention, besides its id.
    pub fn content_hash(&self) -> String {
        content_hash(self.title.as_deref(), &self.text)
    }

    /// Reads what a sender wrote. Keys that other tools add are passed over; one that is nearly one of ours is a slip, and what
    /// was meant by it would be lost.
    ///
    /// # Errors
    /// What is wrong, in Chinese.
    pub fn read(value: serde_json::Value) -> Result<Self, String> {
        const KEYS: [&str; 13] = [
            "id",
            "url",
            "channel",
            "source",
            "title",
            "text",
            "author",
            "origin",
            "parent",
            "published_at",
            "collected_at",
            "region",
            "engagement",
        ];
        const COUNTS: [&str; 4] = ["views", "reposts", "comments", "likes"];
        let slip = |object: &serde_json::Value, known: &[&'static str]| {
            let mut keys = object.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
            keys.find_map(|key| {
                // Short names differ from many words by two letters.
                let long = key.chars().count() > SLIP_CHARS_MIN && !known.contains(&key);
                let near = long.then(|| nearest(key, known.iter().copied())).flatten()?;
                Some(format!("没有 {key} 这一项，是不是 {near}"))
            })
        };
        let slipped = slip(&value, &KEYS).or_else(|| slip(value.get("engagement")?, &COUNTS));
        match slipped {
            Some(slipped) => Err(slipped),
            None => serde_json::from_value(value).map_err(in_chinese),
        }
    }

    /// Refuses what can't be analysed.
    pub fn check(&self) -> Result<(), MentionError> {
        if self.text.trim().is_empty() {
            return Err(MentionError::Empty);
        }
        if self.text.len() > MENTION_TEXT_BYTES_MAX {
            return Err(MentionError::TooLong(self.text.len()));
        }
        // What a browser would run is no address of a post.
        if self.url.as_deref().is_some_and(is_no_address) {
            return Err(MentionError::Address);
        }
        for (key, at) in [("published_at", self.published_at), ("collected_at", self.collected_at)] {
            at.map_or(Ok(()), |at| at.bounded().map(|_| ())).map_err(|error| MentionError::Time(key, error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_nearly_one_of_ours_is_a_slip() {
        let read = |json: &str| MentionInput::read(serde_json::from_str(json).unwrap());
        assert!(read(r#"{"text":"a","publshed_at":"2026-05-11"}"#).unwrap_err().contains("是不是 published_at"));
        assert!(read(r#"{"text":"a","engagement":{"vews":1}}"#).unwrap_err().contains("是不是 views"));
        assert!(read(r#"{"text":"a","chanel":"weibo"}"#).unwrap_err().contains("是不是 channel"));
        assert!(read(r#"{"text":"a","gold":1,"kind":"x","request":"y","ip":1,"note":""}"#).is_ok());
        assert_eq!(read(r#"{"title":"a"}"#).unwrap_err(), "缺少 text");
    }

    #[test]
    fn only_pages_have_an_address() {
        for bad in
            ["javascript:alert(1)", " JaVa\tScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"]
        {
            let input = MentionInput { url: Some(bad.to_owned()), text: "a".into(), ..MentionInput::default() };
            assert_eq!(input.check(), Err(MentionError::Address), "{bad}");
        }
        for good in ["https://a.cn/b", "HTTP://a.cn", "//a.cn/b", "a.cn/b:c", "a.cn:8080/b", "/b"] {
            let input = MentionInput { url: Some(good.to_owned()), text: "a".into(), ..MentionInput::default() };
            assert_eq!(input.check(), Ok(()), "{good}");
        }
    }
}
