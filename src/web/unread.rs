//! Answers to what is no request: hyper refuses a head that it can't read by itself, with an empty answer that no handler and
//! no layer sees. On the way out such an answer is exchanged for a problem document with the guards of every other.

use std::io::{Error, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::headers::guard;
use super::problem::{PROBLEM_JSON, Problem};

/// A connection whose answers all carry the guards.
pub struct Guarded {
    stream: TokioIo<TcpStream>,
    /// Whether browsers are told to come over TLS only.
    tls_only: bool,
    /// What is sent in the place of hyper's own answer, and how much of it has gone out.
    instead: Option<(Vec<u8>, usize)>,
}

impl Guarded {
    /// Over a connection.
    pub fn new(stream: TcpStream, tls_only: bool) -> Self {
        Self { stream: TokioIo::new(stream), tls_only, instead: None }
    }
}

/// What is wrong with a head, where these bytes are hyper's own answer to it: ours all carry the guards.
fn own_answer(bytes: &[u8]) -> Option<Problem> {
    if !bytes.starts_with(b"HTTP/1.1 4") || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let head = std::str::from_utf8(bytes).ok()?;
    let empty = head.contains("content-length: 0\r\n") && !head.contains("x-content-type-options");
    match head.get(9..12).filter(|_| empty)? {
        "400" => Some(Problem::bad_request("请求头不是有效的 HTTP，请检查地址、方法和请求头")),
        "414" => Some(Problem::uri_too_long("地址过长，请减少查询条件")),
        "431" => Some(Problem::head_too_large("请求头过大，请清除本站的 Cookie 后重试")),
        _ => None,
    }
}

/// The whole answer as it goes out.
fn written(problem: &Problem, tls_only: bool) -> Vec<u8> {
    let body = serde_json::to_vec(&problem.document()).unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    guard(&mut headers, tls_only);
    let status = problem.status();
    metrics::counter!("huiying_http_requests_total", "method" => "other", "route" => "unread", "status" => status.as_str().to_owned())
        .increment(1);
    let mut bytes = format!("HTTP/1.1 {status}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in &headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    bytes
}

impl Write for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Error>> {
        let this = &mut *self;
        if this.instead.is_none() {
            let Some(problem) = own_answer(bytes) else { return Pin::new(&mut this.stream).poll_write(context, bytes) };
            this.instead = Some((written(&problem, this.tls_only), 0));
        }
        if let Some((answer, gone)) = &mut this.instead {
            while let Some(rest) = answer.get(*gone..).filter(|rest| !rest.is_empty()) {
                match std::task::ready!(Pin::new(&mut this.stream).poll_write(context, rest))? {
                    0 => return Poll::Ready(Ok(0)),
                    more => *gone += more,
                }
            }
        }
        this.instead = None;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        let first = pieces.iter().find(|piece| !piece.is_empty());
        match first {
            Some(piece) if self.instead.is_some() || own_answer(piece).is_some() => self.poll_write(context, piece),
            _ => Pin::new(&mut self.stream).poll_write_vectored(context, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Read for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: ReadBufCursor<'_>,
    ) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_read(context, room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_ours_goes_out_as_it_is() {
        let of_hyper =
            b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(own_answer(of_hyper).map(|problem| problem.status().as_u16()), Some(431));
        let ours = b"HTTP/1.1 400 Bad Request\r\nx-content-type-options: nosniff\r\ncontent-length: 0\r\n\r\n";
        assert!(own_answer(ours).is_none() && own_answer(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_none());
        assert!(own_answer(b"{\"text\":\"HTTP/1.1 400 Bad Request\"}").is_none());
    }
}
