//! Records that could not be taken, with the reason.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::instant::Instant;
use crate::web::authorise::Permission;
use crate::web::extract::Query;
use crate::web::page::{Page, Paging, page};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A record that could not be taken.
#[derive(Debug, Serialize, ToSchema)]
struct Reject {
    id: i64,
    /// File, source or webhook key.
    origin: String,
    /// Line or number within what was sent.
    line: Option<i64>,
    /// Why.
    reason: String,
    /// Its beginning.
    sample: String,
    at: Instant,
}

/// Records that could not be taken, the newest first
#[utoipa::path(get, path = "/api/v1/rejects", tag = "sources", params(Paging), responses((status = 200, description = "A page", body = Page<Reject>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Reject>>, Problem> {
    who.require(Permission::ReadCollection)?;
    let limit = paging.limit()?;
    let rows = app.store.rejects(paging.after()?, limit + 1).await?;
    Ok(Json(page(
        rows,
        limit,
        |row| row.id.to_string(),
        |row| Reject {
            id: row.id,
            origin: row.origin,
            line: row.line,
            reason: row.reason,
            sample: row.sample,
            at: row.at,
        },
    )))
}
