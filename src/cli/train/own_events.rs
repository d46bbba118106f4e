//! Sentences of sudden events, and of what only sounds like one, that were written for this project: whether a text tells of
//! an event that took place is learnt from them. Names of places are varied, so that none of them is learnt.

use sha2::{Digest, Sha256};

use crate::text::learn::{Example, Label};
use crate::text::model::{Head, Source};

/// The grades any of which is right, a tab, the sentence, a tab, its kind.
const TABLES: [(&str, &str); 2] = [
    ("event_examples.tsv", include_str!("../../rules/event_examples.tsv")),
    ("event_rounds.tsv", include_str!("../../rules/event_rounds.tsv")),
];
/// What took place elsewhere took place: where is not asked here.
const ELSEWHERE: [&str; 4] = ["other-city", "elsewhere", "abroad", "transfer-in"];
/// Names in the sentences, each with another that takes its place in the second copy.
const NAMES: [(&str, &str); 8] = [
    ("宣城", "安庆"),
    ("宣州", "贵池"),
    ("宁国", "桐城"),
    ("广德", "天长"),
    ("郎溪", "望江"),
    ("泾县", "寿县"),
    ("绩溪", "黟县"),
    ("旌德", "石台"),
];

/// The sentences as examples, each with its own and with other names, and where they come from.
pub fn read() -> Vec<(Source, Vec<Example>)> {
    TABLES.map(|(name, table)| of_table(name, table)).into_iter().collect()
}

fn of_table(name: &str, table: &str) -> (Source, Vec<Example>) {
    let lines = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let example = |line: &str| {
        let mut fields = line.split('\t');
        let (gold, text, kind) = (fields.next()?, fields.next()?, fields.next()?);
        let none = gold.split('/').filter(|gold| *gold == "none").count();
        // Where two opinions are right nothing is learnt.
        let doubtful = none > 0 && gold.contains('/') || ELSEWHERE.iter().any(|far| kind.starts_with(far));
        (!doubtful).then(|| {
            let class = if none > 0 { "none" } else { "told" };
            let renamed = NAMES.iter().fold(text.to_owned(), |text, (name, other)| text.replace(name, other));
            [text.to_owned(), renamed].map(|text| {
                let label = Label { head: Head::Told, class: class.to_owned(), expert: None, weight: 1.0 };
                Example { title: None, text, labels: vec![label] }
            })
        })
    };
    let examples: Vec<Example> = lines.filter_map(example).flatten().collect();
    let sha256 = hex::encode(Sha256::digest(table.as_bytes()));
    (Source { name: name.to_owned(), sha256, rows: examples.len() }, examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_learnt_from_with_varied_names() {
        for (source, examples) in read() {
            assert_eq!(source.rows, examples.len());
            let told = examples.iter().filter(|example| example.labels[0].class == "told").count();
            assert!(told > 400 && examples.len() - told > 400, "{told} of {}", examples.len());
            assert!(!examples[1].text.contains("宣城"));
        }
    }
}
