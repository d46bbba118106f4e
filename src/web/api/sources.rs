//! Sources (信源) and their health.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::ids::RegionId;
use crate::domain::instant::Instant;
use crate::domain::mention::Channel;
use crate::rules::source::{SourceDefinition, SourceKind};
use crate::store::SourceRow;
use crate::web::authorise::Permission;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A source.
#[derive(Debug, Serialize, ToSchema)]
struct Source {
    id: String,
    name: String,
    /// How it is read; null if the rules have it no more.
    kind: Option<&'static str>,
    url: Option<String>,
    channel: Option<Channel>,
    region: Option<RegionId>,
    /// What entitles us to read it.
    why: Option<String>,
    /// Whether it is collected.
    enabled: bool,
    /// `new`, `ok`, or how it fails: `failing`, `wall`, `empty`, `textless`, `fields`, `frozen`, `stale`.
    health: String,
    /// Why it fails, in a word.
    reason: Option<String>,
    /// What is wrong, and what to do about it.
    message: Option<String>,
    /// Since when it is a blind spot (盲区), if it is one.
    blind_since: Option<Instant>,
    last_run_at: Option<Instant>,
    last_ok_at: Option<Instant>,
    last_new_at: Option<Instant>,
    next_run_at: Option<Instant>,
    /// Failures in a row.
    failures: i64,
    /// Mentions that it gave so far.
    new_count: i64,
}

impl Source {
    /// Of the rules' definition and the collector's state, of which one may be missing.
    fn of(definition: Option<&SourceDefinition>, state: Option<SourceRow>) -> Self {
        let state = state.unwrap_or_default();
        let id = definition.map_or_else(|| state.source.clone(), |definition| definition.id.clone());
        let health = if state.health.is_empty() { "new".to_owned() } else { state.health };
        Self {
            name: definition.map_or_else(|| id.clone(), |definition| definition.name.clone()),
            id,
            kind: definition.map(|definition| kind(definition.kind)),
            url: definition.and_then(|definition| definition.url.clone()),
            channel: definition.map(|definition| definition.channel),
            region: definition.and_then(|definition| definition.region.clone()),
            why: definition.map(|definition| definition.why.clone()),
            enabled: definition.is_some_and(|definition| definition.enabled),
            health,
            reason: state.reason,
            message: state.message,
            blind_since: state.blind_since,
            last_run_at: state.last_run_at,
            last_ok_at: state.last_ok_at,
            last_new_at: state.last_new_at,
            next_run_at: state.next_run_at,
            failures: state.failures,
            new_count: state.new_count,
        }
    }
}

const fn kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Feed => "feed",
        SourceKind::Html => "html",
        SourceKind::Board => "board",
        SourceKind::Rsshub => "rsshub",
        SourceKind::Sitemap => "sitemap",
        SourceKind::Json => "json",
        SourceKind::Inbox => "inbox",
        SourceKind::Webhook => "webhook",
    }
}

/// Sources with their health
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources", responses((status = 200, description = "All", body = Page<Source>)))]
async fn list(State(app): State<App>, who: SignedIn) -> Result<Json<Page<Source>>, Problem> {
    who.require(Permission::ReadCollection)?;
    let states = app.store.sources().await?;
    let mut states: BTreeMap<String, SourceRow> = states.into_iter().map(|row| (row.source.clone(), row)).collect();
    let rules = app.rules.load();
    let known = rules.sources.iter().map(|definition| Source::of(Some(definition), states.remove(&definition.id)));
    let mut items: Vec<Source> = known.collect();
    items.extend(states.into_values().map(|state| Source::of(None, Some(state))));
    Ok(Json(Page { items, next: None }))
}
