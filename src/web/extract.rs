//! Extractors whose failures are problem documents, and which let no NUL character through (PostgreSQL keeps none).

use axum::body::HttpBody;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::problem::Problem;
use super::state::App;
use crate::domain::incident::only_keys;
use crate::domain::json_words::in_chinese;
use crate::domain::strict_json;

/// Bytes of a body, as far as its sender says before it comes.
pub fn announced(headers: &HeaderMap, body: &axum::body::Body) -> u64 {
    let said = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    said.unwrap_or(0).max(body.size_hint().lower())
}

/// Largest body of all routes but the ingest of mentions, in bytes.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// A body has to be there after this time.
pub const BODY_WITHIN: std::time::Duration = std::time::Duration::from_secs(15);

/// A JSON body. An object with a key that its schema doesn't name is refused: it is a slip, and what was meant would be lost.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

/// Query parameters.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// Path parameters.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + ToSchema> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        if !is_json(kind) {
            return Err(Problem::unsupported_media("请以 Content-Type: application/json 发送"));
        }
        // One that says that it is too large is not waited for.
        if announced(request.headers(), request.body()) > BODY_BYTES_MAX as u64 {
            return Err(Problem::too_large("请求内容超过上限"));
        }
        let read = tokio::time::timeout(app.body_within, axum::body::Bytes::from_request(request, app)).await;
        let bytes = read.map_err(|_| Problem::timeout("内容没有及时传完，没有保存；请检查网络后重试"))??;
        let value = strict_json::parse(&bytes)
            .map_err(|error| Problem::bad_request(format!("不是有效的 JSON：{}", in_chinese(error))))?;
        if holds_nul(&value) {
            return Err(Problem::refused("内容里有空字符（U+0000），请去掉"));
        }
        let schema = serde_json::to_value(T::schema()).unwrap_or_default();
        if let Some(properties) = schema.get("properties").and_then(serde_json::Value::as_object) {
            let known: Vec<&str> = properties.keys().map(String::as_str).collect();
            only_keys("内容", &value, &known, &[]).map_err(|error| Problem::refused(error.to_string()))?;
        }
        serde_json::from_value(value)
            .map(Self)
            .map_err(|error| Problem::refused(format!("内容不符合要求：{}", in_chinese(error))))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        refuse_nul(parts)?;
        let axum::extract::Query(value) = axum::extract::Query::from_request_parts(parts, state).await?;
        Ok(Self(value))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        refuse_nul(parts)?;
        let axum::extract::Path(value) = axum::extract::Path::from_request_parts(parts, state).await?;
        Ok(Self(value))
    }
}

/// `application/json`, with or without parameters.
pub fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn refuse_nul(parts: &Parts) -> Result<(), Problem> {
    let whole = parts.uri.path_and_query().map_or("", |p| p.as_str());
    if whole.contains("%00") {
        return Err(Problem::bad_request("地址里有空字符（%00），请去掉"));
    }
    Ok(())
}

fn holds_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(holds_nul),
        serde_json::Value::Object(map) => map.iter().any(|(key, item)| key.contains('\0') || holds_nul(item)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_found_at_any_depth_and_an_escaped_backslash_is_none() {
        assert!(holds_nul(&serde_json::from_str(r#"{"a":[{"b":"x\u0000"}]}"#).unwrap()));
        assert!(holds_nul(&serde_json::from_str(r#"{"\u0000":1}"#).unwrap()));
        assert!(!holds_nul(&serde_json::from_str(r#"{"a":"\\u0000"}"#).unwrap()));
    }

    #[test]
    fn json_is_told_by_its_type() {
        assert!(is_json("application/json; charset=utf-8") && is_json("Application/JSON"));
        assert!(!is_json("text/plain") && !is_json("application/jsonl"));
    }
}
