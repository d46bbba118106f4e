//! The gazetteer (地名录): places known by name.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::PlaceKind;
use crate::domain::ids::RegionId;
use crate::domain::office::CITY;
use crate::text::lexicon::lines;
use crate::text::normalise::normalise;
use crate::text::vocabulary::Vocabulary;

const DIVISIONS: &str = include_str!("../../../models/divisions.tsv");
const ABROAD: &str = include_str!("../../../models/abroad.tsv");

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// A place of ours.
    Ours {
        /// Its region.
        region: RegionId,
        /// What it is.
        kind: PlaceKind,
        /// Prefectures that have a town of that name too.
        elsewhere: Vec<String>,
        /// So common a name that it counts only beside another place of ours.
        common: bool,
    },
    /// A division of the country that is not ours, by its code, or a country.
    Elsewhere {
        /// What it is.
        kind: PlaceKind,
        /// Its prefecture's name, its own above that.
        of: String,
        /// A short name: it must stand between words' bounds.
        short: bool,
    },
    /// A division that holds ours, such as our province: it says neither.
    Around {
        /// What it is.
        kind: PlaceKind,
    },
}

/// All names.
pub struct Gazetteer {
    names: AhoCorasick,
    meanings: Vec<Meaning>,
}

/// A name found: bytes, and what it stands for.
pub struct Found<'a> {
    /// First byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// What it stands for.
    pub meaning: &'a Meaning,
}

impl Gazetteer {
    /// The country's divisions and the office's places; where both have a name, it is the office's.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        let mut names: HashMap<String, Meaning> = HashMap::new();
        if !vocabulary.regions.is_empty() {
            add_divisions(vocabulary, &mut names);
        }
        add_ours(vocabulary, &mut names);
        let mut all: Vec<(String, Meaning)> = names.into_iter().collect();
        all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let (words, meanings): (Vec<String>, Vec<Meaning>) = all.into_iter().unzip();
        let names = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::LeftmostLongest)
            .build(&words)
            .expect("a few thousand short names are far below the automaton's limits");
        Self { names, meanings }
    }

    /// The names in a normalised text, the longest at each place, none within another.
    pub fn find<'a, 't>(&'a self, text: &'t str) -> impl Iterator<Item = Found<'a>> + use<'a, 't> {
        self.names.find_iter(text).map(|hit| Found {
            start: hit.start(),
            end: hit.end(),
            meaning: &self.meanings[hit.pattern().as_usize()],
        })
    }
}

fn add_ours(vocabulary: &Vocabulary, names: &mut HashMap<String, Meaning>) {
    let mut add = |name: &str, region: &RegionId, kind, elsewhere: &[String], common| {
        let name = normalise(name);
        if name.chars().count() < 2 {
            return;
        }
        let meaning = Meaning::Ours { region: region.clone(), kind, elsewhere: elsewhere.to_vec(), common };
        match names.get_mut(&name) {
            // Two of ours of one name: which one, only the context says; without it, the city.
            Some(Meaning::Ours { region: first, .. }) if first != region => *first = RegionId::from(CITY),
            // What is said first says more: a listed town knows its namesakes.
            Some(Meaning::Ours { common: first, .. }) => *first &= common,
            _ => {
                names.insert(name, meaning);
            }
        }
    };
    for place in &vocabulary.places {
        add(&place.name, &place.region, place.kind, &place.elsewhere, place.common);
        place.aliases.iter().for_each(|alias| add(alias, &place.region, place.kind, &place.elsewhere, place.common));
    }
    for region in &vocabulary.regions {
        let kind = if region.id == CITY { PlaceKind::City } else { PlaceKind::County };
        std::iter::once(&region.name).chain(&region.aliases).for_each(|name| add(name, &region.id, kind, &[], false));
    }
}

fn add_divisions(vocabulary: &Vocabulary, names: &mut HashMap<String, Meaning>) {
    let ours = vocabulary.regions.iter().find(|region| region.id == CITY).map(|city| normalise(&city.name));
    let rows: Vec<Vec<&str>> = lines(DIVISIONS).collect();
    let own_code = rows.iter().find(|row| Some(row[1]) == ours.as_deref()).map_or("", |row| row[0]);
    let name_of: HashMap<&str, &str> = rows.iter().map(|row| (row[0], row[1])).collect();
    for row in &rows {
        let (code, name) = (row[0], row[1]);
        if !own_code.is_empty() && code.starts_with(own_code) {
            continue;
        }
        let kind = match code.len() {
            2 => PlaceKind::Province,
            4 => PlaceKind::City,
            _ => PlaceKind::County,
        };
        let of = code.get(..4).and_then(|code| name_of.get(code)).or_else(|| name_of.get(&code[..2])).unwrap_or(&name);
        let meaning = |short| {
            if !own_code.is_empty() && own_code.starts_with(code) {
                Meaning::Around { kind }
            } else {
                Meaning::Elsewhere { kind, of: (*of).to_owned(), short }
            }
        };
        names.insert(normalise(name), meaning(false));
        if row[2] != "-" {
            names.entry(row[2].to_owned()).or_insert_with(|| meaning(true));
        }
    }
    for row in lines(ABROAD) {
        let kind = if row[1] == "国" { PlaceKind::Country } else { PlaceKind::City };
        let meaning = Meaning::Elsewhere { kind, of: row[0].to_owned(), short: true };
        names.entry(row[0].to_owned()).or_insert(meaning);
    }
}
