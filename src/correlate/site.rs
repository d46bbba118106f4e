//! Places of a text as correlation compares them: by name, kind by kind, the finest first.
//!
//! A place says where, never what: it is no likeness. But another school, estate, road or town is another matter, however
//! alike the words are.

use super::features::hash_of;
use crate::text::place::{FoundPlace, PlaceKind, PlaceRole};

/// Kinds that are compared with each other, the finest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SiteKind {
    /// 学校、幼儿园
    School,
    /// 医院、卫生院
    Hospital,
    /// 小区、楼盘、村、社区
    Home,
    /// 公园、车站、市场及其他
    Spot,
    /// 路、街
    Road,
    /// 乡、镇、街道
    Town,
    /// 县、市、区: too wide to bring two texts together, and enough to keep them apart.
    County,
}

impl SiteKind {
    const ALL: [Self; 6] = [Self::School, Self::Hospital, Self::Home, Self::Spot, Self::Road, Self::Town];
}

/// Sites of a text that are compared.
pub const SITES_MAX: usize = 8;

/// Endings that say what a place is, longest first: 扬帆小区 and 扬帆夜市 lie in one place.
const ENDINGS: [&str; 16] = [
    "国际社区",
    "菜市场",
    "幼儿园",
    "小区",
    "社区",
    "花园",
    "新城",
    "街道",
    "公园",
    "广场",
    "夜市",
    "学校",
    "大道",
    "村",
    "镇",
    "乡",
];

/// A place that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// What it is.
    pub kind: SiteKind,
    /// The same for the same place however it is written.
    pub key: Box<str>,
    /// The place beyond the office's bounds in which it lies.
    pub elsewhere: Option<Box<str>>,
}

/// How the places of two texts lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They name one place.
    Same,
    /// They name different ones.
    Other,
    /// One names none, or they name kinds that can't be compared.
    Open,
}

impl Site {
    /// What a place that a text names says of where it is, if it tells matters apart: whoever comes from somewhere or is
    /// called so says nothing of where it happened, and a road's name has three characters, or it was cut out of a longer
    /// one. 泾县实验小学 names a county, too.
    pub fn of(place: &FoundPlace) -> Vec<Self> {
        let kind = match place.kind {
            PlaceKind::School => SiteKind::School,
            PlaceKind::Hospital => SiteKind::Hospital,
            PlaceKind::Estate | PlaceKind::Village => SiteKind::Home,
            PlaceKind::Zone | PlaceKind::Park | PlaceKind::Nature | PlaceKind::Other => SiteKind::Spot,
            PlaceKind::Road => SiteKind::Road,
            PlaceKind::Town => SiteKind::Town,
            PlaceKind::County => SiteKind::County,
            PlaceKind::Country | PlaceKind::Province | PlaceKind::City => return Vec::new(),
        };
        let key = place.key();
        if place.role != PlaceRole::Site || kind == SiteKind::Road && key.chars().count() < ROAD_CHARS_MIN {
            return Vec::new();
        }
        let site = |kind, key: &str| Self { kind, key: key.into(), elsewhere: place.elsewhere().map(Into::into) };
        let (county, name) = match kind {
            SiteKind::County => (None, &*key),
            _ => without_county(&key),
        };
        std::iter::once(site(kind, cleaned(name))).chain(county.map(|county| site(SiteKind::County, county))).collect()
    }

    /// Whether it may bring two texts together.
    pub fn is_near(&self) -> bool {
        self.kind != SiteKind::County
    }

    /// Without the ending that says what it is, if a name is left.
    fn core(&self) -> &str {
        let ending = ENDINGS.iter().find_map(|ending| self.key.strip_suffix(ending));
        ending.filter(|core| core.chars().nth(1).is_some()).unwrap_or(&self.key)
    }

    /// Hash of its name, for the index.
    pub fn hash(&self) -> u64 {
        hash_of(self.core())
    }

    /// Whether the two, of one kind, are one place. People write a name with more or less in front: 万科魅力之城 and
    /// 魅力之城, 宣州区水阳镇 and 水阳镇.
    fn is(&self, other: &Self) -> bool {
        let (a, b) = (self.core(), other.core());
        let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        let chars = short.chars().count();
        let before = long.strip_suffix(short);
        if self.elsewhere != other.elsewhere {
            return false;
        }
        short == long
            || match self.kind {
                SiteKind::Home => {
                    chars >= 2 && (before.is_some() || long.starts_with(short))
                        || common_ending(short, long) >= COMMON_ENDING_MIN
                }
                SiteKind::School | SiteKind::Hospital | SiteKind::Spot => {
                    chars >= 2 && (before.is_some() || long.starts_with(short))
                }
                SiteKind::Road => chars >= 3 && before.is_some(),
                SiteKind::County => false,
                SiteKind::Town => before.is_some_and(|before| before.ends_with(['市', '区', '县'])),
            }
    }
}

/// A county's name in front of a place's: the county without its ending, and the rest.
fn without_county(key: &str) -> (Option<&str>, &str) {
    let end = key.char_indices().skip(1).take(COUNTY_CHARS_MAX).find(|(_, c)| matches!(c, '县' | '区'));
    let Some((at, end)) = end else { return (None, key) };
    let (county, name) = (&key[..at], &key[at + end.len_utf8()..]);
    // 阳光小区, 开发区, 社区 are no districts.
    let district =
        end == '县' || county.chars().nth(1).is_some() && !county.ends_with(['小', '社', '新', '发', '园', '景', '校']);
    if district && name.chars().nth(1).is_some() { (Some(county), name) } else { (None, key) }
}

