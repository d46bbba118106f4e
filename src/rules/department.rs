//! Department files (`departments/`): one body a file, and the regions.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::{RuleError, suggest};
use super::region::REGIONS;
use super::yaml::{Parsed, parse};
use crate::domain::body::{Body, BodyKind, Contact, DutyKeyword, Level};
use crate::domain::ids::{BodyId, RegionId};
use crate::domain::mention::MentionInput;
use crate::domain::office::CITY;
use crate::domain::routing::is_email;
use crate::text::Analyser;

/// The file that holds the regions.
pub const REGIONS_FILE: &str = "departments/regions.yaml";

/// Weight of a keyword.
const WEIGHT_MAX: f64 = 5.0;

/// A file of `departments/`: a body and the examples of what falls to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentFile {
    id: BodyId,
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    level: Level,
    parent: BodyId,
    kind: BodyKind,
    region: RegionId,
    duties: Vec<String>,
    #[serde(default)]
    keywords: BTreeMap<String, f64>,
    #[serde(default)]
    accounts: Vec<String>,
    #[serde(default)]
    contacts: Vec<Contact>,
    why: String,
    #[serde(default)]
    examples: DepartmentExamples,
}

/// Sentences that must, and must not, be assigned to a body without an analyst.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentExamples {
    /// It must come first, and surely enough.
    #[serde(default)]
    pub chosen: Vec<String>,
    /// It must not.
    #[serde(default)]
    pub near_misses: Vec<String>,
}

/// A body with its examples and the lines of its file.
#[derive(Debug)]
pub struct LoadedBody {
    /// The body.
    pub body: Body,
    /// Its examples.
    pub examples: DepartmentExamples,
    /// For lines.
    pub parsed: Parsed<()>,
}

