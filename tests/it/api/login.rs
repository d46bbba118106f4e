//! Logging in and out, and what holds off those who guess.

use axum::body::Body;
use axum::http::{Method, Request};
use huiying::domain::administration::ADMIN_STREAM;
use huiying::domain::instant::Span;
use serde_json::{Value, json};

use super::service::{Answer, From, PASSWORD, Service};

/// The cookie by which the browser of an answer is known again.
fn device(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let device = cookies.filter(|cookie| cookie.starts_with("huiying_device=")).map(str::to_owned).next();
    let device = device.expect("a cookie of its own");
    assert!(device.contains("HttpOnly") && device.contains("SameSite=Strict") && device.contains("Max-Age="));
    device.split(';').next().unwrap().to_owned()
}

fn wait(held: &Answer) -> i64 {
    held.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

/// The administration's events after the users that every test has.
async fn recorded(service: &Service) -> Vec<Value> {
    let events = service.store.events(ADMIN_STREAM).await.unwrap();
    events
        .iter()
        .map(|event| serde_json::from_str(&event.body).unwrap())
        .filter(|e: &Value| e["event"] != "user_added")
        .collect()
}

#[tokio::test]
async fn a_session_begins_with_the_right_password_and_ends_with_the_log_out() {
    let service = Service::start().await;
    let answer = service.try_log_in("ecology", PASSWORD).await;
    assert_eq!(answer.status, 200);
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let me = answer.json();
    assert_eq!(me["roles"], json!([{ "role": "department", "body": "ecology", "head": false }]));
    let session = service.log_in("ecology").await;
    assert_eq!(service.get(&session, "/api/v1/session").await.json()["user"], "ecology");
    let gone = service.change(&session, Method::DELETE, "/api/v1/session", json!(null)).await;
    assert_eq!(gone.status, 204);
    service.get(&session, "/api/v1/session").await.problem(401);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let service = Service::start().await;
    let wrong = service.try_log_in("analyst", "wrong").await.problem(401);
    let unknown = service.try_log_in("nobody", "wrong").await.problem(401);
    assert_eq!(wrong, unknown);
    assert!(wrong.contains("用户名或密码不对"));
}

#[tokio::test]
async fn who_guesses_has_to_wait_longer_and_longer_but_never_long() {
    let service = Service::start().await;
    for _ in 0..5 {
        service.try_log_in("analyst", "wrong").await.problem(401);
    }
    let held = service.try_log_in("analyst", PASSWORD).await;
    assert!(held.problem(429).contains("秒后再试"), "also with the right password");
    assert!((1..=2).contains(&wait(&held)));
    // Another user from the same address is not held off.
    service.log_in("analyst2").await;
    let mut waits = Vec::new();
    for _ in 0..9 {
        let held = service.try_log_in("analyst", "wrong").await;
        held.problem(429);
        waits.push(wait(&held));
        service.clock.advance(Span::from_secs(wait(&held)));
        service.try_log_in("analyst", "wrong").await.problem(401);
    }
    assert!(waits.is_sorted() && waits[8] <= 61, "{waits:?}");
    service.clock.advance(Span::from_secs(61));
    service.log_in("analyst").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_guesses_does_not_slip_through_together() {
    let service = Service::start().await;
    let guess = |n: usize| {
        let service = &service;
        async move { service.try_log_in("analyst", &format!("guess {n}")).await.status.as_u16() }
    };
    let answers = futures::future::join_all((0..150).map(guess)).await;
    let looked_at = answers.iter().filter(|status| **status == 401).count();
    assert_eq!((looked_at, answers.iter().filter(|status| **status == 429).count()), (5, 145));
    // User after user, from one address.
    let spray = |n: usize| {
        let service = &service;
        let from = From { address: [10, 0, 0, 2], ..From::default() };
        async move { service.try_log_in_from(from, &format!("user{n}"), "wrong").await.status.as_u16() }
    };
    let answers = futures::future::join_all((0..150).map(spray)).await;
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 30);
}

#[tokio::test]
async fn nobody_locks_a_colleague_out() {
    let service = Service::start().await;
    let home = From { address: [10, 0, 0, 7], device: None };
    let device = device(&service.try_log_in_from(home, "analyst", PASSWORD).await);
    // A guesser in the same house, and others from everywhere: each address and the account have failed too often.
    for n in 0..120_u8 {
        let from = From { address: [10, 0, 0, if n % 2 == 0 { 7 } else { 100 + n }], device: None };
        service.try_log_in_from(from, "analyst", "wrong").await;
    }
    service.try_log_in_from(home, "analyst", PASSWORD).await.problem(429);
    let made_up = From { address: [10, 0, 0, 7], device: Some("huiying_device=made-up") };
    service.try_log_in_from(made_up, "analyst", PASSWORD).await.problem(429);
    let known = From { address: [10, 0, 0, 7], device: Some(&device) };
    assert_eq!(service.try_log_in_from(known, "analyst", PASSWORD).await.status, 200, "the known browser passes");
    // Guessing from it is no quicker than from elsewhere.
    for _ in 0..5 {
        service.try_log_in_from(known, "analyst", "wrong").await.problem(401);
    }
    service.try_log_in_from(known, "analyst", PASSWORD).await.problem(429);
    // Whoever comes from a place that has not failed waits for the account's sake, and not for long.
    let elsewhere = From { address: [10, 9, 9, 9], device: None };
    let held = service.try_log_in_from(elsewhere, "analyst", PASSWORD).await;
    held.problem(429);
    assert!(wait(&held) <= 61);
    service.clock.advance(Span::from_secs(wait(&held)));
    assert_eq!(service.try_log_in_from(elsewhere, "analyst", PASSWORD).await.status, 200, "a wait is no lock");
}

/// Others go on guessing meanwhile, from ever new addresses and quicker than anybody can type.
#[tokio::test]
async fn nobody_takes_the_turn_of_a_colleague_who_waits() {
    let service = Service::start().await;
    let guess = async |n: u32| {
        let [_, a, b, c] = n.to_be_bytes();
        let from = From { address: [11 + a, b, c, 1], device: None };
        service.try_log_in_from(from, "leader", "wrong").await.status.as_u16()
    };
    for n in 0..120 {
        guess(n).await;
    }
    let here = From { address: [10, 9, 9, 9], device: None };
    let held = service.try_log_in_from(here, "leader", PASSWORD).await;
    held.problem(429);
    let mut seconds = wait(&held);
    assert!(seconds <= 61, "{seconds}");
    let (mut n, mut looked_at) = (120, 0);
    while seconds > 0 {
        service.clock.advance(Span::from_secs(1));
        seconds -= 1;
        for _ in 0..3 {
            n += 1;
            looked_at += u32::from(guess(n).await == 401);
        }
    }
    assert_eq!(looked_at, 0, "who is new has to wait, too");
    assert_eq!(
        service.try_log_in_from(here, "leader", PASSWORD).await.status,
        200,
        "the wait was as long as it was said to be"
    );
}

/// The guesser sits behind the same address, and the colleague's browser is new. First the colleague's own account is
/// guessed at, then one account after another.
#[tokio::test]
async fn nobody_is_kept_out_by_a_guesser_behind_their_own_address() {
    let here = From { address: [10, 0, 0, 9], device: None };
    for spray in [false, true] {
        let service = Service::start().await;
        let mut n = 0;
        let mut guess = async || {
            n += 1;
            let user = if spray { format!("user{n}") } else { "leader".to_owned() };
            service.try_log_in_from(here, &user, &format!("guess {n}")).await.status.as_u16()
        };
        for _ in 0..300 {
            guess().await;
            service.clock.advance(Span::from_secs(1));
        }
        // Before the password is right it is mistyped once.
        let mut seconds = 0;
        for password in ["correct horse batery", PASSWORD] {
            let (begin, mut looked_at) = (seconds, 0);
            loop {
                let answer = service.try_log_in_from(here, "leader", password).await;
                if answer.status != 429 {
                    assert_eq!(answer.status.as_u16(), if password == PASSWORD { 200 } else { 401 });
                    break;
                }
                for _ in 0..wait(&answer) {
                    service.clock.advance(Span::from_secs(1));
                    seconds += 1;
                    for _ in 0..3 {
                        looked_at += u32::from(guess().await == 401);
                    }
                }
            }
            assert!(seconds - begin <= 62, "{} s of waiting", seconds - begin);
            assert!(looked_at <= 3, "{looked_at} guesses were looked at meanwhile");
        }
    }
}

#[tokio::test]
async fn log_ins_failures_and_log_outs_are_on_record_with_name_and_address() {
    let service = Service::start().await;
    let from = From { address: [10, 0, 0, 7], device: None };
    service.try_log_in_from(from, "analyst", "wrong").await.problem(401);
    service.try_log_in_from(from, "nobody", "wrong").await.problem(401);
    service.try_log_in_from(from, "My Password 1!", "wrong").await.problem(401);
    assert_eq!(service.try_log_in_from(from, "analyst", PASSWORD).await.status, 200);
    let session = service.log_in("ecology").await;
    assert_eq!(service.change(&session, Method::DELETE, "/api/v1/session", json!(null)).await.status, 204);
    let address = "10.0.0.7";
    assert_eq!(
        recorded(&service).await,
        [
            json!({ "event": "log_in_failed", "name": "analyst", "address": address }),
            json!({ "event": "log_in_failed", "name": "nobody", "address": address }),
            json!({ "event": "log_in_failed", "name": null, "address": address }),
            json!({ "event": "logged_in", "user": "analyst", "address": address }),
            json!({ "event": "logged_in", "user": "ecology", "address": "10.0.0.1" }),
            json!({ "event": "logged_out", "user": "ecology", "address": "unknown" }),
        ]
    );
    let row = service.store.user(&"analyst".into()).await.unwrap().unwrap();
    assert_eq!(row.updated_at, row.created_at, "a log-in changes no account");
    let found = huiying::acts::verify(&service.store, |_| ()).await.unwrap();
    assert!(found.broken.is_empty(), "{:?}", found.broken);
}

#[tokio::test]
async fn whoever_was_given_a_password_changes_it_before_anything_else() {
    let service = Service::start().await;
    let admin = service.log_in("admin").await;
    let add = json!({ "user": "wang", "name": "王", "roles": [{ "role": "analyst" }] });
    let given = service.post(&admin, "/api/v1/users", add).await.json()["password"].as_str().unwrap().to_owned();
    let session = service.log_in_with("wang", &given).await;
    assert_eq!(service.get(&session, "/api/v1/session").await.json()["must_change"], true);
    for path in ["/api/v1/incidents", "/api/v1/overview", "/api/v1/events", "/api/v1/users", "/api/v1/bodies"] {
        let answer = service.get(&session, path).await;
        assert!(answer.problem(403).contains("请先改"), "{path}");
        assert_eq!(answer.json()["type"], "urn:huiying:must-change-password", "{path}");
    }
    service.post(&session, "/api/v1/mentions", json!({ "text": "路灯不亮" })).await.problem(403);
    let change = |old: &str, new: &str| {
        let body = json!({ "old": old, "new": new });
        service.change(&session, Method::PUT, "/api/v1/session/password", body)
    };
    assert!(change(&given, &given).await.problem(422).contains("相同"));
    assert!(change(&given, "wang123456").await.problem(422).contains("太容易被猜到"));
    assert_eq!(change(&given, "tu9-Kelp-vrijdag").await.status, 204);
    assert_eq!(service.get(&session, "/api/v1/incidents").await.status, 200);
    let again = service.log_in_with("wang", "tu9-Kelp-vrijdag").await;
    assert_eq!(service.change(&again, Method::DELETE, "/api/v1/session", json!(null)).await.status, 204);
}

#[tokio::test]
async fn a_success_takes_the_failures_back() {
    let service = Service::start().await;
    for _ in 0..3 {
        for _ in 0..4 {
            service.try_log_in("analyst", "wrong").await.problem(401);
        }
        service.log_in("analyst").await;
    }
}

#[tokio::test]
async fn one_address_can_not_try_user_after_user() {
    let service = Service::start().await;
    for n in 0..30 {
        service.try_log_in(&format!("user{n}"), "wrong").await.problem(401);
    }
    service.try_log_in("user31", "wrong").await.problem(429);
    service.clock.advance(Span::from_secs(2));
    service.log_in("analyst").await;
}

#[tokio::test]
async fn nothing_is_changed_without_the_csrf_header() {
    let service = Service::start().await;
    let session = service.log_in("admin").await;
    let body = json!({ "user": "new", "name": "新", "roles": [{ "role": "analyst" }] }).to_string();
    for token in [None, Some("wrong"), Some("")] {
        let mut request = Request::post("/api/v1/users").header("content-type", "application/json");
        request = request.header("cookie", &session.cookie);
        if let Some(token) = token {
            request = request.header("x-csrf-token", token);
        }
        let detail = service.send(request.body(Body::from(body.clone())).unwrap()).await.problem(403);
        assert!(detail.contains("X-CSRF-Token"));
    }
    assert!(service.store.user(&"new".into()).await.unwrap().is_none());
}

#[tokio::test]
async fn another_site_can_not_log_a_browser_in() {
    let service = Service::start().await;
    let body = json!({ "user": "analyst", "password": PASSWORD }).to_string();
    let request = Request::post("/api/v1/session").header("content-type", "application/json");
    let request = request.header("sec-fetch-site", "cross-site").body(Body::from(body)).unwrap();
    service.send(request).await.problem(403);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_lives_on_while_it_is_used() {
    let service = Service::start().await;
    let session = service.log_in("analyst").await;
    for _ in 0..4 {
        service.clock.advance(Span::from_minutes(119));
        assert_eq!(service.get(&session, "/api/v1/session").await.status, 200);
    }
    service.clock.advance(Span::from_minutes(121));
    service.get(&session, "/api/v1/session").await.problem(401);
    let session = service.log_in("analyst").await;
    for _ in 0..12 {
        assert_eq!(service.get(&session, "/api/v1/session").await.status, 200, "used every hour");
        service.clock.advance(Span::from_hours(1));
    }
    service.get(&session, "/api/v1/session").await.problem(401);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let service = Service::start().await;
    let (here, there) = (service.log_in("analyst").await, service.log_in("analyst").await);
    let change = |old: &str, new: &str| {
        let body = json!({ "old": old, "new": new });
        service.change(&here, Method::PUT, "/api/v1/session/password", body)
    };
    change("wrong", "another tune for tubas").await.problem(422);
    change(PASSWORD, "short").await.problem(422);
    assert_eq!(change(PASSWORD, "another tune for tubas").await.status, 204);
    assert_eq!(service.get(&here, "/api/v1/session").await.status, 200);
    service.get(&there, "/api/v1/session").await.problem(401);
    service.try_log_in("analyst", PASSWORD).await.problem(401);
    assert_eq!(service.try_log_in("analyst", "another tune for tubas").await.status, 200);
}
