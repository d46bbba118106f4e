//! Users: events of the administration's stream.

use axum::http::Method;
use huiying::domain::administration::ADMIN_STREAM;
use huiying::domain::audit::GENESIS;
use serde_json::json;

use super::service::{PASSWORD, Service};

#[tokio::test]
async fn an_administrator_adds_changes_and_deactivates_a_user() {
    let service = Service::start().await;
    let admin = service.log_in("admin").await;
    let add =
        json!({ "user": "wang", "name": "王", "roles": [{ "role": "department", "body": "water", "head": true }] });
    let added = service.post(&admin, "/api/v1/users", add.clone()).await;
    assert_eq!(added.status, 201, "{}", added.text);
    let password = added.json()["password"].as_str().unwrap().to_owned();
    let me = service.try_log_in("wang", &password).await.json();
    assert_eq!((&me["must_change"], &me["roles"][0]["body"]), (&json!(true), &json!("water")));
    service.post(&admin, "/api/v1/users", add).await.problem(409);

    let change = json!({ "roles": [{ "role": "auditor" }], "active": false });
    let changed = service.change(&admin, Method::PATCH, "/api/v1/users/wang", change).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.json()["active"], false);
    service.try_log_in("wang", &password).await.problem(401);

    let events = service.store.events(ADMIN_STREAM).await.unwrap();
    let mut head = GENESIS.to_owned();
    for event in &events {
        assert!(event.holds(&head), "the chain holds at {}", event.seq);
        assert!(!event.body.contains("argon2"), "no hash in an event");
        head.clone_from(&event.hash);
    }
    let changes: Vec<_> = events.iter().rev().filter(|event| !event.event.starts_with("log")).take(3).collect();
    let names: Vec<&str> = changes.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(names, ["user_deactivated", "roles_changed", "user_added"]);
    assert_eq!(changes[0].by, "admin");
}

#[tokio::test]
async fn what_can_not_be_is_refused_in_words() {
    let service = Service::start().await;
    let admin = service.log_in("admin").await;
    let add = |user: &str, roles: serde_json::Value, password: Option<&str>| {
        let body = json!({ "user": user, "name": "某人", "roles": roles, "password": password });
        service.post(&admin, "/api/v1/users", body)
    };
    add("Wang", json!([{ "role": "analyst" }]), None).await.problem(422);
    add("wang", json!([{ "role": "department", "body": "nowhere" }]), None).await.problem(422);
    add("wang", json!([{ "role": "king" }]), None).await.problem(422);
    add("wang", json!([]), None).await.problem(422);
    add("wang", json!([{ "role": "analyst" }]), Some("short")).await.problem(422);
    add("water", json!([{ "role": "department", "body": "health" }]), None).await.problem(422);
    let last = json!({ "active": false });
    let refused = service.change(&admin, Method::PATCH, "/api/v1/users/admin", last).await;
    assert!(refused.problem(422).contains("系统管理员"));
    service.change(&admin, Method::PATCH, "/api/v1/users/nobody", json!({ "active": false })).await.problem(404);
}

#[tokio::test]
async fn new_rights_end_the_sessions_that_had_the_old_ones() {
    let service = Service::start().await;
    let (admin, analyst) = (service.log_in("admin").await, service.log_in("analyst").await);
    let change = json!({ "roles": [{ "role": "auditor" }] });
    assert_eq!(service.change(&admin, Method::PATCH, "/api/v1/users/analyst", change).await.status, 200);
    service.get(&analyst, "/api/v1/session").await.problem(401);
    let again = service.try_log_in("analyst", PASSWORD).await.json();
    assert_eq!(again["roles"], json!([{ "role": "auditor" }]));
}

#[tokio::test]
async fn nobody_else_manages_users() {
    let service = Service::start().await;
    for user in ["analyst", "ecology", "leader", "auditor"] {
        let session = service.log_in(user).await;
        let add = json!({ "user": "x", "name": "x", "roles": [{ "role": "admin" }] });
        service.post(&session, "/api/v1/users", add).await.problem(403);
        let change = json!({ "roles": [{ "role": "admin" }] });
        let path = format!("/api/v1/users/{user}");
        service.change(&session, Method::PATCH, &path, change).await.problem(403);
    }
    let auditor = service.log_in("auditor").await;
    let listed = service.get(&auditor, "/api/v1/users?limit=3").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    let next = listed["next"].as_str().unwrap();
    let rest = service.get(&auditor, &format!("/api/v1/users?limit=200&cursor={next}")).await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (4, &json!(null)));
}
