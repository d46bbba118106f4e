//! Errands (交给后台的事): what a page asked for, done beside everything else. Claimed under a lease that is renewed while it is
//! done; whoever dies with one loses it to the next claim. Doing one twice harms nothing.

mod channel;
mod source;
mod texts;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::{Engine, EngineError};
use crate::domain::errand::{Errand, ErrandResult};
use crate::domain::instant::{Instant, Span};
use crate::store::ErrandRow;

/// Errands that a process does at a time: one that waits for a site holds up no backtest.
const RUNNING_MAX: usize = 3;
/// How long a claim holds without being renewed.
const LEASE: Span = Span::from_secs(60);
/// How often its progress is written.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// Longest time that an errand may take.
const WITHIN: Duration = Duration::from_secs(600);
/// Longest explanation of a failure, in characters.
const WHY_CHARS_MAX: usize = 500;

/// The errands of a process.
#[derive(Clone, Default)]
pub(super) struct Errands {
    running: Arc<AtomicUsize>,
    tasks: TaskTracker,
}

impl Errands {
    /// How many more may be claimed.
    fn room(&self) -> usize {
        RUNNING_MAX.saturating_sub(self.running.load(Ordering::Relaxed))
    }

    fn start(&self, engine: &Engine, row: ErrandRow, stop: &CancellationToken) {
        self.running.fetch_add(1, Ordering::Relaxed);
        let (running, engine, stop) = (self.running.clone(), engine.clone(), stop.clone());
        self.tasks.spawn(async move {
            let id = row.id.clone();
            if let Err(error) = engine.do_errand(row, &stop).await {
                tracing::error!(errand = id, %error, "an errand can't be ended; it is done again");
            }
            running.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Waits until all have ended.
    pub async fn end(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// How far an errand is, 0–100.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<AtomicI64>);

impl Progress {
    /// So much of all is done.
    pub fn at(&self, done: usize, of: usize) {
        let percent = done.saturating_mul(100).checked_div(of.max(1)).unwrap_or(0).min(99);
        self.0.store(i64::try_from(percent).unwrap_or(99), Ordering::Relaxed);
    }
}

impl Engine {
    /// Claims what waits, as far as there is room, and begins it.
    pub(super) async fn start_errands(
        &self,
        errands: &Errands,
        now: Instant,
        stop: &CancellationToken,
    ) -> Result<(), EngineError> {
        if errands.room() == 0 || self.store.open_errand_count().await? == 0 {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        let limit = i64::try_from(errands.room()).unwrap_or(1);
        let rows = tx.claim_errands(now, self.lease_until(now), limit).await?;
        tx.commit().await?;
        for row in rows {
            errands.start(self, row, stop);
        }
        Ok(())
    }

    /// Leases are meant in the wall's time, in a drill too.
    fn lease_until(&self, now: Instant) -> Instant {
        now + Span::from_ms((LEASE.ms() as f64 * self.clock.speed()) as i64)
    }

    async fn do_errand(&self, row: ErrandRow, stop: &CancellationToken) -> Result<(), EngineError> {
        let progress = Progress::default();
        let asked = serde_json::from_str::<Errand>(&row.input).map_err(|error| format!("任务读不出：{error}"));
        let (engine, told_of) = (self.clone(), progress.clone());
        // A task of its own: work that stood still in a transaction while its progress is written would block the database.
        let work = AbortOnDropHandle::new(tokio::spawn(async move {
            match asked {
                Ok(errand) => engine.outcome(errand, &told_of).await,
                Err(error) => Err(error),
            }
        }));
        let work = tokio::time::timeout(WITHIN, work);
        tokio::pin!(work);
        let mut told = tokio::time::interval(TOLD_EVERY);
        let outcome = loop {
            tokio::select! {
                biased;
                // Given up with its lease: the next start does it again.
                () = stop.cancelled() => return Ok(()),
                done = &mut work => break done,
                _ = told.tick() => {
                    let mut tx = self.store.write().await?;
                    let until = self.lease_until(self.clock.now());
                    tx.errand_progress(&row.id, progress.0.load(Ordering::Relaxed), until).await?;
                    tx.commit().await?;
                }
            }
        };
        let outcome = match outcome {
            Ok(Ok(Ok(result))) => serde_json::to_string(&result).map_err(|error| error.to_string()),
            Ok(Ok(Err(why))) => Err(why),
            Ok(Err(_)) => Err("处理时出错，已记入日志".to_owned()),
            Err(_) => Err(format!("超过 {} 分钟没有完成，已放弃", WITHIN.as_secs() / 60)),
        };
        let outcome = outcome.map_err(|why| why.chars().take(WHY_CHARS_MAX).collect::<String>());
        let mut tx = self.store.write().await?;
        let ended = outcome.as_deref().map_err(String::as_str);
        tx.end_errand(&row.id, ended, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Does an errand; what goes wrong is told in Chinese.
    async fn outcome(&self, errand: Errand, progress: &Progress) -> Result<ErrandResult, String> {
        errand.check()?;
        match errand {
            Errand::SourceProposal { url } => self.propose_source(&url).await,
            Errand::SourceTest { text } => self.test_source(&text, progress).await.map(ErrandResult::SourceTest),
            Errand::TryText { title, text, channel, proposed } => {
                self.try_text(title, text, channel, proposed).await.map(ErrandResult::TryText)
            }
            Errand::Backtest { proposed, days } => {
                self.backtest(proposed, days, progress).await.map(ErrandResult::Backtest)
            }
            Errand::ChannelTest { channel, to } => self.test_channel(&channel, to).await,
        }
    }

    /// Does everything that waits, one after another: for tests and for a service without a schedule.
    ///
    /// # Errors
    /// The database's.
    pub async fn do_errands(&self) -> Result<usize, EngineError> {
        let mut done = 0;
        loop {
            let now = self.clock.now();
            let mut tx = self.store.write().await?;
            let rows = tx.claim_errands(now, self.lease_until(now), 1).await?;
            tx.commit().await?;
            let Some(row) = rows.into_iter().next() else { return Ok(done) };
            self.do_errand(row, &CancellationToken::new()).await?;
            done += 1;
        }
    }
}
