//! The check of the whole record that an auditor asks for on a page (核验): one at a time, in the background, its result
//! kept until the next or until this process ends. It compares and changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use utoipa::ToSchema;

use crate::acts::{check_seals, verify};
use crate::domain::instant::Instant;
use crate::store::Store;
use crate::time::SharedClock;

/// Findings that are named on the page; the others are counted.
const NAMED_MAX: usize = 200;

/// How a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 正在核验
    Running,
    /// 通过
    Sound,
    /// 不通过
    Broken,
    /// Could not be finished.
    Failed,
}

/// A check of the record.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Check {
    /// How it stands.
    pub standing: Standing,
    /// Who asked, by name.
    pub by: String,
    /// When it began.
    pub began_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Streams walked so far.
    pub streams: u64,
    /// Events whose hash was computed anew.
    pub events: u64,
    /// Clocks rebuilt and compared.
    pub clocks: u64,
    /// Seals read.
    pub seals: u64,
    /// Mentions whose words were hashed anew.
    pub mentions: u64,
    /// Pieces of sealed evidence.
    pub evidence: u64,
    /// What does not hold; at most 200 are named.
    pub broken: Vec<String>,
    /// How much does not hold.
    pub broken_count: usize,
    /// What is odd and holds all the same.
    pub noted: Vec<String>,
}

/// The latest check.
#[derive(Clone, Debug, Default)]
pub struct Verifying(Arc<Mutex<Option<Check>>>);

impl Verifying {
    /// The latest check, running or ended.
    pub fn latest(&self) -> Option<Check> {
        self.0.lock().clone()
    }

    /// Begins one, unless one runs; false then.
    pub fn begin(&self, store: Store, seals: PathBuf, by: String, clock: SharedClock) -> bool {
        let mut latest = self.0.lock();
        if latest.as_ref().is_some_and(|check| check.standing == Standing::Running) {
            return false;
        }
        *latest = Some(Check {
            standing: Standing::Running,
            by,
            began_at: clock.now(),
            ended_at: None,
            streams: 0,
            events: 0,
            clocks: 0,
            seals: 0,
            mentions: 0,
            evidence: 0,
            broken: Vec::new(),
            broken_count: 0,
            noted: Vec::new(),
        });
        drop(latest);
        tokio::spawn(self.clone().run(store, seals, clock));
        true
    }

    async fn run(self, store: Store, seals: PathBuf, clock: SharedClock) {
        let walked = |streams| self.change(|check| check.streams = streams);
        let found = verify(&store, walked).await.map_err(|error| error.to_string());
        let sealed = check_seals(&store, &seals).await.map_err(|error| error.to_string());
        let at = clock.now();
        self.change(|check| {
            check.ended_at = Some(at);
            match (found, sealed) {
                (Ok(found), Ok(sealed)) => {
                    (check.streams, check.events, check.clocks) = (found.streams, found.events, found.clocks);
                    (check.mentions, check.evidence) = (found.mentions, found.evidence);
                    check.seals = sealed.seals;
                    let mut broken = found.broken;
                    broken.extend(sealed.broken);
                    check.standing = if broken.is_empty() { Standing::Sound } else { Standing::Broken };
                    check.broken_count = broken.len();
                    broken.truncate(NAMED_MAX);
                    check.broken = broken;
                    check.noted = found.noted;
                    check.noted.truncate(NAMED_MAX);
                }
                (found, sealed) => {
                    check.standing = Standing::Failed;
                    check.broken = found.err().into_iter().chain(sealed.err()).collect();
                    check.broken_count = check.broken.len();
                }
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Check)) {
        if let Some(check) = self.0.lock().as_mut() {
            change(check);
        }
    }
}
