//! The schedule (调度): looks at our rows and queues what is due. Woken by every commit, and every second.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::collections::Collections;
use super::errands::Errands;
use super::jobs::{Job, Jobs, Queue};
use super::{Engine, EngineError};
use crate::acts::next_seal_at;
use crate::domain::instant::{Instant, Span};

/// The longest time between two looks.
const TICK: Duration = Duration::from_secs(1);
/// Looks between two deletions of finished jobs.
const VACUUM_EVERY_TICKS: u64 = 600;
/// Between two clean-ups.
const CLEAN_UP_EVERY: Span = Span::from_hours(24);
/// Between two looks for a day to seal, or for a digest that failed.
const LOOK_AGAIN: Span = Span::from_minutes(10);
/// Where the instant of the next clean-up is kept.
const CLEAN_UP_NEXT: &str = "schedule.clean_up_next_at";

/// Queues what is due, until told to stop.
pub(super) async fn run(engine: Engine, jobs: Jobs, stop: CancellationToken) {
    let (collections, errands) = (Collections::default(), Errands::default());
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut watch = engine.store.watch().await.ok();
    let mut ticks: u64 = 0;
    let (mut seal_at, mut digest_at) = (Instant::from_ms(0), Instant::from_ms(0));
    loop {
        let changed = async {
            match &mut watch {
                Some(watch) => watch.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // First: what is claimed after the stop would be claimed for nobody.
            biased;
            () = stop.cancelled() => {
                errands.end().await;
                return collections.end().await;
            }
            _ = tick.tick() => {
                ticks += 1;
                jobs.tick();
                if ticks.is_multiple_of(VACUUM_EVERY_TICKS) {
                    jobs.vacuum().await;
                }
                if watch.is_none() {
                    watch = engine.store.watch().await.ok();
                }
            }
            changed = changed => {
                if let Err(error) = changed {
                    tracing::warn!(%error, "changes are looked for every second only");
                    watch = None;
                }
            }
        }
        let now = engine.clock.now();
        let queued = async {
            engine.queue_due(&jobs, now).await?;
            if jobs.works_on(Queue::House) {
                engine.start_errands(&errands, now, &stop).await?;
            }
            engine.collect_what_is_due(&jobs, &collections, now, &stop).await?;
            engine.queue_digest(&jobs, &mut digest_at, now).await;
            engine.queue_seal(&jobs, &mut seal_at, now).await
        };
        if let Err(error) = queued.await {
            tracing::error!(%error, "what is due can't be read; tried again in a second");
        }
    }
}

impl Engine {
    async fn queue_due(&self, jobs: &Jobs, now: Instant) -> Result<(), EngineError> {
        if self.store.pending_mention_count().await? > 0 || self.store.waiting_version_count(now).await? > 0 {
            jobs.push(Job::Analyse).await;
        }
        for (channel, due) in self.store.next_outbox_by_channel().await? {
            if due <= now {
                jobs.push(Job::Deliver(channel)).await;
            }
        }
        if jobs.works_on(Queue::House) && self.clean_up_is_due(now).await? {
            jobs.push(Job::CleanUp).await;
        }
        Ok(())
    }

    async fn collect_what_is_due(
        &self,
        jobs: &Jobs,
        collections: &Collections,
        now: Instant,
        stop: &CancellationToken,
    ) -> Result<(), EngineError> {
        if self.options.collect.enabled && jobs.works_on(Queue::Collect) {
            for source in self.claim_due_sources(now, collections.room()).await? {
                collections.start(self, source, stop);
            }
        }
        Ok(())
    }

    /// Queues the seal when a day is over; a failed or missed one is looked for again.
    async fn queue_seal(&self, jobs: &Jobs, at: &mut Instant, now: Instant) -> Result<(), EngineError> {
        if self.seals.is_none() || now < *at {
            return Ok(());
        }
        let next = next_seal_at(&self.store).await?;
        if next.is_some_and(|next| next <= now) {
            jobs.push(Job::Seal).await;
        }
        *at = next.unwrap_or(now).max(now + LOOK_AGAIN);
        Ok(())
    }

    /// Queues the digest when its time has come; the job itself knows whether it was made already.
    async fn queue_digest(&self, jobs: &Jobs, at: &mut Instant, now: Instant) {
        let Some(times) = &self.digests else { return };
        // Also where the clock was put back since.
        if now >= *at || *at - now > LOOK_AGAIN {
            jobs.push(Job::Digest).await;
            *at = times.next(now).map_or(now + LOOK_AGAIN, |next| next.min(now + LOOK_AGAIN));
        }
    }

    /// Whether a day has passed since the last clean-up; if so, writes when the next one is due.
    async fn clean_up_is_due(&self, now: Instant) -> Result<bool, EngineError> {
        let next = self.store.meta(CLEAN_UP_NEXT).await?.and_then(|next| next.parse::<Instant>().ok());
        if next.is_some_and(|next| now < next) {
            return Ok(false);
        }
        let mut tx = self.store.write().await?;
        tx.put_meta(CLEAN_UP_NEXT, &(now + CLEAN_UP_EVERY).to_string()).await?;
        tx.commit().await?;
        Ok(true)
    }
}
