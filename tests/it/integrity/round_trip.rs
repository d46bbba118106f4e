//! What is written reads back equal: every command, every event, and every state that they lead to.

use std::collections::BTreeSet;

use huiying::domain::actor::Actor;
use huiying::domain::administration::{self, AdminCommand, AdminEvent, Administration};
use huiying::domain::clock::ClockEvent;
use huiying::domain::ids::IncidentId;
use huiying::domain::incident::{Command, Event, Incident, decide, evolve, latest_due, next_due};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::official_post::{self, OfficialPost, PostCommand, PostEvent};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::arbitrary::{Arbitrary, pick};
use crate::api::service::{BEGIN, rules};

fn times(variable: &str, own: u64) -> u64 {
    std::env::var(variable).ok().map_or(own, |n| n.parse().unwrap_or_else(|_| panic!("{variable}: a number")))
}

/// That it reads back equal, whoever reads it.
fn reads_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let written = serde_json::to_string(value).expect("written");
    let read: T = serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(read, *value, "{written}");
}

pub(super) fn name(variant: &Value, tag: &str) -> String {
    let own = |part: &Value| part["properties"][tag]["enum"][0].as_str().map(str::to_owned);
    let parts = variant["allOf"].as_array().into_iter().flatten();
    own(variant).or_else(|| parts.filter_map(own).next()).unwrap_or_else(|| panic!("no {tag}: {variant}"))
}

/// The variants of a stream's events: what becomes of its clocks stands among them.
fn with_those_of_clocks(schema: &Value) -> Vec<Value> {
    let (_, of_clocks) = Arbitrary::of::<ClockEvent>(BEGIN);
    let own = Arbitrary::variants(schema).into_iter().filter(|variant| name(variant, "event") != "clock");
    own.chain(Arbitrary::variants(&of_clocks)).collect()
}

/// An event. What is mirrored may be what became of a clock, which has no name in the schema of the other's kind: those are
/// drawn by themselves.
fn draw_event(arbitrary: &Arbitrary, random: &mut ChaCha8Rng, variant: &Value) -> Value {
    loop {
        let drawn = arbitrary.draw(random, variant, "", 0);
        if drawn.pointer("/what/event") != Some(&json!("clock")) {
            return drawn;
        }
    }
}

#[test]
fn every_variant_of_a_command_reads_back_equal() {
    let mut random = ChaCha8Rng::seed_from_u64(crate::store::seed(1));
    let (arbitrary, schema) = Arbitrary::of::<Command>(BEGIN);
    let variants = Arbitrary::variants(&schema);
    assert!(variants.len() >= 39, "{}", variants.len());
    for variant in &variants {
        for _ in 0..times("HUIYING_DRAWS", 60) {
            let drawn = arbitrary.draw(&mut random, variant, "", 0);
            let command: Command =
                serde_json::from_value(drawn.clone()).unwrap_or_else(|error| panic!("{error}: {drawn}"));
            reads_back(&command);
        }
    }
}

#[test]
fn every_variant_of_an_event_reads_back_equal_and_so_does_the_state_after_it() {
    let mut random = ChaCha8Rng::seed_from_u64(crate::store::seed(2));
    let (arbitrary, schema) = Arbitrary::of::<Event>(BEGIN);
    let variants = with_those_of_clocks(&schema);
    let names: BTreeSet<String> = variants.iter().map(|variant| name(variant, "event")).collect();
    assert!(names.len() >= 53 && names.len() == variants.len(), "{names:?}");
    for _ in 0..times("HUIYING_DRAWS", 60) {
        let mut state = Incident { id: IncidentId::from("20260511-0001"), ..Incident::default() };
        let mut at = BEGIN;
        for variant in (0..variants.len()).map(|_| pick(&mut random, &variants)).chain(&variants).collect::<Vec<_>>() {
            let drawn = draw_event(&arbitrary, &mut random, variant);
            let event: Event = serde_json::from_value(drawn.clone()).unwrap_or_else(|error| panic!("{error}: {drawn}"));
            reads_back(&event);
            at = at + Span::from_minutes(random.random_range(0..90));
            state = evolve(state, at, &event);
            reads_back(&state);
        }
        // Whatever the record says, the questions that the sweep asks of it are answered.
        let _ = (next_due(&state, &rules().office), latest_due(&state));
    }
}

