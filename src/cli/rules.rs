//! `huiying rules`: check the rule files.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Rules {}

impl Rules {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying rules 尚未实现".into()))
    }
}
