//! `huiying analyse`: text analysis as a filter: JSONL in, JSONL out, order kept, no database.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};

use parking_lot::Mutex;

use super::{Failure, Global, Outcome, office_text};
use crate::domain::json_words::in_chinese;
use crate::domain::mention::{MENTION_TEXT_BYTES_MAX, MentionInput};
use crate::text::Analyser;

/// Longest line that is read: a mention of 1 MiB with every character escaped, and its other keys.
const LINE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes that are read at a time; what they hold is answered before more is waited for.
const READ_BYTES: usize = 256 * 1024;
/// A batch is handed to a thread when it has so many lines or bytes.
const BATCH_LINES_MAX: usize = 128;
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Analyse {
    /// Threads (default: one for each core)
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Give `reasons` and `evidence` too
    #[arg(long)]
    reasons: bool,
}

impl Analyse {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let analyser = office_text::analyser(global)?;
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let output = BufWriter::with_capacity(READ_BYTES, io::stdout().lock());
        let counts = filter(&analyser, threads, self.reasons, io::stdin().lock(), output);
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

/// JSON Lines in, JSON Lines out, in their order; gives the lines read and those that failed.
pub(in crate::cli) fn filter(
    analyser: &Analyser,
    threads: usize,
    reasons: bool,
    input: impl Read,
    output: impl Write,
) -> io::Result<(usize, usize)> {
    Filter { analyser, threads, reasons }.run(input, output)
}

/// The filter without its ends: what a test drives.
struct Filter<'a> {
    analyser: &'a Analyser,
    threads: usize,
    reasons: bool,
}

/// A line that was read, or why it wasn't.
type Line = Result<Vec<u8>, String>;

/// Lines with the number of the first, in the order in which they were read.
struct Batch {
    turn: usize,
    first: usize,
    lines: Vec<Line>,
}

/// What became of a batch: its lines, ready to be written, and how many failed.
struct Done {
    turn: usize,
    text: String,
    failed: usize,
}

