//! Why (理由): what each verdict rests on and what speaks against it, in words that a reader who knows no model
//! understands, and where those words stand in the text as it was written.

use std::collections::HashSet;
use std::ops::Range;

use super::analysis::{Analysis, Reason, Sentiment, WordWeight};
use super::document::Document;
use super::emotion::emotion;
use super::expression::Place;
use super::model::{CHARS_MAX, Head, Model, Scores, column_of, gram_bucket, word_bucket};
use super::origin::Origins;
use super::request::Wanted;
use super::rumour::LOOKS_LIKE_MIN;
use super::sentiment::{Feeling, gate_shares};
use crate::domain::mention::MentionInput;

/// Words quoted for a verdict, and against it.
const FOR_MAX: usize = 5;
const AGAINST_MAX: usize = 3;
/// A word that weighs less is not worth telling, as a share of the heaviest.
const TOLD_SHARE: f64 = 0.15;

/// A word of the text with what it adds to a verdict.
struct Weighed {
    place: Place,
    weight: f64,
}

/// What explaining needs of an analysis that was just made.
pub struct Explained<'a> {
    /// The mention as it came.
    pub mention: &'a MentionInput,
    /// As it was read.
    pub document: &'a Document,
    /// Its words, punctuation left out, in their order: title, then body.
    pub words: &'a [&'a str],
    /// The model and its scores.
    pub model: &'a Model,
    /// Scores.
    pub scores: &'a Scores,
    /// The judgement of feeling.
    pub feeling: &'a Feeling,
    /// What the writer wants.
    pub wanted: &'a Wanted,
}

impl Explained<'_> {
    /// Adds reasons and evidence of the heads that are learnt or counted by words.
    pub fn add_to(&self, analysis: &mut Analysis) {
        let origins = Origins::of(self.mention, &self.document.full);
        let read = self.read();
        let mut told = Told { document: self.document, origins: &origins, analysis };
        let shares = gate_shares(self.scores);
        told.sentiment(self.feeling, read.weigh(|bucket| self.polarity(&shares, bucket)));
        let felt = emotion(self.model, self.scores, &self.document.full);
        let class = self.model.classes(Head::Emotion).position(|class| class == felt);
        let words = class.map(|class| read.weigh(|bucket| self.lead(bucket, Head::Emotion, class)));
        told.emotion(felt, words.unwrap_or_default());
        let kinds: Vec<&str> = self.model.classes(Head::Request).collect();
        let class = kinds.iter().position(|kind| *kind == self.wanted.kind);
        let words = class.map(|class| read.weigh(|bucket| self.lead(bucket, Head::Request, class)));
        told.request(self.wanted, words.unwrap_or_default());
        if told.analysis.rumour >= LOOKS_LIKE_MIN {
            told.rumour(read.weigh(|bucket| self.weight(bucket, column_of(Head::Rumour, 0))));
        }
    }

    /// The words, where they stand, and the features that are first met in each: itself, and the n-grams that begin in it.
    fn read(&self) -> Read {
        let full = &self.document.full;
        let chars: Vec<char> = full.chars().take(CHARS_MAX + 2).collect();
        let (mut at_byte, mut at_char) = (0, 0);
        let mut read =
            Read { words: Vec::with_capacity(self.words.len()), buckets: Vec::with_capacity(3 * chars.len()) };
        let mut seen = HashSet::with_capacity(3 * chars.len());
        for word in self.words {
            let Some(found) = full[at_byte..].find(word) else { continue };
            let start = at_char + full[at_byte..at_byte + found].chars().count();
            let end = start + word.chars().count();
            let first = read.buckets.len();
            read.buckets.extend(Some(word_bucket(word)).filter(|bucket| seen.insert(*bucket)));
            for at in start..end.min(chars.len()) {
                for length in 1..=3 {
                    let Some(gram) = chars.get(at..at + length) else { break };
                    if gram.iter().any(|c| c.is_whitespace()) {
                        break;
                    }
                    read.buckets.extend(Some(gram_bucket(gram)).filter(|bucket| seen.insert(*bucket)));
                }
            }
            read.words.push((Place { start, end }, first..read.buckets.len()));
            at_byte += found + word.len();
            at_char = end;
            if end > CHARS_MAX {
                break;
            }
        }
        read
    }

    fn weight(&self, bucket: u32, column: usize) -> f64 {
        f64::from(self.model.weight(bucket, column))
    }

    /// What a feature adds to the feeling, each reader's part by its share.
    fn polarity(&self, shares: &[f32], bucket: u32) -> f64 {
        let reader = |(n, share): (usize, &f32)| f64::from(*share) * self.weight(bucket, column_of(Head::Expert, n));
        shares.iter().enumerate().map(reader).sum()
    }

    /// What a feature adds to a class beyond the mean of all.
    fn lead(&self, bucket: u32, head: Head, class: usize) -> f64 {
        let count = self.model.classes(head).count().max(1);
        let all: f64 = (0..count).map(|other| self.weight(bucket, column_of(head, other))).sum();
        self.weight(bucket, column_of(head, class)) - all / count as f64
    }
}

/// The features of a text by its words, read once for all heads.
struct Read {
    words: Vec<(Place, Range<usize>)>,
    buckets: Vec<u32>,
}

impl Read {
    /// What each word adds.
    fn weigh(&self, weight: impl Fn(u32) -> f64) -> Vec<Weighed> {
        let sum = |features: &Range<usize>| self.buckets[features.clone()].iter().map(|bucket| weight(*bucket)).sum();
        self.words.iter().map(|(place, features)| Weighed { place: *place, weight: sum(features) }).collect()
    }
}

