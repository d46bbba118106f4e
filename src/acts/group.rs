//! Acts that concern several incidents (合并处置): all of the group are locked in the order of their numbers, decided on
//! together and written in one transaction.

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::domain::actor::Actor;
use crate::domain::grade::Grading;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::incident::{
    Command, Event, Incident, JoinedMention, NewIncident, SplitOff, Transition, decide_group, decide_merge,
};
use crate::domain::instant::Instant;
use crate::store::{EvidenceRow, MentionRow, StoreError, Tx};

use super::kept::{Recorded, read_state};
use super::same::Lesson;
use super::{About, ActError, Acted, Acts, stream_of, topics_of};

/// Mentions that a referral seals, and that a split moves, at most.
const MENTIONS_MAX: i64 = 500;
/// Of a stored state, what tells which incidents are handled with it.
#[derive(serde::Deserialize)]
struct Glance {
    #[serde(default)]
    group: Option<GroupGlance>,
}

#[derive(serde::Deserialize)]
struct GroupGlance {
    members: Vec<IncidentId>,
}

/// Whether a command is decided on a group, be it of one.
pub(super) const fn concerns_several(command: &Command) -> bool {
    matches!(
        command,
        Command::Merge { .. }
            | Command::Unmerge {}
            | Command::Covers {}
            | Command::Split { .. }
            | Command::Refer { .. }
    )
}

impl Acts {
    /// The group that an incident is handled with, the survivor first; itself alone if there is none.
    pub(super) async fn group_of(&self, tx: &mut Tx, id: &IncidentId) -> Result<Vec<IncidentId>, ActError> {
        let stored = tx.glance(&stream_of(id)).await?.ok_or_else(|| ActError::NotFound(id.clone()))?;
        // A state that can't be read is made anew of its events, as wherever it is asked for.
        let members = match read_state::<Glance>(&stored.stream, &stored.state) {
            Ok(glance) => glance.group.map(|group| group.members),
            Err(_) => Incident::of(tx, &stored).await?.group.map(|group| group.members),
        };
        Ok(members.unwrap_or_else(|| vec![id.clone()]))
    }

    /// The incident that acts on this one go to.
    ///
    /// # Errors
    /// [`ActError::NotFound`], or the database's.
    pub async fn survivor(&self, id: &IncidentId) -> Result<IncidentId, ActError> {
        let state = self.load(id).await?;
        Ok(state.group.map_or_else(|| id.clone(), |group| group.survivor))
    }

    #[allow(clippy::too_many_arguments, reason = "an act has exactly these parts")]
    pub(super) async fn act_on_group(
        &self,
        tx: &mut Tx,
        id: &IncidentId,
        group: &[IncidentId],
        command: &Command,
        by: &Actor,
        version: Option<i64>,
        now: Instant,
    ) -> Result<Acted, ActError> {
        let other = match command {
            Command::Merge { into } => self.group_of(tx, into).await?,
            _ => Vec::new(),
        };
        let states = self.lock(tx, group, &other).await?;
        let of = |ids: &[IncidentId]| ids.iter().filter_map(|id| states.get(id).cloned()).collect::<Vec<_>>();
        let (members, into) = (of(group), of(&other));
        if let (Some(named), Some(version)) = (states.get(id), version) {
            super::check_version(named, version)?;
        }
        let rules = self.rules();
        let office = &rules.office;
        let mut opened = None;
        let transitions = match command {
            Command::Merge { .. } => decide_merge(&members, &into, by, office, now)?,
            Command::Split { mentions, label, .. } => {
                let split = self.split_off(tx, &members, mentions, label.clone()).await?;
                let command = Command::Split {
                    mentions: mentions.clone(),
                    label: label.clone(),
                    found: Some(Box::new(split.off.clone())),
                };
                opened = Some(split);
                decide_group(&members, id, &command, by, office, now)?
            }
            Command::Refer { to, .. } => {
                let rows = self.mentions_of_all(group).await?;
                let rows: Vec<(MentionRow, String)> = rows.into_iter().map(sealed).collect();
                let evidence = rows.iter().map(|(row, body)| evidence(row, body)).collect();
                let command = Command::Refer { to: to.clone(), evidence };
                let transitions = decide_group(&members, id, &command, by, office, now)?;
                self.seal(tx, &transitions, &rows, now).await?;
                transitions
            }
            other => decide_group(&members, id, other, by, office, now)?,
        };
        let first = group.first().unwrap_or(id);
        let mut all = self.commit_all(tx, &states, first, transitions, by, now).await?;
        let lesson = match (command, &opened) {
            (Command::Merge { .. }, _) => Some(Lesson::Merged { one: group, other: &other }),
            (Command::Unmerge {}, _) => Some(Lesson::Unmerged { merged: id, survivor: first }),
            (Command::Split { .. }, Some(split)) => Some(Lesson::Split { moved: &split.off.of }),
            _ => None,
        };
        if let Some(lesson) = lesson {
            self.teach(tx, lesson, by, now).await?;
        }
        if let Some(split) = opened {
            let acted = self.open_as(tx, &split.off.into, split.opened, &split.about, by, now).await?;
            for mention in mentions_of(&acted.events) {
                tx.move_mention(&mention, Some(&acted.incident)).await?;
            }
            let prepared = self.prepare(tx, &acted.state, &split.first, &topics_of(&split.first), now).await?;
            for acted in std::iter::once(acted.clone()).chain(prepared) {
                all.rows.extend(acted.rows);
                all.events.extend(acted.events);
            }
            all.opened = Some(acted.incident);
        }
        Ok(all)
    }

