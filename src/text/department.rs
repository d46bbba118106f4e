//! Departments (单位): whose duty a text is about, from names, duty words, topics and the place.

use super::analysis::DepartmentScore;
use super::document::Document;
use super::model::{Head, Model, Scores};
use super::region::FoundRegion;
use super::scan::{ByWord, Hits, Scanner, WordId, Words};
use super::topic::Topic;
use super::vocabulary::Vocabulary;
use crate::domain::body::BodyKind;
use crate::domain::ids::{BodyId, RegionId};
use crate::domain::office::CITY;

/// Points for a body that the text names.
const NAMED_POINTS: f64 = 1.6;
/// Points for the lead and for a supporting body of a topic that matched.
const LEAD_POINTS: f64 = 2.4;
const SUPPORTING_POINTS: f64 = 0.7;
/// Points of a county or zone whose place the text names: it takes part (属地管理), the competent bureau leads.
const TERRITORY_POINTS: f64 = 0.8;
/// How much more a duty word in the title says.
const TITLE_FACTOR: f64 = 1.6;
/// A word said again adds this share of what it added the time before.
const REPEAT_SHARE: f64 = 0.5;
/// Points at which the score is 1 − 1/e ≈ 0.63, just above the default threshold for assigning without an analyst.
const POINTS_SCALE: f64 = 2.0;
/// Times that a repeated duty word counts.
const REPEAT_MAX: usize = 4;
/// Points of a body by which, as far as the model can tell, all letters like this one were answered.
const LEARNT_POINTS: f64 = 5.0;
/// How sharp the model's shares are taken.
const SHARPNESS: f32 = 1.5;
/// From this share on the model is told as a reason.
const LEARNT_TOLD_MIN: f64 = 0.15;
/// A score below this is no proposal.
const SCORE_MIN: f64 = 0.2;
/// Most bodies proposed.
const BODIES_MAX: usize = 8;
/// Most duty words quoted for one body.
const WORDS_QUOTED_MAX: usize = 6;

/// Bodies with their words, ready to be looked up.
pub struct Departments {
    bodies: Vec<Entry>,
    words: ByWord<(usize, Said)>,
}

struct Entry {
    id: BodyId,
    kind: BodyKind,
    region: RegionId,
}

/// What a word says of a body.
#[derive(Clone, Copy)]
enum Said {
    /// Its name.
    Name,
    /// One of its duties, with its weight.
    Duty(f64),
}

/// What speaks for a body.
#[derive(Clone, Default)]
struct Case {
    points: f64,
    named: Option<WordId>,
    duties: Vec<WordId>,
    learnt: f64,
}

impl Departments {
    /// Takes names and duty words into the scanner's words.
    pub fn new(vocabulary: &Vocabulary, words: &mut Words) -> Self {
        let mut pairs = Vec::new();
        let mut bodies = Vec::new();
        for (n, body) in vocabulary.bodies.iter().enumerate() {
            let names = std::iter::once(&body.name).chain(&body.aliases).filter_map(|name| words.add(name));
            pairs.extend(names.map(|word| (word, (n, Said::Name))));
            for keyword in &body.keywords {
                pairs.extend(words.add(&keyword.word).map(|word| (word, (n, Said::Duty(keyword.weight)))));
            }
            bodies.push(Entry { id: body.id.clone(), kind: body.kind, region: body.region.clone() });
        }
        Self { bodies, words: ByWord::new(pairs) }
    }

    /// Scores every body, best first. `topics` are those that matched.
    #[allow(clippy::too_many_arguments)]
    pub fn score(
        &self,
        document: &Document,
        scanner: &Scanner,
        hits: &Hits,
        topics: &[&Topic],
        regions: &[FoundRegion],
        model: &Model,
        scores: &Scores,
    ) -> Vec<DepartmentScore> {
        let cases = self.cases(document, hits, topics, model, scores);
        let mut judged: Vec<(f64, &Entry, &Case)> = self
            .bodies
            .iter()
            .zip(&cases)
            .map(|(entry, case)| (entry.points(case, regions), entry, case))
            .filter(|(points, ..)| score_of(*points) >= SCORE_MIN)
            .collect();
        // By points: scores near 1 are rounded to one.
        judged.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
        judged.truncate(BODIES_MAX);
        let told = judged.into_iter().map(|(points, entry, case)| DepartmentScore {
            id: entry.id.clone(),
            score: score_of(points),
            why: entry.why(case, scanner, topics, regions),
        });
        told.collect()
    }

