//! What is done in a history, at random; every choice looks at the model alone.

use huiying::domain::actor::Actor;
use huiying::domain::ids::BodyId;
use huiying::domain::incident::{Because, Command, Disposal, Role, Waiting};
use huiying::domain::policy::PublicationKind;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::case::{Case, Grades, HOUR, Life, MINUTE, OFFICE, PUBLICITY, Waits};
use super::world::World;
use super::{GRADES, instant, new_mention};

/// A mention: id, detection, region, what it proposes.
pub type Mention = (String, i64, Option<String>, Grades);

const BODIES: [&str; 5] = ["langxi", "guangde", "water", "market", "housing"];
const KINDS: [&str; 5] = ["press_conference", "response", "statement", "update", "direct_reply"];
const RECORDS: [&str; 4] = ["supervision", "instruction", "rectification", "order"];
/// Acts of a history at most.
const ACTS_MAX: usize = 26;
/// Incidents of a history at most, splits included.
const INCIDENTS_MAX: usize = 5;

#[derive(Clone, Debug)]
pub enum Deed {
    Open(Mention),
    Merge(usize, usize),
    Split(usize, Vec<String>),
    On(usize, Actor, Command),
}

type Choice = fn(&mut ChaCha8Rng, &World) -> Option<Deed>;

/// The waits before each act, in minutes, and how the act is chosen.
pub fn history(random: &mut ChaCha8Rng) -> Vec<(i64, Choice)> {
    let first = random.random_range(1..=3);
    let acts = random.random_range(4..=ACTS_MAX);
    let mut all: Vec<(i64, Choice)> = (0..first).map(|n| (i64::from(n > 0) * 10, open as Choice)).collect();
    for _ in 0..acts {
        let minutes = match random.random_range(0..10) {
            0 => 0,
            1..6 => random.random_range(1..90),
            6..9 => 60 * random.random_range(1..30),
            _ => 60 * random.random_range(30..90),
        };
        all.push((minutes, act));
    }
    all
}

fn grades(random: &mut ChaCha8Rng) -> Grades {
    let event = *[0, 0, 0, 1, 2, 3, 4].choose(random).expect("some");
    (event, *[1, 1, 2, 3, 4].choose(random).expect("some"), random.random_bool(0.4))
}

fn mention(random: &mut ChaCha8Rng, world: &World) -> Mention {
    let count: usize = world.cases.iter().map(|case| case.mentions.len()).sum();
    let region = [None, None, Some("langxi"), Some("guangde"), Some("xuancheng")].choose(random).copied().flatten();
    // Every id is new: mentions only move from one incident to another.
    (format!("m{}-{}", count + 1, world.now), world.now, region.map(str::to_owned), grades(random))
}

fn open(random: &mut ChaCha8Rng, world: &World) -> Option<Deed> {
    Some(Deed::Open(mention(random, world)))
}

fn ago(random: &mut ChaCha8Rng) -> i64 {
    if random.random_bool(0.3) { 0 } else { random.random_range(0..80) * HOUR / 2 }
}

fn kind(word: &str) -> PublicationKind {
    serde_json::from_value(json!(word)).expect("a kind")
}

/// Someone who may well do it: a body with a task, else anybody.
fn body(random: &mut ChaCha8Rng, case: &Case) -> &'static str {
    let own: Vec<&'static str> = BODIES.into_iter().filter(|body| case.task(body).is_some()).collect();
    match own.choose(random) {
        Some(body) if random.random_bool(0.8) => body,
        _ => BODIES.choose(random).expect("some"),
    }
}

fn speaker(random: &mut ChaCha8Rng, case: &Case) -> Actor {
    match random.random_range(0..5) {
        0 => Actor::office("analyst"),
        1 => Actor::body(PUBLICITY),
        _ => Actor::body(body(random, case)),
    }
}

