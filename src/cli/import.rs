//! `huiying import`: mentions from a file, taken up again where an earlier run was cut off. How far it came stands in the
//! transaction that stores what was read, so a kill in between loses nothing and doubles nothing.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::serve::Service;
use super::{Failure, Global, Outcome, open, progress};
use crate::acts::intake::Intake;
use crate::collect::import::{Format, ImportError, ImportReader, Mapped, Record, Rejects};
use crate::config::Config;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::mention::Channel;
use crate::rules::Rules;
use crate::store::{ImportRow, NewReject, Store};
use crate::time::{SharedClock, SystemClock};

/// Records stored in one transaction.
const BATCH_RECORDS: usize = 1_000;
/// Rejects told one by one; the others stand in the list of rejects.
const TOLD_MAX: u64 = 20;
/// Characters of a refused record that are kept, to find it again.
const SAMPLE_CHARS: usize = 20;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The file
    file: PathBuf,
    /// mentions, csv (also .xlsx, .xls, .tsv), mediacrawler, weibo-crawler or newsnow; by default what the file looks like
    #[arg(long, value_name = "F")]
    format: Option<Format>,
    /// A column of a table that goes by a name of its own, `列名=字段`, as often as needed
    #[arg(long, value_name = "COLUMN=FIELD")]
    map: Vec<Mapped>,
    /// Let mentions that are old open incidents and start clocks
    #[arg(long)]
    live: bool,
    /// Source of records that name none
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Channel of records that name none
    #[arg(long, value_name = "C", value_parser = channel)]
    channel: Option<Channel>,
}

fn channel(text: &str) -> Result<Channel, String> {
    let known = || Channel::ALL.map(Channel::id).join("、");
    Channel::from_id(text).ok_or_else(|| format!("没有渠道 “{text}”；可用 {}", known()))
}

/// What the command prints.
#[derive(Debug, Default, Serialize)]
struct Counts {
    read: i64,
    new: i64,
    duplicate: i64,
    rejected: i64,
    incidents: usize,
}

impl Import {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        // Whether the file can be read comes before a database is made.
        let length = std::fs::metadata(&self.file).map_or(0, |meta| meta.len());
        let format = self.format.or_else(|| Format::of_file(&self.file)).ok_or_else(|| {
            let known = Format::ALL.map(Format::id).join("、");
            Failure::Usage(format!("{}：看不出是什么格式；请用 --format 指明：{known}", self.file.display()))
        })?;
        ImportReader::open(&self.file, format, &self.map, 0).map_err(unusable)?;
        let id = identity(&self.file, format)?;
        open::runtime()?.block_on(async {
            let store = open::store(&config).await?;
            let counts = self.import(&store, rules, &config, (&id, format), length).await;
            store.close().await;
            let counts = counts?;
            say!("{}", serde_json::to_string(&counts).context("打印结果")?);
            Ok(if counts.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
        })
    }

    async fn import(
        &self,
        store: &Store,
        rules: Rules,
        config: &Config,
        (id, format): (&str, Format),
        length: u64,
    ) -> Result<Counts, Failure> {
        let clock: SharedClock = Arc::new(SystemClock::default());
        let service = Service::configured(store.clone(), rules, clock.clone(), config).await?;
        let intake = Intake::new(store, &service.author_key).map_err(anyhow::Error::new)?;
        let begun = store.import(id).await.map_err(anyhow::Error::new)?;
        let mut row = match begun {
            Some(row) if !row.done => {
                eprintln!("接着上次导入：已完成 {} 条，从第 {} 行继续", row.read_count, row.line + 1);
                row
            }
            // A file that was finished is read anew: everything in it is known, and is counted so.
            _ => ImportRow {
                id: id.to_owned(),
                path: self.file.display().to_string(),
                format: format.id().to_owned(),
                started_at: clock.now(),
                ..ImportRow::default()
            },
        };
        let offset = u64::try_from(row.byte_offset).unwrap_or(0);
        let mut reader = ImportReader::open(&self.file, format, &self.map, offset).map_err(unusable)?;
        let mut refused = Rejects::beside(&self.file, reader.header_line(), row.read_count > 0);
        let bar = progress::bytes(length);
        // What belongs to it is looked up batch by batch: a file of any length takes the same memory.
        let mut incidents: BTreeSet<IncidentId> = BTreeSet::new();
        let mut told = 0;
        while let Some(stored) =
            self.next_batch(&service, &intake, &mut reader, &mut row, (&mut told, &mut refused)).await?
        {
            bar.set_position(row.byte_offset.unsigned_abs());
            // Analysis keeps pace: at the end of the file all of it is done.
            service.engine.ingest_pending().await.map_err(anyhow::Error::new)?;
            incidents.extend(store.incidents_of_mentions(&stored).await.map_err(anyhow::Error::new)?);
        }
        (row.done, row.updated_at) = (true, clock.now());
        let mut tx = store.write().await.map_err(anyhow::Error::new)?;
        tx.put_import(&row).await.map_err(anyhow::Error::new)?;
        tx.commit().await.map_err(anyhow::Error::new)?;
        service.engine.ingest_pending().await.map_err(anyhow::Error::new)?;
        bar.finish_and_clear();
        if row.rejected_count > 0 {
            eprintln!("{} 条没有导入，已记录在“未收录”清单；其余已导入", row.rejected_count);
            if let Some(place) = refused.place() {
                eprintln!("没有导入的原样写在 {}，改好后可以再导入", place.display());
            }
        }
        Ok(Counts {
            read: row.read_count,
            new: row.new_count,
            duplicate: row.duplicate_count,
            rejected: row.rejected_count,
            incidents: incidents.len(),
        })
    }

