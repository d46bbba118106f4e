//! The tables that follow from an incident's events, written in the transaction that appends them: lists, tasks, clocks,
//! escalations, outbox. [`super::audit`] compares them with the record, and writes them anew where they differ.

use std::collections::BTreeSet;

use serde_json::json;

use crate::domain::clock::Clock;
use crate::domain::ids::{BodyId, IncidentId, UserId};
use crate::domain::incident::{Event, Incident, Life, Task};
use crate::domain::instant::Instant;
use crate::domain::notice::notices;
use crate::domain::office::{CITY, Holder, Office};
use crate::domain::routing::Routes;
use crate::store::{ClockRow, EscalationRow, IncidentRow, Json, NewOutbox, StoreError, TaskRow, Tx};

use super::{About, Acted, stream_of};

/// One transition, as projections see it.
pub(super) struct Change<'a> {
    pub before: &'a Incident,
    pub acted: &'a Acted,
    /// The state after each event.
    pub states: &'a [Incident],
    /// Given when it opens.
    pub about: Option<&'a About>,
    pub office: &'a Office,
    pub routes: &'a Routes,
    pub now: Instant,
}

pub(super) async fn project(tx: &mut Tx, change: &Change<'_>) -> Result<(), StoreError> {
    if change.acted.events.is_empty() {
        return Ok(());
    }
    let state = &change.acted.state;
    let row = incident_row(state, change.about.cloned().unwrap_or_default(), state.jurisdiction(change.office));
    match change.about {
        Some(_) => tx.put_incident(&row).await?,
        None => tx.put_incident_state(&row).await?,
    }
    if let Some(title) = change.acted.events.iter().rev().find_map(retitled) {
        tx.put_title(&state.id, title).await?;
    }
    for (n, task) in state.tasks.iter().enumerate() {
        if change.before.tasks.get(n) != Some(task) {
            tx.put_task(&task_row(&state.id, n, task)).await?;
        }
    }
    for (n, clock) in state.clocks.iter().enumerate() {
        if change.before.clocks.get(n) != Some(clock) {
            tx.put_clock(&clock_row(&stream_of(&state.id), Some(&state.id), clock)).await?;
        }
    }
    put_viewers(tx, change, &row).await?;
    let mut told = Vec::new();
    for (event, after) in change.acted.events.iter().zip(change.states) {
        tell(tx, after, event, change, &mut told).await?;
    }
    tx.put_outbox(&told).await?;
    Ok(())
}

fn retitled(event: &Event) -> Option<&str> {
    match event {
        Event::Retitled { title, .. } => Some(title),
        _ => None,
    }
}

/// Who may see it from now on. Timers and mentions that join change that only where the jurisdiction changes with them.
async fn put_viewers(tx: &mut Tx, change: &Change<'_>, row: &IncidentRow) -> Result<(), StoreError> {
    let state = &change.acted.state;
    let viewers = state.viewers(&row.jurisdiction);
    let by_itself = |event: &Event| event.is_of_clock() || matches!(event, Event::MentionJoined { .. });
    let same = || viewers == change.before.viewers(&change.before.jurisdiction(change.office));
    if change.acted.events.iter().all(by_itself) && same() {
        return Ok(());
    }
    tx.put_viewers(&state.id, &viewers, (row.version, change.now)).await
}

async fn tell(
    tx: &mut Tx,
    after: &Incident,
    event: &Event,
    change: &Change<'_>,
    rows: &mut Vec<NewOutbox>,
) -> Result<(), StoreError> {
    if let Event::Escalated { to, .. } = event {
        let holders: Vec<Holder> = to.iter().map(|id| holder(id, change.office)).collect();
        if let Some(row) = escalation_row(&after.id, after.seq, event, change.now, &holders) {
            let accounts = accounts(&holders);
            tx.put_escalation(&row, &accounts).await?;
            if !row.skipped {
                tx.put_told(&after.id, &accounts).await?;
            }
        }
    }
    let told = match event {
        Event::Mirrored { what } => what.as_ref(),
        other => other,
    };
    if let Event::Receipt { by, body, .. } = told {
        let by = UserId::from(by.as_str());
        for told in [&by, &UserId::from(body.as_str())] {
            tx.receive_escalations(&after.id, told, &by, change.now).await?;
        }
    }
    let stream = stream_of(&after.id);
    let name =
        |body: &BodyId| change.office.bodies.get(body).map_or_else(|| body.to_string(), |body| body.name.clone());
    for notice in notices(after, event, name) {
        let mut payload = json!({
            "incident": after.id, "kind": notice.kind, "text": notice.text, "at": change.now,
        });
        if let (Some(by), Some(keys)) = (&notice.by, payload.as_object_mut()) {
            keys.insert("by".to_owned(), by.as_str().into());
        }
        let way = Way { stream: &stream, office: change.office, routes: change.routes, now: change.now };
        rows.extend(way.rows(&notice.key, &notice.recipient, &payload.to_string()));
    }
    Ok(())
}

/// What notices of one moment have in common on their way into the outbox.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// The stream that they tell of.
    pub stream: &'a str,
    /// Whose people are told.
    pub office: &'a Office,
    /// By which channels.
    pub routes: &'a Routes,
    /// When it was decided, and is sent at the earliest.
    pub now: Instant,
}

