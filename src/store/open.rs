//! Opening a database, and reading from it.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Executor, FromRow, PgPool, SqlitePool};

use super::error::{StoreError, WRITABLE};
use super::sql::{Engine, Sql, Value, postgres_arguments, sqlite_arguments};
use super::watch::Bell;
use crate::time::Stopwatch;

/// Readers of one SQLite process; more would only wait for the two or four cores of such a machine.
const SQLITE_READERS_MAX: u32 = 8;
/// Pages that SQLite's connections keep, in KiB (a negative number of its pragma): the upper parts of a year's indexes. Its own
/// default of 2 MiB reads them from the file again and again.
const SQLITE_WRITER_CACHE: &str = "-65536";
const SQLITE_READER_CACHE: &str = "-16384";
/// Connections of one node to PostgreSQL.
const POSTGRES_CONNECTIONS_MAX: u32 = 16;
/// How long a SQLite statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(8);
/// How long to wait for a connection of the pool; on SQLite that is the wait for the one writer of this process.
const SQLITE_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for a throw-away file, which nobody waits for: a machine that stands still for half a minute is no error there.
const THROW_AWAY_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(600);
/// The same on PostgreSQL. A fifth of it is the pool's longest pause between two attempts at a server that is down, so
/// this is also how late (2 s) a node can be in noticing that the server is back.
const POSTGRES_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait for an answer when a PostgreSQL server is first called; shorter than the pool waits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// Prepared statements kept per connection: more than there are.
const STATEMENTS_CACHED_MAX: usize = 512;
/// What a session on PostgreSQL is bound by. A node that stops in the middle of a transaction (frozen, or cut off) keeps
/// what it has locked no longer than the idle bound when the server waits for it, and no longer than the TCP bounds when it
/// takes no answer; another waits less long than that and asks again.
const POSTGRES_BOUNDS: &str = "SET lock_timeout = '8s'; SET statement_timeout = '120s'; \
    SET idle_in_transaction_session_timeout = '10s'; \
    SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3; \
    SET tcp_user_timeout = '10s'";
/// Oldest PostgreSQL that has everything used here.
const POSTGRES_VERSION_MIN: i64 = 140_000;

/// How to open a database.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// `sqlite:FILE` or `postgres://USER:PASSWORD@HOST:PORT/NAME`.
    pub url: String,
    /// Whether a commit waits for the disk. False only for throw-away databases: replay, drill, tests.
    pub durable: bool,
}

impl StoreOptions {
    /// A database whose commits last.
    pub fn durable(url: impl Into<String>) -> Self {
        Self { url: url.into(), durable: true }
    }

    /// A throw-away SQLite file.
    pub fn throw_away(file: &Path) -> Self {
        Self { url: format!("sqlite:{}", file.display()), durable: false }
    }
}

/// An open database. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) pools: Pools,
    /// Path or address without password, for messages.
    pub(super) name: String,
    /// Rung by each commit of this process.
    pub(super) bell: Bell,
    /// Transactions of this process that were committed.
    pub(super) commits: AtomicU64,
    /// Since the disk or the memory last failed a SQLite connection of this process.
    failed: Failed,
}

/// When a connection last failed in a way that leaves it in doubt.
type Failed = Arc<Mutex<Option<Stopwatch>>>;

#[derive(Debug)]
pub(super) enum Pools {
    /// One connection writes, several read.
    Sqlite { write: SqlitePool, read: SqlitePool, options: Box<SqliteConnectOptions> },
    /// The whole URL, for PostgreSQL's own tools.
    Postgres { pool: PgPool, url: String },
}

/// What can be read from a row of either database.
pub(super) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Row for T {}

