//! `huiying bench analyse`: how much text one core analyses.

use std::process::ExitCode;

use serde::Serialize;

use super::machine::Machine;
use super::texts;
use crate::cli::{Global, Outcome, office_text};
use crate::clock::Stopwatch;

/// Texts in one round.
const TEXTS: usize = 2_000;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Analyse {
    /// Mentions (JSONL) to measure with, instead of made-up ones
    #[arg(long, value_name = "FILE")]
    input: Option<std::path::PathBuf>,
    /// How long to measure, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    mb_per_s: f64,
    texts_per_s: f64,
    megabytes: f64,
    texts: u64,
    seconds: f64,
    threads: u32,
    build_analyser_s: f64,
    machine: Machine,
}

impl Analyse {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let machine = Machine::read();
        let mentions = match &self.input {
            Some(path) => texts::read(path)?,
            None => texts::made_up(TEXTS),
        };
        let started = Stopwatch::start();
        let analyser = office_text::analyser(global)?;
        let build_analyser_s = started.elapsed().as_secs_f64();
        // One round to warm up, then whole rounds until the time is over.
        mentions.iter().for_each(|mention| drop(std::hint::black_box(analyser.analyse(mention))));
        let started = Stopwatch::start();
        let (mut bytes, mut texts) = (0usize, 0u64);
        while started.elapsed().as_secs_f64() < self.seconds as f64 {
            for mention in &mentions {
                std::hint::black_box(analyser.analyse(mention));
                bytes += mention.text.len() + mention.title.as_ref().map_or(0, String::len);
                texts += 1;
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        let megabytes = bytes as f64 / 1e6;
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        let report = Report {
            bench: "analyse",
            mb_per_s: rounded(megabytes / seconds),
            texts_per_s: rounded(texts as f64 / seconds),
            megabytes: rounded(megabytes),
            texts,
            seconds: rounded(seconds),
            threads: 1,
            build_analyser_s: rounded(build_analyser_s),
            machine,
        };
        println!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}
