//! An independent generator: random histories of several incidents with every act that the contract knows, merges, splits,
//! plans, late records and withdrawals included, decided by the product and by a second naive model that was written from
//! the sentences of `domain.md`. Both must give the same ledger, row for row.
//!
//! `HUIYING_TIMES` runs so many times more histories, `HUIYING_SEED` others; `HUIYING_HISTORY` runs one alone and tells it.

mod acts;
mod case;
mod deeds;
mod generate;
mod judging;
mod life;
mod world;

use std::collections::BTreeMap;

use huiying::domain::actor::Actor;
use huiying::domain::ids::IncidentId;
use huiying::domain::incident::{
    Command, Incident, NewIncident, NewMention, SplitOff, Transition, decide, decide_group, decide_merge, evolve,
    next_due,
};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::ledger;
use huiying::domain::mention::Channel;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{GRADES, OFFICE, START_MS, instant};
use case::{Grades, HOUR, MINUTE, Row, text};
use generate::{Deed, Mention, history};
use world::World;

/// Histories that are tried.
const HISTORIES: u64 = 1_000;
/// The seed of the first one.
const FIRST_SEED: u64 = 20_161_213;

/// Keys of rows that both sides tell, whatever the event.
const KEYS: [&str; 20] = [
    "incident",
    "clock",
    "department",
    "operational",
    "force",
    "born_overdue",
    "threshold",
    "skipped_stale",
    "effective_at",
    "charged_to",
    "tier",
    "step",
    "jurisdiction",
    "what",
    "kind",
    "planned",
    "pending",
    "satisfied",
    "role",
    "how",
];

/// The product's row in the words of the model; nothing for rows that the contract leaves out.
fn told(row: &Value) -> Option<Row> {
    let event = row["event"].as_str()?;
    if matches!(event, "grouped" | "mirrored" | "notified" | "receipt" | "referral_viewed") {
        return None;
    }
    let ms = |value: &Value| value.as_str().and_then(|at| at.parse::<Instant>().ok()).map(|at| at.ms().to_string());
    let word = |value: &Value| match value {
        Value::String(word) => ms(&Value::String(word.clone())).filter(|_| word.contains('T')).unwrap_or(word.clone()),
        Value::Null | Value::Bool(false) => String::new(),
        other => other.to_string(),
    };
    let mut keys: Vec<(&str, String)> = KEYS.iter().map(|key| (*key, word(&row[*key]))).collect();
    let mut only = |events: &[&str], names: &[&'static str]| {
        if events.contains(&event) {
            keys.extend(names.iter().map(|name| (*name, word(&row[*name]))));
        }
    };
    only(&["clock_started"], &["anchor_at"]);
    only(&["graded"], &["event_grade", "opinion_grade", "by", "proposed"]);
    only(&["returned"], &["to"]);
    only(&["reopened"], &["cycle"]);
    only(&["merged", "split"], &["into"]);
    only(&["concluded"], &["record"]);
    if row.get("clock").is_some() {
        keys.push(("due_at", word(&row["due_at"])));
    }
    for name in ["sensitive", "satisfied"] {
        if let Some(value) = row.get(name) {
            keys.retain(|(key, _)| *key != name);
            keys.push((name, value.to_string()));
        }
    }
    Some((ms(&row["at"])?.parse().ok()?, text(event, &keys)))
}

/// The product's side.
#[derive(Default)]
struct Product {
    incidents: Vec<Incident>,
    rows: Vec<Row>,
    /// Each incident's events as they are kept.
    records: Vec<Vec<(Instant, String)>>,
}

fn id(n: usize) -> IncidentId {
    IncidentId::new(format!("{}", n + 1))
}

fn grading(grades: Grades) -> huiying::domain::grade::Grading {
    let grade = |n: u8| GRADES[usize::from(n)];
    huiying::domain::grade::Grading {
        event_grade: grade(grades.0),
        opinion_grade: grade(grades.1),
        sensitive: grades.2,
    }
}

fn new_mention((id, _, region, _): &Mention) -> NewMention {
    NewMention {
        id: id.as_str().into(),
        content_hash: "0".into(),
        channel: Channel::Forum,
        region: region.as_deref().map(Into::into),
        published_at: None,
        facts: None,
    }
}

