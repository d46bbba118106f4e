//! Category (领域): the seven of the learnt model, and the other branches of government by words of their own.

use std::collections::BTreeMap;

use super::analysis::Scored;
use super::department::round3;
use super::document::Document;
use super::lexicon::{lines, number};
use super::linear::{Grams, Learnt, Linear};
use super::scan::{Hits, WordId, Words};
use super::topic::Topic;

const WORDS: &str = include_str!("../../models/category_words.tsv");
/// What a matching topic adds to its category's score, on the scale of the model.
const TOPIC_SCORE: f64 = 1.5;
/// Points of a category's words at which it holds 1 − 1/e of what the model is unsure of.
const POINTS_SCALE: f64 = 3.0;
/// How much more a word in the title says.
const TITLE_FACTOR: f64 = 2.0;
/// A word counts this often at most.
const REPEAT_MAX: usize = 3;

/// Words of the categories that no model was learnt for.
pub struct Categories {
    words: Vec<(WordId, &'static str, f64)>,
}

impl Categories {
    /// Takes the words into the scanner's words.
    pub fn new(words: &mut Words) -> Self {
        let words = lines(WORDS).filter_map(|line| Some((words.add(line[0])?, line[1], number(line[2])))).collect();
        Self { words }
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
        linear: &Linear,
        grams: &Grams,
    ) -> Vec<Scored> {
        let mut shares = softmax(linear, grams, topics);
        let open = 1.0 - shares.values().copied().fold(0.0, f64::max);
        for (category, points) in self.points(document, hits, topics) {
            let share = (1.0 - (-points / POINTS_SCALE).exp()) * open;
            *shares.entry(category).or_insert(0.0) += share;
        }
        let sum: f64 = shares.values().sum();
        let mut scored: Vec<Scored> = shares
            .into_iter()
            .map(|(id, share)| Scored { id, score: round3(share / sum.max(f64::MIN_POSITIVE)) })
            .collect();
        scored.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        scored
    }

    fn points(&self, document: &Document, hits: &Hits, topics: &[&Topic]) -> BTreeMap<String, f64> {
        let mut points: BTreeMap<String, f64> = BTreeMap::new();
        for (id, category, weight) in &self.words {
            // Every category is in the list, whether or not its words are there.
            let sum = points.entry((*category).to_owned()).or_insert(0.0);
            for place in hits.of(*id).iter().take(REPEAT_MAX) {
                *sum += weight * if document.in_title(*place) { TITLE_FACTOR } else { 1.0 };
            }
        }
        for topic in topics {
            if let Some(category) = &topic.category
                && let Some(sum) = points.get_mut(category)
            {
                *sum += 2.0 * TOPIC_SCORE;
            }
        }
        points
    }
}

fn softmax(linear: &Linear, grams: &Grams, topics: &[&Topic]) -> BTreeMap<String, f64> {
    let columns = linear.columns(Learnt::Category);
    let scores: Vec<f64> = linear
        .scores(Learnt::Category, grams)
        .into_iter()
        .zip(columns)
        .map(|(score, column)| {
            let named = topics.iter().any(|topic| topic.category.as_deref() == Some(*column));
            score + if named { TOPIC_SCORE } else { 0.0 }
        })
        .collect();
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scores.iter().map(|score| (score - most).exp()).sum();
    columns.iter().zip(scores).map(|(column, score)| ((*column).to_owned(), (score - most).exp() / sum)).collect()
}
