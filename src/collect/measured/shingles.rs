//! Runs of four words, as the scorers of the material count them.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

static HAN_OR_WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\x{3400}-\x{9fff}\x{f900}-\x{faff}]|[A-Za-z0-9]+").unwrap());
static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\w+").unwrap());

/// How often each run of four occurs.
pub type Shingles = HashMap<Vec<String>, i64>;

/// Of Chinese text: a word is a character.
pub fn chinese(text: &str) -> Shingles {
    let text = text.nfkc().collect::<String>().to_lowercase();
    of(HAN_OR_WORD.find_iter(&text).map(|found| found.as_str().to_owned()).collect())
}

/// Of English text.
pub fn english(text: &str) -> Shingles {
    of(WORD.find_iter(text).map(|found| found.as_str().to_owned()).collect())
}

fn of(words: Vec<String>) -> Shingles {
    let mut all = Shingles::new();
    for run in words.windows(4.min(words.len().max(1))) {
        *all.entry(run.to_vec()).or_default() += 1;
    }
    all
}

/// Precision and recall; what is `neutral` counts for neither.
pub fn compare(gold: &Shingles, neutral: &Shingles, found: &Shingles) -> (f64, f64) {
    let count = |all: &Shingles, run: &Vec<String>| all.get(run).copied().unwrap_or(0);
    let right: i64 = gold.iter().map(|(run, n)| (*n).min(count(found, run))).sum();
    let wrong: i64 = found.iter().map(|(run, n)| (n - count(gold, run) - count(neutral, run)).max(0)).sum();
    let missed: i64 = gold.iter().map(|(run, n)| (n - count(found, run)).max(0)).sum();
    let share = |other: i64| if right + other > 0 { right as f64 / (right + other) as f64 } else { 0.0 };
    (share(wrong), share(missed))
}

/// Their harmonic mean.
pub fn f1((precision, recall): (f64, f64)) -> f64 {
    if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
}
