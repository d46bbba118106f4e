//! Policies (`domain.md` §5): which clocks a duty calls for, how long they run, whom they climb to. All of it data of
//! `rules/policies/`, frozen onto each clock when it starts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::body::Tier;
use super::grade::Grade;
use super::ids::RegionId;
use super::instant::Span;
use super::terms;

/// The kinds of clocks, by the table of `domain.md` §5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// 新闻发布会（D1）
    PressConference,
    /// 回应（D2）
    Response,
    /// 首次权威信息（D4）
    FirstStatement,
    /// 动态发布（D3）
    Update,
    /// 签收
    Acknowledge,
    /// 协办答复
    Part,
    /// 会商（D9）
    Consultation,
    /// 移交（D11）
    Referral,
    /// 督查（D12）
    Supervision,
    /// 批示（D14）
    Instruction,
    /// 限期整改（D15）
    Rectification,
    /// 上级交办
    Order,
    /// 微博转发（D13）
    WeiboRepost,
    /// 微信转发（D13）
    WechatRepost,
}

impl ClockKind {
    /// All kinds, in the order of the table.
    pub const ALL: [Self; 14] = [
        Self::PressConference,
        Self::Response,
        Self::FirstStatement,
        Self::Update,
        Self::Acknowledge,
        Self::Part,
        Self::Consultation,
        Self::Referral,
        Self::Supervision,
        Self::Instruction,
        Self::Rectification,
        Self::Order,
        Self::WeiboRepost,
        Self::WechatRepost,
    ];

    /// The id used in files and on the wire.
    pub const fn id(self) -> &'static str {
        match self {
            Self::PressConference => "press_conference",
            Self::Response => "response",
            Self::FirstStatement => "first_statement",
            Self::Update => "update",
            Self::Acknowledge => "acknowledge",
            Self::Part => "part",
            Self::Consultation => "consultation",
            Self::Referral => "referral",
            Self::Supervision => "supervision",
            Self::Instruction => "instruction",
            Self::Rectification => "rectification",
            Self::Order => "order",
            Self::WeiboRepost => "weibo_repost",
            Self::WechatRepost => "wechat_repost",
        }
    }

    /// The kind of that id, if there is one.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The Chinese term.
    pub fn zh(self) -> &'static str {
        terms::of("clock", &self)
    }

    /// Whether it is one of the two of which exactly one runs at a time (主时限).
    pub const fn is_main(self) -> bool {
        matches!(self, Self::PressConference | Self::Response)
    }

    /// Whether it belongs to a department's task.
    pub const fn is_task(self) -> bool {
        matches!(self, Self::Acknowledge | Self::Part)
    }

    /// Whether a person opened the record that it belongs to; such clocks outlive closing (`domain.md` §5 item 12).
    pub const fn is_record(self) -> bool {
        matches!(self, Self::Supervision | Self::Instruction | Self::Rectification | Self::Order | Self::Referral)
    }
}

/// What a breach counts as (效力).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// 法定：counts in law.
    Statutory,
    /// 目标：aimed at.
    Target,
    /// 内控：the office's own.
    Internal,
}

impl Force {
    /// The Chinese term.
    pub fn zh(self) -> &'static str {
        terms::of("force", &self)
    }
}

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

/// How long a clock runs. In files: `24h`, `30m`, `1 working day`, `2 working days`, `75% of main, at least 2h`,
/// `until main, at least 2h`, `given`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Hours run 24×7.
    Hours(Span),
    /// Working days of the calendar; the start day is excluded, due at 24:00.
    WorkingDays(u32),
    /// A share of the time left to the main clock, but at least so long (`part`).
    ShareOfMain {
        /// Percent of the time left, 1–100.
        percent: u8,
        /// At least.
        at_least: Span,
    },
    /// Until the cycle's latest main clock is due, but at least so long (`referral`).
    UntilMain {
        /// At least.
        at_least: Span,
    },
    /// A person gives the due time.
    Given,
}

