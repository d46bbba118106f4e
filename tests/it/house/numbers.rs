//! What `/metrics` tells is described, and what the dashboard and the alert rules ask for is told.

use std::collections::BTreeSet;

use huiying::telemetry::{Kind, NUMBERS};

use super::{rust, sources};

/// Names of numbers in a text.
fn named(text: &str) -> BTreeSet<String> {
    let pieces = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    pieces.filter(|piece| piece.starts_with("huiying_")).map(str::to_owned).collect()
}

#[test]
fn every_number_is_described_and_every_described_one_is_told() {
    let described: BTreeSet<String> = NUMBERS.iter().map(|(_, name, _)| (*name).to_owned()).collect();
    assert_eq!(described.len(), NUMBERS.len(), "one is described twice");
    let mut told = BTreeSet::new();
    for file in rust().iter().filter(|file| file.path.starts_with("src/") && !file.path.starts_with("src/telemetry")) {
        for line in file.text.lines().filter(|line| line.contains("!(\"huiying_") || line.contains("(\"huiying_")) {
            told.extend(named(line));
        }
    }
    assert!(told.len() > 20, "{told:?}");
    assert_eq!(told, described);
}

#[test]
fn the_dashboard_and_the_alerts_ask_for_what_is_told() {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (kind, name, _) in NUMBERS {
        match kind {
            Kind::Histogram => known.extend(["_bucket", "_sum", "_count"].map(|part| format!("{name}{part}"))),
            Kind::Counter | Kind::Gauge => known.extend([name.to_owned()]),
        }
    }
    let mut asked = 0;
    for file in sources("dashboards", &["huiying.json", "alerts.yaml"]) {
        for name in named(&file.text) {
            asked += 1;
            assert!(known.contains(&name), "{}: nothing tells {name}", file.path);
        }
    }
    assert!(asked > 20, "{asked}");
}
