//! Whatever is sent, the answer is a clear problem and never a failure inside.

use axum::body::Body;
use axum::http::{Method, Request};

use super::service::Service;

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
    ] {
        let answer = service.get(&analyst, path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        assert!(!answer.problem(400).is_empty());
    }
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

#[tokio::test]
async fn health_is_told() {
    let service = Service::start().await;
    for (path, text) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let answer = service.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.text.trim()), (200, text));
    }
    service.store.close().await;
    service.send(Request::get("/readyz").body(Body::empty()).unwrap()).await.problem(503);
}

#[tokio::test]
async fn the_time_is_the_office_s() {
    let service = Service::start().await;
    let answer = service.send(Request::get("/api/v1/time").body(Body::empty()).unwrap()).await.json();
    assert_eq!(answer["now"], "2026-05-11T10:00:00+08:00");
    assert_eq!((answer["speed"].as_f64(), answer["drill"].as_bool()), (Some(1.0), Some(false)));
}
