//! Bringing the tables to this version: forward only, paired numbers for both databases.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::error::{MIGRATE, StoreError};
use super::open::{Pools, Store};
use super::sql::{Engine, Sql};

/// Our own table of applied migrations: apalis keeps its own under sqlx's default name.
const TABLE: &str = "huiying_migrations";

/// Number, name and the text for both databases.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (
        1,
        "spine",
        include_str!("../../migrations/sqlite/0001_spine.sql"),
        include_str!("../../migrations/postgres/0001_spine.sql"),
    ),
    (
        2,
        "delivery_and_seals",
        include_str!("../../migrations/sqlite/0002_delivery_and_seals.sql"),
        include_str!("../../migrations/postgres/0002_delivery_and_seals.sql"),
    ),
    (
        3,
        "groups",
        include_str!("../../migrations/sqlite/0003_groups.sql"),
        include_str!("../../migrations/postgres/0003_groups.sql"),
    ),
    (
        4,
        "authors",
        include_str!("../../migrations/sqlite/0004_authors.sql"),
        include_str!("../../migrations/postgres/0004_authors.sql"),
    ),
    (
        5,
        "audit",
        include_str!("../../migrations/sqlite/0005_audit.sql"),
        include_str!("../../migrations/postgres/0005_audit.sql"),
    ),
    (
        6,
        "reads",
        include_str!("../../migrations/sqlite/0006_reads.sql"),
        include_str!("../../migrations/postgres/0006_reads.sql"),
    ),
    (
        7,
        "stuck",
        include_str!("../../migrations/sqlite/0007_stuck.sql"),
        include_str!("../../migrations/postgres/0007_stuck.sql"),
    ),
    (
        11,
        "devices",
        include_str!("../../migrations/sqlite/0011_devices.sql"),
        include_str!("../../migrations/postgres/0011_devices.sql"),
    ),
    (
        13,
        "deliveries",
        include_str!("../../migrations/sqlite/0013_deliveries.sql"),
        include_str!("../../migrations/postgres/0013_deliveries.sql"),
    ),
    (
        14,
        "retention",
        include_str!("../../migrations/sqlite/0014_retention.sql"),
        include_str!("../../migrations/postgres/0014_retention.sql"),
    ),
    (
        15,
        "clean_up",
        include_str!("../../migrations/sqlite/0015_clean_up.sql"),
        include_str!("../../migrations/postgres/0015_clean_up.sql"),
    ),
    (
        16,
        "suggestions",
        include_str!("../../migrations/sqlite/0016_suggestions.sql"),
        include_str!("../../migrations/postgres/0016_suggestions.sql"),
    ),
    (
        17,
        "not_same",
        include_str!("../../migrations/sqlite/0017_not_same.sql"),
        include_str!("../../migrations/postgres/0017_not_same.sql"),
    ),
    (
        20,
        "frontier",
        include_str!("../../migrations/sqlite/0020_frontier.sql"),
        include_str!("../../migrations/postgres/0020_frontier.sql"),
    ),
    (
        21,
        "watch",
        include_str!("../../migrations/sqlite/0021_watch.sql"),
        include_str!("../../migrations/postgres/0021_watch.sql"),
    ),
    (
        23,
        "comments",
        include_str!("../../migrations/sqlite/0023_comments.sql"),
        include_str!("../../migrations/postgres/0023_comments.sql"),
    ),
    (
        25,
        "viewers",
        include_str!("../../migrations/sqlite/0025_viewers.sql"),
        include_str!("../../migrations/postgres/0025_viewers.sql"),
    ),
    (
        27,
        "urgency",
        include_str!("../../migrations/sqlite/0027_urgency.sql"),
        include_str!("../../migrations/postgres/0027_urgency.sql"),
    ),
    (
        28,
        "decided",
        include_str!("../../migrations/sqlite/0028_decided.sql"),
        include_str!("../../migrations/postgres/0028_decided.sql"),
    ),
    (
        29,
        "lists",
        include_str!("../../migrations/sqlite/0029_lists.sql"),
        include_str!("../../migrations/postgres/0029_lists.sql"),
    ),
    (
        30,
        "rule_versions",
        include_str!("../../migrations/sqlite/0030_rule_versions.sql"),
        include_str!("../../migrations/postgres/0030_rule_versions.sql"),
    ),
    (
        31,
        "errands",
        include_str!("../../migrations/sqlite/0031_errands.sql"),
        include_str!("../../migrations/postgres/0031_errands.sql"),
    ),
    (
        32,
        "caused_by",
        include_str!("../../migrations/sqlite/0032_caused_by.sql"),
        include_str!("../../migrations/postgres/0032_caused_by.sql"),
    ),
    (
        33,
        "waiting",
        include_str!("../../migrations/sqlite/0033_waiting.sql"),
        include_str!("../../migrations/postgres/0033_waiting.sql"),
    ),
    (
        34,
        "pictures",
        include_str!("../../migrations/sqlite/0034_pictures.sql"),
        include_str!("../../migrations/postgres/0034_pictures.sql"),
    ),
    (
        35,
        "engagement",
        include_str!("../../migrations/sqlite/0035_engagement.sql"),
        include_str!("../../migrations/postgres/0035_engagement.sql"),
    ),
];

