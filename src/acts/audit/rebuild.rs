//! What an operator runs when a table is damaged (`huiying rebuild`): the rows of every stream whose tables differ from its
//! record are written anew from the record. Nobody is told of anything again, and the record itself is never touched.

use std::collections::BTreeSet;

use crate::acts::project::accounts;
use crate::acts::{ATTEMPTS_MAX, About, incident_of, title_lost};
use crate::domain::ids::{IncidentId, UserId};
use crate::domain::incident::Shown;
use crate::domain::office::Office;
use crate::store::{MentionRow, Store, StoreError, Tx};

use super::fold::{Fold, IncidentRecord, Subject};
use super::tables::{Tables, holders, number};
use super::{LOST_MAX, examine, next_page, unrecorded};

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
    // First, so that the walk finds their rows.
    let mut after = String::new();
    loop {
        let lost = store.lost_streams(&after, LOST_MAX).await?;
        let Some(last) = lost.last() else { break };
        after.clone_from(last);
        for stream in &lost {
            write_anew(store, stream, office, &mut done).await?;
        }
    }
    after.clear();
    while let Some(page) = next_page(store, &mut after).await? {
        for (fold, held) in page {
            done.streams += 1;
            if !fold.broken.is_empty() {
                done.broken.extend(fold.broken);
            } else if !held.differences(&Tables::wanted(&fold, &held, Some(office)), &fold).is_empty() {
                write_anew(store, &fold.stream, office, &mut done).await?;
            }
        }
        walked(done.streams);
    }
    take_away_orphans(store, &mut done).await?;
    Ok(done)
}

/// Writes the rows of one stream anew; over events of others it looks again.
async fn write_anew(store: &Store, stream: &str, office: &Office, done: &mut Rebuilt) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        match write_anew_once(store, stream, office, done).await {
            Err(error) if error.is_conflict() && attempt < ATTEMPTS_MAX => attempt += 1,
            outcome => return outcome,
        }
    }
}

/// Unless the record does not hold or nothing differs any more.
async fn write_anew_once(store: &Store, stream: &str, office: &Office, done: &mut Rebuilt) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    let held = tx.stream(stream).await?;
    let Some((fold, held)) = examine(&mut tx, vec![(stream.to_owned(), held)]).await?.pop() else {
        return tx.rollback().await;
    };
    let mut wanted = Tables::wanted(&fold, &held, Some(office));
    let differed = held.differences(&wanted, &fold);
    if !fold.broken.is_empty() || differed.is_empty() {
        done.broken.extend(fold.broken);
        return tx.rollback().await;
    }
    if let (Subject::Incident(record), None, Some(row)) = (&fold.subject, &held.incident, &mut wanted.incident) {
        let gone = || About { title: title_lost(&row.id), ..About::default() };
        let about = first_words(&mut tx, record).await?.unwrap_or_else(gone);
        (row.title, row.summary, row.category, row.analysis) =
            (about.title, about.summary, about.category, about.analysis);
        if let Some(title) = &record.state.title {
            row.title.clone_from(title);
        }
    }
    put(&mut tx, &fold, &held, wanted).await?;
    tx.commit().await?;
    tracing::debug!(stream, "rebuilt from its record");
    done.rebuilt += 1;
    done.differed.extend(differed);
    Ok(())
}

/// What an incident showed at first: its first mention's words, those from before a newer text where that is what was shown.
async fn first_words(tx: &mut Tx, record: &IncidentRecord) -> Result<Option<About>, StoreError> {
    let Some(first) = &record.first else { return Ok(None) };
    let Some(row) = tx.mention(first).await? else { return Ok(None) };
    let mut all = vec![About::of_mention(&row)];
    for version in tx.versions_of(first).await? {
        let earlier = MentionRow { title: version.title, text: version.text, ..row.clone() };
        all.push(About::of_mention(&earlier));
    }
    let shown = |about: &&About| record.shown == Some(Shown::of(&about.title, &about.summary));
    Ok(all.iter().find(shown).or(all.first()).cloned())
}

/// Writes the tables that differ.
async fn put(tx: &mut Tx, fold: &Fold, held: &Tables, wanted: Tables) -> Result<(), StoreError> {
    let unread = !held.unreadable.is_empty();
    if let Some(incident) = incident_of(&fold.stream) {
        put_incident(tx, &incident, held, &wanted).await?;
    }
    if unread || held.clocks != wanted.clocks {
        tx.delete_clocks(&fold.stream).await?;
        for row in &wanted.clocks {
            tx.put_clock(row).await?;
        }
    }
    let known: BTreeSet<&UserId> = wanted.users.iter().map(|user| &user.id).collect();
    for stranger in held.users.iter().filter(|user| !known.contains(&user.id)) {
        tx.delete_user(&stranger.id).await?;
    }
    for row in wanted.users.iter().filter(|user| !held.users.contains(user)) {
        tx.put_user(row).await?;
    }
    if let Some((counter, _)) = number(&fold.stream).filter(|_| held.counter < wanted.counter) {
        tx.raise_counter(counter, wanted.counter).await?;
    }
    if let Some(stream) = wanted.stream {
        tx.put_stream(stream).await?;
    }
    // What could not be settled is tried at once.
    tx.delete_stuck(&fold.stream).await?;
    Ok(())
}

async fn put_incident(tx: &mut Tx, id: &IncidentId, held: &Tables, wanted: &Tables) -> Result<(), StoreError> {
    let unread = !held.unreadable.is_empty();
    if let Some(row) = wanted.incident.as_ref().filter(|row| unread || held.incident.as_ref() != Some(*row)) {
        tx.put_incident(row).await?;
    }
    if unread || held.tasks != wanted.tasks {
        tx.delete_tasks(id).await?;
        for row in &wanted.tasks {
            tx.put_task(row).await?;
        }
    }
    if unread || held.escalations != wanted.escalations || held.told != wanted.told {
        tx.delete_escalations(id).await?;
        for row in &wanted.escalations {
            tx.put_escalation(row, &accounts(&holders(row))).await?;
        }
        for ((escalation, user), read_at) in &wanted.told {
            if let Some(at) = read_at {
                tx.put_receipt(user, escalation, *at).await?;
            }
        }
    }
    if unread || held.viewers != wanted.viewers {
        tx.put_viewers_anew(id, &wanted.viewers).await?;
    }
    for (mention, place) in wanted.places.iter().filter(|(mention, place)| held.places.get(*mention) != Some(place)) {
        tx.move_mention(mention, place.0.as_ref()).await?;
    }
    Ok(())
}

/// A few at a time, so that no one waits long for the database.
async fn take_away_orphans(store: &Store, done: &mut Rebuilt) -> Result<(), StoreError> {
    let mut before = Vec::new();
    loop {
        let orphans = store.orphans(LOST_MAX).await?;
        if orphans.is_empty() || orphans == before {
            return Ok(());
        }
        let mut tx = store.write().await?;
        for orphan in &orphans {
            tx.delete_orphan(orphan).await?;
        }
        tx.commit().await?;
        done.differed.extend(orphans.iter().map(unrecorded));
        before = orphans;
    }
}
