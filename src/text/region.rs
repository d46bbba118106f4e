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
const NAMES_QUOTED_MAX: usize = 4;
/// How far after a place's name a body's name may end.
const BODY_NAME_CHARS_MAX: usize = 12;

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
    /// Whether the text itself names it, not only its sender.
    pub named: bool,
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
    /// longer one (`宁国` in `宁国市`) counts once. Beside a county the city counts only where it is named for itself, not
    /// in an address (`宣城市宁国市`) or a body's name (`宣城市生态环境局`).
    pub fn find(&self, document: &Document, hits: &Hits, stated: Option<&RegionId>) -> Vec<FoundRegion> {
        let mut named: Vec<(&RegionId, Vec<(Place, f64)>)> =
            self.regions.iter().map(|(id, names)| (id, places(document, hits, names))).collect();
        let mut counties: Vec<Place> = named
            .iter()
            .filter(|(id, _)| **id != CITY)
            .flat_map(|(_, places)| places.iter().map(|(place, _)| *place))
            .collect();
        counties.sort_unstable_by_key(|place| place.start);
        if !counties.is_empty() {
            for (_, places) in named.iter_mut().filter(|(id, _)| **id == CITY) {
                places.retain(|(place, _)| {
                    let next = counties.partition_point(|county| county.start < place.end);
                    let address = counties.get(next).is_some_and(|county| county.start - place.end <= 1);
                    !address && !names_body(document.between(place.end, place.end + BODY_NAME_CHARS_MAX))
                });
            }
        }
        let mut found: Vec<FoundRegion> =
            named.into_iter().filter_map(|(id, places)| weigh(document, id, &places, stated)).collect();
        found.sort_by(|a, b| {
            (a.id == CITY).cmp(&(b.id == CITY)).then(b.weight.total_cmp(&a.weight)).then(a.id.cmp(&b.id))
        });
        found
    }
}

/// Whether what follows a place's name makes it a body's: `宣城` + `市生态环境局`.
fn names_body(after: &str) -> bool {
    let clause = after.split(['，', '。', ',', '、', ' ', '\n']).next().unwrap_or("");
    ["局", "委", "政府", "支队", "办公室", "法院", "检察院"].iter().any(|end| clause.contains(end))
}

/// Places of a region's names, longest first at each start, none within another.
fn places(document: &Document, hits: &Hits, names: &[(WordId, f64)]) -> Vec<(Place, f64)> {
    let mut places: Vec<(Place, f64)> =
        names.iter().flat_map(|(word, weight)| hits.of(*word).iter().map(|place| (*place, *weight))).collect();
    places.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
    let mut covered = 0;
    places.retain(|(place, weight)| {
        let inside = place.end <= covered;
        covered = covered.max(place.end);
        // 宁国路 is a street of other cities, 广德籍 a person's origin.
        let street = *weight == ALIAS_WEIGHT
            && document.between(place.end, place.end + 1).starts_with(['路', '街', '巷', '籍', '菜']);
        !inside && !street
    });
    places
}

fn weigh(
    document: &Document,
    id: &RegionId,
    places: &[(Place, f64)],
    stated: Option<&RegionId>,
) -> Option<FoundRegion> {
    let (mut weight, mut names) = (0.0, Vec::new());
    for (place, worth) in places {
        weight += worth * if document.in_title(*place) { TITLE_FACTOR } else { 1.0 };
        if names.len() < NAMES_QUOTED_MAX {
            let name = document.quote(*place);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if stated == Some(id) {
        weight += STATED_WEIGHT;
        names.push("来源注明".to_owned());
    }
    let named = !places.is_empty();
    (weight > 0.0).then(|| FoundRegion { id: id.clone(), weight, names, named })
}

/// What the regions rest on, in words.
pub fn reasons(found: &[FoundRegion]) -> impl Iterator<Item = Reason> + '_ {
    found
        .iter()
        .map(|region| Reason { of: "region".to_owned(), why: format!("{}：{}", region.id, region.names.join("、")) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mention::MentionInput;

    fn found(title: &str, text: &str, stated: Option<&str>) -> Vec<String> {
        let region = |id: &str, name: &str, aliases: &[&str], towns: &[&str]| Region {
            id: id.into(),
            name: name.into(),
            aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
            towns: towns.iter().map(|t| (*t).to_owned()).collect(),
        };
        let regions = [
            region("xuancheng", "宣城市", &["宣城"], &[]),
            region("ningguo", "宁国市", &["宁国"], &["港口镇"]),
            region("guangde", "广德市", &["广德"], &[]),
        ];
        let mut words = Words::default();
        let regions = Regions::new(&regions, &mut words);
        let mention = MentionInput { title: Some(title.into()), text: text.into(), ..MentionInput::default() };
        let document = Document::new(&mention);
        let hits = words.build().scan(&document.full);
        let stated = stated.map(RegionId::from);
        regions.find(&document, &hits, stated.as_ref()).into_iter().map(|region| region.id.to_string()).collect()
    }

    #[test]
    fn counties_come_first_and_an_address_names_one_place() {
        assert_eq!(found("", "宣城市宁国市港口镇的路坏了", None), ["ningguo"]);
        assert_eq!(found("", "宁国市的河脏了，请宣城市生态环境局来看看", None), ["ningguo"]);
        assert_eq!(found("", "宁国和宣城两地都停电了", None), ["ningguo", "xuancheng"]);
        assert_eq!(found("", "宣城市生态环境局在哪里", None), ["xuancheng"]);
        assert_eq!(found("广德停水", "宁国也停水，宁国停了两天", None), ["guangde", "ningguo"]);
        assert_eq!(found("", "合肥宁国路的龙虾", None), Vec::<String>::new());
        assert_eq!(found("", "路坏了", Some("guangde")), ["guangde"]);
        assert_eq!(found("", "宁国的路坏了", Some("xuancheng")), ["ningguo", "xuancheng"]);
    }
}
