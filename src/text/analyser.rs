//! The analyser: built once from an office's vocabulary, then a pure function from a mention to its [`Analysis`].

use jieba_rs::Jieba;

use super::analysis::Analysis;
use super::category::Categories;
use super::department::Departments;
use super::document::Document;
use super::emotion::emotion;
use super::event_grade::EventReader;
use super::keywords::Keywords;
use super::linear::Linear;
use super::normalise::normalise;
use super::region::{self, Regions};
use super::request::Requests;
use super::rumour::rumour;
use super::scan::{Scanner, Words};
use super::segment;
use super::sensitive::Signals;
use super::sentiment::{self, Lexicon};
use super::vocabulary::Vocabulary;
use super::watch::Watch;
use crate::domain::mention::MentionInput;

/// Analysis of texts. Build one (0.2 s, about 50 MB) and share it between threads.
pub struct Analyser {
    vocabulary: Vocabulary,
    jieba: Jieba,
    scanner: Scanner,
    linear: Linear,
    regions: Regions,
    departments: Departments,
    watch: Watch,
    events: EventReader,
    lexicon: Lexicon,
    requests: Requests,
    categories: Categories,
    signals: Signals,
    keywords: Keywords,
}

impl Analyser {
    /// Builds the analyser of an office.
    pub fn new(vocabulary: Vocabulary) -> Self {
        let mut words = Words::default();
        let regions = Regions::new(&vocabulary.regions, &mut words);
        let departments = Departments::new(&vocabulary, &mut words);
        let watch = Watch::new(&vocabulary.topics, &mut words);
        let events = EventReader::new(&mut words);
        let lexicon = Lexicon::new(&mut words);
        let requests = Requests::new(&mut words);
        let categories = Categories::new(&mut words);
        let signals = Signals::new(&mut words);
        Self {
            jieba: segment::segmenter(vocabulary.names()),
            scanner: words.build(),
            linear: Linear::default(),
            keywords: Keywords::default(),
            regions,
            departments,
            watch,
            events,
            lexicon,
            requests,
            categories,
            signals,
            vocabulary,
        }
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
        let grams = self.linear.grams(&document.full);

        let found = self.regions.find(&document, &hits, mention.region.as_ref());
        let topics = self.watch.matching(&hits);
        let published = mention.published_at.or(mention.collected_at);
        let local = !found.is_empty();
        let event = self.events.read(&document, &hits, local, published);
        let feeling = self.lexicon.judge(&document, &hits, &self.linear, &grams);
        let (request, asked) = self.requests.judge(&document, &self.scanner, &hits, feeling.sentiment);
        let (rumour, styled) = rumour(&self.linear, &grams);
        let signals = self.signals.reasons(&self.scanner, &hits);
        let title = segment::words(&self.jieba, document.title());
        let body = segment::words(&self.jieba, document.body());

        let sensitive = topics.iter().any(|topic| topic.sensitive) || !signals.is_empty();
        let mut reasons = event.reasons;
        reasons.extend(signals);
        reasons.extend(topics.iter().map(|topic| self.watch.reason(topic, &self.scanner, &hits)));
        reasons.push(sentiment::reason(&feeling, &document, &self.linear, &grams));
        reasons.extend(asked);
        reasons.extend(styled);
        reasons.extend(region::reasons(&found));
        Analysis {
            id: mention.id.clone(),
            sentiment: feeling.sentiment,
            sentiment_score: feeling.score,
            emotion: emotion(&self.linear, &grams).to_owned(),
            request: request.to_owned(),
            category: self.categories.score(&document, &hits, &topics, &self.linear, &grams),
            departments: self.departments.score(&document, &self.scanner, &hits, &topics, &found),
            regions: found.into_iter().map(|region| region.id).collect(),
            event_grade: event.grade,
            sensitive,
            rumour,
            rules: topics.iter().map(|topic| topic.id.clone()).collect(),
            keywords: self.keywords.of(&self.jieba, &title, &body),
            reasons,
        }
    }
}
