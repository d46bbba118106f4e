//! Publish times as Chinese pages write them. What can't be read is `None`, never a guess.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use regex::{Captures, Regex};
use unicode_normalization::UnicodeNormalization;

use crate::domain::instant::{Instant, Span};

/// Longest text that is searched for a time, in characters.
const TEXT_CHARS_MAX: usize = 400;
/// Years that a publish time may have.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;
/// How far a page's clock may run ahead of ours before "today 15:20" is not believed.
const AHEAD_MINUTES_MAX: i64 = 10;

/// A time that was read, and whether the text gave the day only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The instant; of a day, its 00:00.
    pub at: Instant,
    /// Whether only the day was given.
    pub day_only: bool,
}

const CLOCK: &str = r"(?:(?P<half>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜间)\s*)?(?P<h>\d{1,2})\s*(?:[:时時点點])\s*(?:(?P<and_half>半)|(?P<min>\d{1,2})\s*(?:(?P<quarter>刻)|分|:\s*(?P<s>\d{1,2})(?:\.\d+)?)?(?:\s*(?P<s2>\d{1,2})\s*秒)?)?";

/// A zone: an offset, with or without its name, or a name. CST is China's.
const ZONE: &str = r"(?:(?:GMT|UTC|CST)\s?)?[+-]\d{1,2}:?(?:\d{2})?\b|\b(?:Z|UT|UTC|GMT|CST|BJT|HKT|SGT|JST|KST|E[SD]T|C[D]T|M[SD]T|P[SD]T)\b";
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

static CALENDAR_DAY: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?P<y>(?:19|20)\d{2})\s*(?:[-/.]|年)\s*(?P<m>\d{1,2})\s*(?:[-/.]|月)\s*(?P<d>3[01]|[12]\d|0?[1-9])\s*[日号號]?",
    )
});
static AFTER_DAY: LazyLock<Regex> = LazyLock::new(|| {
    compile(&format!(
        r"^[\s,，T\-]*(?:[(（]?(?:星期|周|週)[一二三四五六日天][)）]?\s*)?{CLOCK}\s*(?P<noon>[AaPp][Mm]\b)?\s*(?P<zone>{ZONE})?"
    ))
});
static CLOCK_ONLY: LazyLock<Regex> = LazyLock::new(|| compile(&format!(r"^[\s,，]*{CLOCK}")));
static HAN_DAY: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?P<y>[〇零○一二三四五六七八九]{4})年(?P<m>[一二三四五六七八九十]{1,2})月(?P<d>[一二三四五六七八九十]{1,3})日",
    )
});
static AGO: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?P<all>(?:(?:\d{1,4}|半|[一二两三四五六七八九十]{1,2})\s*(?:(?:个|個)半?)?(?:秒钟|秒鐘|秒|分钟|分鐘|分|小时|小時|钟头|天|日|星期|周|週|礼拜|月|年)半?\s*)+)(?:之前|以前|前)",
    )
});
static AGO_PART: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?P<n>\d{1,4}|半|[一二两三四五六七八九十]{1,2})\s*(?:(?:个|個)(?P<and_half>半)?)?(?P<unit>秒|分|小时|小時|钟头|天|日|星期|周|週|礼拜|月|年)(?:钟|鐘)?(?P<half>半)?",
    )
});
static NAMED_DAY: LazyLock<Regex> = LazyLock::new(|| compile(r"(?P<day>今天|今日|昨天|昨日|前天|前日|大前天)"));
static WEEKDAY: LazyLock<Regex> =
    LazyLock::new(|| compile(r"(?P<last>上{0,3})(?:个|個)?(?:星期|周|週|礼拜)(?P<day>[一二三四五六日天])"));
