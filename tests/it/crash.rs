//! Kill -9 in the middle of the engine's work, at seeded points: the process that goes on must end where one that was
//! never killed ends, event for event, and the record must verify after each kill.
//!
//! The engine marks its steps with trace events of the target `huiying::step`; a process of this test binary stops dead at
//! the n-th step of a name and is killed there, so that no stage of the way is left to luck.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use huiying::acts::intake::Intake;
use huiying::acts::{Acts, verify};
use huiying::domain::actor::Actor;
use huiying::domain::grade::Grade;
use huiying::domain::incident::{Because, Command};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::{Channel, MentionInput};
use huiying::domain::policy::PublicationKind;
use huiying::engine::{Engine, EngineOptions};
use huiying::rules::Rules;
use huiying::store::{Store, StoreOptions};
use huiying::text::Analyser;
use huiying::time::ManualClock;
use parking_lot::Mutex;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::store::killed::{kill_where_it_waits, wait_to_be_killed};
use crate::store::{Db, on_both, seed};

on_both!(what_is_killed_ends_where_the_unkilled_ends);

/// Set for the process that is to be killed: `NAME<tab>N<tab>URL`.
pub const CHILD: &str = "HUIYING_TEST_CRASH";
const SEED: u64 = 20_161_213;
/// Kills on each database.
const KILLS: usize = 28;
/// The way of a mention to a delivered notice.
const STEPS: [&str; 14] = [
    "stored",
    "storing committed",
    "pending read",
    "analysed",
    "appended",
    "assigning",
    "assigned",
    "batch written",
    "batch committed",
    "due",
    "fired",
    "firing committed",
    "claimed",
    "told",
];
/// Rounds of the history, two hours each: past the 48 hours of a response, and then some.
const ROUNDS: i64 = 60;
const ROUND: Span = Span::from_hours(2);
/// Monday, 2026-05-11 10:00 in Beijing.
const START: Instant = Instant::from_ms(1_778_464_800_000);

const PLACES: [&str; 7] = ["宣州区", "郎溪县", "广德市", "宁国市", "泾县", "绩溪县", "旌德县"];
const MATTERS: [&str; 6] = [
    "沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，环保局到底管不管，气死人了",
    "工地拖欠农民工工资七个月了，四十多个人一分钱没拿到，太黑心了，劳动监察也不管",
    "中学食堂又吃出虫子，三十多个学生拉肚子住院，学校还瞒着不说，太可恶了",
    "化工厂爆炸，浓烟冲天，已经有3人死亡，十几个人受伤，家属还在找人",
    "自来水发黄发臭半个月了，打电话没人管，老百姓拿什么做饭，太过分了",
    "小区电梯天天困人，老人摔伤送医，物业推给开发商，住建局不作为，投诉无门",
];

async fn what_is_killed_ends_where_the_unkilled_ends(db: Db) {
    if let Ok(order) = std::env::var(CHILD) {
        return stop_dead(&order, async |store| live(&store).await).await;
    }
    let engine = format!("{:?}", db.store.engine()).to_lowercase();
    let test = format!("crash::{engine}::what_is_killed_ends_where_the_unkilled_ends");
    let unkilled = Db::fresh(db.store.engine()).await;
    live(&unkilled.store).await;
    let want = record(&unkilled.store).await;
    for (name, least) in [("clock_breached", 10), ("clock_met", 5), ("assigned", 10), ("mention_joined", 3)] {
        let count = want.iter().filter(|row| row.contains(&format!("\t{name}\t"))).count();
        assert!(count >= least, "a history with only {count} × {name} tests little");
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed(SEED));
    for kill in 0..KILLS {
        let (name, nth) = (STEPS[kill % STEPS.len()], random.random_range(1..=3));
        kill_at(&db, &test, name, nth);
        let store = db.again().await;
        let found = verify(&store, |_| ()).await.expect("verifying");
        assert!(found.broken.is_empty(), "kill {kill} at {name} {nth}: {:?}", found.broken);
        store.close().await;
    }
    let store = db.again().await;
    assert!(store.meta(&done(ROUNDS - 1)).await.unwrap().is_none(), "the history is too short for {KILLS} kills");
    live(&store).await;
    assert_eq!(record(&store).await, want, "the same events, each once, at the same instants, with the same hashes");
    assert_eq!(told(&store).await, told(&unkilled.store).await, "the same people were told, each once");
    let (killed, whole) =
        (store.mention_counts(START).await.unwrap(), unkilled.store.mention_counts(START).await.unwrap());
    assert_eq!((killed.total, killed.failed), (whole.total, whole.failed), "no mention lost or doubled");
    assert!(verify(&store, |_| ()).await.unwrap().broken.is_empty());
}

/// Every event in the order of its stream, with its hash.
async fn record(store: &Store) -> Vec<String> {
    let mut rows = Vec::new();
    let mut position = 0;
    loop {
        let page = store.events_after(position, 2_000).await.unwrap();
        let Some(last) = page.last() else { break };
        position = last.position;
        rows.extend(page.iter().map(|event| {
            format!("{}\t{}\t{}\t{}\t{}\t{}", event.stream, event.seq, event.at, event.event, event.body, event.hash)
        }));
    }
    rows.sort();
    rows
}

/// Keys of everything that was shown to someone.
async fn told(store: &Store) -> Vec<String> {
    let everyone: Vec<String> = OFFICE.0.load().office.bodies.keys().map(|body| body.as_str().to_owned()).collect();
    let everyone: Vec<&str> = everyone.iter().map(String::as_str).collect();
    let rows = store.notifications(&"nobody".into(), &everyone, None, 100_000).await.unwrap();
    let mut keys: Vec<String> = rows.into_iter().map(|row| row.key).collect();
    keys.sort();
    assert_eq!(store.unsent_outbox_count().await.unwrap(), 0, "nothing waits");
    assert!(keys.len() > 20, "only {} were told", keys.len());
    keys
}

