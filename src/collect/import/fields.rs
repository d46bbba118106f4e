//! Columns of a table (列): what they are called in offices, and what their cells say.

use super::Mapped;
use crate::collect::count::count;
use crate::collect::time_expression;
use crate::domain::ids::RegionId;
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, Engagement, MentionInput};

/// Days of Excel's calendar that are taken for a date: 1954 to 2119.
const SERIAL_DAYS: std::ops::Range<f64> = 20_000.0..80_000.0;
/// 1970-01-01 in Excel's calendar, in days.
const SERIAL_EPOCH: f64 = 25_569.0;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The record's own id.
    Id,
    /// Address.
    Url,
    /// 渠道
    Channel,
    /// 信源
    Source,
    /// Where the post says that it comes from.
    Origin,
    /// 标题
    Title,
    /// 正文
    Text,
    /// 作者
    Author,
    /// When it was published.
    PublishedAt,
    /// When it was collected.
    CollectedAt,
    /// 地区
    Region,
    /// 阅读
    Views,
    /// 转发
    Reposts,
    /// 评论
    Comments,
    /// 点赞
    Likes,
    /// Known, and of no use to a mention: who handles a letter, how far it is.
    Other,
}

/// Names of columns, in small letters; the first is that of `mentions`.
const NAMES: &[(Column, &[&str])] = &[
    (
        Column::Id,
        &[
            "id",
            "编号",
            "信件编号",
            "工单编号",
            "工单号",
            "序列号",
            "来信编号",
            "受理编号",
            "案件编号",
            "帖子id",
            "文章id",
        ],
    ),
    (Column::Url, &["url", "链接", "网址", "地址链接", "原文链接", "文章链接", "帖子链接", "原文地址", "link"]),
    (Column::Channel, &["channel", "渠道", "来源渠道", "媒体类型", "平台", "平台类型", "诉求渠道"]),
    (Column::Source, &["source", "信源", "来源", "媒体", "媒体名称", "网站", "网站名称", "站点", "来源网站"]),
    (Column::Origin, &["origin", "文章来源", "转载来源"]),
    (
        Column::Title,
        &[
            "title",
            "标题",
            "主题",
            "信件标题",
            "来信标题",
            "诉求标题",
            "问题标题",
            "文章标题",
            "帖子标题",
            "事项标题",
            "留言标题",
            "工单标题",
        ],
    ),
    (
        Column::Text,
        &[
            "text",
            "正文",
            "内容",
            "信件内容",
            "诉求内容",
            "来信内容",
            "问题描述",
            "诉求描述",
            "反映内容",
            "工单内容",
            "留言内容",
            "咨询内容",
            "投诉内容",
            "文章内容",
            "帖子内容",
            "全文",
            "事项内容",
            "主要内容",
            "诉求详情",
            "问题内容",
            "content",
        ],
    ),
    (
        Column::Author,
        &[
            "author",
            "作者",
            "昵称",
            "来信人",
            "诉求人",
            "来电人",
            "发布人",
            "姓名",
            "用户名",
            "用户昵称",
            "博主",
            "网友",
            "留言人",
            "反映人",
        ],
    ),
    (
        Column::PublishedAt,
        &[
            "published_at",
            "发布时间",
            "时间",
            "来信时间",
            "来电时间",
            "诉求时间",
            "发布日期",
            "日期",
            "受理时间",
            "提交时间",
            "登记时间",
            "发表时间",
            "写信时间",
            "留言时间",
            "来信日期",
            "创建时间",
            "反映时间",
            "发帖时间",
        ],
    ),
    (Column::CollectedAt, &["collected_at", "采集时间", "抓取时间", "入库时间", "采集日期"]),
    (Column::Region, &["region", "地区", "区域", "属地", "所属地区", "所属区域"]),
    (Column::Views, &["views", "阅读数", "阅读", "阅读量", "浏览量", "浏览数", "点击量", "点击数", "播放量"]),
    (Column::Reposts, &["reposts", "转发数", "转发", "转发量", "转载数"]),
    (Column::Comments, &["comments", "评论数", "评论", "评论量", "回复数", "跟帖数"]),
    (Column::Likes, &["likes", "点赞数", "点赞", "点赞量", "赞"]),
    (
        Column::Other,
        &[
            "办理单位",
            "承办单位",
            "办理状态",
            "状态",
            "回复内容",
            "答复内容",
            "回复时间",
            "答复时间",
            "办结时间",
            "联系电话",
            "联系方式",
            "电话",
            "序号",
            "备注",
        ],
    ),
];

