//! Instants and spans, in whole milliseconds (`domain.md` §5a n: computed instants are floored to the millisecond).

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, TimeZone, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Offset of Asia/Shanghai in seconds. China has kept no daylight saving time since 1991, so a fixed offset is exact
/// for everything this product handles, and no machine's zone database can change a due time.
const BEIJING_OFFSET_S: i32 = 8 * 3600;

/// The beginning of 1900 in Beijing.
const BOUNDED_FROM_MS: i64 = -2_209_017_600_000;
/// The beginning of 2200 in Beijing.
const BOUNDED_BEFORE_MS: i64 = 7_258_089_600_000;
/// 400 years.
const CYCLE_MS: i64 = 146_097 * 86_400_000;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Printed as RFC 3339 in Beijing time (`+08:00`), with three
/// decimals only where it is not a whole second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(i64);

/// A signed length of time in milliseconds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = i64)]
pub struct Span(i64);

impl Instant {
    /// From milliseconds since the Unix epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch: the form in which the database keeps instants.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Whether it lies in the years that come in from outside: 1900 to 2199 in Beijing. Nothing that this product handles is
    /// older or further ahead, and what is computed from such an instant is still printed with a year of four digits.
    pub const fn is_bounded(self) -> bool {
        self.0 >= BOUNDED_FROM_MS && self.0 < BOUNDED_BEFORE_MS
    }

    /// The same, or why it can't be taken.
    ///
    /// # Errors
    /// [`InstantError::Bounds`].
    pub fn bounded(self) -> Result<Self, InstantError> {
        if self.is_bounded() { Ok(self) } else { Err(InstantError::Bounds(self.to_string())) }
    }

    /// Reads what [`fmt::Display`] printed and what others write, of any year: the record is read by it, also where an older
    /// version took in what [`Self::bounded`] refuses now.
    ///
    /// # Errors
    /// [`InstantError::Form`].
    pub fn of_any_year(text: &str) -> Result<Self, InstantError> {
        let read = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
        if let Ok(ms) = read(text) {
            return Ok(Self(ms));
        }
        if let Ok(day) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::start_of(day));
        }
        let form = || InstantError::Form(text.chars().take(64).collect());
        // RFC 3339 knows four digits. The calendar repeats itself after 400 years: the rest is read as of such a year.
        let (sign, positive) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (year, rest) = positive.split_once('-').ok_or_else(form)?;
        let digits = (1..=6).contains(&year.len()) && year.bytes().all(|b| b.is_ascii_digit());
        let year = year.parse::<i64>().ok().filter(|_| digits).map(|year| year * sign).ok_or_else(form)?;
        let like = 2000 + year.rem_euclid(400);
        let ms = read(&format!("{like:04}-{rest}")).map_err(|_| form())?;
        Ok(Self(ms + (year - like) / 400 * CYCLE_MS))
    }

    /// The civil date and time in Beijing. Instants outside chrono's range (±262,000 years) clamp to the epoch.
    pub fn beijing(self) -> DateTime<FixedOffset> {
        let utc = DateTime::<Utc>::from_timestamp_millis(self.0).unwrap_or_default();
        utc.with_timezone(&beijing_offset())
    }

    /// The start (00:00 Beijing time) of the given date.
    pub fn start_of(date: chrono::NaiveDate) -> Self {
        let midnight = date.and_time(chrono::NaiveTime::MIN);
        match beijing_offset().from_local_datetime(&midnight).single() {
            Some(at) => Self(at.timestamp_millis()),
            None => Self(0),
        }
    }

    /// The date in Beijing.
    pub fn date(self) -> chrono::NaiveDate {
        self.beijing().date_naive()
    }
}

fn beijing_offset() -> FixedOffset {
    FixedOffset::east_opt(BEIJING_OFFSET_S).expect("eight hours is a valid offset")
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From milliseconds.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }
    /// From seconds.
    pub const fn from_secs(s: i64) -> Self {
        Self(s * 1000)
    }
    /// From minutes.
    pub const fn from_minutes(m: i64) -> Self {
        Self(m * 60_000)
    }
    /// From hours.
    pub const fn from_hours(h: i64) -> Self {
        Self(h * 3_600_000)
    }
    /// From days of 24 hours.
    pub const fn from_days(d: i64) -> Self {
        Self(d * 86_400_000)
    }
    /// Milliseconds; negative for a span that points back.
    pub const fn ms(self) -> i64 {
        self.0
    }
    /// `percent` hundredths of this span, floored to the millisecond.
    pub const fn percent(self, percent: i64) -> Self {
        Self((self.0 as i128 * percent as i128).div_euclid(100) as i64)
    }
    /// Hours with fractions, for reports.
    pub fn hours(self) -> f64 {
        self.0 as f64 / 3_600_000.0
    }
}

