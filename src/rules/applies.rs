//! When something that was prepared applies to a matter: the conditions that plans and assessments share.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Rules;
use super::error::{RuleError, suggest};
use super::region::REGIONS;
use super::yaml::Parsed;
use crate::domain::grade::{Grade, Grading};
use crate::domain::ids::RegionId;
use crate::text::Region;
use crate::text::expression::Expression;
use crate::text::topic::{ResponsePriority, Topic};

/// Words that a reason quotes at most.
const WORDS_QUOTED_MAX: usize = 6;

/// What an incident is about when it opens. Topics come from the keyword rules, never from a classifier.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// 标题
    pub title: Option<&'a str>,
    /// Its text.
    pub text: &'a str,
    /// Ids of the topics that it matches.
    pub topics: &'a [String],
    /// Regions that it touches.
    pub regions: &'a BTreeSet<RegionId>,
    /// What is proposed for it.
    pub grading: Grading,
    /// The day of its detection, in Beijing.
    pub on: chrono::NaiveDate,
}

/// Conditions: of `topics`, `kinds` and `words` any one that holds will do; the others must all hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applies {
    /// 关注主题: one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Kinds of 61号: that of one of the matter's topics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<ResponsePriority>,
    /// 关键词表达式 over title and text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Expression>,
    /// 地区: one of them; none given means anywhere, and a matter that touches no region is in none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionId>,
    /// 事件等级 at least, as proposed at the opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_grade: Option<Grade>,
    /// 舆情等级 at least, as proposed at the opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion_grade: Option<Grade>,
}

impl Applies {
    /// Why it applies to a matter, in words; `None` where it doesn't.
    pub fn to(&self, matter: &Matter<'_>, topics: &[Topic], regions: &[Region]) -> Option<Vec<String>> {
        let of = |id: &String| topics.iter().find(|topic| topic.id == *id);
        let mut why = Vec::new();
        for topic in matter.topics.iter().filter_map(of) {
            if self.topics.contains(&topic.id) || topic.response_priority.is_some_and(|kind| self.kinds.contains(&kind))
            {
                why.push(format!("主题：{}", topic.name));
            }
        }
        if let Some(words) = &self.words {
            let text = whole(matter);
            if words.matches(&text) {
                let quoted: Vec<&str> = words.quoted(&text).into_iter().take(WORDS_QUOTED_MAX).collect();
                why.push(format!("关键词：{}", quoted.join("、")));
            }
        }
        if why.is_empty() && self.has_subject() {
            return None;
        }
        if !self.regions.is_empty() {
            let region = matter.regions.iter().find(|region| self.regions.contains(region))?;
            let name = regions.iter().find(|known| known.id == *region).map_or(region.as_str(), |known| &known.name);
            why.push(format!("地区：{name}"));
        }
        for (least, given, name) in [
            (self.event_grade, matter.grading.event_grade, "事件等级"),
            (self.opinion_grade, matter.grading.opinion_grade, "舆情等级"),
        ] {
            match least {
                Some(least) if given < least => return None,
                Some(_) => why.push(format!("{name}：{}", given.zh())),
                None => {}
            }
        }
        Some(why)
    }

    const fn has_subject(&self) -> bool {
        !self.topics.is_empty() || !self.kinds.is_empty() || self.words.is_some()
    }

    /// What is wrong with the conditions under `applies`.
    pub(super) fn check<T>(&self, file: &Parsed<T>, topics: &[Topic], regions: &[Region]) -> Vec<RuleError> {
        let mut errors = Vec::new();
        if !self.has_subject() && self.event_grade.is_none() && self.opinion_grade.is_none() {
            let fix = "写 topics、kinds、words 或 event_grade、opinion_grade 中的至少一项";
            errors.push(file.error(&["applies"], "没有说明何时适用", fix));
        }
        let known: Vec<&str> = topics.iter().map(|topic| topic.id.as_str()).collect();
        for (n, topic) in self.topics.iter().enumerate().filter(|(_, topic)| !known.contains(&topic.as_str())) {
            let at = ["applies", "topics", &n.to_string()];
            errors.push(
                file.error(&at, format!("主题 {topic} 不存在或有错"), suggest(topic, known.clone())).lacking(topic),
            );
        }
        let known: Vec<&str> = regions.iter().map(|region| region.id.as_str()).collect();
        for (n, region) in self.regions.iter().enumerate().filter(|(_, region)| !known.contains(&region.as_str())) {
            let at = ["applies", "regions", &n.to_string()];
            errors.push(
                file.error(&at, format!("没有地区 {region}"), suggest(region.as_str(), known.clone())).lacking(REGIONS),
            );
        }
        errors
    }
}

