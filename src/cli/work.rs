//! `huiying work`: a worker node without web. Any number of them run on one PostgreSQL, beside `huiying serve`: each claims
//! what is due, and `unique(stream, seq)` decides between two that claim the same.

use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::serve::{GRACE, Service, asked_to_stop};
use super::{Failure, Global, Outcome, open};
use crate::engine::{Queue, jobs_file};
use crate::time::{SharedClock, SystemClock};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Work {
    /// Work on this queue only: analyse (分析), deliver (送达), collect (采集), house (清理、封存与每日摘要); repeatable.
    /// Clocks are swept by every node
    #[arg(long = "queue", value_name = "NAME", value_parser = queue)]
    queues: Vec<Queue>,
}

fn queue(name: &str) -> Result<Queue, String> {
    Queue::from_name(name).ok_or_else(|| {
        let known: Vec<_> = Queue::ALL.iter().map(|queue| queue.name()).collect();
        format!("没有队列“{name}”；可用：{}", known.join("、"))
    })
}

impl Work {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let dir = open::rules_dir(global, &config)?;
        open::runtime()?.block_on(async {
            let store = open::store(&config).await?;
            let clock: SharedClock = Arc::new(SystemClock::default());
            let service = Service::configured(store, rules, clock, &config).await?.following(dir, false);
            let queues = if self.queues.is_empty() { Queue::ALL.to_vec() } else { self.queues };
            let names: Vec<_> = queues.iter().map(|queue| queue.name()).collect();
            eprintln!("工作节点已启动，队列：{}（Ctrl-C 停止）", names.join("、"));
            let stop = CancellationToken::new();
            let engine = service.engine.clone().working_on(&queues);
            let mut running = tokio::spawn({
                let (jobs, stop) = (jobs_file(&config.database.url), stop.clone());
                async move { engine.run(jobs, stop).await }
            });
            tokio::select! {
                ended = &mut running => {
                    ended.map_err(anyhow::Error::new)?.map_err(anyhow::Error::new)?;
                    return Err(Failure::Other(anyhow::anyhow!("工作节点自行结束，请查看日志")));
                }
                signal = asked_to_stop() => signal?,
            }
            eprintln!("正在停止：等待进行中的工作完成（最多 {} 秒）", GRACE.as_secs());
            stop.cancel();
            if tokio::time::timeout(GRACE, running).await.is_err() {
                tracing::warn!(
                    "work did not end in time; what it had begun is taken up by another node or the next start"
                );
            }
            service.store.close().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}
