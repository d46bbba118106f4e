//! `huiying serve`: aPI, dashboards and workers in one process.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Serve {}

impl Serve {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying serve 尚未实现".into()))
    }
}
