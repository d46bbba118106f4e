//! Headers that every answer carries, the request's id and its log line.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::address::Address;
use super::problem::Problem;
use super::state::App;
use crate::time::Stopwatch;

/// Only our own scripts run. Styles may be inline: Element Plus and ECharts set `style` attributes.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

/// Scripts and styles of the dashboards, which no browser opens as a page.
const PARTS: &str = "/assets/";

/// Name of the request's id, given by us.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest time that a request may take, its body included; streams of events answer at once and go on.
const REQUEST_TIMEOUT_S: u64 = 60;

/// Where the cookie goes over TLS only, a browser that was here once comes over TLS only, for a year.
const TLS_ONLY: &str = "max-age=31536000";

/// Adds what keeps a browser from doing what it shouldn't, to every answer.
pub async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let api = path.starts_with("/api/");
    let part = path.starts_with(PARTS);
    let mut response = next.run(request).await;
    let whole = !(part && response.status().is_success());
    let headers = response.headers_mut();
    if !whole {
        // What a page is made of is no page: the rest is asked of the document that loads it. Half a kilobyte on each of
        // forty files is a tenth of a first view.
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        return response;
    }
    guard(headers, app.web.secure_cookie);
    if api && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// What every answer carries that could be opened as a page.
pub fn guard(headers: &mut HeaderMap, tls_only: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    );
    if tls_only {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ONLY));
    }
}

/// Says in the request's log lines who is asking.
pub fn asked_by(user: &str) {
    tracing::Span::current().record("user", user);
}

/// Numbers the request, bounds its time, and logs and counts how it ended.
pub async fn trace(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("page", MatchedPath::as_str).to_owned();
    let address = Address::of(request.headers(), request.extensions(), app.web.behind_proxy).0;
    let path = request.uri().path();
    // Whoever is signed in is written in as soon as that is known.
    let span = tracing::info_span!("request", %id, method, path, address, user = tracing::field::Empty);
    let started = Stopwatch::start();
    let limit = Duration::from_secs(REQUEST_TIMEOUT_S);
    let mut response = match tokio::time::timeout(limit, next.run(request)).instrument(span.clone()).await {
        Ok(response) => response,
        Err(_) => Problem::timeout(format!("超过 {REQUEST_TIMEOUT_S} 秒没有完成，请重试")).into_response(),
    };
    let took = started.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, ms = took.as_millis() as u64, "answered"));
    metrics::counter!("huiying_http_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("huiying_http_request_seconds", "route" => route).record(took.as_secs_f64());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The method's name; one that nobody knows is not worth a number of its own.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}
