//! Ingest (研判入库): pending mentions → analysis in parallel → correlation → one write transaction for a batch, in which
//! incidents are opened and joined and the mentions are marked done. Killed anywhere, the pending ones are taken up again.
//!
//! What hurts a batch is isolated: each incident's part stands behind a savepoint; a part that fails is tried again
//! mention by mention, and one that fails alone is marked failed, counted and shown. It never stops the rest.

use std::sync::Arc;

use super::analyse::{Analysed, Desk};
use super::memory::Memory;
use super::plan::{Item, Member, Part, Parts};
use super::{Engine, EngineError, assign};
use crate::acts::{About, ActError};
use crate::correlate::{Joined, Opened, Placement};
use crate::domain::actor::Actor;
use crate::domain::grade::Grading;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::incident::{Command, NewIncident, NewMention};
use crate::domain::instant::{Instant, Span};
use crate::store::{Engine as StoreEngine, Finished, MentionRow, NewSuggestion, StoreError, Tx};

/// Mentions of a batch.
pub const BATCH_MAX: i64 = 500;
/// Mentions that are analysed at a time.
const PIECE: usize = 100;
/// Characters of a failure that are kept.
const ERROR_CHARS_MAX: usize = 500;
/// How far the clock of the node that stored a mention may be ahead of ours.
const CLOCK_SKEW_MAX: Span = Span::from_minutes(2);

/// What a batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestReport {
    /// Mentions taken up.
    pub taken: usize,
    /// Incidents opened, in order.
    pub opened: Vec<IncidentId>,
    /// Mentions that joined an incident.
    pub joined: usize,
    /// Mentions that failed alone and are given up.
    pub failed: usize,
}

impl IngestReport {
    /// Adds what a further batch did.
    pub fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.opened.extend(other.opened);
        self.joined += other.joined;
        self.failed += other.failed;
    }
}

/// Why a part of a batch was not written.
enum Fault {
    /// Another node has finished its mentions.
    Taken,
    /// Something about its mentions or its incident: the rest can go on.
    Part(String),
    /// The database: nothing can go on.
    Store(StoreError),
}

/// What became of an attempt to write a part.
enum Attempt {
    /// Written.
    Written,
    /// Another node has finished its mentions.
    Taken,
    /// Undone, for this reason.
    Failed(String),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable { .. } | StoreError::Duplicate { .. } => Self::Part(error.to_string()),
            other => Self::Store(other),
        }
    }
}

impl From<ActError> for Fault {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Store(error) => error.into(),
            other => Self::Part(other.to_string()),
        }
    }
}

impl Engine {
    /// Takes up batch after batch until nothing is pending, all at one instant: for a player.
    pub async fn ingest_all(&self, now: Instant) -> Result<IngestReport, EngineError> {
        self.ingest_until_empty(|| now).await
    }

    /// The same for a running service. Each batch is taken up at the instant after it was read: others store mentions while
    /// this one works, and none is taken up before it was detected.
    pub async fn ingest_pending(&self) -> Result<IngestReport, EngineError> {
        self.ingest_until_empty(|| self.clock.now()).await
    }

    async fn ingest_until_empty(&self, now: impl Fn() -> Instant) -> Result<IngestReport, EngineError> {
        let mut report = IngestReport::default();
        while self.take_versions(now()).await? > 0 {}
        loop {
            let batch = self.ingest_batch(&now).await?;
            if batch.taken == 0 {
                return Ok(report);
            }
            report.add(batch);
        }
    }

