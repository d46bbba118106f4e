//! What `domain.md` §5 and §5a say of an incident and its clocks, written out naively: plain lists, whole scans, figures by
//! hand. It shares nothing with the product but the names of things, and gives the rows of the ledger. Each rule names the
//! sentence that it was written from.

use std::collections::{BTreeMap, BTreeSet};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
pub const OFFICE: &str = "government_office";
pub const PUBLICITY: &str = "publicity";
pub const CITY: &str = "xuancheng";
pub const GENERAL: u8 = 1;
pub const LARGE: u8 = 2;
pub const MAJOR: u8 = 3;
pub const EXTRAORDINARY: u8 = 4;
pub const GRADE_WORDS: [&str; 5] = ["none", "general", "large", "major", "extraordinary"];

/// Event grade, opinion grade, sensitive.
pub type Grades = (u8, u8, bool);

pub fn highest(grades: Grades) -> u8 {
    grades.0.max(grades.1)
}

/// Why a clock has its anchor: whether what was published before it may answer it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Since {
    Opening,
    NewEvent,
    Reopening,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub hours: i64,
    pub tier: &'static str,
    pub done: bool,
}

#[derive(Clone, Debug)]
pub struct Clock {
    pub kind: &'static str,
    pub operational: bool,
    pub department: Option<String>,
    pub record: Option<usize>,
    pub anchor: i64,
    pub due: i64,
    pub cycle: u32,
    pub since: Since,
    pub started: i64,
    pub born: bool,
    pub charged: Option<String>,
    pub end: Option<&'static str>,
    pub dismissed: bool,
    pub warned: usize,
    pub steps: Vec<Step>,
    /// The clock beside which an operational one stands.
    pub beside: Option<usize>,
}

impl Clock {
    pub fn running(&self) -> bool {
        self.end.is_none() && self.charged.is_none()
    }
    pub fn late(&self) -> bool {
        self.end.is_none() && self.charged.is_some()
    }
    /// Breached, and neither corrected nor refuted.
    pub fn breached(&self) -> bool {
        self.charged.is_some() && !matches!(self.end, Some("corrected" | "refuted"))
    }
    pub fn statutory(&self) -> bool {
        matches!(self.kind, "press_conference" | "response" | "first_statement") && !self.operational
    }
    pub fn of_record(&self) -> bool {
        of_record(self.kind)
    }
    pub fn force(&self) -> &'static str {
        match self.kind {
            _ if self.statutory() => "statutory",
            "update" => "target",
            _ => "internal",
        }
    }
    pub fn warnings(&self) -> &'static [i64] {
        if self.statutory() { &[50, 75, 90] } else { &[75] }
    }
    pub fn warning_at(&self, n: usize) -> i64 {
        self.anchor + (self.due - self.anchor) * self.warnings()[n] / 100
    }
    pub fn capped(&self) -> bool {
        self.kind == "referral" || !self.of_record()
    }
}

pub fn is_main(kind: &str) -> bool {
    matches!(kind, "press_conference" | "response")
}

/// Those of a record that a person opened (item 12).
pub fn of_record(kind: &str) -> bool {
    matches!(kind, "supervision" | "instruction" | "rectification" | "order" | "referral")
}

/// The ladders under the table of §5.
pub fn ladder(kind: &str, operational: bool) -> Vec<Step> {
    let step = |hours, tier| Step { hours, tier, done: false };
    let (department, desk, director, deputy, principal) =
        ("department", "duty_desk", "office_director", "deputy", "principal");
    match kind {
        _ if operational => vec![step(0, director)],
        "press_conference" | "response" => {
            vec![step(-6, department), step(-2, desk), step(0, director), step(2, deputy), step(6, principal)]
        }
        "first_statement" => {
            vec![step(-2, department), step(-1, desk), step(0, director), step(1, deputy), step(2, principal)]
        }
        "update" | "consultation" | "referral" => vec![step(0, director)],
        "acknowledge" | "part" => vec![step(0, desk)],
        _ => vec![step(-24, department), step(0, deputy)],
    }
}

pub fn rank(tier: &str) -> u8 {
    ["department", "duty_desk", "office_director", "deputy", "principal"].iter().position(|t| *t == tier).unwrap() as u8
}

#[derive(Clone, Debug)]
pub struct Task {
    pub body: String,
    pub lead: bool,
    pub assigned: i64,
    pub acknowledged: bool,
    pub answered: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    pub kind: &'static str,
    pub body: String,
    pub effective: i64,
    pub recorded: i64,
    pub planned: bool,
    pub counts: bool,
    pub cycle: u32,
}

impl Published {
    pub fn same(&self, other: &Self) -> bool {
        (self.kind, &self.body, self.effective, self.recorded)
            == (other.kind, &other.body, other.effective, other.recorded)
    }
    /// §5a j: publications that may meet the incident's clocks; a direct reply is none.
    pub fn informs(&self) -> bool {
        !self.planned && self.counts && self.kind != "direct_reply"
    }
}

