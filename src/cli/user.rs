//! `huiying user`: add and change users.

use super::{Failure, Global, Outcome};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct User {}

impl User {
    /// Runs the command.
    pub fn run(self, _global: &Global) -> Outcome {
        Err(Failure::Usage("huiying user 尚未实现".into()))
    }
}
