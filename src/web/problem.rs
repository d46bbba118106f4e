//! Errors as RFC 9457 problem documents: one mapping from everything that can go wrong to what a reader is told.
//! What went wrong inside is logged once, here, and never shown.

use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::acts::administration::AdminError;
use crate::domain::administration::AdminRefusal;
use crate::domain::json_words::in_chinese;
use crate::store::StoreError;

/// Media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A problem document. `detail` says in Chinese what happened and what the reader can do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// What kind of problem, as a stable URN.
    #[serde(rename = "type")]
    #[schema(example = "urn:huiying:not-found")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status again.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// This occurrence in words.
    pub detail: String,
}

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{title}：{detail}")]
pub struct Problem {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: String,
    retry_after_s: Option<u64>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $slug:literal, $title:literal;)*) => {
        impl Problem {
            $($(#[$doc])*
            pub fn $name(detail: impl Into<String>) -> Self {
                Self {
                    status: StatusCode::$status,
                    slug: $slug,
                    title: $title,
                    detail: detail.into(),
                    retry_after_s: None,
                }
            })*
        }
    };
}

kinds! {
    /// The request itself can't be read.
    bad_request = BAD_REQUEST, "bad-request", "请求有误";
    /// Nobody is logged in, or the log-in failed.
    unauthenticated = UNAUTHORIZED, "unauthenticated", "未登录";
    /// Not allowed to this user.
    forbidden = FORBIDDEN, "forbidden", "无权限";
    /// Another password has to be chosen first.
    must_change = FORBIDDEN, "must-change-password", "须先修改密码";
    /// The CSRF header is missing or wrong.
    csrf = FORBIDDEN, "csrf", "请求校验失败";
    /// Not there, or not to be seen by this user.
    not_found = NOT_FOUND, "not-found", "未找到";
    /// The path has no such method.
    method_not_allowed = METHOD_NOT_ALLOWED, "method-not-allowed", "不支持的方法";
    /// Took too long to arrive.
    timeout = REQUEST_TIMEOUT, "timeout", "请求超时";
    /// Somebody was faster, or it is there already.
    conflict = CONFLICT, "conflict", "内容已变化";
    /// Body above its cap.
    too_large = PAYLOAD_TOO_LARGE, "too-large", "内容过大";
    /// Address above its cap.
    uri_too_long = URI_TOO_LONG, "uri-too-long", "地址过长";
    /// Headers above their cap.
    head_too_large = REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "请求头过大";
    /// A body of another kind than asked for.
    unsupported_media = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "内容类型不对";
    /// Readable, but refused with a reason.
    refused = UNPROCESSABLE_ENTITY, "refused", "不能执行";
    /// Too often.
    too_many = TOO_MANY_REQUESTS, "too-many-requests", "尝试过于频繁";
    /// Not now.
    unavailable = SERVICE_UNAVAILABLE, "unavailable", "服务暂不可用";
}

impl Problem {
    /// Something failed inside: logged with its cause, told without.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            slug: "internal",
            title: "服务内部错误",
            detail: "服务出错，已记入日志；请稍后重试，仍不行请联系管理员".to_owned(),
            retry_after_s: None,
        }
    }

    /// Says when to try again.
    pub fn retry_after_s(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The document.
    pub fn document(&self) -> ProblemDocument {
        ProblemDocument {
            kind: format!("urn:huiying:{}", self.slug),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.document()).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large("请求内容超过上限"),
            _ => Self::bad_request("请求内容没有收全，请重新发送"),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let said = rejection.body_text();
        let said = said.strip_prefix("Failed to deserialize query string: ").unwrap_or(&said);
        Self::bad_request(format!("查询参数有误：{}", in_chinese(said)))
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::bad_request("地址有误：编号写法不对")
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::conflict("内容刚被他人更新，请刷新后重试"),
            StoreError::Duplicate { .. } => Self::conflict("记录已存在"),
            other if other.is_passing() => {
                tracing::error!(error = %other, "database unavailable");
                Self::unavailable("数据库暂不可用，所填内容没有保存；请稍后重试").retry_after_s(5)
            }
            other => Self::internal(other),
        }
    }
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Refused(AdminRefusal::Unknown(_)) => Self::not_found("没有这个用户"),
            AdminError::Refused(refusal @ AdminRefusal::Exists(_)) => Self::conflict(refusal.to_string()),
            AdminError::Refused(refusal) => Self::refused(refusal.to_string()),
            AdminError::Store(error) => error.into(),
            AdminError::State(_) => Self::internal(error),
        }
    }
}
