//! A fuzzer of acts, on both databases: first each act once as it is meant (`tour.rs`), then every act of the description with
//! whatever its schema allows, by every role, on cases that are merged, split, closed and reopened meanwhile, and the system's
//! own acts. Nothing that it sends may fail inside, and afterwards `verify` finds nothing. `HUIYING_ACTS` says how many it
//! sends.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Method, Request};
use huiying::acts::{ActError, verify};
use huiying::config::Web;
use huiying::domain::actor::Actor;
use huiying::domain::ids::IncidentId;
use huiying::domain::incident::Command;
use huiying::domain::instant::Span;
use huiying::domain::routing::Routes;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::arbitrary::{Arbitrary, pick};
use super::tour::Tour;
use crate::api::service::{Answer, BEGIN, Service, Session, rules};
use crate::store::{Db, on_both};

/// Acts sent in `cargo test`.
const ACTS: u64 = 400;
/// How often the engine gets its turn.
const WORK_EVERY: u64 = 7;
/// Sessions end by themselves; whoever is at work is logged in.
const LOG_IN_EVERY_MINUTES: i64 = 50;
const USERS: [&str; 7] = ["admin", "analyst", "analyst2", "auditor", "leader", "ecology", "housing"];
const TEXTS: [&str; 3] = [
    "宣州区鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，环保局到底管不管",
    "郎溪县十字镇的工地拖欠农民工工资七个月了，四十多个人一分钱没拿到，劳动监察也不管",
    "绩溪县城一栋居民楼坍塌，已致 12 人死亡，仍有人被困，家属在现场哭喊，太惨了",
];

struct Fuzzer {
    service: Service,
    sessions: Vec<Session>,
    random: ChaCha8Rng,
    arbitrary: Arbitrary,
    acts: Vec<Value>,
    /// The system's own.
    own: Vec<Value>,
    commands: Arbitrary,
    incidents: Vec<String>,
    posted: u32,
    next: usize,
    next_own: usize,
    seen: BTreeMap<u16, u32>,
    /// What was asked for at random, and what of that was taken.
    sent: BTreeSet<String>,
    taken: BTreeSet<String>,
}

impl Fuzzer {
    async fn start(service: Service) -> Self {
        let document = service.send(Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap()).await.json();
        let arbitrary = Arbitrary::of_document(&document, crate::api::service::BEGIN);
        let all = document["components"]["schemas"]["Act"]["oneOf"].as_array().expect("acts").clone();
        let (commands, of_commands) = Arbitrary::of::<Command>(BEGIN);
        let name = |form: &Value| super::round_trip::name(form, "do");
        // An opening needs a number that nobody has: the tour and the engine open.
        let is_own =
            |form: &Value| huiying::domain::incident::acts().all(|(id, _)| id != name(form)) && name(form) != "open";
        let own = Arbitrary::variants(&of_commands).into_iter().filter(is_own).collect();
        let random = ChaCha8Rng::seed_from_u64(crate::store::seed(10));
        let mut fuzzer = Self {
            service,
            sessions: Vec::new(),
            random,
            arbitrary,
            acts: all,
            own,
            commands,
            incidents: Vec::new(),
            posted: 0,
            next: 0,
            next_own: 0,
            seen: BTreeMap::new(),
            sent: BTreeSet::new(),
            taken: BTreeSet::new(),
        };
        fuzzer.log_in().await;
        for _ in 0..4 {
            fuzzer.mention().await;
        }
        fuzzer.work().await;
        assert!(fuzzer.incidents.len() >= 3, "{:?}", fuzzer.incidents);
        fuzzer
    }

    async fn log_in(&mut self) {
        self.sessions.clear();
        for user in USERS {
            self.sessions.push(self.service.log_in(user).await);
        }
    }

    async fn mention(&mut self) {
        self.posted += 1;
        let text = format!("{}（{}）", TEXTS[self.posted as usize % TEXTS.len()], self.posted);
        let post = json!({ "id": self.posted.to_string(), "source": "test", "channel": "weibo", "text": text });
        let session = self.sessions[1].clone();
        assert_eq!(self.service.post(&session, "/api/v1/mentions", post).await.status, 200);
    }

    /// The engine's turn; then what there is.
    async fn work(&mut self) {
        self.service.work().await;
        let list = self.service.get(&self.sessions[1], "/api/v1/incidents?view=all&limit=50").await.json();
        let ids = list["items"].as_array().expect("cases").iter().filter_map(|i| i["id"].as_str().map(str::to_owned));
        self.incidents = ids.collect();
        self.arbitrary.known.clone_from(&self.incidents);
        let one = pick(&mut self.random, &self.incidents).clone();
        let mentions = self.service.get(&self.sessions[1], &format!("/api/v1/incidents/{one}/mentions")).await.json();
        let mentions = mentions["items"].as_array().expect("mentions").clone();
        self.arbitrary.known.extend(mentions.iter().filter_map(|m| m["id"].as_str().map(str::to_owned)));
    }

