//! CSV with a header: names in English or Chinese, UTF-8 or what Excel calls ANSI (GB18030).

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::lines::{LINE_BYTES_MAX, Line, Source};
use super::{Format, ImportError, Record, Reject, checked, foreign};
use crate::collect::time_expression;
use crate::domain::ids::RegionId;
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, Engagement, MentionInput};

/// Lines that one record may span; a quote that is still open then is taken for a mistake of its first line alone.
const RECORD_LINES_MAX: usize = 2_000;
/// Bytes that one record may span.
const RECORD_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Columns of a file.
const COLUMNS_MAX: usize = 512;

/// Records of a CSV file.
pub struct CsvRecords {
    source: Source,
    format: Format,
    header: Vec<String>,
    ready: VecDeque<Record>,
    ended: bool,
}

impl CsvRecords {
    /// Reads the header and goes to `offset`.
    pub fn open(mut source: Source, format: Format, offset: u64) -> Result<Self, ImportError> {
        let Some(first) = source.line()? else {
            return Ok(Self { source, format, header: Vec::new(), ready: VecDeque::new(), ended: true });
        };
        let header = split(&first.bytes).map_err(|reason| source.unusable(format!("第 1 行：{reason}")))?;
        let header: Vec<String> = header.into_iter().map(|name| name.trim().to_owned()).collect();
        if header.len() > COLUMNS_MAX {
            return Err(source.unusable(format!("超过 {COLUMNS_MAX} 列")));
        }
        if format == Format::Csv && !header.iter().any(|name| Column::named(name) == Some(Column::Text)) {
            return Err(source.unusable("第 1 行：没有 text（或 正文、内容）这一列；第一行须是列名"));
        }
        if offset > 0 {
            source.skip_to(offset)?;
        }
        Ok(Self { source, format, header, ready: VecDeque::new(), ended: false })
    }

    /// The lines of one record: as many as its open quotes need.
    fn record_lines(&mut self) -> Result<Option<Vec<Line>>, ImportError> {
        let Some(first) = self.source.line()? else {
            return Ok(None);
        };
        let (mut lines, mut bytes) = (vec![first], 0);
        let mut quotes = Quotes::default();
        loop {
            let Some(last) = lines.last() else { return Ok(None) };
            bytes += last.bytes.len();
            let quoting = quotes.after(&last.bytes);
            if quoting == Quoting::Closed {
                return Ok(Some(lines));
            }
            let full = lines.len() >= RECORD_LINES_MAX || bytes > RECORD_BYTES_MAX || last.too_long;
            match if full || quoting == Quoting::Broken { None } else { self.source.line()? } {
                Some(line) => lines.push(line),
                None => {
                    self.source.give_back(lines.drain(1..));
                    return Ok(Some(lines));
                }
            }
        }
    }

    fn record(&self, lines: &[Line]) -> Option<Record> {
        let (first, last) = (lines.first()?, lines.last()?);
        let mut bytes = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                bytes.push(b'\n');
            }
            bytes.extend_from_slice(&line.bytes);
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        let content = self.content(first, &bytes);
        let content = match content {
            Err(reason) => Err(Reject::new(first.number, reason, &bytes)),
            Ok(input) => checked(Ok(input), first.number, &bytes),
        };
        Some(Record { line: first.number, next_offset: last.end, content })
    }

    fn content(&self, first: &Line, bytes: &[u8]) -> Result<MentionInput, String> {
        if first.too_long {
            return Err(format!("一行超过 {} MiB", LINE_BYTES_MAX >> 20));
        }
        match bytes.split(|b| *b == b'\n').fold((Quotes::default(), Quoting::Closed), quoting_after).1 {
            Quoting::Closed => {}
            Quoting::Open => return Err("引号没有闭合".into()),
            Quoting::Broken => return Err("引号后面应是逗号；引号里的引号要写两遍".into()),
        }
        let fields = split(bytes)?;
        if fields.len() != self.header.len() {
            return Err(format!("有 {} 列，列名有 {} 个", fields.len(), self.header.len()));
        }
        if self.format == Format::Csv {
            return mention(&self.header, fields);
        }
        let row: Map<String, Value> = self.header.iter().cloned().zip(fields.into_iter().map(Value::String)).collect();
        foreign::row(self.format, &row)
    }
}

