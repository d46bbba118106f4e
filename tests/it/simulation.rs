//! A small office simulated, seed by seed: random policies, bodies and acts on the real engine, store and channels, under
//! a manual clock, with sweeps that come late, processes that die at any statement, notices delivered twice, a clock that
//! is put back and forward and a database that takes its time. Whatever happened, the record must be that of a calm
//! office: no due clock unfired, none fired twice, no verdict that depends on when the sweep ran (`domain.md` §5), every
//! notice accepted, twice only where someone died or was overtaken, and under the same key.
//!
//! `HUIYING_SEEDS` says how many seeds (1,000; `make soak` runs ten times as many), `HUIYING_SEED` with which they begin,
//! `HUIYING_SIMULATE` names one to be run alone, with its history told.

mod calm;
mod deed;
mod fate;
mod receiver;
mod record;
mod time;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use huiying::acts::SharedRules;
use huiying::domain::instant::Instant;
use huiying::domain::office::Office;
use huiying::rules::Rules;
use huiying::store::{Store, StoreOptions};
use huiying::text::Analyser;
use parking_lot::Mutex;

use deed::Deed;
use world::World;

/// Seeds that are tried.
const SEEDS: u64 = 1_000;
/// Monday, 2026-05-11 10:00 in Beijing.
const START: Instant = Instant::from_ms(1_778_464_800_000);

/// A history as the calm office lives through it.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Someone did something.
    Done { at: Instant, deed: Deed, taken: bool },
    /// Everything that was due before had fired.
    Swept(Instant),
}

struct Shared {
    rules: Arc<Rules>,
    shared: SharedRules,
    analyser: Arc<Analyser>,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let rules = Arc::new(Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("the rules"));
    let analyser = Arc::new(Analyser::new(rules.vocabulary()));
    Shared { shared: Arc::new(ArcSwap::new(rules.clone())), rules, analyser }
});

fn office() -> &'static Office {
    &SHARED.rules.office
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|n| n.parse().unwrap_or_else(|_| panic!("{variable}: a number")))
}

/// A folder in memory where there is one: what is simulated is thrown away.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}

/// An empty, migrated database, made once.
fn template(folder: &Path) -> PathBuf {
    let file = folder.join("template.db");
    runtime().block_on(async {
        let store = Store::open(&StoreOptions::throw_away(&file)).await.expect("opening");
        store.migrate().await.expect("migrating");
        store.close().await;
    });
    file
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// What came of a seed.
struct Told {
    wrong: Vec<String>,
    history: Vec<Entry>,
    rows: Vec<record::Row>,
    seen: BTreeMap<String, u32>,
}

/// Lives through a seed, and then through the same history in calm.
fn simulate(seed: u64, template: &Path, folder: &Path) -> Told {
    let file = folder.join(format!("{seed}.db"));
    std::fs::copy(template, &file).expect("a database");
    let _steps = fate::watch();
    let told = runtime().block_on(async {
        let mut world = World::begin(seed, file.clone()).await;
        world.live().await;
        world.end().await
    });
    for suffix in ["", "-wal", "-shm"] {
        // The last to close takes the other two away.
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    told
}

fn first_seed() -> u64 {
    crate::store::seed(0).wrapping_mul(1_000_000)
}

#[test]
fn whatever_befalls_it_the_record_is_that_of_a_calm_office() {
    let folder = folder();
    let template = template(folder.path());
    if let Some(seed) = number("HUIYING_SIMULATE") {
        let told = simulate(seed, &template, folder.path());
        told.history.iter().for_each(|entry| println!("{entry:?}"));
        assert!(told.wrong.is_empty(), "seed {seed}:\n{}", told.wrong.join("\n"));
        return;
    }
    let (first, seeds) = (first_seed(), number("HUIYING_SEEDS").unwrap_or(SEEDS));
    let next = AtomicU64::new(0);
    let wrong: Mutex<BTreeMap<u64, Vec<String>>> = Mutex::default();
    let seen: Mutex<BTreeMap<String, u32>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n >= seeds {
                        return;
                    }
                    let seed = first.wrapping_add(n);
                    let told = simulate(seed, &template, folder.path());
                    if !told.wrong.is_empty() {
                        wrong.lock().insert(seed, told.wrong);
                    }
                    let mut seen = seen.lock();
                    told.seen.into_iter().for_each(|(word, times)| *seen.entry(word).or_default() += times);
                }
            });
        }
    });
    let (wrong, seen) = (wrong.into_inner(), seen.into_inner());
    let mut all = String::new();
    for (seed, wrong) in wrong.iter().take(5) {
        let _ = writeln!(all, "seed {seed} (alone: HUIYING_SIMULATE={seed}):\n  {}", wrong.join("\n  "));
    }
    assert!(wrong.is_empty(), "{} of {seeds} seeds went wrong; the first:\n{all}", wrong.len());
    // A simulation in which little happens agrees with everything.
    let least = u32::try_from(seeds / 100).unwrap_or(u32::MAX);
    for word in world::HAPPENS {
        assert!(seen.get(word).is_some_and(|times| *times >= least), "hardly any {word:?}: {seen:?}");
    }
}

