//! Collections under way (采集中): a task for each source that is due. A task that waits, for a host's turn or for a slow
//! answer, holds nothing that another needs; what is scarce (a host, memory, the parser) is taken only while it is used.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Engine, EngineError};

/// Sources that a process collects at a time: far more than an office has, and each costs little while it waits.
const COLLECTIONS_MAX: usize = 1_000;

/// The collections of a process.
#[derive(Clone, Default)]
pub(super) struct Collections {
    sources: Arc<Mutex<BTreeSet<String>>>,
    tasks: TaskTracker,
}

impl Collections {
    /// How many more sources may be claimed.
    pub fn room(&self) -> usize {
        COLLECTIONS_MAX.saturating_sub(self.sources.lock().len())
    }

    /// Collects a source that was claimed, until it is done or everything ends.
    pub fn start(&self, engine: &Engine, source: String, stop: &CancellationToken) {
        if !self.sources.lock().insert(source.clone()) {
            return;
        }
        let (sources, engine, stop) = (self.sources.clone(), engine.clone(), stop.clone());
        self.tasks.spawn(async move {
            let done = AssertUnwindSafe(collect(&engine, &source, &stop)).catch_unwind().await;
            match done {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(source, %error, "a collection failed; the schedule tries again"),
                Err(_) => tracing::error!(source, "a collection panicked; the schedule tries again"),
            }
            sources.lock().remove(&source);
        });
    }

    /// Waits until all have ended.
    pub async fn end(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// A run waits for other people's servers: when the process is to end it is broken off, and the source given back.
async fn collect(engine: &Engine, source: &str, stop: &CancellationToken) -> Result<(), EngineError> {
    tokio::select! {
        biased;
        () = stop.cancelled() => engine.give_back_source(source).await,
        done = engine.collect_claimed(source) => done.map(|_| ()),
    }
}