impl Product {
    fn apply(&mut self, transitions: Vec<Transition>, now: i64) {
        for transition in transitions {
            let n = self.incidents.iter().position(|incident| incident.id == transition.incident).expect("known");
            for event in &transition.events {
                self.records[n].push((instant(now), serde_json::to_string(event).expect("an event")));
                let incident = std::mem::take(&mut self.incidents[n]);
                self.incidents[n] = evolve(incident, instant(now), event);
                let name = self.incidents[n].name();
                self.rows.extend(told(&ledger::row(instant(now), &name, event)));
            }
        }
    }

    fn open(&mut self, mentions: &[Mention], detected: i64, by: &Actor, now: i64) {
        let proposal = mentions.iter().fold(grading((0, 1, false)), |all, (.., g)| all.join(&grading(*g)));
        let mut all: Vec<NewMention> = mentions.iter().map(new_mention).collect();
        let opened = NewIncident {
            detected_at: instant(detected),
            occurred_at: None,
            policy: "xuancheng-2016".into(),
            mention: all.remove(0),
            proposal,
            approach: None,
            label: None,
            by_hand: false,
            shown: None,
            others: all,
        };
        let n = self.incidents.len();
        self.incidents.push(Incident { id: id(n), ..Incident::default() });
        self.records.push(Vec::new());
        let events =
            decide(&self.incidents[n], &Command::Open(Box::new(opened)), by, &OFFICE, instant(now)).expect("opened");
        self.apply(vec![Transition { incident: id(n), events }], now);
    }

    fn group(&self, n: usize) -> Vec<Incident> {
        let ids = self.incidents[n].group.as_ref().map_or_else(|| vec![id(n)], |group| group.members.clone());
        let of = |id: &IncidentId| self.incidents.iter().find(|incident| incident.id == *id).cloned();
        ids.iter().filter_map(of).collect()
    }

    /// As a service does that was started anew: what is known is read from the record.
    fn restart(&mut self) {
        for (n, record) in self.records.iter().enumerate() {
            let begin = Incident { id: id(n), ..Incident::default() };
            let read = record.iter().fold(begin, |state, (at, event)| {
                evolve(state, *at, &serde_json::from_str(event).expect("reads back"))
            });
            assert_eq!(read, self.incidents[n], "the record rebuilds what was known");
            self.incidents[n] = read;
        }
    }

    /// Fires each timer at its own instant, as replay does.
    fn pass(&mut self, to: i64) {
        let next = |all: &[Incident]| {
            let due = all.iter().enumerate().filter_map(|(n, one)| next_due(one, &OFFICE).map(|at| (at, n)));
            due.min()
        };
        while let Some((at, n)) = next(&self.incidents).filter(|(at, _)| at.ms() < to) {
            let command = Command::Settle { before: at + Span::from_ms(1) };
            let events = decide(&self.incidents[n], &command, &Actor::System, &OFFICE, at).expect("settled");
            self.apply(vec![Transition { incident: id(n), events }], at.ms());
        }
    }

    /// An act; false if it was refused.
    fn act(&mut self, deed: &Deed, world: &World, now: i64) -> bool {
        let at = instant(now);
        let analyst = Actor::office("analyst");
        let decided = match deed {
            Deed::Open(mention) => {
                self.open(std::slice::from_ref(mention), now, &Actor::System, now);
                return true;
            }
            Deed::Merge(from, into) => decide_merge(&self.group(*from), &self.group(*into), &analyst, &OFFICE, at),
            Deed::Split(n, ids) => {
                let of = ids.iter().filter_map(|mention| {
                    let holds = |case: &&case::Case| case.mentions.iter().any(|(id, ..)| id == mention);
                    let case = world.cases.iter().find(holds)?;
                    Some((mention.as_str().into(), IncidentId::new(case.name.clone())))
                });
                let found = Some(Box::new(SplitOff { into: id(self.incidents.len()), of: of.collect() }));
                let mentions = ids.iter().map(|id| id.as_str().into()).collect();
                let command = Command::Split { mentions, label: None, found };
                decide_group(&self.group(*n), &id(*n), &command, &analyst, &OFFICE, at)
            }
            Deed::On(n, by, command) => decide_group(&self.group(*n), &id(*n), command, by, &OFFICE, at),
        };
        let Ok(transitions) = decided else { return false };
        self.apply(transitions, now);
        if let Deed::Split(_, ids) = deed {
            let all = world.cases.iter().flat_map(|case| &case.mentions);
            let mut moved: Vec<Mention> = all.filter(|(id, ..)| ids.contains(id)).cloned().collect();
            moved.sort_by_key(|(_, at, ..)| *at);
            self.open(&moved, moved[0].1, &analyst, now);
        }
        true
    }
}

