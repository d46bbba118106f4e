//! Acts: load → decide → append → project → wake; the one way in for web, engine and replay.

pub mod administration;
mod audit;
pub mod author_key;
mod group;
pub mod intake;
mod kept;
mod post;
mod prepared;
mod project;
pub mod rule_files;
mod same;
mod seal;

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::Value;

use crate::domain::actor::Actor;
use crate::domain::ids::{IncidentId, PostId, UserId};
use crate::domain::incident::{Command, Event, Incident, NewIncident, Refusal, Shown, decide, evolve, next_due};
use crate::domain::instant::Instant;
use crate::domain::ledger;
use crate::domain::routing::Routes;
use crate::rules::Rules;
use crate::store::{Append, MentionRow, NewEvent, Store, StoreError, Tx};

pub use audit::{Rebuilt, Verification, rebuild, verify};
use kept::{Recorded, kept};
pub use post::{ListedPost, POST, PostActed, PostDays, post_of, post_stream};
pub use prepared::topics_of;
pub use project::Way;
pub use seal::{SealCheck, SealError, check_seals, next_seal_at, seal_due, seal_file};

/// How often a command is decided anew when someone else's was first.
const ATTEMPTS_MAX: u32 = 8;
/// Kind of an incident's stream.
pub const INCIDENT: &str = "incident";

/// The rules as everything shares them: swapped whole when files change.
pub type SharedRules = Arc<ArcSwap<Rules>>;

/// The one way in.
#[derive(Clone)]
pub struct Acts {
    store: Store,
    rules: SharedRules,
    routes: Arc<Routes>,
}

/// What lists show of an incident besides its events: taken from its first mention, kept when that is deleted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// 标题
    pub title: String,
    /// 摘要
    pub summary: String,
    /// 领域
    pub category: Option<String>,
    /// Analysis of the mention that weighed most, JSON.
    pub analysis: Option<String>,
}

/// What stands for title and summary once the term of a case's texts is over.
pub const TITLE_GONE: &str = "（标题与摘要已按保存期限删除）";

/// What stands for the title of a case whose row was lost together with the mention that it came from.
pub(crate) fn title_lost(id: &IncidentId) -> String {
    format!("事件 {id}（首条信息已按保存期限删除）")
}

/// Characters of a text that stand for it where there is no title, and of a summary.
const TITLE_CHARS_MAX: usize = 40;
const SUMMARY_CHARS_MAX: usize = 200;

impl About {
    /// Of the mention that an incident opens with.
    pub fn of(first: &MentionRow, category: Option<String>, analysis: Option<String>) -> Self {
        let text = first.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = first.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
        Self {
            title: beginning(title.unwrap_or(&text), TITLE_CHARS_MAX),
            summary: beginning(&text, SUMMARY_CHARS_MAX),
            category,
            analysis,
        }
    }

    /// Of a mention that was analysed before.
    pub fn of_mention(first: &MentionRow) -> Self {
        let read = first.analysis.as_deref().and_then(|json| serde_json::from_str::<Categories>(json).ok());
        let category = read.and_then(|analysis| analysis.category.into_iter().next()).map(|category| category.id);
        Self::of(first, category, first.analysis.clone())
    }
}

/// The category that an analysis found first.
#[derive(serde::Deserialize)]
struct Categories {
    #[serde(default)]
    category: Vec<Category>,
}

#[derive(serde::Deserialize)]
struct Category {
    id: String,
}

/// The beginning of a text, marked where something is left out.
fn beginning(text: &str, chars_max: usize) -> String {
    let mut chars = text.chars();
    let beginning: String = chars.by_ref().take(chars_max).collect();
    if chars.next().is_some() { format!("{beginning}…") } else { beginning }
}

/// What an act did.
#[derive(Clone, Debug)]
pub struct Acted {
    /// The incident.
    pub incident: IncidentId,
    /// Its version for pages.
    pub version: i64,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The same as rows of the ledger.
    pub rows: Vec<Value>,
    /// The state after it.
    pub state: Incident,
    /// The incident that a split opened.
    pub opened: Option<IncidentId>,
}

