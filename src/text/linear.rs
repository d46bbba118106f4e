//! Linear models (线性模型) over character n-grams, learnt by `models/train.py`; see `models/README.md`.
//!
//! A text's features are its distinct 1- to 3-grams (digits are all `0`, blanks separate); a model's score is the sum of
//! the weights of those that it knows, divided by the root of their number, plus a bias.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Characters that are looked at: the beginning says what a text is, and a long one must not cost more than others.
const CHARS_MAX: usize = 2000;
/// Longest n-gram.
const GRAM_CHARS_MAX: usize = 3;
/// Weights are stored in thousandths.
const WEIGHT_SCALE: f32 = 1000.0;

/// One learnt file: columns, biases and a weight for each n-gram and column.
struct Model {
    columns: Vec<&'static str>,
    bias: Vec<f32>,
    /// Row by n-gram number; a number beyond it, or a row of zeros, is unknown to this model.
    rows: Vec<Option<u32>>,
    weights: Vec<f32>,
}

/// Which model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// Positive (> 0) or negative.
    Polarity,
    /// Neutral (> 0) or not.
    Neutrality,
    /// Six emotions.
    Emotion,
    /// Seven categories.
    Category,
    /// Looks like a rumour (> 0).
    Rumour,
}

const FILES: [&str; 5] = [
    include_str!("../../models/polarity.tsv"),
    include_str!("../../models/neutrality.tsv"),
    include_str!("../../models/emotion.tsv"),
    include_str!("../../models/category.tsv"),
    include_str!("../../models/rumour.tsv"),
];

/// N-gram to number. The keys are our own and none is chosen by a stranger, so one multiplication is hash enough; it is
/// looked up three times for each character of every text.
type Table = HashMap<u64, u32, BuildHasherDefault<Multiply>>;

/// Multiplicative hashing of one `u64` (the constant is 2^64 divided by the golden ratio).
#[derive(Default)]
struct Multiply(u64);

impl Hasher for Multiply {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }
    fn write_u64(&mut self, key: u64) {
        let mixed = (self.0 ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }
}

/// All learnt models over one table of n-grams.
pub struct Linear {
    grams: Table,
    names: Vec<&'static str>,
    models: Vec<Model>,
}

/// The n-grams of one text, as numbers into the table.
pub struct Grams(Vec<u32>);

impl Default for Linear {
    fn default() -> Self {
        let (mut grams, mut names) = (Table::default(), Vec::new());
        let models = FILES.iter().map(|file| read(file, &mut grams, &mut names)).collect();
        Self { grams, names, models }
    }
}

/// Reads a model file: two lines of comment, the biases, the columns, then n-grams. They are part of the program, so a
/// fault in one is a fault of the build, which the tests show.
fn read(file: &'static str, grams: &mut Table, names: &mut Vec<&'static str>) -> Model {
    let mut lines = file.lines().skip(2);
    let numbers = |line: &str| -> Vec<f32> {
        line.split('\t').skip(1).map(|w| w.parse::<f32>().expect("a number") / WEIGHT_SCALE).collect()
    };
    let bias = numbers(lines.next().expect("biases"));
    let columns: Vec<&str> = lines.next().expect("columns").split('\t').skip(1).collect();
    let mut model = Model { columns, bias, rows: Vec::new(), weights: Vec::new() };
    for (row, line) in lines.enumerate() {
        let gram = line.split('\t').next().unwrap_or("");
        let id = *grams.entry(key(gram.chars())).or_insert_with(|| {
            names.push(gram);
            names.len() as u32 - 1
        });
        model.rows.resize(model.rows.len().max(id as usize + 1), None);
        model.rows[id as usize] = Some(row as u32);
        model.weights.extend(numbers(line));
    }
    model
}

/// Up to three characters in one number; 21 bits hold any character, and none is 0.
fn key(chars: impl Iterator<Item = char>) -> u64 {
    chars.take(GRAM_CHARS_MAX).fold(0, |key, c| key << 21 | u64::from(u32::from(c)))
}

