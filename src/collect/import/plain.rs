//! Files that are no lines of text as they stand (Excel, UTF-16, pages that call themselves Excel, line ends of old Macs) are first
//! written as a plain table, and read like any other. The same file gives the same table, so that reading can go on at an
//! offset of it.

use std::fs::File;
use std::io::{Cursor, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, Reader, open_workbook_auto_from_rs};
use scraper::{Html, Selector};

use crate::collect::{charset, depth, html_text};

/// Largest such file: it has to be read whole.
const BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Largest page that is taken for a table.
const PAGE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What a file is, by its first bytes.
enum Kind {
    Text,
    Workbook,
    Utf16,
    Page,
    OldMac,
}

/// The file to read in its place, if it is none that can be read line by line.
pub fn plain(path: &Path, head: &[u8], length: u64) -> Result<Option<File>, String> {
    let kind = kind(head);
    if matches!(kind, Kind::Text) {
        return Ok(None);
    }
    if length > BYTES_MAX {
        return Err(format!("超过 {} MiB，请分成几个文件，或另存为 UTF-8 的 CSV", BYTES_MAX >> 20));
    }
    let written = |error: std::io::Error| format!("不能写临时文件：{error}");
    let mut plain = tempfile::tempfile().map_err(written)?;
    match kind {
        Kind::Workbook => workbook(path, &mut plain)?,
        Kind::Page => page(path, &mut plain)?,
        Kind::Utf16 => transcoded(path, &mut plain)?,
        Kind::OldMac => unix_lines(path, &mut plain)?,
        Kind::Text => {}
    }
    plain.flush().and_then(|()| plain.seek(SeekFrom::Start(0))).map_err(written)?;
    Ok(Some(plain))
}

fn kind(head: &[u8]) -> Kind {
    let lower: Vec<u8> = head.iter().take(4096).map(u8::to_ascii_lowercase).collect();
    let begins = lower.trim_ascii_start();
    let holds = |word: &[u8]| lower.windows(word.len()).any(|part| part == word);
    let is_wide = head.len() >= 8 && (head[1] == 0 && head[3] == 0 || head[0] == 0 && head[2] == 0);
    let first = |byte: u8| head.iter().position(|other| *other == byte);
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xD0\xCF\x11\xE0") {
        Kind::Workbook
    } else if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") || is_wide {
        Kind::Utf16
    } else if begins.starts_with(b"<") && (holds(b"<table") || holds(b"<html")) {
        Kind::Page
    } else if !super::lines::looks_like_json(head)
        && first(b'\r').is_some_and(|at| first(b'\n').is_none_or(|other| at + 1 < other))
    {
        // A line break within a cell may be of the other kind.
        Kind::OldMac
    } else {
        Kind::Text
    }
}

/// The sheet with most rows: offices put notes on the others.
fn workbook(path: &Path, plain: &mut File) -> Result<(), String> {
    let refused = |error: String| {
        format!("是 Excel 或 ZIP 文件，打不开（{error}）；如果加了密码，请先去掉，或另存为 UTF-8 的 CSV")
    };
    let bytes: Arc<[u8]> = std::fs::read(path).map_err(|error| format!("不能读取：{error}"))?.into();
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| refused(error.to_string()))?;
    let mut largest: Option<calamine::Range<Data>> = None;
    for (_, sheet) in book.worksheets() {
        if largest.as_ref().is_none_or(|other| sheet.get_size().0 > other.get_size().0) {
            largest = Some(sheet);
        }
    }
    let sheet = largest.filter(|sheet| !sheet.is_empty()).ok_or("Excel 文件里没有数据")?;
    let mut writer = csv::Writer::from_writer(std::io::BufWriter::new(plain));
    for row in sheet.rows() {
        writer.write_record(row.iter().map(cell)).map_err(|error| format!("不能写临时文件：{error}"))?;
    }
    writer.flush().map_err(|error| format!("不能写临时文件：{error}"))
}

/// A cell as its reader sees it: times as times, whole numbers without a point.
fn cell(cell: &Data) -> String {
    match cell {
        Data::DateTime(time) if time.is_datetime() => {
            time.as_datetime().map_or_else(String::new, |time| time.format("%Y-%m-%d %H:%M:%S").to_string())
        }
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string(),
    }
}

/// Systems of many offices export a page with a table and call it `.xls`.
fn page(path: &Path, plain: &mut File) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|error| format!("不能读取：{error}"))?;
    let text = charset::decode(&bytes, None, None, Some("cn")).text;
    if text.len() > PAGE_BYTES_MAX || depth::check(&text).is_err() {
        return Err("网页形式的表格过大或嵌套过深，请用 Excel 打开后另存为 .xlsx".into());
    }
    let html = Html::parse_document(&text);
    let (rows, cells) = match (Selector::parse("tr"), Selector::parse("td, th")) {
        (Ok(rows), Ok(cells)) => (rows, cells),
        _ => return Err("网页里没有表格".into()),
    };
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(plain);
    let mut any = false;
    for row in html.select(&rows) {
        let values: Vec<String> = row.select(&cells).map(|cell| html_text::of_element(cell, &[])).collect();
        if !values.is_empty() {
            any = true;
            writer.write_record(&values).map_err(|error| format!("不能写临时文件：{error}"))?;
        }
    }
    writer.flush().map_err(|error| format!("不能写临时文件：{error}"))?;
    if any { Ok(()) } else { Err("是网页，不是表格；请导出为 Excel 或 CSV".into()) }
}

fn transcoded(path: &Path, plain: &mut File) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|error| format!("不能读取：{error}"))?;
    let unmarked = if bytes.first() == Some(&0) { encoding_rs::UTF_16BE } else { encoding_rs::UTF_16LE };
    let encoding = encoding_rs::Encoding::for_bom(&bytes).map_or(unmarked, |(found, _)| found);
    let (text, _, broken) = encoding.decode(&bytes);
    if broken {
        return Err("是 UTF-16 编码，但内容不完整；请重新导出，或另存为 UTF-8".into());
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    plain.write_all(text.as_bytes()).map_err(|error| format!("不能写临时文件：{error}"))
}

/// Records end in a carriage return; a line feed is part of a cell.
fn unix_lines(path: &Path, plain: &mut File) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|error| format!("不能读取：{error}"))?;
    let head: Vec<u8> = bytes.iter().take(4096).map(|b| if *b == b'\r' { b'\n' } else { *b }).collect();
    let separator = super::table::separator(&head, &[]);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .terminator(csv::Terminator::Any(b'\r'))
        .from_reader(&bytes[..]);
    let mut writer = csv::WriterBuilder::new().flexible(true).delimiter(separator).from_writer(plain);
    for record in reader.byte_records() {
        let record = record.map_err(|error| format!("不是表格：{error}"))?;
        writer.write_byte_record(&record).map_err(|error| format!("不能写临时文件：{error}"))?;
    }
    writer.flush().map_err(|error| format!("不能写临时文件：{error}"))
}
