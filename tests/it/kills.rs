//! Real processes killed, frozen and left without a disk at random moments under load, and two nodes on one database:
//! `huiying work` as it ships, a real clock, real receivers of notices on loopback (a mail server, a webhook, three robots).
//! Then PostgreSQL itself is killed. What fires here falls due within a second or two of its opening.
//!
//! `HUIYING_KILLS` says how many kills of the process on each database (20 in CI; `make soak` runs 200),
//! `HUIYING_DATABASE_KILLS` how many of PostgreSQL (the same unless given), `HUIYING_FULL_DISKS` how many full disks and
//! `HUIYING_FROZEN` how many frozen nodes (2 in CI, 20 in the soak).

mod frozen;
mod full;
mod office;
mod receivers;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;

use huiying::acts::verify;
use huiying::domain::instant::Span;
use huiying::store::{Engine, Store, StoreOptions};
use huiying::time::Clock;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::postgres::Killable;
use crate::store::{Db, on_both, seed};
use office::{Office, breaches};
use receivers::Receivers;

on_both!(killed_at_random_moments_nothing_is_lost_or_doubled);

const SEED: u64 = 20_161_213;
const KILLS: usize = 20;
/// Opened between two kills.
const INCIDENTS: i64 = 4;
/// Posts between two kills.
const POSTS: i64 = 10;
/// Changes of the database that a process may see before it is killed.
const CHANGES_MAX: u32 = 12;
/// What has not happened after this time never will.
const HAPPENS_WITHIN: Duration = Duration::from_secs(60);

/// A size by its environment variable.
fn size(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().map_or(usual, |n| n.parse().unwrap_or_else(|_| panic!("{variable}: a number")))
}

fn kills() -> usize {
    size("HUIYING_KILLS", KILLS)
}

/// `huiying` on a database. Killed with SIGKILL when it is dropped, so that a test that fails leaves none behind.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let killed = self.0.kill().and_then(|()| self.0.wait());
        if let Err(error) = killed {
            eprintln!("a node was left behind: {error}");
        }
    }
}

/// Starts `huiying work` in a folder of its own (its job file lies there), and waits until it is at work.
async fn node(url: &str, folder: &Path, receivers: &Receivers) -> Node {
    let mut work = command(url, folder, receivers);
    started(work.arg("work").stdout(Stdio::null()).stderr(Stdio::piped()), "工作节点已启动").await.0
}

/// Starts `huiying serve` on a free port, and gives its address.
async fn service(url: &str, folder: &Path, receivers: &Receivers) -> (Node, String) {
    let mut serve = command(url, folder, receivers);
    let serve = serve.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let (node, line) = started(serve, "服务地址：").await;
    let address = line.split("服务地址：").nth(1).expect("its address").trim().to_owned();
    (node, address)
}

fn command(url: &str, folder: &Path, receivers: &Receivers) -> Process {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut process = Process::new(env!("CARGO_BIN_EXE_huiying"));
    process
        .arg("--rules")
        .arg(&receivers.rules)
        .current_dir(folder)
        .env("HUIYING_DATABASE__URL", url)
        .env("HUIYING_COLLECT__ENABLED", "false")
        .envs(receivers.settings())
        // One office, one key: nodes in folders of their own would each look for it there.
        .env("HUIYING_AUTHORS__KEY_FILE", receivers.rules.with_file_name("author-key"))
        .env("HUIYING_SEAL__DIR", folder.join("seals"))
        .env("HUIYING_LOG__FILTER", "error")
        .stdin(Stdio::null());
    process
}

/// Starts a process and waits until it says those words; what it says after them is let go.
async fn started(process: &mut Process, words: &'static str) -> (Node, String) {
    let mut node = Node(process.spawn().expect("starting huiying"));
    let said: Box<dyn std::io::Read + Send> = match (node.0.stdout.take(), node.0.stderr.take()) {
        (Some(said), _) => Box::new(said),
        (None, Some(said)) => Box::new(said),
        (None, None) => panic!("nobody would hear it"),
    };
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        if let Some(line) = lines.by_ref().find(|line| line.contains(words)) {
            let _ = tell.send(line);
        }
        lines.for_each(drop);
    });
    let line = tokio::time::timeout(HAPPENS_WITHIN, told).await.expect("a start in time").expect("a start");
    (node, line)
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

async fn some_changes(store: &Store, random: &mut ChaCha8Rng) {
    let mut changes = random.random_range(1..=CHANGES_MAX);
    until(store, "changes by the node", async || {
        changes = changes.saturating_sub(1);
        changes == 0
    })
    .await;
}

async fn whole(store: &Store, kill: usize) {
    let found = verify(store, |_| ()).await.expect("verifying");
    assert!(found.broken.is_empty(), "kill {kill}: {:?}", found.broken);
}

