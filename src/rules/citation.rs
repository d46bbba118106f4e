//! What entitles an office to a rule: a clause that is cited, or a plain word that no law says so.

use super::error::RuleError;
use super::yaml::Parsed;

/// A rule that says of a duty that no law gives it.
pub const OWN: &str = "本办自定";

/// Whether a text names a document.
pub fn cites(text: &str) -> bool {
    ["号", "§", "〔", "通知", "条例", "办法", "法》", "规定"].iter().any(|mark| text.contains(mark))
}

/// The mistake of a text that neither cites nor says that it is the office's own.
pub fn check<T>(file: &Parsed<T>, at: &[&str], text: &str) -> Option<RuleError> {
    let missing = !cites(text) && !text.contains(OWN);
    missing.then(|| file.error(at, "没有写明依据", format!("引用条款（如 通知二（四）、80号），或写“{OWN}”")))
}
