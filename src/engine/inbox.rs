//! A watched folder (监视文件夹): files that an authorised tool puts there are imported, then moved to `done/`, or with the
//! reason beside them to `failed/`. Each batch is stored together with how far the file was read, so that a kill costs
//! nothing.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::EngineError;
use super::shelf::StoreShelf;
use crate::collect::health::{Failed, Run};
use crate::collect::import::{Format, ImportError, ImportReader, Record, Rejects};
use crate::collect::reason::Reason;
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, MentionInput};
use crate::store::{ImportRow, NewReject};

/// Files that one run takes.
const FILES_MAX: usize = 50;
/// Records stored in one transaction.
const BATCH_MAX: usize = 500;
/// Refused lines that are told with the run; all of them stand in the list of rejects.
const TOLD_MAX: usize = 20;

const DONE: &str = "done";
const FAILED: &str = "failed";

/// A file that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    path: PathBuf,
    name: String,
    bytes: u64,
    changed_at: Instant,
}

/// What became of a file.
struct Read {
    row: ImportRow,
    /// As it stood before this run.
    before: ImportRow,
    /// Refused lines, the first few.
    told: Vec<Failed>,
}

impl StoreShelf {
    /// Takes what waits in the folder.
    pub(super) async fn inbox(&mut self) -> Result<Run, EngineError> {
        let mut run = Run { seen: Some(0), ..Run::default() };
        let Some(rules) = self.source.inbox.clone() else {
            run.reason = Some(Reason::Definition);
            run.error = Some("信源定义缺少 inbox".into());
            return Ok(run);
        };
        let settled_before = self.clock.now() - rules.settle.0;
        let folder = rules.folder.clone();
        let waiting = match on_disk(move || waiting(&folder, settled_before)).await {
            Ok(waiting) => waiting,
            // Nobody has made it yet: nothing waits.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.has_given => return Ok(run),
            Err(error) => {
                run.reason = Some(Reason::Folder);
                run.error = Some(format!("文件夹 {} 读不了：{error}", rules.folder.display()));
                return Ok(run);
            }
        };
        run.left = waiting.len().saturating_sub(FILES_MAX);
        for file in waiting.into_iter().take(FILES_MAX) {
            let outcome = self.file(&file).await?;
            let (target, reason) = match outcome {
                Ok(read) => {
                    let more = |count: fn(&ImportRow) -> i64| {
                        usize::try_from(count(&read.row) - count(&read.before)).unwrap_or(0)
                    };
                    run.new += more(|row| row.new_count);
                    run.unchanged += more(|row| row.duplicate_count);
                    let (read_now, refused) = (more(|row| row.read_count), more(|row| row.rejected_count));
                    *run.seen.get_or_insert(0) += read_now;
                    run.records.of += u32::try_from(read_now).unwrap_or(u32::MAX);
                    run.records.with += u32::try_from(read_now.saturating_sub(refused)).unwrap_or(u32::MAX);
                    let useless = read.row.rejected_count > 0 && read.row.rejected_count == read.row.read_count;
                    let lines = read.told.iter().map(|failed| format!("{}：{}", failed.what, failed.why));
                    let reason = lines.collect::<Vec<_>>().join("\n");
                    run.failed.extend(read.told);
                    (if useless { FAILED } else { DONE }, reason)
                }
                Err(error) => {
                    let why = error.to_string();
                    run.records.add(false);
                    run.failed.push(Failed { what: file.name.clone(), why: why.clone(), for_good: true });
                    (FAILED, why)
                }
            };
            let (folder, moved) = (rules.folder.clone(), file.clone());
            if let Err(error) = on_disk(move || put_away(&folder, &moved, target, &reason)).await {
                let why = format!("已处理，但移不到 {target}/：{error}；请检查文件夹权限");
                run.failed.push(Failed { what: file.name, why, for_good: true });
            }
        }
        Ok(run)
    }

    /// Imports one file, on from where an earlier run was cut off.
    async fn file(&mut self, file: &Waiting) -> Result<Result<Read, ImportError>, EngineError> {
        let unusable = |message: &str| ImportError::Unusable { file: file.path.clone(), message: message.to_owned() };
        let Some(format) = Format::of_file(&file.path) else {
            return Ok(Err(unusable("不认识的文件；可收 .jsonl、.ndjson、.json、.csv、.tsv、.txt、.xlsx、.xls")));
        };
        let id = self.import_id(file);
        let mut row = self.store.import(&id).await?.unwrap_or_else(|| ImportRow {
            id,
            path: file.path.display().to_string(),
            format: format.id().to_owned(),
            started_at: self.clock.now(),
            ..ImportRow::default()
        });
        let (before, mut told) = (row.clone(), Vec::new());
        let (path, offset) = (file.path.clone(), u64::try_from(row.byte_offset).unwrap_or(0));
        let opened = on_disk(move || Ok(ImportReader::open(&path, format, &[], offset))).await;
        let mut reader = match opened {
            Ok(Ok(reader)) => reader,
            Ok(Err(error)) => return Ok(Err(error)),
            Err(error) => return Ok(Err(unusable(&error.to_string()))),
        };
        // Not beside the file: it would be taken for one that waits.
        let beside = file.path.parent().unwrap_or(Path::new("")).join(FAILED).join(&file.name);
        let mut refused = Rejects::beside(&beside, reader.header_line(), row.read_count > 0);
        loop {
            self.renew().await?;
            let read = on_disk(move || {
                let batch: Vec<Result<Record, ImportError>> = reader.by_ref().take(BATCH_MAX).collect();
                Ok((reader, batch))
            });
            let batch;
            (reader, batch) = match read.await {
                Ok(read) => read,
                Err(error) => return Ok(Err(unusable(&error.to_string()))),
            };
            if batch.is_empty() {
                return Ok(Ok(Read { row, before, told }));
            }
            if let Err(error) = self.batch(file, batch, &mut row, (&mut told, &mut refused)).await? {
                return Ok(Err(error));
            }
        }
    }