/// Characters of a county's name without its ending.
const COUNTY_CHARS_MAX: usize = 3;

/// No name begins with the end of a region's: A2区丽发新城 may be cut behind the digit.
fn cleaned(key: &str) -> &str {
    let name = key.trim_start_matches(['省', '市', '区', '县']);
    if name.chars().nth(1).is_some() { name } else { key }
}

/// Characters of a road's name.
const ROAD_CHARS_MIN: usize = 3;

/// Two estates whose names end alike in so many characters are one: what stands before is a road or a developer.
const COMMON_ENDING_MIN: usize = 4;

fn common_ending(a: &str, b: &str) -> usize {
    a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).count()
}

/// How the places of two texts lie to each other: the finest kind that both name decides; where that is another place,
/// a common road makes it no nearer. Another town or county always decides: each has its 中心小学.
pub fn relation(a: &[Site], b: &[Site]) -> Relation {
    let compared = |kind: SiteKind| {
        let ours = || a.iter().filter(move |site| site.kind == kind);
        let theirs = || b.iter().filter(move |site| site.kind == kind);
        let both = ours().next().is_some() && theirs().next().is_some();
        both.then(|| ours().any(|x| theirs().any(|y| x.is(y))))
    };
    if compared(SiteKind::Town) == Some(false) || compared(SiteKind::County) == Some(false) {
        return Relation::Other;
    }
    let mut other = false;
    for kind in SiteKind::ALL {
        match compared(kind) {
            Some(true) if other => return Relation::Other,
            Some(true) => return Relation::Same,
            // A market, a river or a station is often named beside the place itself.
            Some(false) => other |= kind != SiteKind::Spot,
            None => {}
        }
    }
    if other {
        return Relation::Other;
    }
    // 昭亭路幼儿园 lies on 昭亭路.
    let holds = |x: &Site, y: &Site| {
        x.is_near()
            && y.is_near()
            && x.elsewhere == y.elsewhere
            && (x.core().starts_with(y.core()) || y.core().starts_with(x.core()))
    };
    if a.iter().any(|x| b.iter().any(|y| holds(x, y))) { Relation::Same } else { Relation::Open }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(names: &[(SiteKind, &str)]) -> Vec<Site> {
        names.iter().map(|(kind, key)| Site { kind: *kind, key: (*key).into(), elsewhere: None }).collect()
    }

    #[test]
    fn the_finest_kind_that_both_name_decides() {
        use SiteKind::{Home, Road, School, Town};
        let on = |a: &[(SiteKind, &str)], b: &[(SiteKind, &str)]| relation(&sites(a), &sites(b));
        assert_eq!(on(&[(Town, "水阳")], &[(Town, "狸桥")]), Relation::Other);
        assert_eq!(on(&[(Town, "水阳")], &[(Town, "水阳")]), Relation::Same);
        assert_eq!(on(&[(Home, "幸福里"), (Road, "甲路")], &[(Home, "幸福里"), (Road, "乙路")]), Relation::Same);
        assert_eq!(on(&[(School, "3小"), (Home, "幸福里")], &[(School, "5小"), (Home, "幸福里")]), Relation::Other);
        assert_eq!(on(&[(Home, "丽发新城")], &[(Town, "暮云")]), Relation::Open);
        assert_eq!(on(&[], &[(Town, "暮云")]), Relation::Open);
        assert_eq!(on(&[(Home, "万科魅力之城")], &[(Home, "魅力之城")]), Relation::Same);
        assert_eq!(on(&[(Road, "阳德路")], &[(Road, "阳德东路")]), Relation::Other);
        assert_eq!(on(&[(Road, "四区凉塘路")], &[(Road, "凉塘路")]), Relation::Same);
        let primary = |town| vec![(School, "中心小"), (Town, town)];
        assert_eq!(on(&primary("水阳"), &primary("狸桥")), Relation::Other, "every town has one");
        let county = |name| vec![(School, "实验小"), (SiteKind::County, name)];
        assert_eq!(on(&county("郎溪"), &county("泾")), Relation::Other);
        assert_eq!(on(&[(SiteKind::County, "郎溪")], &[(SiteKind::County, "郎溪")]), Relation::Open, "too wide");
        assert_eq!(on(&[(Town, "宣州区水阳")], &[(Town, "水阳")]), Relation::Same);
        assert_eq!(on(&[(School, "昭亭路幼")], &[(Road, "昭亭路")]), Relation::Same);
    }

    #[test]
    fn a_county_in_front_of_a_name_is_read() {
        assert_eq!(without_county("泾县实验小"), (Some("泾"), "实验小"));
        assert_eq!(without_county("宣州区水阳"), (Some("宣州"), "水阳"));
        assert_eq!(without_county("阳光小区幼"), (None, "阳光小区幼"));
        assert_eq!(without_county("实验小"), (None, "实验小"));
    }

    #[test]
    fn a_town_of_the_same_name_elsewhere_is_another() {
        let ours = sites(&[(SiteKind::Town, "长安")]);
        let theirs = [Site { elsewhere: Some("东莞市".into()), ..ours[0].clone() }];
        assert_eq!(relation(&ours, &theirs), Relation::Other);
    }

    #[test]
    fn one_name_with_two_endings_is_one_place() {
        let (estate, market) = (sites(&[(SiteKind::Home, "扬帆")]), sites(&[(SiteKind::Spot, "扬帆夜市")]));
        assert_eq!(relation(&estate, &market), Relation::Same);
    }
}
