//! `huiying migrate`: bring the database to this version.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Migrate {}

impl Migrate {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying migrate 尚未实现".into()))
    }
}