    async fn batch(
        &mut self,
        file: &Waiting,
        batch: Vec<Result<Record, ImportError>>,
        row: &mut ImportRow,
        (told, refused): (&mut Vec<Failed>, &mut Rejects),
    ) -> Result<Result<(), ImportError>, EngineError> {
        let now = self.clock.now();
        let (mut mentions, mut rejects, mut broken) = (Vec::new(), Vec::new(), None);
        for record in batch {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            };
            row.read_count += 1;
            row.line = i64::try_from(record.line).unwrap_or(i64::MAX);
            row.byte_offset = i64::try_from(record.next_offset).unwrap_or(i64::MAX);
            let raw = record.raw;
            let content = record.content.map_err(|reject| (reject.reason, reject.sample));
            match content.and_then(|input| self.prepare(self.completed(input), now).map_err(|why| (why, String::new())))
            {
                Ok(mention) => mentions.push(mention),
                Err((reason, sample)) => {
                    row.rejected_count += 1;
                    if let Err(error) = keep(file, refused, &raw) {
                        tracing::warn!(file = file.name, %error, "refused records can't be kept as they stand");
                    }
                    if told.len() < TOLD_MAX {
                        let what = format!("{} 第 {} 行", file.name, record.line);
                        told.push(Failed { what, why: reason.clone(), for_good: true });
                    }
                    let origin = format!("source:{}/{}", self.source.id, file.name);
                    rejects.push(NewReject { origin, line: Some(row.line), reason, sample, at: now });
                }
            }
        }
        let mut tx = self.store.write().await?;
        let inserted = tx.insert_mentions(&mentions).await?;
        let new = inserted.iter().filter(|mention| mention.new).count();
        row.new_count += i64::try_from(new).unwrap_or(0);
        row.duplicate_count += i64::try_from(inserted.len() - new).unwrap_or(0);
        row.updated_at = now;
        tx.insert_rejects(&rejects).await?;
        tx.put_import(row).await?;
        tx.commit().await?;
        Ok(broken.map_or(Ok(()), Err))
    }

    /// With what the definition says of all its mentions.
    fn completed(&self, mut input: MentionInput) -> MentionInput {
        input.source.get_or_insert_with(|| self.source.id.clone());
        if input.channel == Channel::Other {
            input.channel = self.source.channel;
        }
        input.region = input.region.or_else(|| self.source.region.clone());
        input
    }

    /// The same file, not yet moved, is the same import.
    fn import_id(&self, file: &Waiting) -> String {
        let mut hash = Sha256::new();
        for part in [&self.source.id, &file.name, &file.bytes.to_string(), &file.changed_at.ms().to_string()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex::encode(&hash.finalize()[..16])
    }
}

/// Keeps a refused record as it stands in the file.
fn keep(file: &Waiting, refused: &mut Rejects, raw: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.path.parent() {
        fs::create_dir_all(folder.join(FAILED))?;
    }
    refused.put(raw)
}

/// Files that are no longer written to, by name; folders, links and what begins with a dot are left alone.
fn waiting(folder: &Path, settled_before: Instant) -> io::Result<Vec<Waiting>> {
    let mut waiting = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_partial = name.starts_with(['.', '~']) || name.ends_with(".part") || name.ends_with(".tmp");
        if !meta.is_file() || is_partial {
            continue;
        }
        let since = meta.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let changed_at = Instant::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        if changed_at <= settled_before {
            waiting.push(Waiting { path: entry.path(), name, bytes: meta.len(), changed_at });
        }
    }
    waiting.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(waiting)
}

/// Moves a file where nothing is overwritten, and writes the reason beside it if there is one.
fn put_away(folder: &Path, file: &Waiting, target: &str, reason: &str) -> io::Result<()> {
    let folder = folder.join(target);
    fs::create_dir_all(&folder)?;
    let place = free_place(&folder, &file.name);
    fs::rename(&file.path, &place)?;
    if !reason.is_empty() {
        let mut beside = place.into_os_string();
        beside.push(OsStr::new(".原因.txt"));
        fs::write(beside, format!("{reason}\n"))?;
    }
    Ok(())
}

fn free_place(folder: &Path, name: &str) -> PathBuf {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let numbered = |n: u32| match n {
        0 => folder.join(name),
        n if ending.is_empty() => folder.join(format!("{stem}-{n}")),
        n => folder.join(format!("{stem}-{n}.{ending}")),
    };
    (0..u32::MAX).map(numbered).find(|place| !place.exists()).unwrap_or_else(|| folder.join(name))
}

/// Works on files where blocking is allowed.
async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(io::Error::other(error)),
    }
}
