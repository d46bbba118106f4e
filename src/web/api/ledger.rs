//! 台账: incidents in lists with what is asked of a row of the ledger besides, and exactly those rows as a file.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::incidents::{IncidentSummary, Wanted, summaries};
use super::scorecard::states;
use crate::acts::administration::record;
use crate::acts::{incident_of, stream_of};
use crate::domain::administration::AdminEvent;
use crate::domain::grade::ResponseApproach;
use crate::domain::ids::{BodyId, IncidentId};
use crate::domain::incident::{Event, Role};
use crate::domain::instant::Instant;
use crate::domain::office::Office;
use crate::domain::policy::PublicationKind;
use crate::domain::terms;
use crate::report::{Case, ListedCase, outcome, write_listed};
use crate::store::{IncidentCursor, IncidentRow};
use crate::web::extract::Query;
use crate::web::page::{Page, Paging, page};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// Rows of a file that a page hands out; more is for `huiying report ledger`.
const EXPORT_ROWS_MAX: usize = 20_000;
/// Rows read at once.
const EXPORT_PAGE: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(export))
}

/// A row of the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerEntry {
    #[serde(flatten)]
    summary: IncidentSummary,
    /// 签收时间 of whoever led.
    acknowledged_at: Option<Instant>,
    /// 回应时间: of the first publication that may answer the main clock.
    published_at: Option<Instant>,
    /// 回应方式: a person's, else the proposal.
    approach: Option<ResponseApproach>,
    /// 回应形式
    way: Option<PublicationKind>,
    /// 链接
    url: Option<String>,
    /// 满意度: the latest feedback.
    satisfied: Option<bool>,
    /// 结论, in words.
    verdict: String,
}

async fn entries(app: &App, rows: Vec<IncidentRow>) -> Result<Vec<LedgerEntry>, Problem> {
    let ids: Vec<IncidentId> = rows.iter().map(|row| row.id.clone()).collect();
    let mut states = states(app, &ids).await?;
    let satisfied = satisfied(app, &ids).await?;
    let entry = |summary: IncidentSummary| {
        let case = states.remove(&summary.id).map(|state| Case::of_state(state, String::new())).unwrap_or_default();
        let main = case.main_clock();
        let response = case.first_response(main);
        let leads = case.incident.tasks.iter().filter(|task| task.role == Role::Lead);
        LedgerEntry {
            acknowledged_at: leads.filter_map(|task| task.acknowledged_at).min(),
            published_at: response.map(|publication| publication.effective_at),
            approach: case.incident.approach,
            way: response.map(|publication| publication.kind),
            url: response.and_then(|publication| publication.url.clone()),
            satisfied: satisfied.get(&summary.id).copied(),
            verdict: case.apart().or(main.map(outcome)).unwrap_or_default().to_owned(),
            summary,
        }
    };
    Ok(summaries(app, rows).await?.into_iter().map(entry).collect())
}

/// What the latest feedback on each of the cases said.
async fn satisfied(app: &App, ids: &[IncidentId]) -> Result<BTreeMap<IncidentId, bool>, Problem> {
    let streams: Vec<String> = ids.iter().map(stream_of).collect();
    let names: Vec<&str> = streams.iter().map(String::as_str).collect();
    let mut latest = BTreeMap::new();
    for row in app.store.events_of_names(&names, ["feedback", "feedback"]).await? {
        if let (Some(id), Ok(Event::Feedback { satisfied, .. })) =
            (incident_of(&row.stream), serde_json::from_str::<Event>(&row.body))
        {
            latest.insert(id, satisfied);
        }
    }
    Ok(latest)
}

/// Rows of the ledger; a department sees its own
#[utoipa::path(get, path = "/api/v1/ledger", tag = "ledger", params(Wanted, Paging), responses((status = 200, description = "A page", body = Page<LedgerEntry>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<LedgerEntry>>, Problem> {
    let limit = paging.limit()?;
    let after: Option<IncidentCursor> = paging.after()?;
    let filter = wanted.filter(&app.rules.load(), &who, app.clock.now())?;
    let rows = app.store.incidents(&filter, after.as_ref(), limit + 1).await?;
    let rows = page(rows, limit, |row| IncidentCursor::after(row, filter.view).to_string(), |row| row);
    Ok(Json(Page { items: entries(&app, rows.items).await?, next: rows.next }))
}

