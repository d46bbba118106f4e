//! `huiying migrate`: bring the database to this version.

use std::process::ExitCode;

use serde::Serialize;

use super::{Global, Outcome, open};
use crate::store::{Store, StoreOptions};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Migrate {}

/// What was done.
#[derive(Debug, Serialize)]
struct Migrated<'a> {
    database: &'a str,
    /// Version of the tables before.
    from: i64,
    /// And now.
    to: i64,
}

impl Migrate {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let options = StoreOptions::durable(config.database.url);
        open::runtime()?.block_on(async {
            let store = Store::open(&options).await.map_err(open::database)?;
            let (from, _) = store.schema_version().await.map_err(open::database)?;
            store.migrate().await.map_err(open::database)?;
            let (to, _) = store.schema_version().await.map_err(open::database)?;
            say!("{}", serde_json::json!(Migrated { database: store.name(), from, to }));
            store.close().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}
