//! Who sees which case, on every way to it: one row for each viewer, one column for each endpoint. What is expected is the
//! table of viewers; what an endpoint shows has to be the same.

use std::collections::BTreeSet;

use huiying::acts::administration::{Credential, apply};
use huiying::domain::administration::{AdminCommand, Role};
use huiying::domain::body::Tier;
use huiying::domain::ids::{IncidentId, UserId};
use serde_json::{Value, json};

use super::live::{Stream, follow};
use super::service::{Answer, BEGIN, Service, Session, rules};

/// A post in the city, and one in a county.
const SMOKE: &str =
    "宣州区鸿越大道旁边那家沥青搅拌站又在半夜偷排黑烟，臭气熏天，熏得孩子直咳嗽，太过分了，环保局到底管不管，气死人了";
const WATER: &str =
    "泾县琴溪镇自来水发黄发臭已经一个星期，烧开了还有异味，老人孩子喝了拉肚子，太气人了，水务局到底管不管，没人处理";

/// Who looks: an account and the body that it works for.
const LOOKERS: [(&str, &str); 9] = [
    ("ecology", "ecology"),
    ("housing", "housing"),
    ("water", "water"),
    ("market", "market"),
    ("transport", "transport"),
    ("tax", "tax"),
    ("jing", "jingxian"),
    ("zhou", "finance"),
    ("wu", "finance"),
];

/// The two cases with all who have to do with them.
struct Office {
    service: Service,
    analyst: Session,
    city: String,
    county: String,
}

