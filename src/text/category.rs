//! Category (领域): the seven of the learnt model, and the other branches of government by words of their own.

use std::collections::BTreeMap;

use super::analysis::Scored;
use super::department::round3;
use super::document::Document;
use super::lexicon::{lines, number};
use super::model::{Head, Model, Scores};
use super::scan::{ByWord, Hits, Words};
use super::topic::Topic;

const WORDS: &str = include_str!("../../models/category_words.tsv");
/// What a matching topic adds to its category's score, on the scale of the model.
const TOPIC_SCORE: f64 = 1.5;
/// How sharp the model's scores are taken, so that its shares are as often right as they say.
const SHARPNESS: f64 = 1.0;
/// Points of a category's words at which it holds 1 − 1/e of what the model is unsure of.
const POINTS_SCALE: f64 = 3.0;
/// How much more a word in the title says.
const TITLE_FACTOR: f64 = 2.0;
/// A word counts this often at most.
const REPEAT_MAX: usize = 3;

/// Words of the categories that no model was learnt for.
pub struct Categories {
    words: ByWord<(&'static str, f64)>,
    ids: Vec<&'static str>,
}

impl Categories {
    /// Takes the words into the scanner's words.
    pub fn new(words: &mut Words) -> Self {
        let pairs: Vec<_> =
            lines(WORDS).filter_map(|line| Some((words.add(line[0])?, (line[1], number(line[2]))))).collect();
        let mut ids: Vec<&str> = pairs.iter().map(|(_, (id, _))| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        Self { words: ByWord::new(pairs), ids }
    }

    /// All categories, best first; the scores add up to 1.
    ///
    /// The model's scores become shares (softmax). What its best share leaves open is what the other categories can
    /// win by their words: a text that the model is sure of stays there.
    pub fn score(
        &self,
        document: &Document,
        hits: &Hits,
        topics: &[&Topic],
        model: &Model,
        scores: &Scores,
    ) -> Vec<Scored> {
        let mut shares = softmax(model, scores, topics);
        let open = 1.0 - shares.values().copied().fold(0.0, f64::max);
        for (category, points) in self.points(document, hits, topics) {
            let share = (1.0 - (-points / POINTS_SCALE).exp()) * open;
            *shares.entry(category.to_owned()).or_insert(0.0) += share;
        }
        let sum: f64 = shares.values().sum();
        let mut scored: Vec<Scored> = shares
            .into_iter()
            .map(|(id, share)| Scored { id, score: round3(share / sum.max(f64::MIN_POSITIVE)) })
            .collect();
        scored.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        scored
    }

    fn points(&self, document: &Document, hits: &Hits, topics: &[&Topic]) -> BTreeMap<&'static str, f64> {
        // Every category is in the list, whether or not its words are there.
        let mut points: BTreeMap<&'static str, f64> = self.ids.iter().map(|id| (*id, 0.0)).collect();
        for (_, places, (category, weight)) in self.words.found(hits) {
            let sum = points.entry(category).or_insert(0.0);
            for place in places.iter().take(REPEAT_MAX) {
                *sum += weight * if document.in_title(*place) { TITLE_FACTOR } else { 1.0 };
            }
        }
        for topic in topics {
            if let Some(category) = &topic.category
                && let Some(sum) = points.get_mut(category.as_str())
            {
                *sum += 2.0 * TOPIC_SCORE;
            }
        }
        points
    }
}

fn softmax(model: &Model, scores: &Scores, topics: &[&Topic]) -> BTreeMap<String, f64> {
    let raised: Vec<(&str, f64)> = model
        .classes(Head::Category)
        .zip(scores.head(Head::Category))
        .map(|(class, score)| {
            let named = topics.iter().any(|topic| topic.category.as_deref() == Some(class));
            (class, f64::from(*score) * SHARPNESS + if named { TOPIC_SCORE } else { 0.0 })
        })
        .collect();
    let most = raised.iter().map(|(_, score)| *score).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = raised.iter().map(|(_, score)| (score - most).exp()).sum();
    raised.into_iter().map(|(class, score)| (class.to_owned(), (score - most).exp() / sum)).collect()
}