impl Column {
    /// The column of that name: as `map` says, else as offices call it.
    pub fn named(name: &str, map: &[Mapped]) -> Option<Self> {
        let plain = plain(name);
        let mapped = map.iter().find(|mapped| self::plain(&mapped.column) == plain).map(|mapped| mapped.field.as_str());
        let wanted = mapped.unwrap_or(&plain);
        NAMES.iter().find(|(_, names)| names.contains(&wanted)).map(|(column, _)| *column)
    }

    /// The fields that `--map` can name.
    pub fn fields() -> String {
        let fields: Vec<&str> =
            NAMES.iter().filter(|(column, _)| *column != Self::Other).map(|(_, names)| names[0]).collect();
        fields.join("、")
    }
}

/// Without what decorates a column's name: `*标题（必填）`.
fn plain(name: &str) -> String {
    let name = name.split(['（', '(', '[', '【']).next().unwrap_or(name);
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '*' | ':' | '：' | '\u{feff}' | '"'))
        .collect::<String>()
        .to_lowercase()
}

/// The mention of a row. A time or a count that can't be read is left out; the post is not.
pub fn mention(columns: &[Option<Column>], cells: &[String]) -> Result<MentionInput, String> {
    let mut input = MentionInput::default();
    let mut reach = Engagement::default();
    let cell = |wanted: Column| {
        let found = columns.iter().zip(cells).filter(|(column, value)| **column == Some(wanted) && !is_nothing(value));
        found.map(|(_, value)| value.trim()).next()
    };
    input.collected_at = cell(Column::CollectedAt).and_then(|text| instant(text, None));
    for (column, value) in columns.iter().zip(cells) {
        let (Some(column), false) = (column, is_nothing(value)) else { continue };
        let value = value.trim();
        match column {
            Column::Text if input.text.is_empty() => input.text = value.to_owned(),
            Column::Text | Column::CollectedAt | Column::Other => {}
            Column::Title => input.title = Some(value.to_owned()),
            Column::Id => input.id = Some(value.to_owned()),
            Column::Url => input.url = Some(value.to_owned()),
            Column::Source => input.source = Some(value.to_owned()),
            Column::Origin => input.origin = Some(value.to_owned()),
            Column::Author => input.author = Some(value.to_owned()),
            Column::Region => input.region = Some(RegionId::new(value)),
            Column::Channel => input.channel = channel(value)?,
            Column::PublishedAt => input.published_at = instant(value, input.collected_at),
            Column::Views => reach.views = count(value),
            Column::Reposts => reach.reposts = count(value),
            Column::Comments => reach.comments = count(value),
            Column::Likes => reach.likes = count(value),
        }
    }
    input.engagement = (reach != Engagement::default()).then_some(reach);
    if is_ruined(input.id.as_deref()) {
        input.id = None;
    }
    if input.text.is_empty() {
        return Err("正文这一列为空".into());
    }
    Ok(input)
}

/// Cells that machines write where nothing is.
pub fn is_nothing(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || ["None", "null", "NULL", "nan", "NaN", "#N/A", "\\N"].contains(&value)
}

/// An id that Excel made a number of (`4.75E+15`, or a long one whose end is noughts) is no longer one: different posts carry it.
pub fn is_ruined(id: Option<&str>) -> bool {
    let Some(id) = id.map(str::trim) else { return false };
    let is_float = id.parse::<f64>().is_ok() && id.contains(['e', 'E']) && id.contains(['+', '.']);
    let is_cut = id.len() >= 16 && id.bytes().all(|b| b.is_ascii_digit()) && id.ends_with("000");
    is_float || is_cut
}

