//! Moving an office from SQLite to PostgreSQL, row for row and byte for byte, so that every hash of the record holds there too.
//!
//! One transaction on each side: nobody writes to the old database meanwhile, and the new one has everything or nothing, also
//! after a kill. The statements are put together from the two schemas' own names, which is why they are no constants; a table
//! or a column that only one side has stops the copy before it begins.

use futures::TryStreamExt;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgPool, Row as _, SqliteConnection};

use super::backup::LEFT_OUT;
use super::error::StoreError;
use super::open::{Pools, Store};

/// Bytes sent at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Ours or SQLite's own: no rows of the office.
const NO_TABLES: [&str; 1] = ["huiying_migrations"];
/// Tables that others refer to: their rows go first. None of them refers to another.
const REFERRED_TO: &str = "SELECT DISTINCT CAST(c.relname AS TEXT) FROM pg_constraint f \
    JOIN pg_class c ON c.oid = f.confrelid JOIN pg_namespace n ON n.oid = f.connamespace \
    WHERE f.contype = 'f' AND n.nspname = current_schema()";

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Copied {
    /// Rows by table, in the order of the copy.
    pub tables: Vec<(String, u64)>,
    /// All of them.
    pub rows: u64,
}

/// A table as both sides have it.
struct Table {
    name: String,
    columns: Vec<Column>,
    /// The column that PostgreSQL numbers by itself.
    identity: Option<String>,
}

/// A column with its PostgreSQL type.
#[derive(sqlx::FromRow)]
struct Column {
    name: String,
    kind: String,
    numbered: bool,
}

/// Copies all that an office has from a SQLite file into an empty PostgreSQL database of the same schema. `progress` hears
/// how many rows of how many are done.
///
/// # Errors
/// A side of the wrong kind, another schema, a database that isn't empty, or the databases' own. Nothing is left behind then.
pub async fn copy(from: &Store, to: &Store, progress: impl Fn(u64, u64)) -> Result<Copied, StoreError> {
    let (Pools::Sqlite { options, .. }, Pools::Postgres { pool, .. }) = (&from.inner.pools, &to.inner.pools) else {
        return Err(StoreError::Backup("只能从 SQLite 复制到 PostgreSQL；请检查 --from 与 --to".to_owned()));
    };
    from.check_schema().await?;
    to.check_schema().await?;
    let mut source = options.connect().await.map_err(|error| from.error(error))?;
    // Held to the end: what is written after the copy began would be missing on the other side.
    sqlx::query("BEGIN IMMEDIATE").execute(&mut source).await.map_err(|error| from.error(error))?;
    let copied = into(from, to, &mut source, pool, progress).await;
    // Nothing was changed here.
    let _ = sqlx::query("ROLLBACK").execute(&mut source).await;
    let _ = source.close().await;
    copied
}

async fn into(
    from: &Store,
    to: &Store,
    source: &mut SqliteConnection,
    pool: &PgPool,
    progress: impl Fn(u64, u64),
) -> Result<Copied, StoreError> {
    let there = |error| to.error(error);
    let mut tx = pool.begin().await.map_err(there)?;
    // One statement copies a whole table, and waits for the other side meanwhile.
    for setting in ["statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"] {
        run(&mut tx, format!("SET LOCAL {setting} = 0")).await.map_err(there)?;
    }
    let tables = tables(from, to, source, &mut tx).await?;
    let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
    // A service that starts on it now waits, and then finds an office.
    run(&mut tx, format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", names.join(", "))).await.map_err(there)?;
    for table in &tables {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(&table.name));
        let (used,): (bool,) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *tx).await.map_err(there)?;
        if used {
            return Err(StoreError::Backup(format!(
                "目标数据库 {} 不是空的（表 {} 中有数据），没有复制。请新建一个空库，或换一个",
                to.name(),
                table.name
            )));
        }
    }
    let mut total = 0;
    for table in &tables {
        total += count(from, source, &table.name).await?;
    }
    let mut copied = Copied::default();
    for table in &tables {
        let rows = copy_table((from, source), (to, &mut tx), table, |rows| progress(copied.rows + rows, total)).await?;
        let sql = format!("SELECT COUNT(*) FROM {}", quoted(&table.name));
        let (arrived,): (i64,) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *tx).await.map_err(there)?;
        if arrived.unsigned_abs() != rows {
            let why = format!("表 {}：读出 {rows} 行，写入 {arrived} 行；没有复制，请重试", table.name);
            return Err(StoreError::Backup(why));
        }
        go_on_numbering((from, source), (to, &mut tx), table).await?;
        copied.rows += rows;
        copied.tables.push((table.name.clone(), rows));
    }
    tx.commit().await.map_err(there)?;
    // The planner knows nothing of tables that were empty a moment ago.
    let sql = format!("ANALYZE {}", names.join(", "));
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.map_err(there)?;
    Ok(copied)
}