static MONTH_DAY: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?:^|[^\d.\-/年])(?P<last>去年)?(?P<m>\d{1,2})(?P<by>-|/|月)(?P<d>3[01]|[12]\d|0?[1-9])(?P<end>[日号號]|$|[^\d.%\-/])",
    )
});
/// Mail's form, `28 Nov 2026 10:00:00 +0800`: the weekday before it is not heeded, for it may be wrong.
static DAY_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    compile(&format!(
        r"(?i)\b(?P<d>\d{{1,2}})[\s-](?P<mon>[a-z]{{3}})[a-z]{{0,6}}\.?[\s,-]+(?P<y>\d{{4}}|\d{{2}})\b(?:[\s,]+(?P<h>\d{{1,2}}):(?P<min>\d{{2}})(?::(?P<s>\d{{2}}))?\s*(?P<noon>[ap]m\b)?\s*(?P<zone>{ZONE})?)?"
    ))
});
/// The same as a machine that speaks Chinese writes it: `28 11月 2026 10:00:00 +0800`, `28 十一月 2026`.
static HAN_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    compile(r"\b(?P<d>\d{1,2})\s+(?P<m>\d{1,2}|十[一二]?|[一二三四五六七八九])月\s+(?P<y>(?:19|20)\d{2})\b")
});
const HAN_MONTHS: [&str; 12] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
/// `Nov 28, 2026 10:00 AM`, and Weibo's and Java's `Sat Nov 28 10:00:00 +0800 2026`.
static MONTH_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    compile(&format!(
        r"(?i)\b(?P<mon>[a-z]{{3}})[a-z]{{0,6}}\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?:(?P<h>\d{{1,2}}):(?P<min>\d{{2}})(?::(?P<s>\d{{2}}))?\s*(?P<zone>{ZONE})?\s+(?P<y>\d{{4}})\b|(?P<y2>\d{{4}})\b(?:[\s,]+(?:at\s+)?(?P<h2>\d{{1,2}}):(?P<min2>\d{{2}})(?::(?P<s2>\d{{2}}))?\s*(?P<noon>[ap]m\b)?\s*(?P<zone2>{ZONE})?)?)"
    ))
});
/// `26-05-11`: the year, month and day of a page that spares itself the century.
static SHORT_YEAR: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?:^|[^\d.\-/])(?P<y>\d{2})(?P<by>[-/.年])(?P<m>\d{1,2})[-/.月](?P<d>3[01]|[12]\d|0?[1-9])(?P<end>[日号]|\s|$|\d{1,2}:)",
    )
});
/// `11/27/2026`: America's order, of which no other reading is possible.
static MONTH_DAY_YEAR: LazyLock<Regex> =
    LazyLock::new(|| compile(r"\b(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>(?:19|20)\d{2})\b"));

fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern")
}

/// Reads a time that needs no "now": a date with or without a clock time, RFC 3339 and 2822, Weibo's form, an epoch.
pub fn absolute(text: &str) -> Option<Published> {
    absolute_in(&normalised(text))
}

/// Reads any form, relative ones (刚刚, 3分钟前, 昨天 12:30, 3月8日) against `now`.
pub fn publish_time(text: &str, now: Instant) -> Option<Published> {
    let text = normalised(text);
    absolute_in(&text).or_else(|| short_year(&text, now)).or_else(|| relative_in(&text, now))
}

fn short_year(text: &str, now: Instant) -> Option<Published> {
    let found = SHORT_YEAR.captures(text)?;
    let year = number(&found, "y")? as i32 + 2000;
    let day = NaiveDate::from_ymd_opt(year, number(&found, "m")?, number(&found, "d")?)?;
    let end = found.name("end")?;
    let rest = if end.as_str().starts_with(['日', '号']) { end.end() } else { end.start() };
    // Only the page's own century, and nothing that is still to come: else it is another order, or no date.
    not_ahead(timed(day, &text[rest..])?, now).filter(|_| day.year() > now.date().year() - 30)
}

fn normalised(text: &str) -> String {
    text.nfkc().take(TEXT_CHARS_MAX).collect::<String>().trim().to_owned()
}

fn absolute_in(text: &str) -> Option<Published> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return digits(text);
    }
    machine_form(text).or_else(|| calendar_form(text)).or_else(|| han_form(text))
}

fn digits(text: &str) -> Option<Published> {
    let number: i64 = text.parse().ok()?;
    match text.len() {
        8 => {
            let day =
                NaiveDate::from_ymd_opt((number / 10_000) as i32, (number / 100 % 100) as u32, (number % 100) as u32)?;
            YEARS.contains(&day.year()).then(|| whole_day(day))
        }
        10 => plausible(Instant::from_ms(number * 1000)),
        13 => plausible(Instant::from_ms(number)),
        14 => NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok().and_then(|t| plausible(beijing(t)?)),
        _ => None,
    }
}

fn machine_form(text: &str) -> Option<Published> {
    let exact = DateTime::parse_from_rfc3339(text).ok();
    let exact = exact.and_then(|zoned| plausible(Instant::from_ms(zoned.timestamp_millis())));
    exact.or_else(|| english_form(text)).or_else(|| american_form(text))
}

