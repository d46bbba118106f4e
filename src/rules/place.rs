//! Place files (`places/`): towns, villages and what else an office calls by name, each in its region.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::{RuleError, suggest};
use super::region::REGIONS;
use super::yaml::{Parsed, parse};
use crate::domain::ids::RegionId;
use crate::domain::mention::MentionInput;
use crate::text::place::PlaceKind;
use crate::text::{Analyser, KnownPlace};

/// What the examples write for "not ours".
const NONE: &str = "none";

/// A file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceFile {
    id: String,
    why: String,
    regions: Vec<RegionPlaces>,
    #[serde(default)]
    examples: Vec<Example>,
}

/// The places of a region, by kind. A name may be followed by others for the same place: `甲 = 乙`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionPlaces {
    region: RegionId,
    #[serde(default)]
    towns: Vec<Town>,
    #[serde(default)]
    towns_short: Vec<String>,
    #[serde(default)]
    roads: Vec<String>,
    #[serde(default)]
    parks: Vec<String>,
    #[serde(default)]
    schools: Vec<String>,
    #[serde(default)]
    hospitals: Vec<String>,
    #[serde(default)]
    estates: Vec<String>,
    #[serde(default)]
    waters: Vec<String>,
    #[serde(default)]
    stations: Vec<String>,
    #[serde(default)]
    zones: Vec<String>,
    #[serde(default)]
    others: Vec<String>,
}

/// A town with its villages and communities.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Town {
    name: String,
    #[serde(default)]
    elsewhere: Vec<String>,
    #[serde(default)]
    villages: Vec<String>,
    #[serde(default)]
    common: Vec<String>,
}

/// A sentence and the region that it is about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    text: String,
    region: String,
}

/// Reads the files; with the places, the files whose examples are still to be run.
pub fn load(
    files: &[(&str, &str)],
    regions: &BTreeSet<RegionId>,
    errors: &mut Vec<RuleError>,
) -> (Vec<KnownPlace>, Vec<Parsed<PlaceFile>>) {
    let (mut places, mut read) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<(RegionId, String), String> = BTreeMap::new();
    for (path, text) in files {
        let file = match parse::<PlaceFile>(path, text) {
            Ok(file) => file,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        errors.extend(super::id::check(&file, &["id"], &file.value.id));
        if file.value.why.trim().is_empty() {
            errors.push(file.error(&["why"], "why 是空的", "写明来源、日期；本办自拟的，写本办自拟"));
        }
        for (index, of) in file.value.regions.iter().enumerate() {
            let at = ["regions", &index.to_string()];
            if !regions.contains(&of.region) {
                let fix = suggest(of.region.as_str(), regions.iter().map(RegionId::as_str));
                errors.push(file.error(&at, format!("没有地区 {}", of.region), fix).lacking(REGIONS));
                continue;
            }
            for (key, place) in of.places() {
                let names = || std::iter::once(&place.name).chain(&place.aliases);
                let at = ["regions", &index.to_string(), key];
                if let Some(short) = names().find(|name| name.chars().count() < 2) {
                    errors.push(file.error(&at, format!("地名“{short}”太短"), "至少写两个字"));
                    continue;
                }
                // Villages of two towns may bear one name; the office's own lists say a thing once.
                let twice = names().find_map(|name| Some((name, seen.get(&(of.region.clone(), name.clone()))?)));
                if let Some((name, first)) = twice.filter(|_| key != "towns") {
                    errors.push(file.error(&at, format!("地名“{name}”重复，已在 {first}"), "只保留一处"));
                    continue;
                }
                names().for_each(|name| _ = seen.insert((of.region.clone(), name.clone()), (*path).to_owned()));
                places.push(place);
            }
        }
        read.push(file);
    }
    (places, read)
}

impl RegionPlaces {
    fn places(&self) -> Vec<(&'static str, KnownPlace)> {
        let lists = [
            ("towns_short", &self.towns_short, PlaceKind::Town),
            ("roads", &self.roads, PlaceKind::Road),
            ("parks", &self.parks, PlaceKind::Park),
            ("schools", &self.schools, PlaceKind::School),
            ("hospitals", &self.hospitals, PlaceKind::Hospital),
            ("estates", &self.estates, PlaceKind::Estate),
            ("waters", &self.waters, PlaceKind::Nature),
            ("stations", &self.stations, PlaceKind::Other),
            ("zones", &self.zones, PlaceKind::Zone),
            ("others", &self.others, PlaceKind::Other),
        ];
        let place = |written: &str, kind, elsewhere: &[String], common| {
            let mut names = written.split('=').map(|name| name.trim().to_owned());
            KnownPlace {
                name: names.next().unwrap_or_default(),
                aliases: names.collect(),
                kind,
                region: self.region.clone(),
                elsewhere: elsewhere.to_vec(),
                common,
            }
        };
        let mut places = Vec::new();
        for town in &self.towns {
            places.push(("towns", place(&town.name, PlaceKind::Town, &town.elsewhere, false)));
            let village = |name: &String, common| ("towns", place(name, PlaceKind::Village, &[], common));
            places.extend(town.villages.iter().map(|name| village(name, false)));
            places.extend(town.common.iter().map(|name| village(name, true)));
        }
        for (key, names, kind) in lists {
            places.extend(names.iter().map(|name| (key, place(name, kind, &[], false))));
        }
        places
    }
}

/// Runs the examples through analysis.
pub fn run_examples(files: &[Parsed<PlaceFile>], analyser: &Analyser) -> Vec<RuleError> {
    let mut errors = Vec::new();
    for file in files {
        for (index, example) in file.value.examples.iter().enumerate() {
            let mention = MentionInput { text: example.text.clone(), ..MentionInput::default() };
            let analysis = analyser.analyse(&mention);
            let first = analysis.regions.first().map_or(NONE, RegionId::as_str);
            if first != example.region {
                let what = format!("例子“{}”应认定 {}，现为 {first}", example.text, example.region);
                let fix = "补上或改正地名；不在本市的，写 region: none";
                errors.push(file.error(&["examples", &index.to_string()], what, fix).lacking(REGIONS));
            }
        }
    }
    errors
}
