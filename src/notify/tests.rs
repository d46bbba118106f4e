//! The channels against real servers on loopback: an SMTP server that speaks the protocol, HTTP endpoints that check
//! signatures.

mod refusals;

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use super::*;
use crate::domain::instant::Span;

const NOW: Instant = Instant::from_ms(1_780_000_000_123);

fn message(key: &str, recipient: &str, emails: &[&str], places: &[&str]) -> Message {
    Message {
        key: format!("incident/20260511-0001/{key}"),
        recipient: recipient.into(),
        to: Addressee {
            name: "市生态环境局".into(),
            emails: emails.iter().map(|email| (*email).to_owned()).collect(),
            places: places.iter().map(|place| (*place).to_owned()).collect(),
        },
        content: Content {
            incident: Some("20260511-0001".into()),
            kind: "clock_warned".into(),
            text: "回应时限已用 75%".into(),
            at: "2026-05-11T10:00:00+08:00".parse().unwrap(),
            by: None,
        },
    }
}

/// A mail server of one test: keeps what it accepted; refuses as it is told.
#[derive(Clone, Default)]
struct MailServer {
    mails: Arc<Mutex<Vec<Mail>>>,
    /// Answers to `RCPT TO` by mailbox.
    refusals: Arc<Mutex<BTreeMap<String, &'static str>>>,
    /// Answers to a verb (`EHLO`, `MAIL`, `RCPT`, `DATA`), or to the mail itself (`.`), whoever it is for.
    stages: Arc<Mutex<BTreeMap<String, String>>>,
    /// Connections so far.
    connections: Arc<Mutex<usize>>,
}

#[derive(Clone, Debug, Default)]
struct Mail {
    from: String,
    to: Vec<String>,
    data: String,
}

impl Mail {
    /// A header, unfolded.
    fn header(&self, name: &str) -> String {
        let unfolded = self.data.replace("\r\n ", " ");
        let line = unfolded.lines().find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    }

    /// The body, out of its transfer encoding.
    fn body(&self) -> String {
        let body = self.data.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        match self.header("content-transfer-encoding").as_str() {
            "base64" => {
                let joined: String = body.split_whitespace().collect();
                String::from_utf8(STANDARD.decode(joined).unwrap()).unwrap()
            }
            other => panic!("encoding {other}: {body}"),
        }
    }
}

impl MailServer {
    async fn start() -> (Self, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self::default();
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *serving.connections.lock() += 1;
                tokio::spawn(serving.clone().talk(stream));
            }
        });
        (server, port)
    }

    async fn talk(self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut mail = Mail::default();
        let mut data = false;
        if write.write_all(b"220 mail.test ESMTP\r\n").await.is_err() {
            return;
        }
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = if data {
                if line == "." && self.stages.lock().contains_key(".") {
                    data = false;
                    self.stages.lock()["."].clone()
                } else if line == "." {
                    data = false;
                    self.mails.lock().push(std::mem::take(&mut mail));
                    "250 queued".to_owned()
                } else {
                    mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.data.push_str("\r\n");
                    continue;
                }
            } else {
                self.command(&line, &mut mail, &mut data)
            };
            let over = answer.starts_with("221");
            if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() || over {
                return;
            }
        }
    }

    fn command(&self, line: &str, mail: &mut Mail, data: &mut bool) -> String {
        let address =
            || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(a, _)| a).to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        if let Some(answer) = self.stages.lock().get(&verb) {
            return answer.clone();
        }
        match verb.as_str() {
            "EHLO" => "250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
            "MAIL" => {
                *mail = Mail { from: address(), ..Mail::default() };
                "250 ok".to_owned()
            }
            "RCPT" => match self.refusals.lock().get(&address()) {
                Some(refusal) => (*refusal).to_owned(),
                None => {
                    mail.to.push(address());
                    "250 ok".to_owned()
                }
            },
            "DATA" => {
                *data = true;
                "354 go on".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            "RSET" | "NOOP" => "250 ok".to_owned(),
            _ => "502 unknown".to_owned(),
        }
    }
}