impl Add<Span> for Instant {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Instant {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Instant {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.beijing();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            t.year(),
            t.month(),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )?;
        let ms = self.0.rem_euclid(1000);
        if ms != 0 {
            write!(f, ".{ms:03}")?;
        }
        write!(f, "+08:00")
    }
}

/// Why a text is no instant that is taken.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InstantError {
    /// No RFC 3339 instant with an offset.
    #[error("“{0}”不是带时区的时间；应写作 2026-05-11T10:00:00+08:00 或日期 2026-05-11")]
    Form(String),
    /// Beyond [`Instant::is_bounded`].
    #[error("时间 {0} 超出范围；应在 1900 年至 2199 年之间，请检查年份")]
    Bounds(String),
}

impl FromStr for Instant {
    type Err = InstantError;

    /// Reads RFC 3339 with an offset, of the years 1900 to 2199; a date alone is its 00:00 in Beijing (`contract.md`).
    fn from_str(text: &str) -> Result<Self, InstantError> {
        Self::of_any_year(text)?.bounded()
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// Reads any year, since the record is read by it; whatever takes an act or a mention in asks [`Instant::bounded`].
impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Self::of_any_year(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_beijing_time_with_decimals_only_where_needed() {
        let at: Instant = "2026-05-11T02:00:00Z".parse().unwrap();
        assert_eq!(at.to_string(), "2026-05-11T10:00:00+08:00");
        assert_eq!((at + Span::from_ms(7_500)).to_string(), "2026-05-11T10:00:07.500+08:00");
    }

    #[test]
    fn a_date_alone_is_its_midnight_in_beijing() {
        let at: Instant = "2026-05-11".parse().unwrap();
        assert_eq!(at.to_string(), "2026-05-11T00:00:00+08:00");
        assert!("2026-05-11T10:00:00".parse::<Instant>().is_err(), "an instant without an offset is refused");
    }

    #[test]
    fn years_are_bounded_where_they_come_in_and_read_back_whatever_they_are() {
        for (text, bounded) in [
            ("1900-01-01", true),
            ("1899-12-31T23:59:59.999+08:00", false),
            ("2199-12-31T23:59:59.999+08:00", true),
            ("2199-12-31T23:59:59Z", false),
            ("0001-01-01T00:00:00Z", false),
            ("9999-12-31T23:59:59-12:00", false),
        ] {
            let at = Instant::of_any_year(text).unwrap();
            assert_eq!(text.parse::<Instant>().is_ok(), bounded, "{text}");
            assert_eq!(Instant::of_any_year(&at.to_string()), Ok(at), "{text}: {at}");
        }
        let refused = "9999-12-31T23:59:59-12:00".parse::<Instant>().unwrap_err().to_string();
        assert!(refused.contains("10000-01-01T19:59:59+08:00") && refused.contains("1900 年至 2199 年"), "{refused}");
        for bad in
            ["", "-", "12-34", "10000000-01-01T00:00:00Z", "9999", "+2026-05-11T00:00:00Z", "20x6-05-11T00:00:00Z"]
        {
            assert!(matches!(bad.parse::<Instant>(), Err(InstantError::Form(_))), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_reads_back_equal(ms in -100_000_000_000_000_i64..300_000_000_000_000) {
            let at = Instant::from_ms(ms);
            proptest::prop_assert_eq!(serde_json::from_str::<Instant>(&serde_json::to_string(&at).unwrap()).unwrap(), at);
        }
    }

    #[test]
    fn percent_floors() {
        assert_eq!(Span::from_ms(10).percent(75), Span::from_ms(7));
        assert_eq!(Span::from_ms(-10).percent(75), Span::from_ms(-8));
    }
}
