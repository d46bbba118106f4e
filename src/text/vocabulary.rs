//! What an office brings to analysis: its bodies, its places and the matters it watches. Loaded from `rules/` by others;
//! analysis itself reads no file.

use serde::{Deserialize, Serialize};

use super::place::PlaceKind;
use super::topic::Topic;
use crate::domain::body::Body;
use crate::domain::correlation::Events;
use crate::domain::ids::RegionId;

/// A region (区域): a county or the city, and the names by which texts call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// A county's id, or `xuancheng` for the city.
    pub id: RegionId,
    /// 名称
    pub name: String,
    /// 简称 and other names.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// A place of ours below the counties (地名): a town, a village, and what the office adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPlace {
    /// 名称
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// What it is.
    pub kind: PlaceKind,
    /// The region in which it lies.
    pub region: RegionId,
    /// Prefectures that have a town of that name too.
    pub elsewhere: Vec<String>,
    /// So common a name that it counts only beside another place of ours.
    pub common: bool,
}

/// Everything by which an office's texts are read.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// Bodies, with their duty words.
    pub bodies: Vec<Body>,
    /// Regions.
    pub regions: Vec<Region>,
    /// Places within the regions.
    pub places: Vec<KnownPlace>,
    /// Watched matters.
    pub topics: Vec<Topic>,
    /// How an event's grade is proposed where the criteria are silent.
    pub events: Events,
}

impl Vocabulary {
    /// Names that segmentation must not cut: of bodies, regions and towns, with their aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let bodies = self.bodies.iter().flat_map(|body| std::iter::once(&body.name).chain(&body.aliases));
        let regions = self.regions.iter().flat_map(|r| std::iter::once(&r.name).chain(&r.aliases));
        let places = self.places.iter().flat_map(|place| std::iter::once(&place.name).chain(&place.aliases));
        bodies.chain(regions).chain(places).map(String::as_str)
    }
}
