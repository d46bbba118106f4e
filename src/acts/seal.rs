//! The daily seal made and checked: a file a day in a folder that can be taken off the machine (`domain.md` §5 item 18).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};

use crate::domain::instant::{Instant, Span};
use crate::domain::seal::Seal;
use crate::store::{SealRow, Store, StoreError};

/// A day is sealed so long after its end: acts that were recorded in its last moments are committed by then.
const SETTLED_AFTER: Span = Span::from_minutes(5);
/// Days made up in one run; the rest follows with the next.
const DAYS_MAX: usize = 400;
/// Largest seal that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// Seals read at once.
const PAGE_SEALS: i64 = 500;
/// Missing days that are named one by one.
const DAYS_NAMED_MAX: usize = 20;
/// How a day is written.
const DAY: &str = "%Y-%m-%d";

/// Why a day can't be sealed, or a folder of seals not checked.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file.
    #[error("日封 {}：{why}；请检查目录与权限，或改 seal.dir", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What went wrong.
        why: String,
    },
}

fn file_error(file: &Path, why: impl ToString) -> SealError {
    SealError::File { file: file.to_owned(), why: why.to_string() }
}

/// What a check of seals found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealCheck {
    /// Seals read.
    pub seals: u64,
    /// Heads compared with the record.
    pub heads: u64,
    /// There is a record, and no day of it was ever sealed: a tail that was cut off would not show.
    pub never: bool,
    /// What does not hold, in words.
    pub broken: Vec<String>,
}

/// The file of a day.
pub fn seal_file(dir: &Path, day: &str) -> PathBuf {
    dir.join(format!("{day}.json"))
}

/// The end of the first day that is not sealed yet, plus the time it has to settle: when to seal next. `None` while there
/// is no record.
pub async fn next_seal_at(store: &Store) -> Result<Option<Instant>, StoreError> {
    let day = next_day(store).await?;
    Ok(day.map(|day| end_of(day) + SETTLED_AFTER))
}

/// Seals every day that is over and not sealed yet, the missed ones included.
///
/// # Errors
/// [`SealError`]; days before it are sealed.
pub async fn seal_due(store: &Store, dir: &Path, now: Instant) -> Result<Vec<Seal>, SealError> {
    let mut made = Vec::new();
    while made.len() < DAYS_MAX {
        let last = store.last_seal().await?;
        let Some(day) = next_day(store).await?.filter(|day| end_of(*day) + SETTLED_AFTER <= now) else { break };
        let heads = store.heads_between(Instant::start_of(day), end_of(day)).await?;
        let seal = Seal::new(day.format(DAY).to_string(), last.as_ref().map(|last| last.hash.as_str()), heads);
        // The file first: a seal that the database remembers is on disk. Made again, it is the same.
        write(dir, &seal)?;
        let mut tx = store.write().await?;
        tx.put_seal(&seal, now).await?;
        tx.commit().await?;
        made.push(seal);
    }
    Ok(made)
}

async fn next_day(store: &Store) -> Result<Option<NaiveDate>, StoreError> {
    let after = store.last_seal().await?.and_then(|last| NaiveDate::parse_from_str(&last.day, DAY).ok());
    match after {
        Some(day) => Ok(day.checked_add_days(Days::new(1))),
        None => Ok(store.first_event_at().await?.map(Instant::date)),
    }
}

fn end_of(day: NaiveDate) -> Instant {
    day.checked_add_days(Days::new(1)).map_or(Instant::from_ms(i64::MAX), Instant::start_of)
}

/// Writes a seal's file under its name only when it is complete. One that is there already is kept as it is.
fn write(dir: &Path, seal: &Seal) -> Result<(), SealError> {
    std::fs::create_dir_all(dir).map_err(|error| file_error(dir, error))?;
    let file = seal_file(dir, &seal.day);
    if file.exists() {
        return if read(&file)? == *seal {
            Ok(())
        } else {
            Err(file_error(&file, "已有同一天而内容不同的日封，没有覆盖；请用 huiying verify 核验"))
        };
    }
    let partial = dir.join(format!("{}.partial", seal.day));
    let text = serde_json::to_vec_pretty(seal).map_err(|error| file_error(&partial, error))?;
    let written = std::fs::File::create(&partial)
        .and_then(|mut out| out.write_all(&text).and_then(|()| out.sync_all()))
        .and_then(|()| std::fs::rename(&partial, &file))
        .and_then(|()| std::fs::File::open(dir)?.sync_all());
    written.map_err(|error| file_error(&file, error))
}

