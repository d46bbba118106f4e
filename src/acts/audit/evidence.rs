//! What the record vouches for by a hash, compared with what is still held: the words of mentions, and what referrals sealed.

use std::collections::BTreeSet;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::acts::{TITLE_GONE, title_lost};
use crate::domain::administration::{ADMIN_STREAM, AdminEvent, Kept};
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::incident::{JoinedMention, Shown};
use crate::domain::instant::Instant;
use crate::domain::mention::content_hash;
use crate::store::{EvidenceRow, Store, StoreError};

use super::fold::{Fold, IncidentRecord, Subject};
use super::tables::{Tables, is_own};
use super::verify::Verification;

/// Mentions whose words are hashed in one read: texts may be long.
const PAGE_TEXTS: i64 = 500;

/// Of what was sealed, what its content hash covers.
#[derive(Deserialize)]
struct Sealed {
    title: Option<String>,
    text: String,
}

/// A mention that the record names and whose row is gone.
pub(super) struct Missing {
    stream: String,
    mention: MentionId,
}

/// Referrals that the record tells of.
#[derive(Default)]
pub(super) struct Referrals(BTreeSet<(IncidentId, String)>);

impl Verification {
    /// The hashes that the rows of an incident's mentions hold, against those of its record. Gives the mentions whose rows are
    /// gone.
    pub(super) fn check_hashes(&mut self, fold: &Fold, held: &Tables) -> Vec<Missing> {
        let mut missing = Vec::new();
        let Subject::Incident(record) = &fold.subject else { return missing };
        for (mention, named) in &record.mentions {
            let detected_at = held.places.get(mention).map(|(_, detected_at)| *detected_at);
            match held.hashes.get(mention).filter(|_| detected_at.is_some_and(|at| is_own(named, at))) {
                None => missing.push(Missing { stream: fold.stream.clone(), mention: mention.clone() }),
                Some((hash, _)) if *hash != named.content_hash => {
                    self.broken.push(format!("{} 信息 {mention}：内容哈希与记录不符，内容被改动", fold.stream));
                }
                Some((_, facts)) => match &named.facts {
                    Some(named) if named != facts => self.broken.push(format!(
                        "{} 信息 {mention}：发现时间、发布时间、渠道、来源、原文编号、地址、作者哈希中有与记录不符的，被改动",
                        fold.stream
                    )),
                    Some(_) => {}
                    None => self.mentions_words_only += 1,
                },
            }
        }
        missing
    }

    /// What lists show of an incident, against the hashes in its record; a title that a person gave is compared with the rest
    /// of the row. Gives the incident if its words differ as retention leaves them.
    pub(super) fn check_shown(&mut self, fold: &Fold, held: &Tables) -> Option<IncidentId> {
        let Subject::Incident(record) = &fold.subject else { return None };
        let row = held.incident.as_ref()?;
        let Some(wanted) = &record.shown else {
            self.titles_unsealed += 1;
            return None;
        };
        let shown = Shown::of(&row.title, &row.summary);
        let title_holds = match &record.state.title {
            Some(given) => *given == row.title,
            None => shown.title == wanted.title,
        };
        if title_holds && shown.summary == wanted.summary {
            return None;
        }
        if row.summary.is_empty() && (title_holds || row.title == TITLE_GONE || row.title == title_lost(&row.id)) {
            return Some(row.id.clone());
        }
        self.broken.push(format!("{}：列表中的标题或摘要与记录的哈希不符，被改动", fold.stream));
        None
    }

    /// Of incidents whose words are gone, those that the record says that retention has let go, or whose first mention it has.
    pub(super) async fn check_words_gone(&mut self, store: &Store, words: Vec<IncidentId>) -> Result<(), StoreError> {
        if words.is_empty() {
            return Ok(());
        }
        let mut gone = BTreeSet::new();
        let mut mentions_too = false;
        for row in store.events_named(ADMIN_STREAM, "let_go", Instant::from_ms(i64::MAX)).await? {
            if let Ok(AdminEvent::LetGo { kind, incidents, .. }) = serde_json::from_str(&row.body) {
                mentions_too |= kind == Kept::Mentions;
                gone.extend(incidents);
            }
        }
        for id in words {
            // A list that was lost is rebuilt without words where the mention is gone that they came from.
            let rebuilt = mentions_too && store.incident(&id).await?.is_some_and(|row| row.title != TITLE_GONE);
            if gone.contains(&id) || rebuilt {
                self.titles_gone += 1;
            } else {
                self.broken.push(format!("事件 {id}：标题与摘要已被删除，且不在按保存期限删除的记录中"));
            }
        }
        Ok(())
    }

