//! Places (地名): which places a text names, where each lies, and what each does in the text.
//!
//! [`gazetteer`] knows places by name: the country's provinces, prefectures and counties (`models/divisions.tsv`), and what the
//! office's rules list. [`shape`] knows a place by its form: what ends in 小区 or 大道 is a name, also where no list has it.
//! [`finder`] puts both together and lets the text decide between namesakes.

mod finder;
mod gazetteer;
mod role;
mod shape;

use serde::{Deserialize, Serialize};

use crate::domain::ids::RegionId;
pub use finder::Finder;

/// 地名种类
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// 国家
    Country,
    /// 省、自治区、直辖市
    Province,
    /// 地级市、州、盟
    City,
    /// 县、县级市、区
    County,
    /// 乡、镇、街道
    Town,
    /// 村、社区
    Village,
    /// 新区、开发区、园区
    Zone,
    /// 路、街、大道、桥
    Road,
    /// 小区、楼盘
    Estate,
    /// 学校、幼儿园
    School,
    /// 医院、卫生院
    Hospital,
    /// 公园、景区、广场
    Park,
    /// 山、河、湖、水库
    Nature,
    /// 车站、市场、商场及其他
    Other,
}

/// 所在地
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// It is ours: in this region.
    Ours(RegionId),
    /// It lies elsewhere: in what the text or the list says, such as `东莞市`.
    Elsewhere(String),
    /// It has a place's form and stands in no list; it may be ours.
    Unknown,
}

/// What a place does in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceRole {
    /// It says where.
    #[default]
    Site,
    /// Somebody is from there or on the way there: 合肥男子, 开往上海.
    Person,
    /// It is part of another name: 北京烤鸭, 长安汽车.
    Name,
    /// It is only spoken of: 距宣城 100 公里, 宣城会不会也这样.
    Aside,
}

/// A place that a text names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FoundPlace {
    /// Its first character in the normalised text, the title and a line break in front.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// As it is written there.
    pub name: String,
    /// What it is.
    pub kind: PlaceKind,
    /// Where it lies.
    pub whereabouts: Whereabouts,
    /// What it does.
    #[serde(default)]
    pub role: PlaceRole,
}

/// Where a text's matter lies, by all the places that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Locality {
    /// A place of ours is where it happens.
    Ours,
    /// Only places elsewhere are.
    Elsewhere,
    /// It names no place that any list has.
    Unknown,
}

impl FoundPlace {
    /// Whether it is ours.
    pub fn ours(&self) -> Option<&RegionId> {
        match &self.whereabouts {
            Whereabouts::Ours(region) => Some(region),
            _ => None,
        }
    }

    /// Whether it lies elsewhere.
    pub fn elsewhere(&self) -> Option<&str> {
        match &self.whereabouts {
            Whereabouts::Elsewhere(place) => Some(place),
            _ => None,
        }
    }

    /// What is the same for the same place however it is written: `第十二小学`, `十二小` → `12小`; `绩溪县`, `绩溪` → `绩溪`.
    pub fn key(&self) -> String {
        shape::key(&self.name, self.kind)
    }
}

/// Where a text with these places lies. Somebody from 宣城 who is in 杭州 is in 杭州; who is nowhere else is ours.
pub fn locality(places: &[FoundPlace]) -> Locality {
    let ours = |roles: &[PlaceRole]| places.iter().any(|p| p.ours().is_some() && roles.contains(&p.role));
    if ours(&[PlaceRole::Site]) {
        Locality::Ours
    } else if places.iter().any(|p| p.elsewhere().is_some() && p.role == PlaceRole::Site) {
        Locality::Elsewhere
    } else if ours(&[PlaceRole::Person, PlaceRole::Name, PlaceRole::Aside]) {
        Locality::Ours
    } else {
        Locality::Unknown
    }
}

/// The place that says where what stands at `at` (a character) happens: the nearest before it in its sentence, else the
/// first behind it there, else the nearest in the sentences before. `sentence` is the sentence's span.
pub fn governing(places: &[FoundPlace], at: usize, sentence: (usize, usize)) -> Option<&FoundPlace> {
    let site = |place: &&FoundPlace| place.role == PlaceRole::Site && place.whereabouts != Whereabouts::Unknown;
    let inside = |place: &&FoundPlace| place.start >= sentence.0 && place.end <= sentence.1;
    let sites = || places.iter().filter(site);
    sites()
        .filter(inside)
        .rfind(|place| place.end <= at)
        .or_else(|| sites().filter(inside).find(|place| place.start >= at))
        .or_else(|| sites().rfind(|place| place.end <= sentence.0))
}