/// Why an act did not happen. Nothing was changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ActError {
    /// Refused, with a reason a person can read.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No such incident.
    #[error("没有编号为 {0} 的事件")]
    NotFound(IncidentId),
    /// No such official post.
    #[error("没有编号为 {0} 的官方发布")]
    NoPost(PostId),
    /// The page that was acted on is out of date.
    #[error("事件已有新的变化（当前版本 {current}），请刷新后重试")]
    Stale {
        /// The present version.
        current: i64,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was decided would not read back as it was written.
    #[error("{stream}：这一步的内容不能原样存档，没有执行：{why}；请把所填内容告知系统管理员")]
    Unkept {
        /// The stream.
        stream: String,
        /// In which way.
        why: String,
    },
    /// A stored event can't be read.
    #[error("{stream} 的存档读不出：{why}；请系统管理员运行 huiying verify 查明")]
    State {
        /// The stream.
        stream: String,
        /// What the reader said.
        why: String,
    },
}

impl ActError {
    /// Whether loading again and deciding again may succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// The stream of an incident.
pub fn stream_of(incident: &IncidentId) -> String {
    format!("{INCIDENT}/{incident}")
}

/// The incident of a stream, if it is one's.
pub fn incident_of(stream: &str) -> Option<IncidentId> {
    stream.strip_prefix("incident/").map(IncidentId::from)
}

impl Acts {
    /// Over a store, by the rules of an office.
    pub fn new(store: Store, rules: SharedRules) -> Self {
        Self { store, rules, routes: Arc::default() }
    }

    /// With channels besides in-app.
    pub fn with_routes(self, routes: Routes) -> Self {
        Self { routes: Arc::new(routes), ..self }
    }

    /// By which channels people are told.
    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    /// The rules in force now.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.load_full()
    }

