//! What MediaCrawler, weibo-crawler (and weibo-search) and newsnow write.

use serde_json::{Map, Value};

use super::Format;
use super::fields::{self, is_nothing, is_ruined};
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, Engagement, MentionInput};

type Row = Map<String, Value>;

/// The mentions of one JSON value: an item, an array of items, or an answer that holds them.
pub fn items(format: Format, value: &Value) -> Result<Vec<Result<MentionInput, String>>, String> {
    let each = |rows: &[Value]| {
        let item = |one: &Value| match one.as_object() {
            Some(one) => row(format, one),
            None => vec![Err("不是 JSON 对象".to_owned())],
        };
        rows.iter().flat_map(item).collect::<Vec<_>>()
    };
    match (format, value) {
        (Format::Newsnow, Value::Array(answers)) => {
            let nested = answers.iter().map(|answer| items(format, answer));
            Ok(nested.flat_map(|answer| answer.unwrap_or_else(|e| vec![Err(e)])).collect())
        }
        (Format::Newsnow, answer) => {
            let rows = answer.get("items").and_then(Value::as_array).ok_or("没有 items：不是 newsnow 的结果")?;
            let origin = text(answer.as_object(), &["id"]);
            let seen = answer.get("updatedTime").and_then(|at| instant(at, None));
            let item = |one: &Value| match one.as_object() {
                Some(one) => newsnow(one, origin.as_deref(), seen),
                None => Err("不是 JSON 对象".to_owned()),
            };
            Ok(rows.iter().map(item).collect())
        }
        (Format::WeiboCrawler, Value::Object(document)) if document.get("weibo").is_some_and(Value::is_array) => {
            Ok(each(document["weibo"].as_array().map(Vec::as_slice).unwrap_or_default()))
        }
        (_, Value::Array(rows)) => Ok(each(rows)),
        (_, Value::Object(one)) => Ok(row(format, one)),
        _ => Err("不是 JSON 对象或数组".into()),
    }
}

/// One row of a table or one object: what it is, after what it brings along (the original of a repost).
pub fn row(format: Format, row: &Row) -> Vec<Result<MentionInput, String>> {
    match format {
        Format::WeiboCrawler => weibo(row),
        Format::MediaCrawler => vec![media(row)],
        Format::Newsnow | Format::Mentions | Format::Csv => vec![Err("这种格式没有这样的行".into())],
    }
}

/// Whether a tool calls a column so.
pub fn is_column(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "bid",
        "微博正文",
        "用户昵称",
        "完整日期",
        "note_id",
        "aweme_id",
        "video_id",
        "content_id",
        "comment_id",
        "user_id",
        "nickname",
        "last_modify_ts",
    ];
    NAMES.contains(&name)
}

/// Whether these are the names of the columns that a tool writes.
pub fn is_header(format: Format, names: &[String]) -> bool {
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    match format {
        Format::WeiboCrawler => has(&["微博正文", "正文", "text"]) && has(&["bid", "id", "微博id"]),
        Format::MediaCrawler => {
            has(&["note_id", "aweme_id", "video_id", "content_id", "comment_id", "user_id"])
                && has(&["content", "desc", "title", "content_text"])
        }
        Format::Newsnow | Format::Mentions | Format::Csv => false,
    }
}

fn text(row: Option<&Row>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match row?.get(*name)? {
        Value::String(text) if !is_nothing(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn count(row: &Row, names: &[&str]) -> Option<u64> {
    names.iter().find_map(|name| crate::collect::count::count(&text(Some(row), &[name])?))
}

fn instant(value: &Value, now: Option<Instant>) -> Option<Instant> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    // Small numbers are counts and versions, not days of Excel's calendar.
    if text.len() < 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    fields::instant(&text, now)
}

/// Relative ones are meant from when the tool collected the row.
fn time(row: &Row, names: &[&str]) -> Option<Instant> {
    let collected = row.get("last_modify_ts").and_then(|at| instant(at, None));
    names.iter().find_map(|name| instant(row.get(*name)?, collected))
}

fn reach(row: &Row, views: &[&str], reposts: &[&str], comments: &[&str], likes: &[&str]) -> Option<Engagement> {
    let reach = Engagement {
        views: count(row, views),
        reposts: count(row, reposts),
        comments: count(row, comments),
        likes: count(row, likes),
    };
    (reach != Engagement::default()).then_some(reach)
}

/// A post; of a repost the original too, as a mention of its own.
fn weibo(row: &Row) -> Vec<Result<MentionInput, String>> {
    let original = match row.get("retweet") {
        Some(Value::Object(original)) => weibo_post(original).ok(),
        _ => weibo_original(row),
    };
    let mut post = weibo_post(row);
    if let (Ok(post), Some(original)) = (&mut post, &original) {
        // A reposter's own words are often none: what is passed on stands behind them, as the network shows it.
        let by = original.author.as_deref().map(|name| format!("//@{name}:")).unwrap_or_else(|| "//".into());
        post.text = format!("{}{by}{}", post.text, original.text);
    }
    original.map(Ok).into_iter().chain([post]).collect()
}

/// The original as weibo-crawler's table has it, in the same row.
fn weibo_original(row: &Row) -> Option<MentionInput> {
    let names = row.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("源微博").or_else(|| name.strip_prefix("源"))?;
        Some((name.to_owned(), value.clone()))
    });
    let original: Row = names.collect();
    weibo_post(&original).ok()
}