fn mailer(port: u16) -> Mailer {
    Mailer::new(&Smtp {
        host: "127.0.0.1".into(),
        port,
        tls: SmtpTls::None,
        login: None,
        from: "回应 <huiying@example.gov.cn>".into(),
    })
    .unwrap()
}

#[tokio::test]
async fn a_mail_arrives_with_its_key_and_repeated_it_has_the_same() {
    let (server, port) = MailServer::start().await;
    let mailer = mailer(port);
    let told = message("clock/1/warned/75/ecology/smtp", "ecology", &["hbj@example.gov.cn"], &[]);
    assert_eq!(mailer.deliver(std::slice::from_ref(&told), NOW).await, [Ok(())]);
    // Whoever died before marking it sends it again.
    assert_eq!(mailer.deliver(std::slice::from_ref(&told), NOW + Span::from_secs(60)).await, [Ok(())]);
    let mails = server.mails.lock().clone();
    assert_eq!(mails.len(), 2);
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.as_slice()),
        ("huiying@example.gov.cn", &["hbj@example.gov.cn".to_owned()][..])
    );
    assert_eq!(mails[0].header("message-id"), format!("<{}@example.gov.cn>", told.key_hash()));
    assert_eq!(mails[0].header("message-id"), mails[1].header("message-id"));
    assert_eq!(mails[0].header("x-huiying-key"), told.key);
    assert_eq!(mails[0].data, mails[1].data, "to the byte");
    let body = mails[0].body();
    assert!(
        body.contains("回应时限已用 75%") && body.contains("20260511-0001") && body.contains("2026-05-11 10:00:00"),
        "{body}"
    );
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_told_from_one_that_is_busy() {
    let (server, port) = MailServer::start().await;
    server
        .refusals
        .lock()
        .extend([("gone@a.cn".to_owned(), "550 no such user"), ("busy@a.cn".to_owned(), "451 later")]);
    let messages = [
        message("1", "a", &["gone@a.cn"], &[]),
        message("2", "b", &["busy@a.cn"], &[]),
        message("3", "c", &["gone@a.cn", "here@a.cn"], &[]),
        message("4", "d", &[], &[]),
    ];
    let mailer = mailer(port);
    let answers = mailer.deliver(&messages, NOW).await;
    assert!(matches!(&answers[0], Err(ChannelError::Never(why)) if why.contains("gone@a.cn")), "{answers:?}");
    assert!(matches!(&answers[1], Err(ChannelError::Later(why)) if why.contains("later")), "{answers:?}");
    assert_eq!(answers[2], Ok(()), "one mailbox of two took it");
    assert!(matches!(&answers[3], Err(ChannelError::Never(_))), "{answers:?}");
    assert_eq!(server.mails.lock().iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(), [["here@a.cn"]]);
    server.refusals.lock().clear();
    assert_eq!(mailer.deliver(&messages[1..2], NOW).await, [Ok(())], "later it goes well");
}

#[tokio::test]
async fn a_server_that_is_away_is_asked_once_a_batch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let messages: Vec<Message> = (0..3).map(|n| message(&n.to_string(), "a", &["a@a.cn"], &[])).collect();
    let answers = mailer(port).deliver(&messages, NOW).await;
    assert_eq!(answers.len(), 3);
    assert!(answers.iter().all(|answer| matches!(answer, Err(ChannelError::Later(_)))), "{answers:?}");
}