    /// Takes up one batch of pending mentions. Nothing taken: none is pending.
    async fn ingest_batch(&self, now: impl Fn() -> Instant) -> Result<IngestReport, EngineError> {
        let mut memory = self.memory.lock().await;
        let (rules, desk) = (self.rules.load_full(), self.desk());
        // Before anything is claimed: reading months back takes longer than a claim may be silent. What was remembered was read
        // as the analyser of then read it.
        let mut remembered = match memory.take().filter(|remembered| remembered.is_read_by(&desk)) {
            Some(remembered) => remembered,
            None if self.store.pending_mentions(1).await?.is_empty() => return Ok(IngestReport::default()),
            None => Memory::recall(&self.store, &rules, &desk, now()).await?,
        };
        remembered.go_on_recalling(&self.store, &desk).await?;
        // Of several nodes each takes its own. SQLite's one write lock is not kept over an analysis.
        let mut claim = match self.store.engine() {
            StoreEngine::Postgres => Some(self.store.write().await?),
            StoreEngine::Sqlite => None,
        };
        let rows = match &mut claim {
            Some(tx) => tx.claim_mentions(BATCH_MAX).await?,
            None => self.store.pending_mentions(BATCH_MAX).await?,
        };
        if rows.is_empty() {
            *memory = Some(remembered);
            return Ok(IngestReport::default());
        }
        let now = no_earlier_than_detected(now(), &rows);
        tracing::trace!(target: "huiying::step", "pending read");
        let detected: Vec<Instant> = rows.iter().map(|row| row.detected_at).collect();
        let items = self.analyse(&desk, rows, claim.as_mut()).await?;
        tracing::trace!(target: "huiying::step", "analysed");
        if let Some(tx) = &mut claim {
            tx.place_alone().await?;
        }
        remembered.sync(&self.store, &rules, &desk, now).await?;
        let tx = match claim {
            Some(tx) => tx,
            None => self.store.write().await?,
        };
        let report = Batch { engine: self, memory: &mut remembered, now, report: IngestReport::default() }
            .run(tx, items)
            .await?;
        // Only after a commit: a batch that failed leaves no memory, and the next one recalls what is true.
        *memory = Some(remembered);
        let done = self.clock.now();
        for at in detected {
            metrics::histogram!("huiying_mention_lag_seconds").record((done - at).ms() as f64 / 1000.0);
        }
        metrics::counter!("huiying_mentions_ingested_total").increment(report.taken as u64);
        metrics::counter!("huiying_mentions_failed_total").increment(report.failed as u64);
        Ok(report)
    }

    /// In pieces, so that a transaction that holds the mentions is never silent for long.
    async fn analyse(
        &self,
        desk: &Arc<Desk>,
        mut rows: Vec<MentionRow>,
        mut claim: Option<&mut Tx>,
    ) -> Result<Vec<(MentionRow, Result<Analysed, String>)>, EngineError> {
        let mut all = Vec::with_capacity(rows.len());
        while !rows.is_empty() {
            let piece: Vec<MentionRow> = rows.drain(..rows.len().min(PIECE)).collect();
            let desk = desk.clone();
            let work = move || {
                let inputs: Vec<_> = piece.iter().map(MentionRow::input).collect();
                piece.into_iter().zip(desk.analyse_all(&inputs)).collect::<Vec<_>>()
            };
            all.extend(tokio::task::spawn_blocking(work).await.map_err(|_| EngineError::Stopped)?);
            if let Some(tx) = &mut claim {
                tx.still_here().await?;
            }
        }
        Ok(all)
    }
}

/// Another node's clock may be ahead of ours by a little; what is further ahead is an error of the mention's.
fn no_earlier_than_detected(now: Instant, rows: &[MentionRow]) -> Instant {
    let near = rows.iter().map(|row| row.detected_at).filter(|at| *at - now <= CLOCK_SKEW_MAX);
    near.fold(now, Instant::max)
}

/// A batch under way.
struct Batch<'a> {
    engine: &'a Engine,
    memory: &'a mut Memory,
    now: Instant,
    report: IngestReport,
}

