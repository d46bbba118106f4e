//! Real processes killed at random moments under load, and two nodes on one database: `huiying work` as it ships, a real
//! clock, a real receiver of notices on loopback. What fires here falls due within a second or two of its opening.
//!
//! `HUIYING_KILLS` says how many kills on each database (20 in CI; `make soak` runs 200).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use huiying::acts::intake::Intake;
use huiying::acts::{About, Acts, stream_of, verify};
use huiying::clock::{Clock, SystemClock};
use huiying::domain::actor::Actor;
use huiying::domain::grade::Grading;
use huiying::domain::ids::IncidentId;
use huiying::domain::incident::{Command, NewIncident, NewMention, Role};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::{Channel, MentionInput};
use huiying::domain::routing::Routes;
use huiying::engine::deliver::{Channels, Deliverer};
use huiying::notify::Webhook;
use huiying::rules::Rules;
use huiying::store::{Engine, Store};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use crate::store::{Db, on_both, seed};

on_both!(killed_at_random_moments_nothing_is_lost_or_doubled);

const SEED: u64 = 20_161_213;
const KILLS: usize = 20;
const SECRET: &str = "0123456789abcdef0123";
/// Opened between two kills.
const INCIDENTS: i64 = 4;
/// Posts between two kills.
const POSTS: i64 = 10;
/// Changes of the database that a process may see before it is killed.
const CHANGES_MAX: u32 = 12;
/// Turns of delivery, each after the leases of the one before.
const TURNS_MAX: u32 = 100;
/// What has not happened after this time never will.
const HAPPENS_WITHIN: Duration = Duration::from_secs(60);

/// The test's side: opens incidents, takes posts in.
struct Office {
    store: Store,
    acts: Acts,
    intake: Intake,
    rules: Arc<Rules>,
    clock: SystemClock,
    opened: Vec<IncidentId>,
    posts: i64,
}

impl Office {
    async fn new(db: &Db) -> Self {
        let rules = Arc::new(Rules::load(&root().join("rules")).expect("shipped rules"));
        let store = db.again().await;
        let routes = Routes { webhook: true, ..Routes::default() };
        let acts = Acts::new(store.clone(), Arc::new(ArcSwap::new(rules.clone()))).with_routes(routes);
        let intake = Intake::open(&store).await.expect("the intake");
        Self { store, acts, intake, rules, clock: SystemClock::default(), opened: Vec::new(), posts: 0 }
    }

    /// Opens an incident whose response falls due after `left`, with a lead who does nothing.
    async fn open(&mut self, left: Span) -> IncidentId {
        let now = self.clock.now();
        let opened = NewIncident {
            detected_at: now - Span::from_hours(48) + left,
            occurred_at: None,
            policy: "xuancheng-2016".into(),
            others: Vec::new(),
            mention: NewMention {
                id: format!("opened-{}", self.opened.len()).as_str().into(),
                content_hash: "0".repeat(64),
                channel: Channel::Weibo,
                region: None,
                published_at: None,
            },
            proposal: Grading::default(),
            label: None,
            by_hand: false,
        };
        let about = About { title: "桥面塌陷".into(), ..About::default() };
        let office = Actor::office("analyst");
        let mut tx = self.store.write().await.expect("writing");
        let incident = self.acts.open(&mut tx, opened, &about, &Actor::System, now).await.expect("opening").incident;
        let assign = Command::Assign { department: "transport".into(), role: Role::Lead };
        self.acts.act_in(&mut tx, &incident, &assign, &office, None, now).await.expect("assigning");
        tx.commit().await.expect("committing");
        self.opened.push(incident.clone());
        incident
    }

