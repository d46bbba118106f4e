//! Emotion (情绪): angry, sad, fear, happy, surprise or neutral, by the learnt model; not one that the text itself denies.

use super::model::{Head, Model, Scores};

/// Words of an emotion that people deny: 我不生气, 没有害怕.
const DENIED: [(&str, &[&str]); 3] = [
    ("angry", &["生气", "愤怒", "发火", "怪他", "怨"]),
    ("sad", &["难过", "伤心", "悲伤", "失望"]),
    ("fear", &["害怕", "担心", "恐慌", "怕"]),
];
/// What stands right before a word that is denied, or means something else with it (充满生气).
const DENIALS: [&str; 6] = ["不", "没有", "没", "别", "充满", "不再"];

/// The emotion of a text: the likeliest that it does not deny.
pub fn emotion<'a>(model: &'a Model, scores: &Scores, text: &str) -> &'a str {
    let mut ranked: Vec<(&str, f32)> =
        model.classes(Head::Emotion).zip(scores.head(Head::Emotion).iter().copied()).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.into_iter().map(|(emotion, _)| emotion).find(|emotion| !denied(emotion, text)).unwrap_or("neutral")
}

fn denied(emotion: &str, text: &str) -> bool {
    let words = DENIED.iter().find(|(of, _)| *of == emotion).map_or(&[][..], |(_, words)| words);
    words
        .iter()
        .any(|word| text.match_indices(word).any(|(at, _)| DENIALS.iter().any(|denial| text[..at].ends_with(denial))))
}