#[test]
fn every_variant_of_a_post_s_event_reads_back_equal() {
    let mut random = ChaCha8Rng::seed_from_u64(crate::store::seed(3));
    let (arbitrary, schema) = Arbitrary::of::<PostEvent>(BEGIN);
    let variants = with_those_of_clocks(&schema);
    assert_eq!(variants.len(), 12);
    for _ in 0..times("HUIYING_DRAWS", 60) {
        let mut post = OfficialPost { id: "20260511-0001".into(), ..OfficialPost::default() };
        for variant in &variants {
            let drawn = arbitrary.draw(&mut random, variant, "", 0);
            let event: PostEvent =
                serde_json::from_value(drawn.clone()).unwrap_or_else(|error| panic!("{error}: {drawn}"));
            reads_back(&event);
            post = official_post::evolve(post, BEGIN, &event);
            reads_back(&post);
            let _ = official_post::next_due(&post);
        }
    }
}

#[test]
fn every_variant_of_an_event_of_the_administration_reads_back_equal_and_so_does_the_state_after_it() {
    let mut random = ChaCha8Rng::seed_from_u64(crate::store::seed(7));
    let (arbitrary, schema) = Arbitrary::of::<AdminEvent>(BEGIN);
    let variants = Arbitrary::variants(&schema);
    let names: BTreeSet<String> = variants.iter().map(|variant| name(variant, "event")).collect();
    assert_eq!((names.len(), variants.len()), (15, 15), "{names:?}");
    for _ in 0..times("HUIYING_DRAWS", 60) {
        let mut state = Administration::default();
        for variant in (0..variants.len()).map(|_| pick(&mut random, &variants)).chain(&variants).collect::<Vec<_>>() {
            let drawn = arbitrary.draw(&mut random, variant, "", 0);
            let event: AdminEvent =
                serde_json::from_value(drawn.clone()).unwrap_or_else(|error| panic!("{error}: {drawn}"));
            assert_eq!(event.name(), name(variant, "event"));
            reads_back(&event);
            state = administration::evolve(state, &event);
            reads_back(&state);
        }
    }
}

/// What is asked of a post and of the administration reads back equal, and so does whatever is decided and the state after it.
#[test]
fn every_variant_of_a_post_s_and_of_an_administrator_s_command_reads_back_equal() {
    let office = &rules().office;
    let mut random = ChaCha8Rng::seed_from_u64(crate::store::seed(8));
    let (mut arbitrary, of_posts) = Arbitrary::of::<PostCommand>(BEGIN);
    let (users, of_users) = Arbitrary::of::<AdminCommand>(BEGIN);
    let (of_posts, of_users) = (Arbitrary::variants(&of_posts), Arbitrary::variants(&of_users));
    assert_eq!((of_posts.len(), of_users.len()), (3, 6));
    arbitrary.any_year = false;
    let mut taken = BTreeSet::new();
    for _ in 0..times("HUIYING_HISTORIES", 150) {
        let mut post = OfficialPost { id: "20260511-0001".into(), ..OfficialPost::default() };
        let mut administration = Administration::default();
        arbitrary.now = BEGIN;
        for _ in 0..12 {
            let variant = pick(&mut random, &of_posts);
            let mut drawn = arbitrary.draw(&mut random, variant, "", 0);
            if let (Some(to_publish), true) = (drawn.get_mut("post"), random.random_bool(0.8)) {
                to_publish["policy"] = json!("xuancheng-2016");
            }
            let command: PostCommand = serde_json::from_value(drawn).expect("a command");
            reads_back(&command);
            if let Ok(events) = official_post::decide(&post, &command, &Actor::office("analyst"), office, arbitrary.now)
            {
                taken.insert(name(variant, "do"));
                for event in &events {
                    reads_back(event);
                    post = official_post::evolve(post, arbitrary.now, event);
                    reads_back(&post);
                }
            }
            arbitrary.now = arbitrary.now + Span::from_minutes(random.random_range(0..900));
            let variant = pick(&mut random, &of_users);
            let mut drawn = users.draw(&mut random, variant, "", 0);
            drawn["user"] = json!(pick(&mut random, &["wang", "li", "zhao"]));
            let command: AdminCommand = serde_json::from_value(drawn).expect("a command");
            reads_back(&command);
            if let Ok(events) = administration::decide(&administration, &command, office) {
                taken.insert(name(variant, "do"));
                for event in &events {
                    reads_back(event);
                    administration = administration::evolve(administration, event);
                    reads_back(&administration);
                }
            }
        }
    }
    assert_eq!(taken.len(), 9, "{taken:?}");
}

