//! Every statement is understood by both databases, also those that no other test reaches.

use std::collections::BTreeSet;

use huiying::store::Engine;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, SqlSafeStr};

use super::{Db, on_both};

on_both!(all_statements_are_prepared);

async fn all_statements_are_prepared(db: Db) {
    let statements = huiying::store::statements(db.store.engine());
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
