//! `huiying copy`: move an office from SQLite to PostgreSQL. The service is stopped meanwhile; both sides verify afterwards.

use std::process::ExitCode;

use super::serve::asked_to_stop;
use super::user::CONSOLE;
use super::{Failure, Global, Outcome, open, progress};
use crate::acts::administration::record;
use crate::config::Config;
use crate::domain::administration::AdminEvent;
use crate::store::{Store, StoreOptions, copy};
use crate::time::{Clock, SystemClock};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Copy {
    /// The database to read: sqlite:FILE
    #[arg(long, value_name = "URL")]
    from: String,
    /// The empty database to write: postgres://… (default: database.url, so that no password stands on the command line)
    #[arg(long, value_name = "URL")]
    to: Option<String>,
}

impl Copy {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        for (name, url) in [("--from", Some(&self.from)), ("--to", self.to.as_ref())] {
            if url.is_some_and(|url| url.trim().is_empty()) {
                return Err(Failure::Usage(format!(
                    "{name} 是空的：请写出数据库地址，如 sqlite:huiying.db、postgres://…"
                )));
            }
        }
        let to = self.to.clone().unwrap_or_else(|| config.database.url.clone());
        if !self.from.starts_with("sqlite:") || !to.starts_with("postgres") {
            return Err(Failure::Usage(
                "只能从 --from sqlite:文件 复制到 --to postgres://…；反方向请用 huiying backup 与 restore".to_owned(),
            ));
        }
        open::runtime()?.block_on(self.copy(&config, &to))
    }

    async fn copy(&self, config: &Config, to: &str) -> Outcome {
        let mut old = config.clone();
        old.database.url.clone_from(&self.from);
        let source = open::existing(&old).await?;
        let target = open::migrated(&StoreOptions::durable(to)).await?;
        let outcome = self.move_all(config, (&source, &old), (&target, to)).await;
        source.close().await;
        target.close().await;
        outcome
    }

    async fn move_all(
        &self,
        config: &Config,
        (source, old): (&Store, &Config),
        (target, to): (&Store, &str),
    ) -> Outcome {
        source.check_schema().await.map_err(open::database)?;
        open::still_here(source).await?;
        // The key of the author hashes is part of the office, though of no database.
        let key = open::author_key(old, source).await?;
        let bar = progress::bar("复制", 0);
        let copied = tokio::select! {
            copied = copy(source, target, |done, total| {
                bar.set_length(total);
                bar.set_position(done);
            }) => copied.map_err(open::database)?,
            stopped = asked_to_stop() => {
                stopped?;
                return Err(Failure::Other(anyhow::anyhow!("复制被中断，目标数据库没有变化")));
            }
        };
        bar.finish_and_clear();
        let event = AdminEvent::Moved {
            from: source.name().to_owned(),
            to: target.name().to_owned(),
            operator: open::operator(),
        };
        let now = SystemClock::default().now();
        for store in [target, source] {
            record(store, &event, CONSOLE, now)
                .await
                .map_err(|error| Failure::Other(anyhow::Error::new(error).context("复制已完成，但没能记入审计记录")))?;
        }
        // Whoever starts a service on the old database would go on with half of the record.
        let marked = async {
            let mut tx = source.write().await?;
            tx.put_meta(open::MOVED_TO, target.name()).await?;
            tx.commit().await
        };
        marked.await.map_err(open::database)?;
        let file = config.authors.file(to);
        let key_file = match key.write_to(&file) {
            Ok(()) => Some(file.display().to_string()),
            Err(error) => {
                eprintln!("{error}");
                None
            }
        };
        eprintln!(
            "复制完成。请把 database.url 改为新库，对两边各运行一次 huiying verify，旧库停用后保存；登录会话没有复制，请重新登录"
        );
        say!(
            "{}",
            serde_json::json!({
                "from": source.name(), "to": target.name(), "rows": copied.rows, "key_file": key_file,
                "tables": copied.tables.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            })
        );
        Ok(ExitCode::SUCCESS)
    }
}
