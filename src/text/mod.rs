//! Chinese text analysis (文本分析), pure: what a text says, about what, where, whose matter it is, and why we think so.
//!
//! A mention is normalised once ([`document`]), scanned once for every word that any part looks for ([`scan`]) and
//! segmented once ([`segment`]); each part then judges from these and says why. [`Analyser`] puts them together.

mod analyser;
pub mod analysis;
mod category;
pub mod concern;
mod department;
mod document;
mod emotion;
mod event_grade;
#[cfg(test)]
mod event_grade_examples;
pub mod expression;
mod facts;
mod hedge;
mod keywords;
mod lexicon;
mod linear;
pub mod normalise;
pub mod place;
mod quantity;
mod region;
mod request;
mod rumour;
mod scan;
#[cfg(test)]
mod scores;
mod segment;
mod sensitive;
mod sentiment;
pub mod topic;
mod vocabulary;
mod watch;

pub use analyser::Analyser;
pub use vocabulary::{KnownPlace, Region, Vocabulary};
