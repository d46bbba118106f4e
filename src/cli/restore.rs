//! `huiying restore`: read a backup in the place of the database.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Global, Outcome, open};
use crate::store::{StoreOptions, restore};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace a database that is in use for work; a SQLite file that is replaced is kept beside the new one
    #[arg(long)]
    force: bool,
}

impl Restore {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let key_file = config.authors.file(&config.database.url);
        let options = StoreOptions::durable(config.database.url);
        open::runtime()?.block_on(async {
            let restored = restore(&options, &self.file, self.force).await.map_err(open::database)?;
            if !key_file.exists() {
                eprintln!("请把作者散列密钥文件一并拷回：{}（备份中没有密钥）", key_file.display());
            }
            say!("{}", serde_json::json!(restored));
            Ok(ExitCode::SUCCESS)
        })
    }
}
