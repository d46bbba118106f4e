//! A stream that can't be settled rests, is named, and holds up no other; what can be read of it is read.

use axum::body::Body;
use axum::http::{Method, Request};
use huiying::acts::{rebuild, verify};
use huiying::domain::instant::Span;
use serde_json::{Value, json};

use crate::api::service::{BEGIN, Service, Session, rules};
use crate::store::{Db, append, at, event, on_both};

const TEXTS: [&str; 2] = [
    "宣州区鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，环保局到底管不管",
    "郎溪县十字镇的工地拖欠农民工工资七个月了，四十多个人一分钱没拿到，劳动监察也不管",
];

async fn two_cases() -> (Service, Session, [String; 2]) {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    for (n, text) in TEXTS.iter().enumerate() {
        let post = json!({ "id": n.to_string(), "source": "test", "channel": "weibo", "text": text });
        assert_eq!(service.post(&analyst, "/api/v1/mentions", post).await.status, 200);
    }
    service.work().await;
    let list = service.get(&analyst, "/api/v1/incidents?view=all").await.json();
    let mut ids: Vec<String> =
        list["items"].as_array().expect("cases").iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    (service, analyst, [ids[0].clone(), ids[1].clone()])
}

async fn ready(service: &Service) -> Value {
    let answer = service.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_made_anew_of_its_events() {
    let (service, analyst, [broken, _]) = two_cases().await;
    let path = format!("/api/v1/incidents/{broken}");
    let before = service.get(&analyst, &path).await.json();
    let damage = format!("UPDATE streams SET state = '{{\"id\": 5}}' WHERE stream = 'incident/{broken}'");
    service.execute(&damage).await;
    assert_eq!(service.get(&analyst, &path).await.json(), before, "as if nothing had been");
    assert!(!verify(&service.store, |_| ()).await.unwrap().broken.is_empty(), "an auditor is told");
    let assign = json!({ "do": "assign", "department": "ecology", "role": "lead" });
    assert_eq!(service.change(&analyst, Method::POST, &format!("{path}/acts"), assign).await.status, 200);
    assert!(verify(&service.store, |_| ()).await.unwrap().broken.is_empty(), "the act wrote it anew");
    service.execute(&damage).await;
    service.clock.set(BEGIN + Span::from_hours(50));
    service.work().await;
    let found = verify(&service.store, |_| ()).await.unwrap().broken;
    assert!(found.is_empty(), "and so does the sweep: {found:?}");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_rests_and_holds_up_no_other() {
    let (service, _, [broken, other]) = two_cases().await;
    service
        .execute(&format!(
            "CREATE TABLE saved AS SELECT * FROM events; DROP TRIGGER events_never_updated; \
             UPDATE streams SET state = '{{' WHERE stream = 'incident/{broken}'; \
             UPDATE events SET body = '{{' WHERE stream = 'incident/{broken}' AND seq = 2"
        ))
        .await;
    let tries = async || service.store.stuck(5).await.unwrap().first().map_or(0, |row| row.tries);
    // Past every timer: without a rest the sweep would ask for the one again at once, and for ever.
    service.clock.set(BEGIN + Span::from_hours(60));
    service.work().await;
    let breached = service.store.events(&format!("incident/{other}")).await.unwrap();
    assert!(breached.iter().any(|event| event.event == "clock_breached"), "the other's clocks fire");
    let stuck = service.store.stuck(5).await.unwrap();
    assert_eq!((stuck.len(), stuck[0].stream.as_str(), stuck[0].tries), (1, &*format!("incident/{broken}"), 1));
    assert!(stuck[0].why.contains("第 2 条"), "{stuck:?}");
    for _ in 0..5 {
        service.work().await;
    }
    assert_eq!(tries().await, 1, "it rests");
    for expected in 2..=4 {
        service.clock.advance(Span::from_minutes(2));
        service.work().await;
        assert_eq!(tries().await, expected, "tried again, with longer rests");
    }
    let alarms = ready(&service).await;
    assert_eq!(alarms["status"], "alarm");
    let named = alarms["alarms"].as_array().unwrap().iter().find(|words| words.as_str().unwrap().contains(&broken));
    assert!(named.is_some_and(|words| words.as_str().unwrap().contains("无法推进")), "{alarms}");
    assert_eq!(alarms["alarms"].as_array().unwrap().len(), 1, "nothing else is late: {alarms}");
    assert_eq!(alarms["oldest_unfired_timer_seconds"], 0.0, "it hides nobody's lateness");
    let analyst = service.log_in("analyst").await;
    let path = format!("/api/v1/incidents/{broken}");
    assert!(service.get(&analyst, &path).await.problem(503).contains("huiying verify"));
    assert_eq!(service.get(&analyst, &format!("/api/v1/incidents/{other}")).await.status, 200);
    // Mended, it is taken up again.
    service
        .execute(
            "UPDATE events SET body = (SELECT body FROM saved WHERE saved.position = events.position) \
         WHERE position IN (SELECT position FROM saved)",
        )
        .await;
    assert_eq!(rebuild(&service.store, &rules().office, |_| ()).await.unwrap().rebuilt, 1);
    service.work().await;
    assert!(service.store.stuck(5).await.unwrap().is_empty() && ready(&service).await["status"] == "ready");
    let fired = service.store.events(&format!("incident/{broken}")).await.unwrap();
    assert!(fired.iter().any(|event| event.event == "clock_breached"));
}

on_both!(what_cannot_be_settled_is_let_rest_by_every_node);

async fn what_cannot_be_settled_is_let_rest_by_every_node(db: Db) {
    let mut tx = db.store.write().await.unwrap();
    append(&mut tx, "incident/1", 0, &[event("opened", 0)], Some(1)).await;
    append(&mut tx, "unknown/1", 0, &[event("opened", 0)], Some(0)).await;
    tx.commit().await.unwrap();
    let other = db.again().await;
    let due = async |minutes: i64| {
        let due = other.due_streams(at(minutes), 10).await.unwrap();
        due.into_iter().map(|due| (due.stream, due.tries)).collect::<Vec<_>>()
    };
    assert_eq!(due(5).await, [("unknown/1".to_owned(), None), ("incident/1".to_owned(), None)]);
    assert_eq!(other.next_due().await.unwrap(), Some(at(0)));
    let mut tx = db.store.write().await.unwrap();
    tx.put_stuck("unknown/1", 0, "读不出", at(5)).await.unwrap();
    tx.put_stuck("unknown/1", 7, "还是读不出", at(5)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(due(6).await, [("incident/1".to_owned(), None)], "it rests, for the other node too");
    assert_eq!(due(16).await, [("unknown/1".to_owned(), Some(8)), ("incident/1".to_owned(), None)]);
    assert_eq!((other.next_due().await.unwrap(), other.next_try().await.unwrap()), (Some(at(1)), Some(at(15))));
    let stuck = other.stuck(10).await.unwrap();
    assert_eq!((stuck.len(), stuck[0].since, stuck[0].why.as_str()), (1, at(5), "还是读不出"));
    let mut tx = db.store.write().await.unwrap();
    tx.delete_stuck("unknown/1").await.unwrap();
    tx.commit().await.unwrap();
    assert!(other.stuck(10).await.unwrap().is_empty() && other.next_try().await.unwrap().is_none());
}

/// A stream of a kind that this version doesn't know is one of those: a newer version's, on the same database.
#[tokio::test]
async fn a_stream_of_another_version_is_named_and_left_alone() {
    let service = Service::start().await;
    let mut tx = service.store.write().await.unwrap();
    append(&mut tx, "future/1", 0, &[event("opened", 0)], Some(0)).await;
    tx.commit().await.unwrap();
    service.clock.advance(Span::from_minutes(5));
    service.work().await;
    let stuck = service.store.stuck(5).await.unwrap();
    assert_eq!((stuck.len(), stuck[0].stream.as_str()), (1, "future/1"));
}
