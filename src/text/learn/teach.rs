//! From examples to a model: features, one question a column, and the weights as bytes.

use super::super::expression::Place;
use super::super::model::{
    BUCKETS, Card, Column, Features, Head, IDF_COLUMN, IDF_SCALE, Model, Source, StopWords, View, WIDTH, column_of,
    encode,
};
use super::super::segment;
use super::example::{Example, Label};
use super::recipe::{self, EXPERTS, FOREIGN_SHARE, GATE_EXAMPLES, OPEN_EXPERT};
use super::solve::{Answer, Question, Row, solve};
use crate::domain::mention::MentionInput;
use crate::text::document::Document;

/// Largest byte of a weight.
const BYTE_MAX: f32 = 127.0;
/// A class with fewer examples is not learnt: it would only be guessed.
const EXAMPLES_MIN: usize = 6;
/// Bracketed emoticons, `[哈哈]`: a text is learnt from once more without them, since most texts have none.
const EMOTICON_CHARS_MAX: usize = 8;

/// Turns texts into features, as analysis does.
pub struct Teacher {
    jieba: jieba_rs::Jieba,
    stop: StopWords,
    seed: u64,
}

/// Examples with their features.
pub struct Studied {
    rows: Vec<Features>,
    labels: Vec<Vec<Label>>,
}

impl Studied {
    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// A question with the numbers of its examples.
struct Asked<'a> {
    head: Head,
    class: &'a str,
    picked: Vec<(usize, bool, f32)>,
}

impl Teacher {
    /// With a seed: it decides the order in which examples are looked at.
    pub fn new(seed: u64) -> Self {
        Self { jieba: segment::segmenter(std::iter::empty()), stop: super::super::keywords::stop_words(), seed }
    }

    /// Looks at examples; those of sentiment with emoticons are looked at once more without them. `each` is called after
    /// every one.
    pub fn study(&self, examples: &[Example], mut each: impl FnMut()) -> Studied {
        let mut studied = Studied { rows: Vec::new(), labels: Vec::new() };
        for example in examples {
            studied.rows.push(self.features(example.title.as_deref(), &example.text));
            studied.labels.push(example.labels.clone());
            let felt: Vec<Label> = example.labels.iter().filter(|label| label.head == Head::Expert).cloned().collect();
            let bare = without_emoticons(&example.text);
            if !felt.is_empty() && bare.len() < example.text.len() && !bare.trim().is_empty() {
                studied.rows.push(self.features(example.title.as_deref(), &bare));
                studied.labels.push(felt);
            }
            each();
        }
        studied
    }

    /// A text's features, as analysis sees them.
    pub fn features(&self, title: Option<&str>, text: &str) -> Features {
        let mention =
            MentionInput { title: title.map(str::to_owned), text: text.to_owned(), ..MentionInput::default() };
        let document = Document::new(&mention);
        let tokens = self.jieba.cut(&document.full, true);
        let title_tokens =
            tokens.partition_point(|token| document.in_title(Place { start: token.start, end: token.end }));
        let (title, body) = segment::split(&tokens, title_tokens);
        Features::of(&document.full, &title, &body, &self.stop)
    }

    /// Learns the columns of some heads anew and keeps the others of a model: byte for byte what learning all from the same
    /// examples gives for them. How rare features are is the model's own.
    pub fn teach_heads(
        &self,
        studied: &Studied,
        base: &Model,
        heads: &[Head],
        sources: Vec<Source>,
        mut each: impl FnMut(&str),
    ) -> Vec<u8> {
        let mut table = base.table().to_vec();
        let rarity: Vec<u8> = (0..BUCKETS).map(|bucket| table[bucket * WIDTH + IDF_COLUMN]).collect();
        let valued = Valued::of(studied, &rarity);
        let mut card = base.card().clone();
        card.columns.retain(|column| !heads.contains(&column.head));
        card.sources.retain(|known| !sources.iter().any(|source| source.name == known.name));
        card.sources.extend(sources);
        for head in heads {
            for (n, column) in questions(studied, *head).into_iter().enumerate() {
                let answer = self.answer(studied, &valued, &column);
                let scale = write(&answer, column_of(*head, n), &mut table);
                card.columns.push(Column { head: *head, class: column.class.to_owned(), scale, bias: answer.bias });
                each(column.class);
            }
        }
        card.columns.sort_by_key(|column| column.head);
        encode(&card, &table)
    }

