//! Ids in rule files: short, plain, stable.

use super::error::RuleError;
use super::yaml::Parsed;

/// Characters of an id.
const ID_CHARS_MAX: usize = 64;

/// Whether it is lower-case letters, digits, `_` and `-`, beginning with a letter.
pub fn is_plain(id: &str) -> bool {
    id.len() <= ID_CHARS_MAX
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
}

/// The mistake of an id that is empty or not plain, if it is.
pub fn check<T>(file: &Parsed<T>, at: &[&str], id: &str) -> Vec<RuleError> {
    if id.trim().is_empty() {
        return vec![file.error(at, "id 是空的", "写一个编号：小写字母、数字、- 和 _")];
    }
    if !is_plain(id) {
        return vec![file.error(
            at,
            format!("id“{id}”不合规"),
            "以小写字母开头，只用小写字母、数字、- 和 _，至多 64 个字符",
        )];
    }
    Vec::new()
}
