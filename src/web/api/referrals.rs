//! What a referral hands over (移交材料): read by those who may, and every look is recorded before it is answered.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::case::problem;
use super::incidents::visible;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::incident::Command;
use crate::domain::instant::Instant;
use crate::web::authorise;
use crate::web::extract::{Body, Path};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(look))
}

/// Why someone looks.
#[derive(Debug, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LookAsked {
    /// Id of the referral: `referral-1`.
    record: String,
}

/// One mention as it was sealed.
#[derive(Debug, Serialize, ToSchema)]
struct EvidenceView {
    mention: MentionId,
    content_hash: String,
    #[schema(value_type = String, format = DateTime)]
    sealed_at: Instant,
    /// Title, text, address and what is known of the author.
    #[schema(value_type = Object)]
    sealed: Value,
}

/// Opens the sealed material of a referral; the look is recorded
#[utoipa::path(post, path = "/api/v1/incidents/{id}/evidence", tag = "incidents", params(("id" = String, Path, description = "编号")), request_body = LookAsked, responses((status = 200, description = "What was sealed, in order", body = Vec<EvidenceView>)))]
async fn look(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
    Body(asked): Body<LookAsked>,
) -> Result<Json<Vec<EvidenceView>>, Problem> {
    let row = visible(&app, &who, &id).await?;
    let by = authorise::actor(&who.user, &who.roles, "look_at_referral")?;
    let command = Command::LookAtReferral { id: asked.record.clone() };
    let acted = app.acts.act(&row.id, &command, &by, None, app.clock.now()).await.map_err(problem)?;
    let mut rows = app.store.evidence(&row.id, &asked.record).await?;
    if rows.is_empty() {
        // Proposed on the incident that this one was merged into.
        rows = app.store.evidence(&acted.incident, &asked.record).await?;
    }
    let view = |row: crate::store::EvidenceRow| EvidenceView {
        mention: row.mention,
        content_hash: row.content_hash,
        sealed_at: row.sealed_at,
        sealed: serde_json::from_str(&row.body).unwrap_or_default(),
    };
    Ok(Json(rows.into_iter().map(view).collect()))
}
