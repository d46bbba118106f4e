//! A department sees its own cases only, on every way to them; an auditor sees all and changes nothing.

use axum::http::Method;
use huiying::domain::body::Tier;
use huiying::domain::clock::{ClockKind, Force};
use huiying::domain::grade::Grade;
use huiying::domain::ids::{BodyId, ClockId, IncidentId};
use huiying::domain::incident::{ViewReason, Viewer};
use huiying::domain::instant::Span;
use huiying::domain::mention::{Channel, MentionInput};
use huiying::store::{ClockRow, EscalationRow, Finished, IncidentRow, Json, NewMention, TaskRow, Tx};
use serde_json::{Value, json};

use super::service::{BEGIN, Service, Session};

/// A case led by a body, with a clock, an escalation and a mention.
async fn case(service: &Service, id: &str, lead: &str) -> String {
    let incident = IncidentId::from(id);
    let mut tx = service.store.write().await.unwrap();
    let input = MentionInput { text: format!("{lead} 管的事没人管"), ..MentionInput::default() };
    let mention = tx.insert_mentions(&[NewMention::detected(input, BEGIN)]).await.unwrap().remove(0).id;
    let row = IncidentRow {
        id: incident.clone(),
        title: format!("{lead}的一件事"),
        summary: String::new(),
        region: None,
        jurisdiction: "xuancheng".into(),
        state: "assigned".into(),
        active: true,
        event_grade: Grade::None,
        opinion_grade: Grade::General,
        sensitive: false,
        graded: true,
        lead: Some(lead.into()),
        opened_at: BEGIN,
        detected_at: BEGIN,
        updated_at: BEGIN,
        version: 3,
        mention_count: 1,
        channels: Json(vec![Channel::Forum]),
        main_due_at: Some(BEGIN + Span::from_hours(48)),
        first_due_at: Some(BEGIN + Span::from_hours(48)),
        overdue: false,
        pending_approvals: 0,
        category: None,
        analysis: None,
    };
    tx.put_incident(&row).await.unwrap();
    tx.put_task(&task(&incident, lead)).await.unwrap();
    see(&mut tx, &incident, &[lead]).await;
    tx.put_clock(&clock(&incident)).await.unwrap();
    tx.put_escalation(&escalation(&incident), &["leader".into()]).await.unwrap();
    let finished = Finished {
        id: mention.clone(),
        incident: Some(incident),
        analysis: "{}".into(),
        tokens: vec!["没人管".into(), "管".into(), "没人".into()],
        ..Finished::default()
    };
    tx.finish_mentions(&[finished]).await.unwrap();
    tx.commit().await.unwrap();
    mention.to_string()
}

/// Bodies that see a case by a task, and none besides.
async fn see(tx: &mut Tx, incident: &IncidentId, bodies: &[&str]) {
    let viewers = bodies.iter().map(|body| (Viewer::Body((*body).into()), ViewReason::Task)).collect();
    tx.put_viewers(incident, &viewers, (3, BEGIN)).await.unwrap();
}

fn task(incident: &IncidentId, department: &str) -> TaskRow {
    TaskRow {
        incident: incident.clone(),
        n: 1,
        department: BodyId::from(department),
        role: "lead".into(),
        state: "assigned".into(),
        active: true,
        auto: false,
        assigned_at: BEGIN,
        acknowledged_at: None,
        answered_at: None,
    }
}

fn clock(incident: &IncidentId) -> ClockRow {
    ClockRow {
        stream: format!("incident/{incident}"),
        id: ClockId(1),
        incident: Some(incident.clone()),
        kind: ClockKind::Response,
        department: None,
        account: None,
        started_at: BEGIN,
        anchor_at: BEGIN,
        due_at: BEGIN + Span::from_hours(48),
        force: Force::Statutory,
        open: true,
        breached: false,
        verdict: None,
        ended_at: None,
        effective_at: None,
        charged_to: None,
        operational: false,
        cycle: 1,
        plan: json!({ "clause": "通知二（四）", "length": "48h", "cause": "opening" }).to_string(),
    }
}

fn escalation(incident: &IncidentId) -> EscalationRow {
    EscalationRow {
        id: format!("{incident}/9"),
        incident: incident.clone(),
        clock: Some(ClockId(1)),
        clock_kind: Some(ClockKind::Response),
        tier: Tier::Deputy,
        jurisdiction: "xuancheng".into(),
        holders: json!([{ "id": "xuancheng.deputy", "name": "分管副市长" }]).to_string(),
        at: BEGIN + Span::from_hours(50),
        step: Some("+2h".into()),
        received_by: None,
        received_at: None,
        skipped: false,
    }
}

fn ids(answer: &Value, key: &str) -> Vec<String> {
    answer["items"].as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
}

