//! Duty rosters (`roster/`): who holds a tier in a jurisdiction.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{RuleError, suggest};
use super::yaml::parse;
use crate::domain::body::{Body, Level};
use crate::domain::ids::BodyId;
use crate::domain::office::{CITY, Roster};
use crate::domain::routing::is_email;

/// What to do about an address that is none.
pub(super) const EMAIL_FIX: &str = "写作 name@example.gov.cn，或删去这一项";

/// Reads all rosters; a jurisdiction has one.
pub fn load(
    files: &[(&str, &str)],
    bodies: &BTreeMap<BodyId, Body>,
    errors: &mut Vec<RuleError>,
) -> BTreeMap<BodyId, Roster> {
    let jurisdictions: Vec<&str> = bodies
        .values()
        .filter(|body| body.level == Level::County && body.parent == CITY)
        .map(|body| body.id.as_str())
        .chain([CITY])
        .collect();
    let mut rosters: BTreeMap<BodyId, Roster> = BTreeMap::new();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in files {
        let file = match parse::<Roster>(path, text) {
            Ok(file) => file,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let roster = &file.value;
        let mut mistakes = super::id::check(&file, &["id"], &roster.id);
        if let Some(first) = ids.insert(roster.id.clone(), (*path).to_owned()) {
            let what = format!("值班表编号 {} 重复，已用于 {first}", roster.id);
            mistakes.push(file.error(&["id"], what, "换一个编号"));
        }
        if roster.why.trim().is_empty() {
            mistakes.push(file.error(&["why"], "why 是空的", "写明值班依据"));
        }
        if !jurisdictions.contains(&roster.jurisdiction.as_str()) {
            let fix = suggest(roster.jurisdiction.as_str(), jurisdictions.clone());
            mistakes.push(file.error(&["jurisdiction"], format!("没有辖区 {}", roster.jurisdiction), fix));
        } else if rosters.contains_key(&roster.jurisdiction) {
            let what = format!("辖区 {} 已有值班表", roster.jurisdiction);
            mistakes.push(file.error(&["jurisdiction"], what, "合并到一个文件"));
        }
        let mut seen = BTreeSet::new();
        for (tier, holders) in &roster.tiers {
            for (index, holder) in holders.iter().enumerate() {
                let at = ["tiers", tier.id(), &index.to_string()];
                if holder.id.trim().is_empty() || holder.name.trim().is_empty() {
                    mistakes.push(file.error(&at, "值班人没有 id 或 name", "补上 id 与 name"));
                }
                if holder.email.as_deref().is_some_and(|email| !is_email(email)) {
                    mistakes.push(file.error(&at, "email 不是邮箱地址", EMAIL_FIX));
                }
                if !seen.insert(holder.id.as_str()) {
                    mistakes.push(file.error(&at, format!("值班人编号 {} 重复", holder.id), "每个岗位一个编号"));
                }
            }
        }
        for (index, day) in roster.days.iter().enumerate() {
            if day.holders.is_empty() {
                let what = format!("{} 的 {} 没有人", day.date, day.tier.id());
                mistakes.push(file.error(&["days", &index.to_string()], what, "写明值班人，或删去这一天"));
            }
        }
        if mistakes.is_empty() {
            rosters.insert(roster.jurisdiction.clone(), file.value);
        } else {
            errors.extend(mistakes);
        }
    }
    rosters
}
