//! Live changes: follows the database, also what other processes write, and tells every open page which incident or
//! official post moved.

use std::sync::Arc;

use futures::StreamExt;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::acts::{incident_of, post_of};
use crate::domain::ids::{BodyId, IncidentId, PostId};
use crate::store::{Changes, Store, StoreError, StreamHead};

/// Changes that a slow page may fall behind; one that falls further is closed, comes back and fetches anew.
const BACKLOG_CHANGES_MAX: usize = 1024;
/// Incidents looked up at once.
const CONCURRENT_LOOKUPS_MAX: usize = 4;

/// What moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// An incident.
    Incident {
        /// Which.
        incident: IncidentId,
        /// Its version now.
        version: i64,
        /// Bodies that have or had a task in it.
        bodies: Arc<[BodyId]>,
    },
    /// An official post, which everybody sees.
    Post {
        /// Which.
        post: PostId,
        /// Number of its last event.
        version: i64,
    },
}

impl Moved {
    /// Whether it is told to someone who sees only that body's cases.
    pub fn concerns(&self, visible_to: Option<&BodyId>) -> bool {
        match self {
            Self::Incident { bodies, .. } => visible_to.is_none_or(|body| bodies.contains(body)),
            Self::Post { .. } => true,
        }
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
        let grown = futures::stream::iter(changes.streams);
        let mut moved = grown.map(|head| look_up(store, head)).buffered(CONCURRENT_LOOKUPS_MAX);
        while let Some(moved) = moved.next().await {
            if let Some(moved) = moved? {
                // Without a listener there is nobody to tell.
                let _ = self.sender.send(moved);
            }
        }
        Ok(())
    }
}

async fn look_up(store: &Store, head: StreamHead) -> Result<Option<Moved>, StoreError> {
    if let Some(post) = post_of(&head.stream) {
        return Ok(Some(Moved::Post { post, version: head.seq }));
    }
    let Some(id) = incident_of(&head.stream) else { return Ok(None) };
    let Some(row) = store.incident(&id).await? else { return Ok(None) };
    let tasks = store.tasks(&id).await?;
    let bodies = tasks.into_iter().map(|task| task.department).collect();
    Ok(Some(Moved::Incident { incident: id, version: row.version, bodies }))
}
