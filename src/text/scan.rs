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
    /// The words that stand in the text, in the order of their numbers, each with where its places begin.
    words: Vec<(WordId, u32)>,
    places: Vec<Place>,
    /// A bit for each word of the scanner: rules ask for hundreds of words that are not there, and a bit tells at once.
    there: Vec<u64>,
}

impl Scanner {
    /// The word of a number.
    pub fn word(&self, id: WordId) -> &str {
        &self.words[id as usize]
    }

    /// Finds all words, overlapping ones too, in a normalised text. A word of Latin letters or digits must stand alone:
    /// `app` is not found in `apple`.
    pub fn scan(&self, text: &str) -> Hits {
        let mut found: Vec<(WordId, Place)> = Vec::with_capacity(64);
        let (mut at_byte, mut at_char) = (0, 0);
        for hit in self.automaton.find_overlapping_iter(text) {
            let word = hit.pattern().as_usize();
            at_char += text[at_byte..hit.end()].chars().count();
            at_byte = hit.end();
            if stands_alone(text, hit.start(), hit.end()) {
                found.push((word as WordId, Place { start: at_char - self.lengths[word], end: at_char }));
            }
        }
        found.sort_unstable_by_key(|(word, place)| (*word, place.start));
        let mut hits = Hits {
            words: Vec::with_capacity(found.len()),
            places: Vec::with_capacity(found.len()),
            there: vec![0; self.words.len().div_ceil(64)],
        };
        for (word, place) in found {
            if hits.words.last().is_none_or(|(last, _)| *last != word) {
                hits.words.push((word, hits.places.len() as u32));
                hits.there[word as usize / 64] |= 1 << (word % 64);
            }
            hits.places.push(place);
        }
        hits
    }
}

impl Hits {
    /// Places of a word, in the order of the text.
    pub fn of(&self, word: WordId) -> &[Place] {
        if !self.has(word) {
            return &[];
        }
        self.words.binary_search_by_key(&word, |(id, _)| *id).map_or(&[][..], |at| self.places_at(at))
    }

    /// Whether the word stands in the text.
    pub fn has(&self, word: WordId) -> bool {
        self.there.get(word as usize / 64).is_some_and(|bits| bits >> (word % 64) & 1 == 1)
    }

    /// The words that stand in the text, with their places: what a judge starts from, so that ten thousand words that are
    /// not there cost nothing.
    pub fn found(&self) -> impl Iterator<Item = (WordId, &[Place])> {
        self.words.iter().enumerate().map(|(at, (word, _))| (*word, self.places_at(at)))
    }

    fn places_at(&self, at: usize) -> &[Place] {
        let end = self.words.get(at + 1).map_or(self.places.len(), |(_, first)| *first as usize);
        &self.places[self.words[at].1 as usize..end]
    }
}

/// What a judge knows of words, looked up by their numbers.
pub struct ByWord<T> {
    /// `items[first[w]..first[w + 1]]` belong to word `w`; words beyond the last have none.
    first: Vec<u32>,
    items: Vec<T>,
}

impl<T> ByWord<T> {
    /// Of pairs in any order; those of one word keep theirs.
    pub fn new(mut pairs: Vec<(WordId, T)>) -> Self {
        pairs.sort_by_key(|(word, _)| *word);
        let mut first = vec![0u32; pairs.last().map_or(1, |(word, _)| *word as usize + 2)];
        pairs.iter().for_each(|(word, _)| first[*word as usize + 1] += 1);
        for word in 1..first.len() {
            first[word] += first[word - 1];
        }
        Self { first, items: pairs.into_iter().map(|(_, item)| item).collect() }
    }

    /// What is known of a word.
    pub fn of(&self, word: WordId) -> &[T] {
        match (self.first.get(word as usize), self.first.get(word as usize + 1)) {
            (Some(from), Some(to)) => &self.items[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// What is known of the words that stand in a text, each with its word and places, in the order of the words' numbers.
    pub fn found<'a>(&'a self, hits: &'a Hits) -> impl Iterator<Item = (WordId, &'a [Place], &'a T)> {
        hits.found().flat_map(|(word, places)| self.of(word).iter().map(move |item| (word, places, item)))
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
        assert_eq!((hits.found().count(), hits.of(99).len(), hits.has(99)), (3, 0, false));
        let known = ByWord::new(vec![(c, 1), (a, 2), (c, 3)]);
        let found: Vec<(WordId, i32)> = known.found(&hits).map(|(word, _, item)| (word, *item)).collect();
        assert_eq!(found, [(a, 2), (c, 1), (c, 3)]);
    }
}
