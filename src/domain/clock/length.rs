//! How long clocks run, as rule files write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::instant::Span;

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