impl Iterator for CsvRecords {
    type Item = Result<Record, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(Ok(record));
            }
            if self.ended {
                return None;
            }
            match self.record_lines() {
                Ok(Some(lines)) => {
                    self.ready.extend(self.record(&lines));
                }
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Where quotes stand, as CSV has them: they count at the beginning of a field only.
#[derive(Default)]
struct Quotes {
    inside: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Closed,
    Open,
    /// A closing quote that no comma follows.
    Broken,
}

impl Quotes {
    fn after(&mut self, line: &[u8]) -> Quoting {
        let mut at_start = !self.inside;
        let mut closing = false;
        for byte in line {
            match (self.inside, closing, byte) {
                (true, false, b'"') => closing = true,
                (true, true, b'"') => closing = false,
                (true, true, b',') => (self.inside, closing, at_start) = (false, false, true),
                (true, true, _) => return Quoting::Broken,
                (true, false, _) => {}
                (false, _, _) => {
                    self.inside = at_start && *byte == b'"';
                    at_start = *byte == b',';
                }
            }
        }
        self.inside &= !closing;
        if self.inside { Quoting::Open } else { Quoting::Closed }
    }
}

fn quoting_after((mut quotes, before): (Quotes, Quoting), line: &[u8]) -> (Quotes, Quoting) {
    let quoting = if before == Quoting::Broken { before } else { quotes.after(line) };
    (quotes, quoting)
}

fn split(bytes: &[u8]) -> Result<Vec<String>, String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => match encoding_rs::GB18030.decode_without_bom_handling(bytes) {
            (text, false) => text.into_owned(),
            (_, true) => return Err("既不是 UTF-8 也不是 GB18030 编码".into()),
        },
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => Ok(record.iter().map(str::to_owned).collect()),
        Ok(false) => Ok(Vec::new()),
        Err(e) => Err(format!("不是 CSV：{e}")),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Url,
    Channel,
    Source,
    Title,
    Text,
    Author,
    PublishedAt,
    CollectedAt,
    Region,
    Views,
    Reposts,
    Comments,
    Likes,
}

impl Column {
    fn named(name: &str) -> Option<Self> {
        Some(match name.trim().to_lowercase().as_str() {
            "id" | "编号" | "信件编号" | "工单编号" => Self::Id,
            "url" | "链接" | "网址" | "地址链接" => Self::Url,
            "channel" | "渠道" => Self::Channel,
            "source" | "信源" | "来源" => Self::Source,
            "title" | "标题" | "主题" => Self::Title,
            "text" | "正文" | "内容" | "信件内容" => Self::Text,
            "author" | "作者" | "昵称" => Self::Author,
            "published_at" | "发布时间" | "时间" | "来信时间" => Self::PublishedAt,
            "collected_at" | "采集时间" => Self::CollectedAt,
            "region" | "地区" | "区域" => Self::Region,
            "views" | "阅读数" | "阅读" => Self::Views,
            "reposts" | "转发数" | "转发" => Self::Reposts,
            "comments" | "评论数" | "评论" => Self::Comments,
            "likes" | "点赞数" | "点赞" => Self::Likes,
            _ => return None,
        })
    }
}

fn mention(header: &[String], fields: Vec<String>) -> Result<MentionInput, String> {
    let mut input = MentionInput::default();
    let mut reach = Engagement::default();
    for (name, value) in header.iter().zip(fields) {
        let (Some(column), false) = (Column::named(name), value.trim().is_empty()) else { continue };
        let count = || value.trim().parse().map(Some).map_err(|_| format!("{name} “{}”不是数", value.trim()));
        match column {
            Column::Text => input.text = value,
            Column::Title => input.title = Some(value),
            Column::Id => input.id = Some(value.trim().to_owned()),
            Column::Url => input.url = Some(value.trim().to_owned()),
            Column::Source => input.source = Some(value.trim().to_owned()),
            Column::Author => input.author = Some(value.trim().to_owned()),
            Column::Region => input.region = Some(RegionId::new(value.trim())),
            Column::Channel => input.channel = channel(value.trim())?,
            Column::PublishedAt => input.published_at = Some(instant(name, value.trim())?),
            Column::CollectedAt => input.collected_at = Some(instant(name, value.trim())?),
            Column::Views => reach.views = count()?,
            Column::Reposts => reach.reposts = count()?,
            Column::Comments => reach.comments = count()?,
            Column::Likes => reach.likes = count()?,
        }
    }
    input.engagement = (reach != Engagement::default()).then_some(reach);
    Ok(input)
}

fn channel(text: &str) -> Result<Channel, String> {
    let chinese = match text {
        "新闻" => Some(Channel::News),
        "网站" => Some(Channel::Site),
        "微博" => Some(Channel::Weibo),
        "微信" => Some(Channel::Wechat),
        "论坛" | "贴吧" => Some(Channel::Forum),
        "信箱" | "留言板" | "领导信箱" | "政民互动" => Some(Channel::Board),
        "热线" | "12345" => Some(Channel::Hotline),
        "视频" | "短视频" => Some(Channel::Video),
        "其他" => Some(Channel::Other),
        _ => None,
    };
    let ids = Channel::ALL.map(Channel::id).join("、");
    chinese.or_else(|| Channel::from_id(text)).ok_or_else(|| format!("渠道 “{text}”不认识；可用 {ids}"))
}

fn instant(name: &str, text: &str) -> Result<Instant, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let refused = || format!("{name} “{text}”不是时间；应写作 2026-05-11 10:00（北京时间）");
    time_expression::absolute(text).map(|published| published.at).ok_or_else(refused)
}
