//! Posts that were written for this project: what citizens say of public matters, in plain words and in roundabout ones, and
//! what they say of everything else. Names of places are varied, so that none of them is learnt.

use sha2::{Digest, Sha256};

use crate::text::learn::{Example, Label};
use crate::text::model::{Head, Source};

/// `C` or `K` (`text::concern`), a tab, the text with `{place}` and `{short}`.
const POSTS: &str = include_str!("../../../models/concern_posts.tsv");
/// How much one counts beside a line of a collection.
const WEIGHT: f32 = 20.0;
/// Made-up names, with their short forms.
const NAMES: [(&str, &str); 10] = [
    ("青石镇", "青石"),
    ("柳河新区", "柳河"),
    ("东湖街道", "东湖"),
    ("云岭县", "云岭"),
    ("平安路", "平安"),
    ("桃源社区", "桃源"),
    ("石桥村", "石桥"),
    ("新安区", "新安"),
    ("城关镇", "城关"),
    ("", ""),
];

/// Everyday posts with names of the city that the sentences of events name too: else a name alone would tell of an event.
pub fn without_events() -> impl Iterator<Item = Example> {
    const OURS: [(&str, &str); 6] = [
        ("宣州区", "宣州"),
        ("水阳镇", "水阳"),
        ("泾县", "泾县"),
        ("西林街道", "西林"),
        ("宁国市", "宁国"),
        ("昭亭路", "昭亭路"),
    ];
    let everyday = POSTS.lines().filter_map(|line| line.strip_prefix("K\t"));
    everyday.enumerate().flat_map(|(n, text)| {
        [n, n + 3].map(|name| {
            let (place, short) = OURS[name % OURS.len()];
            let label = Label { head: Head::Told, class: "none".to_owned(), expert: None, weight: 1.0 };
            let text = text.replace("{place}", place).replace("{short}", short);
            Example { title: None, text, labels: vec![label] }
        })
    })
}

/// The posts as examples, each with two names, and where they come from.
pub fn read() -> (Source, Vec<Example>) {
    let lines = POSTS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
    let example = |(n, (kind, text)): (usize, (&str, &str))| {
        let class = if kind == "C" { "concern" } else { "none" };
        [n, n * 7 + 3].map(|name| {
            let (place, short) = NAMES[name % NAMES.len()];
            let label = Label { head: Head::Concern, class: class.to_owned(), expert: None, weight: WEIGHT };
            let text = text.replace("{place}", place).replace("{short}", short);
            Example { title: None, text, labels: vec![label] }
        })
    };
    let examples: Vec<Example> = lines.enumerate().flat_map(example).collect();
    let sha256 = hex::encode(Sha256::digest(POSTS.as_bytes()));
    (Source { name: "concern_posts.tsv".to_owned(), sha256, rows: examples.len() }, examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_post_with_its_kind() {
        let lines: Vec<&str> = POSTS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.iter().all(|line| matches!(line.split_once('\t'), Some(("C" | "K", text)) if !text.is_empty())));
        let (source, examples) = read();
        assert_eq!((source.rows, examples.len()), (2 * lines.len(), 2 * lines.len()));
        assert!(examples.iter().all(|example| !example.text.contains('{')));
    }
}
