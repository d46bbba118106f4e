//! Rule files changed from a page: checked, recorded, in force at once; never past somebody else's change, never out of the
//! folder.

use axum::http::Method;
use huiying::domain::administration::ADMIN_STREAM;
use serde_json::{Value, json};

use super::service::{Service, Session};

const TOPIC: &str = "id: sheep\nname: 羊群走失\nwhy: 试用\nwhen: 白羊 ~4 走失\nnoteworthy: true\n\
                     examples:\n  matches: [昨晚白羊走失三只]\n  near_misses: [白羊座运势]\n";

fn save(file: &str, text: Option<&str>, base: Option<&str>) -> Value {
    json!({ "file": file, "text": text, "base": base, "why": "试用新的主题" })
}

async fn put(service: &Service, who: &Session, body: Value) -> super::service::Answer {
    service.change(who, Method::PUT, "/api/v1/rule-files/text", body).await
}

#[tokio::test]
async fn a_topic_is_written_from_a_page_and_is_in_force_at_once() {
    let service = Service::editing().await;
    let admin = service.log_in("admin").await;
    let file = "topics/sheep.yaml";
    let wrong = TOPIC.replace("白羊座运势", "白羊走失了");
    let checked = service.post(&admin, "/api/v1/rule-files/check", json!({ "file": file, "text": wrong })).await;
    let errors = &checked.json()["errors"];
    assert_eq!((&errors[0]["file"], &errors[0]["line"]), (&json!(file), &json!(8)), "{}", checked.text);
    assert!(errors[0]["fix"].as_str().unwrap().contains("例子"));
    let refused = put(&service, &admin, save(file, Some(&wrong), None)).await.problem(422);
    assert!(refused.contains("topics/sheep.yaml:8"), "{refused}");
    put(&service, &admin, json!({ "file": file, "text": TOPIC, "why": " " })).await.problem(422);
    assert!(!service.rules_dir().join(file).exists(), "nothing is written that is wrong");

    let saved = put(&service, &admin, save(file, Some(TOPIC), None)).await;
    assert_eq!((saved.status.as_u16(), &saved.json()["in_force"]), (200, &json!(true)), "{}", saved.text);
    let hash = saved.json()["hash"].as_str().unwrap().to_owned();
    let topics = service.get(&admin, "/api/v1/topics").await.json();
    assert!(topics["items"].as_array().unwrap().iter().any(|topic| topic["id"] == "sheep"), "in force at once");
    put(&service, &admin, save(file, Some(TOPIC), None)).await.problem(409);
    put(&service, &admin, save(file, Some(TOPIC), Some("another"))).await.problem(409);

    let event = service.store.events(ADMIN_STREAM).await.unwrap().pop().unwrap();
    assert_eq!((event.event.as_str(), event.by.as_str()), ("rule_saved", "admin"));
    assert!(event.body.contains("试用新的主题") && event.body.contains(&hash) && !event.body.contains("走失"));

    // Another edition, then the first one again.
    let second = TOPIC.replace("~4", "~6");
    let saved = put(&service, &admin, save(file, Some(&second), Some(&hash))).await.json();
    let versions = service.get(&admin, &format!("/api/v1/rule-files/versions?file={file}")).await.json();
    let first = versions["items"][1].clone();
    assert_eq!(
        (&first["how"], &first["by"], &first["why"]),
        (&json!("saved"), &json!("admin"), &json!("试用新的主题"))
    );
    let old = service.get(&admin, &format!("/api/v1/rule-files/versions/{}", first["n"])).await.json();
    assert_eq!(old["text"], TOPIC);
    let mut again = save(file, old["text"].as_str(), saved["hash"].as_str());
    again["restored"] = json!(true);
    assert_eq!(put(&service, &admin, again).await.json()["hash"], json!(hash));
    let text = service.get(&admin, &format!("/api/v1/rule-files/text?file={file}")).await.json();
    assert_eq!((&text["text"], &text["value"]["name"]), (&json!(TOPIC), &json!("羊群走失")));

    // Taken away, it is known still.
    assert_eq!(put(&service, &admin, save(file, None, Some(&hash))).await.status, 200);
    service.get(&admin, &format!("/api/v1/rule-files/text?file={file}")).await.problem(404);
    let listed = service.get(&admin, "/api/v1/rule-files").await.json();
    let gone = listed["items"].as_array().unwrap().iter().find(|row| row["file"] == file).cloned().unwrap();
    assert_eq!((&gone["hash"], &gone["last"]["how"]), (&Value::Null, &json!("removed")));
}