impl Linear {
    /// The n-grams of a normalised text.
    pub fn grams(&self, text: &str) -> Grams {
        let mut found = Vec::with_capacity(text.len().min(3 * CHARS_MAX));
        let mut window = ['\0'; GRAM_CHARS_MAX];
        let mut filled = 0;
        for c in text.chars().take(CHARS_MAX) {
            if c.is_whitespace() {
                filled = 0;
                continue;
            }
            window.rotate_left(1);
            window[GRAM_CHARS_MAX - 1] = if c.is_ascii_digit() { '0' } else { c };
            filled = (filled + 1).min(GRAM_CHARS_MAX);
            for n in 1..=filled {
                found.extend(self.grams.get(&key(window[GRAM_CHARS_MAX - n..].iter().copied())));
            }
        }
        found.sort_unstable();
        found.dedup();
        Grams(found)
    }

    /// The scores of a model's columns.
    pub fn scores(&self, which: Learnt, grams: &Grams) -> Vec<f64> {
        let model = &self.models[which as usize];
        let width = model.columns.len();
        let mut sums = vec![0f64; width];
        let mut known = 0u32;
        for row in grams.0.iter().filter_map(|id| model.row(*id)) {
            known += 1;
            for (sum, weight) in sums.iter_mut().zip(&model.weights[row * width..(row + 1) * width]) {
                *sum += f64::from(*weight);
            }
        }
        let norm = f64::from(known.max(1)).sqrt();
        sums.iter().zip(&model.bias).map(|(sum, bias)| sum / norm + f64::from(*bias)).collect()
    }

    /// The columns of a model.
    pub fn columns(&self, which: Learnt) -> &[&'static str] {
        &self.models[which as usize].columns
    }

    /// The n-grams that weighed most in a column, with their share of the score, heaviest first: for `explain`.
    pub fn heaviest(&self, which: Learnt, column: usize, grams: &Grams, most: usize) -> Vec<(&'static str, f64)> {
        let model = &self.models[which as usize];
        let rows: Vec<(u32, usize)> = grams.0.iter().filter_map(|id| model.row(*id).map(|row| (*id, row))).collect();
        let norm = (rows.len().max(1) as f64).sqrt();
        let mut shares: Vec<(&'static str, f64)> = rows
            .iter()
            .filter_map(|(id, row)| {
                let weight = model.weights.get(row * model.columns.len() + column)?;
                Some((self.names[*id as usize], f64::from(*weight) / norm))
            })
            .collect();
        shares.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(b.0)));
        shares.truncate(most);
        shares
    }
}

impl Model {
    fn row(&self, id: u32) -> Option<usize> {
        self.rows.get(id as usize).copied().flatten().map(|row| row as usize)
    }
}

/// The logistic function.
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_whole_and_small() {
        let linear = Linear::default();
        let sizes: usize = FILES.iter().map(|file| file.len()).sum();
        assert!(sizes < 1024 * 1024, "{sizes} bytes");
        for (model, columns) in linear.models.iter().zip([1, 1, 6, 7, 1]) {
            assert_eq!((model.columns.len(), model.bias.len()), (columns, columns));
            let rows = model.rows.iter().flatten().count();
            assert!(rows > 1000 && model.weights.len() == rows * columns);
        }
        assert!(linear.names.iter().all(|gram| (1..=GRAM_CHARS_MAX).contains(&gram.chars().count())));
    }

    #[test]
    fn grams_are_distinct_and_do_not_cross_blanks() {
        let linear = Linear::default();
        let once = linear.grams("味道很好");
        assert_eq!(linear.grams("味道很好 味道很好").0, once.0);
        assert!(linear.scores(Learnt::Polarity, &once)[0] > 0.0);
        assert!(linear.scores(Learnt::Polarity, &linear.grams("太难吃了，再也不来"))[0] < 0.0);
    }
}