fn act(random: &mut ChaCha8Rng, world: &World) -> Option<Deed> {
    let n = random.random_range(0..world.cases.len());
    let other = random.random_range(0..world.cases.len());
    let now = world.now;
    let root = world.root(n);
    let case = &world.cases[root];
    let office = || Actor::office("analyst");
    let reason = || "据实".to_owned();
    let on = |by: Actor, command: Command| Some(Deed::On(n, by, command));
    // What is away or closed is mostly taken up again: else histories end early.
    if case.life != Life::Open && random.random_bool(0.4) {
        let evidence_at = random.random_bool(0.5).then(|| instant(now - ago(random)));
        let because = if evidence_at.is_some() { Because::NewEvent } else { Because::Judgement };
        return match case.life {
            Life::Away => on(office(), Command::Restore { reason: reason() }),
            _ => on(office(), Command::Reopen { reason: reason(), because, evidence_at }),
        };
    }
    if !case.waits.is_empty() && random.random_bool(0.25) {
        let by = ["analyst", "analyst2", "leader"].choose(random).expect("some");
        let what = random.random_bool(0.3).then(|| match case.waits[0].what {
            Waits::Grade(_) => Waiting::Grade,
            Waits::Dismiss => Waiting::Dismiss,
            Waits::Dispose => Waiting::Dispose,
            Waits::Response(_) => Waiting::Response,
            Waits::Referral(_) => Waiting::Referral,
        });
        let reject = random.random_bool(0.2);
        let command = if reject { Command::Reject { what } } else { Command::Approve { what } };
        return on(Actor::office(*by), command);
    }
    match random.random_range(0..100) {
        0..14 => {
            let (event, opinion, sensitive) = grades(random);
            let evidence_at = random.random_bool(0.6).then(|| instant(now - ago(random)));
            let because = if random.random_bool(0.3) { Because::NewEvent } else { Because::Judgement };
            let command = Command::Grade {
                event_grade: random.random_bool(0.9).then_some(GRADES[usize::from(event)]),
                opinion_grade: random.random_bool(0.9).then_some(GRADES[usize::from(opinion)]),
                sensitive: random.random_bool(0.9).then_some(sensitive),
                approach: None,
                reason: reason(),
                because,
                evidence_at,
            };
            on(Actor::office(*["analyst", "leader"].choose(random)?), command)
        }
        14..25 => {
            let department = BodyId::from(*BODIES.choose(random)?);
            let role = if random.random_bool(0.6) { Role::Lead } else { Role::Supporting };
            on(office(), Command::Assign { department, role })
        }
        25..30 => on(Actor::body(body(random, case)), Command::Acknowledge {}),
        30..49 => {
            let effective = match random.random_range(0..10) {
                0..5 => now,
                5..9 => now - ago(random),
                _ => now + random.random_range(1..40) * 30 * MINUTE,
            };
            let command = Command::Respond {
                kind: kind(KINDS.choose(random)?),
                effective_at: Some(instant(effective)),
                url: None,
                text: None,
                review: true,
            };
            on(speaker(random, case), command)
        }
        49..52 => {
            let effective_at = random.random_bool(0.3).then(|| instant(now - ago(random)));
            let kind = random.random_bool(0.4).then(|| kind(KINDS.choose(random).expect("some")));
            on(speaker(random, case), Command::ConfirmHeld { effective_at, kind })
        }
        52..56 => on(office(), Command::Close { reason: reason() }),
        56..58 => {
            let evidence_at = random.random_bool(0.5).then(|| instant(now - ago(random)));
            let because = if evidence_at.is_some() { Because::NewEvent } else { Because::Judgement };
            on(office(), Command::Reopen { reason: reason(), because, evidence_at })
        }
        58..62 => on(office(), Command::Feedback { satisfied: random.random_bool(0.2) }),
        62..64 => on(office(), Command::Dismiss { reason: reason() }),
        64..66 => {
            let how = if random.random_bool(0.3) { Disposal::Watch } else { Disposal::NoPublicResponse };
            on(office(), Command::Dispose { how, reason: reason(), review_on: None })
        }
        66..68 => {
            let text = || "会商".to_owned();
            on(office(), Command::Consult { nature: text(), trend: text(), risk: text(), proposal: text() })
        }
        68..70 => on(speaker_of_office(random), Command::Supervise { reason: reason() }),
        70..74 => {
            let what = ["instruct", "rectify", "order"].choose(random)?;
            let due_at = random.random_bool(0.8).then(|| instant(now + random.random_range(-4..90) * HOUR));
            let department = random.random_bool(0.5).then(|| *BODIES.choose(random).expect("some"));
            let order = json!({ "do": what, "text": "请办", "department": department, "due_at": due_at });
            on(speaker_of_office(random), serde_json::from_value(order).expect("a command"))
        }
        74..78 => {
            let record = (*RECORDS.choose(random)?).to_owned();
            let by = match random.random_range(0..3) {
                0 => Actor::body(*BODIES.choose(random)?),
                1 => Actor::body(PUBLICITY),
                _ => office(),
            };
            on(by, Command::Conclude { record, id: None, result: reason(), published_url: None })
        }
        78..80 => on(office(), Command::Refer { to: vec![BodyId::from("police")], evidence: Vec::new() }),
        80 => on(office(), Command::HandOver {}),
        81..84 => {
            let suggest = random.random_bool(0.5).then(|| BodyId::from("water"));
            on(Actor::body(body(random, case)), Command::Return { reason: reason(), suggest })
        }
        84..86 => on(Actor::body(body(random, case)), Command::Answer { text: None }),
        86 => on(office(), Command::Raise { reason: reason() }),
        87..91 => {
            let mention = mention(random, world);
            let command = Command::Join {
                mentions: vec![new_mention(&mention)],
                proposal: super::grading(mention.3),
                revised: false,
            };
            on(Actor::System, command)
        }
        91..95 => Some(Deed::Merge(n, other)),
        95..97 => on(office(), Command::Unmerge {}),
        97 => on(office(), Command::Covers {}),
        _ if world.cases.len() < INCIDENTS_MAX => {
            let group = world.group(n);
            let ids: Vec<String> =
                group.iter().flat_map(|m| world.cases[*m].mentions.iter().map(|(id, ..)| id.clone())).collect();
            let mut moved: Vec<String> = ids.iter().filter(|_| random.random_bool(0.4)).cloned().collect();
            if moved.is_empty() {
                moved.extend(ids.last().cloned());
            }
            Some(Deed::Split(n, moved))
        }
        _ => None,
    }
}

fn speaker_of_office(random: &mut ChaCha8Rng) -> Actor {
    if random.random_bool(0.3) { Actor::body(PUBLICITY) } else { Actor::office(OFFICE) }
}
