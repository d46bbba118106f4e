//! `huiying bench clocks`: a database full of open clocks, a burst that is due at the same second, and single clocks that
//! come due in real time while nothing else happens.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use indicatif::ProgressBar;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::machine::{Machine, resident_mb};
use crate::acts::{About, stream_of};
use crate::cli::channels::Told;
use crate::cli::replay::Scratch;
use crate::cli::serve::Service;
use crate::cli::{Failure, Global, Outcome, open, progress};
use crate::domain::actor::Actor;
use crate::domain::clock::ClockKind;
use crate::domain::grade::{Grade, Grading};
use crate::domain::ids::{BodyId, IncidentId};
use crate::domain::incident::{Command, NewIncident, NewMention, Role, SuggestedLead};
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::Channel;
use crate::engine::{EngineOptions, jobs_file};
use crate::time::{SharedClock, Stopwatch, SystemClock};

/// Incidents written in one transaction.
const BATCH: usize = 500;
/// Who leads, and who supports, in the incidents that fill the database: a clock `acknowledge` for each, a `part` for each
/// supporting one, and the incident's own `response` make ten.
const LEAD: &str = "ecology";
const SUPPORTING: [&str; 4] = ["housing", "urban_management", "transport", "water"];
const CLOCKS_OF_ONE: usize = 2 + 2 * SUPPORTING.len();
/// The burst is due so long after the start: before anything of the other incidents wants to fire (75 % of 2 h).
const BURST_AFTER: Span = Span::from_minutes(30);
/// Length of `response` in the policy that is measured.
const RESPONSE: Span = Span::from_hours(48);
const POLICY: &str = "xuancheng-2016";
/// Between two single clocks, and before the first.
const SINGLE_EVERY: Span = Span::from_ms(97);
const SINGLES_IN: Span = Span::from_secs(3);
/// A single clock that has not fired after this time never will.
const FIRES_WITHIN: Duration = Duration::from_secs(60);

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Clocks {
    /// Open clocks in the database
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    clocks: u32,
    /// Clocks due at the same second
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    burst: u32,
    /// Clocks that come due one by one, in real time
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    singles: u32,
    /// An empty database to measure on, e.g. postgres://…; it is left full (default: a throw-away SQLite file)
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    database: &'static str,
    open_clocks: i64,
    load_s: f64,
    burst: usize,
    burst_events: usize,
    burst_s: f64,
    burst_per_s: f64,
    next_due_us: f64,
    delivered: u64,
    delivered_per_s: f64,
    singles: usize,
    late_p50_ms: f64,
    late_p99_ms: f64,
    late_max_ms: f64,
    resident_mb_empty: Option<f64>,
    resident_mb_full: Option<f64>,
    resident_mb_after: Option<f64>,
    machine: Machine,
}

impl Clocks {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let machine = Machine::read();
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let folder = Scratch::new()?;
        let file = format!("sqlite:{}", folder.path.join("bench.db").display());
        let url = self.database.clone().unwrap_or_else(|| file.clone());
        let jobs = jobs_file(&file);
        let report = open::runtime()?.block_on(async {
            let store = super::empty(&url).await?;
            let clock: SharedClock = Arc::new(SystemClock::default());
            let told = Told::in_app(&store);
            let service = Service::new(store, rules, clock, EngineOptions::default(), told)?;
            let report =
                Run { service: &service, start: service.clock.now(), told: 0 }.measure(&self, jobs, machine).await;
            service.store.close().await;
            Ok::<_, Failure>(report?)
        })?;
        say!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}

struct Run<'a> {
    service: &'a Service,
    start: Instant,
    /// Incidents opened so far.
    told: i64,
}

