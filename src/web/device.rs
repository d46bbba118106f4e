//! The browser that somebody logs in from: known again by a cookie of its own, which opens nothing. It only says that other
//! people's failures to log in are not this browser's.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts as RequestParts;

use super::session::cookie;
use super::state::App;
use crate::config::Web;

/// Name of the cookie.
const COOKIE_NAME: &str = "huiying_device";
/// How long a browser keeps it, in seconds: 180 days.
const KEPT_S: u64 = 180 * 24 * 3600;
/// Longest value that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 64;

/// What the browser sent.
#[derive(Clone, Debug)]
pub struct Device(Option<String>);

impl FromRequestParts<App> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut RequestParts, _: &App) -> Result<Self, Infallible> {
        let token = cookie(&parts.headers, COOKIE_NAME);
        Ok(Self(token.filter(|token| !token.is_empty() && token.len() <= TOKEN_BYTES_MAX)))
    }
}

impl Device {
    /// Its token, if it has one.
    pub fn token(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// `Set-Cookie` that lets the browser be known again. It is sent to the log-in alone.
pub fn set_cookie(web: &Web, token: &str) -> String {
    let secure = if web.secure_cookie { "; Secure" } else { "" };
    format!("{COOKIE_NAME}={token}; Path=/api/v1/session; Max-Age={KEPT_S}; HttpOnly; SameSite=Strict{secure}")
}
