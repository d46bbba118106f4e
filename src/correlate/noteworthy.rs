//! What makes a mention noteworthy (值得处置), each with the reason that a person reads: which rule, which words, which place,
//! and what would have kept it out.

use std::collections::HashMap;

use crate::domain::correlation::{Correlation, Noteworthy};
use crate::domain::grade::Grade;
use crate::text::analysis::{Analysis, Sentiment};
use crate::text::concern::{self, Part};
use crate::text::place::{FoundPlace, Locality, PlaceKind, PlaceRole};
use crate::text::topic::Topic;

/// Points that make anger about a duty graver, at least.
const ADDS_MIN: i32 = 2;
/// Places named in a reason.
const PLACES_NAMED_MAX: usize = 3;

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

/// Why a post opens an incident; empty if it does not. What lies elsewhere opens none, whatever it says.
pub fn post(analysis: &Analysis, rules: &Correlation, watchlist: &Watchlist) -> Vec<String> {
    if analysis.locality() == Locality::Elsewhere {
        return Vec::new();
    }
    let watched = || matched(analysis, watchlist).filter(|(_, topic)| topic.noteworthy);
    let mut by = By { topics: watched().map(|(_, topic)| topic.name.as_str()).collect(), ..By::default() };
    let mut why: Vec<String> =
        watched().map(|(id, topic)| format!("命中关注主题「{}」{}", topic.name, words_of(analysis, id))).collect();
    // 被双十一杀死了 is no event; what is larger than general is never waved aside by a word.
    let told = analysis.event_grade > Grade::General || weight(analysis) > 0 || !has(analysis, Part::Against);
    let graded = grade(analysis, rules.noteworthy.event_grade_from).filter(|_| told);
    by.graded = graded.is_some();
    why.extend(graded);
    by.sensitive = analysis.sensitive;
    why.extend(sensitive(analysis));
    match public_concern(analysis, &rules.noteworthy) {
        Some(concern) => {
            by.points = Some(weight(analysis) - rules.noteworthy.concern_from + 1);
            why.push(concern);
        }
        None => {
            let angry = angry_on_duty(analysis, &rules.noteworthy);
            by.angry = angry.is_some();
            why.extend(angry);
        }
    }
    if !why.is_empty() {
        why.push(where_and_unless(analysis, &by));
    }
    why
}

/// Why a letter by itself opens an incident (`domain.md` §1); empty if it does not.
pub fn letter(analysis: &Analysis, rules: &Correlation, watchlist: &Watchlist) -> Vec<String> {
    if analysis.locality() == Locality::Elsewhere {
        return Vec::new();
    }
    let watched = || matched(analysis, watchlist).filter(|(_, topic)| topic.letters);
    let mut why: Vec<String> =
        watched().map(|(id, topic)| format!("来信命中关注主题「{}」{}", topic.name, words_of(analysis, id))).collect();
    let graded = grade(analysis, rules.letters.event_grade_from);
    let by = By {
        topics: watched().map(|(_, topic)| topic.name.as_str()).collect(),
        graded: graded.is_some(),
        sensitive: analysis.sensitive,
        ..By::default()
    };
    why.extend(graded);
    why.extend(sensitive(analysis).map(|why| format!("来信{why}")));
    if !why.is_empty() {
        why.push(where_and_unless(analysis, &by));
    }
    why
}

/// Whether a post that opens nothing by itself is remembered, so that several about the same matter do.
pub fn gathers(analysis: &Analysis, rules: &Correlation) -> bool {
    analysis.locality() != Locality::Elsewhere && weight(analysis) >= rules.noteworthy.gather_from
}

