//! Rumour signal (谣言信号): what is written like a rumour. A signal, never a verdict: it looks at style, not at truth.

use super::analysis::Reason;
use super::department::round3;
use super::linear::{Grams, Learnt, Linear, logistic};

const GRAMS_QUOTED_MAX: usize = 6;
/// From here on a text looks like a rumour (`contract.md`).
const LOOKS_LIKE_MIN: f64 = 0.5;

/// How much a text reads like a rumour, 0..1, and what makes it look so if it does.
pub fn rumour(linear: &Linear, grams: &Grams) -> (f64, Option<Reason>) {
    let score = round3(logistic(linear.scores(Learnt::Rumour, grams)[0]));
    if score < LOOKS_LIKE_MIN {
        return (score, None);
    }
    let heaviest = linear.heaviest(Learnt::Rumour, 0, grams, 4 * GRAMS_QUOTED_MAX);
    let shown: Vec<String> = heaviest
        .into_iter()
        .filter(|(_, share)| *share > 0.0)
        .take(GRAMS_QUOTED_MAX)
        .map(|(gram, share)| format!("“{gram}” {share:+.2}"))
        .collect();
    let why = format!("行文近似谣言（{score:.2}，仅为信号）：{}", shown.join("、"));
    (score, Some(Reason { of: "rumour".to_owned(), why }))
}
