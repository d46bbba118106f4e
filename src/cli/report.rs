//! `huiying report`: ledger, scorecard and other products.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Report {}

impl Report {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying report 尚未实现".into()))
    }
}
