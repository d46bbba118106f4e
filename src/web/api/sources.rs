//! Sources (信源) and their health.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::instant::Instant;
use crate::store::SourceRow;
use crate::web::authorise::Permission;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A source.
#[derive(Debug, Serialize, ToSchema)]
struct Source {
    id: String,
    /// `ok`, `empty`, `failing`, `stale`, `new`.
    health: String,
    /// What is wrong.
    message: Option<String>,
    last_run_at: Option<Instant>,
    last_ok_at: Option<Instant>,
    last_new_at: Option<Instant>,
    next_run_at: Option<Instant>,
    /// Failures in a row.
    failures: i64,
    /// Mentions that it gave so far.
    new_count: i64,
}

impl From<SourceRow> for Source {
    fn from(row: SourceRow) -> Self {
        Self {
            id: row.source,
            health: row.health,
            message: row.message,
            last_run_at: row.last_run_at,
            last_ok_at: row.last_ok_at,
            last_new_at: row.last_new_at,
            next_run_at: row.next_run_at,
            failures: row.failures,
            new_count: row.new_count,
        }
    }
}

/// Sources with their health
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources", responses((status = 200, description = "All", body = Page<Source>)))]
async fn list(State(app): State<App>, who: SignedIn) -> Result<Json<Page<Source>>, Problem> {
    who.require(Permission::ReadCollection)?;
    let rows = app.store.sources().await?;
    Ok(Json(Page { items: rows.into_iter().map(Source::from).collect(), next: None }))
}
