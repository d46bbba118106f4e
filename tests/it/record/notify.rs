//! `huiying notify test`, and a start with a channel that is half configured.

use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{code, huiying, json, stderr};

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