/// As what kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FileKind {
    /// Excel
    #[default]
    Xlsx,
    /// Comma separated
    Csv,
}

/// The file that is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    #[param(inline)]
    format: Option<FileKind>,
    /// The filter in words, for the last row.
    #[param(max_length = 400)]
    filter: Option<String>,
}

/// The rows of the ledger that the filter gives, as a file; on record with who took it
#[utoipa::path(get, path = "/api/v1/ledger/export", tag = "ledger", params(Wanted, Asked), responses((status = 200, description = "The file", content((String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv")))))]
async fn export(
    State(app): State<App>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let filter = wanted.filter(&app.rules.load(), &who, now)?;
    let rules = app.rules.load_full();
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let rows = app.store.incidents(&filter, after.as_ref(), EXPORT_PAGE).await?;
        let Some(last) = rows.last() else { break };
        after = Some(IncidentCursor::after(last, filter.view));
        listed.extend(entries(&app, rows).await?.into_iter().map(|entry| listed_case(entry, &rules.office)));
        if listed.len() > EXPORT_ROWS_MAX {
            return Err(Problem::bad_request(format!("超过 {EXPORT_ROWS_MAX} 件，请缩小筛选范围")));
        }
    }
    let cases = listed.len() as u64;
    let (ending, kind) = match asked.format.unwrap_or_default() {
        FileKind::Xlsx => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        FileKind::Csv => ("csv", "text/csv; charset=utf-8"),
    };
    let words = asked.filter.filter(|words| !words.trim().is_empty()).unwrap_or_else(|| "无".to_owned());
    let words: String = words.chars().take(400).collect();
    let drill = if app.drill { "【演练】" } else { "" };
    let taken = now.beijing().format("%Y-%m-%d %H:%M:%S");
    let stamp = format!("{drill}{}（{}）于 {taken} 导出，共 {cases} 件；筛选：{words}", who.name, who.user);
    let name = format!("台账-{}.{ending}", now.beijing().format("%Y%m%d-%H%M%S"));
    let ending = ending.to_owned();
    // The writer of workbooks wants a file; it is gone with its folder.
    let written = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let file = folder.path().join(format!("ledger.{ending}"));
        write_listed(&file, listed, &stamp).map_err(|error| error.to_string())?;
        std::fs::read(&file).map_err(|error| error.to_string())
    });
    let content = written.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
    // What is not on record was not exported.
    let event = AdminEvent::Exported {
        what: "ledger_rows".to_owned(),
        file: name.clone(),
        sha256: hex::encode(Sha256::digest(&content)),
        cases,
        operator: None,
    };
    record(&app.store, &event, who.user.as_str(), now).await.map_err(Problem::internal)?;
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let disposition = format!("attachment; filename=\"ledger\"; filename*=UTF-8''{encoded}");
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], content).into_response())
}

fn listed_case(entry: LedgerEntry, office: &Office) -> ListedCase {
    let name = |body: &BodyId| office.bodies.get(body).map_or_else(|| body.to_string(), |body| body.name.clone());
    let LedgerEntry { summary, acknowledged_at, published_at, approach, way, url, satisfied, verdict } = entry;
    let channels: Vec<&str> = summary.channels.iter().map(|channel| terms::of("channel", channel)).collect();
    let supporting: Vec<String> = summary.supporting.iter().map(name).collect();
    ListedCase {
        channels: channels.join("、"),
        mentions: usize::try_from(summary.mention_count).unwrap_or_default(),
        event_grade: summary.event_grade.zh(),
        opinion_grade: summary.opinion_grade.zh(),
        sensitive: summary.sensitive,
        category: summary.category.as_deref().map(|id| terms::of_id("category", id).to_owned()).unwrap_or_default(),
        lead: summary.lead.as_ref().map(name).unwrap_or_default(),
        supporting: supporting.join("、"),
        due_at: summary.main_clock.as_ref().map(|clock| clock.due_at),
        id: summary.id.to_string(),
        title: summary.title,
        detected_at: Some(summary.detected_at),
        acknowledged_at,
        answered_at: published_at,
        approach: approach.map_or("", ResponseApproach::zh),
        way: way.map(PublicationKind::zh).unwrap_or_default().to_owned(),
        url: url.unwrap_or_default(),
        verdict,
        satisfied: satisfied.map_or("", |yes| if yes { "满意" } else { "不满意" }),
    }
}
