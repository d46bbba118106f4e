//! Departments (单位): whose duty a text is about, from names, duty words, topics and the place.

use super::analysis::DepartmentScore;
use super::document::Document;
use super::region::FoundRegion;
use super::scan::{Hits, Scanner, WordId, Words};
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
/// A score below this is no proposal.
const SCORE_MIN: f64 = 0.2;
/// Most bodies proposed.
const BODIES_MAX: usize = 8;
/// Most duty words quoted for one body.
const WORDS_QUOTED_MAX: usize = 6;

/// Bodies with their words, ready to be looked up.
pub struct Departments {
    bodies: Vec<Entry>,
}

struct Entry {
    id: BodyId,
    kind: BodyKind,
    region: RegionId,
    names: Vec<WordId>,
    duties: Vec<(WordId, f64)>,
}

impl Departments {
    /// Takes names and duty words into the scanner's words.
    pub fn new(vocabulary: &Vocabulary, words: &mut Words) -> Self {
        let bodies = vocabulary
            .bodies
            .iter()
            .map(|body| Entry {
                id: body.id.clone(),
                kind: body.kind,
                region: body.region.clone(),
                names: std::iter::once(&body.name).chain(&body.aliases).filter_map(|n| words.add(n)).collect(),
                duties: body.keywords.iter().filter_map(|k| words.add(&k.word).map(|w| (w, k.weight))).collect(),
            })
            .collect();
        Self { bodies }
    }

    /// Scores every body, best first. `topics` are those that matched.
    pub fn score(
        &self,
        document: &Document,
        scanner: &Scanner,
        hits: &Hits,
        topics: &[&Topic],
        regions: &[FoundRegion],
    ) -> Vec<DepartmentScore> {
        let mut scores: Vec<DepartmentScore> = self
            .bodies
            .iter()
            .filter_map(|entry| {
                let (points, why) = entry.points(document, scanner, hits, topics, regions);
                let score = round3(1.0 - (-points / POINTS_SCALE).exp());
                (score >= SCORE_MIN).then(|| DepartmentScore { id: entry.id.clone(), score, why })
            })
            .collect();
        scores.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        scores.truncate(BODIES_MAX);
        scores
    }
}

/// Three decimals: what is printed is what is compared.
pub fn round3(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

impl Entry {
    fn points(
        &self,
        document: &Document,
        scanner: &Scanner,
        hits: &Hits,
        topics: &[&Topic],
        regions: &[FoundRegion],
    ) -> (f64, Vec<String>) {
        let (mut points, mut why) = (0.0, Vec::new());
        // A territory's name is a place first: that it is named says where, not whose duty.
        if self.kind == BodyKind::Territory {
            if let Some(region) = regions.iter().find(|region| region.id == self.region && region.id != CITY) {
                points += TERRITORY_POINTS;
                why.push(format!("属地：{}", region.names.join("、")));
            }
        } else if let Some(name) = self.names.iter().find(|name| hits.has(**name)) {
            points += NAMED_POINTS;
            why.push(format!("点名：{}", scanner.word(*name)));
        }
        let mut quoted = Vec::new();
        for (word, weight) in &self.duties {
            let mut worth = *weight;
            let places = hits.of(*word);
            if places.iter().any(|place| document.in_title(*place)) {
                worth *= TITLE_FACTOR;
            }
            for _ in places.iter().take(4) {
                points += worth;
                worth *= REPEAT_SHARE;
            }
            if !places.is_empty() && quoted.len() < WORDS_QUOTED_MAX {
                quoted.push(scanner.word(*word));
            }
        }
        if !quoted.is_empty() {
            why.push(format!("职责词：{}", quoted.join("、")));
        }
        for topic in topics {
            if topic.lead.as_ref() == Some(&self.id) {
                points += LEAD_POINTS;
                why.push(format!("主题“{}”的主办单位", topic.name));
            } else if topic.supporting.contains(&self.id) {
                points += SUPPORTING_POINTS;
                why.push(format!("主题“{}”的协办单位", topic.name));
            }
        }
        (points, why)
    }
}