    /// Learns a model from what was studied and gives its file. `each` is called after every column.
    pub fn teach(
        &self,
        studied: &Studied,
        sources: Vec<Source>,
        measured: Vec<(String, f64)>,
        mut each: impl FnMut(&str),
    ) -> Vec<u8> {
        let mut table = vec![0u8; BUCKETS * WIDTH];
        let rarity = rarity(studied);
        for (bucket, byte) in rarity.iter().enumerate() {
            table[bucket * WIDTH + IDF_COLUMN] = *byte;
        }
        let valued = Valued::of(studied, &rarity);
        let mut card = Card { seed: self.seed, sources, columns: Vec::new(), measured };
        for head in Head::ALL {
            for (n, column) in questions(studied, head).into_iter().enumerate() {
                let answer = self.answer(studied, &valued, &column);
                let scale = write(&answer, column_of(head, n), &mut table);
                card.columns.push(Column { head, class: column.class.to_owned(), scale, bias: answer.bias });
                each(column.class);
            }
        }
        encode(&card, &table)
    }

    fn answer(&self, studied: &Studied, valued: &Valued, column: &Asked) -> Answer {
        let recipe = recipe::of(column.head);
        let row = |example: usize| match column.head.view() {
            View::Plain => {
                let buckets = &studied.rows[example].plain;
                Row::Even(buckets, 1.0 / (buckets.len().max(1) as f32).sqrt())
            }
            View::Topical => Row::Valued(&valued.0[example]),
        };
        let yes = column.picked.iter().filter(|(_, yes, _)| *yes).count() as f32;
        let part = yes / column.picked.len().max(1) as f32;
        let upward = if part > 0.0 { ((1.0 - part) / part).powf(recipe.balance) } else { 1.0 };
        let question = Question {
            rows: column.picked.iter().map(|(example, _, _)| row(*example)).collect(),
            yes: column.picked.iter().map(|(_, yes, _)| *yes).collect(),
            costs: column
                .picked
                .iter()
                .map(|(_, yes, weight)| recipe.cost * weight * if *yes { upward } else { 1.0 })
                .collect(),
        };
        solve(&question, BUCKETS, recipe.ratio_share, recipe.passes, self.seed)
    }
}

/// Topical features with their values, the text brought to length 1.
struct Valued(Vec<Vec<(u32, f32)>>);

impl Valued {
    fn of(studied: &Studied, rarity: &[u8]) -> Self {
        let topical = |labels: &[Label]| labels.iter().any(|label| label.head.view() == View::Topical);
        let row = |(features, labels): (&Features, &Vec<Label>)| {
            if !topical(labels) {
                return Vec::new();
            }
            let value = |(bucket, count): &(u32, u32)| {
                let idf = f32::from(rarity[*bucket as usize]) * IDF_SCALE;
                (*bucket, super::super::model::topical_value(*count, idf))
            };
            let mut row: Vec<(u32, f32)> = features.topical.iter().map(value).collect();
            let norm = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            row.iter_mut().for_each(|(_, value)| *value /= norm);
            row
        };
        Self(studied.rows.iter().zip(&studied.labels).map(row).collect())
    }
}

/// How rare each feature is among the texts with a matter (letters), in units of [`IDF_SCALE`].
fn rarity(studied: &Studied) -> Vec<u8> {
    let mut holding = vec![0f32; BUCKETS];
    let mut texts = 0f32;
    for (features, labels) in studied.rows.iter().zip(&studied.labels) {
        if labels.iter().any(|label| matches!(label.head, Head::Category | Head::Department | Head::Request)) {
            texts += 1.0;
            features.topical.iter().for_each(|(bucket, _)| holding[*bucket as usize] += 1.0);
        }
    }
    let byte = |holding: &f32| ((((texts + 1.0) / (holding + 1.0)).ln() + IDF_SCALE) / IDF_SCALE).round() as u8;
    holding.iter().map(byte).collect()
}

