//! What makes a mention noteworthy (值得处置), each with the reason that a person reads.

use std::collections::HashMap;

use crate::domain::correlation::Correlation;
use crate::domain::grade::Grade;
use crate::text::analysis::{Analysis, Sentiment};
use crate::text::topic::Topic;

/// What a watched topic says about opening an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// 名称
    pub name: String,
    /// A post about it opens an incident.
    pub noteworthy: bool,
    /// A letter about it opens one too.
    pub letters: bool,
}

/// Watched topics by id.
pub type Watchlist = HashMap<String, Watched>;

/// The watch list of an office's topics.
pub fn watchlist(topics: &[Topic]) -> Watchlist {
    topics
        .iter()
        .map(|topic| {
            let watched = Watched { name: topic.name.clone(), noteworthy: topic.noteworthy, letters: topic.letters };
            (topic.id.clone(), watched)
        })
        .collect()
}

/// Why a post opens an incident; empty if it does not.
pub fn post(analysis: &Analysis, rules: &Correlation, watchlist: &Watchlist) -> Vec<String> {
    let mut why: Vec<String> = matched(analysis, watchlist)
        .filter(|topic| topic.noteworthy)
        .map(|topic| format!("命中关注主题「{}」", topic.name))
        .collect();
    why.extend(grade(analysis, rules.noteworthy.event_grade_from));
    why.extend(analysis.sensitive.then(|| "内容敏感".to_owned()));
    let duty = analysis.departments.first().filter(|best| best.score >= rules.noteworthy.department_from);
    if let Some(best) = duty {
        let score = best.score;
        if analysis.sentiment == Sentiment::Negative {
            why.push(format!("负面情绪，且属 {} 职责（{score:.2}，本办自定标准）", best.id));
        }
        if analysis.rumour >= rules.noteworthy.rumour_from {
            why.push(format!(
                "疑似不实信息（{:.2}），且属 {} 职责（{score:.2}，本办自定标准）",
                analysis.rumour, best.id
            ));
        }
    }
    why
}

/// Why a letter by itself opens an incident (`domain.md` §1); empty if it does not.
pub fn letter(analysis: &Analysis, rules: &Correlation, watchlist: &Watchlist) -> Vec<String> {
    let mut why: Vec<String> = matched(analysis, watchlist)
        .filter(|topic| topic.letters)
        .map(|topic| format!("来信命中关注主题「{}」", topic.name))
        .collect();
    why.extend(grade(analysis, rules.letters.event_grade_from));
    why.extend(analysis.sensitive.then(|| "来信内容敏感".to_owned()));
    why
}

fn matched<'a>(analysis: &'a Analysis, watchlist: &'a Watchlist) -> impl Iterator<Item = &'a Watched> {
    analysis.rules.iter().filter_map(|id| watchlist.get(id))
}

fn grade(analysis: &Analysis, from: Grade) -> Option<String> {
    (analysis.event_grade >= from.max(Grade::General))
        .then(|| format!("文中所述达到{}突发事件", analysis.event_grade.zh()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::analysis::DepartmentScore;

    fn watchlist() -> Watchlist {
        let watched = |name: &str, noteworthy, letters| Watched { name: name.into(), noteworthy, letters };
        HashMap::from([
            ("water".into(), watched("供水安全", true, false)),
            ("school".into(), watched("校园安全", true, true)),
            ("parking".into(), watched("停车", false, false)),
        ])
    }

    fn negative(score: f64) -> Analysis {
        Analysis {
            sentiment: Sentiment::Negative,
            departments: vec![DepartmentScore { id: "water".into(), score, why: vec![] }],
            ..Analysis::default()
        }
    }

    #[test]
    fn anger_counts_only_on_a_watched_duty() {
        let rules = Correlation::default();
        assert!(post(&negative(0.1), &rules, &watchlist()).is_empty());
        assert!(post(&negative(0.9), &rules, &watchlist())[0].contains("本办自定"));
        let calm = Analysis { sentiment: Sentiment::Neutral, ..negative(0.9) };
        assert!(post(&calm, &rules, &watchlist()).is_empty());
        let rumour = Analysis { rumour: 0.7, ..calm };
        assert!(post(&rumour, &rules, &watchlist())[0].contains("疑似不实"));
        assert!(letter(&negative(0.9), &rules, &watchlist()).is_empty(), "an angry letter is a letter");
    }

    #[test]
    fn topics_speak_for_posts_and_letters_apart() {
        let rules = Correlation::default();
        let about = |id: &str| Analysis { rules: vec![id.into()], ..Analysis::default() };
        assert_eq!(post(&about("water"), &rules, &watchlist()), ["命中关注主题「供水安全」"]);
        assert!(post(&about("parking"), &rules, &watchlist()).is_empty());
        assert!(letter(&about("water"), &rules, &watchlist()).is_empty());
        assert_eq!(letter(&about("school"), &rules, &watchlist()), ["来信命中关注主题「校园安全」"]);
    }

    #[test]
    fn a_letter_needs_a_larger_event_than_a_post() {
        let rules = Correlation::default();
        let of = |event_grade| Analysis { event_grade, ..Analysis::default() };
        assert!(post(&of(Grade::None), &rules, &watchlist()).is_empty());
        assert_eq!(post(&of(Grade::General), &rules, &watchlist()).len(), 1);
        assert!(letter(&of(Grade::General), &rules, &watchlist()).is_empty());
        assert_eq!(letter(&of(Grade::Large), &rules, &watchlist()).len(), 1);
        let sensitive = Analysis { sensitive: true, ..Analysis::default() };
        assert_eq!(letter(&sensitive, &rules, &watchlist()).len(), 1);
    }
}
