//! All routes and what stands around them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::BODY_BYTES_MAX;
use super::problem::Problem;
use super::state::App;
use super::{api, assets, headers, health, openapi};
use crate::rules::suggest;

/// The routes with their description.
pub(super) fn routes() -> OpenApiRouter<App> {
    let all = OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(description))
        .merge(api::routes());
    let (router, description) = all.split_for_parts();
    let mut whole = OpenApiRouter::from(router);
    *whole.get_openapi_mut() = openapi::complete(description);
    whole
}

/// This description.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "operation", security(()), responses((status = 200, description = "OpenAPI", body = serde_json::Value)))]
async fn description() -> Result<Response, Problem> {
    let text = openapi::document().to_json().map_err(Problem::internal)?;
    Ok(([(axum::http::header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// The whole service.
pub fn router(app: App) -> Router {
    // Streams of events are never held back for compressing.
    let compressible = SizeAbove::new(1024).and(NotForContentType::const_new("text/event-stream"));
    Router::from(routes())
        .route_layer(middleware::from_fn(refuse_unknown_keys))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed("这个接口不接受该方法") })
        .fallback(assets::fallback)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(refuse_other_sites))
        .layer(middleware::from_fn_with_state(app.clone(), headers::trace))
        .layer(middleware::from_fn_with_state(app.clone(), headers::secure))
        .with_state(app)
}

/// Keys of a query that each operation reads, by method and path.
static KEYS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let document = serde_json::to_value(openapi::document()).unwrap_or_default();
    let mut keys = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let named = parameters.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
            keys.insert(format!("{} {path}", method.to_uppercase()), named.map(str::to_owned).collect());
        }
    }
    keys
});

/// A key of a query that nobody reads is a slip: what it was meant to leave out would be shown.
async fn refuse_unknown_keys(request: axum::extract::Request, next: middleware::Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| format!("{} {}", request.method(), path.as_str()));
    if let (Some(query), Some(known)) = (request.uri().query(), path.and_then(|path| KEYS.get(&path))) {
        let asked = url::form_urlencoded::parse(query.as_bytes());
        let known = || known.iter().map(String::as_str);
        for (key, _) in asked.filter(|(key, _)| !key.is_empty()) {
            if !known().any(|one| one == key) {
                let fix = suggest(&key, known().collect::<Vec<_>>());
                return Problem::bad_request(format!("查询参数没有 {key}，{fix}")).into_response();
            }
        }
    }
    next.run(request).await
}

fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("panic");
    Problem::internal(text).into_response()
}

/// A browser says when another site made it send something that changes our state; that is refused, the log-in included.
async fn refuse_other_sites(request: axum::extract::Request, next: middleware::Next) -> Response {
    let changes = !request.method().is_safe();
    let site = request.headers().get("sec-fetch-site").map(|value| value.as_bytes());
    if changes && matches!(site, Some(b"cross-site" | b"same-site")) {
        return Problem::csrf("请求来自其他网站，已拒绝").into_response();
    }
    next.run(request).await
}
