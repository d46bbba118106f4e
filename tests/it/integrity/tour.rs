//! Each act once as it is meant, so that the fuzzer's office has gone through all of them whatever chance brings: every
//! variant of `Command` and of `PostCommand` is taken at least once, on either database.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use huiying::acts::About;
use huiying::domain::actor::Actor;
use huiying::domain::grade::Grading;
use huiying::domain::ids::IncidentId;
use huiying::domain::incident::{Command, NewIncident};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::MentionInput;
use huiying::store::{Finished, NewMention};
use huiying::time::Clock;
use serde_json::{Value, json};

use crate::api::service::{Service, Session};

/// An office on its way through all acts.
pub struct Tour<'s> {
    service: &'s Service,
    /// Names of the acts that were taken.
    pub taken: BTreeSet<String>,
    sessions: BTreeMap<&'static str, (Instant, Session)>,
    opened: u32,
}

impl<'s> Tour<'s> {
    pub fn new(service: &'s Service) -> Self {
        Self { service, taken: BTreeSet::new(), sessions: BTreeMap::new(), opened: 0 }
    }

    fn now(&self) -> Instant {
        self.service.clock.now()
    }

    fn pass(&self, minutes: i64) {
        self.service.clock.advance(Span::from_minutes(minutes));
    }

    /// The system takes an act of its own.
    async fn system(&mut self, incident: &IncidentId, act: Value) {
        let command: Command = serde_json::from_value(act.clone()).expect("a command");
        let done = self.service.acts.act(incident, &command, &Actor::System, None, self.now()).await;
        done.unwrap_or_else(|error| panic!("{act}: {error}"));
        self.taken.insert(command.name().to_owned());
    }

    /// An incident that opens with so many mentions, and their ids.
    async fn open(&mut self, mentions: u32, grade: &str) -> (IncidentId, Vec<String>) {
        let now = self.now();
        let mut ids = Vec::new();
        let mut incident: Option<IncidentId> = None;
        for n in 0..mentions {
            self.opened += 1;
            let post = MentionInput {
                id: Some(format!("tour-{}", self.opened)),
                source: Some("tour".into()),
                url: Some(format!("https://example.invalid/{}", self.opened)),
                text: format!("第 {} 处路面塌陷，围挡也没有", self.opened),
                published_at: Some(now - Span::from_hours(1)),
                ..MentionInput::default()
            };
            let id = post.identity();
            let mut tx = self.service.store.write().await.unwrap();
            tx.insert_mentions(&[NewMention::detected(post, now)]).await.unwrap();
            let row = tx.mention(&id).await.unwrap().unwrap();
            if let Some(incident) = &incident {
                let join = Command::Join { mentions: vec![row.member()], proposal: Grading::default(), revised: false };
                self.service.acts.act_in(&mut tx, incident, &join, &Actor::System, None, now).await.expect("joined");
                self.taken.insert("join".to_owned());
            } else {
                let opened = NewIncident {
                    detected_at: now,
                    occurred_at: None,
                    policy: "xuancheng-2016".into(),
                    mention: row.member(),
                    proposal: serde_json::from_value(
                        json!({ "event_grade": grade, "opinion_grade": "general", "sensitive": false }),
                    )
                    .unwrap(),
                    approach: None,
                    label: None,
                    by_hand: false,
                    shown: None,
                    others: Vec::new(),
                };
                let about = About::of_mention(&row);
                let acted = self.service.acts.open(&mut tx, opened, &about, &Actor::System, now).await.expect("opened");
                incident = Some(acted.incident);
                self.taken.insert("open".to_owned());
            }
            let placed =
                Finished { id: id.clone(), incident: incident.clone(), analysis: "{}".into(), ..Finished::default() };
            assert_eq!(tx.finish_mentions(&[placed]).await.unwrap(), 1, "{n}");
            tx.commit().await.unwrap();
            ids.push(id.to_string());
        }
        (incident.expect("one mention at least"), ids)
    }

    /// Somebody who is logged in: sessions end by themselves.
    async fn session(&mut self, user: &'static str) -> Session {
        let now = self.now();
        if let Some((at, session)) = self.sessions.get(user)
            && now < *at + Span::from_minutes(50)
        {
            return session.clone();
        }
        let session = self.service.log_in(user).await;
        self.sessions.insert(user, (now, session.clone()));
        session
    }

