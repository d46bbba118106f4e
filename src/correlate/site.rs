//! Places of a text as correlation compares them: by name, kind by kind, the finest first.
//!
//! A place says where, never what: it is no likeness. But another school, estate, road or town is another matter, however
//! alike the words are.

use super::features::hash_of;

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
}

impl SiteKind {
    const ALL: [Self; 6] = [Self::School, Self::Hospital, Self::Home, Self::Spot, Self::Road, Self::Town];
}

/// Sites of a text that are compared.
pub const SITES_MAX: usize = 8;

/// Endings that say what a place is, longest first: 扬帆小区 and 扬帆夜市 lie in one place.
const ENDINGS: [&str; 16] = [
    "国际社区", "菜市场", "幼儿园", "小区", "社区", "花园", "新城", "街道", "公园", "广场", "夜市", "学校", "大道", "村", "镇", "乡",
];

/// A place that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// What it is.
    pub kind: SiteKind,
    /// The same for the same place however it is written.
    pub key: Box<str>,
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
    /// Without the ending that says what it is, if a name is left.
    fn core(&self) -> &str {
        let ending = ENDINGS.iter().find_map(|ending| self.key.strip_suffix(ending));
        ending.filter(|core| core.chars().nth(1).is_some()).unwrap_or(&self.key)
    }

    /// Hash of its name, for the index.
    pub fn hash(&self) -> u64 {
        hash_of(self.core())
    }

    /// Whether the two are one place. Homes and schools are often written with less: 万科魅力之城, 魅力之城.
    fn is(&self, other: &Self) -> bool {
        let (a, b) = (self.core(), other.core());
        let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        short == long
            || matches!(self.kind, SiteKind::Home | SiteKind::School | SiteKind::Hospital | SiteKind::Spot)
                && short.chars().nth(1).is_some()
                && (long.ends_with(short) || long.starts_with(short))
    }
}

/// How the places of two texts lie to each other: the finest kind that both name decides; where that is another place,
/// a common road or town makes it no nearer.
pub fn relation(a: &[Site], b: &[Site]) -> Relation {
    let mut other = false;
    for kind in SiteKind::ALL {
        let ours = || a.iter().filter(|site| site.kind == kind);
        let theirs = || b.iter().filter(|site| site.kind == kind);
        if ours().next().is_none() || theirs().next().is_none() {
            continue;
        }
        if ours().any(|x| theirs().any(|y| x.is(y))) {
            return if other { Relation::Other } else { Relation::Same };
        }
        // A market, a river or a station is often named beside the place itself.
        other |= kind != SiteKind::Spot;
    }
    if other {
        return Relation::Other;
    }
    let near = a.iter().any(|x| b.iter().any(|y| x.core() == y.core()));
    if near { Relation::Same } else { Relation::Open }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(names: &[(SiteKind, &str)]) -> Vec<Site> {
        names.iter().map(|(kind, key)| Site { kind: *kind, key: (*key).into() }).collect()
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
    }

    #[test]
    fn one_name_with_two_endings_is_one_place() {
        let (estate, market) = (sites(&[(SiteKind::Home, "扬帆")]), sites(&[(SiteKind::Spot, "扬帆夜市")]));
        assert_eq!(relation(&estate, &market), Relation::Same);
    }
}
