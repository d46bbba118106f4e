//! The rules of an office, as files under `rules/`.

pub mod source;
pub mod source_check;
pub mod source_field;
pub mod units;
