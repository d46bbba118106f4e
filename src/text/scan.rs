//! One pass over a text for every word that anything here looks for (Aho–Corasick over all lexicons and rules).

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::expression::Place;
use super::normalise::{normalise, stands_alone};

/// Number of a word in the scanner.
pub type WordId = u32;

/// Collects words before the scanner is built; the same word asked for twice is one word.
#[derive(Default)]
pub struct Words {
    ids: HashMap<String, WordId>,
    words: Vec<String>,
}

impl Words {
    /// The number of a word, after normalisation; `None` if nothing is left of it.
    pub fn add(&mut self, word: &str) -> Option<WordId> {
        let word = normalise(word);
        if word.is_empty() {
            return None;
        }
        if let Some(id) = self.ids.get(&word) {
            return Some(*id);
        }
        let id = WordId::try_from(self.words.len()).ok()?;
        self.ids.insert(word.clone(), id);
        self.words.push(word);
        Some(id)
    }

    /// Builds the scanner.
    pub fn build(self) -> Scanner {
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::Standard)
            .build(&self.words)
            .expect("a few thousand short words are far below the automaton's limits");
        let lengths = self.words.iter().map(|word| word.chars().count()).collect();
        Scanner { automaton, words: self.words, lengths }
    }
}

/// The built automaton.
pub struct Scanner {
    automaton: AhoCorasick,
    words: Vec<String>,
    lengths: Vec<usize>,
}

/// Where each word stands in one text, in characters.
pub struct Hits {
    /// `places[first[w]..first[w + 1]]` are those of word `w`.
    first: Vec<u32>,
    places: Vec<Place>,
}

impl Scanner {
    /// The word of a number.
    pub fn word(&self, id: WordId) -> &str {
        &self.words[id as usize]
    }

    /// Finds all words, overlapping ones too, in a normalised text. A word of Latin letters or digits must stand alone:
    /// `app` is not found in `apple`.
    pub fn scan(&self, text: &str) -> Hits {
        let mut found: Vec<(WordId, Place)> = Vec::new();
        let (mut at_byte, mut at_char) = (0, 0);
        for hit in self.automaton.find_overlapping_iter(text) {
            let word = hit.pattern().as_usize();
            at_char += text[at_byte..hit.end()].chars().count();
            at_byte = hit.end();
            if stands_alone(text, hit.start(), hit.end()) {
                found.push((word as WordId, Place { start: at_char - self.lengths[word], end: at_char }));
            }
        }
        let mut first = vec![0u32; self.words.len() + 1];
        for (word, _) in &found {
            first[*word as usize + 1] += 1;
        }
        for word in 1..first.len() {
            first[word] += first[word - 1];
        }
        let mut next = first.clone();
        let mut places = vec![Place { start: 0, end: 0 }; found.len()];
        for (word, place) in found {
            let slot = &mut next[word as usize];
            places[*slot as usize] = place;
            *slot += 1;
        }
        Hits { first, places }
    }
}

impl Hits {
    /// Places of a word, in the order of the text.
    pub fn of(&self, word: WordId) -> &[Place] {
        let (from, to) = (self.first[word as usize], self.first[word as usize + 1]);
        &self.places[from as usize..to as usize]
    }

    /// Whether the word stands in the text.
    pub fn has(&self, word: WordId) -> bool {
        self.first[word as usize] != self.first[word as usize + 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_words_are_all_found_in_characters() {
        let mut words = Words::default();
        let (a, b) = (words.add("自来水").unwrap(), words.add("来水").unwrap());
        let c = words.add("APP").unwrap();
        assert_eq!(words.add("自来水"), Some(a));
        let hits = words.build().scan("🙂自来水app和apple");
        assert_eq!(hits.of(a), [Place { start: 1, end: 4 }]);
        assert_eq!(hits.of(b), [Place { start: 2, end: 4 }]);
        assert_eq!(hits.of(c), [Place { start: 4, end: 7 }]);
    }
}
