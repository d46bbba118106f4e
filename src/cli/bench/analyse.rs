//! `huiying bench analyse`: how fast texts are analysed: posts of 163 bytes, as a stream of them is.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use serde::Serialize;

use super::machine::Machine;
use super::texts;
use crate::cli::{Global, Outcome, analyse, office_text};
use crate::domain::mention::MentionInput;
use crate::text::Analyser;
use crate::time::Stopwatch;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Vocabulary;

    /// One text is read against so many of its parts one after another: as much text, so that a busy machine slows both.
    const PARTS: usize = 8;
    const PART_BYTES: usize = 4 * 1024;
    /// In proportion it takes as long; work by the square would take [`PARTS`] times as long.
    const TIMES_SLOWER_MAX: f64 = 4.0;
    /// The fastest of so many runs counts.
    const RUNS: usize = 3;

    #[test]
    fn work_grows_with_the_text_and_not_faster() {
        let analyser = Analyser::new(Vocabulary::default());
        let pieces = [
            "自来水发黄3人死亡，",
            "一",
            "3死5伤",
            "a",
            "1",
            "🙂",
            "不不很很好",
            "（（（",
            "@某人 ",
            "http://a.cn/b ",
            "小区",
            "人民路",
            "某",
            "“",
            "\u{301}",
            "第一",
            "前年",
        ];
        for piece in pieces {
            let mention = |bytes: usize| MentionInput {
                text: piece.repeat(bytes.div_ceil(piece.len())),
                ..MentionInput::default()
            };
            let seconds = |mention: &MentionInput, times: usize| {
                let run = |_| {
                    let started = Stopwatch::start();
                    (0..times).for_each(|_| drop(std::hint::black_box(analyser.explain(mention))));
                    started.elapsed().as_secs_f64()
                };
                (0..RUNS).map(run).fold(f64::INFINITY, f64::min)
            };
            let parts = seconds(&mention(PART_BYTES), PARTS);
            let whole = seconds(&mention(PARTS * PART_BYTES), 1);
            assert!(whole / parts < TIMES_SLOWER_MAX, "{piece:?}: parts {parts:.4} s, whole {whole:.4} s");
        }
    }
}
