//! `huiying backup`: write a backup.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Backup {}

impl Backup {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying backup 尚未实现".into()))
    }
}
