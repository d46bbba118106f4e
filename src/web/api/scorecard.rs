//! 成绩单 by body, of the cases detected within a time, as far as it follows from how they stand.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::acts::incident_of;
use crate::domain::ids::IncidentId;
use crate::domain::incident::Incident;
use crate::domain::instant::Instant;
use crate::report::{BodyScore, Case, Scorecard};
use crate::web::extract::Query;
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Cases read at once, and in all: more than a large city has in a year.
const PAGE_CASES: i64 = 500;
const CASES_MAX: u64 = 50_000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(scorecard))
}

/// Of which days.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The first day in Beijing on which a case was detected; default: the first of this month.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<NaiveDate>,
    /// The last such day; default: today.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<NaiveDate>,
}

/// 成绩单
#[derive(Debug, Serialize, ToSchema)]
struct ScorecardView {
    #[schema(value_type = String, format = Date)]
    from: NaiveDate,
    #[schema(value_type = String, format = Date)]
    to: NaiveDate,
    /// Cases that it is made of.
    cases: u64,
    /// Bodies that had to do with any of them.
    bodies: Vec<BodyScore>,
}

/// How the bodies kept their times; reposts of official posts are not in it
#[utoipa::path(get, path = "/api/v1/scorecard", tag = "ledger", params(Wanted), responses((status = 200, description = "By body", body = ScorecardView)))]
async fn scorecard(
    State(app): State<App>,
    _who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ScorecardView>, Problem> {
    let today = app.clock.now().date();
    let to = wanted.to.unwrap_or(today);
    let from = wanted.from.unwrap_or_else(|| chrono::Datelike::with_day(&to, 1).unwrap_or(to));
    let until = to.succ_opt().ok_or_else(|| Problem::bad_request("to 超出可用的日期"))?;
    let (mut score, mut cases, mut after) = (Scorecard::default(), 0_u64, String::new());
    loop {
        let page =
            app.store.streams_detected(Instant::start_of(from), Instant::start_of(until), &after, PAGE_CASES).await?;
        let Some(last) = page.last().and_then(|stored| incident_of(&stored.stream)) else { break };
        after = last.to_string();
        cases += page.len() as u64;
        if cases > CASES_MAX {
            return Err(Problem::bad_request(format!(
                "这段时间超过 {CASES_MAX} 件，请缩短；或用 huiying report scorecard"
            )));
        }
        // Reading a page of states takes the processor for a moment: other requests go on meanwhile.
        let counted = move || {
            let mut score = score;
            for stored in page {
                if let Ok(state) = serde_json::from_str::<Incident>(&stored.state) {
                    score.add(&Case::of_state(state, String::new()));
                }
            }
            score
        };
        score = tokio::task::spawn_blocking(counted).await.map_err(Problem::internal)?;
    }
    Ok(Json(ScorecardView { from, to, cases, bodies: score.rows() }))
}

/// The states of several cases by their number, each read once; one that can't be read is left out.
pub(super) async fn states(app: &App, ids: &[IncidentId]) -> Result<BTreeMap<IncidentId, Incident>, Problem> {
    let streams: Vec<String> = ids.iter().map(crate::acts::stream_of).collect();
    let names: Vec<&str> = streams.iter().map(String::as_str).collect();
    let stored = app.store.streams_of(&names).await?;
    let read = |stored: crate::store::StoredStream| {
        Some((incident_of(&stored.stream)?, serde_json::from_str::<Incident>(&stored.state).ok()?))
    };
    Ok(stored.into_iter().filter_map(read).collect())
}
