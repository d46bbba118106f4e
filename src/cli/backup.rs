//! `huiying backup`: write a backup, while the service goes on. Who wrote it stands in the record.

use std::path::PathBuf;
use std::process::ExitCode;

use super::serve::asked_to_stop;
use super::user::CONSOLE;
use super::{Failure, Global, Outcome, open};
use crate::acts::administration::record;
use crate::domain::administration::AdminEvent;
use crate::time::{Clock, SystemClock};

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
            // Broken off, it leaves nothing.
            let backup = tokio::select! {
                backup = store.backup(&self.file) => backup.map_err(open::database)?,
                stopped = asked_to_stop() => {
                    stopped?;
                    return Err(Failure::Other(anyhow::anyhow!("备份被中断，没有留下文件")));
                }
            };
            let file = std::fs::canonicalize(&self.file).unwrap_or_else(|_| self.file.clone());
            let event = AdminEvent::BackedUp {
                file: file.display().to_string(),
                bytes: backup.bytes,
                operator: open::operator(),
            };
            let recorded = record(&store, &event, CONSOLE, SystemClock::default().now()).await;
            say!("{}", serde_json::json!(backup));
            store.close().await;
            recorded
                .map_err(|error| Failure::Other(anyhow::Error::new(error).context("备份已写出，但没能记入审计记录")))?;
            Ok(ExitCode::SUCCESS)
        })
    }
}
