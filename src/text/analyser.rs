//! The analyser: built once from an office's vocabulary, then a pure function from a mention to its [`Analysis`].

use std::sync::Arc;

use arc_swap::ArcSwap;
use jieba_rs::Jieba;

use super::analysis::Analysis;
use super::category::Categories;
use super::concern::{Concerns, Reader};
use super::department::Departments;
use super::document::Document;
use super::emotion::emotion;
use super::event::{EventReader, EventVerdict, Sender, Text};
use super::event_text::EventText;
use super::explain::Explained;
use super::expression::Place;
use super::keywords::Keywords;
use super::model::{Features, Head, Model};
use super::normalise::normalise;
use super::place::{Finder, FoundPlace};
use super::region;
use super::request::Requests;
use super::rumour::{self, rumour};
use super::scan::{Scanner, Words};
use super::segment;
use super::sensitive::Signals;
use super::sentiment::Lexicon;
use super::vocabulary::Vocabulary;
use super::watch::Watch;
use crate::domain::mention::MentionInput;

/// Places that an analysis keeps.
const PLACES_KEPT_MAX: usize = 50;

/// Words of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// As they are searched: names are cut into their words.
    pub words: Vec<String>,
    /// As they tell matters apart: the name of a place is one word.
    pub with_names: Vec<String>,
    /// The places, by their characters in the normalised text.
    pub places: Vec<FoundPlace>,
}

/// Analysis of texts. Build one (0.2 s, about 50 MB) and share it between threads.
pub struct Analyser {
    vocabulary: Vocabulary,
    jieba: Jieba,
    scanner: Scanner,
    model: ArcSwap<Model>,
    places: Finder,
    departments: Departments,
    watch: Watch,
    events: EventReader,
    lexicon: Lexicon,
    requests: Requests,
    categories: Categories,
    signals: Signals,
    concerns: Concerns,
    keywords: Keywords,
}

impl Analyser {
    /// Builds the analyser of an office, with the model that the program was built with.
    pub fn new(vocabulary: Vocabulary) -> Self {
        Self::with_model(vocabulary, Model::shipped())
    }

    /// Builds the analyser of an office, with a model of its own.
    pub fn with_model(vocabulary: Vocabulary, model: Model) -> Self {
        let mut words = Words::default();
        let departments = Departments::new(&vocabulary, &mut words);
        let watch = Watch::new(&vocabulary.topics, &mut words);
        let lexicon = Lexicon::new(&mut words);
        let requests = Requests::new(&mut words);
        let categories = Categories::new(&mut words);
        let signals = Signals::new(&mut words);
        let concerns = Concerns::new(&mut words);
        Self {
            jieba: segment::segmenter(vocabulary.names()),
            scanner: words.build(),
            places: Finder::new(&vocabulary),
            model: ArcSwap::from_pointee(model),
            keywords: Keywords::default(),
            events: EventReader::new(vocabulary.events.missing_as_dead),
            departments,
            watch,
            lexicon,
            requests,
            categories,
            signals,
            concerns,
            vocabulary,
        }
    }

    /// One of another vocabulary that judges with the same model.
    pub fn renewed(&self, vocabulary: Vocabulary) -> Self {
        let renewed = Self::new(vocabulary);
        renewed.model.store(self.model.load_full());
        renewed
    }

    /// What it was built from.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Words of a text, for search: normalised, without punctuation, in their order.
    pub fn tokens(&self, text: &str) -> Vec<String> {
        segment::without_marks(&self.jieba.cut(&normalise(text), true))
    }

    /// The same, and beside them the words with each place's name as one.
    pub fn cut(&self, text: &str) -> Tokens {
        let text = normalise(text);
        let cut = self.jieba.cut(&text, true);
        let places = self.places.find(&self.jieba, &text, &cut);
        Tokens { with_names: segment::with_names(&cut, &places), words: segment::without_marks(&cut), places }
    }

    /// Judges with another model from the next mention on.
    pub fn set_model(&self, model: Model) {
        self.model.store(Arc::new(model));
    }

    /// The model that judges now.
    pub fn model(&self) -> Arc<Model> {
        self.model.load_full()
    }

    /// What a mention says, without reasons. The same mention, vocabulary and model give the same analysis, on any machine.
    pub fn analyse(&self, mention: &MentionInput) -> Analysis {
        self.judge(mention, false)
    }

    /// The same with the reasons for each verdict and the words that weighed in it.
    pub fn explain(&self, mention: &MentionInput) -> Analysis {
        self.judge(mention, true)
    }

