//! What most commands begin with: configuration, rules, database, runtime; each with a one-line message if it can't be had.

use std::path::{Path, PathBuf};

use crate::acts::author_key::AuthorKey;
use crate::config::Config;
use crate::rules::{Rules, locate};
use crate::store::{Store, StoreError, StoreOptions};
use crate::telemetry;
use crate::time::{Clock, SystemClock};

use super::{Failure, Global};

/// The configuration, with logs started as it says.
pub fn config(global: &Global) -> Result<Config, Failure> {
    let config = Config::load(global.config.as_deref()).map_err(usage)?;
    telemetry::start_log(&config.log).map_err(usage)?;
    Ok(config)
}

/// The rules: `--rules`, else `rules.dir`, else where they are looked for. One mistake and nothing starts.
pub fn rules(global: &Global, config: &Config) -> Result<Rules, Failure> {
    Rules::load(&rules_dir(global, config)?).map_err(usage)
}

/// Their folder.
pub fn rules_dir(global: &Global, config: &Config) -> Result<PathBuf, Failure> {
    let named = global.rules.as_deref().or(config.rules.dir.as_deref());
    locate(named).map_err(usage)
}

/// Under which name a database keeps where its office has moved to.
pub const MOVED_TO: &str = "moved_to";

/// The configured database, created if need be and brought to this version. One whose office has moved is refused: two
/// halves of a record can't be put together again.
pub async fn store(config: &Config) -> Result<Store, Failure> {
    let store = migrated(&StoreOptions::durable(&config.database.url)).await?;
    still_here(&store).await?;
    Ok(store)
}

/// Refuses a database whose office has moved.
pub async fn still_here(store: &Store) -> Result<(), Failure> {
    match store.meta(MOVED_TO).await.map_err(database)? {
        None => Ok(()),
        Some(to) => Err(Failure::Usage(format!(
            "数据库 {} 已整体迁移到 {to}，不再写入；请把 database.url 改为新库（确要退回，请从迁移前的备份恢复）",
            store.name()
        ))),
    }
}

/// A database that is there already: what only reads must not make an empty one in a wrong folder.
pub async fn existing(config: &Config) -> Result<Store, Failure> {
    there(config)?;
    Store::open(&StoreOptions::durable(&config.database.url)).await.map_err(database)
}

/// The same for what changes nothing at all: it may lie on a medium that can't be written.
pub async fn to_read(config: &Config) -> Result<Store, Failure> {
    there(config)?;
    Store::open_to_read(&config.database.url).await.map_err(database)
}

fn there(config: &Config) -> Result<(), Failure> {
    let url = &config.database.url;
    let file = url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//").split('?').next().unwrap_or(path));
    if let Some(file) = file.filter(|file| !std::path::Path::new(file).exists()) {
        return Err(Failure::Usage(format!(
            "没有数据库 {file}；请在数据所在的目录运行，或用 database.url（环境变量 HUIYING_DATABASE__URL）指明"
        )));
    }
    Ok(())
}

/// A database brought to this version.
pub async fn migrated(options: &StoreOptions) -> Result<Store, Failure> {
    let store = Store::open(options).await.map_err(database)?;
    store.migrate().await.map_err(database)?;
    Ok(store)
}

/// Where the daily seals are: `seal.dir`, else beside the database file, else in the working directory.
pub fn seals_dir(config: &Config) -> PathBuf {
    if let Some(dir) = &config.seal.dir {
        return dir.clone();
    }
    let file = config.database.url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    let file = file.map(|path| Path::new(path.split('?').next().unwrap_or(path)));
    file.and_then(Path::parent).map_or_else(|| PathBuf::from("seals"), |folder| folder.join("seals"))
}

/// The key of the author hashes, made at the first start.
pub async fn author_key(config: &Config, store: &Store) -> Result<AuthorKey, Failure> {
    let file = config.authors.file(&config.database.url);
    let opened = AuthorKey::open(store, &file, operator().as_deref(), SystemClock::default().now()).await;
    opened.map_err(usage)
}

/// Who runs the command, as the operating system knows them: for the record. The name is what they say, not proof.
pub fn operator() -> Option<String> {
    let named = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).or_else(|| {
        let own = std::fs::metadata("/proc/self").ok()?;
        Some(format!("uid {}", std::os::unix::fs::MetadataExt::uid(&own)))
    })
}

/// A runtime for the command's work.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::Other(anyhow::Error::new(error).context("无法启动运行环境")))
}

fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(error.to_string())
}

/// What an operator can mend is a matter of configuration.
pub fn database(error: StoreError) -> Failure {
    match error {
        StoreError::Database { .. } | StoreError::Conflict { .. } | StoreError::Duplicate { .. } => {
            Failure::Other(error.into())
        }
        other => usage(other),
    }
}
