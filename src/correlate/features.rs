//! What correlation needs of one text, computed once and in parallel: its weighted words, its places, what it is about, and
//! its near-duplicate signature.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::frequency::WordFrequency;
use super::matter::{About, Matters};
use super::near_duplicate::Print;
use super::site::{SITES_MAX, Site};
use crate::text::Analyser;
use crate::text::normalise::normalise;
use crate::text::place::{FoundPlace, PlaceKind};

/// A word of the title counts so many times: people put what it is about there.
const TITLE_WEIGHT: f32 = 3.0;
/// Words of a text that are looked at; what stands behind is rarely what it is about.
const TEXT_WORDS_MAX: usize = 400;
/// Words that are compared, the heaviest.
const WORDS_MAX: usize = 128;
/// Weight of a class of `models/matters.tsv`, beside words of 4 (common) to 8 (rare).
const CLASS_WEIGHT: f32 = 5.0;
/// A place's name of so many characters may have lost its beginning.
const CUT_NAME_CHARS_MAX: usize = 2;
/// A text with fewer characters, its title included, is short.
const SHORT_CHARS: usize = 80;

/// A word with its shares of the text's two unit vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Hash of the word: groups keep no text.
    pub hash: u64,
    /// Share of the whole text, names of places included; the squares of all sum up to 1.
    pub whole: f32,
    /// Share of its matter: of what is neither place nor number nor harm done. Negative where the word names the subject
    /// and not what happened.
    matter: f32,
}

impl Share {
    /// Share of the matter.
    pub const fn matter(self) -> f32 {
        self.matter.abs()
    }

    /// Whether it says what happened, rather than to whom.
    pub fn tells_what(self) -> bool {
        self.matter > 0.0
    }
}

/// What decides about two texts besides their words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Places that it names.
    pub sites: Vec<Site>,
    /// What it is about.
    pub about: About,
    /// So short that it names what it is about and little else.
    pub short: bool,
    /// Of a short text, its telling words that stand beside each other: a hash a pair, sorted.
    pub beside: Box<[u64]>,
}

/// What is compared of a text.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Its words, by hash.
    pub shares: Box<[Share]>,
    /// What decides besides.
    pub facts: Arc<Facts>,
}

/// What correlation compares.
#[derive(Clone, Debug)]
pub struct Features {
    /// Words, places and what it is about.
    pub shape: Shape,
    /// The words in writing, to name them in a reason, by hash.
    pub words: HashMap<u64, Box<str>>,
    /// For near duplicates.
    pub print: Print,
}

/// A text with its words.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// As it was written.
    pub text: &'a str,
    /// Its words in order, a place's name one word.
    pub words: &'a [String],
}

/// A place that the text names.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// As it is written, normalised.
    pub name: &'a str,
    /// As it is compared, itself first; empty for what tells no matters apart, such as the city.
    pub sites: &'a [Site],
}

/// What tells words apart.
#[derive(Debug)]
pub struct Lexicon {
    /// How common words are.
    pub frequency: WordFrequency,
    /// What texts are about.
    pub matters: Matters,
}

impl Lexicon {
    /// What comes with the program.
    pub fn built_in() -> Self {
        Self { frequency: WordFrequency::built_in(), matters: Matters::built_in() }
    }
}

#[derive(Default)]
struct Weight {
    whole: f32,
    matter: f32,
    what: bool,
}

impl Features {
    /// Of a mention's title and text, with its words for search.
    pub fn read(
        lexicon: &Lexicon,
        analyser: &Analyser,
        title: &str,
        text: &str,
        common: impl Fn(&str) -> bool,
    ) -> (Vec<String>, Self) {
        let (mut of_title, of_text) = (analyser.cut(title), analyser.cut(text));
        let plain = format!("{}\n{}", blanked(title, &of_title.places), blanked(text, &of_text.places));
        let named = |site: &Site| !lexicon.matters.is_nameless(&site.key);
        let places = || of_title.places.iter().chain(&of_text.places);
        let found: Vec<(&str, Vec<Site>)> =
            places().map(|place| (&*place.name, Site::of(place).into_iter().filter(named).collect())).collect();
        let places: Vec<Named<'_>> = found.iter().map(|(name, sites)| Named { name, sites }).collect();
        let title = Text { text: title, words: &of_title.with_names };
        let text = Text { text, words: &of_text.with_names };
        let features = Self::new(lexicon, title, text, &places, &plain, common);
        of_title.words.extend(of_text.words);
        (of_title.words, features)
    }

