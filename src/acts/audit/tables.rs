//! The rows of the tables that follow from one stream: as the tables hold them, and as they follow from its events.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use crate::acts::project::{accounts, clock_row, escalation_row, holder, incident_row, task_row};
use crate::acts::{About, INCIDENT, POST, TITLE_GONE, incident_of, stream_of};
use crate::domain::administration::Role;
use crate::domain::clock::Clock;
use crate::domain::ids::{BodyId, IncidentId, MentionId, UserId};
use crate::domain::incident::{Event, ViewReason, Viewer, latest_due, next_due};
use crate::domain::instant::{Instant, Span};
use crate::domain::office::{CITY, Holder, Office};
use crate::domain::official_post;
use crate::store::{
    ClockRow, EscalationRow, IncidentRow, PlaceRow, StandingViewers, StoreError, StoredStream, TaskRow, Tx, UserRow,
};

use super::fold::{Accounts, Fold, IncidentRecord, Named, Subject, Told};

/// Keys of escalations with the accounts that they told, and when each has read it.
pub(super) type ToldTo = BTreeMap<(String, UserId), Option<Instant>>;

/// Rows of one stream.
#[derive(Default)]
pub(super) struct Tables {
    pub stream: Option<StoredStream>,
    pub incident: Option<IncidentRow>,
    pub tasks: Vec<TaskRow>,
    pub clocks: Vec<ClockRow>,
    /// By key.
    pub escalations: Vec<EscalationRow>,
    /// The accounts on whose list an escalation is, by its key, and when each has read it.
    pub told: ToldTo,
    /// Who may see the incident, and why.
    pub viewers: StandingViewers,
    /// All users there are, beside the administration's stream.
    pub users: Vec<UserRow>,
    /// Mentions that name the incident, or that its record names, with where they stand and when they were detected.
    pub places: BTreeMap<MentionId, (Option<IncidentId>, Instant)>,
    /// The hashes of title and text that their rows hold, and those of what else they say.
    pub hashes: BTreeMap<MentionId, (String, String)>,
    /// Where the counter stands that gave the number.
    pub counter: i64,
    /// Why rows can't be read; the others of their table are left out, too.
    pub unreadable: Vec<String>,
}

/// Whether a row is the mention that the record names: one that came again after its row was deleted (retention) is another
/// of the same name.
pub(super) fn is_own(named: &Named, detected_at: Instant) -> bool {
    detected_at <= named.at + CLOCK_SKEW_MAX
}

/// How much later than its incident a mention may say that it was detected: nodes' clocks differ.
const CLOCK_SKEW_MAX: Span = Span::from_minutes(2);

impl Tables {
    /// What the tables hold of the streams that were walked, by stream, and why rows of them can't be read. The rows of the
    /// streams themselves are left out.
    pub async fn of(tx: &mut Tx, folds: &[Fold]) -> Result<(BTreeMap<String, Self>, Vec<String>), StoreError> {
        let mut all: BTreeMap<String, Self> = BTreeMap::new();
        let mut unreadable = Vec::new();
        let names: Vec<&str> = folds.iter().map(|fold| fold.stream.as_str()).collect();
        for row in readable(tx.clocks_of(&names).await, &mut unreadable)? {
            all.entry(row.stream.clone()).or_default().clocks.push(row);
        }
        if let Some(fold) = folds.iter().find(|fold| matches!(fold.subject, Subject::Administration(_))) {
            let users = readable(tx.all_users().await, &mut unreadable)?;
            all.entry(fold.stream.clone()).or_default().users = users;
        }
        Self::counters(tx, folds, &mut all).await?;
        let ids: Vec<IncidentId> = names.iter().filter_map(|name| incident_of(name)).collect();
        if !ids.is_empty() {
            let ids: Vec<&str> = ids.iter().map(IncidentId::as_str).collect();
            Self::incidents(tx, &ids, &mut all, &mut unreadable).await?;
            Self::placed(tx, &ids, folds, &mut all).await?;
        }
        Ok((all, unreadable))
    }

    async fn counters(tx: &mut Tx, folds: &[Fold], all: &mut BTreeMap<String, Self>) -> Result<(), StoreError> {
        let numbered = |fold: &Fold| number(&fold.stream).map(|(counter, _)| counter.to_owned());
        let names: BTreeSet<String> = folds.iter().filter_map(numbered).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let counters: BTreeMap<String, i64> = tx.counters_of(&names).await?.into_iter().collect();
        for fold in folds {
            if let Some((counter, _)) = number(&fold.stream) {
                let at = counters.get(counter).copied().unwrap_or_default();
                all.entry(fold.stream.clone()).or_default().counter = at;
            }
        }
        Ok(())
    }