/// The tables of both sides, once they are found to be the same.
async fn tables(
    from: &Store,
    to: &Store,
    source: &mut SqliteConnection,
    target: &mut PgConnection,
) -> Result<Vec<Table>, StoreError> {
    let there: Vec<(String,)> = sqlx::query_as(
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name",
    )
    .fetch_all(&mut *target)
    .await
    .map_err(|error| to.error(error))?;
    let here: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name NOT LIKE 'mention\\_words%' ESCAPE '\\' ORDER BY name",
    )
    .fetch_all(&mut *source)
    .await
    .map_err(|error| from.error(error))?;
    let names = |tables: Vec<(String,)>| {
        let mut names: Vec<String> = tables.into_iter().map(|(name,)| name).collect();
        names.retain(|name| !NO_TABLES.contains(&name.as_str()) && !LEFT_OUT.contains(&name.as_str()));
        names.sort();
        names
    };
    let (here, there) = (names(here), names(there));
    if here != there {
        return Err(differs(
            to,
            format!("表不相同：SQLite 有 {}；PostgreSQL 有 {}", here.join("、"), there.join("、")),
        ));
    }
    let mut tables = Vec::with_capacity(here.len());
    for name in here {
        let columns: Vec<Column> = sqlx::query_as(
            "SELECT CAST(column_name AS TEXT) AS name, CAST(data_type AS TEXT) AS kind, is_identity = 'YES' AS numbered \
             FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' \
             ORDER BY column_name",
        )
        .bind(&name)
        .fetch_all(&mut *target)
        .await
        .map_err(|error| to.error(error))?;
        let mut own: Vec<(String,)> = sqlx::query_as("SELECT name FROM pragma_table_info($1)")
            .bind(&name)
            .fetch_all(&mut *source)
            .await
            .map_err(|error| from.error(error))?;
        own.sort();
        let mut theirs: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        theirs.sort_unstable();
        if !own.iter().map(|(name,)| name.as_str()).eq(theirs) {
            return Err(differs(to, format!("表 {name} 的列不相同")));
        }
        let identity = columns.iter().find(|column| column.numbered).map(|column| column.name.clone());
        tables.push(Table { name, columns, identity });
    }
    let first: Vec<(String,)> =
        sqlx::query_as(REFERRED_TO).fetch_all(&mut *target).await.map_err(|error| to.error(error))?;
    tables.sort_by_key(|table| !first.iter().any(|(name,)| *name == table.name));
    Ok(tables)
}

fn differs(to: &Store, why: String) -> StoreError {
    let fix = "请用同一版本的 huiying 对两边各运行一次 huiying migrate".to_owned();
    StoreError::Schema { database: to.name().to_owned(), why, fix }
}