/// Where reasons are collected.
struct Told<'a> {
    document: &'a Document,
    origins: &'a Origins,
    analysis: &'a mut Analysis,
}

impl Told<'_> {
    fn reason(&mut self, of: &str, why: String) {
        self.analysis.reasons.push(Reason { of: of.to_owned(), why });
    }

    fn sentiment(&mut self, feeling: &Feeling, mut words: Vec<Weighed>) {
        let sign = if feeling.score < 0.0 { -1.0 } else { 1.0 };
        words.iter_mut().for_each(|word| word.weight *= sign);
        let learnt = self.weighed("sentiment", words, sign);
        let verdict = match (feeling.sentiment, feeling.score < 0.0) {
            (Sentiment::Neutral, true) => "判为中性，略偏负面",
            (Sentiment::Neutral, false) => "判为中性，略偏正面",
            (Sentiment::Negative, _) => "判为负面",
            (Sentiment::Positive, _) => "判为正面",
        };
        let mut felt: Vec<String> = Vec::new();
        let mut opposed: Vec<String> = Vec::new();
        for word in &feeling.felt {
            let quote = self.document.quote(word.place);
            let shown = match word.turned {
                true => format!("“{quote}”（前有否定或转折，按相反意思计）"),
                false => format!("“{quote}”"),
            };
            let list = if word.points * sign > 0.0 { &mut felt } else { &mut opposed };
            if list.len() < FOR_MAX && !list.contains(&shown) {
                list.push(shown);
            }
        }
        let mut why = format!("{verdict}（得分 {:+.2}，-1 最负面，1 最正面）", feeling.score);
        if !felt.is_empty() {
            why.push_str(&format!("：情感词{}", felt.join("、")));
        }
        if !learnt.0.is_empty() {
            why.push_str(&format!(
                "；相近的贴文里这样的话多{}：{}",
                if sign < 0.0 { "属负面" } else { "属正面" },
                learnt.0
            ));
        }
        let against: Vec<String> = opposed.into_iter().chain((!learnt.1.is_empty()).then_some(learnt.1)).collect();
        if !against.is_empty() {
            why.push_str(&format!("；相反的迹象：{}", against.join("、")));
        }
        self.reason("sentiment", why);
    }

    fn emotion(&mut self, emotion: &str, words: Vec<Weighed>) {
        let (given, against) = self.weighed("emotion", words, 1.0);
        self.reason("emotion", sentence(&format!("最像“{}”", zh_emotion(emotion)), &given, &against));
    }

    fn request(&mut self, wanted: &Wanted, words: Vec<Weighed>) {
        let (given, against) = self.weighed("request", words, 1.0);
        let mut verdict = format!("判为“{}”", zh_request(wanted.kind));
        if !wanted.words.is_empty() {
            verdict.push_str(&format!("：有诉求词“{}”", wanted.words.join("”“")));
        }
        self.reason("request", sentence(&verdict, &given, &against));
    }

    fn rumour(&mut self, words: Vec<Weighed>) {
        let (given, against) = self.weighed("rumour", words, 1.0);
        let verdict =
            format!("写法与以往的网络谣言相近（{:.2}，0.5 起提示；只看写法，不判真假，须核实）", self.analysis.rumour);
        self.reason("rumour", sentence(&verdict, &given, &against));
    }

    /// Keeps the heaviest words as evidence; gives them quoted, for and against.
    fn weighed(&mut self, of: &str, words: Vec<Weighed>, sign: f64) -> (String, String) {
        let mut words = words;
        words.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then(a.place.start.cmp(&b.place.start)));
        let heaviest = words.first().map_or(0.0, |word| word.weight.abs());
        let (mut given, mut against): (Vec<String>, Vec<String>) = Default::default();
        for word in words.iter().take_while(|word| word.weight.abs() > TOLD_SHARE * heaviest) {
            let (list, most) = if word.weight > 0.0 { (&mut given, FOR_MAX) } else { (&mut against, AGAINST_MAX) };
            let quote = self.document.quote(word.place);
            let shown = format!("“{quote}”");
            if list.len() >= most || list.contains(&shown) {
                continue;
            }
            list.push(shown);
            if let Some((part, start, end)) = self.origins.of_place(word.place) {
                let weight = (sign * word.weight * 1000.0).round() / 1000.0;
                let part = part.to_owned();
                self.analysis.evidence.push(WordWeight { of: of.to_owned(), word: quote, weight, part, start, end });
            }
        }
        (given.join("、"), against.join("、"))
    }
}

fn sentence(verdict: &str, given: &str, against: &str) -> String {
    let mut why = verdict.to_owned();
    if !given.is_empty() {
        why.push_str(&format!("；主要因为{given}"));
    }
    if !against.is_empty() {
        why.push_str(&format!("；不支持的有{against}"));
    }
    why
}

/// An emotion's name on screen.
pub fn zh_emotion(emotion: &str) -> &str {
    match emotion {
        "angry" => "愤怒",
        "sad" => "悲伤",
        "fear" => "担忧恐惧",
        "happy" => "高兴",
        "surprise" => "惊讶",
        _ => "平静",
    }
}

/// A request's name on screen.
pub fn zh_request(request: &str) -> &str {
    match request {
        "complaint" => "投诉",
        "suggestion" => "建议",
        "question" => "咨询",
        "thanks" => "感谢",
        "report" => "举报",
        _ => "无明确诉求",
    }
}