    async fn incidents(
        tx: &mut Tx,
        ids: &[&str],
        all: &mut BTreeMap<String, Self>,
        unreadable: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        for row in readable(tx.incidents_of(ids).await, unreadable)? {
            let stream = stream_of(&row.id);
            all.entry(stream).or_default().incident = Some(row);
        }
        for row in readable(tx.tasks_of(ids).await, unreadable)? {
            all.entry(stream_of(&row.incident)).or_default().tasks.push(row);
        }
        let mut of: BTreeMap<String, String> = BTreeMap::new();
        for row in readable(tx.escalations_of(ids).await, unreadable)? {
            let stream = stream_of(&row.incident);
            of.insert(row.id.clone(), stream.clone());
            all.entry(stream).or_default().escalations.push(row);
        }
        all.values_mut().for_each(|tables| tables.escalations.sort_by(|a, b| a.id.cmp(&b.id)));
        for (incident, viewer, why) in tx.viewers_of(ids).await? {
            all.entry(stream_of(&incident)).or_default().viewers.insert((viewer, why));
        }
        for (escalation, user, read_at) in tx.escalation_users_of(ids).await? {
            if let Some(stream) = of.get(&escalation) {
                all.entry(stream.clone()).or_default().told.insert((escalation, user), read_at);
            }
        }
        Ok(())
    }

    async fn placed(
        tx: &mut Tx,
        ids: &[&str],
        folds: &[Fold],
        all: &mut BTreeMap<String, Self>,
    ) -> Result<(), StoreError> {
        let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for fold in folds {
            let Subject::Incident(record) = &fold.subject else { continue };
            for mention in record.mentions.keys() {
                owners.entry(mention.as_str()).or_default().push(&fold.stream);
            }
        }
        let named: Vec<&str> = owners.keys().copied().collect();
        for row in tx.places(ids, &named).await? {
            let facts = row.facts();
            let PlaceRow { id: mention, incident, detected_at, content_hash, .. } = row;
            let by_record = owners.get(mention.as_str()).into_iter().flatten().map(|stream| (*stream).to_owned());
            let streams: BTreeSet<String> = by_record.chain(incident.as_ref().map(stream_of)).collect();
            for stream in streams {
                let tables = all.entry(stream).or_default();
                tables.places.insert(mention.clone(), (incident.clone(), detected_at));
                tables.hashes.insert(mention.clone(), (content_hash.clone(), facts.clone()));
            }
        }
        Ok(())
    }

    /// What the tables should hold by the record. What no event tells is taken as it is held: the title, the summary and
    /// the analysis of an incident, the names and numbers of those who were told, and, without an office, whose
    /// jurisdiction it is and when it wants to be settled next.
    pub fn wanted(fold: &Fold, held: &Self, office: Option<&Office>) -> Self {
        let mut wanted = Self { counter: held.counter, ..Self::default() };
        if let Some((_, least)) = number(&fold.stream) {
            wanted.counter = wanted.counter.max(least);
        }
        let held_next = held.stream.as_ref().and_then(|stored| stored.next_at);
        let (state, next_at) = match &fold.subject {
            Subject::Incident(record) => {
                wanted.incident_tables(fold, record, held, office);
                let next_at = match office {
                    Some(office) => next_due(&record.state, office),
                    None => [held_next, latest_due(&record.state)].into_iter().flatten().min(),
                };
                (json(&record.state), next_at)
            }
            Subject::Post(post) => {
                wanted.clocks = clock_rows(&fold.stream, None, &post.clocks);
                (json(post.as_ref()), official_post::next_due(post))
            }
            Subject::Administration(accounts) => {
                wanted.users = users(accounts, &held.users);
                (json(&accounts.state), None)
            }
            Subject::Unknown => {
                return Self { stream: held.stream.clone(), clocks: held.clocks.clone(), ..wanted };
            }
        };
        wanted.stream = Some(StoredStream {
            stream: fold.stream.clone(),
            kind: fold.kind().unwrap_or_default().to_owned(),
            seq: fold.seq,
            head: fold.head.clone(),
            state,
            next_at,
        });
        wanted
    }

