//! `huiying bench import`: a file of mentions read, checked and stored as pending on a durable SQLite file, as an import does
//! before analysis; and what memory that takes at its beginning and its end.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;

use super::machine::{Machine, resident_mb};
use super::texts;
use crate::acts::intake::Intake;
use crate::cli::channels::Told;
use crate::cli::import::Import as Command;
use crate::cli::replay::Scratch;
use crate::cli::serve::Service;
use crate::cli::{Global, Outcome, open};
use crate::collect::import::{Format, ImportReader, Rejects};
use crate::domain::mention::{Engagement, MentionInput};
use crate::engine::EngineOptions;
use crate::store::{ImportRow, StoreOptions};
use crate::time::{SharedClock, Stopwatch, SystemClock};

/// Different texts among the rows; each row has an id of its own.
const TEXTS: usize = 2_000;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// How many rows
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1_000..=5_000_000))]
    rows: u32,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    rows: i64,
    pending: i64,
    seconds: f64,
    rows_per_s: f64,
    file_mb: f64,
    /// Resident memory after the first tenth, and at the end.
    resident_mb_first: Option<f64>,
    resident_mb_last: Option<f64>,
    database: &'static str,
    machine: Machine,
}

impl Import {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let machine = Machine::read();
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let folder = Scratch::new()?;
        let file = folder.path.join("rows.jsonl");
        let bytes = write(&file, self.rows).map_err(anyhow::Error::new)?;
        let command = Command::of(file.clone(), Format::Mentions);
        let url = format!("sqlite:{}", folder.path.join("bench.db").display());
        let report = open::runtime()?.block_on(async {
            let store = open::migrated(&StoreOptions::durable(&url)).await?;
            let clock: SharedClock = Arc::new(SystemClock::default());
            let service =
                Service::new(store.clone(), rules, clock.clone(), EngineOptions::default(), Told::in_app(&store))?;
            let intake = Intake::new(&store, &service.author_key).map_err(anyhow::Error::new)?;
            let mut reader = ImportReader::open(&file, Format::Mentions, &[], 0).map_err(anyhow::Error::new)?;
            let mut refused = Rejects::beside(&file, None, false);
            let mut row = ImportRow { id: "bench".into(), started_at: clock.now(), ..ImportRow::default() };
            let (mut told, mut first) = (0, None);
            let started = Stopwatch::start();
            while command
                .next_batch(&service, &intake, &mut reader, &mut row, (&mut told, &mut refused))
                .await?
                .is_some()
            {
                if first.is_none() && row.read_count * 10 >= i64::from(self.rows) {
                    first = Some(resident_mb());
                }
            }
            let seconds = started.elapsed().as_secs_f64();
            let pending = store.pending_mention_count().await.map_err(anyhow::Error::new)?;
            store.close().await;
            let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
            Ok::<_, crate::cli::Failure>(Report {
                bench: "import",
                rows: row.read_count,
                pending,
                seconds: rounded(seconds),
                rows_per_s: rounded(row.read_count as f64 / seconds),
                file_mb: rounded(bytes as f64 / 1e6),
                resident_mb_first: first.flatten(),
                resident_mb_last: resident_mb(),
                database: "SQLite, synchronous=FULL",
                machine,
            })
        })?;
        say!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes made-up rows, a line at a time: the file is larger than what memory is measured against.
fn write(file: &std::path::Path, rows: u32) -> std::io::Result<usize> {
    let texts = texts::made_up(TEXTS);
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    let mut bytes = 0;
    for n in 0..rows as usize {
        let row = MentionInput {
            id: Some(format!("bench-{n}")),
            source: Some("bench".into()),
            engagement: Some(Engagement { views: Some(n as u64), ..Engagement::default() }),
            ..texts[n % texts.len()].clone()
        };
        let line = serde_json::to_string(&row).map_err(std::io::Error::other)?;
        bytes += line.len() + 1;
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(bytes)
}
