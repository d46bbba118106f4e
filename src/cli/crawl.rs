//! `huiying crawl`: collect once, now.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Crawl {}

impl Crawl {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying crawl 尚未实现".into()))
    }
}
