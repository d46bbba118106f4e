//! How each head is learnt; chosen on dev halves (see `models/README.md`), by measuring.

use super::super::model::Head;

/// The collections of sentiment that have a reader of their own: their labels conflict, so one reader for all loses.
pub const EXPERTS: [&str; 6] = ["smp_all3", "weibo2018", "weibo100k", "htl", "waimai", "shop10"];
/// The reader that further data is put with where it says nothing else: everyday posts.
pub const OPEN_EXPERT: usize = 0;

/// How much another collection's examples count for a reader.
pub const FOREIGN_SHARE: f32 = 0.04;
/// Examples of a collection that its gate sees with full weight; more are weighed down to this many.
pub const GATE_EXAMPLES: f32 = 10_000.0;

/// Settings of one head.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Cost of an error: the larger, the closer the fit.
    pub cost: f32,
    /// How far features are weighed by their log-count ratio (NB-SVM): 0 not, 1 only by it.
    pub ratio_share: f32,
    /// How far rare classes are weighed up: 0 not, 1 as if classes were of one size.
    pub balance: f32,
    /// Passes over the examples.
    pub passes: usize,
}

/// The settings of a head.
pub const fn of(head: Head) -> Recipe {
    match head {
        Head::Expert => Recipe { cost: 4.0, ratio_share: 0.7, balance: 0.0, passes: 12 },
        Head::Gate => Recipe { cost: 3.0, ratio_share: 0.0, balance: 0.0, passes: 5 },
        Head::Neutrality => Recipe { cost: 4.0, ratio_share: 0.5, balance: 0.0, passes: 12 },
        Head::Emotion => Recipe { cost: 6.0, ratio_share: 0.0, balance: 0.7, passes: 12 },
        Head::Rumour => Recipe { cost: 30.0, ratio_share: 0.3, balance: 0.0, passes: 15 },
        Head::Request => Recipe { cost: 4.0, ratio_share: 0.5, balance: 0.0, passes: 15 },
        Head::Told => Recipe { cost: 10.0, ratio_share: 0.0, balance: 0.0, passes: 12 },
        Head::Concern => Recipe { cost: 8.0, ratio_share: 0.5, balance: 0.0, passes: 12 },
        Head::Category => Recipe { cost: 10.0, ratio_share: 0.5, balance: 0.0, passes: 12 },
        Head::Department => Recipe { cost: 30.0, ratio_share: 0.0, balance: 0.3, passes: 15 },
    }
}
