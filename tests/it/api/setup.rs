//! What an office is set up with from its pages, besides rule files: texts tried, backtests, sources, channels, rosters, users.

use huiying::acts::intake::{Arrival, Intake};
use huiying::domain::mention::{Channel, MentionInput};
use serde_json::{Value, json};

use super::service::{Service, Session};

const TOPIC: &str = "id: sheep\nname: 羊群走失\nwhy: 试用\nwhen: 白羊 ~4 走失\nnoteworthy: true\n\
                     examples:\n  matches: [昨晚白羊走失三只]\n  near_misses: [白羊座运势]\n";

/// Asks for an errand, lets it be done, and gives what came of it.
async fn errand(service: &Service, who: &Session, errand: Value) -> Value {
    let asked = service.post(who, "/api/v1/errands", json!({ "errand": errand })).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    service.do_errands().await;
    service.get(who, &format!("/api/v1/errands/{}", asked.json()["id"].as_str().unwrap())).await.json()
}

#[tokio::test]
async fn a_text_is_tried_by_the_rules_in_force_and_by_proposed_ones() {
    let service = Service::editing().await;
    let (admin, analyst) = (service.log_in("admin").await, service.log_in("analyst").await);
    let text = "宣州区向阳镇昨晚白羊走失三只";
    let now = errand(&service, &analyst, json!({ "kind": "try_text", "text": text, "channel": "forum" })).await;
    assert_eq!((&now["state"], &now["result"]["opens"]), (&json!("done"), &json!(false)), "{now}");
    let proposed = json!({ "file": "topics/sheep.yaml", "text": TOPIC });
    let then = json!({ "kind": "try_text", "text": text, "channel": "forum", "proposed": proposed });
    let then = errand(&service, &admin, then).await;
    assert_eq!((&then["result"]["opens"], &then["result"]["topics"]), (&json!(true), &json!(["sheep"])), "{then}");
    assert!(then["result"]["words"].as_array().unwrap().iter().any(|word| word["word"] == "白羊"), "{then}");
    let wrong = json!({ "file": "topics/sheep.yaml", "text": "id: sheep\n" });
    let wrong = errand(&service, &admin, json!({ "kind": "try_text", "text": text, "proposed": wrong })).await;
    assert!(wrong["error"].as_str().unwrap().contains("缺少"), "{wrong}");
    let other = json!({ "errand": { "kind": "source_proposal", "url": "http://example.com" } });
    service.post(&analyst, "/api/v1/errands", other).await.problem(403);
}

#[tokio::test]
async fn a_backtest_says_what_would_be_added_and_what_lost() {
    let service = Service::editing().await;
    let admin = service.log_in("admin").await;
    let post = |id: &str, text: &str| MentionInput {
        id: Some(id.into()),
        channel: Channel::Forum,
        text: text.into(),
        ..MentionInput::default()
    };
    let intake = Intake::throw_away(&service.store).unwrap();
    let inputs = vec![
        post("1", "宣州区向阳镇昨晚白羊走失三只"),
        post("2", "宣州区向阳镇昨晚白羊走失三只"),
        post("3", "敬亭山下的白羊真可爱"),
        post("4", "宣州区城东工地脚手架坍塌，有工人被埋"),
    ];
    let office = service.acts.rules().office.clone();
    let arrival = |now| Arrival { detected_at: now, ..Arrival::default() };
    let new: Vec<_> =
        inputs.into_iter().map(|input| intake.prepare(input, &office, arrival(service.now())).unwrap()).collect();
    intake.store(&new).await.unwrap();
    service.work().await;

    let proposed = json!({ "file": "topics/sheep.yaml", "text": TOPIC });
    let found = errand(&service, &admin, json!({ "kind": "backtest", "proposed": proposed, "days": 7 })).await;
    let result = &found["result"];
    assert_eq!(
        (&result["read"], &result["cut"], &found["progress"]),
        (&json!(4), &json!(false), &json!(100)),
        "{found}"
    );
    assert_eq!((&result["added_count"], &result["lost_count"], &result["matching"]), (&json!(2), &json!(0), &json!(2)));
    let added = result["added"].as_array().unwrap();
    assert_eq!((added.len(), &added[0]["alike"]), (1, &json!(1)), "the same text is shown once");
    assert!(added[0]["why"].as_str().unwrap().contains("羊群走失"));
    service.do_errands().await;
    assert!(
        service.get(&admin, "/api/v1/topics").await.json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|t| t["id"] != "sheep")
    );
}

