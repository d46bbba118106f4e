//! Rules as files (`rules/`): policies, departments, places, topics, plans, assessments,
//! sources, calendar and roster — loaded, checked, and their
//! embedded examples run. A file with a mistake is left out, counted and shown; it never stops the others.

pub mod applies;
mod approach;
pub mod assessment;
mod calendar;
mod citation;
mod correlation;
mod department;
mod error;
#[cfg(test)]
mod event_examples;
pub mod file;
mod folder;
mod id;
#[cfg(test)]
mod judgement;
pub mod live;
mod load;
mod place;
#[cfg(test)]
mod place_tests;
pub mod plan;
mod policy;
mod policy_example;
mod region;
mod roster;
#[cfg(test)]
mod shipped;
pub mod source;
mod source_check;
pub mod source_field;
#[cfg(test)]
mod tests;
mod topic;
pub mod units;
pub mod wordlist;
mod yaml;

use std::collections::BTreeSet;
use std::path::Path;

use assessment::PolicyRiskAssessment;
use department::LoadedBody;
pub use error::{RuleError, RuleErrors, suggest};
pub use folder::{ENV, FOLDERS, locate};

use crate::domain::body::Tier;
use crate::domain::correlation::Correlation;
use crate::domain::ids::BodyId;
use crate::domain::office::{CITY, Office};
use crate::domain::policy::Terms;
use crate::text::topic::Topic;
use crate::text::{Analyser, KnownPlace, Region, Vocabulary};
use place::PlaceFile;
use plan::ContingencyPlan;
use source::SourceDefinition;
use yaml::Parsed;

/// All that an office has decided, loaded once, immutable.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Policies, bodies, rosters and calendar: what decisions rest on.
    pub office: Office,
    /// Regions with their names.
    pub regions: Vec<Region>,
    /// Places within them.
    pub places: Vec<KnownPlace>,
    /// Watched matters.
    pub topics: Vec<Topic>,
    /// 舆情应对预案
    pub plans: Vec<ContingencyPlan>,
    /// 政策舆情风险评估
    pub assessments: Vec<PolicyRiskAssessment>,
    /// When mentions belong together and what makes one noteworthy.
    pub correlation: Correlation,
    /// Where mentions are collected from.
    pub sources: Vec<SourceDefinition>,
    /// Which edition this is: a hash of all files.
    pub version: String,
    /// What is wrong and was left out; empty after [`Rules::load`].
    pub errors: Vec<RuleError>,
}

/// The rules as they were read, and what the check looks at besides.
struct Loaded {
    rules: Rules,
    bodies: Vec<LoadedBody>,
    places: Vec<Parsed<PlaceFile>>,
    /// What only the check refuses.
    refused: Vec<RuleError>,
}

impl Rules {
    /// Loads a folder in which nothing is wrong.
    pub fn load(dir: &Path) -> Result<Self, RuleErrors> {
        let rules = Self::load_lenient(dir);
        if rules.errors.is_empty() { Ok(rules) } else { Err(RuleErrors(rules.errors)) }
    }

    /// Loads what is right of a folder; what is wrong stands in [`Rules::errors`], in order of file and line.
    pub fn load_lenient(dir: &Path) -> Self {
        Self::read(folder::read(dir)).rules
    }

    /// The same, and besides runs the examples of the departments through text analysis (some 0.3 s), and refuses what a
    /// running service can live with, but nobody means: a year that lacks between others.
    pub fn check(dir: &Path) -> Self {
        Self::checked(folder::read(dir))
    }

    /// The check of a folder as it would be with one file's text exchanged, or without that file (`None`).
    pub fn check_with(dir: &Path, file: &file::FileName, text: Option<&str>) -> Self {
        Self::checked(folder::read(dir).with(file.path(), file.kind(), text))
    }

    fn checked(folder: folder::Folder) -> Self {
        let Loaded { mut rules, bodies, places, refused } = Self::read(folder);
        rules.errors.extend(refused);
        let from = rules.office.policy_for(None).map_or_else(Terms::default, |p| p.terms.clone()).auto_assign_from;
        let analyser = Analyser::new(rules.vocabulary());
        rules.errors.extend(department::run_examples(&bodies, &analyser, from));
        rules.errors.extend(place::run_examples(&places, &analyser));
        error::at_their_cause(&mut rules.errors);
        rules.errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        rules
    }