/// The columns of a head, with the examples of each and what they answer.
fn questions(studied: &Studied, head: Head) -> Vec<Asked<'_>> {
    let labels = |of: Head| {
        let all = studied.labels.iter().enumerate();
        all.flat_map(move |(n, labels)| {
            labels.iter().filter(move |label| label.head == of).map(move |label| (n, label))
        })
    };
    match head {
        Head::Expert => EXPERTS
            .iter()
            .enumerate()
            .map(|(expert, class)| Asked {
                head,
                class,
                picked: labels(head)
                    .filter(|(_, label)| label.class != "neutral")
                    .map(|(n, label)| {
                        let own = label.expert.is_none_or(|of| of == expert);
                        let share = if own { 1.0 } else { FOREIGN_SHARE };
                        (n, label.class == "positive", label.weight * share)
                    })
                    .collect(),
            })
            .collect(),
        Head::Gate => {
            let of = |label: &Label| label.expert.unwrap_or(OPEN_EXPERT);
            let mut counts = [0f32; EXPERTS.len()];
            labels(Head::Expert).for_each(|(_, label)| counts[of(label)] += 1.0);
            let weight = |expert: usize| (GATE_EXAMPLES / counts[expert].max(1.0)).min(1.0);
            EXPERTS
                .iter()
                .enumerate()
                .map(|(expert, class)| Asked {
                    head,
                    class,
                    picked: labels(Head::Expert)
                        .map(|(n, label)| (n, of(label) == expert, weight(of(label))))
                        .collect(),
                })
                .collect()
        }
        Head::Neutrality => vec![Asked {
            head,
            class: "neutral",
            picked: labels(head).map(|(n, label)| (n, label.class == "neutral", label.weight)).collect(),
        }],
        Head::Rumour => vec![Asked {
            head,
            class: "rumour",
            picked: labels(head).map(|(n, label)| (n, label.class == "rumour", label.weight)).collect(),
        }],
        Head::Concern => vec![Asked {
            head,
            class: "concern",
            picked: labels(head).map(|(n, label)| (n, label.class == "concern", label.weight)).collect(),
        }],
        Head::Told => vec![Asked {
            head,
            class: "told",
            picked: labels(head).map(|(n, label)| (n, label.class == "told", label.weight)).collect(),
        }],
        _ => {
            let mut counts: std::collections::BTreeMap<&str, usize> = Default::default();
            labels(head).for_each(|(_, label)| *counts.entry(&label.class).or_default() += 1);
            let mut classes: Vec<(&str, usize)> =
                counts.into_iter().filter(|(_, count)| *count >= EXAMPLES_MIN).collect();
            classes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            classes.truncate(head.columns().1);
            classes
                .into_iter()
                .map(|(class, _)| Asked {
                    head,
                    class,
                    picked: labels(head).map(|(n, label)| (n, label.class == class, label.weight)).collect(),
                })
                .collect()
        }
    }
}

/// Writes a column's weights as signed roots; gives what their unit is worth.
fn write(answer: &Answer, column: usize, table: &mut [u8]) -> f32 {
    let most = answer.weights.iter().fold(0f32, |most, weight| most.max(weight.abs()));
    let scale = (most / (BYTE_MAX * BYTE_MAX)).max(f32::MIN_POSITIVE);
    for (bucket, weight) in answer.weights.iter().enumerate() {
        let root = (weight.abs() / scale).sqrt().round();
        table[bucket * WIDTH + column] = (root * weight.signum()) as i8 as u8;
    }
    scale
}

/// A text without its bracketed emoticons.
pub fn without_emoticons(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let inside = &rest[open + 1..];
        match inside.char_indices().take(EMOTICON_CHARS_MAX + 1).find(|(_, c)| *c == ']').filter(|(at, _)| *at > 0) {
            Some((close, _)) => {
                out.push_str(&rest[..open]);
                rest = &inside[close + 1..];
            }
            None => {
                out.push_str(&rest[..=open]);
                rest = inside;
            }
        }
    }
    out.push_str(rest);
    out
}
