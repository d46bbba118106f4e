//! Whatever is sent, the answer is a clear problem and never a failure inside.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};

use huiying::config::Web;
use huiying::domain::body::Tier;
use huiying::domain::instant::Span;
use huiying::domain::routing::Routes;
use huiying::rules::Rules;
use huiying::store::{Append, Engine, NewOutbox, Store, StoreOptions};
use huiying::time::Stopwatch;
use parking_lot::Mutex;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::service::{Answer, BEGIN, Service, rules};
use crate::cut::Cut;
use crate::store::Db;

#[tokio::test]
async fn bad_parameters_are_told_and_break_nothing() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    for path in [
        "/api/v1/incidents?limit=0",
        "/api/v1/incidents?limit=99999999999999999999",
        "/api/v1/incidents?limit=-1",
        "/api/v1/incidents?cursor=nonsense",
        "/api/v1/incidents?cursor=%FF",
        "/api/v1/incidents?view=nothing",
        "/api/v1/incidents?channel=pigeon",
        "/api/v1/incidents?q=%00",
        "/api/v1/mentions?cursor=AAAA",
        "/api/v1/mentions?unanswered=perhaps",
        "/api/v1/mentions/%00",
        "/api/v1/mentions/%FF%FE",
        "/api/v1/incidents/%FF/mentions",
        "/api/v1/escalations?mine=2",
        "/api/v1/notifications?limit=x",
        "/api/v1/incidents?state=nothing",
        "/api/v1/incidents?category=nonsense",
        "/api/v1/incidents?department=nobody",
        "/api/v1/incidents?region=nowhere",
        "/api/v1/incidents?limt=3",
        "/api/v1/ledger?regoin=jixi",
        "/api/v1/users?page=2",
    ] {
        let answer = service.get(&analyst, path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        assert!(!answer.problem(400).is_empty());
    }
    let slip = service.get(&analyst, "/api/v1/incidents?limt=3").await;
    assert!(slip.problem(400).contains("改为 limit"), "{}", slip.text);
    let slip = service.get(&analyst, "/api/v1/incidents?limit=x").await;
    assert!(slip.problem(400).contains("limit：应为整数"), "{}", slip.text);
    let long = "长".repeat(201);
    service.get(&analyst, &format!("/api/v1/mentions?q={long}")).await.problem(400);
    for path in ["/api/v1/mentions?q=%22%20OR%201--", "/api/v1/incidents?q=%25_%5C", "/api/v1/mentions?q=%EF%BC%8C"] {
        assert_eq!(service.get(&analyst, path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn unknown_paths_methods_and_bodies_get_problems() {
    let service = Service::start().await;
    let send = |method: Method, path: &str, kind: &str, body: Body| {
        let request = Request::builder().method(method).uri(path).header("content-type", kind).body(body).unwrap();
        service.send(request)
    };
    send(Method::GET, "/api/v1/nothing", "", Body::empty()).await.problem(404);
    send(Method::GET, "/api", "", Body::empty()).await.problem(404);
    send(Method::PATCH, "/api/v1/session", "", Body::empty()).await.problem(405);
    send(Method::POST, "/somewhere", "", Body::empty()).await.problem(405);
    send(Method::POST, "/api/v1/session", "text/plain", Body::from("{}")).await.problem(415);
    send(Method::POST, "/api/v1/session", "application/json", Body::from("{")).await.problem(400);
    send(Method::POST, "/api/v1/session", "application/json", Body::from("{\"user\":7}")).await.problem(422);
    let nul = "{\"user\":\"a\\u0000\",\"password\":\"x\"}";
    send(Method::POST, "/api/v1/session", "application/json", Body::from(nul)).await.problem(422);
    let deep = "[".repeat(100_000);
    send(Method::POST, "/api/v1/session", "application/json", Body::from(deep)).await.problem(400);
    let big = vec![b' '; 300 * 1024];
    send(Method::POST, "/api/v1/session", "application/json", Body::from(big)).await.problem(413);
}

#[tokio::test]
async fn pages_come_without_a_log_in_and_carry_their_guards() {
    let service = Service::start().await;
    for path in ["/", "/incidents/20260511-0001", "/login"] {
        let answer = service.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert!(answer.headers.contains_key("x-request-id"));
    }
    for path in ["/assets/missing.js", "/../../etc/passwd.txt", "/%2e%2e/Cargo.toml"] {
        service.send(Request::get(path).body(Body::empty()).unwrap()).await.problem(404);
    }
}

/// What `/readyz` warns of besides the shipped roster, whose accounts this office has not made.
fn warnings(ready: &serde_json::Value) -> Vec<serde_json::Value> {
    let mut warnings = ready["warnings"].as_array().unwrap().clone();
    let all = warnings.len();
    warnings.retain(|warning| !warning.as_str().is_some_and(|words| words.contains("该账号不存在或已停用")));
    assert_eq!(all, warnings.len() + 1, "holders without an account are named, once: {warnings:?}");
    warnings
}

#[tokio::test]
async fn health_is_told() {
    let service = Service::start().await;
    let alive = service.send(Request::get("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!((alive.status.as_u16(), alive.text.trim()), (200, "ok"));
    let ready = service.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    assert_eq!(ready.status.as_u16(), 200);
    let ready = ready.json();
    assert_eq!((ready["status"].as_str(), ready["oldest_unfired_timer_seconds"].as_f64()), (Some("ready"), Some(0.0)));
    assert_eq!((&ready["alarms"], warnings(&ready)), (&serde_json::json!([]), Vec::new()));
    service.store.close().await;
    service.send(Request::get("/readyz").body(Body::empty()).unwrap()).await.problem(503);
}

/// A request as it comes from an address.
fn from(address: [u8; 4], path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 4711))));
    request
}

#[tokio::test]
async fn numbers_are_for_this_machine_or_for_who_has_the_token() {
    let (here, there) = ([127, 0, 0, 1], [10, 0, 0, 7]);
    let service = Service::start().await;
    assert_eq!(service.send(from(here, "/metrics", &[])).await.status, 200);
    service.send(from(there, "/metrics", &[])).await.problem(403);
    service.send(from(here, "/metrics", &[("x-forwarded-for", "127.0.0.1")])).await.problem(403);
    service.send(Request::get("/metrics").body(Body::empty()).unwrap()).await.problem(403);
    let web = Web { metrics_token: Some("0123456789abcdef".to_owned()), ..Web::default() };
    let service = Service::configured(rules(), Routes::default(), web).await;
    let with = |token: &str| from(there, "/metrics", &[("authorization", token)]);
    assert_eq!(service.send(with("Bearer 0123456789abcdef")).await.status, 200);
    for wrong in ["Bearer 0123456789abcdeX", "Bearer ", "0123456789abcdef", "Basic MDEyMzQ1Njc4OWFiY2RlZg=="] {
        service.send(with(wrong)).await.problem(403);
    }
    service.send(from(here, "/metrics", &[])).await.problem(403);
}

/// How long the two questions of an operator's own tools may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);

async fn answered_in_time(service: &Service, request: Request<Body>) -> Answer {
    let waited = Stopwatch::start();
    let answer = service.send(request).await;
    assert!(waited.elapsed() < ANSWERED_WITHIN, "{:?}", waited.elapsed());
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_numbers_are_told_in_time_while_nothing_can_be_written() {
    let service = Service::start().await;
    let file = service.store.name().to_owned();
    let mut other = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let ready = answered_in_time(&service, from([127, 0, 0, 1], "/readyz", &[])).await;
    assert!(ready.problem(503).contains("没有及时应答"));
    assert_eq!(answered_in_time(&service, from([127, 0, 0, 1], "/metrics", &[])).await.status, 200);
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(answered_in_time(&service, from([127, 0, 0, 1], "/readyz", &[])).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_numbers_are_told_in_time_while_the_database_is_cut_off() {
    let db = Db::fresh(Engine::Postgres).await;
    let cut = Cut::before(&db.options.url).await;
    let store = Store::open(&StoreOptions::durable(cut.url.clone())).await.unwrap();
    let service = Service::over(store, rules(), Routes::default(), Web::default()).await;
    let ask = async |path| answered_in_time(&service, from([127, 0, 0, 1], path, &[])).await;
    assert_eq!(
        (ask("/readyz").await.status, ask("/metrics").await.status),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    cut.off();
    service.clock.advance(Span::from_secs(2));
    let mut ready = ask("/readyz").await;
    // What was found out a moment ago is told again.
    while ready.status == 200 {
        ready = ask("/readyz").await;
    }
    assert!(ready.problem(503).contains("没有及时应答"));
    assert_eq!(ask("/metrics").await.status, 200);
}

/// What is logged, for a test to read.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_request_s_line_says_who_asked_and_from_where() {
    let service = Service::start().await;
    let session = service.log_in("analyst").await;
    let lines = Lines::default();
    // Without a listener for the whole process, another test's first call of the same line may turn it off for this one.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::fmt().with_writer(std::io::sink).finish());
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let asked = from([10, 0, 0, 7], "/api/v1/overview", &[("cookie", &session.cookie)]);
    assert_eq!(service.send(asked).await.status, 200);
    let text = String::from_utf8(lines.0.lock().clone()).unwrap();
    let line = text.lines().find(|line| line.contains("answered")).unwrap_or_else(|| panic!("{text}"));
    for part in ["/api/v1/overview", "10.0.0.7", "user=\"analyst\""] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[tokio::test]
async fn every_answer_carries_its_guards() {
    let service = Service::configured(rules(), Routes::default(), Web { secure_cookie: true, ..Web::default() }).await;
    let session = service.log_in("analyst").await;
    let foreign = Request::post("/api/v1/session").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    for request in [
        Request::get("/").body(Body::empty()).unwrap(),
        Request::get("/mark.svg").body(Body::empty()).unwrap(),
        Request::get("/assets/missing.js").body(Body::empty()).unwrap(),
        Request::get("/healthz").body(Body::empty()).unwrap(),
        Request::get("/api/v1/incidents").body(Body::empty()).unwrap(),
        Request::get("/api/v1/incidents").header("cookie", &session.cookie).body(Body::empty()).unwrap(),
        Request::patch("/api/v1/session").body(Body::empty()).unwrap(),
        foreign,
    ] {
        let path = format!("{} {}", request.method(), request.uri());
        let answer = service.send(request).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.headers.get(name).map(|v| v.to_str().unwrap()), Some(value), "{path}: {name}");
        }
        assert!(answer.headers.contains_key("content-security-policy"), "{path}");
        assert!(answer.headers.contains_key("x-request-id"), "{path}");
    }
    let plain = Service::start().await.send(Request::get("/").body(Body::empty()).unwrap()).await;
    assert!(!plain.headers.contains_key("strict-transport-security"), "only where everything goes over TLS");
}

#[tokio::test]
async fn a_calendar_year_that_is_missing_is_a_warning_in_time_and_no_alarm() {
    let service = Service::start().await;
    let at = |time: &str| service.clock.set(time.parse().unwrap());
    let ready = || service.send(Request::get("/readyz").body(Body::empty()).unwrap());
    at("2026-11-01T23:59:59+08:00");
    assert!(warnings(&ready().await.json()).is_empty(), "61 days ahead");
    for (time, years) in [
        ("2026-11-02T00:00:00+08:00", &["2027 年"][..]),
        ("2027-01-01T00:00:00+08:00", &["2027 年"][..]),
        ("2027-12-01T00:00:00+08:00", &["2027 年", "2028 年"][..]),
    ] {
        at(time);
        let answer = ready().await;
        assert_eq!((answer.status.as_u16(), answer.json()["status"].as_str()), (200, Some("ready")), "{time}");
        let warnings = warnings(&answer.json());
        assert_eq!(warnings.len(), years.len(), "{time}: {warnings:?}");
        for (warning, year) in warnings.iter().zip(years) {
            assert!(warning.as_str().is_some_and(|words| words.starts_with(year)), "{time}: {warning}");
        }
    }
}

#[tokio::test]
async fn a_channel_that_the_roster_needs_is_named_while_it_is_not_configured() {
    let mut rules = Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).expect("shipped rules");
    let tiers = &mut rules.office.rosters.get_mut("xuancheng").expect("the city's").tiers;
    let desk = &mut tiers.get_mut(&Tier::DutyDesk).expect("its desk")[0];
    desk.email = Some("zbs@xc.example.gov.cn".into());
    tiers.get_mut(&Tier::Deputy).expect("a deputy")[0].user = None;
    let rules = Arc::new(rules);
    let mail = "没有配置邮件（notify.smtp），值班表中留有邮箱的 1 人收不到邮件提醒";
    let nothing = "值班表中 1 人既没有账号，也没有可用的邮件或群机器人，收不到任何提醒";
    for (smtp, expected) in [(false, vec![mail, nothing]), (true, vec![nothing])] {
        let routes = Routes { smtp, ..Routes::default() };
        let service = Service::with(rules.clone(), routes).await;
        let answer = service.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.json()["status"].as_str()), (200, Some("ready")));
        let warnings = warnings(&answer.json());
        assert_eq!(warnings, expected);
    }
}

#[tokio::test]
async fn a_timer_that_has_not_fired_is_told() {
    let service = Service::start().await;
    let mut tx = service.store.write().await.unwrap();
    let append = Append {
        stream: "incident/stuck",
        kind: "incident",
        expected_seq: 0,
        events: &[],
        state: "{}",
        next_at: Some(BEGIN + Span::from_secs(60)),
    };
    tx.append(append).await.unwrap();
    tx.commit().await.unwrap();
    let ready = || service.send(Request::get("/readyz").body(Body::empty()).unwrap());
    service.clock.advance(Span::from_secs(70));
    let answer = ready().await.json();
    assert_eq!(
        (answer["status"].as_str(), answer["oldest_unfired_timer_seconds"].as_f64()),
        (Some("ready"), Some(10.0))
    );
    service.clock.advance(Span::from_ms(500));
    let answer = ready().await;
    assert_eq!(answer.status.as_u16(), 200, "it answers all the same");
    let answer = answer.json();
    assert_eq!(answer["status"], "alarm");
    assert_eq!(answer["alarms"][0], "时限触发滞后 10 秒");
}

#[tokio::test]
async fn deliveries_that_failed_are_shown_and_tried_again() {
    let service = Service::start().await;
    let (admin, analyst, ecology) =
        (service.log_in("admin").await, service.log_in("analyst").await, service.log_in("ecology").await);
    let mut tx = service.store.write().await.unwrap();
    tx.put_outbox(&[NewOutbox {
        key: "incident/1/assigned/5/ecology/smtp".into(),
        stream: "incident/1".into(),
        channel: "smtp".into(),
        recipient: "ecology".into(),
        payload: "{}".into(),
        created_at: BEGIN,
        send_at: BEGIN,
    }])
    .await
    .unwrap();
    let id = tx.claim_outbox("smtp", BEGIN, BEGIN + Span::from_secs(1), 1).await.unwrap()[0].id;
    tx.outbox_failed(id, "没有这个邮箱", BEGIN).await.unwrap();
    tx.commit().await.unwrap();
    service.get(&ecology, "/api/v1/deliveries").await.problem(403);
    let shown = service.get(&analyst, "/api/v1/deliveries").await.json();
    assert_eq!(
        (shown["items"][0]["error"].as_str(), shown["items"][0]["channel"].as_str()),
        (Some("没有这个邮箱"), Some("smtp"))
    );
    let path = format!("/api/v1/deliveries/{id}/retry");
    service.post(&analyst, &path, serde_json::json!({})).await.problem(403);
    assert_eq!(service.post(&admin, &path, serde_json::json!({})).await.status.as_u16(), 204);
    service.post(&admin, &path, serde_json::json!({})).await.problem(404);
    let waiting = service.get(&analyst, "/api/v1/deliveries?standing=waiting").await.json();
    assert_eq!(waiting["items"][0]["attempts"], 0);
    assert_eq!(service.get(&analyst, "/api/v1/deliveries").await.json()["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn the_time_is_the_office_s() {
    let service = Service::start().await;
    let answer = service.send(Request::get("/api/v1/time").body(Body::empty()).unwrap()).await.json();
    assert_eq!(answer["now"], "2026-05-11T10:00:00+08:00");
    assert_eq!((answer["speed"].as_f64(), answer["drill"].as_bool()), (Some(1.0), Some(false)));
}
