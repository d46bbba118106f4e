//! What is learnt from: a text and what somebody says of it.

use super::super::model::Head;

/// A label of one head.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Which judgement.
    pub head: Head,
    /// The class; of sentiment `positive` or `negative`.
    pub class: String,
    /// For sentiment: the collection whose reader learns it; `None`: all of them do.
    pub expert: Option<usize>,
    /// How much it counts beside others of its head.
    pub weight: f32,
}

/// A labelled text.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its title, if it has one.
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// What is said of it.
    pub labels: Vec<Label>,
}
