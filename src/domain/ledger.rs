//! The ledger (台账): an event as the row of `contract.md`, for replay, audit export and history on a page.

use serde_json::{Map, Value};

use super::incident::Event;
use super::instant::Instant;

/// Keys of an event that a ledger leaves out: bulk that other places hold.
const LEFT_OUT: [&str; 6] = ["warnings", "steps", "mentions", "mention", "others", "command"];

/// One row. `stream` is the incident's label (`@A`) or id.
pub fn row(at: Instant, incident: &str, event: &Event) -> Value {
    let stored = serde_json::to_value(event).unwrap_or_default();
    row_of(at, incident, event.name(), stored)
}

/// The same from the stored JSON of an event.
pub fn row_of(at: Instant, incident: &str, name: &str, stored: Value) -> Value {
    row_about("incident", at, incident, name, stored)
}

/// A row of an official post; `post` is its label (`@P`) or id.
pub fn row_of_post(at: Instant, post: &str, name: &str, stored: Value) -> Value {
    row_about("post", at, post, name, stored)
}

fn row_about(key: &str, at: Instant, subject: &str, name: &str, stored: Value) -> Value {
    let mut keys = match stored {
        Value::Object(keys) => keys,
        _ => Map::new(),
    };
    // First of all: what is taken out changes the order of what follows, and a ledger is the same as before there were hashes.
    keys.remove("shown");
    let mut row = Map::new();
    row.insert("at".into(), at.to_string().into());
    if let Some(effective) = keys.remove("effective_at") {
        row.insert("effective_at".into(), effective);
    }
    row.insert("event".into(), name.into());
    row.insert(key.into(), subject.into());
    if let Some(verdict) = verdict(name) {
        row.insert("verdict".into(), verdict.into());
    }
    keys.remove("event");
    if name == "escalated" {
        // Its words stand in `why`; rows of before it was named have those alone.
        keys.remove("cause");
    }
    // What was sealed holds the author's keyed hash, another one in each installation; a ledger is the same everywhere.
    let evidence = keys.get_mut("evidence").and_then(Value::as_array_mut);
    for piece in evidence.into_iter().flatten().filter_map(Value::as_object_mut) {
        piece.remove("sealed");
    }
    for (key, value) in keys {
        if !LEFT_OUT.contains(&key.as_str()) {
            row.insert(key, value);
        }
    }
    Value::Object(row)
}

/// The verdict that an event gives a clock.
fn verdict(name: &str) -> Option<&'static str> {
    match name {
        "clock_met" | "verdict_corrected" => Some("met"),
        "clock_breached" => Some("breached"),
        "clock_superseded" => Some("superseded"),
        "clock_cancelled" => Some("cancelled"),
        _ => None,
    }
}
