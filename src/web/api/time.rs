//! The time that countdowns run on.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::instant::Instant;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(time))
}

/// The office's time.
#[derive(Debug, Serialize, ToSchema)]
struct Time {
    /// Now.
    now: Instant,
    /// How many seconds pass in one second of the wall clock.
    speed: f64,
    /// 演练
    drill: bool,
    /// When a drill's clock stands still: it is over then.
    ends_at: Option<Instant>,
}

/// The office's time; a drill's runs faster
#[utoipa::path(get, path = "/api/v1/time", tag = "time", security(()), responses((status = 200, description = "Now", body = Time)))]
async fn time(State(app): State<App>) -> Json<Time> {
    Json(Time { now: app.clock.now(), speed: app.clock.speed(), drill: app.drill, ends_at: app.clock.ends_at() })
}
