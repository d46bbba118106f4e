//! The minimal histories of clocks that went wrong once (`../shared/data/field/clocks`): which rows their ledgers must hold
//! and which they must not, as the README beside them reads them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::scenario::{play, rows, scenarios_of, shared};

/// Whether all keys that are given match. Where none names a department, a row of a clock counts only if it has none.
fn matches(row: &Value, want: &Value) -> bool {
    let absent = |value: &Value| value.is_null() || *value == Value::Bool(false);
    let same = |(key, value): (&String, &Value)| match row.get(key) {
        Some(given) => given == value,
        None => absent(value),
    };
    let keys = want.as_object().expect("an object");
    let of_clock = keys.contains_key("clock") && !keys.contains_key("department");
    keys.iter().all(same) && !(of_clock && row.get("department").is_some())
}

#[test]
fn the_histories_hold_the_rows_that_they_must_and_none_that_they_must_not() {
    let folder = shared().join("data/field/clocks");
    let histories = scenarios_of(&folder, "expect.json");
    if histories.is_empty() {
        eprintln!("left out: {} is not here; it holds histories of clocks that went wrong once", folder.display());
        return;
    }
    let mut wrong = Vec::new();
    for history in &histories {
        let name = history.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let expect = fs::read_to_string(history.with_extension("expect.json")).expect("what is expected");
        let expect: Value = serde_json::from_str(&expect).expect("JSON");
        let played = play(history, expect["until"].as_str());
        let got = rows(&played.ledger);
        let listed = |key: &str| expect[key].as_array().cloned().unwrap_or_default();
        for want in listed("expect").iter().filter(|want| !got.iter().any(|row| matches(row, want))) {
            wrong.push(format!("{name}: missing    {want}\n{}", played.said));
        }
        for (want, row) in listed("forbid").iter().flat_map(|want| got.iter().map(move |row| (want, row))) {
            if matches(row, want) {
                wrong.push(format!("{name}: forbidden  {want}: {row}"));
            }
        }
    }
    assert!(histories.len() >= 30, "only {} histories", histories.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A copy of the shipped rules in which something is changed.
fn rules_with(change: impl Fn(&Path)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    for folder in fs::read_dir(shipped).expect("the rules").map(|entry| entry.expect("an entry").path()) {
        let copy = dir.path().join(folder.file_name().expect("a name"));
        fs::create_dir(&copy).expect("a folder");
        for file in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            fs::copy(&file, copy.join(file.file_name().expect("a name"))).expect("copied");
        }
    }
    change(dir.path());
    dir
}

/// Leaves a tier of a roster without anybody.
fn empty(rules: &Path, roster: &str, tier: &str) {
    let file = rules.join("roster").join(roster);
    let text = fs::read_to_string(&file).expect("a roster");
    let mut left_out = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with("  ") && !line.starts_with("    ") {
            left_out = line.trim() == format!("{tier}:");
        }
        !left_out
    });
    fs::write(&file, kept.collect::<Vec<_>>().join("\n")).expect("written");
}

fn huiying(rules: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_huiying"));
    command.args(arguments).arg("--rules").arg(rules).output().expect("huiying runs")
}

#[test]
fn a_tier_that_nobody_holds_never_counts_as_told() {
    let scenario = shared().join("data/field/29-empty-tier/scenario.jsonl");
    if !scenario.exists() {
        eprintln!("left out: {} is not here", scenario.display());
        return;
    }
    let scenario = scenario.to_string_lossy().into_owned();
    let told = |rules: &Path| -> Vec<Value> {
        let out = huiying(rules, &["replay", &scenario, "--until", "2026-12-02T08:00:00+08:00"]);
        let rows = rows(&String::from_utf8(out.stdout).expect("UTF-8"));
        rows.into_iter().filter(|row| row["event"] == "escalated").collect()
    };
    let county =
        rules_with(|rules| ["office_director", "deputy"].iter().for_each(|tier| empty(rules, "langxi.yaml", tier)));
    let rows_of_county = told(county.path());
    let of = |rows: &[Value], tier: &str| rows.iter().filter(|row| row["tier"] == tier).cloned().collect::<Vec<_>>();
    for row in of(&rows_of_county, "deputy") {
        assert_eq!((&row["inherited"], &row["to"][0]), (&Value::Bool(true), &"xuancheng.deputy".into()), "{row}");
    }
    let both = rules_with(|rules| {
        ["office_director", "deputy"].iter().for_each(|tier| empty(rules, "langxi.yaml", tier));
        empty(rules, "xuancheng.yaml", "deputy");
    });
    let rows_of_both = told(both.path());
    let deputies = of(&rows_of_both, "deputy");
    assert!(!deputies.is_empty());
    for row in &deputies {
        assert_eq!((&row["instead"], &row["to"][0]), (&"principal".into(), &"langxi.principal".into()), "{row}");
    }
    for row in rows_of_county.iter().chain(&rows_of_both) {
        assert!(row["to"].as_array().is_some_and(|to| !to.is_empty()), "told nobody: {row}");
    }
    let checked = huiying(both.path(), &["rules", "check"]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success() && said.contains("警告") && said.contains("deputy"), "{said}");
}

#[test]
fn law_fixed_holidays_hold_in_a_year_without_its_notice() {
    let shipped = rules_with(|_| {});
    let due = |rules: &Path, clock: &str, from: &str| -> Value {
        let out = huiying(rules, &["due", "--policy", "xuancheng-2016", "--clock", clock, "--from", from]);
        serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
    };
    for (clock, from, until) in [
        ("wechat_repost", "2026-12-31T10:00:00+08:00", "2027-01-05T00:00:00+08:00"),
        ("supervision", "2026-12-29T10:00:00+08:00", "2027-01-07T00:00:00+08:00"),
    ] {
        let due = due(shipped.path(), clock, from);
        assert_eq!(
            (&due["due_at"], &due["provisional"]),
            (&until.into(), &Value::Bool(true)),
            "{clock} from {from}: {due}"
        );
    }
    let due_2026 = due(shipped.path(), "wechat_repost", "2026-09-30T10:00:00+08:00");
    assert_eq!((due_2026["due_at"].as_str(), due_2026.get("provisional")), (Some("2026-10-09T00:00:00+08:00"), None));
    let file = shared().join("data/field/27-year-without-calendar/calendar-2020.yaml");
    if !file.exists() {
        eprintln!("left out: {} is not here", file.display());
        return;
    }
    let prolonged = rules_with(|rules| {
        fs::copy(&file, rules.join("calendar/calendar-2020.yaml")).expect("copied");
    });
    let due = due(prolonged.path(), "wechat_repost", "2020-01-23T10:00:00+08:00");
    assert_eq!((due["due_at"].as_str(), due.get("provisional")), (Some("2020-02-04T00:00:00+08:00"), None));
}

#[test]
fn a_reader_who_has_gone_is_no_panic() {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/drill.jsonl");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let piped = |arguments: &str| {
        let script = format!("\"$0\" {arguments} --rules \"$1\" | true; exit ${{PIPESTATUS[0]}}");
        let mut command = std::process::Command::new("bash");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_huiying")]).arg(&rules).output().expect("bash runs")
    };
    let replay = format!("replay {}", scenario.display());
    for arguments in [replay.as_str(), "rules check", "due --policy xuancheng-2016 --clock response --from 2026-05-11"]
    {
        let out = piped(arguments);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success() && !said.contains("panicked"), "{arguments}: {:?} {said}", out.status);
    }
}
