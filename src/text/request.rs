//! Request (诉求): what the writer wants.

use super::analysis::{Reason, Sentiment};
use super::document::Document;
use super::lexicon::{lines, number};
use super::scan::{Hits, Scanner, WordId, Words};

const WORDS: &str = include_str!("../../models/request.tsv");
/// Kinds, in the order that wins where two are equal.
const KINDS: [&str; 5] = ["report", "complaint", "suggestion", "question", "thanks"];
/// How much more a word in the title says.
const TITLE_FACTOR: f64 = 2.5;
/// A word counts this often at most.
const REPEAT_MAX: usize = 2;
/// Points below which nothing is asked for.
const POINTS_MIN: f64 = 1.0;
/// What a negative text adds to a complaint and takes from thanks, a positive one the other way round.
const SENTIMENT_POINTS: f64 = 0.8;
const WORDS_QUOTED_MAX: usize = 5;

/// Request words, ready to be looked up.
pub struct Requests {
    words: Vec<(WordId, usize, f64)>,
}

impl Requests {
    /// Takes the words into the scanner's words.
    pub fn new(words: &mut Words) -> Self {
        let words = lines(WORDS)
            .filter_map(|line| {
                let kind = KINDS.iter().position(|kind| *kind == line[1])?;
                Some((words.add(line[0])?, kind, number(line[2])))
            })
            .collect();
        Self { words }
    }

    /// What the writer wants, and the words that say so.
    pub fn judge(
        &self,
        document: &Document,
        scanner: &Scanner,
        hits: &Hits,
        sentiment: Sentiment,
    ) -> (&'static str, Option<Reason>) {
        let mut points = [0.0; KINDS.len()];
        let mut quoted: [Vec<&str>; KINDS.len()] = Default::default();
        for (id, kind, weight) in &self.words {
            let places = hits.of(*id);
            for place in places.iter().take(REPEAT_MAX) {
                points[*kind] += weight * if document.in_title(*place) { TITLE_FACTOR } else { 1.0 };
            }
            if !places.is_empty() && quoted[*kind].len() < WORDS_QUOTED_MAX {
                quoted[*kind].push(scanner.word(*id));
            }
        }
        let (complaint, thanks) = (1, 4);
        match sentiment {
            Sentiment::Negative => {
                points[complaint] += SENTIMENT_POINTS;
                points[thanks] -= 2.0 * SENTIMENT_POINTS;
            }
            Sentiment::Positive => points[complaint] -= SENTIMENT_POINTS,
            Sentiment::Neutral => {}
        }
        let best = (0..KINDS.len()).max_by(|a, b| points[*a].total_cmp(&points[*b]).then(b.cmp(a)));
        match best.filter(|kind| points[*kind] >= POINTS_MIN) {
            Some(kind) => {
                let why = format!("{}：{}", KINDS[kind], quoted[kind].join("、"));
                (KINDS[kind], Some(Reason { of: "request".to_owned(), why }))
            }
            None => ("other", None),
        }
    }
}
