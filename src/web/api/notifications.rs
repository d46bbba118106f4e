//! What a user was told in-app.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::ids::IncidentId;
use crate::domain::instant::Instant;
use crate::web::extract::{Path, Query};
use crate::web::page::{Paging, page};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// A notification.
#[derive(Debug, Serialize, ToSchema)]
struct Notification {
    /// A number, as text.
    id: String,
    incident: Option<IncidentId>,
    /// The case's title.
    title: Option<String>,
    /// The event that it tells of.
    kind: String,
    /// What it says.
    text: String,
    created_at: Instant,
    /// When I first read it; whoever else was told reads for themselves.
    read_at: Option<Instant>,
}

/// Notifications, and how many are unread.
#[derive(Debug, Serialize, ToSchema)]
struct Notifications {
    items: Vec<Notification>,
    /// Cursor of the next page.
    #[schema(required)]
    next: Option<String>,
    /// Not read yet by me, of all pages.
    unread: i64,
}

/// Whoever the user is told as: the account itself, its body, the tiers it holds.
fn recipients(app: &App, who: &SignedIn) -> Vec<String> {
    let mut recipients = vec![who.user.to_string()];
    recipients.extend(who.roles.iter().filter_map(own_body));
    let rules = app.rules.load();
    recipients.extend(rules.office.held_by(who.user.as_str()).map(|holder| holder.id.clone()));
    recipients
}

/// Notices to a body go to its people; what the office is told, its tiers are told by name.
fn own_body(role: &crate::domain::administration::Role) -> Option<String> {
    use crate::domain::administration::Role;
    match role {
        Role::Department { .. } | Role::Publicity => role.acts_for().map(|body| body.to_string()),
        Role::Analyst => role.acts_for().map(|body| body.to_string()),
        _ => None,
    }
}

/// What I was told, the newest first
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications", params(Paging), responses((status = 200, description = "A page", body = Notifications)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Query(paging): Query<Paging>,
) -> Result<Json<Notifications>, Problem> {
    let limit = paging.limit()?;
    let recipients = recipients(&app, &who);
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let rows = app.store.notifications(&who.user, &recipients, paging.after()?, limit + 1).await?;
    let unread = app.store.unread_notifications(&who.user, &recipients).await?;
    let askers = rows.iter().filter_map(|row| row.caused_by.clone());
    let rules = app.rules.load_full();
    let names = super::history::names(&app, &rules.office, askers).await?;
    let mut titles = BTreeMap::new();
    for id in rows.iter().filter_map(|row| row.incident.clone()) {
        if !titles.contains_key(&id)
            && let Some(incident) = app.store.incident(&id).await?
        {
            titles.insert(id, incident.title);
        }
    }
    let rows = page(
        rows,
        limit,
        |row| row.id.to_string(),
        |row| Notification {
            id: row.id.to_string(),
            title: row.incident.as_ref().and_then(|id| titles.get(id).cloned()),
            incident: row.incident,
            kind: row.kind,
            text: match &row.caused_by {
                Some(by) => format!("{}提出的{}", names.of(by), row.text),
                None => row.text,
            },
            created_at: row.created_at,
            read_at: row.read_at,
        },
    );
    Ok(Json(Notifications { items: rows.items, next: rows.next, unread }))
}

/// I have read it
#[utoipa::path(post, path = "/api/v1/notifications/{id}/read", tag = "notifications", params(("id" = i64, Path, description = "Its number")), responses((status = 204, description = "Marked")))]
async fn read(State(app): State<App>, who: SignedIn, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    let recipients = recipients(&app, &who);
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let mut tx = app.store.write().await?;
    let theirs = tx.read_notification(id, &who.user, &recipients, app.clock.now()).await?;
    tx.commit().await?;
    if theirs { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("没有这条通知")) }
}
