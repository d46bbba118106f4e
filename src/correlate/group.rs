//! A group of mentions about one matter: an incident's, or letters that may become one.

use std::collections::HashMap;

use super::features::{Features, WeightedWord};
use super::spread::Spread;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::{Instant, Span};

/// Words that a group's centre keeps.
const CENTRE_WORDS_MAX: usize = 512;
/// The centre is cut back to [`CENTRE_WORDS_MAX`] when it has grown to this.
const CENTRE_WORDS_GROWN: usize = 1024;
/// Letters that a group remembers one by one.
const LETTERS_MAX: usize = 256;

/// A group's number, rising, never used twice in one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub(super) u64);

/// A letter of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct LetterSeen {
    /// Which.
    pub mention: MentionId,
    /// When it was written, or else received.
    pub at: Instant,
    /// Keyed hash of its author.
    pub author: Option<String>,
    /// Whether its board shows an answer.
    pub answered: bool,
}

/// What a group is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// An incident's mentions; its id is known as soon as the store has given one.
    Incident {
        /// Which.
        id: Option<IncidentId>,
        /// Only an open one takes mentions by likeness.
        open: bool,
    },
    /// Letters that are no incident yet.
    Letters(Vec<LetterSeen>),
}

/// A group of mentions about one matter.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is.
    pub kind: Kind,
    /// Sum of its mentions' unit vectors.
    centre: HashMap<u64, f32>,
    /// Square of the centre's length.
    square: f32,
    /// Written first and last.
    first: Instant,
    last: Instant,
    /// Received last, for forgetting.
    pub seen: Instant,
    /// Reach.
    pub spread: Spread,
}

impl Group {
    /// An empty one.
    pub fn new(kind: Kind, at: Instant, seen: Instant) -> Self {
        Self { kind, centre: HashMap::new(), square: 0.0, first: at, last: at, seen, spread: Spread::default() }
    }

    /// Takes a mention's words in. Gives the words that the centre did not have.
    pub fn add(&mut self, features: &Features, at: Instant, seen: Instant) -> Vec<u64> {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.seen = self.seen.max(seen);
        let mut new = Vec::new();
        for word in &features.words {
            let weight = self.centre.entry(word.hash).or_insert_with(|| {
                new.push(word.hash);
                0.0
            });
            self.square += 2.0 * *weight * word.weight + word.weight * word.weight;
            *weight += word.weight;
        }
        self.cut_back();
        new
    }

    /// Takes a mention's words out again.
    pub fn remove(&mut self, features: &Features) {
        for word in &features.words {
            if let Some(weight) = self.centre.get_mut(&word.hash) {
                self.square += word.weight * word.weight - 2.0 * *weight * word.weight;
                *weight -= word.weight;
            }
        }
    }

    /// Keeps the heaviest words: a group of ten thousand long letters must not hold all their words.
    fn cut_back(&mut self) {
        if self.centre.len() < CENTRE_WORDS_GROWN {
            return;
        }
        let mut words: Vec<(u64, f32)> = self.centre.drain().collect();
        words.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        words.truncate(CENTRE_WORDS_MAX);
        self.square = words.iter().map(|(_, weight)| weight * weight).sum();
        self.centre = words.into_iter().collect();
    }

    /// Weight of a word in the centre, with which a mention's share is multiplied.
    pub fn weight(&self, word: &WeightedWord) -> f32 {
        self.centre.get(&word.hash).copied().unwrap_or(0.0)
    }

    /// Whether the centre holds the word.
    pub fn holds(&self, word: u64) -> bool {
        self.centre.contains_key(&word)
    }

    /// Cosine of a mention and the centre, given their dot product.
    pub fn cosine(&self, dot: f32) -> f32 {
        if self.square > 0.0 { dot / self.square.sqrt() } else { 0.0 }
    }

    /// Whether a mention of that instant lies within the window of its mentions.
    pub fn near(&self, at: Instant, window: Span) -> bool {
        at >= self.first - window && at <= self.last + window
    }

    /// Remembers a letter, the latest [`LETTERS_MAX`] of them.
    pub fn add_letter(&mut self, letter: LetterSeen) {
        if let Kind::Letters(letters) = &mut self.kind {
            if letters.len() >= LETTERS_MAX {
                letters.remove(0);
            }
            letters.push(letter);
        }
    }
}
