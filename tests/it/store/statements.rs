//! Every statement is understood by both databases, also those that no other test reaches.

use std::collections::BTreeSet;

use huiying::store::Engine;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, SqlSafeStr};

use super::{Db, on_both};

on_both!(all_statements_are_prepared);

async fn all_statements_are_prepared(db: Db) {
    let mut statements = huiying::store::statements(db.store.engine());
    statements.extend(huiying::store::lists(db.store.engine()));
    let names: BTreeSet<&String> = statements.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), statements.len(), "two statements of one name");
    assert!(statements.len() >= 90, "only {} statements are listed", statements.len());
    let mut refused = Vec::new();
    for (name, sql) in statements {
        // Savepoints need a transaction and take no values; the tests of transactions run them.
        if sql.contains("SAVEPOINT") {
            continue;
        }
        let text = AssertSqlSafe(sql.clone()).into_sql_str();
        let prepared = match db.store.engine() {
            Engine::Sqlite => {
                let file = db.path("test.db");
                let mut connection =
                    sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.expect("opening");
                let prepared = (&mut connection).prepare(text).await.map(|_| ());
                connection.close().await.expect("closing");
                prepared
            }
            Engine::Postgres => {
                let mut connection = PgConnection::connect(&db.options.url).await.expect("opening");
                let prepared = (&mut connection).prepare(text).await.map(|_| ());
                connection.close().await.expect("closing");
                prepared
            }
        };
        if let Err(error) = prepared {
            refused.push(format!("{name}: {error}\n    {sql}"));
        }
    }
    assert!(refused.is_empty(), "refused by {:?}:\n{}", db.store.engine(), refused.join("\n"));
}

/// Statements that may read a whole table: it is small, or they are asked by a person who waits for it.
const MAY_SCAN: &[&str] = &[
    "correction::ALL",
    "counter::COUNTERS",
    "host::PRUNE",
    "import::IMPORTS",
    "orphan::ORPHANS",
    "evidence::RECORDS",
    "source::SOURCES",
    "stream::ALL_COUNT",
    "stream::STREAM_COUNT",
    "task::LEADS_BY_PERSONS",
    "stuck::NEXT_TRY",
    "stuck::STUCK",
    "user::ALL",
    "user::COUNT",
    "user::IN_USE",
];

/// On SQLite, whose plans can be read without data. PostgreSQL has the same indexes, but plans by what a table holds.
#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    let db = Db::fresh(Engine::Sqlite).await;
    let mut connection =
        sqlx::sqlite::SqliteConnectOptions::new().filename(db.path("test.db")).connect().await.expect("opening");
    let mut scans = Vec::new();
    let mut allowed: BTreeSet<&str> = MAY_SCAN.iter().copied().collect();
    let lists = huiying::store::lists(Engine::Sqlite);
    for (name, sql) in huiying::store::statements(Engine::Sqlite).into_iter().chain(lists) {
        if sql.contains("SAVEPOINT") {
            continue;
        }
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explain).fetch_all(&mut connection).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        // What a part of the statement found is read whole: that part has its own steps.
        let made = |step: &str| {
            let name = step.trim_start_matches("SCAN ");
            plan.iter().any(|(.., by)| [format!("CO-ROUTINE {name}"), format!("MATERIALIZE {name}")].contains(by))
        };
        let reads_all = |step: &str| {
            step.starts_with("SCAN ")
                && !["INDEX", "VIRTUAL TABLE", "CONSTANT ROW"].iter().any(|by| step.contains(by))
                && !made(step)
        };
        let found: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).filter(|step| reads_all(step)).collect();
        if !found.is_empty() && !allowed.remove(name.as_str()) {
            scans.push(format!("{name}: {}\n    {sql}", found.join("; ")));
        }
    }
    assert!(scans.is_empty(), "statements that read a whole table:\n{}", scans.join("\n"));
    assert!(allowed.is_empty(), "these need no exception any more: {allowed:?}");
}