impl Store {
    /// Opens the database; a SQLite file is created. The tables are made by [`Store::migrate`].
    pub async fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let url = options.url.trim();
        if url.starts_with("sqlite:") {
            let failed = Failed::default();
            let (pools, name) = open_sqlite(url, options.durable, &failed).await?;
            return Ok(Self::with(pools, name, failed));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let (pools, name) = open_postgres(url, false).await?;
            return Ok(Self::of(pools, name));
        }
        Err(StoreError::Url {
            url: url.split_once("://").map_or(url, |(scheme, _)| scheme).chars().take(80).collect(),
            why: "既不是 sqlite: 也不是 postgres://".into(),
            fix: "请写作 sqlite:huiying.db 或 postgres://用户:密码@主机:5432/库名".into(),
        })
    }

    pub(super) fn of(pools: Pools, name: String) -> Self {
        Self::with(pools, name, Failed::default())
    }

    fn with(pools: Pools, name: String, failed: Failed) -> Self {
        let commits = AtomicU64::default();
        Self { inner: Arc::new(Inner { pools, name, bell: Bell::default(), commits, failed }) }
    }

    /// Which database.
    pub fn engine(&self) -> Engine {
        match self.inner.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Path or address without password, for messages.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// How many transactions of this process were committed so far: as long as it rises, the database can be written.
    pub fn commit_count(&self) -> u64 {
        self.inner.commits.load(Ordering::Relaxed)
    }

    /// Closes all connections; waits until those in use are given back.
    pub async fn close(&self) {
        match &self.inner.pools {
            Pools::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { pool, .. } => pool.close().await,
        }
    }

    pub(super) fn error(&self, error: sqlx::Error) -> StoreError {
        if self.engine() == Engine::Sqlite && leaves_in_doubt(&error) {
            *self.inner.failed.lock() = Some(Stopwatch::start());
        }
        StoreError::of(error, &self.inner.name)
    }

    pub(super) async fn all<T: Row>(&self, sql: Sql, values: Vec<Value>) -> Result<Vec<T>, StoreError> {
        let text = sql.text(self.engine());
        match &self.inner.pools {
            Pools::Sqlite { read, .. } => match sqlite_arguments(values) {
                Ok(arguments) => sqlx::query_as_with(text, arguments).fetch_all(read).await,
                Err(error) => Err(error),
            },
            Pools::Postgres { pool, .. } => match postgres_arguments(values) {
                Ok(arguments) => sqlx::query_as_with(text, arguments).fetch_all(pool).await,
                Err(error) => Err(error),
            },
        }
        .map_err(|error| self.error(error))
    }

    pub(super) async fn optional<T: Row>(&self, sql: Sql, values: Vec<Value>) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    pub(super) async fn one<T: Row>(&self, sql: Sql, values: Vec<Value>) -> Result<T, StoreError> {
        self.optional(sql, values).await?.ok_or_else(|| self.error(sqlx::Error::RowNotFound))
    }
}

/// Whether SQLite ran out of memory or disk, or could not read or write: it then may have rolled a transaction back by
/// itself, of which the driver knows nothing.
fn leaves_in_doubt(error: &sqlx::Error) -> bool {
    const NOMEM: i64 = 7;
    const IOERR: i64 = 10;
    const FULL: i64 = 13;
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i64>().ok());
    code.is_some_and(|code| [NOMEM, IOERR, FULL].contains(&(code & 0xff)))
}

/// A SQLite pool that gives out no connection that is in doubt: one that was there when the disk or the memory failed, or
/// one that the driver takes to be in a transaction still. Such a one is closed, and another opened in its place.
fn sound(options: SqlitePoolOptions, failed: &Failed) -> SqlitePoolOptions {
    let failed = failed.clone();
    options.before_acquire(move |connection, about| {
        let was_there = failed.lock().as_ref().is_some_and(|since| about.age >= since.elapsed());
        let sound = !was_there && !connection.is_in_transaction();
        if !sound {
            tracing::warn!(was_there, "a connection in doubt is closed");
        }
        Box::pin(std::future::ready(Ok(sound)))
    })
}

