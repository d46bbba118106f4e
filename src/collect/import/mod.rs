//! Import formats (导入): files that other tools wrote, read as a stream of mentions with line numbers. Reading can go on
//! at any record's byte offset; a line that can't be taken is told apart and never stops the rest.

mod columns;
mod documents;
mod foreign;
mod lines;

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::domain::mention::MentionInput;
use columns::CsvRecords;
use documents::Documents;

/// Characters of a bad line that are kept as its sample.
const SAMPLE_CHARS_MAX: usize = 120;
/// Largest JSON document that is no JSON Lines, in bytes: it has to be read whole.
pub const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A format of `huiying import`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `mentions` JSON Lines (`contract.md`).
    Mentions,
    /// CSV with a header, its names in English or Chinese.
    Csv,
    /// MediaCrawler: JSON, JSON Lines or CSV.
    MediaCrawler,
    /// weibo-crawler and weibo-search: JSON or CSV.
    WeiboCrawler,
    /// newsnow: answers of its interface, JSON or JSON Lines.
    Newsnow,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Mentions, Self::Csv, Self::MediaCrawler, Self::WeiboCrawler, Self::Newsnow];

    /// Its name on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Mentions => "mentions",
            Self::Csv => "csv",
            Self::MediaCrawler => "mediacrawler",
            Self::WeiboCrawler => "weibo-crawler",
            Self::Newsnow => "newsnow",
        }
    }

    /// What a watched folder takes a file for, by its ending.
    pub fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Some(Self::Mentions),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.id() == text)
            .ok_or_else(|| format!("不认识格式 “{text}”；可用 {}", Self::ALL.map(Self::id).join("、")))
    }
}

/// Why a file can't be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The operating system refused.
    #[error("{}：不能读取：{source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Its reason.
        source: std::io::Error,
    },
    /// The file as a whole is no such file.
    #[error("{}：{message}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What it is and what to do.
        message: String,
    },
}

/// A line that can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
    /// How it begins.
    pub sample: String,
}

impl Reject {
    fn new(line: u64, reason: impl Into<String>, sample: &[u8]) -> Self {
        let head = &sample[..sample.len().min(SAMPLE_CHARS_MAX * 4)];
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        let sample = String::from_utf8_lossy(head).chars().map(printable).take(SAMPLE_CHARS_MAX).collect();
        Self { line, reason: reason.into(), sample }
    }
}

/// A record of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The line on which it begins, from 1; in a JSON document the number of the item.
    pub line: u64,
    /// Where reading may go on once this record is stored.
    pub next_offset: u64,
    /// What it says.
    pub content: Result<MentionInput, Reject>,
}

enum Records {
    Csv(CsvRecords),
    Documents(Documents),
}

/// Reads a file record by record.
pub struct ImportReader(Records);

impl ImportReader {
    /// Opens a file to read on at `offset`: 0, or a [`Record::next_offset`] of an earlier run.
    pub fn open(file: &Path, format: Format, offset: u64) -> Result<Self, ImportError> {
        let io = |source| ImportError::Io { file: file.to_owned(), source };
        let unusable = |message: String| ImportError::Unusable { file: file.to_owned(), message };
        let opened = File::open(file).map_err(io)?;
        let meta = opened.metadata().map_err(io)?;
        if meta.is_dir() {
            return Err(unusable("是文件夹，请给出文件".into()));
        }
        if offset > meta.len() {
            return Err(unusable(format!("文件比上次读到的位置（{offset} 字节）还短，内容已变，请改名后重新导入")));
        }
        let mut reader = BufReader::with_capacity(lines::HEAD_BYTES, opened);
        let head = reader.fill_buf().map_err(io)?.to_vec();
        lines::refuse_binary(&head).map_err(unusable)?;
        reader.seek(SeekFrom::Start(0)).map_err(io)?;
        let source = lines::Source::new(file.to_owned(), reader);
        let is_csv = match format {
            Format::Csv => true,
            Format::Mentions | Format::Newsnow => false,
            Format::MediaCrawler | Format::WeiboCrawler => !lines::looks_like_json(&head),
        };
        let records = if is_csv {
            Records::Csv(CsvRecords::open(source, format, offset)?)
        } else {
            Records::Documents(Documents::open(source, format, meta.len(), &head, offset)?)
        };
        Ok(Self(records))
    }
}

impl Iterator for ImportReader {
    type Item = Result<Record, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Records::Csv(records) => records.next(),
            Records::Documents(records) => records.next(),
        }
    }
}

fn checked(input: Result<MentionInput, String>, line: u64, sample: &[u8]) -> Result<MentionInput, Reject> {
    input
        .and_then(|input| input.check().map(|()| input).map_err(|e| e.to_string()))
        .map_err(|reason| Reject::new(line, reason, sample))
}

#[cfg(test)]
mod tests;
