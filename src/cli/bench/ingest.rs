//! `huiying bench ingest`: mentions stored, analysed, deduplicated, correlated and committed on a durable SQLite file.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;

use super::machine::Machine;
use super::texts;
use crate::acts::intake::Intake;
use crate::cli::channels::Told;
use crate::cli::replay::Scratch;
use crate::cli::serve::Service;
use crate::cli::{Global, Outcome, open};
use crate::domain::mention::{Channel, MentionInput};
use crate::engine::EngineOptions;
use crate::store::StoreOptions;
use crate::time::{SharedClock, Stopwatch, SystemClock};

/// Mentions in one transaction of the intake, as in an import.
const BATCH: usize = 1_000;
/// Channels that made-up mentions come from, in turn.
const CHANNELS: [Channel; 5] = [Channel::Weibo, Channel::Forum, Channel::Wechat, Channel::News, Channel::Board];

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Ingest {
    /// Mentions (JSONL) to measure with, instead of made-up ones
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// How many mentions
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    mentions: u32,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    mentions: usize,
    seconds: f64,
    mentions_per_s: f64,
    store_s: f64,
    ingest_s: f64,
    new: usize,
    opened: usize,
    joined: usize,
    failed: usize,
    megabytes: f64,
    database: &'static str,
    machine: Machine,
}

impl Ingest {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let machine = Machine::read();
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let mut mentions = match &self.input {
            Some(path) => texts::read(path)?,
            None => posts(self.mentions as usize),
        };
        mentions.truncate(self.mentions as usize);
        let folder = Scratch::new()?;
        let url = format!("sqlite:{}", folder.path.join("bench.db").display());
        let report = open::runtime()?.block_on(async {
            let store = open::migrated(&StoreOptions::durable(&url)).await?;
            let clock: SharedClock = Arc::new(SystemClock::default());
            let service =
                Service::new(store.clone(), rules, clock.clone(), EngineOptions::default(), Told::in_app(&store))?;
            let intake = Intake::new(&store, &service.author_key).map_err(anyhow::Error::new)?;
            let megabytes = mentions.iter().map(|mention| mention.text.len()).sum::<usize>() as f64 / 1e6;
            let count = mentions.len();
            let started = Stopwatch::start();
            let (mut new, rules) = (0, service.rules.load_full());
            let mut mentions = mentions.into_iter().peekable();
            while mentions.peek().is_some() {
                let batch: Result<Vec<_>, String> = mentions
                    .by_ref()
                    .take(BATCH)
                    .map(|input| intake.accept(input, None, &rules, clock.now(), true))
                    .collect();
                let stored = intake.store(&batch.map_err(anyhow::Error::msg)?).await.map_err(anyhow::Error::new)?;
                new += stored.iter().filter(|mention| mention.new).count();
            }
            let store_s = started.elapsed().as_secs_f64();
            let ingested = service.engine.ingest_all(clock.now()).await.map_err(anyhow::Error::new)?;
            let seconds = started.elapsed().as_secs_f64();
            store.close().await;
            let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
            Ok::<_, crate::cli::Failure>(Report {
                bench: "ingest",
                mentions: count,
                seconds: rounded(seconds),
                mentions_per_s: rounded(count as f64 / seconds),
                store_s: rounded(store_s),
                ingest_s: rounded(seconds - store_s),
                new,
                opened: ingested.opened.len(),
                joined: ingested.joined,
                failed: ingested.failed,
                megabytes: rounded(megabytes),
                database: "SQLite, synchronous=FULL",
                machine,
            })
        })?;
        say!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}

/// Made-up posts: each its own mention; every fifth repeats another nearly word by word.
fn posts(count: usize) -> Vec<MentionInput> {
    let originals = texts::made_up(count);
    (0..count)
        .map(|n| {
            let mut post = originals[if n % 5 == 4 { n / 2 } else { n }].clone();
            if n % 5 == 4 {
                post.text.push_str("转发");
            }
            MentionInput {
                id: Some(format!("bench-{n}")),
                channel: CHANNELS[n % CHANNELS.len()],
                source: Some("bench".into()),
                ..post
            }
        })
        .collect()
}