async fn open_sqlite(url: &str, durable: bool, failed: &Failed) -> Result<(Pools, String), StoreError> {
    let path = sqlite_path(url)?;
    let options = SqliteConnectOptions::new().filename(&path);
    let name = path.display().to_string();
    create_private(&path, &name)?;
    let options = options
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(if durable { SqliteSynchronous::Full } else { SqliteSynchronous::Off })
        // With it the trigger that keeps events also stops INSERT OR REPLACE.
        .pragma("recursive_triggers", "ON")
        // What is deleted is overwritten: a copy of the file holds nothing that was let go.
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .statement_cache_capacity(STATEMENTS_CACHED_MAX)
        .disable_statement_logging();
    let acquire_timeout = if durable { SQLITE_ACQUIRE_TIMEOUT } else { THROW_AWAY_ACQUIRE_TIMEOUT };
    let write = sound(SqlitePoolOptions::new(), failed)
        .max_connections(1)
        .acquire_timeout(acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone().journal_mode(SqliteJournalMode::Wal).pragma("cache_size", SQLITE_WRITER_CACHE))
        .await
        .map_err(|error| StoreError::of(error, &name))?;
    // A file that can't be written is told now, not at the first post of the day. One that another process is writing
    // can be written.
    match try_to_write(&options).await.map_err(|error| StoreError::of(error, &name)) {
        Ok(()) | Err(StoreError::Conflict { .. }) => {}
        Err(error) => return Err(error),
    }
    let read = sound(SqlitePoolOptions::new(), failed)
        .max_connections(SQLITE_READERS_MAX)
        .acquire_timeout(acquire_timeout)
        .connect_with(options.clone().pragma("query_only", "ON").pragma("cache_size", SQLITE_READER_CACHE))
        .await
        .map_err(|error| StoreError::of(error, &name))?;
    Ok((Pools::Sqlite { write, read, options: Box::new(options) }, name))
}

async fn try_to_write(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = options.clone().busy_timeout(Duration::ZERO).connect().await?;
    connection.execute("BEGIN IMMEDIATE").await?;
    connection.execute("ROLLBACK").await?;
    connection.close().await
}

/// The file that a `sqlite:` URL names. Options after `?` are not taken: how the file is opened is decided here.
pub(super) fn sqlite_path(url: &str) -> Result<PathBuf, StoreError> {
    let invalid = |why: &str| StoreError::Url {
        url: url.to_owned(),
        why: why.to_owned(),
        fix: "请写文件路径，如 sqlite:huiying.db 或 sqlite:/var/lib/huiying/huiying.db".to_owned(),
    };
    let file = url.trim().strip_prefix("sqlite:").ok_or_else(|| invalid("不以 sqlite: 开头"))?;
    let file = file.strip_prefix("//").unwrap_or(file);
    match file {
        "" => Err(invalid("没有文件名")),
        ":memory:" => Err(invalid("内存数据库会随连接消失，不受支持")),
        _ if file.contains('?') => Err(invalid("不支持 ? 之后的选项")),
        _ => Ok(PathBuf::from(file)),
    }
}

/// A new file that its owner alone can read.
pub(super) fn create_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Makes the file readable for its owner alone: it holds what citizens wrote.
fn create_private(path: &Path, name: &str) -> Result<(), StoreError> {
    let unavailable =
        |why: String| StoreError::Unavailable { database: name.to_owned(), why, fix: WRITABLE.to_owned() };
    match create_file(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            match std::fs::OpenOptions::new().write(true).open(path) {
                Ok(_) => Ok(()),
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Err(StoreError::ReadOnly {
                    database: name.to_owned(),
                    why: error.to_string(),
                    fix: WRITABLE.to_owned(),
                }),
                Err(error) => Err(unavailable(error.to_string())),
            }
        }
        Err(error) => Err(unavailable(error.to_string())),
    }
}

