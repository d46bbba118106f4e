//! `huiying verify`: walks the audit chain and compares the tables with what follows from it.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Failure, Global, Outcome, open, progress};
use crate::acts::{check_seals, verify};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Folder of the daily seals to check the record against (default: seal.dir, else `seals` beside the database)
    #[arg(long, value_name = "DIR")]
    seals: Option<PathBuf>,
}

impl Verify {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let dir = match self.seals {
            Some(dir) if !dir.is_dir() => {
                return Err(Failure::Usage(format!("--seals {}：没有这个目录；请给出日封所在的目录", dir.display())));
            }
            Some(dir) => dir,
            None => open::seals_dir(&config),
        };
        let (mut found, seals) = open::runtime()?.block_on(async {
            let store = open::existing(&config).await?;
            store.check_schema().await.map_err(open::database)?;
            let all = store.all_stream_count().await.map_err(open::database)?;
            let bar = progress::bar("核验", u64::try_from(all).unwrap_or_default());
            let found = verify(&store, |walked| bar.set_position(walked)).await;
            bar.finish_and_clear();
            let found = found.map_err(open::database)?;
            let seals = check_seals(&store, &dir).await.map_err(anyhow::Error::new)?;
            store.close().await;
            Ok::<_, Failure>((found, seals))
        })?;
        if seals.unchecked > 0 {
            eprintln!(
                "警告：数据库登记了 {} 天的日封，但目录 {} 不存在，日封没有核对；请用 --seals 给出存放处",
                seals.unchecked,
                dir.display()
            );
        }
        found.broken.extend(seals.broken);
        for broken in &found.broken {
            eprintln!("{broken}");
        }
        println!(
            "{}",
            serde_json::json!({
                "streams": found.streams, "events": found.events, "clocks": found.clocks, "seals": seals.seals,
                "sealed_heads": seals.heads, "broken": found.broken.len(),
            })
        );
        if found.broken.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        Err(Failure::Integrity(format!(
            "核验不通过：{} 处不符；记录完整而表不符的，可由记录重建：huiying rebuild",
            found.broken.len()
        )))
    }
}
