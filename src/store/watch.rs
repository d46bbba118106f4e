//! Waiting until the database changed, by this process or another.

use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::watch;

use super::error::StoreError;
use super::open::{Pools, Store};
use super::sql::{args, statements};
use super::stream::StreamHead;

statements! {
    LAST_POSITION = "SELECT CAST(COALESCE(MAX(position), 0) AS BIGINT) FROM events";
    HEADS_AFTER = "SELECT position, stream, seq FROM events WHERE position > $1 ORDER BY position LIMIT $2";
}

/// How often SQLite is asked whether another process wrote.
const POLL: Duration = Duration::from_millis(250);
/// Streams told at a time.
const HEADS_MAX: i64 = 1000;

/// Rung by each commit of this process.
#[derive(Debug)]
pub(super) struct Bell(watch::Sender<u64>);

impl Default for Bell {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Bell {
    pub(super) fn ring(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Streams that grew, with their latest number. Empty if something else changed: mentions wait, the outbox has rows.
    pub streams: Vec<StreamHead>,
    /// True if the connection was lost for a while: there may be changes that are not named.
    pub lost: bool,
}

/// Waits for changes from the moment it was made.
#[derive(Debug)]
pub struct Watch {
    store: Store,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// A connection of its own, since `data_version` tells what *other* connections did.
    Sqlite {
        connection: SqliteConnection,
        version: i64,
        position: i64,
        bell: watch::Receiver<u64>,
    },
    Postgres {
        listener: PgListener,
    },
}

impl Store {
    /// Watches for changes that are committed from now on.
    pub async fn watch(&self) -> Result<Watch, StoreError> {
        let source = match &self.inner.pools {
            Pools::Sqlite { options, .. } => {
                let bell = self.inner.bell.0.subscribe();
                let mut connection = options.connect().await.map_err(|error| self.error(error))?;
                let version = data_version(&mut connection).await.map_err(|error| self.error(error))?;
                let (position,) = self.one::<(i64,)>(LAST_POSITION, Vec::new()).await?;
                Source::Sqlite { connection, version, position, bell }
            }
            Pools::Postgres { pool, .. } => {
                let mut listener = PgListener::connect_with(pool).await.map_err(|error| self.error(error))?;
                listener.listen("huiying").await.map_err(|error| self.error(error))?;
                Source::Postgres { listener }
            }
        };
        Ok(Watch { store: self.clone(), source })
    }
}

async fn data_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let (version,) = sqlx::query_as("PRAGMA data_version").fetch_one(connection).await?;
    Ok(version)
}

impl Watch {
    /// Waits for the next change. Several commits may be told at once. Safe to drop while waiting: what was not told
    /// is told by the next call.
    pub async fn changed(&mut self) -> Result<Changes, StoreError> {
        match &mut self.source {
            Source::Sqlite { connection, version, position, bell } => {
                // What is left of a batch larger than HEADS_MAX comes without waiting.
                let waiting = heads(&self.store, position).await?;
                if !waiting.is_empty() {
                    return Ok(Changes { streams: waiting, lost: false });
                }
                loop {
                    // Without a sender there is no store; `self.store` keeps it.
                    let _ = tokio::time::timeout(POLL, bell.changed()).await;
                    let now = data_version(connection).await.map_err(|error| self.store.error(error))?;
                    if now != *version {
                        *version = now;
                        return Ok(Changes { streams: heads(&self.store, position).await?, lost: false });
                    }
                }
            }
            Source::Postgres { listener } => {
                match listener.try_recv().await.map_err(|error| self.store.error(error))? {
                    Some(notification) => {
                        let mut streams = read(notification.payload());
                        while streams.len() < HEADS_MAX as usize
                            && let Some(more) = listener.next_buffered()
                        {
                            streams.extend(read(more.payload()));
                        }
                        Ok(Changes { streams: latest(streams), lost: false })
                    }
                    None => Ok(Changes { streams: Vec::new(), lost: true }),
                }
            }
        }
    }
}

/// On SQLite positions are given in the order of commits, so that no event is passed over.
async fn heads(store: &Store, position: &mut i64) -> Result<Vec<StreamHead>, StoreError> {
    let rows: Vec<(i64, String, i64)> = store.all(HEADS_AFTER, args![*position, HEADS_MAX]).await?;
    if let Some((last, ..)) = rows.last() {
        *position = *last;
    }
    Ok(latest(rows.into_iter().map(|(_, stream, seq)| StreamHead { stream, seq }).collect()))
}

fn read(payload: &str) -> Vec<StreamHead> {
    let line = |line: &str| {
        let (seq, stream) = line.split_once(' ')?;
        Some(StreamHead { stream: stream.to_owned(), seq: seq.parse().ok()? })
    };
    payload.lines().filter_map(line).collect()
}

/// Each stream once, with its highest number.
fn latest(heads: Vec<StreamHead>) -> Vec<StreamHead> {
    let mut latest = std::collections::BTreeMap::new();
    for head in heads {
        let seq = latest.entry(head.stream).or_insert(head.seq);
        *seq = head.seq.max(*seq);
    }
    latest.into_iter().map(|(stream, seq)| StreamHead { stream, seq }).collect()
}
