//! Calendar files (`calendar/`): the State Council's holidays and make-up working days, one year a file.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::error::RuleError;
use super::yaml::{Parsed, parse};
use crate::domain::calendar::{Calendar, CalendarYear, ListedDay};
use crate::domain::instant::Instant;

/// A file of `calendar/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    id: String,
    year: i32,
    why: String,
    source: String,
    papers: Vec<String>,
    days: Vec<ListedDay>,
    #[serde(default)]
    examples: Vec<CalendarExample>,
}

/// A term of working days and when it must end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarExample {
    name: String,
    start: Instant,
    working_days: u32,
    due_at: Instant,
}

/// Years that a notice may be of: those of all instants that come in.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// Reads all years, builds the calendar, and runs their examples. Into `refused` goes what only `rules check` refuses: a year
/// that lacks between two that are there.
pub fn load(files: &[(&str, &str)], errors: &mut Vec<RuleError>, refused: &mut Vec<RuleError>) -> Calendar {
    let mut years: BTreeMap<i32, Parsed<CalendarFile>> = BTreeMap::new();
    let mut hash = Sha256::new();
    // Years that someone meant to have: a file that can't be read is told by itself, and leaves no gap besides.
    let mut meant: BTreeMap<i32, &str> = BTreeMap::new();
    for (path, text) in files {
        if let Some(year) = path.rsplit('/').next().and_then(|name| name.split('.').next()?.parse().ok()) {
            meant.insert(year, path);
        }
        let file = match parse::<CalendarFile>(path, text) {
            Ok(file) => file,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        if !YEARS.contains(&file.value.year) {
            let what = format!("{} 年不在 {}–{} 年之间", file.value.year, YEARS.start(), YEARS.end());
            errors.push(file.error(&["year"], what, "写四位数的年份，如 2026"));
            continue;
        }
        meant.insert(file.value.year, path);
        let mut mistakes = check(&file);
        if let Some(first) = years.get(&file.value.year) {
            let what = format!("{} 年已在 {} 中", file.value.year, first.file);
            mistakes.push(file.error(&["year"], what, "合并到一个文件"));
        }
        if mistakes.is_empty() {
            hash.update(text.as_bytes());
            years.insert(file.value.year, file);
        } else {
            errors.extend(mistakes);
        }
    }
    refused.extend(gaps(&meant, &years));
    // A year's announcement may list days of the year before (31 December) or after: each goes to its own year, and
    // none makes a year known that has no announcement.
    let mut days: BTreeMap<i32, BTreeMap<NaiveDate, ListedDay>> = years.keys().map(|y| (*y, BTreeMap::new())).collect();
    for day in years.values().flat_map(|file| &file.value.days) {
        if let Some(year) = days.get_mut(&day.date.year()) {
            year.insert(day.date, day.clone());
        }
    }
    let version = match (years.keys().next(), years.keys().last()) {
        (Some(first), Some(last)) => format!("{first}-{last}-{}", &hex::encode(hash.finalize())[..8]),
        _ => "none".to_owned(),
    };
    let announced = days.into_iter().map(|(year, days)| CalendarYear {
        year,
        papers: years[&year].value.papers.clone(),
        days: days.into_values().collect(),
    });
    let calendar = Calendar::new(version, announced);
    for file in years.values() {
        run_examples(file, &calendar, errors);
    }
    calendar
}

/// So many years of a gap are named.
const GAP_YEARS_TOLD_MAX: usize = 5;

/// Years that are missing between others: terms over them are counted by weekends and the holidays fixed by law alone.
fn gaps(meant: &BTreeMap<i32, &str>, years: &BTreeMap<i32, Parsed<CalendarFile>>) -> Vec<RuleError> {
    let pairs = meant.keys().zip(meant.keys().skip(1)).filter(|(before, after)| **after - **before > 1);
    let gap = |(before, after): (&i32, &i32)| {
        let missing: Vec<String> = (before + 1..*after).take(GAP_YEARS_TOLD_MAX).map(|year| year.to_string()).collect();
        let more = if after - before - 1 > missing.len() as i32 { " 等" } else { "" };
        let what = format!("{before} 年与 {after} 年之间缺少 {}{more} 年的放假安排", missing.join("、"));
        let fix = format!("补上 calendar/{}.yaml", before + 1);
        match years.get(after) {
            Some(file) => file.error(&["year"], what, fix),
            None => RuleError::new(meant[after], 0, what, fix),
        }
    };
    pairs.map(gap).collect()
}

fn check(file: &Parsed<CalendarFile>) -> Vec<RuleError> {
    let value = &file.value;
    let mut errors = super::id::check(file, &["id"], &value.id);
    if value.why.trim().is_empty() || value.source.trim().is_empty() {
        errors.push(file.error(&["why"], "没有写依据或数据来源", "写明 why 与 source"));
    }
    if value.papers.is_empty() {
        errors.push(file.error(&["papers"], "没有国务院办公厅通知的地址", "至少写一个"));
    }
    let mut seen = BTreeMap::new();
    for (index, day) in value.days.iter().enumerate() {
        let at = ["days", &index.to_string()];
        // Only the turn of the year reaches over.
        if day.date.year() != value.year && (day.date.year() - value.year).abs() > 1 {
            errors.push(file.error(&at, format!("{} 不属于 {} 年", day.date, value.year), "改正日期"));
        }
        if seen.insert(day.date, index).is_some() {
            errors.push(file.error(&at, format!("{} 重复", day.date), "只保留一处"));
        }
    }
    errors
}

fn run_examples(file: &Parsed<CalendarFile>, calendar: &Calendar, errors: &mut Vec<RuleError>) {
    for (index, example) in file.value.examples.iter().enumerate() {
        let (due_at, trace) = calendar.after_working_days(example.start, example.working_days);
        if due_at != example.due_at {
            let what = format!("例子“{}”：到期应为 {}，算得 {due_at}", example.name, example.due_at);
            let fix = format!("改正放假安排或例子（{}）", trace.join("；"));
            errors.push(file.error(&["examples", &index.to_string(), "due_at"], what, fix));
        }
    }
}
