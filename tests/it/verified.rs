//! What the scenarios leave in the database is what an auditor finds: every chain holds, and every row follows from the
//! events.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use huiying::acts::{rebuild, verify};
use huiying::replay::{Scenario, replay};
use huiying::rules::Rules;
use huiying::store::{Engine, IncidentFilter, StoreOptions};

use crate::store::{Db, on_both};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn rules() -> Rules {
    Rules::load(&root().join("rules")).expect("the rules")
}

/// What a scenario leaves in an empty database.
pub async fn played(name: &str, database: &StoreOptions) {
    let scenario = root().join("tests/scenarios").join(name).with_extension("jsonl");
    let until = fs::read_to_string(scenario.with_extension("until")).ok();
    let until = until.map(|text| text.trim().parse().expect("an instant"));
    let text = fs::read_to_string(&scenario).expect("the scenario");
    replay(&Scenario::read(&text), rules(), until, database).await.expect("played");
}

on_both!(every_scenario_is_verified);

async fn every_scenario_is_verified(db: Db) {
    let mut names: Vec<String> = fs::read_dir(root().join("tests/scenarios"))
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".ledger.jsonl").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= 10, "only {names:?}");
    for name in names {
        let db = Db::empty(db.store.engine()).await;
        played(&name, &db.options).await;
        let found = verify(&db.store, |_| ()).await.expect("walked");
        assert!(found.broken.is_empty(), "{name}: {:?}", found.broken);
        assert!(found.events > 0, "{name}");
        let done = rebuild(&db.store, &rules().office, |_| ()).await.expect("walked");
        assert!(done.differed.is_empty() && done.broken.is_empty(), "{name}: {done:?}");
        assert_eq!((done.streams, done.rebuilt), (found.streams, 0), "{name}");
    }
}

#[tokio::test]
async fn a_referral_seals_what_it_hands_over() {
    let db = Db::empty(Engine::Sqlite).await;
    played("referral", &db.options).await;
    let store = &db.store;
    let incident = "20260511-0001".into();
    let sealed = store.evidence(&incident, "referral-2").await.expect("read");
    assert_eq!(sealed.len(), 1);
    assert!(sealed[0].body.contains("水库"), "its text: {}", sealed[0].body);
    let events = store.events("incident/20260511-0001").await.expect("read");
    let proposed = events.iter().find(|event| event.event == "referral_proposed").expect("proposed");
    assert!(proposed.body.contains(&sealed[0].content_hash), "the hash stands in the record");
    assert!(events.iter().all(|event| !event.body.contains("水库")), "no event holds the text");
}

/// §5 item 16: a receipt stops reminders to that person, as which holder of the roster they were told by then; what they
/// are told for another tier is news, and a colleague's receipt stops nobody else's.
#[tokio::test]
async fn a_receipt_stops_reminders_to_the_holder_who_gave_it() {
    let db = Db::empty(Engine::Sqlite).await;
    played("receipts-of-holders", &db.options).await;
    let rows = db.store.outbox_of("incident/20260511-0001").await.expect("read");
    let told = |clock: u32, step: &str, recipient: &str| {
        rows.iter().any(|row| row.key.contains(&format!("/clock/{clock}/step/{step}/{recipient}/")))
    };
    // The first statement's ladder, before the receipts.
    assert!(told(2, "-1h", "xuancheng.duty_desk") && told(2, "0h", "xuancheng.office_director"));
    // Both gave theirs; the deputy and the mayor, for whom the same account stands, had not been told by then.
    assert!(told(2, "+1h", "xuancheng.deputy") && told(2, "+2h", "xuancheng.principal"));
    assert!(!told(1, "-2h", "xuancheng.duty_desk") && !told(1, "0h", "xuancheng.office_director"));
    assert!(told(1, "+2h", "xuancheng.deputy") && told(1, "+6h", "xuancheng.principal"));
    assert!(told(1, "-6h", "government_office"), "one person's receipt does not silence a whole body");
    let rows = db.store.escalations_of(&["20260511-0001"]).await.expect("read");
    let received: Vec<(&str, Option<&str>)> =
        rows.iter().map(|row| (row.tier.id(), row.received_by.as_deref())).collect();
    let first = [("department", Some("analyst")), ("duty_desk", Some("analyst")), ("office_director", Some("leader"))];
    assert_eq!(received[..3], first);
    assert!(received[3..].iter().all(|(_, by)| by.is_none()), "{received:?}");
    // A county whose leaders were told, but which was no department when the departments were.
    let rows = db.store.escalations_of(&["20260512-0001"]).await.expect("read");
    let director = rows.iter().find(|row| row.jurisdiction == *"guangde").expect("told");
    assert_eq!((director.tier.id(), director.received_by.as_deref()), ("office_director", Some("guangde")));
}