impl Batch<'_> {
    async fn run(
        mut self,
        mut tx: Tx,
        analysed: Vec<(MentionRow, Result<Analysed, String>)>,
    ) -> Result<IngestReport, EngineError> {
        self.report.taken = analysed.len();
        let mut items = Vec::with_capacity(analysed.len());
        for (row, analysed) in analysed {
            match analysed {
                Ok(analysed) => items.push(Item::new(row, analysed)),
                Err(error) => self.give_up(&mut tx, &row.id, &error).await?,
            }
        }
        let mut parts = Parts::default();
        for (at, item) in items.iter().enumerate() {
            parts.put(at, self.place(&mut tx, item).await?);
        }
        let mut alone = Vec::new();
        for part in parts.into_parts() {
            match self.attempt(&mut tx, &items, &part).await? {
                Attempt::Written => {}
                Attempt::Taken => self.forget(&items, &part),
                Attempt::Failed(error) => {
                    tracing::warn!(
                        error,
                        mentions = part.members.len(),
                        "mentions failed together and are tried alone"
                    );
                    self.forget(&items, &part);
                    alone.push(part);
                }
            }
        }
        for part in alone {
            self.try_alone(&mut tx, &items, part).await?;
        }
        tracing::trace!(target: "huiying::step", "batch written");
        tx.commit().await?;
        tracing::trace!(target: "huiying::step", "batch committed");
        Ok(self.report)
    }

    async fn place(&mut self, tx: &mut Tx, item: &Item) -> Result<Placement, EngineError> {
        if let Some(label) = &item.row.label {
            return self.place_labelled(item, label).await;
        }
        if item.row.backfill {
            return Ok(Placement::Noise {
                why: Some("发布已久，只供检索（补录数据）".to_owned()), perhaps: None
            });
        }
        loop {
            let placement = self.memory.correlator.place(&item.candidate());
            let Placement::Join(joined) = &placement else { return Ok(placement) };
            let Some(incident) = &joined.incident else { return Ok(placement) };
            // A merged one is in hand with its survivor.
            if tx.incident(incident).await?.is_some_and(|row| row.active || row.state == "merged") {
                return Ok(placement);
            }
            // Closed since: only an open incident takes mentions by likeness. Each turn closes one more, so it ends.
            self.memory.correlator.forget(&item.candidate(), joined.group, false);
            self.memory.correlator.set_open(incident, false);
        }
    }

    /// A scenario says where the mention belongs, whatever it is like.
    async fn place_labelled(&mut self, item: &Item, label: &str) -> Result<Placement, EngineError> {
        let how = format!("场景标签 @{label}");
        let candidate = item.candidate();
        let proposal = item.scripted();
        if let Some(group) = self.memory.labelled(&self.engine.store, label, &candidate).await? {
            let joined = self.memory.correlator.join(&candidate, group, how);
            return Ok(Placement::Join(Joined { proposal: proposal.unwrap_or_default(), ..joined }));
        }
        let Some(proposal) = proposal else { return Ok(Placement::Noise { why: Some(how), perhaps: None }) };
        let opened = self.memory.correlator.open(&candidate, how);
        self.memory.name(label, opened.group);
        Ok(Placement::Open(Opened { proposal, ..opened }))
    }

    /// Writes a part behind a savepoint.
    async fn attempt(&mut self, tx: &mut Tx, items: &[Item], part: &Part) -> Result<Attempt, EngineError> {
        let savepoint = tx.savepoint().await?;
        let fault = match self.write(tx, items, part).await {
            Ok(incident) => {
                tx.release(savepoint).await?;
                self.written(part, incident);
                return Ok(Attempt::Written);
            }
            Err(fault) => fault,
        };
        match fault {
            Fault::Store(error) => Err(error.into()),
            Fault::Taken => tx.rollback_to(savepoint).await.map(|()| Attempt::Taken).map_err(EngineError::from),
            Fault::Part(error) => {
                tx.rollback_to(savepoint).await?;
                Ok(Attempt::Failed(error))
            }
        }
    }

    fn written(&mut self, part: &Part, incident: Option<IncidentId>) {
        let Some(incident) = incident else { return };
        self.report.joined += part.members.len() + part.with.len() - usize::from(part.opens);
        if part.opens {
            if let Some(group) = part.group {
                self.memory.correlator.bind(group, &incident);
            }
            self.report.opened.push(incident);
        }
    }

    /// Takes a part out of memory again, the latest mention first.
    fn forget(&mut self, items: &[Item], part: &Part) {
        let Some(group) = part.group else { return };
        for (n, member) in part.members.iter().enumerate().rev() {
            self.memory.correlator.forget(&items[member.at].candidate(), group, part.opens && n == 0);
        }
        self.memory.unname(group);
    }

    /// Tries the mentions of a part one by one; one that fails alone is given up.
    async fn try_alone(&mut self, tx: &mut Tx, items: &[Item], part: Part) -> Result<(), EngineError> {
        for member in part.members {
            let item = &items[member.at];
            let mut parts = Parts::default();
            // What opens and joins nothing is remembered as it was placed; only incidents' mentions were forgotten.
            let again = match part.group {
                None => Placement::Noise { why: member.how, perhaps: member.perhaps },
                Some(_) => self.place(tx, item).await?,
            };
            parts.put(member.at, again);
            for alone in parts.into_parts() {
                if let Attempt::Failed(error) = self.attempt(tx, items, &alone).await? {
                    self.forget(items, &alone);
                    self.give_up(tx, &item.row.id, &error).await?;
                }
            }
        }
        Ok(())
    }

    async fn give_up(&mut self, tx: &mut Tx, mention: &MentionId, error: &str) -> Result<(), EngineError> {
        let error: String = error.chars().take(ERROR_CHARS_MAX).collect();
        tracing::error!(%mention, error, "a mention can't be taken in; it is marked failed and left out");
        tx.fail_mention(mention, &error, true).await?;
        self.report.failed += 1;
        Ok(())
    }

    async fn write(&self, tx: &mut Tx, items: &[Item], part: &Part) -> Result<Option<IncidentId>, Fault> {
        let incident = match part.group {
            None => None,
            Some(_) if part.opens => Some(self.open(tx, items, part).await?),
            Some(group) => {
                let incident = self.memory.correlator.incident_of(group);
                let incident = incident.ok_or_else(|| Fault::Part("要并入的事件没有建立".to_owned()))?;
                self.join(tx, items, &part.members, &[], &incident).await?;
                Some(incident)
            }
        };
        let mut finished = Vec::with_capacity(part.members.len());
        for member in &part.members {
            let Item { row, analysed, .. } = &items[member.at];
            finished.push(Finished {
                id: row.id.clone(),
                incident: incident.clone(),
                placed: member.how.clone(),
                analysis: to_json(&analysed.analysis)?,
                tokens: analysed.tokens.clone(),
                signature: None,
                region: analysed.region.clone(),
            });
        }
        if tx.finish_mentions(&finished).await? != finished.len() as u64 {
            return Err(Fault::Taken);
        }
        self.suggest(tx, items, part, incident.as_ref()).await?;
        Ok(incident)
    }

    /// What was left out of another incident, though it may belong there, is offered to a person.
    async fn suggest(&self, tx: &mut Tx, items: &[Item], part: &Part, own: Option<&IncidentId>) -> Result<(), Fault> {
        for member in &part.members {
            let Some(perhaps) = &member.perhaps else { continue };
            let Some(incident) = self.memory.correlator.incident_of(perhaps.group) else { continue };
            if own == Some(&incident) {
                continue;
            }
            let suggestion = NewSuggestion {
                incident,
                mention: items[member.at].row.id.clone(),
                likeness: (f64::from(perhaps.likeness) * 1_000.0).round() as i64,
                how: perhaps.how.clone(),
                at: self.now,
            };
            tx.suggest(&suggestion).await?;
        }
        Ok(())
    }

    /// Opens an incident with the part's first mention; the others, and earlier letters about the same matter, join it.
    async fn open(&self, tx: &mut Tx, items: &[Item], part: &Part) -> Result<IncidentId, Fault> {
        let (first, others) = part.members.split_first().ok_or_else(|| Fault::Part("没有信息".to_owned()))?;
        let item = &items[first.at];
        let rules = self.engine.rules.load();
        let policy = match &self.engine.options.policy {
            Some(policy) => policy.clone(),
            None => rules
                .office
                .policy_for(item.analysed.region.as_ref())
                .map(|policy| policy.id.clone())
                .unwrap_or_default(),
        };
        // What came under its label before and opened nothing belongs to it: the evidence was held since then.
        let kept = match &item.row.label {
            Some(label) => tx.kept_mentions(label).await?,
            None => Vec::new(),
        };
        let mut mentions: Vec<NewMention> = kept.iter().map(MentionRow::member).chain([item.member()]).collect();
        let opened = NewIncident {
            detected_at: kept.first().map_or(item.row.detected_at, |row| row.detected_at),
            occurred_at: None,
            policy,
            mention: mentions.remove(0),
            proposal: first.proposal,
            // A scenario's own proposal never depends on the classifier.
            approach: if item.row.label.is_none() { rules.approach(&item.analysed.analysis) } else { None },
            label: item.row.label.clone(),
            by_hand: false,
            shown: None,
            others: mentions,
        };
        let acted = self.engine.acts.open(tx, opened, &about(item)?, &Actor::System, self.now).await?;
        for row in &kept {
            tx.move_mention(&row.id, Some(&acted.incident)).await?;
        }
        self.engine.acts.prepare(tx, &acted.state, &item.row, &item.analysed.analysis.rules, self.now).await?;
        let incident = acted.incident;
        if !others.is_empty() || !part.with.is_empty() {
            self.join(tx, items, others, &part.with, &incident).await?;
        }
        if let Some(why) = &part.supervision {
            let command = Command::ProposeSupervision { why: why.clone() };
            self.engine.acts.act_in(tx, &incident, &command, &Actor::System, None, self.now).await?;
        }
        if self.engine.options.auto_assign {
            let bodies = assign::suggest(&item.analysed.analysis, acted.state.policy(&rules.office));
            if !bodies.is_empty() {
                tracing::trace!(target: "huiying::step", "assigning");
                let command = Command::AutoAssign { bodies };
                self.engine.acts.act_in(tx, &incident, &command, &Actor::System, None, self.now).await?;
                tracing::trace!(target: "huiying::step", "assigned");
            }
        }
        Ok(incident)
    }

    /// Lets mentions join an incident, merged or not: one event for all of them.
    async fn join(
        &self,
        tx: &mut Tx,
        items: &[Item],
        members: &[Member],
        letters: &[MentionId],
        incident: &IncidentId,
    ) -> Result<(), Fault> {
        let mut mentions: Vec<_> = members.iter().map(|member| items[member.at].member()).collect();
        for letter in letters {
            let here = items.iter().find(|item| item.row.id == *letter).map(Item::member);
            let member = match here {
                Some(member) => Some(member),
                // Another node may have let it join another incident meanwhile: it stays there.
                None => tx.mention(letter).await?.filter(|row| row.incident.is_none()).as_ref().map(MentionRow::member),
            };
            // Nor can one join that was deleted in the meantime (retention).
            let Some(member) = member else { continue };
            mentions.push(member);
            tx.move_mention(letter, Some(incident)).await?;
        }
        let proposal = members.iter().fold(Grading::default(), |all, member| all.join(&member.proposal));
        let command = Command::Join { mentions, proposal, revised: false };
        self.engine.acts.act_in(tx, incident, &command, &Actor::System, None, self.now).await?;
        Ok(())
    }
}

/// What lists show of the incident that a mention opens.
fn about(item: &Item) -> Result<About, Fault> {
    let analysis = &item.analysed.analysis;
    let category = analysis.category.first().map(|best| best.id.clone());
    Ok(About::of(&item.row, category, Some(to_json(analysis)?)))
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Part(error.to_string()))
}
