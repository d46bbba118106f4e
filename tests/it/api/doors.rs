//! Whoever stands in the doors: half-open connections, bodies that don't come, streams without number. Nobody else notices.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::Request;
use huiying::domain::signature::sign;
use huiying::time::Stopwatch;
use huiying::web::doors::{self, Doors};
use huiying::web::room::Room;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::service::{BEGIN, SECRET, Service, Session};

/// Whoever waits longer for an ordinary answer has noticed.
const NOTICED_AFTER: Duration = Duration::from_secs(2);
/// Longest time that anything here takes on a machine with much else to do.
const WITHIN: Duration = Duration::from_secs(30);
const HALF_OPEN: usize = 1_000;
const STREAMS: usize = 982;

/// A service that listens.
struct Open {
    service: Service,
    address: SocketAddr,
    room: Room,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.service.stop.cancel();
    }
}

async fn open(room: Room, head_within: Option<Duration>) -> Open {
    // Both ends of each connection are files of this process.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
    let service = Service::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut doors = Doors::new(room.clone());
    doors.head_within = head_within.unwrap_or(doors.head_within);
    tokio::spawn(doors::serve(listener, service.router.clone(), doors, service.stop.clone()));
    Open { service, address, room }
}

impl Open {
    /// Sends something on a new connection.
    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// The status of a whole request on a new connection, within the time in which nobody notices.
    async fn asked(&self, request: &str) -> String {
        let waited = Stopwatch::start();
        let mut stream = self.send(request).await;
        let status = tokio::time::timeout(WITHIN, status(&mut stream)).await.expect("an answer");
        assert!(waited.elapsed() < NOTICED_AFTER, "{:?} for an ordinary request", waited.elapsed());
        status
    }

    async fn is_well(&self, session: &Session) {
        assert_eq!(self.asked("GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n").await, "200");
        let cookie = &session.cookie;
        let page = format!("GET /api/v1/overview HTTP/1.1\r\nhost: h\r\ncookie: {cookie}\r\n\r\n");
        assert_eq!(self.asked(&page).await, "200");
    }

    async fn stream(&self, session: &Session) -> (TcpStream, String) {
        let cookie = &session.cookie;
        let mut stream =
            self.send(&format!("GET /api/v1/events HTTP/1.1\r\nhost: h\r\ncookie: {cookie}\r\n\r\n")).await;
        let status = tokio::time::timeout(WITHIN, status(&mut stream)).await.expect("an answer");
        (stream, status)
    }
}

