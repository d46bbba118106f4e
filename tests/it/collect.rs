//! Collecting from real servers on loopback into a real store.

mod blind;
mod command;
mod field;
mod frontier;
mod health;
mod hostile;
mod imported;
mod inbox;
mod killed;
mod kinds;
mod looks;
mod memory;
mod polite;
mod server;
mod service;
mod sources;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use huiying::acts::author_key::AuthorKey;
use huiying::acts::{Acts, SharedRules};
use huiying::domain::instant::{Instant, Span};
use huiying::engine::{CollectOptions, Collected, Engine, EngineOptions};
use huiying::rules::Rules;
use huiying::rules::source::SourceDefinition;
use huiying::store::{MentionFilter, MentionRow, SourceRow, Store, StoreOptions};
use huiying::text::Analyser;
use huiying::time::{Clock, ManualClock};

/// Monday, 2026-05-11T10:00:00+08:00.
const BEGIN: Instant = Instant::from_ms(1_778_464_800_000);

/// A source on loopback, at a pace that no test waits for.
fn source(id: &str, kind: &str, rest: &str) -> SourceDefinition {
    let yaml = format!(
        "id: {id}\nkind: {kind}\nname: {id}\nchannel: news\nregion: xuanzhou\nwhy: 测试\nallow_private: true\n\
         http: {{ rate: 1000/s, timeout: 2s, max_body: 64KiB }}\n{rest}\n"
    );
    SourceDefinition::from_yaml("test.yaml", &yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}

/// A file or folder of the shared data; says so and gives nothing where it is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let path = crate::scenario::shared().join("data").join(name);
    if !path.exists() {
        eprintln!("left out: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// An engine on a throw-away database.
struct Desk {
    store: Store,
    engine: Engine,
    clock: Arc<ManualClock>,
    rules: SharedRules,
    dir: tempfile::TempDir,
}

impl Desk {
    async fn new(sources: Vec<SourceDefinition>) -> Self {
        Self::with(sources, CollectOptions::default()).await
    }

    async fn with(sources: Vec<SourceDefinition>, collect: CollectOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::throw_away(&dir.path().join("collect.db"))).await.unwrap();
        store.migrate().await.unwrap();
        let rules: SharedRules = Arc::new(ArcSwap::from_pointee(rules(sources)));
        let clock = Arc::new(ManualClock::new(BEGIN));
        let engine = engine(&store, &rules, clock.clone(), collect);
        Self { store, engine, clock, rules, dir }
    }

    /// Runs over what is due.
    async fn collect(&self) -> Vec<Collected> {
        self.engine.collect_due(self.clock.now()).await.unwrap()
    }

    /// Runs over the one source there is, some time later.
    async fn again(&self, later: Span) -> Collected {
        self.clock.advance(later);
        let mut all = self.collect().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    async fn mentions(&self) -> Vec<MentionRow> {
        let mut all = self.store.mentions(&MentionFilter::default(), None, 1_000).await.unwrap();
        all.reverse();
        all
    }

    async fn mention(&self, url: &str) -> MentionRow {
        let all = self.mentions().await;
        let urls: Vec<_> = all.iter().map(|mention| mention.url.clone()).collect();
        let found = all.into_iter().find(|mention| mention.url.as_deref() == Some(url));
        found.unwrap_or_else(|| panic!("{url} is not among {urls:?}"))
    }

    async fn row(&self, source: &str) -> SourceRow {
        self.store.source(source).await.unwrap().unwrap()
    }
}

fn rules(sources: Vec<SourceDefinition>) -> Rules {
    let mut rules = Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).unwrap();
    rules.sources = sources;
    rules
}

fn engine(store: &Store, rules: &SharedRules, clock: Arc<ManualClock>, collect: CollectOptions) -> Engine {
    static ANALYSER: OnceLock<Arc<Analyser>> = OnceLock::new();
    let analyser = ANALYSER.get_or_init(|| Arc::new(Analyser::new(rules.load().vocabulary()))).clone();
    let options = EngineOptions { collect, author_key: Some(AuthorKey::random().unwrap()), ..EngineOptions::default() };
    Engine::new(store.clone(), Acts::new(store.clone(), rules.clone()), rules.clone(), analyser, clock, options)
}
