//! Who may import whom (`design.md` §2).

use super::{none, rust};

/// What each room may import besides itself. `cli` and the roots may import everything.
const MAY: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("text", &["domain"]),
    ("time", &["domain"]),
    ("telemetry", &["config"]),
    ("config", &["domain"]),
    ("rules", &["domain", "text"]),
    ("collect", &["domain", "rules"]),
    ("store", &["time", "domain"]),
    ("notify", &["domain"]),
    ("report", &["domain"]),
    ("correlate", &["domain", "text"]),
    ("acts", &["domain", "rules", "store"]),
    ("engine", &["acts", "time", "collect", "config", "correlate", "domain", "notify", "rules", "store", "text"]),
    ("replay", &["acts", "time", "domain", "engine", "rules", "store", "text"]),
    ("web", &["acts", "time", "config", "correlate", "domain", "report", "rules", "store", "text"]),
];

/// Crates and modules that do I/O: the pure rooms name none of them.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "tokio",
    "sqlx",
    "reqwest",
    "axum",
    "apalis",
    "tracing",
];

/// The room that a file of `src` belongs to: `src/store/mention.rs` → `store`, `src/time.rs` → `time`.
fn room(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// The rooms that a text names by `crate::room`, with the line of each; comments apart.
fn named_rooms(text: &str) -> Vec<(usize, String)> {
    let mut rooms = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for after in code.split("crate::").skip(1) {
            // `use crate::{domain::x, store}` names several.
            let (group, inside) = match after.strip_prefix('{') {
                Some(inside) => (true, inside),
                None => (false, after),
            };
            let parts: Vec<&str> = if group { inside.split(',').collect() } else { vec![inside] };
            for part in parts {
                let name: String = part.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                if !name.is_empty() {
                    rooms.push((index + 1, name));
                }
            }
        }
    }
    rooms
}

/// What `text`, a file at `path`, imports and may not.
fn forbidden(path: &str, text: &str) -> Vec<String> {
    let own = room(path);
    let Some((_, may)) = MAY.iter().find(|(name, _)| *name == own) else { return Vec::new() };
    named_rooms(text)
        .into_iter()
        .filter(|(_, name)| name != own && !may.contains(&name.as_str()))
        .map(|(line, name)| format!("{path}:{line}: {own} must not import {name}"))
        .collect()
}

/// What a pure file names of the outside world.
fn impure(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default().trim_start();
        for name in IMPURE {
            let named = code.strip_prefix("pub ").unwrap_or(code).starts_with(&format!("use {name}"))
                || (code.contains(&format!("{name}::")) && !code.contains(&format!("_{name}::")));
            if named {
                found.push(format!("{path}:{}: {name} in a pure room", index + 1));
            }
        }
    }
    found
}

#[test]
fn imports_follow_the_direction() {
    let files = rust();
    let rooms: std::collections::BTreeSet<&str> = files.iter().map(|file| room(&file.path)).collect();
    for (name, may) in MAY {
        assert!(rooms.contains(name), "the table names {name}, which isn't there");
        for other in *may {
            assert!(
                MAY.iter().any(|(known, _)| known == other),
                "the table lets {name} import {other}, which isn't there"
            );
        }
    }
    let unknown: Vec<String> = rooms
        .iter()
        .filter(|room| !["main", "lib", "cli"].contains(room) && !MAY.iter().any(|(name, _)| name == *room))
        .map(|room| format!("src/{room}: a room that the table doesn't know"))
        .collect();
    none("rooms without a rule", unknown);
    none("imports against the direction", files.iter().flat_map(|file| forbidden(&file.path, &file.text)).collect());
}

#[test]
fn every_permission_is_used() {
    let files = rust();
    let mut unused = Vec::new();
    for (name, may) in MAY {
        let own = files.iter().filter(|file| room(&file.path) == *name);
        let used: std::collections::BTreeSet<String> =
            own.flat_map(|file| named_rooms(&file.text)).map(|(_, named)| named).collect();
        unused.extend(may.iter().filter(|other| !used.contains(**other)).map(|other| format!("{name} → {other}")));
    }
    none("permissions that nothing uses", unused);
}

