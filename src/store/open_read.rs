//! Opening a database for whoever changes nothing: an auditor's copy may lie on a medium that can't be written.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection, Executor};

use super::error::StoreError;
use super::open::{Pools, Store, open_postgres, sqlite_path};

/// Readers: an auditor reads one after the other.
const READERS_MAX: u32 = 2;
/// How long a statement waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(8);

impl Store {
    /// Opens a database that is there, to be read and never written.
    ///
    /// # Errors
    /// [`StoreError`] that says what to do.
    pub async fn open_to_read(url: &str) -> Result<Self, StoreError> {
        if !url.trim().starts_with("sqlite:") {
            let (pools, name) = open_postgres(url.trim(), true).await?;
            return Ok(Self::of(pools, name));
        }
        let path = sqlite_path(url)?;
        let name = path.display().to_string();
        let options = options_of(&path).await.map_err(|error| match error {
            Unreadable::Log(log) => StoreError::ReadOnly {
                database: name.clone(),
                why: format!("所在目录不能写，而写前日志 {} 里还有没有并入的内容", log.display()),
                fix: "请把数据库文件连同 -wal、-shm 一并复制到可写的目录再运行".to_owned(),
            },
            Unreadable::Database(error) => StoreError::of(error, &name),
        })?;
        let pool = SqlitePoolOptions::new().max_connections(READERS_MAX);
        let read = pool.clone().connect_with(options.clone()).await.map_err(|error| StoreError::of(error, &name))?;
        // Whoever tries to write is refused by the file itself.
        let write = pool.connect_lazy_with(options.clone());
        Ok(Self::of(Pools::Sqlite { write, read, options: Box::new(options) }, name))
    }
}

enum Unreadable {
    Log(PathBuf),
    Database(sqlx::Error),
}

/// How the file can be read: with others at work on it, else as one that nobody changes. SQLite wants to write beside a
/// database with a write-ahead log; where that can't be, it has to be told that nobody does.
async fn options_of(path: &Path) -> Result<SqliteConnectOptions, Unreadable> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("query_only", "ON")
        .disable_statement_logging();
    let Err(error) = try_to_read(&options).await else { return Ok(options) };
    let log = beside(path, "-wal");
    if log.metadata().is_ok_and(|log| log.len() > 0) {
        return Err(Unreadable::Log(log));
    }
    let alone = options.immutable(true);
    match try_to_read(&alone).await {
        Ok(()) => Ok(alone),
        Err(_) => Err(Unreadable::Database(error)),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

async fn try_to_read(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    let read = connection.execute("SELECT COUNT(*) FROM sqlite_master").await.map(|_| ());
    connection.close().await?;
    read
}
