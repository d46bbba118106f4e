//! Working days (工作日) by the State Council's calendar, make-up working weekends (调休) included.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::instant::{Instant, Span};
use super::public_holiday;

/// One listed day: a holiday, or a weekend day that is worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListedDay {
    /// The holiday that it belongs to.
    pub name: String,
    /// The date in Beijing.
    pub date: NaiveDate,
    /// True if off, false if it is a make-up working day.
    pub is_off_day: bool,
}

/// A year as the State Council announced it, with the addresses of the announcement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarYear {
    /// The year.
    pub year: i32,
    /// Where it was announced.
    #[serde(default)]
    pub papers: Vec<String>,
    /// Listed days; a day not listed is off only on Saturday and Sunday.
    pub days: Vec<ListedDay>,
}

/// The loaded calendar.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    /// Which edition of the data a clock was computed with (years and content hash); frozen onto each clock.
    pub version: String,
    years: BTreeMap<i32, BTreeMap<NaiveDate, ListedDay>>,
}

/// Whether a day is worked, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayKind {
    /// Worked or off.
    pub working: bool,
    /// In words: 国庆节、中秋节 / 周六 / 工作日 / 调休上班.
    pub why: String,
    /// The year has no data: only weekends and the holidays fixed by law are known to be off.
    pub provisional: bool,
}

impl Calendar {
    /// Builds a calendar of the given years. `version` names the edition.
    pub fn new(version: impl Into<String>, years: impl IntoIterator<Item = CalendarYear>) -> Self {
        let years = years.into_iter().map(|y| (y.year, y.days.into_iter().map(|d| (d.date, d)).collect())).collect();
        Self { version: version.into(), years }
    }