impl Office {
    async fn live() -> Self {
        let service = Service::start().await;
        let hash = service.store.credential(&"ecology".into()).await.unwrap().expect("a password").hash;
        for (user, body) in LOOKERS.into_iter().skip(2).chain([("leader2", "")]) {
            let role = match body {
                "" => Role::Leader { portfolio: Vec::new() },
                body => Role::Department { body: body.into(), head: false },
            };
            let add = AdminCommand::AddUser { user: user.into(), name: user.to_owned(), roles: vec![role] };
            let credential = Credential { hash: hash.clone(), must_change: false };
            apply(&service.store, &rules().office, &[add], Some(&credential), "console", None, BEGIN).await.unwrap();
        }
        let analyst = service.log_in("analyst").await;
        for (id, text) in [("smoke", SMOKE), ("water", WATER)] {
            let post = json!({ "id": id, "source": "test", "channel": "weibo", "text": text });
            assert_eq!(service.post(&analyst, "/api/v1/mentions", post).await.status, 200);
        }
        service.work().await;
        let list = service.get(&analyst, "/api/v1/incidents").await.json();
        let of = |word: &str| {
            let found = list["items"].as_array().unwrap().iter().find(|item| item.to_string().contains(word));
            found.unwrap_or_else(|| panic!("no case of {word}: {list}"))["id"].as_str().unwrap().to_owned()
        };
        let office = Self { city: of("沥青"), county: of("自来水"), service, analyst };
        for (id, act) in [
            (&office.city, json!({ "do": "assign", "department": "transport", "role": "lead" })),
            // It loses the case again.
            (&office.city, json!({ "do": "assign", "department": "ecology", "role": "lead" })),
            (&office.city, json!({ "do": "assign", "department": "housing", "role": "supporting" })),
            (
                &office.city,
                json!({ "do": "instruct", "text": "查清水质", "department": "water", "due_at": "2026-05-12T10:00:00+08:00" }),
            ),
            // Without a due time no clock runs for it.
            (&office.city, json!({ "do": "order", "text": "报送抽检结果", "department": "market" })),
            (&office.county, json!({ "do": "assign", "department": "jingxian", "role": "lead" })),
        ] {
            let answer = office.act(id, act).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
        office
    }

    async fn act(&self, id: &str, act: Value) -> Answer {
        self.service.post(&self.analyst, &format!("/api/v1/incidents/{id}/acts"), act).await
    }

    /// What an escalation does that tells an account, as the ladder would.
    async fn tell(&self, id: &str, user: &str) {
        let mut tx = self.service.store.write().await.unwrap();
        let row = huiying::store::EscalationRow {
            id: format!("{id}/900"),
            incident: id.into(),
            clock: None,
            clock_kind: None,
            tier: Tier::DutyDesk,
            jurisdiction: "xuancheng".into(),
            holders: json!([{ "id": "xuancheng.duty_desk", "name": "值班室" }]).to_string(),
            at: BEGIN,
            step: None,
            received_by: None,
            received_at: None,
            skipped: false,
        };
        let users = [UserId::from(user)];
        tx.put_escalation(&row, &users).await.unwrap();
        tx.put_told(&id.into(), &users).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// By the table, whether who logs in as `user` of `body` sees the case.
    async fn by_table(&self, id: &str, user: &str, body: &str) -> bool {
        let viewers = self.service.store.viewers_after(&IncidentId::from(id), i64::MAX).await.unwrap();
        viewers.contains(&format!("body/{body}")) || viewers.contains(&format!("user/{user}"))
    }

    /// Endpoints that show the case to this user.
    async fn shown(&self, session: &Session, id: &str, mention: &str) -> BTreeSet<&'static str> {
        let get = async |path: String| self.service.get(session, &path).await;
        let holds = |answer: &Answer, key: &str, value: &str| {
            assert_eq!(answer.status, 200, "{}", answer.text);
            let answer = answer.json();
            let items = answer["items"].as_array().or_else(|| answer["running"].as_array()).expect("a list").clone();
            items.iter().any(|item| item[key] == value)
        };
        let mut shown = BTreeSet::new();
        let mut see = |name: &'static str, is: bool| is.then(|| shown.insert(name));
        see("list", holds(&get("/api/v1/incidents?limit=100".into()).await, "id", id));
        see("open", holds(&get("/api/v1/incidents?view=open".into()).await, "id", id));
        see("found", holds(&get(format!("/api/v1/incidents?q={id}")).await, "id", id));
        see("clocks", holds(&get("/api/v1/overview".into()).await, "incident", id));
        see("escalations", holds(&get("/api/v1/escalations".into()).await, "incident", id));
        see("mentions", holds(&get("/api/v1/mentions?limit=100".into()).await, "incident", id));
        let word = if mention == "smoke" { "半夜" } else { "自来水" };
        see("search", holds(&get(format!("/api/v1/mentions?q={word}")).await, "incident", id));
        for (name, path) in [
            ("case", format!("/api/v1/incidents/{id}")),
            ("history", format!("/api/v1/incidents/{id}/history")),
            ("its mentions", format!("/api/v1/incidents/{id}/mentions")),
        ] {
            see(name, get(path).await.status == 200);
        }
        shown
    }
}

const ENDPOINTS: [&str; 10] =
    ["list", "open", "found", "clocks", "escalations", "mentions", "search", "case", "history", "its mentions"];

#[tokio::test]
async fn every_way_to_a_case_gives_the_one_answer_who_sees_it() {
    let office = Office::live().await;
    for id in [&office.city, &office.county] {
        office.tell(id, "leader2").await;
    }
    office.tell(&office.city, "zhou").await;
    let seen_by: [(&str, &[&str]); 2] =
        [(&office.city, &["ecology", "housing", "water", "market", "zhou"]), (&office.county, &["jing"])];
    let mut wrong = Vec::new();
    for (user, body) in LOOKERS {
        let session = office.service.log_in(user).await;
        for ((id, who), mention) in seen_by.iter().zip(["smoke", "water"]) {
            let expected = office.by_table(id, user, body).await;
            assert_eq!(expected, who.contains(&user), "the table: {user} {mention}");
            let shown = office.shown(&session, id, mention).await;
            for endpoint in ENDPOINTS.into_iter().filter(|endpoint| shown.contains(endpoint) != expected) {
                wrong.push(format!("{user} of {body}, {mention}, {endpoint}: seen {}", !expected));
            }
        }
        let overview = office.service.get(&session, "/api/v1/overview").await.json();
        let own = seen_by.iter().filter(|(_, who)| who.contains(&user)).count();
        for (key, number) in [("open", json!(own)), ("today_mentions", json!(own)), ("pending_mentions", json!(0))] {
            if overview[key] != number {
                wrong.push(format!("{user}: overview {key} is {}, not {number}", overview[key]));
            }
        }
        for key in ["sources", "undelivered", "setup"] {
            if !overview[key].is_null() {
                wrong.push(format!("{user}: overview {key} is the city's"));
            }
        }
    }
    for user in ["analyst", "leader", "auditor", "admin"] {
        let session = office.service.log_in(user).await;
        for ((id, _), mention) in seen_by.iter().zip(["smoke", "water"]) {
            let shown = office.shown(&session, id, mention).await;
            wrong.extend(ENDPOINTS.iter().filter(|name| !shown.contains(*name)).map(|name| format!("{user}: {name}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_was_put_to_one_body_is_not_read_by_another() {
    let office = Office::live().await;
    let said = async |user: &str| {
        let session = office.service.log_in(user).await;
        let history = office.service.get(&session, &format!("/api/v1/incidents/{}/history", office.city)).await;
        let detail = office.service.get(&session, &format!("/api/v1/incidents/{}", office.city)).await;
        format!("{}{}", history.text, detail.text)
    };
    for (user, reads) in [
        ("water", [true, false]),
        ("market", [false, true]),
        ("housing", [false, false]),
        ("ecology", [true, true]),
        ("auditor", [true, true]),
    ] {
        let said = said(user).await;
        assert_eq!(["查清水质", "报送抽检结果"].map(|text| said.contains(text)), reads, "{user}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_hears_of_what_its_user_sees() {
    let office = Office::live().await;
    let service = &office.service;
    follow(service).await;
    let mut streams = Vec::new();
    for (user, body) in LOOKERS {
        streams.push((user, body, Stream::open(service, &service.log_in(user).await).await));
    }
    for id in [&office.city, &office.county] {
        let act = json!({ "do": "circulate", "department": "tax", "reason": "通报" });
        assert_eq!(office.act(id, act).await.status, 200);
    }
    // The end of what is waited for: everybody hears of an official post.
    let post = json!({ "concerns": ["ecology"], "title": "情况通报" });
    assert_eq!(service.post(&office.analyst, "/api/v1/posts", post).await.status, 200);
    for (user, body, stream) in &mut streams {
        let mut heard = String::new();
        while !heard.contains("event: post") {
            heard.push_str(&stream.next().await.expect("still open"));
        }
        // Posts are numbered as incidents are.
        let heard = heard.split("event: post").next().unwrap_or_default();
        for id in [&office.city, &office.county] {
            assert_eq!(heard.contains(id.as_str()), office.by_table(id, user, body).await, "{user}, {id}: {heard}");
        }
    }
}
