//! A site on loopback whose pages a test sets and changes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use huiying::time::Stopwatch;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

/// What a path answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A body with its `Content-Type`.
    Page(&'static str, Bytes),
    /// A body with an `ETag`; 304 to whoever has it.
    Tagged(&'static str, Bytes),
    /// A redirect.
    Moved(String),
    /// Nothing but a status.
    Status(u16),
    /// Headers, and then no end.
    Hanging,
    /// An answer that comes when the test lets it come.
    Held(Arc<Semaphore>, Box<Reply>),
}

#[derive(Default)]
struct Pages {
    replies: HashMap<String, Reply>,
    asked: Vec<(String, HeaderMap)>,
    /// Requests that are being answered, and the most at a time.
    open: usize,
    open_max: usize,
    /// Since the first request, and to the last.
    first: Option<Stopwatch>,
    last: Duration,
}

/// A site. It ends with the test.
#[derive(Clone)]
pub struct Site {
    pages: Arc<Mutex<Pages>>,
    address: std::net::SocketAddr,
}

impl Site {
    pub async fn start() -> Self {
        let pages: Arc<Mutex<Pages>> = Arc::default();
        let router = Router::new().fallback(answer).with_state(pages.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { pages, address }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn set(&self, path: &str, reply: Reply) {
        self.pages.lock().replies.insert(path.to_owned(), reply);
    }

    pub fn html(&self, path: &str, html: &str) {
        self.set(path, Reply::Page("text/html; charset=utf-8", Bytes::from(html.to_owned())));
    }

    /// What a path answers now.
    pub fn reply(&self, path: &str) -> Reply {
        self.pages.lock().replies[path].clone()
    }

    /// How many requests there were.
    pub fn requests(&self) -> usize {
        self.pages.lock().asked.len()
    }

    /// The most requests that it was asked at a time.
    pub fn at_a_time(&self) -> usize {
        self.pages.lock().open_max
    }

    /// From the first request to the last.
    pub fn lasted(&self) -> Duration {
        self.pages.lock().last
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.pages.lock().asked.iter().filter(|(asked, _)| asked == path).count()
    }

    /// What it was last asked with.
    pub fn headers(&self, path: &str) -> HeaderMap {
        let pages = self.pages.lock();
        pages.asked.iter().rev().find(|(asked, _)| asked == path).map(|(_, headers)| headers.clone()).unwrap()
    }
}

/// A request that is being answered, also where whoever asked was killed.
struct Open(Arc<Mutex<Pages>>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().open -= 1;
    }
}

async fn answer(State(pages): State<Arc<Mutex<Pages>>>, request: Request<Body>) -> Response<Body> {
    let mut path = request.uri().path_and_query().map_or("", |path| path.as_str()).to_owned();
    let (head, body) = request.into_parts();
    if head.method == Method::POST {
        // What is posted stands behind the path.
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        path = format!("{path}#{}", String::from_utf8_lossy(&body));
    }
    let request = Request::from_parts(head, ());
    let open = Open(pages.clone());
    let mut reply = {
        let mut pages = pages.lock();
        pages.asked.push((path.clone(), request.headers().clone()));
        pages.open += 1;
        pages.open_max = pages.open_max.max(pages.open);
        pages.last = pages.first.get_or_insert_with(Stopwatch::start).elapsed();
        pages.replies.get(&path).cloned()
    };
    if let Some(Reply::Held(until, then)) = reply {
        until.acquire().await.unwrap().forget();
        reply = Some(*then);
    }
    // So that two requests at a time would be seen.
    tokio::task::yield_now().await;
    drop(open);
    let response = Response::builder();
    let has = |tag: &str| request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| known == tag);
    let response = match reply {
        None => response.status(StatusCode::NOT_FOUND).body(Body::empty()),
        Some(Reply::Page(kind, body)) => response.header(header::CONTENT_TYPE, kind).body(Body::from(body)),
        Some(Reply::Tagged(_, body)) if has(&tag(&body)) => {
            response.status(StatusCode::NOT_MODIFIED).body(Body::empty())
        }
        Some(Reply::Tagged(kind, body)) => {
            response.header(header::CONTENT_TYPE, kind).header(header::ETAG, tag(&body)).body(Body::from(body))
        }
        Some(Reply::Moved(target)) => {
            response.status(StatusCode::FOUND).header(header::LOCATION, target).body(Body::empty())
        }
        Some(Reply::Status(status @ (429 | 500 | 503))) => {
            response.status(status).header(header::RETRY_AFTER, "1800").body(Body::empty())
        }
        Some(Reply::Status(status)) => response.status(status).body(Body::empty()),
        Some(Reply::Held(..)) => unreachable!("held once only"),
        Some(Reply::Hanging) => {
            let endless = futures::stream::pending::<Result<Bytes, std::io::Error>>();
            response.body(Body::from_stream(endless))
        }
    };
    response.unwrap()
}

fn tag(body: &[u8]) -> String {
    format!("\"{}-{}\"", body.len(), body.iter().map(|byte| u64::from(*byte)).sum::<u64>())
}

/// A page with an article.
pub fn article(title: &str, text: &str) -> String {
    format!(
        "<html><head><meta charset=utf-8><title>{title}</title></head><body><h1>{title}</h1>\
         <div>2026年05月11日 09:30 来源：宣城日报 作者：王小明</div>\
         <div class=content><p>{text}</p><p>市民希望有关部门尽快处理，并把结果告诉大家。</p></div></body></html>"
    )
}
