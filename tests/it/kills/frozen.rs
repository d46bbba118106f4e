//! Nodes that are frozen, not dead: they hold what they have locked and answer nobody. On PostgreSQL the others fire all
//! other clocks at once, and those that the frozen one has locked when the server lets go of it.

use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;

use arc_swap::ArcSwap;
use huiying::acts::{Acts, SharedRules};
use huiying::domain::instant::{Instant, Span};
use huiying::engine::{Engine, EngineOptions};
use huiying::rules::Rules;
use huiying::store::{Engine as Database, Store, StoreOptions};
use huiying::text::Analyser;
use huiying::time::{Clock, SystemClock};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::office::{Office, breaches};
use super::receivers::Receivers;
use super::{INCIDENTS, Node, POSTS, SEED, node, size, some_changes, until, whole};
use crate::crash::stop_dead;
use crate::cut::Cut;
use crate::store::killed::Waiting;
use crate::store::{Db, append, event, seed};

/// Set for the process that is to be frozen.
const CHILD: &str = "HUIYING_TEST_FROZEN";
const FROZEN: usize = 2;
/// A case's clocks are held up by a frozen node no longer than this.
const HELD_UP: Span = Span::from_secs(15);
/// The others are recorded as ever.
const AS_EVER: Span = Span::from_secs(5);

fn signal(node: &Node, name: &str) {
    let status = Process::new("kill").arg(name).arg(node.0.id().to_string()).status();
    assert!(status.expect("kill").success(), "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_one_is_frozen_and_the_other_fires() {
    let db = Db::fresh(Database::Postgres).await;
    let receivers = Receivers::start(&db.path("rules")).await;
    let mut office = Office::new(db.again().await, &receivers).await;
    let nodes = [
        node(&db.options.url, &db.path("one"), &receivers).await,
        node(&db.options.url, &db.path("two"), &receivers).await,
    ];
    let mut random = ChaCha8Rng::seed_from_u64(seed(SEED));
    let mut latest = Span::ZERO;
    let rounds = size("HUIYING_FROZEN", FROZEN);
    for round in 0..rounds {
        let first = office.opened.len();
        for _ in 0..2 * INCIDENTS {
            office.open(Span::from_ms(random.random_range(50..2_500))).await;
        }
        office.take_in(POSTS).await;
        some_changes(&office.store, &mut random).await;
        let frozen = &nodes[random.random_range(0..2)];
        signal(frozen, "-STOP");
        let since = office.clock.now();
        until(&office.store, "all breaches", async || all_fired(&office, first).await).await;
        signal(frozen, "-CONT");
        for (incident, due) in office.opened[first..].iter().zip(&office.due[first..]) {
            let fired = breaches(&office.store, incident).await;
            assert_eq!(fired.len(), 1, "{incident}: once in the ledger");
            latest = latest.max(fired[0] - since.max(*due));
        }
        assert!(latest <= HELD_UP, "round {round}: {} ms", latest.ms());
        whole(&office.store, round).await;
    }
    eprintln!("{rounds} frozen nodes: the latest clock {} ms after it was due", latest.ms());
    until(&office.store, "everything is taken up and fired", async || office.idle().await).await;
    drop(nodes);
    office.tell_the_rest(&receivers).await;
    // What a frozen node had locked was late on purpose.
    office.away = vec![(Instant::from_ms(0), office.clock.now() + HELD_UP)];
    office.all_is_well(&receivers, rounds).await;
}

async fn all_fired(office: &Office, first: usize) -> bool {
    for incident in &office.opened[first..] {
        if breaches(&office.store, incident).await.is_empty() {
            return false;
        }
    }
    true
}

fn engine(store: &Store, rules: &SharedRules) -> Engine {
    let analyser = Arc::new(Analyser::new(rules.load().vocabulary()));
    let acts = Acts::new(store.clone(), rules.clone());
    let clock = Arc::new(SystemClock::default());
    Engine::new(store.clone(), acts, rules.clone(), analyser, clock, EngineOptions::default())
}

fn shipped() -> SharedRules {
    let rules = Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("shipped rules");
    Arc::new(ArcSwap::from_pointee(rules))
}

/// The worst moment: the transaction that fires is written and not committed, and its process stands still.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stands_still_while_it_fires_holds_up_its_cases_alone() {
    if let Ok(order) = std::env::var(CHILD) {
        let rules = shipped();
        return stop_dead(&order, async |store| {
            let now = SystemClock::default().now();
            engine(&store, &rules).sweep(now, now).await.expect("sweeping");
        })
        .await;
    }
    let db = Db::fresh(Database::Postgres).await;
    let receivers = Receivers::start(&db.path("rules")).await;
    let mut office = Office::new(db.again().await, &receivers).await;
    for _ in 0..3 {
        office.open(Span::from_ms(1)).await;
    }
    until(&office.store, "a clock that is due", async || office.due[2] < office.clock.now()).await;
    let test = "kills::frozen::a_node_that_stands_still_while_it_fires_holds_up_its_cases_alone";
    let order = format!("fired\t1\t{}", db.options.url);
    let standing = tokio::task::spawn_blocking({
        let url = db.options.url.clone();
        move || Waiting::start(test, CHILD, &order, &url)
    });
    let standing = standing.await.expect("a process that stands still");
    let since = office.clock.now();
    for _ in 0..3 {
        office.open(Span::from_ms(1)).await;
    }
    let engine = engine(&office.store, &shipped());
    until(&office.store, "what nobody has locked", async || {
        let now = office.clock.now();
        engine.sweep(now, now).await.expect("sweeping");
        all_fired(&office, 3).await
    })
    .await;
    assert!(office.clock.now() - since <= AS_EVER, "{} ms", (office.clock.now() - since).ms());
    assert!(!all_fired(&office, 0).await, "the others are still locked");
    until(&office.store, "what was locked", async || {
        let now = office.clock.now();
        engine.sweep(now, now).await.expect("sweeping");
        all_fired(&office, 0).await
    })
    .await;
    let held_up = office.clock.now() - since;
    assert!(held_up <= HELD_UP, "{} ms", held_up.ms());
    eprintln!("a node that stands still held its cases up for {} ms", held_up.ms());
    standing.kill();
    whole(&office.store, 0).await;
}

/// A node whose network is cut in the middle of a transaction: the server ends it, and another gets the lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_cut_off_lets_go_of_what_it_has_locked() {
    let db = Db::fresh(Database::Postgres).await;
    let mut tx = db.store.write().await.expect("beginning");
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], None).await;
    tx.commit().await.expect("committing");
    let cut = Cut::before(&db.options.url).await;
    let far = Store::open(&StoreOptions::durable(cut.url.clone())).await.expect("opening");
    let mut held = far.write().await.expect("beginning");
    held.stream("incident/1").await.expect("locking");
    cut.off();
    let clock = SystemClock::default();
    let since = clock.now();
    loop {
        let mut tx = db.store.write().await.expect("beginning");
        match tx.stream("incident/1").await {
            Ok(stream) => break assert!(stream.is_some()),
            Err(error) => assert!(error.is_conflict(), "{error}"),
        }
    }
    let held_up = clock.now() - since;
    eprintln!("a node that was cut off held a case up for {} ms", held_up.ms());
    assert!(held_up <= HELD_UP, "{} ms", held_up.ms());
}
