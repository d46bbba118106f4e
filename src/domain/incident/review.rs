//! 审核 (`domain.md` §1 D17): what is published was looked at before, for politics, law and secrecy; who did it, and when.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::ids::BodyId;
use crate::domain::instant::Instant;
use crate::domain::policy::PublicationKind;

use super::state::Incident;

/// What a draft is reviewed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewAspect {
    /// 政治关
    Political,
    /// 法律关
    Legal,
    /// 保密关
    Confidential,
}

impl ReviewAspect {
    /// All of them: a review that lacks one is not complete.
    pub const ALL: [Self; 3] = [Self::Political, Self::Legal, Self::Confidential];
}

/// A review `Review` of a draft that is not public yet, in one respect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// 形式 of the draft.
    pub kind: PublicationKind,
    /// Who is going to publish it.
    pub department: BodyId,
    /// In which respect.
    pub aspect: ReviewAspect,
    /// When it took place.
    pub reviewed_at: Instant,
    /// The body that reviewed it.
    pub body: BodyId,
    /// When it was recorded.
    pub at: Instant,
    /// Who reviewed it.
    pub by: String,
}

impl Incident {
    /// What the draft of a publication lacks of its review, counting what took place before `published_at`; `None` where no
    /// review of it was recorded at all.
    pub fn review_lacks(
        &self,
        department: &BodyId,
        kind: PublicationKind,
        published_at: Instant,
    ) -> Option<Vec<ReviewAspect>> {
        let of_draft = |review: &&Review| review.kind == kind && review.department == *department;
        let mut recorded = self.reviews.iter().filter(of_draft).peekable();
        recorded.peek()?;
        let before: BTreeSet<ReviewAspect> =
            recorded.filter(|review| review.reviewed_at <= published_at).map(|review| review.aspect).collect();
        Some(ReviewAspect::ALL.into_iter().filter(|aspect| !before.contains(aspect)).collect())
    }

    /// The draft is public: the next one is another text, and needs a review of its own.
    pub(super) fn review_used(&mut self, department: &BodyId, kind: PublicationKind) {
        self.reviews.retain(|review| review.kind != kind || review.department != *department);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: PublicationKind = PublicationKind::Response;

    fn reviewed(department: &str, aspect: ReviewAspect, ms: i64) -> Review {
        let at = Instant::from_ms(ms);
        let department = BodyId::from(department);
        Review { kind: KIND, body: department.clone(), department, aspect, reviewed_at: at, at, by: "wang".into() }
    }

    #[test]
    fn all_three_before_the_publication_make_a_review() {
        let mut incident = Incident::default();
        let water = BodyId::from("water");
        let lacks = |incident: &Incident, ms: i64| incident.review_lacks(&water, KIND, Instant::from_ms(ms));
        assert_eq!(lacks(&incident, 9), None, "nothing was recorded: what `respond` says holds");
        incident.reviews.extend(ReviewAspect::ALL.map(|aspect| reviewed("housing", aspect, 1)));
        assert_eq!(lacks(&incident, 9), None, "another body's draft");
        incident.reviews.push(reviewed("water", ReviewAspect::Political, 1));
        incident.reviews.push(reviewed("water", ReviewAspect::Legal, 2));
        assert_eq!(lacks(&incident, 9), Some(vec![ReviewAspect::Confidential]));
        incident.reviews.push(reviewed("water", ReviewAspect::Confidential, 3));
        assert_eq!(lacks(&incident, 3), Some(vec![]), "the same instant is in time");
        assert_eq!(lacks(&incident, 2), Some(vec![ReviewAspect::Confidential]), "it came after the publication");
        assert_eq!(
            incident.review_lacks(&water, PublicationKind::Statement, Instant::from_ms(9)),
            None,
            "another text"
        );
        incident.review_used(&water, KIND);
        assert_eq!((lacks(&incident, 9), incident.reviews.len()), (None, 3), "the other body's stays");
    }
}