    /// Locks all of them in the order of their numbers, so that no two transactions wait for each other.
    async fn lock(
        &self,
        tx: &mut Tx,
        group: &[IncidentId],
        other: &[IncidentId],
    ) -> Result<BTreeMap<IncidentId, Incident>, ActError> {
        let mut ids: Vec<&IncidentId> = group.iter().chain(other).collect();
        ids.sort();
        ids.dedup();
        let mut states = BTreeMap::new();
        for id in ids {
            let stored = tx.stream(&stream_of(id)).await?.ok_or_else(|| ActError::NotFound(id.clone()))?;
            let state = Incident::of(tx, &stored).await?;
            let expected = if group.contains(id) { group } else { other };
            let as_read = match &state.group {
                Some(facts) => facts.members == expected,
                None => expected.len() == 1,
            };
            if !as_read {
                // It changed between the look and the lock: look again.
                return Err(StoreError::Conflict { what: stored.stream }.into());
            }
            states.insert(id.clone(), state);
        }
        Ok(states)
    }

    async fn commit_all(
        &self,
        tx: &mut Tx,
        states: &BTreeMap<IncidentId, Incident>,
        first: &IncidentId,
        transitions: Vec<Transition>,
        by: &Actor,
        now: Instant,
    ) -> Result<Acted, ActError> {
        let mut all: Option<Acted> = None;
        let mut rows = Vec::new();
        let mut events = Vec::new();
        for transition in transitions {
            let Some(before) = states.get(&transition.incident) else { continue };
            let acted = self.write(tx, before.clone(), transition.events, by, None, now).await?;
            rows.extend(acted.rows.iter().cloned());
            events.extend(acted.events.iter().cloned());
            if all.is_none() || acted.incident == *first {
                all = Some(acted);
            }
        }
        match all {
            Some(acted) => Ok(Acted { rows, events, ..acted }),
            None => {
                let state = states.get(first).cloned().unwrap_or_default();
                self.write(tx, state, Vec::new(), by, None, now).await
            }
        }
    }

    async fn mentions_of_all(&self, group: &[IncidentId]) -> Result<Vec<MentionRow>, ActError> {
        let mut rows = Vec::new();
        for id in group {
            rows.extend(self.store.mentions_of(id, 0, MENTIONS_MAX).await?);
        }
        rows.truncate(usize::try_from(MENTIONS_MAX).unwrap_or(0));
        Ok(rows)
    }

    /// Seals what a referral hands over.
    async fn seal(
        &self,
        tx: &mut Tx,
        transitions: &[Transition],
        rows: &[(MentionRow, String)],
        now: Instant,
    ) -> Result<(), ActError> {
        for transition in transitions {
            for event in &transition.events {
                let Event::ReferralProposed { record, .. } = event else { continue };
                for (n, (row, body)) in rows.iter().enumerate() {
                    tx.seal_evidence(&EvidenceRow {
                        incident: transition.incident.clone(),
                        record: record.clone(),
                        n: i64::try_from(n + 1).unwrap_or(i64::MAX),
                        mention: row.id.clone(),
                        content_hash: row.content_hash.clone(),
                        sealed_at: now,
                        body: body.clone(),
                    })
                    .await?;
                }
            }
        }
        Ok(())
    }