/// Title and text, as the keyword rules of topics read them.
fn whole(matter: &Matter<'_>) -> String {
    matter.title.map_or_else(|| matter.text.to_owned(), |title| format!("{title}\n{}", matter.text))
}

/// Examples of a plan or an assessment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// It must apply to these.
    #[serde(default)]
    pub matches: Vec<Example>,
    /// These look alike, and it must not.
    #[serde(default)]
    pub near_misses: Vec<Example>,
}

/// A matter to try it on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Its text.
    pub text: String,
    /// The region that it touches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionId>,
    /// 事件等级 that is proposed.
    #[serde(default)]
    pub event_grade: Grade,
    /// 舆情等级 that is proposed.
    #[serde(default = "general")]
    pub opinion_grade: Grade,
    /// The day of detection; else one on which it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<chrono::NaiveDate>,
}

const fn general() -> Grade {
    Grade::General
}

impl Examples {
    /// Runs them: `holds` says whether it applies to a matter, `day` is one on which it is in force.
    pub(super) fn run<T>(
        &self,
        file: &Parsed<T>,
        topics: &[Topic],
        day: chrono::NaiveDate,
        holds: impl Fn(&Matter<'_>) -> bool,
    ) -> Vec<RuleError> {
        let mut errors = Vec::new();
        for (key, examples, wanted) in [("matches", &self.matches, true), ("near_misses", &self.near_misses, false)] {
            if examples.is_empty() {
                errors.push(file.error(&["examples", key], format!("examples 里没有 {key}"), "至少写一个例子"));
            }
            for (n, example) in examples.iter().enumerate() {
                let matching = topics.iter().filter(|topic| topic.when.matches(&example.text));
                let topics: Vec<String> = matching.map(|topic| topic.id.clone()).collect();
                let matter = Matter {
                    title: None,
                    text: &example.text,
                    topics: &topics,
                    regions: &example.region.iter().cloned().collect(),
                    grading: Grading {
                        event_grade: example.event_grade,
                        opinion_grade: example.opinion_grade,
                        sensitive: false,
                    },
                    on: example.on.unwrap_or(day),
                };
                if holds(&matter) != wanted {
                    let what = if wanted { "应适用而没有适用" } else { "不应适用却适用了" };
                    let at = ["examples", key, &n.to_string()];
                    let what = format!("例子“{}”{what}（匹配的主题：{}）", example.text, topics.join("、"));
                    // A topic that has fallen matches nothing.
                    errors.push(file.error(&at, what, "改 applies，或改例子").lacking("topics"));
                }
            }
        }
        errors
    }
}

impl Rules {
    /// What the office had ready for a matter.
    pub fn prepared(&self, matter: &Matter<'_>) -> crate::domain::prepared::Prepared {
        let mut prepared = crate::domain::prepared::Prepared::default();
        for assessment in &self.assessments {
            prepared.assessments.extend(assessment.attached(matter, &self.topics, &self.regions));
        }
        for plan in &self.plans {
            // What was assessed has a plan, whatever the plan's own conditions say.
            let called = prepared.assessments.iter().filter(|a| a.plan.as_ref() == Some(&plan.id));
            let mut why: Vec<String> = called.map(|a| format!("风险评估：{}", a.matter)).collect();
            why.extend(plan.applies.to(matter, &self.topics, &self.regions).unwrap_or_default());
            if !why.is_empty() {
                prepared.plans.push(plan.attached(why));
            }
        }
        prepared
    }
}
