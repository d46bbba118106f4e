//! `huiying verify`: walks the audit chain and compares the tables with what follows from it.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Failure, Global, Outcome, open, progress};
use crate::acts::{Verification, check_seals, verify};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Folder of the daily seals to check the record against (default: seal.dir, else `seals` beside the database)
    #[arg(long, value_name = "DIR")]
    seals: Option<PathBuf>,
}

impl Verify {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let dir = match self.seals {
            Some(dir) if !dir.is_dir() => {
                return Err(Failure::Usage(format!("--seals {}：没有这个目录；请给出日封所在的目录", dir.display())));
            }
            Some(dir) => dir,
            None => open::seals_dir(&config),
        };
        let (mut found, seals) = open::runtime()?.block_on(async {
            let store = open::to_read(&config).await?;
            store.check_schema().await.map_err(open::database)?;
            let all = store.all_stream_count().await.map_err(open::database)?;
            let bar = progress::bar("核验", u64::try_from(all).unwrap_or_default());
            let found = verify(&store, |walked| bar.set_position(walked)).await;
            bar.finish_and_clear();
            let found = found.map_err(open::database)?;
            let seals = check_seals(&store, &dir).await.map_err(anyhow::Error::new)?;
            store.close().await;
            Ok::<_, Failure>((found, seals))
        })?;
        found.broken.extend(seals.broken);
        for noted in &found.noted {
            eprintln!("提示：{noted}");
        }
        for what in past_checking(&found, seals.never) {
            eprintln!("没有核对：{what}");
        }
        for broken in &found.broken {
            eprintln!("{broken}");
        }
        say!(
            "{}",
            serde_json::json!({
                "streams": found.streams, "events": found.events, "clocks": found.clocks, "seals": seals.seals,
                "sealed_heads": seals.heads, "mentions": found.mentions, "mentions_gone": found.mentions_gone,
                "evidence": found.evidence, "noted": found.noted.len(), "broken": found.broken.len(),
            })
        );
        if found.broken.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        Err(Failure::Integrity(format!(
            "核验不通过：{} 处不符；记录完整而表不符的，可由记录重建（huiying rebuild），被改动的内容与日封不能",
            found.broken.len()
        )))
    }
}

/// What nothing can be said of, in words.
fn past_checking(found: &Verification, never_sealed: bool) -> Vec<String> {
    let mut all = Vec::new();
    if found.mentions_gone > 0 {
        all.push(format!("{} 条信息已按保存期限删除，正文无从核对，其哈希仍在记录中", found.mentions_gone));
    }
    if found.evidence_words_only > 0 {
        let pieces = found.evidence_words_only;
        all.push(format!("{pieces} 件移交材料由旧版本封存，只核对了标题与正文，作者、地址等无从核对"));
    }
    if found.mentions_words_only > 0 {
        let mentions = found.mentions_words_only;
        all.push(format!("{mentions} 条信息由旧版本记录，只核对了标题与正文，时间、渠道、地址、作者哈希无从核对"));
    }
    if found.mentions_unplaced > 0 {
        let mentions = found.mentions_unplaced;
        all.push(format!(
            "{mentions} 条信息不属于任何事件，记录中没有它们：标题与正文只与各自保存的哈希核对，其余没有核对"
        ));
    }
    if found.titles_unsealed > 0 {
        let incidents = found.titles_unsealed;
        all.push(format!("{incidents} 件事件由旧版本记录，列表中的标题与摘要无从核对"));
    }
    if found.titles_gone > 0 {
        all.push(format!("{} 件事件的标题与摘要已按保存期限删除，无从核对", found.titles_gone));
    }
    if found.mentions + found.titles_unsealed > 0 {
        all.push("领域、情感等分析结果，传播数据，信箱的答复：可以重新得出，不在记录中".to_owned());
    }
    if never_sealed {
        all.push("还没有日封，末尾整段被删去的记录无从发现；日封由 huiying serve 或 work 每日生成".to_owned());
    }
    all
}
