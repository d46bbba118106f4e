//! `huiying bench year`: a city's year, taken in through the product's own doors under a clock that runs ahead: mentions
//! stored, analysed, correlated, cases graded, acknowledged, answered and closed, clocks fired. It leaves a database that
//! `bench api`, `verify` or a service can be run on, and tells how the rate changed while the database grew.

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;

use super::machine::{Machine, resident_mb};
use super::matters::Matters;
use crate::acts::ActError;
use crate::acts::intake::Intake;
use crate::cli::channels::Told;
use crate::cli::serve::Service;
use crate::cli::{Failure, Global, Outcome, open, progress};
use crate::domain::actor::Actor;
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, IncidentId};
use crate::domain::incident::{Because, Command};
use crate::domain::instant::{Instant, Span};
use crate::domain::policy::PublicationKind;
use crate::engine::EngineOptions;
use crate::time::{ManualClock, SharedClock, Stopwatch};

/// First morning of the year (2025-12-01 09:00 in Beijing), so that it ends before the present.
const FIRST_MORNING_MS: i64 = 1_764_550_800_000;
/// Mentions of one transaction of the intake, as in an import.
const BATCH: usize = 1_000;
/// Acts of one transaction.
const ACTS: usize = 500;
/// Times a day that mentions come in: what is told in the morning is repeated in the evening.
const ROUNDS_A_DAY: usize = 2;
/// Of a hundred cases so many are answered and closed in time; the others stay open, and their clocks fire.
const ANSWERED_OF_100: usize = 92;
/// How long a case waits until it is answered.
const ANSWERED_AFTER: Span = Span::from_hours(30);

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Year {
    /// How many mentions
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    mentions: u32,
    /// How many matters they are about, beside the chatter: about so many incidents are opened
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    incidents: u32,
    /// Days that they are spread over
    #[arg(long, default_value_t = 360, value_parser = clap::value_parser!(u32).range(1..=360))]
    days: u32,
    /// An empty database to fill; it is left full
    #[arg(long, value_name = "URL", default_value = "sqlite:year.db")]
    database: String,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    database: String,
    mentions: usize,
    incidents: usize,
    joined: usize,
    seconds: f64,
    /// Mentions stored, analysed, correlated and committed in a second: of each tenth of the year.
    ingest_per_s: Vec<f64>,
    /// Acts committed in a second: of each tenth.
    acts_per_s: Vec<f64>,
    clocks_fired: usize,
    resident_mb: Option<f64>,
    machine: Machine,
}

/// What a tenth of the year took.
#[derive(Default)]
struct Tenth {
    mentions: usize,
    ingest_s: f64,
    acts: usize,
    acts_s: f64,
}

impl Year {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let machine = Machine::read();
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        let report = open::runtime()?.block_on(async {
            let store = super::empty(&self.database).await?;
            let clock = Arc::new(ManualClock::new(Instant::from_ms(FIRST_MORNING_MS)));
            let shared: SharedClock = clock.clone();
            let told = Told::in_app(&store);
            let service = Service::new(store, rules, shared, EngineOptions::default(), told)?;
            let report = Run { asked: &self, service: &service, clock: &clock, open: VecDeque::new(), opened: 0 }
                .through(machine)
                .await;
            service.store.close().await;
            Ok::<_, Failure>(report?)
        })?;
        say!("{}", serde_json::to_string(&report).map_err(anyhow::Error::new)?);
        Ok(ExitCode::SUCCESS)
    }
}

struct Run<'a> {
    asked: &'a Year,
    service: &'a Service,
    clock: &'a ManualClock,
    /// Cases that wait for their answer, the oldest first.
    open: VecDeque<(Instant, IncidentId)>,
    opened: usize,
}

