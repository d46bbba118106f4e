//! Request (诉求): what the writer wants.

use super::analysis::Sentiment;
use super::document::Document;
use super::lexicon::{lines, number};
use super::model::{Head, Model, Scores};
use super::scan::{ByWord, Hits, Scanner, Words};

const WORDS: &str = include_str!("../../models/request.tsv");
/// Kinds, in the order that wins where two are equal.
const KINDS: [&str; 6] = ["report", "complaint", "suggestion", "question", "thanks", "other"];
const COMPLAINT: usize = 1;
const THANKS: usize = 4;
const OTHER: usize = 5;
/// How much more a word in the title says.
const TITLE_FACTOR: f64 = 2.5;
/// A word counts this often at most.
const REPEAT_MAX: usize = 2;
/// What a negative text adds to a complaint and takes from thanks, a positive one the other way round.
const SENTIMENT_POINTS: f64 = 0.8;
const WORDS_QUOTED_MAX: usize = 5;

/// How much a point of the words counts beside the model's log share.
const WORD_SHARE: f64 = 0.4;
/// What is taken from asking for nothing: the model has seen it in chatter, and a short complaint looks like that.
const OTHER_HANDICAP: f64 = 2.0;
/// How sharp the model's shares are taken.
const SHARPNESS: f32 = 1.0;
/// A share smaller than this says nothing more.
const SHARE_MIN: f32 = 0.05;

/// Request words, ready to be looked up.
pub struct Requests {
    words: ByWord<(usize, f64)>,
}

/// What the writer wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The kind.
    pub kind: &'static str,
    /// Its words that stand in the text.
    pub words: Vec<String>,
}

impl Requests {
    /// Takes the words into the scanner's words.
    pub fn new(words: &mut Words) -> Self {
        let pairs = lines(WORDS).filter_map(|line| {
            let kind = KINDS.iter().position(|kind| *kind == line[1])?;
            Some((words.add(line[0])?, (kind, number(line[2]))))
        });
        Self { words: ByWord::new(pairs.collect()) }
    }

    /// What the writer wants, and the words that say so.
    pub fn judge(
        &self,
        document: &Document,
        scanner: &Scanner,
        hits: &Hits,
        sentiment: Sentiment,
        model: &Model,
        scores: &Scores,
    ) -> Wanted {
        let mut points = [0.0; KINDS.len()];
        let mut quoted: [Vec<String>; KINDS.len()] = Default::default();
        for (word, places, (kind, weight)) in self.words.found(hits) {
            for place in places.iter().take(REPEAT_MAX) {
                points[*kind] += weight * if document.in_title(*place) { TITLE_FACTOR } else { 1.0 };
            }
            if quoted[*kind].len() < WORDS_QUOTED_MAX {
                quoted[*kind].push(scanner.word(word).to_owned());
            }
        }
        match sentiment {
            Sentiment::Negative => {
                points[COMPLAINT] += SENTIMENT_POINTS;
                points[THANKS] -= 2.0 * SENTIMENT_POINTS;
            }
            Sentiment::Positive => points[COMPLAINT] -= SENTIMENT_POINTS,
            Sentiment::Neutral => {}
        }
        let shares = scores.shares(Head::Request, SHARPNESS);
        let learnt = |kind: &str| {
            let share = model.classes(Head::Request).zip(&shares).find(|(class, _)| *class == kind);
            f64::from(share.map_or(SHARE_MIN, |(_, share)| share.max(SHARE_MIN)).ln())
        };
        let score = |kind: usize| {
            let words = if kind == OTHER { -OTHER_HANDICAP } else { WORD_SHARE * points[kind] };
            learnt(KINDS[kind]) + words
        };
        let best = (0..KINDS.len()).max_by(|a, b| score(*a).total_cmp(&score(*b)).then(b.cmp(a))).unwrap_or(OTHER);
        Wanted { kind: KINDS[best], words: std::mem::take(&mut quoted[best]) }
    }
}
