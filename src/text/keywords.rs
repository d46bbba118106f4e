//! Keywords (关键词): the words that say most of what a text is about, by frequency there against frequency in general.

use std::collections::HashMap;

use jieba_rs::Jieba;

use super::analysis::Keyword;
use super::department::round3;
use super::lexicon::lines;

const STOP_WORDS: &str = include_str!("../../models/stopwords.tsv");
/// Most keywords of a text.
const KEYWORDS_MAX: usize = 10;
/// How often a word of the title counts.
const TITLE_COUNT: u32 = 3;
/// Words counted in jieba's dictionary altogether, about.
const DICTIONARY_TOTAL: f64 = 6.0e7;
/// Different words of a text that are weighed; the rest of a very long one adds none.
const WORDS_WEIGHED_MAX: usize = 3000;
/// Longest word: longer tokens are addresses and numbers.
const WORD_CHARS_MAX: usize = 16;

/// The stop words.
pub struct Keywords {
    stop: std::collections::HashSet<&'static str>,
}

impl Default for Keywords {
    fn default() -> Self {
        Self { stop: lines(STOP_WORDS).map(|line| line[0]).collect() }
    }
}

impl Keywords {
    /// The keywords, heaviest first; the weights are shares of the text's sum.
    pub fn of(&self, jieba: &Jieba, title: &[&str], body: &[&str]) -> Vec<Keyword> {
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
            .map(|word| {
                let rarity = (DICTIONARY_TOTAL / (jieba.suggest_freq(word) as f64 + 20.0)).ln().max(0.0);
                (*word, f64::from(counts[word]) * rarity)
            })
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
