//! Rule files as pages change them (规则文件): checked by the loader with the whole folder, written whole, recorded with who, when
//! and why, and in force at once. What is changed outside is found, kept as an edition, and told as such.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::administration::{AdminError, record_in};
use crate::domain::administration::AdminEvent;
use crate::domain::instant::Instant;
use crate::rules::file::{self, FileName};
use crate::rules::live::{LiveRules, Look};
use crate::rules::{RuleError, Rules};
use crate::store::{NewRuleVersion, RuleVersionRow, Store, StoreError};

/// Longest reason, in characters.
const WHY_CHARS_MAX: usize = 400;

/// How an edition came to be: found at the first look, or changed by another hand than a page's.
pub const FOUND: &str = "found";
/// Changed outside.
pub const OUTSIDE: &str = "outside";
/// Saved from a page.
pub const SAVED: &str = "saved";
/// An earlier edition, from a page.
pub const RESTORED: &str = "restored";
/// Taken away by a page.
pub const REMOVED: &str = "removed";

/// What is asked to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Save {
    /// Which file.
    pub file: FileName,
    /// Its text; none takes it away.
    pub text: Option<String>,
    /// Hash of the text that was read before; none for a new file.
    pub base: Option<String>,
    /// Why.
    pub why: String,
    /// Whether it is an earlier edition again.
    pub restored: bool,
}

/// Why a file was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Somebody else was faster.
    #[error("文件在您打开之后已被改动，没有保存；请重新打开，核对后再改")]
    Changed,
    /// No reason, or too long a one.
    #[error("请写明修改原因，不超过 {WHY_CHARS_MAX} 字")]
    Why,
    /// The loader refuses it.
    #[error("{} 处错误，没有保存：{}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Wrong(Vec<RuleError>),
    /// It can't be written.
    #[error("{0}")]
    Unwritable(RuleError),
    /// The record.
    #[error(transparent)]
    Record(#[from] AdminError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A thread broke.
    #[error("检查中断：{0}")]
    Broken(String),
}

/// A rule file in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub file: FileName,
    /// Hash of its text; none where it is gone.
    pub hash: Option<String>,
    /// What it was last known as.
    pub last: Option<RuleVersionRow>,
}

impl Listed {
    /// Whether another hand than a page's has changed it since.
    pub fn changed_outside(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.how == OUTSIDE || last.hash != self.hash)
    }
}

/// The one way to change rule files. Cheap to clone; the clones are one.
#[derive(Clone, Debug)]
pub struct RuleFiles {
    store: Store,
    live: Arc<LiveRules>,
    /// One writes at a time, and nobody looks for outside changes meanwhile.
    turn: Arc<Mutex<()>>,
}

impl RuleFiles {
    /// Over the rules of a running service.
    pub fn new(store: Store, live: Arc<LiveRules>) -> Self {
        Self { store, live, turn: Arc::default() }
    }

    /// The rules of the running service.
    pub fn live(&self) -> &LiveRules {
        &self.live
    }

    /// All files, by name; those that are gone and were known last.
    pub async fn list(&self) -> Result<Vec<Listed>, SaveError> {
        let live = self.live.clone();
        let there = on_thread(move || file::hashes(live.dir())).await?;
        let rows = self.store.latest_rule_versions().await?;
        let mut last: BTreeMap<String, RuleVersionRow> = rows.into_iter().map(|row| (row.file.clone(), row)).collect();
        let mut listed: Vec<Listed> = there
            .into_iter()
            .map(|(file, hash)| Listed { last: last.remove(file.path()), file, hash: Some(hash) })
            .collect();
        listed.extend(
            last.into_iter().filter_map(|(path, row)| {
                Some(Listed { file: FileName::new(&path).ok()?, hash: None, last: Some(row) })
            }),
        );
        Ok(listed)
    }

    /// A file's text; `None` if there is no such file.
    pub async fn read(&self, file: &FileName) -> Result<Option<String>, SaveError> {
        let (live, file) = (self.live.clone(), file.clone());
        on_thread(move || file.read(live.dir())).await?.map_err(SaveError::Unwritable)
    }

    /// What the loader says of a file's text, or of the folder without it: what would be wrong and is not wrong already.
    pub async fn check(&self, file: &FileName, text: Option<&str>) -> Result<Vec<RuleError>, SaveError> {
        let (live, file, text) = (self.live.clone(), file.clone(), text.map(str::to_owned));
        on_thread(move || {
            let mut wrong = Rules::check_with(live.dir(), &file, text.as_deref()).errors;
            // Of two broken files one must be mendable before the other.
            if wrong.iter().any(|error| error.file != file.path()) {
                let before = Rules::check(live.dir()).errors;
                let known = |error: &RuleError| before.iter().any(|b| (&b.file, &b.what) == (&error.file, &error.what));
                wrong.retain(|error| error.file == file.path() || !known(error));
            }
            wrong
        })
        .await
    }

