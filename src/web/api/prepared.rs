//! What the office has ready (D10), as the rules say it: 舆情应对预案 and 政策舆情风险评估.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, RegionId};
use crate::domain::prepared::{PlanDuty, RiskLevel};
use crate::rules::applies::Applies;
use crate::rules::assessment::PolicyRiskAssessment;
use crate::rules::plan::ContingencyPlan;
use crate::text::topic::ResponsePriority;
use crate::web::page::Page;
use crate::web::session::SignedIn;
use crate::web::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(plans)).routes(routes!(assessments))
}

/// When it applies: of `topics`, `kinds` and `words` any one will do; the others must all hold.
#[derive(Debug, Serialize, ToSchema)]
struct AppliesView {
    topics: Vec<String>,
    kinds: Vec<ResponsePriority>,
    /// 关键词表达式
    words: Option<String>,
    /// None means anywhere.
    regions: Vec<RegionId>,
    /// 事件等级 at least.
    event_grade: Option<Grade>,
    /// 舆情等级 at least.
    opinion_grade: Option<Grade>,
}

impl From<&Applies> for AppliesView {
    fn from(applies: &Applies) -> Self {
        let Applies { topics, kinds, words, regions, event_grade, opinion_grade } = applies.clone();
        Self { topics, kinds, words: words.map(|words| words.to_string()), regions, event_grade, opinion_grade }
    }
}

/// 舆情应对预案
#[derive(Debug, Serialize, ToSchema)]
struct PlanView {
    id: String,
    title: String,
    /// 依据, or that it is the office's own.
    why: String,
    applies: AppliesView,
    duties: Vec<PlanDuty>,
}

impl From<&ContingencyPlan> for PlanView {
    fn from(plan: &ContingencyPlan) -> Self {
        Self {
            id: plan.id.clone(),
            title: plan.title.clone(),
            why: plan.why.clone(),
            applies: AppliesView::from(&plan.applies),
            duties: plan.duties.clone(),
        }
    }
}

/// 政策舆情风险评估
#[derive(Debug, Serialize, ToSchema)]
struct AssessmentView {
    id: String,
    /// 政策事项
    matter: String,
    /// 依据, or that it is the office's own.
    why: String,
    level: RiskLevel,
    /// 预测的风险点
    predicted: Vec<String>,
    /// The plan for it.
    plan: String,
    assessed_by: BodyId,
    #[schema(value_type = String, format = Date)]
    assessed_on: chrono::NaiveDate,
    /// The last day on which it is watched.
    #[schema(value_type = Option<String>, format = Date)]
    watched_until: Option<chrono::NaiveDate>,
    applies: AppliesView,
}

impl From<&PolicyRiskAssessment> for AssessmentView {
    fn from(assessment: &PolicyRiskAssessment) -> Self {
        Self {
            id: assessment.id.clone(),
            matter: assessment.matter.clone(),
            why: assessment.why.clone(),
            level: assessment.level,
            predicted: assessment.predicted.clone(),
            plan: assessment.plan.clone(),
            assessed_by: assessment.assessed_by.clone(),
            assessed_on: assessment.assessed_on,
            watched_until: assessment.watched_until,
            applies: AppliesView::from(&assessment.applies),
        }
    }
}

/// Contingency plans
#[utoipa::path(get, path = "/api/v1/plans", tag = "office", responses((status = 200, description = "All", body = Page<PlanView>)))]
async fn plans(State(app): State<App>, _who: SignedIn) -> Json<Page<PlanView>> {
    Json(Page { items: app.rules.load().plans.iter().map(PlanView::from).collect(), next: None })
}

/// Risk assessments of policies
#[utoipa::path(get, path = "/api/v1/assessments", tag = "office", responses((status = 200, description = "All", body = Page<AssessmentView>)))]
async fn assessments(State(app): State<App>, _who: SignedIn) -> Json<Page<AssessmentView>> {
    Json(Page { items: app.rules.load().assessments.iter().map(AssessmentView::from).collect(), next: None })
}
