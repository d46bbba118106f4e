//! What `analyse`, `explain` and `bench` share: the analyser of the office whose rules are loaded.

use super::{Failure, Global, model};
use crate::config::Config;
use crate::rules::{Rules, locate};
use crate::text::Analyser;
use crate::text::topic::Topic;

/// Loads the rules and builds the analyser with the configured model; a mistake in either is a configuration error
/// (exit 2).
pub fn analyser(global: &Global) -> Result<Analyser, Failure> {
    analyser_watching(global, Vec::new())
}

/// The same with further watched matters.
pub fn analyser_watching(global: &Global, topics: Vec<Topic>) -> Result<Analyser, Failure> {
    let config = Config::load(global.config.as_deref()).map_err(|error| Failure::Usage(error.to_string()))?;
    let dir = locate(global.rules.as_deref().or(config.rules.dir.as_deref()))
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let rules = Rules::load(&dir).map_err(|errors| Failure::Usage(errors.to_string()))?;
    let mut vocabulary = rules.vocabulary();
    vocabulary.topics.extend(topics);
    Ok(Analyser::with_model(vocabulary, model::configured(&config)?))
}
