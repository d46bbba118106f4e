//! Suggestions (归并建议): mentions that may belong to a case and were left out; a person decides.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::case::problem;
use super::incidents::visible;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::Instant;
use crate::text::normalise::clip;
use crate::web::authorise;
use crate::web::extract::{Body, Path};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Suggestions of a case that are shown, the likest.
const SHOWN_MAX: i64 = 50;
/// Characters of a mention that are shown.
const TEXT_CHARS_MAX: usize = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(decide))
}

/// A mention that may belong to a case.
#[derive(Debug, Serialize, ToSchema)]
struct Suggestion {
    mention: MentionId,
    title: Option<String>,
    /// Its beginning.
    text: String,
    /// The case that it opened or joined; null if none.
    incident: Option<IncidentId>,
    /// 0–1
    likeness: f64,
    /// Why it is suggested, and why it was left out.
    how: String,
    at: Instant,
}

/// Whether it is the same matter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// True: it joins, or the case that it opened is merged. False: what is like it joins no more.
    same: bool,
}

/// Mentions that may belong to a case, the likest first
#[utoipa::path(get, path = "/api/v1/incidents/{id}/suggestions", tag = "incidents", params(("id" = String, Path, description = "编号")), responses((status = 200, description = "Those that nobody has decided", body = Vec<Suggestion>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
) -> Result<Json<Vec<Suggestion>>, Problem> {
    authorise::actor(&who.user, &who.roles, "merge")?;
    let row = visible(&app, &who, &id).await?;
    let rows = app.store.suggestions(&row.id, SHOWN_MAX).await?;
    let view = |row: crate::store::SuggestionRow| Suggestion {
        text: clip(&row.text, TEXT_CHARS_MAX).into_owned(),
        mention: row.mention,
        title: row.title,
        incident: row.opened,
        likeness: f64::from(i32::try_from(row.likeness).unwrap_or(i32::MAX)) / 1_000.0,
        how: row.how,
        at: row.at,
    };
    Ok(Json(rows.into_iter().map(view).collect()))
}

/// Says whether a suggested mention is of the case
#[utoipa::path(post, path = "/api/v1/incidents/{id}/suggestions/{mention}", tag = "incidents", params(("id" = String, Path, description = "编号"), ("mention" = String, Path, description = "The mention's id")), request_body = Decision, responses((status = 204, description = "Done")))]
async fn decide(
    State(app): State<App>,
    who: SignedIn,
    Path((id, mention)): Path<(IncidentId, MentionId)>,
    Body(decision): Body<Decision>,
) -> Result<StatusCode, Problem> {
    let by = authorise::actor(&who.user, &who.roles, "merge")?;
    let row = visible(&app, &who, &id).await?;
    let now = app.clock.now();
    app.acts.decide_suggestion(&row.id, &mention, decision.same, &by, now).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