/// Why a post opens nothing, where that is worth saying.
pub fn kept_out(analysis: &Analysis, rules: &Correlation) -> Option<String> {
    let (points, from) = (weight(analysis), rules.noteworthy.concern_from);
    if analysis.locality() == Locality::Elsewhere {
        let place = analysis.places.iter().find_map(FoundPlace::elsewhere).unwrap_or_default();
        return Some(format!("所述在外地（{place}），只存档供检索，不立事件"));
    }
    let core = concern::told(&analysis.concerns, Part::Core);
    if core.is_empty() {
        return None;
    }
    let against = concern::told(&analysis.concerns, Part::Against);
    let against = if against.is_empty() { String::new() } else { format!("；反证：{against}") };
    Some(format!("公共事项 {points} 分，不到 {from} 分（本办自定）：{core}{against}"))
}

/// Points of a post's public concern.
pub fn weight(analysis: &Analysis) -> i32 {
    let placed = |p: &FoundPlace| {
        let exact = !matches!(p.kind, PlaceKind::Country | PlaceKind::Province | PlaceKind::City);
        exact && p.role == PlaceRole::Site && p.elsewhere().is_none()
    };
    concern::weight(&analysis.concerns, analysis.places.iter().any(placed))
}

fn public_concern(analysis: &Analysis, rules: &Noteworthy) -> Option<String> {
    let points = weight(analysis);
    if points < rules.concern_from {
        return None;
    }
    let mut why = format!(
        "公共事项 {points} 分（≥ {}，本办自定）：{}",
        rules.concern_from,
        concern::told(&analysis.concerns, Part::Core)
    );
    for (part, term) in [(Part::Adds, "加重"), (Part::Against, "反证")] {
        let told = concern::told(&analysis.concerns, part);
        if !told.is_empty() {
            why.push_str(&format!("；{term}：{told}"));
        }
    }
    Some(why)
}

/// Anger alone is no matter, nor is a duty word: both must be strong, and things must make it graver.
fn angry_on_duty(analysis: &Analysis, rules: &Noteworthy) -> Option<String> {
    let best = analysis.departments.first().filter(|best| best.score >= rules.department_from)?;
    let adds: i32 = analysis.concerns.iter().filter(|e| e.part == Part::Adds).map(|e| e.points).sum();
    let angry = analysis.sentiment == Sentiment::Negative && analysis.sentiment_score <= -rules.negative_from;
    (angry && adds >= ADDS_MIN && !has(analysis, Part::Against)).then(|| {
        let (score, mood) = (best.score, analysis.sentiment_score);
        let adds = concern::told(&analysis.concerns, Part::Adds);
        format!("强烈负面（{mood:.2}），且属 {} 职责（{score:.2}，本办自定标准）；加重：{adds}", best.id)
    })
}

fn has(analysis: &Analysis, part: Part) -> bool {
    analysis.concerns.iter().any(|evidence| evidence.part == part)
}

fn matched<'a>(analysis: &'a Analysis, watchlist: &'a Watchlist) -> impl Iterator<Item = (&'a str, &'a Watched)> {
    analysis.rules.iter().filter_map(|id| watchlist.get(id).map(|watched| (id.as_str(), watched)))
}

/// The words by which a topic matched, as its reason has them behind `（id）：`.
fn words_of(analysis: &Analysis, topic: &str) -> String {
    let mark = format!("（{topic}）：");
    let told = analysis.reasons.iter().filter(|reason| reason.of == "topic");
    let words = told.filter_map(|reason| reason.why.split_once(&mark)).next();
    words.map_or_else(String::new, |(_, words)| format!("：{words}（规则 {topic}）"))
}

fn sensitive(analysis: &Analysis) -> Option<String> {
    let told = analysis.reasons.iter().find(|reason| reason.of == "sensitive");
    analysis.sensitive.then(|| told.map_or("内容敏感".to_owned(), |reason| format!("内容敏感：{}", reason.why)))
}

fn grade(analysis: &Analysis, from: Grade) -> Option<String> {
    let told = analysis.reasons.iter().find(|reason| reason.of == "event_grade");
    (analysis.event_grade >= from.max(Grade::General)).then(|| {
        let why = told.map_or_else(String::new, |reason| format!("：{}", reason.why));
        format!("文中所述达到{}突发事件{why}", analysis.event_grade.zh())
    })
}

