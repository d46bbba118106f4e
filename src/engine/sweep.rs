//! The sweep (时限扫描): fires what is due. It holds no queue and no flag: what is due is a question to the database, and
//! `unique(stream, seq)` decides between two that ask it. Killed anywhere, the next one asks again.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Engine, EngineError};
use crate::acts::{ActError, incident_of, post_of};
use crate::domain::actor::Actor;
use crate::domain::incident::{Command, next_due};
use crate::domain::instant::{Instant, Span};
use crate::domain::official_post::{self, PostCommand};
use crate::store::{DueStream, StoreError, Tx};

/// Incidents settled in one transaction.
const BATCH_STREAMS: i64 = 500;
/// Longest wait between two looks: another process may have added a clock.
const WAIT_MAX_MS: f64 = 250.0;
/// Wait after the database failed.
const WAIT_AFTER_ERROR: Duration = Duration::from_secs(1);

/// Wait while something that is due is another node's, or can't be settled.
const WAIT_HELD: Duration = Duration::from_millis(250);
/// Wait while the machine's clock is unsteady.
const WAIT_UNSTEADY: Duration = Duration::from_millis(250);

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Incidents settled.
    pub settled: usize,
    /// Events that they gave.
    pub events: usize,
    /// Incidents that could not be settled: each rests, longer each time, and is named in an alarm until it can.
    pub failed: usize,
}

/// What was settled together.
struct Taken {
    streams: BTreeSet<String>,
    events: usize,
}

impl Engine {
    /// Fires every timer whose instant lies before `before`, recorded at `now`.
    ///
    /// # Errors
    /// The database's; what was committed before it stays fired.
    pub async fn sweep(&self, before: Instant, now: Instant) -> Result<Swept, EngineError> {
        let mut swept = Swept::default();
        let mut failed: BTreeSet<String> = BTreeSet::new();
        loop {
            let limit = BATCH_STREAMS + i64::try_from(failed.len()).unwrap_or(0);
            let due = self.store.due_streams(before, limit).await?;
            let due: Vec<DueStream> = due.into_iter().filter(|due| !failed.contains(&due.stream)).collect();
            if due.is_empty() {
                swept.failed = failed.len();
                return Ok(swept);
            }
            tracing::trace!(target: "huiying::step", "due");
            self.acts.know_accounts().await?;
            match self.settle_together(&due, before, now).await {
                Ok(taken) => {
                    swept.settled += taken.streams.len();
                    swept.events += taken.events;
                    // What another node has is not waited for: it may stand still. The next sweep asks again.
                    let names = due.into_iter().map(|due| due.stream);
                    failed.extend(names.filter(|stream| !taken.streams.contains(stream)));
                }
                Err(ActError::Store(error)) if gone(&error) => return Err(error.into()),
                // One of them spoils the batch: it is found, and the others fire.
                Err(_) => self.settle_each(&due, before, now, &mut swept, &mut failed).await?,
            }
        }
    }

    /// Settles all that no other node has in one transaction, or none. No savepoints: that is two statements saved for
    /// each.
    async fn settle_together(&self, due: &[DueStream], before: Instant, now: Instant) -> Result<Taken, ActError> {
        let mut tx = self.store.write().await?;
        let names: Vec<String> = due.iter().map(|due| due.stream.clone()).collect();
        let locked = tx.lock_streams(&names).await?;
        let mut events = 0;
        // Another node may have settled some since they were read.
        for (stream, _) in locked.iter().filter(|(_, next_at)| next_at.is_some_and(|at| at < before)) {
            events += self.settle(&mut tx, stream, before, now).await?;
        }
        for due in
            due.iter().filter(|due| due.tries.is_some() && locked.iter().any(|(stream, _)| *stream == due.stream))
        {
            self.recovered(&mut tx, &due.stream).await?;
        }
        commit(tx).await?;
        Ok(Taken { streams: locked.into_iter().map(|(stream, _)| stream).collect(), events })
    }

    /// Settles each under a savepoint of its own, so that those that can't be settled stop no other.
    async fn settle_each(
        &self,
        due: &[DueStream],
        before: Instant,
        now: Instant,
        swept: &mut Swept,
        failed: &mut BTreeSet<String>,
    ) -> Result<(), EngineError> {
        let mut tx = self.store.write().await?;
        let names: Vec<String> = due.iter().map(|due| due.stream.clone()).collect();
        let locked: BTreeSet<String> = tx.lock_streams(&names).await?.into_iter().map(|(stream, _)| stream).collect();
        failed.extend(names.into_iter().filter(|stream| !locked.contains(stream)));
        for DueStream { stream, tries, .. } in due.iter().filter(|due| locked.contains(&due.stream)) {
            let savepoint = tx.savepoint().await?;
            match self.settle(&mut tx, stream, before, now).await {
                Ok(events) => {
                    tx.release(savepoint).await?;
                    swept.settled += 1;
                    swept.events += events;
                    if tries.is_some() {
                        self.recovered(&mut tx, stream).await?;
                    }
                }
                Err(ActError::Store(error)) if gone(&error) => return Err(error.into()),
                Err(error) => {
                    tx.rollback_to(savepoint).await?;
                    if error.is_conflict() {
                        tracing::debug!(%stream, %error, "in another's hands; tried again by the next sweep");
                    } else {
                        let tries = tries.unwrap_or_default();
                        if tries == 0 {
                            tracing::error!(%stream, %error, "can't be settled; it rests and is tried again");
                        }
                        tx.put_stuck(stream, tries, &error.to_string(), now).await?;
                    }
                    failed.insert(stream.clone());
                }
            }
        }
        Ok(commit(tx).await?)
    }

