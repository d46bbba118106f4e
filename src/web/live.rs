//! Live changes: follows the database, also what other processes write, and tells every open page which incident moved.

use std::sync::Arc;

use futures::StreamExt;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::domain::ids::{BodyId, IncidentId};
use crate::store::{Changes, Store, StoreError};

/// Changes that a slow page may fall behind; one that falls further is closed, comes back and fetches anew.
const BACKLOG_CHANGES_MAX: usize = 1024;
/// Streams that are incidents are called so.
const INCIDENT_STREAM: &str = "incident/";
/// Incidents looked up at once.
const CONCURRENT_LOOKUPS_MAX: usize = 4;

/// An incident that moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub incident: IncidentId,
    /// Its version now.
    pub version: i64,
    /// Bodies that have or had a task in it.
    pub bodies: Arc<[BodyId]>,
}

impl Moved {
    /// Whether it is told to someone who sees only that body's cases.
    pub fn concerns(&self, visible_to: Option<&BodyId>) -> bool {
        visible_to.is_none_or(|body| self.bodies.contains(body))
    }
}

/// Where pages listen.
#[derive(Clone, Debug)]
pub struct Live {
    sender: broadcast::Sender<Moved>,
}

impl Default for Live {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG_CHANGES_MAX) }
    }
}

impl Live {
    /// From now on.
    pub fn listen(&self) -> broadcast::Receiver<Moved> {
        self.sender.subscribe()
    }

    /// Pages that listen.
    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Follows the database until told to stop; a lost connection is made anew.
    pub async fn follow(self, store: Store, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let followed = stop.run_until_cancelled(self.follow_once(&store)).await;
            if let Some(Err(error)) = followed {
                tracing::warn!(%error, "live changes: connection lost, trying again");
                let pause = std::time::Duration::from_secs(1);
                // Nothing else to wait for: the pause ends by time or by the stop.
                let _ = tokio::time::timeout(pause, stop.cancelled()).await;
            }
        }
    }

    async fn follow_once(&self, store: &Store) -> Result<(), StoreError> {
        let mut watch = store.watch().await?;
        loop {
            let changes = watch.changed().await?;
            self.tell(store, changes).await?;
        }
    }

    async fn tell(&self, store: &Store, changes: Changes) -> Result<(), StoreError> {
        if self.sender.receiver_count() == 0 {
            return Ok(());
        }
        let incidents = changes.streams.iter().filter_map(|head| head.stream.strip_prefix(INCIDENT_STREAM));
        let incidents: Vec<IncidentId> = incidents.map(IncidentId::from).collect();
        let mut moved = futures::stream::iter(incidents).map(|id| look_up(store, id)).buffered(CONCURRENT_LOOKUPS_MAX);
        while let Some(moved) = moved.next().await {
            if let Some(moved) = moved? {
                // Without a listener there is nobody to tell.
                let _ = self.sender.send(moved);
            }
        }
        Ok(())
    }
}

async fn look_up(store: &Store, id: IncidentId) -> Result<Option<Moved>, StoreError> {
    let Some(row) = store.incident(&id).await? else { return Ok(None) };
    let tasks = store.tasks(&id).await?;
    let bodies = tasks.into_iter().map(|task| task.department).collect();
    Ok(Some(Moved { incident: id, version: row.version, bodies }))
}