fn weibo_post(row: &Row) -> Result<MentionInput, String> {
    let one = Some(row);
    let text_of_post = text(one, &["text", "微博正文", "正文"]).ok_or("没有微博正文")?;
    let bid = text(one, &["bid"]);
    let user = text(one, &["user_id", "用户id"]);
    let id = text(one, &["id", "微博id"]).filter(|id| bid.is_none() || !is_ruined(Some(id)));
    let url = match (&user, bid.as_ref().or(id.as_ref())) {
        (Some(user), Some(post)) => Some(format!("https://weibo.com/{user}/{post}")),
        (None, Some(post)) => Some(format!("https://m.weibo.cn/detail/{post}")),
        _ => None,
    };
    Ok(MentionInput {
        id,
        url,
        channel: Channel::Weibo,
        source: Some("weibo".into()),
        text: text_of_post,
        author: text(one, &["screen_name", "用户昵称", "用户名"]),
        published_at: time(row, &["full_created_at", "created_at", "完整日期", "发布时间", "日期"]),
        engagement: reach(
            row,
            &[],
            &["reposts_count", "转发数"],
            &["comments_count", "评论数"],
            &["attitudes_count", "点赞数"],
        ),
        ..MentionInput::default()
    })
}

/// MediaCrawler writes one shape per platform; they are told apart by the name of their id.
fn media(row: &Row) -> Result<MentionInput, String> {
    let one = Some(row);
    let has = |name: &str| row.contains_key(name);
    if (has("fans") || has("follows")) && !has("content") && !has("comment_id") {
        return Err("这是创作者资料，不是帖文，不必导入".into());
    }
    let address = text(one, &["note_url", "aweme_url", "video_url", "content_url", "url"]);
    let at = |word: &str| address.as_ref().is_some_and(|url| url.contains(word));
    let (platform, channel) = if has("aweme_id") {
        ("douyin", Channel::Video)
    } else if has("video_id") {
        // Kuaishou's comments have neither sex nor likes, and its ids are no numbers.
        let is_number = text(one, &["video_id"]).is_some_and(|id| id.bytes().all(|b| b.is_ascii_digit()));
        let is_kuaishou = has("viewd_count") || at("kuaishou") || !is_number;
        (if is_kuaishou { "kuaishou" } else { "bilibili" }, Channel::Video)
    } else if has("tieba_name") || has("tieba_id") {
        ("tieba", Channel::Forum)
    } else if has("content_text") || has("content_type") {
        ("zhihu", Channel::Forum)
    } else if has("xsec_token") || has("collected_count") || has("image_list") || has("pictures") {
        ("xiaohongshu", Channel::Other)
    } else if at("weibo") || has("shared_count") || has("create_date_time") {
        ("weibo", Channel::Weibo)
    } else {
        return Err("看不出是 MediaCrawler 的哪个平台".into());
    };
    let is_comment = has("comment_id");
    let id = if is_comment {
        text(one, &["comment_id"])
    } else {
        text(one, &["note_id", "aweme_id", "video_id", "content_id"])
    };
    let title = if is_comment { None } else { text(one, &["title"]) };
    let body = text(one, &["content_text", "content", "desc"]);
    let post = text(one, &["note_id", "aweme_id", "video_id", "content_id"]);
    Ok(MentionInput {
        parent: post.filter(|_| is_comment),
        id: id.map(|id| if is_comment { format!("comment-{id}") } else { id }),
        text: body.or_else(|| title.clone()).ok_or("没有正文")?,
        title,
        url: if is_comment { None } else { address },
        channel,
        source: Some(platform.into()),
        author: text(one, &["nickname", "user_nickname", "user_name"]),
        published_at: time(row, &["create_time", "created_time", "publish_time", "time", "create_date_time"]),
        engagement: reach(
            row,
            &["video_play_count", "viewd_count"],
            &["shared_count", "share_count", "video_share_count"],
            &["comments_count", "comment_count", "video_comment", "total_replay_num", "sub_comment_count"],
            &["liked_count", "like_count", "voteup_count", "comment_like_count"],
        ),
        ..MentionInput::default()
    })
}

fn newsnow(row: &Row, origin: Option<&str>, seen: Option<Instant>) -> Result<MentionInput, String> {
    let one = Some(row);
    let title = text(one, &["title"]).ok_or("没有 title")?;
    let extra = row.get("extra").and_then(Value::as_object);
    let id = text(one, &["id"]).or_else(|| text(one, &["url"]));
    Ok(MentionInput {
        id,
        url: text(one, &["url", "mobileUrl"]),
        channel: match origin {
            Some(name) if name.contains("weibo") => Channel::Weibo,
            Some(name) if ["douyin", "bilibili", "kuaishou"].iter().any(|v| name.contains(v)) => Channel::Video,
            Some(name) if ["tieba", "zhihu", "v2ex", "hupu"].iter().any(|v| name.contains(v)) => Channel::Forum,
            _ => Channel::News,
        },
        source: Some(origin.map_or_else(|| "newsnow".to_owned(), |name| format!("newsnow-{name}"))),
        text: text(extra, &["hover"]).unwrap_or_else(|| title.clone()),
        title: Some(title),
        published_at: time(row, &["pubDate"]).or_else(|| extra.and_then(|extra| time(extra, &["date"]))),
        collected_at: seen,
        ..MentionInput::default()
    })
}