    /// What a split opens: an incident proposed from the mentions that move, anchored at the detection of the first.
    async fn split_off(
        &self,
        tx: &mut Tx,
        members: &[Incident],
        mentions: &[MentionId],
        label: Option<String>,
    ) -> Result<Split, ActError> {
        let refused = |why: String| ActError::Refused(crate::domain::incident::Refusal(why));
        let Some(survivor) = members.first() else { return Err(refused("事件不存在".to_owned())) };
        if mentions.len() as i64 > MENTIONS_MAX {
            return Err(refused(format!("一次最多移出 {MENTIONS_MAX} 条信息")));
        }
        let mut rows: Vec<(MentionRow, IncidentId)> = Vec::new();
        for id in mentions {
            let row = self.store.mention(id).await?;
            let of = row.as_ref().and_then(|row| row.incident.clone());
            match (row, of.filter(|of| members.iter().any(|member| member.id == *of))) {
                (Some(row), Some(of)) if !rows.iter().any(|(known, _)| known.id == row.id) => rows.push((row, of)),
                (Some(_), Some(_)) => {}
                _ => return Err(refused(format!("信息 {id} 不在这一事件中"))),
            }
        }
        rows.sort_by_key(|(row, _)| (row.detected_at, row.n));
        let Some((first, _)) = rows.first() else { return Err(refused("请指明要移出的信息".to_owned())) };
        let about = About::of_mention(first);
        let opened = NewIncident {
            detected_at: first.detected_at,
            occurred_at: None,
            policy: survivor.policy.clone(),
            mention: first.member(),
            proposal: rows.iter().fold(Grading::default(), |all, (row, _)| all.join(&proposal(row))),
            approach: first
                .analysis
                .as_deref()
                .filter(|_| first.label.is_none())
                .and_then(|a| self.rules().approach_of(a)),
            label,
            by_hand: false,
            shown: None,
            others: rows[1..].iter().map(|(row, _)| row.member()).collect(),
        };
        let into = self.next_incident(tx, opened.detected_at).await?;
        let of = rows.iter().map(|(row, of)| (row.id.clone(), of.clone())).collect();
        let first = first.clone();
        Ok(Split { off: SplitOff { into, of }, opened, about, first })
    }
}

/// A split under way.
struct Split {
    off: SplitOff,
    opened: NewIncident,
    about: About,
    /// The mention that it opens with.
    first: MentionRow,
}

/// What is sealed of a mention: text, address and author; displayed where the source says why it is kept, else as the keyed
/// hash alone.
fn sealed(row: MentionRow) -> (MentionRow, String) {
    let body = json!({
        "title": row.title, "text": row.text, "url": row.url, "channel": row.channel,
        "source": row.source, "author": row.author, "author_hash": row.author_hash, "published_at": row.published_at,
        "detected_at": row.detected_at,
    });
    (row, body.to_string())
}

fn evidence(row: &MentionRow, body: &str) -> JoinedMention {
    let sealed = Some(hex::encode(Sha256::digest(body.as_bytes())));
    JoinedMention { id: row.id.clone(), content_hash: row.content_hash.clone(), sealed, facts: None }
}

fn mentions_of(events: &[Event]) -> Vec<MentionId> {
    let opened = events.iter().find_map(|event| match event {
        Event::IncidentOpened { opened, .. } => Some(opened),
        _ => None,
    });
    opened.map_or_else(Vec::new, |opened| {
        std::iter::once(&opened.mention).chain(&opened.others).map(|mention| mention.id.clone()).collect()
    })
}

/// What analysis proposed of a mention, or what its scenario says that it would have.
pub(super) fn proposal(row: &MentionRow) -> Grading {
    if let Some(scripted) = row.proposal.as_deref() {
        return serde_json::from_str::<Option<Grading>>(scripted).ok().flatten().unwrap_or_default();
    }
    if row.label.is_some() {
        return Grading::default();
    }
    let analysis: serde_json::Value =
        row.analysis.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let event_grade = analysis.get("event_grade").and_then(|grade| serde_json::from_value(grade.clone()).ok());
    let sensitive = analysis.get("sensitive").and_then(serde_json::Value::as_bool).unwrap_or(false);
    let least = Grading { event_grade: event_grade.unwrap_or_default(), sensitive, ..Grading::default() };
    Grading { opinion_grade: least.highest(), ..least }
}