    /// Reads which accounts are in use, since a holder without one is not told (§5 item 9, "empty tier"): before what is due
    /// is taken up, so that a deactivation counts at once on every node.
    ///
    /// # Errors
    /// The database's.
    pub async fn know_accounts(&self) -> Result<(), StoreError> {
        let in_use = self.store.users_in_use().await?;
        let accounts = (!in_use.is_empty()).then(|| in_use.into_iter().collect::<BTreeSet<UserId>>());
        if self.rules().office.accounts != accounts {
            self.rules.rcu(|rules| {
                let mut rules = Rules::clone(rules);
                rules.office.accounts.clone_from(&accounts);
                rules
            });
        }
        Ok(())
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The incident as it stands.
    ///
    /// # Errors
    /// [`ActError::NotFound`], or the database's.
    pub async fn load(&self, id: &IncidentId) -> Result<Incident, ActError> {
        let stored = self.store.stream(&stream_of(id)).await?.ok_or_else(|| ActError::NotFound(id.clone()))?;
        if let Ok(state) = serde_json::from_str(&stored.state) {
            return Ok(state);
        }
        let mut moment = self.store.snapshot().await?;
        let stored = moment.glance(&stored.stream).await?.ok_or_else(|| ActError::NotFound(id.clone()))?;
        let state = Incident::of(&mut moment, &stored).await;
        moment.rollback().await?;
        state
    }

    /// Does one act in a transaction of its own; over events of others it is decided again. With `version` it is refused
    /// where a person's or a clock's event has come since that version was shown.
    ///
    /// # Errors
    /// [`ActError`]; nothing was changed.
    pub async fn act(
        &self,
        id: &IncidentId,
        command: &Command,
        by: &Actor,
        version: Option<i64>,
        now: Instant,
    ) -> Result<Acted, ActError> {
        let mut attempt = 1;
        loop {
            let outcome = async {
                let mut tx = self.store.write().await?;
                let acted = self.act_in(&mut tx, id, command, by, version, now).await?;
                tx.commit().await?;
                Ok(acted)
            }
            .await;
            match outcome {
                Err(error) if ActError::is_conflict(&error) && attempt < ATTEMPTS_MAX => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// Does one act within a transaction of the caller's.
    ///
    /// # Errors
    /// [`ActError`]; the caller rolls back, to a savepoint at least.
    pub async fn act_in(
        &self,
        tx: &mut Tx,
        id: &IncidentId,
        command: &Command,
        by: &Actor,
        version: Option<i64>,
        now: Instant,
    ) -> Result<Acted, ActError> {
        command.check_instants().map_err(Refusal)?;
        // Timers are each incident's own; everything else is done to a merged group as one.
        if !matches!(command, Command::Settle { .. }) {
            let members = self.group_of(tx, id).await?;
            if members.len() > 1 || group::concerns_several(command) {
                return self.act_on_group(tx, id, &members, command, by, version, now).await;
            }
        }
        let stored = tx.stream(&stream_of(id)).await?.ok_or_else(|| ActError::NotFound(id.clone()))?;
        let before = Incident::of(tx, &stored).await?;
        if before.group.is_some() && !matches!(command, Command::Settle { .. }) {
            // Merged between the look and the lock: look again.
            return Err(StoreError::Conflict { what: stored.stream }.into());
        }
        if let Some(version) = version {
            check_version(&before, version)?;
        }
        let rules = self.rules();
        let events = unless_it_panics(&stored.stream, || decide(&before, command, by, &rules.office, now))??;
        self.write(tx, before, events, by, None, now).await
    }

    /// Opens an incident within a transaction of the caller's and gives it its number: `YYYYMMDD-NNNN`.
    ///
    /// # Errors
    /// [`ActError`]; the caller rolls back, to a savepoint at least.
    pub async fn open(
        &self,
        tx: &mut Tx,
        opened: NewIncident,
        about: &About,
        by: &Actor,
        now: Instant,
    ) -> Result<Acted, ActError> {
        let id = self.next_incident(tx, opened.detected_at).await?;
        self.open_as(tx, &id, opened, about, by, now).await
    }

    /// The number that an incident of that detection takes.
    async fn next_incident(&self, tx: &mut Tx, detected_at: Instant) -> Result<IncidentId, ActError> {
        let day = detected_at.date().format("%Y%m%d").to_string();
        let number = tx.next_number(&format!("{INCIDENT}/{day}")).await?;
        Ok(IncidentId::new(format!("{day}-{number:04}")))
    }

    async fn open_as(
        &self,
        tx: &mut Tx,
        id: &IncidentId,
        opened: NewIncident,
        about: &About,
        by: &Actor,
        now: Instant,
    ) -> Result<Acted, ActError> {
        let opened = NewIncident { shown: Some(Shown::of(&about.title, &about.summary)), ..opened };
        let incident = Incident { id: id.clone(), ..Incident::default() };
        let rules = self.rules();
        let command = Command::Open(Box::new(opened));
        command.check_instants().map_err(Refusal)?;
        let events = decide(&incident, &command, by, &rules.office, now)?;
        self.write(tx, incident, events, by, Some(about), now).await
    }

    /// Writes what was decided: events, projections, outbox.
    async fn write(
        &self,
        tx: &mut Tx,
        before: Incident,
        events: Vec<Event>,
        by: &Actor,
        about: Option<&About>,
        now: Instant,
    ) -> Result<Acted, ActError> {
        let rules = self.rules();
        let office = &rules.office;
        let label = before.label.clone();
        let mut states = Vec::with_capacity(events.len());
        let mut state = before.clone();
        for event in &events {
            state = evolve(state, now, event);
            states.push(state.clone());
        }
        let name = state.label.clone().or(label).map_or_else(|| state.id.to_string(), |label| format!("@{label}"));
        let acted = Acted {
            incident: state.id.clone(),
            version: i64::try_from(state.version).unwrap_or(i64::MAX),
            rows: events.iter().map(|event| ledger::row(now, &name, event)).collect(),
            events,
            state,
            opened: None,
        };
        let next_at = next_due(&acted.state, office);
        let stream = stream_of(&acted.incident);
        let stored = acted.events.iter().map(|event| stored_event(event, by, now)).collect::<Result<Vec<_>, _>>()?;
        tx.append(Append {
            stream: &stream,
            kind: INCIDENT,
            expected_seq: i64::try_from(before.seq).unwrap_or(i64::MAX),
            events: &stored,
            state: &kept(&stream, &acted.state)?,
            next_at,
        })
        .await?;
        tracing::trace!(target: "huiying::step", "appended");
        let routes = &self.routes;
        let change = project::Change { before: &before, acted: &acted, states: &states, about, office, routes, now };
        project::project(tx, &change).await?;
        Ok(acted)
    }
}

/// Refuses where a person's or a clock's event has come since that version was shown.
fn check_version(incident: &Incident, version: i64) -> Result<(), ActError> {
    let current = i64::try_from(incident.version).unwrap_or(i64::MAX);
    if version < current { Err(ActError::Stale { current }) } else { Ok(()) }
}

fn stored_event(event: &Event, by: &Actor, at: Instant) -> Result<NewEvent, ActError> {
    let body = kept(event.name(), event)?;
    Ok(NewEvent { at, event: event.name().to_owned(), by: by.name().to_owned(), body })
}

/// A decision is a pure function: one that fails inside changes nothing, and must not take along whoever asked for it, least
/// of all the sweep that keeps everybody's clocks.
fn unless_it_panics<T>(stream: &str, decide: impl FnOnce() -> T) -> Result<T, ActError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decide))
        .map_err(|_| ActError::State {
            stream: stream.to_owned(), why: "程序内部出错，已记入日志".to_owned()
        })
}
