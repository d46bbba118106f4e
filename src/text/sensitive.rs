//! Sensitivity (敏感): matters that call for care whatever their grade, by expressions of `models/sensitive.tsv`.

use super::analysis::Reason;
use super::expression::Expression;
use super::lexicon::lines;
use super::scan::{ByWord, Hits, Scanner, WordId, Words};

const SIGNALS: &str = include_str!("../../models/sensitive.tsv");
const WORDS_QUOTED_MAX: usize = 5;

struct Signal {
    name: &'static str,
    when: Expression,
    ids: Vec<WordId>,
}

/// The signals, ready to be looked up.
pub struct Signals {
    signals: Vec<Signal>,
    /// Signals by the words that can satisfy them.
    wanting: ByWord<usize>,
}

impl Signals {
    /// Takes the words into the scanner's words. The expressions are part of the program; a test parses them all.
    pub fn new(words: &mut Words) -> Self {
        let signals = lines(SIGNALS).map(|line| {
            let when: Expression = line[1].parse().expect("an expression of models/sensitive.tsv");
            let ids = when.words().iter().filter_map(|word| words.add(word)).collect();
            Signal { name: line[0], when, ids }
        });
        let signals: Vec<Signal> = signals.collect();
        let wanted = signals
            .iter()
            .enumerate()
            .flat_map(|(n, signal)| signal.when.wanted().into_iter().map(move |word| (signal.ids[word], n)));
        Self { wanting: ByWord::new(wanted.collect()), signals }
    }

    /// Why a text is sensitive; empty if it isn't.
    pub fn reasons(&self, scanner: &Scanner, hits: &Hits) -> Vec<Reason> {
        let mut tried: Vec<usize> = self.wanting.found(hits).map(|(_, _, signal)| *signal).collect();
        tried.sort_unstable();
        tried.dedup();
        let signals = tried.into_iter().map(|n| &self.signals[n]);
        signals
            .filter(|signal| signal.when.matches_where(|word| hits.of(signal.ids[word])))
            .map(|signal| {
                let wanted = signal.when.wanted().into_iter().map(|word| signal.ids[word]);
                let words: Vec<&str> =
                    wanted.filter(|id| hits.has(*id)).take(WORDS_QUOTED_MAX).map(|id| scanner.word(id)).collect();
                Reason { of: "sensitive".to_owned(), why: format!("{}：{}", signal.name, words.join("、")) }
            })
            .collect()
    }
}