    fn cases(&self, document: &Document, hits: &Hits, topics: &[&Topic], model: &Model, scores: &Scores) -> Vec<Case> {
        let mut cases = vec![Case::default(); self.bodies.len()];
        for (word, places, (body, said)) in self.words.found(hits) {
            let case = &mut cases[*body];
            match said {
                Said::Name if case.named.is_none() => {
                    case.named = Some(word);
                    if self.bodies[*body].kind != BodyKind::Territory {
                        case.points += NAMED_POINTS;
                    }
                }
                Said::Name => {}
                Said::Duty(weight) => {
                    let titled = places.iter().any(|place| document.in_title(*place));
                    let mut worth = weight * if titled { TITLE_FACTOR } else { 1.0 };
                    for _ in places.iter().take(REPEAT_MAX) {
                        case.points += worth;
                        worth *= REPEAT_SHARE;
                    }
                    case.duties.push(word);
                }
            }
        }
        for topic in topics {
            for (entry, case) in self.bodies.iter().zip(&mut cases) {
                if topic.lead.as_ref() == Some(&entry.id) {
                    case.points += LEAD_POINTS;
                } else if topic.supporting.contains(&entry.id) {
                    case.points += SUPPORTING_POINTS;
                }
            }
        }
        let shares = scores.shares(Head::Department, SHARPNESS);
        for (class, share) in model.classes(Head::Department).zip(shares) {
            if let Some(at) = self.bodies.iter().position(|entry| entry.id.as_str() == class) {
                cases[at].learnt = f64::from(share);
            }
        }
        cases
    }
}

/// Three decimals: what is printed is what is compared.
pub fn round3(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The score of so many points.
fn score_of(points: f64) -> f64 {
    round3(1.0 - (-points / POINTS_SCALE).exp())
}

impl Entry {
    /// A territory's name is a place first: that it is named says where, not whose duty.
    fn territory<'a>(&self, regions: &'a [FoundRegion]) -> Option<&'a FoundRegion> {
        let own = |region: &&FoundRegion| region.id == self.region && region.id != CITY;
        if self.kind == BodyKind::Territory { regions.iter().find(own) } else { None }
    }

    /// All that speaks for the body.
    fn points(&self, case: &Case, regions: &[FoundRegion]) -> f64 {
        let territory = if self.territory(regions).is_some() { TERRITORY_POINTS } else { 0.0 };
        case.points + LEARNT_POINTS * case.learnt + territory
    }

    /// The same in words.
    fn why(&self, case: &Case, scanner: &Scanner, topics: &[&Topic], regions: &[FoundRegion]) -> Vec<String> {
        let mut why = Vec::new();
        if let Some(region) = self.territory(regions) {
            why.push(format!("属地：{}", region.names.join("、")));
        } else if let Some(name) = case.named.filter(|_| self.kind != BodyKind::Territory) {
            why.push(format!("点名：{}", scanner.word(name)));
        }
        if !case.duties.is_empty() {
            let words: Vec<&str> = case.duties.iter().take(WORDS_QUOTED_MAX).map(|word| scanner.word(*word)).collect();
            why.push(format!("职责词：{}", words.join("、")));
        }
        for topic in topics {
            if topic.lead.as_ref() == Some(&self.id) {
                why.push(format!("主题“{}”的主办单位", topic.name));
            } else if topic.supporting.contains(&self.id) {
                why.push(format!("主题“{}”的协办单位", topic.name));
            }
        }
        if case.learnt >= LEARNT_TOLD_MIN {
            why.push(format!("同类留言多由该单位答复（{:.0}%）", 100.0 * case.learnt));
        }
        why
    }
}
