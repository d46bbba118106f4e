//! Who is told in the kill tests, on loopback: a mail server, a webhook and three robots' platforms. Each accepts everything
//! and remembers under which keys.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use huiying::domain::office::CITY;
use huiying::domain::routing::{DINGTALK, FEISHU, Routes, SMTP, WEBHOOK, WECOM};
use huiying::engine::deliver::{Channels, StorePaces};
use huiying::notify::{DingTalk, Feishu, Mailer, Robot, Robots, Smtp, SmtpTls, WeCom, Webhook};
use huiying::store::Store;
use parking_lot::Mutex;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

/// Every channel besides in-app.
pub const EXTERNAL: [&str; 5] = [SMTP, WEBHOOK, WECOM, DINGTALK, FEISHU];
const SECRET: &str = "0123456789abcdef0123";
const SENDER: &str = "huiying@example.gov.cn";
/// What the shipped rules leave out, so that there is someone to write to.
const NO_MAILBOX: &str = "phone: 0563-xxxxxxx（示例） }";
const WITH_MAILBOX: &str = "phone: 0563-xxxxxxx（示例）, email: desk@example.gov.cn }";

/// All of them.
pub struct Receivers {
    http: MockServer,
    mail_port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    /// The shipped rules, with a mailbox for everyone.
    pub rules: PathBuf,
}

/// By which channels people are told here: the robots are those of the city's group.
pub fn routes() -> Routes {
    let places = BTreeSet::from([CITY.to_owned()]);
    let robots = [WECOM, DINGTALK, FEISHU].map(|channel| (channel.to_owned(), places.clone()));
    Routes { smtp: true, webhook: true, robots: robots.into() }
}

/// The short form of a key, as robots and mails carry it.
pub fn key_hash(key: &str) -> String {
    hex::encode(&Sha256::digest(key.as_bytes())[..12])
}

impl Receivers {
    /// Starts them, and writes their rules into a folder.
    pub async fn start(rules: &Path) -> Self {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), rules);
        let http = MockServer::start().await;
        let accepted = ResponseTemplate::new(200).set_body_json(json!({ "errcode": 0, "code": 0, "errmsg": "ok" }));
        Mock::given(matchers::method("POST")).respond_with(accepted).mount(&http).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mail_port = listener.local_addr().expect("its number").port();
        let mails = Arc::<Mutex<Vec<String>>>::default();
        let taken = mails.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take_mail(stream, taken.clone()));
            }
        });
        Self { http, mail_port, mails, rules: rules.to_owned() }
    }

    fn url(&self, channel: &str) -> String {
        format!("{}/{channel}", self.http.uri())
    }

    /// The configuration of a node that tells them.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HUIYING_NOTIFY__SMTP__HOST", "127.0.0.1".into()),
            ("HUIYING_NOTIFY__SMTP__PORT", self.mail_port.to_string()),
            ("HUIYING_NOTIFY__SMTP__TLS", "none".into()),
            ("HUIYING_NOTIFY__SMTP__FROM", SENDER.into()),
            ("HUIYING_NOTIFY__WEBHOOK__URL", self.url(WEBHOOK)),
            ("HUIYING_NOTIFY__WEBHOOK__SECRET", SECRET.into()),
            ("HUIYING_NOTIFY__WECOM__URL", self.url(WECOM)),
            ("HUIYING_NOTIFY__DINGTALK__URL", self.url(DINGTALK)),
            ("HUIYING_NOTIFY__DINGTALK__SECRET", SECRET.into()),
            ("HUIYING_NOTIFY__FEISHU__URL", self.url(FEISHU)),
            ("HUIYING_NOTIFY__FEISHU__SECRET", SECRET.into()),
        ]
    }

    /// The same for a deliverer of the test's own.
    pub fn channels(&self, store: &Store) -> Channels {
        let smtp = Smtp {
            host: "127.0.0.1".into(),
            port: self.mail_port,
            tls: SmtpTls::None,
            login: None,
            from: SENDER.into(),
        };
        let robots = |channel: &str, secret: Option<&str>| {
            let robot = Robot { url: self.url(channel), secret: secret.map(str::to_owned) };
            BTreeMap::from([(CITY.to_owned(), robot)])
        };
        let client = "a client";
        let paces = || Arc::new(StorePaces::new(store.clone()));
        Channels::in_app(store)
            .with(Arc::new(Mailer::new(&smtp).expect(client)))
            .with(Arc::new(Webhook::new(self.url(WEBHOOK), SECRET.into()).expect(client)))
            .with(Arc::new(Robots::<WeCom>::new(robots(WECOM, None), paces()).expect(client)))
            .with(Arc::new(Robots::<DingTalk>::new(robots(DINGTALK, Some(SECRET)), paces()).expect(client)))
            .with(Arc::new(Robots::<Feishu>::new(robots(FEISHU, Some(SECRET)), paces()).expect(client)))
    }

    /// How often each notice was accepted, by channel and short key.
    pub async fn told(&self) -> BTreeMap<(String, String), u32> {
        let mut told = BTreeMap::new();
        let mut count = |channel: &str, hash: String| *told.entry((channel.to_owned(), hash)).or_default() += 1;
        for key in self.mails.lock().iter() {
            count(SMTP, key_hash(key));
        }
        for request in self.http.received_requests().await.expect("recording") {
            let header = |name: &str| request.headers[name].to_str().expect("text").to_owned();
            match request.url.path().trim_start_matches('/') {
                WEBHOOK => count(WEBHOOK, key_hash(&header("idempotency-key"))),
                robot => header("x-huiying-keys").split(',').for_each(|hash| count(robot, hash.to_owned())),
            }
        }
        told
    }
}

/// As much of SMTP as a client needs that sends one mail after another; a mail counts when it was acknowledged.
async fn take_mail(stream: TcpStream, mails: Arc<Mutex<Vec<String>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let (mut data, mut folded) = (false, String::new());
    let mut answer = "220 mail.test ESMTP";
    loop {
        if !answer.is_empty() && write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let Ok(Some(line)) = lines.next_line().await else { return };
        answer = match (data, line.split([' ', ':']).next().unwrap_or_default()) {
            (true, ".") => {
                data = false;
                let unfolded = std::mem::take(&mut folded).replace("\n ", "");
                let key = unfolded.lines().find_map(|line| line.strip_prefix("X-Huiying-Key: "));
                mails.lock().push(key.expect("a mail with a key").trim().to_owned());
                "250 queued"
            }
            (true, _) => {
                folded.push_str(&line);
                folded.push('\n');
                ""
            }
            (false, "DATA") => {
                data = true;
                "354 go on"
            }
            (false, "EHLO") => "250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8",
            (false, "QUIT") => return,
            (false, _) => "250 ok",
        };
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("rules").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            let text = std::fs::read_to_string(&path).expect("a rule file");
            std::fs::write(to, text.replace(NO_MAILBOX, WITH_MAILBOX)).expect("writing");
        }
    }
}
