//! What an office has decided, as data: loaded from `rules/` once, immutable, swapped whole when files change.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::body::{Body, Level, Tier};
use super::calendar::Calendar;
use super::ids::{BodyId, RegionId, UserId};
use super::instant::Instant;
use super::policy::Policy;

/// The city's jurisdiction and region id.
pub const CITY: &str = "xuancheng";

/// The loaded rules that decisions rest on.
#[derive(Clone, Debug, Default)]
pub struct Office {
    /// Policies by id.
    pub policies: BTreeMap<String, Policy>,
    /// Bodies by id.
    pub bodies: BTreeMap<BodyId, Body>,
    /// Duty rosters by jurisdiction.
    pub rosters: BTreeMap<BodyId, Roster>,
    /// Working days.
    pub calendar: Calendar,
    /// Hash of all rule files: which edition of the rules this is.
    pub version: String,
    /// The accounts in use. Without any (a replay, a check of rules) each one that a roster names counts as in use.
    pub accounts: Option<BTreeSet<UserId>>,
}

/// 值班表 of one jurisdiction: who holds a tier.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// Id of the file.
    pub id: String,
    /// `xuancheng` or a county's id.
    pub jurisdiction: BodyId,
    /// What makes these people responsible.
    pub why: String,
    /// Holders of each tier; several are all told.
    #[serde(default)]
    pub tiers: BTreeMap<Tier, Vec<Holder>>,
    /// Days on which a tier is held by others.
    #[serde(default)]
    pub days: Vec<DutyDay>,
    /// 休假: who is away, so that the others of the tier are told alone, and the next above where nobody is left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave: Vec<Leave>,
}

/// A holder who is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// Id of the holder.
    pub holder: String,
    /// The first day, in Beijing.
    pub from: chrono::NaiveDate,
    /// The last day.
    pub to: chrono::NaiveDate,
    /// 事由
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Roster {
    /// Whether a usual holder is away on a day. Whoever is put on a single day by name is there.
    fn is_away(&self, holder: &str, date: chrono::NaiveDate) -> bool {
        self.leave.iter().any(|leave| leave.holder == holder && (leave.from..=leave.to).contains(&date))
    }

    /// All holders, usual ones and those of single days; one may come several times.
    pub fn holders(&self) -> impl Iterator<Item = &Holder> {
        self.tiers.values().flatten().chain(self.days.iter().flat_map(|day| &day.holders))
    }
}

/// A tier on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyDay {
    /// The date in Beijing.
    pub date: chrono::NaiveDate,
    /// The tier.
    pub tier: Tier,
    /// Who holds it that day, instead of the usual holders.
    pub holders: Vec<Holder>,
}

/// Who holds a tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Stable id by which receipts and notices name them, e.g. `xuancheng.duty_desk`.
    pub id: String,
    /// 姓名或岗位
    pub name: String,
    /// The account that is told in-app, if there is one.
    #[serde(default)]
    pub user: Option<UserId>,
    /// 电话
    #[serde(default)]
    pub phone: Option<String>,
    /// 电子邮箱
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Who a tier resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// The holders, never empty if any level above has one.
    pub holders: Vec<&'a Holder>,
    /// The jurisdiction whose roster gave them.
    pub jurisdiction: &'a BodyId,
    /// True if the incident's own jurisdiction had nobody and the parent's were taken.
    pub inherited: bool,
}

/// Whom an escalation goes to, and what the row says of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// Ids of holders, or a body's.
    pub to: Vec<String>,
    /// The jurisdiction had nobody in the tier; its parent's were taken.
    pub inherited: bool,
    /// Nobody holds the tier, here or above: the holders of this one were taken.
    pub instead: Option<Tier>,
}

impl Addressed {
    /// A body itself.
    pub fn body(body: &BodyId) -> Self {
        Self { to: vec![body.as_str().to_owned()], inherited: false, instead: None }
    }
}

impl Office {
    /// All holders of all rosters; one may come several times.
    pub fn holders(&self) -> impl Iterator<Item = &Holder> {
        self.rosters.values().flat_map(Roster::holders)
    }

    /// The holders for whom an account stands; one may come several times.
    pub fn held_by<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Holder> {
        self.holders().filter(move |holder| holder.user.as_ref().is_some_and(|own| own == user))
    }

