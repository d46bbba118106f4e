//! The State Council's calendar as shipped, against the data that it was made from, and against another time zone.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use chrono::{Datelike, Duration, FixedOffset, NaiveDate, Weekday};
use huiying::domain::calendar::Calendar;
use huiying::domain::instant::Instant;
use huiying::rules::Rules;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Calendar {
    Rules::load(&root().join("rules")).expect("shipped rules").office.calendar
}

fn days() -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2023, 1, 1).expect("a date");
    first.iter_days().take_while(|day| day.year() <= 2026)
}

/// Off or worked, by the announced data alone; `None` where it is not at hand.
fn announced() -> Option<BTreeMap<NaiveDate, bool>> {
    let mut listed = BTreeMap::new();
    for year in 2023..=2026 {
        let file = root().join(format!("../shared/data/calendar/{year}.json"));
        let Ok(text) = std::fs::read_to_string(&file) else {
            eprintln!("left out: {} is not here", file.display());
            return None;
        };
        let data: Value = serde_json::from_str(&text).expect("JSON");
        for day in data["days"].as_array().expect("days") {
            let date: NaiveDate = day["date"].as_str().expect("a date").parse().expect("a date");
            listed.insert(date, day["isOffDay"].as_bool().expect("off or not"));
        }
    }
    Some(listed)
}

#[test]
fn every_day_is_what_the_state_council_announced() {
    let Some(listed) = announced() else { return };
    let calendar = shipped();
    let mut seen = 0;
    for date in days() {
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let off = listed.get(&date).copied().unwrap_or(weekend);
        let kind = calendar.day(date);
        assert_eq!(kind.working, !off, "{date}: {}", kind.why);
        assert!(!kind.provisional, "{date}");
        seen += 1;
    }
    assert_eq!(seen, 365 * 3 + 366);
    let beyond = NaiveDate::from_ymd_opt(2027, 1, 4).expect("a date");
    assert!(calendar.day(beyond).provisional, "a year without data says so");
}

/// From the last working day before each block of days off, at whatever offset it is written, one working day ends with
/// the first working day after the block.
#[test]
fn one_working_day_leads_across_each_block_of_days_off() {
    let calendar = shipped();
    let worked: Vec<NaiveDate> = days().filter(|date| calendar.day(*date).working).collect();
    let mut blocks = 0;
    for pair in worked.windows(2) {
        let [before, after] = pair else { continue };
        let start = Instant::start_of(*before);
        for (hours, minutes) in [(0, 0), (9, 30), (23, 59)] {
            let from = Instant::from_ms(start.ms() + (hours * 60 + minutes) * 60_000);
            let due = Instant::start_of(*after + Duration::days(1));
            assert_eq!(calendar.after_working_days(from, 1).0, due, "from {from}");
            for offset in [-5 * 3600, 0, 9 * 3600 + 1800] {
                let zone = FixedOffset::east_opt(offset).expect("an offset");
                let written = from.beijing().with_timezone(&zone).to_rfc3339();
                let read: Instant = written.parse().expect("RFC 3339");
                assert_eq!(calendar.after_working_days(read, 1).0, due, "from {written}");
            }
        }
        blocks += u32::from((*after - *before).num_days() > 3);
    }
    assert!(blocks >= 20, "only {blocks} holidays in four years");
}

/// Whatever zone the machine is set to, time is Beijing's.
#[test]
fn the_machines_zone_changes_nothing() {
    let play = |zone: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiying"));
        command.arg("replay").arg(root().join("scenarios/drill.jsonl")).arg("--rules").arg(root().join("rules"));
        let output = command.env("TZ", zone).output().expect("huiying runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let due = |zone: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huiying"));
        command.args(["due", "--policy", "xuancheng-2016", "--clock", "wechat_repost"]);
        command.args(["--from", "2026-09-30T05:00:00-04:00"]).arg("--rules").arg(root().join("rules"));
        command.env("TZ", zone).output().expect("huiying runs").stdout
    };
    assert!(play("Asia/Shanghai") == play("America/New_York"), "the drill's ledger depends on the zone");
    assert_eq!(due("UTC"), due("America/New_York"));
    assert!(String::from_utf8_lossy(&due("America/New_York")).contains("2026-10-09T00:00:00+08:00"));
}
