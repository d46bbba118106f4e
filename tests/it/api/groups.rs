//! Merged cases, referrals and official posts, from the page to the record.

use axum::http::Method;
use serde_json::{Value, json};

use super::service::{Answer, Service, Session};

const SMOKE: &str =
    "宣州区鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，太过分了，环保局到底管不管，气死人了";
const WAGES: &str = "郎溪县十字镇的工地拖欠农民工工资七个月了，四十多个人一分钱没拿到，太黑心了，劳动监察也不管";
/// Kept in clear only where the source says why.
const AUTHOR: &str = "城南老赵";

async fn act(service: &Service, session: &Session, id: &str, act: Value) -> Answer {
    service.change(session, Method::POST, &format!("/api/v1/incidents/{id}/acts"), act).await
}

/// Two cases in hand.
async fn two_cases(service: &Service, analyst: &Session) -> (String, String) {
    for (id, text) in [("1", SMOKE), ("2", WAGES)] {
        let source = if id == "1" { "example-webhook" } else { "test" };
        let post = json!({ "id": id, "source": source, "channel": "weibo", "text": text, "author": AUTHOR });
        assert_eq!(service.post(analyst, "/api/v1/mentions", post).await.status, 200);
    }
    service.work().await;
    let list = service.get(analyst, "/api/v1/incidents?view=all").await.json();
    let ids: Vec<String> =
        list["items"].as_array().expect("cases").iter().filter_map(|i| i["id"].as_str().map(str::to_owned)).collect();
    assert_eq!(ids.len(), 2, "{list}");
    (ids[0].clone(), ids[1].clone())
}

#[tokio::test]
async fn merged_cases_are_acted_on_as_one_and_parted_again() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    let (one, two) = two_cases(&service, &analyst).await;
    let merged = act(&service, &analyst, &two, json!({ "do": "merge", "into": one })).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
    let state = |detail: Value| detail["state"].as_str().unwrap_or_default().to_owned();
    let detail = |id: String| service_get(&service, &analyst, id);
    assert_eq!(state(detail(two.clone()).await), "merged");
    let answer = act(&service, &analyst, &two, json!({ "do": "respond", "kind": "response", "review": true })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["incident"], one.as_str(), "told on the survivor");
    let met = |rows: &Value| {
        rows.as_array().unwrap().iter().filter(|row| row["event"] == "clock_met" && row["clock"] == "response").count()
    };
    assert_eq!(met(&answer.json()["rows"]), 2, "both clocks: {}", answer.text);
    let history = service.get(&analyst, &format!("/api/v1/incidents/{two}/history")).await.json();
    let names: Vec<&str> = history.as_array().unwrap().iter().filter_map(|row| row["event"].as_str()).collect();
    assert!(names.contains(&"merged") && names.contains(&"responded"), "{names:?}");
    assert!(!names.contains(&"grouped") && !names.contains(&"mirrored"), "{names:?}");
    assert_eq!(act(&service, &analyst, &two, json!({ "do": "unmerge" })).await.status, 200);
    assert_eq!(act(&service, &analyst, &two, json!({ "do": "unmerge" })).await.status, 422, "only once");
    assert_ne!(state(detail(two.clone()).await), "merged");
}

