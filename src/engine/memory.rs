//! What the correlator remembers, rebuilt from the store at the start and kept in step with what persons do to incidents.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

use super::analyse::Desk;
use crate::acts::incident_of;
use crate::correlate::noteworthy::watchlist;
use crate::correlate::{Candidate, Correlator, Features, GroupId, Past};
use crate::domain::ids::{IncidentId, MentionId, RegionId};
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::{Channel, Engagement, MentionInput};
use crate::rules::Rules;
use crate::store::{CorrelationRow, IncidentRow, MentionRow, NotSameRow, SameRow, Store, StoreError};
use crate::text::analysis::{Analysis, Sentiment};

/// Mentions read at a time.
const PAGE: i64 = 2_000;
/// Incidents looked at in one keeping-in-step; the rest follow with the next batch.
const INCIDENTS_PER_SYNC_MAX: usize = 10_000;
/// Mentions of an incident that is new to this node.
const MENTIONS_PER_INCIDENT_MAX: i64 = 64;
/// Open incidents older than the windows that are remembered at the start, and with each batch until all are.
const OLDER_AT_START_MAX: usize = 2_000;
const OLDER_PER_BATCH_MAX: usize = 200;
/// How long what a person took out is remembered.
const TAKEN_OUT_KEPT: Span = Span::from_days(365);
/// Mentions taken out that are read at a time.
const TAKEN_OUT_MAX: i64 = 2_000;
/// Of one incident.
const TAKEN_OUT_PER_INCIDENT_MAX: i64 = 8;
/// Changes are looked for from this long before the last time: another node's clock may be behind.
const OVERLAP: Span = Span::from_minutes(2);

/// The correlator, with what keeps it in step.
pub(super) struct Memory {
    pub correlator: Correlator,
    /// What read the texts.
    desk: Arc<Desk>,
    /// Edition of the rules that it uses.
    rules: String,
    /// Changes before this instant are known.
    synced: Instant,
    labels: Labels,
    /// Open incidents that changed up to this one are remembered, however old; `None` once all are.
    older: Option<(Instant, IncidentId)>,
    /// What people took out, as far as it is applied.
    taken_out: HashSet<i64>,
    /// What people said belongs to an incident, as far as it is applied.
    joined_by_hand: HashSet<SameRow>,
}

/// Incidents by the labels of a scenario, read from the events: the record is the truth, not this process.
#[derive(Default)]
struct Labels {
    /// Opened by this process.
    groups: HashMap<String, GroupId>,
    /// Read from the record up to this position.
    incidents: HashMap<String, IncidentId>,
    position: i64,
}

impl Labels {
    async fn read(&mut self, store: &Store) -> Result<(), StoreError> {
        loop {
            let events = store.events_after(self.position, PAGE).await?;
            let Some(last) = events.last() else { return Ok(()) };
            self.position = last.position;
            for event in events.iter().filter(|event| event.event == "incident_opened") {
                let label = serde_json::from_str(&event.body).ok().and_then(|OpenedLabel { label }| label);
                if let (Some(label), Some(incident)) = (label, incident_of(&event.stream)) {
                    self.incidents.insert(label, incident);
                }
            }
        }
    }
}

/// Of an opening event, what a label needs.
#[derive(Deserialize)]
struct OpenedLabel {
    label: Option<String>,
}

/// Of an analysis, what correlation needs.
#[derive(Deserialize)]
struct Felt {
    sentiment: Sentiment,
}

/// What a mention is remembered with.
struct Remembered {
    id: MentionId,
    incident: Option<IncidentId>,
    channel: Channel,
    input: MentionInput,
    region: Option<RegionId>,
    author: Option<String>,
    published_at: Option<Instant>,
    detected_at: Instant,
    answered: bool,
    engagement: Option<Engagement>,
    sentiment: Sentiment,
}

impl Memory {
    /// Whether what it remembers was read by this one.
    pub fn is_read_by(&self, desk: &Arc<Desk>) -> bool {
        Arc::ptr_eq(&self.desk, desk)
    }

