//! Quantities as people write them in rule files: `10m`, `20%`, `1/3s`, `8MiB`. Each is refused with what is allowed.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::calendar::Calendar;
use crate::domain::instant::{Instant, Span};

/// Longest length that a rule file may name: ten years.
const LENGTH_DAYS_MAX: i64 = 3_660;

/// A positive length of time: `500ms`, `20s`, `10m`, `6h`, `2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(pub Span);

/// A share: `20%` = 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub u8);

/// So many requests in a time: `1/3s`, `2/s`, `30/m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub requests: u32,
    /// In what time.
    pub per: Span,
}

/// A size: `512KiB`, `8MiB`, or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// An answer time as boards promise it: `48h`, `15d`, or working days `10wd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerTime {
    /// Runs day and night.
    Elapsed(Span),
    /// Whole working days of the calendar; falls due at the end of the last one.
    WorkingDays(u16),
}

fn split_number(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim()))
}

impl Length {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refused = || format!("“{text}”不是时长，应写作 20s、10m、6h 或 2d");
        let (number, unit) = split_number(text).ok_or_else(refused)?;
        let unit_ms: i64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(refused()),
        };
        let ms = i64::try_from(number).ok().and_then(|n| n.checked_mul(unit_ms)).ok_or_else(refused)?;
        if ms == 0 || ms > LENGTH_DAYS_MAX * 86_400_000 {
            return Err(format!("“{text}”超出范围，时长须大于 0 且不超过 {LENGTH_DAYS_MAX} 天"));
        }
        Ok(Self(Span::from_ms(ms)))
    }

    /// As std has it, for timeouts.
    pub fn std(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0.ms()).unwrap_or(0))
    }
}

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = self.0.ms();
        for (unit, unit_ms) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
            if ms % unit_ms == 0 {
                return write!(f, "{}{unit}", ms / unit_ms);
            }
        }
        write!(f, "{ms}ms")
    }
}

impl Percent {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match split_number(text) {
            Some((number @ 0..=100, "%")) => Ok(Self(number as u8)),
            _ => Err(format!("“{text}”不是百分比，应写作 20%（0% 到 100%）")),
        }
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl Rate {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refused = || format!("“{text}”不是速率，应写作 1/3s（3 秒一次）、2/s 或 30/m");
        let (requests, per) = text.split_once('/').ok_or_else(refused)?;
        let requests: u32 = requests.trim().parse().map_err(|_| refused())?;
        let per = per.trim();
        let per = if per.starts_with(|c: char| c.is_ascii_digit()) { per.to_owned() } else { format!("1{per}") };
        let per = Length::parse(&per).map_err(|_| refused())?.0;
        if requests == 0 || requests > 1_000 {
            return Err(refused());
        }
        Ok(Self { requests, per })
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.requests, Length(self.per))
    }
}

impl Size {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refused = || format!("“{text}”不是大小，应写作 512KiB、8MiB 或字节数");
        let (number, unit) = split_number(text).ok_or_else(refused)?;
        let factor = match unit {
            "" | "B" => 1,
            "KiB" | "KB" => 1 << 10,
            "MiB" | "MB" => 1 << 20,
            _ => return Err(refused()),
        };
        number.checked_mul(factor).filter(|bytes| *bytes > 0).map(Self).ok_or_else(refused)
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            bytes if bytes % (1 << 20) == 0 => write!(f, "{}MiB", bytes >> 20),
            bytes if bytes % (1 << 10) == 0 => write!(f, "{}KiB", bytes >> 10),
            bytes => write!(f, "{bytes}B"),
        }
    }
}

impl AnswerTime {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((days @ 1..=365, "wd")) = split_number(text) {
            return Ok(Self::WorkingDays(days as u16));
        }
        Length::parse(text)
            .map(|length| Self::Elapsed(length.0))
            .map_err(|_| format!("“{text}”不是答复期限，应写作 48h、15d 或工作日 10wd"))
    }

    /// When an answer is due that is counted from an instant.
    pub fn due(self, from: Instant, calendar: &Calendar) -> Instant {
        match self {
            Self::Elapsed(span) => from + span,
            Self::WorkingDays(days) => calendar.after_working_days(from, u32::from(days)).0,
        }
    }
}

impl std::fmt::Display for AnswerTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Elapsed(span) => Length(*span).fmt(f),
            Self::WorkingDays(days) => write!(f, "{days}wd"),
        }
    }
}

macro_rules! written_as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(d)?).map_err(D::Error::custom)
            }
        }
    )*};
}
written_as_text!(Length, Percent, Rate, Size, AnswerTime);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_prints() {
        for text in ["500ms", "20s", "10m", "6h", "2d"] {
            assert_eq!(Length::parse(text).unwrap().to_string(), text);
        }
        for text in ["1/3s", "30/1m"] {
            assert_eq!(Rate::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Rate::parse("2/s").unwrap(), Rate { requests: 2, per: Span::from_secs(1) });
        assert_eq!(Size::parse("8MiB").unwrap(), Size(8 << 20));
        assert_eq!(AnswerTime::parse("10wd").unwrap(), AnswerTime::WorkingDays(10));
        assert_eq!(AnswerTime::parse("15d").unwrap(), AnswerTime::Elapsed(Span::from_days(15)));
    }

    #[test]
    fn refuses_what_is_no_quantity() {
        for text in ["", "10", "m", "-5m", "0s", "10 min", "99999999999999999999d", "4000d"] {
            assert!(Length::parse(text).is_err(), "{text}");
        }
        assert!(Percent::parse("101%").is_err());
        assert!(Rate::parse("0/s").is_err() && Rate::parse("3s").is_err());
        assert!(Size::parse("8GB").is_err() && Size::parse("0").is_err());
        assert!(AnswerTime::parse("0wd").is_err());
    }
}