    fn read(folder: folder::Folder) -> Loaded {
        let mut errors = folder.errors;
        let of = |kind: &str| -> Vec<(&str, &str)> {
            folder.files.iter().filter(|f| f.folder == kind).map(|f| (f.path.as_str(), f.text.as_str())).collect()
        };
        let mut refused = Vec::new();
        let calendar = calendar::load(&of("calendar"), &mut errors, &mut refused);
        let (regions, departments): (Vec<_>, Vec<_>) =
            of("departments").into_iter().partition(|(path, _)| *path == department::REGIONS_FILE);
        let regions = regions.first().map_or_else(Vec::new, |(path, text)| region::load(path, text, &mut errors));
        let region_ids: BTreeSet<_> = regions.iter().map(|region| region.id.clone()).collect();
        let (places, place_files) = place::load(&of("places"), &region_ids, &mut errors);
        let loaded = department::load(&departments, &region_ids, &mut errors);
        let bodies = loaded.iter().map(|l| (l.body.id.clone(), l.body.clone())).collect();
        let topics = topic::load(&of("topics"), &bodies, &mut errors);
        let plans = plan::load(&of("plans"), &bodies, &topics, &regions, &mut errors);
        let assessments = assessment::load(&of("assessments"), &bodies, &topics, &regions, &plans, &mut errors);
        let sources = source_check::load(&of("sources"), &region_ids, &mut errors);
        let rosters = roster::load(&of("roster"), &bodies, &mut errors);
        let correlation = correlation::load(&of("correlation"), &mut errors);
        let policies = policy::load(&of("policies"), &region_ids, &mut errors);
        if !errors_in(&errors, "policies/") {
            refused.extend(policy::defaults(&policies));
        }
        for policy in &policies {
            let failed = policy_example::run(policy, &calendar);
            errors.extend(failed.into_iter().map(|error| error.lacking("calendar")));
        }
        let office = Office {
            policies: policies.into_iter().map(|l| (l.policy.id.clone(), l.policy)).collect(),
            bodies,
            rosters,
            calendar,
            version: folder.version.clone(),
            accounts: None,
        };
        whole(&office, &regions, &mut errors);
        error::at_their_cause(&mut errors);
        errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        let version = folder.version;
        let rules = Self { office, regions, places, topics, plans, assessments, correlation, sources, version, errors };
        Loaded { rules, bodies: loaded, places: place_files, refused }
    }

    /// What is no mistake but will hurt: tiers of the city's roster that nobody holds, so that the next one is told instead.
    pub fn warnings(&self) -> Vec<RuleError> {
        let Some(roster) = self.office.rosters.get(CITY) else { return Vec::new() };
        let tiers = [Tier::DutyDesk, Tier::OfficeDirector, Tier::Deputy, Tier::Principal, Tier::Coordination];
        let empty = tiers.into_iter().filter(|tier| roster.tiers.get(tier).is_none_or(Vec::is_empty));
        let warn = |tier: Tier| {
            let what = format!(
                "全市值班表（{}）的层级 {}（{}）没有人，升级到该层级时改报相邻层级",
                roster.id,
                tier.id(),
                tier.zh()
            );
            RuleError::new("roster/", 0, what, format!("在 jurisdiction: {CITY} 的值班表中写明 {} 的值班人", tier.id()))
        };
        empty.map(warn).collect()
    }

    /// What text analysis reads texts by.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary {
            bodies: self.office.bodies.values().cloned().collect(),
            regions: self.regions.clone(),
            places: self.places.clone(),
            topics: self.topics.clone(),
            events: self.correlation.events,
        }
    }
}

fn errors_in(errors: &[RuleError], folder: &str) -> bool {
    errors.iter().any(|error| error.file.starts_with(folder))
}

/// What a folder must have in all, whichever file it stands in.
fn whole(office: &Office, regions: &[Region], errors: &mut Vec<RuleError>) {
    if regions.is_empty() && !errors_in(errors, department::REGIONS_FILE) {
        let mut missing = |file: &str, what: String, fix: String| errors.push(RuleError::new(file, 0, what, fix));
        missing(department::REGIONS_FILE, "没有地区".into(), format!("写一个含 {CITY} 与各县市区的 regions 文件"));
    }
    for id in [BodyId::OFFICE, BodyId::PUBLICITY] {
        if !office.bodies.contains_key(id) {
            let fix = format!("补上 departments/{id}.yaml，或改正其中的错误");
            errors.push(RuleError::new("departments/", 0, format!("缺少单位 {id}"), fix).lacking(id));
        }
    }
    if !office.rosters.contains_key(CITY) && !errors_in(errors, "roster/") {
        let fix = format!("补上 jurisdiction: {CITY} 的文件，或改正其中的错误");
        errors.push(RuleError::new("roster/", 0, "缺少全市的值班表", fix));
    }
    // A policy's own mistake is told at its cause.
    let mistaken = errors_in(errors, "policies/");
    let mut missing = |file: &str, what: String, fix: String| errors.push(RuleError::new(file, 0, what, fix));
    if office.policy_for(None).is_none() && !mistaken {
        missing("policies/", "没有可用的全市政策".into(), format!("至少一个 region: {CITY}、active: true 的政策无误"));
    }
    if office.calendar.years().next().is_none() {
        missing("calendar/", "没有任何一年的放假安排".into(), "补上 calendar/年份.yaml，否则工作日只按周末推算".into());
    }
}
