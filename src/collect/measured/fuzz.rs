//! Real files with parts of them broken: whatever comes, reading ends soon and panics never. `HUIYING_FUZZ_S` says for how many
//! seconds each kind is tried (default 2), `HUIYING_SEED` from where.

#![expect(clippy::disallowed_methods, reason = "how long reading takes is what is tested")]

use std::path::PathBuf;
use std::time::{Duration, Instant as Stopwatch};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::collect::article;
use crate::collect::feed;
use crate::collect::import::{Format, ImportReader, Record};
use crate::collect::page::Page;
use crate::collect::shared_data::{field, unpacked};
use crate::collect::time_expression::publish_time;
use crate::domain::instant::Instant;

/// Longest time that one input may take; without optimisation, on a machine that does other things, ten times as long.
const ONE_MAX: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });
/// Files larger than this are cut, so that many are tried.
const BYTES_MAX: usize = 64 * 1024;

struct Fuzz {
    random: ChaCha8Rng,
    inputs: Vec<Vec<u8>>,
    until: Stopwatch,
    tried: u32,
}

impl Fuzz {
    fn of(inputs: Vec<Vec<u8>>) -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let seconds = number("HUIYING_FUZZ_S").unwrap_or(2);
        Self {
            random: ChaCha8Rng::seed_from_u64(number("HUIYING_SEED").unwrap_or(1)),
            inputs,
            until: Stopwatch::now() + Duration::from_secs(seconds),
            tried: 0,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.random_range(0..bound.max(1))
    }

    /// A broken copy of one of the inputs; none when time is over.
    fn next(&mut self) -> Option<Vec<u8>> {
        if self.inputs.is_empty() || Stopwatch::now() >= self.until {
            return None;
        }
        self.tried += 1;
        let at = self.below(self.inputs.len());
        let mut bytes = self.inputs[at].clone();
        bytes.truncate(BYTES_MAX);
        for _ in 0..=self.below(6) {
            self.break_one(&mut bytes);
        }
        Some(bytes)
    }

    fn break_one(&mut self, bytes: &mut Vec<u8>) {
        const PARTS: [&[u8]; 16] = [
            b"<",
            b">",
            b"&",
            b"\"",
            b"\0",
            b"\xFF",
            b"]]>",
            b"<![CDATA[",
            b"\n",
            b",",
            b"{",
            b"]",
            b"<div>",
            b"\xE5",
            b"9999",
            b"-",
        ];
        let at = self.below(bytes.len() + 1);
        let length = self.below(200).min(bytes.len() - at);
        match self.below(6) {
            0 if at < bytes.len() => bytes[at] = self.random.random(),
            1 => drop(bytes.drain(at..at + length)),
            2 => {
                let part = bytes[at..at + length].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            3 => bytes.truncate(at),
            _ => {
                let part = PARTS[self.below(PARTS.len())];
                let times = 1 + self.below(3);
                bytes.splice(at..at, part.repeat(times));
            }
        }
    }

    fn run(mut self, what: &str, read: impl Fn(&[u8])) {
        while let Some(bytes) = self.next() {
            let begun = Stopwatch::now();
            read(&bytes);
            let took = begun.elapsed();
            assert!(took < ONE_MAX, "{what}: input {} took {took:?}", self.tried);
        }
        eprintln!("{what}: {} broken inputs", self.tried);
    }
}

fn files(folders: &[PathBuf]) -> Vec<Vec<u8>> {
    let mut all: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.retain(|path| path.is_file());
    all.sort();
    all.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn now() -> Instant {
    "2026-05-13T10:00:00+08:00".parse().unwrap()
}

#[test]
fn broken_pages() {
    let (Some(real), Some(made)) = (unpacked("zh_articles_dev.tar.gz"), field("collect/pages")) else { return };
    let inputs = files(&[real.path().join("zh_articles_dev/pages"), made]);
    Fuzz::of(inputs).run("pages", |bytes| {
        if let Ok(page) = Page::open(bytes, None, None, None) {
            let article = article::extract(&page, now());
            assert!(article.published_at.is_none_or(|at| crate::collect::page_time::is_plausible(at, now())));
        }
    });
}

#[test]
fn broken_feeds() {
    let (Some(real), Some(made)) = (unpacked("feedrs_fixture.tar.gz"), field("collect/feeds")) else { return };
    let folder = real.path().join("feedrs_fixture");
    let inputs = files(&[folder.join("atom"), folder.join("rss2"), folder.join("rss1"), folder.join("jsonfeed"), made]);
    Fuzz::of(inputs).run("feeds", |bytes| {
        if let Ok(page) = Page::decode(bytes, None, None, None) {
            let items = feed::read(&page, now()).unwrap_or_default();
            assert!(
                items
                    .iter()
                    .all(|item| item.published_at.is_none_or(|at| crate::collect::page_time::is_plausible(at, now())))
            );
            let _ = feed::comments(&page, now());
            assert_eq!(feed::PANICS.get(), 0, "the parser panicked on {}", String::from_utf8_lossy(bytes));
        }
    });
}

#[test]
fn broken_times() {
    let Some(found) = unpacked("time.tar.gz") else { return };
    let text = std::fs::read_to_string(found.path().join("time/time_gold_thirdparty.jsonl")).unwrap();
    let said = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().as_bytes().to_vec()
    };
    Fuzz::of(text.lines().map(said).collect()).run("times", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = publish_time(&text, now());
        let _ = publish_time(&text, Instant::from_ms(i64::MIN));
        let _ = publish_time(&text, Instant::from_ms(i64::MAX));
    });
}

/// Reading ends, offsets never go back, and what is given again is the same.
#[test]
fn broken_files() {
    let Some(folder) = field("collect/import") else { return };
    let inputs = files(&[folder]);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("f");
    Fuzz::of(inputs).run("files", |bytes| {
        std::fs::write(&path, bytes).unwrap();
        for format in Format::ALL {
            let Ok(reader) = ImportReader::open(&path, format, &[], 0) else { continue };
            let records: Vec<Record> = reader.map_while(Result::ok).collect();
            assert!(records.windows(2).all(|two| two[0].line <= two[1].line));
            if let Some(last) = records.last() {
                let rest = ImportReader::open(&path, format, &[], last.next_offset).map(Iterator::count);
                assert!(rest.is_ok_and(|count| count == 0), "{format:?}: something behind the last record");
            }
        }
    });
}