/// A time in any style that tables hold; relative ones are meant from `now`, and without it are none.
pub fn instant(text: &str, now: Option<Instant>) -> Option<Instant> {
    let text = text.trim().trim_start_matches("修改于").trim_start_matches("编辑于").trim();
    if let Ok(at) = text.parse::<Instant>() {
        return Some(at);
    }
    if let Ok(serial) = text.parse::<f64>()
        && SERIAL_DAYS.contains(&serial)
    {
        // Excel counts days since 1900, in local time.
        let seconds = ((serial - SERIAL_EPOCH) * 86_400.0).round() as i64 - 8 * 3_600;
        return Some(Instant::from_ms(seconds * 1_000));
    }
    let read = match now {
        Some(now) => time_expression::publish_time(text, now),
        None => time_expression::absolute(text),
    };
    read.map(|read| read.at)
}

fn channel(text: &str) -> Result<Channel, String> {
    const NAMES: [(&[&str], Channel); 9] = [
        (&["新闻", "报刊", "报纸", "头条", "客户端", "媒体"], Channel::News),
        (&["网站", "网页", "门户"], Channel::Site),
        (&["微博"], Channel::Weibo),
        (&["微信", "公众号"], Channel::Wechat),
        (&["论坛", "贴吧", "社区", "知乎"], Channel::Forum),
        (&["信箱", "留言", "问政", "互动", "来信"], Channel::Board),
        (&["热线", "12345", "来电", "电话"], Channel::Hotline),
        (&["视频", "抖音", "快手", "哔哩", "b站", "西瓜"], Channel::Video),
        (&["其他", "其它", "小红书"], Channel::Other),
    ];
    let plain = text.to_lowercase();
    if let Some(channel) = Channel::from_id(&plain) {
        return Ok(channel);
    }
    let found = NAMES.iter().find(|(names, _)| names.iter().any(|name| plain.contains(name)));
    let ids = || Channel::ALL.map(Channel::id).join("、");
    found.map(|(_, channel)| *channel).ok_or_else(|| format!("渠道 “{text}”不认识；可用 {}", ids()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_tables() {
        let now = "2026-11-28T09:00:00+08:00".parse().ok();
        for (text, expected) in [
            ("2026/11/27 下午 3:05:00", Some("2026-11-27T15:05:00+08:00")),
            ("2026年11月27日 星期五 上午9:05", Some("2026-11-27T09:05:00+08:00")),
            ("11/27/2026 3:05 PM", Some("2026-11-27T15:05:00+08:00")),
            ("46353.37847", Some("2026-11-27T09:05:00+08:00")),
            ("修改于2026-11-27 12:00", Some("2026-11-27T12:00:00+08:00")),
            ("21秒前", Some("2026-11-28T08:59:39+08:00")),
            ("11月27日 23:58", Some("2026-11-27T23:58:00+08:00")),
            ("不详", None),
        ] {
            assert_eq!(instant(text, now).map(|at| at.to_string()).as_deref(), expected, "{text}");
        }
        assert_eq!(instant("昨天", None), None, "nothing says from when");
    }

    #[test]
    fn names_of_columns() {
        for (name, expected) in [
            ("诉求内容", Some(Column::Text)),
            ("*来信时间（必填）", Some(Column::PublishedAt)),
            ("办理单位", Some(Column::Other)),
            ("乱七八糟", None),
        ] {
            assert_eq!(Column::named(name, &[]), expected, "{name}");
        }
        let map = [Mapped { column: "情况".into(), field: "text".into() }];
        assert_eq!(Column::named("情况", &map), Some(Column::Text));
        assert!(is_ruined(Some("4.75E+15")) && is_ruined(Some("4750000000000000")));
        assert!(!is_ruined(Some("0012")) && !is_ruined(Some("5297380000000000001")) && !is_ruined(Some("1000")));
    }
}
