//! The image can be built from what its context holds, and can do in it what it promises.

use super::{none, root, rust};

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Whether `.dockerignore` lets a path into the build: the last line that speaks of it decides.
fn in_context(rules: &str, path: &str) -> bool {
    let mut included = true;
    for line in rules.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (pattern, lets_in) = line.strip_prefix('!').map_or((line, false), |pattern| (pattern, true));
        let pattern = pattern.trim_end_matches('/');
        if pattern == "*" || path == pattern || path.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('/')) {
            included = lets_in;
        }
    }
    included
}

/// What a file's `name!("…")` and `#[folder = "…"]` bring into the binary, from the root.
fn embedded(path: &str, text: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let quoted = |after: &str| after.split('"').nth(1).map(str::to_owned);
    let mut found = Vec::new();
    for (opening, relative) in [("include_str!(", true), ("include_bytes!(", true), ("#[folder", false)] {
        for after in text.split(opening).skip(1) {
            let Some(name) = quoted(after) else { continue };
            found.push(if relative { normal(folder, &name) } else { name });
        }
    }
    found
}

/// `src/text` and `../../models/a` → `models/a`.
fn normal(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// What the image's stage for the dashboards makes.
const MADE: &str = "dashboards/web/dist";

#[test]
fn all_that_the_binary_embeds_is_in_the_build_context() {
    let rules = read(".dockerignore");
    let mut missing = Vec::new();
    let mut seen = 0;
    for file in rust() {
        for path in embedded(&file.path, &file.text) {
            seen += 1;
            if !root().join(&path).exists() && path != MADE {
                missing.push(format!("{}: {path} does not exist", file.path));
            } else if !in_context(&rules, &path) && path != MADE {
                missing.push(format!("{}: {path} is left out by .dockerignore", file.path));
            }
        }
    }
    assert!(seen > 20, "only {seen} found: the search is broken");
    for path in ["Cargo.toml", "Cargo.lock", "build.rs", "src/main.rs"] {
        assert!(in_context(&rules, path), "{path}");
    }
    none("what the image can't be built with", missing);
}

#[test]
fn all_that_the_image_copies_is_there() {
    let (rules, text) = (read(".dockerignore"), read("Dockerfile"));
    let mut missing = Vec::new();
    let mut copies = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        let mut parts: Vec<&str> = line.split_whitespace().collect();
        parts.pop();
        if parts.iter().any(|part| part.starts_with("--from=")) {
            continue;
        }
        for source in parts.into_iter().filter(|part| !part.starts_with("--") && *part != ".") {
            copies += 1;
            if !root().join(source).exists() || !in_context(&rules, source) {
                missing.push(format!("COPY {source}"));
            }
        }
    }
    assert!(copies > 3, "only {copies} found: the search is broken");
    none("what the image copies and its context doesn't have", missing);
}

/// The number that follows a text.
fn number_after(text: &str, before: &str) -> u32 {
    let after = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before}"));
    after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number")
}

#[test]
fn pg_dump_in_the_image_is_as_new_as_the_server_beside_it() {
    let (client, server) = (
        number_after(&read("Dockerfile"), "postgresql-client-"),
        number_after(&read("compose.yaml"), "image: postgres:"),
    );
    assert!(client >= server, "pg_dump {client} refuses a server {server}");
    assert!(!read("compose.yaml").contains("POSTGRES_USER: huiying"), "that would make the service a superuser");
}

#[test]
fn a_context_is_read_as_docker_reads_it() {
    let rules = "*\n!src\n!web\nweb/dist\n";
    for (path, wanted) in [("src/a.rs", true), ("srcs", false), ("web/x", true), ("web/dist/y", false), ("z", false)] {
        assert_eq!(in_context(rules, path), wanted, "{path}");
    }
    assert_eq!(embedded("src/a/b.rs", r#"include_str!("../../m/x.tsv")"#), ["m/x.tsv"]);
    assert_eq!(embedded("src/a.rs", r#"#[folder = "web/dist"]"#), ["web/dist"]);
}