    async fn take_in(&mut self, posts: i64) {
        let now = self.clock.now();
        let prepared: Vec<_> = (0..posts)
            .map(|n| {
                let input = MentionInput {
                    id: Some((self.posts + n).to_string()),
                    source: Some("kills".into()),
                    channel: Channel::Weibo,
                    text: format!("第 {} 号路灯不亮了，晚上走路太危险，反映多次没人管", self.posts + n),
                    ..MentionInput::default()
                };
                self.intake.accept(input, None, &self.rules, now, false).expect("a good post")
            })
            .collect();
        self.posts += posts;
        self.intake.store(&prepared).await.expect("storing");
    }

    /// No mention is pending, and no timer is due.
    async fn idle(&self) -> bool {
        let now = self.clock.now();
        let due = self.store.next_due().await.expect("reading").is_some_and(|due| due <= now + Span::from_secs(3));
        let pending = self.store.pending_mention_count().await.expect("reading");
        !due && pending == 0
    }

    /// Tells what those who were killed had claimed and not told, when their leases have ended.
    async fn tell_the_rest(&self, there: &MockServer) {
        let webhook = Webhook::new(there.uri(), SECRET.into()).expect("a client");
        let channels = Channels::in_app(&self.store).with(Arc::new(webhook));
        let rules = Arc::new(ArcSwap::new(self.rules.clone()));
        let deliverer = Deliverer::new(self.store.clone(), rules, channels, 1.0);
        let mut later = self.clock.now();
        for _ in 0..TURNS_MAX {
            if self.store.unsent_outbox_count().await.expect("counting") == 0 {
                return;
            }
            later = later + Span::from_minutes(10);
            deliverer.run(later).await.expect("delivering");
        }
        panic!("some are never told: {:?}", self.store.unsent_outbox(0, 3).await);
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `huiying work` on a database. Killed with SIGKILL when it is dropped, so that a test that fails leaves none behind.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let killed = self.0.kill().and_then(|()| self.0.wait());
        if let Err(error) = killed {
            eprintln!("a node was left behind: {error}");
        }
    }
}