#[tokio::test]
async fn a_server_without_tls_gets_no_mail_where_tls_is_asked_for() {
    let (server, port) = MailServer::start().await;
    let settings = Smtp {
        host: "localhost".into(),
        port,
        tls: SmtpTls::Starttls,
        login: Some(("hy".into(), "secret".into())),
        from: "huiying@example.gov.cn".into(),
    };
    let answers = Mailer::new(&settings).unwrap().deliver(&[message("1", "a", &["a@a.cn"], &[])], NOW).await;
    assert!(matches!(answers[0], Err(ChannelError::Later(_))), "{answers:?}");
    assert!(server.mails.lock().is_empty());
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn header(request: &Request, name: &str) -> String {
    request.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// A robot's or a webhook's address: answers as it is told, at the end always alike, and keeps what was asked.
async fn endpoint(answers: Vec<(u16, Value)>) -> MockServer {
    let server = MockServer::start().await;
    let last = answers.len();
    for (number, (status, body)) in answers.into_iter().enumerate() {
        let mock =
            Mock::given(matchers::method("POST")).respond_with(ResponseTemplate::new(status).set_body_json(body));
        let mock = if number + 1 < last { mock.up_to_n_times(1) } else { mock };
        mock.with_priority(u8::try_from(number + 1).unwrap()).mount(&server).await;
    }
    server
}

async fn asked(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

#[tokio::test]
async fn a_webhook_is_signed_and_carries_its_key() {
    let server = endpoint(vec![(503, json!({})), (200, json!({}))]).await;
    let webhook = Webhook::new(format!("{}/hook", server.uri()), "0123456789abcdef".into()).unwrap();
    let told = [message("clock/1/breached/ecology/webhook", "ecology", &[], &[])];
    let first = webhook.deliver(&told, NOW).await;
    assert!(matches!(&first[0], Err(ChannelError::Later(why)) if why.contains("503")), "{first:?}");
    assert_eq!(webhook.deliver(&told, NOW).await, [Ok(())]);
    let asked = asked(&server).await;
    for request in &asked {
        assert_eq!(header(request, "idempotency-key"), told[0].key);
        let seconds = header(request, "x-huiying-timestamp");
        assert_eq!(seconds, "1780000000");
        let signed = [seconds.as_bytes(), b".", &request.body].concat();
        let signature = format!("sha256={}", hex::encode(mac(b"0123456789abcdef", &signed)));
        assert_eq!(header(request, "x-huiying-signature"), signature);
    }
    let body: Value = asked[0].body_json().unwrap();
    assert_eq!((body["key"].as_str(), body["recipient"].as_str()), (Some(told[0].key.as_str()), Some("ecology")));
    assert_eq!(body["at"], "2026-05-11T10:00:00+08:00");
}

#[tokio::test]
async fn a_webhook_that_can_not_read_the_body_is_not_asked_again_and_no_error_shows_its_address() {
    let server = endpoint(vec![(422, json!({"error": "unknown field"}))]).await;
    let webhook = Webhook::new(server.uri(), "0123456789abcdef".into()).unwrap();
    let answers = webhook.deliver(&[message("1", "a", &[], &[])], NOW).await;
    assert!(matches!(&answers[0], Err(ChannelError::Never(why)) if why.contains("unknown field")), "{answers:?}");
    let away = Webhook::new("http://127.0.0.1:1/?token=geheim".into(), "0123456789abcdef".into()).unwrap();
    let answers = away.deliver(&[message("1", "a", &[], &[])], NOW).await;
    assert!(matches!(&answers[0], Err(ChannelError::Later(why)) if !why.contains("geheim")), "{answers:?}");
}

fn robots<P: robot::Platform>(server: &MockServer, secret: Option<&str>) -> Robots<P> {
    let robot =
        |place: &str| Robot { url: format!("{}/{place}?key=k", server.uri()), secret: secret.map(str::to_owned) };
    let robots = ["xuancheng", "ecology"].map(|place| (place.to_owned(), robot(place))).into();
    Robots::new(robots, Arc::new(OwnPaces::default())).unwrap()
}

fn text_of(request: &Request) -> String {
    let body: Value = request.body_json().unwrap();
    let text = body.pointer("/text/content").or_else(|| body.pointer("/content/text"));
    text.and_then(Value::as_str).unwrap_or_else(|| panic!("{body}")).to_owned()
}

#[tokio::test]
async fn wecom_speaks_to_the_group_that_is_meant_and_reads_the_code() {
    let server = endpoint(vec![
        (200, json!({"errcode": 0, "errmsg": "ok"})),
        (200, json!({"errcode": 93000, "errmsg": "invalid webhook url"})),
    ])
    .await;
    let wecom = robots::<WeCom>(&server, None);
    let told = message("1", "ecology", &[], &["ecology"]);
    assert_eq!(wecom.deliver(std::slice::from_ref(&told), NOW).await, [Ok(())]);
    let answers =
        wecom.deliver(&[message("2", "xuancheng.deputy", &[], &["xuancheng.deputy", "xuancheng"])], NOW).await;
    assert!(matches!(&answers[0], Err(ChannelError::Refused(why)) if why.contains("93000")), "{answers:?}");
    let answers = wecom.deliver(&[message("3", "water", &[], &["water"])], NOW).await;
    assert!(
        matches!(&answers[0], Err(ChannelError::Refused(why)) if why.contains("没有为 water 配置机器人")),
        "{answers:?}"
    );
    let asked = asked(&server).await;
    assert_eq!(
        asked.iter().map(|request| request.url.path().to_owned()).collect::<Vec<_>>(),
        ["/ecology", "/xuancheng"]
    );
    assert_eq!(text_of(&asked[0]), "【回应】市生态环境局：回应时限已用 75%（事件 20260511-0001） 05-11 10:00");
    assert_eq!(header(&asked[0], "x-huiying-keys"), told.key_hash());
}

#[tokio::test]
async fn dingtalk_is_signed_in_the_address() {
    let server = endpoint(vec![(200, json!({"errcode": 0, "errmsg": "ok"}))]).await;
    let dingtalk = robots::<DingTalk>(&server, Some("SECgeheim"));
    assert_eq!(dingtalk.deliver(&[message("1", "ecology", &[], &["ecology"])], NOW).await, [Ok(())]);
    let asked = asked(&server).await;
    let query: BTreeMap<String, String> = asked[0].url.query_pairs().into_owned().collect();
    assert_eq!((query["key"].as_str(), query["timestamp"].as_str()), ("k", "1780000000123"));
    assert_eq!(STANDARD.decode(&query["sign"]).unwrap(), mac(b"SECgeheim", b"1780000000123\nSECgeheim"));
}

#[tokio::test]
async fn feishu_is_signed_in_the_body_and_says_code() {
    let server = endpoint(vec![
        (200, json!({"code": 19021, "msg": "sign match fail"})),
        (200, json!({"code": 0, "msg": "success"})),
    ])
    .await;
    let feishu = robots::<Feishu>(&server, Some("geheim"));
    let told = [message("1", "ecology", &[], &["ecology"])];
    let answers = feishu.deliver(&told, NOW).await;
    assert!(matches!(&answers[0], Err(ChannelError::Refused(why)) if why.contains("19021")), "{answers:?}");
    assert_eq!(feishu.deliver(&told, NOW).await, [Ok(())]);
    let body: Value = asked(&server).await[1].body_json().unwrap();
    assert_eq!(body["timestamp"], "1780000000");
    assert_eq!(STANDARD.decode(body["sign"].as_str().unwrap()).unwrap(), mac(b"1780000000\ngeheim", b""));
}

#[tokio::test]
async fn a_robot_that_was_called_too_often_is_left_alone_as_long_as_it_asks() {
    let server = endpoint(vec![
        (200, json!({"errcode": 130_101, "errmsg": "send too fast"})),
        (200, json!({"errcode": 0, "errmsg": "ok"})),
    ])
    .await;
    let dingtalk = robots::<DingTalk>(&server, None);
    let told = [message("1", "ecology", &[], &["ecology"])];
    let free = NOW + Span::from_minutes(10);
    let answers = dingtalk.deliver(&told, NOW).await;
    assert!(matches!(&answers[0], Err(ChannelError::NotBefore { at, .. }) if *at == free), "{answers:?}");
    let answers = dingtalk.deliver(&told, NOW + Span::from_minutes(9)).await;
    assert!(matches!(&answers[0], Err(ChannelError::NotBefore { at, .. }) if *at == free), "{answers:?}");
    assert_eq!(asked(&server).await.len(), 1, "it was not called in between");
    assert_eq!(dingtalk.deliver(&told, free).await, [Ok(())]);
}

#[tokio::test]
async fn above_the_cap_notices_are_put_together_and_none_is_lost() {
    let server = endpoint(vec![(200, json!({"errcode": 0, "errmsg": "ok"}))]).await;
    let wecom = robots::<WeCom>(&server, None);
    // One notice every second: the first twenty go by themselves.
    let mut waiting = Vec::new();
    for n in 0..60 {
        let mut told = message(&format!("n{n:03}"), "ecology", &[], &["ecology"]);
        told.content.incident = Some(format!("20260511-{n:04}").as_str().into());
        match wecom.deliver(std::slice::from_ref(&told), NOW + Span::from_secs(n)).await.remove(0) {
            Ok(()) => assert!(n < 20, "{n}"),
            Err(ChannelError::NotBefore { at, .. }) => {
                assert_eq!(at, NOW + Span::from_secs(60));
                waiting.push(told);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(waiting.len(), 40);
    // The minute is over: one call became free, and the rest stays within the cap as more become free.
    let mut at = NOW + Span::from_secs(60);
    let mut rounds = 0;
    while !waiting.is_empty() {
        let answers = wecom.deliver(&waiting, at).await;
        let left = waiting.iter().zip(&answers).filter(|(_, answer)| answer.is_err()).map(|(m, _)| m.clone()).collect();
        waiting = left;
        at = at + Span::from_secs(1);
        rounds += 1;
        assert!(rounds < 10);
    }
    let asked = asked(&server).await;
    assert!(asked.len() <= 23, "{} calls", asked.len());
    let keys: Vec<String> = asked
        .iter()
        .flat_map(|r| header(r, "x-huiying-keys").split(',').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let wanted: Vec<String> = (0..60).map(|n| message(&format!("n{n:03}"), "ecology", &[], &[]).key_hash()).collect();
    assert_eq!(keys, wanted, "each once, in order");
    for request in &asked[20..] {
        let text = text_of(request);
        assert!(text.len() <= WeCom::TEXT_BYTES_MAX && text.starts_with("【回应】"), "{text}");
    }
    assert!(text_of(&asked[20]).contains("条通知\n1. 市生态环境局"), "{}", text_of(&asked[20]));
}

#[tokio::test]
async fn a_burst_is_one_call_and_a_long_notice_is_shortened() {
    let server = endpoint(vec![(200, json!({"code": 0, "msg": "success"}))]).await;
    let feishu = robots::<Feishu>(&server, None);
    let mut burst: Vec<Message> = (0..30).map(|n| message(&n.to_string(), "ecology", &[], &["ecology"])).collect();
    for (number, message) in burst.iter_mut().enumerate() {
        message.content.incident = Some(format!("20260511-{number:04}").as_str().into());
    }
    burst[3].content.text = "长".repeat(5_000);
    assert!(feishu.deliver(&burst, NOW).await.iter().all(Result::is_ok));
    let asked = asked(&server).await;
    assert_eq!(asked.len(), 1);
    let text = text_of(&asked[0]);
    assert!(text.starts_with("【回应】30 条通知\n1. ") && text.contains("\n30. ") && text.contains("长…"), "{text}");
}

#[tokio::test]
async fn what_several_are_told_alike_is_said_once_and_a_digest_whole() {
    let server = endpoint(vec![(200, json!({"errcode": 0, "errmsg": "ok"}))]).await;
    let wecom = robots::<WeCom>(&server, None);
    let told = ["值班室", "办公室主任"].map(|name| {
        let mut digest = message("digest", "ecology", &[], &["ecology"]);
        name.clone_into(&mut digest.to.name);
        digest.content.incident = None;
        digest.content.kind = DIGEST.into();
        digest.content.text = format!("每日摘要：在办 9 件。\n{}末行", "长".repeat(400));
        digest
    });
    assert!(wecom.deliver(&told, NOW).await.iter().all(Result::is_ok));
    let asked = asked(&server).await;
    assert_eq!(asked.len(), 1);
    let text = text_of(&asked[0]);
    assert!(text.starts_with("【回应】值班室、办公室主任：每日摘要") && text.contains("末行"), "{text}");
}

use robot::Platform as _;
