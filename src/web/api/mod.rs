//! The API under `/api/v1`: one file per noun.

mod session;
mod time;
mod users;

use utoipa_axum::router::OpenApiRouter;

use super::state::App;

/// All nouns.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(session::routes()).merge(time::routes()).merge(users::routes())
}
