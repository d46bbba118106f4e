//! The scheduler (自动交办): region × duty → lead and supporting departments with reasons, taken by itself where the score
//! reaches the policy's threshold (`domain.md` §4); below it the case waits for an analyst.

use crate::domain::incident::{Role, SuggestedLead};
use crate::domain::policy::{Policy, Terms};
use crate::text::analysis::{Analysis, DepartmentScore};

/// Supporting bodies that the scheduler names by itself; more is for a person to decide.
const SUPPORTING_MAX: usize = 2;
/// A supporting body's score as a share of the lead's: one that is far behind is a mention in passing.
const SUPPORTING_SHARE_MIN: f64 = 0.8;

/// Whom the scheduler would give a case to, the lead first; nobody if no score reaches the policy's threshold.
pub fn suggest(analysis: &Analysis, policy: Option<&Policy>) -> Vec<SuggestedLead> {
    let from = policy.map_or_else(|| Terms::default().auto_assign_from, |policy| policy.terms.auto_assign_from);
    let Some(lead) = analysis.departments.first().filter(|best| best.score >= from) else { return Vec::new() };
    let supporting_from = from.max(lead.score * SUPPORTING_SHARE_MIN);
    let supporting = analysis.departments[1..].iter().filter(|body| body.score >= supporting_from).take(SUPPORTING_MAX);
    std::iter::once(suggested(lead, Role::Lead))
        .chain(supporting.map(|body| suggested(body, Role::Supporting)))
        .collect()
}

fn suggested(body: &DepartmentScore, role: Role) -> SuggestedLead {
    SuggestedLead { department: body.id.clone(), role, score: body.score, why: body.why.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analysis(scores: &[(&str, f64)]) -> Analysis {
        let score = |(id, score): &(&str, f64)| DepartmentScore { id: (*id).into(), score: *score, why: vec![] };
        Analysis { departments: scores.iter().map(score).collect(), ..Analysis::default() }
    }

    fn suggested_to(scores: &[(&str, f64)]) -> Vec<(String, Role)> {
        suggest(&analysis(scores), None).into_iter().map(|s| (s.department.to_string(), s.role)).collect()
    }

    #[test]
    fn below_the_threshold_an_analyst_decides() {
        assert!(suggested_to(&[("water", 0.59)]).is_empty());
        assert_eq!(suggested_to(&[("water", 0.6)]), [("water".to_owned(), Role::Lead)]);
        assert!(suggested_to(&[]).is_empty());
    }

    #[test]
    fn a_body_named_in_passing_supports_nothing() {
        let scores = [("education", 0.95), ("market", 0.9), ("health", 0.8), ("police", 0.77), ("fire", 0.7)];
        let expected = [("education", Role::Lead), ("market", Role::Supporting), ("health", Role::Supporting)];
        assert_eq!(suggested_to(&scores), expected.map(|(id, role)| (id.to_owned(), role)));
        assert_eq!(suggested_to(&[("water", 1.0), ("fire", 0.7)]).len(), 1);
    }
}
