//! Logging in and out, and what holds off those who guess.

use axum::body::Body;
use axum::http::{Method, Request};
use huiying::domain::instant::Span;
use serde_json::json;

use super::service::{PASSWORD, Service};

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
async fn who_guesses_is_held_off_for_a_while_also_with_the_right_password() {
    let service = Service::start().await;
    for _ in 0..5 {
        service.try_log_in("analyst", "wrong").await.problem(401);
    }
    let held = service.try_log_in("analyst", PASSWORD).await;
    let detail = held.problem(429);
    assert!(detail.contains("15 分钟") || detail.contains("16 分钟"), "{detail}");
    let wait: i64 = held.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=901).contains(&wait));
    // Another user from the same address is not.
    service.log_in("analyst2").await;
    service.clock.advance(Span::from_secs(wait));
    service.log_in("analyst").await;
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
    change("wrong", "another good one").await.problem(422);
    change(PASSWORD, "short").await.problem(422);
    assert_eq!(change(PASSWORD, "another good one").await.status, 204);
    assert_eq!(service.get(&here, "/api/v1/session").await.status, 200);
    service.get(&there, "/api/v1/session").await.problem(401);
    service.try_log_in("analyst", PASSWORD).await.problem(401);
    assert_eq!(service.try_log_in("analyst", "another good one").await.status, 200);
}
