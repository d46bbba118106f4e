//! What people do to a case, from the page to the record.

use axum::http::Method;
use huiying::domain::instant::Span;
use serde_json::{Value, json};

use super::service::{Answer, BEGIN, Service, Session};

const SMOKE: &str =
    "宣州区鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，太过分了，环保局到底管不管，气死人了";

struct Case {
    service: Service,
    analyst: Session,
    path: String,
}

impl Case {
    /// A post that opened an incident.
    async fn open() -> Self {
        let (service, analyst, id) = Service::with_case(SMOKE).await;
        Self { service, analyst, path: format!("/api/v1/incidents/{id}") }
    }

    async fn act(&self, session: &Session, act: Value) -> Answer {
        self.service.change(session, Method::POST, &format!("{}/acts", self.path), act).await
    }

    async fn detail(&self, session: &Session) -> Value {
        let answer = self.service.get(session, &self.path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    fn clock<'a>(detail: &'a Value, kind: &str) -> &'a Value {
        let clocks = detail["clocks"].as_array().expect("clocks");
        clocks.iter().find(|clock| clock["kind"] == kind).unwrap_or_else(|| panic!("no {kind}: {detail}"))
    }
}

#[tokio::test]
async fn a_case_goes_from_the_queue_to_the_department_and_its_clock_stops() {
    let case = Case::open().await;
    let assign = json!({ "do": "assign", "department": "ecology", "role": "lead" });
    assert_eq!(case.act(&case.analyst, assign).await.status, 200);
    let ecology = case.service.log_in("ecology").await;
    let seen = case.detail(&ecology).await;
    assert!(seen["allowed"].as_array().unwrap().contains(&"acknowledge".into()), "{seen}");
    assert_eq!(Case::clock(&seen, "response")["due_at"], "2026-05-13T10:00:00+08:00");
    assert_eq!(case.act(&ecology, json!({ "do": "acknowledge" })).await.status, 200);
    // Long enough for the sessions to end: both log in anew.
    case.service.clock.set(BEGIN + Span::from_hours(5));
    let (ecology, analyst) = (case.service.log_in("ecology").await, case.service.log_in("analyst").await);
    let answer = case.act(&ecology, json!({ "do": "respond", "kind": "response", "review": true })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let rows = answer.json()["rows"].as_array().unwrap().clone();
    assert!(rows.iter().any(|row| row["event"] == "clock_met" && row["clock"] == "response"), "{rows:?}");
    let after = case.detail(&analyst).await;
    assert_eq!((&Case::clock(&after, "response")["state"], &after["state"]), (&"met".into(), &"responded".into()));
    let history = case.service.get(&analyst, &format!("{}/history", case.path)).await.json();
    let names: Vec<&str> = history.as_array().unwrap().iter().filter_map(|row| row["event"].as_str()).collect();
    for name in ["incident_opened", "clock_started", "assigned", "acknowledged", "responded", "clock_met"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
}

#[tokio::test]
async fn what_is_not_theirs_is_not_there() {
    let case = Case::open().await;
    let housing = case.service.log_in("housing").await;
    case.service.get(&housing, &case.path).await.problem(404);
    case.act(&housing, json!({ "do": "acknowledge" })).await.problem(404);
    let auditor = case.service.log_in("auditor").await;
    assert_eq!(case.service.get(&auditor, &case.path).await.status, 200);
    case.act(&auditor, json!({ "do": "close", "reason": "查" })).await.problem(403);
    for system in ["open", "join", "settle", "auto_assign", "prepare"] {
        let refused = case.act(&case.analyst, json!({ "do": system })).await;
        assert!(refused.status.is_client_error(), "{system}: {}", refused.text);
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_words_and_changes_nothing() {
    let case = Case::open().await;
    let before = case.detail(&case.analyst).await;
    let told = case.act(&case.analyst, json!({ "do": "dismiss" })).await.problem(422);
    assert!(told.contains("理由"), "{told}");
    let told = case.act(&case.analyst, json!({ "do": "close", "reason": "好了" })).await.problem(422);
    assert!(told.contains("时限"), "{told}");
    case.act(&case.analyst, json!({ "reason": "?" })).await.problem(422);
    let told = case.act(&case.analyst, json!({ "do": "assign", "department": 7 })).await.problem(422);
    assert!(told.contains("assign"), "{told}");
    assert_eq!(case.detail(&case.analyst).await, before);
}

#[tokio::test]
async fn an_act_on_a_page_that_is_out_of_date_is_refused() {
    let case = Case::open().await;
    let seen = case.detail(&case.analyst).await["version"].as_i64().expect("a version");
    let assign =
        |department: &str| json!({ "do": "assign", "department": department, "role": "lead", "version": seen });
    assert_eq!(case.act(&case.analyst, assign("ecology")).await.status, 200);
    let told = case.act(&case.analyst, assign("housing")).await.problem(409);
    assert!(told.contains("刷新"), "{told}");
}

#[tokio::test]
async fn what_needs_two_waits_for_another_person() {
    let case = Case::open().await;
    let grade = |event: &str| json!({ "do": "grade", "event_grade": event, "opinion_grade": "large", "sensitive": false, "reason": "核实" });
    assert_eq!(case.act(&case.analyst, grade("large")).await.status, 200);
    assert_eq!(case.act(&case.analyst, grade("general")).await.status, 200);
    let waiting = case.detail(&case.analyst).await;
    assert_eq!(
        (&waiting["event_grade"], waiting["approvals"].as_array().unwrap().len()),
        (&"large".into(), 1),
        "unchanged"
    );
    let told = case.act(&case.analyst, json!({ "do": "approve" })).await.problem(422);
    assert!(!told.is_empty());
    let second = case.service.log_in("analyst2").await;
    assert_eq!(case.act(&second, json!({ "do": "approve" })).await.status, 200);
    assert_eq!(case.detail(&case.analyst).await["event_grade"], "general");
}

#[tokio::test]
async fn what_its_asker_has_read_is_unread_for_the_second_person() {
    let case = Case::open().await;
    for event in ["large", "general"] {
        let grade = json!({ "do": "grade", "event_grade": event, "opinion_grade": "large", "sensitive": false, "reason": "核实" });
        assert_eq!(case.act(&case.analyst, grade).await.status, 200);
    }
    let done = json!({ "do": "respond", "kind": "statement", "text": "已派人核查" });
    assert_eq!(case.act(&case.analyst, done).await.status, 200);
    case.service.work().await;
    let second = case.service.log_in("analyst2").await;
    // Whoever asked for an approval is not told to give it; the second person reads by whom it was asked.
    let asked = async |session: &Session| {
        let told = case.service.get(session, "/api/v1/notifications").await.json();
        let items = told["items"].as_array().cloned().unwrap_or_default();
        let texts = items.iter().filter_map(|notice| notice["text"].as_str().map(str::to_owned));
        texts.filter(|text| text.contains("等待第二人复核")).collect::<Vec<_>>()
    };
    assert_eq!(asked(&case.analyst).await, Vec::<String>::new());
    let told = asked(&second).await;
    assert!(told.len() == 1 && told[0].starts_with("analyst提出的"), "{told:?}");
    // What was published as an account has it, and how much that account has not read.
    let request = async |session: &Session| {
        let told = case.service.get(session, "/api/v1/notifications").await.json();
        let waits = |notice: &&Value| notice["text"].as_str().is_some_and(|text| text.contains("已发布"));
        let notice = told["items"].as_array().and_then(|items| items.iter().find(waits)).cloned();
        (notice.unwrap_or_else(|| panic!("not told: {told}")), told["unread"].as_i64().expect("a number"))
    };
    // The analyst is told as the duty desk too: each account counts its own.
    let ((notice, of_asker), (the_same, of_second)) = (request(&case.analyst).await, request(&second).await);
    assert_eq!((&notice, &notice["read_at"]), (&the_same, &Value::Null), "one row for the whole office");

    let path = format!("/api/v1/notifications/{}/read", notice["id"].as_str().expect("its number"));
    assert_eq!(case.service.post(&case.analyst, &path, json!({})).await.status, 204);
    let read = |(notice, unread): (Value, i64)| (notice["read_at"].clone(), unread);
    let at_ten = Value::from("2026-05-11T10:00:00+08:00");
    assert_eq!(read(request(&case.analyst).await), (at_ten.clone(), of_asker - 1));
    assert_eq!(read(request(&second).await), (Value::Null, of_second), "nobody read it for the second person");

    case.service.clock.set(BEGIN + Span::from_minutes(5));
    for session in [&second, &case.analyst] {
        assert_eq!(case.service.post(session, &path, json!({})).await.status, 204);
    }
    assert_eq!(read(request(&second).await), ("2026-05-11T10:05:00+08:00".into(), of_second - 1));
    assert_eq!(read(request(&case.analyst).await), (at_ten, of_asker - 1), "the first reading stays");
    let housing = case.service.log_in("housing").await;
    case.service.post(&housing, &path, json!({})).await.problem(404);
}

#[tokio::test]
async fn what_is_overdue_climbs_to_leadership() {
    let case = Case::open().await;
    case.service.clock.set(BEGIN + Span::from_hours(49));
    case.service.work().await;
    let leader = case.service.log_in("leader").await;
    let detail = case.detail(&leader).await;
    assert_eq!(Case::clock(&detail, "response")["state"], "breached");
    let told = detail["told"].as_array().unwrap();
    assert!(told.iter().any(|told| told["tier"] == "office_director"), "{told:?}");
    let escalations = case.service.get(&leader, "/api/v1/escalations").await;
    assert_eq!(escalations.status, 200, "{}", escalations.text);
    assert!(escalations.json()["items"].as_array().is_some_and(|items| !items.is_empty()), "{}", escalations.text);
}

#[tokio::test]
async fn whose_account_is_no_longer_in_use_is_not_told_and_the_row_says_who_was() {
    let case = Case::open().await;
    let admin = case.service.log_in("admin").await;
    let gone = json!({ "active": false });
    assert_eq!(case.service.change(&admin, Method::PATCH, "/api/v1/users/leader", gone).await.status, 200);
    case.service.clock.set(BEGIN + Span::from_hours(49));
    case.service.work().await;
    let id = case.path.rsplit('/').next().expect("an id");
    let events = case.service.store.events(&format!("incident/{id}")).await.expect("its record");
    let told: Vec<Value> = events
        .iter()
        .filter(|event| event.event == "escalated")
        .map(|event| serde_json::from_str(&event.body).expect("an event"))
        .filter(|event: &Value| event["tier"] == "office_director")
        .collect();
    assert!(!told.is_empty(), "it climbs all the same");
    for event in told {
        assert_eq!(
            (&event["to"], &event["instead"]),
            (&json!(["xuancheng.duty_desk"]), &json!("duty_desk")),
            "{event}"
        );
    }
}

#[tokio::test]
async fn whoever_owes_a_result_sees_the_case_and_may_give_it() {
    let case = Case::open().await;
    let housing = case.service.log_in("housing").await;
    case.service.get(&housing, &case.path).await.problem(404);
    let rectify =
        json!({ "do": "rectify", "department": "housing", "text": "限期整改", "due_at": "2026-05-20T18:00:00+08:00" });
    assert_eq!(case.act(&case.analyst, rectify).await.status, 200);
    let seen = case.detail(&housing).await;
    assert!(seen["allowed"].as_array().unwrap().contains(&"conclude".into()), "{seen}");
    let list = case.service.get(&housing, "/api/v1/incidents").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let conclude = json!({ "do": "conclude", "record": "rectification", "result": "已整改" });
    assert_eq!(case.act(&housing, conclude).await.status, 200);
    case.service.get(&housing, &case.path).await.problem(404);
}

#[tokio::test]
async fn a_body_is_held_to_account_by_the_office_alone() {
    let case = Case::open().await;
    let assign = json!({ "do": "assign", "department": "ecology", "role": "lead" });
    assert_eq!(case.act(&case.analyst, assign).await.status, 200);
    let circulate = |reason: &str| json!({ "do": "circulate", "department": "ecology", "reason": reason });
    let talk = |result: &str, at: &str| json!({ "do": "talk", "department": "ecology", "about": "夜间偷排监管", "result": result, "effective_at": at });
    let ecology = case.service.log_in("ecology").await;
    let offered = case.detail(&ecology).await["allowed"].clone();
    assert!(!offered.as_array().unwrap().iter().any(|act| act == "circulate" || act == "talk"), "{offered}");
    case.act(&ecology, circulate("邻避")).await.problem(403);
    case.act(&ecology, talk("承诺整改", "2026-05-11T09:00:00+08:00")).await.problem(403);

    let leader = case.service.log_in("leader").await;
    let offered = case.detail(&leader).await["allowed"].clone();
    assert!(["circulate", "talk"].iter().all(|act| offered.as_array().unwrap().contains(&(*act).into())), "{offered}");
    let told = case.act(&leader, circulate(" ")).await.problem(422);
    assert!(told.contains("理由"), "{told}");
    let told = case.act(&leader, json!({ "do": "circulate", "department": "moon", "reason": "?" })).await.problem(422);
    assert!(told.contains("moon"), "{told}");
    let told = case.act(&leader, talk("承诺整改", "2026-05-12T09:00:00+08:00")).await.problem(422);
    assert!(told.contains("尚未进行"), "{told}");
    let told = case.act(&leader, talk("", "2026-05-11T09:00:00+08:00")).await.problem(422);
    assert!(told.contains("约谈结果"), "{told}");
    assert_eq!(case.act(&leader, circulate("夜间偷排长期失管")).await.status, 200);
    let told = case.act(&case.analyst, circulate("夜间偷排长期失管 ")).await.problem(422);
    assert!(told.contains("同一事由"), "told twice is recorded once: {told}");
    assert_eq!(case.act(&leader, talk("承诺整改", "2026-05-11T09:00:00+08:00")).await.status, 200);
    case.act(&leader, talk("承诺整改", "2026-05-11T09:00:00+08:00")).await.problem(422);

    let seen = case.detail(&ecology).await;
    assert_eq!(seen["circulars"][0]["reason"], "夜间偷排长期失管");
    assert_eq!(seen["talks"][0]["held_at"], "2026-05-11T09:00:00+08:00");
    assert_eq!((seen["talks"].as_array().unwrap().len(), &seen["talks"][0]["by"]), (1, &"leader".into()));
    case.service.work().await;
    let notices = case.service.get(&ecology, "/api/v1/notifications").await.json();
    let texts: Vec<&str> = notices["items"].as_array().unwrap().iter().filter_map(|n| n["text"].as_str()).collect();
    assert!(texts.contains(&"贵单位被通报：夜间偷排长期失管"), "{texts:?}");
    assert!(texts.contains(&"已登记对贵单位的约谈：夜间偷排监管；结果：承诺整改"), "{texts:?}");

    // What was agreed in a talk is between the office and that body; a circular is for all.
    let assign = json!({ "do": "assign", "department": "housing", "role": "supporting" });
    assert_eq!(case.act(&case.analyst, assign).await.status, 200);
    let housing = case.service.log_in("housing").await;
    let seen = case.detail(&housing).await;
    assert_eq!((seen["talks"].as_array().unwrap().len(), seen["circulars"].as_array().unwrap().len()), (0, 1));
    let talked = async |who: &_| {
        let rows = case.service.get(who, &format!("{}/history", case.path)).await.json();
        rows.as_array().unwrap().iter().filter(|row| row["event"] == "talked").count()
    };
    assert_eq!((talked(&housing).await, talked(&ecology).await, talked(&case.analyst).await), (0, 1, 1));
}

#[tokio::test]
async fn what_is_published_without_a_whole_review_says_so() {
    let case = Case::open().await;
    let assign = json!({ "do": "assign", "department": "ecology", "role": "lead" });
    assert_eq!(case.act(&case.analyst, assign).await.status, 200);
    let review = |aspects: &[&str]| json!({ "do": "review", "kind": "response", "aspects": aspects });
    let respond = |kind: &str| json!({ "do": "respond", "kind": kind, "review": true });
    let ecology = case.service.log_in("ecology").await;
    assert!(case.detail(&ecology).await["allowed"].as_array().unwrap().contains(&"review".into()));
    case.act(&ecology, review(&[])).await.problem(422);
    let others = json!({ "do": "review", "kind": "response", "department": "housing" });
    let told = case.act(&ecology, others).await.problem(422);
    assert!(told.contains("本单位"), "{told}");
    let tomorrow = json!({ "do": "review", "kind": "response", "effective_at": "2026-05-12T10:00:00+08:00" });
    case.act(&ecology, tomorrow).await.problem(422);

    assert_eq!(case.act(&ecology, review(&["political", "legal"])).await.status, 200);
    let waiting = case.detail(&case.analyst).await["reviews"].clone();
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[1]["aspect"]), (2, &"legal".into()));
    let row = |answer: Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text);
        let rows = answer.json()["rows"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["event"] == "responded").expect("responded")
    };
    let half = row(case.act(&ecology, respond("response")).await);
    assert_eq!((&half["reviewed"], &half["unreviewed"]), (&false.into(), &json!(["confidential"])), "{half}");
    let unsaid = row(case.act(&ecology, respond("response")).await);
    assert_eq!(unsaid["reviewed"], true, "the next text has no recorded review: what the act says holds");
    assert_eq!(case.act(&ecology, json!({ "do": "review", "kind": "update" })).await.status, 200);
    let whole = row(case.act(&ecology, json!({ "do": "respond", "kind": "update" })).await);
    assert_eq!((&whole["reviewed"], &whole["unreviewed"]), (&true.into(), &Value::Null), "{whole}");
    let seen = case.detail(&case.analyst).await;
    let marks: Vec<&Value> = seen["publications"].as_array().unwrap().iter().map(|p| &p["reviewed"]).collect();
    assert_eq!(
        (marks, seen["reviews"].as_array().unwrap().len()),
        (vec![&false.into(), &true.into(), &true.into()], 0)
    );
}

