//! How far posts went (传播量): look by look, of one mention and of all mentions of an incident.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::incidents::visible;
use super::mentions::readable;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::Instant;
use crate::domain::mention::Engagement;
use crate::store::{Together, together};
use crate::web::extract::{Path, Query};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Looks of one incident that are added up: some years of daily looks at hundreds of posts.
const LOOKS_MAX: i64 = 100_000;
/// Longest step of a curve, in minutes: a day.
const STEP_MINUTES_MAX: u32 = 1_440;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_mention)).routes(routes!(of_incident))
}

/// The counts of a post at one look; null is what the post doesn't show.
#[derive(Debug, Serialize, ToSchema)]
struct LookView {
    /// When they were seen.
    at: Instant,
    /// 阅读
    views: Option<u64>,
    /// 转发
    reposts: Option<u64>,
    /// 评论
    comments: Option<u64>,
    /// 点赞
    likes: Option<u64>,
}

impl LookView {
    fn of(at: Instant, counts: Engagement) -> Self {
        let Engagement { views, reposts, comments, likes } = counts;
        Self { at, views, reposts, comments, likes }
    }
}

/// The counts of all mentions of an incident together, each with the newest that were known by then.
#[derive(Debug, Serialize, ToSchema)]
struct HeatView {
    /// After which look.
    at: Instant,
    /// Mentions whose counts were known by then.
    mentions: u64,
    /// 阅读
    views: Option<u64>,
    /// 转发
    reposts: Option<u64>,
    /// 评论
    comments: Option<u64>,
    /// 点赞
    likes: Option<u64>,
}

impl HeatView {
    fn of(point: Together) -> Self {
        let Engagement { views, reposts, comments, likes } = point.engagement;
        Self { at: point.at, mentions: point.mentions, views, reposts, comments, likes }
    }
}

/// How fine a curve is.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Steps {
    /// Minutes of which the last look counts; 60 if absent.
    #[param(minimum = 1, maximum = 1440)]
    step_minutes: Option<u32>,
}

/// How far a mention went, look by look, the first one first
#[utoipa::path(get, path = "/api/v1/mentions/{id}/engagement", tag = "mentions", params(("id" = String, Path, description = "Its id")), responses((status = 200, description = "Looks in order of time", body = Vec<LookView>)))]
async fn of_mention(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<MentionId>,
) -> Result<Json<Vec<LookView>>, Problem> {
    let row = readable(&app, &who, &id).await?;
    let looks = app.store.looks_of(&row.id).await?;
    Ok(Json(looks.into_iter().map(|look| LookView::of(look.at, look.engagement.0)).collect()))
}

/// How far the mentions of an incident went together: the curve of its heat (热度曲线)
#[utoipa::path(get, path = "/api/v1/incidents/{id}/engagement", tag = "incidents", params(("id" = String, Path, description = "编号"), Steps), responses((status = 200, description = "Points in order of time", body = Vec<HeatView>)))]
async fn of_incident(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
    Query(steps): Query<Steps>,
) -> Result<Json<Vec<HeatView>>, Problem> {
    let minutes = steps.step_minutes.unwrap_or(60);
    if !(1..=STEP_MINUTES_MAX).contains(&minutes) {
        return Err(Problem::bad_request(format!("step_minutes 须为 1 到 {STEP_MINUTES_MAX}")));
    }
    let row = visible(&app, &who, &id).await?;
    let looks = app.store.looks_of_incident(&row.id, LOOKS_MAX).await?;
    let points = together(&looks, i64::from(minutes) * 60_000);
    Ok(Json(points.into_iter().map(HeatView::of).collect()))
}
