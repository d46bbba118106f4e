//! What correlation needs of one text, computed once and in parallel: its weighted words and its near-duplicate signature.

use std::collections::HashMap;

use super::frequency::WordFrequency;
use super::near_duplicate::Print;

/// A word of the title counts so many times: people put what it is about there.
const TITLE_WEIGHT: f32 = 3.0;

/// Words of a text that are looked at; what stands behind is rarely what it is about.
const TEXT_WORDS_MAX: usize = 400;

/// A word with its share of the text's unit vector.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedWord {
    /// Hash of the word: groups keep no text.
    pub hash: u64,
    /// Share; the squares of all sum up to 1.
    pub weight: f32,
    /// The word, to name it in a reason.
    pub word: Box<str>,
}

/// What correlation compares.
#[derive(Clone, Debug)]
pub struct Features {
    /// Words that tell matters apart, by hash.
    pub words: Vec<WeightedWord>,
    /// For near duplicates.
    pub print: Print,
}

impl Features {
    /// Of a title and a text with their words (`text::Analyser::tokens`). `common` are names that nearly every mention of
    /// this office holds, such as the city's own: they tell no matters apart.
    pub fn new<'a>(frequency: &WordFrequency, title: Text<'a>, text: Text<'a>, common: impl Fn(&str) -> bool) -> Self {
        let mut counts: HashMap<&str, f32> = HashMap::new();
        for word in title.words {
            *counts.entry(word).or_default() += TITLE_WEIGHT;
        }
        for word in text.words.iter().take(TEXT_WORDS_MAX) {
            *counts.entry(word).or_default() += 1.0;
        }
        let mut words: Vec<WeightedWord> = counts
            .into_iter()
            .filter(|(word, _)| !common(word))
            .filter_map(|(word, count)| {
                let weight = frequency.weight(word)? * (1.0 + count.ln());
                Some(WeightedWord { hash: hash_of(word), weight, word: word.into() })
            })
            .collect();
        // By hash: sums then run in one order, and a replay gives the same bits.
        words.sort_unstable_by_key(|word| word.hash);
        let length = words.iter().map(|word| word.weight * word.weight).sum::<f32>().sqrt();
        if length > 0.0 {
            for word in &mut words {
                word.weight /= length;
            }
        }
        Self { words, print: Print::new(title.text, text.text) }
    }
}

/// A text with its words.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// As it was written.
    pub text: &'a str,
    /// Its words in order.
    pub words: &'a [String],
}

/// FNV-1a: the same on every machine and in every version, unlike the standard library's hasher.
pub(super) fn hash_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
