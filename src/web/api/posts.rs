//! Official posts (官方发布, D13): what the city's own accounts published, and the reposts that it calls for.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::case::problem;
use super::clock_view::ClockView;
use crate::acts::{ListedPost, PostActed, PostDays, post_stream};
use crate::domain::ids::{BodyId, PostId};
use crate::domain::instant::Instant;
use crate::domain::official_post::{NewPost, PostCommand};
use crate::web::authorise;
use crate::web::extract::{Body, Path, Query};
use crate::web::page::{Page, Paging, page};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(publish, list)).routes(routes!(clocks)).routes(routes!(repost))
}

/// What was published.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostAsked {
    /// Bodies whose accounts have to repost it.
    concerns: Vec<BodyId>,
    /// When it was public; default: now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    effective_at: Option<Instant>,
    /// 标题
    #[serde(default)]
    title: Option<String>,
    /// Where it stands.
    #[serde(default)]
    url: Option<String>,
}

/// A repost.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RepostAsked {
    /// `<body>.weibo` or `<body>.wechat`.
    account: String,
    /// When; default: now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    effective_at: Option<Instant>,
}

/// What an act did.
#[derive(Debug, Serialize, ToSchema)]
struct PostActedView {
    post: PostId,
    /// Rows of the ledger.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Value>,
}

impl From<PostActed> for PostActedView {
    fn from(acted: PostActed) -> Self {
        Self { post: acted.post, rows: acted.rows }
    }
}

/// Which posts.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The first day in Beijing on which it was public.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<NaiveDate>,
    /// The last such day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<NaiveDate>,
}

/// An official post in a list.
#[derive(Debug, Serialize, ToSchema)]
struct PostView {
    /// 编号
    id: PostId,
    /// 标题
    title: Option<String>,
    /// Where it stands.
    url: Option<String>,
    /// Bodies whose accounts have to repost it.
    concerns: Vec<BodyId>,
    /// When it was public.
    effective_at: Instant,
    /// One for each account, open and ended.
    clocks: Vec<ClockView>,
}

impl PostView {
    fn of(listed: ListedPost, now: Instant) -> Self {
        let ListedPost { post, clocks } = listed;
        let published = post.post;
        Self {
            id: post.id,
            title: published.as_ref().and_then(|new| new.title.clone()),
            url: published.as_ref().and_then(|new| new.url.clone()),
            concerns: published.map(|new| new.concerns).unwrap_or_default(),
            effective_at: post.effective_at,
            clocks: clocks.iter().map(|clock| ClockView::of(clock, now)).collect(),
        }
    }
}

/// Official posts with the clock of each account, the latest first
#[utoipa::path(get, path = "/api/v1/posts", tag = "posts", params(Wanted, Paging), responses((status = 200, description = "A page", body = Page<PostView>)))]
async fn list(
    State(app): State<App>,
    _who: SignedIn,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<PostView>>, Problem> {
    let limit = paging.limit()?;
    let after = paging.after::<String>()?.map(PostId::from);
    let days = PostDays { from: wanted.from, to: wanted.to };
    let now = app.clock.now();
    let posts = app.acts.posts(days, after.as_ref(), limit + 1).await.map_err(problem)?;
    Ok(Json(page(posts, limit, |listed| listed.post.id.to_string(), |listed| PostView::of(listed, now))))
}

/// Registers what the city's own accounts published; the accounts concerned have to repost it in time
#[utoipa::path(post, path = "/api/v1/posts", tag = "posts", request_body = PostAsked, responses((status = 200, description = "Registered", body = PostActedView)))]
async fn publish(
    State(app): State<App>,
    who: SignedIn,
    Body(asked): Body<PostAsked>,
) -> Result<Json<PostActedView>, Problem> {
    let by = authorise::actor(&who.user, &who.roles, "city_post")?;
    let now = app.clock.now();
    let policy = app.rules.load().office.policy_for(None).map(|policy| policy.id.clone()).unwrap_or_default();
    let PostAsked { concerns, effective_at, title, url } = asked;
    let post = NewPost { policy, concerns, title, url, label: None };
    let acted = app.acts.publish(post, effective_at.unwrap_or(now), &by, now).await.map_err(problem)?;
    Ok(Json(acted.into()))
}

/// The repost clocks of an official post
#[utoipa::path(get, path = "/api/v1/posts/{id}/clocks", tag = "posts", params(("id" = String, Path, description = "编号")), responses((status = 200, description = "One for each account", body = Vec<ClockView>)))]
async fn clocks(
    State(app): State<App>,
    _who: SignedIn,
    Path(id): Path<PostId>,
) -> Result<Json<Vec<ClockView>>, Problem> {
    let stream = post_stream(&id);
    if app.store.stream(&stream).await?.is_none() {
        return Err(Problem::not_found("没有这件官方发布"));
    }
    let now = app.clock.now();
    let rows = app.store.clocks(&stream).await?;
    Ok(Json(rows.iter().map(|clock| ClockView::of(clock, now)).collect()))
}

/// Records that an account reposted it
#[utoipa::path(post, path = "/api/v1/posts/{id}/reposts", tag = "posts", params(("id" = String, Path, description = "编号")), request_body = RepostAsked, responses((status = 200, description = "Recorded", body = PostActedView)))]
async fn repost(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<PostId>,
    Body(asked): Body<RepostAsked>,
) -> Result<Json<PostActedView>, Problem> {
    let by = authorise::actor(&who.user, &who.roles, "repost")?;
    let now = app.clock.now();
    let effective_at = asked.effective_at.unwrap_or(now);
    let command = PostCommand::Repost { account: asked.account, effective_at };
    let acted = app.acts.act_on_post(&id, &command, &by, now).await.map_err(problem)?;
    Ok(Json(acted.into()))
}
