//! `huiying due`: due time, warnings and escalations, and how they were computed.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Due {}

impl Due {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying due 尚未实现".into()))
    }
}
