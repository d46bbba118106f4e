//! `huiying rebuild`: writes anew from the record whatever table differs from it.

use std::process::ExitCode;

use super::{Failure, Global, Outcome, open, progress};
use crate::acts::rebuild;
use crate::domain::instant::Instant;
use crate::store::{Store, StoreError};
use crate::text::Analyser;

/// Mentions whose words are written in one transaction.
const SLICE: i64 = 500;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Rebuild {}

impl Rebuild {
    /// Runs the command.
    #[allow(clippy::unused_self, reason = "all commands are run alike")]
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let done = open::runtime()?.block_on(async {
            let store = open::existing(&config).await?;
            store.check_schema().await.map_err(open::database)?;
            let all = store.all_stream_count().await.map_err(open::database)?;
            let bar = progress::bar("重建", u64::try_from(all).unwrap_or_default());
            let done = rebuild(&store, &rules.office, |walked| bar.set_position(walked)).await;
            bar.finish_and_clear();
            let found_by = words_anew(&store, &Analyser::new(rules.vocabulary())).await;
            store.close().await;
            Ok::<_, Failure>((done.map_err(open::database)?, found_by.map_err(open::database)?))
        })?;
        let (done, found_by) = done;
        for differed in &done.differed {
            eprintln!("已由记录重建：{differed}");
        }
        for broken in &done.broken {
            eprintln!("{broken}");
        }
        say!(
            "{}",
            serde_json::json!({
                "streams": done.streams, "rebuilt": done.rebuilt, "differed": done.differed.len(),
                "broken": done.broken.len(), "words": found_by,
            })
        );
        if done.broken.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        Err(Failure::Integrity(format!(
            "记录本身有 {} 处不完整，相关的表没有改动；请从备份恢复（huiying restore）",
            done.broken.len()
        )))
    }
}

/// Writes the words anew by which mentions are found, since an older version cut texts in another way; gives how many changed.
async fn words_anew(store: &Store, analyser: &Analyser) -> Result<u64, StoreError> {
    let all = store.mention_counts(Instant::from_ms(0)).await?.total;
    let bar = progress::bar("全文索引", u64::try_from(all).unwrap_or_default());
    let (mut after, mut changed) = (0, 0);
    loop {
        let rows = store.texts_after(after, SLICE).await?;
        let Some(last) = rows.last() else { break };
        after = last.n;
        let mut tx = store.write().await?;
        for row in &rows {
            let mut tokens = analyser.tokens(row.title.as_deref().unwrap_or(""));
            tokens.extend(analyser.tokens(&row.text));
            changed += u64::from(tx.put_words(row.n, &tokens).await?);
        }
        tx.commit().await?;
        bar.inc(rows.len() as u64);
    }
    bar.finish_and_clear();
    Ok(changed)
}
