//! Refusals, each from a real server on loopback: who gives up, who waits, who alarms.

use super::*;

/// Who gives up only what is about the mailbox: each refusal at its stage of a real dialogue.
#[tokio::test]
async fn only_what_is_about_the_mailbox_is_given_up() {
    #[derive(Debug, PartialEq)]
    enum Wanted {
        Never,
        Refused,
        Later,
    }
    use Wanted::{Later, Never, Refused};
    for (stage, answer, wanted) in [
        ("EHLO", "554 5.7.1 your address is on a block list", Refused),
        ("EHLO", "421 closing", Later),
        ("MAIL", "501 mail from address must be same as authorization user", Refused),
        ("MAIL", "553 Mail from must equal authorized user", Refused),
        ("MAIL", "550 User has no permission", Refused),
        ("MAIL", "451 try again", Later),
        ("RCPT", "550 Mailbox not found", Never),
        ("RCPT", "550 5.1.1 no such user here", Never),
        ("RCPT", "550 Connection frequency limited", Refused),
        ("RCPT", "554 5.7.1 Relay access denied", Refused),
        ("RCPT", "550 nothing said", Refused),
        ("RCPT", "450 4.2.0 greylisted", Later),
        ("DATA", "550 Connection frequency limited", Refused),
        ("DATA", "552 Quota exceeded or service disabled", Refused),
        (".", "554 DT:SPM", Refused),
        (".", "552 message size exceeds the quota", Refused),
        (".", "451 local error", Later),
    ] {
        let (server, port) = MailServer::start().await;
        server.stages.lock().insert(stage.to_owned(), answer.to_owned());
        let told = message("1", "ecology", &["hbj@example.gov.cn"], &[]);
        let mailer = mailer(port);
        let outcome = mailer.deliver(std::slice::from_ref(&told), NOW).await.remove(0);
        let (got, why) = match outcome {
            Err(ChannelError::Never(why)) => (Never, why),
            Err(ChannelError::Refused(why)) => (Refused, why),
            Err(ChannelError::Later(why)) => (Later, why),
            other => panic!("{stage} {answer}: {other:?}"),
        };
        assert_eq!(got, wanted, "{stage} {answer}: {why}");
        assert!(why.contains(answer.split_once(' ').unwrap().1), "{why}");
        // Put right, what was not given up arrives.
        server.stages.lock().clear();
        if wanted != Never {
            assert_eq!(mailer.deliver(&[told], NOW).await, [Ok(())], "{stage} {answer}");
        }
    }
}

/// After a refusal the connection serves the next mail.
#[tokio::test]
async fn a_refusal_costs_no_connection() {
    let (server, port) = MailServer::start().await;
    server.refusals.lock().insert("gone@a.cn".into(), "550 5.1.1 no such user");
    let mails = ["gone@a.cn", "here@a.cn", "gone@a.cn", "there@a.cn"].map(|to| message(to, "a", &[to], &[]));
    let answers = mailer(port).deliver(&mails, NOW).await;
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, false, true]);
    assert_eq!(*server.connections.lock(), 1);
}

#[tokio::test]
async fn a_robots_codes_are_read_by_their_documentation() {
    #[derive(Debug, PartialEq)]
    enum Wanted {
        Wait,
        Refused,
        Later,
        Never,
    }
    use Wanted::{Later, Never, Refused, Wait};
    async fn judged<P: robot::Platform>(status: u16, body: Value) -> Wanted {
        let server = endpoint(vec![(status, body)]).await;
        let told = [message("1", "ecology", &[], &["ecology"])];
        match robots::<P>(&server, Some("geheim")).deliver(&told, NOW).await.remove(0) {
            Err(ChannelError::NotBefore { .. }) => Wait,
            Err(ChannelError::Refused(_)) => Refused,
            Err(ChannelError::Later(_)) => Later,
            Err(ChannelError::Never(_)) => Never,
            Ok(()) => panic!("accepted"),
        }
    }
    let wecom = [
        (200, 45009, "api freq out of limit", Wait),
        (200, 45033, "接口并发调用超过限制", Wait),
        (200, -1, "system busy", Later),
        (200, 93000, "invalid webhook url", Refused),
        (200, 40058, "invalid parameter", Refused),
        (200, 40008, "invalid message type", Refused),
        (200, 45002, "content size out of limit", Never),
        (200, 77_777, "nobody knows", Refused),
        (400, 77_777, "nobody knows", Refused),
        (503, 77_777, "nobody knows", Later),
    ];
    for (status, code, why, wanted) in wecom {
        assert_eq!(judged::<WeCom>(status, json!({"errcode": code, "errmsg": why})).await, wanted, "{code} {why}");
    }
    let dingtalk = [
        (130_101, "send too fast, exceed 20 times per minute", Wait),
        (410_100, "发送速度太快而限流", Wait),
        (-1, "系统繁忙", Later),
        (310_000, "keywords not in content", Refused),
        (310_000, "sign not match", Refused),
        (310_000, "ip 10.0.0.1 not in whitelist", Refused),
        (300_001, "token is not exist", Refused),
        (43_004, "无效的HTTP HEADER Content-Type", Refused),
        (460_101, "message too long, exceed 20000 bytes", Never),
        (77_777, "nobody knows", Refused),
    ];
    for (code, why, wanted) in dingtalk {
        assert_eq!(judged::<DingTalk>(200, json!({"errcode": code, "errmsg": why})).await, wanted, "{code} {why}");
    }
    let feishu = [
        (200, 11_232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]", Wait),
        (200, 9499, "too many request", Wait),
        (429, 9499, "", Wait),
        (200, 9499, "Bad Request", Refused),
        (200, 19_001, "param invalid: incoming webhook access token invalid", Refused),
        (200, 19_021, "sign match fail or timestamp is not within one hour from current time", Refused),
        (200, 19_022, "Ip Not Allowed", Refused),
        (200, 19_024, "Key Words Not Found", Refused),
        (200, 1500, "internal error", Later),
        (200, 77_777, "nobody knows", Refused),
    ];
    for (status, code, why, wanted) in feishu {
        let body = json!({"code": code, "msg": why, "data": {}});
        assert_eq!(judged::<Feishu>(status, body).await, wanted, "{code} {why}");
    }
    assert_eq!(judged::<Feishu>(200, json!({})).await, Refused, "no code is no acceptance");
    assert_eq!(judged::<WeCom>(400, json!("no code")).await, Refused, "nor a robot's 400 a word about the text");
    assert_eq!(judged::<WeCom>(502, json!("no code")).await, Later);
}