    /// Rebuilds it from the store.
    pub async fn recall(store: &Store, rules: &Rules, desk: &Arc<Desk>, now: Instant) -> Result<Self, StoreError> {
        let correlator = Correlator::new(rules.correlation.clone(), watchlist(&rules.topics), desk.lexicon());
        let mut memory = Self {
            correlator,
            desk: desk.clone(),
            rules: rules.version.clone(),
            synced: now,
            labels: Labels::default(),
            older: Some((Instant::from_ms(0), IncidentId::default())),
            taken_out: HashSet::new(),
            joined_by_hand: HashSet::new(),
        };
        let same = &rules.correlation;
        let keep = same.letters.within.0.max(same.same_matter.window.0).max(same.posts.within.0);
        let mut active = HashMap::new();
        let mut after = 0;
        loop {
            let rows = store.recent_for_correlation(now - keep, after, PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = last.n;
            for incident in rows.iter().filter_map(|row| row.incident.as_ref()) {
                if !active.contains_key(incident) {
                    active.insert(incident.clone(), store.incident(incident).await?.is_some_and(|row| takes(&row)));
                }
            }
            let kept = rows.into_iter().map(Remembered::from).filter(|past| {
                past.incident.is_some() || past.channel.carries_letters() || past.sentiment == Sentiment::Negative
            });
            memory.remember(desk, kept.collect(), &active).await;
        }
        memory.remember_older(store, desk, OLDER_AT_START_MAX).await?;
        for row in store.not_same_since(now - TAKEN_OUT_KEPT, TAKEN_OUT_MAX).await? {
            memory.take_out(store, desk, &row).await?;
        }
        // They were read with their incidents.
        memory.joined_by_hand.extend(store.same_since(now - OVERLAP, TAKEN_OUT_MAX).await?);
        Ok(memory)
    }

    /// Remembers some more of the open incidents that the start left for later.
    pub async fn go_on_recalling(&mut self, store: &Store, desk: &Arc<Desk>) -> Result<(), StoreError> {
        self.remember_older(store, desk, OLDER_PER_BATCH_MAX).await
    }

    /// Remembers open incidents that had nothing new for longer than the windows: they take mentions, however old.
    async fn remember_older(&mut self, store: &Store, desk: &Arc<Desk>, most: usize) -> Result<(), StoreError> {
        let mut left = most;
        while left > 0 {
            let Some(after) = self.older.clone() else { return Ok(()) };
            let page = PAGE.min(i64::try_from(left).unwrap_or(PAGE));
            let rows = store.active_incidents((after.0, &after.1), page).await?;
            left = left.saturating_sub(rows.len());
            self.older = rows.last().map(|(id, at)| (*at, id.clone()));
            for (id, _) in rows {
                if self.correlator.group_of(&id).is_none() {
                    self.remember_incident(store, desk, &id).await?;
                }
            }
        }
        Ok(())
    }

    async fn remember_incident(
        &mut self,
        store: &Store,
        desk: &Arc<Desk>,
        incident: &IncidentId,
    ) -> Result<(), StoreError> {
        let mentions = store.mentions_of(incident, 0, MENTIONS_PER_INCIDENT_MAX).await?;
        let active = HashMap::from([(incident.clone(), true)]);
        self.remember(desk, mentions.into_iter().map(Remembered::from).collect(), &active).await;
        Ok(())
    }

    /// A person said that a mention is not of an incident.
    async fn take_out(&mut self, store: &Store, desk: &Arc<Desk>, row: &NotSameRow) -> Result<(), StoreError> {
        self.taken_out.insert(row.n);
        let Some(mention) = store.mention(&row.mention).await? else { return Ok(()) };
        let (_, features) = compared(desk.clone(), vec![Remembered::from(mention)]).await;
        if let Some(Ok(features)) = features.first() {
            self.correlator.not_this(&row.incident, features);
        }
        Ok(())
    }

    /// Takes over what people said belongs to an incident since the last batch: what is like it joins, too. What had opened
    /// an incident of its own stays there, merged.
    async fn sync_joined_by_hand(&mut self, store: &Store, desk: &Arc<Desk>, since: Instant) -> Result<(), StoreError> {
        let rows = store.same_since(since, TAKEN_OUT_MAX).await?;
        self.joined_by_hand.retain(|row| rows.contains(row));
        for row in rows {
            if !self.joined_by_hand.insert(row.clone()) || self.correlator.group_of(&row.incident).is_none() {
                continue;
            }
            let mention =
                store.mention(&row.mention).await?.filter(|found| found.incident.as_ref() == Some(&row.incident));
            if let Some(mention) = mention {
                let active = HashMap::from([(row.incident.clone(), true)]);
                self.remember(desk, vec![Remembered::from(mention)], &active).await;
            }
        }
        Ok(())
    }

    /// Takes over what people took out of incidents since the last batch: those are remembered anew, without it.
    async fn sync_taken_out(&mut self, store: &Store, desk: &Arc<Desk>, since: Instant) -> Result<(), StoreError> {
        let mut rows = store.not_same_since(since, TAKEN_OUT_MAX).await?;
        rows.retain(|row| self.taken_out.insert(row.n));
        let mut incidents: Vec<IncidentId> = rows.into_iter().map(|row| row.incident).collect();
        incidents.sort_unstable();
        incidents.dedup();
        for incident in incidents {
            let active = store.incident(&incident).await?.is_some_and(|row| takes(&row));
            self.correlator.forget_incident(&incident);
            self.remember_incident(store, desk, &incident).await?;
            self.correlator.set_open(&incident, active);
            for row in store.not_same_of(&incident, TAKEN_OUT_PER_INCIDENT_MAX).await? {
                self.take_out(store, desk, &row).await?;
            }
        }
        Ok(())
    }

    /// Takes over what others did since the last batch: rules that changed, incidents that were opened by hand or on
    /// another node, or are in hand again.
    pub async fn sync(
        &mut self,
        store: &Store,
        rules: &Rules,
        desk: &Arc<Desk>,
        now: Instant,
    ) -> Result<(), StoreError> {
        if self.rules != rules.version {
            self.rules = rules.version.clone();
            self.correlator.set_rules(rules.correlation.clone(), watchlist(&rules.topics));
        }
        let since = self.synced - OVERLAP;
        let mut after = (since, IncidentId::default());
        let mut seen = 0;
        while seen < INCIDENTS_PER_SYNC_MAX {
            let rows = store.active_incidents((after.0, &after.1), PAGE).await?;
            let Some((id, at)) = rows.last() else { break };
            after = (*at, id.clone());
            seen += rows.len();
            for (id, _) in rows {
                if self.correlator.group_of(&id).is_some() {
                    self.correlator.set_open(&id, true);
                } else {
                    self.remember_incident(store, desk, &id).await?;
                }
            }
        }
        self.sync_joined_by_hand(store, desk, since).await?;
        self.sync_taken_out(store, desk, since).await?;
        self.synced = self.synced.max(now);
        Ok(())
    }

    /// The group of a scenario's label, if its incident has been opened; `candidate` founds it anew where memory has
    /// none.
    pub async fn labelled(
        &mut self,
        store: &Store,
        label: &str,
        candidate: &Candidate<'_>,
    ) -> Result<Option<GroupId>, StoreError> {
        if let Some(group) = self.labels.groups.get(label).filter(|group| self.correlator.holds(**group)) {
            return Ok(Some(*group));
        }
        self.labels.read(store).await?;
        let Some(incident) = self.labels.incidents.get(label) else { return Ok(None) };
        let active = store.incident(incident).await?.is_some_and(|row| row.active);
        Ok(Some(self.correlator.group_for(incident, active, candidate)))
    }

    /// Remembers which group a label opened in this batch.
    pub fn name(&mut self, label: &str, group: GroupId) {
        self.labels.groups.insert(label.to_owned(), group);
    }

    /// Forgets a label whose group is gone.
    pub fn unname(&mut self, group: GroupId) {
        if !self.correlator.holds(group) {
            self.labels.groups.retain(|_, of| *of != group);
        }
    }

    async fn remember(&mut self, desk: &Arc<Desk>, past: Vec<Remembered>, active: &HashMap<IncidentId, bool>) {
        let desk = desk.clone();
        let (past, features) = compared(desk, past).await;
        for (past, features) in past.iter().zip(&features) {
            // What can't be read again can't be compared.
            let Ok(features) = features else { continue };
            let regions: Vec<RegionId> = past.region.iter().cloned().collect();
            let analysis = Analysis { sentiment: past.sentiment, ..Analysis::default() };
            let candidate = Candidate {
                mention: &past.id,
                at: past.published_at.unwrap_or(past.detected_at),
                seen: past.detected_at,
                channel: past.channel,
                regions: &regions,
                engagement: past.engagement.as_ref(),
                author: past.author.as_deref(),
                answered: past.answered,
                analysis: &analysis,
                features,
            };
            let incident = past.incident.as_ref().map(|id| (id, active.get(id).copied().unwrap_or(false)));
            self.correlator.recall(&Past { candidate, incident });
        }
    }
}

async fn compared(desk: Arc<Desk>, past: Vec<Remembered>) -> (Vec<Remembered>, Vec<Result<Features, String>>) {
    let work = move || {
        let inputs: Vec<MentionInput> = past.iter().map(|past| past.input.clone()).collect();
        let features = desk.compare_all(&inputs);
        (past, features)
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}

impl From<CorrelationRow> for Remembered {
    fn from(row: CorrelationRow) -> Self {
        Self {
            id: row.id,
            incident: row.incident,
            channel: row.channel,
            input: MentionInput { title: row.title, text: row.text, channel: row.channel, ..MentionInput::default() },
            region: row.region,
            author: row.author_hash,
            published_at: row.published_at,
            detected_at: row.detected_at,
            answered: row.answered_at.is_some(),
            engagement: row.engagement.map(|json| json.0),
            sentiment: row.sentiment.as_deref().map_or_else(Sentiment::default, feeling),
        }
    }
}

/// As analysis wrote it; of a version that this one can't read, neutral.
fn feeling(said: &str) -> Sentiment {
    serde_json::from_value(said.into()).unwrap_or_default()
}

/// Whether mentions join an incident by likeness: it is in hand itself, or with the survivor that it was merged into.
fn takes(row: &IncidentRow) -> bool {
    row.active || row.state == "merged"
}

impl From<MentionRow> for Remembered {
    fn from(row: MentionRow) -> Self {
        let analysis: Option<Felt> = row.analysis.as_deref().and_then(|json| serde_json::from_str(json).ok());
        Self {
            sentiment: analysis.map(|felt| felt.sentiment).unwrap_or_default(),
            input: row.input(),
            id: row.id,
            incident: row.incident,
            channel: row.channel,
            region: row.region,
            author: row.author_hash,
            published_at: row.published_at,
            detected_at: row.detected_at,
            answered: row.answered_at.is_some(),
            engagement: row.engagement.map(|json| json.0),
        }
    }
}
