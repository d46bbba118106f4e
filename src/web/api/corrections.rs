//! 「判错了」: a verdict of the analysis put right. It changes no clock and no grade, those have acts of their own; it is kept as
//! what the next model is learnt from (`huiying train --corrections`).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::incidents::visible;
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, IncidentId};
use crate::domain::instant::Instant;
use crate::store::{CorrectionRow, MentionRow};
use crate::text::analysis::{Analysis, Sentiment};
use crate::web::authorise;
use crate::web::extract::{Body, Path};
use crate::web::problem::Problem;
use crate::web::session::SignedIn;
use crate::web::state::App;

/// The city itself among the regions.
const CITY: &str = "xuancheng";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, correct))
}

/// Which verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// 事件等级
    Grade,
    /// 地区
    Region,
    /// 领域
    Category,
    /// 单位
    Department,
    /// 情感
    Sentiment,
}

impl Verdict {
    const ALL: [Self; 5] = [Self::Grade, Self::Region, Self::Category, Self::Department, Self::Sentiment];

    fn id(self) -> &'static str {
        match self {
            Self::Grade => "grade",
            Self::Region => "region",
            Self::Category => "category",
            Self::Department => "department",
            Self::Sentiment => "sentiment",
        }
    }
}

/// A verdict on a case's first text.
#[derive(Debug, Serialize, ToSchema)]
struct JudgedVerdict {
    what: Verdict,
    /// What analysis says; null where it says nothing.
    said: Option<String>,
    /// What it may be.
    choices: Vec<String>,
    /// What a person put in its place.
    should: Option<String>,
    by: Option<String>,
    at: Option<Instant>,
}

/// What is right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Correction {
    what: Verdict,
    /// One of its choices.
    should: String,
}

/// What analysis says of a case's first text, and what was put right
#[utoipa::path(get, path = "/api/v1/incidents/{id}/corrections", tag = "incidents", params(("id" = String, Path, description = "编号")), responses((status = 200, description = "By verdict; none for a case without a text", body = Vec<JudgedVerdict>)))]
async fn list(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
) -> Result<Json<Vec<JudgedVerdict>>, Problem> {
    let Some((mention, analysis)) = first(&app, &who, &id).await? else { return Ok(Json(Vec::new())) };
    let rows = app.store.corrections(&mention.id).await?;
    let judged = |what: Verdict| {
        let row = rows.iter().find(|row| row.what == what.id());
        JudgedVerdict {
            what,
            said: said(what, &mention, &analysis),
            choices: choices(&app, what, &analysis),
            should: row.map(|row| row.should.clone()),
            by: row.map(|row| row.said_by.clone()),
            at: row.map(|row| row.at),
        }
    };
    Ok(Json(Verdict::ALL.map(judged).into()))
}

/// Puts a verdict right; a later correction of the same verdict stands in its place
#[utoipa::path(post, path = "/api/v1/incidents/{id}/corrections", tag = "incidents", params(("id" = String, Path, description = "编号")), request_body = Correction, responses((status = 204, description = "Kept")))]
async fn correct(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<IncidentId>,
    Body(correction): Body<Correction>,
) -> Result<StatusCode, Problem> {
    // Whoever judges cases judges the analysis.
    authorise::actor(&who.user, &who.roles, "grade")?;
    let Some((mention, analysis)) = first(&app, &who, &id).await? else {
        return Err(Problem::refused("这件舆情没有原文，没有可更正的判断"));
    };
    let what = correction.what;
    if !choices(&app, what, &analysis).contains(&correction.should) {
        return Err(Problem::refused(format!("“{}”不在可选的范围内，请从列出的选项中选择", correction.should)));
    }
    let row = CorrectionRow {
        was: said(what, &mention, &analysis),
        mention: mention.id,
        what: what.id().to_owned(),
        should: correction.should,
        said_by: who.name.clone(),
        at: app.clock.now(),
    };
    let mut tx = app.store.write().await?;
    tx.put_correction(&row).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The first text of a case that the user may see, with what analysis says of it.
async fn first(app: &App, who: &SignedIn, id: &IncidentId) -> Result<Option<(MentionRow, Analysis)>, Problem> {
    let row = visible(app, who, id).await?;
    let mention = app.store.mentions_of(&row.id, 0, 1).await?.into_iter().next();
    Ok(mention.and_then(|mention| {
        let analysis = mention.analysis.as_deref().and_then(|text| serde_json::from_str(text).ok())?;
        Some((mention, analysis))
    }))
}

/// The word of a value on the wire.
fn word(value: impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

fn said(what: Verdict, mention: &MentionRow, analysis: &Analysis) -> Option<String> {
    match what {
        Verdict::Grade => word(analysis.event_grade),
        Verdict::Region => mention.region.as_ref().map(ToString::to_string),
        Verdict::Category => analysis.category.first().map(|best| best.id.clone()),
        Verdict::Department => analysis.departments.first().map(|best| best.id.to_string()),
        Verdict::Sentiment => word(analysis.sentiment),
    }
}

fn choices(app: &App, what: Verdict, analysis: &Analysis) -> Vec<String> {
    let rules = app.rules.load_full();
    match what {
        Verdict::Grade => [Grade::None, Grade::General, Grade::Large, Grade::Major, Grade::Extraordinary]
            .into_iter()
            .filter_map(word)
            .collect(),
        Verdict::Region => {
            let counties = rules.regions.iter().map(|region| region.id.to_string()).filter(|id| id != CITY);
            std::iter::once(CITY.to_owned()).chain(counties).collect()
        }
        // The list is complete, best first.
        Verdict::Category => analysis.category.iter().map(|one| one.id.clone()).collect(),
        Verdict::Department => rules.office.bodies.keys().map(BodyId::to_string).collect(),
        Verdict::Sentiment => {
            [Sentiment::Negative, Sentiment::Neutral, Sentiment::Positive].into_iter().filter_map(word).collect()
        }
    }
}
