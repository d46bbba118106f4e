//! Transactions: those that write, and those that read everything as of one moment.

use std::collections::BTreeMap;

use sqlx::{Executor, Postgres, SqlSafeStr, Sqlite, Transaction};

use super::error::StoreError;
use super::open::{Pools, Row, Store};
use super::sql::{Engine, Sql, Value, args, postgres_arguments, sqlite_arguments, statements};
use super::stream::{StoredStream, StreamHead};

statements! {
    SAVEPOINT = "SAVEPOINT step";
    RELEASE = "RELEASE SAVEPOINT step";
    ROLLBACK_TO = "ROLLBACK TO SAVEPOINT step";
    /// Told to all nodes when, and only when, the transaction commits.
    NOTIFY = "SELECT $1" => "SELECT pg_notify('huiying', $1)";
}

/// Longest payload of a notification, below PostgreSQL's limit of 8,000.
const NOTIFY_BYTES_MAX: usize = 7_000;

/// A transaction. Dropped without [`Tx::commit`] it leaves no trace.
///
/// After an error PostgreSQL refuses all further statements until the transaction or the savepoint is rolled back; do so
/// on SQLite too.
#[derive(Debug)]
pub struct Tx {
    store: Store,
    inner: Inner,
    /// Streams that grew: told to those who watch after the commit.
    pub(super) grown: Vec<StreamHead>,
    /// Something else changed that someone may wait for: a pending mention, an outbox row.
    pub(super) woke: bool,
    savepoints: usize,
    /// Number and hash of the last event of streams that this transaction has locked: no other can change them.
    pub(super) heads: BTreeMap<String, (i64, String)>,
    /// Streams that were locked together and not asked for yet.
    pub(super) loaded: BTreeMap<String, StoredStream>,
}

#[derive(Debug)]
enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A point within a transaction to go back to. Ended by [`Tx::release`] or [`Tx::rollback_to`], the latest first.
#[derive(Debug)]
#[must_use = "a savepoint is released or rolled back to"]
pub struct Savepoint {
    depth: usize,
    grown: usize,
}

impl Store {
    /// Begins a write transaction. On SQLite it has the database's one write lock from here on (`BEGIN IMMEDIATE`), so
    /// what it reads can't change under it; on PostgreSQL rows are locked as they are read for change.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        let inner = match &self.inner.pools {
            Pools::Sqlite { write, .. } => write.begin_with("BEGIN IMMEDIATE").await.map(Inner::Sqlite),
            Pools::Postgres { pool, .. } => pool.begin().await.map(Inner::Postgres),
        }
        .map_err(|error| self.error(error))?;
        Ok(Tx::of(self, inner))
    }

    /// Begins a transaction that only reads: what it reads first fixes the moment of which it sees everything, whatever
    /// others commit meanwhile.
    pub async fn snapshot(&self) -> Result<Tx, StoreError> {
        let inner = match &self.inner.pools {
            Pools::Sqlite { read, .. } => read.begin().await.map(Inner::Sqlite),
            Pools::Postgres { pool, .. } => {
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map(Inner::Postgres)
            }
        }
        .map_err(|error| self.error(error))?;
        Ok(Tx::of(self, inner))
    }
}

impl Tx {
    fn of(store: &Store, inner: Inner) -> Self {
        Self {
            store: store.clone(),
            inner,
            grown: Vec::new(),
            woke: false,
            savepoints: 0,
            heads: BTreeMap::new(),
            loaded: BTreeMap::new(),
        }
    }