#[tokio::test]
async fn what_is_changed_outside_is_shown_as_such_and_a_broken_file_stops_no_other_from_being_mended() {
    let service = Service::editing().await;
    let admin = service.log_in("admin").await;
    let files = service.rule_files();
    files.begin(service.now()).await.unwrap();
    let row = |listed: &Value, file: &str| {
        listed["items"].as_array().unwrap().iter().find(|row| row["file"] == file).cloned().unwrap()
    };
    let listed = service.get(&admin, "/api/v1/rule-files").await.json();
    assert_eq!((&listed["writable"], &listed["wrong"]), (&json!(true), &json!([])));
    let fire = row(&listed, "topics/fire.yaml");
    assert_eq!((&fire["changed_outside"], &fire["last"]["how"]), (&json!(false), &json!("found")), "{fire}");

    let place = service.rules_dir().join("topics/fire.yaml");
    let text = std::fs::read_to_string(&place).unwrap();
    std::fs::write(&place, format!("{text}# 手工修改\n")).unwrap();
    files.follow(service.now()).await.unwrap();
    let fire = row(&service.get(&admin, "/api/v1/rule-files").await.json(), "topics/fire.yaml");
    assert_eq!((&fire["changed_outside"], &fire["last"]["how"]), (&json!(true), &json!("outside")));

    std::fs::write(service.rules_dir().join("topics/collapse.yaml"), "id: collapse\nnmae: x\n").unwrap();
    files.follow(service.now()).await.unwrap();
    let listed = service.get(&admin, "/api/v1/rule-files").await.json();
    assert_eq!(listed["wrong"][0]["file"], "topics/collapse.yaml", "the edition before stays in force: {listed}");
    let saved = put(&service, &admin, save("topics/sheep.yaml", Some(TOPIC), None)).await.json();
    assert_eq!((&saved["in_force"], &saved["wrong"][0]["file"]), (&json!(false), &json!("topics/collapse.yaml")));
    let versions = service.get(&admin, "/api/v1/rule-files/versions?file=topics/collapse.yaml").await.json();
    let sound = versions["items"].as_array().unwrap().last().unwrap()["n"].clone();
    let old = service.get(&admin, &format!("/api/v1/rule-files/versions/{sound}")).await.json();
    let now = service.get(&admin, "/api/v1/rule-files/text?file=topics/collapse.yaml").await.json();
    let mended = save("topics/collapse.yaml", old["text"].as_str(), now["hash"].as_str());
    assert_eq!(put(&service, &admin, mended).await.json()["in_force"], true);
}

#[tokio::test]
async fn nobody_else_changes_rules_and_no_name_leads_out_of_the_folder() {
    let service = Service::editing().await;
    for user in ["analyst", "ecology", "leader", "auditor"] {
        let who = service.log_in(user).await;
        put(&service, &who, save("topics/sheep.yaml", Some(TOPIC), None)).await.problem(403);
        let status = service.get(&who, "/api/v1/rule-files").await.status;
        assert_eq!(status == 200, user == "auditor", "{user}");
    }
    let admin = service.log_in("admin").await;
    for file in ["../huiying.toml", "topics/../../x.yaml", "/etc/passwd", "topics/.x.yaml", "topics/x", "x.yaml"] {
        put(&service, &admin, save(file, Some(TOPIC), None)).await.problem(400);
        let path = format!("/api/v1/rule-files/text?file={}", file.replace('/', "%2F"));
        service.get(&admin, &path).await.problem(400);
    }
    let drill = Service::start().await;
    let admin = drill.log_in("admin").await;
    put(&drill, &admin, save("topics/sheep.yaml", Some(TOPIC), None)).await.problem(403);
    assert_eq!(drill.get(&admin, "/api/v1/rule-files").await.json()["writable"], false);
}
