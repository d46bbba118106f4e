//! Keywords (关键词): the words that say most of what a text is about, by how often they stand there and how rarely elsewhere.

use std::collections::HashMap;

use super::analysis::Keyword;
use super::department::round3;
use super::lexicon::lines;
use super::model::Model;

const STOP_WORDS: &str = include_str!("../../models/stopwords.tsv");
/// Most keywords of a text.
const KEYWORDS_MAX: usize = 10;
/// How often a word of the title counts.
const TITLE_COUNT: u32 = 3;
/// Least rarity that a word is given.
const RARITY_MIN: f32 = 0.1;
/// Different words of a text that are weighed; the rest of a very long one adds none.
const WORDS_WEIGHED_MAX: usize = 3000;
/// Longest word: longer tokens are addresses and numbers.
const WORD_CHARS_MAX: usize = 16;

/// Words that say nothing of what a text is about.
pub fn stop_words() -> std::collections::HashSet<&'static str> {
    lines(STOP_WORDS).map(|line| line[0]).collect()
}

/// The stop words.
pub struct Keywords {
    stop: std::collections::HashSet<&'static str>,
}

impl Keywords {
    /// The stop words.
    pub fn stop_words(&self) -> &std::collections::HashSet<&'static str> {
        &self.stop
    }
}

impl Default for Keywords {
    fn default() -> Self {
        Self { stop: stop_words() }
    }
}

impl Keywords {
    /// The keywords, heaviest first; the weights are shares of the text's sum.
    pub fn of(&self, model: &Model, title: &[&str], body: &[&str]) -> Vec<Keyword> {
        let mut counts: HashMap<&str, u32> = HashMap::new();
        let mut order: Vec<&str> = Vec::new();
        let counted = title.iter().map(|word| (word, TITLE_COUNT)).chain(body.iter().map(|word| (word, 1)));
        for (word, count) in counted {
            if counts.len() >= WORDS_WEIGHED_MAX && !counts.contains_key(word) || !self.tells(word) {
                continue;
            }
            let sum = counts.entry(word).or_insert(0);
            if *sum == 0 {
                order.push(word);
            }
            *sum += count;
        }
        let mut weighed: Vec<(&str, f64)> = order
            .iter()
            .map(|word| (*word, f64::from(counts[word]) * f64::from(model.rarity(word).max(RARITY_MIN))))
            .collect();
        let sum: f64 = weighed.iter().map(|(_, weight)| weight).sum();
        // Equal weights keep the order of the text.
        weighed.sort_by(|a, b| b.1.total_cmp(&a.1));
        weighed.truncate(KEYWORDS_MAX);
        let keyword = |(word, weight): (&str, f64)| Keyword { word: word.to_owned(), weight: round3(weight / sum) };
        weighed.into_iter().map(keyword).collect()
    }

    /// Whether a word can be a keyword: two characters or more, no number, no stop word.
    fn tells(&self, word: &str) -> bool {
        let mut chars = word.chars();
        let (first, second) = (chars.next(), chars.next());
        first.is_some()
            && second.is_some()
            && word.chars().nth(WORD_CHARS_MAX).is_none()
            && !self.stop.contains(word)
            && word.chars().any(char::is_alphabetic)
            && !word.starts_with(|c: char| c.is_ascii_digit())
    }
}
