//! How good verdicts are: accuracy, macro-F1, confusion, calibration, worst errors; and whether one model is better than
//! another by more than chance.

use std::collections::BTreeMap;

/// Bins of a calibration.
const BINS: usize = 10;
/// Confusions that are shown.
const CONFUSIONS_MAX: usize = 8;
/// Errors that are shown.
const WORST_MAX: usize = 5;

/// One verdict beside what is right.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What is right.
    pub gold: String,
    /// What was said.
    pub said: String,
    /// How sure it was, 0–1, where the judge says so.
    pub sure: Option<f64>,
    /// Which text, for the list of worst errors.
    pub text: String,
}

/// Measures over verdicts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Verdicts.
    pub count: usize,
    /// Share that is right.
    pub accuracy: f64,
    /// Mean of the classes' F1.
    pub macro_f1: f64,
    /// Mean distance between how sure and how often right, weighed by bins; `None` where the judge doesn't say how sure.
    pub calibration_error: Option<f64>,
    /// Most frequent confusions: right, said, how often.
    pub confusions: Vec<(String, String, usize)>,
    /// Errors that were the surest: right, said, how sure, text.
    pub worst: Vec<Judged>,
}

impl Measured {
    /// Measures.
    pub fn of(judged: &[Judged]) -> Self {
        if judged.is_empty() {
            return Self::default();
        }
        let mut counts: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
        let mut confused: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut bins = [[0f64; 3]; BINS];
        let mut right = 0;
        for verdict in judged {
            let hit = verdict.gold == verdict.said;
            if hit {
                right += 1;
                counts.entry(&verdict.gold).or_default()[0] += 1.0;
            } else {
                counts.entry(&verdict.gold).or_default()[1] += 1.0;
                counts.entry(&verdict.said).or_default()[2] += 1.0;
                *confused.entry((&verdict.gold, &verdict.said)).or_default() += 1;
            }
            if let Some(sure) = verdict.sure {
                let bin = &mut bins[((sure * BINS as f64) as usize).min(BINS - 1)];
                *bin = [bin[0] + 1.0, bin[1] + sure, bin[2] + f64::from(u8::from(hit))];
            }
        }
        let golden: Vec<&[f64; 3]> = counts.values().filter(|[hit, missed, _]| hit + missed > 0.0).collect();
        let told: f64 = bins.iter().map(|[count, ..]| count).sum();
        let apart: f64 = bins.iter().map(|[_, sure, hit]| (sure - hit).abs()).sum();
        let f1 = |[hit, missed, wrong]: &[f64; 3]| 2.0 * hit / (2.0 * hit + missed + wrong);
        let mut confusions: Vec<(String, String, usize)> =
            confused.into_iter().map(|((gold, said), n)| (gold.to_owned(), said.to_owned(), n)).collect();
        confusions.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| (&a.0, &a.1).cmp(&(&b.0, &b.1))));
        confusions.truncate(CONFUSIONS_MAX);
        let mut worst: Vec<Judged> = judged.iter().filter(|verdict| verdict.gold != verdict.said).cloned().collect();
        let sure = |verdict: &Judged| verdict.sure.unwrap_or(0.0);
        worst.sort_by(|a, b| sure(b).total_cmp(&sure(a)).then_with(|| a.text.cmp(&b.text)));
        worst.truncate(WORST_MAX);
        Self {
            count: judged.len(),
            accuracy: right as f64 / judged.len() as f64,
            macro_f1: golden.iter().map(|counts| f1(counts)).sum::<f64>() / golden.len() as f64,
            calibration_error: (told > 0.0).then(|| apart / told),
            confusions,
            worst,
        }
    }
}

/// Whether B is better than A on the same texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Accuracy of B minus that of A.
    pub difference: f64,
    /// Between these lie 95 % of the differences over resampled texts.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Share of resamples in which B is not better.
    pub p_not_better: f64,
}

/// Paired bootstrap over texts: whether each was right by A and by B.
pub fn bootstrap(pairs: &[(bool, bool)], resamples: usize, seed: u64) -> Bootstrap {
    let gain = |pair: &(bool, bool)| f64::from(i8::from(pair.1) - i8::from(pair.0));
    let count = pairs.len().max(1);
    let difference = pairs.iter().map(gain).sum::<f64>() / count as f64;
    let mut state = seed;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % n as u64) as usize
    };
    let mut sums: Vec<f64> = (0..resamples.max(1))
        .map(|_| (0..pairs.len()).map(|_| gain(&pairs[below(pairs.len())])).sum::<f64>() / count as f64)
        .collect();
    sums.sort_by(f64::total_cmp);
    let at = |share: f64| sums[((sums.len() - 1) as f64 * share).round() as usize];
    let worse = sums.iter().filter(|sum| **sum <= 0.0).count();
    Bootstrap { difference, low: at(0.025), high: at(0.975), p_not_better: worse as f64 / sums.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(gold: &str, said: &str, sure: f64) -> Judged {
        Judged { gold: gold.into(), said: said.into(), sure: Some(sure), text: format!("{gold}{said}") }
    }

    #[test]
    fn measures_are_what_they_say() {
        let measured = Measured::of(&[
            judged("a", "a", 1.0),
            judged("a", "b", 0.9),
            judged("b", "b", 1.0),
            judged("b", "b", 0.55),
        ]);
        assert_eq!((measured.count, measured.accuracy), (4, 0.75));
        assert!((measured.macro_f1 - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-9);
        assert_eq!(measured.confusions, [("a".to_owned(), "b".to_owned(), 1)]);
        assert_eq!(measured.worst[0].said, "b");
        // Right 0 of 1 in the bin of 0.9, 2 of 2 in that of 1.0, 1 of 1 in that of 0.55.
        let apart: f64 = (1.0 + 1.0 + 0.9 - 2.0_f64).abs() + (0.55 - 1.0_f64).abs();
        assert!((measured.calibration_error.unwrap() - apart / 4.0).abs() < 1e-9);
        let unsure = Judged { sure: None, ..judged("a", "a", 0.0) };
        assert_eq!(Measured::of(&[unsure]).calibration_error, None);
    }

    #[test]
    fn chance_is_told_from_gain() {
        let sure = bootstrap(&[(false, true); 50], 200, 1);
        assert_eq!((sure.difference, sure.p_not_better), (1.0, 0.0));
        let even: Vec<(bool, bool)> = (0..50).map(|n| (n % 2 == 0, n % 2 == 1)).collect();
        let chance = bootstrap(&even, 200, 1);
        assert!(chance.low < 0.0 && chance.high > 0.0 && chance.p_not_better > 0.2, "{chance:?}");
    }
}
