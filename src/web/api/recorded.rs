//! What stands on record around a case (案件的记录): 审核, 通报, 约谈.

use serde::Serialize;
use utoipa::ToSchema;

use super::history::Names;
use crate::domain::ids::BodyId;
use crate::domain::incident::{AccountabilityTalk, CircularNotice, Incident, Review, ReviewAspect};
use crate::domain::instant::Instant;
use crate::domain::policy::PublicationKind;

/// 审核 of a draft that is not public yet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReviewView {
    /// 形式 of the draft.
    kind: PublicationKind,
    /// Who is going to publish it.
    department: BodyId,
    aspect: ReviewAspect,
    /// When it took place.
    reviewed_at: Instant,
    /// The body that reviewed it.
    body: BodyId,
    at: Instant,
    by: String,
    by_name: String,
}

/// 通报
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CircularView {
    department: BodyId,
    /// 事由
    reason: String,
    at: Instant,
    by: String,
    by_name: String,
}

/// 约谈
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TalkView {
    department: BodyId,
    /// When it took place.
    held_at: Instant,
    /// 约谈事项
    about: String,
    /// 约谈结果
    result: String,
    at: Instant,
    by: String,
    by_name: String,
}

/// Ids of those who recorded any of it.
pub(super) fn recorders(state: &Incident) -> impl Iterator<Item = String> {
    let circulars = state.circulars.iter().map(|circular| &circular.by);
    let talks = state.talks.iter().map(|talk| &talk.by);
    circulars.chain(talks).chain(state.reviews.iter().map(|review| &review.by)).cloned()
}

pub(super) fn reviews(state: &Incident, names: &Names) -> Vec<ReviewView> {
    let view = |review: &Review| ReviewView {
        kind: review.kind,
        department: review.department.clone(),
        aspect: review.aspect,
        reviewed_at: review.reviewed_at,
        body: review.body.clone(),
        at: review.at,
        by_name: names.of(&review.by),
        by: review.by.clone(),
    };
    state.reviews.iter().map(view).collect()
}

pub(super) fn circulars(state: &Incident, names: &Names) -> Vec<CircularView> {
    let view = |circular: &CircularNotice| CircularView {
        department: circular.department.clone(),
        reason: circular.reason.clone(),
        at: circular.at,
        by_name: names.of(&circular.by),
        by: circular.by.clone(),
    };
    state.circulars.iter().map(view).collect()
}

/// Of a body that looks, its own talks only: the others are between the office and whom they were held with.
pub(super) fn talks(state: &Incident, viewer: Option<&BodyId>, names: &Names) -> Vec<TalkView> {
    let view = |talk: &AccountabilityTalk| TalkView {
        department: talk.department.clone(),
        held_at: talk.held_at,
        about: talk.about.clone(),
        result: talk.result.clone(),
        at: talk.at,
        by_name: names.of(&talk.by),
        by: talk.by.clone(),
    };
    state.talks.iter().filter(|talk| viewer.is_none_or(|viewer| talk.department == *viewer)).map(view).collect()
}
