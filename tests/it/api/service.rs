//! A service on a throw-away database, without a network.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use huiying::acts::Acts;
use huiying::acts::administration::{Credential, apply};
use huiying::acts::intake::Intake;
use huiying::acts::rule_files::RuleFiles;
use huiying::config::{Web, Webhook};
use huiying::domain::administration::{AdminCommand, Role};
use huiying::domain::instant::Instant;
use huiying::domain::routing::Routes;
use huiying::engine::{Engine, EngineOptions};
use huiying::rules::Rules;
use huiying::rules::live::LiveRules;
use huiying::store::{Store, StoreOptions};
use huiying::telemetry::detached_metrics;
use huiying::text::Analyser;
use huiying::time::{Clock, ManualClock, SharedClock};
use huiying::web::live::Live;
use huiying::web::password::Passwords;
use huiying::web::{BODY_WITHIN, Parts, router};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The time at which every test begins: Monday, 2026-05-11T10:00:00+08:00.
pub const BEGIN: Instant = Instant::from_ms(1_778_464_800_000);
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";
/// The secret of the webhook key `partner`.
pub const SECRET: &str = "0123456789abcdef0123";

/// The rules that ship with the product, read once.
pub fn rules() -> Arc<Rules> {
    static RULES: OnceLock<Arc<Rules>> = OnceLock::new();
    let load = || Arc::new(Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("shipped rules"));
    RULES.get_or_init(load).clone()
}

fn passwords() -> (Passwords, String) {
    static HASHED: OnceLock<(Passwords, String)> = OnceLock::new();
    let make = || {
        let passwords = Passwords::new().expect("a decoy");
        let hashing = passwords.clone();
        // Within the test's own runtime there is no second one: a thread has it.
        let hash = std::thread::spawn(move || {
            tokio::runtime::Runtime::new().expect("a runtime").block_on(hashing.hash(PASSWORD.into(), &[]))
        });
        let hash = hash.join().expect("no panic");
        (passwords, hash.expect("a hash"))
    };
    HASHED.get_or_init(make).clone()
}

/// Copies a folder with its folders.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let (path, there) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &there) } else { std::fs::copy(&path, &there).map(|_| ()).unwrap() }
    }
}

/// A service under test.
pub struct Service {
    pub router: Router,
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub acts: Acts,
    pub live: Live,
    /// Ends its streams.
    pub stop: CancellationToken,
    engine: Engine,
    files: Option<RuleFiles>,
    dir: Option<tempfile::TempDir>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// That it is a problem document of that status, whose detail says something.
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let document = self.json();
        assert_eq!(document["status"], status);
        assert!(document["type"].as_str().unwrap().starts_with("urn:huiying:"));
        document["detail"].as_str().unwrap().to_owned()
    }
}

/// Where a log-in comes from.
#[derive(Clone, Copy, Debug)]
pub struct From<'a> {
    pub address: [u8; 4],
    /// The cookie by which a browser is known again.
    pub device: Option<&'a str>,
}

impl Default for From<'_> {
    fn default() -> Self {
        Self { address: [10, 0, 0, 1], device: None }
    }
}

/// A user who is logged in.
#[derive(Clone, Debug)]
pub struct Session {
    pub cookie: String,
    pub csrf: String,
}

impl Service {
    /// On a SQLite file of its own.
    pub async fn start() -> Self {
        Self::with(rules(), Routes::default()).await
    }

    /// The same by other rules, and with channels besides in-app.
    pub async fn with(rules: Arc<Rules>, routes: Routes) -> Self {
        Self::configured(rules, routes, Web::default()).await
    }