/// Starts one in a folder of its own (its job file lies there).
fn node(url: &str, folder: &Path, told: &str) -> Node {
    std::fs::create_dir_all(folder).expect("a folder");
    let process = Process::new(env!("CARGO_BIN_EXE_huiying"))
        .args(["work", "--rules"])
        .arg(root().join("rules"))
        .current_dir(folder)
        .env("HUIYING_DATABASE__URL", url)
        .env("HUIYING_COLLECT__ENABLED", "false")
        .env("HUIYING_NOTIFY__WEBHOOK__URL", told)
        .env("HUIYING_NOTIFY__WEBHOOK__SECRET", SECRET)
        .env("HUIYING_SEAL__DIR", folder.join("seals"))
        .env("HUIYING_LOG__FILTER", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn();
    Node(process.expect("starting huiying"))
}

async fn receiver() -> MockServer {
    let there = MockServer::start().await;
    Mock::given(matchers::method("POST")).respond_with(ResponseTemplate::new(200)).mount(&there).await;
    there
}

/// Until `done`, looking again at each change and, for what no change announces, every tenth of a second.
async fn until(store: &Store, what: &str, mut done: impl AsyncFnMut() -> bool) {
    let mut watch = store.watch().await.expect("watching");
    let waiting = async {
        while !done().await {
            // Either will do: a change, or a moment gone by.
            let _ = tokio::time::timeout(Duration::from_millis(100), watch.changed()).await;
        }
    };
    tokio::time::timeout(HAPPENS_WITHIN, waiting).await.unwrap_or_else(|_| panic!("never came: {what}"));
}

async fn breaches(store: &Store, incident: &IncidentId) -> Vec<Instant> {
    let events = store.events(&stream_of(incident)).await.expect("reading");
    let of_response = |body: &str| body.contains("\"clock\":\"response\"");
    events.iter().filter(|e| e.event == "clock_breached" && of_response(&e.body)).map(|e| e.at).collect()
}

async fn killed_at_random_moments_nothing_is_lost_or_doubled(db: Db) {
    let there = receiver().await;
    let folder = db.path("node");
    let mut office = Office::new(&db).await;
    let mut random = ChaCha8Rng::seed_from_u64(seed(SEED));
    let kills = std::env::var("HUIYING_KILLS").ok().map_or(KILLS, |n| n.parse().expect("HUIYING_KILLS: a number"));
    for number in 0..kills {
        let process = node(&db.options.url, &folder, &there.uri());
        for _ in 0..INCIDENTS {
            office.open(Span::from_ms(random.random_range(50..2_500))).await;
        }
        office.take_in(POSTS).await;
        let mut changes = random.random_range(1..=CHANGES_MAX);
        until(&office.store, "changes by the node", async || {
            changes = changes.saturating_sub(1);
            changes == 0
        })
        .await;
        drop(process);
        let found = verify(&office.store).await.expect("verifying");
        assert!(found.broken.is_empty(), "kill {number}: {:?}", found.broken);
    }
    let process = node(&db.options.url, &folder, &there.uri());
    until(&office.store, "everything is taken up and fired", async || office.idle().await).await;
    drop(process);
    office.tell_the_rest(&there).await;
    let found = verify(&office.store).await.expect("verifying");
    assert!(found.broken.is_empty(), "{:?}", found.broken);
    for incident in &office.opened {
        assert_eq!(breaches(&office.store, incident).await.len(), 1, "{incident}: fired, and once in the ledger");
    }
    let counts = office.store.mention_counts(office.clock.now()).await.expect("counting");
    assert_eq!((counts.total, counts.failed), (office.posts, 0), "no post lost");
    let mut told: BTreeMap<String, u32> = BTreeMap::new();
    for request in there.received_requests().await.expect("recording") {
        let key = request.headers["idempotency-key"].to_str().expect("text").to_owned();
        *told.entry(key).or_default() += 1;
    }
    let mut wanted = 0;
    for incident in &office.opened {
        for row in office.store.outbox_of(&stream_of(incident)).await.expect("reading") {
            if row.channel == "webhook" {
                wanted += 1;
                assert!(told.contains_key(&row.key), "{} was marked and never told", row.key);
            }
        }
    }
    let again: u32 = told.values().map(|times| times - 1).sum();
    eprintln!("{kills} kills: {wanted} notices told at least once, {again} of them again under the same key");
    assert!(wanted > kills, "only {wanted} notices");
}

/// One of two nodes dies while it holds work: the other fires what is due within 5 seconds, and nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_the_one_that_lives_fires() {
    let db = Db::fresh(Engine::Postgres).await;
    let there = receiver().await;
    let mut office = Office::new(&db).await;
    let one = node(&db.options.url, &db.path("one"), &there.uri());
    let two = node(&db.options.url, &db.path("two"), &there.uri());
    // Both are at work: what is due now is fired, by whichever.
    let first = office.open(Span::from_ms(500)).await;
    until(&office.store, "a first breach", async || !breaches(&office.store, &first).await.is_empty()).await;
    let mut due = Vec::new();
    for n in 0..20 {
        office.open(Span::from_ms(1_000 + n * 50)).await;
        due.push(office.clock.now() + Span::from_ms(1_000 + n * 50));
    }
    office.take_in(50).await;
    drop(one);
    until(&office.store, "all breaches", async || {
        for incident in &office.opened {
            if breaches(&office.store, incident).await.is_empty() {
                return false;
            }
        }
        true
    })
    .await;
    for (incident, due) in office.opened.iter().skip(1).zip(due) {
        let fired = breaches(&office.store, incident).await;
        assert_eq!(fired.len(), 1, "{incident}: once in the ledger");
        assert!(fired[0] - due <= Span::from_secs(5), "{incident}: {} ms late", (fired[0] - due).ms());
    }
    drop(two);
    assert!(verify(&office.store).await.expect("verifying").broken.is_empty());
}