#[tokio::test]
async fn a_holder_without_an_account_is_told_of_and_leave_makes_the_next_above_be_told() {
    let service = Service::editing().await;
    let (admin, analyst) = (service.log_in("admin").await, service.log_in("analyst").await);
    let rosters = service.get(&analyst, "/api/v1/rosters").await.json();
    let city = &rosters["items"][0];
    assert_eq!(city["jurisdiction"], "xuancheng");
    let holders = |roster: &Value, tier: &str| {
        let tiers = roster["tiers"].as_array().unwrap();
        tiers.iter().find(|row| row["tier"] == tier).unwrap()["holders"].clone()
    };
    let publicity = holders(city, "coordination")[1].clone();
    assert_eq!((&publicity["account"], &publicity["reached"]), (&json!("unknown"), &json!(false)), "{city}");
    assert_eq!(holders(city, "deputy")[0]["account"], "ok");
    let ready = service.get(&admin, "/readyz").await.json();
    assert!(ready["warnings"].to_string().contains("账号不存在或已停用"), "{ready}");
    let add = json!({ "user": publicity["user"], "name": "宣传部", "roles": [{ "role": "publicity" }] });
    assert_eq!(service.post(&admin, "/api/v1/users", add).await.status, 201);
    let again = service.get(&analyst, "/api/v1/rosters").await.json();
    let linked = holders(&again["items"][0], "coordination")[1].clone();
    assert_eq!((&linked["account"], &linked["reached"]), (&json!("ok"), &json!(true)));

    let file = "roster/xuancheng.yaml";
    let text = service.get(&admin, &format!("/api/v1/rule-files/text?file={file}")).await.json();
    let away = format!(
        "{}\nleave:\n  - {{ holder: {}, from: 2026-05-10, to: 2026-05-12, why: 年休 }}\n",
        text["text"].as_str().unwrap().trim_end(),
        holders(city, "deputy")[0]["id"].as_str().unwrap()
    );
    let save = json!({ "file": file, "text": away, "base": text["hash"], "why": "年休假" });
    let saved = service.change(&admin, axum::http::Method::PUT, "/api/v1/rule-files/text", save).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    let office = service.acts.rules().office.clone();
    let on = |day: &str| {
        let at = format!("{day}T10:00:00+08:00").parse().unwrap();
        office.resolve(huiying::domain::body::Tier::Deputy, &"xuancheng".into(), at).map(|found| found.holders.len())
    };
    assert_eq!((on("2026-05-11"), on("2026-05-13")), (None, Some(1)));
}

#[tokio::test]
async fn a_channel_is_tested_and_the_first_page_ticks_what_is_truly_done() {
    let service = Service::editing().await;
    let admin = service.log_in("admin").await;
    let tested = json!({ "kind": "channel_test", "channel": "in_app", "to": "analyst" });
    let answer = errand(&service, &admin, tested).await;
    assert_eq!(answer["result"]["answers"], json!([{ "to": "analyst", "error": null }]), "{answer}");
    let analyst = service.log_in("analyst").await;
    let told = service.get(&analyst, "/api/v1/notifications").await.json();
    assert!(told["items"][0]["text"].as_str().unwrap().contains("测试通知"), "{told}");
    let missing = errand(&service, &admin, json!({ "kind": "channel_test", "channel": "smtp", "to": "a@b.cn" })).await;
    assert!(missing["error"].as_str().unwrap().contains("huiying.toml"), "{missing}");
    let channels = service.get(&admin, "/api/v1/channels").await.json();
    let of = |id: &str| channels["items"].as_array().unwrap().iter().find(|row| row["id"] == id).cloned().unwrap();
    assert_eq!((of("in_app")["tested_at"].is_string(), &of("smtp")["configured"]), (true, &json!(false)));
    let setup = service.get(&admin, "/api/v1/overview").await.json()["setup"].clone();
    assert_eq!(
        (&setup["channels"], &setup["analysts"], &setup["bodies_with_users"]),
        (&json!(0), &json!(2), &json!(2))
    );
    assert!(setup["holders_unreached"].as_i64().unwrap() > 0 && setup["topics_changed"] == 0, "{setup}");
}

#[tokio::test]
async fn a_password_is_estimated_while_it_is_typed() {
    let service = Service::start().await;
    let admin = service.log_in("admin").await;
    let estimate = async |password: &str, known: Value| {
        let body = json!({ "password": password, "known": known });
        service.post(&admin, "/api/v1/password-estimates", body).await.json()
    };
    let weak = estimate("admin123456", json!([])).await;
    assert!(weak["score"].as_u64().unwrap() < 3 && weak["refused"].as_str().unwrap().contains("猜"), "{weak}");
    assert!(estimate("wangjianguo1", json!(["wangjianguo"])).await["refused"].is_string());
    let strong = estimate("seven quiet herons", json!([])).await;
    assert_eq!((strong["score"].as_u64().unwrap() >= 3, &strong["refused"]), (true, &Value::Null), "{strong}");
}
