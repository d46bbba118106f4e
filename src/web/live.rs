//! Live changes: follows the database, also what other processes write, and tells every open page which incident or
//! official post moved, and every page of a user that what they may see has changed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::StreamExt;
use parking_lot::Mutex;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::presence::Present;
use crate::acts::{incident_of, post_of};
use crate::domain::administration::{ADMIN_STREAM, AdminEvent};
use crate::domain::ids::{IncidentId, PostId, UserId};
use crate::store::{Changes, Store, StoreError, StreamHead};

/// Changes that a slow page may fall behind; one that falls further is closed, comes back and fetches anew.
const BACKLOG_CHANGES_MAX: usize = 1024;
/// Incidents looked up at once.
const CONCURRENT_LOOKUPS_MAX: usize = 4;
/// Incidents of which is remembered what was told last.
const REMEMBERED_INCIDENTS_MAX: usize = 10_000;
/// Events of the administration read at once; beyond it every page asks anew whether it may go on.
const ADMIN_EVENTS_MAX: i64 = 500;

/// What moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// An incident.
    Incident {
        /// Which.
        incident: IncidentId,
        /// Its version now.
        version: i64,
        /// Who may see it, and who could until just now: their pages let go of it. Named as `Viewpoint::keys` does.
        viewers: Arc<BTreeSet<String>>,
    },
    /// An official post, which everybody sees.
    Post {
        /// Which.
        post: PostId,
        /// Number of its last event.
        version: i64,
    },
    /// Who has an incident open.
    Presence {
        /// Which.
        incident: IncidentId,
        /// Who.
        people: Arc<Vec<Present>>,
    },
    /// What these users may do, or whether they are logged in: their pages ask anew.
    Access(Arc<BTreeSet<UserId>>),
    /// The database was out of sight for a while: nobody knows what moved.
    Unknown,
}

/// Where pages listen.
#[derive(Clone, Debug)]
pub struct Live {
    sender: broadcast::Sender<Moved>,
    /// Number of the administration's last event that was told.
    administration: Arc<AtomicI64>,
    /// The version of each incident that was told of last.
    versions: Arc<Mutex<HashMap<IncidentId, i64>>>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            sender: broadcast::Sender::new(BACKLOG_CHANGES_MAX),
            administration: Arc::default(),
            versions: Arc::default(),
        }
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
        let mut again = false;
        while !stop.is_cancelled() {
            let followed = stop.run_until_cancelled(self.follow_once(&store, again)).await;
            again = true;
            if let Some(Err(error)) = followed {
                tracing::warn!(%error, "live changes: connection lost, trying again");
                self.send(Moved::Unknown);
                let pause = std::time::Duration::from_secs(1);
                // Nothing else to wait for: the pause ends by time or by the stop.
                let _ = tokio::time::timeout(pause, stop.cancelled()).await;
            }
        }
    }

    async fn follow_once(&self, store: &Store, again: bool) -> Result<(), StoreError> {
        let mut watch = store.watch().await?;
        let seq = store.stream(ADMIN_STREAM).await?.map_or(0, |stream| stream.seq);
        self.administration.store(seq, Ordering::Relaxed);
        if again {
            // Pages that came while nothing was followed missed what happened then.
            self.send(Moved::Unknown);
        }
        loop {
            let changes = watch.changed().await?;
            self.tell(store, changes).await?;
        }
    }

    /// Tells the pages of those who see all cases who has one of them open.
    pub fn tell_presence(&self, incident: IncidentId, people: Arc<Vec<Present>>) {
        self.send(Moved::Presence { incident, people });
    }

    fn send(&self, moved: Moved) {
        // Without a listener there is nobody to tell.
        let _ = self.sender.send(moved);
    }

    async fn tell(&self, store: &Store, changes: Changes) -> Result<(), StoreError> {
        if changes.lost {
            self.send(Moved::Unknown);
        }
        let (administration, others): (Vec<_>, Vec<_>) =
            changes.streams.into_iter().partition(|head| head.stream == ADMIN_STREAM);
        // First: whoever may see less from now on is told nothing more.
        if !administration.is_empty() {
            self.tell_access(store).await?;
        }
        if self.sender.receiver_count() == 0 {
            return Ok(());
        }
        let grown = futures::stream::iter(others);
        let mut moved = grown.map(|head| self.look_up(store, head)).buffered(CONCURRENT_LOOKUPS_MAX);
        while let Some(moved) = moved.next().await {
            if let Some(moved) = moved? {
                self.send(moved);
            }
        }
        Ok(())
    }

    /// Tells whose log-in or rights the administration's new events are about.
    async fn tell_access(&self, store: &Store) -> Result<(), StoreError> {
        let told = self.administration.load(Ordering::Relaxed);
        let events = store.events_since(ADMIN_STREAM, told, ADMIN_EVENTS_MAX).await?;
        let Some(last) = events.last() else { return Ok(()) };
        self.administration.store(last.seq, Ordering::Relaxed);
        if events.len() as i64 == ADMIN_EVENTS_MAX {
            self.send(Moved::Unknown);
            return Ok(());
        }
        let read = |body: &str| serde_json::from_str::<AdminEvent>(body).ok()?.changes_access_of().cloned();
        let users: BTreeSet<UserId> = events.iter().filter_map(|event| read(&event.body)).collect();
        if !users.is_empty() {
            self.send(Moved::Access(Arc::new(users)));
        }
        Ok(())
    }

    async fn look_up(&self, store: &Store, head: StreamHead) -> Result<Option<Moved>, StoreError> {
        if let Some(post) = post_of(&head.stream) {
            return Ok(Some(Moved::Post { post, version: head.seq }));
        }
        let Some(id) = incident_of(&head.stream) else { return Ok(None) };
        let Some(row) = store.incident(&id).await? else { return Ok(None) };
        let before = self.told_before(&id, row.version).unwrap_or(row.version - 1);
        let viewers = Arc::new(store.viewers_after(&id, before).await?);
        Ok(Some(Moved::Incident { incident: id, version: row.version, viewers }))
    }

    /// The version that was told before this one, if any is remembered.
    fn told_before(&self, id: &IncidentId, version: i64) -> Option<i64> {
        let mut versions = self.versions.lock();
        if versions.len() >= REMEMBERED_INCIDENTS_MAX {
            versions.clear();
        }
        versions.insert(id.clone(), version)
    }
}
