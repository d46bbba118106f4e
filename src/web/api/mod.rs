//! The API under `/api/v1`: one file per noun.

mod act;
mod approvals;
mod case;
pub(super) mod case_picture;
mod channels;
mod clock_view;
mod corrections;
mod deliveries;
mod engagement;
mod errands;
mod escalations;
mod events;
mod history;
mod incidents;
mod ingest;
mod ledger;
mod mentions;
mod notifications;
mod office;
mod overview;
pub(super) mod pictures;
mod posts;
mod prepared;
mod presence;
mod record;
mod recorded;
mod referrals;
mod rejects;
mod rule_files;
mod scorecard;
mod session;
mod sources;
mod suggestions;
mod time;
mod users;

use utoipa_axum::router::OpenApiRouter;

use super::problem::Problem;
use super::state::App;
use crate::domain::ids::RegionId;
use crate::rules::{Rules, suggest};

/// Longest text to look for, in characters.
const QUERY_CHARS_MAX: usize = 200;

/// All nouns.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(session::routes())
        .merge(time::routes())
        .merge(overview::routes())
        .merge(pictures::routes())
        .merge(incidents::routes())
        .merge(case::routes())
        .merge(approvals::routes())
        .merge(presence::routes())
        .merge(ledger::routes())
        .merge(scorecard::routes())
        .merge(record::routes())
        .merge(case_picture::routes())
        .merge(corrections::routes())
        .merge(referrals::routes())
        .merge(suggestions::routes())
        .merge(posts::routes())
        .merge(history::routes())
        .merge(escalations::routes())
        .merge(mentions::routes())
        .merge(engagement::routes())
        .merge(ingest::routes())
        .merge(notifications::routes())
        .merge(deliveries::routes())
        .merge(channels::routes())
        .merge(office::routes())
        .merge(prepared::routes())
        .merge(sources::routes())
        .merge(rejects::routes())
        .merge(rule_files::routes())
        .merge(errands::routes())
        .merge(users::routes())
        .merge(events::routes())
}

/// Refuses what nobody looks for.
fn check_region(region: Option<&RegionId>, rules: &Rules) -> Result<(), Problem> {
    let known: Vec<&str> = rules.regions.iter().map(|region| region.id.as_str()).collect();
    check_known("region", region.map(RegionId::as_str), known)
}

/// Refuses a value that nothing can have: an empty list would say that there is nothing of it.
fn check_known<'k>(
    key: &str,
    value: Option<&str>,
    known: impl IntoIterator<Item = &'k str> + Clone,
) -> Result<(), Problem> {
    let Some(value) = value.filter(|value| !known.clone().into_iter().any(|one| one == *value)) else { return Ok(()) };
    Err(Problem::bad_request(format!("{key} 没有 {value} 这个值，{}", suggest(value, known))))
}

fn check_query(q: &str) -> Result<(), Problem> {
    if q.chars().count() > QUERY_CHARS_MAX {
        return Err(Problem::bad_request(format!("q 不超过 {QUERY_CHARS_MAX} 字")));
    }
    Ok(())
}
