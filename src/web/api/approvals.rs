//! 待我复核: what waits for a second person, of all cases, and is the user's to decide.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::case::{self, ApprovalView};
use super::history::names;
use crate::domain::grade::Grade;
use crate::domain::ids::IncidentId;
use crate::web::authorise;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Cases looked at.
const CASES_MAX: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Something that waits for a second person.
#[derive(Debug, Serialize, ToSchema)]
struct WaitingView {
    incident: IncidentId,
    title: String,
    event_grade: Grade,
    opinion_grade: Grade,
    sensitive: bool,
    /// I asked for it myself: another has to decide.
    own: bool,
    #[serde(flatten)]
    approval: ApprovalView,
}

/// What waits for a second person: what I may decide and what I asked for myself, the oldest first
#[utoipa::path(get, path = "/api/v1/approvals", tag = "approvals", responses((status = 200, description = "All of it", body = Page<WaitingView>)))]
async fn list(State(app): State<App>, who: SignedIn) -> Result<Json<Page<WaitingView>>, Problem> {
    let may = authorise::acts_of(&who.roles).contains(&"approve") && who.visible_to().is_none();
    let rules = app.rules.load_full();
    let mut items = Vec::new();
    for row in app.store.waiting_incidents(CASES_MAX).await? {
        let state = app.acts.load(&row.id).await.map_err(case::problem)?;
        let asked = state.waiting.iter().map(|waiting| waiting.by.clone());
        let names = names(&app, &rules.office, asked).await?;
        let alone = std::slice::from_ref(&state);
        for approval in case::approvals(alone, &state, &names, &rules.office) {
            let own = approval.by == who.user.as_str();
            if own || may {
                items.push(WaitingView {
                    incident: row.id.clone(),
                    title: row.title.clone(),
                    event_grade: row.event_grade,
                    opinion_grade: row.opinion_grade,
                    sensitive: row.sensitive,
                    own,
                    approval,
                });
            }
        }
    }
    items.sort_by_key(|waiting| waiting.approval.at);
    Ok(Json(Page { items, next: None }))
}
