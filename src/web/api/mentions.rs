//! Mentions: search and look-up.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::ids::{IncidentId, MentionId, RegionId};
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, Engagement};
use crate::store::{Letters, MentionFilter, MentionRow};
use crate::text::analysis::Analysis;
use crate::text::normalise::normalise;
use crate::web::extract::{Path, Query};
use crate::web::page::{Page, Paging, page};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

/// A mention.
#[derive(Debug, Serialize, ToSchema)]
pub struct MentionView {
    id: MentionId,
    source: Option<String>,
    url: Option<String>,
    channel: Channel,
    title: Option<String>,
    text: String,
    published_at: Option<Instant>,
    detected_at: Instant,
    region: Option<RegionId>,
    engagement: Option<Engagement>,
    /// `pending`, `done`, `failed`.
    status: String,
    /// Too old to open an incident.
    backfill: bool,
    /// The incident that it opened or joined.
    incident: Option<IncidentId>,
    /// Why there, in words.
    placed: Option<String>,
    /// What analysis says; null until it was analysed.
    analysis: Option<Analysis>,
    /// A letter: when its board promised an answer.
    reply_due_at: Option<Instant>,
    answered_at: Option<Instant>,
    /// Who answered, and in what words.
    answered_by: Option<String>,
    answer: Option<String>,
    /// 来源 as the page names it.
    origin: Option<String>,
    /// Of a comment: the post that it is about, whether or not that one is known.
    parent: Option<MentionId>,
}

impl MentionView {
    /// As pages see it; nothing of the author.
    pub fn of(row: MentionRow) -> Self {
        // An analysis of a later version that this one can't read is shown as none.
        let analysis = row.analysis.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Self {
            id: row.id,
            source: row.source,
            url: row.url,
            channel: row.channel,
            title: row.title,
            text: row.text,
            published_at: row.published_at,
            detected_at: row.detected_at,
            region: row.region,
            engagement: row.engagement.map(|json| json.0),
            status: row.status,
            backfill: row.backfill,
            incident: row.incident,
            placed: row.placed,
            analysis,
            reply_due_at: row.reply_due_at,
            answered_at: row.answered_at,
            answered_by: row.answered_by,
            answer: row.answer,
            origin: row.origin,
            parent: row.parent,
        }
    }

    /// As a list shows it: what every word weighed and where each place was read is asked for one by one, and would be
    /// half of a page.
    pub fn in_list(row: MentionRow) -> Self {
        let mut view = Self::of(row);
        if let Some(analysis) = &mut view.analysis {
            analysis.evidence.clear();
            analysis.concerns.clear();
            analysis.places.clear();
        }
        view
    }
}

/// Which mentions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Words that the mention must hold, all of them.
    #[param(max_length = 200)]
    q: Option<String>,
    region: Option<RegionId>,
    channel: Option<Channel>,
    source: Option<String>,
    /// Comments on the mention of this id alone.
    #[param(value_type = Option<String>)]
    parent: Option<MentionId>,
    /// Letters past the answer time of their board alone.
    unanswered: Option<bool>,
    /// Letters of a kind alone.
    #[param(inline)]
    letters: Option<LetterKind>,
}

/// Which letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LetterKind {
    /// 已答复
    Answered,
    /// 反复问政: several letters are in one case.
    Repeated,
}

/// Mentions, the newest first; a department sees those of its own cases. `evidence`, `concerns` and `places` stand with each one alone
#[utoipa::path(get, path = "/api/v1/mentions", tag = "mentions", params(Wanted, Paging), responses((status = 200, description = "A page", body = Page<MentionView>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<MentionView>>, Problem> {
    let limit = paging.limit()?;
    let before: Option<i64> = paging.after()?;
    let filter = MentionFilter {
        region: wanted.region,
        channel: wanted.channel,
        source: wanted.source,
        parent: wanted.parent,
        unanswered_at: wanted.unanswered.filter(|unanswered| *unanswered).map(|_| app.clock.now()),
        letters: wanted.letters.map(|kind| match kind {
            LetterKind::Answered => Letters::Answered,
            LetterKind::Repeated => Letters::Repeated,
        }),
        visible_to: who.visible_to(),
        ..MentionFilter::default()
    };
    let rows = match wanted.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        Some(q) => {
            super::check_query(q)?;
            app.store.search(&[normalise(q)], &filter, before, limit + 1).await?
        }
        None => app.store.mentions(&filter, before, limit + 1).await?,
    };
    Ok(Json(page(rows, limit, |row| row.n.to_string(), MentionView::in_list)))
}

/// One mention
#[utoipa::path(get, path = "/api/v1/mentions/{id}", tag = "mentions", params(("id" = String, Path, description = "Its id")), responses((status = 200, description = "It", body = MentionView)))]
async fn one(State(app): State<App>, who: SignedIn, Path(id): Path<MentionId>) -> Result<Json<MentionView>, Problem> {
    Ok(Json(MentionView::of(readable(&app, &who, &id).await?)))
}

/// The row of a mention that the user may read; another doesn't exist for them.
pub(super) async fn readable(app: &App, who: &SignedIn, id: &MentionId) -> Result<MentionRow, Problem> {
    let absent = || Problem::not_found("没有这条信息，或不在您的权限内");
    let row = app.store.mention(id).await?.ok_or_else(absent)?;
    if let Some(from) = who.visible_to() {
        let incident = row.incident.as_ref().ok_or_else(absent)?;
        app.store.incident_visible(incident, &from).await?.ok_or_else(absent)?;
    }
    Ok(row)
}