    async fn recovered(&self, tx: &mut Tx, stream: &str) -> Result<(), StoreError> {
        tracing::info!(%stream, "can be settled again");
        tx.delete_stuck(stream).await
    }

    async fn settle(&self, tx: &mut Tx, stream: &str, before: Instant, now: Instant) -> Result<usize, ActError> {
        if let Some(incident) = incident_of(stream) {
            let command = Command::Settle { before };
            let acted = self.acts.act_in(tx, &incident, &command, &Actor::System, None, now).await?;
            let next = next_due(&acted.state, &self.rules.load().office);
            return moved(stream, acted.events.len(), next, before);
        }
        if let Some(post) = post_of(stream) {
            let command = PostCommand::Settle { before };
            let acted = self.acts.act_on_post_in(tx, &post, &command, &Actor::System, now).await?;
            return moved(stream, acted.events.len(), official_post::next_due(&acted.state), before);
        }
        Err(ActError::State { stream: stream.to_owned(), why: "本版本不认识这类记录".to_owned() })
    }

    /// One step of a player that knows that no act of this instant can follow: fires what is due up to and at `now`, and
    /// gives the next instant at which something will fire.
    ///
    /// # Errors
    /// The database's.
    pub async fn step(&self, now: Instant) -> Result<Option<Instant>, EngineError> {
        self.sweep(now + Span::from_ms(1), now).await?;
        Ok(self.store.next_due().await?)
    }

    /// Age of the oldest timer that should have fired: zero when the sweep keeps up. The health check and its metric. A stream
    /// that can't be settled has an alarm of its own, and hides none of the others here.
    ///
    /// # Errors
    /// The database's.
    pub async fn oldest_unfired(&self, now: Instant) -> Result<Span, EngineError> {
        Ok(self.store.next_due().await?.map_or(Span::ZERO, |due| (now - due).max(Span::ZERO)))
    }
}

/// What was fired; nothing, while something is still due, would be asked for ever.
fn moved(stream: &str, fired: usize, next: Option<Instant>, before: Instant) -> Result<usize, ActError> {
    match next.filter(|next| fired == 0 && *next < before) {
        None => Ok(fired),
        Some(next) => Err(ActError::State {
            stream: stream.to_owned(),
            why: format!("{next} 到期的事项没有触发任何记录"),
        }),
    }
}

/// Whether the database is out of reach for a while, so that asking again at once is no use.
fn gone(error: &StoreError) -> bool {
    error.is_passing() && !error.is_conflict()
}

async fn commit(tx: Tx) -> Result<(), StoreError> {
    tracing::trace!(target: "huiying::step", "fired");
    tx.commit().await?;
    tracing::trace!(target: "huiying::step", "firing committed");
    Ok(())
}

/// Takes turns until told to stop, sleeping until the next due instant.
pub(super) async fn run(engine: Engine, stop: CancellationToken) {
    loop {
        let wait = match engine.turn().await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(%error, "the sweep failed; tried again in a second");
                WAIT_AFTER_ERROR
            }
        };
        if tokio::time::timeout(wait, stop.cancelled()).await.is_ok() {
            return;
        }
    }
}

impl Engine {
    /// One turn of the sweep: fires what is due, and says how long to wait before the next. While the clock is unsteady
    /// nothing fires: what is due then fires when it has been steady for a while (`domain.md` §5 item 19).
    ///
    /// # Errors
    /// The database's; what was committed before it stays fired, the next turn fires the rest.
    pub async fn turn(&self) -> Result<Duration, EngineError> {
        // Asked after the reading that firing rests on, so that no jump lies between the two.
        let now = self.clock.now();
        if self.clock.jump().is_some() {
            return Ok(WAIT_UNSTEADY);
        }
        if self.sweep(now, now).await?.failed > 0 {
            return Ok(WAIT_HELD);
        }
        Ok(self.until_next(now).await)
    }

    async fn until_next(&self, now: Instant) -> Duration {
        let next = [self.store.next_due().await, self.store.next_try().await];
        let next = next.into_iter().filter_map(|next| next.ok().flatten()).min();
        let left_ms = next.map_or(WAIT_MAX_MS, |due| (due - now).ms() as f64 / self.clock.speed());
        // One more millisecond: a breach needs now > due.
        Duration::from_secs_f64((left_ms + 1.0).clamp(1.0, WAIT_MAX_MS) / 1000.0)
    }
}