/// What differs, row by row.
fn difference(model: &[Row], product: &[Row]) -> Option<String> {
    let mut counts: BTreeMap<&Row, i32> = BTreeMap::new();
    model.iter().for_each(|row| *counts.entry(row).or_default() += 1);
    product.iter().for_each(|row| *counts.entry(row).or_default() -= 1);
    let wrong: Vec<String> = counts
        .into_iter()
        .filter(|(_, count)| *count != 0)
        .map(|((at, row), count)| format!("{} {}: {row}", if count > 0 { "model  " } else { "product" }, instant(*at)))
        .collect();
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// Lives through the history of a seed; what went wrong, with the history.
fn play(seed: u64, tell: bool, seen: &mut BTreeMap<String, u32>) -> Result<(), String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut now = START_MS;
    let (mut world, mut product) = (World::new(now), Product::default());
    let mut done: Vec<String> = Vec::new();
    for (minutes, step) in history(&mut random) {
        now += minutes * MINUTE;
        world.pass(now);
        product.pass(now);
        let Some(deed) = step(&mut random, &world) else { continue };
        // Not by the history's own dice: its seeds stay what they were.
        if (seed + now as u64 / MINUTE as u64).is_multiple_of(5) {
            product.restart();
        }
        let taken = product.act(&deed, &world, now);
        let same = world.act(&deed);
        done.push(format!("{} {} {deed:?}", instant(now), if taken { "done   " } else { "refused" }));
        if tell {
            println!("{}", done[done.len() - 1]);
        }
        if taken != same {
            return Err(format!("taken by the product: {taken}, by the model: {same}\n{}", done.join("\n")));
        }
        if let Some(wrong) = difference(&world.rows, &product.rows) {
            return Err(format!("{wrong}\n{}", done.join("\n")));
        }
    }
    now += 1_000 * HOUR;
    world.pass(now);
    product.pass(now);
    if let Some(wrong) = difference(&world.rows, &product.rows) {
        return Err(format!("at the end: {wrong}\n{}", done.join("\n")));
    }
    for (_, row) in &world.rows {
        let event = row.split(' ').next().unwrap_or_default();
        *seen.entry(event.to_owned()).or_default() += 1;
    }
    Ok(())
}

#[test]
fn an_independent_generator_agrees_row_for_row() {
    let mut seen = BTreeMap::new();
    if let Ok(seed) = std::env::var("HUIYING_HISTORY") {
        let seed = seed.parse().expect("HUIYING_HISTORY: a number");
        if let Err(wrong) = play(seed, true, &mut seen) {
            panic!("seed {seed}: {wrong}");
        }
        return;
    }
    let times: u64 = std::env::var("HUIYING_TIMES").ok().map_or(1, |times| times.parse().expect("a number"));
    let first = crate::store::seed(FIRST_SEED);
    let seeds = first..first + HISTORIES * times;
    println!("seeds {} to {}", seeds.start, seeds.end - 1);
    let mut wrong: Vec<String> = Vec::new();
    for seed in seeds {
        if let Err(why) = play(seed, false, &mut seen) {
            wrong.push(format!("HUIYING_HISTORY={seed}: {why}"));
        }
    }
    println!("rows {seen:?}");
    let (count, first) = (wrong.len(), wrong.iter().min_by_key(|why| why.len()).cloned().unwrap_or_default());
    assert!(wrong.is_empty(), "{count} histories differ; the shortest: {first}");
    // A model that sees nothing agrees with everything.
    let events = [
        "merged",
        "unmerged",
        "split",
        "held",
        "covered",
        "rejected",
        "approved",
        "verdict_corrected",
        "proposal_refuted",
        "clock_ended_late",
        "clock_superseded",
        "clock_cancelled",
        "clock_breached",
        "clock_met",
        "reopened",
        "restored",
        "disposed",
        "raised",
        "concluded",
        "referred",
        "consulted",
        "feedback",
        "supervision_opened",
        "returned",
    ];
    for event in events {
        assert!(seen.get(event).is_some_and(|times| *times >= 3), "hardly any {event}: {seen:?}");
    }
}
