//! Source definitions (信源), `rules/sources/*.yaml`: what is collected, from where, how often, and what entitles us to.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::source_field::FieldRule;
use super::units::{AnswerTime, Length, Percent, Rate, Size};
use crate::domain::ids::RegionId;
use crate::domain::instant::Span;
use crate::domain::mention::Channel;

/// Pages of a list that one run may read.
pub const LIST_PAGES_MAX: u32 = 50;
/// Requests to one host at a time that a definition may ask for.
pub const CONNECTIONS_MAX: u32 = 8;
/// Largest page that a definition may allow.
pub const BODY_MIB_MAX: u64 = 64;

/// How a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// RSS, Atom or JSON Feed
    Feed,
    /// 列表页 → 详情页
    Html,
    /// 领导信箱、留言板: list → letter, with its reply
    Board,
    /// RSSHub: a feed whose entries hold the whole post, so that their pages are not asked for
    Rsshub,
    /// 站点地图: a site's pages, as it lists them for search engines
    Sitemap,
    /// JSON 接口
    Json,
    /// 监视文件夹: files that an authorised tool puts there
    Inbox,
    /// 推送: someone else calls `POST /api/v1/mentions`
    Webhook,
}

impl SourceKind {
    /// Whether the collector fetches it over HTTP.
    pub const fn is_fetched(self) -> bool {
        matches!(self, Self::Feed | Self::Rsshub | Self::Sitemap | Self::Html | Self::Board | Self::Json)
    }
}

/// One source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceDefinition {
    /// Stable id; part of every mention's identity.
    pub id: String,
    /// How it is read.
    pub kind: SourceKind,
    /// Name on screens.
    pub name: String,
    /// First page, feed or endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// 渠道 of its mentions.
    pub channel: Channel,
    /// Region of its mentions, if they all belong to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionId>,
    /// What entitles us to read it.
    pub why: String,
    /// Whether it is collected.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Whether its own host may lie in a private network; all other such addresses are refused.
    #[serde(default)]
    pub allow_private: bool,
    /// Why the displayed author must be kept in clear; without it only a keyed hash is stored (`domain.md` §6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_author_because: Option<String>,
    /// The answer time that the board promises (`domain.md` §1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_within: Option<AnswerTime>,
    /// When it is read.
    #[serde(default)]
    pub schedule: Schedule,
    /// How it is fetched.
    #[serde(default)]
    pub http: Http,
    /// Where the list's items are (`html`, `board`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListRules>,
    /// Where the parts of a detail page are; without it the article is found by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<DetailRules>,
    /// Where the items of an answer are (`json`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<JsonRules>,
    /// The watched folder (`inbox`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbox: Option<InboxRules>,
    /// Who may push (`webhook`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookRules>,
    /// Whether comments under its posts are collected, where its feeds or pages have them.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub comments: bool,
    /// When somebody should look at it.
    #[serde(default)]
    pub alert: Alert,
}

fn is_yes(yes: &bool) -> bool {
    *yes
}

fn yes() -> bool {
    true
}

/// When a source is read: `every`, sooner (down to `at_most`) while news keep coming, later (up to `at_least`) while it
/// fails; `jitter` spreads the sources.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// The usual interval.
    pub every: Length,
    /// The shortest interval.
    pub at_most: Length,
    /// The longest interval.
    pub at_least: Length,
    /// How far an interval may deviate.
    pub jitter: Percent,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            every: Length(Span::from_minutes(10)),
            at_most: Length(Span::from_minutes(2)),
            at_least: Length(Span::from_hours(6)),
            jitter: Percent(20),
        }
    }
}

/// How pages are fetched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Requests to one host.
    pub rate: Rate,
    /// Requests to one host at a time.
    pub connections: u32,
    /// Limit of one request, from connecting to the last byte.
    pub timeout: Length,
    /// Largest page, after decompression.
    pub max_body: Size,
    /// `auto` or the name of an encoding, for a site that labels its pages wrongly.
    pub charset: String,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            rate: Rate { requests: 1, per: Span::from_secs(3) },
            connections: 1,
            timeout: Length(Span::from_secs(20)),
            max_body: Size(8 << 20),
            charset: "auto".into(),
        }
    }
}

