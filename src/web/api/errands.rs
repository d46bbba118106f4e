//! Errands (交给后台的事): a source tried, a text explained, a backtest, a test notice. Asked for here, done by the engine.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::errand::{Errand, ErrandResult};
use crate::domain::instant::{Instant, Span};
use crate::rules::file::FileName;
use crate::store::ErrandRow;
use crate::web::authorise::Permission;
use crate::web::extract::{Body, Path};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Errands that may wait or run at a time.
const OPEN_MAX: i64 = 20;
/// What has ended is kept so long.
const KEPT: Span = Span::from_hours(24);

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ask)).routes(routes!(one))
}

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskErrand {
    errand: Errand,
}

/// An errand.
#[derive(Debug, Serialize, ToSchema)]
struct ErrandView {
    id: String,
    /// `waiting`, `running`, `done`, `failed`
    state: String,
    /// 0–100
    progress: i64,
    asked_at: Instant,
    ended_at: Option<Instant>,
    /// What came of it.
    result: Option<ErrandResult>,
    /// Why it failed.
    error: Option<String>,
}

fn view(row: ErrandRow) -> Result<ErrandView, Problem> {
    let result = row.result.as_deref().map(serde_json::from_str).transpose().map_err(Problem::internal)?;
    let ErrandRow { id, state, progress, asked_at, ended_at, error, .. } = row;
    Ok(ErrandView { id, state, progress, asked_at, ended_at, result, error })
}

/// Ask for an errand; ask again for what came of it
#[utoipa::path(post, path = "/api/v1/errands", tag = "errands", request_body = AskErrand, responses(
    (status = 202, description = "It will be done", body = ErrandView),
    (status = 429, description = "Too many wait", body = crate::web::problem::ProblemDocument, content_type = "application/problem+json"),
))]
async fn ask(
    State(app): State<App>,
    who: SignedIn,
    Body(AskErrand { errand }): Body<AskErrand>,
) -> Result<(StatusCode, Json<ErrandView>), Problem> {
    who.require(match errand {
        Errand::TryText { .. } => Permission::TryTexts,
        _ => Permission::ManageRuleFiles,
    })?;
    errand.check().map_err(Problem::refused)?;
    if let Errand::Backtest { proposed, .. } | Errand::TryText { proposed: Some(proposed), .. } = &errand {
        FileName::new(&proposed.file).map_err(|error| Problem::refused(error.to_string()))?;
    }
    let now = app.clock.now();
    let row = ErrandRow {
        id: uuid::Uuid::new_v4().to_string(),
        kind: errand.kind().to_owned(),
        input: serde_json::to_string(&errand).map_err(Problem::internal)?,
        by_user: who.user.to_string(),
        asked_at: now,
        state: "waiting".to_owned(),
        progress: 0,
        leased_until: None,
        ended_at: None,
        result: None,
        error: None,
    };
    let mut tx = app.store.write().await?;
    if tx.open_errands().await? >= OPEN_MAX {
        return Err(Problem::too_many("等待的后台任务过多，请稍后再试").retry_after_s(10));
    }
    tx.insert_errand(&row, now - KEPT).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(view(row)?)))
}

/// What came of one's errand
#[utoipa::path(get, path = "/api/v1/errands/{id}", tag = "errands", params(("id" = String, Path, description = "Its id")), responses((status = 200, description = "How far it is", body = ErrandView)))]
async fn one(State(app): State<App>, who: SignedIn, Path(id): Path<String>) -> Result<Json<ErrandView>, Problem> {
    who.require(Permission::TryTexts)?;
    let row = app.store.errand(&id).await?.filter(|row| row.by_user == who.user.as_str());
    Ok(Json(view(row.ok_or_else(|| Problem::not_found("没有这个后台任务，可能已过期"))?)?))
}