    /// The same with a configuration.
    pub async fn configured(rules: Arc<Rules>, routes: Routes, web: Web) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::throw_away(&dir.path().join("api.db"))).await.unwrap();
        store.migrate().await.unwrap();
        Self { dir: Some(dir), ..Self::over(store, rules, routes, web).await }
    }

    /// One that waits so long for a body.
    pub async fn waiting(body_within: Duration) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::throw_away(&dir.path().join("api.db"))).await.unwrap();
        store.migrate().await.unwrap();
        let made = Self::made(store, rules(), Routes::default(), Web::default(), None, body_within).await;
        Self { dir: Some(dir), ..made }
    }

    /// With rule files of its own, which may be changed.
    pub async fn editing() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("rules");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &folder);
        let store = Store::open(&StoreOptions::throw_away(&dir.path().join("api.db"))).await.unwrap();
        store.migrate().await.unwrap();
        let made = Self::made(store, rules(), Routes::default(), Web::default(), Some(folder), BODY_WITHIN).await;
        Self { dir: Some(dir), ..made }
    }

    /// What changes its rule files.
    pub fn rule_files(&self) -> RuleFiles {
        self.files.clone().expect("rule files of its own")
    }

    /// The time of its clock.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Its rules folder.
    pub fn rules_dir(&self) -> std::path::PathBuf {
        self.dir.as_ref().expect("a folder").path().join("rules")
    }

    /// Lets the engine do what pages asked for.
    pub async fn do_errands(&self) {
        self.engine.do_errands().await.expect("errands");
    }

    /// On a database that is there.
    pub async fn over(store: Store, rules: Arc<Rules>, routes: Routes, web: Web) -> Self {
        Self::made(store, rules, routes, web, None, BODY_WITHIN).await
    }

    async fn made(
        store: Store,
        rules: Arc<Rules>,
        routes: Routes,
        web: Web,
        folder: Option<std::path::PathBuf>,
        body_within: Duration,
    ) -> Self {
        let clock = Arc::new(ManualClock::new(BEGIN));
        let shared: SharedClock = clock.clone();
        let (passwords, hash) = passwords();
        for (user, role) in [
            ("admin", Role::Admin),
            ("analyst", Role::Analyst),
            ("analyst2", Role::Analyst),
            ("auditor", Role::Auditor),
            ("leader", Role::Leader { portfolio: vec![] }),
            ("ecology", Role::Department { body: "ecology".into(), head: false }),
            ("housing", Role::Department { body: "housing".into(), head: false }),
        ] {
            let add = AdminCommand::AddUser { user: user.into(), name: user.to_owned(), roles: vec![role] };
            let credential = Credential { hash: hash.clone(), must_change: false };
            apply(&store, &rules.office, &[add], Some(&credential), "console", None, clock.now()).await.unwrap();
        }
        let analyser = {
            static ANALYSER: OnceLock<Arc<Analyser>> = OnceLock::new();
            ANALYSER.get_or_init(|| Arc::new(Analyser::new(rules.vocabulary()))).clone()
        };
        let shared_rules = Arc::new(ArcSwap::new(rules));
        let acts = Acts::new(store.clone(), shared_rules.clone()).with_routes(routes);
        let options = EngineOptions { auto_assign: false, ..EngineOptions::default() };
        let engine =
            Engine::new(store.clone(), acts.clone(), shared_rules.clone(), analyser.clone(), shared.clone(), options);
        let shared_analyser = Arc::new(ArcSwap::new(analyser));
        let files = folder.map(|folder| {
            let live = LiveRules::new(folder, shared_rules.clone(), shared_analyser.clone());
            RuleFiles::new(store.clone(), Arc::new(live))
        });
        let engine = match &files {
            Some(files) => engine.following(files.live()),
            None => engine,
        };
        let (live, stop) = (Live::default(), CancellationToken::new());
        let parts = Parts {
            store: store.clone(),
            acts: acts.clone(),
            rules: shared_rules,
            analyser: shared_analyser,
            rule_files: files.clone(),
            clock: shared.clone(),
            wall: shared,
            web,
            webhook: Webhook { keys: [("partner".to_owned(), SECRET.to_owned())].into() },
            intake: Intake::throw_away(&store).unwrap(),
            passwords,
            metrics: detached_metrics(),
            live: live.clone(),
            stop: stop.clone(),
            seals: "seals".into(),
            drill: false,
            body_within,
        };
        Self { router: router(parts.into_app()), store, clock, acts, live, stop, engine, files, dir: None }
    }

    /// One with an incident that a post opened: an analyst who is logged in, and the incident's number.
    pub async fn with_case(text: &str) -> (Self, Session, String) {
        let service = Self::start().await;
        let analyst = service.log_in("analyst").await;
        let post = json!({ "id": "1", "source": "test", "channel": "weibo", "text": text });
        assert_eq!(service.post(&analyst, "/api/v1/mentions", post).await.status, 200);
        service.work().await;
        let list = service.get(&analyst, "/api/v1/incidents").await.json();
        let id = list["items"][0]["id"].as_str().expect("one case").to_owned();
        (service, analyst, id)
    }

    /// Lets the engine do what it does by itself: take up what came, fire what is due, tell.
    pub async fn work(&self) {
        let now = self.clock.now();
        self.engine.ingest_all(now).await.expect("ingesting");
        self.engine.sweep(now, now).await.expect("sweeping");
        self.engine.deliver(now).await.expect("delivering");
    }

    /// Runs a statement beside the product, as someone with the database's own shell would.
    pub async fn execute(&self, sql: &str) {
        let file = self.dir.as_ref().expect("a file").path().join("api.db");
        let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.expect("opening");
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect("executing");
        connection.close().await.expect("closing");
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 * 1024 * 1024).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Tries to log in.
    pub async fn try_log_in(&self, user: &str, password: &str) -> Answer {
        self.try_log_in_from(From::default(), user, password).await
    }

    /// Tries to log in from somewhere.
    pub async fn try_log_in_from(&self, from: From<'_>, user: &str, password: &str) -> Answer {
        let body = serde_json::json!({ "user": user, "password": password }).to_string();
        let mut request = Request::post("/api/v1/session").header("content-type", "application/json");
        if let Some(device) = from.device {
            request = request.header("cookie", device);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from.address, 4711))));
        self.send(request).await
    }

    /// Logs in.
    pub async fn log_in(&self, user: &str) -> Session {
        self.log_in_with(user, PASSWORD).await
    }

    /// Logs in with a password of one's own.
    pub async fn log_in_with(&self, user: &str, password: &str) -> Session {
        let answer = self.try_log_in(user, password).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Session { cookie, csrf: answer.json()["csrf"].as_str().unwrap().to_owned() }
    }

    /// GET as someone.
    pub async fn get(&self, session: &Session, path: &str) -> Answer {
        self.send(Request::get(path).header("cookie", &session.cookie).body(Body::empty()).unwrap()).await
    }

    /// Sends JSON as someone, with the CSRF header.
    pub async fn change(&self, session: &Session, method: Method, path: &str, body: Value) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("cookie", &session.cookie).header("x-csrf-token", &session.csrf);
        let request = request.header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// POST as someone.
    pub async fn post(&self, session: &Session, path: &str, body: Value) -> Answer {
        self.change(session, Method::POST, path, body).await
    }
}
