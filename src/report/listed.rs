//! What a page lists of the ledger, as a file: exactly those rows, in the columns of the page, and a last row that says who
//! took them out, when, and by which filter.

use std::path::Path;

use super::table::{Book, Cell, Head, ReportError};
use crate::domain::instant::Instant;

const COLUMNS: &[(&str, f64)] = &[
    ("编号", 16.0),
    ("发现时间", 19.0),
    ("来源", 18.0),
    ("条数", 8.0),
    ("标题", 44.0),
    ("事件等级", 9.0),
    ("舆情等级", 9.0),
    ("敏感", 6.0),
    ("领域", 14.0),
    ("牵头单位", 22.0),
    ("协办单位", 26.0),
    ("签收时间", 19.0),
    ("回应时限", 19.0),
    ("回应时间", 19.0),
    ("回应方式", 18.0),
    ("回应形式", 14.0),
    ("链接", 30.0),
    ("结论", 14.0),
    ("满意度", 9.0),
];

const HEADS: [Head; 1] = [Head { name: "台账", columns: COLUMNS }];

/// A case as the page lists it.
#[derive(Clone, Debug, Default)]
pub struct ListedCase {
    /// 编号
    pub id: String,
    /// 发现时间
    pub detected_at: Option<Instant>,
    /// 来源
    pub channels: String,
    /// 条数
    pub mentions: usize,
    /// 标题
    pub title: String,
    /// 事件等级
    pub event_grade: &'static str,
    /// 舆情等级
    pub opinion_grade: &'static str,
    /// 敏感
    pub sensitive: bool,
    /// 领域
    pub category: String,
    /// 牵头单位
    pub lead: String,
    /// 协办单位
    pub supporting: String,
    /// 签收时间
    pub acknowledged_at: Option<Instant>,
    /// 回应时限
    pub due_at: Option<Instant>,
    /// 回应时间
    pub answered_at: Option<Instant>,
    /// 回应方式
    pub approach: &'static str,
    /// 回应形式
    pub way: String,
    /// 链接
    pub url: String,
    /// 结论
    pub verdict: String,
    /// 满意度
    pub satisfied: &'static str,
}

/// Writes the file; the ending of its name says in which format. `stamp` is its last row.
///
/// # Errors
/// [`ReportError`]
pub fn write_listed(file: &Path, cases: Vec<ListedCase>, stamp: &str) -> Result<u32, ReportError> {
    let mut book = Book::new(file, &HEADS)?;
    for case in cases {
        book.push(0, &row(case))?;
    }
    let rows = book.rows(0);
    let mut last = vec![Cell::Empty; COLUMNS.len()];
    last[0] = stamp.into();
    book.push(0, &last)?;
    book.finish()?;
    Ok(rows)
}

fn row(case: ListedCase) -> Vec<Cell> {
    vec![
        case.id.into(),
        case.detected_at.into(),
        case.channels.into(),
        case.mentions.into(),
        case.title.into(),
        case.event_grade.into(),
        case.opinion_grade.into(),
        if case.sensitive { "是" } else { "" }.into(),
        case.category.into(),
        case.lead.into(),
        case.supporting.into(),
        case.acknowledged_at.into(),
        case.due_at.into(),
        case.answered_at.into(),
        case.approach.into(),
        case.way.into(),
        case.url.into(),
        case.verdict.into(),
        case.satisfied.into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_those_given_and_the_last_says_who_took_them() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("台账.csv");
        let case = ListedCase {
            id: "20260511-0001".into(),
            detected_at: Some(Instant::from_ms(1_778_461_200_000)),
            title: "=危险的标题".into(),
            mentions: 3,
            ..ListedCase::default()
        };
        assert_eq!(write_listed(&file, vec![case], "张三 导出").unwrap(), 1);
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("编号,发现时间,来源,条数,标题") && lines[0].ends_with("结论,满意度"), "{text}");
        assert!(lines[1].starts_with("20260511-0001,2026-05-11 09:00:00,,3,'=危险的标题"), "{text}");
        assert!(lines[2].starts_with("张三 导出,"), "{text}");
    }
}
