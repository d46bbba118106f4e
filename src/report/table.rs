//! Tables as files: .xlsx with frozen head, widths, filter and real dates (Beijing time), or .csv with a byte order mark, so
//! that Excel reads its Chinese.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{Format as Style, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::domain::instant::Instant;

/// Rows of a sheet that Excel can hold, the head included.
const ROWS_MAX: u32 = 1_048_576;
/// Characters of a cell that Excel can hold, and some to spare.
const CELL_CHARS_MAX: usize = 32_000;

/// Why a report can't be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file.
    #[error("{}：写不了：{why}；请检查目录与权限", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// The ending says nothing that we write.
    #[error("{}：报表按文件名的结尾决定格式，只有 .xlsx 与 .csv", .0.display())]
    Ending(PathBuf),
    /// Too much for a sheet.
    #[error("超过 Excel 一张表的 {ROWS_MAX} 行；请用 --from、--to 分段，或改用 .csv")]
    TooLong,
}

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Excel.
    Xlsx,
    /// Comma separated.
    Csv,
}

impl Format {
    /// By a file's ending.
    ///
    /// # Errors
    /// [`ReportError::Ending`]
    pub fn of(file: &Path) -> Result<Self, ReportError> {
        match file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("xlsx") => Ok(Self::Xlsx),
            Some("csv") => Ok(Self::Csv),
            _ => Err(ReportError::Ending(file.to_owned())),
        }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known, or there is nothing.
    Empty,
    /// Words.
    Text(String),
    /// A count or a time in hours.
    Number(f64),
    /// A share, 0–1.
    Share(f64),
    /// An instant, shown in Beijing time.
    At(Instant),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}
impl From<Option<Instant>> for Cell {
    fn from(at: Option<Instant>) -> Self {
        at.map_or(Self::Empty, Self::At)
    }
}
impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }
}
impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Number(count as f64)
    }
}

/// A sheet's head: titles and widths in characters.
pub(super) struct Head {
    pub name: &'static str,
    pub columns: &'static [(&'static str, f64)],
}

/// A file of one or more sheets; a .csv holds the first one alone.
pub(super) struct Book {
    file: PathBuf,
    partial: PathBuf,
    inner: Inner,
    rows: Vec<u32>,
    widths: Vec<usize>,
}

enum Inner {
    Xlsx(Box<Xlsx>),
    Csv(Box<csv::Writer<BufWriter<File>>>),
}

struct Xlsx {
    workbook: Workbook,
    date: Style,
    share: Style,
    hours: Style,
    wrapped: Style,
}

impl Book {
    /// Begins a file; it appears under its name only when it is finished.
    pub fn new(file: &Path, heads: &[Head]) -> Result<Self, ReportError> {
        let format = Format::of(file)?;
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = file.with_file_name(name);
        let fail = |why: &dyn std::fmt::Display| ReportError::File { file: file.to_owned(), why: why.to_string() };
        let inner = match format {
            Format::Csv => {
                let mut out = BufWriter::new(private(&partial).map_err(|error| fail(&error))?);
                out.write_all("\u{feff}".as_bytes()).map_err(|error| fail(&error))?;
                let mut writer = csv::Writer::from_writer(out);
                let titles = heads.first().map(|head| head.columns).unwrap_or_default();
                writer.write_record(titles.iter().map(|(title, _)| *title)).map_err(|error| fail(&error))?;
                Inner::Csv(Box::new(writer))
            }
            Format::Xlsx => {
                // Nothing is computed for an hour and then can't be written.
                private(&partial).map_err(|error| fail(&error))?;
                let mut workbook = Workbook::new();
                let bold = Style::new().set_bold().set_align(FormatAlign::VerticalCenter).set_text_wrap();
                for head in heads {
                    begin(workbook.add_worksheet_with_constant_memory().map_err(|error| fail(&error))?, head, &bold)
                        .map_err(|error| fail(&error))?;
                }
                Inner::Xlsx(Box::new(Xlsx {
                    workbook,
                    date: Style::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
                    share: Style::new().set_num_format("0.0%"),
                    hours: Style::new().set_num_format("0.##"),
                    wrapped: Style::new().set_text_wrap().set_align(FormatAlign::Top),
                }))
            }
        };
        let widths = heads.iter().map(|head| head.columns.len()).collect();
        Ok(Self { file: file.to_owned(), partial, inner, rows: vec![0; heads.len()], widths })
    }

    /// Whether it holds more than its first sheet.
    pub fn has_sheets(&self) -> bool {
        matches!(self.inner, Inner::Xlsx(_))
    }

