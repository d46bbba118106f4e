//! Notices on their way: what waits, and what was given up after the last attempt.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::instant::Instant;
use crate::web::authorise::Permission;
use crate::web::extract::{Path, Query};
use crate::web::page::{Page, Paging, page};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(retry))
}

/// Which deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Standing {
    /// Given up.
    #[default]
    Failed,
    /// Not accepted yet.
    Waiting,
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Given up (the default), or not accepted yet.
    #[serde(default)]
    #[param(inline, required = false)]
    standing: Standing,
}

/// A notice on its way to one recipient by one channel.
#[derive(Debug, Serialize, ToSchema)]
struct Delivery {
    /// A number, as text.
    id: String,
    /// The stream that it tells of: `incident/…`.
    about: String,
    channel: String,
    recipient: String,
    created_at: Instant,
    attempts: i64,
    /// When it is tried next; null if it was given up.
    #[schema(required)]
    next_attempt_at: Option<Instant>,
    /// When it was given up.
    #[schema(required)]
    failed_at: Option<Instant>,
    /// Why the last attempt failed.
    #[schema(required)]
    error: Option<String>,
}

/// Notices that were given up, or that wait, the newest first
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "notifications", params(Which, Paging), responses((status = 200, description = "A page", body = Page<Delivery>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Query(which): Query<Which>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Delivery>>, Problem> {
    who.require(Permission::ReadDeliveries)?;
    let limit = paging.limit()?;
    let rows = app.store.outbox_page(which.standing == Standing::Failed, paging.after()?, limit + 1).await?;
    Ok(Json(page(
        rows,
        limit,
        |row| row.id.to_string(),
        |row| Delivery {
            id: row.id.to_string(),
            about: row.stream,
            channel: row.channel,
            recipient: row.recipient,
            created_at: row.created_at,
            attempts: row.attempts,
            next_attempt_at: row.failed_at.is_none().then_some(row.next_attempt_at),
            failed_at: row.failed_at,
            error: row.error,
        },
    )))
}

/// Try again what was given up
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/retry", tag = "notifications", params(("id" = i64, Path, description = "Its number")), responses((status = 204, description = "It is tried at once")))]
async fn retry(State(app): State<App>, who: SignedIn, Path(id): Path<i64>) -> Result<StatusCode, Problem> {
    who.require(Permission::RetryDeliveries)?;
    let mut tx = app.store.write().await?;
    let revived = tx.revive_outbox(id, app.clock.now()).await?;
    tx.commit().await?;
    if revived { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("没有这条投递失败的通知")) }
}