/// Every command on states that commands lead to: what is decided, and the state after it, read back equal.
#[test]
fn whatever_is_decided_reads_back_equal() {
    let office = &rules().office;
    let mut random = ChaCha8Rng::seed_from_u64(crate::store::seed(4));
    let (mut arbitrary, schema) = Arbitrary::of::<Command>(BEGIN);
    let variants: Vec<Value> = Arbitrary::variants(&schema);
    let (mut taken, mut refused) = (BTreeSet::new(), 0);
    for _ in 0..times("HUIYING_HISTORIES", 150) {
        arbitrary.now = BEGIN;
        let mut state = opened(&mut random);
        for _ in 0..40 {
            let variant = pick(&mut random, &variants);
            let drawn = arbitrary.draw(&mut random, variant, "", 0);
            let Ok(command) = serde_json::from_value::<Command>(drawn) else { continue };
            if command.check_instants().is_err() {
                continue;
            }
            let by = match random.random_range(0..5) {
                0 => Actor::System,
                1 => Actor::office("analyst2"),
                2 => Actor::body(*pick(&mut random, &["ecology", "housing", "publicity", "jixi"])),
                _ => Actor::office("analyst"),
            };
            match decide(&state, &command, &by, office, arbitrary.now) {
                Ok(events) => {
                    for event in &events {
                        reads_back(event);
                        state = evolve(state, arbitrary.now, event);
                        reads_back(&state);
                    }
                    taken.insert(name(variant, "do"));
                }
                Err(_) => refused += 1,
            }
            arbitrary.now = arbitrary.now + Span::from_minutes(random.random_range(0..900));
        }
    }
    assert!(taken.len() >= 25, "only {taken:?} were ever taken, {refused} refused");
}

/// An incident as it opens.
fn opened(random: &mut ChaCha8Rng) -> Incident {
    let mention = json!({ "id": "m1", "content_hash": "0", "channel": "weibo" });
    let grade = *pick(random, &["none", "general", "large", "major"]);
    let proposal = json!({ "event_grade": grade, "opinion_grade": "general", "sensitive": random.random_bool(0.5) });
    let open = json!({
        "do": "open", "detected_at": BEGIN, "policy": "xuancheng-2016", "mention": mention, "proposal": proposal,
    });
    let open: Command = serde_json::from_value(open).expect("an opening");
    let new = Incident { id: IncidentId::from("20260511-0001"), ..Incident::default() };
    let events = decide(&new, &open, &Actor::System, &rules().office, BEGIN).expect("opened");
    events.iter().fold(new, |state, event| evolve(state, BEGIN, event))
}

/// A fraction of many digits reads back with another last place: no event holds one.
#[test]
fn no_event_holds_a_fraction() {
    for schema in [Arbitrary::of::<Event>(BEGIN).0, Arbitrary::of::<PostEvent>(BEGIN).0] {
        let fractions = schema.names_of("number");
        // A command that waits for a second person is kept; the scheduler's own never waits.
        assert!(fractions.iter().all(|name| name == "SuggestedLead"), "{fractions:?}");
    }
}

/// The kind of fault that can't read back equal, found in the source: null inside of null.
#[test]
fn no_state_tells_nothing_from_nothing_given() {
    for file in crate::house::rust().iter().filter(|file| file.path.starts_with("src/domain/")) {
        let found = file.text.lines().position(|line| line.replace(' ', "").contains("Option<Option<"));
        assert!(found.is_none(), "{}:{}: an option of an option does not read back", file.path, found.unwrap_or(0) + 1);
    }
}

#[test]
fn a_watch_without_a_day_reads_back() {
    let state = opened(&mut ChaCha8Rng::seed_from_u64(5));
    let watch: Command = serde_json::from_value(json!({ "do": "dispose", "how": "watch", "reason": "再看" })).unwrap();
    let at = BEGIN + Span::from_minutes(1);
    let events = decide(&state, &watch, &Actor::office("analyst"), &rules().office, at).expect("watched");
    reads_back(&events.iter().fold(state, |state, event| evolve(state, at, event)));
}

/// A record that an older version wrote with a year that is printed with five digits is read as it stands.
#[test]
fn what_an_older_version_took_in_is_read() {
    let at = Instant::of_any_year("9999-12-31T23:59:59-12:00").unwrap();
    let told = json!({ "event": "reopened", "cycle": 2, "because": "new_event", "anchor_at": at, "by": "analyst" });
    assert!(told["anchor_at"].as_str().unwrap().starts_with("10000-"), "{told}");
    let event: Event = serde_json::from_value(told).expect("read");
    reads_back(&evolve(opened(&mut ChaCha8Rng::seed_from_u64(6)), BEGIN, &event));
}
