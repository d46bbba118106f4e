//! The record of a simulated office: what has to hold of it by itself, and against that of a calm one.

use std::collections::{BTreeMap, BTreeSet};

use huiying::acts::{incident_of, post_of};
use huiying::domain::clock::{Clock, ClockPlan, Verdict};
use huiying::domain::ids::IncidentId;
use huiying::domain::incident::{Event, Incident, evolve};
use huiying::domain::instant::Instant;
use huiying::domain::notice::{notices, notices_of_post};
use huiying::domain::official_post::{self, OfficialPost, PostEvent};
use huiying::store::{EventRow, Store};
use serde_json::Value;

/// Events read at once.
const PAGE: i64 = 5_000;
/// What a clock tells by itself: when it is recorded depends on the sweep.
const FIRED: [&str; 4] = ["clock_warned", "clock_breached", "escalated", "notified"];
/// What ends a clock.
const ENDS: [&str; 6] =
    ["clock_met", "clock_superseded", "clock_cancelled", "clock_ended_late", "verdict_corrected", "proposal_refuted"];
/// What depends on when it is recorded: whether something later overtook it, and who holds a tier that day.
const BY_RECORDING: [&str; 3] = ["skipped_stale", "to", "inherited"];

/// An event, wherever it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub stream: String,
    pub at: Instant,
    pub event: String,
    pub body: Value,
}

impl Row {
    pub fn of(stream: &str, at: Instant, name: &str, event: &impl serde::Serialize) -> Self {
        let body = serde_json::to_value(event).expect("JSON");
        Self { stream: stream.to_owned(), at, event: name.to_owned(), body }
    }

    fn stored(row: &EventRow) -> Self {
        let body = serde_json::from_str(&row.body).expect("JSON");
        Self { stream: row.stream.clone(), at: row.at, event: row.event.clone(), body }
    }

    fn text(&self, key: &str) -> String {
        self.body.get(key).map(ToString::to_string).unwrap_or_default()
    }

    /// What must be the same whenever the sweep ran.
    fn plain(&self) -> (String, Option<Instant>, Value) {
        let mut body = self.body.clone();
        if let (Value::Object(keys), true) = (&mut body, FIRED.contains(&self.event.as_str())) {
            keys.retain(|key, _| !BY_RECORDING.contains(&key.as_str()));
        }
        if let Value::Object(keys) = &mut body {
            // What a referral hands over is read from the store, which the calm office doesn't have.
            keys.remove("evidence");
            // So is what the rows of mentions say, and what lists show.
            keys.remove("shown");
            for (_, value) in
                keys.iter_mut().filter(|(key, _)| ["mention", "mentions", "others"].contains(&key.as_str()))
            {
                let each = match value {
                    Value::Array(all) => all.iter_mut().collect(),
                    one => vec![one],
                };
                each.into_iter().filter_map(Value::as_object_mut).for_each(|mention| drop(mention.remove("facts")));
            }
            // A receipt names the holders that were told, and a late sweep leaves out steps that were overtaken: whether it
            // names them rightly is a matter of its own record (`faults`).
            if self.event == "receipt" {
                keys.remove("holders");
            }
        }
        let at = (!FIRED.contains(&self.event.as_str())).then_some(self.at);
        (self.event.clone(), at, body)
    }
}

/// All events that a store holds, in order.
pub async fn read(store: &Store, mut position: i64) -> (Vec<Row>, i64) {
    let mut rows = Vec::new();
    loop {
        let page = store.events_after(position, PAGE).await.expect("reading");
        let Some(last) = page.last() else { return (rows, position) };
        position = last.position;
        rows.extend(page.iter().map(Row::stored));
    }
}

/// What an incident or a post came to, and what people are told of on the way.
#[derive(Default)]
pub struct Outcome {
    pub incidents: BTreeMap<IncidentId, Incident>,
    clocks: BTreeMap<String, Vec<Clock>>,
    /// Keys of the notices, without their channel.
    pub told: BTreeSet<String>,
}