#[test]
fn a_seed_is_the_same_history_every_time() {
    let folder = folder();
    let template = template(folder.path());
    for seed in first_seed()..first_seed() + 5 {
        let (one, two) = (simulate(seed, &template, folder.path()), simulate(seed, &template, folder.path()));
        assert_eq!(one.rows, two.rows, "seed {seed}");
        assert_eq!(format!("{:?}", one.history), format!("{:?}", two.history), "seed {seed}");
    }
}

/// A doctored record is noticed: the checks are no formality.
#[test]
fn what_is_wrong_in_a_record_is_noticed() {
    let folder = folder();
    let template = template(folder.path());
    let at = |rows: &[record::Row], event: &str| rows.iter().position(|row| row.event == event);
    let told = (first_seed()..)
        .map(|seed| simulate(seed, &template, folder.path()))
        .find(|told| {
            let all = ["clock_breached", "clock_warned", "clock_met"];
            let calm = told.wrong.is_empty() && !told.seen.contains_key("overtaken by a sweep");
            calm && all.iter().all(|event| at(&told.rows, event).is_some())
        })
        .expect("a seed in which something happens");
    let Some(Entry::Swept(end)) = told.history.last().cloned() else { panic!("the last sweep ends it") };
    let (calm, _) = calm::Calm::live(&told.history, &BTreeSet::new());
    let noticed = |rows: &[record::Row]| {
        (!record::faults(rows, end).is_empty(), !record::differences(rows, &calm.rows, &BTreeSet::new()).is_empty())
    };
    assert_eq!(noticed(&told.rows), (false, false), "as it is, nothing is wrong");
    let doctored = |event: &str, change: &dyn Fn(&mut Vec<record::Row>, usize)| {
        let mut rows = told.rows.clone();
        let n = at(&rows, event).expect("such an event");
        change(&mut rows, n);
        noticed(&rows)
    };
    let lost = doctored("clock_breached", &|rows, n| drop(rows.remove(n)));
    assert_eq!(lost, (true, true), "a breach that never fired");
    let twice = doctored("clock_breached", &|rows, n| rows.insert(n + 1, rows[n].clone()));
    assert_eq!(twice, (true, true), "a breach that fired twice");
    let warned = doctored("clock_warned", &|rows, n| rows.insert(n + 1, rows[n].clone()));
    assert_eq!(warned, (true, true), "a warning that fired twice");
    let early =
        doctored("clock_breached", &|rows, n| rows[n].at = START - huiying::domain::instant::Span::from_days(90));
    assert!(early.0, "a breach before its due time");
    let charged = doctored("clock_breached", &|rows, n| rows[n].body["charged_to"] = "weather".into());
    assert!(charged.1, "a breach charged to another");
    let verdict = doctored("clock_met", &|rows, n| {
        rows[n].event = "clock_ended_late".into();
        rows[n].body["event"] = "clock_ended_late".into();
    });
    assert!(verdict.1, "another verdict");
}
