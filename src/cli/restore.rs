//! `huiying restore`: read a backup.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Restore {}

impl Restore {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying restore 尚未实现".into()))
    }
}