    /// Of what is gone, what the record says that retention has deleted: its words are past checking. Whatever else is gone was
    /// deleted by somebody. The record is read now, after the rows: what was let go meanwhile stands in it.
    pub(super) async fn check_missing(&mut self, store: &Store, missing: Vec<Missing>) -> Result<(), StoreError> {
        if missing.is_empty() {
            return Ok(());
        }
        let mut gone = BTreeSet::new();
        for row in store.events_named(ADMIN_STREAM, "let_go", Instant::from_ms(i64::MAX)).await? {
            if let Ok(AdminEvent::LetGo { mentions, .. }) = serde_json::from_str(&row.body) {
                gone.extend(mentions);
            }
        }
        for Missing { stream, mention } in missing {
            if gone.contains(&mention) {
                self.mentions_gone += 1;
            } else {
                self.broken.push(format!("{stream} 信息 {mention}：已被删除，且不在按保存期限删除的记录中"));
            }
        }
        Ok(())
    }

    /// What each referral of an incident sealed, against its record.
    pub(super) async fn check_evidence(
        &mut self,
        store: &Store,
        record: &IncidentRecord,
        referrals: &mut Referrals,
    ) -> Result<(), StoreError> {
        for (referral, wanted) in &record.referrals {
            referrals.0.insert((record.state.id.clone(), referral.clone()));
            let rows = store.evidence(&record.state.id, referral).await?;
            let name = format!("事件 {} 的移交材料 {referral}", record.state.id);
            for (n, wanted) in wanted.iter().enumerate() {
                let place = n + 1;
                self.evidence += 1;
                let row = rows.iter().find(|row| usize::try_from(row.n) == Ok(place));
                let Some(row) = row else {
                    self.broken.push(format!("{name} 第 {place} 件：已被删除（信息 {}）", wanted.id));
                    continue;
                };
                self.broken.extend(changed(row, wanted).map(|what| format!("{name} 第 {place} 件：{what}")));
                self.evidence_words_only += u64::from(wanted.sealed.is_none());
            }
            let more = rows.iter().filter(|row| usize::try_from(row.n).is_ok_and(|n| n == 0 || n > wanted.len()));
            self.broken.extend(more.map(|row| format!("{name} 第 {} 件：没有记录", row.n)));
        }
        Ok(())
    }

    /// Sealed material that no record tells of.
    pub(super) async fn check_strays(&mut self, store: &Store, referrals: &Referrals) -> Result<(), StoreError> {
        let strays = store.evidence_records().await?.into_iter().filter(|known| !referrals.0.contains(known));
        self.broken.extend(strays.map(|(incident, record)| format!("事件 {incident} 的移交材料 {record}：没有记录")));
        Ok(())
    }

    /// The words of every mention against the hash in its row.
    pub(super) async fn check_texts(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let page = store.texts_after(after, PAGE_TEXTS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.n;
            for row in page {
                self.mentions += 1;
                self.mentions_unplaced += u64::from(row.incident.is_none());
                if content_hash(row.title.as_deref(), &row.text) != row.content_hash {
                    self.broken.push(format!("信息 {}：标题或正文与其哈希不符，内容被改动", row.id));
                }
            }
        }
    }
}

/// In which way a piece differs from what was sealed.
fn changed(row: &EvidenceRow, wanted: &JoinedMention) -> Option<&'static str> {
    if row.mention != wanted.id || row.content_hash != wanted.content_hash {
        return Some("与记录的信息或内容哈希不符");
    }
    if wanted.sealed.as_ref().is_some_and(|sealed| *sealed != hex::encode(Sha256::digest(row.body.as_bytes()))) {
        return Some("与封存时的哈希不符，内容被改动");
    }
    let sealed = serde_json::from_str::<Sealed>(&row.body).ok();
    let same = sealed.is_some_and(|sealed| content_hash(sealed.title.as_deref(), &sealed.text) == wanted.content_hash);
    (!same).then_some("标题或正文与内容哈希不符，内容被改动")
}
