//! `huiying verify`: walks the audit chain and rebuilds every clock.

use std::process::ExitCode;

use super::{Failure, Global, Outcome, open};
use crate::acts::verify;
use crate::store::{Store, StoreOptions};

/// 核验：逐条核对审计链，由记录重建全部时限并与表比较；有不符时退出码为 3
#[derive(Debug, clap::Args)]
pub struct Verify {}

impl Verify {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let found = open::runtime()?.block_on(async {
            let store = Store::open(&StoreOptions::durable(&config.database.url)).await.map_err(open::database)?;
            store.check_schema().await.map_err(open::database)?;
            let found = verify(&store).await.map_err(open::database)?;
            store.close().await;
            Ok::<_, Failure>(found)
        })?;
        for broken in &found.broken {
            eprintln!("{broken}");
        }
        println!(
            "{}",
            serde_json::json!({
                "streams": found.streams, "events": found.events, "clocks": found.clocks, "broken": found.broken.len(),
            })
        );
        if found.broken.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        Err(Failure::Integrity(format!("核验不通过：{} 处不符", found.broken.len())))
    }
}