static OFFICE: std::sync::LazyLock<(huiying::acts::SharedRules, Arc<Analyser>)> = std::sync::LazyLock::new(|| {
    let rules = Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("shipped rules");
    let analyser = Arc::new(Analyser::new(rules.vocabulary()));
    (Arc::new(ArcSwap::from_pointee(rules)), analyser)
});

fn done(round: i64) -> String {
    format!("test.round.{round}")
}

/// Lives through the history from where it was left. Each round's instant is fixed, so that a life that is taken up again
/// writes what the dead one would have written.
async fn live(store: &Store) {
    let acts = Acts::new(store.clone(), OFFICE.0.clone());
    let clock = Arc::new(ManualClock::new(START));
    let engine =
        Engine::new(store.clone(), acts.clone(), OFFICE.0.clone(), OFFICE.1.clone(), clock, EngineOptions::default());
    let intake = Intake::throw_away(store).expect("the intake");
    for round in 0..ROUNDS {
        if store.meta(&done(round)).await.unwrap().is_some() {
            continue;
        }
        let now = START + Span::from_ms(ROUND.ms() * round);
        engine.sweep(now, now).await.expect("sweeping");
        let rules = OFFICE.0.load();
        let posts: Vec<_> =
            posts(round, now).into_iter().map(|post| intake.accept(post, None, &rules, now, false).unwrap()).collect();
        intake.store(&posts).await.expect("storing");
        engine.ingest_all(now).await.expect("ingesting");
        act(store, &acts, round, now).await;
        engine.deliver(now).await.expect("delivering");
        let mut tx = store.write().await.unwrap();
        tx.init_meta(&done(round), "done").await.unwrap();
        tx.commit().await.unwrap();
    }
    // Whoever died between telling and marking holds its lease for a while.
    let later = START + Span::from_ms(ROUND.ms() * (ROUNDS + 1));
    engine.deliver(later).await.expect("delivering");
}

fn posts(round: i64, now: Instant) -> Vec<MentionInput> {
    (0..3)
        .map(|n| {
            let at = usize::try_from(round * 2 + n).unwrap();
            MentionInput {
                id: Some(format!("{round}-{n}")),
                source: Some("crash-test".into()),
                channel: [Channel::Weibo, Channel::Forum, Channel::News][at % 3],
                text: format!("{}{}", PLACES[(at / 3) % PLACES.len()], MATTERS[(at / 2) % MATTERS.len()]),
                published_at: Some(now - Span::from_minutes(10)),
                ..MentionInput::default()
            }
        })
        .collect()
}

/// What people do in a round, on the incident of its first post. Taken up again, an act that was done is refused.
async fn act(store: &Store, acts: &Acts, round: i64, now: Instant) {
    let Some(first) = posts(round, now).into_iter().next() else { return };
    let row = store.mention(&first.identity()).await.unwrap().expect("stored");
    let Some(incident) = row.incident else { return };
    let lead = acts.load(&incident).await.unwrap().lead().cloned();
    let office = || Actor::office("analyst");
    let (by, command) = match (round % 4, lead) {
        (0, Some(lead)) => (Actor::body(lead), Command::Acknowledge {}),
        (1, _) => (
            office(),
            Command::Respond {
                kind: PublicationKind::Response,
                effective_at: None,
                url: None,
                text: None,
                review: true,
            },
        ),
        (2, _) => {
            let grade = Command::Grade {
                event_grade: Some(Grade::Major),
                opinion_grade: Some(Grade::Major),
                sensitive: Some(true),
                approach: None,
                reason: "核实".into(),
                because: Because::Judgement,
                evidence_at: None,
            };
            // Once: to grade anew is allowed, and would be told twice.
            let graded = acts.load(&incident).await.unwrap().graded.is_some();
            if graded {
                return;
            }
            (office(), grade)
        }
        _ => return,
    };
    if matches!(command, Command::Respond { .. }) && !acts.load(&incident).await.unwrap().publications.is_empty() {
        return;
    }
    match acts.act(&incident, &command, &by, None, now).await {
        Ok(_) | Err(huiying::acts::ActError::Refused(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Runs this very test in a process of its own, which stops at the `nth` step of that name, and kills it there.
pub fn kill_at(db: &Db, test: &str, name: &str, nth: u32) {
    kill_where_it_waits(test, CHILD, &format!("{name}\t{nth}\t{}", db.options.url), &db.options.url);
}

/// Works on the database of an order, and stops dead at its step.
pub async fn stop_dead(order: &str, work: impl AsyncFnOnce(Store)) {
    let mut parts = order.splitn(3, '\t');
    let mut part = || parts.next().expect("name, number and url").to_owned();
    let (name, nth, url) = (part(), part().parse().expect("a number"), part());
    tracing_subscriber::registry().with(StopDead { name, nth, seen: Mutex::default() }).init();
    let store = Store::open(&StoreOptions::durable(url)).await.expect("opening");
    work(store).await;
}

/// Stops the process at a step.
struct StopDead {
    name: String,
    nth: u32,
    seen: Mutex<BTreeMap<String, u32>>,
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for StopDead {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "huiying::step"
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let mut seen = self.seen.lock();
        let count = seen.entry(said.0.clone()).or_default();
        *count += 1;
        if said.0 == self.name && *count == self.nth {
            wait_to_be_killed();
        }
    }
}

#[derive(Default)]
struct Said(String);

impl tracing::field::Visit for Said {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
