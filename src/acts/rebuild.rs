//! What an auditor runs (`huiying verify`): every chain walked from its first event, every incident, official post and clock
//! rebuilt from the events and compared with what the tables say.

use std::collections::BTreeMap;

use crate::domain::audit::GENESIS;
use crate::domain::ids::IncidentId;
use crate::domain::incident::{Clock, Event, Incident, evolve};
use crate::domain::instant::Instant;
use crate::domain::official_post::{self, OfficialPost, PostEvent};
use crate::store::{ClockRow, EventRow, Store, StoreError, StoredStream};

use super::{INCIDENT, POST, incident_of, post_of, project};

/// Streams walked at once, in one snapshot of the database.
const PAGE_STREAMS: i64 = 100;
/// Streams without a state that are named.
const LOST_MAX: i64 = 500;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// Streams walked.
    pub streams: u64,
    /// Events whose hash was computed anew.
    pub events: u64,
    /// Clocks rebuilt and compared.
    pub clocks: u64,
    /// What does not hold, in words.
    pub broken: Vec<String>,
}

/// A stream while it is walked.
#[derive(Default)]
struct Walk {
    seq: i64,
    head: String,
    incident: Option<Incident>,
    post: Option<OfficialPost>,
}

/// Walks every stream from its first event and compares what follows from them with what is stored. Each page of streams is
/// read as of one moment, so that a service at work disturbs nothing, and memory does not grow with the record.
///
/// # Errors
/// The database's. What does not hold is in [`Verification::broken`].
pub async fn verify(store: &Store) -> Result<Verification, StoreError> {
    let mut found = Verification::default();
    let mut after = String::new();
    loop {
        let mut moment = store.snapshot().await?;
        let page = moment.streams_after(&after, PAGE_STREAMS).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.stream);
        let names: Vec<&str> = page.iter().map(|stored| stored.stream.as_str()).collect();
        let events = moment.events_of(&names).await?;
        let clocks = moment.clocks_of(&names).await?;
        moment.rollback().await?;
        let mut walks: BTreeMap<&str, Walk> = BTreeMap::new();
        for row in &events {
            walks.entry(&row.stream).or_default().step(row, &mut found);
        }
        let mut tables: BTreeMap<&str, Vec<&ClockRow>> = BTreeMap::new();
        for row in &clocks {
            tables.entry(&row.stream).or_default().push(row);
        }
        for stored in &page {
            let walk = walks.remove(stored.stream.as_str()).unwrap_or_default();
            let table = tables.remove(stored.stream.as_str()).unwrap_or_default();
            walk.compare(stored, &table, &mut found);
        }
    }
    for lost in store.lost_streams(LOST_MAX).await? {
        found.broken.push(format!("{lost}：有记录而没有当前状态"));
    }
    Ok(found)
}

impl Walk {
    /// Takes the next event: checks its place in the chain, and lets the state follow.
    fn step(&mut self, row: &EventRow, found: &mut Verification) {
        found.events += 1;
        let previous = if self.seq == 0 { GENESIS } else { self.head.as_str() };
        if row.seq != self.seq + 1 {
            let due = self.seq + 1;
            found.broken.push(format!("{}：第 {} 条之后应为 {due}，却是 {}", row.stream, self.seq, row.seq));
        }
        if !row.holds(previous) {
            found.broken.push(format!("{} 第 {} 条：哈希与内容或前一条不符", row.stream, row.seq));
        }
        self.seq = row.seq;
        self.head.clone_from(&row.hash);
        let unreadable = if let Some(id) = incident_of(&row.stream) {
            let before = self.incident.take().unwrap_or_else(|| Incident { id, ..Incident::default() });
            let event = serde_json::from_str::<Event>(&row.body);
            event.map(|event| self.incident = Some(evolve(before, row.at, &event)))
        } else if let Some(id) = post_of(&row.stream) {
            let before = self.post.take().unwrap_or_else(|| OfficialPost { id, ..OfficialPost::default() });
            let event = serde_json::from_str::<PostEvent>(&row.body);
            event.map(|event| self.post = Some(official_post::evolve(before, row.at, &event)))
        } else {
            Ok(())
        };
        if let Err(error) = unreadable {
            found.broken.push(format!("{} 第 {} 条读不出：{error}", row.stream, row.seq));
        }
    }

    /// Compares where the walk ended with what is stored.
    fn compare(self, stored: &StoredStream, table: &[&ClockRow], found: &mut Verification) {
        found.streams += 1;
        if self.seq != stored.seq || self.head != stored.head {
            let (at, walked) = (stored.seq, self.seq);
            found.broken.push(format!("{}：当前状态停在第 {at} 条，记录有 {walked} 条", stored.stream));
        }
        if stored.kind == INCIDENT {
            let rebuilt = self.incident.unwrap_or_default();
            same_state(stored, &rebuilt, found);
            compare_clocks(stored, Some(&rebuilt.id), &rebuilt.clocks, rebuilt.settled_at, table, found);
        } else if stored.kind == POST {
            let rebuilt = self.post.unwrap_or_default();
            same_state(stored, &rebuilt, found);
            compare_clocks(stored, None, &rebuilt.clocks, rebuilt.settled_at, table, found);
        }
    }
}

fn same_state<T: PartialEq + serde::de::DeserializeOwned>(
    stored: &StoredStream,
    rebuilt: &T,
    found: &mut Verification,
) {
    if serde_json::from_str::<T>(&stored.state).ok().as_ref() != Some(rebuilt) {
        found.broken.push(format!("{}：由记录重建的状态与保存的状态不同", stored.stream));
    }
}

fn compare_clocks(
    stored: &StoredStream,
    incident: Option<&IncidentId>,
    rebuilt: &[Clock],
    settled: Instant,
    table: &[&ClockRow],
    found: &mut Verification,
) {
    for clock in rebuilt {
        found.clocks += 1;
        let wanted = project::clock_row(&stored.stream, incident, clock, settled);
        // When a clock next wants to be looked at depends on when it was last written, not on its verdict.
        let same = |row: &ClockRow| ClockRow { next_at: wanted.next_at, ..row.clone() } == wanted;
        if !table.iter().find(|row| row.id == wanted.id).is_some_and(|row| same(row)) {
            let (id, kind) = (wanted.id.0, wanted.kind.zh());
            found.broken.push(format!("{} 时限 {id}（{kind}）：表中与记录不符", stored.stream));
        }
    }
    if table.len() != rebuilt.len() {
        found.broken.push(format!("{}：表中有 {} 个时限，记录有 {} 个", stored.stream, table.len(), rebuilt.len()));
    }
}