impl Filter<'_> {
    /// Reads to the end; gives the lines read and those that failed.
    fn run<R: Read>(&self, input: R, mut output: impl Write) -> io::Result<(usize, usize)> {
        let mut input = BufReader::with_capacity(READ_BYTES, input);
        let (mut read, mut failed) = (0, 0);
        if self.threads == 1 {
            loop {
                let (lines, waits) = next_batch(&mut input)?;
                if lines.is_empty() {
                    output.flush()?;
                    return Ok((read, failed));
                }
                let count = lines.len();
                let done = self.batch(&Batch { turn: 0, first: read + 1, lines });
                output.write_all(done.text.as_bytes())?;
                if waits {
                    output.flush()?;
                }
                failed += done.failed;
                read += count;
            }
        }
        // The threads live as long as the input: what they have compiled and cached stays with them.
        std::thread::scope(|scope| {
            let (work, queue) = mpsc::sync_channel::<Batch>(2 * self.threads);
            let queue = Arc::new(Mutex::new(queue));
            let (finished, results) = mpsc::channel::<Done>();
            for _ in 0..self.threads {
                let (queue, finished) = (queue.clone(), finished.clone());
                scope.spawn(move || {
                    loop {
                        let batch = queue.lock().recv();
                        let Ok(batch) = batch else { return };
                        if finished.send(self.batch(&batch)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(finished);
            let mut ordered = Ordered { output: &mut output, next: 0, waiting: BTreeMap::new(), failed: 0 };
            let mut sent = 0;
            loop {
                let (lines, waits) = next_batch(&mut input)?;
                if lines.is_empty() {
                    break;
                }
                let first = read + 1;
                read += lines.len();
                let mut batch = Batch { turn: sent, first, lines };
                sent += 1;
                // While the queue is full there is something to write.
                while let Err(mpsc::TrySendError::Full(back)) = work.try_send(batch) {
                    batch = back;
                    match results.recv() {
                        Ok(done) => ordered.put(done)?,
                        Err(_) => break,
                    }
                }
                while let Ok(done) = results.try_recv() {
                    ordered.put(done)?;
                }
                if waits {
                    while ordered.next < sent {
                        match results.recv() {
                            Ok(done) => ordered.put(done)?,
                            Err(_) => break,
                        }
                    }
                    ordered.output.flush()?;
                }
            }
            drop(work);
            for done in results {
                ordered.put(done)?;
            }
            ordered.output.flush()?;
            Ok((read, ordered.failed))
        })
    }

    fn batch(&self, batch: &Batch) -> Done {
        let mut done = Done { turn: batch.turn, text: String::with_capacity(1024 * batch.lines.len()), failed: 0 };
        for (n, line) in batch.lines.iter().enumerate() {
            let (json, ok) = self.line(batch.first + n, line);
            done.text.push_str(&json);
            done.text.push('\n');
            done.failed += usize::from(!ok);
        }
        done
    }

    fn line(&self, number: usize, line: &Line) -> (String, bool) {
        let printed = line.as_deref().map_err(Clone::clone).and_then(mention).and_then(|mention| {
            let analysis = if self.reasons { self.analyser.explain(&mention) } else { self.analyser.analyse(&mention) };
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
        let mut value: serde_json::Value =
            serde_json::from_str(text).map_err(|_| format!("不是 JSON：{}", in_chinese(&error)))?;
        let Some(object) = value.as_object_mut() else { return Err("不是 JSON 对象".to_owned()) };
        if !object.get("text").is_some_and(serde_json::Value::is_string) {
            return Err("缺少正文 text（字符串）".to_owned());
        }
        if let Some(id) = object.get_mut("id").filter(|id| id.is_number()) {
            *id = serde_json::Value::String(id.to_string());
        }
        serde_json::from_value(value).map_err(|error| format!("键不合要求：{}", in_chinese(error)))
    })?;
    if mention.text.len() > MENTION_TEXT_BYTES_MAX {
        return Err(format!("正文 {} 字节，超过上限 1 MiB", mention.text.len()));
    }
    Ok(mention)
}

/// The next lines, and whether nothing more has come yet: then what was asked so far is answered first.
fn next_batch<R: Read>(input: &mut BufReader<R>) -> io::Result<(Vec<Line>, bool)> {
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
        if !input.buffer().contains(&b'\n') {
            return Ok((batch, true));
        }
    }
    Ok((batch, false))
}

/// Writes batches in the order in which they were read.
struct Ordered<'a, W: Write> {
    output: &'a mut W,
    next: usize,
    waiting: BTreeMap<usize, Done>,
    failed: usize,
}

impl<W: Write> Ordered<'_, W> {
    fn put(&mut self, done: Done) -> io::Result<()> {
        self.waiting.insert(done.turn, done);
        while let Some(done) = self.waiting.remove(&self.next) {
            self.output.write_all(done.text.as_bytes())?;
            self.failed += done.failed;
            self.next += 1;
        }
        Ok(())
    }
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
        let filter = Filter { analyser: &analyser, threads, reasons: false };
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
    fn hidden_characters_are_read_or_answered_in_their_line() {
        let input = concat!(
            "{\"text\":\"\\u0000停\\u0000水\"}\n",
            "{\"text\":\"\\u202e停水\\u202c\"}\n",
            "{\"text\":\"停\0水\"}\n",
            "{\"text\":\"\\ud800\"}\n",
            "{\"text\":\"\"}\n",
            "{\"text\":\"🙂🙂🙂\"}\n",
        );
        let (lines, read, failed) = run(input.as_bytes(), 1);
        assert_eq!((read, failed, lines.len()), (6, 2, 6), "{lines:#?}");
        assert_eq!(lines[0], lines[1], "what shows nothing changes nothing");
        for n in [2, 3] {
            assert!(
                lines[n]["line"] == n + 1 && lines[n]["error"].as_str().unwrap().contains("不是 JSON"),
                "{}",
                lines[n]
            );
        }
        assert!(lines[4]["category"].is_array() && lines[5]["category"].is_array());
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
