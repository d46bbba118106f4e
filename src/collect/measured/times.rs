//! Points in time of two other projects' tests: of those that a page or post can show, none may be read wrongly.

use serde_json::Value;

use super::{line, miss};
use crate::collect::shared_data::unpacked;
use crate::collect::time_expression::publish_time;
use crate::domain::instant::Instant;

/// What a case may be read as, as local times, if it is a point in time; the times that lie ahead of it left out: no page shows
/// when it will be published.
fn wanted(case: &Value, now: Instant) -> Vec<String> {
    let expect = &case["expect"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let all: Vec<String> = if case["set"] == "jionlp" {
        let is_point = expect["type"] == "time_point";
        is_point.then(|| text(&expect["time"][0])).flatten().into_iter().collect()
    } else {
        let kind = case["type"].as_str().unwrap_or("");
        if !["date", "datetime", "datetimeV2.date", "datetimeV2.datetime"].contains(&kind) {
            return Vec::new();
        }
        let values = expect["values"].as_array().map(Vec::as_slice).unwrap_or_default();
        let values = values.iter().filter_map(|value| text(&value["value"]));
        let past = &expect["PastResolution"];
        values.chain(text(&past["date"])).chain(text(&past["dateTime"])).collect()
    };
    let now = now.to_string()[..19].replace('T', " ");
    let end = |time: &String| if time.len() == 10 { format!("{time} 00:00:00") } else { time.clone() };
    all.iter().map(end).filter(|time| *time <= now).collect()
}

fn moment(case: &Value) -> Option<Instant> {
    match &case["ref"] {
        Value::Number(seconds) => Some(Instant::from_ms(seconds.as_i64()? * 1000)),
        Value::String(text) => format!("{}+08:00", text.get(..19)?).parse().ok(),
        _ => None,
    }
}

#[test]
fn points_in_time_of_other_projects() {
    let Some(found) = unpacked("time.tar.gz") else { return };
    let text = std::fs::read_to_string(found.path().join("time/time_gold_thirdparty.jsonl")).unwrap();
    let (mut right, mut wrong, mut null) = ([0, 0], Vec::new(), Vec::new());
    for case in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let Some(now) = moment(&case) else { continue };
        let wanted = wanted(&case, now);
        if wanted.is_empty() {
            continue;
        }
        let said = case["span"].as_str().or(case["text"].as_str()).unwrap();
        let Some(read) = publish_time(said, now) else {
            null.push(format!("{said} ({})", wanted[0]));
            continue;
        };
        // Of a day alone the day is compared.
        let printed = read.at.to_string()[..16].replace('T', " ");
        let length = if read.day_only { 10 } else { 16 };
        if wanted.iter().any(|time| time[..length] == printed[..length]) {
            right[usize::from(case["set"] != "jionlp")] += 1;
        } else {
            wrong.push(format!("{said} at {now}: {printed}, not {wanted:?}"));
        }
    }
    miss(|| format!("null: {null:#?}"));
    eprintln!("times: {} of JioNLP and {} of Recognizers agree, {} null", right[0], right[1], null.len());
    assert_eq!(line("times read wrongly", -(wrong.len() as f64), 0.0), None, "{wrong:#?}");
}

/// Lines as real pages and networks write them.
#[test]
fn publish_lines_and_social_times() {
    let Some(found) = unpacked("time.tar.gz") else { return };
    for (file, floor) in [("publish_lines.json", 42.0), ("social_formats.json", 58.0)] {
        let text = std::fs::read_to_string(found.path().join("time").join(file)).unwrap();
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
        let mut right = 0;
        for case in &cases {
            let read = publish_time(case["text"].as_str().unwrap(), case["ref"].as_str().unwrap().parse().unwrap());
            let expected = case["expect"].as_str();
            let printed = read.map(|read| read.at.to_string()[..16].replace('T', " "));
            let printed = printed.as_deref().map(|printed| &printed[..expected.map_or(16, str::len)]);
            right += u32::from(printed == expected);
            if printed != expected {
                miss(|| format!("{}: {printed:?}, not {expected:?}", case["text"]));
            }
        }
        assert_eq!(line(&format!("{file} of {}", cases.len()), f64::from(right), floor), None);
    }
}
