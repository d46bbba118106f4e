//! What each role's home asks for: answers with their words, what waits for whom, rows of the ledger, who is at a case.

use axum::http::Method;
use huiying::domain::clock::{ClockKind, Length};
use huiying::domain::ids::BodyId;
use huiying::domain::routing::Routes;
use huiying::rules::Rules;
use serde_json::{Value, json};

use super::service::{Answer, Service, Session};

const SMOKE: &str = "宣州区某化工厂夜间冒黑烟，气味刺鼻，居民投诉";

struct Case {
    service: Service,
    analyst: Session,
    id: String,
}

impl Case {
    async fn open() -> Self {
        let (service, analyst, id) = Service::with_case(SMOKE).await;
        Self { service, analyst, id }
    }

    async fn act(&self, session: &Session, act: Value) -> Answer {
        self.service.change(session, Method::POST, &format!("/api/v1/incidents/{}/acts", self.id), act).await
    }

    async fn done(&self, session: &Session, act: Value) {
        let answer = self.act(session, act).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    async fn get(&self, session: &Session, path: &str) -> Value {
        let answer = self.service.get(session, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }
}

#[tokio::test]
async fn a_response_and_an_answer_are_set_right_and_the_record_keeps_both() {
    let case = Case::open().await;
    for (department, role) in [("ecology", "lead"), ("housing", "supporting")] {
        case.done(&case.analyst, json!({ "do": "assign", "department": department, "role": role })).await;
    }
    let ecology = case.service.log_in("ecology").await;
    let housing = case.service.log_in("housing").await;
    case.done(&housing, json!({ "do": "answer", "text": "已查看周边小区" })).await;
    let respond = json!({ "do": "respond", "kind": "response", "text": "已责令停产", "url": "https://x.example" });
    case.done(&ecology, respond).await;
    let path = format!("/api/v1/incidents/{}", case.id);
    let seen = case.get(&ecology, &path).await;
    let supporting = &seen["tasks"][1];
    assert_eq!((&supporting["department"], &supporting["answer"]), (&"housing".into(), &"已查看周边小区".into()));
    assert_eq!((&seen["publications"][0]["text"], &seen["publications"][0]["n"]), (&"已责令停产".into(), &0.into()));

    let amend = |text: &str| json!({ "do": "amend", "publication": 0, "text": text, "reason": "文字有误" });
    case.act(&housing, amend("别人的")).await.problem(422);
    case.act(&ecology, json!({ "do": "amend", "publication": 0, "text": "已责令停产整改" })).await.problem(422);
    case.act(&ecology, amend("已责令停产")).await.problem(422);
    case.act(&ecology, json!({ "do": "amend", "publication": 9, "text": "x", "reason": "x" })).await.problem(422);
    case.done(&ecology, amend("已责令停产整改")).await;
    case.done(&housing, json!({ "do": "amend", "text": "已查看三个小区", "reason": "补充" })).await;
    let seen = case.get(&ecology, &path).await;
    let published = &seen["publications"][0];
    assert_eq!((&published["text"], &published["url"]), (&"已责令停产整改".into(), &"https://x.example".into()));
    assert_eq!(seen["tasks"][1]["answer"], "已查看三个小区");
    let history = case.get(&case.analyst, &format!("{path}/history")).await;
    let texts: Vec<&str> = history.as_array().unwrap().iter().filter_map(|row| row["text"].as_str()).collect();
    for text in ["已责令停产", "已责令停产整改", "已查看周边小区", "已查看三个小区"] {
        assert!(texts.contains(&text), "{texts:?}");
    }
}

#[tokio::test]
async fn a_title_that_a_person_gave_stays_whatever_joins() {
    let case = Case::open().await;
    case.act(&case.analyst, json!({ "do": "retitle", "title": "  " })).await.problem(422);
    case.act(&case.analyst, json!({ "do": "retitle", "title": "长".repeat(101) })).await.problem(422);
    case.done(&case.analyst, json!({ "do": "retitle", "title": "宣州区化工厂 夜间冒黑烟" })).await;
    let grade = json!({ "do": "grade", "event_grade": "general", "opinion_grade": "general", "sensitive": false, "reason": "核实" });
    case.done(&case.analyst, grade).await;
    let seen = case.get(&case.analyst, &format!("/api/v1/incidents/{}", case.id)).await;
    assert_eq!((&seen["title"], &seen["whole_title"]), (&"宣州区化工厂 夜间冒黑烟".into(), &seen["title"]));
    let found = huiying::acts::verify(&case.service.store, |_| ()).await.unwrap();
    assert_eq!(found.broken, Vec::<String>::new());
}

#[tokio::test]
async fn an_instruction_stands_under_the_leader_who_gave_it() {
    let case = Case::open().await;
    let ahead = json!({ "do": "instruct", "text": "尽快公布", "given_at": "2027-01-01T09:00:00+08:00" });
    case.act(&case.analyst, ahead).await.problem(422);
    let given =
        json!({ "do": "instruct", "text": "尽快公布", "leader": "李副市长", "given_at": "2026-05-11T08:00:00+08:00" });
    case.done(&case.analyst, given).await;
    let history = case.get(&case.analyst, &format!("/api/v1/incidents/{}/history", case.id)).await;
    let row = history.as_array().unwrap().iter().find(|row| row["event"] == "instructed").expect("on record");
    assert_eq!((&row["leader"], &row["by"]), (&"李副市长".into(), &"analyst".into()));
    assert_eq!(row["given_at"], "2026-05-11T08:00:00+08:00");
}

#[tokio::test]
async fn what_waits_is_listed_to_who_may_decide_and_to_who_asked() {
    let case = Case::open().await;
    for event in ["large", "general"] {
        let grade = json!({ "do": "grade", "event_grade": event, "opinion_grade": "large", "sensitive": false, "reason": "核实" });
        case.done(&case.analyst, grade).await;
    }
    let second = case.service.log_in("analyst2").await;
    let list = async |session: &Session| case.get(session, "/api/v1/approvals").await["items"].clone();
    let (own, theirs) = (list(&case.analyst).await, list(&second).await);
    assert_eq!((&own[0]["own"], &theirs[0]["own"]), (&true.into(), &false.into()));
    assert_eq!((&theirs[0]["what"], &theirs[0]["incident"]), (&"grade".into(), &case.id.clone().into()));
    let ecology = case.service.log_in("ecology").await;
    assert_eq!(list(&ecology).await, json!([]), "a department decides on nothing");
}

#[tokio::test]
async fn the_ledger_is_filtered_and_the_file_is_on_record() {
    let case = Case::open().await;
    let rows = async |query: &str| {
        let page = case.get(&case.analyst, &format!("/api/v1/ledger?{query}")).await;
        page["items"].as_array().map(Vec::len).unwrap_or_default()
    };
    assert_eq!((rows("verdict=running").await, rows("verdict=on_time").await), (1, 0));
    case.done(&case.analyst, json!({ "do": "respond", "kind": "response", "url": "https://x.example" })).await;
    assert_eq!((rows("verdict=running").await, rows("verdict=on_time").await), (0, 1));
    assert_eq!((rows("from=2026-05-11&to=2026-05-11").await, rows("from=2026-05-12").await), (1, 0));
    let page = case.get(&case.analyst, "/api/v1/ledger").await;
    let row = &page["items"][0];
    assert_eq!((&row["way"], &row["url"]), (&"response".into(), &"https://x.example".into()));
    assert_eq!((&row["verdict"], &row["satisfied"]), (&"按时".into(), &Value::Null));

    let file = case.service.get(&case.analyst, "/api/v1/ledger/export?format=csv&verdict=on_time&filter=x").await;
    assert_eq!(file.status, 200);
    let lines: Vec<&str> = file.text.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines.len() == 3 && lines[1].starts_with(&case.id) && lines[2].contains("共 1 件；筛选：x"), "{lines:?}");
    let admin = case.service.log_in("admin").await;
    let record = case.get(&admin, "/api/v1/record?event=exported").await;
    assert_eq!(record["items"][0]["actor"], "analyst");
    assert_eq!(record["items"][0]["body"]["what"], "ledger_rows");
    case.service.get(&case.analyst, "/api/v1/record").await.problem(403);
}

#[tokio::test]
async fn colleagues_see_each_other_at_a_case_and_a_department_sees_nobody() {
    let case = Case::open().await;
    let path = format!("/api/v1/incidents/{}/presence", case.id);
    let say = async |session: &Session, doing: &str| {
        let answer = case.service.post(session, &path, json!({ "doing": doing })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let people = answer.json()["people"].as_array().cloned().unwrap_or_default();
        people.iter().map(|one| format!("{} {}", one["user"], one["doing"]).replace('"', "")).collect::<Vec<_>>()
    };
    let second = case.service.log_in("analyst2").await;
    assert_eq!(say(&case.analyst, "viewing").await, ["analyst viewing"]);
    assert_eq!(say(&second, "grading").await, ["analyst viewing", "analyst2 grading"]);
    assert_eq!(say(&second, "left").await, ["analyst viewing"]);
    case.done(&case.analyst, json!({ "do": "assign", "department": "ecology", "role": "lead" })).await;
    let ecology = case.service.log_in("ecology").await;
    assert_eq!(say(&ecology, "viewing").await, Vec::<String>::new());
    assert_eq!(say(&case.analyst, "viewing").await, ["analyst viewing"]);
}

#[tokio::test]
async fn bodies_are_scored_by_the_cases_of_a_month() {
    let case = Case::open().await;
    case.done(&case.analyst, json!({ "do": "assign", "department": "ecology", "role": "lead" })).await;
    let ecology = case.service.log_in("ecology").await;
    case.done(&ecology, json!({ "do": "respond", "kind": "response", "text": "已处理" })).await;
    let card = case.get(&ecology, "/api/v1/scorecard").await;
    assert_eq!((&card["from"], &card["to"], &card["cases"]), (&"2026-05-01".into(), &"2026-05-11".into(), &1.into()));
    let own = card["bodies"].as_array().unwrap().iter().find(|body| body["body"] == "ecology").expect("it led one");
    assert_eq!((&own["led"], &own["statutory_met"], &own["statutory_late"]), (&1.into(), &1.into(), &0.into()));
}

#[tokio::test]
async fn a_due_time_that_the_next_notice_of_holidays_may_move_says_so_wherever_it_is_told() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut rules = Rules::load(&folder).expect("shipped rules");
    for policy in rules.office.policies.values_mut() {
        let response = policy.clocks.get_mut(&ClockKind::Response).expect("every policy has one");
        (response.length, response.ladder) = (Length::WorkingDays(2), "C".to_owned());
    }
    let service = Service::with(rules.into(), Routes::default()).await;
    // Of 2027 no notice is loaded.
    service.clock.set("2026-12-31T10:00:00+08:00".parse().expect("a time"));
    let analyst = service.log_in("analyst").await;
    let post = json!({ "id": "1", "source": "test", "channel": "weibo", "text": SMOKE });
    assert_eq!(service.post(&analyst, "/api/v1/mentions", post).await.status, 200);
    let official = json!({ "concerns": ["ecology"] });
    assert_eq!(service.post(&analyst, "/api/v1/posts", official).await.status, 200);
    service.work().await;
    let case = &service.get(&analyst, "/api/v1/incidents").await.json()["items"][0];
    assert_eq!(case["main_clock"]["provisional"], true, "{case}");
    service.clock.set("2027-01-06T09:00:00+08:00".parse().expect("a time"));
    service.work().await;
    let leader = service.log_in("leader").await;
    let cards = service.get(&leader, "/api/v1/escalations").await.json();
    assert_eq!(cards["items"][0]["provisional"], true, "{cards}");
    let told =
        service.store.notifications(&"nobody".into(), &["ecology", BodyId::OFFICE], None, 100).await.expect("notices");
    for kind in ["微信转发（ecology.wechat）时限", "公开回应时限"] {
        let of: Vec<&str> = told.iter().map(|told| told.text.as_str()).filter(|text| text.starts_with(kind)).collect();
        assert!(!of.is_empty() && of.iter().all(|text| text.contains("（暂定） 到期")), "{kind}: {told:?}");
    }
}
