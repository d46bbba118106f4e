//! Duty rosters (`roster/`): who holds a tier in a jurisdiction.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{RuleError, suggest};
use super::region::REGIONS;
use super::yaml::{Parsed, parse};
use crate::domain::body::{Body, Level};
use crate::domain::ids::BodyId;
use crate::domain::office::{CITY, Holder, Roster};
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
    let mut parsed = Vec::new();
    for (path, text) in files {
        match parse::<Roster>(path, text) {
            Ok(file) => parsed.push(file),
            Err(error) => errors.push(error),
        }
    }
    let mut known = usual(&parsed);
    for file in parsed {
        let roster = &file.value;
        let mut mistakes = super::id::check(&file, &["id"], &roster.id);
        if let Some(first) = ids.insert(roster.id.clone(), file.file.clone()) {
            let what = format!("值班表编号 {} 重复，已用于 {first}", roster.id);
            mistakes.push(file.error(&["id"], what, "换一个编号"));
        }
        if roster.why.trim().is_empty() {
            mistakes.push(file.error(&["why"], "why 是空的", "写明值班依据"));
        }
        if !jurisdictions.contains(&roster.jurisdiction.as_str()) {
            let fix = suggest(roster.jurisdiction.as_str(), jurisdictions.clone());
            mistakes
                .push(file.error(&["jurisdiction"], format!("没有辖区 {}", roster.jurisdiction), fix).lacking(REGIONS));
        } else if rosters.contains_key(&roster.jurisdiction) {
            let what = format!("辖区 {} 已有值班表", roster.jurisdiction);
            mistakes.push(file.error(&["jurisdiction"], what, "合并到一个文件"));
        }
        let mut seen = BTreeSet::new();
        for (tier, holders) in &roster.tiers {
            for (index, holder) in holders.iter().enumerate() {
                let at = ["tiers", tier.id(), &index.to_string()];
                mistakes.extend(check_holder(&file, &at, holder, &mut known));
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
            for (n, holder) in day.holders.iter().enumerate() {
                let at = ["days", &index.to_string(), "holders", &n.to_string()];
                mistakes.extend(check_holder(&file, &at, holder, &mut known));
            }
        }
        let usual: Vec<&str> = roster.tiers.values().flatten().map(|holder| holder.id.as_str()).collect();
        for (index, leave) in roster.leave.iter().enumerate() {
            let at = ["leave", &index.to_string()];
            if !usual.contains(&leave.holder.as_str()) {
                let what = format!("休假的 {} 不是本表的值班人", leave.holder);
                mistakes.push(file.error(&at, what, suggest(&leave.holder, usual.clone())));
            }
            if leave.from > leave.to {
                let what = format!("休假从 {} 到 {}，先后颠倒", leave.from, leave.to);
                mistakes.push(file.error(&at, what, "from 写第一天，to 写最后一天"));
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

/// Whom an id names, and the file that says so.
type Known = BTreeMap<String, (Holder, String)>;

/// The usual holders of all rosters: of two that disagree it is the substitute of a day who is mistaken, in whichever
/// file.
fn usual(parsed: &[Parsed<Roster>]) -> Known {
    let mut known = Known::new();
    for file in parsed {
        for holder in file.value.tiers.values().flatten() {
            known.entry(holder.id.clone()).or_insert_with(|| (holder.clone(), file.file.clone()));
        }
    }
    known
}

/// What is wrong with one holder. Notices, reminders and receipts find a holder by the id alone, over all rosters, so
/// an id means one person or post with one account: a substitute under the usual holder's id would be told, and heard,
/// as them.
fn check_holder(file: &Parsed<Roster>, at: &[&str], holder: &Holder, known: &mut Known) -> Vec<RuleError> {
    let mut mistakes = Vec::new();
    if holder.id.trim().is_empty() || holder.name.trim().is_empty() {
        mistakes.push(file.error(at, "值班人没有 id 或 name", "补上 id 与 name"));
    } else {
        let (first, of) = known.entry(holder.id.clone()).or_insert_with(|| (holder.clone(), file.file.clone()));
        if first.name != holder.name || first.user != holder.user {
            let (id, own, other) = (&holder.id, who(holder), who(first));
            let what = format!("值班人编号 {id} 已用于{other}，见 {of}；这里却是{own}");
            let fix = "一个编号在各值班表中只对应一个人或岗位及其一个账号：替班人另写一个编号，或与原处写成一致";
            mistakes.push(file.error(at, what, fix));
        }
    }
    if holder.email.as_deref().is_some_and(|email| !is_email(email)) {
        mistakes.push(file.error(at, "email 不是邮箱地址", EMAIL_FIX));
    }
    mistakes
}

/// A holder in words.
fn who(holder: &Holder) -> String {
    match &holder.user {
        Some(user) => format!("{}（账号 {user}）", holder.name),
        None => format!("{}（没有账号）", holder.name),
    }
}