/// What the page of a case offers someone.
async fn offered(service: &Service, session: &Session, id: &str) -> Vec<String> {
    let detail = service_get(service, session, id.to_owned()).await;
    let acts = detail["allowed"].as_array().unwrap_or_else(|| panic!("no acts: {detail}"));
    acts.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_page_of_a_group_offers_what_stands_on_any_of_its_cases() {
    let service = Service::start().await;
    let (analyst, second) = (service.log_in("analyst").await, service.log_in("analyst2").await);
    let (one, two) = two_cases(&service, &analyst).await;
    let done = async |session: &Session, id: &str, what: Value| {
        let answer = act(&service, session, id, what).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    // Both stand on the one that is merged.
    done(&analyst, &two, json!({ "do": "assign", "department": "ecology", "role": "lead" })).await;
    done(&analyst, &two, json!({ "do": "refer", "to": ["police"] })).await;
    done(&analyst, &two, json!({ "do": "merge", "into": one })).await;
    let both = [one.as_str(), two.as_str()];

    for id in both {
        let approvals = service_get(&service, &second, id.to_owned()).await["approvals"].clone();
        let detail = if id == two {
            "移交给市公安局".to_owned()
        } else {
            format!("事件 {two}：移交给市公安局")
        };
        assert_eq!(approvals.as_array().map(Vec::len), Some(1), "{id}: {approvals}");
        let shown = ["what", "by", "by_name", "detail"].map(|key| approvals[0][key].as_str().unwrap().to_owned());
        assert_eq!(shown, ["referral", "analyst", "analyst", &detail], "{id}");
        for (session, may) in [(&second, true), (&analyst, false)] {
            let acts = offered(&service, session, id).await;
            // Whoever asked may withdraw it (`domain.md` §5a p).
            assert_eq!(["approve", "reject"].map(|act| acts.contains(&act.to_owned())), [may, true], "{id}: {acts:?}");
            assert!(!acts.contains(&"receipt".to_owned()), "nobody was told anything: {acts:?}");
            assert!(!acts.contains(&"reopen".to_owned()), "in hand: {acts:?}");
            assert!(acts.contains(&"covers".to_owned()), "{id}: {acts:?}");
            assert_eq!(acts.contains(&"unmerge".to_owned()), id == two, "the merged one alone is parted: {acts:?}");
        }
    }
    done(&second, &one, json!({ "do": "approve", "what": "referral" })).await;
    for id in both {
        assert!(offered(&service, &analyst, id).await.contains(&"hand_over".to_owned()), "{id}");
    }
    done(&analyst, &one, json!({ "do": "hand_over" })).await;
    for id in both {
        assert!(!offered(&service, &analyst, id).await.contains(&"hand_over".to_owned()), "{id}");
    }

    // These are recorded on the survivor, which the department need not see.
    let ecology = service.log_in("ecology").await;
    service.get(&ecology, &format!("/api/v1/incidents/{one}")).await.problem(404);
    let before = offered(&service, &ecology, &two).await;
    assert!(!before.iter().any(|act| act == "confirm_held" || act == "conclude"), "{before:?}");
    let plan = json!({ "do": "respond", "kind": "press_conference", "effective_at": "2026-05-11T15:00:00+08:00" });
    assert_eq!(done(&ecology, &two, plan).await["incident"], one.as_str(), "recorded on the survivor");
    let order =
        json!({ "do": "rectify", "department": "ecology", "text": "限期整改", "due_at": "2026-05-20T18:00:00+08:00" });
    done(&analyst, &two, order).await;
    let acts = offered(&service, &ecology, &two).await;
    assert!(["confirm_held", "conclude"].iter().all(|act| acts.contains(&(*act).to_owned())), "{acts:?}");
    for id in both {
        let shown = service_get(&service, &analyst, id.to_owned()).await["publications"].clone();
        assert_eq!((shown.as_array().map(Vec::len), &shown[0]["planned"]), (Some(1), &true.into()), "{id}: {shown}");
    }
    done(&ecology, &two, json!({ "do": "conclude", "record": "rectification", "result": "已整改" })).await;
    service.clock.set("2026-05-11T15:10:00+08:00".parse().unwrap());
    let (ecology, analyst) = (service.log_in("ecology").await, service.log_in("analyst").await);
    done(&ecology, &two, json!({ "do": "confirm_held" })).await;
    let acts = offered(&service, &ecology, &two).await;
    assert!(!acts.iter().any(|act| act == "confirm_held" || act == "conclude"), "{acts:?}");
    for id in both {
        assert!(offered(&service, &analyst, id).await.contains(&"reopen".to_owned()), "answered, both of them: {id}");
    }
}

#[tokio::test]
async fn a_receipt_is_offered_on_every_page_of_the_group_once_someone_was_told() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    let (one, two) = two_cases(&service, &analyst).await;
    assert_eq!(act(&service, &analyst, &two, json!({ "do": "merge", "into": one })).await.status, 200);
    for department in ["ecology", "housing"] {
        let role = if department == "ecology" { "lead" } else { "supporting" };
        for id in [&one, &two] {
            assert!(!offered(&service, &analyst, id).await.contains(&"receipt".to_owned()), "{department}");
        }
        let assign = json!({ "do": "assign", "department": department, "role": role });
        assert_eq!(act(&service, &analyst, &two, assign).await.status, 200);
    }
    // The second body has brought the coordination in, told on the survivor.
    for id in [&one, &two] {
        assert!(offered(&service, &analyst, id).await.contains(&"receipt".to_owned()), "{id}");
    }
    assert_eq!(act(&service, &analyst, &two, json!({ "do": "receipt" })).await.status, 200);
}

async fn service_get(service: &Service, session: &Session, id: String) -> Value {
    service.get(session, &format!("/api/v1/incidents/{id}")).await.json()
}

#[tokio::test]
async fn sealed_material_is_opened_by_those_who_may_and_each_look_is_recorded() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    let (one, two) = two_cases(&service, &analyst).await;
    let referred = act(&service, &analyst, &one, json!({ "do": "refer", "to": ["police"] })).await;
    assert_eq!(referred.status, 200, "{}", referred.text);
    let approvals = service_get(&service, &analyst, one.clone()).await["approvals"].clone();
    assert_eq!((&approvals[0]["what"], &approvals[0]["detail"]), (&"referral".into(), &"移交给市公安局".into()));
    let path = format!("/api/v1/incidents/{one}/evidence");
    let sealed = service.post(&analyst, &path, json!({ "record": "referral-1" })).await;
    assert_eq!(sealed.status, 200, "{}", sealed.text);
    let sealed = sealed.json();
    assert_eq!(sealed.as_array().unwrap().len(), 1);
    assert!(sealed[0]["sealed"]["text"].as_str().is_some_and(|text| text == SMOKE || text == WAGES), "{sealed}");
    assert_eq!(service.post(&analyst, &path, json!({ "record": "referral-9" })).await.status, 422);
    assert_eq!(act(&service, &analyst, &two, json!({ "do": "refer", "to": ["police"] })).await.status, 200);
    let other = format!("/api/v1/incidents/{two}/evidence");
    let other = service.post(&analyst, &other, json!({ "record": "referral-1" })).await.json();
    for one in [&sealed[0]["sealed"], &other[0]["sealed"]] {
        let kept = if one["text"] == SMOKE { json!(AUTHOR) } else { Value::Null };
        assert_eq!(one["author"], kept, "displayed only where the source says why");
        assert!(one["author_hash"].is_string());
    }
    let ecology = service.log_in("ecology").await;
    assert!(
        [403, 404].contains(&service.post(&ecology, &path, json!({ "record": "referral-1" })).await.status.as_u16())
    );
    let history = service.get(&analyst, &format!("/api/v1/incidents/{one}/history")).await.json();
    let looks = history.as_array().unwrap().iter().filter(|row| row["event"] == "referral_viewed").count();
    assert_eq!(looks, 1, "who was refused has seen nothing");
    let text = history.to_string();
    assert!(!text.contains("气死人") && !text.contains("太黑心"), "no event holds the text");
}

