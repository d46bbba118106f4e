//! Learning (训练): labelled texts in, a model out; pure, and byte for byte the same for the same examples and seed.

mod example;
mod measure;
mod recipe;
mod solve;
mod teach;

pub use example::{Example, Label};
pub use measure::{Bootstrap, Judged, Measured, bootstrap};
pub use recipe::{EXPERTS, OPEN_EXPERT};
pub use teach::{Studied, Teacher};
