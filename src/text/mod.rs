//! Chinese text analysis (文本分析), pure: what a text says, about what, where, whose matter it is, and why we think so.
//!
//! A mention is normalised once ([`document`]), scanned once for every word that any part looks for ([`scan`]) and
//! segmented once ([`segment`]); each part then judges from these and says why. [`Analyser`] puts them together.

#[cfg(test)]
pub mod alike;
mod analyser;
pub mod analysis;
mod category;
pub mod concern;
mod department;
mod document;
mod emotion;
mod event;
mod event_text;
mod explain;
pub mod expression;
mod keywords;
pub mod learn;
mod lexicon;
pub mod model;
pub mod normalise;
mod origin;
mod own_words;
pub mod place;
mod region;
mod request;
#[cfg(test)]
mod robustness;
mod rumour;
mod scan;
#[cfg(test)]
mod scores;
mod segment;
mod sensitive;
mod sentiment;
pub mod topic;
mod traditional;
mod vocabulary;
mod watch;

pub use analyser::Analyser;
pub use explain::{zh_emotion, zh_request};
pub use vocabulary::{KnownPlace, Region, Vocabulary};