#[tokio::test]
async fn an_official_post_is_reposted_by_the_account_it_concerns() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    let posted = service.post(&analyst, "/api/v1/posts", json!({ "concerns": ["ecology"] })).await;
    assert_eq!(posted.status, 200, "{}", posted.text);
    let id = posted.json()["post"].as_str().expect("its number").to_owned();
    let ecology = service.log_in("ecology").await;
    assert_eq!(service.post(&ecology, "/api/v1/posts", json!({ "concerns": [] })).await.status, 403);
    let path = format!("/api/v1/posts/{id}/reposts");
    let reposted = service.post(&ecology, &path, json!({ "account": "ecology.weibo" })).await;
    assert_eq!(reposted.status, 200, "{}", reposted.text);
    assert_eq!(service.post(&ecology, &path, json!({ "account": "water.weibo" })).await.status, 422, "not theirs");
    let clocks = service.get(&analyst, &format!("/api/v1/posts/{id}/clocks")).await.json();
    let kinds: Vec<&str> = clocks.as_array().unwrap().iter().filter_map(|clock| clock["kind"].as_str()).collect();
    assert_eq!(kinds, ["weibo_repost", "wechat_repost"]);
    assert_eq!(service.get(&analyst, "/api/v1/posts/none/clocks").await.status, 404);
}

