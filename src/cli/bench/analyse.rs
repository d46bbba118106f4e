//! `huiying bench analyse`: how fast texts are analysed: posts of 163 bytes, as a stream of them is.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use serde::Serialize;

use super::machine::Machine;
use super::texts;
use crate::cli::{Global, Outcome, analyse, office_text};
use crate::clock::Stopwatch;
use crate::domain::mention::MentionInput;
use crate::text::Analyser;

/// Texts in one round.
const TEXTS: usize = 2_000;
/// Rounds between two looks at the time.
const ROUNDS: usize = 5;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Analyse {
    /// Mentions (JSONL) to measure with, instead of made-up ones
    #[arg(long, value_name = "FILE")]
    input: Option<std::path::PathBuf>,
    /// Made-up letters of 40 to 1,000 characters instead of posts
    #[arg(long, conflicts_with = "input")]
    letters: bool,
    /// Threads
    #[arg(long, default_value_t = NonZeroUsize::MIN)]
    threads: NonZeroUsize,
    /// How long to measure, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    /// Of UTF-8 text, all heads, without reasons.
    mb_per_s: f64,
    texts_per_s: f64,
    us_per_text: f64,
    /// The same with JSON Lines read and written, as `huiying analyse` does.
    json_lines_mb_per_s: f64,
    bytes_per_text: f64,
    texts: u64,
    seconds: f64,
    threads: usize,
    build_analyser_s: f64,
    resident_mb: Option<f64>,
    machine: Machine,
}

impl Analyse {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let machine = Machine::read();
        let mentions = match &self.input {
            Some(path) => texts::read(path)?,
            None if self.letters => texts::made_up(TEXTS),
            None => texts::posts(TEXTS),
        };
        let threads = self.threads.get();
        let started = Stopwatch::start();
        let analyser = office_text::analyser(global)?;
        let build_analyser_s = started.elapsed().as_secs_f64();
        let bytes: usize = mentions.iter().map(|m| m.text.len() + m.title.as_ref().map_or(0, String::len)).sum();
        // One round to warm up, then whole rounds until the time is over.
        round(&analyser, &mentions, threads, 1);
        let started = Stopwatch::start();
        let mut rounds = 0;
        while started.elapsed().as_secs_f64() < self.seconds as f64 {
            round(&analyser, &mentions, threads, ROUNDS);
            rounds += ROUNDS;
        }
        let seconds = started.elapsed().as_secs_f64();
        let resident_mb = resident_mb();
        let json_lines_mb_per_s = json_lines(&analyser, &mentions, bytes, threads)?;
        let texts = (rounds * mentions.len()) as u64;
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        let report = Report {
            bench: "analyse",
            mb_per_s: rounded((rounds * bytes) as f64 / 1e6 / seconds),
            texts_per_s: rounded(texts as f64 / seconds),
            us_per_text: rounded(seconds * 1e6 / texts as f64),
            json_lines_mb_per_s: rounded(json_lines_mb_per_s),
            bytes_per_text: rounded(bytes as f64 / mentions.len() as f64),
            texts,
            seconds: rounded(seconds),
            threads,
            build_analyser_s: rounded(build_analyser_s),
            resident_mb: resident_mb.map(rounded),
            machine,
        };
        say!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}

/// Analyses every text so many times, the texts shared among the threads.
fn round(analyser: &Analyser, mentions: &[MentionInput], threads: usize, times: usize) {
    let work = |share: &[MentionInput]| {
        for _ in 0..times {
            share.iter().for_each(|mention| drop(std::hint::black_box(analyser.analyse(mention))));
        }
    };
    if threads == 1 {
        return work(mentions);
    }
    std::thread::scope(|scope| {
        for share in mentions.chunks(mentions.len().div_ceil(threads)) {
            scope.spawn(move || work(share));
        }
    });
}

/// MB/s of text through the filter that `huiying analyse` is.
fn json_lines(
    analyser: &Analyser,
    mentions: &[MentionInput],
    bytes: usize,
    threads: usize,
) -> Result<f64, anyhow::Error> {
    let mut input = Vec::new();
    for _ in 0..ROUNDS {
        for mention in mentions {
            serde_json::to_writer(&mut input, mention)?;
            input.write_all(b"\n")?;
        }
    }
    let started = Stopwatch::start();
    analyse::filter(analyser, threads, false, input.as_slice(), std::io::sink())?;
    Ok((ROUNDS * bytes) as f64 / 1e6 / started.elapsed().as_secs_f64())
}

/// What of the process is in memory, where the system tells it.
fn resident_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}