fn read(file: &Path) -> Result<Seal, SealError> {
    let length = std::fs::metadata(file).map_err(|error| file_error(file, error))?.len();
    if length > FILE_BYTES_MAX {
        return Err(file_error(file, "文件过大，不是日封"));
    }
    let text = std::fs::read(file).map_err(|error| file_error(file, error))?;
    serde_json::from_slice(&text).map_err(|error| file_error(file, error))
}

/// Checks a folder of seals against each other, against what the database remembers of them, and every head that they
/// name against the record. Every day that the database remembers as sealed has to be there: seals that are kept in several
/// places are brought together first.
///
/// # Errors
/// The database's, or a folder that can't be read. What does not hold is in [`SealCheck::broken`].
pub async fn check_seals(store: &Store, dir: &Path) -> Result<SealCheck, SealError> {
    let mut found = SealCheck::default();
    let rows = remembered(store, &mut found).await?;
    let files = if dir.is_dir() { files(dir)? } else { BTreeMap::new() };
    found.never = rows.is_empty() && files.is_empty() && store.first_event_at().await?.is_some();
    let mut previous: Option<Seal> = None;
    for (day, file) in files {
        let seal = match read(&file) {
            Ok(seal) => seal,
            Err(error) => {
                found.broken.push(format!("日封 {day}：读不出：{error}"));
                continue;
            }
        };
        found.seals += 1;
        let mut broken = |what: &str| found.broken.push(format!("日封 {day}：{what}"));
        if seal.day != day || !seal.holds() {
            broken("哈希与内容不符，文件被改动");
        }
        if previous.as_ref().is_some_and(|previous| seal.previous != previous.hash) {
            broken("与前一日封不相接，前一日封被改动或缺失");
        }
        match rows.get(&day) {
            Some(row) if row.hash == seal.hash => {}
            Some(_) => broken("与数据库中登记的不同"),
            None => broken("数据库中没有登记：记录被截断，或数据库是旧备份"),
        }
        for head in &seal.heads {
            found.heads += 1;
            let stored = store.event_hash(&head.stream, head.seq).await?;
            if stored.as_ref() != Some(&head.hash) {
                let what =
                    if stored.is_none() { "记录中已没有这一条" } else { "哈希不同，记录被改写" };
                found.broken.push(format!("日封 {day}：{} 第 {} 条：{what}", head.stream, head.seq));
            }
        }
        previous = Some(seal);
    }
    let missing: Vec<&String> = rows.keys().filter(|day| !seal_file(dir, day).exists()).collect();
    match missing.as_slice() {
        [first, .., last] if missing.len() > DAYS_NAMED_MAX => found.broken.push(format!(
            "日封 {first} 至 {last} 之间缺少 {} 天的文件，目录 {}；如另存他处，请集中后用 --seals 给出",
            missing.len(),
            dir.display()
        )),
        _ => {
            let named = missing.iter().map(|day| format!("日封 {day}：缺少文件 {}", seal_file(dir, day).display()));
            found.broken.extend(named);
        }
    }
    Ok(found)
}

/// What the database remembers, by day, each joined to the one before.
async fn remembered(store: &Store, found: &mut SealCheck) -> Result<BTreeMap<String, SealRow>, StoreError> {
    let mut rows: BTreeMap<String, SealRow> = BTreeMap::new();
    loop {
        let after = rows.keys().next_back().cloned().unwrap_or_default();
        let page = store.seals_after(&after, PAGE_SEALS).await?;
        if page.is_empty() {
            return Ok(rows);
        }
        for row in page {
            if rows.values().next_back().is_some_and(|before| before.hash != row.previous) {
                found.broken.push(format!("日封 {}：数据库中登记的与前一日封不相接", row.day));
            }
            rows.insert(row.day.clone(), row);
        }
    }
}

/// The seals of a folder by day.
fn files(dir: &Path) -> Result<BTreeMap<String, PathBuf>, SealError> {
    let entries = std::fs::read_dir(dir).map_err(|error| file_error(dir, error))?;
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(|error| file_error(dir, error))?.path();
        let day = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
        if let Some(day) = day.filter(|day| NaiveDate::parse_from_str(day, DAY).is_ok()) {
            files.insert(day.to_owned(), path.clone());
        }
    }
    Ok(files)
}
