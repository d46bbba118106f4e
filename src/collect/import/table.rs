//! Tables with a header (表格): comma, tab, semicolon or bar between cells, names in English or Chinese, UTF-8 or what Excel calls
//! ANSI (GB18030); what stands above the header, rows and columns without anything in them are passed over.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::fields::{self, Column, is_nothing};
use super::lines::{LINE_BYTES_MAX, Line, Source};
use super::{Format, ImportError, Mapped, Record, Reject, checked, foreign};
use crate::collect::charset;
use crate::domain::mention::MentionInput;

/// Lines that one record may span; a quote that is still open then is taken for a mistake of its first line alone.
const RECORD_LINES_MAX: usize = 2_000;
/// Bytes that one record may span.
const RECORD_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Columns of a file.
const COLUMNS_MAX: usize = 512;
/// Records among which the header is looked for: titles and notes stand above it.
const HEADER_RECORDS_MAX: usize = 15;
/// What may stand between cells.
const SEPARATORS: [u8; 4] = *b",\t;|";
/// The columns that weibo-crawler adds to a row that is a repost, where the header was written for one that is none.
const REPOSTED: [&str; 20] = [
    "源用户id",
    "源用户昵称",
    "源微博id",
    "源微博bid",
    "源微博正文",
    "源微博头条文章url",
    "源微博原始图片url",
    "源微博视频url",
    "源微博Live Photo视频url",
    "源微博位置",
    "源微博日期",
    "源微博工具",
    "源微博点赞数",
    "源微博评论数",
    "源微博转发数",
    "源微博话题",
    "源微博@用户",
    "源微博完整日期",
    "源微博是否编辑过",
    "源微博编辑次数",
];

/// Records of a table.
pub struct CsvRecords {
    source: Source,
    format: Format,
    map: Vec<Mapped>,
    separator: u8,
    header: Vec<String>,
    columns: Vec<Option<Column>>,
    header_line: Vec<u8>,
    ready: VecDeque<Record>,
    ended: bool,
}

impl CsvRecords {
    /// Reads the header and goes to `offset`.
    pub fn open(source: Source, format: Format, map: &[Mapped], head: &[u8], offset: u64) -> Result<Self, ImportError> {
        let mut records = Self {
            source,
            format,
            map: map.to_vec(),
            separator: separator(head, map),
            header: Vec::new(),
            columns: Vec::new(),
            header_line: Vec::new(),
            ready: VecDeque::new(),
            ended: false,
        };
        let mut seen = Vec::new();
        for _ in 0..HEADER_RECORDS_MAX {
            let Some(lines) = records.record_lines()? else { break };
            let bytes = joined(&lines);
            let cells = split(&bytes, records.separator).map_err(|reason| {
                records.source.unusable(format!("第 {} 行：{reason}", lines.first().map_or(1, |line| line.number)))
            })?;
            let is_told = bytes.len() < 8 && bytes.to_ascii_lowercase().starts_with(b"sep=");
            if is_told || cells.iter().all(|cell| is_nothing(cell)) {
                continue;
            }
            if records.take_header(&cells) {
                records.header_line = bytes;
                if offset > 0 {
                    records.source.skip_to(offset)?;
                }
                return Ok(records);
            }
            seen.push(cells);
        }
        if seen.is_empty() {
            records.ended = true;
            return Ok(records);
        }
        Err(records.source.unusable(records.no_header(&seen)))
    }

    /// The header as it stands in the file.
    pub fn header_line(&self) -> &[u8] {
        &self.header_line
    }

    /// Whether a row is the header; if it is, it is from now on.
    fn take_header(&mut self, cells: &[String]) -> bool {
        let names: Vec<String> =
            cells.iter().map(|name| name.trim().trim_start_matches('\u{feff}').to_owned()).collect();
        let columns: Vec<Option<Column>> = names.iter().map(|name| Column::named(name, &self.map)).collect();
        let is_header = match self.format {
            Format::Csv => columns.contains(&Some(Column::Text)) && names.iter().all(|name| name.chars().count() <= 40),
            format => foreign::is_header(format, &names),
        };
        if is_header && names.len() <= COLUMNS_MAX {
            (self.header, self.columns) = (names, columns);
        }
        is_header
    }

    /// What is wrong with the file, and what to do.
    fn no_header(&self, seen: &[Vec<String>]) -> String {
        let first = &seen[0];
        let shown: Vec<&str> = first.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).take(12).collect();
        let shown: String = shown.join("、").chars().take(120).collect();
        if self.format != Format::Csv {
            return format!("没有找到 {} 的列名；第一行是：{shown}", self.format.id());
        }
        format!(
            "没有找到列名所在的行：须有 text（或 正文、内容、诉求内容、来信内容……）这一列。第一行是：{shown}。可用 --map 指明，如 --map 情况说明=text；可指明的有 {}",
            Column::fields()
        )
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
            let quoting = quotes.after(&last.bytes, self.separator);
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

    fn record(&mut self, lines: &[Line]) -> Option<Record> {
        let (first, last) = (lines.first()?, lines.last()?);
        let bytes = joined(lines);
        if bytes.iter().all(|b| b.is_ascii_whitespace() || *b == self.separator || *b == b'"') {
            return None;
        }
        let inputs = match self.content(first, &bytes) {
            Ok(None) => return None,
            Ok(Some(inputs)) => inputs,
            Err(reason) => vec![Err(reason)],
        };
        let (number, next_offset) = (first.number, last.end);
        let mut records: VecDeque<Record> = inputs
            .into_iter()
            .map(|input| {
                let content = input.map_err(|reason| Reject::new(number, reason, &bytes));
                let content = content.and_then(|input| checked(Ok(input), number, &bytes));
                Record { line: number, next_offset, raw: bytes.clone(), content }
            })
            .collect();
        let record = records.pop_back();
        // What a repost brings along comes before it, and the row is done with the last of them.
        let start = first.start;
        self.ready.extend(records.into_iter().map(|record| Record { next_offset: start, ..record }));
        record
    }

