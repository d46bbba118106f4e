//! JSON Lines, and JSON documents as some tools write them: an array of items, or an object that holds one. Items are taken from
//! the stream one by one, so a document may be of any size, and one broken item costs no other.

use std::collections::VecDeque;

use serde_json::Value;

use super::lines::{LINE_BYTES_MAX, Line, Source};
use super::{Format, ImportError, Record, Reject, checked, foreign};
use crate::domain::mention::MentionInput;

/// Records of JSON Lines, or of one document.
pub struct Documents {
    source: Source,
    format: Format,
    shape: Shape,
    /// Items of a document that were taken.
    items: u64,
    ready: VecDeque<Record>,
    ended: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Lines,
    /// An array whose items are read from the stream.
    Array,
    /// One value, which is the only item.
    Whole,
}

impl Documents {
    /// Opens it, to go on at `offset`.
    pub fn open(mut source: Source, format: Format, head: &[u8], offset: u64) -> Result<Self, ImportError> {
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        let is_array = head.trim_ascii_start().starts_with(b"[");
        let holds_posts = format == Format::WeiboCrawler && !first_line_is_an_item(head);
        let shape = if is_array || holds_posts {
            Shape::Array
        } else if first_line_is_a_value(head) || format == Format::Mentions {
            Shape::Lines
        } else {
            Shape::Whole
        };
        let mut documents = Self { source, format, shape, items: 0, ready: VecDeque::new(), ended: false };
        match shape {
            Shape::Lines => documents.source.skip_to(offset)?,
            Shape::Whole => documents.ended = offset > 0,
            Shape::Array => {
                let found = documents.source.enter_array(if is_array { None } else { Some("weibo") })?;
                if !found {
                    source = documents.source;
                    return Err(source.unusable("JSON 里没有 weibo 列表：不是 weibo-crawler 的结果"));
                }
                // The items before are counted, so that the numbers of the others are right.
                while documents.source.offset() < offset {
                    if documents.source.element()?.is_none() {
                        break;
                    }
                    documents.items += 1;
                }
            }
        }
        Ok(documents)
    }

    fn read_more(&mut self) -> Result<bool, ImportError> {
        match self.shape {
            Shape::Lines => {
                let Some(line) = self.source.line()? else { return Ok(false) };
                if !line.bytes.iter().all(u8::is_ascii_whitespace) {
                    let records = records(self.format, &line);
                    self.ready.extend(records);
                }
            }
            Shape::Array => {
                let Some(mut item) = self.source.element()? else { return Ok(false) };
                self.items += 1;
                item.number = self.items;
                let records = records(self.format, &item);
                self.ready.extend(records);
            }
            Shape::Whole => {
                let Some(mut item) = self.source.value()? else { return Ok(false) };
                item.number = 1;
                let records = records(self.format, &item);
                self.ready.extend(records);
                self.ended = true;
            }
        }
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
            match self.read_more() {
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

fn first_line(head: &[u8]) -> Option<&[u8]> {
    head.split(|b| *b == b'\n').find(|line| !line.iter().all(u8::is_ascii_whitespace))
}

fn first_line_is_a_value(head: &[u8]) -> bool {
    let Some(line) = first_line(head) else { return true };
    // A first line longer than what was looked at is taken for JSON Lines if it is an object.
    line.trim_ascii_start().starts_with(b"{")
        && (serde_json::from_slice::<Value>(line).is_ok() || line.len() == head.len())
}

/// Whether it is a post rather than the object around posts.
fn first_line_is_an_item(head: &[u8]) -> bool {
    let Some(line) = first_line(head) else { return true };
    match serde_json::from_slice::<Value>(line) {
        Ok(value) => value.get("weibo").is_none(),
        Err(_) => {
            let key = br#""weibo""#;
            !head.windows(key.len()).any(|part| part == key)
        }
    }
}

/// The mentions of one item; reading may go on behind it once all of them are stored.
fn records(format: Format, item: &Line) -> Vec<Record> {
    let record = |content, next_offset| Record { line: item.number, next_offset, raw: item.bytes.clone(), content };
    let reject = |reason: String| vec![record(Err(Reject::new(item.number, reason, &item.bytes)), item.end)];
    if item.too_long {
        return reject(format!("一条超过 {} MiB", LINE_BYTES_MAX >> 20));
    }
    let text = match std::str::from_utf8(&item.bytes) {
        Ok(text) => std::borrow::Cow::Borrowed(text),
        Err(_) => match encoding_rs::GB18030.decode_without_bom_handling(&item.bytes) {
            (text, false) => text,
            (_, true) => return reject("既不是 UTF-8 也不是 GB18030 编码".into()),
        },
    };
    let value: Value = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(e) => {
            let cut = if e.is_eof() && !item.terminated { "（文件末尾被截断）" } else { "" };
            return reject(format!("第 {} 列：{}{cut}", e.column(), json_fault(&e)));
        }
    };
    if format == Format::Mentions {
        return vec![record(checked(mention(value), item.number, &item.bytes), item.end)];
    }
    match foreign::items(format, &value) {
        Err(message) => reject(message),
        Ok(items) => {
            let count = items.len();
            let next = |index: usize| if index + 1 == count { item.end } else { item.start };
            let all = items.into_iter().enumerate();
            all.map(|(index, input)| record(checked(input, item.number, &item.bytes), next(index))).collect()
        }
    }
}

/// A line of `mentions`.
fn mention(value: Value) -> Result<MentionInput, String> {
    if !value.is_object() {
        return Err("不是 JSON 对象".into());
    }
    MentionInput::read(value)
}

fn json_fault(error: &serde_json::Error) -> &'static str {
    if error.is_eof() { "JSON 不完整" } else { "JSON 写法有误" }
}
