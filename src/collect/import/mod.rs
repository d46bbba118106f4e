//! Import formats (导入): files that other tools wrote, read as a stream of mentions with line numbers. Reading can go on
//! at any record's byte offset; a line that can't be taken is told apart and never stops the rest.

mod documents;
mod fields;
mod foreign;
mod lines;
mod plain;
mod rejects;
mod stream;
mod table;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::domain::mention::MentionInput;
use documents::Documents;
pub use rejects::Rejects;
use table::CsvRecords;

/// Characters of a bad line that are kept as its sample.
const SAMPLE_CHARS_MAX: usize = 120;
/// Records that are looked at to see which tool wrote a file.
const SNIFFED_BYTES: usize = 16 * 1024;

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

    /// What a file is, by its ending and by the names in it; `None` if it is none that can be imported.
    pub fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        let is_json = matches!(ending.as_str(), "json" | "jsonl" | "ndjson");
        let is_table =
            matches!(ending.as_str(), "csv" | "tsv" | "txt" | "xlsx" | "xls" | "xlsm" | "ods" | "htm" | "html");
        if !is_json && !is_table {
            return None;
        }
        let mut head = Vec::new();
        if let Ok(file) = File::open(path) {
            // What can't be read here can't be opened either, and that says why.
            let _ = file.take(SNIFFED_BYTES as u64).read_to_end(&mut head);
        }
        let text = crate::collect::charset::decode(&head, None, None, Some("cn")).text;
        let first: Vec<String> = text
            .lines()
            .take(3)
            .flat_map(|line| line.split([',', '\t', ';']))
            .map(|name| name.trim_matches(['"', '\u{feff}', ' ']).to_owned())
            .collect();
        // As a key, not as a value: mentions of the channel "weibo" are none of weibo-crawler's.
        let has = |name: &str| {
            let key = format!("\"{name}\"");
            let mut after = text.split(&key).skip(1);
            is_json && after.any(|rest| rest.trim_start().starts_with(':'))
        };
        let of_media = ["note_id", "aweme_id", "video_id", "content_id", "comment_id"];
        let is_weibo = has("weibo") || (has("bid") && has("reposts_count"));
        Some(match is_json {
            true if has("items") && has("updatedTime") => Self::Newsnow,
            true if is_weibo => Self::WeiboCrawler,
            true if of_media.iter().any(|name| has(name)) => Self::MediaCrawler,
            true => Self::Mentions,
            false
                if foreign::is_header(Self::MediaCrawler, &first)
                    && of_media.iter().any(|id| first.iter().any(|name| name == id)) =>
            {
                Self::MediaCrawler
            }
            false if first.iter().any(|name| name == "bid") && foreign::is_header(Self::WeiboCrawler, &first) => {
                Self::WeiboCrawler
            }
            false => Self::Csv,
        })
    }
}

/// A column of a table that goes by a name of its own: `--map 列名=字段`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// What the table calls it.
    pub column: String,
    /// What it is called in `mentions`.
    pub field: String,
}

impl FromStr for Mapped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("“{text}”应写作 列名=字段；字段可用 {}", fields::Column::fields());
        let (column, field) = text.split_once('=').ok_or_else(wanted)?;
        let field = field.trim().to_lowercase();
        let is_known = fields::Column::named(&field, &[]).is_some();
        if column.trim().is_empty() || !is_known {
            return Err(wanted());
        }
        Ok(Self { column: column.trim().to_owned(), field })
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
    /// It as it stands in the file.
    pub raw: Vec<u8>,
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
    pub fn open(file: &Path, format: Format, map: &[Mapped], offset: u64) -> Result<Self, ImportError> {
        let io = |source| ImportError::Io { file: file.to_owned(), source };
        let unusable = |message: String| ImportError::Unusable { file: file.to_owned(), message };
        let mut opened = File::open(file).map_err(io)?;
        let mut length = opened.metadata().map_err(io)?.len();
        if opened.metadata().map_err(io)?.is_dir() {
            return Err(unusable("是文件夹，请给出文件".into()));
        }
        let head = lines::head(&mut opened).map_err(io)?;
        let (mut opened, head) = match plain::plain(file, &head, length).map_err(unusable)? {
            None => (opened, head),
            Some(mut plain) => {
                length = plain.metadata().map_err(io)?.len();
                let head = lines::head(&mut plain).map_err(io)?;
                (plain, head)
            }
        };
        lines::refuse_binary(&head).map_err(unusable)?;
        if offset > length {
            return Err(unusable(format!("文件比上次读到的位置（{offset} 字节）还短，内容已变，请改名后重新导入")));
        }
        opened.seek(SeekFrom::Start(0)).map_err(io)?;
        let reader = BufReader::with_capacity(lines::HEAD_BYTES, opened);
        let source = lines::Source::new(file.to_owned(), reader);
        let is_json = lines::looks_like_json(&head);
        let is_table = match format {
            Format::Csv if is_json => {
                return Err(unusable(
                    "是 JSON 文件；请用 --format mentions、mediacrawler、weibo-crawler 或 newsnow".into(),
                ));
            }
            Format::Csv => true,
            Format::Mentions | Format::Newsnow => false,
            Format::MediaCrawler | Format::WeiboCrawler => !is_json,
        };
        Ok(Self(if is_table {
            Records::Csv(CsvRecords::open(source, format, map, &head, offset)?)
        } else {
            Records::Documents(Documents::open(source, format, &head, offset)?)
        }))
    }

    /// The header of a table as it stands in the file; of other files there is none.
    pub fn header_line(&self) -> Option<&[u8]> {
        match &self.0 {
            Records::Csv(records) => Some(records.header_line()),
            Records::Documents(_) => None,
        }
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
