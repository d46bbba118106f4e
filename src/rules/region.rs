//! The regions file (`departments/regions.yaml`): the city, its counties, by the names that texts call them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::RuleError;
use super::yaml::parse;
use crate::domain::ids::RegionId;
use crate::domain::office::CITY;
use crate::text::Region;

/// Name of the file without its ending: what lacks a region lacks it there.
pub const REGIONS: &str = "regions";

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionsFile {
    id: String,
    why: String,
    regions: Vec<Region>,
}

/// Reads the regions.
pub fn load(path: &str, text: &str, errors: &mut Vec<RuleError>) -> Vec<Region> {
    let file = match parse::<RegionsFile>(path, text) {
        Ok(file) => file,
        Err(error) => {
            errors.push(error);
            return Vec::new();
        }
    };
    let mut mistakes = super::id::check(&file, &["id"], &file.value.id);
    if file.value.why.trim().is_empty() {
        mistakes.push(file.error(&["why"], "why 是空的", "写明依据"));
    }
    let mut ids = BTreeSet::new();
    let mut owners: BTreeMap<&str, &RegionId> = BTreeMap::new();
    let mut regions = Vec::new();
    for (index, region) in file.value.regions.iter().enumerate() {
        let index = index.to_string();
        let mut wrong = super::id::check(&file, &["regions", &index, "id"], region.id.as_str());
        if !ids.insert(region.id.clone()) {
            wrong.push(file.error(&["regions", &index, "id"], format!("地区编号 {} 重复", region.id), "只保留一处"));
        }
        let mut names: Vec<&String> = std::iter::once(&region.name).chain(&region.aliases).collect();
        if names.iter().any(|name| name.trim().is_empty()) {
            wrong.push(file.error(&["regions", &index], format!("地区 {} 有空的名称", region.id), "补上或删去"));
        }
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let what = format!("地区 {} 的名称“{}”重复", region.id, twice[0]);
            wrong.push(file.error(&["regions", &index], what, "只保留一处"));
        }
        names.dedup();
        for name in names {
            if let Some(other) = owners.get(name.as_str()) {
                let what = format!("地区 {} 与 {other} 重叠：两处都有“{name}”", region.id);
                wrong.push(file.error(&["regions", &index], what, "只留在所属的一处"));
            }
            owners.entry(name).or_insert(&region.id);
        }
        if wrong.is_empty() {
            regions.push(region.clone());
        }
        mistakes.extend(wrong);
    }
    if !ids.iter().any(|id| *id == CITY) {
        mistakes.push(file.error(&["regions"], format!("缺少全市 {CITY}"), format!("补上 id: {CITY}")));
    }
    errors.extend(mistakes);
    regions
}
