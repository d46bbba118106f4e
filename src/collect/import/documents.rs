//! JSON Lines, and JSON documents as some tools write them.

use std::collections::VecDeque;

use serde_json::Value;

use super::lines::{LINE_BYTES_MAX, Line, Source};
use super::{DOCUMENT_BYTES_MAX, Format, ImportError, Record, Reject, checked, foreign};
use crate::domain::mention::MentionInput;

/// Records of JSON Lines, or of one document.
pub struct Documents {
    source: Source,
    format: Format,
    ready: VecDeque<Record>,
    ended: bool,
}

impl Documents {
    /// Opens it; a document that spans lines is read whole, from its beginning.
    pub fn open(
        mut source: Source,
        format: Format,
        length: u64,
        head: &[u8],
        offset: u64,
    ) -> Result<Self, ImportError> {
        let mut ready = VecDeque::new();
        let one_document = format != Format::Mentions && !first_line_is_a_value(head);
        if one_document && offset < length {
            let Some(bytes) = source.whole(DOCUMENT_BYTES_MAX)? else {
                return Err(source.unusable("JSON 文件超过 64 MiB，请让采集工具输出 JSONL 或 CSV"));
            };
            ready = document(&source, format, &bytes, length)?;
        } else if !one_document {
            source.skip_to(offset)?;
        }
        Ok(Self { source, format, ready, ended: one_document })
    }

    fn read_line(&mut self) -> Result<bool, ImportError> {
        let Some(line) = self.source.line()? else {
            return Ok(false);
        };
        if line.bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(true);
        }
        let records = records_of_line(self.format, &line);
        self.ready.extend(records);
        Ok(true)
    }
}

impl Iterator for Documents {
    type Item = Result<Record, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(Ok(record));
            }
            if self.ended {
                return None;
            }
            match self.read_line() {
                Ok(true) => {}
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

fn first_line_is_a_value(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let line = head.split(|b| *b == b'\n').find(|line| !line.iter().all(u8::is_ascii_whitespace));
    let Some(line) = line else { return true };
    // A first line longer than what was looked at is taken for JSON Lines if it is an object.
    line.trim_ascii_start().starts_with(b"{")
        && (serde_json::from_slice::<Value>(line).is_ok() || line.len() == head.len())
}

fn document(source: &Source, format: Format, bytes: &[u8], length: u64) -> Result<VecDeque<Record>, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|_| source.unusable("不是 UTF-8 编码"))?;
    let value: Value = serde_json::from_str(text)
        .map_err(|e| source.unusable(format!("第 {} 行第 {} 列：{}", e.line(), e.column(), json_fault(&e))))?;
    let items = foreign::items(format, &value).map_err(|message| source.unusable(message))?;
    let count = items.len() as u64;
    let record = |(index, item): (u64, Result<MentionInput, String>)| Record {
        line: index + 1,
        next_offset: if index + 1 == count { length } else { 0 },
        content: checked(item, index + 1, b""),
    };
    Ok((0..).zip(items).map(record).collect())
}

fn records_of_line(format: Format, line: &Line) -> Vec<Record> {
    let reject = |reason: String| {
        let content = Err(Reject::new(line.number, reason, &line.bytes));
        vec![Record { line: line.number, next_offset: line.end, content }]
    };
    if line.too_long {
        return reject(format!("一行超过 {} MiB", LINE_BYTES_MAX >> 20));
    }
    let Ok(text) = std::str::from_utf8(&line.bytes) else {
        return reject("不是 UTF-8 编码".into());
    };
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(e) => {
            let cut = if e.is_eof() && !line.terminated { "（文件最后一行被截断）" } else { "" };
            return reject(format!("第 {} 列：{}{cut}", e.column(), json_fault(&e)));
        }
    };
    if format == Format::Mentions {
        let content = checked(mention(value), line.number, &line.bytes);
        return vec![Record { line: line.number, next_offset: line.end, content }];
    }
    match foreign::items(format, &value) {
        Err(message) => reject(message),
        Ok(items) => {
            let start = line.end - line.bytes.len() as u64 - u64::from(line.terminated);
            let count = items.len();
            let record = |(index, item): (usize, Result<MentionInput, String>)| Record {
                line: line.number,
                next_offset: if index + 1 == count { line.end } else { start },
                content: checked(item, line.number, &line.bytes),
            };
            items.into_iter().enumerate().map(record).collect()
        }
    }
}

/// A line of `mentions`.
fn mention(value: Value) -> Result<MentionInput, String> {
    if !value.is_object() {
        return Err("不是 JSON 对象".into());
    }
    serde_json::from_value(value).map_err(|e| {
        let message = e.to_string();
        match message.strip_prefix("missing field ") {
            Some(field) => format!("缺少 {field}"),
            None => format!("字段不合规定：{message}"),
        }
    })
}

fn json_fault(error: &serde_json::Error) -> &'static str {
    if error.is_eof() { "JSON 不完整" } else { "JSON 写法有误" }
}
