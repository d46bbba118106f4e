//! Rules of one kind, one a file: what all such folders have in common.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::error::RuleError;
use super::yaml::{Parsed, parse};

/// Reads each file, checks it, and refuses an id that another file has already; those without a mistake, in order of their
/// files. `term` is what a message calls such a rule.
pub fn each<T: DeserializeOwned>(
    files: &[(&str, &str)],
    term: &str,
    id: impl Fn(&T) -> &str,
    check: impl Fn(&Parsed<T>) -> Vec<RuleError>,
    errors: &mut Vec<RuleError>,
) -> Vec<T> {
    let mut rules = Vec::new();
    let mut ids: BTreeMap<String, &str> = BTreeMap::new();
    for (path, text) in files {
        let file = match parse::<T>(path, text) {
            Ok(file) => file,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let mut mistakes = check(&file);
        let own = id(&file.value);
        if let Some(first) = ids.insert(own.to_owned(), path) {
            mistakes.push(file.error(&["id"], format!("{term}编号 {own} 重复，已用于 {first}"), "换一个编号"));
        }
        if mistakes.is_empty() {
            rules.push(file.value);
        } else {
            errors.extend(mistakes);
        }
    }
    rules
}