/// `to_read`: a standby, which can't be written, will do.
pub(super) async fn open_postgres(url: &str, to_read: bool) -> Result<(Pools, String), StoreError> {
    let shown = without_password(url);
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Url {
            url: shown.clone(),
            why: error.to_string(),
            fix: "请写作 postgres://用户:密码@主机:5432/库名（密码中的特殊字符用 %XX）".into(),
        })?
        .application_name("huiying")
        .statement_cache_capacity(STATEMENTS_CACHED_MAX)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS_MAX)
        .acquire_timeout(POSTGRES_ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| Box::pin(async move { connection.execute(POSTGRES_BOUNDS).await.map(|_| ()) }))
        .connect_lazy_with(options);
    let probe = sqlx::query_as::<_, (i64, String, String)>(
        "SELECT CAST(current_setting('server_version_num') AS BIGINT), current_setting('server_encoding'), \
         current_setting('transaction_read_only')",
    )
    .fetch_one(&pool);
    let (version, encoding, read_only) = match tokio::time::timeout(CONNECT_TIMEOUT, probe).await {
        Ok(answer) => answer.map_err(|error| StoreError::of(error, &shown))?,
        Err(_) => {
            return Err(StoreError::Unavailable {
                database: shown,
                why: format!("{} 秒内没有应答", CONNECT_TIMEOUT.as_secs()),
                fix: "请确认数据库已启动、地址端口正确、防火墙放行".into(),
            });
        }
    };
    if version < POSTGRES_VERSION_MIN || encoding != "UTF8" {
        return Err(StoreError::Schema {
            database: shown,
            why: format!("服务器版本 {version}、编码 {encoding}"),
            fix: "需要 PostgreSQL 14 以上、编码 UTF8（createdb -E UTF8 -T template0）".into(),
        });
    }
    if read_only == "on" && !to_read {
        return Err(StoreError::ReadOnly {
            database: shown,
            why: "transaction_read_only = on".into(),
            fix: "请连接主库，或取消 default_transaction_read_only".into(),
        });
    }
    Ok((Pools::Postgres { pool, url: url.to_owned() }, shown))
}

/// The URL with its password taken out, also one that stands among the parameters.
pub(super) fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) => {
            // Fails only for URLs without a host, which carry no password.
            let _ = parsed.set_password(None);
            parsed.set_query(None);
            parsed.to_string()
        }
        Err(_) => "postgres://…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error with a result code of SQLite's.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Code(i64);

    impl sqlx::error::DatabaseError for Code {
        fn message(&self) -> &str {
            "out of something"
        }
        fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
            Some(self.0.to_string().into())
        }
        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> sqlx::error::ErrorKind {
            sqlx::error::ErrorKind::Other
        }
    }

    #[test]
    fn want_of_memory_or_disk_leaves_a_connection_in_doubt() {
        let in_doubt = |code| leaves_in_doubt(&sqlx::Error::Database(Box::new(Code(code))));
        // NOMEM, IOERR and its kinds (NOMEM within I/O among them), FULL; then BUSY, CONSTRAINT, READONLY.
        assert!([7, 10, 10 | 12 << 8, 13].into_iter().all(in_doubt));
        assert!(![5, 19, 8].into_iter().any(in_doubt));
    }

    /// The engine's own error, met anywhere: the page count is bounded below what a transaction needs.
    #[tokio::test]
    async fn after_a_full_disk_the_next_transaction_writes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::throw_away(&folder.path().join("full.db"))).await.unwrap();
        store.migrate().await.unwrap();
        let Pools::Sqlite { write, .. } = &store.inner.pools else { unreachable!("SQLite") };
        let large = "满".repeat(400_000);
        for round in 0..3 {
            sqlx::raw_sql("PRAGMA max_page_count = 1").execute(write).await.unwrap();
            let mut tx = store.write().await.unwrap();
            let error = tx.put_meta(&format!("large-{round}"), &large).await.unwrap_err();
            assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
            drop(tx);
            // The bound went with the connection: there is room again.
            let mut tx = store.write().await.unwrap();
            tx.put_meta(&format!("large-{round}"), &large).await.unwrap();
            tx.commit().await.unwrap();
            store.try_write().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_connection_that_is_still_in_a_transaction_is_not_given_out() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::throw_away(&folder.path().join("depth.db"))).await.unwrap();
        store.migrate().await.unwrap();
        let mut tx = store.write().await.unwrap();
        // As SQLite does by itself when the disk is full: the driver's own rollback then fails, and its count stays.
        tx.run(Sql::same("ROLLBACK"), Vec::new()).await.unwrap();
        drop(tx);
        store.try_write().await.unwrap();
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(without_password("postgres://a:secret@h:5/d?password=secret"), "postgres://a@h:5/d");
        assert_eq!(without_password("postgres://a:se cret/d@h:99999999/d"), "postgres://…");
    }
}
