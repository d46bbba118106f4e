//! `huiying explain`: which words, rules and features decided what.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Explain {}

impl Explain {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying explain 尚未实现".into()))
    }
}
