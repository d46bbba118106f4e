//! Backup and restore. SQLite writes a compact copy by itself while it is used; PostgreSQL has its own tools.

use std::path::{Path, PathBuf};

use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::error::StoreError;
use super::open::{Pools, Store, StoreOptions, create_file};
use super::postgres_tools::Tools;
use super::sql::{Sql, statements};
use crate::domain::instant::Instant;

statements! {
    COUNTS = "SELECT (SELECT COUNT(*) FROM events) AS events, (SELECT COUNT(*) FROM mentions) AS mentions, \
        (SELECT MAX(at) FROM events) AS last_event_at";
    SIZE = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        => "SELECT pg_database_size(current_database())";
}

/// How long another process may take to let go of a database that is to be replaced.
const ALONE_TIMEOUT: std::time::Duration = std::time::Duration::from_millis(500);

/// What a database holds: printed by backup and restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Contents {
    /// Audit events.
    pub events: i64,
    /// Mentions.
    pub mentions: i64,
    /// When the last event was recorded, in milliseconds UTC.
    #[serde(skip)]
    pub last_event_at: Option<i64>,
}

impl Contents {
    /// Whether anyone has worked with it.
    pub fn is_used(&self) -> bool {
        self.events > 0 || self.mentions > 0
    }
}

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// The file.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// What it holds (as of the end of the backup, on PostgreSQL: of its beginning).
    #[serde(flatten)]
    pub contents: Contents,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Path or address, without password.
    pub database: String,
    /// Where the database that was there before lies now.
    pub kept: Option<String>,
    /// What it holds now.
    #[serde(flatten)]
    pub contents: Contents,
}

impl Store {
    /// Size of the database, in bytes; of a SQLite file without its log.
    pub async fn size_bytes(&self) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(SIZE, Vec::new()).await?.0)
    }

    /// What the database holds.
    pub async fn contents(&self) -> Result<Contents, StoreError> {
        self.one(COUNTS, Vec::new()).await
    }

    /// Writes a consistent copy into a new file, while others go on reading and writing. The file appears under its
    /// name only when it is complete.
    pub async fn backup(&self, to: &Path) -> Result<Backup, StoreError> {
        self.check_schema().await?;
        if to.exists() {
            return Err(backup_error(to, "文件已存在", "请换一个文件名，不覆盖旧备份"));
        }
        let partial = Partial::begin(beside(to, "partial"))?;
        let contents = match &self.inner.pools {
            Pools::Sqlite { options, .. } => {
                create_file(&partial)
                    .map_err(|error| backup_error(&partial, &error.to_string(), "请检查目录与权限"))?;
                copy_into(options, &partial).await.map_err(|error| self.error(error))?;
                sync(&partial)?;
                forget_sessions(&partial).await?;
                let mut copy = open_copy(&partial).await?;
                let contents = read_contents(&mut copy, &partial).await;
                close(copy).await;
                contents?
            }
            Pools::Postgres { url, .. } => {
                let contents = self.contents().await?;
                Tools::of(url)?.dump(&partial).await?;
                sync(&partial)?;
                contents
            }
        };
        std::fs::rename(&*partial, to)
            .and_then(|()| sync_folder(to))
            .map_err(|error| backup_error(to, &error.to_string(), "请检查目录与权限"))?;
        partial.keep();
        let bytes = std::fs::metadata(to).map(|meta| meta.len()).unwrap_or_default();
        Ok(Backup { file: to.display().to_string(), bytes, contents })
    }
}

/// Tables whose rows no backup holds: whoever finds one must not find open sessions in it.
pub(super) const LEFT_OUT: [&str; 3] = ["sessions", "login_attempts", "login_devices"];

/// A file that is being written: gone again unless it was finished, whatever broke off.
struct Partial {
    file: PathBuf,
    kept: bool,
}