    /// Saves, records, and puts in force; gives the new hash. Refused where the check fails, and where the file changed since
    /// it was read.
    pub async fn save(&self, save: Save, by: &str, now: Instant) -> Result<Option<String>, SaveError> {
        let why = save.why.trim();
        if why.is_empty() || why.chars().count() > WHY_CHARS_MAX {
            return Err(SaveError::Why);
        }
        let _turn = self.turn.lock().await;
        let before = self.read(&save.file).await?;
        let was = before.as_deref().map(file::hash);
        if was != save.base {
            return Err(SaveError::Changed);
        }
        let wrong = self.check(&save.file, save.text.as_deref()).await?;
        if !wrong.is_empty() {
            return Err(SaveError::Wrong(wrong));
        }
        let hash = save.text.as_deref().map(file::hash);
        if hash == was {
            return Ok(hash);
        }
        self.write(&save.file, save.text.clone()).await?;
        if let Err(error) = self.keep(&save, hash.as_deref(), was.as_deref(), by, now).await {
            // Nothing is in force that the record does not know.
            self.write(&save.file, before).await?;
            return Err(error);
        }
        self.look().await?;
        Ok(hash)
    }

    async fn write(&self, file: &FileName, text: Option<String>) -> Result<(), SaveError> {
        let (live, file) = (self.live.clone(), file.clone());
        on_thread(move || file.write(live.dir(), text.as_deref())).await?.map_err(SaveError::Unwritable)
    }

    async fn keep(
        &self,
        save: &Save,
        hash: Option<&str>,
        before: Option<&str>,
        by: &str,
        now: Instant,
    ) -> Result<(), SaveError> {
        let (path, why) = (save.file.path(), save.why.trim());
        let how = match (&save.text, save.restored) {
            (None, _) => REMOVED,
            (_, true) => RESTORED,
            _ => SAVED,
        };
        let version =
            NewRuleVersion { file: path, hash, text: save.text.as_deref(), at: now, how, by: Some(by), why: Some(why) };
        let event = AdminEvent::RuleSaved {
            file: path.to_owned(),
            hash: hash.map(str::to_owned),
            before: before.map(str::to_owned),
            why: why.to_owned(),
        };
        let mut tx = self.store.write().await?;
        tx.insert_rule_version(&version).await?;
        record_in(&mut tx, &event, by, now).await?;
        Ok(tx.commit().await?)
    }

    /// Looks at the files, and takes another edition over if it can be used.
    pub async fn look(&self) -> Result<Look, SaveError> {
        let live = self.live.clone();
        on_thread(move || live.look()).await
    }

    /// Looks for changes made outside: takes them over if they can be used, and keeps each as an edition.
    pub async fn follow(&self, now: Instant) -> Result<Look, SaveError> {
        let _turn = self.turn.lock().await;
        let look = self.look().await?;
        if look == Look::Same {
            return Ok(look);
        }
        self.note(now).await?;
        Ok(look)
    }

    /// Keeps what stands in the folder and is not known yet, also at the start of a service.
    pub async fn begin(&self, now: Instant) -> Result<(), SaveError> {
        let _turn = self.turn.lock().await;
        self.note(now).await
    }

    async fn note(&self, now: Instant) -> Result<(), SaveError> {
        let unknown: Vec<Listed> = self
            .list()
            .await?
            .into_iter()
            .filter(|listed| listed.last.as_ref().is_none_or(|last| last.hash != listed.hash))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut texts = Vec::with_capacity(unknown.len());
        for listed in &unknown {
            texts.push(self.read(&listed.file).await?);
        }
        let mut tx = self.store.write().await?;
        // Another service on the same folder may have noted them meanwhile.
        let known = tx.latest_rule_versions().await?;
        for (listed, text) in unknown.iter().zip(&texts) {
            let hash = text.as_deref().map(file::hash);
            let last = known.iter().find(|row| row.file == listed.file.path());
            if last.map(|row| &row.hash) == Some(&hash) || (last.is_none() && hash.is_none()) {
                continue;
            }
            let how = if last.is_none() { FOUND } else { OUTSIDE };
            let version = NewRuleVersion {
                file: listed.file.path(),
                hash: hash.as_deref(),
                text: text.as_deref(),
                at: now,
                how,
                by: None,
                why: None,
            };
            tx.insert_rule_version(&version).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Files and the loader block.
async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SaveError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| SaveError::Broken(error.to_string()))
}
