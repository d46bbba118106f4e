//! Taking mentions in by HTTP.

use axum::body::Body;
use axum::http::Request;
use huiying::domain::signature::sign;
use serde_json::json;

use super::service::{Answer, BEGIN, SECRET, Service};

async fn push(service: &Service, kind: &str, signature: Option<&str>, body: impl Into<Vec<u8>>) -> Answer {
    let body: Vec<u8> = body.into();
    let seconds = BEGIN.ms() / 1000;
    let right = sign(SECRET, seconds, &body);
    let request = Request::post("/api/v1/mentions").header("content-type", kind).header("x-huiying-key", "partner");
    let request = request.header("x-huiying-timestamp", seconds.to_string());
    let request = request.header("x-huiying-signature", signature.unwrap_or(&right));
    service.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn what_was_signed_is_taken_once() {
    let service = Service::start().await;
    let body =
        json!([{ "text": "路灯不亮", "region": "宁国" }, { "text": "路灯不亮" }, { "id": "7", "text": "水是黄的" }]);
    let first = push(&service, "application/json", None, body.to_string()).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let receipt = first.json();
    assert_eq!((&receipt["read"], &receipt["new"], &receipt["duplicate"]), (&json!(3), &json!(2), &json!(1)));
    let again = push(&service, "application/json", None, body.to_string()).await.json();
    assert_eq!((&again["new"], &again["duplicate"]), (&json!(0), &json!(3)));
    let pending = service.store.pending_mentions(10).await.unwrap();
    assert_eq!(pending.len(), 2);
    assert_eq!(pending[0].region.as_ref().unwrap(), "ningguo", "a region by its name");
    assert_eq!(pending[0].detected_at, BEGIN);
}

#[tokio::test]
async fn a_wrong_signature_stores_nothing() {
    let service = Service::start().await;
    let body = json!({ "text": "路灯不亮" }).to_string();
    for wrong in ["sha256=00", "sha256=", "md5=00", ""] {
        push(&service, "application/json", Some(wrong), body.clone()).await.problem(401);
    }
    let unsigned = Request::post("/api/v1/mentions").header("content-type", "application/json");
    service.send(unsigned.body(Body::from(body)).unwrap()).await.problem(401);
    assert!(service.store.pending_mentions(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_bad_line_is_counted_and_shown_and_the_rest_is_taken() {
    let service = Service::start().await;
    let body = b"{\"text\":\"one\"}\n{\"text\":\n\xff\xfe\n{\"text\":\"\"}\n[1]\n{\"text\":\"two\",\"author\":\"Li\"}"
        .to_vec();
    let receipt = push(&service, "application/x-ndjson", None, body).await.json();
    assert_eq!((&receipt["read"], &receipt["new"], &receipt["rejected"]), (&json!(6), &json!(2), &json!(4)));
    let lines: Vec<i64> = receipt["errors"].as_array().unwrap().iter().map(|e| e["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [2, 3, 4, 5]);
    let analyst = service.log_in("analyst").await;
    let rejects = service.get(&analyst, "/api/v1/rejects").await.json();
    let rejects = rejects["items"].as_array().unwrap();
    assert_eq!((rejects.len(), rejects[0]["origin"].as_str()), (4, Some("webhook:partner")));
    assert!(rejects.iter().all(|reject| !reject["reason"].as_str().unwrap().is_empty()));
}

#[tokio::test]
async fn an_author_is_never_shown() {
    let service = Service::start().await;
    push(&service, "application/json", None, json!({ "text": "水是黄的", "author": "溪边晒被子" }).to_string()).await;
    let analyst = service.log_in("analyst").await;
    let shown = service.get(&analyst, "/api/v1/mentions").await;
    assert!(shown.text.contains("水是黄的") && !shown.text.contains("author") && !shown.text.contains("溪边"));
}

#[tokio::test]
async fn a_body_above_the_cap_is_refused_whole_with_words() {
    let service = Service::start().await;
    let big = format!("{{\"text\":\"{}\"}}", "大".repeat(11 * 1024 * 1024));
    let detail = push(&service, "application/json", None, big).await.problem(413);
    assert!(detail.contains("32 MiB"), "{detail}");
    let many = "{\"text\":\"a\"}\n".repeat(10_001);
    assert!(push(&service, "application/x-ndjson", None, many).await.problem(413).contains("10000"));
    // Told by its length alone, before a byte is read.
    let request = Request::post("/api/v1/mentions").header("content-type", "application/json");
    let analyst = service.log_in("analyst").await;
    let request = request.header("cookie", &analyst.cookie).header("x-csrf-token", &analyst.csrf);
    let request = request.header("content-length", 200 * 1024 * 1024).body(Body::empty()).unwrap();
    service.send(request).await.problem(413);
    assert!(service.store.pending_mentions(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn another_kind_of_body_is_refused() {
    let service = Service::start().await;
    push(&service, "text/html", None, "<p>").await.problem(415);
    push(&service, "application/json", None, "{\"text\":").await.problem(400);
    push(&service, "application/json", None, "7").await.problem(422);
    push(&service, "application/json", None, "{\"title\":\"a\"}").await.problem(422);
    push(&service, "application/json", None, vec![0xff, 0xfe, 0x00]).await.problem(422);
}

/// What every word weighed was half of a list of posts, and no list shows it.
#[tokio::test]
async fn a_list_leaves_out_what_each_one_alone_shows() {
    let (service, analyst, case) = Service::with_case("向阳镇昨晚民房起火，三人受伤，没人管").await;
    let parts = |mention: &serde_json::Value| {
        let analysis = &mention["analysis"];
        assert!(
            analysis["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()),
            "lists mark the words that told"
        );
        ["evidence", "concerns", "places"].map(|part| analysis.get(part).is_some())
    };
    for list in ["/api/v1/mentions".to_owned(), format!("/api/v1/incidents/{case}/mentions")] {
        let item = service.get(&analyst, &list).await.json()["items"][0].clone();
        assert_eq!(parts(&item), [false; 3], "{list}");
        let one = service.get(&analyst, &format!("/api/v1/mentions/{}", item["id"].as_str().unwrap())).await.json();
        assert_eq!(parts(&one), [true; 3]);
    }
}