impl Run<'_> {
    async fn measure(&mut self, asked: &Clocks, jobs: std::path::PathBuf, machine: Machine) -> anyhow::Result<Report> {
        let (store, engine) = (&self.service.store, &self.service.engine);
        let burst_due = self.start + BURST_AFTER;
        let empty = resident_mb();
        let load = Stopwatch::start();
        let others = (asked.clocks as usize).saturating_sub(asked.burst as usize).div_ceil(CLOCKS_OF_ONE);
        let bar = progress::bar("时限入库", (others + asked.burst as usize) as u64);
        self.fill(others, &bar).await?;
        self.led(asked.burst as usize, burst_due, &bar).await?;
        bar.finish_and_clear();
        let load_s = load.elapsed().as_secs_f64();
        let full = resident_mb();

        // What lies before the burst (warnings, earlier steps) is no part of it.
        engine.sweep(burst_due, burst_due - Span::from_ms(1)).await?;
        let open_clocks = store.open_clock_count().await?;
        let just_after = burst_due + Span::from_ms(1);
        let burst_watch = Stopwatch::start();
        let swept = engine.sweep(just_after, just_after).await?;
        let burst_s = burst_watch.elapsed().as_secs_f64();
        anyhow::ensure!(
            swept.settled == asked.burst as usize && swept.failed == 0,
            "{} 个时限应同时到期，触发了 {}，失败 {}",
            asked.burst,
            swept.settled,
            swept.failed
        );
        let looks = 200;
        let look = Stopwatch::start();
        for _ in 0..looks {
            store.next_due().await?;
        }
        let next_due_us = look.elapsed().as_secs_f64() * 1e6 / f64::from(looks);

        let deliver_watch = Stopwatch::start();
        let mut delivered = 0;
        loop {
            let sent = engine.deliver(just_after).await?.sent;
            delivered += sent;
            if sent == 0 {
                break;
            }
        }
        let deliver_s = deliver_watch.elapsed().as_secs_f64();

        let mut late = self.singles(asked.singles as usize, jobs).await?;
        late.sort_by(f64::total_cmp);
        let at = |share: f64| late[((late.len() as f64 * share).ceil() as usize).clamp(1, late.len()) - 1];
        let rounded = |value: f64| (value * 100.0).round() / 100.0;
        Ok(Report {
            bench: "clocks",
            database: if asked.database.as_deref().is_some_and(|url| url.starts_with("postgres")) {
                "PostgreSQL"
            } else {
                "SQLite, synchronous=FULL"
            },
            open_clocks,
            load_s: rounded(load_s),
            burst: swept.settled,
            burst_events: swept.events,
            burst_s: rounded(burst_s),
            burst_per_s: rounded(swept.settled as f64 / burst_s),
            next_due_us: rounded(next_due_us),
            delivered,
            delivered_per_s: rounded(delivered as f64 / deliver_s),
            singles: late.len(),
            late_p50_ms: rounded(at(0.50)),
            late_p99_ms: rounded(at(0.99)),
            late_max_ms: rounded(at(1.0)),
            resident_mb_empty: empty,
            resident_mb_full: full,
            resident_mb_after: resident_mb(),
            machine,
        })
    }

    /// Incidents of [`CLOCKS_OF_ONE`] clocks each, none of which wants to fire during the measurement.
    async fn fill(&mut self, incidents: usize, bar: &ProgressBar) -> anyhow::Result<()> {
        let assign = Command::AutoAssign {
            bodies: std::iter::once((LEAD, Role::Lead))
                .chain(SUPPORTING.map(|body| (body, Role::Supporting)))
                .map(|(body, role)| SuggestedLead { department: body.into(), role, score: 1.0, why: Vec::new() })
                .collect(),
        };
        let mut left = incidents;
        while left > 0 {
            let mut tx = self.service.store.write().await?;
            for _ in 0..left.min(BATCH) {
                let (opened, at) = (self.opened(self.start), self.start);
                let acts = &self.service.acts;
                let incident = acts.open(&mut tx, opened, &about(), &Actor::System, at).await?.incident;
                acts.act_in(&mut tx, &incident, &assign, &Actor::System, None, at).await?;
            }
            tx.commit().await?;
            bar.inc(left.min(BATCH) as u64);
            left = left.saturating_sub(BATCH);
        }
        Ok(())
    }

    /// Incidents with a lead that has acknowledged, whose `response` is due at that instant.
    async fn led(&mut self, incidents: usize, due: Instant, bar: &ProgressBar) -> anyhow::Result<Vec<IncidentId>> {
        let mut made = Vec::with_capacity(incidents);
        while made.len() < incidents {
            let mut tx = self.service.store.write().await?;
            let batch = (incidents - made.len()).min(BATCH);
            for _ in 0..batch {
                made.push(self.led_one(&mut tx, due).await?);
            }
            tx.commit().await?;
            bar.inc(batch as u64);
        }
        Ok(made)
    }

    async fn led_one(&mut self, tx: &mut crate::store::Tx, due: Instant) -> anyhow::Result<IncidentId> {
        let (at, acts) = (due - RESPONSE, self.service.acts.clone());
        let incident = acts.open(tx, self.opened(at), &about(), &Actor::System, at).await?.incident;
        let assign = Command::Assign { department: LEAD.into(), role: Role::Lead };
        acts.act_in(tx, &incident, &assign, &Actor::office("bench"), None, at).await?;
        acts.act_in(tx, &incident, &Command::Acknowledge {}, &Actor::body(BodyId::from(LEAD)), None, at).await?;
        Ok(incident)
    }

    fn opened(&mut self, detected_at: Instant) -> NewIncident {
        self.told += 1;
        NewIncident {
            detected_at,
            occurred_at: None,
            policy: POLICY.to_owned(),
            mention: NewMention {
                id: format!("bench-{}", self.told).into(),
                content_hash: format!("{:064x}", self.told),
                channel: Channel::Weibo,
                region: None,
                published_at: Some(detected_at),
                facts: None,
            },
            approach: None,
            proposal: Grading { event_grade: Grade::None, opinion_grade: Grade::General, sensitive: false },
            label: None,
            by_hand: false,
            shown: None,
            others: Vec::new(),
        }
    }

    /// Milliseconds from the due instant of each clock to its breach being committed, while the service's own loop runs.
    async fn singles(&mut self, count: usize, jobs: std::path::PathBuf) -> anyhow::Result<Vec<f64>> {
        let (store, clock) = (&self.service.store, &self.service.clock);
        let first = clock.now() + SINGLES_IN;
        let mut waiting = Vec::with_capacity(count);
        let bar = progress::bar("逐个到期", count as u64);
        for n in 0..count {
            let due = first + Span::from_ms(SINGLE_EVERY.ms() * i64::try_from(n)?);
            let mut tx = store.write().await?;
            waiting.push((due, self.led_one(&mut tx, due).await?));
            tx.commit().await?;
        }
        self.service.engine.sweep(first - Span::from_secs(1), clock.now()).await?;
        let stop = CancellationToken::new();
        // No queue: the singles are measured, not the delivery of their notices.
        let engine = self.service.engine.clone().working_on(&[]);
        let running = tokio::spawn({
            let stop = stop.clone();
            async move { engine.run(jobs, stop).await }
        });
        let mut watch = store.watch().await?;
        let mut late = Vec::with_capacity(count);
        let all = async {
            while !waiting.is_empty() {
                watch.changed().await?;
                let mut fired = Vec::new();
                for (due, incident) in waiting.iter().take_while(|(due, _)| *due < clock.now()) {
                    let clocks = store.clocks(&stream_of(incident)).await?;
                    if clocks.iter().any(|row| row.kind == ClockKind::Response && row.breached) {
                        late.push((clock.now() - *due).ms() as f64);
                        fired.push(incident.clone());
                    }
                }
                waiting.retain(|(_, incident)| !fired.contains(incident));
                bar.inc(fired.len() as u64);
            }
            Ok::<_, anyhow::Error>(())
        };
        let longest = FIRES_WITHIN + Duration::from_millis(u64::try_from(SINGLE_EVERY.ms())? * count as u64);
        let outcome = tokio::time::timeout(longest, all).await;
        stop.cancel();
        running.await.context("扫描")??;
        bar.finish_and_clear();
        outcome.map_err(|_| anyhow!("{} 个时限到期后没有触发", waiting.len()))??;
        Ok(late)
    }
}

fn about() -> About {
    About {
        title: "测速用的事件".to_owned(), summary: "测速用的事件，没有内容。".to_owned(), ..About::default()
    }
}