fn english_form(text: &str) -> Option<Published> {
    let text = HAN_MONTH.replace(text, |found: &Captures<'_>| {
        let month = found["m"]
            .parse()
            .ok()
            .or_else(|| HAN_MONTHS.iter().position(|name| *name == &found["m"]).map(|at| at + 1));
        let name = month.and_then(|month: usize| MONTHS.get(month.checked_sub(1)?)).unwrap_or(&"");
        format!("{} {name} {}", &found["d"], &found["y"])
    });
    [&DAY_MONTH, &MONTH_FIRST].into_iter().find_map(|form| of_english(&form.captures(&text)?))
}

fn of_english(found: &Captures<'_>) -> Option<Published> {
    let month = found["mon"].to_ascii_lowercase();
    let month = MONTHS.iter().position(|name| *name == month)? as u32 + 1;
    let part =
        |name: &str, other: &str| number(found, name).or_else(|| found.name(other).and_then(|_| number(found, other)));
    let year = part("y", "y2")? as i32;
    // A year of two digits: 1969 to 2068, as mail has it.
    let year = if year < 69 {
        year + 2000
    } else if year < 100 {
        year + 1900
    } else {
        year
    };
    let day = NaiveDate::from_ymd_opt(year, month, number(found, "d")?)?;
    let Some(hour) = part("h", "h2") else {
        return YEARS.contains(&day.year()).then(|| whole_day(day));
    };
    let hour = of_noon(hour, found.name("noon").map(|noon| noon.as_str()));
    let time = NaiveTime::from_hms_opt(hour, part("min", "min2")?, part("s", "s2").unwrap_or(0))?;
    let zone = found.name("zone").or_else(|| found.name("zone2"));
    plausible(beijing(day.and_time(time))? + zone_shift(zone.map(|zone| zone.as_str()))?)
}

fn american_form(text: &str) -> Option<Published> {
    let found = MONTH_DAY_YEAR.captures(text)?;
    let (month, day_of_month) = (number(&found, "m")?, number(&found, "d")?);
    // 5/6/2026 may be either.
    if month <= 12 && day_of_month <= 12 && month != day_of_month {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(number(&found, "y")? as i32, month, day_of_month)?;
    timed(day, &text[found.get(0)?.end()..])
}

/// The hour of a clock of twelve hours.
fn of_noon(hour: u32, noon: Option<&str>) -> u32 {
    match noon.map(str::to_ascii_lowercase).as_deref() {
        Some("pm") if hour < 12 => hour + 12,
        Some("am") if hour == 12 => 0,
        _ => hour,
    }
}

/// A day with the clock time that follows it, if one does.
fn timed(day: NaiveDate, rest: &str) -> Option<Published> {
    let clock = AFTER_DAY.captures(rest).and_then(|clock| Some((clock_time(&clock)?, clock)));
    match clock {
        Some((time, clock)) => {
            let zone = clock.name("zone").map(|zone| zone.as_str());
            // "09:30-11:00" is how long something lasts; a zone behind Greenwich follows seconds.
            let is_zone = zone.is_none_or(|zone| !zone.starts_with('-') || clock.name("s").is_some());
            plausible(beijing(day.and_time(time))? + zone_shift(zone.filter(|_| is_zone))?)
        }
        None if rest.starts_with(|c: char| c.is_ascii_digit()) => None,
        None => YEARS.contains(&day.year()).then(|| whole_day(day)),
    }
}

fn calendar_form(text: &str) -> Option<Published> {
    CALENDAR_DAY.captures_iter(text).find_map(|found| {
        let whole = found.get(0)?;
        if text[..whole.start()].ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let day = NaiveDate::from_ymd_opt(number(&found, "y")? as i32, number(&found, "m")?, number(&found, "d")?)?;
        timed(day, &text[whole.end()..])
    })
}

/// What to add to a time read as Beijing's, if the text names another zone.
fn zone_shift(zone: Option<&str>) -> Option<Span> {
    let beijing_minutes = 8 * 60;
    let Some(text) = zone.map(str::to_ascii_uppercase) else { return Some(Span::from_minutes(0)) };
    let name: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let offset_minutes = if digits.is_empty() {
        let hours = match name.as_str() {
            "CST" | "BJT" | "HKT" | "SGT" => 8,
            "JST" | "KST" => 9,
            "EST" | "CDT" => -5,
            "EDT" => -4,
            "MST" | "PDT" => -7,
            "MDT" => -6,
            "PST" => -8,
            _ => 0,
        };
        hours * 60
    } else {
        let (hours, minutes) =
            if digits.len() > 2 { digits.split_at(digits.len() - 2) } else { (digits.as_str(), "0") };
        let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
        if text.contains('-') { -minutes } else { minutes }
    };
    (offset_minutes.abs() <= 14 * 60).then(|| Span::from_minutes(beijing_minutes - offset_minutes))
}

fn han_form(text: &str) -> Option<Published> {
    let found = HAN_DAY.captures(text)?;
    let year = found["y"].chars().try_fold(0, |year, c| Some(year * 10 + han_digit(c)? as i32))?;
    let day = NaiveDate::from_ymd_opt(year, han_number(&found["m"])?, han_number(&found["d"])?)?;
    YEARS.contains(&day.year()).then(|| whole_day(day))
}

/// What points ahead, counts by the moon or counts weeks of a month is no time of publication that these forms can read.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"下个?(?:周|星期|礼拜|月)|明天|后天|明年|之?后$|农历|阴历|正月|腊月|闰|初[一二三四五六七八九十]|廿|月.{0,3}第|第[^天]{1,3}个",
    )
});
/// An hour in Chinese numerals, or none where one is meant.
static HAN_HOUR: LazyLock<Regex> = LazyLock::new(|| compile(r"^.{0,4}[零一二两三四五六七八九十]{1,3}[点點时]"));