    /// Reads and stores the next records together with how far the file is done; gives their identities, and nothing at the
    /// end of the file.
    pub(super) async fn next_batch(
        &self,
        service: &Service,
        intake: &Intake,
        reader: &mut ImportReader,
        row: &mut ImportRow,
        (told, refused): (&mut u64, &mut Rejects),
    ) -> Result<Option<Vec<MentionId>>, Failure> {
        let batch: Vec<Record> = reader.by_ref().take(BATCH_RECORDS).collect::<Result<_, _>>().map_err(unusable)?;
        let Some(last) = batch.last() else { return Ok(None) };
        (row.byte_offset, row.line) = (signed(last.next_offset), signed(last.line));
        row.read_count += signed(batch.len() as u64);
        let (rules, now) = (service.rules.load(), service.clock.now());
        let (mut mentions, mut rejects) = (Vec::with_capacity(batch.len()), Vec::new());
        let mut raw: Vec<Vec<u8>> = Vec::new();
        for record in batch {
            let whole = record.raw;
            let reject = |reason: String, sample: String| NewReject {
                origin: row.path.clone(),
                line: Some(signed(record.line)),
                reason,
                sample,
                at: now,
            };
            match record.content {
                Err(bad) => {
                    rejects.push(reject(bad.reason, bad.sample));
                    raw.push(whole);
                }
                Ok(mut input) => {
                    if input.source.is_none() {
                        input.source.clone_from(&self.source);
                    }
                    if let Some(channel) = self.channel.filter(|_| input.channel == Channel::Other) {
                        input.channel = channel;
                    }
                    let sample = input.text.chars().take(SAMPLE_CHARS).collect();
                    match intake.accept(input, None, &rules, now, self.live) {
                        Ok(mention) => mentions.push(mention),
                        Err(reason) => {
                            rejects.push(reject(reason, sample));
                            raw.push(whole);
                        }
                    }
                }
            }
        }
        for bad in &rejects {
            *told += 1;
            if *told <= TOLD_MAX {
                eprintln!("{} 第 {} 行：{}", self.file.display(), bad.line.unwrap_or_default(), bad.reason);
            }
        }
        raw.dedup();
        if let Some(error) = raw.iter().find_map(|raw| refused.put(raw).err()) {
            eprintln!("没有导入的不能写在文件旁边：{error}");
        }
        let mut tx = service.store.write().await.map_err(anyhow::Error::new)?;
        let inserted = tx.insert_mentions(&mentions).await.map_err(anyhow::Error::new)?;
        let new = inserted.iter().filter(|mention| mention.new).count();
        row.new_count += signed(new as u64);
        row.duplicate_count += signed((inserted.len() - new) as u64);
        row.rejected_count += signed(rejects.len() as u64);
        row.updated_at = now;
        tx.insert_rejects(&rejects).await.map_err(anyhow::Error::new)?;
        tx.put_import(row).await.map_err(anyhow::Error::new)?;
        tx.commit().await.map_err(anyhow::Error::new)?;
        Ok(Some(inserted.into_iter().map(|mention| mention.id).collect()))
    }

    /// An import of a file whose records say all by themselves.
    pub(super) fn of(file: PathBuf, format: Format) -> Self {
        Self { file, format: Some(format), map: Vec::new(), live: false, source: None, channel: None }
    }
}

fn unusable(error: ImportError) -> Failure {
    Failure::Usage(error.to_string())
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The same content in the same format is the same import, wherever the file lies.
fn identity(file: &Path, format: Format) -> Result<String, Failure> {
    let read = || -> std::io::Result<String> {
        let mut hash = Sha256::new();
        hash.update(format.id().as_bytes());
        let mut opened = File::open(file)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match opened.read(&mut buffer)? {
                0 => return Ok(hex::encode(&hash.finalize()[..16])),
                n => hash.update(&buffer[..n]),
            }
        }
    };
    read().map_err(|error| Failure::Usage(format!("{}：不能读取：{error}", file.display())))
}
