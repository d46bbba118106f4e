//! `huiying backup`: write a backup, while the service goes on.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Global, Outcome, open};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Backup {
    /// The file to write; it must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Backup {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        open::runtime()?.block_on(async {
            let store = open::existing(&config).await?;
            let backup = store.backup(&self.file).await.map_err(open::database)?;
            println!("{}", serde_json::json!(backup));
            store.close().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}
