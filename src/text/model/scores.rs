//! Scores of one text in all columns.

use super::layout::{Head, IDF_COLUMN, IDF_SCALE, TOPICAL_FROM, WIDTH};
use super::{Features, Model};

const TOPICAL: usize = WIDTH - TOPICAL_FROM;

/// All columns' scores for a text.
#[derive(Clone, Debug)]
pub struct Scores {
    columns: [f32; WIDTH],
    lengths: [usize; Head::ALL.len()],
}

impl Scores {
    pub(super) fn of(model: &Model, features: &Features, lengths: [usize; Head::ALL.len()]) -> Self {
        let mut columns = [0.0; WIDTH];
        let plain = plain_sums(model, features);
        for (column, sum) in plain.iter().enumerate() {
            columns[column] = sum * model.scales[column] + model.biases[column];
        }
        let topical = topical_sums(model, features);
        for (n, sum) in topical.iter().enumerate() {
            let column = TOPICAL_FROM + n;
            columns[column] = sum * model.scales[column] + model.biases[column];
        }
        Self { columns, lengths }
    }

    /// The scores of a head's classes.
    pub fn head(&self, head: Head) -> &[f32] {
        let first = head.columns().0;
        &self.columns[first..first + self.lengths[head as usize]]
    }

    /// Shares that add up to 1: a softmax of a head's scores.
    pub fn shares(&self, head: Head, sharpness: f32) -> Vec<f32> {
        let scores = self.head(head);
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let raised: Vec<f32> = scores.iter().map(|score| ((score - most) * sharpness).exp()).collect();
        let sum: f32 = raised.iter().sum();
        raised.into_iter().map(|share| share / sum).collect()
    }
}

/// A byte's weight on its column's scale: sign and square.
fn squared(byte: u8) -> i16 {
    let q = i16::from(byte as i8);
    q * q.abs()
}

fn plain_sums(model: &Model, features: &Features) -> [f32; TOPICAL_FROM] {
    let mut sums = [0i32; TOPICAL_FROM];
    for bucket in &features.plain {
        let row = &model.row(*bucket)[..TOPICAL_FROM];
        for (sum, byte) in sums.iter_mut().zip(row) {
            *sum += i32::from(squared(*byte));
        }
    }
    let norm = (features.plain.len().max(1) as f32).sqrt();
    sums.map(|sum| sum as f32 / norm)
}

fn topical_sums(model: &Model, features: &Features) -> [f32; TOPICAL] {
    let mut sums = [0f32; TOPICAL];
    let mut square = 0f32;
    for (bucket, count) in &features.topical {
        let row = model.row(*bucket);
        let value = topical_value(*count, f32::from(row[IDF_COLUMN]) * IDF_SCALE);
        square += value * value;
        for (sum, byte) in sums.iter_mut().zip(&row[TOPICAL_FROM..]) {
            *sum += f32::from(squared(*byte)) * value;
        }
    }
    let norm = square.sqrt().max(f32::MIN_POSITIVE);
    sums.map(|sum| sum / norm)
}

/// A feature's value in the topical view before the text is brought to length 1.
pub fn topical_value(count: u32, idf: f32) -> f32 {
    (1.0 + LOGARITHMS[count.min(31) as usize]) * idf
}

/// Natural logarithms of 1 to 31, at 0 too: counts are small and their logarithms asked for often.
#[expect(
    clippy::approx_constant,
    clippy::excessive_precision,
    reason = "six digits are what the model was learnt with"
)]
const LOGARITHMS: [f32; 32] = [
    0.0, 0.0, 0.693_147, 1.098_612, 1.386_294, 1.609_438, 1.791_759, 1.945_910, 2.079_442, 2.197_225, 2.302_585,
    2.397_895, 2.484_907, 2.564_949, 2.639_057, 2.708_050, 2.772_589, 2.833_213, 2.890_372, 2.944_439, 2.995_732,
    3.044_522, 3.091_042, 3.135_494, 3.178_054, 3.218_876, 3.258_097, 3.295_837, 3.332_205, 3.367_296, 3.401_197,
    3.433_987,
];
