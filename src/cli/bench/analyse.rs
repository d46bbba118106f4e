//! `huiying bench analyse`: how much text one core analyses.

use std::process::ExitCode;

use serde::Serialize;

use super::machine::Machine;
use crate::cli::{Failure, Global, Outcome, office_text};
use crate::clock::Stopwatch;
use crate::domain::mention::MentionInput;

/// Clauses that the made-up texts are put together from: complaints, news, praise and questions in the proportion that
/// a city's posts and letters have.
const CLAUSES: &str = include_str!("clauses.txt");
/// Seed of the texts: every run measures the same.
const SEED: u64 = 20_161_213;
/// Texts in one round, and the sentences of the shortest and the longest.
const TEXTS: usize = 2_000;
const SENTENCES_MIN: u64 = 2;
const SENTENCES_MAX: u64 = 30;

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
            Some(path) => read(path)?,
            None => made_up(),
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

fn read(path: &std::path::Path) -> Result<Vec<MentionInput>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("{}：{error}；应是 UTF-8 的 mentions JSONL", path.display())))?;
    let mentions: Result<Vec<MentionInput>, Failure> = text
        .lines()
        .enumerate()
        .map(|(n, line)| {
            serde_json::from_str(line)
                .map_err(|error| Failure::Usage(format!("{} 第 {} 行：{error}", path.display(), n + 1)))
        })
        .collect();
    let mentions = mentions?;
    if mentions.is_empty() {
        return Err(Failure::Usage(format!("{} 中没有一行", path.display())));
    }
    Ok(mentions)
}

/// Texts of 40 to 1,000 characters, the same in every run.
fn made_up() -> Vec<MentionInput> {
    let clauses: Vec<&str> = CLAUSES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut state = SEED;
    // Knuth's linear congruential generator: enough to shuffle sentences, and the same on every machine for ever.
    let mut below = move |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let mut pick = |n: u64| -> String {
        (0..n).map(|_| format!("{}。", clauses[below(clauses.len() as u64) as usize])).collect()
    };
    (0..TEXTS)
        .map(|n| MentionInput {
            id: Some(n.to_string()),
            title: (n % 2 == 0).then(|| pick(1)),
            text: pick(SENTENCES_MIN + n as u64 * 7 % (SENTENCES_MAX - SENTENCES_MIN)),
            ..MentionInput::default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_the_same_every_time_and_of_believable_length() {
        let texts = made_up();
        assert_eq!(texts, made_up());
        let mean = texts.iter().map(|m| m.text.chars().count()).sum::<usize>() / texts.len();
        assert!((100..600).contains(&mean), "{mean} characters");
    }
}
