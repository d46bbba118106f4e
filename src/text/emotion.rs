//! Emotion (情绪): angry, sad, fear, happy, surprise or neutral, by the learnt model.

use super::linear::{Grams, Learnt, Linear};

/// The emotion of a text.
pub fn emotion(linear: &Linear, grams: &Grams) -> &'static str {
    let scores = linear.scores(Learnt::Emotion, grams);
    let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
    best.map_or("neutral", |(column, _)| linear.columns(Learnt::Emotion)[column])
}
