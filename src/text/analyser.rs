//! The analyser: built once from an office's vocabulary, then a pure function from a mention to its [`Analysis`].

use jieba_rs::Jieba;

use super::analysis::Analysis;
use super::department::Departments;
use super::document::Document;
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
}

impl Analyser {
    /// Builds the analyser of an office.
    pub fn new(vocabulary: Vocabulary) -> Self {
        let mut words = Words::default();
        let regions = Regions::new(&vocabulary.regions, &mut words);
        let departments = Departments::new(&vocabulary, &mut words);
        let watch = Watch::new(&vocabulary.topics, &mut words);
        let jieba = segment::segmenter(vocabulary.names());
        Self { jieba, scanner: words.build(), regions, departments, watch, vocabulary }
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
        let mut reasons: Vec<_> = region::reasons(&found).collect();
        reasons.extend(topics.iter().map(|topic| self.watch.reason(topic, &self.scanner, &hits)));
        Analysis {
            id: mention.id.clone(),
            emotion: "neutral".to_owned(),
            request: "other".to_owned(),
            departments: self.departments.score(&document, &self.scanner, &hits, &topics, &found),
            regions: found.into_iter().map(|region| region.id).collect(),
            sensitive: topics.iter().any(|topic| topic.sensitive),
            rules: topics.iter().map(|topic| topic.id.clone()).collect(),
            reasons,
            ..Analysis::default()
        }
    }
}