    /// The mentions of a row; none if it is a header again.
    fn content(&mut self, first: &Line, bytes: &[u8]) -> Result<Option<Vec<Result<MentionInput, String>>>, String> {
        if first.too_long {
            return Err(format!("一行超过 {} MiB", LINE_BYTES_MAX >> 20));
        }
        let separator = self.separator;
        let quoting = |(mut quotes, before): (Quotes, Quoting), line: &[u8]| {
            let quoting = if before == Quoting::Broken { before } else { quotes.after(line, separator) };
            (quotes, quoting)
        };
        match bytes.split(|b| *b == b'\n').fold((Quotes::default(), Quoting::Closed), quoting).1 {
            Quoting::Closed => {}
            Quoting::Open => return Err("引号没有闭合".into()),
            Quoting::Broken => return Err("引号后面应是分隔符；引号里的引号要写两遍".into()),
        }
        let mut cells = split(bytes, separator)?;
        if cells.first().map(|cell| cell.trim()) == self.header.first().map(String::as_str) && self.take_header(&cells)
        {
            return Ok(None);
        }
        let mut header = self.header.clone();
        if self.format == Format::WeiboCrawler
            && cells.len() > header.len()
            && cells.len() <= header.len() + REPOSTED.len()
        {
            header.extend(REPOSTED.iter().take(cells.len() - header.len()).map(|name| (*name).to_owned()));
        }
        let surplus = cells.iter().skip(header.len()).any(|cell| !is_nothing(cell));
        // A row that stops early has nothing in the cells that are missing; one that holds nothing at all is cut.
        if surplus || (cells.len() < header.len() && cells.len() < 2) {
            return Err(format!("有 {} 列，列名有 {} 个", cells.len(), header.len()));
        }
        cells.resize(header.len(), String::new());
        if self.format == Format::Csv {
            return Ok(Some(vec![fields::mention(&self.columns, &cells)]));
        }
        let row: Map<String, Value> = header.into_iter().zip(cells.into_iter().map(Value::String)).collect();
        Ok(Some(foreign::row(self.format, &row)))
    }
}

fn joined(lines: &[Line]) -> Vec<u8> {
    let lines: Vec<&[u8]> = lines.iter().map(|line| &line.bytes[..]).collect();
    lines.join(&b'\n')
}

/// What stands between cells: as `sep=` says, else what makes most names of columns of one of the first lines.
pub(super) fn separator(head: &[u8], map: &[Mapped]) -> u8 {
    let text = charset::decode(head, None, None, Some("cn")).text;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(HEADER_RECORDS_MAX).collect();
    if let Some(told) = lines.first().map(|line| line.trim().trim_matches('"').to_ascii_lowercase())
        && let Some(told) = told.strip_prefix("sep=")
        && let Some(told) = told.bytes().next()
    {
        return told;
    }
    let is_known = |cell: &str| {
        let name = cell.trim().trim_matches('"');
        Column::named(name, map).is_some() || foreign::is_column(name)
    };
    let worth = |separator: u8| {
        let of = |line: &&str| {
            let cells = line.split(char::from(separator));
            (cells.clone().filter(|cell| is_known(cell)).count(), cells.count())
        };
        lines.iter().map(of).max().unwrap_or_default()
    };
    // The comma wins where others are as good: it is what most programs write.
    SEPARATORS.into_iter().rev().max_by_key(|separator| worth(*separator)).unwrap_or(b',')
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
                    let record = self.record(&lines);
                    self.ready.extend(record);
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

/// Where quotes stand, as CSV has them: they count at the beginning of a cell only.
#[derive(Default)]
struct Quotes {
    inside: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Closed,
    Open,
    /// A closing quote that no separator follows.
    Broken,
}

impl Quotes {
    fn after(&mut self, line: &[u8], separator: u8) -> Quoting {
        let mut at_start = !self.inside;
        let mut closing = false;
        for byte in line {
            match (self.inside, closing, byte) {
                (true, false, b'"') => closing = true,
                (true, true, b'"') => closing = false,
                (true, true, byte) if *byte == separator => (self.inside, closing, at_start) = (false, false, true),
                (true, true, _) => return Quoting::Broken,
                (true, false, _) => {}
                (false, _, _) => {
                    self.inside = at_start && *byte == b'"';
                    at_start = *byte == separator;
                }
            }
        }
        self.inside &= !closing;
        if self.inside { Quoting::Open } else { Quoting::Closed }
    }
}

fn split(bytes: &[u8], separator: u8) -> Result<Vec<String>, String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => match encoding_rs::GB18030.decode_without_bom_handling(bytes) {
            (text, false) => text.into_owned(),
            (_, true) => return Err("既不是 UTF-8 也不是 GB18030 编码".into()),
        },
    };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => Ok(record.iter().map(str::to_owned).collect()),
        Ok(false) => Ok(Vec::new()),
        Err(e) => Err(format!("不是 CSV：{e}")),
    }
}
