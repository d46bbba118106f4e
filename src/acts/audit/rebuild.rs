//! What an operator runs when a table is damaged (`huiying rebuild`): the rows of every stream whose tables differ from its
//! record are written anew from the record. Nobody is told of anything again, and the record itself is never touched.

use std::collections::BTreeSet;

use crate::acts::project::accounts;
use crate::acts::{About, incident_of};
use crate::domain::ids::UserId;
use crate::domain::office::Office;
use crate::store::{Store, StoreError, StoredStream, Tx};

use super::fold::{Fold, Subject};
use super::tables::{Tables, holders, number};
use super::{LOST_MAX, PAGE_STREAMS, examine};

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rebuilt {
    /// Streams walked.
    pub streams: u64,
    /// Streams whose rows were written anew.
    pub rebuilt: u64,
    /// What differed and was put right, in words.
    pub differed: Vec<String>,
    /// Records that don't hold: nothing follows from them, and their rows were left as they were.
    pub broken: Vec<String>,
}

/// Compares every stream as [`super::verify`] does, by the rules of an office besides, and writes anew what differs; then
/// takes away rows that follow from no record. Each stream is one transaction under its lock: a service may be at work, and
/// whoever is killed in the middle runs it again. `walked` hears how many streams are done.
///
/// # Errors
/// The database's; what was written before it stays written.
pub async fn rebuild(store: &Store, office: &Office, walked: impl Fn(u64)) -> Result<Rebuilt, StoreError> {
    let mut done = Rebuilt::default();
    // First, so that the walk and the search for orphans find their rows.
    for lost in store.lost_streams(LOST_MAX).await? {
        write_anew(store, &lost, office, &mut done).await?;
    }
    let mut after = String::new();
    loop {
        let mut moment = store.snapshot().await?;
        let page = moment.streams_after(&after, PAGE_STREAMS).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.stream);
        let examined = examine(&mut moment, &page).await?;
        moment.rollback().await?;
        for (fold, held) in examined {
            done.streams += 1;
            let differs = !held.differences(&Tables::wanted(&fold, &held, Some(office)), &fold).is_empty();
            if differs || !fold.broken.is_empty() {
                write_anew(store, &fold.stream, office, &mut done).await?;
            }
        }
        walked(done.streams);
    }
    let orphans = store.orphans(LOST_MAX).await?;
    if !orphans.is_empty() {
        let mut tx = store.write().await?;
        tx.delete_orphans().await?;
        tx.commit().await?;
        done.differed.extend(orphans.into_iter().map(|(table, name)| format!("{name}：表 {table} 中有，而没有记录")));
    }
    Ok(done)
}

/// Writes the rows of one stream anew, unless its record does not hold or nothing differs any more.
async fn write_anew(store: &Store, stream: &str, office: &Office, done: &mut Rebuilt) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    let held = tx.stream(stream).await?;
    let lost = held.is_none();
    let held = held.unwrap_or_else(|| StoredStream {
        stream: stream.to_owned(),
        kind: String::new(),
        seq: 0,
        head: String::new(),
        state: String::new(),
        next_at: None,
    });
    let Some((fold, mut held)) = examine(&mut tx, &[held]).await?.pop() else { return tx.rollback().await };
    if lost {
        held.stream = None;
    }
    let mut wanted = Tables::wanted(&fold, &held, Some(office));
    let differed = held.differences(&wanted, &fold);
    if !fold.broken.is_empty() || differed.is_empty() {
        done.broken.extend(fold.broken);
        return tx.rollback().await;
    }
    if let (Subject::Incident(record), None, Some(row)) = (&fold.subject, &held.incident, &mut wanted.incident) {
        let first = match &record.first {
            Some(first) => tx.mention(first).await?,
            None => None,
        };
        let gone = || About {
            title: format!("事件 {}（首条信息已按保存期限删除）", row.id), ..About::default()
        };
        let about = first.as_ref().map_or_else(gone, About::of_mention);
        (row.title, row.summary, row.category, row.analysis) =
            (about.title, about.summary, about.category, about.analysis);
    }
    put(&mut tx, &fold, &held, wanted).await?;
    tx.commit().await?;
    tracing::info!(stream, "rebuilt from its record");
    done.rebuilt += 1;
    done.differed.extend(differed);
    Ok(())
}

async fn put(tx: &mut Tx, fold: &Fold, held: &Tables, wanted: Tables) -> Result<(), StoreError> {
    if let Some(incident) = incident_of(&fold.stream) {
        if let Some(row) = &wanted.incident {
            tx.put_incident(row).await?;
        }
        tx.delete_tasks(&incident).await?;
        for row in &wanted.tasks {
            tx.put_task(row).await?;
        }
        tx.delete_escalations(&incident).await?;
        for row in &wanted.escalations {
            tx.put_escalation(row, &accounts(&holders(row))).await?;
        }
        for (mention, place) in wanted.places.iter().filter(|(mention, place)| held.places.get(*mention) != Some(place))
        {
            tx.move_mention(mention, place.as_ref()).await?;
        }
    }
    tx.delete_clocks(&fold.stream).await?;
    for row in &wanted.clocks {
        tx.put_clock(row).await?;
    }
    let known: BTreeSet<&UserId> = wanted.users.iter().map(|user| &user.id).collect();
    for stranger in held.users.iter().filter(|user| !known.contains(&user.id)) {
        tx.delete_user(&stranger.id).await?;
    }
    for row in &wanted.users {
        tx.put_user(row).await?;
    }
    if let Some((counter, _)) = number(&fold.stream) {
        tx.raise_counter(counter, wanted.counter).await?;
    }
    if let Some(stream) = wanted.stream {
        tx.put_stream(stream).await?;
    }
    Ok(())
}