impl Partial {
    fn begin(file: PathBuf) -> Result<Self, StoreError> {
        remove(&file)?;
        Ok(Self { file, kept: false })
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl std::ops::Deref for Partial {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.file
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        for ending in ["", "-journal"] {
            let file = beside_exact(&self.file, ending);
            if !self.kept
                && let Err(error) = remove(&file)
            {
                tracing::warn!(%error, "a part of a backup is left behind");
            }
        }
    }
}

/// Puts a backup in the place of the database, which no process may be using. A database that was used is replaced only
/// if `force` says so; a SQLite file that is replaced is kept beside the new one. The tables are then brought to this
/// version.
pub async fn restore(options: &StoreOptions, from: &Path, force: bool) -> Result<Restored, StoreError> {
    if !from.is_file() {
        return Err(backup_error(from, "没有这个备份文件", "请检查路径"));
    }
    if std::fs::metadata(from).is_ok_and(|file| file.len() == 0) {
        return Err(backup_error(from, "备份文件是空的，没有内容可以恢复", "请换一份备份"));
    }
    let postgres = options.url.starts_with("postgres");
    let kept = if postgres {
        restore_postgres(options, from, force).await?;
        None
    } else {
        restore_sqlite(options, from, force).await?
    };
    let store = Store::open(options).await?;
    store.migrate().await?;
    // A backup of an earlier version holds sessions: whoever had one has to log in again.
    let mut tx = store.write().await?;
    tx.prune_sessions(Instant::from_ms(i64::MAX)).await?;
    tx.commit().await?;
    let contents = store.contents().await?;
    let database = store.name().to_owned();
    store.close().await;
    Ok(Restored { database, kept: kept.map(|path| path.display().to_string()), contents })
}

async fn restore_sqlite(options: &StoreOptions, from: &Path, force: bool) -> Result<Option<PathBuf>, StoreError> {
    let mut copy = open_copy(from).await?;
    let offered = read_contents(&mut copy, from).await;
    close(copy).await;
    let offered = offered?;
    let target = super::open::sqlite_path(&options.url)?;
    if same_file(from, &target) {
        return Err(backup_error(from, "备份文件就是正在使用的数据库", "请指定备份文件"));
    }
    let incoming = beside(&target, "restoring");
    let incoming = Partial::begin(incoming)?;
    let copied = std::fs::File::open(from).and_then(|mut from| {
        let mut to = create_file(&incoming)?;
        std::io::copy(&mut from, &mut to)
    });
    copied.map_err(|error| backup_error(&incoming, &error.to_string(), "请检查空间与权限"))?;
    sync(&incoming)?;
    let mut kept = None;
    if target.exists() {
        let present = take_alone(&target).await;
        let refused = match &present {
            Ok(present) => refuse(&target.display().to_string(), present, &offered, force).err(),
            // What is there can't be read: that is what restoring is for, but only if the caller says so.
            Err(StoreError::Damaged { .. } | StoreError::Schema { .. }) if force => None,
            Err(error) => Some(error.clone()),
        };
        if let Some(error) = refused {
            return Err(error);
        }
        let place = free_name(&target);
        std::fs::rename(&target, &place)
            .map_err(|error| backup_error(&target, &error.to_string(), "请检查目录权限"))?;
        kept = Some(place);
    }
    // A log of the old file must not be played into the new one.
    remove(&beside_exact(&target, "-wal"))?;
    remove(&beside_exact(&target, "-shm"))?;
    std::fs::rename(&*incoming, &target)
        .and_then(|()| sync_folder(&target))
        .map_err(|error| backup_error(&target, &error.to_string(), "请检查目录权限"))?;
    incoming.keep();
    Ok(kept)
}

async fn restore_postgres(options: &StoreOptions, from: &Path, force: bool) -> Result<(), StoreError> {
    let tools = Tools::of(&options.url)?;
    tools.check(from).await?;
    let store = Store::open(options).await?;
    let present = match store.contents().await {
        Ok(contents) => Some(contents),
        Err(StoreError::Schema { .. }) => None,
        Err(error) => return Err(error),
    };
    let name = store.name().to_owned();
    store.close().await;
    if let Some(present) = &present {
        // What the archive holds is known only after reading it in: it is taken to be older.
        refuse(&name, present, &Contents::default(), force)?;
    }
    tools.load(from, present.is_some()).await
}

/// Refuses to replace what someone has worked with.
fn refuse(database: &str, present: &Contents, offered: &Contents, force: bool) -> Result<(), StoreError> {
    if force || !present.is_used() {
        return Ok(());
    }
    let age = if present.last_event_at > offered.last_event_at { "，且比备份更新" } else { "" };
    Err(StoreError::Backup(format!(
        "数据库 {database} 已有 {} 条审计记录、{} 条信息{age}，没有覆盖。请先 huiying backup，确认要替换时加 --force",
        present.events, present.mentions
    )))
}

/// `VACUUM INTO` reads one consistent state; writers go on beside it.
async fn copy_into(options: &SqliteConnectOptions, to: &Path) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    let text = to.to_string_lossy().into_owned();
    sqlx::query("VACUUM INTO $1").bind(text).execute(&mut connection).await?;
    connection.close().await
}