/// `200` of `HTTP/1.1 200 OK`; empty if the connection was closed instead.
async fn status(stream: &mut TcpStream) -> String {
    let mut head = [0; 12];
    match stream.read_exact(&mut head).await {
        Ok(_) => String::from_utf8_lossy(&head[9..]).into_owned(),
        Err(_) => String::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_half_open_connections_keep_nobody_out() {
    for room in [Room::new(4096, None), Room::new(300, None), Room::new(4096, Some(200))] {
        let open = open(room, None).await;
        let session = open.service.log_in("analyst").await;
        let (mut stream, status) = open.stream(&session).await;
        assert_eq!(status, "200");
        let mut half_open = Vec::new();
        for n in 0..HALF_OPEN {
            half_open.push(open.send(["", "GET / HT", "GET /healthz HTTP/1.1\r\nhost: h\r\nx-a: "][n % 3]).await);
            if n % 250 == 249 {
                open.is_well(&session).await;
            }
        }
        assert!(open.room.taken() <= 4096);
        // A stream that was open before is not cut off for them.
        let mut rest = [0; 1024];
        let read = tokio::time::timeout(WITHIN, stream.read(&mut rest)).await.expect("its head").unwrap();
        assert!(read > 0);
    }
}

#[tokio::test]
async fn a_request_that_does_not_come_is_not_waited_for() {
    let open = open(Room::new(10, None), Some(Duration::from_millis(100))).await;
    for beginning in ["", "GET / HT", "GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n"] {
        let mut stream = open.send(beginning).await;
        let mut all = Vec::new();
        tokio::time::timeout(WITHIN, stream.read_to_end(&mut all)).await.expect("it is closed").unwrap();
        assert_eq!(all.is_empty(), !beginning.ends_with("\r\n\r\n"), "answered once, then idle");
    }
}

/// What is no request is refused like any other: with words, and with what keeps a browser from doing what it shouldn't.
#[tokio::test]
async fn a_head_that_can_not_be_read_is_answered_like_any_other() {
    let open = open(Room::new(10, None), None).await;
    let long = "a".repeat(70_000);
    let many = "x-a: b\r\n".repeat(200);
    for (head, status) in [
        ("GET / HTTP/1.1\r\nhost: h\r\nno header\r\n\r\n".to_owned(), "400 Bad Request"),
        ("GET /\u{1} HTTP/1.1\r\nhost: h\r\n\r\n".to_owned(), "400 Bad Request"),
        ("POST /api/v1/session HTTP/1.1\r\nhost: h\r\ncontent-length: x\r\n\r\n".to_owned(), "400 Bad Request"),
        (format!("GET /{long} HTTP/1.1\r\nhost: h\r\n\r\n"), "414 URI Too Long"),
        (format!("GET / HTTP/1.1\r\nhost: h\r\n{many}\r\n"), "431 Request Header Fields Too Large"),
        // After one that could be read.
        ("GET /healthz HTTP/1.1\r\nhost: h\r\n\r\nnonsense\r\n\r\n".to_owned(), "400 Bad Request"),
    ] {
        let mut stream = open.send(&head).await;
        let mut all = Vec::new();
        tokio::time::timeout(WITHIN, stream.read_to_end(&mut all)).await.expect("it is closed").unwrap();
        let all = String::from_utf8(all).unwrap();
        let answer = &all[all.rfind("HTTP/1.1 ").unwrap()..];
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{head}");
        for guard in ["x-content-type-options: nosniff", "content-security-policy: ", "x-frame-options: DENY"] {
            assert!(head.contains(guard), "{head}");
        }
        assert!(head.contains(&format!("content-length: {}", body.len())) && head.contains("problem+json"), "{head}");
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["status"].as_u64().unwrap().to_string(), status[..3]);
        assert!(problem["detail"].as_str().unwrap().starts_with(['请', '地']), "{problem}");
    }
}

#[tokio::test]
async fn a_body_that_says_that_it_is_too_large_is_refused_at_once() {
    let open = open(Room::new(10, None), None).await;
    let head = "POST /api/v1/session HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n";
    assert_eq!(open.asked(&format!("{head}content-length: 9000000000000\r\n\r\n")).await, "413");
    assert_eq!(open.asked(&signed("partner", 40_000_000, "")).await, "413");
}

fn signed(key: &str, length: usize, body: &str) -> String {
    let seconds = BEGIN.ms() / 1000;
    let signature = sign(SECRET, seconds, body.as_bytes());
    format!(
        "POST /api/v1/mentions HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         x-huiying-key: {key}\r\nx-huiying-timestamp: {seconds}\r\nx-huiying-signature: {signature}\r\n\r\n{body}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_posts_hold_nobody_up_and_strangers_are_refused_at_once() {
    let open = open(Room::new(4096, None), None).await;
    let session = open.service.log_in("analyst").await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        slow.push(open.send(&signed("partner", 30_000_000, "[{\"text\":")).await);
    }
    let body = json!({ "text": "路灯不亮" }).to_string();
    assert_eq!(open.asked(&signed("partner", body.len(), &body)).await, "200");
    open.is_well(&session).await;
    // Nothing of the body has come, nor ever will.
    assert_eq!(open.asked(&signed("stranger", 30_000_000, "")).await, "401");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_with_a_thousand_streams_takes_no_other_s() {
    let open = open(Room::new(4096, None), None).await;
    let (greedy, other) = (open.service.log_in("analyst").await, open.service.log_in("analyst2").await);
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        streams.push(open.stream(&greedy).await);
    }
    let statuses = |wanted: &str| streams.iter().filter(|(_, status)| status == wanted).count();
    assert_eq!((statuses("200"), statuses("429")), (8, STREAMS - 8));
    open.is_well(&other).await;
    assert_eq!(open.stream(&other).await.1, "200");
    let page = Request::get("/").body(axum::body::Body::empty()).unwrap();
    assert_eq!(open.service.send(page).await.status, 200);
}

/// The service as a shell starts it that may open few files.
async fn served_with(limit: &str) -> (tokio::process::Child, tempfile::TempDir, String) {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let command = format!("ulimit {limit}; exec \"$0\" serve --listen 127.0.0.1:0 --rules {rules} 2>&1");
    let mut child = tokio::process::Command::new("sh")
        .args(["-c", &command, env!("CARGO_BIN_EXE_huiying")])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        said += &line;
        said.push('\n');
        // The warning stands before or after the address.
        if said.contains("服务地址") && (limit.contains("-S") || said.contains("个文件")) {
            break;
        }
    }
    // The address is told before the doors open: the first answer shows that they have.
    let address = said.split("服务地址：http://").nth(1).and_then(|rest| rest.lines().next()).expect("its address");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n").await.unwrap();
    assert_eq!(tokio::time::timeout(WITHIN, status(&mut stream)).await.expect("an answer"), "200");
    (child, folder, said)
}

#[tokio::test]
async fn the_file_limit_is_raised_at_start_or_warned_about() {
    let files = |child: &tokio::process::Child| {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id().unwrap())).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        let mut numbers = line.split_whitespace().skip(3).map(|n| n.parse::<u64>().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    };
    let (mut child, _folder, said) = served_with("-Sn 300").await;
    let (soft, hard) = files(&child);
    assert_eq!(soft, hard.min(65_536), "{said}");
    child.kill().await.unwrap();
    let (mut child, _folder, said) = served_with("-n 700").await;
    assert_eq!(files(&child), (700, 700));
    assert!(said.contains("只能打开 700 个文件") && said.contains("ulimit -n 65536"), "{said}");
    child.kill().await.unwrap();
}