/// A length or duration that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}”不是时长；可写作 24h、30m、2 working days、75% of main, at least 2h、until main, at least 2h、given")]
pub struct LengthError(String);

/// Reads `24h`, `30m`, `7d`, with an optional sign (`-6h`).
pub fn parse_span(text: &str) -> Result<Span, LengthError> {
    let fail = || LengthError(text.to_owned());
    let trimmed = text.trim();
    let (sign, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let unit = digits.chars().last().ok_or_else(fail)?;
    let number: i64 = digits.strip_suffix(unit).unwrap_or("").trim().parse().map_err(|_| fail())?;
    let unit_ms = match unit {
        's' => 1000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return Err(fail()),
    };
    // A hundred years bounds what a typing error can do.
    if number.checked_mul(unit_ms).is_none_or(|ms| ms > 3_155_760_000_000) {
        return Err(fail());
    }
    Ok(Span::from_ms(sign * number * unit_ms))
}

impl FromStr for Length {
    type Err = LengthError;
    fn from_str(text: &str) -> Result<Self, LengthError> {
        let fail = || LengthError(text.to_owned());
        let text_trimmed = text.trim();
        if text_trimmed == "given" {
            return Ok(Self::Given);
        }
        if let Some(days) =
            text_trimmed.strip_suffix("working days").or_else(|| text_trimmed.strip_suffix("working day"))
        {
            return days.trim().parse().ok().filter(|n| (1..=366).contains(n)).map(Self::WorkingDays).ok_or_else(fail);
        }
        if let Some((share, rest)) = text_trimmed.split_once('%') {
            let percent = share.trim().parse().ok().filter(|p| (1..=100).contains(p)).ok_or_else(fail)?;
            let at_least = rest.trim().strip_prefix("of main, at least").ok_or_else(fail)?;
            return Ok(Self::ShareOfMain { percent, at_least: parse_span(at_least)? });
        }
        if let Some(at_least) = text_trimmed.strip_prefix("until main, at least") {
            return Ok(Self::UntilMain { at_least: parse_span(at_least)? });
        }
        match parse_span(text_trimmed) {
            Ok(span) if span > Span::ZERO => Ok(Self::Hours(span)),
            _ => Err(fail()),
        }
    }
}

/// Prints a span as `24h` where it is whole hours, else in minutes, else in seconds; signed.
pub fn print_span(span: Span) -> String {
    let ms = span.ms();
    if ms % 3_600_000 == 0 {
        format!("{}h", ms / 3_600_000)
    } else if ms % 60_000 == 0 {
        format!("{}m", ms / 60_000)
    } else {
        format!("{}s", ms / 1000)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(span) => f.write_str(&print_span(*span)),
            Self::WorkingDays(1) => f.write_str("1 working day"),
            Self::WorkingDays(days) => write!(f, "{days} working days"),
            Self::ShareOfMain { percent, at_least } => {
                write!(f, "{percent}% of main, at least {}", print_span(*at_least))
            }
            Self::UntilMain { at_least } => write!(f, "until main, at least {}", print_span(*at_least)),
            Self::Given => f.write_str("given"),
        }
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A duration in a rule file, written `30m`, `2h`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub Span);

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&print_span(self.0))
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        parse_span(&String::deserialize(d)?).map(Self).map_err(serde::de::Error::custom)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_they_print() {
        for text in [
            "24h",
            "90m",
            "1 working day",
            "5 working days",
            "75% of main, at least 2h",
            "until main, at least 2h",
            "given",
        ] {
            assert_eq!(text.parse::<Length>().unwrap().to_string(), text);
        }
        for bad in ["", "h", "0h", "-3h", "2 working", "0 working days", "175% of main, at least 2h", "99999999999h"] {
            assert!(bad.parse::<Length>().is_err(), "{bad}");
        }
    }
}
