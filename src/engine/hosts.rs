//! The pace of hosts, kept in the database: a claim and its return are a transaction each, so that all processes together
//! ask no host faster than one would.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::collect::hosts::{Claim, HostState, Hosts, NoTurn, Outcome, Terms, Turn};
use crate::domain::instant::{Instant, Span};
use crate::store::{HostRow, Store, StoreError};
use crate::time::SharedClock;

/// A host that is left alone no longer than this is waited for.
const WAITED_FOR: Span = Span::from_secs(15);
/// Between two looks at a host that another process is asking.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Hosts whose queues are remembered.
const QUEUES_MAX: usize = 10_000;

/// Hosts, as the database knows them.
pub struct StoreHosts {
    store: Store,
    clock: SharedClock,
    /// Within this process whoever came first is first; the database is asked by one for each place.
    queues: Mutex<HashMap<(String, u32), Arc<Semaphore>>>,
}

impl std::fmt::Debug for StoreHosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreHosts").finish_non_exhaustive()
    }
}

impl StoreHosts {
    /// Those that this database knows, by this clock.
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock, queues: Mutex::default() }
    }

    async fn place(&self, host: &str, connections: u32) -> Option<OwnedSemaphorePermit> {
        let queue = {
            let mut queues = self.queues.lock();
            if queues.len() >= QUEUES_MAX {
                queues.retain(|_, queue| Arc::strong_count(queue) > 1);
            }
            let places = usize::try_from(connections.max(1)).unwrap_or(1);
            queues.entry((host.to_owned(), connections)).or_insert_with(|| Arc::new(Semaphore::new(places))).clone()
        };
        queue.acquire_owned().await.ok()
    }

    async fn claim(&self, host: &str, terms: Terms) -> Result<(Claim, Instant), StoreError> {
        let mut tx = self.store.write().await?;
        let mut state = state(&tx.lock_host(host).await?);
        let now = self.clock.now();
        let claim = state.claim(terms, now);
        if matches!(claim, Claim::At(_)) {
            tx.put_host(&row(host, state)).await?;
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        Ok((claim, now))
    }

    async fn change(&self, host: &str, change: impl FnOnce(&mut HostState, Instant) + Send) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        let mut state = state(&tx.lock_host(host).await?);
        change(&mut state, self.clock.now());
        tx.put_host(&row(host, state)).await?;
        tx.commit().await
    }

    /// Waits by the wall, as long as it takes by this clock.
    async fn wait(&self, span: Span) {
        if span > Span::ZERO {
            let ms = span.ms() as f64 / self.clock.speed();
            pass(Duration::from_millis(ms.ceil() as u64)).await;
        }
    }
}

#[async_trait]
impl Hosts for StoreHosts {
    async fn turn(&self, host: &str, terms: Terms) -> Result<Turn, NoTurn> {
        let place = self.place(host, terms.connections).await;
        loop {
            let (claim, now) = self.claim(host, terms).await.map_err(|error| NoTurn::Unknown(error.to_string()))?;
            match claim {
                Claim::At(at) => {
                    self.wait(at - now).await;
                    return Ok(Turn { host: host.to_owned(), place });
                }
                Claim::Busy => pass(LOOK_AGAIN).await,
                Claim::Closed { until, .. } if until - now <= WAITED_FOR => self.wait(until - now).await,
                Claim::Closed { until, why } => return Err(NoTurn::Closed { until, pause: until - now, why }),
            }
        }
    }

    async fn done(&self, turn: Turn, outcome: Outcome) {
        let given_back = self.change(&turn.host, |state, now| state.release(outcome, now)).await;
        if let Err(error) = given_back {
            tracing::warn!(host = turn.host, %error, "a host can't be given back; its lease ends by itself");
        }
    }

    async fn delay(&self, host: &str, delay: Span) {
        if let Err(error) = self.change(host, |state, _| state.delay = delay).await {
            tracing::warn!(host, %error, "the pause that a host asks for can't be kept");
        }
    }
}

/// Lets time pass at a host's pace.
async fn pass(time: Duration) {
    // Nothing comes: it always ends by its time.
    let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
}

fn state(row: &HostRow) -> HostState {
    HostState {
        last_at: row.last_at,
        busy_until: row.busy_until,
        turns: u32::try_from(row.turns).unwrap_or(0),
        delay: Span::from_ms(row.delay_ms),
        failures: u32::try_from(row.failures).unwrap_or(0),
        closed_until: row.closed_until,
        why: row.why.clone(),
    }
}

fn row(host: &str, state: HostState) -> HostRow {
    HostRow {
        host: host.to_owned(),
        last_at: state.last_at,
        busy_until: state.busy_until,
        turns: i64::from(state.turns),
        delay_ms: state.delay.ms(),
        failures: i64::from(state.failures),
        closed_until: state.closed_until,
        why: state.why,
    }
}
