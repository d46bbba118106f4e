//! The README's commands exist: every `make` target stands in the Makefile, every `huiying` command and flag in `--help`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::{none, root};

const READMES: &[&str] = &["README.md", "README.zh-CN.md"];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The command lines in the fenced blocks of a page: prompts, comments and continuation lines put right.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut shell = false;
    let mut pending = String::new();
    for line in page.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            inside = !inside;
            shell = inside && ["sh", "bash", "console"].contains(&info.trim());
            continue;
        }
        if !shell {
            continue;
        }
        let line = line.trim().trim_start_matches("$ ");
        let line = line.split(" #").next().unwrap_or_default();
        pending.push_str(line.trim_end_matches('\\'));
        if line.ends_with('\\') {
            continue;
        }
        let whole = std::mem::take(&mut pending).trim().to_owned();
        if !whole.is_empty() && !whole.starts_with('#') {
            found.push(whole);
        }
    }
    found
}

/// The targets that a Makefile declares with a description.
fn targets(makefile: &str) -> BTreeSet<String> {
    makefile
        .lines()
        .filter(|line| line.contains(":") && line.contains("## "))
        .filter_map(|line| line.split(':').next())
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .map(str::to_owned)
        .collect()
}

/// What `huiying ARGS --help` prints, or nothing where it fails.
fn help(arguments: &[&str]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_huiying")).args(arguments).arg("--help").output().expect("runs");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What of a command line (pipes taken apart) the binary doesn't know.
fn unknown(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in line.split(['|', ';', '&']) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let Some(at) = words.iter().position(|word| *word == "huiying" || word.ends_with("/huiying")) else { continue };
        if words[..at].iter().any(|word| !word.contains('=') && *word != "sudo") {
            continue;
        }
        let arguments = &words[at + 1..];
        let mut path: Vec<&str> = arguments.first().copied().into_iter().collect();
        let Some(mut text) = help(&path) else {
            found.push(format!("`{line}`: no such command"));
            continue;
        };
        // `rules check`, `user add`: a second word that is a command of its own.
        if let Some(second) = arguments.get(1).filter(|word| word.chars().all(|c| c.is_ascii_lowercase()))
            && text.contains("Commands:")
        {
            path.push(second);
            match help(&path) {
                Some(deeper) => text = deeper,
                None => found.push(format!("`{line}`: no such command")),
            }
        }
        for flag in arguments.iter().filter(|word| word.starts_with("--") && word.len() > 2) {
            let flag = flag.split('=').next().unwrap_or(flag);
            let known = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(|word| word == flag);
            if !known {
                found.push(format!("`{line}`: no flag {flag}"));
            }
        }
    }
    found
}

#[test]
fn every_command_shows_an_example() {
    let all = help(&[]).expect("huiying --help");
    let listed =
        all.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = listed.filter_map(|line| line.split_whitespace().next()).filter(|n| *n != "help").collect();
    assert!(names.len() >= 17, "{names:?}");
    let without = names.iter().filter(|name| help(&[name]).is_none_or(|text| !text.contains("例：")));
    none("commands whose --help shows no example", without.map(|name| (*name).to_owned()).collect());
}

#[test]
fn every_make_target_of_the_readmes_exists() {
    let known = targets(&read("Makefile"));
    for page in READMES {
        let used: BTreeSet<String> = commands(&read(page))
            .iter()
            .filter_map(|line| line.strip_prefix("make "))
            .filter_map(|rest| rest.split_whitespace().next())
            .map(str::to_owned)
            .collect();
        assert!(used.contains("run") && used.contains("test"), "{page} doesn't show `make run` and `make test`");
        let missing: Vec<String> = used.difference(&known).map(|name| format!("{page}: make {name}")).collect();
        none("targets that the Makefile lacks", missing);
    }
}

#[test]
fn every_command_of_the_readmes_exists() {
    let mut shown = Vec::new();
    for page in READMES {
        let lines: Vec<String> = commands(&read(page)).into_iter().filter(|line| line.contains("huiying ")).collect();
        assert!(lines.len() >= 8, "{page} shows only {} commands", lines.len());
        none(page, lines.iter().flat_map(|line| unknown(line)).collect());
        shown.push(
            lines.iter().map(|line| line.split('#').next().unwrap_or_default().trim().to_owned()).collect::<Vec<_>>(),
        );
    }
    assert_eq!(shown[0], shown[1], "both READMEs show the same commands in the same order");
}

#[test]
fn a_wrong_command_is_seen() {
    assert_eq!(
        commands("```sh\n$ make run # go\n# note\nhuiying a \\\n  --b\n```\nmake none\n```json\nmake none\n```\n"),
        ["make run", "huiying a --b"]
    );
    assert!(targets("run: ## runs\n").contains("run"));
    assert_eq!(unknown("huiying serve"), Vec::<String>::new());
    assert_eq!(unknown("huiying nosuch").len(), 1);
    assert_eq!(unknown("cat x | huiying serve --nosuch").len(), 1);
    assert_eq!(unknown("huiying verify --rules rules"), Vec::<String>::new());
}

/// The keys of a configuration, `section.key`.
fn configuration_keys() -> BTreeSet<String> {
    let config = serde_json::to_value(huiying::config::Config::default()).expect("a configuration is JSON");
    let mut keys = BTreeSet::new();
    for (section, values) in config.as_object().expect("sections") {
        keys.extend(values.as_object().expect("keys").keys().map(|key| format!("{section}.{key}")));
    }
    keys
}

#[test]
fn every_configuration_key_stands_in_the_readmes() {
    let keys = configuration_keys();
    assert!(keys.contains("database.url"), "{keys:?}");
    for page in READMES {
        let text = read(page);
        let shown: BTreeSet<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|line| line.split('`').next())
            .map(str::to_owned)
            .collect();
        none(page, keys.symmetric_difference(&shown).cloned().collect());
    }
}