/// Reads all department files but the regions and checks each by itself and all together.
pub fn load(files: &[(&str, &str)], regions: &BTreeSet<RegionId>, errors: &mut Vec<RuleError>) -> Vec<LoadedBody> {
    let mut bodies: BTreeMap<BodyId, LoadedBody> = BTreeMap::new();
    let mut accounts: BTreeMap<String, BodyId> = BTreeMap::new();
    for (path, text) in files {
        let loaded = match parse::<DepartmentFile>(path, text) {
            Ok(file) => into_body(file),
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let mut mistakes = check(&loaded, regions);
        let (body, file) = (&loaded.body, &loaded.parsed);
        if let Some(first) = bodies.get(&body.id) {
            let what = format!("单位编号 {} 重复，已用于 {}", body.id, first.parsed.file);
            mistakes.push(file.error(&["id"], what, "换一个编号，或删去其中一个文件"));
        }
        for (index, account) in body.accounts.iter().enumerate() {
            if let Some(holder) = accounts.insert(account.clone(), body.id.clone()) {
                let what = format!("账号 {account} 重复，已属于 {holder}");
                mistakes.push(file.error(&["accounts", &index.to_string()], what, "一个账号只属于一个单位"));
            }
        }
        if mistakes.is_empty() {
            bodies.insert(body.id.clone(), loaded);
        } else {
            errors.extend(mistakes);
        }
    }
    drop_unrooted(&mut bodies, errors);
    bodies.into_values().collect()
}

fn into_body(file: Parsed<DepartmentFile>) -> LoadedBody {
    let (value, parsed) = file.split();
    let body = Body {
        id: value.id,
        name: value.name,
        aliases: value.aliases,
        level: value.level,
        parent: value.parent,
        kind: value.kind,
        region: value.region,
        duties: value.duties,
        keywords: value.keywords.into_iter().map(|(word, weight)| DutyKeyword { word, weight }).collect(),
        accounts: value.accounts,
        contacts: value.contacts,
        why: value.why,
    };
    LoadedBody { body, examples: value.examples, parsed }
}

fn check(loaded: &LoadedBody, regions: &BTreeSet<RegionId>) -> Vec<RuleError> {
    let (body, file) = (&loaded.body, &loaded.parsed);
    let mut errors = super::id::check(file, &["id"], body.id.as_str());
    if body.id == CITY {
        errors.push(file.error(&["id"], format!("{CITY} 是全市，不是单位"), "换一个编号"));
    }
    for (key, text) in [("name", &body.name), ("why", &body.why)] {
        if text.trim().is_empty() {
            errors.push(file.error(&[key], format!("{key} 是空的"), "写明名称与职责依据"));
        }
    }
    if body.duties.iter().all(|duty| duty.trim().is_empty()) {
        errors.push(file.error(&["duties"], "没有写职责", "至少写一条"));
    }
    if !regions.contains(&body.region) {
        let fix = suggest(body.region.as_str(), regions.iter().map(RegionId::as_str));
        errors.push(file.error(&["region"], format!("没有地区 {}", body.region), fix).lacking(REGIONS));
    }
    for DutyKeyword { word, weight } in &body.keywords {
        if word.trim().is_empty() || !(*weight > 0.0 && *weight <= WEIGHT_MAX) {
            let what = format!("关键词“{word}”的权重 {weight} 不在 0–{WEIGHT_MAX} 之间");
            errors.push(file.error(&["keywords", word], what, "写 0 到 5 之间的数，1 为一般"));
        }
    }
    for (index, contact) in body.contacts.iter().enumerate() {
        if contact.email.as_deref().is_some_and(|email| !is_email(email)) {
            let at = ["contacts", &index.to_string()];
            errors.push(file.error(&at, "email 不是邮箱地址", super::roster::EMAIL_FIX));
        }
    }
    for (index, account) in body.accounts.iter().enumerate() {
        let fits =
            account.split_once('.').is_some_and(|(id, kind)| body.id == *id && ["weibo", "wechat"].contains(&kind));
        if !fits {
            let what = format!("账号 {account} 不是本单位的");
            let fix = format!("写 {0}.weibo 或 {0}.wechat", body.id);
            errors.push(file.error(&["accounts", &index.to_string()], what, fix));
        }
    }
    errors
}

/// Leaves out bodies whose parents are missing or form a cycle, each with its reason.
fn drop_unrooted(bodies: &mut BTreeMap<BodyId, LoadedBody>, errors: &mut Vec<RuleError>) {
    let mut rootless: Vec<(BodyId, RuleError)> = Vec::new();
    for (id, loaded) in bodies.iter() {
        let mut seen: Vec<&BodyId> = vec![id];
        let mut at = &loaded.body.parent;
        let mistake = loop {
            if *at == CITY {
                break None;
            }
            if seen.contains(&at) {
                let ring: Vec<&str> = seen.iter().chain([&at]).map(|id| id.as_str()).collect();
                break Some((
                    format!("上级关系成环：{}", ring.join(" → ")),
                    format!("让其中一个的 parent 为 {CITY}"),
                    None,
                ));
            }
            let Some(parent) = bodies.get(at) else {
                let known = bodies.keys().filter(|known| *known != id).map(BodyId::as_str).chain([CITY]);
                let fix = suggest(at.as_str(), known.collect::<Vec<_>>());
                break Some((format!("上级单位 {at} 不存在或有错"), fix, Some(at.clone())));
            };
            seen.push(at);
            at = &parent.body.parent;
        };
        if let Some((what, fix, lacks)) = mistake {
            let error = loaded.parsed.error(&["parent"], what, fix);
            rootless.push((id.clone(), lacks.into_iter().fold(error, RuleError::lacking)));
        }
    }
    for (id, error) in rootless {
        bodies.remove(&id);
        errors.push(error);
    }
}

/// Runs the examples of all bodies through analysis: what must be assigned to a body at the given threshold (0–1), and
/// what must not.
pub fn run_examples(bodies: &[LoadedBody], analyser: &Analyser, auto_assign_from: f64) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for LoadedBody { body, examples, parsed } in bodies {
        for (key, texts, wanted) in [("chosen", &examples.chosen, true), ("near_misses", &examples.near_misses, false)]
        {
            for (index, text) in texts.iter().enumerate() {
                let mention = MentionInput { text: text.clone(), ..MentionInput::default() };
                let scores = analyser.analyse(&mention).departments;
                let first = scores.first();
                if first.is_some_and(|score| score.id == body.id && score.score >= auto_assign_from) == wanted {
                    continue;
                }
                let shown = first
                    .map_or("没有单位".to_owned(), |s| format!("{} {}（{}）", s.id, s.score, s.why.join("；")));
                let what = if wanted { "应自动交办本单位" } else { "不应自动交办本单位" };
                let at = ["examples", key, &index.to_string()];
                let what = format!("例子“{text}”{what}，现为 {shown}，门槛 {auto_assign_from}");
                errors.push(parsed.error(&at, what, "调整 keywords，或改例子"));
            }
        }
    }
    errors
}