#[tokio::test]
async fn official_posts_are_listed_with_the_clock_of_each_account_the_latest_first() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    let publish = async |title: &str, at: &str, concerns: &[&str]| {
        let post =
            json!({ "title": title, "url": "https://www.example.gov.cn/1", "concerns": concerns, "effective_at": at });
        let posted = service.post(&analyst, "/api/v1/posts", post).await;
        assert_eq!(posted.status, 200, "{}", posted.text);
        posted.json()["post"].as_str().expect("its number").to_owned()
    };
    let old = publish("停水通告", "2026-04-30T23:59:59+08:00", &["water"]).await;
    let first = publish("监测数据通报", "2026-05-11T08:00:00+08:00", &["ecology", "housing"]).await;
    let second = publish("处置情况通报", "2026-05-11T09:30:00+08:00", &["ecology"]).await;
    service.work().await;
    // Whoever is logged in sees them, as they do those of one post.
    let ecology = service.log_in("ecology").await;
    let reposts = format!("/api/v1/posts/{second}/reposts");
    assert_eq!(service.post(&ecology, &reposts, json!({ "account": "ecology.weibo" })).await.status, 200);
    let list = async |query: &str| {
        let answer = service.get(&ecology, &format!("/api/v1/posts{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    let ids = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|post| post["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = list("").await;
    assert_eq!((ids(&all), &all["next"]), (vec![second.clone(), first.clone(), old.clone()], &Value::Null));
    let middle = &all["items"][1];
    assert_eq!(
        (&middle["title"], &middle["url"], &middle["concerns"], &middle["effective_at"]),
        (
            &"监测数据通报".into(),
            &"https://www.example.gov.cn/1".into(),
            &json!(["ecology", "housing"]),
            &"2026-05-11T08:00:00+08:00".into()
        )
    );
    let clocks = |post: &Value| {
        let clocks = post["clocks"].as_array().unwrap().iter();
        clocks
            .map(|c| ["account", "state", "due_at"].map(|key| c[key].as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        clocks(middle),
        [
            ["ecology.weibo", "breached", "2026-05-11T09:00:00+08:00"],
            ["ecology.wechat", "running", "2026-05-13T00:00:00+08:00"],
            ["housing.weibo", "breached", "2026-05-11T09:00:00+08:00"],
            ["housing.wechat", "running", "2026-05-13T00:00:00+08:00"],
        ]
    );
    assert_eq!(clocks(&all["items"][0])[0], ["ecology.weibo", "met", "2026-05-11T10:30:00+08:00"]);
    let same = service.get(&ecology, &format!("/api/v1/posts/{first}/clocks")).await.json();
    assert_eq!(middle["clocks"], same, "the list says what the post itself says");

    assert_eq!(ids(&list("?from=2026-05-01").await), [second.clone(), first.clone()]);
    assert_eq!(ids(&list("?from=2026-04-30&to=2026-04-30").await), std::slice::from_ref(&old));
    assert_eq!(ids(&list("?to=2026-04-29").await), [""; 0]);
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = list(&format!("?limit=1&to=2026-05-11{cursor}")).await;
        paged.extend(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
        assert!(paged.len() < 9, "the pages never end");
    }
    assert_eq!(paged, [second, first, old]);
    service.get(&ecology, "/api/v1/posts?from=yesterday").await.problem(400);
    service.get(&ecology, "/api/v1/posts?cursor=!").await.problem(400);
}

#[tokio::test]
async fn the_queue_goes_by_grade_and_by_the_main_clock_and_no_internal_one_moves_it() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    two_cases(&service, &analyst).await;
    let order = async |session: &Session| {
        let list = service.get(session, "/api/v1/incidents?view=open").await.json();
        let items = list["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = order(&analyst).await;
    let assign = json!({ "do": "assign", "department": "ecology", "role": "lead" });
    assert_eq!(act(&service, &analyst, &before[1], assign).await.status, 200);
    assert_eq!(order(&analyst).await, before, "to be acknowledged within two hours");
    service.clock.set("2026-05-11T12:10:00+08:00".parse().unwrap());
    service.work().await;
    // Long enough for the session to end.
    let analyst = service.log_in("analyst").await;
    assert_eq!(order(&analyst).await, before, "and not acknowledged in time");
    let grave = json!({ "do": "grade", "event_grade": "major", "opinion_grade": "major", "sensitive": false, "reason": "死亡十一人" });
    assert_eq!(act(&service, &analyst, &before[1], grave).await.status, 200);
    assert_eq!(order(&analyst).await, [before[1].clone(), before[0].clone()], "the gravest first");
}

#[tokio::test]
async fn what_was_left_out_is_shown_with_the_case_and_decided_by_whoever_may_merge() {
    let service = Service::start().await;
    let (analyst, ecology) = (service.log_in("analyst").await, service.log_in("ecology").await);
    let unpaid = "宣州区鸿越大道的搅拌站拖欠农民工工资七个月了，四十多个人一分钱没拿到，太黑心了，劳动监察也不管";
    for (id, text) in [("1", SMOKE), ("2", unpaid)] {
        let post = json!({ "id": id, "source": "test", "channel": "weibo", "text": text });
        assert_eq!(service.post(&analyst, "/api/v1/mentions", post).await.status, 200);
        service.work().await;
    }
    let list = service.get(&analyst, "/api/v1/incidents?view=all").await.json();
    let ids: Vec<String> =
        list["items"].as_array().unwrap().iter().filter_map(|i| i["id"].as_str().map(str::to_owned)).collect();
    let mut found = None;
    for id in &ids {
        let path = format!("/api/v1/incidents/{id}/suggestions");
        let offered = service.get(&analyst, &path).await.json();
        assert_ne!(service.get(&ecology, &path).await.status, 200, "a department merges nothing");
        if let Some(one) = offered.as_array().unwrap().first() {
            assert!(one["likeness"].as_f64().unwrap() > 0.0 && one["how"].as_str().unwrap().contains("人工判断"));
            found = Some(format!("{path}/{}", one["mention"].as_str().unwrap()));
        }
    }
    let decide = found.expect("one of them is offered to the other");
    let refused = service.change(&ecology, Method::POST, &decide, json!({ "same": true })).await;
    assert_ne!(refused.status, 204, "{}", refused.text);
    assert_eq!(service.change(&analyst, Method::POST, &decide, json!({ "same": true })).await.status, 204);
    let twice = service.change(&analyst, Method::POST, &decide, json!({ "same": true })).await;
    assert!(twice.problem(422).contains("已经处理过"));
}
