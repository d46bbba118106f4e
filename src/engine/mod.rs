//! The engine (引擎): what runs by itself. Ingest takes pending mentions up, the sweep fires clocks, side effects run as
//! jobs. Service, replay and drill are this one engine with another clock and another database.

mod analyse;
mod assign;
mod cleanup;
mod collect;
mod collections;
pub mod deliver;
mod digest;
mod errands;
mod heartbeat;
mod hosts;
mod inbox;
mod ingest;
mod jobs;
mod memory;
mod plan;
mod revise;
mod schedule;
mod shelf;
mod sight;
#[cfg(test)]
mod stream;
mod sweep;
mod tell;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, OnceCell};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use cleanup::{LetGo, Retention};
pub use collect::{CollectOptions, Collected};
pub use hosts::StoreHosts;
pub use ingest::{BATCH_MAX, IngestReport};
pub use jobs::{JobsError, Queue, jobs_file};
pub use sweep::Swept;

use crate::acts::administration::AdminError;
use crate::acts::author_key::AuthorKey;
use crate::acts::{Acts, SealError, SharedRules, seal_due};
use crate::correlate::Lexicon;
use crate::domain::digest::DigestTimes;
use crate::domain::instant::Instant;
use crate::rules::live::{LiveRules, SharedAnalyser};
use crate::store::{Store, StoreError};
use crate::text::Analyser;
use crate::time::SharedClock;
use analyse::Desk;
use memory::Memory;

/// Why the engine could not do something. The work is not lost: it is taken up again.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record of the administration.
    #[error(transparent)]
    Record(#[from] AdminError),
    /// Collecting can't begin, or a run broke off.
    #[error("采集中断：{0}")]
    Collect(String),
    /// The process is ending.
    #[error("正在停止")]
    Stopped,
}

/// How an engine runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Whether the scheduler assigns by itself (a scenario may say no).
    pub auto_assign: bool,
    /// The policy of new incidents; without it, that of their region.
    pub policy: Option<String>,
    /// How long things are kept.
    pub retention: Retention,
    /// Whether and how sources are collected.
    pub collect: CollectOptions,
    /// The key of the author hashes; nothing is collected without it.
    pub author_key: Option<AuthorKey>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        let (retention, collect) = (Retention::default(), CollectOptions::default());
        Self { auto_assign: true, policy: None, retention, collect, author_key: None }
    }
}

/// The engine. Cheap to clone; the clones are one engine.
#[derive(Clone)]
pub struct Engine {
    store: Store,
    acts: Acts,
    rules: SharedRules,
    clock: SharedClock,
    options: Arc<EngineOptions>,
    /// What reads texts; exchanged with the rules.
    analyser: SharedAnalyser,
    desk: Arc<ArcSwap<Desk>>,
    /// The folder of the rules, where a page may propose others.
    rules_dir: Option<Arc<Path>>,
    /// What correlation remembers; `None` until the first batch, and after one that failed.
    memory: Arc<Mutex<Option<Memory>>>,
    deliverer: deliver::Deliverer,
    collector: Arc<OnceCell<Arc<collect::Collector>>>,
    /// Version of the rules by which the sources' rows were last made.
    synced: Arc<parking_lot::Mutex<Option<String>>>,
    /// When posts were last looked for that came into an incident late.
    looks_woken_at: Arc<parking_lot::Mutex<Option<Instant>>>,
    /// Folder of the daily seals, if there are any.
    seals: Option<Arc<PathBuf>>,
    /// When digests are made, if there are any.
    digests: Option<Arc<DigestTimes>>,
    queues: Arc<[Queue]>,
}