/// Which place it is taken for.
fn place_of(analysis: &Analysis) -> String {
    let names: Vec<&str> = analysis
        .places
        .iter()
        .filter(|place| place.role == PlaceRole::Site && place.elsewhere().is_none())
        .map(|place| place.name.as_str())
        .take(PLACES_NAMED_MAX)
        .collect();
    match (names.is_empty(), analysis.regions.first()) {
        (false, _) => format!("地点：{}", names.join("、")),
        (true, Some(region)) => format!("地点：来源注明 {region}"),
        (true, None) => "地点：文中未写，按本地处理".to_owned(),
    }
}

/// The place, and what would have kept the mention out: all of it together, where several things open it.
fn where_and_unless(analysis: &Analysis, by: &By<'_>) -> String {
    let mut unless: Vec<String> = Vec::new();
    if let Some(points) = by.points {
        unless.push(format!("反证（广告、表扬、活动宣传、虚构等）再多 {points} 分"));
    }
    if by.angry {
        unless.push("有一条反证，或语气不强烈".to_owned());
    }
    if !by.topics.is_empty() {
        let names: Vec<String> = by.topics.iter().map(|name| format!("「{name}」")).collect();
        unless.push(format!("关注主题{}不设为立事件（或其排除词出现）", names.join("")));
    }
    if by.graded {
        unless.push("所述事件属演练、历史、引述或未达等级".to_owned());
    }
    if by.sensitive {
        unless.push("不属敏感事项".to_owned());
    }
    format!("{}；不立事件的条件：所述在外地，或者{}", place_of(analysis), unless.join("，并且"))
}