    /// The years that have data.
    pub fn years(&self) -> impl Iterator<Item = i32> + '_ {
        self.years.keys().copied()
    }

    /// The years from one day to another, both included, that have no data: terms of working days that reach into them are
    /// provisional.
    pub fn years_without_data(&self, from: NaiveDate, to: NaiveDate) -> Vec<i32> {
        (from.year()..=to.year()).filter(|year| !self.years.contains_key(year)).collect()
    }

    /// What kind of day it is.
    pub fn day(&self, date: NaiveDate) -> DayKind {
        let year = self.years.get(&date.year());
        let provisional = year.is_none();
        if let Some(listed) = year.and_then(|days| days.get(&date)) {
            let why = if listed.is_off_day { listed.name.clone() } else { format!("{}调休上班", listed.name) };
            return DayKind { working: !listed.is_off_day, why, provisional };
        }
        if let Some(name) = public_holiday::of(date).filter(|_| provisional) {
            return DayKind { working: false, why: format!("{name}（法定节日）"), provisional };
        }
        let (working, why) = match date.weekday() {
            Weekday::Sat => (false, "周六"),
            Weekday::Sun => (false, "周日"),
            _ => (true, "工作日"),
        };
        DayKind { working, why: why.to_owned(), provisional }
    }

    /// The end (24:00 Beijing time, that instant included) of the `days`-th working day after the start's day, which
    /// itself does not count; with one line of trace for each day looked at.
    pub fn after_working_days(&self, start: Instant, days: u32) -> (Instant, Vec<String>) {
        let mut date = start.date();
        let mut trace = vec![format!("{date} 是起算日，不计入")];
        let mut counted = 0;
        // A year has at most a dozen consecutive days off; 40 days a working day is far beyond any real calendar and
        // bounds the loop for a broken one.
        let mut left = 40 * (u64::from(days) + 1);
        while counted < days && left > 0 {
            left -= 1;
            let Some(next) = date.succ_opt() else { break };
            date = next;
            let kind = self.day(date);
            let note = if kind.provisional {
                "（暂定：该年放假安排尚未载入，按周末与法定节日推算）"
            } else {
                ""
            };
            if kind.working {
                counted += 1;
                trace.push(format!("{date} {}，第 {counted} 个工作日{note}", kind.why));
            } else {
                trace.push(format!("{date} {}，不计入{note}", kind.why));
            }
        }
        let due = Instant::start_of(date) + Span::from_days(1);
        trace.push(format!("到期：{date} 24:00（北京时间，含该时刻）"));
        (due, trace)
    }

    /// Whether a term of working days from `start` to `due` hangs on a year whose notice is not loaded.
    pub fn provisional(&self, start: Instant, due: Instant) -> bool {
        let last = (due - Span::from_ms(1)).date();
        start.date().succ_opt().is_some_and(|first| !self.years_without_data(first, last).is_empty())
    }

    /// Working time between two instants, counting working days 08:00–18:00 Beijing time (`domain.md` §5 item 8).
    pub fn office_time(&self, from: Instant, to: Instant) -> Span {
        let mut total = 0;
        let mut date = from.date();
        // A bound for broken input: a return that is looked at more than two years later is long out of time anyway.
        for _ in 0..750 {
            let midnight = Instant::start_of(date);
            if midnight >= to {
                break;
            }
            if self.day(date).working {
                let open = (midnight + Span::from_hours(8)).max(from);
                let shut = (midnight + Span::from_hours(18)).min(to);
                total += (shut - open).ms().max(0);
            }
            let Some(next) = date.succ_opt() else { break };
            date = next;
        }
        Span::from_ms(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holiday(date: &str, off: bool) -> ListedDay {
        ListedDay { name: "国庆节".into(), date: date.parse().unwrap(), is_off_day: off }
    }

    fn national_day() -> Calendar {
        let days =
            (1..=7).map(|d| holiday(&format!("2026-10-0{d}"), true)).chain([holiday("2026-10-10", false)]).collect();
        Calendar::new("test", [CalendarYear { year: 2026, papers: vec![], days }])
    }

    #[test]
    fn one_working_day_across_the_holiday() {
        let (due, trace) = national_day().after_working_days("2026-09-30T17:00:00+08:00".parse().unwrap(), 1);
        assert_eq!(due.to_string(), "2026-10-09T00:00:00+08:00");
        assert_eq!(trace.len(), 10);
    }

    #[test]
    fn a_make_up_saturday_is_worked() {
        let kind = national_day().day("2026-10-10".parse().unwrap());
        assert!(kind.working && !kind.provisional);
    }

    #[test]
    fn a_year_without_data_is_provisional() {
        assert!(national_day().day("2031-10-01".parse().unwrap()).provisional);
    }

    #[test]
    fn holidays_fixed_by_law_hold_without_a_notice() {
        let calendar = national_day();
        let due = |from: &str, days| calendar.after_working_days(from.parse().unwrap(), days).0.to_string();
        // New Year's Day of 2027 is a Friday; 5 to 8 February are 除夕 to 初三, 9 and 10 weekdays.
        assert_eq!(due("2026-12-31T10:00:00+08:00", 1), "2027-01-05T00:00:00+08:00");
        assert_eq!(due("2027-02-04T10:00:00+08:00", 1), "2027-02-10T00:00:00+08:00");
        assert_eq!(due("2027-09-30T10:00:00+08:00", 1), "2027-10-05T00:00:00+08:00");
        let provisional = |from: &str, due: &str| calendar.provisional(from.parse().unwrap(), due.parse().unwrap());
        assert!(provisional("2026-12-31T10:00:00+08:00", "2027-01-05T00:00:00+08:00"));
        assert!(!provisional("2026-12-30T10:00:00+08:00", "2027-01-01T00:00:00+08:00"), "all of it lies in 2026");
    }

    #[test]
    fn years_that_a_term_reaches_and_nobody_announced_are_named() {
        let calendar = national_day();
        let lacks = |from: &str, to: &str| calendar.years_without_data(from.parse().unwrap(), to.parse().unwrap());
        assert!(lacks("2026-01-01", "2026-12-31").is_empty());
        assert_eq!(lacks("2026-12-31", "2027-01-01"), [2027]);
        assert_eq!(lacks("2025-06-01", "2027-01-01"), [2025, 2027]);
    }

    #[test]
    fn office_time_leaves_out_nights_and_days_off() {
        let calendar = national_day();
        let from = "2026-09-30T17:00:00+08:00".parse().unwrap();
        let to = "2026-10-08T09:30:00+08:00".parse().unwrap();
        assert_eq!(calendar.office_time(from, to), Span::from_minutes(150));
    }
}
