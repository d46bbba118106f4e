//! The learnt model (模型): one hashed table of n-grams and words, a row a bucket and a column a class, for all heads.
//!
//! A text's features are looked up once, and one pass over their rows gives every head's scores. Weights are signed
//! bytes, a column's square-root scale each: `w = sign(q)·q²·scale`. See `models/README.md` for what it was learnt from.

mod file;
mod layout;
mod scores;
mod view;

pub use file::{Card, Column, ModelError, Source, encode};
pub use layout::{BUCKETS, Head, IDF_COLUMN, IDF_SCALE, View, WIDTH, column_of};
pub use scores::{Scores, topical_value};
pub use view::{CHARS_MAX, Features, StopWords, gram_bucket, word_bucket};

use std::borrow::Cow;

static SHIPPED: &[u8] = include_bytes!("../../../models/model.bin");

/// A model, ready to score. The shipped one is part of the program and costs memory only where it is touched.
pub struct Model {
    card: Card,
    version: String,
    table: Cow<'static, [u8]>,
    scales: Vec<f32>,
    biases: Vec<f32>,
    /// Where each head's columns stand in the card: first, and how many.
    spans: [(usize, usize); Head::ALL.len()],
}

impl Model {
    /// The model that this program was built with.
    pub fn shipped() -> Self {
        file::decode(Cow::Borrowed(SHIPPED)).expect("models/model.bin, read by every test")
    }

    /// A model of a file, as `huiying train` writes it.
    pub fn read(bytes: Vec<u8>) -> Result<Self, ModelError> {
        file::decode(Cow::Owned(bytes))
    }

    /// What it was learnt from and how good it was found to be.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The first characters of its hash: kept with each verdict.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The classes of a head, in the order of its columns.
    pub fn classes(&self, head: Head) -> impl Iterator<Item = &str> {
        let (first, count) = self.spans[head as usize];
        self.card.columns[first..first + count].iter().map(|column| column.class.as_str())
    }

    /// The scores of all columns for a text.
    pub fn scores(&self, features: &Features) -> Scores {
        Scores::of(self, features, self.spans.map(|(_, count)| count))
    }

    /// What one feature adds to a column, before the text's length is taken into account.
    pub fn weight(&self, bucket: u32, column: usize) -> f32 {
        let byte = self.table[bucket as usize * WIDTH + column] as i8;
        let q = f32::from(byte);
        q * q.abs() * self.scales[column]
    }

    /// How rare a word is among letters, in natural logarithms: 0 in every one, about 9 in none.
    pub fn rarity(&self, word: &str) -> f32 {
        f32::from(self.row(word_bucket(word))[IDF_COLUMN]) * IDF_SCALE
    }

    /// All rows, one behind the other.
    pub fn table(&self) -> &[u8] {
        &self.table
    }

    fn row(&self, bucket: u32) -> &[u8; WIDTH] {
        let at = bucket as usize * WIDTH;
        self.table[at..at + WIDTH].try_into().expect("a row is WIDTH bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_is_whole_and_small() {
        assert!(SHIPPED.len() < 16_000_000, "{} bytes", SHIPPED.len());
        let model = Model::shipped();
        assert_eq!(model.version().len(), 12);
        for (head, classes) in [
            (Head::Expert, 6),
            (Head::Gate, 6),
            (Head::Emotion, 6),
            (Head::Concern, 1),
            (Head::Told, 1),
            (Head::Category, 7),
        ] {
            assert_eq!(model.classes(head).count(), classes);
        }
    }

    #[test]
    fn a_damaged_file_is_refused_with_a_reason() {
        for (bytes, says) in [
            (Vec::new(), "不是模型文件"),
            (SHIPPED[..SHIPPED.len() - 1].to_vec(), "长度"),
            (SHIPPED.iter().enumerate().map(|(n, b)| if n == 4_000_000 { b ^ 1 } else { *b }).collect(), "校验"),
        ] {
            let error = Model::read(bytes).err().expect("refused").to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