    fn judge(&self, mention: &MentionInput, why: bool) -> Analysis {
        let model = self.model.load();
        let document = Document::new(mention);
        let hits = self.scanner.scan(&document.full);
        let tokens = self.jieba.cut(&document.full, true);
        let title_tokens =
            tokens.partition_point(|token| document.in_title(Place { start: token.start, end: token.end }));
        let (title, body) = segment::split(&tokens, title_tokens);
        let scores = model.scores(&Features::of(&document.full, &title, &body, self.keywords.stop_words()));

        let mut places = self.places.find(&self.jieba, &document.full, &tokens);
        let found = region::find(&document, &places, mention.region.as_ref());
        let topics = self.watch.matching(&hits);
        let event = self.event(mention, &document, &places, scores.head(Head::Told).first().copied());
        let feeling = self.lexicon.judge(&document, &hits, &scores);
        let wanted = self.requests.judge(&document, &self.scanner, &hits, feeling.sentiment, &model, &scores);
        let signals = self.signals.reasons(&self.scanner, &hits);
        places.truncate(PLACES_KEPT_MAX);

        let words: Vec<&str> = title.iter().chain(&body).copied().collect();

        let mut analysis = Analysis {
            id: mention.id.clone(),
            sentiment: feeling.sentiment,
            sentiment_score: feeling.score,
            emotion: emotion(&model, &scores, &document.full).to_owned(),
            request: wanted.kind.to_owned(),
            category: self.categories.score(&document, &hits, &topics, &model, &scores),
            departments: self.departments.score(&document, &self.scanner, &hits, &topics, &found, &model, &scores),
            places,
            event_grade: event.grade,
            sensitive: topics.iter().any(|topic| topic.sensitive) || !signals.is_empty(),
            rumour: if event.denied.is_some() { rumour::denied(rumour(&scores)) } else { rumour(&scores) },
            rules: topics.iter().map(|topic| topic.id.clone()).collect(),
            keywords: self.keywords.of(&model, &title, &body),
            concerns: self.concerns.find(&self.scanner, &hits, &Reader::new(&model, &scores, &words)),
            model: model.version().to_owned(),
            ..Analysis::default()
        };
        if why {
            analysis.reasons = event.reasons;
            analysis.reasons.extend(event.denied.as_deref().map(rumour::denial));
            analysis.reasons.extend(signals);
            analysis.reasons.extend(topics.iter().map(|topic| self.watch.reason(topic, &self.scanner, &hits)));
            analysis.reasons.extend(region::reasons(&found));
            let explained = Explained {
                mention,
                document: &document,
                words: &words,
                model: &model,
                scores: &scores,
                feeling: &feeling,
                wanted: &wanted,
            };
            explained.add_to(&mut analysis);
        }
        analysis.regions = found.into_iter().map(|region| region.id).collect();
        analysis
    }

    /// The sudden event that a mention tells of.
    fn event(
        &self,
        mention: &MentionInput,
        document: &Document,
        places: &[FoundPlace],
        told: Option<f32>,
    ) -> EventVerdict {
        let text = EventText::new(document, places);
        let sender = if mention.region.is_some() { Sender::Ours } else { Sender::Unknown };
        let published = mention.published_at.or(mention.collected_at);
        self.events.read(&Text { sender, published, told, ..text.text() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::grade::Grade;
    use crate::text::place::PlaceKind;
    use crate::text::{KnownPlace, Region};

    /// An analyser with three bodies, a region and a topic.
    fn analyser() -> &'static Analyser {
        static ANALYSER: OnceLock<Analyser> = OnceLock::new();
        ANALYSER.get_or_init(|| {
            let bodies = r#"[
              {"id":"water","name":"市水利局","aliases":["水利局"],"level":"city","parent":"xuancheng","kind":"bureau",
               "region":"xuancheng","duties":["供水"],"keywords":[{"word":"自来水","weight":2},{"word":"水压"}],"why":"x"},
              {"id":"health","name":"市卫生健康委","level":"city","parent":"xuancheng","kind":"bureau",
               "region":"xuancheng","duties":["卫生"],"keywords":[{"word":"医院","weight":1.5}],"why":"x"},
              {"id":"ningguo","name":"宁国市","level":"county","parent":"xuancheng","kind":"territory",
               "region":"ningguo","duties":["属地"],"why":"x"}]"#;
            let topics = r#"[
              {"id":"tap","name":"供水异常","why":"x","when":"自来水 & (发黄 | 异味)","lead":"water","supporting":["health"],
               "category":"urban_construction","noteworthy":true,
               "examples":{"matches":["自来水发黄"],"near_misses":["自来水涨价"]}}]"#;
            Analyser::new(Vocabulary {
                bodies: serde_json::from_str(bodies).unwrap(),
                places: vec![KnownPlace {
                    name: "港口镇".into(),
                    aliases: vec![],
                    kind: PlaceKind::Town,
                    region: "ningguo".into(),
                    elsewhere: vec![],
                    common: false,
                }],
                regions: vec![Region {
                    id: "ningguo".into(),
                    name: "宁国市".into(),
                    aliases: vec!["宁国".into()],
                }],
                topics: serde_json::from_str(topics).unwrap(),
                ..Vocabulary::default()
            })
        })
    }