    /// Rows of a sheet so far.
    pub fn rows(&self, sheet: usize) -> u32 {
        self.rows.get(sheet).copied().unwrap_or(0)
    }

    /// Adds a row to a sheet.
    pub fn push(&mut self, sheet: usize, cells: &[Cell]) -> Result<(), ReportError> {
        debug_assert_eq!(cells.len(), self.widths[sheet], "a row has the columns of its head");
        let row = self.rows[sheet] + 1;
        match &mut self.inner {
            Inner::Csv(_) if sheet > 0 => return Ok(()),
            Inner::Csv(writer) => {
                let fail = |error: csv::Error| ReportError::File { file: self.file.clone(), why: error.to_string() };
                writer.write_record(cells.iter().map(plain)).map_err(fail)?;
            }
            Inner::Xlsx(xlsx) => {
                if row >= ROWS_MAX {
                    return Err(ReportError::TooLong);
                }
                xlsx.row(sheet, row, cells)
                    .map_err(|error| ReportError::File { file: self.file.clone(), why: error.to_string() })?;
            }
        }
        self.rows[sheet] = row;
        Ok(())
    }

    /// Finishes the file.
    pub fn finish(self) -> Result<(), ReportError> {
        let Self { file, partial, inner, rows, widths } = self;
        let fail = |why: &dyn std::fmt::Display| ReportError::File { file: file.clone(), why: why.to_string() };
        match inner {
            Inner::Csv(mut writer) => writer.flush().map_err(|error| fail(&error))?,
            Inner::Xlsx(mut xlsx) => {
                for (sheet, (rows, width)) in rows.iter().zip(&widths).enumerate() {
                    let last = u16::try_from(width.saturating_sub(1)).unwrap_or(u16::MAX);
                    let filtered = xlsx
                        .workbook
                        .worksheet_from_index(sheet)
                        .and_then(|sheet| sheet.autofilter(0, 0, *rows, last).map(|_| ()));
                    filtered.map_err(|error| fail(&error))?;
                }
                xlsx.workbook.save(&partial).map_err(|error| fail(&error))?;
            }
        }
        std::fs::rename(&partial, &file).map_err(|error| fail(&error))
    }
}

/// An empty file that its owner alone can read: reports tell of citizens' matters.
fn private(file: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
}

impl Xlsx {
    fn row(&mut self, sheet: usize, row: u32, cells: &[Cell]) -> Result<(), XlsxError> {
        let worksheet = self.workbook.worksheet_from_index(sheet)?;
        for (column, cell) in cells.iter().enumerate() {
            let column = u16::try_from(column).unwrap_or(u16::MAX);
            match cell {
                Cell::Empty => {}
                Cell::Text(text) if text.contains('\n') => {
                    worksheet.write_string_with_format(row, column, cut(text), &self.wrapped)?;
                }
                Cell::Text(text) => {
                    worksheet.write_string(row, column, cut(text))?;
                }
                Cell::Number(number) if number.fract() == 0.0 => {
                    worksheet.write_number(row, column, *number)?;
                }
                Cell::Number(number) => {
                    worksheet.write_number_with_format(row, column, *number, &self.hours)?;
                }
                Cell::Share(share) => {
                    worksheet.write_number_with_format(row, column, *share, &self.share)?;
                }
                Cell::At(at) => {
                    worksheet.write_datetime_with_format(row, column, at.beijing().naive_local(), &self.date)?;
                }
            }
        }
        Ok(())
    }
}

fn begin(worksheet: &mut Worksheet, head: &Head, bold: &Style) -> Result<(), XlsxError> {
    worksheet.set_name(head.name)?;
    worksheet.set_freeze_panes(1, 0)?;
    for (column, (title, width)) in head.columns.iter().enumerate() {
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        worksheet.set_column_width(column, *width)?;
        worksheet.write_string_with_format(0, column, *title, bold)?;
    }
    Ok(())
}

fn cut(text: &str) -> String {
    text.chars().take(CELL_CHARS_MAX).collect()
}

/// A cell of a .csv. What a post made into a title must not become a formula when the file is opened.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => format!("{}", (number * 100.0).round() / 100.0),
        Cell::Share(share) => format!("{:.1}%", share * 100.0),
        Cell::At(at) => at.beijing().format("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

/// A time in hours, two decimals.
pub(super) fn hours(span: crate::domain::instant::Span) -> f64 {
    (span.hours() * 100.0).round() / 100.0
}