    fn incident_tables(&mut self, fold: &Fold, record: &IncidentRecord, held: &Self, office: Option<&Office>) {
        let state = &record.state;
        let row = held.incident.as_ref();
        let about = row.map_or_else(About::default, |row| About {
            // Where the term of its words is over, the given title went with them (`check_shown`).
            title: state.title.clone().filter(|_| row.title != TITLE_GONE).unwrap_or_else(|| row.title.clone()),
            summary: row.summary.clone(),
            category: row.category.clone(),
            analysis: row.analysis.clone(),
        });
        let jurisdiction = match office {
            Some(office) => Some(state.jurisdiction(office)),
            None => state.raised_to.clone().or_else(|| row.map(|row| row.jurisdiction.clone())),
        };
        let jurisdiction = jurisdiction.unwrap_or_else(|| BodyId::from(CITY));
        let viewers = state.viewers(&jurisdiction).into_iter();
        self.viewers = viewers.map(|(viewer, why)| (viewer.to_string(), why.id().to_owned())).collect();
        self.incident = Some(incident_row(state, about, jurisdiction));
        self.tasks = state.tasks.iter().enumerate().map(|(n, task)| task_row(&state.id, n, task)).collect();
        self.clocks = clock_rows(&fold.stream, Some(&state.id), &state.clocks);
        (self.escalations, self.told) = escalations(record, &held.escalations, office);
        let sent: BTreeSet<&str> =
            self.escalations.iter().filter(|row| !row.skipped).map(|row| row.id.as_str()).collect();
        let told = self.told.keys().filter(|(escalation, _)| sent.contains(escalation.as_str()));
        let told = told.map(|(_, user)| (Viewer::User(user.clone()).to_string(), ViewReason::Told.id().to_owned()));
        self.viewers.extend(told);
        let place = |(mention, (incident, detected_at)): (&MentionId, &(Option<IncidentId>, Instant))| {
            let own = record.mentions.get(mention).is_some_and(|named| is_own(named, *detected_at));
            let elsewhere = incident.clone().filter(|incident| *incident != state.id);
            (mention.clone(), (if own { Some(state.id.clone()) } else { elsewhere }, *detected_at))
        };
        self.places = held.places.iter().map(place).collect();
    }

    /// What the tables hold and should not, or should hold and don't, in words.
    pub fn differences(&self, wanted: &Self, fold: &Fold) -> Vec<String> {
        let name = &fold.stream;
        let mut found: Vec<String> =
            self.unreadable.iter().map(|why| format!("{name}：表中有读不懂的内容：{why}")).collect();
        match (&self.stream, &wanted.stream) {
            (Some(held), Some(wanted)) => same_stream(held, wanted, fold, &mut found),
            (None, Some(_)) => found.push(format!("{name}：有记录而没有当前状态")),
            (_, None) => {}
        }
        if self.incident != wanted.incident {
            found.push(format!("{name}：列表中的事件与记录不符"));
        }
        if self.tasks != wanted.tasks {
            found.push(format!("{name}：交办与记录不符"));
        }
        for clock in &wanted.clocks {
            if self.clocks.iter().find(|row| row.id == clock.id) != Some(clock) {
                found.push(format!("{name} 时限 {}（{}）：表中与记录不符", clock.id.0, clock.kind.zh()));
            }
        }
        if self.clocks.len() != wanted.clocks.len() {
            let (held, wanted) = (self.clocks.len(), wanted.clocks.len());
            found.push(format!("{name}：表中有 {held} 个时限，记录有 {wanted} 个"));
        }
        if self.escalations != wanted.escalations {
            found.push(format!("{name}：升级与记录不符"));
        }
        if self.told != wanted.told {
            found.push(format!("{name}：升级所通知的人与记录不符"));
        }
        if self.viewers != wanted.viewers {
            found.push(format!("{name}：谁可以看到这件舆情与记录不符"));
        }
        for user in wanted.users.iter().filter(|user| !self.users.contains(user)) {
            found.push(format!("{name} 用户 {}：表中与记录不符", user.id));
        }
        for user in self.users.iter().filter(|held| !wanted.users.iter().any(|user| user.id == held.id)) {
            found.push(format!("{name} 用户 {}：没有记录", user.id));
        }
        for (mention, place) in &wanted.places {
            if self.places.get(mention) != Some(place) {
                found.push(format!("{name} 信息 {mention}：所属事件与记录不符"));
            }
        }
        if self.counter != wanted.counter {
            found.push(format!("{name}：编号计数 {} 落后于记录", self.counter));
        }
        found
    }
}

/// Rows of one table, or none where one of them can't be read, and why.
fn readable<T>(read: Result<Vec<T>, StoreError>, unreadable: &mut Vec<String>) -> Result<Vec<T>, StoreError> {
    match read {
        Err(StoreError::Unreadable { why, .. }) => {
            unreadable.push(why);
            Ok(Vec::new())
        }
        other => other,
    }
}