impl Run<'_> {
    async fn through(&mut self, machine: Machine) -> anyhow::Result<Report> {
        let watch = Stopwatch::start();
        let (total, days) = (self.asked.mentions as usize, self.asked.days as usize);
        let intake = Intake::new(&self.service.store, &self.service.author_key)?;
        let mut matters = Matters::new(self.asked.incidents as usize, total);
        let rounds = days * ROUNDS_A_DAY;
        let bar = progress::bar("一年的信息入库", total as u64);
        let mut tenths: Vec<Tenth> = (0..10).map(|_| Tenth::default()).collect();
        let (mut joined, mut fired, mut told) = (0, 0, 0);
        for round in 0..rounds {
            let now = Instant::from_ms(FIRST_MORNING_MS)
                + Span::from_ms(Span::from_hours(24).ms() / ROUNDS_A_DAY as i64 * round as i64);
            self.clock.set(now);
            let tenth = &mut tenths[round * 10 / rounds];
            fired += self.service.engine.sweep(now, now).await?.events;
            let acts_watch = Stopwatch::start();
            tenth.acts += self.answer(now).await?;
            tenth.acts_s += acts_watch.elapsed().as_secs_f64();

            let until = total * (round + 1) / rounds;
            let ingest_watch = Stopwatch::start();
            tenth.mentions += until - told;
            while told < until {
                let count = (until - told).min(BATCH);
                let rules = self.service.rules.load_full();
                let batch: Result<Vec<_>, String> = (0..count)
                    .map(|n| intake.accept(matters.mention(told + n, now), None, &rules, now, true))
                    .collect();
                intake.store(&batch.map_err(anyhow::Error::msg)?).await?;
                told += count;
                bar.inc(count as u64);
            }
            let ingested = self.service.engine.ingest_all(now).await?;
            tenth.ingest_s += ingest_watch.elapsed().as_secs_f64();
            joined += ingested.joined;
            self.opened += ingested.opened.len();
            self.open.extend(ingested.opened.into_iter().map(|incident| (now, incident)));
        }
        bar.finish_and_clear();
        let rounded = |value: f64| (value * 100.0).round() / 100.0;
        Ok(Report {
            bench: "year",
            database: self.service.store.name().to_owned(),
            mentions: total,
            incidents: self.opened,
            joined,
            seconds: rounded(watch.elapsed().as_secs_f64()),
            ingest_per_s: tenths.iter().map(|tenth| rounded(tenth.mentions as f64 / tenth.ingest_s)).collect(),
            acts_per_s: tenths.iter().map(|tenth| rounded(tenth.acts as f64 / tenth.acts_s)).collect(),
            clocks_fired: fired,
            resident_mb: resident_mb(),
            machine,
        })
    }

    /// Grades, acknowledges, answers and closes the cases that have waited long enough; gives the number of acts.
    async fn answer(&mut self, now: Instant) -> anyhow::Result<usize> {
        let mut acts = 0;
        while self.open.front().is_some_and(|(opened, _)| *opened + ANSWERED_AFTER <= now) {
            let mut tx = self.service.store.write().await?;
            let before = acts;
            while acts - before < ACTS {
                let Some((_, incident)) = self.open.pop_front_if(|(opened, _)| *opened + ANSWERED_AFTER <= now) else {
                    break;
                };
                // By the case's running number, so that every run leaves the same ones open.
                let number = incident.as_str().bytes().fold(0_usize, |all, byte| all * 31 % 1_000_003 + byte as usize);
                if number % 100 < ANSWERED_OF_100 {
                    acts += self.answer_one(&mut tx, &incident, now).await?;
                }
            }
            tx.commit().await?;
        }
        Ok(acts)
    }

    async fn answer_one(
        &self,
        tx: &mut crate::store::Tx,
        incident: &IncidentId,
        now: Instant,
    ) -> anyhow::Result<usize> {
        let acts = &self.service.acts;
        let office = Actor::office("bench");
        let grade = Command::Grade {
            event_grade: Some(Grade::None),
            opinion_grade: Some(Grade::General),
            sensitive: Some(false),
            approach: None,
            reason: "测速".to_owned(),
            because: Because::Judgement,
            evidence_at: None,
        };
        let graded = acts.act_in(tx, incident, &grade, &office, None, now).await?;
        let lead = graded.state.lead().cloned().unwrap_or_else(|| BodyId::from("urban_management"));
        let by = Actor::body(lead.clone());
        if graded.state.lead().is_none() {
            let assign = Command::Assign { department: lead, role: crate::domain::incident::Role::Lead };
            acts.act_in(tx, incident, &assign, &office, None, now).await?;
        }
        let respond = Command::Respond {
            kind: PublicationKind::Response,
            effective_at: None,
            url: None,
            text: Some("测速用的回应。".to_owned()),
            review: true,
        };
        let close = Command::Close { reason: "测速".to_owned() };
        acts.act_in(tx, incident, &Command::Acknowledge {}, &by, None, now).await?;
        acts.act_in(tx, incident, &respond, &by, None, now).await?;
        // One that needs a press conference besides stays open.
        match acts.act_in(tx, incident, &close, &office, None, now).await {
            Ok(_) => Ok(4),
            Err(ActError::Refused(_)) => Ok(3),
            Err(error) => Err(error.into()),
        }
    }
}
