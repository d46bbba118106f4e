//! Sentiment (情感倾向): a lexicon with negation, degree and contrast, and a learnt model beside it.

use super::analysis::Sentiment;
use super::document::Document;
use super::expression::Place;
use super::lexicon::{lines, number};
use super::model::{Head, Scores};
use super::scan::{ByWord, Hits, Words};

const LEXICON: &str = include_str!("../../models/lexicon.tsv");
const MODIFIERS: &str = include_str!("../../models/modifiers.tsv");

/// How far before a word its negation and degree stand.
const WINDOW_CHARS: usize = 4;
/// Words by which a clause ends.
const STOPS: [char; 10] = ['，', ',', '。', '!', '?', ';', '\n', '、', ':', '~'];
/// How much a point of the lexicon adds to the model's score, chosen on the dev sets.
const LEXICON_SHARE: f64 = 0.12;
/// The lexicon's points count to this much and no more.
const LEXICON_POINTS_MAX: f64 = 6.0;
/// A text with words this strong is not neutral, whatever the model says.
const NOT_NEUTRAL_POINTS: f64 = 5.0;
/// A text is neutral from this score of the neutrality column on.
const NEUTRAL_FROM: f64 = 0.0;
/// Praise in quotation marks is none.
const QUOTED: f64 = -1.0;
/// How flat the printed score is.
const SCORE_SCALE: f64 = 2.0;
/// A neutral text keeps this share of its score: the sign stays.
const NEUTRAL_SHARE: f64 = 0.3;
/// The least that is printed: 0 has no sign.
const SCORE_MIN: f64 = 0.001;
/// How sharp the gates are taken.
const GATE_SHARPNESS: f32 = 1.0;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Feeling(f64),
    Negation(f64),
    Degree(f64),
    Contrast(f64),
}

/// The lexicon, ready to be looked up.
pub struct Lexicon {
    words: ByWord<Kind>,
}

/// A sentiment word with what stood before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Felt {
    /// Its place.
    pub place: Place,
    /// Its points after negation, degree and contrast.
    pub points: f64,
    /// Whether these turned its sense.
    pub turned: bool,
}

/// The verdict.
#[derive(Clone, Debug)]
pub struct Feeling {
    /// Three ways.
    pub sentiment: Sentiment,
    /// -1..1, never 0.
    pub score: f64,
    /// The words of the lexicon that counted.
    pub felt: Vec<Felt>,
}

impl Lexicon {
    /// Takes the words into the scanner's words.
    pub fn new(words: &mut Words) -> Self {
        let mut known = Vec::new();
        for line in lines(LEXICON) {
            known.extend(words.add(line[0]).map(|id| (id, Kind::Feeling(number(line[1])))));
        }
        for line in lines(MODIFIERS) {
            let factor = number(line[2]);
            let kind = match line[1] {
                "negation" => Kind::Negation(factor),
                "degree" => Kind::Degree(factor),
                _ => Kind::Contrast(factor),
            };
            known.extend(words.add(line[0]).map(|id| (id, kind)));
        }
        Self { words: ByWord::new(known) }
    }

    /// Sentiment words in order, the longer one where two overlap, each with what modifies it.
    fn felt(&self, document: &Document, hits: &Hits) -> Vec<Felt> {
        let mut marks: Vec<(Place, Kind)> =
            self.words.found(hits).flat_map(|(_, places, kind)| places.iter().map(|place| (*place, *kind))).collect();
        marks.sort_by_key(|(place, kind)| {
            (place.start, std::cmp::Reverse(place.end), !matches!(kind, Kind::Feeling(_)))
        });
        let mut felt: Vec<Felt> = Vec::new();
        // What stands before the next word: the factor so far, and where it stood.
        let (mut factor, mut factor_end, mut contrast, mut contrast_end, mut covered) = (1.0, 0, 1.0, 0, 0);
        for (place, kind) in marks {
            if place.start < covered {
                continue;
            }
            match kind {
                Kind::Feeling(points) => {
                    let near = factor != 1.0 && place.start - factor_end <= WINDOW_CHARS;
                    let joined = near && !document.between(factor_end, place.start).contains(STOPS);
                    if contrast != 1.0 && ends_sentence(document.between(contrast_end, place.start)) {
                        contrast = 1.0;
                    }
                    contrast_end = place.end;
                    let quoted = if points > 0.0 && in_quotes(document, place) { QUOTED } else { 1.0 };
                    let by = if joined { factor } else { 1.0 } * contrast * quoted;
                    felt.push(Felt { place, points: points * by, turned: by < 0.0 });
                    (factor, covered) = (1.0, place.end);
                }
                Kind::Negation(by) | Kind::Degree(by) => {
                    let fresh = place.start > factor_end + WINDOW_CHARS
                        || document.between(factor_end, place.start).contains(STOPS);
                    factor = if fresh { by } else { factor * by };
                    (factor_end, covered) = (place.end, place.end);
                }
                Kind::Contrast(by) => (contrast, contrast_end, covered) = (by, place.end, place.end),
            }
        }
        felt
    }

    /// Judges a text.
    pub fn judge(&self, document: &Document, hits: &Hits, scores: &Scores) -> Feeling {
        let felt = self.felt(document, hits);
        let sum: f64 = felt.iter().map(|felt| felt.points).sum();
        let points = (sum / (felt.len().max(1) as f64).sqrt()).clamp(-LEXICON_POINTS_MAX, LEXICON_POINTS_MAX);
        let polarity = learnt(scores) + LEXICON_SHARE * points;
        let neutrality = scores.head(Head::Neutrality).first().copied().unwrap_or(0.0);
        let neutral = f64::from(neutrality) > NEUTRAL_FROM && points.abs() < NOT_NEUTRAL_POINTS;
        let score = (polarity / SCORE_SCALE).tanh() * if neutral { NEUTRAL_SHARE } else { 1.0 };
        let rounded = (score * 1000.0).round() / 1000.0;
        let score = if rounded == 0.0 { if polarity < 0.0 { -SCORE_MIN } else { SCORE_MIN } } else { rounded };
        let sentiment = match (neutral, score < 0.0) {
            (true, _) => Sentiment::Neutral,
            (_, true) => Sentiment::Negative,
            _ => Sentiment::Positive,
        };
        Feeling { sentiment, score, felt }
    }
}

/// Whether a word stands in quotation marks of its own: 真是“谢谢”你们.
fn in_quotes(document: &Document, place: Place) -> bool {
    let before = place.start.checked_sub(1).map_or("", |at| document.between(at, place.start));
    matches!(before, "“" | "‘" | "\"" | "'" | "「")
        && matches!(document.between(place.end, place.end + 1), "”" | "’" | "\"" | "'" | "」")
}

fn ends_sentence(text: &str) -> bool {
    text.contains(['。', '!', '?', '\n'])
}

/// How much each reader's word counts for a text.
pub fn gate_shares(scores: &Scores) -> Vec<f32> {
    scores.shares(Head::Gate, GATE_SHARPNESS)
}

/// What the six readers say, each as much as the text is like what it has read.
fn learnt(scores: &Scores) -> f64 {
    let shares = gate_shares(scores);
    scores.head(Head::Expert).iter().zip(shares).map(|(score, share)| f64::from(score * share)).sum()
}
