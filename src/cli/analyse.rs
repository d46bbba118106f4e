//! `huiying analyse`: text analysis as a filter: JSONL in, JSONL out, order kept, no database.

use std::io::{self, BufRead, BufWriter, Read, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;

use super::{Failure, Global, Outcome, office_text};
use crate::domain::mention::{MENTION_TEXT_BYTES_MAX, MentionInput};
use crate::text::Analyser;

/// Longest line that is read: a mention of 1 MiB with every character escaped, and its other keys.
const LINE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A batch is handed to the threads when it has so many lines or bytes.
const BATCH_LINES_MAX: usize = 512;
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Analyse {
    /// Threads (default: one for each core)
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Leave out `reasons`
    #[arg(long)]
    brief: bool,
}

impl Analyse {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let analyser = office_text::analyser(global)?;
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let filter = Filter { analyser: &analyser, threads, brief: self.brief };
        let counts = filter.run(io::stdin().lock(), BufWriter::new(io::stdout().lock()));
        let (read, failed) = match counts {
            Ok(counts) => counts,
            // Whoever reads us has enough: no failure of ours.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(Failure::Other(anyhow::Error::new(error).context("读写标准输入输出失败"))),
        };
        eprintln!("读取 {read} 行，失败 {failed} 行");
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// The filter without its ends: what a test drives.
struct Filter<'a> {
    analyser: &'a Analyser,
    threads: usize,
    brief: bool,
}

/// A line that was read, or why it wasn't.
type Line = Result<Vec<u8>, String>;

impl Filter<'_> {
    /// Reads to the end; gives the lines read and those that failed.
    fn run(&self, mut input: impl BufRead, mut output: impl Write) -> io::Result<(usize, usize)> {
        let (mut read, mut failed) = (0, 0);
        loop {
            let batch = next_batch(&mut input)?;
            if batch.is_empty() {
                output.flush()?;
                return Ok((read, failed));
            }
            for (line, ok) in self.analyse(read + 1, &batch) {
                output.write_all(line.as_bytes())?;
                output.write_all(b"\n")?;
                failed += usize::from(!ok);
            }
            read += batch.len();
        }
    }

    /// One batch on all threads, each taking a run of lines of about the same size.
    fn analyse(&self, first: usize, batch: &[Line]) -> Vec<(String, bool)> {
        let share = batch.len().div_ceil(self.threads).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = batch
                .chunks(share)
                .enumerate()
                .map(|(n, lines)| {
                    let at = first + n * share;
                    scope.spawn(move || {
                        lines.iter().enumerate().map(|(n, line)| self.line(at + n, line)).collect::<Vec<_>>()
                    })
                })
                .collect();
            parts.into_iter().flat_map(|part| part.join().expect("analysis does not panic")).collect()
        })
    }

    fn line(&self, number: usize, line: &Line) -> (String, bool) {
        let printed = line.as_deref().map_err(Clone::clone).and_then(mention).and_then(|mention| {
            let mut analysis = self.analyser.analyse(&mention);
            if self.brief {
                analysis.reasons.clear();
            }
            serde_json::to_string(&analysis).map_err(|error| error.to_string())
        });
        match printed {
            Ok(json) => (json, true),
            Err(error) => (serde_json::json!({ "line": number, "error": error }).to_string(), false),
        }
    }
}

/// Reads a mention from a line; an id that is a number is taken as text, since many tools write it so.
fn mention(line: &[u8]) -> Result<MentionInput, String> {
    let text = std::str::from_utf8(line).map_err(|error| format!("不是 UTF-8：第 {} 字节", error.valid_up_to() + 1))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mention: MentionInput = serde_json::from_str(text).or_else(|error| {
        let mut value: serde_json::Value = serde_json::from_str(text).map_err(|_| format!("不是 JSON：{error}"))?;
        let Some(object) = value.as_object_mut() else { return Err("不是 JSON 对象".to_owned()) };
        if !object.get("text").is_some_and(serde_json::Value::is_string) {
            return Err("缺少正文 text（字符串）".to_owned());
        }
        if let Some(id) = object.get_mut("id").filter(|id| id.is_number()) {
            *id = serde_json::Value::String(id.to_string());
        }
        serde_json::from_value(value).map_err(|error| format!("键不合要求：{error}"))
    })?;
    if mention.text.len() > MENTION_TEXT_BYTES_MAX {
        return Err(format!("正文 {} 字节，超过上限 1 MiB", mention.text.len()));
    }
    Ok(mention)
}

fn next_batch(input: &mut impl BufRead) -> io::Result<Vec<Line>> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH_LINES_MAX && bytes < BATCH_BYTES_MAX {
        let mut line = Vec::new();
        let taken = input.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        if taken == 0 {
            break;
        }
        bytes += taken;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if taken > LINE_BYTES_MAX {
            skip_line(input)?;
            batch.push(Err(format!("一行超过 {} MiB", LINE_BYTES_MAX / 1024 / 1024)));
            continue;
        }
        batch.push(Ok(line));
    }
    Ok(batch)
}

/// Passes over the rest of a line without keeping it.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Vocabulary;

    fn run(input: &[u8], threads: usize) -> (Vec<serde_json::Value>, usize, usize) {
        let analyser = Analyser::new(Vocabulary::default());
        let mut output = Vec::new();
        let filter = Filter { analyser: &analyser, threads, brief: false };
        let (read, failed) = filter.run(input, &mut output).unwrap();
        let lines = std::str::from_utf8(&output).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        (lines, read, failed)
    }

    #[test]
    fn bad_lines_are_answered_in_their_place() {
        let input = b"{\"id\":\"a\",\"text\":\"\xe5\xa5\xbd\"}\n[1]\n{\"id\":7,\"text\":\"x\"}\n\n{\"id\":\"b\"}\n\xff\xfe\n{\"text\":\"\xe5";
        let (lines, read, failed) = run(input, 2);
        assert_eq!((read, failed, lines.len()), (7, 5, 7));
        assert_eq!(lines[0]["id"], "a");
        assert_eq!((&lines[1]["line"], &lines[1]["error"]), (&2.into(), &"不是 JSON 对象".into()));
        assert_eq!(lines[2]["id"], "7", "a number as id is taken as text");
        for n in [3, 4, 5, 6] {
            assert_eq!(lines[n]["line"], n + 1);
            assert!(lines[n]["error"].is_string());
        }
    }

    #[test]
    fn order_is_kept_and_threads_change_nothing() {
        let input: String =
            (0..2000).map(|n| format!("{{\"id\":\"{n}\",\"text\":\"第{n}次反映噪音扰民\"}}\n")).collect();
        let one = run(input.as_bytes(), 1);
        assert_eq!(one, run(input.as_bytes(), 3));
        assert!(one.0.iter().enumerate().all(|(n, line)| line["id"].as_str() == Some(&n.to_string())));
    }

    #[test]
    fn an_endless_line_is_passed_over() {
        let mut input = vec![b'x'; LINE_BYTES_MAX + 100];
        input.extend_from_slice(b"\n{\"text\":\"a\"}\n");
        let (lines, read, failed) = run(&input, 1);
        assert_eq!((read, failed), (2, 1));
        assert!(lines[0]["error"].as_str().unwrap().contains("超过 8 MiB") && lines[1]["category"].is_array());
    }
}