/// What opens.
#[derive(Default)]
struct By<'a> {
    topics: Vec<&'a str>,
    graded: bool,
    sensitive: bool,
    /// Points against it that would have been enough.
    points: Option<i32>,
    angry: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::analysis::DepartmentScore;
    use crate::text::concern::Evidence;
    use crate::text::place::Whereabouts;

    fn watchlist() -> Watchlist {
        let watched = |name: &str, noteworthy, letters| Watched { name: name.into(), noteworthy, letters };
        HashMap::from([
            ("water".into(), watched("供水安全", true, false)),
            ("school".into(), watched("校园安全", true, true)),
            ("parking".into(), watched("停车", false, false)),
        ])
    }

    fn evidence(part: Part, points: i32) -> Evidence {
        Evidence { part, kind: format!("{part:?}"), points, words: vec!["词".into()] }
    }

    fn negative(score: f64, sentiment_score: f64, concerns: Vec<Evidence>) -> Analysis {
        Analysis {
            sentiment: Sentiment::Negative,
            sentiment_score,
            departments: vec![DepartmentScore { id: "water".into(), score, why: vec![] }],
            concerns,
            ..Analysis::default()
        }
    }

    fn opens(analysis: &Analysis) -> bool {
        !post(analysis, &Correlation::default(), &watchlist()).is_empty()
    }

    #[test]
    fn anger_counts_only_where_it_is_strong_and_something_makes_it_graver() {
        let adds = || vec![evidence(Part::Adds, 2)];
        assert!(!opens(&negative(0.9, -0.9, vec![evidence(Part::Adds, 1)])), "hardly graver");
        assert!(!opens(&negative(0.9, -0.1, adds())), "weak");
        assert!(!opens(&negative(0.1, -0.9, adds())), "nobody's duty");
        assert!(opens(&negative(0.9, -0.9, adds())));
        assert!(!opens(&negative(0.9, -0.9, vec![evidence(Part::Adds, 2), evidence(Part::Against, -4)])));
        let rumour = Analysis { rumour: 0.9, ..negative(0.9, -0.1, vec![]) };
        assert!(!opens(&rumour), "style is no matter");
        let angry = negative(0.9, -0.9, adds());
        assert!(letter(&angry, &Correlation::default(), &watchlist()).is_empty(), "an angry letter is a letter");
    }

    #[test]
    fn a_public_concern_opens_by_its_points_and_says_so() {
        let of = |concerns| Analysis { concerns, ..Analysis::default() };
        let grave = of(vec![evidence(Part::Core, 2), evidence(Part::Adds, 1)]);
        let why = post(&grave, &Correlation::default(), &watchlist()).join("；");
        assert!(why.contains("公共事项 3 分") && why.contains("词"), "{why}");
        let light = of(vec![evidence(Part::Core, 2)]);
        assert!(!opens(&light) && gathers(&light, &Correlation::default()));
        assert!(kept_out(&light, &Correlation::default()).unwrap().contains("不到 3 分"));
    }

    #[test]
    fn what_lies_elsewhere_opens_nothing() {
        let place = FoundPlace {
            start: 0,
            end: 2,
            name: "合肥".into(),
            kind: PlaceKind::City,
            whereabouts: Whereabouts::Elsewhere("合肥市".into()),
            role: PlaceRole::Site,
        };
        let there = Analysis {
            places: vec![place],
            event_grade: Grade::Major,
            sensitive: true,
            rules: vec!["school".into()],
            concerns: vec![evidence(Part::Core, 3), evidence(Part::Adds, 3)],
            ..Analysis::default()
        };
        assert!(!opens(&there) && letter(&there, &Correlation::default(), &watchlist()).is_empty());
        assert!(!gathers(&there, &Correlation::default()));
        assert!(kept_out(&there, &Correlation::default()).unwrap().contains("合肥市"));
    }

    #[test]
    fn an_opening_says_what_would_have_kept_it_out_and_that_does() {
        let rules = Correlation::default();
        let of = |concerns| Analysis { concerns, ..Analysis::default() };
        let grave = || vec![evidence(Part::Core, 3), evidence(Part::Adds, 2)];
        let why = post(&of(grave()), &rules, &watchlist()).join("；");
        assert!(why.contains("地点：文中未写") && why.contains("不立事件的条件：所述在外地"), "{why}");
        assert!(why.contains("再多 3 分"), "{why}");
        let against = |points: i32| [grave(), vec![evidence(Part::Against, -points)]].concat();
        assert!(opens(&of(against(2))) && !opens(&of(against(3))));
        let both = Analysis { rules: vec!["water".into()], ..of(grave()) };
        let why = post(&both, &rules, &watchlist()).join("；");
        assert!(why.contains("再多 3 分，并且关注主题「供水安全」不设为立事件"), "{why}");
        assert!(opens(&Analysis { rules: vec!["water".into()], ..of(against(3)) }), "one of two things is not enough");
        assert!(!opens(&Analysis { rules: vec!["parking".into()], ..of(against(3)) }));
    }

    #[test]
    fn topics_speak_for_posts_and_letters_apart() {
        let rules = Correlation::default();
        let about = |id: &str| Analysis { rules: vec![id.into()], ..Analysis::default() };
        assert!(post(&about("water"), &rules, &watchlist())[0].contains("命中关注主题「供水安全」"));
        assert!(post(&about("parking"), &rules, &watchlist()).is_empty());
        assert!(letter(&about("water"), &rules, &watchlist()).is_empty());
        assert!(letter(&about("school"), &rules, &watchlist())[0].contains("来信命中关注主题「校园安全」"));
    }

    #[test]
    fn a_letter_needs_a_larger_event_than_a_post() {
        let rules = Correlation::default();
        let of = |event_grade| Analysis { event_grade, ..Analysis::default() };
        assert!(post(&of(Grade::None), &rules, &watchlist()).is_empty());
        assert!(!post(&of(Grade::General), &rules, &watchlist()).is_empty());
        assert!(letter(&of(Grade::General), &rules, &watchlist()).is_empty());
        assert!(!letter(&of(Grade::Large), &rules, &watchlist()).is_empty());
        let sensitive = Analysis { sensitive: true, ..Analysis::default() };
        assert!(!letter(&sensitive, &rules, &watchlist()).is_empty());
    }
}
