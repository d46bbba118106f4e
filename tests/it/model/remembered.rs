//! What the naive model remembers of an incident, and words about single clocks.

use super::Act;

#[derive(Clone, Debug)]
pub struct Clock {
    pub kind: &'static str,
    pub operational: bool,
    pub department: Option<String>,
    pub anchor: i64,
    pub due: i64,
    pub cycle: u32,
    /// Only what was effective after the anchor answers it; what is published later, also at the anchor (§5a u).
    pub after: bool,
    /// Called for by a new event: what was made before has to be effective after it (item 6).
    pub new_event: bool,
    /// The clock beside which an operational one stands.
    pub beside: Option<usize>,
    pub started: i64,
    pub charged: Option<String>,
    pub end: Option<&'static str>,
    pub dismissed: bool,
}

#[derive(Clone, Debug)]
pub struct Task {
    pub body: String,
    pub lead: bool,
    pub acknowledged: bool,
}

#[derive(Clone, Debug)]
pub struct Published {
    pub kind: &'static str,
    pub body: String,
    pub effective: i64,
    pub counts: bool,
    pub cycle: u32,
}

#[derive(Clone, Debug)]
pub enum Waits {
    Grade(Act),
    Dismiss,
    Response(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Life {
    Open,
    Closed,
    Dismissed,
}

/// What a clock came to: kind, operational, whose task, anchor, due, verdict, charged to.
pub type Row = (String, bool, Option<String>, i64, i64, String, Option<String>);

pub fn meets(kind: &str, clock: &str) -> bool {
    match clock {
        "press_conference" => kind == "press_conference",
        "response" => matches!(kind, "press_conference" | "response"),
        "first_statement" => matches!(kind, "press_conference" | "response" | "statement"),
        _ => false,
    }
}

pub fn is_main(kind: &str) -> bool {
    matches!(kind, "press_conference" | "response")
}

pub fn statutory(clock: &Clock) -> bool {
    matches!(clock.kind, "press_conference" | "response" | "first_statement") && !clock.operational
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
    pub fn verdict(&self) -> &'static str {
        match (self.end, &self.charged) {
            (Some(end), _) => end,
            (None, Some(_)) => "breached",
            (None, None) => "running",
        }
    }
}
