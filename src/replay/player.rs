//! Plays a scenario: the real engine, store and acts on a throw-away SQLite file under a virtual clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::Value;

use crate::acts::intake::{Arrival, Intake, IntakeError};
use crate::acts::{About, ActError, Acts, INCIDENT, POST, SharedRules, topics_of};
use crate::domain::actor::Actor;
use crate::domain::grade::Grading;
use crate::domain::ids::{BodyId, IncidentId, MentionId, PostId};
use crate::domain::incident::{Command, NewIncident};
use crate::domain::instant::{Instant, Span};
use crate::domain::ledger;
use crate::domain::mention::{MentionError, MentionInput};
use crate::domain::official_post::{NewPost, PostCommand};
use crate::engine::{Engine, EngineError, EngineOptions};
use crate::rules::Rules;
use crate::store::{LetterAnswer, Store, StoreError, StoreOptions};
use crate::text::Analyser;
use crate::time::{Clock, ManualClock};

use super::scenario::{Deed, Line, Scenario};

/// Policy of a scenario that names none.
const DEFAULT_POLICY: &str = "xuancheng-2016";
/// Users who act for the government office.
const OFFICE_USERS: [&str; 4] = ["analyst", "analyst2", "leader", "admin"];
/// Events read at once.
const PAGE_EVENTS: i64 = 5_000;

/// Why a scenario can't go on. A refused act is none of these: it is counted, and the ledger goes on.
#[derive(Debug, thiserror::Error)]
pub enum PlayerError {
    /// The throw-away database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The intake.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The scenario asks for a policy that the rules do not have.
    #[error("规则中没有政策 {0}；可用的政策见 rules/policies/")]
    Policy(String),
    /// No temporary folder.
    #[error("无法建立临时文件夹：{0}")]
    Folder(#[from] std::io::Error),
}

/// What a scenario gave.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Rows of the ledger, in order.
    pub ledger: Vec<Value>,
    /// Lines that were refused or could not be played, with why.
    pub refused: Vec<String>,
}

/// A line that did not take effect.
#[derive(Debug)]
enum Miss {
    Refused(String),
    Broken(PlayerError),
}

