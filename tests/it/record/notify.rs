//! `huiying notify test`, and a start with a channel that is half configured.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use huiying::acts::Acts;
use huiying::acts::intake::{Arrival, Intake};
use huiying::domain::actor::Actor;
use huiying::domain::incident::{Command, Role};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::mention::MentionInput;
use huiying::domain::routing::Routes;
use huiying::engine::deliver::{Channels, Delivered};
use huiying::engine::{Engine, EngineOptions};
use huiying::notify::Webhook;
use huiying::store::{Store, StoreOptions};
use huiying::text::Analyser;
use huiying::time::ManualClock;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{code, huiying, json, rules, stderr};

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_reaches_the_robot_and_its_answer_is_read() {
    let robot = MockServer::start().await;
    let answer =
        |code: i64| ResponseTemplate::new(200).set_body_json(serde_json::json!({"errcode": code, "errmsg": "x"}));
    Mock::given(matchers::path("/ok")).respond_with(answer(0)).mount(&robot).await;
    Mock::given(matchers::path("/bad")).respond_with(answer(93_000)).mount(&robot).await;
    let dir = tempfile::tempdir().unwrap();
    let config =
        format!("[notify.wecom]\nurl = \"{0}/ok\"\n[notify.wecom.bodies.ecology]\nurl = \"{0}/bad\"\n", robot.uri());
    std::fs::write(dir.path().join("huiying.toml"), config).unwrap();
    let run = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["notify", "test"].iter().chain(arguments).copied().collect();
        huiying(dir.path(), &arguments, &[])
    };
    let out = run(&["wecom", "--to", "xuancheng"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert_eq!(json(&out)["accepted"], 1);
    let out = run(&["wecom"]);
    assert_eq!(code(&out), 1, "one of two robots refuses");
    assert!(stderr(&out).contains("93000"), "{}", stderr(&out));
    let out = run(&["wecom", "--to", "water"]);
    assert_eq!((code(&out), stderr(&out).contains("没有为它配置机器人")), (2, true));
    for channel in ["smtp", "webhook", "dingtalk", "feishu"] {
        let out = run(&[channel]);
        assert_eq!(code(&out), 2, "an unconfigured channel is no success: {}", stderr(&out));
        assert!(stderr(&out).contains(&format!("[notify.{channel}]")), "{}", stderr(&out));
    }
    assert_eq!(code(&run(&["pigeon"])), 2);
    let out = run(&["in_app"]);
    assert_eq!((code(&out), stderr(&out).contains("没有这个用户")), (2, true), "{}", stderr(&out));
    let out = run(&["in_app", "--to", "ecology"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
}

#[test]
fn a_half_configured_channel_stops_the_start_and_names_its_key() {
    let dir = tempfile::tempdir().unwrap();
    for (config, key) in [
        ("[notify.smtp]\nhost = \"mail.example.gov.cn\"\n", "notify.smtp.from"),
        ("[notify.feishu]\nurl = \"https://open.feishu.cn/x\"\n", "notify.feishu.secret"),
        ("[notify.wecom.bodies.nosuch]\nurl = \"https://qyapi.weixin.qq.com/x\"\n", "notify.wecom.bodies.nosuch"),
    ] {
        std::fs::write(dir.path().join("huiying.toml"), config).unwrap();
        let out = huiying(dir.path(), &["serve", "--listen", "127.0.0.1:0"], &[]);
        assert_eq!(code(&out), 2, "{}", stderr(&out));
        assert!(stderr(&out).contains(key), "{}", stderr(&out));
    }
}

/// From the act to the other side: one row for each recipient and channel, marked only after it was accepted, the same key
/// at every repetition.
#[tokio::test(flavor = "multi_thread")]
async fn an_act_is_told_by_every_channel_until_each_has_accepted() {
    let there = MockServer::start().await;
    let answer = |status: u16| Mock::given(matchers::method("POST")).respond_with(ResponseTemplate::new(status));
    answer(503).up_to_n_times(1).with_priority(1).mount(&there).await;
    answer(200).with_priority(2).mount(&there).await;

    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::throw_away(&dir.path().join("told.db"))).await.unwrap();
    store.migrate().await.unwrap();
    let now: Instant = "2026-05-11T10:00:00+08:00".parse().unwrap();
    let loaded = rules();
    let analyser = Arc::new(Analyser::new(loaded.vocabulary()));
    let shared = Arc::new(ArcSwap::from_pointee(loaded));
    let acts = Acts::new(store.clone(), shared.clone()).with_routes(Routes { webhook: true, ..Routes::default() });
    let webhook = Webhook::new(there.uri(), "0123456789abcdef".into()).unwrap();
    let channels = Channels::in_app(&store).with(Arc::new(webhook));
    let options = EngineOptions { auto_assign: false, ..EngineOptions::default() };
    let clock = Arc::new(ManualClock::new(now));
    let engine =
        Engine::new(store.clone(), acts.clone(), shared.clone(), analyser, clock, options).with_channels(channels);

    let intake = Intake::throw_away(&store).unwrap();
    let input = MentionInput { text: "搅拌站冒黑烟".into(), ..MentionInput::default() };
    let arrival =
        Arrival { detected_at: now, label: Some("A".into()), proposal: Some("{}".into()), ..Arrival::default() };
    let prepared = intake.prepare(input, &shared.load().office, arrival).unwrap();
    intake.store(&[prepared]).await.unwrap();
    let incident = engine.ingest_all(now).await.unwrap().opened.remove(0);
    let assign = Command::Assign { department: "ecology".into(), role: Role::Lead };
    acts.act(&incident, &assign, &Actor::office("analyst"), None, now).await.unwrap();

    let rows = store.outbox_of(&format!("incident/{incident}")).await.unwrap();
    let keys: BTreeSet<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys.len(), rows.len());
    let of_task: Vec<&str> =
        rows.iter().filter(|row| row.recipient == "ecology").map(|row| row.channel.as_str()).collect();
    assert_eq!(of_task, ["in_app", "webhook"]);

    let first = engine.deliver(now).await.unwrap();
    assert_eq!((first.retried, first.failed), (1, 0), "the other side was away for its first call: {first:?}");
    let shown = store.notifications(&"nobody".into(), &["ecology"], None, 10).await.unwrap();
    assert_eq!(shown.len(), 1, "in-app came at once");
    let later = engine.deliver(now + Span::from_secs(5)).await.unwrap();
    assert_eq!(later, Delivered { sent: 1, ..Delivered::default() });
    assert_eq!(engine.deliver(now + Span::from_hours(1)).await.unwrap(), Delivered::default(), "and no more");
    let asked = there.received_requests().await.unwrap();
    let told: Vec<&str> = asked.iter().map(|r| r.headers["idempotency-key"].to_str().unwrap()).collect();
    let distinct: BTreeSet<&str> = told.iter().copied().collect();
    let webhooks = rows.iter().filter(|row| row.channel == "webhook").count();
    assert_eq!((told.len(), distinct.len()), (webhooks + 1, webhooks), "twice only what was refused, under its key");
    assert!(store.unsent_outbox(0, 10).await.unwrap().is_empty());
}
