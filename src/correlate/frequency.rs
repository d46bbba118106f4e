//! How common words are: document frequencies of everyday Chinese (`models/word-frequency.md`).

use std::collections::HashMap;

/// The table, counted once and kept with the program.
const TABLE: &str = include_str!("../../models/word-frequency.tsv");

/// A word that is not in the table counts as standing in so many texts: names of places, firms and people.
const UNKNOWN_WORD_TEXTS: f32 = 15.0;

/// A word's weight below which it says nothing about which matter it is (`ln` of texts per text with the word).
const WEIGHT_MIN: f32 = 4.0;

/// How much a shared word says about "the same matter".
#[derive(Debug)]
pub struct WordFrequency {
    texts: f32,
    counts: HashMap<&'static str, u32>,
}

impl WordFrequency {
    /// Reads the table that comes with the program.
    pub fn built_in() -> Self {
        let mut texts = 1;
        let mut counts = HashMap::new();
        for (word, count) in TABLE.lines().filter_map(|line| line.split_once('\t')) {
            // The table is the program's own: its test reads every line.
            let count: u32 = count.parse().unwrap_or(0);
            if word == "#texts" {
                texts = count;
            } else {
                counts.insert(word, count);
            }
        }
        Self { texts: texts as f32, counts }
    }

    /// Whether the table has the word.
    pub fn knows(&self, word: &str) -> bool {
        self.counts.contains_key(word)
    }

    /// The weight of a word (idf); `None` for what is too common, or too short, to tell matters apart.
    pub fn weight(&self, word: &str) -> Option<f32> {
        let mut chars = word.chars();
        let (first, second) = (chars.next()?, chars.next());
        // A single character says little; a number may be a bus line or a building.
        if second.is_none() && !first.is_ascii_digit() {
            return None;
        }
        let count = self.counts.get(word).map_or(UNKNOWN_WORD_TEXTS, |&count| count as f32);
        let weight = ((self.texts + 1.0) / (count + 1.0)).ln();
        (weight >= WEIGHT_MIN).then_some(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_reads() {
        let table = WordFrequency::built_in();
        assert!(table.texts > 10_000.0);
        assert_eq!(table.counts.len() + 1, TABLE.lines().count(), "each word once, each line a word and a count");
        assert!(table.counts.values().all(|&count| count >= 40), "rarer words could come from a single writer");
    }

    #[test]
    fn names_weigh_more_than_everyday_words() {
        let table = WordFrequency::built_in();
        assert_eq!(table.weight("没有"), None);
        assert_eq!(table.weight("站"), None, "a single character");
        assert!(table.weight("8").is_some(), "a number may name a bus line");
        let (name, word) = (table.weight("丽发新城").unwrap(), table.weight("噪音").unwrap());
        assert!(name > word, "{name} {word}");
    }
}
