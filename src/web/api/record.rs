//! The record as an auditor reads it: every event with its place in its chain, the daily seals, and the check of it all.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::history::names;
use crate::acts::{incident_of, stream_of};
use crate::domain::ids::IncidentId;
use crate::domain::instant::Instant;
use crate::store::RecordFilter;
use crate::web::authorise::Permission;
use crate::web::extract::Query;
use crate::web::page::{Page, Paging, page};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;
use crate::web::verifying::Check;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(standing)).routes(routes!(check))
}

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Of this case.
    incident: Option<IncidentId>,
    /// Of this name (`graded`, `referral_viewed`, …).
    #[param(max_length = 64)]
    event: Option<String>,
    /// By this account.
    #[param(max_length = 64)]
    actor: Option<String>,
    /// The first day in Beijing on which it was recorded.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<NaiveDate>,
    /// The last such day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<NaiveDate>,
}

/// An event of the record.
#[derive(Debug, Serialize, ToSchema)]
struct EventView {
    position: i64,
    stream: String,
    incident: Option<IncidentId>,
    /// Its number in its stream.
    seq: i64,
    at: Instant,
    event: String,
    actor: String,
    actor_name: String,
    hash: String,
    prev: String,
    /// As it is stored.
    #[schema(value_type = Object)]
    body: Value,
}

/// How the record stands.
#[derive(Debug, Serialize, ToSchema)]
struct RecordStanding {
    events: i64,
    streams: i64,
    /// The latest daily seal.
    seal: Option<SealView>,
    /// The latest check that was asked for here.
    check: Option<Check>,
}

/// A daily seal.
#[derive(Debug, Serialize, ToSchema)]
struct SealView {
    day: String,
    hash: String,
    streams: i64,
    made_at: Instant,
}

/// The events of the record, the latest first
#[utoipa::path(get, path = "/api/v1/record", tag = "record", params(Wanted, Paging), responses((status = 200, description = "A page", body = Page<EventView>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<EventView>>, Problem> {
    who.require(Permission::ReadRecord)?;
    let limit = paging.limit()?;
    let before: Option<i64> = paging.after()?;
    let to = match wanted.to {
        Some(to) => Some(to.succ_opt().ok_or_else(|| Problem::bad_request("to 超出可用的日期"))?),
        None => None,
    };
    let filter = RecordFilter {
        stream: wanted.incident.as_ref().map(stream_of),
        event: wanted.event,
        actor: wanted.actor,
        from: wanted.from.map(Instant::start_of),
        to: to.map(Instant::start_of),
    };
    let rows = app.store.record(&filter, before.unwrap_or(i64::MAX), limit + 1).await?;
    let rules = app.rules.load_full();
    let names = names(&app, &rules.office, rows.iter().map(|row| row.by.clone())).await?;
    Ok(Json(page(
        rows,
        limit,
        |row| row.position.to_string(),
        |row| EventView {
            position: row.position,
            incident: incident_of(&row.stream),
            stream: row.stream,
            seq: row.seq,
            at: row.at,
            event: row.event,
            actor_name: names.of(&row.by),
            actor: row.by,
            hash: row.hash,
            prev: row.prev,
            body: serde_json::from_str(&row.body).unwrap_or_default(),
        },
    )))
}

/// How much there is, the latest seal, the latest check
#[utoipa::path(get, path = "/api/v1/record/standing", tag = "record", responses((status = 200, description = "Now", body = RecordStanding)))]
async fn standing(State(app): State<App>, who: SignedIn) -> Result<Json<RecordStanding>, Problem> {
    who.require(Permission::ReadRecord)?;
    let (events, _) = app.store.event_count().await?;
    let seal = app.store.last_seal().await?;
    Ok(Json(RecordStanding {
        events,
        streams: app.store.all_stream_count().await?,
        seal: seal.map(|seal| SealView {
            day: seal.day,
            hash: seal.hash,
            streams: seal.streams,
            made_at: seal.made_at,
        }),
        check: app.verifying.latest(),
    }))
}

/// Checks the whole record in the background: chains, tables, seals, sealed material; changes nothing
#[utoipa::path(post, path = "/api/v1/record/check", tag = "record", responses((status = 202, description = "Begun; ask for the standing")))]
async fn check(State(app): State<App>, who: SignedIn) -> Result<StatusCode, Problem> {
    who.require(Permission::ReadRecord)?;
    if app.verifying.begin(app.store.clone(), app.seals.clone(), who.name.clone(), app.wall.clone()) {
        return Ok(StatusCode::ACCEPTED);
    }
    Err(Problem::conflict("已有一次核验正在进行，完成后再发起"))
}