/// Crates that no file names and that stand in the manifest all the same, with the reason.
const UNNAMED: [(&str, &str); 2] = [
    ("apalis-postgres", "the queues move to PostgreSQL with it"),
    (
        "tokio-stream",
        "without its feature `sync` every crate above sqlx is compiled anew: it goes with the next such change",
    ),
];

#[test]
fn every_dependency_is_used() {
    let manifest = std::fs::read_to_string(super::root().join("Cargo.toml")).expect("the manifest");
    let files: Vec<super::Source> = rust().into_iter().chain(super::sources("tests", &[".rs"])).collect();
    let mut unused = Vec::new();
    let mut of_dependencies = false;
    let mut seen = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            of_dependencies = ["[dependencies]", "[dev-dependencies]"].contains(&line);
            continue;
        }
        let Some((name, _)) = line.split_once(" = ").filter(|_| of_dependencies) else { continue };
        seen += 1;
        let krate = name.trim().replace('-', "_");
        let named = |text: &str| text.contains(&format!("{krate}::")) || text.contains(&format!("use {krate}"));
        let used = files.iter().any(|file| named(&file.text));
        if used == UNNAMED.iter().any(|(unnamed, _)| *unnamed == name) {
            unused.push(format!("{name}: {}", if used { "used, and listed as unused" } else { "no file names it" }));
        }
    }
    assert!(seen > 50, "only {seen} found: the search is broken");
    none("dependencies that nothing uses", unused);
}

/// Where the modules lie that `text`, a file at `path`, declares for tests only, without the ending.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let base = match name {
        "mod.rs" | "lib.rs" => folder.to_owned(),
        _ => path.trim_end_matches(".rs").to_owned(),
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| pair[1].strip_prefix("mod ")?.strip_suffix(';'))
        .map(|name| format!("{base}/{name}"))
        .collect()
}

/// A file without the tests at its end.
fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[test]
fn domain_and_text_do_no_io() {
    let files = rust();
    let tests: Vec<String> = files.iter().flat_map(|file| test_modules(&file.path, &file.text)).collect();
    let findings = files
        .iter()
        .filter(|file| ["domain", "text"].contains(&room(&file.path)))
        .filter(|file| {
            !tests.iter().any(|test| file.path == format!("{test}.rs") || file.path.starts_with(&format!("{test}/")))
        })
        .flat_map(|file| impure(&file.path, before_tests(&file.text)))
        .collect();
    none("I/O in a pure room", findings);
}

#[test]
fn a_forbidden_import_is_seen() {
    assert_eq!(
        forbidden("src/domain/x.rs", "use crate::store::Store;"),
        ["src/domain/x.rs:1: domain must not import store"]
    );
    assert_eq!(forbidden("src/web/api/x.rs", "\nlet y = crate::engine::step();").len(), 1);
    assert_eq!(forbidden("src/store/x.rs", "use crate::{domain::ids, web, engine::x};").len(), 2);
    assert_eq!(forbidden("src/store/x.rs", "use crate::{domain::ids, time};\n// crate::web"), Vec::<String>::new());
    assert_eq!(forbidden("src/cli/x.rs", "use crate::engine::x;"), Vec::<String>::new());
    assert_eq!(impure("src/text/x.rs", "use std::fs;").len(), 1);
    assert_eq!(impure("src/text/x.rs", "    let t = std::fs::read(path)?;").len(), 1);
    assert_eq!(impure("src/text/x.rs", "use std::fmt;\n// std::fs::read").len(), 0);
    assert_eq!(test_modules("src/text/mod.rs", "mod a;\n#[cfg(test)]\nmod scores;\nmod b;"), ["src/text/scores"]);
    assert_eq!(test_modules("src/text/x.rs", "#[cfg(test)]\nmod tests {\n}"), Vec::<String>::new());
    assert_eq!(test_modules("src/text/x.rs", "#[cfg(test)]\nmod tests;"), ["src/text/x/tests"]);
    assert_eq!(before_tests("a\n#[cfg(test)]\nmod tests {\n std::fs"), "a\n");
}