/// Where a list's items are, as CSS selectors; fields are relative to the item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRules {
    /// One element per item.
    pub items: FieldRule,
    /// Link to the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<FieldRule>,
    /// Pages read in one run.
    #[serde(default = "one")]
    pub max_pages: u32,
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<FieldRule>,
    /// Address of the detail page.
    pub url: FieldRule,
    /// Time of publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<FieldRule>,
    /// Displayed author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<FieldRule>,
    /// Text, where the list itself shows all of it: then no detail page is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<FieldRule>,
    /// Reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<FieldRule>,
    /// Reposts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reposts: Option<FieldRule>,
    /// Comments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<FieldRule>,
    /// Likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes: Option<FieldRule>,
}

fn one() -> u32 {
    1
}

/// Where the parts of a detail page are.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetailRules {
    /// Title.
    pub title: Option<FieldRule>,
    /// Text.
    pub text: Option<FieldRule>,
    /// Elements that are no part of the text.
    pub remove: Vec<FieldRule>,
    /// Time of publication.
    pub published_at: Option<FieldRule>,
    /// Displayed author.
    pub author: Option<FieldRule>,
    /// Where the page says that it comes from.
    pub source: Option<FieldRule>,
    /// The answer to a letter.
    pub reply: Option<FieldRule>,
    /// When it was answered.
    pub reply_at: Option<FieldRule>,
    /// Who answered.
    pub reply_by: Option<FieldRule>,
    /// Reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<FieldRule>,
    /// Reposts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reposts: Option<FieldRule>,
    /// Number of comments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<FieldRule>,
    /// Likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likes: Option<FieldRule>,
    /// What others wrote under it (跟帖), where the page's software is none that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadRules>,
}

/// Where the comments of a page are; fields are relative to the comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreadRules {
    /// One element per comment.
    pub items: FieldRule,
    /// What it says.
    pub text: FieldRule,
    /// The site's own id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<FieldRule>,
    /// Displayed author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<FieldRule>,
    /// When it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<FieldRule>,
}

/// Where the items of a JSON answer are, as JSON pointers; fields are relative to the item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonRules {
    /// What is sent by POST, where the endpoint wants that; `{page}` stands for the page's number. JSON if it begins as JSON
    /// does, else the fields of a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// The array of items, or an object whose values they are; `/` for the answer itself.
    pub items: FieldRule,
    /// Pages, if the endpoint has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<JsonPages>,
    /// The source's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<FieldRule>,
    /// Address for people; may be built with `template`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<FieldRule>,
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<FieldRule>,
    /// Text; markup in it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<FieldRule>,
    /// Time of publication: text, or seconds or milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<FieldRule>,
    /// Displayed author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<FieldRule>,
    /// Reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<FieldRule>,
    /// Reposts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reposts: Option<FieldRule>,
    /// Comments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<FieldRule>,
    /// Likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes: Option<FieldRule>,
}

/// Pages of an endpoint, by a query parameter, or by `{page}` in what is posted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonPages {
    /// Name of the parameter; none where `post` names the page.
    #[serde(default)]
    pub parameter: String,
    /// Its first value.
    #[serde(default = "one")]
    pub first: u32,
    /// How many pages one run reads.
    #[serde(default = "one")]
    pub max: u32,
}

/// A folder into which an authorised tool puts files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxRules {
    /// The folder; `done/` and `failed/` are made in it.
    pub folder: PathBuf,
    /// Only files older than this are taken, so that a file still being written is left alone.
    #[serde(default = "settle_default")]
    pub settle: Length,
}

fn settle_default() -> Length {
    Length(Span::from_secs(10))
}

/// Who may push.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookRules {
    /// Name sent as `X-Huiying-Key`.
    pub key: String,
    /// Environment variable that holds the shared secret; the secret itself never stands in a rule file.
    pub secret_env: String,
}

/// When somebody should look at a source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alert {
    /// So many runs in a row found no item at all.
    pub empty_runs: u32,
    /// Nothing new for so long.
    pub stale_after: Length,
}

impl Default for Alert {
    fn default() -> Self {
        Self { empty_runs: 3, stale_after: Length(Span::from_hours(24)) }
    }
}
