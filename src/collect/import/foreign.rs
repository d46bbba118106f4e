//! What MediaCrawler, weibo-crawler (and weibo-search) and newsnow write.

use serde_json::{Map, Value};

use super::Format;
use crate::collect::time_expression;
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, Engagement, MentionInput};

type Row = Map<String, Value>;

/// The mentions of one JSON value: an item, an array of items, or an answer that holds them.
pub fn items(format: Format, value: &Value) -> Result<Vec<Result<MentionInput, String>>, String> {
    let each = |rows: &[Value], read: &dyn Fn(&Row) -> Result<MentionInput, String>| {
        let item = |row: &Value| row.as_object().ok_or_else(|| "不是 JSON 对象".to_owned()).and_then(read);
        rows.iter().map(item).collect::<Vec<_>>()
    };
    match (format, value) {
        (Format::Newsnow, Value::Array(answers)) => {
            let nested = answers.iter().map(|answer| items(format, answer));
            Ok(nested.flat_map(|answer| answer.unwrap_or_else(|e| vec![Err(e)])).collect())
        }
        (Format::Newsnow, answer) => {
            let rows = answer.get("items").and_then(Value::as_array).ok_or("没有 items：不是 newsnow 的结果")?;
            let origin = text(answer.as_object(), &["id"]);
            let seen = answer.get("updatedTime").and_then(instant);
            Ok(each(rows, &|row| newsnow(row, origin.as_deref(), seen)))
        }
        (Format::WeiboCrawler, Value::Object(document)) if document.get("weibo").is_some_and(Value::is_array) => {
            let rows = document["weibo"].as_array().map(Vec::as_slice).unwrap_or_default();
            Ok(each(rows, &|r| row(format, r)))
        }
        (_, Value::Array(rows)) => Ok(each(rows, &|r| row(format, r))),
        (_, Value::Object(one)) => Ok(vec![row(format, one)]),
        _ => Err("不是 JSON 对象或数组".into()),
    }
}

/// One row of a table or one object.
pub fn row(format: Format, row: &Row) -> Result<MentionInput, String> {
    match format {
        Format::WeiboCrawler => weibo(row),
        Format::MediaCrawler => media(row),
        Format::Newsnow | Format::Mentions | Format::Csv => Err("这种格式没有这样的行".into()),
    }
}

fn text(row: Option<&Row>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match row?.get(*name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn count(row: &Row, names: &[&str]) -> Option<u64> {
    let text = text(Some(row), names)?;
    let text = text.trim_end_matches('+');
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let (number, factor) = match text.strip_suffix('万') {
        Some(number) => (number, 10_000.0),
        None => (text.strip_suffix('亿')?, 100_000_000.0),
    };
    number.trim().parse::<f64>().ok().filter(|n| *n >= 0.0).map(|n| (n * factor).round() as u64)
}

fn instant(value: &Value) -> Option<Instant> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    time_expression::absolute(&text).map(|published| published.at)
}

fn time(row: &Row, names: &[&str]) -> Option<Instant> {
    names.iter().find_map(|name| instant(row.get(*name)?))
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

fn weibo(row: &Row) -> Result<MentionInput, String> {
    let one = Some(row);
    let text_of_post = text(one, &["text", "微博正文", "正文"]).ok_or("没有微博正文")?;
    let bid = text(one, &["bid"]);
    let user = text(one, &["user_id", "用户id"]);
    let id = text(one, &["id"]).map(|id| id.trim_start_matches('\t').to_owned());
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
    let address = text(one, &["note_url", "aweme_url", "video_url", "content_url", "url"]);
    let at = |word: &str| address.as_ref().is_some_and(|url| url.contains(word));
    let (platform, channel) = if has("aweme_id") {
        ("douyin", Channel::Video)
    } else if has("video_id") {
        (if has("viewd_count") || at("kuaishou") { "kuaishou" } else { "bilibili" }, Channel::Video)
    } else if has("tieba_name") || has("tieba_id") {
        ("tieba", Channel::Forum)
    } else if has("content_text") || has("content_type") {
        ("zhihu", Channel::Forum)
    } else if has("xsec_token") || has("collected_count") || has("image_list") {
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
    Ok(MentionInput {
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