impl Engine {
    /// Over a store, by the rules of an office.
    pub fn new(
        store: Store,
        acts: Acts,
        rules: SharedRules,
        analyser: Arc<Analyser>,
        clock: SharedClock,
        options: EngineOptions,
    ) -> Self {
        let desk = Arc::new(ArcSwap::from_pointee(Desk::new(analyser.clone(), Arc::new(Lexicon::built_in()))));
        let channels = deliver::Channels::in_app(&store);
        let deliverer = deliver::Deliverer::new(store.clone(), rules.clone(), channels, clock.speed())
            .telling(acts.routes().clone());
        Self {
            store,
            acts,
            rules,
            clock,
            options: Arc::new(options),
            analyser: Arc::new(ArcSwap::new(analyser)),
            desk,
            rules_dir: None,
            memory: Arc::default(),
            deliverer,
            collector: Arc::default(),
            synced: Arc::default(),
            looks_woken_at: Arc::default(),
            seals: None,
            digests: None,
            queues: Arc::new(Queue::ALL),
        }
    }

    /// By rules that are read anew when their files change.
    pub fn following(self, live: &LiveRules) -> Self {
        Self { analyser: live.shared_analyser(), rules_dir: Some(live.dir().into()), ..self }
    }

    /// What analyses, made anew when the rules have changed.
    fn desk(&self) -> Arc<Desk> {
        let (desk, analyser) = (self.desk.load_full(), self.analyser.load_full());
        if Arc::ptr_eq(desk.analyser(), &analyser) {
            return desk;
        }
        let renewed = Arc::new(Desk::new(analyser, desk.lexicon()));
        self.desk.store(renewed.clone());
        renewed
    }

    /// With channels besides in-app.
    pub fn with_channels(self, channels: deliver::Channels) -> Self {
        Self { deliverer: self.deliverer.by(channels), ..self }
    }

    /// With a daily seal, written to a folder.
    pub fn with_seals(self, dir: PathBuf) -> Self {
        Self { seals: Some(Arc::new(dir)), ..self }
    }

    /// With digests at those times, told outside the quiet hours.
    pub fn with_digests(self, times: DigestTimes) -> Self {
        let deliverer = self.deliverer.quiet(times.clone());
        Self { digests: Some(Arc::new(times)), deliverer, ..self }
    }

    /// Working on these queues only; the sweep and the heartbeat run in every node.
    pub fn working_on(self, queues: &[Queue]) -> Self {
        Self { queues: queues.into(), ..self }
    }

    /// Seals every day that is over and not sealed yet.
    ///
    /// # Errors
    /// [`SealError`]: the database's, or the folder's.
    pub async fn seal(&self, now: Instant) -> Result<usize, SealError> {
        let Some(dir) = &self.seals else { return Ok(0) };
        let made = seal_due(&self.store, dir, now).await?;
        for seal in &made {
            tracing::info!(day = %seal.day, streams = seal.heads.len(), hash = %seal.hash, "sealed");
        }
        Ok(made.len())
    }

    /// Delivers what is due of the outbox.
    ///
    /// # Errors
    /// The database's; what no channel accepted is tried again.
    pub async fn deliver(&self, now: Instant) -> Result<deliver::Delivered, EngineError> {
        Ok(self.deliverer.run(now).await?)
    }

    /// Delivers what is due by one channel.
    ///
    /// # Errors
    /// The database's; what the channel did not accept is tried again.
    pub async fn deliver_by(&self, channel: &str, now: Instant) -> Result<deliver::Delivered, EngineError> {
        Ok(self.deliverer.run_channel(channel, now).await?)
    }

    /// Runs everything until told to stop; what is under way then is finished. `jobs` is the file of the job queues.
    pub async fn run(&self, jobs: PathBuf, stop: CancellationToken) -> Result<(), EngineError> {
        let jobs = jobs::Jobs::open(&jobs, &self.queues).await.map_err(|error| {
            tracing::error!(%error, "the job queues can't be opened");
            EngineError::Stopped
        })?;
        let mut running = JoinSet::new();
        jobs.spawn_workers(&mut running, self, &stop);
        running.spawn(sweep::run(self.clone(), stop.clone()));
        running.spawn(heartbeat::run(self.clone(), stop.clone()));
        running.spawn(schedule::run(self.clone(), jobs, stop));
        while running.join_next().await.is_some() {}
        Ok(())
    }
}
