//! Logging in and out, one's own password.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::acts::administration::{Credential, apply};
use crate::domain::administration::{AdminCommand, Role};
use crate::domain::ids::UserId;
use crate::web::address::Address;
use crate::web::device::{self, Device};
use crate::web::extract::Body;
use crate::web::login;
use crate::web::password::{self, PasswordError};
use crate::web::problem::Problem;
use crate::web::session::{self, SignedIn};
use crate::web::state::App;

/// Words that others know of a user, and how long each may be, in characters.
const KNOWN_MAX: usize = 8;
const KNOWN_CHARS_MAX: usize = 64;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(log_in, me, log_out)).routes(routes!(change_password)).routes(routes!(estimate))
}

/// What proves a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LogIn {
    /// Log-in name.
    user: String,
    /// Password.
    #[schema(format = Password)]
    password: String,
}

/// Who is logged in.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    user: UserId,
    /// 姓名
    name: String,
    roles: Vec<Role>,
    /// Send it as `X-CSRF-Token` with everything but GET.
    csrf: String,
    /// The password was given by someone else: nothing else is answered until it is changed.
    must_change: bool,
}

/// Log in
#[utoipa::path(post, path = "/api/v1/session", tag = "session", security(()), request_body = LogIn, responses(
    (status = 200, description = "Logged in; sets the cookie", body = Me),
    (status = 401, description = "Wrong name or password", body = crate::web::problem::ProblemDocument, content_type = "application/problem+json"),
    (status = 403, description = "Sent by another site", body = crate::web::problem::ProblemDocument, content_type = "application/problem+json"),
    (status = 429, description = "Too many failures: wait, as Retry-After says", body = crate::web::problem::ProblemDocument, content_type = "application/problem+json"),
))]
async fn log_in(
    State(app): State<App>,
    address: Address,
    device: Device,
    Body(LogIn { user, password }): Body<LogIn>,
) -> Result<impl IntoResponse, Problem> {
    let proven = login::check(&app, &address, &device, &user, password).await?;
    let begun = login::enter(&app, &proven, &address, &device).await?;
    let roles = serde_json::from_str(&proven.user.roles).map_err(Problem::internal)?;
    let cookies = [begun.cookie(&app.web), device::set_cookie(&app.web, &begun.device)];
    let login::Proven { user, must_change, .. } = proven;
    let me = Me { user: user.id, name: user.name, roles, csrf: begun.csrf, must_change };
    Ok((AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie))), Json(me)))
}

/// Who am I
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, description = "Logged in", body = Me)))]
async fn me(who: SignedIn) -> Json<Me> {
    let SignedIn { user, name, roles, csrf, must_change, .. } = who;
    Json(Me { user, name, roles, csrf, must_change })
}

/// Log out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204, description = "Logged out")))]
async fn log_out(State(app): State<App>, who: SignedIn, address: Address) -> Result<impl IntoResponse, Problem> {
    login::leave(&app, &who, &address).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, session::clear_cookie(&app.web))]))
}

/// One's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    /// The present one.
    #[schema(format = Password)]
    old: String,
    /// The one from now on: at least 10 characters, and none that is easily guessed.
    #[schema(format = Password)]
    new: String,
}

/// Change one's own password; other sessions end
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = ChangePassword, responses(
    (status = 204, description = "Changed"),
    (status = 429, description = "Too many failures", body = crate::web::problem::ProblemDocument, content_type = "application/problem+json"),
))]
async fn change_password(
    State(app): State<App>,
    who: SignedIn,
    address: Address,
    device: Device,
    Body(ChangePassword { old, new }): Body<ChangePassword>,
) -> Result<StatusCode, Problem> {
    let checked = login::check(&app, &address, &device, who.user.as_str(), old.clone()).await;
    let proven = checked.map_err(|problem| match problem.status() {
        StatusCode::UNAUTHORIZED => Problem::refused("原密码不对"),
        _ => problem,
    })?;
    login::confirm(&app, &proven).await?;
    if who.must_change && old == new {
        return Err(Problem::refused("新密码与原密码相同，请换一个"));
    }
    let hash = app.passwords.hash(new, &[who.user.as_str(), &who.name]).await.map_err(weak)?;
    let credential = Credential { hash, must_change: false };
    let command = [AdminCommand::ChangePassword { user: who.user.clone() }];
    let rules = app.rules.load_full();
    let keep = Some(who.token_hash.as_str());
    apply(&app.store, &rules.office, &command, Some(&credential), who.user.as_str(), keep, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A password that isn't taken is the reader's to mend.
pub(super) fn weak(error: PasswordError) -> Problem {
    match error {
        PasswordError::Weak | PasswordError::Guessable(_) => Problem::refused(error.to_string()),
        PasswordError::Hash(_) => Problem::internal(error),
    }
}

/// A password that somebody thinks of. It is kept nowhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Thought {
    #[schema(format = Password, max_length = 1024)]
    password: String,
    /// What others know of its user: log-in name, name. Without it, of whoever asks.
    #[serde(default)]
    #[schema(max_items = 8)]
    known: Vec<String>,
}

/// What it is worth.
#[derive(Debug, Serialize, ToSchema)]
struct Estimate {
    /// 0 (guessed at once) to 4 (not to be guessed).
    #[schema(minimum = 0, maximum = 4)]
    score: u8,
    /// Why it would not be taken; null if it would.
    #[schema(required)]
    refused: Option<String>,
}

/// Estimate what guessing a password would cost, while it is typed
#[utoipa::path(post, path = "/api/v1/password-estimates", tag = "session", request_body = Thought, responses((status = 200, description = "What it is worth", body = Estimate)))]
async fn estimate(who: SignedIn, Body(thought): Body<Thought>) -> Result<Json<Estimate>, Problem> {
    let Thought { password, mut known } = thought;
    if known.len() > KNOWN_MAX || known.iter().any(|word| word.chars().count() > KNOWN_CHARS_MAX) {
        return Err(Problem::refused(format!("known 不超过 {KNOWN_MAX} 项，每项不超过 {KNOWN_CHARS_MAX} 字")));
    }
    if known.is_empty() {
        known = vec![who.user.to_string(), who.name.clone()];
    }
    let judged = tokio::task::spawn_blocking(move || {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        password::estimate(&password, &known)
    });
    let (score, taken) = judged.await.map_err(Problem::internal)?;
    Ok(Json(Estimate { score, refused: taken.err().map(|error| error.to_string()) }))
}
