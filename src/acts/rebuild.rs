//! What an auditor runs (`huiying verify`): every chain walked from its first event, every incident, official post and clock
//! rebuilt from the events and compared with what the tables say.

use std::collections::BTreeMap;

use crate::domain::audit::GENESIS;
use crate::domain::ids::IncidentId;
use crate::domain::incident::{Clock, Event, Incident, evolve};
use crate::domain::instant::Instant;
use crate::domain::official_post::{self, OfficialPost, PostEvent};
use crate::store::{ClockRow, Store, StoreError, StoredStream};

use super::{INCIDENT, POST, incident_of, post_of, project};

/// Events read at once.
const PAGE_EVENTS: i64 = 5_000;
/// Streams read at once.
const PAGE_STREAMS: i64 = 500;

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

/// Walks the record in one pass and compares. Reads only.
///
/// # Errors
/// The database's. What does not hold is in [`Verification::broken`].
pub async fn verify(store: &Store) -> Result<Verification, StoreError> {
    let mut found = Verification::default();
    let mut walks: BTreeMap<String, Walk> = BTreeMap::new();
    let mut position = 0;
    loop {
        let page = store.events_after(position, PAGE_EVENTS).await?;
        let Some(last) = page.last() else { break };
        position = last.position;
        for row in &page {
            found.events += 1;
            let walk = walks.entry(row.stream.clone()).or_default();
            let previous = if walk.seq == 0 { GENESIS } else { walk.head.as_str() };
            if row.seq != walk.seq + 1 {
                found.broken.push(format!(
                    "{}：第 {} 条之后应为 {}，却是 {}",
                    row.stream,
                    walk.seq,
                    walk.seq + 1,
                    row.seq
                ));
            }
            if !row.holds(previous) {
                found.broken.push(format!("{} 第 {} 条：哈希与内容或前一条不符", row.stream, row.seq));
            }
            walk.seq = row.seq;
            walk.head.clone_from(&row.hash);
            if let Some(id) = incident_of(&row.stream) {
                match serde_json::from_str::<Event>(&row.body) {
                    Ok(event) => {
                        let before = walk.incident.take().unwrap_or_else(|| Incident { id, ..Incident::default() });
                        walk.incident = Some(evolve(before, row.at, &event));
                    }
                    Err(error) => found.broken.push(format!("{} 第 {} 条读不出：{error}", row.stream, row.seq)),
                }
            } else if let Some(id) = post_of(&row.stream) {
                match serde_json::from_str::<PostEvent>(&row.body) {
                    Ok(event) => {
                        let before = walk.post.take().unwrap_or_else(|| OfficialPost { id, ..OfficialPost::default() });
                        walk.post = Some(official_post::evolve(before, row.at, &event));
                    }
                    Err(error) => found.broken.push(format!("{} 第 {} 条读不出：{error}", row.stream, row.seq)),
                }
            }
        }
    }
    compare(store, &mut walks, &mut found).await?;
    for lost in store.lost_streams(PAGE_STREAMS).await? {
        found.broken.push(format!("{lost}：有记录而没有当前状态"));
    }
    Ok(found)
}

async fn compare(
    store: &Store,
    walks: &mut BTreeMap<String, Walk>,
    found: &mut Verification,
) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page = store.streams_after(&after, PAGE_STREAMS).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.stream);
        for stored in &page {
            found.streams += 1;
            let walk = walks.remove(&stored.stream).unwrap_or_default();
            if walk.seq != stored.seq || walk.head != stored.head {
                found
                    .broken
                    .push(format!("{}：当前状态停在第 {} 条，记录有 {} 条", stored.stream, stored.seq, walk.seq));
            }
            if stored.kind == INCIDENT {
                let rebuilt = walk.incident.unwrap_or_default();
                same_state(stored, &rebuilt, found);
                compare_clocks(store, stored, Some(&rebuilt.id), &rebuilt.clocks, rebuilt.settled_at, found).await?;
            } else if stored.kind == POST {
                let rebuilt = walk.post.unwrap_or_default();
                same_state(stored, &rebuilt, found);
                compare_clocks(store, stored, None, &rebuilt.clocks, rebuilt.settled_at, found).await?;
            }
        }
    }
    Ok(())
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

async fn compare_clocks(
    store: &Store,
    stored: &StoredStream,
    incident: Option<&IncidentId>,
    rebuilt: &[Clock],
    settled: Instant,
    found: &mut Verification,
) -> Result<(), StoreError> {
    let rows: BTreeMap<_, ClockRow> =
        store.clocks(&stored.stream).await?.into_iter().map(|row| (row.id, row)).collect();
    for clock in rebuilt {
        found.clocks += 1;
        let wanted = project::clock_row(&stored.stream, incident, clock, settled);
        // When a clock next wants to be looked at depends on when it was last written, not on its verdict.
        let same =
            rows.get(&wanted.id).is_some_and(|row| ClockRow { next_at: wanted.next_at, ..row.clone() } == wanted);
        if !same {
            found.broken.push(format!(
                "{} 时限 {}（{}）：表中与记录不符",
                stored.stream,
                wanted.id.0,
                wanted.kind.zh()
            ));
        }
    }
    if rows.len() != rebuilt.len() {
        found.broken.push(format!("{}：表中有 {} 个时限，记录有 {} 个", stored.stream, rows.len(), rebuilt.len()));
    }
    Ok(())
}