async fn killed_at_random_moments_nothing_is_lost_or_doubled(db: Db) {
    let receivers = Receivers::start(&db.path("rules")).await;
    let folder = db.path("node");
    let mut office = Office::new(db.again().await, &receivers).await;
    let mut random = ChaCha8Rng::seed_from_u64(seed(SEED));
    for kill in 0..kills() {
        let process = node(&db.options.url, &folder, &receivers).await;
        office.is_back();
        for _ in 0..INCIDENTS {
            office.open(Span::from_ms(random.random_range(50..2_500))).await;
        }
        office.take_in(POSTS).await;
        some_changes(&office.store, &mut random).await;
        drop(process);
        office.is_gone();
        whole(&office.store, kill).await;
    }
    let process = node(&db.options.url, &folder, &receivers).await;
    office.is_back();
    until(&office.store, "everything is taken up and fired", async || office.idle().await).await;
    drop(process);
    office.tell_the_rest(&receivers).await;
    office.all_is_well(&receivers, kills()).await;
}

/// PostgreSQL itself is killed, with all its processes, while a node and the office work on it; both go on when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_killed_forgets_nothing() {
    let mut server = tokio::task::spawn_blocking(Killable::start).await.expect("PostgreSQL");
    let url = server.database().await;
    let folder = tempfile::tempdir().expect("a folder");
    let receivers = Receivers::start(&folder.path().join("rules")).await;
    let store = Store::open(&StoreOptions::durable(&url)).await.expect("opening");
    store.migrate().await.expect("migrating");
    let mut office = Office::new(store, &receivers).await;
    let process = node(&url, &folder.path().join("node"), &receivers).await;
    // At its start a node says that it can't reach its database, and ends; from here on it has to live without.
    let first = office.open(Span::from_ms(500)).await;
    until(&office.store, "a first breach", async || !breaches(&office.store, &first).await.is_empty()).await;
    let mut random = ChaCha8Rng::seed_from_u64(seed(SEED));
    let kills = size("HUIYING_DATABASE_KILLS", kills());
    for kill in 0..kills {
        // At a random moment of the office's own work, or of the node's.
        let during = random.random_range(0..2 * INCIDENTS);
        for n in 0..INCIDENTS {
            let left = Span::from_ms(random.random_range(50..2_500));
            if n == during {
                office.is_gone();
                let (killed, opened) = tokio::join!(server.kill(), office.try_to_open(left));
                server = killed;
                office.is_back();
                if opened.is_ok() {
                    continue;
                }
            }
            office.open(left).await;
        }
        office.take_in(POSTS).await;
        if during >= INCIDENTS {
            some_changes(&office.store, &mut random).await;
            office.is_gone();
            server = server.kill().await;
            office.is_back();
        }
        whole(&office.store, kill).await;
    }
    until(&office.store, "everything is taken up and fired", async || office.idle().await).await;
    drop(process);
    office.tell_the_rest(&receivers).await;
    office.all_is_well(&receivers, kills).await;
}

/// One of two nodes dies while it holds work: the other fires what is due within 5 seconds, and nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_the_one_that_lives_fires() {
    let db = Db::fresh(Engine::Postgres).await;
    let receivers = Receivers::start(&db.path("rules")).await;
    let mut office = Office::new(db.again().await, &receivers).await;
    let one = node(&db.options.url, &db.path("one"), &receivers).await;
    let two = node(&db.options.url, &db.path("two"), &receivers).await;
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
    assert!(verify(&office.store, |_| ()).await.expect("verifying").broken.is_empty());
}

/// Two services on one SQLite file, each of them killed now and then: nothing is lost, nothing doubled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_services_on_one_file_lose_and_double_nothing() {
    let db = Db::fresh(Engine::Sqlite).await;
    let receivers = Receivers::start(&db.path("rules")).await;
    let mut office = Office::new(db.again().await, &receivers).await;
    let mut random = ChaCha8Rng::seed_from_u64(seed(SEED));
    let start = async || service(&db.options.url, &db.path("node"), &receivers).await.0;
    let mut nodes = [start().await, start().await];
    let kills = (kills() / 5).max(1);
    for kill in 0..kills {
        for _ in 0..INCIDENTS {
            office.open(Span::from_ms(random.random_range(50..2_500))).await;
        }
        office.take_in(POSTS).await;
        some_changes(&office.store, &mut random).await;
        let which = random.random_range(0..2);
        nodes[which].0.kill().expect("killing");
        whole(&office.store, kill).await;
        nodes[which] = start().await;
    }
    until(&office.store, "everything is taken up and fired", async || office.idle().await).await;
    drop(nodes);
    office.tell_the_rest(&receivers).await;
    office.all_is_well(&receivers, kills).await;
}