    /// Whether anything reaches a holder by itself: by mail, or in an account that is in use.
    pub fn reaches(&self, holder: &Holder) -> bool {
        let in_use = |user: &UserId| self.accounts.as_ref().is_none_or(|accounts| accounts.contains(user));
        holder.email.is_some() || holder.user.as_ref().is_some_and(in_use)
    }

    /// The jurisdiction above, if any: a county's is the city.
    pub fn parent_jurisdiction(&self, jurisdiction: &BodyId) -> Option<BodyId> {
        if jurisdiction == CITY {
            return None;
        }
        Some(self.bodies.get(jurisdiction).map_or_else(|| BodyId::from(CITY), |body| body.parent.clone()))
    }

    /// The county whose body this is, or that it itself is; `None` for the city's.
    pub fn county_of(&self, body: &BodyId) -> Option<BodyId> {
        let mut at = self.bodies.get(body)?;
        // Parents are checked for cycles when loaded; the bound is for an office built by hand.
        for _ in 0..8 {
            if at.level == Level::County && at.parent == CITY {
                return Some(at.id.clone());
            }
            at = self.bodies.get(&at.parent)?;
        }
        None
    }

    /// Who holds a tier in a jurisdiction on the day of `at`; an empty tier resolves to the parent's and says so.
    pub fn resolve(&self, tier: Tier, jurisdiction: &BodyId, at: Instant) -> Option<Resolved<'_>> {
        self.resolve_to(tier, jurisdiction, at, |_| true)
    }

    /// The same, of the holders whom a test takes.
    fn resolve_to(
        &self,
        tier: Tier,
        jurisdiction: &BodyId,
        at: Instant,
        fits: impl Fn(&Holder) -> bool,
    ) -> Option<Resolved<'_>> {
        let date = at.date();
        let mut here = jurisdiction.clone();
        for depth in 0..4 {
            if let Some(roster) = self.rosters.get(&here) {
                let of_the_day = roster.days.iter().find(|day| day.date == date && day.tier == tier);
                let usual = || roster.tiers.get(&tier).into_iter().flatten().filter(|h| !roster.is_away(&h.id, date));
                let holders: Vec<&Holder> = match of_the_day {
                    Some(day) => day.holders.iter().filter(|holder| fits(holder)).collect(),
                    None => usual().filter(|holder| fits(holder)).collect(),
                };
                if !holders.is_empty() {
                    return Some(Resolved { holders, jurisdiction: &roster.jurisdiction, inherited: depth > 0 });
                }
            }
            here = self.parent_jurisdiction(&here)?;
        }
        None
    }

    /// Whom an escalation to a tier reaches: its holders here, else the parent's, else those of the next tier that has any,
    /// upwards first; where no roster names anybody, the government office itself. Never nobody: whoever has neither mail nor
    /// an account in use is not told, and a tier of such holders counts as empty.
    pub fn address(&self, tier: Tier, jurisdiction: &BodyId, at: Instant) -> Addressed {
        let resolve = |tier| self.resolve_to(tier, jurisdiction, at, |holder| self.reaches(holder));
        let ids = |holders: &[&Holder]| holders.iter().map(|holder| holder.id.clone()).collect();
        if let Some(resolved) = resolve(tier) {
            return Addressed { to: ids(&resolved.holders), inherited: resolved.inherited, instead: None };
        }
        let next = tier.nearest().into_iter().find_map(|other| Some((other, resolve(other)?)));
        match next {
            Some((other, resolved)) => {
                Addressed { to: ids(&resolved.holders), inherited: resolved.inherited, instead: Some(other) }
            }
            None => Addressed::body(&BodyId::from(BodyId::OFFICE)),
        }
    }

    /// The policy of a jurisdiction: the one that names its region, else the city's. The default policy's id wins
    /// among several of one region.
    pub fn policy_for(&self, region: Option<&RegionId>) -> Option<&Policy> {
        let of = |wanted: &str| {
            self.policies
                .values()
                .filter(move |p| p.active && p.region == *wanted)
                .min_by_key(|p| (!p.default, p.id.clone()))
        };
        region.and_then(|r| of(r.as_str())).or_else(|| of(CITY))
    }
}