fn relative_in(text: &str, now: Instant) -> Option<Published> {
    if OTHER.is_match(text) {
        return None;
    }
    if let Some(found) = AGO.captures(text) {
        return ago(&found["all"], now);
    }
    if text.contains("刚刚") || text.contains("刚才") || text.contains("剛剛") {
        return Some(Published { at: now, day_only: false });
    }
    let today = now.date();
    if let Some(found) = NAMED_DAY.captures(text) {
        let back = match &found["day"] {
            "今天" | "今日" => 0,
            "昨天" | "昨日" => 1,
            "前天" | "前日" => 2,
            _ => 3,
        };
        return on_day(today.checked_sub_days(Days::new(back))?, &text[found.get(0)?.end()..], now);
    }
    if let Some(found) = MONTH_DAY.captures(text) {
        let (month, day) = (number(&found, "m")?, number(&found, "d")?);
        let end = found.name("end")?;
        // "3/8" is a share or a score more often than a day, unless a clock time follows.
        if &found["by"] == "/" && !CLOCK_ONLY.is_match(&text[end.start()..]) {
            return None;
        }
        let rest = &text[if matches!(end.as_str(), "日" | "号" | "號") { end.end() } else { end.start() }..];
        let latest = if found.name("last").is_some() { today.year() - 1 } else { today.year() };
        return (latest - 1..=latest).rev().find_map(|year| {
            let date = NaiveDate::from_ymd_opt(year, month, day)?;
            on_day(date, rest, now)
        });
    }
    if let Some(found) = WEEKDAY.captures(text) {
        let wanted = "一二三四五六日".find(found["day"].replace('天', "日").as_str())? / "一".len();
        let rest = &text[found.get(0)?.end()..];
        // A date that could not be read follows: its weekday says less, and may be wrong.
        if rest.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() == 4) {
            return None;
        }
        let weeks = found["last"].chars().count();
        if weeks > 0 {
            // 上周三 is the Wednesday of the week before this one, whatever day it is.
            let monday = today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday())))?;
            let first = monday.checked_sub_days(Days::new(7 * weeks as u64))?;
            return on_day(first.checked_add_days(Days::new(wanted as u64))?, rest, now);
        }
        let back = (today.weekday().num_days_from_monday() as usize + 7 - wanted) % 7;
        let date = today.checked_sub_days(Days::new(back as u64))?;
        return on_day(date, rest, now).or_else(|| on_day(date.checked_sub_days(Days::new(7))?, rest, now));
    }
    let clock = CLOCK_ONLY.captures(text).filter(|clock| clock.name("half").is_some())?;
    let at = beijing(today.and_time(clock_time(&clock)?))?;
    not_ahead(Published { at, day_only: false }, now)
}

