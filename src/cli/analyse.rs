//! `huiying analyse`: text analysis as a filter: JSONL in, JSONL out.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Analyse {}

impl Analyse {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying analyse 尚未实现".into()))
    }
}
