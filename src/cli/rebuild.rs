//! `huiying rebuild`: writes anew from the record whatever table differs from it.

use std::process::ExitCode;

use super::{Failure, Global, Outcome, open, progress};
use crate::acts::rebuild;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Rebuild {}

impl Rebuild {
    /// Runs the command.
    #[allow(clippy::unused_self, reason = "all commands are run alike")]
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let done = open::runtime()?.block_on(async {
            let store = open::existing(&config).await?;
            store.check_schema().await.map_err(open::database)?;
            let all = store.all_stream_count().await.map_err(open::database)?;
            let bar = progress::bar("重建", u64::try_from(all).unwrap_or_default());
            let done = rebuild(&store, &rules.office, |walked| bar.set_position(walked)).await;
            bar.finish_and_clear();
            store.close().await;
            done.map_err(open::database)
        })?;
        for differed in &done.differed {
            eprintln!("已由记录重建：{differed}");
        }
        for broken in &done.broken {
            eprintln!("{broken}");
        }
        say!(
            "{}",
            serde_json::json!({
                "streams": done.streams, "rebuilt": done.rebuilt, "differed": done.differed.len(),
                "broken": done.broken.len(),
            })
        );
        if done.broken.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        Err(Failure::Integrity(format!(
            "记录本身有 {} 处不完整，相关的表没有改动；请从备份恢复（huiying restore）",
            done.broken.len()
        )))
    }
}