    fn mention(title: &str, text: &str) -> MentionInput {
        MentionInput { title: Some(title.into()), text: text.into(), ..MentionInput::default() }
    }

    #[test]
    fn a_complaint_is_read_whole() {
        let analysis = analyser().explain(&mention(
            "投诉宁国市港口镇自来水发黄",
            "自来水发黄一个星期了，打水利局电话没人管，医院都不敢去！",
        ));
        assert_eq!(analysis.rules, ["tap"]);
        assert_eq!(analysis.regions, [crate::domain::ids::RegionId::from("ningguo")]);
        assert_eq!((analysis.request.as_str(), analysis.event_grade), ("complaint", Grade::None));
        assert!(analysis.sentiment_score < 0.0, "{}", analysis.sentiment_score);
        let best = &analysis.departments[0];
        assert!(best.id == "water" && best.score >= 0.6, "{:?}", analysis.departments);
        for why in ["点名：", "职责词：自来水", "主题“供水异常”的主办单位"] {
            assert!(best.why.iter().any(|given| given.contains(why)), "{why}: {:?}", best.why);
        }
        let ids: Vec<&str> = analysis.departments.iter().map(|d| d.id.as_str()).collect();
        assert!(ids.contains(&"ningguo") && ids.contains(&"health"), "{ids:?}");
        assert!(analysis.keywords.iter().any(|keyword| keyword.word == "自来水"), "{:?}", analysis.keywords);
        for of in ["sentiment", "topic", "region", "request"] {
            assert!(analysis.reasons.iter().any(|reason| reason.of == of), "no reason of {of}");
        }
    }

    #[test]
    fn negation_degree_and_contrast_turn_the_words() {
        let score = |text: &str| analyser().analyse(&mention("", text)).sentiment_score;
        assert!(score("很满意") > 0.0 && score("很不满意") < 0.0);
        assert!(score("这里的服务不好") < score("这里的服务好"));
        assert!(score("味道不错，但是服务态度恶劣，再也不来") < score("味道不错，服务热情"));
    }

    #[test]
    fn categories_are_complete_and_add_up() {
        let analysis = analyser().analyse(&mention("", "学校食堂收费不透明"));
        let ids: Vec<&str> = analysis.category.iter().map(|scored| scored.id.as_str()).collect();
        let seven = [
            "urban_construction",
            "environment",
            "transport",
            "education_culture",
            "labour",
            "commerce_tourism",
            "health",
        ];
        for id in seven {
            assert_eq!(ids.iter().filter(|other| **other == id).count(), 1, "{id}");
        }
        assert!(ids.contains(&"agriculture") && analysis.category.is_sorted_by(|a, b| a.score >= b.score));
        let sum: f64 = analysis.category.iter().map(|scored| scored.score).sum();
        assert!((sum - 1.0).abs() < 0.02, "{sum}");
    }

    #[test]
    fn a_mebibyte_is_read() {
        for piece in ["自来水发黄3人死亡，", "一", "3死5伤", "a1 ", "\u{1f600}", "不不很很好", "（（（"]
        {
            let text = piece.repeat(1024 * 1024 / piece.len());
            let analysis = analyser().explain(&mention("", &text));
            assert!(analysis.sentiment_score.abs() <= 1.0 && analysis.reasons.len() < 50, "{piece}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_text_is_read_and_twice_the_same(
            title in proptest::option::of("(?s).{0,40}"),
            text in "(?s)(.|[自来水死伤人名近数十百千万亿余3，。！？@#]){0,200}",
        ) {
            let mention = MentionInput { title, text, ..MentionInput::default() };
            let analysis = analyser().explain(&mention);
            prop_assert_eq!(&analysis, &analyser().explain(&mention));
            prop_assert!(analysis.sentiment_score != 0.0 && analysis.sentiment_score.abs() <= 1.0);
            prop_assert!((0.0..=1.0).contains(&analysis.rumour));
            prop_assert!(analysis.departments.iter().all(|d| (0.0..=1.0).contains(&d.score)));
            prop_assert!(["angry", "sad", "fear", "happy", "surprise", "neutral"].contains(&analysis.emotion.as_str()));
            let json = serde_json::to_string(&analysis).unwrap();
            prop_assert_eq!(serde_json::from_str::<Analysis>(&json).unwrap(), analysis);
        }
    }
}