impl Outcome {
    /// Rebuilt from the events alone.
    pub fn of(rows: &[Row]) -> Self {
        let mut outcome = Self::default();
        let mut posts: BTreeMap<String, OfficialPost> = BTreeMap::new();
        for row in rows {
            let keys: Vec<String> = if let Some(id) = incident_of(&row.stream) {
                let event: Event = serde_json::from_value(row.body.clone()).expect("an event");
                let before = outcome.incidents.remove(&id);
                let before = before.unwrap_or_else(|| Incident { id: id.clone(), ..Incident::default() });
                let state = evolve(before, row.at, &event);
                let keys = notices(&state, &event, ToString::to_string).into_iter().map(|notice| notice.key).collect();
                outcome.incidents.insert(id, state);
                keys
            } else if let Some(id) = post_of(&row.stream) {
                let event: PostEvent = serde_json::from_value(row.body.clone()).expect("an event");
                let before =
                    posts.remove(&row.stream).unwrap_or_else(|| OfficialPost { id, ..OfficialPost::default() });
                let state = official_post::evolve(before, row.at, &event);
                let keys = notices_of_post(&state, &event).into_iter().map(|notice| notice.key).collect();
                posts.insert(row.stream.clone(), state);
                keys
            } else {
                Vec::new()
            };
            outcome.told.extend(keys.into_iter().map(|key| format!("{}/{key}", row.stream)));
        }
        let incidents = outcome.incidents.iter();
        outcome.clocks.extend(incidents.map(|(id, state)| (huiying::acts::stream_of(id), state.clocks.clone())));
        outcome.clocks.extend(posts.into_iter().map(|(stream, post)| (stream, post.clocks)));
        outcome
    }

    /// Clocks by their verdict or kind, and breaches by whom they are charged to: what a simulation has seen.
    pub fn count(&self, seen: &mut BTreeMap<String, u32>) {
        for clock in self.clocks.values().flatten() {
            let verdict = clock.verdict().map_or("running".to_owned(), |verdict| format!("{verdict:?}").to_lowercase());
            for word in [verdict, clock.kind().id().to_owned()] {
                *seen.entry(word).or_default() += 1;
            }
        }
    }
}

