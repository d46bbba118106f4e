//! `huiying author-key`: the key of the author hashes.

use std::process::ExitCode;

use clap::Subcommand;

use super::user::CONSOLE;
use super::{Failure, Global, Outcome, open};
use crate::acts::author_key::AuthorKey as Key;
use crate::time::{Clock, SystemClock};

/// 作者散列密钥
#[derive(Debug, clap::Args)]
pub struct AuthorKey {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Where the key lies, and whether it is the one of this database; the first time it is made
    Check,
    /// Put another key in its place: hashes before and after don't match. Start the service again afterwards
    Rotate,
}

impl AuthorKey {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let file = config.authors.file(&config.database.url);
        open::runtime()?.block_on(async {
            let store = open::store(&config).await?;
            match self.command {
                Command::Check => {
                    open::author_key(&config, &store).await?;
                }
                Command::Rotate => {
                    let now = SystemClock::default().now();
                    Key::rotate(&store, &file, CONSOLE, open::operator().as_deref(), now)
                        .await
                        .map_err(|error| Failure::Usage(error.to_string()))?;
                    eprintln!("密钥已更换：此后的作者散列与以前的不能对应；请重新启动服务，多节点时把文件拷到每个节点");
                }
            }
            store.close().await;
            say!("{}", serde_json::json!({"key_file": file.display().to_string()}));
            Ok(ExitCode::SUCCESS)
        })
    }
}
