//! What pictures are drawn from: counted as it is, seen by whom it may be.

use axum::http::Method;
use serde_json::{Value, json};

use super::service::{Service, Session};

const SMOKE: &str =
    "宣州区鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，太过分了，环保局到底管不管，气死人了";
const WAGES: &str = "郎溪县十字镇的工地拖欠农民工工资七个月了，四十多个人一分钱没拿到，太黑心了，劳动监察也不管";

/// Two cases, the first of three posts of which two are copies; the first is the ecology bureau's.
async fn two_cases(service: &Service, analyst: &Session) -> (String, String) {
    let posts =
        [("1", "weibo", SMOKE.to_owned()), ("2", "forum", format!("转：{SMOKE}！")), ("3", "news", WAGES.to_owned())];
    for (id, channel, text) in posts {
        let post = json!({ "id": id, "source": "test", "channel": channel, "text": text });
        assert_eq!(service.post(analyst, "/api/v1/mentions", post).await.status, 200);
        service.work().await;
    }
    let list = service.get(analyst, "/api/v1/incidents?view=all").await.json();
    let of = |count: i64| {
        let found = list["items"].as_array().unwrap().iter().find(|row| row["mention_count"] == count);
        found.unwrap_or_else(|| panic!("{list}"))["id"].as_str().unwrap().to_owned()
    };
    let (smoke, wages) = (of(2), of(1));
    let assign = json!({ "do": "assign", "department": "ecology", "role": "lead" });
    let answer = service.change(analyst, Method::POST, &format!("/api/v1/incidents/{smoke}/acts"), assign).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    (smoke, wages)
}

fn sum(list: &Value) -> i64 {
    list.as_array().unwrap().iter().filter_map(Value::as_i64).sum()
}

fn all(volume: &Value) -> i64 {
    ["negative", "neutral", "positive", "unjudged"].iter().map(|feeling| sum(&volume[feeling])).sum()
}

#[tokio::test]
async fn volume_counts_all_for_the_office_and_its_own_cases_for_a_department() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    let (smoke, _) = two_cases(&service, &analyst).await;
    for (over, slots) in [("day", 24), ("week", 7)] {
        let path = format!("/api/v1/overview/volume?over={over}");
        let office = service.get(&analyst, &path).await.json();
        assert_eq!(office["negative"].as_array().unwrap().len(), slots);
        assert_eq!(all(&office), 3, "{office}");
        assert!(sum(&office["negative"]) >= 2, "{office}");
        assert_eq!(office["channels"].as_array().unwrap().len(), 3);
        assert_eq!(office["hot"][0]["incident"], smoke.as_str(), "the most first: {office}");
        assert_eq!((&office["hot"][0]["count"], sum(&office["hot"][0]["curve"])), (&json!(2), 2));
        assert!(!office["words"].as_array().unwrap().is_empty(), "{office}");

        let department = service.log_in("ecology").await;
        let own = service.get(&department, &path).await.json();
        assert_eq!(all(&own), 2, "another body's case is not counted: {own}");
        assert_eq!(own["hot"].as_array().unwrap().len(), 1);
    }
    assert_eq!(service.get(&analyst, "/api/v1/overview/volume?over=year").await.status, 400);
}

#[tokio::test]
async fn what_stands_is_counted_by_region_and_look_and_the_citys_own_is_not_told_to_a_department() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    two_cases(&service, &analyst).await;
    let office = service.get(&analyst, "/api/v1/overview/standing").await.json();
    let open: i64 = office["regions"].as_array().unwrap().iter().filter_map(|row| row["open"].as_i64()).sum();
    assert_eq!(open, 2, "{office}");
    let clocks = |standing: &Value, look: &str| -> i64 {
        standing["clocks"].as_array().unwrap().iter().filter_map(|row| row[look].as_i64()).sum()
    };
    assert!(clocks(&office, "calm") >= 2 && clocks(&office, "overdue") == 0, "{office}");
    assert!(office["blind"].is_array() && office["undelivered"].is_array(), "{office}");
    let department = service.log_in("ecology").await;
    let own = service.get(&department, "/api/v1/overview/standing").await.json();
    assert_eq!(own["regions"].as_array().unwrap().len(), 1, "{own}");
    assert!(own["blind"].is_null() && own["undelivered"].is_null() && own["seal"].is_null(), "{own}");
}

#[tokio::test]
async fn a_case_over_time_folds_its_copies_and_is_seen_by_whom_the_case_is() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    let (smoke, wages) = two_cases(&service, &analyst).await;
    let picture = service.get(&analyst, &format!("/api/v1/incidents/{smoke}/picture")).await.json();
    assert_eq!(picture["posts"].as_array().unwrap().len(), 2, "{picture}");
    assert_eq!(picture["alike"][0]["count"], 2, "{picture}");
    assert_eq!(picture["first"]["channel"], "weibo");
    let department = service.log_in("ecology").await;
    let status =
        async |id: &str| service.get(&department, &format!("/api/v1/incidents/{id}/picture")).await.status.as_u16();
    assert_eq!((status(&smoke).await, status(&wages).await), (200, 404));
}

#[tokio::test]
async fn a_verdict_is_put_right_by_whoever_grades_and_read_by_whoever_sees_the_case() {
    let service = Service::start().await;
    let analyst = service.log_in("analyst").await;
    let (smoke, _) = two_cases(&service, &analyst).await;
    let path = format!("/api/v1/incidents/{smoke}/corrections");
    let said = service.get(&analyst, &path).await.json();
    assert_eq!(said.as_array().unwrap().len(), 5, "{said}");
    let correct = async |who: &Session, what: &str, should: &str| {
        service.post(who, &path, json!({ "what": what, "should": should })).await.status.as_u16()
    };
    assert_eq!(correct(&analyst, "region", "atlantis").await, 422);
    assert_eq!(correct(&analyst, "region", "jixi").await, 204);
    assert_eq!(correct(&analyst, "region", "jingde").await, 204, "a second thought stands in its place");
    let department = service.log_in("ecology").await;
    assert_eq!(correct(&department, "region", "jixi").await, 403);
    let now = service.get(&department, &path).await.json();
    let region = now.as_array().unwrap().iter().find(|row| row["what"] == "region").unwrap();
    assert_eq!((&region["said"], &region["should"]), (&json!("xuanzhou"), &json!("jingde")), "{now}");
}