fn same_stream(held: &StoredStream, wanted: &StoredStream, fold: &Fold, found: &mut Vec<String>) {
    let name = &wanted.stream;
    if held.seq < wanted.seq {
        found.push(format!("{name}：当前状态停在第 {} 条，记录有 {} 条", held.seq, wanted.seq));
    }
    let same = match &fold.subject {
        Subject::Incident(record) => is(&held.state, &record.state),
        Subject::Post(post) => is(&held.state, post.as_ref()),
        Subject::Administration(accounts) => is(&held.state, &accounts.state),
        Subject::Unknown => true,
    };
    if !same || held.kind != wanted.kind {
        found.push(format!("{name}：由记录重建的状态与保存的状态不同"));
    }
    if held.next_at != wanted.next_at {
        found.push(format!("{name}：登记的下次检查时间与记录不符，时限可能不会按时触发"));
    }
}

/// Whether a snapshot reads as that state, however it was written.
fn is<T: PartialEq + DeserializeOwned>(snapshot: &str, state: &T) -> bool {
    serde_json::from_str::<T>(snapshot).is_ok_and(|read| read == *state)
}

fn json<T: serde::Serialize>(state: &T) -> String {
    serde_json::to_string(state).unwrap_or_default()
}

fn clock_rows(stream: &str, incident: Option<&IncidentId>, clocks: &[Clock]) -> Vec<ClockRow> {
    clocks.iter().map(|clock| clock_row(stream, incident, clock)).collect()
}

/// The counter that gave a stream its number, and the number: `incident/20261125` and 1.
pub(super) fn number(stream: &str) -> Option<(&str, i64)> {
    let (counter, number) = stream.rsplit_once('-')?;
    Some((counter, number.parse().ok()?)).filter(|_| is_of_streams(counter))
}

/// Whether a counter numbers streams.
pub(super) fn is_of_streams(counter: &str) -> bool {
    [INCIDENT, POST].iter().any(|kind| counter.strip_prefix(kind).is_some_and(|rest| rest.starts_with('/')))
}

/// Whom a row says that it told.
pub(super) fn holders(row: &EscalationRow) -> Vec<Holder> {
    serde_json::from_str(&row.holders).unwrap_or_default()
}

/// The names and numbers of those who were told are no part of the record: those that are held stay, what is lost is taken
/// from today's rosters.
fn escalations(
    record: &IncidentRecord,
    held: &[EscalationRow],
    office: Option<&Office>,
) -> (Vec<EscalationRow>, ToldTo) {
    let mut rows: BTreeMap<String, EscalationRow> = BTreeMap::new();
    let mut told_to = ToldTo::new();
    for told in &record.told {
        match told {
            Told::Escalated(event, seq, at) => {
                let Event::Escalated { to, .. } = event.as_ref() else { continue };
                let Some(mut row) = escalation_row(&record.state.id, *seq, event, *at, &[]) else { continue };
                let known = held.iter().find(|held| held.id == row.id).map(|held| (&held.holders, holders(held)));
                let known = known.filter(|(_, known)| known.iter().map(|holder| &holder.id).eq(to));
                let told = match (known, office) {
                    (Some((text, known)), _) => {
                        row.holders.clone_from(text);
                        known
                    }
                    (None, Some(office)) => {
                        let today: Vec<Holder> = to.iter().map(|id| holder(id, office)).collect();
                        row.holders = json(&today);
                        today
                    }
                    (None, None) => Vec::new(),
                };
                told_to.extend(accounts(&told).into_iter().map(|user| ((row.id.clone(), user), None)));
                rows.insert(row.id.clone(), row);
            }
            Told::Received { by, body, at } => {
                let own = |user: &UserId| user == by || user.as_str() == body.as_str();
                for ((escalation, _), read_at) in told_to.iter_mut().filter(|((_, user), _)| own(user)) {
                    read_at.get_or_insert(*at);
                    if let Some(row) = rows.get_mut(escalation).filter(|row| row.received_at.is_none()) {
                        row.received_by = Some(by.to_string());
                        row.received_at = Some(*at);
                    }
                }
            }
        }
    }
    (rows.into_values().collect(), told_to)
}

fn users(accounts: &Accounts, held: &[UserRow]) -> Vec<UserRow> {
    let row = |(user, account): (&UserId, &crate::domain::administration::Account)| {
        let (created_at, updated_at) = accounts.times.get(user).copied().unwrap_or_default();
        let held = held.iter().find(|held| held.id == *user);
        let same = held.filter(|held| is::<Vec<Role>>(&held.roles, &account.roles));
        UserRow {
            id: user.clone(),
            name: account.name.clone(),
            roles: same.map_or_else(|| json(&account.roles), |held| held.roles.clone()),
            active: account.active,
            // Written once, with the row.
            created_at: held.map_or(created_at, |held| held.created_at),
            updated_at,
        }
    };
    accounts.state.users.iter().map(row).collect()
}