fn on_day(day: NaiveDate, rest: &str, now: Instant) -> Option<Published> {
    // The day alone would be wrong by hours where an hour is said that can't be read.
    if HAN_HOUR.is_match(rest) {
        return None;
    }
    let published = match AFTER_DAY.captures(rest).and_then(|clock| clock_time(&clock)) {
        Some(time) => Published { at: beijing(day.and_time(time))?, day_only: false },
        None => whole_day(day),
    };
    not_ahead(published, now)
}

fn not_ahead(published: Published, now: Instant) -> Option<Published> {
    (published.at <= now + Span::from_minutes(AHEAD_MINUTES_MAX)).then_some(published)
}

fn ago(parts: &str, now: Instant) -> Option<Published> {
    let mut local = now.beijing();
    let mut day_only = true;
    for part in AGO_PART.captures_iter(parts) {
        let unit = &part["unit"];
        // "4月前" is before April.
        if unit == "月" && !part[0].contains(['个', '個']) {
            return None;
        }
        let (count, half) = match &part["n"] {
            "半" => (0, true),
            n => (
                n.parse().ok().or_else(|| han_number(n))?,
                part.name("half").or_else(|| part.name("and_half")).is_some(),
            ),
        };
        let unit_s: i64 = match unit {
            "秒" => 1,
            "分" => 60,
            "小时" | "小時" | "钟头" => 3_600,
            "天" | "日" => 86_400,
            "星期" | "周" | "週" | "礼拜" => 7 * 86_400,
            _ => 0,
        };
        day_only &= unit_s == 0 || unit_s >= 86_400;
        local = match unit {
            "月" if half => local.checked_sub_days(Days::new(15))?.checked_sub_months(Months::new(count))?,
            "月" => local.checked_sub_months(Months::new(count))?,
            "年" => local.checked_sub_months(Months::new(count.checked_mul(12)? + if half { 6 } else { 0 }))?,
            _ => {
                let seconds = unit_s * i64::from(count) + if half { unit_s / 2 } else { 0 };
                local.checked_sub_signed(chrono::TimeDelta::try_seconds(seconds)?)?
            }
        };
    }
    if day_only {
        return Some(whole_day(local.date_naive()));
    }
    plausible(Instant::from_ms(local.timestamp_millis()))
}