/// Empties the tables that no backup holds, and overwrites what stood there.
async fn forget_sessions(file: &Path) -> Result<(), StoreError> {
    let name = file.display().to_string();
    let of = |error| StoreError::of(error, &name);
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Memory)
        .pragma("secure_delete", "ON");
    let mut connection = options.connect().await.map_err(of)?;
    for table in LEFT_OUT {
        let there: Vec<(i64,)> = sqlx::query_as("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1")
            .bind(table)
            .fetch_all(&mut connection)
            .await
            .map_err(of)?;
        if there.is_empty() {
            continue;
        }
        // A constant of ours.
        let sql = sqlx::AssertSqlSafe(format!("DELETE FROM {table}"));
        sqlx::query(sql).execute(&mut connection).await.map_err(of)?;
    }
    connection.close().await.map_err(of)
}

async fn open_copy(file: &Path) -> Result<SqliteConnection, StoreError> {
    let name = file.display().to_string();
    // Immutable: a backup lies on its own, without a log, perhaps on a medium that can't be written.
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    let mut connection = options.connect().await.map_err(|error| StoreError::of(error, &name))?;
    let check = sqlx::query_as::<_, (String,)>("PRAGMA quick_check(1)").fetch_one(&mut connection).await;
    match check {
        Ok((answer,)) if answer == "ok" => Ok(connection),
        Ok((answer,)) => Err(StoreError::Damaged { database: name, why: answer }),
        Err(error) => Err(StoreError::of(error, &name)),
    }
}

async fn read_contents(connection: &mut SqliteConnection, file: &Path) -> Result<Contents, StoreError> {
    let name = file.display().to_string();
    let text = COUNTS.text(super::sql::Engine::Sqlite);
    let contents: Contents =
        sqlx::query_as(text).fetch_one(&mut *connection).await.map_err(|error| StoreError::of(error, &name))?;
    let version = Sql::same(super::migrate::APPLIED).text(super::sql::Engine::Sqlite);
    let (applied,): (Option<i64>,) =
        sqlx::query_as(version).fetch_one(&mut *connection).await.map_err(|error| StoreError::of(error, &name))?;
    super::migrate::not_newer(&name, applied.unwrap_or(0))?;
    Ok(contents)
}

/// Makes sure that no other process has the database open, and brings its log home: both is what leaving WAL needs.
async fn take_alone(target: &Path) -> Result<Contents, StoreError> {
    let name = target.display().to_string();
    let of = |error| StoreError::of(error, &name);
    let in_use =
        || StoreError::Backup(format!("数据库 {name} 正被使用，没有覆盖。请先停止 huiying serve 等进程再恢复"));
    let alone = SqliteConnectOptions::new()
        .filename(target)
        .busy_timeout(ALONE_TIMEOUT)
        .journal_mode(SqliteJournalMode::Delete);
    let mut connection = match alone.connect().await.map_err(of) {
        Ok(connection) => connection,
        Err(StoreError::Conflict { .. }) => return Err(in_use()),
        Err(error) => return Err(error),
    };
    let (mode,): (String,) = sqlx::query_as("PRAGMA journal_mode").fetch_one(&mut connection).await.map_err(of)?;
    if mode != "delete" {
        return Err(in_use());
    }
    let empty: (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM sqlite_schema").fetch_one(&mut connection).await.map_err(of)?;
    let contents = if empty.0 == 0 { Ok(Contents::default()) } else { read_contents(&mut connection, target).await };
    close(connection).await;
    contents
}

/// The file was only read: an error at closing loses nothing.
async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "closing a database that was only read");
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// `name.partial` beside `name`.
fn beside(path: &Path, what: &str) -> PathBuf {
    beside_exact(path, &format!(".{what}"))
}

fn beside_exact(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// `name.before-restore-1`, `…-2`: never over an earlier one.
fn free_name(path: &Path) -> PathBuf {
    let mut n: u64 = 1;
    loop {
        let name = beside(path, &format!("before-restore-{n}"));
        if !name.exists() {
            return name;
        }
        n += 1;
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(backup_error(path, &error.to_string(), "请检查权限")),
    }
}

fn sync(path: &Path) -> Result<(), StoreError> {
    std::fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| backup_error(path, &error.to_string(), "请检查磁盘"))
}

/// A rename lasts when its folder is on disk.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

fn backup_error(path: &Path, why: &str, fix: &str) -> StoreError {
    StoreError::Backup(format!("{}：{why}；{fix}", path.display()))
}
