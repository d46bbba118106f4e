//! Sentiment (情感倾向): a lexicon with negation, degree and contrast, and a learnt model beside it.

use super::analysis::{Reason, Sentiment};
use super::document::Document;
use super::expression::Place;
use super::lexicon::{lines, number};
use super::linear::{Grams, Learnt, Linear};
use super::scan::{Hits, WordId, Words};

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
/// How flat the printed score is.
const SCORE_SCALE: f64 = 2.0;
/// A neutral text keeps this share of its score: the sign stays.
const NEUTRAL_SHARE: f64 = 0.3;
/// The least that is printed: 0 has no sign.
const SCORE_MIN: f64 = 0.001;
const WORDS_QUOTED_MAX: usize = 6;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Feeling(f64),
    Negation(f64),
    Degree(f64),
    Contrast(f64),
}

/// The lexicon, ready to be looked up.
pub struct Lexicon {
    words: Vec<(WordId, Kind)>,
}

/// A sentiment word with what stood before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Felt {
    /// Its place.
    pub place: Place,
    /// Its points after negation, degree and contrast.
    pub points: f64,
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
        Self { words: known }
    }

    /// Sentiment words in order, the longer one where two overlap, each with what modifies it.
    fn felt(&self, document: &Document, hits: &Hits) -> Vec<Felt> {
        let mut marks: Vec<(Place, Kind)> =
            self.words.iter().flat_map(|(id, kind)| hits.of(*id).iter().map(|place| (*place, *kind))).collect();
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
                    let points = points * if joined { factor } else { 1.0 } * contrast;
                    felt.push(Felt { place, points });
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
    pub fn judge(&self, document: &Document, hits: &Hits, linear: &Linear, grams: &Grams) -> Feeling {
        let felt = self.felt(document, hits);
        let sum: f64 = felt.iter().map(|felt| felt.points).sum();
        let points = (sum / (felt.len().max(1) as f64).sqrt()).clamp(-LEXICON_POINTS_MAX, LEXICON_POINTS_MAX);
        let polarity = linear.scores(Learnt::Polarity, grams)[0] + LEXICON_SHARE * points;
        let neutral = linear.scores(Learnt::Neutrality, grams)[0] > 0.0 && points.abs() < NOT_NEUTRAL_POINTS;
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

fn ends_sentence(text: &str) -> bool {
    text.contains(['。', '!', '?', '\n'])
}

/// What a verdict rests on, in words.
pub fn reason(feeling: &Feeling, document: &Document, linear: &Linear, grams: &Grams) -> Reason {
    let mut felt: Vec<&Felt> = feeling.felt.iter().collect();
    felt.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()).then(a.place.start.cmp(&b.place.start)));
    let mut parts: Vec<String> = Vec::new();
    for felt in felt {
        let part = format!("{} {:+.1}", document.quote(felt.place), felt.points);
        if parts.len() < WORDS_QUOTED_MAX && !parts.contains(&part) {
            parts.push(part);
        }
    }
    let words =
        if parts.is_empty() { "词典中无情感词".to_owned() } else { format!("情感词 {}", parts.join("、")) };
    let learnt: Vec<String> = linear
        .heaviest(Learnt::Polarity, 0, grams, WORDS_QUOTED_MAX)
        .into_iter()
        .map(|(gram, share)| format!("“{gram}” {share:+.2}"))
        .collect();
    let why = format!("得分 {:+.3}：{words}；模型 {}", feeling.score, learnt.join("、"));
    Reason { of: "sentiment".to_owned(), why }
}
