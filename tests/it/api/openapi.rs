//! The interface description says what the service does.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Request;
use hyper::body::{Frame, SizeHint};
use serde_json::Value;

use super::service::Service;

const METHODS: [&str; 6] = ["get", "post", "put", "patch", "delete", "head"];

async fn document(service: &Service) -> Value {
    service.send(Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap()).await.json()
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if METHODS.contains(&method.as_str()) {
                operations.push((path.clone(), method.clone(), operation));
            }
        }
    }
    operations
}

#[tokio::test]
async fn every_route_is_described() {
    let service = Service::start().await;
    let document = document(&service).await;
    let known: BTreeSet<String> =
        operations(&document).iter().map(|(path, method, _)| format!("{method} {path}")).collect();
    let expected = [
        "get /healthz",
        "get /readyz",
        "get /metrics",
        "get /api/v1/openapi.json",
        "post /api/v1/session",
        "get /api/v1/session",
        "delete /api/v1/session",
        "put /api/v1/session/password",
        "get /api/v1/time",
        "get /api/v1/overview",
        "get /api/v1/incidents",
        "get /api/v1/incidents/{id}/mentions",
        "get /api/v1/mentions",
        "post /api/v1/mentions",
        "get /api/v1/mentions/{id}",
        "get /api/v1/posts",
        "get /api/v1/escalations",
        "get /api/v1/notifications",
        "post /api/v1/notifications/{id}/read",
        "get /api/v1/bodies",
        "get /api/v1/regions",
        "get /api/v1/policies",
        "get /api/v1/topics",
        "get /api/v1/plans",
        "get /api/v1/assessments",
        "get /api/v1/roster",
        "get /api/v1/sources",
        "get /api/v1/rejects",
        "get /api/v1/users",
        "post /api/v1/users",
        "patch /api/v1/users/{id}",
        "get /api/v1/events",
    ];
    let missing: Vec<_> = expected.iter().filter(|operation| !known.contains(**operation)).collect();
    assert!(missing.is_empty(), "not described: {missing:?}; described: {known:?}");
}

#[tokio::test]
async fn every_described_operation_answers_with_a_described_status() {
    let service = Service::start().await;
    let document = document(&service).await;
    let admin = service.log_in("admin").await;
    for (path, method, operation) in operations(&document) {
        if path == "/api/v1/events" || (path == "/api/v1/session" && method == "delete") {
            continue;
        }
        let path = path.replace("{id}", "7");
        for (cookie, body) in [(None, "{}"), (Some(&admin), "{}"), (Some(&admin), "[\"\\u0000\"]"), (Some(&admin), "{")]
        {
            let mut request = Request::builder().method(method.to_uppercase().as_str()).uri(&path);
            if let Some(session) = cookie {
                request = request.header("cookie", &session.cookie).header("x-csrf-token", &session.csrf);
            }
            let request = request.header("content-type", "application/json").body(Body::from(body)).unwrap();
            let answer = service.send(request).await;
            let status = answer.status.as_u16().to_string();
            assert!(operation["responses"].get(&status).is_some(), "{method} {path} {body}: {status} is not described");
            assert!(answer.status.as_u16() < 500, "{method} {path} {body}: {}", answer.text);
        }
    }
}

/// Whoever says that they will send too much is told at once, and who sends nothing is not waited for, at every door.
#[tokio::test]
async fn every_operation_bounds_its_body() {
    let service = Service::waiting(Duration::from_millis(30)).await;
    let document = document(&service).await;
    let admin = service.log_in("admin").await;
    let mut doors = 0;
    for (path, method, operation) in operations(&document) {
        // Mentions come in larger bodies, with deadlines of their own (`web/upload.rs`).
        let large = path == "/api/v1/mentions";
        if operation.get("requestBody").is_none() {
            continue;
        }
        doors += 1;
        let path = path.replace("{id}", "7");
        let ask = |body: Body| {
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(&path);
            let request = request.header("cookie", &admin.cookie).header("x-csrf-token", &admin.csrf);
            service.send(request.header("content-type", "application/json").body(body).unwrap())
        };
        ask(Body::new(Announced(1 << 40))).await.problem(413);
        if !large {
            ask(Body::new(Announced(10))).await.problem(408);
        }
    }
    assert!(doors > 12, "{doors}");
}

/// A body of which only the length comes.
struct Announced(u64);

impl HttpBody for Announced {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let service = Service::start().await;
    let document = document(&service).await;
    let mut missing = BTreeSet::new();
    references(&document, &mut |reference| {
        let pointer = reference.strip_prefix('#').unwrap();
        if document.pointer(pointer).is_none() {
            missing.insert(reference.to_owned());
        }
    });
    assert!(missing.is_empty(), "{missing:?}");
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found(reference);
            }
            map.values().for_each(|item| references(item, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