    /// Of a title and a text with their words (`text::Analyser::tokens`) and places. `plain` is the normalised text, title
    /// first, with names of places blanked out. `common` are names that nearly every mention of this office holds, such as
    /// the city's own: they tell no matters apart.
    pub fn new(
        lexicon: &Lexicon,
        title: Text<'_>,
        text: Text<'_>,
        places: &[Named<'_>],
        plain: &str,
        common: impl Fn(&str) -> bool,
    ) -> Self {
        let mut counts: HashMap<&str, f32> = HashMap::new();
        for word in title.words {
            *counts.entry(word).or_default() += TITLE_WEIGHT;
        }
        for word in text.words.iter().take(TEXT_WORDS_MAX) {
            *counts.entry(word).or_default() += 1.0;
        }
        let cut = cut_names(lexicon, places, [title.words, text.words]);
        let (about, classes) = lexicon.matters.read(plain);
        let mut weights: HashMap<u64, Weight> = HashMap::new();
        let mut words: HashMap<u64, Box<str>> = HashMap::new();
        for (word, count) in counts.into_iter().filter(|(word, _)| !common(word)) {
            let Some(weight) = lexicon.frequency.weight(word) else { continue };
            let weight = weight * (1.0 + count.ln());
            let place = places.iter().find(|place| place.name == word);
            let hash = place.and_then(|place| place.sites.first()).map_or_else(|| hash_of(word), Site::hash);
            let entry = weights.entry(hash).or_default();
            entry.whole += weight;
            if place.is_none() && !is_number(word) && !lexicon.matters.is_common(word) && !cut.contains(word) {
                entry.matter = weight;
                entry.what = !lexicon.matters.names_subject(word) && !lexicon.matters.names_body(word);
            }
            words.insert(hash, word.into());
        }
        for class in classes {
            let matter = CLASS_WEIGHT * (1.0 + (class.count as f32).ln());
            weights.insert(class.hash, Weight { whole: 0.0, matter, what: class.problem });
        }
        let mut sites: Vec<Site> = Vec::new();
        for site in places.iter().flat_map(|place| place.sites) {
            if sites.len() < SITES_MAX && !sites.contains(site) {
                sites.push(site.clone());
            }
        }
        let short = plain.chars().nth(SHORT_CHARS).is_none();
        let beside = if short { beside(&weights, [title.words, text.words]) } else { Box::default() };
        let facts = Arc::new(Facts { sites, about, short, beside });
        let print = Print::new(title.text, text.text);
        Self { shape: Shape { shares: shares(weights), facts }, words, print }
    }
}

/// Pairs of telling words that stand beside each other.
fn beside(weights: &HashMap<u64, Weight>, texts: [&[String]; 2]) -> Box<[u64]> {
    let tells = |hash: &u64| weights.get(hash).is_some_and(|weight| weight.what && weight.matter > 0.0);
    let pair = |pair: &[String]| {
        let (a, b) = (hash_of(&pair[0]), hash_of(&pair[1]));
        (tells(&a) && tells(&b)).then(|| a.rotate_left(9) ^ b)
    };
    let mut pairs: Vec<u64> = texts.into_iter().flat_map(|words| words.windows(2)).filter_map(pair).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs.into()
}

/// Rare words in front of a place's name that is suspiciously short: the rest of it, 柏枧 before 山路.
fn cut_names<'a>(lexicon: &Lexicon, places: &[Named<'_>], texts: [&'a [String]; 2]) -> HashSet<&'a str> {
    let short =
        |word: &str| word.chars().count() <= CUT_NAME_CHARS_MAX && places.iter().any(|place| place.name == word);
    let pairs = texts.into_iter().flat_map(|words| words.windows(2));
    let cut = pairs.filter(|pair| short(&pair[1]) && !lexicon.frequency.knows(&pair[0]));
    cut.map(|pair| &*pair[0]).collect()
}

/// The normalised text with names of places blanked out; a school or a hospital stays, it is also whom it concerns.
fn blanked(text: &str, places: &[FoundPlace]) -> String {
    let text = normalise(text);
    let names = |place: &&FoundPlace| !matches!(place.kind, PlaceKind::School | PlaceKind::Hospital | PlaceKind::Other);
    let mut places = places.iter().filter(names).peekable();
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        while places.next_if(|place| place.end <= at).is_some() {}
        let blank = places.peek().is_some_and(|place| place.start <= at);
        out.push(if blank { '\u{3000}' } else { c });
    }
    out
}

