//! What a look at the text of the sources tells: length, things left undone, time, waiting, migrations.

use std::collections::BTreeSet;

use super::{Source, none, root, rust, sources};

const LINES_MAX: usize = 600;

/// Everything written by hand: the package, its tests, the dashboards.
fn written() -> Vec<Source> {
    let mut files = rust();
    files.extend(sources("tests", &[".rs", ".ts", ".mjs", ".js"]));
    files.extend(sources("benches", &[".rs"]));
    files.extend(sources("dashboards/web/src", &[".ts", ".vue", ".css", ".scss"]));
    files
}

/// The lines of `files` that contain one of `words`, comments included.
fn lines_with(files: &[Source], words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                found.push(format!("{}:{}: {word}", file.path, index + 1));
            }
        }
    }
    found
}

/// Words are put together here, so that this file holds none of them.
fn words(parts: &[(&str, &str)]) -> Vec<String> {
    parts.iter().map(|(a, b)| format!("{a}{b}")).collect()
}

fn unfinished() -> Vec<String> {
    words(&[
        ("todo", "!("),
        ("unimplemented", "!("),
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X"),
        ("#[ign", "ore"),
        ("test.sk", "ip("),
        ("it.sk", "ip("),
        ("describe.sk", "ip("),
        ("test.on", "ly("),
        ("it.on", "ly("),
    ])
}

fn waiting() -> Vec<String> {
    words(&[("sle", "ep("), ("waitForTime", "out("), ("setTimeout(reso", "lve")])
}

fn system_time() -> Vec<String> {
    words(&[("Utc::", "now"), ("Local::", "now"), ("SystemTime::", "now"), ("time::Instant::", "now")])
}

fn sql_time() -> Vec<String> {
    words(&[
        ("now", "()"),
        ("CURRENT_", "TIMESTAMP"),
        ("datetime", "('now"),
        ("unixep", "och("),
        ("clock_time", "stamp("),
    ])
}

#[test]
fn no_file_is_too_long() {
    let findings = written()
        .iter()
        .map(|file| (file.text.lines().count(), &file.path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, path)| format!("{path}: {lines} lines; split it by meaning"))
        .collect();
    none("files over 600 lines", findings);
}

#[test]
fn nothing_is_left_undone() {
    none("left undone or left out", lines_with(&written(), &unfinished()));
}

#[test]
fn only_the_clock_reads_the_time() {
    let files: Vec<Source> = rust().into_iter().filter(|file| file.path != "src/time.rs").collect();
    none("system time outside src/time.rs", lines_with(&files, &system_time()));
    let mut statements: Vec<Source> = files.into_iter().filter(|file| file.path.starts_with("src/store/")).collect();
    for file in &mut statements {
        // A trigger or a statement must not read the time; the clock's own `now()` is a Rust call and not in the store.
        file.text = file.text.to_lowercase();
    }
    statements.extend(sources("migrations", &[".sql"]).into_iter().map(|mut file| {
        file.text = file.text.to_lowercase();
        file
    }));
    let words: Vec<String> = sql_time().iter().map(|word| word.to_lowercase()).collect();
    none("time read by the database", lines_with(&statements, &words));
}

#[test]
fn nothing_waits_by_the_wall_clock() {
    let mut files = rust();
    files.extend(sources("tests", &[".rs", ".ts", ".mjs", ".js"]));
    none("waits by the wall clock", lines_with(&files, &waiting()));
}

#[test]
fn what_is_forbidden_is_seen() {
    let all: Vec<String> = [unfinished(), waiting(), system_time(), sql_time()].concat();
    for word in &all {
        let file = Source { path: "src/x.rs".into(), text: format!("a\n  let x = {word}y);\n") };
        assert!(!lines_with(&[file], &all).is_empty(), "{word} isn't seen");
    }
}

#[test]
fn every_module_says_what_it_is() {
    let findings = rust()
        .iter()
        .filter(|file| !file.text.starts_with("//!") || file.text.starts_with("//! (room"))
        .map(|file| format!("{}: starts without a `//!` line that says what it is", file.path))
        .collect();
    none("modules without a description", findings);
}

#[test]
fn migrations_are_paired() {
    let names = |engine: &str| -> BTreeSet<String> {
        sources(&format!("migrations/{engine}"), &[".sql"])
            .iter()
            .map(|file| file.path.rsplit('/').next().unwrap_or_default().to_owned())
            .collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert!(!sqlite.is_empty(), "no migrations found below {}", root().join("migrations/sqlite").display());
    assert_eq!(sqlite, postgres, "each migration stands in both folders under the same name");
    // Numbers are given out before the work is done, so a gap may stand for a while; none is taken twice.
    let mut numbers = BTreeSet::new();
    for name in &sqlite {
        let number = name.split_once('_').map(|(number, _)| number).filter(|number| number.len() == 4);
        let number = number.and_then(|number| number.parse::<u32>().ok());
        assert!(number.is_some_and(|number| numbers.insert(number)), "{name}: NNNN_name.sql, each number once");
    }
}
