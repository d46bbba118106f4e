//! `huiying bench`: measure and print a rate or ratio as JSON.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Bench {}

impl Bench {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying bench 尚未实现".into()))
    }
}