#[tokio::test]
async fn a_case_opens_with_what_was_ready_for_it() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    let post = |id: &str, text: &str| json!({ "id": id, "source": "test", "channel": "forum", "text": text });
    for (id, text) in [("1", "宣州区公交车票价涨价太多，老年卡也不能用了，投诉"), ("2", SMOKE)]
    {
        assert_eq!(service.post(&analyst, "/api/v1/mentions", post(id, text)).await.status, 200);
    }
    service.work().await;
    let cases = service.get(&analyst, "/api/v1/incidents").await.json();
    let mut ready = Vec::new();
    for case in cases["items"].as_array().unwrap() {
        let seen = service.get(&analyst, &format!("/api/v1/incidents/{}", case["id"].as_str().unwrap())).await.json();
        ready.push((seen["assessments"].clone(), seen["plans"].clone()));
    }
    ready.retain(|(assessments, plans)| {
        !assessments.as_array().unwrap().is_empty() || !plans.as_array().unwrap().is_empty()
    });
    assert_eq!(ready.len(), 1, "the smoke has no plan: {ready:?}");
    let (assessments, plans) = &ready[0];
    assert_eq!((&assessments[0]["level"], &assessments[0]["assessed_by"]), (&"medium".into(), &"transport".into()));
    assert_eq!(assessments[0]["assessed_on"], "2026-03-20");
    let of_rules = service.get(&analyst, "/api/v1/plans").await.json();
    let plan =
        of_rules["items"].as_array().unwrap().iter().find(|plan| plan["id"] == plans[0]["plan"]).expect("its plan");
    assert_eq!((&plan["duties"], &plan["why"]), (&plans[0]["duties"], &plans[0]["citation"]), "on record as it stood");
    let assessed = service.get(&analyst, "/api/v1/assessments").await.json();
    assert_eq!(assessed["items"][0]["plan"], plans[0]["plan"]);
}