    /// Makes it last, then wakes those who watch.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let tells = self.woke || !self.grown.is_empty();
        if tells && self.engine() == Engine::Postgres {
            for payload in payloads(&self.grown) {
                self.run(NOTIFY, args![payload]).await?;
            }
        }
        tracing::trace!(target: "huiying::step", "committing");
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => tx.commit().await,
        }
        .map_err(|error| self.store.error(error))?;
        self.store.inner.commits.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        tracing::trace!(target: "huiying::step", "committed");
        if tells {
            self.store.inner.bell.ring();
        }
        Ok(())
    }

    /// Undoes everything. Dropping does the same, at the next use of the connection.
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await,
            Inner::Postgres(tx) => tx.rollback().await,
        }
        .map_err(|error| self.store.error(error))
    }

    /// Sets a point to go back to, so that one incident of a batch can fail without the others.
    pub async fn savepoint(&mut self) -> Result<Savepoint, StoreError> {
        self.simple(SAVEPOINT).await?;
        self.savepoints += 1;
        Ok(Savepoint { depth: self.savepoints, grown: self.grown.len() })
    }

    /// Keeps what was done since the savepoint.
    pub async fn release(&mut self, savepoint: Savepoint) -> Result<(), StoreError> {
        debug_assert_eq!(savepoint.depth, self.savepoints, "savepoints end in the reverse order of their beginning");
        self.savepoints = savepoint.depth - 1;
        self.simple(RELEASE).await
    }

    /// Undoes what was done since the savepoint, which ends; also after an error.
    pub async fn rollback_to(&mut self, savepoint: Savepoint) -> Result<(), StoreError> {
        debug_assert_eq!(savepoint.depth, self.savepoints, "savepoints end in the reverse order of their beginning");
        self.savepoints = savepoint.depth - 1;
        self.grown.truncate(savepoint.grown);
        self.heads.clear();
        self.loaded.clear();
        self.simple(ROLLBACK_TO).await?;
        self.simple(RELEASE).await
    }

    /// Which database.
    pub fn engine(&self) -> Engine {
        self.store.engine()
    }

    /// Runs a statement and gives the number of rows it changed.
    pub(super) async fn run(&mut self, sql: Sql, values: Vec<Value>) -> Result<u64, StoreError> {
        tracing::trace!(target: "huiying::step", "statement");
        let text = sql.text(self.engine());
        match &mut self.inner {
            Inner::Sqlite(tx) => match sqlite_arguments(values) {
                Ok(arguments) => {
                    sqlx::query_with(text, arguments).execute(&mut **tx).await.map(|done| done.rows_affected())
                }
                Err(error) => Err(error),
            },
            Inner::Postgres(tx) => match postgres_arguments(values) {
                Ok(arguments) => {
                    sqlx::query_with(text, arguments).execute(&mut **tx).await.map(|done| done.rows_affected())
                }
                Err(error) => Err(error),
            },
        }
        .map_err(|error| self.store.error(error))
    }

    pub(super) async fn all<T: Row>(&mut self, sql: Sql, values: Vec<Value>) -> Result<Vec<T>, StoreError> {
        tracing::trace!(target: "huiying::step", "statement");
        let text = sql.text(self.engine());
        match &mut self.inner {
            Inner::Sqlite(tx) => match sqlite_arguments(values) {
                Ok(arguments) => sqlx::query_as_with(text, arguments).fetch_all(&mut **tx).await,
                Err(error) => Err(error),
            },
            Inner::Postgres(tx) => match postgres_arguments(values) {
                Ok(arguments) => sqlx::query_as_with(text, arguments).fetch_all(&mut **tx).await,
                Err(error) => Err(error),
            },
        }
        .map_err(|error| self.store.error(error))
    }

    pub(super) async fn optional<T: Row>(&mut self, sql: Sql, values: Vec<Value>) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    pub(super) async fn one<T: Row>(&mut self, sql: Sql, values: Vec<Value>) -> Result<T, StoreError> {
        match self.optional(sql, values).await? {
            Some(row) => Ok(row),
            None => Err(self.store.error(sqlx::Error::RowNotFound)),
        }
    }

    /// A statement without values, not prepared.
    async fn simple(&mut self, sql: Sql) -> Result<(), StoreError> {
        let text = sql.text(self.engine());
        match &mut self.inner {
            Inner::Sqlite(tx) => tx.execute(sqlx::raw_sql(text.into_sql_str())).await.map(|_| ()),
            Inner::Postgres(tx) => tx.execute(sqlx::raw_sql(text.into_sql_str())).await.map(|_| ()),
        }
        .map_err(|error| self.store.error(error))
    }
}

/// The streams that grew, latest number each, in as few notifications as fit; an empty one says "something else".
fn payloads(grown: &[StreamHead]) -> Vec<String> {
    let mut latest = BTreeMap::new();
    for head in grown {
        latest.insert(head.stream.as_str(), head.seq);
    }
    let mut payloads = vec![String::new()];
    for (stream, seq) in latest {
        let line = format!("{seq} {stream}\n");
        if payloads.last().is_some_and(|last| last.len() + line.len() > NOTIFY_BYTES_MAX) {
            payloads.push(String::new());
        }
        if let Some(last) = payloads.last_mut() {
            last.push_str(&line);
        }
    }
    payloads
}