impl Way<'_> {
    /// A row for each channel by which the recipient is told.
    pub fn rows(&self, key: &str, recipient: &str, payload: &str) -> impl Iterator<Item = NewOutbox> {
        let channels = self.routes.channels(self.office, recipient).into_iter();
        channels.map(move |channel| NewOutbox {
            key: format!("{}/{key}/{channel}", self.stream),
            stream: self.stream.to_owned(),
            channel: channel.to_owned(),
            recipient: recipient.to_owned(),
            payload: payload.to_owned(),
            created_at: self.now,
            send_at: self.now,
        })
    }
}

/// The row of an incident in lists.
pub(super) fn incident_row(state: &Incident, about: About, jurisdiction: BodyId) -> IncidentRow {
    let grading = state.grading();
    let main = state.main_clock();
    let one_region = (state.regions.len() == 1).then(|| state.regions.first().cloned()).flatten();
    IncidentRow {
        id: state.id.clone(),
        title: about.title,
        summary: about.summary,
        region: one_region.or_else(|| (!state.regions.is_empty()).then(|| CITY.into())),
        jurisdiction,
        state: state.state().to_owned(),
        active: state.life == Life::Open && !state.is_merged(),
        event_grade: grading.event_grade,
        opinion_grade: grading.opinion_grade,
        sensitive: grading.sensitive,
        graded: state.graded.is_some(),
        lead: state.leading().cloned(),
        opened_at: state.opened_at,
        detected_at: state.detected_at,
        updated_at: state.settled_at,
        version: i64::try_from(state.version).unwrap_or(i64::MAX),
        mention_count: i64::try_from(state.mention_count).unwrap_or(i64::MAX),
        channels: Json(state.channels.iter().copied().collect()),
        main_due_at: main.map(|clock| clock.plan.due_at),
        first_due_at: state.clocks.iter().filter(|clock| clock.open()).map(|clock| clock.plan.due_at).min(),
        overdue: state.life == Life::Open && state.clocks.iter().any(|c| c.breached_open()),
        pending_approvals: i64::try_from(state.waiting.len()).unwrap_or(i64::MAX),
        category: about.category,
        analysis: about.analysis,
    }
}

/// The row of a task by its place.
pub(super) fn task_row(incident: &IncidentId, n: usize, task: &Task) -> TaskRow {
    TaskRow {
        incident: incident.clone(),
        n: i64::try_from(n + 1).unwrap_or(i64::MAX),
        department: task.department.clone(),
        role: text(&task.role),
        state: text(&task.state),
        active: task.active(),
        auto: task.auto,
        assigned_at: task.assigned_at,
        acknowledged_at: task.acknowledged_at,
        answered_at: task.answered_at,
    }
}

/// The row of a clock.
pub(super) fn clock_row(stream: &str, incident: Option<&IncidentId>, clock: &Clock) -> ClockRow {
    let plan = &clock.plan;
    ClockRow {
        stream: stream.to_owned(),
        id: plan.clock_id,
        incident: incident.cloned(),
        kind: plan.clock,
        department: plan.department.clone(),
        account: plan.account.clone(),
        started_at: clock.started_at,
        anchor_at: plan.anchor_at,
        due_at: plan.due_at,
        force: plan.force,
        open: clock.open(),
        breached: clock.breached(),
        verdict: clock.verdict().map(|verdict| text(&verdict)),
        ended_at: clock.ended.map(|(_, at)| at),
        effective_at: clock.effective_at,
        charged_to: clock.charged_to.clone(),
        operational: plan.operational,
        cycle: i64::from(plan.cycle),
        plan: serde_json::to_string(plan).unwrap_or_default(),
    }
}

/// The row of an escalation, by the number and the time of its event and the holders that it told.
pub(super) fn escalation_row(
    incident: &IncidentId,
    seq: u64,
    event: &Event,
    at: Instant,
    holders: &[Holder],
) -> Option<EscalationRow> {
    let Event::Escalated { clock, tier, jurisdiction, step, skipped_stale, .. } = event else { return None };
    Some(EscalationRow {
        id: format!("{incident}/{seq}"),
        incident: incident.clone(),
        clock: clock.as_ref().map(|c| c.clock_id),
        clock_kind: clock.as_ref().map(|c| c.clock),
        tier: *tier,
        jurisdiction: jurisdiction.clone(),
        holders: serde_json::to_string(holders).unwrap_or_default(),
        at,
        step: step.clone(),
        received_by: None,
        received_at: None,
        skipped: *skipped_stale,
    })
}

/// The accounts that holders are told by, each once.
pub(super) fn accounts(holders: &[Holder]) -> Vec<UserId> {
    holders.iter().filter_map(|holder| holder.user.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The roster's holder of that id, or the department itself.
pub(super) fn holder(id: &str, office: &Office) -> Holder {
    office.holders().find(|holder| holder.id == id).cloned().unwrap_or_else(|| {
        let body = office.bodies.get(&BodyId::from(id));
        Holder {
            id: id.to_owned(),
            name: body.map_or_else(|| id.to_owned(), |body| body.name.clone()),
            // Notices to a body are addressed by its id, and a receipt is given for it.
            user: body.map(|body| UserId::from(body.id.as_str())),
            phone: body.and_then(|body| body.contacts.first()).map(|contact| contact.phone.clone()),
            email: None,
        }
    })
}

/// An enumeration's word on the wire.
fn text<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}