    /// Somebody takes an act.
    async fn act(&mut self, user: &'static str, incident: &IncidentId, act: Value) -> Value {
        self.pass(1);
        let path = format!("/api/v1/incidents/{incident}/acts");
        let session = self.session(user).await;
        let answer = self.service.change(&session, Method::POST, &path, act.clone()).await;
        assert_eq!(answer.status, 200, "{act}: {}", answer.text);
        self.taken.insert(act["do"].as_str().expect("an act").to_owned());
        answer.json()
    }

    /// Through every act.
    pub async fn go(&mut self) {
        self.handled().await;
        self.regrouped().await;
        self.ended().await;
        self.handed_over().await;
        self.posted().await;
    }

    /// A case that is handled from its opening to its reopening.
    async fn handled(&mut self) {
        let (case, _) = self.open(2, "major").await;
        self.system(&case, json!({ "do": "prepare", "plans": [], "assessments": [] })).await;
        let lead = |body: &str| json!({ "department": body, "role": "lead", "score": 1.0, "why": ["职责"] });
        self.system(&case, json!({ "do": "auto_assign", "bodies": [lead("ecology")] })).await;
        self.act("ecology", &case, json!({ "do": "return", "reason": "不属本单位职责", "suggest": "housing" })).await;
        self.act("analyst", &case, json!({ "do": "assign", "department": "ecology", "role": "lead" })).await;
        self.act("analyst", &case, json!({ "do": "assign", "department": "housing", "role": "supporting" })).await;
        self.act("ecology", &case, json!({ "do": "acknowledge" })).await;
        self.act("housing", &case, json!({ "do": "answer", "text": "已查看现场" })).await;
        self.act(
            "analyst",
            &case,
            json!({ "do": "grade", "event_grade": "major", "opinion_grade": "major", "sensitive": true, "reason": "全国关注" }),
        )
        .await;
        self.act(
            "analyst",
            &case,
            json!({ "do": "consult", "nature": "安全", "trend": "上升", "risk": "聚集", "proposal": "尽快回应" }),
        )
        .await;
        self.act("analyst", &case, json!({ "do": "retitle", "title": "路面塌陷" })).await;
        let review = json!({ "do": "review", "kind": "statement", "department": "ecology" });
        self.act("analyst", &case, review).await;
        self.act("ecology", &case, json!({ "do": "respond", "kind": "statement", "text": "正在处置" })).await;
        self.act(
            "ecology",
            &case,
            json!({ "do": "amend", "publication": 0, "text": "正在处置，道路已封闭", "reason": "补充" }),
        )
        .await;
        let later = self.now() + Span::from_hours(2);
        self.act("ecology", &case, json!({ "do": "respond", "kind": "press_conference", "effective_at": later })).await;
        self.pass(150);
        self.act("ecology", &case, json!({ "do": "confirm_held" })).await;
        let due = self.now() + Span::from_hours(30);
        self.act(
            "leader",
            &case,
            json!({ "do": "instruct", "text": "抓紧办理", "department": "housing", "due_at": due }),
        )
        .await;
        self.act(
            "analyst",
            &case,
            json!({ "do": "rectify", "text": "限期整改", "department": "housing", "due_at": due }),
        )
        .await;
        self.act("analyst", &case, json!({ "do": "order", "text": "省厅要求回应", "due_at": due })).await;
        self.act("analyst", &case, json!({ "do": "supervise", "reason": "反复问政" })).await;
        self.act("analyst", &case, json!({ "do": "circulate", "department": "housing", "reason": "答复迟缓" })).await;
        let talk = json!({ "do": "talk", "department": "housing", "about": "答复迟缓", "result": "限期改正" });
        self.act("analyst", &case, talk).await;
        self.act("analyst", &case, json!({ "do": "conclude", "record": "supervision", "result": "已办结" })).await;
        // A later lowering waits for a second person.
        let lower = json!({ "do": "grade", "event_grade": "large", "reason": "事态平稳" });
        self.act("analyst", &case, lower.clone()).await;
        self.act("analyst2", &case, json!({ "do": "reject" })).await;
        self.act("analyst", &case, lower).await;
        self.act("analyst2", &case, json!({ "do": "approve" })).await;
        self.act("analyst", &case, json!({ "do": "close", "reason": "已回应" })).await;
        self.act("analyst", &case, json!({ "do": "feedback", "satisfied": false })).await;
        self.act("ecology", &case, json!({ "do": "respond", "kind": "response", "text": "再次回应" })).await;
        self.act("analyst", &case, json!({ "do": "close", "reason": "再次回应" })).await;
        self.act("analyst", &case, json!({ "do": "reopen", "reason": "又有塌陷" })).await;
        // Its clocks run out; whoever is told of it says so.
        self.pass(43 * 60);
        let before = self.now();
        self.system(&case, json!({ "do": "settle", "before": before })).await;
        self.act("ecology", &case, json!({ "do": "receipt" })).await;
        self.system(&case, json!({ "do": "propose_supervision", "why": "同类信件三封" })).await;
    }

