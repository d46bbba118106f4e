//! Rumour signal (谣言信号): what is written like a rumour. A signal, never a verdict: it looks at style, not at truth.

use super::analysis::Reason;
use super::department::round3;
use super::model::{Head, Scores};

/// From here on a text looks like a rumour (`contract.md`).
pub const LOOKS_LIKE_MIN: f64 = 0.5;

/// Added to the model's score. Chosen on the dev halves: at 0 a seventh of the rumours is missed more, at 0.9 twice as many
/// plain reports of accidents look like one.
const SHIFT: f64 = 0.6;

/// How much a text reads like a rumour, 0..1.
pub fn rumour(scores: &Scores) -> f64 {
    scores.head(Head::Rumour).first().map_or(0.0, |score| round3(logistic(f64::from(*score) + SHIFT)))
}

/// The logistic function.
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// What denies a report of an event (辟谣) tells of a rumour, however soberly it is written: at least this much.
const DENIED: f64 = 0.6;

/// The signal of a text that denies an event.
pub fn denied(style: f64) -> f64 {
    style.max(DENIED)
}

/// Why such a text is one: by these words.
pub fn denial(words: &str) -> Reason {
    let why = format!("文中对所述事件辟谣（“{words}”），按不实信息线索处理（仅为信号）");
    Reason { of: "rumour".to_owned(), why }
}
