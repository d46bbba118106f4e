//! What an auditor runs (`huiying verify`): every chain walked from its first event, every row that follows from it compared
//! with what the tables say, and what is held of mentions and evidence with the hashes of the record.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::administration::ADMIN_STREAM;
use crate::store::{Store, StoreError};

use super::evidence::Referrals;
use super::fold::Subject;
use super::tables::{Tables, is_of_streams, number};
use super::{LOST_MAX, next_page, unrecorded};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// Streams walked.
    pub streams: u64,
    /// Events whose hash was computed anew.
    pub events: u64,
    /// Clocks rebuilt and compared.
    pub clocks: u64,
    /// Mentions whose words were hashed anew.
    pub mentions: u64,
    /// Mentions that the record names and retention has deleted: their words are past checking.
    pub mentions_gone: u64,
    /// Of the mentions that the record names, those of which it holds the hash of title and text alone: older versions wrote it.
    pub mentions_words_only: u64,
    /// Mentions that stand in no incident: the record says nothing of them.
    pub mentions_unplaced: u64,
    /// Incidents of older versions, of whose title and summary the record holds no hash.
    pub titles_unsealed: u64,
    /// Incidents whose title and summary retention has let go.
    pub titles_gone: u64,
    /// Pieces of evidence that referrals sealed, by the record.
    pub evidence: u64,
    /// Of those, pieces of older versions, for which the record holds the hash of title and text alone.
    pub evidence_words_only: u64,
    /// What does not hold, in words.
    pub broken: Vec<String>,
    /// What is odd and holds all the same, in words.
    pub noted: Vec<String>,
}

/// Walks every stream from its first event and compares what follows from them with what is stored; `walked` hears how many
/// streams are done. Each page of streams is read as of one moment, so that a service at work disturbs nothing, and memory
/// does not grow with the record. It needs no rules: what follows from events alone is compared. So of what hangs on the
/// rules in force nothing is said: whose jurisdiction an incident is, and whether a capped ladder or a reminder would wake it
/// before its next due time.
///
/// # Errors
/// The database's. What does not hold is in [`Verification::broken`].
pub async fn verify(store: &Store, walked: impl Fn(u64)) -> Result<Verification, StoreError> {
    let mut found = Verification::default();
    let mut referrals = Referrals::default();
    let mut missing = Vec::new();
    let mut words_gone = Vec::new();
    // Before the walk: what a service at work opens meanwhile has a record when it comes by.
    let given = store.counters().await?;
    let mut numbered: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let mut note = |stream: &str| {
        if let Some((counter, n)) = number(stream) {
            numbered.entry(counter.to_owned()).or_default().insert(n);
        }
    };
    let mut after = String::new();
    while let Some(page) = next_page(store, &mut after).await? {
        for (fold, held) in page {
            note(&fold.stream);
            let wanted = Tables::wanted(&fold, &held, None);
            found.streams += 1;
            found.events += fold.events;
            found.clocks += wanted.clocks.len() as u64;
            // Of a record that does not hold nothing follows, so nothing differs from it.
            if fold.broken.is_empty() {
                found.broken.extend(held.differences(&wanted, &fold));
                missing.extend(found.check_hashes(&fold, &held));
                words_gone.extend(found.check_shown(&fold, &held));
            }
            if let Subject::Incident(record) = &fold.subject {
                found.check_evidence(store, record, &mut referrals).await?;
            }
            found.broken.extend(fold.broken);
            found.noted.extend(fold.noted);
        }
        walked(found.streams);
    }
    for lost in store.lost_streams("", LOST_MAX).await? {
        note(&lost);
        found.broken.push(format!("{lost}：有记录而没有当前状态"));
    }
    found.check_numbers(&given, &numbered);
    found.check_accounts(store).await?;
    found.broken.extend(store.orphans(LOST_MAX).await?.iter().map(unrecorded));
    found.check_missing(store, missing).await?;
    found.check_words_gone(store, words_gone).await?;
    found.check_strays(store, &referrals).await?;
    found.check_texts(store).await?;
    Ok(found)
}

/// Numbers that are named of one counter.
const GAPS_TOLD_MAX: usize = 10;

impl Verification {
    /// Numbers are given without gaps: one that was given and has no record was taken out with all that hung on it.
    fn check_numbers(&mut self, given: &[(String, i64)], numbered: &BTreeMap<String, BTreeSet<i64>>) {
        let none = BTreeSet::new();
        for (counter, last) in given.iter().filter(|(name, _)| is_of_streams(name)) {
            let there = numbered.get(counter).unwrap_or(&none);
            let gaps = (1..=*last).filter(|n| !there.contains(n)).take(GAPS_TOLD_MAX);
            self.broken.extend(gaps.map(|n| format!("{counter}-{n:04}：编号已用而没有记录，可能被整体删除")));
        }
    }

    /// Accounts come from the administration's record alone.
    async fn check_accounts(&mut self, store: &Store) -> Result<(), StoreError> {
        if store.user_count().await? > 0 && store.events_since(ADMIN_STREAM, 0, 1).await?.is_empty() {
            self.broken.push("账号：没有任何管理记录，可能被整体删除".to_owned());
        }
        Ok(())
    }
}