/// The last migration that was applied.
pub(super) const APPLIED: &str = "SELECT MAX(version) FROM huiying_migrations WHERE success";

/// The last migration that this version knows.
fn known() -> i64 {
    MIGRATIONS.iter().map(|(number, ..)| *number).max().unwrap_or(0)
}

/// Refuses what a newer version wrote.
pub(super) fn not_newer(database: &str, applied: i64) -> Result<(), StoreError> {
    if applied <= known() {
        return Ok(());
    }
    Err(StoreError::Schema {
        database: database.to_owned(),
        why: format!("数据库为第 {applied} 版，程序只认识到第 {} 版", known()),
        fix: NEWER.to_owned(),
    })
}

fn migrator(engine: Engine) -> Migrator {
    let migrations = MIGRATIONS
        .iter()
        .map(|(number, name, sqlite, postgres)| {
            let sql = match engine {
                Engine::Sqlite => *sqlite,
                Engine::Postgres => *postgres,
            };
            Migration::new(*number, (*name).into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

impl Store {
    /// Brings the tables to this version. Safe to run twice and by several processes at once: one of them does it.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let migrator = migrator(self.engine());
        match &self.inner.pools {
            Pools::Sqlite { write, .. } => {
                // sqlx locks PostgreSQL by itself, SQLite not: another process must not look between check and change.
                let mut tx = write.begin_with("BEGIN IMMEDIATE").await.map_err(|error| self.error(error))?;
                match migrator.run_direct(None, &mut *tx, false).await {
                    Ok(()) => tx.commit().await.map_err(MigrateError::Execute),
                    Err(error) => Err(error),
                }
            }
            Pools::Postgres { pool, .. } => migrator.run(pool).await,
        }
        .map_err(|error| self.migration_error(error))
    }

    /// How many migrations were applied, and how many this version knows.
    pub async fn schema_version(&self) -> Result<(i64, i64), StoreError> {
        let known = known();
        match self.one::<(Option<i64>,)>(Sql::same(APPLIED), Vec::new()).await {
            Ok((applied,)) => Ok((applied.unwrap_or(0), known)),
            Err(StoreError::Schema { .. }) => Ok((0, known)),
            Err(error) => Err(error),
        }
    }

    /// Refuses a database whose tables are not those of this version.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let (applied, known) = self.schema_version().await?;
        if applied == known {
            return Ok(());
        }
        Err(StoreError::Schema {
            database: self.name().to_owned(),
            why: format!("数据库为第 {applied} 版，程序需要第 {known} 版"),
            fix: if applied < known { MIGRATE } else { NEWER }.to_owned(),
        })
    }

    fn migration_error(&self, error: MigrateError) -> StoreError {
        let schema =
            |why: String, fix: &str| StoreError::Schema { database: self.name().to_owned(), why, fix: fix.to_owned() };
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => self.error(error),
            MigrateError::VersionMissing(number) => schema(format!("已有本版本不认识的迁移 {number}"), NEWER),
            MigrateError::VersionMismatch(number) => {
                schema(format!("迁移 {number} 的内容与当时执行的不同"), "请使用发布版程序，已发布的迁移文件不可修改")
            }
            other => schema(other.to_string(), "请从备份恢复后重试"),
        }
    }
}

const NEWER: &str = "该数据库由更新的版本建立，请升级 huiying";
