//! `huiying work`: worker node without web.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Work {}

impl Work {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying work 尚未实现".into()))
    }
}