/// Unit vectors of the heaviest words, by hash: sums then run in one order, and a replay gives the same bits.
fn shares(weights: HashMap<u64, Weight>) -> Box<[Share]> {
    let mut all: Vec<(u64, Weight)> = weights.into_iter().collect();
    let heaviest = |weight: &Weight| weight.whole.max(weight.matter);
    all.sort_unstable_by(|a, b| heaviest(&b.1).total_cmp(&heaviest(&a.1)).then(a.0.cmp(&b.0)));
    all.truncate(WORDS_MAX);
    all.sort_unstable_by_key(|(hash, _)| *hash);
    let length = |of: fn(&Weight) -> f32| {
        let length = all.iter().map(|(_, weight)| of(weight) * of(weight)).sum::<f32>().sqrt();
        if length > 0.0 { length } else { 1.0 }
    };
    let (whole, matter) = (length(|weight| weight.whole), length(|weight| weight.matter));
    all.iter()
        .map(|(hash, weight)| Share {
            hash: *hash,
            whole: weight.whole / whole,
            matter: if weight.what { weight.matter } else { -weight.matter } / matter,
        })
        .collect()
}

/// What consists of digits, numerals and units only: `37`, `两千`, `第一天`.
fn is_number(word: &str) -> bool {
    const NUMERALS: &str = "钟第零一二三四五六七八九十百千万亿两几多个余名人岁次元块钱期栋号楼米天时分秒年月日点";
    word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '%') || NUMERALS.contains(c))
        && !word.chars().all(|c| c.is_ascii_alphabetic())
}

/// FNV-1a: the same on every machine and in every version, unlike the standard library's hasher.
pub(super) fn hash_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::site::SiteKind;

    #[test]
    fn a_place_is_one_word_and_no_matter() {
        let lexicon = Lexicon::built_in();
        let words: Vec<String> = ["香樟路", "小学", "食堂", "38", "学生", "腹泻"].map(str::to_owned).to_vec();
        let site = Site { kind: SiteKind::Road, key: "香樟路".into(), elsewhere: None };
        let sites = [site];
        let place = Named { name: "香樟路", sites: &sites };
        let text = Text { text: "香樟路小学食堂38学生腹泻", words: &words };
        let title = Text { text: "", words: &[] };
        let features = Features::new(&lexicon, title, text, &[place], "　　　小学食堂38学生腹泻", |_| false);
        let share = |word: &str| features.shape.shares.iter().find(|share| share.hash == hash_of(word)).copied();
        let (road, number, ill) = (share("香樟路").unwrap(), share("38").unwrap(), share("腹泻").unwrap());
        assert!(road.whole > 0.0 && road.matter() == 0.0, "{road:?}");
        assert!(number.matter() == 0.0 && ill.matter() > 0.0 && ill.tells_what());
        assert!(!share("小学").unwrap().tells_what(), "it names whom it concerns");
        let square: f32 = features.shape.shares.iter().map(|share| share.matter() * share.matter()).sum();
        assert!((square - 1.0).abs() < 1e-4, "{square}");
        assert!(features.shape.facts.short && features.shape.facts.about.is_something());
    }
}
