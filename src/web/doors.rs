//! The doors: takes connections in, bounds how long one may take to send a request and how many there may be, and lets what
//! is under way end when the service stops. HTTP/1.1; a proxy before it may speak what it likes.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::address::network;
use super::room::{Answering, Place, Room};
use super::unread::Guarded;

/// How long a connection may take until it has sent a request's head, and how long it may wait for the next one.
const HEAD_WITHIN: Duration = Duration::from_secs(20);
/// How long a client may leave what was sent to it unread; a stream's comment comes every 15 s.
const READ_WITHIN: Duration = Duration::from_secs(30);
/// When a silent client is asked by the kernel whether it is there.
const ASKED_AFTER: Duration = Duration::from_secs(30);
/// Wait after a connection could not be taken in, as when the process has no file left for it.
const AFTER_REFUSAL: Duration = Duration::from_millis(50);

/// What bounds those who come.
#[derive(Clone, Debug)]
pub struct Doors {
    /// How many there may be.
    pub room: Room,
    /// How long each may take until it has sent a request's head, and wait between two.
    pub head_within: Duration,
    /// Whether browsers are told to come over TLS only.
    pub tls_only: bool,
}

impl Doors {
    /// With so much room, and the usual patience.
    pub fn new(room: Room) -> Self {
        Self { room, head_within: HEAD_WITHIN, tls_only: false }
    }
}

/// Takes connections in until told to stop, then waits until the answers under way are sent.
pub async fn serve(listener: TcpListener, router: Router, doors: Doors, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => match doors.room.enter(network(address.ip())) {
                Some(place) => {
                    metrics::gauge!("huiying_http_connections").set(doors.room.taken() as f64);
                    let visitor = Visitor { stream, address, place };
                    connections.spawn(attend(visitor, router.clone(), doors.clone(), stop.clone()));
                }
                None => metrics::counter!("huiying_http_connections_refused_total").increment(1),
            },
            Err(error) => {
                tracing::warn!(%error, "a connection can't be taken in");
                let _ = tokio::time::timeout(AFTER_REFUSAL, stop.cancelled()).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// A connection that was taken in.
struct Visitor {
    stream: TcpStream,
    address: SocketAddr,
    place: Place,
}

/// Answers one connection's requests.
async fn attend(visitor: Visitor, router: Router, doors: Doors, stop: CancellationToken) {
    let Visitor { stream, address, place } = visitor;
    if let Err(error) = bound(&stream) {
        tracing::debug!(%error, "a connection without the kernel's bounds");
    }
    let leave = place.leave.clone();
    let place = Arc::new(place);
    let service = service_fn(move |request: Request<Incoming>| {
        let answering = place.answering();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        let answer = router.clone().oneshot(request);
        async move { answer.await.map(|response| response.map(|body| Answered { body, _answering: answering })) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(doors.head_within)
        .serve_connection(Guarded::new(stream, doors.tls_only), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = leave.cancelled() => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %address, "a connection ended");
    }
}

/// What the kernel watches over: small answers go out at once, and a client that takes nothing, or is gone, is let go.
fn bound(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(ASKED_AFTER).with_interval(ASKED_AFTER / 3))?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(READ_WITHIN))?;
    Ok(())
}

/// An answer's body: as long as it is sent, its connection keeps its place.
struct Answered {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
