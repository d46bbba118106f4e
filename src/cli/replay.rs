//! `huiying replay`: plays a scenario under a virtual clock and prints its ledger.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use super::print::gone;
use super::{Failure, Global, Outcome, open};
use crate::domain::instant::Instant;
use crate::replay::{Scenario, replay};
use crate::store::StoreOptions;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// Scenario file (JSON Lines); `-` = standard input
    scenario: PathBuf,
    /// Stop at this instant (RFC 3339 with an offset, or a date) instead of at the last line
    #[arg(long, value_name = "INSTANT")]
    until: Option<Instant>,
}

impl Replay {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let text = read(&self.scenario)?;
        let scenario = Scenario::read(&text);
        if scenario.lines.is_empty() && scenario.errors.is_empty() {
            return Err(Failure::Usage(format!("{}：没有任何一行场景", self.scenario.display())));
        }
        let folder = Scratch::new()?;
        let database = StoreOptions::throw_away(&folder.path.join("replay.db"));
        let played = open::runtime()?.block_on(replay(&scenario, rules, self.until, &database));
        let played = played.map_err(|error| Failure::Other(anyhow::Error::new(error)))?;
        for why in &played.refused {
            eprintln!("{}：{why}", self.scenario.display());
        }
        let mut out = BufWriter::new(std::io::stdout().lock());
        let rows = played.ledger.iter().try_for_each(|row| writeln!(out, "{row}"));
        gone(rows.and_then(|()| out.flush())).context("写标准输出")?;
        Ok(if played.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

fn read(path: &std::path::Path) -> Result<String, Failure> {
    let text = if path == std::path::Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| Failure::Usage(format!("{}：读不了场景文件：{error}", path.display())))
}

/// A folder of this run alone, gone with it.
pub(super) struct Scratch {
    pub path: PathBuf,
}

impl Scratch {
    pub fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("huiying-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&path)
            .map_err(|error| Failure::Usage(format!("{}：无法建立临时文件夹：{error}", path.display())))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::debug!(path = %self.path.display(), %error, "the scratch folder stays");
        }
    }
}
