//! Where each head's columns stand in a row of the table.

use serde::{Deserialize, Serialize};

/// Bits of a bucket's number.
pub const BUCKET_BITS: u32 = 18;
/// Rows of the table.
pub const BUCKETS: usize = 1 << BUCKET_BITS;
/// Bytes of a row.
pub const WIDTH: usize = 56;
/// Columns before this one read the plain view of a text, the others the topical one.
pub const TOPICAL_FROM: usize = 28;
/// The column that holds no weight but how rare a feature is among letters.
pub const IDF_COLUMN: usize = WIDTH - 1;
/// What a unit of that column is worth.
pub const IDF_SCALE: f32 = 0.1;

/// How a text is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Which n-grams and words it holds.
    Plain,
    /// Which words and n-grams within words, how often, and how rare they are.
    Topical,
}

/// A judgement that the model makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// Six readers of sentiment, one learnt from each collection: positive (> 0) or negative.
    Expert,
    /// Which of the six a text is most like: how much each reader's word counts.
    Gate,
    /// Neutral (> 0) or not.
    Neutrality,
    /// Six emotions.
    Emotion,
    /// Looks like a rumour (> 0).
    Rumour,
    /// What the writer wants.
    Request,
    /// Reads as if citizens complained of something public (> 0), rather than everyday talk.
    Concern,
    /// Tells of a sudden event that took place (> 0), wherever.
    Told,
    /// 领域
    Category,
    /// 单位
    Department,
}

impl Head {
    /// All of them, in the order of their columns.
    pub const ALL: [Self; 10] = [
        Self::Expert,
        Self::Gate,
        Self::Neutrality,
        Self::Emotion,
        Self::Rumour,
        Self::Request,
        Self::Concern,
        Self::Told,
        Self::Category,
        Self::Department,
    ];

    /// First column and how many there is room for.
    pub const fn columns(self) -> (usize, usize) {
        match self {
            Self::Expert => (0, 6),
            Self::Gate => (6, 6),
            Self::Neutrality => (12, 1),
            Self::Emotion => (13, 6),
            Self::Rumour => (19, 1),
            Self::Request => (20, 6),
            Self::Concern => (26, 1),
            Self::Told => (27, 1),
            Self::Category => (28, 7),
            Self::Department => (35, 20),
        }
    }

    /// The view that it reads.
    pub const fn view(self) -> View {
        if self.columns().0 < TOPICAL_FROM { View::Plain } else { View::Topical }
    }

    /// Its name in data files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expert => "sentiment",
            Self::Gate => "gate",
            Self::Neutrality => "neutrality",
            Self::Emotion => "emotion",
            Self::Rumour => "rumour",
            Self::Request => "request",
            Self::Concern => "concern",
            Self::Told => "told",
            Self::Category => "category",
            Self::Department => "department",
        }
    }
}

/// The column of a head's n-th class.
pub const fn column_of(head: Head, class: usize) -> usize {
    head.columns().0 + class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_do_not_overlap() {
        let mut end = 0;
        for head in Head::ALL {
            let (first, count) = head.columns();
            assert!(first >= end, "{head:?}");
            end = first + count;
            assert!((first < TOPICAL_FROM) == (end <= TOPICAL_FROM), "{head:?} reads one view");
        }
        assert!(end <= IDF_COLUMN);
    }
}
