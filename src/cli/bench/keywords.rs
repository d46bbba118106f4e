//! `huiying bench keywords`: what watched words cost: the same posts with a few of them and with ten thousand.

use std::process::ExitCode;

use serde::Serialize;

use super::machine::Machine;
use super::texts;
use crate::cli::{Failure, Global, Outcome, office_text};
use crate::domain::mention::MentionInput;
use crate::text::Analyser;
use crate::text::topic::{Examples, Topic};
use crate::time::Stopwatch;

/// Posts in one round.
const TEXTS: usize = 2_000;
/// Watched words of the smaller office.
const FEW: usize = 10;
/// Words of one topic.
const WORDS_OF_TOPIC: usize = 10;
/// Characters of a word.
const WORD_CHARS: usize = 4;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Keywords {
    /// Watched words of the larger office
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    words: u32,
    /// Rounds; the fastest of each office counts, since what else the machine does only slows
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    /// Watched words besides the office's own rules.
    few: usize,
    many: usize,
    us_per_text_few: f64,
    us_per_text_many: f64,
    /// Time with many by time with few.
    ratio: f64,
    bytes_per_text: f64,
    rounds: u32,
    machine: Machine,
}

impl Keywords {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let machine = Machine::read();
        let posts = texts::posts(TEXTS);
        let many = self.words as usize;
        let (small, large) = (watching(global, FEW)?, watching(global, many)?);
        let (mut least_few, mut least_many) = (f64::INFINITY, f64::INFINITY);
        // In turn, so that both meet the same machine; the first round of each only warms up.
        for n in 0..=self.rounds {
            let (few, many) = (round(&small, &posts), round(&large, &posts));
            if n > 0 {
                (least_few, least_many) = (least_few.min(few), least_many.min(many));
            }
        }
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        let us_per_text = |seconds: f64| rounded(seconds * 1e6 / posts.len() as f64);
        let bytes: usize = posts.iter().map(|post| post.text.len()).sum();
        let report = Report {
            bench: "keywords",
            few: FEW,
            many,
            us_per_text_few: us_per_text(least_few),
            us_per_text_many: us_per_text(least_many),
            ratio: rounded(least_many / least_few),
            bytes_per_text: rounded(bytes as f64 / posts.len() as f64),
            rounds: self.rounds,
            machine,
        };
        say!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}

/// The office's analyser with so many watched words more.
fn watching(global: &Global, words: usize) -> Result<Analyser, Failure> {
    let words = texts::words(words, WORD_CHARS);
    let topics: Result<Vec<Topic>, _> =
        words.chunks(WORDS_OF_TOPIC).enumerate().map(|(n, words)| topic(n, words)).collect();
    let topics = topics.map_err(|error| Failure::Other(anyhow::Error::new(error)))?;
    office_text::analyser_watching(global, topics)
}

fn topic(n: usize, words: &[String]) -> Result<Topic, crate::text::expression::ExpressionError> {
    Ok(Topic {
        id: format!("bench-{n}"),
        name: format!("测速 {n}"),
        why: "测速".to_owned(),
        when: words.join(" | ").parse()?,
        category: None,
        lead: None,
        supporting: Vec::new(),
        noteworthy: false,
        letters: false,
        sensitive: false,
        response_priority: None,
        examples: Examples::default(),
    })
}

/// Seconds for all posts once.
fn round(analyser: &Analyser, posts: &[MentionInput]) -> f64 {
    let started = Stopwatch::start();
    posts.iter().for_each(|post| drop(std::hint::black_box(analyser.analyse(post))));
    started.elapsed().as_secs_f64()
}
