//! Live streams: what they tell, to whom, and when they end.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request};
use futures::StreamExt;
use huiying::acts::About;
use huiying::domain::actor::Actor;
use huiying::domain::ids::IncidentId;
use huiying::domain::incident::{Command, NewIncident, NewMention, Role};
use huiying::domain::mention::Channel;
use serde_json::json;
use tower::ServiceExt;

use super::service::{BEGIN, PASSWORD, Service, Session};

/// What is told is told within this time.
const WITHIN: Duration = Duration::from_secs(5);

/// An open stream.
pub struct Stream(BodyDataStream);

impl Stream {
    pub async fn open(service: &Service, session: &Session) -> Self {
        let request = Request::get("/api/v1/events").header("cookie", &session.cookie).body(Body::empty()).unwrap();
        let response = service.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let mut stream = Self(response.into_body().into_data_stream());
        assert_eq!(stream.next().await.as_deref(), Some(": open\n\n"));
        stream
    }

    /// What comes next; none where the stream ends.
    pub async fn next(&mut self) -> Option<String> {
        let next = tokio::time::timeout(WITHIN, self.0.next()).await.expect("told in time, or ended");
        next.map(|piece| String::from_utf8(piece.unwrap().to_vec()).unwrap())
    }
}

async fn following() -> Service {
    let service = Service::start().await;
    follow(&service).await;
    service
}

/// Lets pages hear of what changes from now on.
pub async fn follow(service: &Service) {
    tokio::spawn(service.live.clone().follow(service.store.clone(), service.stop.clone()));
    // Until it hears: what is committed before is told to nobody.
    let mut heard = service.live.listen();
    loop {
        let session = service.log_in("auditor").await;
        assert_eq!(service.change(&session, Method::DELETE, "/api/v1/session", json!(null)).await.status, 204);
        if tokio::time::timeout(Duration::from_millis(500), heard.recv()).await.is_ok() {
            return;
        }
    }
}

/// A case that the ecology bureau leads.
async fn open_case(service: &Service) -> IncidentId {
    let opened = NewIncident {
        approach: None,
        detected_at: BEGIN,
        occurred_at: None,
        policy: "xuancheng-2016".into(),
        others: Vec::new(),
        mention: NewMention {
            id: "m".into(),
            content_hash: "0".repeat(64),
            channel: Channel::Weibo,
            region: None,
            published_at: None,
            facts: None,
        },
        proposal: Default::default(),
        label: None,
        by_hand: false,
        shown: None,
    };
    let about = About { title: "河水发黑".into(), ..About::default() };
    let mut tx = service.store.write().await.unwrap();
    let incident = service.acts.open(&mut tx, opened, &about, &Actor::System, BEGIN).await.unwrap().incident;
    let assign = Command::Assign { department: "ecology".into(), role: Role::Lead };
    service.acts.act_in(&mut tx, &incident, &assign, &Actor::office("analyst"), None, BEGIN).await.unwrap();
    tx.commit().await.unwrap();
    incident
}

async fn lead(service: &Service, incident: &IncidentId, department: &str) {
    let assign = Command::Assign { department: department.into(), role: Role::Lead };
    service.acts.act(incident, &assign, &Actor::office("analyst"), None, BEGIN).await.unwrap();
}

/// That the next it tells of is this case.
async fn told_of(stream: &mut Stream, incident: &IncidentId) {
    let told = stream.next().await.expect("still open");
    assert!(told.contains(incident.as_str()), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_rights_session_and_account() {
    let service = following().await;
    let admin = service.log_in("admin").await;
    let (first, second) = (service.log_in("analyst").await, service.log_in("analyst").await);
    let (mut one, mut two) = (Stream::open(&service, &first).await, Stream::open(&service, &second).await);
    let mut other = Stream::open(&service, &service.log_in("analyst2").await).await;
    let case = open_case(&service).await;
    for stream in [&mut one, &mut two, &mut other] {
        told_of(stream, &case).await;
    }
    // Logging out ends the session's own stream, and no other.
    assert_eq!(service.change(&first, Method::DELETE, "/api/v1/session", json!(null)).await.status, 204);
    assert_eq!(one.next().await, None);
    lead(&service, &case, "housing").await;
    told_of(&mut two, &case).await;
    told_of(&mut other, &case).await;
    // Other rights end them all.
    let change = json!({ "roles": [{ "role": "department", "body": "housing" }] });
    assert_eq!(service.change(&admin, Method::PATCH, "/api/v1/users/analyst", change).await.status, 200);
    assert_eq!(two.next().await, None);
    let off = json!({ "active": false });
    assert_eq!(service.change(&admin, Method::PATCH, "/api/v1/users/analyst2", off).await.status, 200);
    assert_eq!(other.next().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_hears_of_its_cases_until_it_has_lost_them() {
    let service = following().await;
    let mut ecology = Stream::open(&service, &service.log_in("ecology").await).await;
    let mut analyst = Stream::open(&service, &service.log_in("analyst").await).await;
    let case = open_case(&service).await;
    told_of(&mut analyst, &case).await;
    told_of(&mut ecology, &case).await;
    // It is told that it has lost the case, so that its page lets go of it, and then no more.
    lead(&service, &case, "housing").await;
    told_of(&mut analyst, &case).await;
    told_of(&mut ecology, &case).await;
    let session = service.log_in("ecology").await;
    service.get(&session, &format!("/api/v1/incidents/{case}")).await.problem(404);
    let mut housing = Stream::open(&service, &service.log_in("housing").await).await;
    service.acts.act(&case, &Command::Acknowledge {}, &Actor::body("housing"), None, BEGIN).await.unwrap();
    told_of(&mut housing, &case).await;
    // The next that it hears is that the case is its own again, and nothing of the time between.
    let without = service.acts.load(&case).await.unwrap().seq;
    lead(&service, &case, "ecology").await;
    let told = ecology.next().await.unwrap();
    let version = told.split("\"version\":").nth(1).and_then(|rest| rest.split('}').next()?.parse::<u64>().ok());
    assert!(version.is_some_and(|version| version > without), "{told}");
}

#[tokio::test]
async fn a_session_has_so_many_streams_and_the_others_theirs() {
    let service = Service::start().await;
    let session = service.log_in("analyst").await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(Stream::open(&service, &session).await);
    }
    service.get(&session, "/api/v1/events").await.problem(429);
    open.push(Stream::open(&service, &service.log_in_with("analyst2", PASSWORD).await).await);
    open.remove(0);
    open.push(Stream::open(&service, &session).await);
}
