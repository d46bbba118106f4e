//! Policies (`domain.md` §5): which clocks a duty calls for, how long they run, whom they climb to. All of it data of
//! `rules/policies/`, frozen onto each clock when it starts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::body::Tier;
use super::clock::{ClockKind, Duration, Force, Length};
use super::grade::Grade;
use super::ids::RegionId;
use super::instant::Span;
use super::terms;

/// Kinds of publication (回应形式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublicationKind {
    /// 新闻发布会
    PressConference,
    /// 回应
    Response,
    /// 权威信息发布
    Statement,
    /// 进展通报
    Update,
    /// 直接答复（不公开）
    DirectReply,
}

impl PublicationKind {
    /// The Chinese term.
    pub fn zh(self) -> &'static str {
        terms::of("publication", &self)
    }
}

/// One clock of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRule {
    /// The grade from which it is called for, where grades decide: the event's for `press_conference` and
    /// `first_statement`, the highest for `update`, the opinion's for `consultation`. `response` is called for where
    /// `press_conference` is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Grade>,
    /// How long it runs.
    pub length: Length,
    /// What a breach counts as.
    pub force: Force,
    /// Publications that meet it; empty for clocks that another record meets.
    #[serde(default)]
    pub met_by: Vec<PublicationKind>,
    /// Percent of the time from anchor to due at which to warn, 1–99, rising.
    #[serde(default)]
    pub warn: Vec<u8>,
    /// The ladder's name.
    pub ladder: String,
    /// The clause that it enforces, or that it is the office's own.
    pub clause: String,
}

/// A ladder (升级阶梯) relative to a clock's due time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// Whether the highest grade caps it (`domain.md` §5: all but E).
    pub capped: bool,
    /// Steps in order of time.
    pub steps: Vec<Step>,
}

/// A step of a ladder.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Relative to the due time: `-6h`, `0h`, `2h`.
    pub at: Duration,
    /// Whom it tells.
    pub tier: Tier,
}

/// Times and thresholds of a policy besides its clocks; every one is the office's own where the law is silent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// A score from which the scheduler assigns by itself, 0–1.
    pub auto_assign_from: f64,
    /// A case that nobody leads: the duty desk is reminded after this time.
    pub unassigned_reminder: Duration,
    /// A proposed event grade that calls for a conference and that nobody has graded goes to the deputy after this time.
    pub ungraded_to_deputy: Duration,
    /// A return is possible within this much office time (working days 08:00–18:00) of the assignment.
    pub return_within: Duration,
    /// Dismissal needs a second person from this highest grade on.
    pub second_person_from: Grade,
    /// Where a grading leaves a main clock less than this percentage of its length, an operational clock of this
    /// percentage of the length starts beside it.
    pub operational_percent: u8,
    /// Highest tier of an overtaken step that a late start sends.
    pub late_start_cap: Tier,
    /// Highest tier by highest grade; a grade that is missing is uncapped. `ungraded` stands for what nobody graded.
    pub caps: BTreeMap<String, Tier>,
    /// Mentions published longer ago than this open no incident and start no clock unless imported live.
    pub backfill_after: Duration,
    /// From which "not satisfied" on each opens a supervision.
    pub supervision_from_dissatisfied: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            auto_assign_from: 0.6,
            unassigned_reminder: Duration(Span::from_minutes(30)),
            ungraded_to_deputy: Duration(Span::from_minutes(30)),
            return_within: Duration(Span::from_hours(2)),
            second_person_from: Grade::Large,
            operational_percent: 25,
            late_start_cap: Tier::Deputy,
            caps: BTreeMap::from([
                ("none".to_owned(), Tier::OfficeDirector),
                ("general".to_owned(), Tier::OfficeDirector),
                ("large".to_owned(), Tier::Deputy),
                ("ungraded".to_owned(), Tier::Deputy),
            ]),
            backfill_after: Duration(Span::from_days(7)),
            supervision_from_dissatisfied: 2,
        }
    }
}

/// A policy (时限政策) as it is used: complete, checked, with its clauses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Stable id.
    pub id: String,
    /// Raised with every edit; frozen onto clocks.
    pub version: u32,
    /// 名称
    pub name: String,
    /// What entitles the office to it.
    pub why: String,
    /// The region that it governs.
    pub region: RegionId,
    /// Taken for its region where several policies name it.
    #[serde(default)]
    pub default: bool,
    /// Whether new incidents may use it without being told to.
    #[serde(default = "yes")]
    pub active: bool,
    /// Its clocks.
    pub clocks: BTreeMap<ClockKind, ClockRule>,
    /// Its ladders by name.
    pub ladders: BTreeMap<String, Ladder>,
    /// Its other terms.
    #[serde(default)]
    pub terms: Terms,
}

const fn yes() -> bool {
    true
}
