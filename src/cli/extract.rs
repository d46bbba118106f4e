//! `huiying extract`: one page in, one JSON object out.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Extract {}

impl Extract {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying extract 尚未实现".into()))
    }
}
