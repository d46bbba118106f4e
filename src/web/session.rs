//! Who is asking: the session cookie, the CSRF header on everything that changes something, and the user's roles.

use axum::extract::FromRequestParts;
use axum::http::header::COOKIE;
use axum::http::request::Parts as RequestParts;
use axum::http::{HeaderMap, Method};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::authorise::{Permission, require, visible_to};
use super::headers::asked_by;
use super::problem::Problem;
use super::state::App;
use crate::config::Web;
use crate::domain::administration::Role;
use crate::domain::ids::UserId;
use crate::domain::incident::Viewpoint;
use crate::domain::instant::{Instant, Span};
use crate::store::{SessionRow, StoreError};

/// Name of the cookie.
pub const COOKIE_NAME: &str = "huiying_session";
/// Name of the header.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// All that whoever has to choose another password may ask for until then: who they are, logging out, and changing it.
const BEFORE_CHANGE: [&str; 3] = ["/api/v1/session", "/api/v1/session/password", "/api/v1/password-estimates"];
/// The use of a session is written down at most so often.
const TOUCH_AFTER: Span = Span::from_secs(60);

/// A user who is logged in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Log-in name.
    pub user: UserId,
    /// 姓名
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// What the next change must bring along.
    pub csrf: String,
    /// Hash of the session's token.
    pub token_hash: String,
    /// Their password was given by someone else: they have to choose another first.
    pub must_change: bool,
}

impl SignedIn {
    /// Refuses without the permission.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        require(&self.roles, permission)
    }

    /// From where they see incidents; `None` sees all.
    pub fn visible_to(&self) -> Option<Viewpoint> {
        visible_to(&self.user, &self.roles)
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut RequestParts, app: &App) -> Result<Self, Problem> {
        let token = cookie(&parts.headers, COOKIE_NAME).ok_or_else(|| Problem::unauthenticated("请先登录"))?;
        let (signed_in, session) = load(app, &hash(&token)).await?;
        asked_by(signed_in.user.as_str());
        if signed_in.must_change && !BEFORE_CHANGE.contains(&parts.uri.path()) {
            return Err(Problem::must_change("现在的密码是别人给的，请先改成只有自己知道的，再做别的事"));
        }
        if parts.method != Method::GET && parts.method != Method::HEAD {
            check_csrf(&parts.headers, &session)?;
        }
        touch(app, &session).await?;
        Ok(signed_in)
    }
}

/// Whoever was signed in, as they are now: refused if their session has ended.
pub async fn still(app: &App, who: &SignedIn) -> Result<SignedIn, Problem> {
    Ok(load(app, &who.token_hash).await?.0)
}

async fn load(app: &App, token_hash: &str) -> Result<(SignedIn, SessionRow), Problem> {
    let ended = || Problem::unauthenticated("登录已过期，请重新登录");
    let session = app.store.session(token_hash, app.wall.now()).await?.ok_or_else(ended)?;
    let user = app.store.user(&session.user_id).await?.filter(|user| user.active).ok_or_else(ended)?;
    let roles = serde_json::from_str(&user.roles).map_err(Problem::internal)?;
    let signed_in = SignedIn {
        user: user.id,
        name: user.name,
        roles,
        csrf: session.csrf.clone(),
        token_hash: session.token_hash.clone(),
        must_change: session.must_change,
    };
    Ok((signed_in, session))
}

fn check_csrf(headers: &HeaderMap, session: &SessionRow) -> Result<(), Problem> {
    let sent = headers.get(CSRF_HEADER).map_or(&[][..], |value| value.as_bytes());
    if bool::from(sent.ct_eq(session.csrf.as_bytes())) {
        return Ok(());
    }
    Err(Problem::csrf("缺少或不符的 X-CSRF-Token；请刷新页面后重试，已填内容不会提交"))
}

async fn touch(app: &App, session: &SessionRow) -> Result<(), StoreError> {
    let now = app.wall.now();
    if now - session.seen_at < TOUCH_AFTER {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    tx.touch_session(&session.token_hash, now, ends(&app.web, session.created_at, now)).await?;
    tx.commit().await
}

/// The earlier of idle time from now and the session's whole length.
fn ends(web: &Web, created_at: Instant, now: Instant) -> Instant {
    let idle = now + Span::from_minutes(i64::from(web.session_idle_minutes));
    idle.min(created_at + Span::from_hours(i64::from(web.session_hours)))
}

/// A session that begins: what the browser is given.
#[derive(Clone)]
pub struct Begun {
    token: String,
    /// What the next change must bring along.
    pub csrf: String,
    /// By which the browser is known again.
    pub device: String,
}

impl Begun {
    /// For a browser that is known by a token already, or is given one.
    pub fn new(device: Option<&str>) -> Result<Self, Problem> {
        let device = device.map_or_else(random, |token| Ok(token.to_owned()))?;
        Ok(Self { token: random()?, csrf: random()?, device })
    }

    /// What is stored of it.
    pub fn row(&self, web: &Web, user: &UserId, now: Instant) -> SessionRow {
        SessionRow {
            token_hash: hash(&self.token),
            user_id: user.clone(),
            csrf: self.csrf.clone(),
            created_at: now,
            expires_at: ends(web, now, now),
            seen_at: now,
            must_change: false,
        }
    }

    /// `Set-Cookie` that gives the session to the browser.
    pub fn cookie(&self, web: &Web) -> String {
        set_cookie(web, &self.token)
    }
}

fn set_cookie(web: &Web, token: &str) -> String {
    let seconds = u64::from(web.session_hours) * 3600;
    format!("{COOKIE_NAME}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{}", secure(web))
}

/// `Set-Cookie` that takes it away.
pub fn clear_cookie(web: &Web) -> String {
    format!("{COOKIE_NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{}", secure(web))
}

const fn secure(web: &Web) -> &'static str {
    if web.secure_cookie { "; Secure" } else { "" }
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, named: &str) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == named).map(|(_, value)| value.to_owned())
}

/// What is stored instead of a token.
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// A new token.
pub fn random() -> Result<String, Problem> {
    let mut bytes = [0; TOKEN_BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(Problem::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "a=b; huiying_session=xyz; c=d".parse().unwrap());
        assert_eq!(cookie(&headers, COOKIE_NAME).as_deref(), Some("xyz"));
        headers.insert(COOKIE, "not_huiying_session=xyz".parse().unwrap());
        assert_eq!(cookie(&headers, COOKIE_NAME), None);
    }

    #[test]
    fn a_session_ends_by_idleness_and_in_any_case() {
        let web = Web { session_idle_minutes: 60, session_hours: 2, ..Web::default() };
        let begun = Instant::from_ms(0);
        assert_eq!(ends(&web, begun, begun), begun + Span::from_hours(1));
        assert_eq!(ends(&web, begun, begun + Span::from_minutes(90)), begun + Span::from_hours(2));
    }

    #[test]
    fn the_cookie_is_kept_from_scripts_and_other_sites() {
        let cookie = set_cookie(&Web { secure_cookie: true, ..Web::default() }, "t");
        for part in ["huiying_session=t", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!set_cookie(&Web::default(), "t").contains("Secure"));
    }
}
