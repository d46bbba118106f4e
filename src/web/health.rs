//! Whether the service lives, whether it can work, and its numbers.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::state::App;

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", security(()), responses((status = 200, description = "ok", body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers too, and the rules are there.
#[utoipa::path(get, path = "/readyz", tag = "operation", security(()), responses((status = 200, description = "ready", body = String)))]
pub async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    app.store.ping().await?;
    if app.rules.load().office.policies.is_empty() {
        return Err(Problem::unavailable("没有可用的时限政策，请运行 huiying rules check"));
    }
    Ok("ready\n")
}

/// Numbers in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operation", security(()), responses((status = 200, description = "numbers", body = String)))]
pub async fn metrics(State(app): State<App>) -> Response {
    let listeners = u32::try_from(app.live.listeners()).unwrap_or(u32::MAX);
    metrics::gauge!("huiying_sse_listeners").set(f64::from(listeners));
    (StatusCode::OK, [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.render()).into_response()
}