/// What a grading asks for, its defaults fixed at the request (item 7).
#[derive(Clone, Debug)]
pub struct Asked {
    pub grades: Grades,
    pub evidence: Option<i64>,
    pub by: String,
}

#[derive(Clone, Debug)]
pub enum Waits {
    Grade(Asked),
    Dismiss,
    Dispose,
    /// A late record, by its publication.
    Response(usize),
    /// A referral, by its record.
    Referral(usize),
}

impl Waits {
    pub fn what(&self) -> &'static str {
        match self {
            Self::Grade(_) => "grade",
            Self::Dismiss => "dismiss",
            Self::Dispose => "dispose",
            Self::Response(_) => "response",
            Self::Referral(_) => "referral",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Waiting {
    pub what: Waits,
    pub by: String,
    pub at: i64,
}

#[derive(Clone, Debug)]
pub struct Record {
    pub kind: &'static str,
    pub department: Option<String>,
    /// The body that opened it.
    pub opened: String,
    pub open: bool,
    pub approved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Life {
    Open,
    Closed,
    /// 误报 or 不予公开回应
    Away,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    pub life: Life,
    pub away_at: i64,
    pub cycle: u32,
    pub anchor: i64,
    pub since: Since,
    pub response_only: bool,
    pub proposal: Grades,
    pub graded: Option<Grades>,
    pub graded_at: i64,
    pub ungraded_since: Option<i64>,
    pub ever: u8,
    pub told_deputy: bool,
    pub told_coordination: bool,
    pub told_principal: bool,
    pub consultation_called: bool,
    pub tasks: Vec<Task>,
    pub returns: u32,
    pub custody: Vec<(i64, String)>,
    pub clocks: Vec<Clock>,
    pub published: Vec<Published>,
    pub waits: Vec<Waiting>,
    pub records: Vec<Record>,
    pub regions: BTreeSet<String>,
    pub raised: bool,
    /// Mentions with their detection and what each proposes.
    pub mentions: Vec<(String, i64, Option<String>, Grades)>,
    pub dissatisfied: u32,
    pub merged: Option<(usize, i64)>,
}

impl Case {
    pub fn grades(&self) -> Grades {
        self.graded.unwrap_or(self.proposal)
    }
    pub fn lead(&self) -> Option<String> {
        self.tasks.iter().find(|task| task.lead).map(|task| task.body.clone())
    }
    pub fn task(&self, body: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.body == body)
    }
    /// "Exactly one of the two runs at a time" (item 6); else the breached one that is due last.
    pub fn open_main(&self) -> Option<&Clock> {
        let open = || self.clocks.iter().filter(|c| c.end.is_none() && is_main(c.kind) && !c.operational);
        open().find(|c| c.running()).or_else(|| open().max_by_key(|c| c.due))
    }
    /// The latest main clock of the cycle (table, `referral`).
    pub fn latest_main(&self) -> Option<&Clock> {
        self.clocks.iter().rev().find(|c| is_main(c.kind) && !c.operational && c.cycle == self.cycle)
    }
    pub fn main_kind(&self, event: u8) -> &'static str {
        // §5a a: a feedback cycle has a `response` clock whatever the grade.
        if event >= MAJOR && !self.response_only { "press_conference" } else { "response" }
    }
}

/// A row of the ledger: when, and what in a fixed order of keys.
pub type Row = (i64, String);

/// A row of keys and values; a key without a value is left out.
pub fn text(event: &str, keys: &[(&str, String)]) -> String {
    let keys: BTreeMap<&str, &String> = keys.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| (*k, v)).collect();
    keys.iter().fold(event.to_owned(), |all, (key, value)| format!("{all} {key}={value}"))
}

pub fn flag(on: bool) -> String {
    if on { "true".to_owned() } else { String::new() }
}

/// 2026-05-11 00:00 in Beijing, a Monday: the day from which days are counted.
pub const MONDAY: i64 = 1_778_428_800_000;

/// Working days of the months that histories live in: weekdays, but for 端午 (Friday 2026-06-19).
fn working(day: i64) -> bool {
    day.rem_euclid(7) < 5 && day != 39
}

/// Item 2: the start day is excluded, due at the end of the last day.
pub fn after_working_days(from: i64, days: u32) -> i64 {
    let mut day = (from - MONDAY).div_euclid(DAY);
    let mut left = days;
    while left > 0 {
        day += 1;
        left -= u32::from(working(day));
    }
    MONDAY + (day + 1) * DAY
}

/// Item 8: office hours are working days 08:00–18:00.
pub fn office_time(from: i64, to: i64) -> i64 {
    let days = (from - MONDAY).div_euclid(DAY)..=(to - MONDAY).div_euclid(DAY);
    let of_day = |day: i64| {
        let midnight = MONDAY + day * DAY;
        ((midnight + 18 * HOUR).min(to) - (midnight + 8 * HOUR).max(from)).max(0)
    };
    days.filter(|day| working(*day)).map(of_day).sum()
}
