//! `huiying crawl`: collect once, now. A line per source on standard output; exit 1 if something failed.

use std::process::ExitCode;
use std::sync::Arc;

use super::serve::Service;
use super::{Failure, Global, Outcome, open};
use crate::collect::health::Run;
use crate::config::Config;
use crate::engine::Collected;
use crate::rules::Rules;
use crate::rules::source::{SourceDefinition, SourceKind};
use crate::time::{SharedClock, SystemClock};

/// Failed pages that are told for a source, on standard error.
const TOLD_MAX: usize = 20;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Crawl {
    /// Sources to collect (default: all that are enabled)
    #[arg(value_name = "SOURCE_ID")]
    sources: Vec<String>,
}

impl Crawl {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let sources = self.wanted(&rules)?;
        open::runtime()?.block_on(crawl(config, rules, sources))
    }

    /// The sources to collect; one that can't be is a usage error, before anything is fetched.
    fn wanted(&self, rules: &Rules) -> Result<Vec<SourceDefinition>, Failure> {
        let usage = |what: String| Err(Failure::Usage(what));
        let mut wanted: Vec<SourceDefinition> = Vec::new();
        for id in &self.sources {
            let Some(source) = rules.sources.iter().find(|source| source.id == *id) else {
                let all: Vec<&str> = rules.sources.iter().map(|source| source.id.as_str()).collect();
                return usage(format!("没有信源 {id}；rules/sources/ 中有：{}", all.join("、")));
            };
            if source.kind == SourceKind::Webhook {
                return usage(format!("信源 {id} 由对方推送，不采集"));
            }
            if !source.enabled {
                return usage(format!("信源 {id} 没有启用；确认可以采集后，在它的文件中写 enabled: true"));
            }
            if !wanted.iter().any(|other| other.id == source.id) {
                wanted.push(source.clone());
            }
        }
        if self.sources.is_empty() {
            let enabled = |source: &&SourceDefinition| source.enabled && source.kind != SourceKind::Webhook;
            wanted.extend(rules.sources.iter().filter(enabled).cloned());
        }
        Ok(wanted)
    }
}

async fn crawl(config: Config, rules: Rules, sources: Vec<SourceDefinition>) -> Outcome {
    let store = open::store(&config).await?;
    let clock: SharedClock = Arc::new(SystemClock::default());
    let service = Service::configured(store, rules, clock, &config).await?;
    service.engine.sync_sources(service.clock.now()).await.map_err(anyhow::Error::new)?;
    if sources.is_empty() {
        eprintln!("没有启用的信源；在 rules/sources/ 中启用后再采集");
    }
    let mut all_well = true;
    for source in &sources {
        eprintln!("正在采集 {}（{}）", source.id, source.name);
        match service.engine.collect_now(&source.id).await {
            Ok(Some(collected)) => {
                say!("{}", line(source, &collected));
                tell_failed(&collected.run);
                all_well &= collected.run.error.is_none() && collected.run.failed.is_empty();
            }
            Ok(None) => {
                say!("{}（{}）：另一进程正在采集，跳过（它若已退出，约 2 分钟后可再采）", source.id, source.name);
            }
            Err(error) => {
                say!("{}（{}）：失败：{error}", source.id, source.name);
                all_well = false;
            }
        }
    }
    service.store.close().await;
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn line(source: &SourceDefinition, collected: &Collected) -> String {
    let run = &collected.run;
    let failed = run.failed.len() + usize::from(run.error.is_some());
    let why = match (&run.error, run.failed.first()) {
        (Some(error), _) => format!(" 原因：{error}"),
        (None, Some(first)) => format!(" 原因：{}：{}", first.what, first.why),
        (None, None) => String::new(),
    };
    let revised = if run.revised > 0 { format!(" 更新 {}", run.revised) } else { String::new() };
    let left = if run.left > 0 { format!(" 留待下次 {}", run.left) } else { String::new() };
    let (id, name, new, unchanged) = (&source.id, &source.name, run.new, run.unchanged);
    format!("{id}（{name}）：新 {new} 未变 {unchanged}{revised} 失败 {failed}{why}{left}")
}

fn tell_failed(run: &Run) {
    for failed in run.failed.iter().take(TOLD_MAX) {
        eprintln!("  {}：{}", failed.what, failed.why);
    }
    if run.failed.len() > TOLD_MAX {
        eprintln!("  另有 {} 项失败", run.failed.len() - TOLD_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::health::{Failed, Health};

    #[test]
    fn a_line_says_what_became_of_a_source() {
        let yaml = "{ id: s, kind: feed, name: 论坛, url: 'https://a.cn/', channel: news, why: w }";
        let source = SourceDefinition::from_yaml("s.yaml", yaml).unwrap();
        let collected = |run| Collected { source: "s".into(), run, health: Health::Ok, next_run_at: None };
        let run = Run { new: 3, unchanged: 4, ..Run::default() };
        assert_eq!(line(&source, &collected(run.clone())), "s（论坛）：新 3 未变 4 失败 0");
        let broken = Failed { what: "https://a.cn/1".into(), why: "没有找到正文".into(), for_good: false };
        let run = Run { failed: vec![broken], left: 2, ..run };
        assert_eq!(
            line(&source, &collected(run)),
            "s（论坛）：新 3 未变 4 失败 1 原因：https://a.cn/1：没有找到正文 留待下次 2"
        );
        let down = Run { error: Some("服务器返回 500".into()), ..Run::default() };
        assert_eq!(line(&source, &collected(down)), "s（论坛）：新 0 未变 0 失败 1 原因：服务器返回 500");
    }

    #[test]
    fn what_can_not_be_collected_is_a_usage_error() {
        let yaml = |id: &str, rest: &str| {
            let text = format!("{{ id: {id}, name: n, channel: news, why: w, {rest} }}");
            SourceDefinition::from_yaml("s.yaml", &text).unwrap()
        };
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let mut rules = Rules::load(&dir).unwrap();
        rules.sources = vec![
            yaml("on", "kind: feed, url: 'https://a.cn/'"),
            yaml("off", "kind: feed, url: 'https://a.cn/', enabled: false"),
            yaml("push", "kind: webhook, webhook: { key: k, secret_env: E }"),
        ];
        let wanted = |ids: &[&str]| Crawl { sources: ids.iter().map(|id| (*id).to_owned()).collect() }.wanted(&rules);
        let ids = |ids: &[&str]| wanted(ids).unwrap().into_iter().map(|source| source.id).collect::<Vec<_>>();
        assert_eq!((ids(&[]), ids(&["on", "on"])), (vec!["on".to_owned()], vec!["on".to_owned()]));
        for (id, word) in [("off", "没有启用"), ("push", "推送"), ("none", "没有信源")] {
            assert!(matches!(wanted(&[id]), Err(Failure::Usage(what)) if what.contains(word)), "{id}");
        }
    }
}