/// Reads a table of one side and writes it to the other; gives the number of rows.
async fn copy_table(
    (from, source): (&Store, &mut SqliteConnection),
    (to, target): (&Store, &mut PgConnection),
    table: &Table,
    progress: impl Fn(u64),
) -> Result<u64, StoreError> {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let columns = columns.join(", ");
    let name = quoted(&table.name);
    let mut sink =
        target.copy_in_raw(&format!("COPY {name} ({columns}) FROM STDIN")).await.map_err(|error| to.error(error))?;
    let mut rows = sqlx::query(AssertSqlSafe(format!("SELECT {columns} FROM {name}"))).fetch(source);
    let mut chunk = Vec::with_capacity(CHUNK_BYTES * 2);
    let mut read = 0;
    while let Some(row) = rows.try_next().await.map_err(|error| from.error(error))? {
        line(&mut chunk, &row, &table.columns).map_err(|error| from.error(error))?;
        read += 1;
        if chunk.len() >= CHUNK_BYTES {
            sink.send(chunk.as_slice()).await.map_err(|error| to.error(error))?;
            chunk.clear();
            progress(read);
        }
    }
    sink.send(chunk.as_slice()).await.map_err(|error| to.error(error))?;
    sink.finish().await.map_err(|error| to.error(error))?;
    progress(read);
    Ok(read)
}

/// A row in PostgreSQL's text format.
fn line(out: &mut Vec<u8>, row: &SqliteRow, columns: &[Column]) -> Result<(), sqlx::Error> {
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push(b'\t');
        }
        match column.kind.as_str() {
            "boolean" => match row.try_get_unchecked::<Option<i64>, _>(index)? {
                Some(truth) => out.push(if truth == 0 { b'f' } else { b't' }),
                None => out.extend(b"\\N"),
            },
            "bytea" => match row.try_get_unchecked::<Option<Vec<u8>>, _>(index)? {
                Some(bytes) => {
                    out.extend(b"\\\\x");
                    out.extend(hex::encode(bytes).as_bytes());
                }
                None => out.extend(b"\\N"),
            },
            "text" => match row.try_get_unchecked::<Option<String>, _>(index)? {
                Some(text) => escaped(out, text.as_bytes()),
                None => out.extend(b"\\N"),
            },
            _ => match row.try_get_unchecked::<Option<i64>, _>(index)? {
                Some(number) => out.extend(number.to_string().as_bytes()),
                None => out.extend(b"\\N"),
            },
        }
    }
    out.push(b'\n');
    Ok(())
}

fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            b'\\' => out.extend(b"\\\\"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            other => out.push(other),
        }
    }
}

/// Lets the numbering go on where it stood, also past rows that were deleted.
async fn go_on_numbering(
    (from, source): (&Store, &mut SqliteConnection),
    (to, target): (&Store, &mut PgConnection),
    table: &Table,
) -> Result<(), StoreError> {
    let Some(identity) = &table.identity else { return Ok(()) };
    let last: Option<(i64,)> = sqlx::query_as("SELECT seq FROM sqlite_sequence WHERE name = $1")
        .bind(&table.name)
        .fetch_optional(source)
        .await
        .map_err(|error| from.error(error))?;
    if let Some((last,)) = last.filter(|(last,)| *last > 0) {
        sqlx::query("SELECT setval(pg_get_serial_sequence($1, $2), $3)")
            .bind(quoted(&table.name))
            .bind(identity)
            .bind(last)
            .execute(target)
            .await
            .map_err(|error| to.error(error))?;
    }
    Ok(())
}

async fn count(from: &Store, source: &mut SqliteConnection, table: &str) -> Result<u64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM {}", quoted(table));
    let (count,): (i64,) =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_one(source).await.map_err(|error| from.error(error))?;
    Ok(count.unsigned_abs())
}

async fn run(target: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(sql)).execute(target).await.map(|_| ())
}

/// A name of a schema as an identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_can_end_its_field() {
        let mut out = Vec::new();
        escaped(&mut out, "a\tb\nc\\N\r宣\u{b}".as_bytes());
        assert_eq!(String::from_utf8(out).unwrap(), "a\\tb\\nc\\\\N\\r宣\u{b}");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