async fn listed(service: &Service, session: &Session, path: &str, key: &str) -> Vec<String> {
    let answer = service.get(session, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    let mut ids = ids(&answer.json(), key);
    ids.sort();
    ids
}

#[tokio::test]
async fn a_department_sees_its_own_cases_only() {
    let service = Service::start().await;
    let own = case(&service, "20260511-0001", "ecology").await;
    let other = case(&service, "20260511-0002", "housing").await;
    let ecology = service.log_in("ecology").await;
    let mine = ["20260511-0001"];
    assert_eq!(listed(&service, &ecology, "/api/v1/incidents", "id").await, mine);
    assert_eq!(listed(&service, &ecology, "/api/v1/incidents?view=open&department=housing", "id").await, [""; 0]);
    assert_eq!(listed(&service, &ecology, "/api/v1/mentions", "id").await, [own.as_str()]);
    assert_eq!(listed(&service, &ecology, "/api/v1/mentions?q=没人管", "id").await, [own.as_str()]);
    assert_eq!(listed(&service, &ecology, "/api/v1/escalations", "incident").await, mine);
    assert_eq!(listed(&service, &ecology, "/api/v1/incidents/20260511-0001/mentions", "id").await, [own.as_str()]);
    service.get(&ecology, "/api/v1/incidents/20260511-0002/mentions").await.problem(404);
    service.get(&ecology, &format!("/api/v1/mentions/{other}")).await.problem(404);
    assert_eq!(service.get(&ecology, &format!("/api/v1/mentions/{own}")).await.status, 200);
    for (path, status) in [
        (format!("/api/v1/mentions/{own}/engagement"), 200),
        (format!("/api/v1/mentions/{other}/engagement"), 404),
        ("/api/v1/incidents/20260511-0001/engagement".to_owned(), 200),
        ("/api/v1/incidents/20260511-0002/engagement".to_owned(), 404),
        ("/api/v1/incidents/20260511-0001/engagement?step_minutes=0".to_owned(), 400),
    ] {
        assert_eq!(service.get(&ecology, &path).await.status, status, "{path}");
    }
    let overview = service.get(&ecology, "/api/v1/overview").await.json();
    assert_eq!((&overview["open"], overview["running"].as_array().unwrap().len()), (&json!(1), 1));
    service.get(&ecology, "/api/v1/rejects").await.problem(403);
    service.get(&ecology, "/api/v1/sources").await.problem(403);
    service.get(&ecology, "/api/v1/users").await.problem(403);
}

#[tokio::test]
async fn a_department_that_lost_its_task_lost_the_case() {
    let service = Service::start().await;
    case(&service, "20260511-0001", "ecology").await;
    let ecology = service.log_in("ecology").await;
    let mut tx = service.store.write().await.unwrap();
    see(&mut tx, &"20260511-0001".into(), &[]).await;
    tx.commit().await.unwrap();
    assert_eq!(listed(&service, &ecology, "/api/v1/incidents", "id").await, [""; 0]);
    service.get(&ecology, "/api/v1/incidents/20260511-0001/mentions").await.problem(404);
}

#[tokio::test]
async fn the_others_see_all_cases_with_their_clocks() {
    let service = Service::start().await;
    case(&service, "20260511-0001", "ecology").await;
    case(&service, "20260511-0002", "housing").await;
    service.clock.set(BEGIN + Span::from_hours(36));
    for user in ["analyst", "leader", "auditor", "admin"] {
        let session = service.log_in(user).await;
        let answer = service.get(&session, "/api/v1/incidents?view=open").await.json();
        assert_eq!(ids(&answer, "id"), ["20260511-0001", "20260511-0002"], "{user}");
        let clock = &answer["items"][0]["clocks"][0];
        assert_eq!(clock["percent_used"], json!(75.0));
        assert_eq!((clock["state"].as_str(), clock["clause"].as_str()), (Some("running"), Some("通知二（四）")));
        assert_eq!(clock["due_at"], json!("2026-05-13T10:00:00+08:00"));
    }
    let leader = service.log_in("leader").await;
    let cards = service.get(&leader, "/api/v1/escalations?mine=1").await.json();
    let card = &cards["items"][0];
    assert_eq!((card["tier"].as_str(), card["told"][0]["to"].as_str()), (Some("deputy"), Some("分管副市长")));
    let analyst = service.log_in("analyst").await;
    assert_eq!(listed(&service, &analyst, "/api/v1/escalations?mine=1", "incident").await, [""; 0], "told to another");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_overlap() {
    let service = Service::start().await;
    for n in 1..=7 {
        case(&service, &format!("20260511-000{n}"), if n % 2 == 0 { "ecology" } else { "housing" }).await;
    }
    let analyst = service.log_in("analyst").await;
    for view in ["open", "all"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/incidents?view={view}&limit=3{cursor}");
            let answer = service.get(&analyst, &path).await.json();
            seen.extend(ids(&answer, "id"));
            match answer["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        seen.sort();
        assert_eq!(seen, (1..=7).map(|n| format!("20260511-000{n}")).collect::<Vec<_>>(), "{view}");
    }
}

#[tokio::test]
async fn an_auditor_changes_nothing() {
    let service = Service::start().await;
    case(&service, "20260511-0001", "ecology").await;
    let auditor = service.log_in("auditor").await;
    service.post(&auditor, "/api/v1/mentions", json!({ "text": "路灯不亮" })).await.problem(403);
    service.change(&auditor, Method::PATCH, "/api/v1/users/analyst", json!({ "active": false })).await.problem(403);
}