impl<E: Into<PlayerError>> From<E> for Miss {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

impl From<ActError> for Miss {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Store(error) => Self::Broken(error.into()),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<MentionError> for Miss {
    fn from(error: MentionError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Does the lines of a scenario on an engine.
pub struct Player {
    engine: Engine,
    acts: Acts,
    intake: Intake,
    store: Store,
    policy: String,
    names: Names,
}

/// What a scenario calls things by; outlives a restart of the process.
#[derive(Clone, Debug, Default)]
struct Names {
    /// Mentions that open nothing by themselves, by label: an act on one opens it by hand.
    kept: BTreeMap<String, (MentionId, Instant)>,
    /// Incidents by label.
    labels: BTreeMap<String, IncidentId>,
    /// Mentions by the id that their line gives them.
    mentions: BTreeMap<String, MentionId>,
    /// Official posts by label.
    posts: BTreeMap<String, PostId>,
}

impl Player {
    /// Over a store with its engine.
    ///
    /// # Errors
    /// [`PlayerError::Policy`], or the database's.
    pub async fn new(engine: Engine, acts: Acts, policy: Option<&str>) -> Result<Self, PlayerError> {
        let store = acts.store().clone();
        let policy = policy.unwrap_or(DEFAULT_POLICY).to_owned();
        if !acts.rules().office.policies.contains_key(&policy) {
            return Err(PlayerError::Policy(policy));
        }
        let intake = Intake::throw_away(&store)?;
        Ok(Self { engine, acts, intake, store, policy, names: Names::default() })
    }

    /// Plays one line at `now`; `Ok(Some(why))` if it was refused.
    ///
    /// # Errors
    /// [`PlayerError`]: nothing more can be played.
    pub async fn play(&mut self, line: &Line, now: Instant) -> Result<Option<String>, PlayerError> {
        let done = match &line.deed {
            Deed::Mention { input, label, proposal, answered_at } => {
                let told = (label.as_deref(), proposal.as_deref());
                self.mention(line.number, input, told, *answered_at, now).await
            }
            Deed::Act { incident, by, command } => self.act(incident, by, command, now).await,
            Deed::CityPost { post, by, effective_at, concerns } => {
                self.city_post(post, by, effective_at.unwrap_or(now), concerns, now).await
            }
            Deed::Repost { post, by, account, effective_at } => {
                self.repost(post, by, account, effective_at.unwrap_or(now), now).await
            }
            Deed::Restart { .. } => Ok(()),
        };
        match done {
            Ok(()) => Ok(None),
            Err(Miss::Refused(why)) => Ok(Some(format!("第 {} 行：{why}", line.number))),
            Err(Miss::Broken(error)) => Err(error),
        }
    }

    async fn mention(
        &mut self,
        number: usize,
        input: &MentionInput,
        (label, proposal): (Option<&str>, Option<&str>),
        answered_at: Option<Instant>,
        now: Instant,
    ) -> Result<(), Miss> {
        let mut input = input.clone();
        // A label makes each line a mention of its own, whatever its words: a scenario never depends on the classifier.
        if label.is_some() && input.id.is_none() && input.url.is_none() {
            input.id = Some(format!("line-{number}"));
        }
        let arrival = Arrival {
            detected_at: now,
            live: label.is_some(),
            label: label.map(str::to_owned),
            proposal: proposal.map(str::to_owned),
            ..Arrival::default()
        };
        let prepared = self.intake.prepare(input, &self.acts.rules().office, arrival)?;
        let id = prepared.input.identity();
        if let Some(own) = &prepared.input.id {
            self.names.mentions.insert(own.clone(), id.clone());
        }
        self.intake.store(std::slice::from_ref(&prepared)).await?;
        if let Some(at) = answered_at {
            let mut tx = self.store.write().await?;
            tx.answer_mention(&id, &LetterAnswer { at, is_stated: true, by: None, text: None }).await?;
            tx.commit().await?;
        }
        let report = self.engine.ingest_all(now).await?;
        if let Some(label) = label {
            if let Some(opened) = report.opened.first() {
                self.names.labels.entry(label.to_owned()).or_insert_with(|| opened.clone());
            } else {
                self.names.kept.entry(label.to_owned()).or_insert((id, now));
            }
        }
        Ok(())
    }

    async fn act(&mut self, incident: &str, by: &str, command: &Command, now: Instant) -> Result<(), Miss> {
        let command = &self.named(command).await?;
        if let Some(id) = self.incident(incident).await? {
            let by = self.actor(by, Some(&id)).await?;
            let acted = self.acts.act(&id, command, &by, None, now).await?;
            if let (Some(opened), Some(label)) = (acted.opened, new_label(command)) {
                self.names.labels.insert(label, opened);
            }
            return Ok(());
        }
        let Some((mention, detected_at)) = self.names.kept.get(incident).cloned() else {
            return Err(Miss::Refused(format!("没有事件 @{incident}")));
        };
        let by = self.actor(by, None).await?;
        let id = self.open_by_hand(incident, &mention, detected_at, command, &by, now).await?;
        self.names.labels.insert(incident.to_owned(), id);
        Ok(())
    }

    /// The command with what the scenario calls things by in place of labels and the mentions' own ids.
    async fn named(&mut self, command: &Command) -> Result<Command, Miss> {
        match command {
            Command::Merge { into } => {
                let label = into.as_str().trim_start_matches('@');
                match self.incident(label).await? {
                    Some(into) => Ok(Command::Merge { into }),
                    None => Err(Miss::Refused(format!("没有事件 @{label}"))),
                }
            }
            Command::Split { mentions, label, found } => {
                let label = label.as_deref().map(|label| label.trim_start_matches('@').to_owned());
                if label.as_ref().is_some_and(|label| self.names.labels.contains_key(label)) {
                    return Err(Miss::Refused(format!("已有事件 @{}", label.unwrap_or_default())));
                }
                let known = |id: &MentionId| self.names.mentions.get(id.as_str()).unwrap_or(id).clone();
                let mentions = mentions.iter().map(known).collect();
                Ok(Command::Split { mentions, label, found: found.clone() })
            }
            other => Ok(other.clone()),
        }
    }

    async fn city_post(
        &mut self,
        label: &str,
        by: &str,
        effective_at: Instant,
        concerns: &[BodyId],
        now: Instant,
    ) -> Result<(), Miss> {
        if self.names.posts.contains_key(label) {
            return Err(Miss::Refused(format!("已有官方发布 @{label}")));
        }
        let by = self.actor(by, None).await?;
        let post = NewPost {
            policy: self.policy.clone(),
            concerns: concerns.to_vec(),
            title: None,
            url: None,
            label: Some(label.to_owned()),
        };
        let acted = self.acts.publish(post, effective_at, &by, now).await?;
        self.names.posts.insert(label.to_owned(), acted.post);
        Ok(())
    }

    async fn repost(
        &mut self,
        post: &str,
        by: &str,
        account: &str,
        effective_at: Instant,
        now: Instant,
    ) -> Result<(), Miss> {
        let by = self.actor(by, None).await?;
        let id = self.names.posts.get(post).cloned().unwrap_or_else(|| PostId::from(post));
        let command = PostCommand::Repost { account: account.to_owned(), effective_at };
        self.acts.act_on_post(&id, &command, &by, now).await?;
        Ok(())
    }

    /// Opens the incident and applies the act, both or neither.
    async fn open_by_hand(
        &self,
        label: &str,
        mention: &MentionId,
        detected_at: Instant,
        command: &Command,
        by: &Actor,
        now: Instant,
    ) -> Result<IncidentId, Miss> {
        let Some(row) = self.store.mention(mention).await? else {
            return Err(Miss::Refused(format!("@{label} 的信息不在库中")));
        };
        let opened = NewIncident {
            detected_at,
            occurred_at: None,
            policy: self.policy.clone(),
            mention: row.member(),
            proposal: Grading::default(),
            approach: None,
            label: Some(label.to_owned()),
            by_hand: true,
            shown: None,
            others: Vec::new(),
        };
        let title = row.title.clone().unwrap_or_else(|| row.text.chars().take(40).collect());
        let about = About { title, ..About::default() };
        let mut tx = self.store.write().await?;
        let acted = self.acts.open(&mut tx, opened, &about, by, now).await?;
        self.acts.prepare(&mut tx, &acted.state, &row, &topics_of(&row), now).await?;
        let incident = acted.incident;
        tx.move_mention(&row.id, Some(&incident)).await?;
        self.acts.act_in(&mut tx, &incident, command, by, None, now).await?;
        tx.commit().await?;
        Ok(incident)
    }

    async fn incident(&mut self, label: &str) -> Result<Option<IncidentId>, Miss> {
        if let Some(id) = self.names.labels.get(label) {
            return Ok(Some(id.clone()));
        }
        let id = IncidentId::from(label);
        Ok(self.store.incident(&id).await?.map(|row| row.id))
    }

    /// `lead` is whoever leads, the government office where nobody does.
    async fn actor(&self, by: &str, incident: Option<&IncidentId>) -> Result<Actor, Miss> {
        if OFFICE_USERS.contains(&by) {
            return Ok(Actor::office(by));
        }
        if by == "lead" {
            let lead = match incident {
                Some(id) => self.acts.load(id).await?.leading().cloned(),
                None => None,
            };
            return Ok(Actor::body(lead.unwrap_or_else(|| BodyId::from(BodyId::OFFICE))));
        }
        if self.acts.rules().office.bodies.contains_key(by) {
            return Ok(Actor::body(by));
        }
        Err(Miss::Refused(format!("没有用户或单位 {by}")))
    }
}

/// The label that a split gives the new incident.
fn new_label(command: &Command) -> Option<String> {
    match command {
        Command::Split { label, .. } => label.clone(),
        _ => None,
    }
}

/// A throw-away process: what a restart drops.
struct Process {
    engine: Engine,
    player: Player,
    clock: Arc<ManualClock>,
    store: Store,
}

async fn start(
    database: &StoreOptions,
    rules: &SharedRules,
    analyser: &Arc<Analyser>,
    scenario: &Scenario,
) -> Result<Process, PlayerError> {
    let store = Store::open(database).await?;
    store.migrate().await?;
    let clock = Arc::new(ManualClock::default());
    let acts = Acts::new(store.clone(), rules.clone());
    let policy = scenario.setup.policy.clone();
    let options = EngineOptions {
        auto_assign: scenario.setup.auto_assign.unwrap_or(false),
        policy: Some(policy.clone().unwrap_or_else(|| DEFAULT_POLICY.to_owned())),
        ..EngineOptions::default()
    };
    let engine = Engine::new(store.clone(), acts.clone(), rules.clone(), analyser.clone(), clock.clone(), options);
    let player = Player::new(engine.clone(), acts, policy.as_deref()).await?;
    Ok(Process { engine, player, clock, store })
}

/// Plays a scenario on an empty database to its last line, or to `until`, and settles what is due before that instant and
/// no more.
///
/// # Errors
/// [`PlayerError`]; refused lines are in the outcome.
pub async fn replay(
    scenario: &Scenario,
    rules: Rules,
    until: Option<Instant>,
    database: &StoreOptions,
) -> Result<Outcome, PlayerError> {
    let analyser = Arc::new(Analyser::new(rules.vocabulary()));
    let rules: SharedRules = Arc::new(ArcSwap::from_pointee(rules));
    let mut outcome =
        Outcome { refused: scenario.errors.iter().map(ToString::to_string).collect(), ..Outcome::default() };
    let mut process = start(database, &rules, &analyser, scenario).await?;
    let mut down_until: Option<Instant> = None;
    for line in scenario.lines.iter().filter(|line| until.is_none_or(|until| line.at <= until)) {
        if down_until.is_some_and(|back| line.at < back) {
            outcome.refused.push(format!("第 {} 行：此时系统停机，操作没有执行", line.number));
            continue;
        }
        if let Some(back) = down_until.take_if(|_| until.is_none()) {
            process.clock.set(back);
            process.engine.sweep(back, back).await?;
        }
        advance(&process, line.at).await?;
        if let Deed::Restart { until: back } = line.deed {
            let names = std::mem::take(&mut process.player.names);
            process.store.close().await;
            process = start(database, &rules, &analyser, scenario).await?;
            process.player.names = names;
            // Without an `--until`, only a later line tells that it came back.
            if until.is_some_and(|until| back <= until) {
                process.clock.set(back);
                process.engine.sweep(back, back).await?;
            }
            down_until = Some(back);
            continue;
        }
        process.clock.set(line.at);
        outcome.refused.extend(process.player.play(line, line.at).await?);
    }
    if let Some(end) = until.filter(|end| down_until.is_none_or(|back| back <= *end)) {
        advance(&process, end).await?;
    }
    outcome.ledger = ledger_of(&process.store).await?;
    process.store.close().await;
    Ok(outcome)
}

/// Fires, each at its own instant, what is due before `to`.
async fn advance(process: &Process, to: Instant) -> Result<(), PlayerError> {
    while let Some(next) = process.store.next_due().await?.filter(|next| *next < to) {
        // Time never goes back: what should have fired before the last line fires now.
        let at = next.max(process.clock.now());
        process.clock.set(at);
        let swept = process.engine.sweep(next + Span::from_ms(1), at).await?;
        if swept.settled == 0 {
            break;
        }
    }
    Ok(())
}

/// The record as rows of the contract.
async fn ledger_of(store: &Store) -> Result<Vec<Value>, PlayerError> {
    let mut rows = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut position = 0;
    loop {
        let page = store.events_after(position, PAGE_EVENTS).await?;
        let Some(last) = page.last() else { return Ok(rows) };
        position = last.position;
        for event in page {
            let Some((kind, id)) = event.stream.split_once('/') else { continue };
            let row = match kind {
                INCIDENT => ledger::row_of,
                POST => ledger::row_of_post,
                _ => continue,
            };
            let stored: Value = serde_json::from_str(&event.body).unwrap_or_default();
            let opens = matches!(event.event.as_str(), "incident_opened" | "posted");
            if let Some(label) = stored.get("label").and_then(Value::as_str).filter(|_| opens) {
                names.insert(event.stream.clone(), format!("@{label}"));
            }
            let name = names.get(&event.stream).cloned().unwrap_or_else(|| id.to_owned());
            rows.push(row(event.at, &name, &event.event, stored));
        }
    }
}