/// §5 item 14: whoever was told of a breach is told that it was none, the holders whom the ladder told, too.
#[tokio::test]
async fn a_correction_follows_to_everyone_who_was_told() {
    let db = Db::empty(Engine::Sqlite).await;
    played("merge-late-record", &db.options).await;
    let mut checked = 0;
    for row in db.store.incidents(&IncidentFilter::default(), None, 100).await.expect("read") {
        let rows = db.store.outbox_of(&format!("incident/{}", row.id)).await.expect("read");
        let of = |kind: &str| -> BTreeSet<(String, String)> {
            let clock =
                |key: &str| key.split("/clock/").nth(1).and_then(|rest| rest.split('/').next()).map(str::to_owned);
            let rows = rows.iter().filter(|row| row.key.contains(kind));
            rows.filter_map(|row| Some((clock(&row.key)?, row.recipient.clone()))).collect()
        };
        let (corrected, stepped) = (of("/corrected/"), of("/step/"));
        let clocks: BTreeSet<&String> = corrected.iter().map(|(clock, _)| clock).collect();
        for told in stepped.iter().filter(|(clock, _)| clocks.contains(clock)) {
            assert!(corrected.contains(told), "{}: {told:?} is not told that it was none", row.id);
            checked += 1;
        }
    }
    assert!(checked > 0, "nobody was told by a ladder of what was corrected");
}

/// A new cycle is news to everyone.
#[tokio::test]
async fn a_new_cycle_forgets_receipts() {
    let db = Db::empty(Engine::Sqlite).await;
    played("receipts-of-holders", &db.options).await;
    let rows = db.store.outbox_of("incident/20260512-0001").await.expect("read");
    let director =
        rows.iter().filter(|row| row.recipient == "guangde.office_director" && row.key.contains("/step/0h/"));
    assert_eq!(director.count(), 2, "at the due time of each cycle");
}

/// The acts of `contract.md`.
const ACTS: &str = "mention grade assign answer raise receipt acknowledge return respond confirm_held approve reject feedback \
    close reopen dismiss dispose restore merge unmerge split covers consult instruct rectify order refer hand_over supervise \
    conclude city_post repost restart setup";

/// The acts of `domain.md` that the contract leaves to us (`ARCHITECTURE.md`, "Records around a case").
const MORE_ACTS: &str = "circulate talk review";

/// The events of `contract.md`.
const EVENTS: &str = "incident_opened mention_joined closed reopened dismissed disposed restored merged unmerged split graded \
    clock_started clock_warned clock_met clock_breached clock_superseded clock_cancelled clock_ended_late verdict_corrected \
    proposal_refuted assigned acknowledged answered returned responded held approval_requested approved rejected escalated \
    consultation_due consulted instructed rectification_set ordered referral_proposed referred supervision_proposed supervision_opened concluded \
    feedback raised receipt covered posted reposted notified";

/// Their events.
const MORE_EVENTS: &str = "circulated talked reviewed assessment_attached plan_attached";

#[test]
fn every_act_and_event_is_in_a_scenario() {
    let mut words = BTreeSet::new();
    for entry in fs::read_dir(root().join("tests/scenarios")).expect("the scenarios") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "jsonl") {
            continue;
        }
        let key = if path.to_string_lossy().ends_with(".ledger.jsonl") { "event" } else { "do" };
        for line in fs::read_to_string(&path).expect("read").lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            words.insert(format!("{key} {}", row[key].as_str().unwrap_or_default()));
        }
    }
    let acts = ACTS.split_whitespace().chain(MORE_ACTS.split_whitespace()).map(|act| format!("do {act}"));
    let events = EVENTS.split_whitespace().chain(MORE_EVENTS.split_whitespace()).map(|event| format!("event {event}"));
    let missing: Vec<String> = acts.chain(events).filter(|word| !words.contains(word)).collect();
    assert!(missing.is_empty(), "in no scenario: {missing:?}");
}
