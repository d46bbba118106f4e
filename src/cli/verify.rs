//! `huiying verify`: walk the audit chain and rebuild every clock.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Verify {}

impl Verify {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying verify 尚未实现".into()))
    }
}