fn clock_time(found: &Captures<'_>) -> Option<NaiveTime> {
    let hour = number(found, "h")?;
    let hour = match (found.name("half").map(|half| half.as_str()), hour) {
        (Some("下午" | "傍晚" | "晚上" | "晚间" | "夜间"), 1..=11) => hour + 12,
        (Some("中午"), 1..=2) => hour + 12,
        (Some("上午" | "凌晨"), 12) => 0,
        _ => hour,
    };
    let hour = of_noon(hour, found.name("noon").map(|noon| noon.as_str()));
    let second = number(found, "s").or_else(|| number(found, "s2")).unwrap_or(0);
    let minute = match (number(found, "min"), found.name("quarter"), found.name("and_half")) {
        (_, _, Some(_)) => 30,
        (Some(quarters), Some(_), _) => quarters * 15,
        (minute, ..) => minute.unwrap_or(0),
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

fn number(found: &Captures<'_>, name: &str) -> Option<u32> {
    found.name(name)?.as_str().parse().ok()
}

fn han_digit(c: char) -> Option<u32> {
    match c {
        '〇' | '零' | '○' => Some(0),
        '两' => Some(2),
        _ => "一二三四五六七八九".chars().position(|d| d == c).map(|i| i as u32 + 1),
    }
}

/// 一 … 三十一.
fn han_number(text: &str) -> Option<u32> {
    match text.split_once('十') {
        None => {
            let mut digits = text.chars();
            let digit = han_digit(digits.next()?)?;
            digits.next().is_none().then_some(digit)
        }
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { han_number(tens)? };
            let ones = if ones.is_empty() { 0 } else { han_number(ones)? };
            Some(tens * 10 + ones)
        }
    }
}

fn beijing(local: NaiveDateTime) -> Option<Instant> {
    let zone = chrono::FixedOffset::east_opt(8 * 3600)?;
    zone.from_local_datetime(&local).single().map(|at| Instant::from_ms(at.timestamp_millis()))
}

fn whole_day(day: NaiveDate) -> Published {
    Published { at: Instant::start_of(day), day_only: true }
}

fn plausible(at: Instant) -> Option<Published> {
    YEARS.contains(&at.beijing().year()).then_some(Published { at, day_only: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Instant {
        "2026-03-10T15:20:30+08:00".parse().unwrap()
    }

    fn read(text: &str) -> String {
        match publish_time(text, now()) {
            Some(Published { at, day_only: true }) => at.to_string()[..10].to_owned(),
            Some(Published { at, day_only: false }) => at.to_string()[..19].replace('T', " "),
            None => "?".into(),
        }
    }

    #[test]
    fn absolute_forms() {
        for (text, expected) in [
            ("发布日期：2019年2月5日 08:03", "2019-02-05 08:03:00"),
            ("２０１９－０２－０５", "2019-02-05"),
            ("2019-02-0509:03", "2019-02-05 09:03:00"),
            ("2019年12月15日（星期四）下午3时20分", "2019-12-15 15:20:00"),
            ("二〇一九年十二月三十一日", "2019-12-31"),
            ("20190205", "2019-02-05"),
            ("1549325000", "2019-02-05 08:03:20"),
            ("2019-02-05 08:03:09 +0000", "2019-02-05 16:03:09"),
            ("Tue Feb 05 08:03:09 +0800 2019", "2019-02-05 08:03:09"),
            ("Mon, 05 Feb 2019 08:03:09 +0800", "2019-02-05 08:03:09"),
            ("Tue, 05 Feb 2019 08:03:09 CST", "2019-02-05 08:03:09"),
            ("Tue, 5 Feb 2019 00:03:09 GMT", "2019-02-05 08:03:09"),
            ("Tue Feb 05 08:03:09 CST 2019", "2019-02-05 08:03:09"),
            ("Feb 5, 2019 8:03 PM", "2019-02-05 20:03:00"),
            ("周二, 05 2月 2019 08:03:09 +0800", "2019-02-05 08:03:09"),
            ("星期一, 5 十二月 2019 00:03:09 GMT", "2019-12-05 08:03:09"),
            ("2/25/2019 3:05 PM", "2019-02-25 15:05:00"),
            ("2019-02-05 00:03:09 UTC", "2019-02-05 08:03:09"),
            ("2019-02-05 08:00-18:00", "2019-02-05 08:00:00"),
            ("2019-02-05T08:03:09-05:00", "2019-02-05 21:03:09"),
            ("2019-02-05T08:03:09 GMT+8", "2019-02-05 08:03:09"),
        ] {
            assert_eq!(read(text), expected, "{text}");
            assert!(absolute(text).is_some(), "{text} needs no now");
        }
    }

    #[test]
    fn relative_forms() {
        for (text, expected) in [
            ("1小时1分钟前", "2026-03-10 14:19:30"),
            ("两天前", "2026-03-08"),
            ("十分钟前", "2026-03-10 15:10:30"),
            ("一个半小时前", "2026-03-10 13:50:30"),
            ("1小时半前", "2026-03-10 13:50:30"),
            ("2月29日", "?"),
            ("周二 16:00", "2026-03-03 16:00:00"),
            ("去年2月3日 9:05", "2025-02-03 09:05:00"),
            ("26-03-08 09:30", "2026-03-08 09:30:00"),
            ("上周三 9:05", "2026-03-04 09:05:00"),
            ("上上周一", "2026-02-23"),
            ("26年3月8日", "2026-03-08"),
            ("27-03-08", "?"),
            ("下周二", "?"),
            ("农历8月23号", "?"),
            ("4月前", "?"),
            ("昨天十一点半", "?"),
            ("3月8日20时1刻", "2026-03-08 20:15:00"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "置顶",
            "浏览 1234 次",
            "15:20",
            "3/8",
            "版本 1.2.3",
            "2019-13-45",
            "电话 0563-3022222",
            "2019年",
            "3天内办结",
            "30000000000",
            "今天 23:59",
        ] {
            assert_eq!(read(text), "?", "{text}");
        }
    }

    #[test]
    fn never_panics_on_odd_text() {
        for text in [
            "2019-02-30",
            "9999年前",
            "9999年9999月前",
            "半年前",
            "２０２６-3-1０99:99",
            "周日天前",
            "十十十天前",
            "+",
            "年月日",
        ] {
            let _ = publish_time(text, now());
            let _ = publish_time(text, Instant::from_ms(i64::MAX));
        }
    }
}