    async fn act(&mut self) {
        // In turn, so that none is left out.
        let form = self.acts[self.next % self.acts.len()].clone();
        self.next += 1;
        self.arbitrary.now = huiying::time::Clock::now(&*self.service.clock);
        let mut act = self.arbitrary.draw(&mut self.random, &form, "", 0);
        if let Value::Object(keys) = &mut act {
            // A version that was never seen is refused before anything happens.
            keys.retain(|key, _| key != "version");
            if self.random.random_bool(0.03) {
                keys.insert("due".to_owned(), json!("2026-05-12"));
            }
        }
        let session = if self.random.random_bool(0.6) {
            self.sessions[self.random.random_range(1..3)].clone()
        } else {
            pick(&mut self.random, &self.sessions).clone()
        };
        let incident = pick(&mut self.random, &self.incidents).clone();
        let path = format!("/api/v1/incidents/{incident}/acts");
        let answer = self.service.change(&session, Method::POST, &path, act.clone()).await;
        self.told(&answer, &act);
        for path in [format!("/api/v1/incidents/{incident}"), format!("/api/v1/incidents/{incident}/history")] {
            let shown = self.service.get(&session, &path).await;
            assert!(matches!(shown.status.as_u16(), 200 | 404), "{path} after {act}: {} {}", shown.status, shown.text);
        }
    }

    async fn post(&mut self) {
        let at = self.arbitrary.draw(&mut self.random, &json!({ "type": "string", "format": "date-time" }), "", 0);
        let session = pick(&mut self.random, &self.sessions).clone();
        let answer = if self.random.random_bool(0.5) {
            let body = json!({ "concerns": ["ecology", "jixi"], "effective_at": at });
            self.service.post(&session, "/api/v1/posts", body).await
        } else {
            let body = json!({ "account": "jixi.weibo", "effective_at": at });
            self.service.post(&session, "/api/v1/posts/20260511-0001/reposts", body).await
        };
        self.told(&answer, &at);
    }

    fn told(&mut self, answer: &Answer, act: &Value) {
        let status = answer.status.as_u16();
        *self.seen.entry(status).or_default() += 1;
        assert!(matches!(status, 200 | 403 | 404 | 409 | 422), "{act}: {status} {}", answer.text);
        if let Some(name) = act["do"].as_str() {
            self.sent.insert(name.to_owned());
            if status == 200 {
                self.taken.insert(name.to_owned());
            }
        }
    }

    /// The system does one of its own acts, drawn like the others.
    async fn system(&mut self) {
        let form = self.own[self.next_own % self.own.len()].clone();
        self.next_own += 1;
        let now = huiying::time::Clock::now(&*self.service.clock);
        self.commands.now = now;
        let mut act = self.commands.draw(&mut self.random, &form, "", 0);
        if let Some(Value::Array(mentions)) = act.get_mut("mentions") {
            // A mention that has no row is one that somebody deleted, and `verify` would rightly say so.
            mentions.clear();
        }
        if let Some(before) = act.get_mut("before") {
            *before = json!(now);
        }
        let Ok(command) = serde_json::from_value::<Command>(act) else { return };
        let incident = IncidentId::from(pick(&mut self.random, &self.incidents).as_str());
        self.sent.insert(command.name().to_owned());
        match self.service.acts.act(&incident, &command, &Actor::System, None, now).await {
            Ok(_) => drop(self.taken.insert(command.name().to_owned())),
            Err(ActError::Refused(_)) => {}
            Err(error) => panic!("{command:?}: {error}"),
        }
    }
}

on_both!(whatever_act_is_sent_nothing_fails_inside_and_the_record_holds);

async fn whatever_act_is_sent_nothing_fails_inside_and_the_record_holds(db: Db) {
    let sent = std::env::var("HUIYING_ACTS").ok().map_or(ACTS, |n| n.parse().expect("HUIYING_ACTS: a number"));
    let service = Service::over(db.store.clone(), rules(), Routes::default(), Web::default()).await;
    let mut tour = Tour::new(&service);
    tour.go().await;
    let reached = tour.taken;
    let (_, commands) = Arbitrary::of::<Command>(BEGIN);
    let variants: Vec<String> =
        Arbitrary::variants(&commands).iter().map(|form| super::round_trip::name(form, "do")).collect();
    let missed: Vec<_> = variants.iter().filter(|name| !reached.contains(*name)).collect();
    assert!(missed.is_empty(), "never taken: {missed:?}");
    let mut fuzzer = Fuzzer::start(service).await;
    let mut since_log_in = 0;
    for n in 1..=sent {
        if fuzzer.random.random_bool(0.05) {
            fuzzer.post().await;
        } else if fuzzer.random.random_bool(0.05) {
            fuzzer.system().await;
        } else {
            fuzzer.act().await;
        }
        let minutes = fuzzer.random.random_range(0..8);
        fuzzer.service.clock.advance(Span::from_minutes(minutes));
        since_log_in += minutes;
        if n % WORK_EVERY == 0 {
            if fuzzer.random.random_bool(0.3) {
                fuzzer.mention().await;
            }
            if since_log_in > LOG_IN_EVERY_MINUTES {
                fuzzer.log_in().await;
                since_log_in = 0;
            }
            fuzzer.work().await;
        }
        if n % 500 == 0 || n == sent {
            let found = verify(&fuzzer.service.store, |_| ()).await.expect("walked");
            assert!(found.broken.is_empty(), "after {n} acts: {:?}", found.broken);
        }
    }
    let stuck = fuzzer.service.store.stuck(10).await.expect("read");
    assert!(stuck.is_empty(), "{stuck:?}");
    assert!(
        fuzzer.seen.get(&200).is_some_and(|taken| u64::from(*taken) * 20 > sent),
        "hardly any taken: {:?}",
        fuzzer.seen
    );
    let unsent: Vec<_> = variants.iter().filter(|name| !fuzzer.sent.contains(*name)).collect();
    assert!(sent < ACTS || unsent == ["open"], "never sent at random: {unsent:?}");
    println!("at random taken: {:?}", fuzzer.taken);
    println!("{sent} acts: {:?}, {} cases", fuzzer.seen, fuzzer.incidents.len());
}
