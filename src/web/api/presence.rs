//! Who else has a case open, told over the live stream.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::incidents::visible;
use crate::domain::ids::IncidentId;
use crate::web::extract::{Body, Path};
use crate::web::presence::{Doing, Present};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(say))
}

/// What I do with a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Saying {
    doing: Doing,
}

/// Who has the case open.
#[derive(Debug, Serialize, ToSchema)]
struct There {
    /// Whoever said so within the last 50 seconds, at this node.
    people: Vec<Present>,
}

/// Says what I do with a case, to be said anew every 20 seconds; a department is told of nobody and nobody of it
#[utoipa::path(post, path = "/api/v1/incidents/{id}/presence", tag = "incidents", params(("id" = String, Path, description = "编号")), request_body = Saying, responses((status = 200, description = "Who is there", body = There)))]
async fn say(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
    Body(saying): Body<Saying>,
) -> Result<Json<There>, Problem> {
    let row = visible(&app, &who, &id).await?;
    if who.visible_to().is_some() {
        return Ok(Json(There { people: Vec::new() }));
    }
    let present = Present { user: who.user.clone(), name: who.name.clone(), doing: saying.doing, at: app.wall.now() };
    let (people, changed) = app.presence.say(&row.id, present);
    if changed {
        app.live.tell_presence(row.id, Arc::new(people.clone()));
    }
    Ok(Json(There { people }))
}