#[tokio::test]
async fn a_closed_case_offers_what_may_still_follow_from_it() {
    let case = Case::open().await;
    let second = case.service.log_in("analyst2").await;
    let assign = json!({ "do": "assign", "department": "ecology", "role": "lead" });
    let plan = json!({ "do": "respond", "kind": "press_conference", "effective_at": "2026-05-11T15:00:00+08:00" });
    let done = json!({ "do": "respond", "kind": "response", "review": true });
    for act in [assign, plan, done, json!({ "do": "refer", "to": ["police"] })] {
        let answer = case.act(&case.analyst, act).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let close = json!({ "do": "close", "reason": "已公开回应" });
    assert_eq!(case.act(&case.analyst, close).await.status, 200);
    let ecology = case.service.log_in("ecology").await;
    let offered = async |session: &Session| {
        let allowed = case.detail(session).await["allowed"].clone();
        let acts = allowed.as_array().unwrap().iter().filter_map(Value::as_str);
        acts.filter(|act| ["confirm_held", "hand_over", "close"].contains(act)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(offered(&case.analyst).await, ["confirm_held"], "the referral waits for a second person");
    assert_eq!(offered(&ecology).await, ["confirm_held"], "it leads");
    assert_eq!(case.act(&second, json!({ "do": "approve", "what": "referral" })).await.status, 200);
    assert_eq!(offered(&case.analyst).await, ["confirm_held", "hand_over"]);
    assert_eq!(offered(&ecology).await, ["confirm_held"]);
    assert_eq!(case.act(&case.analyst, json!({ "do": "hand_over" })).await.status, 200);
    case.service.clock.set("2026-05-11T15:10:00+08:00".parse().unwrap());
    let (ecology, analyst) = (case.service.log_in("ecology").await, case.service.log_in("analyst").await);
    assert_eq!(case.act(&ecology, json!({ "do": "confirm_held" })).await.status, 200);
    assert_eq!((offered(&ecology).await, offered(&analyst).await), (vec![], vec![]), "all of it is done");
}

#[tokio::test]
async fn whoever_has_a_task_goes_on_publishing_on_a_closed_case() {
    let case = Case::open().await;
    for (department, role) in [("ecology", "lead"), ("housing", "supporting")] {
        let assign = json!({ "do": "assign", "department": department, "role": role });
        assert_eq!(case.act(&case.analyst, assign).await.status, 200);
    }
    let done = json!({ "do": "respond", "kind": "response", "review": true });
    for act in [done, json!({ "do": "close", "reason": "已公开回应" })] {
        let answer = case.act(&case.analyst, act).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    for user in ["ecology", "housing"] {
        let session = case.service.log_in(user).await;
        let seen = case.detail(&session).await;
        assert_eq!((&seen["state"], &seen["allowed"]), (&"closed".into(), &json!(["respond", "review"])), "{user}");
        // And what is offered is taken.
        for act in [json!({ "do": "review", "kind": "update" }), json!({ "do": "respond", "kind": "update" })] {
            let answer = case.act(&session, act).await;
            assert_eq!(answer.status, 200, "{user}: {}", answer.text);
        }
        case.act(&session, json!({ "do": "acknowledge" })).await.problem(422);
        assert_eq!(case.detail(&session).await["state"], "closed", "{user}");
    }
}
