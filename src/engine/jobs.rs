//! Side effects as apalis jobs: the one file that knows apalis. A job may be lost or run twice without harm; schedules and
//! clocks are rows of ours, never jobs.
//!
//! The queues lie in a SQLite file of their own, on both databases: apalis' migrations share a table's name with ours, and
//! its set-up turns `synchronous` off. What was measured and is heeded here (`design.md` §4): polling is by wake-up and
//! every second, not by the 30 s heartbeat; a database error ends a worker, so it is started again, each time under a
//! fresh name; a handler gives Ok whatever happens and is caught when it panics, since apalis' retries strand or hot-loop.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::*;
use apalis_sqlite::{Config, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteStorage};
use futures::FutureExt;
use futures::stream::{self, BoxStream, StreamExt};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;

/// How long a worker waits without being woken: other nodes' jobs, and wake-ups that were lost.
const POLL: Duration = Duration::from_secs(1);
/// How often a worker says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Between the end of a worker and its next start.
const RESTART: Duration = Duration::from_secs(1);
/// Jobs that a worker fetches at a time.
const FETCHED_MAX: usize = 8;
/// Ticks of the schedule (a second each) after which a job that has not ended counts as lost and may be queued anew.
const LOST_AFTER_TICKS: u32 = 120;
/// Channels that are emptied side by side: all that there are.
const DELIVERIES_MAX: usize = 6;
/// Connections to the job file.
const CONNECTIONS_MAX: u32 = 4;
/// Names of ended workers are kept for so many seconds after the last sign of life of any.
const WORKERS_KEPT_S: i64 = 3_600;
const FORGET_JOBS: &str = "DELETE FROM Jobs WHERE status IN ('Done', 'Killed')";
const FORGET_WORKERS: &str = "DELETE FROM Workers WHERE last_seen < (SELECT MAX(last_seen) FROM Workers) - $1 \
    AND id NOT IN (SELECT lock_by FROM Jobs WHERE lock_by IS NOT NULL)";

/// Why the queues can't be opened.
#[derive(Debug, thiserror::Error)]
#[error("任务队列 {}：{why}", file.display())]
pub struct JobsError {
    file: PathBuf,
    why: String,
}

/// A side effect.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Job {
    /// Takes pending mentions up.
    Analyse,
    /// Empties the outbox of a channel: one that is slow holds up no other.
    Deliver(String),
    /// Deletes what has been kept long enough.
    CleanUp,
    /// Seals the days that are over.
    Seal,
    /// Makes the digest whose time has come.
    Digest,
}

/// A queue, with a worker of its own: a slow source holds up no analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// 分析
    Analyse,
    /// 送达
    Deliver,
    /// 采集
    Collect,
    /// 清理、封存与摘要
    House,
}

impl Queue {
    /// Every queue.
    pub const ALL: [Self; 4] = [Self::Analyse, Self::Deliver, Self::Collect, Self::House];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Analyse => "analyse",
            Self::Deliver => "deliver",
            Self::Collect => "collect",
            Self::House => "house",
        }
    }

    /// The queue of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.name() == name)
    }

    /// Jobs that run side by side.
    const fn concurrency(self) -> usize {
        match self {
            Self::Deliver => DELIVERIES_MAX,
            Self::Analyse | Self::House | Self::Collect => 1,
        }
    }
}

impl Job {
    const fn queue(&self) -> Queue {
        match self {
            Self::Analyse => Queue::Analyse,
            Self::Deliver(_) => Queue::Deliver,
            Self::CleanUp | Self::Seal | Self::Digest => Queue::House,
        }
    }
}

/// The queues of one process.
#[derive(Clone)]
pub(super) struct Jobs {
    pool: SqlitePool,
    /// The queues that this process works on, each with what wakes its worker.
    wakes: Arc<HashMap<Queue, Arc<Notify>>>,
    /// Queued or running, with the ticks that have passed since.
    in_flight: Arc<Mutex<HashMap<Job, u32>>>,
}

/// The file of the job queues beside a database: nothing in it is worth a backup.
pub fn jobs_file(database_url: &str) -> PathBuf {
    match database_url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//")) {
        Some(path) => PathBuf::from(format!("{}-jobs", path.split('?').next().unwrap_or(path))),
        None => PathBuf::from("huiying.db-jobs"),
    }
}

impl Jobs {
    /// Opens the queues that this process works on; the file is made at the first start.
    pub async fn open(file: &Path, queues: &[Queue]) -> Result<Self, JobsError> {
        let fail = |error: &dyn std::fmt::Display| JobsError { file: file.to_owned(), why: error.to_string() };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            // A full disk leaves a connection that the driver takes to be in a transaction for ever.
            .before_acquire(|connection, _| Box::pin(std::future::ready(Ok(!connection.is_in_transaction()))))
            .connect_with(options)
            .await;
        let pool = pool.map_err(|error| fail(&error))?;
        SqliteStorage::migrations().run(&pool).await.map_err(|error| fail(&error))?;
        let wakes = queues.iter().map(|&queue| (queue, Arc::default())).collect();
        Ok(Self { pool, wakes: Arc::new(wakes), in_flight: Arc::default() })
    }

    /// Whether this process works on a queue; what it does not, it leaves to other nodes.
    pub fn works_on(&self, queue: Queue) -> bool {
        self.wakes.contains_key(&queue)
    }

    /// Queues a job unless it is queued or running already, or other nodes' business.
    pub async fn push(&self, job: Job) {
        if !self.works_on(job.queue()) || self.in_flight.lock().insert(job.clone(), 0).is_some() {
            return;
        }
        let queue = job.queue();
        if let Err(error) = self.storage(queue).push(job.clone()).await {
            tracing::warn!(?job, %error, "a job can't be queued; the schedule tries again");
            self.in_flight.lock().remove(&job);
            return;
        }
        if let Some(wake) = self.wakes.get(&queue) {
            wake.notify_one();
        }
    }

