//! Region (区域): which of the office's places a text names.

use super::analysis::Reason;
use super::document::Document;
use super::expression::Place;
use super::scan::{Hits, WordId, Words};
use super::vocabulary::Region;
use crate::domain::ids::RegionId;
use crate::domain::office::CITY;

/// Weight of the full name, of an alias and of a town or street.
const NAME_WEIGHT: f64 = 3.0;
const ALIAS_WEIGHT: f64 = 2.0;
const TOWN_WEIGHT: f64 = 1.5;
/// How much more a place in the title says.
const TITLE_FACTOR: f64 = 2.0;
/// What the sender's own statement of the region is worth.
const STATED_WEIGHT: f64 = 2.5;

/// Region names, ready to be looked up.
pub struct Regions {
    regions: Vec<(RegionId, Vec<(WordId, f64)>)>,
}

/// A region that the text names.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundRegion {
    /// Which.
    pub id: RegionId,
    /// How surely: weights of the names found, added up.
    pub weight: f64,
    /// The names found.
    pub names: Vec<String>,
}

impl Regions {
    /// Takes the names into the scanner's words.
    pub fn new(regions: &[Region], words: &mut Words) -> Self {
        let regions = regions
            .iter()
            .map(|region| {
                let mut names = Vec::new();
                let mut add = |name: &String, weight| names.extend(words.add(name).map(|word| (word, weight)));
                add(&region.name, NAME_WEIGHT);
                region.aliases.iter().for_each(|alias| add(alias, ALIAS_WEIGHT));
                region.towns.iter().for_each(|town| add(town, TOWN_WEIGHT));
                (region.id.clone(), names)
            })
            .collect();
        Self { regions }
    }

    /// Regions that the text names, most certain first, counties before the city that they belong to; a name within a
    /// longer one (`宁国` in `宁国市`) counts once.
    pub fn find(&self, document: &Document, hits: &Hits, stated: Option<&RegionId>) -> Vec<FoundRegion> {
        let mut found: Vec<FoundRegion> =
            self.regions.iter().filter_map(|(id, names)| weigh(document, hits, id, names, stated)).collect();
        found.sort_by(|a, b| {
            (a.id == CITY).cmp(&(b.id == CITY)).then(b.weight.total_cmp(&a.weight)).then(a.id.cmp(&b.id))
        });
        found
    }
}

fn weigh(
    document: &Document,
    hits: &Hits,
    id: &RegionId,
    names: &[(WordId, f64)],
    stated: Option<&RegionId>,
) -> Option<FoundRegion> {
    let mut places: Vec<(Place, f64)> =
        names.iter().flat_map(|(word, weight)| hits.of(*word).iter().map(|place| (*place, *weight))).collect();
    // Longest first at each start: the shorter ones lie within and are left out.
    places.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
    let (mut weight, mut covered, mut shown) = (0.0, 0, Vec::new());
    for (place, worth) in places {
        if place.end <= covered {
            continue;
        }
        covered = place.end;
        weight += worth * if document.in_title(place) { TITLE_FACTOR } else { 1.0 };
        let name = document.quote(place);
        if shown.len() < 4 && !shown.contains(&name) {
            shown.push(name);
        }
    }
    if stated == Some(id) {
        weight += STATED_WEIGHT;
        shown.push("来源注明".to_owned());
    }
    (weight > 0.0).then(|| FoundRegion { id: id.clone(), weight, names: shown })
}

/// What the regions rest on, in words.
pub fn reasons(found: &[FoundRegion]) -> impl Iterator<Item = Reason> + '_ {
    found
        .iter()
        .map(|region| Reason { of: "region".to_owned(), why: format!("{}：{}", region.id, region.names.join("、")) })
}
