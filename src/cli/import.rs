//! `huiying import`: import mentions from a file.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Import {}

impl Import {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying import 尚未实现".into()))
    }
}
