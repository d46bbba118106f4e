//! Which watched matters (关注主题) a text is about.

use super::analysis::Reason;
use super::scan::{ByWord, Hits, Scanner, WordId, Words};
use super::topic::Topic;

/// Most words quoted for one topic.
const WORDS_QUOTED_MAX: usize = 6;

/// Topics with their words' numbers in the scanner.
pub struct Watch {
    topics: Vec<(Topic, Vec<WordId>)>,
    /// Topics by the words that can satisfy them: only these are tried.
    wanting: ByWord<usize>,
}

impl Watch {
    /// Takes the topics' words into the scanner's words.
    pub fn new(topics: &[Topic], words: &mut Words) -> Self {
        let topics: Vec<(Topic, Vec<WordId>)> = topics
            .iter()
            .map(|topic| {
                let ids = topic.when.words().iter().filter_map(|word| words.add(word)).collect::<Vec<_>>();
                debug_assert_eq!(ids.len(), topic.when.words().len(), "an expression's words are never empty");
                (topic.clone(), ids)
            })
            .collect();
        let wanted = topics
            .iter()
            .enumerate()
            .flat_map(|(n, (topic, ids))| topic.when.wanted().into_iter().map(move |word| (ids[word], n)));
        Self { wanting: ByWord::new(wanted.collect()), topics }
    }

    /// The topics that match, in the order of the rules.
    pub fn matching(&self, hits: &Hits) -> Vec<&Topic> {
        let mut tried: Vec<usize> = self.wanting.found(hits).map(|(_, _, topic)| *topic).collect();
        tried.sort_unstable();
        tried.dedup();
        tried
            .into_iter()
            .map(|n| &self.topics[n])
            .filter(|(topic, ids)| topic.when.matches_where(|word| hits.of(ids[word])))
            .map(|(topic, _)| topic)
            .collect()
    }

    /// Why a topic matched: which of its words stand in the text.
    pub fn reason(&self, topic: &Topic, scanner: &Scanner, hits: &Hits) -> Reason {
        let ids = self.topics.iter().find(|(other, _)| other.id == topic.id).map_or(&[][..], |(_, ids)| ids);
        let words: Vec<&str> = topic
            .when
            .wanted()
            .into_iter()
            .filter(|word| hits.has(ids[*word]))
            .take(WORDS_QUOTED_MAX)
            .map(|word| scanner.word(ids[word]))
            .collect();
        Reason { of: "topic".to_owned(), why: format!("{}（{}）：{}", topic.name, topic.id, words.join("、")) }
    }
}
