//! Topic files (`topics/`): one watched matter a file, with texts that it must and must not match.

use std::collections::BTreeMap;

use super::error::{RuleError, suggest};
use super::load;
use super::yaml::Parsed;
use crate::domain::body::Body;
use crate::domain::ids::BodyId;
use crate::text::topic::Topic;

/// Ids of the fields of government (`contract.md`).
pub const CATEGORIES: [&str; 12] = [
    "urban_construction",
    "environment",
    "transport",
    "education_culture",
    "labour",
    "commerce_tourism",
    "health",
    "public_security",
    "agriculture_water",
    "land_resources",
    "civil_affairs",
    "economy",
];

/// Reads all topics, checks them, and runs their examples.
pub fn load(files: &[(&str, &str)], bodies: &BTreeMap<BodyId, Body>, errors: &mut Vec<RuleError>) -> Vec<Topic> {
    load::each(files, "主题", |topic: &Topic| &topic.id, |file| check(file, bodies), errors)
}

fn check(file: &Parsed<Topic>, bodies: &BTreeMap<BodyId, Body>) -> Vec<RuleError> {
    let topic = &file.value;
    let mut errors = super::id::check(file, &["id"], &topic.id);
    for (key, text) in [("name", &topic.name), ("why", &topic.why)] {
        if text.trim().is_empty() {
            errors.push(file.error(&[key], format!("{key} 是空的"), "写明名称与关注的理由"));
        }
    }
    if let Some(what) = topic.when.idle_word() {
        errors.push(file.error(&["when"], what, "改写 when"));
    }
    if let Some(category) = topic.category.as_deref().filter(|id| !CATEGORIES.contains(id)) {
        errors.push(file.error(&["category"], format!("没有领域 {category}"), suggest(category, CATEGORIES)));
    }
    let known: Vec<&str> = bodies.keys().map(BodyId::as_str).collect();
    if let Some(lead) = topic.lead.as_ref().filter(|id| !bodies.contains_key(id.as_str())) {
        let what = format!("主办单位 {lead} 不存在或有错");
        errors.push(file.error(&["lead"], what, suggest(lead.as_str(), known.clone())).lacking(lead));
    }
    for (index, body) in topic.supporting.iter().enumerate() {
        let at = ["supporting", &index.to_string()];
        if !bodies.contains_key(body.as_str()) {
            let what = format!("协办单位 {body} 不存在或有错");
            errors.push(file.error(&at, what, suggest(body.as_str(), known.clone())).lacking(body));
        } else if topic.lead.as_ref() == Some(body) {
            errors.push(file.error(&at, format!("{body} 已是主办单位"), "从 supporting 中删去"));
        }
    }
    run_examples(file, &mut errors);
    errors
}

fn run_examples(file: &Parsed<Topic>, errors: &mut Vec<RuleError>) {
    let topic = &file.value;
    for (key, texts, wanted) in
        [("matches", &topic.examples.matches, true), ("near_misses", &topic.examples.near_misses, false)]
    {
        if texts.is_empty() {
            let what = format!("examples 里没有 {key}");
            errors.push(file.error(&["examples", key], what, "至少写一个例子"));
        }
        for (index, text) in texts.iter().enumerate() {
            if topic.when.matches(text) != wanted {
                let what = if wanted { "应匹配而没有匹配" } else { "不应匹配却匹配了" };
                let at = ["examples", key, &index.to_string()];
                errors.push(file.error(&at, format!("例子“{text}”{what}"), "改 when，或改例子"));
            }
        }
    }
}
