//! Region (区域): which of the office's regions a text is about, by the places that it names.

use super::analysis::Reason;
use super::document::Document;
use super::expression::Place;
use super::place::{FoundPlace, PlaceKind, PlaceRole};
use crate::domain::ids::RegionId;
use crate::domain::office::CITY;

/// Weight of a region's full name, of its short one and of a place within it.
const NAME_WEIGHT: f64 = 3.0;
const ALIAS_WEIGHT: f64 = 2.0;
const PLACE_WEIGHT: f64 = 1.5;
/// What a name that does not say where is worth of that: 宣城男子在杭州, 泾县宣纸.
const NO_SITE_SHARE: f64 = 0.3;
/// How much more a place in the title says.
const TITLE_FACTOR: f64 = 2.0;
/// What the sender's own statement of the region is worth.
const STATED_WEIGHT: f64 = 2.5;
const NAMES_QUOTED_MAX: usize = 4;
/// How far after a place's name a body's name may end.
const BODY_NAME_CHARS_MAX: usize = 12;

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

/// Regions that the text names, most certain first, counties before the city that they belong to. Beside a county the city
/// counts only where it is named for itself, not in an address (`宣城市宁国市`) or a body's name (`宣城市生态环境局`).
pub fn find(document: &Document, places: &[FoundPlace], stated: Option<&RegionId>) -> Vec<FoundRegion> {
    let ours: Vec<(&FoundPlace, &RegionId)> =
        places.iter().filter_map(|place| place.ours().map(|region| (place, region))).collect();
    let counties: Vec<usize> =
        ours.iter().filter(|(_, region)| **region != CITY).map(|(place, _)| place.start).collect();
    let for_itself = |place: &FoundPlace| {
        let address = counties.iter().any(|start| (place.end..=place.end + 1).contains(start));
        !address && !names_body(document.between(place.end, place.end + BODY_NAME_CHARS_MAX))
    };
    let mut found: Vec<FoundRegion> = Vec::new();
    for (place, region) in ours {
        if *region == CITY && !counties.is_empty() && !for_itself(place) {
            continue;
        }
        let at = found.iter().position(|known| known.id == *region).unwrap_or_else(|| {
            found.push(FoundRegion { id: region.clone(), weight: 0.0, names: Vec::new(), named: true });
            found.len() - 1
        });
        found[at].weight += weight(document, place);
        if found[at].names.len() < NAMES_QUOTED_MAX && !found[at].names.contains(&place.name) {
            found[at].names.push(place.name.clone());
        }
    }
    if let Some(stated) = stated {
        let said = "来源注明".to_owned();
        match found.iter_mut().find(|region| region.id == *stated) {
            Some(region) => {
                region.weight += STATED_WEIGHT;
                region.names.push(said);
            }
            None => {
                let id = stated.clone();
                found.push(FoundRegion { id, weight: STATED_WEIGHT, names: vec![said], named: false });
            }
        }
    }
    found.sort_by(|a, b| (a.id == CITY).cmp(&(b.id == CITY)).then(b.weight.total_cmp(&a.weight)).then(a.id.cmp(&b.id)));
    found
}

fn weight(document: &Document, place: &FoundPlace) -> f64 {
    let worth = match place.kind {
        PlaceKind::City | PlaceKind::County if place.name.ends_with(['市', '县', '区']) => NAME_WEIGHT,
        PlaceKind::City | PlaceKind::County => ALIAS_WEIGHT,
        _ => PLACE_WEIGHT,
    };
    let worth = if place.role == PlaceRole::Site { worth } else { worth * NO_SITE_SHARE };
    let title = document.in_title(Place { start: place.start, end: place.end });
    if title { worth * TITLE_FACTOR } else { worth }
}

/// Whether what follows a place's name makes it a body's: `宣城` + `市生态环境局`.
fn names_body(after: &str) -> bool {
    let clause = after.split(['，', '。', ',', '、', ' ', '\n']).next().unwrap_or("");
    ["局", "委", "政府", "支队", "办公室", "法院", "检察院"].iter().any(|end| clause.contains(end))
}

/// What the regions rest on, in words.
pub fn reasons(found: &[FoundRegion]) -> impl Iterator<Item = Reason> + '_ {
    found
        .iter()
        .map(|region| Reason { of: "region".to_owned(), why: format!("{}：{}", region.id, region.names.join("、")) })
}

#[cfg(test)]
mod tests {
    use super::super::place::Finder;
    use super::super::place::PlaceKind;
    use super::super::segment::segmenter;
    use super::super::vocabulary::{KnownPlace, Region, Vocabulary};
    use super::*;
    use crate::domain::mention::MentionInput;

    fn found(title: &str, text: &str, stated: Option<&str>) -> Vec<String> {
        let region = |id: &str, name: &str, aliases: &[&str]| Region {
            id: id.into(),
            name: name.into(),
            aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
        };
        let port = KnownPlace {
            name: "港口镇".into(),
            aliases: vec![],
            kind: PlaceKind::Town,
            region: "ningguo".into(),
            elsewhere: vec![],
            common: false,
        };
        let vocabulary = Vocabulary {
            regions: vec![
                region("xuancheng", "宣城市", &["宣城"]),
                region("ningguo", "宁国市", &["宁国"]),
                region("guangde", "广德市", &["广德"]),
            ],
            places: vec![port],
            ..Vocabulary::default()
        };
        let jieba = segmenter(vocabulary.names());
        let mention = MentionInput { title: Some(title.into()), text: text.into(), ..MentionInput::default() };
        let document = Document::new(&mention);
        let places = Finder::new(&vocabulary).find(&jieba, &document.full, &jieba.cut(&document.full, true));
        let stated = stated.map(RegionId::from);
        find(&document, &places, stated.as_ref()).into_iter().map(|region| region.id.to_string()).collect()
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
