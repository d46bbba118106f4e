//! What is asked by a key that nobody reads, or for a year that nothing can be worked with in, is refused wherever it comes
//! in, with words that say what to write; and the case goes on.

use axum::body::Body;
use axum::http::{Method, Request};
use huiying::replay::{Scenario, replay};
use huiying::store::StoreOptions;
use serde_json::{Value, json};

use crate::api::service::{Service, Session};

const SMOKE: &str = "宣州区鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，环保局到底管不管";
/// Year 10000 in Beijing.
const BEYOND: &str = "9999-12-31T23:59:59-12:00";

async fn case() -> (Service, Session, String) {
    let (service, analyst, id) = Service::with_case(SMOKE).await;
    (service, analyst, format!("/api/v1/incidents/{id}"))
}

#[tokio::test]
async fn an_act_with_a_key_that_nobody_reads_is_refused_and_changes_nothing() {
    let (service, analyst, path) = case().await;
    let before = service.get(&analyst, &path).await.text;
    for (act, said) in [
        (json!({ "do": "order", "text": "尽快回应", "due": "2026-05-12" }), "due_at"),
        (json!({ "do": "grade", "sensitve": true, "reason": "研判" }), "sensitive"),
        (json!({ "do": "dispose", "how": "watch", "reason": "再看", "reviewon": "2026-05-12" }), "review_on"),
        (json!({ "do": "assign", "departments": "ecology", "role": "lead" }), "department"),
        (json!({ "do": "acknowledge", "by": "ecology" }), "“by”"),
        (json!({ "do": "acknowledge", "vesion": 1 }), "version"),
        (json!({ "do": "close", "reason": "好了", "version": "one" }), "version"),
        (json!({ "do": "order", "text": "请于昨日报送", "due_at": "2026-05-11T09:59:59+08:00" }), "已经过去"),
    ] {
        let refused = service.change(&analyst, Method::POST, &format!("{path}/acts"), act.clone()).await.problem(422);
        assert!(refused.contains(said), "{act}: {refused}");
    }
    // Of two keys the last would be done, and the first lost without a word.
    let twice = Request::post(format!("{path}/acts"))
        .header("cookie", &analyst.cookie)
        .header("x-csrf-token", &analyst.csrf)
        .header("content-type", "application/json")
        .body(Body::from(r#"{"do":"receipt","do":"close","reason":"好了"}"#));
    let refused = service.send(twice.expect("a request")).await.problem(400);
    assert!(refused.contains("两个“do”"), "{refused}");
    let body = json!({ "concerns": ["jixi"], "effectiv_at": "2026-05-11" });
    let refused = service.post(&analyst, "/api/v1/posts", body).await.problem(422);
    assert!(refused.contains("是否应为 effective_at"), "{refused}");
    assert_eq!(service.get(&analyst, &path).await.text, before, "nothing happened");
    let due_now = json!({ "do": "rectify", "text": "整改", "due_at": "2026-05-11T10:00:00+08:00" });
    assert_eq!(service.change(&analyst, Method::POST, &format!("{path}/acts"), due_now).await.status, 200);
}

#[tokio::test]
async fn no_date_bricks_a_case() {
    let (service, analyst, path) = case().await;
    for act in [
        json!({ "do": "respond", "kind": "response", "effective_at": BEYOND }),
        json!({ "do": "order", "text": "限期", "due_at": BEYOND }),
        json!({ "do": "dispose", "how": "watch", "reason": "再看", "review_on": BEYOND }),
        json!({ "do": "grade", "event_grade": "large", "reason": "新", "because": "new_event", "evidence_at": "0001-01-01T00:00:00Z" }),
        json!({ "do": "talk", "department": "ecology", "about": "a", "result": "b", "effective_at": "1899-12-31T15:59:59Z" }),
    ] {
        let refused = service.change(&analyst, Method::POST, &format!("{path}/acts"), act.clone()).await.problem(422);
        assert!(refused.contains("1900 年至 2199 年"), "{act}: {refused}");
    }
    let post = json!({ "concerns": ["jixi"], "effective_at": "0001-01-01T00:00:00Z" });
    assert!(service.post(&analyst, "/api/v1/posts", post).await.problem(422).contains("1900 年"));
    // A bad record is told; the others of the batch are taken.
    let posts = json!([{ "text": "一", "published_at": BEYOND }, { "text": "二", "collected_at": "0001-01-01T00:00:00Z" }, { "text": "三" }]);
    let taken = service.post(&analyst, "/api/v1/mentions", posts).await.json();
    assert_eq!((&taken["new"], &taken["rejected"]), (&json!(1), &json!(2)), "{taken}");
    assert!(taken["errors"][0]["reason"].as_str().is_some_and(|why| why.starts_with("published_at")), "{taken}");
    // Within the bounds, at their very ends: the case goes on.
    let last = json!({ "do": "order", "text": "限期", "due_at": "2199-12-31T23:59:59.999+08:00" });
    assert_eq!(service.change(&analyst, Method::POST, &format!("{path}/acts"), last).await.status, 200);
    let first = json!({ "do": "respond", "kind": "response", "effective_at": "1900-01-01" });
    assert_eq!(service.change(&analyst, Method::POST, &format!("{path}/acts"), first).await.status, 200);
    service.work().await;
    assert_eq!(service.get(&analyst, &path).await.status, 200);
    let found = huiying::acts::verify(&service.store, |_| ()).await.expect("walked");
    assert!(found.broken.is_empty() && found.noted.is_empty(), "{found:?}");
}

#[tokio::test]
async fn a_scenario_is_held_to_the_same() {
    let lines = [
        json!({ "do": "setup", "auto_asign": true }),
        json!({ "at": "2026-03-02T09:00:00+08:00", "do": "mention", "label": "A", "text": "桥塌了", "their_own": 1 }),
        json!({ "at": "2026-03-02T09:01:00+08:00", "do": "mention", "label": "B", "text": "x", "proposal": { "sensitve": true } }),
        json!({ "at": "2026-03-02T09:02:00+08:00", "do": "order", "incident": "@A", "text": "报", "due": "2026-03-03" }),
        json!({ "at": "2026-03-02T09:03:00+08:00", "do": "order", "incident": "@A", "text": "报", "due_at": BEYOND }),
        json!({ "at": "2026-03-02T09:04:00+08:00", "do": "order", "incident": "@A", "text": "报", "due_at": "2026-03-02" }),
        json!({ "at": "2026-03-02T09:05:00+08:00", "do": "city_post", "post": "@P", "concern": ["jixi"] }),
        json!({ "at": "2026-03-02T09:06:00+08:00", "do": "mention", "text": "y", "published_at": BEYOND }),
        json!({ "at": BEYOND, "do": "close", "incident": "@A", "reason": "好了" }),
        json!({ "at": "2026-03-02T09:08:00+08:00", "do": "instruct", "incident": "@A", "text": "抓紧办", "department": "housing" }),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let database = StoreOptions::throw_away(&folder.path().join("replay.db"));
    let played = replay(&Scenario::read(&text), crate::verified::rules(), None, &database).await.expect("played");
    for (line, said) in [
        (1, "auto_assign"),
        (3, "sensitive"),
        (4, "due_at"),
        (5, "2199"),
        (6, "已经过去"),
        (7, "concerns"),
        (8, "2199"),
        (9, "2199"),
    ] {
        let told = played.refused.iter().find(|why| why.starts_with(&format!("第 {line} 行")));
        assert!(told.is_some_and(|why| why.contains(said)), "{line}: {:?}", played.refused);
    }
    assert_eq!(played.refused.len(), 8, "{:?}", played.refused);
    let events: Vec<&Value> = played.ledger.iter().map(|row| &row["event"]).collect();
    assert!(events.contains(&&json!("instructed")) && !events.contains(&&json!("ordered")), "{events:?}");
}

/// What can't be meant is refused with what to do.
#[tokio::test]
async fn a_day_that_is_past_and_a_return_to_oneself_are_refused() {
    let (service, analyst, id) = Service::with_case("宣州区某化工厂夜间冒黑烟，气味刺鼻，居民投诉").await;
    let path = format!("/api/v1/incidents/{id}/acts");
    let yesterday = service.now() - huiying::domain::instant::Span::from_hours(24);
    let watch = json!({ "do": "dispose", "how": "watch", "reason": "待观察", "review_on": yesterday });
    assert!(service.post(&analyst, &path, watch).await.problem(422).contains("已过"));
    let assign = json!({ "do": "assign", "department": "ecology", "role": "lead" });
    assert_eq!(service.post(&analyst, &path, assign).await.status, 200);
    let ecology = service.log_in("ecology").await;
    let back = json!({ "do": "return", "reason": "不属本单位", "suggest": "ecology" });
    assert!(service.post(&ecology, &path, back).await.problem(422).contains("贵单位自己"));
}

#[test]
fn an_empty_address_and_an_empty_backup_are_told() {
    use crate::record::{code, huiying, stderr};
    let folder = tempfile::tempdir().unwrap();
    let copy = huiying(folder.path(), &["copy", "--from", "", "--to", "postgres://h/d"], &[]);
    assert!(code(&copy) == 2 && stderr(&copy).contains("--from 是空的"), "{}", stderr(&copy));
    std::fs::write(folder.path().join("empty.db"), "").unwrap();
    let restore = huiying(folder.path(), &["restore", "empty.db"], &[]);
    assert!(code(&restore) != 0 && stderr(&restore).contains("备份文件是空的"), "{}", stderr(&restore));
    let slip = huiying(folder.path(), &["verify", "--seal"], &[]);
    assert!(code(&slip) == 2 && stderr(&slip).contains("没有参数 --seal — 是不是 --seals"), "{}", stderr(&slip));
}
