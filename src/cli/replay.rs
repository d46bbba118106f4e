//! `huiying replay`: play a scenario under a virtual clock and print its ledger.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Replay {}

impl Replay {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying replay 尚未实现".into()))
    }
}
