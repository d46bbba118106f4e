//! Logistic regression with a squared penalty, solved in its dual by coordinate descent (Yu, Huang and Lin 2011).
//!
//! No step size to choose and no chance but the order of the examples, which a seed decides.

/// Features of one example.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// Buckets, all of one value.
    Even(&'a [u32], f32),
    /// Buckets, each with its value.
    Valued(&'a [(u32, f32)]),
}

impl Row<'_> {
    fn each(&self, mut visit: impl FnMut(usize, f32)) {
        match self {
            Self::Even(buckets, value) => buckets.iter().for_each(|bucket| visit(*bucket as usize, *value)),
            Self::Valued(pairs) => pairs.iter().for_each(|(bucket, value)| visit(*bucket as usize, *value)),
        }
    }
}

/// One yes-or-no question over examples.
pub struct Question<'a> {
    /// Features.
    pub rows: Vec<Row<'a>>,
    /// Answers.
    pub yes: Vec<bool>,
    /// What an error on each costs.
    pub costs: Vec<f32>,
}

/// Weights by bucket, and the bias.
pub struct Answer {
    /// By bucket.
    pub weights: Vec<f32>,
    /// Added to every score.
    pub bias: f32,
}

/// Newton's steps stop here.
const GRADIENT_MIN: f64 = 1e-6;
const STEPS_MAX: usize = 100;
/// Starting value of the dual variables.
const DUAL_START: f64 = 1e-8;

/// Knuth's linear congruential generator: the same order on every machine for ever.
struct Order(u64);

impl Order {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Log-count ratio of each feature between yes and no, one example of each added.
fn ratios(question: &Question, buckets: usize) -> Vec<f32> {
    let (mut yes, mut no) = (vec![1f32; buckets], vec![1f32; buckets]);
    for (n, row) in question.rows.iter().enumerate() {
        let counts = if question.yes[n] { &mut yes } else { &mut no };
        row.each(|bucket, _| counts[bucket] += question.costs[n]);
    }
    let (all_yes, all_no): (f32, f32) = (yes.iter().sum(), no.iter().sum());
    yes.iter().zip(&no).map(|(yes, no)| ((yes / all_yes) / (no / all_no)).ln()).collect()
}

/// Fits one question.
pub fn solve(question: &Question, buckets: usize, ratio_share: f32, passes: usize, seed: u64) -> Answer {
    // A feature's penalty is lessened by the square of its ratio: the same as scaling the feature itself.
    let loose: Option<Vec<f32>> = (ratio_share > 0.0).then(|| {
        let scale = |ratio: f32| (ratio_share * ratio.abs() + 1.0 - ratio_share).powi(2);
        ratios(question, buckets).into_iter().map(scale).collect()
    });
    let loose = |bucket: usize| loose.as_ref().map_or(1.0, |loose| loose[bucket]);
    let mut answer = Answer { weights: vec![0.0; buckets], bias: 0.0 };
    let count = question.rows.len();
    let mut duals: Vec<[f64; 2]> = Vec::with_capacity(count);
    let mut squares: Vec<f64> = Vec::with_capacity(count);
    for (n, row) in question.rows.iter().enumerate() {
        let cost = f64::from(question.costs[n]);
        let start = (0.001 * cost).min(DUAL_START);
        duals.push([start, cost - start]);
        let mut square = 1.0;
        row.each(|bucket, value| square += f64::from(value * value * loose(bucket)));
        squares.push(square);
    }
    let mut order: Vec<usize> = (0..count).filter(|n| question.costs[*n] > 0.0).collect();
    let mut chance = Order(seed);
    for _ in 0..passes {
        for n in (1..order.len()).rev() {
            order.swap(n, chance.below(n as u64 + 1) as usize);
        }
        for n in &order {
            let row = &question.rows[*n];
            let sign = if question.yes[*n] { 1.0 } else { -1.0 };
            let mut score = answer.bias;
            row.each(|bucket, value| score += answer.weights[bucket] * value);
            let moved = step(&mut duals[*n], f64::from(question.costs[*n]), squares[*n], f64::from(sign * score));
            if moved != 0.0 {
                let by = moved as f32 * sign;
                row.each(|bucket, value| answer.weights[bucket] += by * value * loose(bucket));
                answer.bias += by;
            }
        }
    }
    answer
}

/// Moves one example's pair of dual variables to its optimum; gives how far the first went.
fn step(dual: &mut [f64; 2], cost: f64, square: f64, margin: f64) -> f64 {
    let (mut at, mut sign) = (0, 1.0);
    if 0.5 * square * (dual[1] - dual[0]) + margin < 0.0 {
        (at, sign) = (1, -1.0);
    }
    let old = dual[at];
    let mut new = if cost - old < 0.5 * cost { 0.1 * old } else { old };
    let slope = |x: f64| square * (x - old) + sign * margin + (x / (cost - x)).ln();
    let mut gradient = slope(new);
    let mut steps = 0;
    while steps < STEPS_MAX && gradient.abs() > GRADIENT_MIN {
        let next = new - gradient / (square + cost / (cost - new) / new);
        new = if next <= 0.0 { 0.1 * new } else { next };
        gradient = slope(new);
        steps += 1;
    }
    if steps == 0 || !new.is_finite() {
        return 0.0;
    }
    (dual[at], dual[1 - at]) = (new, cost - new);
    sign * (new - old)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question<'a>(rows: &'a [[u32; 1]]) -> Question<'a> {
        Question {
            rows: rows.iter().map(|row| Row::Even(row, 1.0)).collect(),
            yes: rows.iter().map(|row| row[0] == 0).collect(),
            costs: vec![1.0; rows.len()],
        }
    }

    #[test]
    fn what_is_plain_is_learnt_and_the_seed_decides_alone() {
        let rows: Vec<[u32; 1]> = (0..40).map(|n| [n % 2]).collect();
        let first = solve(&question(&rows), 2, 0.5, 20, 7);
        assert!(first.weights[0] > 0.5 && first.weights[1] < -0.5, "{:?}", first.weights);
        assert_eq!(first.weights, solve(&question(&rows), 2, 0.5, 20, 7).weights);
    }

    /// The optimum of a penalised logistic regression has a known slope: w = Σ cost·(1 − p)·y·x.
    #[test]
    fn the_solution_is_where_the_slope_is_zero() {
        let rows: Vec<[u32; 1]> = (0..30).map(|n| [n % 3]).collect();
        let mut question = question(&rows);
        question.yes = (0..30).map(|n| n % 7 < 3).collect();
        let answer = solve(&question, 3, 0.0, 400, 1);
        let mut slope = answer.weights.clone();
        for (row, yes) in rows.iter().zip(&question.yes) {
            let y = if *yes { 1.0 } else { -1.0 };
            let score = answer.weights[row[0] as usize] + answer.bias;
            slope[row[0] as usize] -= y / (1.0 + (y * score).exp());
        }
        assert!(slope.iter().all(|slope| slope.abs() < 1e-3), "{slope:?}");
    }
}
