//! 回应方式: which of the six ways of 80号 an opinion is to be answered in (`domain.md` §1). A proposal, as far as the text
//! tells; whoever grades decides.

use super::Rules;
use crate::domain::grade::{Grade, ResponseApproach};
use crate::text::analysis::Analysis;
use crate::text::topic::ResponsePriority;

/// From here on a text looks like a rumour (`contract.md`).
const RUMOUR_FROM: f64 = 0.5;

impl Rules {
    /// What analysis of a mention proposes; nothing where the text doesn't tell.
    pub fn approach(&self, analysis: &Analysis) -> Option<ResponseApproach> {
        let misread = |id: &String| {
            let topic = self.topics.iter().find(|topic| topic.id == *id);
            topic.is_some_and(|topic| topic.response_priority == Some(ResponsePriority::PolicyMisread))
        };
        if analysis.rumour >= RUMOUR_FROM {
            return Some(ResponseApproach::Rebuttal);
        }
        if analysis.rules.iter().any(misread) {
            return Some(ResponseApproach::Correction);
        }
        if analysis.event_grade > Grade::None || analysis.sensitive {
            return Some(ResponseApproach::Investigation);
        }
        match analysis.request.as_str() {
            "suggestion" => Some(ResponseApproach::Adoption),
            "complaint" => Some(ResponseApproach::Solution),
            "report" => Some(ResponseApproach::Investigation),
            "question" => Some(ResponseApproach::Facts),
            _ => None,
        }
    }

    /// The same of a stored analysis.
    pub fn approach_of(&self, analysis: &str) -> Option<ResponseApproach> {
        self.approach(&serde_json::from_str(analysis).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_opinion_is_answered_in_its_way() {
        let rules = Rules::default();
        let approach = |analysis: Analysis| rules.approach(&analysis);
        let request = |request: &str| Analysis { request: request.to_owned(), ..Analysis::default() };
        assert_eq!(approach(request("suggestion")), Some(ResponseApproach::Adoption));
        assert_eq!(approach(request("complaint")), Some(ResponseApproach::Solution));
        assert_eq!(approach(request("question")), Some(ResponseApproach::Facts));
        assert_eq!(approach(request("thanks")), None);
        let grave = Analysis { event_grade: Grade::Large, ..request("complaint") };
        assert_eq!(approach(grave.clone()), Some(ResponseApproach::Investigation));
        assert_eq!(approach(Analysis { rumour: 0.5, ..grave }), Some(ResponseApproach::Rebuttal));
    }
}
