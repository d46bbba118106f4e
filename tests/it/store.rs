//! The store's conformance suite: every test runs on SQLite and on PostgreSQL, and both must give the same.

mod backup;
pub mod broken;
mod groups;
mod incidents;
pub mod killed;
mod mentions;
mod office;
mod outbox;
mod speed;
mod statements;
mod streams;
mod transactions;
mod watch;

use std::path::PathBuf;

use huiying::domain::instant::Instant;
use huiying::store::{Append, Engine, NewEvent, Store, StoreOptions, Tx};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::postgres::Database;

/// A fresh, migrated database of one engine, with what keeps it alive.
pub struct Db {
    pub store: Store,
    pub options: StoreOptions,
    folder: tempfile::TempDir,
    postgres: Option<Database>,
}

impl Db {
    pub async fn empty(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (options, postgres) = match engine {
            Engine::Sqlite => (StoreOptions::throw_away(&folder.path().join("test.db")), None),
            Engine::Postgres => {
                let database = Database::fresh().await;
                (StoreOptions::durable(database.url.clone()), Some(database))
            }
        };
        let store = Store::open(&options).await.expect("opening");
        Self { store, options, folder, postgres }
    }

    pub async fn fresh(engine: Engine) -> Self {
        let db = Self::empty(engine).await;
        db.store.migrate().await.expect("migrating");
        db
    }

    /// The same database as another process sees it.
    pub async fn again(&self) -> Store {
        Store::open(&self.options).await.expect("opening again")
    }

    /// A path in this test's own folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a statement beside the product, as someone with the database's own shell would.
    pub async fn execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        if let Some(postgres) = &self.postgres {
            return postgres.execute(sql).await;
        }
        let file = self.folder.path().join("test.db");
        let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await?;
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.map(|_| ());
        connection.close().await?;
        done
    }
}

/// The seed that `make soak` names, else the test's own.
pub fn seed(own: u64) -> u64 {
    std::env::var("HUIYING_SEED").ok().map_or(own, |seed| seed.parse().expect("HUIYING_SEED: a number"))
}

/// Each named test once for each engine: `sqlite::name` and `postgres::name`.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::store::Db::fresh(huiying::store::Engine::Sqlite).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::store::Db::fresh(huiying::store::Engine::Postgres).await).await;
            })*
        }
    };
}
pub(crate) use on_both;

/// A Monday morning in Beijing, so and so many minutes on.
pub fn at(minutes: i64) -> Instant {
    Instant::from_ms(1_778_464_800_000 + minutes * 60_000)
}

pub fn event(name: &str, minutes: i64) -> NewEvent {
    NewEvent { at: at(minutes), event: name.into(), by: "analyst".into(), body: format!("{{\"event\": \"{name}\"}}") }
}

/// Appends events to a stream of the kind `incident`.
pub async fn append(tx: &mut Tx, stream: &str, expected_seq: i64, events: &[NewEvent], next: Option<i64>) -> i64 {
    let append = Append { stream, kind: "incident", expected_seq, events, state: "{}", next_at: next.map(at) };
    tx.append(append).await.expect("appending").seq
}