    /// Cases that are merged, parted, split and raised.
    async fn regrouped(&mut self) {
        let (first, _) = self.open(1, "none").await;
        let (other, mentions) = self.open(3, "none").await;
        for case in [&first, &other] {
            self.act("analyst", case, json!({ "do": "assign", "department": "ecology", "role": "lead" })).await;
        }
        self.act("ecology", &first, json!({ "do": "respond", "kind": "response", "text": "已修复" })).await;
        self.act("analyst", &other, json!({ "do": "merge", "into": first })).await;
        self.act("analyst", &other, json!({ "do": "covers" })).await;
        self.act("analyst", &other, json!({ "do": "unmerge" })).await;
        self.act("analyst", &other, json!({ "do": "split", "mentions": [mentions[1]] })).await;
        let (county, _) = self.open(1, "none").await;
        self.act("analyst", &county, json!({ "do": "assign", "department": "jixi", "role": "lead" })).await;
        self.act("analyst", &county, json!({ "do": "raise", "reason": "跨县" })).await;
    }

    /// A case that comes to nothing, twice.
    async fn ended(&mut self) {
        let (case, _) = self.open(1, "none").await;
        self.act("analyst", &case, json!({ "do": "dismiss", "reason": "无此事" })).await;
        self.act("analyst", &case, json!({ "do": "restore", "reason": "确有其事" })).await;
        let tomorrow = self.now() + Span::from_hours(24);
        let watch = json!({ "do": "dispose", "how": "watch", "reason": "待观察", "review_on": tomorrow });
        self.act("analyst", &case, watch).await;
        let (large, _) = self.open(1, "large").await;
        self.act("analyst", &large, json!({ "do": "dispose", "how": "no_public_response", "reason": "不宜公开" }))
            .await;
        self.act("analyst2", &large, json!({ "do": "approve", "what": "dispose" })).await;
    }

    /// A rumour that is handed over, and looked at.
    async fn handed_over(&mut self) {
        let (case, _) = self.open(2, "none").await;
        self.act("analyst", &case, json!({ "do": "refer", "to": ["police"] })).await;
        self.act("analyst2", &case, json!({ "do": "approve", "what": "referral" })).await;
        self.act("analyst", &case, json!({ "do": "hand_over" })).await;
        let looked = json!({ "record": "referral-1" });
        let session = self.session("analyst").await;
        let answer = self.service.post(&session, &format!("/api/v1/incidents/{case}/evidence"), looked).await;
        assert_eq!((answer.status.as_u16(), answer.json().as_array().map(Vec::len)), (200, Some(2)), "{}", answer.text);
        self.taken.insert("look_at_referral".to_owned());
    }

    /// An official post with its repost; its clocks run out.
    async fn posted(&mut self) {
        let now = self.now();
        let post = json!({ "concerns": ["ecology", "jixi"], "effective_at": now });
        let session = self.session("analyst").await;
        let answer = self.service.post(&session, "/api/v1/posts", post).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        let id = answer.json()["post"].as_str().expect("a post").to_owned();
        self.pass(5);
        let now = self.now();
        let repost = json!({ "account": "jixi.weibo", "effective_at": now });
        let session = self.session("analyst").await;
        let answer = self.service.post(&session, &format!("/api/v1/posts/{id}/reposts"), repost).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        self.pass(24 * 60);
        self.service.work().await;
        let events = self.service.store.events(&format!("post/{id}")).await.unwrap();
        let names: BTreeSet<&str> = events.iter().map(|event| event.event.as_str()).collect();
        for (act, event) in [("publish", "posted"), ("repost", "reposted"), ("settle of a post", "clock_breached")] {
            assert!(names.contains(event), "{names:?}");
            self.taken.insert(act.to_owned());
        }
    }
}