/// What is wrong with a record by itself, when every sweep up to `now` has run.
pub fn faults(rows: &[Row], now: Instant) -> Vec<String> {
    let mut faults = Vec::new();
    for (stream, clocks) in &Outcome::of(rows).clocks {
        for clock in clocks.iter().filter(|clock| clock.running() && clock.plan.due_at < now) {
            faults.push(format!("{stream}: clock {} is due and did not fire", clock.plan.clock_id.0));
        }
    }
    let mut fired: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut plans: BTreeMap<(&str, String), (ClockPlan, Instant)> = BTreeMap::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for row in rows {
        let named = |key: &str| row.body[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        if row.event == "receipt"
            && let Some(holder) = named("holders").find(|holder| !told.contains(holder))
        {
            faults.push(format!("{}: a receipt of {holder}, who was not told", row.stream));
        }
        if matches!(row.event.as_str(), "escalated" | "notified") && row.body.get("skipped_stale").is_none() {
            told.extend(named("to"));
        }
        let clock = row.text("clock_id");
        if row.event == "clock_started" {
            let plan = serde_json::from_value(row.body.clone()).expect("a plan");
            plans.insert((&row.stream, clock), (plan, row.at));
            continue;
        }
        if ENDS.contains(&row.event.as_str()) {
            let breached = fired.contains(&(row.stream.as_str(), format!("{clock} breached")));
            let plan = plans.get(&(row.stream.as_str(), clock.clone()));
            if !plan.is_some_and(|(plan, started_at)| ends_rightly(row, plan, *started_at, breached)) {
                faults.push(format!("{}: clock {clock}: {}, breached: {breached}", row.stream, row.event));
            }
            continue;
        }
        let timer = match row.event.as_str() {
            "clock_breached" => format!("{clock} breached"),
            "clock_warned" => format!("{clock} warned at {}", row.text("threshold")),
            "escalated" if row.body.get("step").is_some() => format!("{clock} step {}", row.text("step")),
            _ => continue,
        };
        let Some((plan, _)) = plans.get(&(row.stream.as_str(), clock)) else {
            faults.push(format!("{}: clock {timer}, which never started", row.stream));
            continue;
        };
        let due = match row.event.as_str() {
            "clock_breached" => Some(plan.due_at),
            "clock_warned" => plan.warnings.iter().find(|w| row.body["threshold"] == w.percent).map(|w| w.at),
            _ => plan.steps.iter().find(|s| row.body["step"] == s.label()).map(|s| s.at),
        };
        if due.is_none_or(|due| row.at <= due) {
            faults.push(format!("{}: clock {timer} at {}, before its instant {due:?}", row.stream, row.at));
        }
        if row.event == "clock_breached" && row.body.get("effective_at") != Some(&Value::from(plan.due_at.to_string()))
        {
            faults.push(format!("{}: clock {timer}, effective at another instant than its due time", row.stream));
        }
        if !fired.insert((&row.stream, timer.clone())) {
            faults.push(format!("{}: clock {timer} twice", row.stream));
        }
    }
    faults
}

/// Whether a clock may end so. Every act settles first: what is over after the due time has breached, but for a clock that
/// an earlier publication met as it started; and what has breached is neither met, replaced nor cancelled.
fn ends_rightly(row: &Row, plan: &ClockPlan, started_at: Instant, breached: bool) -> bool {
    match row.event.as_str() {
        "clock_met" => {
            let effective = row.body["effective_at"].as_str().and_then(|at| at.parse::<Instant>().ok());
            let in_time = effective.is_some_and(|at| at <= plan.due_at);
            in_time && !breached && (row.at <= plan.due_at || row.at == started_at)
        }
        "clock_superseded" | "clock_cancelled" => !breached && row.at <= plan.due_at,
        _ => breached,
    }
}

/// Where a record differs from that of a calm office. Of the streams in `overtaken` (an act waited for the database while
/// a sweep was at work) only the clocks' verdicts have to be the same: the notice of a breach may have gone out, and its
/// correction after it.
pub fn differences(rows: &[Row], calm: &[Row], overtaken: &BTreeSet<String>) -> Vec<String> {
    let mut differences = Vec::new();
    let streams: BTreeSet<&str> = rows.iter().chain(calm).map(|row| row.stream.as_str()).collect();
    let (real_outcome, calm_outcome) = (Outcome::of(rows), Outcome::of(calm));
    for stream in streams {
        let of = |rows: &[Row]| -> Vec<_> { rows.iter().filter(|r| r.stream == stream).map(Row::plain).collect() };
        let verdicts = |outcome: &Outcome| -> Vec<String> {
            outcome.clocks.get(stream).into_iter().flatten().map(verdict).collect()
        };
        let (one, other) = (verdicts(&real_outcome), verdicts(&calm_outcome));
        if one != other {
            let pairs = one.iter().zip(&other).filter(|(a, b)| a != b).map(|(a, b)| format!("{a}; calm {b}"));
            let pairs: Vec<String> = pairs.collect();
            differences.push(format!(
                "{stream}: verdicts: {} against {}: {}",
                one.len(),
                other.len(),
                pairs.join(" | ")
            ));
        }
        if overtaken.contains(stream) {
            continue;
        }
        let (one, other) = (of(rows), of(calm));
        if let Some(n) = (0..one.len().max(other.len())).find(|n| one.get(*n) != other.get(*n)) {
            differences.push(format!("{stream} event {}: {:?}; calm {:?}", n + 1, one.get(n), other.get(n)));
        }
    }
    differences
}

/// What a clock came to. A breach that was corrected is no breach: it counts as met.
fn verdict(clock: &Clock) -> String {
    let plan = &clock.plan;
    let verdict = match clock.verdict() {
        Some(Verdict::Corrected) => Some(Verdict::Met),
        other => other,
    };
    let charged = clock.charged_to.as_ref().filter(|_| verdict != Some(Verdict::Met));
    let whose = plan.department.as_ref().map(ToString::to_string).or_else(|| plan.account.clone());
    format!(
        "{} {} {whose:?} operational {} anchor {} due {}: {verdict:?} effective {:?} charged {charged:?}",
        plan.clock_id.0,
        clock.kind().id(),
        plan.operational,
        plan.anchor_at,
        plan.due_at,
        clock.effective_at,
    )
}
