//! The analyser: built once from an office's vocabulary, then a pure function from a mention to its [`Analysis`].

use jieba_rs::Jieba;

use super::analysis::Analysis;
use super::department::Departments;
use super::document::Document;
use super::event_grade::EventReader;
use super::normalise::normalise;
use super::region::{self, Regions};
use super::scan::{Scanner, Words};
use super::segment;
use super::vocabulary::Vocabulary;
use super::watch::Watch;
use crate::domain::mention::MentionInput;

/// Analysis of texts. Build one (0.2 s, about 40 MB) and share it between threads.
pub struct Analyser {
    vocabulary: Vocabulary,
    jieba: Jieba,
    scanner: Scanner,
    regions: Regions,
    departments: Departments,
    watch: Watch,
    events: EventReader,
}

impl Analyser {
    /// Builds the analyser of an office.
    pub fn new(vocabulary: Vocabulary) -> Self {
        let mut words = Words::default();
        let regions = Regions::new(&vocabulary.regions, &mut words);
        let departments = Departments::new(&vocabulary, &mut words);
        let watch = Watch::new(&vocabulary.topics, &mut words);
        let events = EventReader::new(&mut words);
        let jieba = segment::segmenter(vocabulary.names());
        Self { jieba, scanner: words.build(), regions, departments, watch, events, vocabulary }
    }

    /// What it was built from.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Words of a text, for search and correlation: normalised, without punctuation, in their order.
    pub fn tokens(&self, text: &str) -> Vec<String> {
        segment::words(&self.jieba, &normalise(text)).into_iter().map(str::to_owned).collect()
    }

    /// What a mention says. The same mention and vocabulary give the same analysis, on any machine.
    pub fn analyse(&self, mention: &MentionInput) -> Analysis {
        let document = Document::new(mention);
        let hits = self.scanner.scan(&document.full);
        let found = self.regions.find(&document, &hits, mention.region.as_ref());
        let topics = self.watch.matching(&hits);
        let published = mention.published_at.or(mention.collected_at);
        let event = self.events.read(&document, &hits, !found.is_empty(), published);
        let mut reasons = event.reasons;
        reasons.extend(region::reasons(&found));
        reasons.extend(topics.iter().map(|topic| self.watch.reason(topic, &self.scanner, &hits)));
        Analysis {
            id: mention.id.clone(),
            emotion: "neutral".to_owned(),
            request: "other".to_owned(),
            departments: self.departments.score(&document, &self.scanner, &hits, &topics, &found),
            regions: found.into_iter().map(|region| region.id).collect(),
            event_grade: event.grade,
            sensitive: topics.iter().any(|topic| topic.sensitive),
            rules: topics.iter().map(|topic| topic.id.clone()).collect(),
            reasons,
            ..Analysis::default()
        }
    }
}
