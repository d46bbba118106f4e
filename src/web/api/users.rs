//! Users and their roles: for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::weak;
use crate::acts::administration::{Credential, apply};
use crate::domain::administration::{AdminCommand, Role};
use crate::domain::ids::UserId;
use crate::domain::instant::Instant;
use crate::store::UserRow;
use crate::web::authorise::Permission;
use crate::web::extract::{Body, Path, Query};
use crate::web::page::{Page, Paging, page};
use crate::web::password;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change))
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
struct UserView {
    /// Log-in name.
    user: UserId,
    /// 姓名
    name: String,
    roles: Vec<Role>,
    /// May log in.
    active: bool,
    created_at: Instant,
    updated_at: Instant,
}

fn view(row: UserRow) -> Result<UserView, Problem> {
    let roles = serde_json::from_str(&row.roles).map_err(Problem::internal)?;
    let UserRow { id, name, active, created_at, updated_at, .. } = row;
    Ok(UserView { user: id, name, roles, active, created_at, updated_at })
}

/// Users, by log-in name
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(Paging), responses((status = 200, description = "A page", body = Page<UserView>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<UserView>>, Problem> {
    who.require(Permission::ReadUsers)?;
    let limit = paging.limit()?;
    let after: String = paging.after()?.unwrap_or_default();
    let rows = app.store.users(&after, limit + 1).await?;
    let rows = page(rows, limit, |row| row.id.to_string(), view);
    let items = rows.items.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(Json(Page { items, next: rows.next }))
}

/// A new user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddUser {
    /// Log-in name: lower-case letters, digits, `_`, `-`.
    #[schema(min_length = 1, max_length = 64)]
    user: String,
    /// 姓名
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    #[schema(min_items = 1)]
    roles: Vec<Role>,
    /// Without it one is generated and told once.
    #[schema(format = Password)]
    password: Option<String>,
}

/// A user, and a password that was generated for them.
#[derive(Debug, Serialize, ToSchema)]
struct UserWithPassword {
    #[serde(flatten)]
    account: UserView,
    /// Told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// Add a user
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = AddUser, responses((status = 201, description = "Added", body = UserWithPassword)))]
async fn add(
    State(app): State<App>,
    who: SignedIn,
    Body(wanted): Body<AddUser>,
) -> Result<(StatusCode, Json<UserWithPassword>), Problem> {
    who.require(Permission::ManageUsers)?;
    let (generated, credential) = credential(&app, wanted.password, &[&wanted.user, &wanted.name]).await?;
    let id = UserId::new(wanted.user);
    let command = [AdminCommand::AddUser { user: id.clone(), name: wanted.name, roles: wanted.roles }];
    let rules = app.rules.load_full();
    apply(&app.store, &rules.office, &command, Some(&credential), who.user.as_str(), None, app.clock.now()).await?;
    let account = read(&app, &id).await?;
    Ok((StatusCode::CREATED, Json(UserWithPassword { account, password: generated })))
}

/// What shall be different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeUser {
    /// 姓名
    name: Option<String>,
    roles: Option<Vec<Role>>,
    /// May log in.
    active: Option<bool>,
    /// A new password, to be changed at the next log-in.
    #[schema(format = Password)]
    password: Option<String>,
    /// Generates one and tells it once.
    #[serde(default)]
    reset_password: bool,
}

/// Change a user; their sessions end with new rights or a new password
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", params(("id" = String, Path, description = "Log-in name")), request_body = ChangeUser, responses((status = 200, description = "Changed", body = UserWithPassword)))]
async fn change(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<UserId>,
    Body(wanted): Body<ChangeUser>,
) -> Result<Json<UserWithPassword>, Problem> {
    who.require(Permission::ManageUsers)?;
    let now = read(&app, &id).await?;
    let mut commands = Vec::new();
    if let Some(name) = wanted.name.filter(|name| *name != now.name) {
        commands.push(AdminCommand::RenameUser { user: id.clone(), name });
    }
    if let Some(roles) = wanted.roles.filter(|roles| *roles != now.roles) {
        commands.push(AdminCommand::ChangeRoles { user: id.clone(), roles });
    }
    match wanted.active {
        Some(true) if !now.active => commands.push(AdminCommand::ReactivateUser { user: id.clone() }),
        Some(false) if now.active => commands.push(AdminCommand::DeactivateUser { user: id.clone() }),
        _ => {}
    }
    let (mut generated, mut new) = (None, None);
    if wanted.password.is_some() || wanted.reset_password {
        let (password, credential) = credential(&app, wanted.password, &[id.as_str(), &now.name]).await?;
        (generated, new) = (password, Some(credential));
        commands.push(AdminCommand::ChangePassword { user: id.clone() });
    }
    if !commands.is_empty() {
        let rules = app.rules.load_full();
        apply(&app.store, &rules.office, &commands, new.as_ref(), who.user.as_str(), None, app.clock.now()).await?;
    }
    Ok(Json(UserWithPassword { account: read(&app, &id).await?, password: generated }))
}

async fn read(app: &App, id: &UserId) -> Result<UserView, Problem> {
    view(app.store.user(id).await?.ok_or_else(|| Problem::not_found("没有这个用户"))?)
}

/// The given password, or a generated one that is told; either way someone else's choice.
async fn credential(app: &App, given: Option<String>, known: &[&str]) -> Result<(Option<String>, Credential), Problem> {
    let generated = match given {
        Some(_) => None,
        None => Some(password::generate().map_err(Problem::internal)?),
    };
    let text = given.or_else(|| generated.clone()).unwrap_or_default();
    let hash = app.passwords.hash(text, known).await.map_err(weak)?;
    Ok((generated, Credential { hash, must_change: true }))
}