    /// A second has passed: jobs that were lost with their worker may be queued anew.
    pub fn tick(&self) {
        self.in_flight.lock().retain(|job, ticks| {
            *ticks += 1;
            if *ticks > LOST_AFTER_TICKS {
                tracing::warn!(?job, "a job has not ended; it may be queued anew");
            }
            *ticks <= LOST_AFTER_TICKS
        });
    }

    /// Deletes jobs that are finished.
    pub async fn vacuum(&self) {
        if let Err(error) = forget_finished(&self.pool).await {
            tracing::warn!(%error, "finished jobs can't be deleted");
        }
    }

    /// Starts a worker for each queue.
    pub fn spawn_workers(&self, running: &mut JoinSet<()>, engine: &Engine, stop: &CancellationToken) {
        // A collection waits for others' servers: it is no job, see `collections.rs`.
        for &queue in self.wakes.keys().filter(|queue| **queue != Queue::Collect) {
            running.spawn(work(self.clone(), queue, engine.clone(), stop.clone()));
        }
    }

    fn storage(&self, queue: Queue) -> SqliteStorage<Job> {
        let config = Config::default()
            .queue(queue.name())
            .batch_size(FETCHED_MAX)
            .heartbeat_interval(HEARTBEAT)
            .persist_results(false)
            .lock_tasks(true);
        SqliteStorage::new(&self.pool).with_config(config)
    }

    /// Wakes a worker: when a job is queued, and every [`POLL`].
    fn wake_ups(&self, queue: Queue) -> BoxStream<'static, ()> {
        let wake = self.wakes.get(&queue).cloned().unwrap_or_default();
        stream::unfold(wake, |wake| async move {
            // Either will do: woken or due.
            let _ = tokio::time::timeout(POLL, wake.notified()).await;
            Some(((), wake))
        })
        .boxed()
    }
}

/// What a handler is given.
#[derive(Clone)]
struct Bench {
    engine: Engine,
    jobs: Jobs,
}

/// Keeps a worker of a queue running until told to stop.
async fn work(jobs: Jobs, queue: Queue, engine: Engine, stop: CancellationToken) {
    let started = engine.clock.now().ms();
    for life in 1u64.. {
        let name = format!("{}-{}-{started}-{life}", queue.name(), std::process::id());
        let backend = jobs.storage(queue).poll_with_stream(jobs.wake_ups(queue));
        let worker = WorkerBuilder::new(name)
            .backend(backend)
            .concurrency(queue.concurrency())
            .data(Bench { engine: engine.clone(), jobs: jobs.clone() })
            .build(handle);
        let stopped = stop.clone();
        let ended = worker.run_until(async move {
            stopped.cancelled().await;
            Ok::<(), std::io::Error>(())
        });
        match ended.await {
            _ if stop.is_cancelled() => return,
            Ok(()) => tracing::warn!(queue = queue.name(), "a worker ended by itself; it is started again"),
            Err(error) => tracing::error!(queue = queue.name(), %error, "a worker ended; it is started again"),
        }
        if tokio::time::timeout(RESTART, stop.cancelled()).await.is_ok() {
            return;
        }
    }
}

/// Runs a job. Always Ok: whatever has to be tried again stands in a row of ours, and the schedule sees it.
async fn handle(job: Job, bench: Data<Bench>) -> Result<(), BoxDynError> {
    let done = AssertUnwindSafe(run(&bench.engine, &job)).catch_unwind().await;
    if done.is_err() {
        tracing::error!(?job, "a job panicked; the schedule tries again");
    }
    bench.jobs.in_flight.lock().remove(&job);
    Ok(())
}

async fn run(engine: &Engine, job: &Job) {
    let now = engine.clock.now();
    let outcome = match job {
        Job::Seal => {
            if let Err(error) = engine.seal(now).await {
                tracing::error!(%error, "a day can't be sealed; the schedule tries again");
            }
            Ok(())
        }
        Job::Analyse => engine.ingest_pending().await.map(|_| ()),
        Job::Deliver(channel) => engine.deliver_by(channel, now).await.map(|_| ()),
        Job::CleanUp => engine.clean_up(now).await.map(|_| ()),
        Job::Digest => engine.digest(now).await.map(|_| ()),
    };
    if let Err(error) = outcome {
        tracing::error!(?job, %error, "a job failed; the schedule tries again");
    }
}

/// apalis' own `vacuum_before` compares whole seconds with a text; these need no clock.
async fn forget_finished(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    sqlx::query(FORGET_JOBS).execute(pool).await?;
    sqlx::query(FORGET_WORKERS).bind(WORKERS_KEPT_S).execute(pool).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_node_queues_only_what_it_works_on() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = Jobs::open(&folder.path().join("jobs"), &[Queue::Deliver]).await.unwrap();
        for job in [Job::Analyse, Job::CleanUp, Job::Seal, Job::Digest, Job::Deliver("mail".to_owned())] {
            jobs.push(job).await;
        }
        let queued: Vec<String> = sqlx::query_scalar("SELECT job_type FROM Jobs").fetch_all(&jobs.pool).await.unwrap();
        assert_eq!(queued, ["deliver"]);
        assert!(!jobs.works_on(Queue::Collect), "no source is claimed that nobody here would collect");
    }

    #[test]
    fn a_queue_is_found_by_its_name() {
        assert!(Queue::ALL.into_iter().all(|queue| Queue::from_name(queue.name()) == Some(queue)));
        assert_eq!(Queue::from_name("sweep"), None);
    }
}
