//! Lines of a file with their numbers and offsets, in bounded memory; and telling text from what is none.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

use super::ImportError;

/// Longest line, in bytes; of a longer one only the beginning is kept, and it is refused.
pub const LINE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How much of a file is looked at to see what it is.
pub const HEAD_BYTES: usize = 64 * 1024;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The beginning of a file.
pub fn head(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// A line without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// The bytes; cut where it was too long.
    pub bytes: Vec<u8>,
    /// Whether it was longer than [`LINE_BYTES_MAX`].
    pub too_long: bool,
    /// Offset at which it begins.
    pub start: u64,
    /// Offset of what follows.
    pub end: u64,
    /// Whether it ended in a line break; the last line of a file that is cut off does not.
    pub terminated: bool,
}

/// A file that is read line by line; lines can be given back.
pub struct Source {
    pub(super) file: PathBuf,
    pub(super) reader: BufReader<File>,
    given_back: VecDeque<Line>,
    number: u64,
    pub(super) offset: u64,
}

impl Source {
    /// From its beginning.
    pub fn new(file: PathBuf, reader: BufReader<File>) -> Self {
        Self { file, reader, given_back: VecDeque::new(), number: 0, offset: 0 }
    }

    /// The next line, if there is one.
    pub fn line(&mut self) -> Result<Option<Line>, ImportError> {
        if let Some(line) = self.given_back.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        let mut total = 0_u64;
        let mut terminated = false;
        while !terminated {
            let chunk = self.reader.fill_buf().map_err(|source| ImportError::Io { file: self.file.clone(), source })?;
            if chunk.is_empty() {
                break;
            }
            let (used, found) = match chunk.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (chunk.len(), false),
            };
            let room = (LINE_BYTES_MAX + 2).saturating_sub(bytes.len());
            bytes.extend_from_slice(&chunk[..used.min(room)]);
            self.reader.consume(used);
            total += used as u64;
            terminated = found;
        }
        if total == 0 {
            return Ok(None);
        }
        let start = self.offset;
        self.offset += total;
        self.number += 1;
        let too_long = total > LINE_BYTES_MAX as u64;
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        bytes.truncate(LINE_BYTES_MAX);
        if self.number == 1 && bytes.starts_with(BOM) {
            bytes.drain(..BOM.len());
        }
        Ok(Some(Line { number: self.number, bytes, too_long, start, end: self.offset, terminated }))
    }

    /// Gives lines back, to be read again in this order.
    pub fn give_back(&mut self, lines: impl DoubleEndedIterator<Item = Line>) {
        for line in lines.rev() {
            self.given_back.push_front(line);
        }
    }

    /// Goes to `offset`, counting the lines before it.
    pub fn skip_to(&mut self, offset: u64) -> Result<(), ImportError> {
        let io = |source| ImportError::Io { file: self.file.clone(), source };
        self.given_back.clear();
        self.reader.seek(SeekFrom::Start(0)).map_err(io)?;
        let (mut number, mut at) = (0_u64, 0_u64);
        while at < offset {
            let chunk = self.reader.fill_buf().map_err(io)?;
            let used = chunk.len().min(usize::try_from(offset - at).unwrap_or(usize::MAX));
            if used == 0 {
                break;
            }
            number += chunk[..used].iter().filter(|b| **b == b'\n').count() as u64;
            self.reader.consume(used);
            at += used as u64;
        }
        self.number = number;
        self.offset = at;
        Ok(())
    }

    /// How far it was read, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// An error about the whole file.
    pub fn unusable(&self, message: impl Into<String>) -> ImportError {
        ImportError::Unusable { file: self.file.clone(), message: message.into() }
    }
}

/// Refuses a file that is no text, and says what it is and what to do.
pub fn refuse_binary(head: &[u8]) -> Result<(), String> {
    let known: [(&[u8], &str); 4] = [
        (b"\x1F\x8B", "是 gzip 压缩文件，请先解压"),
        (b"%PDF", "是 PDF 文件，不能导入"),
        (b"\x89PNG", "是图片，不能导入"),
        (b"SQLite format 3", "是 SQLite 数据库，不能导入"),
    ];
    if let Some((_, message)) = known.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err((*message).to_owned());
    }
    let is_odd = |b: &u8| *b == 0 || (*b < 0x20 && !matches!(*b, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B));
    if head.contains(&0) || head.iter().filter(|b| is_odd(b)).count() * 100 > head.len() {
        return Err("不是文本文件（含二进制内容），没有导入任何内容".into());
    }
    Ok(())
}

/// Whether a text begins as JSON does.
pub fn looks_like_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(BOM).unwrap_or(head);
    matches!(head.iter().find(|b| !b.is_ascii_whitespace()), Some(b'{' | b'['))
}
