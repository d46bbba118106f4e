//! Near duplicates (近似重复): reposts, copies with a word changed, a quotation within another text. MinHash over character
//! 2-grams, 32 bands of 4 rows, every hit verified on the sets themselves (`design.md` §4: recall .97–1.00 on short posts).

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::features::hash_of;

/// Bands of a signature.
pub const BANDS: usize = 32;
/// Rows of a band.
const ROWS: usize = 4;
/// Jaccard similarity from which two texts are near duplicates.
const JACCARD_MIN: f32 = 0.5;
/// Share of the shorter text that stands in the longer one from which they are, too.
const CONTAINMENT_MIN: f32 = 0.8;
/// A quotation shorter than this many 2-grams is a phrase, not a copy.
const CONTAINMENT_GRAMS_MIN: usize = 12;
/// Texts with fewer characters repeat each other only if equal.
const NEAR_CHARS_MIN: usize = 12;
/// Texts with fewer characters ("转发微博") repeat nothing.
const EXACT_CHARS_MIN: usize = 8;
/// A text shorter than this ("如题，请尽快处理") is compared together with its title.
const WITHOUT_TITLE_CHARS_MIN: usize = 24;
/// Characters of a text that are looked at.
const CHARS_MAX: usize = 4_000;
/// Copies that a look-up compares in one band, newest first.
const COMPARED_PER_BAND_MAX: usize = 32;
/// Words of a [`Print::sketch`]: with 1,024 bits, a post's 2-grams seldom share one.
const SKETCH_WORDS: usize = 16;
/// From this similarity to a copy that is indexed already, a further one is not: a wave of reposts costs no memory.
const SAME_COPY_MIN: f32 = 0.95;

/// What is compared of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// Hash of all its letters.
    exact: u64,
    /// Letters, up to [`CHARS_MAX`].
    chars: usize,
    /// Hashes of its 2-grams, each once, in order; empty if it is too short.
    grams: Box<[u32]>,
    /// One hash for each band; empty if it is too short.
    bands: Box<[u64]>,
    /// A bit for each 2-gram, by its hash: most pairs are told apart by this alone.
    sketch: [u64; SKETCH_WORDS],
}

/// How like a copy is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Likeness {
    /// Letter by letter.
    Equal,
    /// Shared 2-grams by all.
    Jaccard(f32),
    /// The shorter stands in the longer, by so much.
    Contained(f32),
}

impl Likeness {
    /// 0–1, to compare.
    pub fn score(self) -> f32 {
        match self {
            Self::Equal => 1.0,
            Self::Jaccard(score) | Self::Contained(score) => score,
        }
    }
}

impl Print {
    /// Of a text with its title.
    pub fn new(title: &str, text: &str) -> Self {
        let mut letters: Vec<char> = letters(text).take(CHARS_MAX).collect();
        if letters.len() < WITHOUT_TITLE_CHARS_MIN {
            letters = self::letters(title).chain(letters).take(CHARS_MAX).collect();
        }
        let exact = hash_of(&letters.iter().collect::<String>());
        let mut grams = Vec::new();
        if letters.len() >= NEAR_CHARS_MIN {
            grams.extend(letters.windows(2).map(|pair| mix32(pair[0] as u32, pair[1] as u32)));
            grams.sort_unstable();
            grams.dedup();
        }
        Self { exact, chars: letters.len(), bands: bands(&grams), sketch: sketch(&grams), grams: grams.into() }
    }

    /// The bands' hashes, by which the store can find copies too.
    pub fn bands(&self) -> &[u64] {
        &self.bands
    }

    /// Whether the two are copies of each other, and how like.
    pub fn likeness(&self, other: &Self) -> Option<Likeness> {
        if self.exact == other.exact && self.chars == other.chars {
            return (self.chars >= EXACT_CHARS_MIN).then_some(Likeness::Equal);
        }
        let shorter = self.grams.len().min(other.grams.len());
        if shorter == 0 || self.shared_at_most(other) < self.shared_at_least(other) {
            return None;
        }
        let shared = shared(&self.grams, &other.grams);
        let jaccard = shared as f32 / (self.grams.len() + other.grams.len() - shared) as f32;
        if jaccard >= JACCARD_MIN {
            return Some(Likeness::Jaccard(jaccard));
        }
        let containment = shared as f32 / shorter as f32;
        (containment >= CONTAINMENT_MIN && shorter >= CONTAINMENT_GRAMS_MIN).then_some(Likeness::Contained(containment))
    }

    /// A bound on the 2-grams that the two share: each has its bit in both sketches, and no more of them can be there
    /// than bits in common and 2-grams that have their bit together with another.
    fn shared_at_most(&self, other: &Self) -> usize {
        let ones = |words: &[u64; SKETCH_WORDS]| words.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        let common = ones(&std::array::from_fn(|at| self.sketch[at] & other.sketch[at]));
        let doubled = |print: &Self| print.grams.len() - ones(&print.sketch);
        common + doubled(self).min(doubled(other))
    }

    /// The 2-grams that two copies must share, by the weaker of the two conditions; rounded down, so that it never
    /// decides against the exact comparison.
    fn shared_at_least(&self, other: &Self) -> usize {
        let (a, b) = (self.grams.len(), other.grams.len());
        let by_jaccard = (a + b) as f32 * JACCARD_MIN / (1.0 + JACCARD_MIN);
        let by_containment = a.min(b) as f32 * CONTAINMENT_MIN;
        by_jaccard.min(by_containment) as usize
    }
}

/// Letters, digits and characters only, in their plain form; no addresses, no `@name`, no "转发微博".
fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.split_whitespace()
        .filter(|word| !word.starts_with("http://") && !word.starts_with("https://"))
        .flat_map(without_names)
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
}

/// A word without the `@name` parts of a repost (`//@某某：`).
fn without_names(word: &str) -> impl Iterator<Item = char> + '_ {
    let mut in_name = false;
    word.chars().filter(move |&c| {
        if c == '@' {
            in_name = true;
        } else if in_name && !(c.is_alphanumeric() || c == '_' || c == '-') {
            in_name = false;
            return false;
        }
        !in_name
    })
}

fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    shared
}

fn sketch(grams: &[u32]) -> [u64; SKETCH_WORDS] {
    let mut words = [0; SKETCH_WORDS];
    for gram in grams {
        let bit = *gram as usize % (64 * SKETCH_WORDS);
        words[bit / 64] |= 1 << (bit % 64);
    }
    words
}

fn bands(grams: &[u32]) -> Box<[u64]> {
    if grams.is_empty() {
        return Box::default();
    }
    let mut rows = [u32::MAX; BANDS * ROWS];
    for &gram in grams {
        let mut seed = 0x9e37_79b9_u32;
        for row in &mut rows {
            *row = (*row).min(mix32(gram, seed));
            seed = seed.wrapping_add(0x9e37_79b9);
        }
    }
    rows.chunks_exact(ROWS)
        .enumerate()
        .map(|(band, rows)| {
            rows.iter().fold(band as u64 ^ 0x51_7c_c1_b7, |hash, &row| {
                (hash.rotate_left(5) ^ u64::from(row)).wrapping_mul(0x517c_c1b7_2722_0a95)
            })
        })
        .collect()
}

/// Mixes two words into one; a good avalanche is what makes the rows independent of each other.
const fn mix32(a: u32, b: u32) -> u32 {
    let mut x = a.wrapping_mul(0x85eb_ca6b) ^ b.wrapping_mul(0xc2b2_ae35);
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Copies by their bands. `K` is what a copy belongs to, `F` what is to be known of it besides.
#[derive(Debug)]
pub struct CopyIndex<K, F = ()> {
    copies: Vec<Option<Copy<K, F>>>,
    bands: HashMap<u64, Vec<u32>>,
    gone: usize,
}

#[derive(Debug)]
struct Copy<K, F> {
    of: K,
    facts: F,
    print: Print,
}

/// A copy that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<K> {
    /// What it belongs to.
    pub of: K,
    /// How like it is.
    pub likeness: Likeness,
}

impl<K, F> Default for CopyIndex<K, F> {
    fn default() -> Self {
        Self { copies: Vec::new(), bands: HashMap::new(), gone: 0 }
    }
}

impl<K: std::marker::Copy + Eq, F> CopyIndex<K, F> {
    /// The likest copy among those that `wanted` admits; the earliest of equals.
    pub fn find(&self, print: &Print, mut wanted: impl FnMut(K, &F) -> bool) -> Option<Found<K>> {
        let mut hits: Vec<u32> = keys(print)
            .filter_map(|key| self.bands.get(&key))
            .flat_map(|members| members.iter().rev().take(COMPARED_PER_BAND_MAX).copied())
            .collect();
        hits.sort_unstable();
        hits.dedup();
        let mut best: Option<Found<K>> = None;
        for at in hits {
            let Some(copy) = self.copies[at as usize].as_ref().filter(|copy| wanted(copy.of, &copy.facts)) else {
                continue;
            };
            let Some(likeness) = print.likeness(&copy.print) else { continue };
            if best.is_none_or(|found| likeness.score() > found.likeness.score()) {
                best = Some(Found { of: copy.of, likeness });
            }
        }
        best
    }

    /// Adds a copy, unless one that is as good as the same is there already. Says whether it did.
    pub fn insert(&mut self, of: K, facts: F, print: &Print) -> bool {
        if print.chars < EXACT_CHARS_MIN {
            return false;
        }
        if self.find(print, |k, _| k == of).is_some_and(|found| match found.likeness {
            Likeness::Equal => true,
            Likeness::Jaccard(score) => score >= SAME_COPY_MIN,
            Likeness::Contained(_) => false,
        }) {
            return false;
        }
        let Ok(at) = u32::try_from(self.copies.len()) else { return false };
        for key in keys(print) {
            self.bands.entry(key).or_default().push(at);
        }
        self.copies.push(Some(Copy { of, facts, print: print.clone() }));
        true
    }

    /// Takes out this one copy, the newest if there are several. Says whether it was there.
    pub fn remove(&mut self, of: K, print: &Print) -> bool {
        let last = self
            .copies
            .iter_mut()
            .rev()
            .find(|slot| slot.as_ref().is_some_and(|copy| copy.of == of && copy.print == *print));
        let found = last.is_some();
        if let Some(slot) = last {
            *slot = None;
            self.gone += 1;
        }
        found
    }

    /// Drops every copy that `wanted` does not admit.
    pub fn retain(&mut self, mut wanted: impl FnMut(K) -> bool) {
        for slot in &mut self.copies {
            if slot.as_ref().is_some_and(|copy| !wanted(copy.of)) {
                *slot = None;
                self.gone += 1;
            }
        }
        if self.gone * 2 > self.copies.len() {
            let kept: Vec<_> = std::mem::take(&mut self.copies).into_iter().flatten().collect();
            self.bands.clear();
            self.gone = 0;
            for (at, copy) in kept.iter().enumerate() {
                for key in keys(&copy.print) {
                    self.bands.entry(key).or_default().push(at as u32);
                }
            }
            self.copies = kept.into_iter().map(Some).collect();
        }
    }

    /// How many copies it holds.
    pub fn held(&self) -> usize {
        self.copies.len() - self.gone
    }
}

/// The bands, or for a short text the text itself.
fn keys(print: &Print) -> impl Iterator<Item = u64> + '_ {
    let exact = print.bands.is_empty().then_some(print.exact ^ 0x0e0a_c700);
    exact.into_iter().chain(print.bands.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "昨晚十点多在昭亭路的夜市，有人往下水道里倒了一整桶油，味道特别大，旁边就是幼儿园，有没有人管管";

    fn like(a: &str, b: &str) -> Option<Likeness> {
        Print::new("", a).likeness(&Print::new("", b))
    }

    fn find(index: &CopyIndex<u8>, text: &str) -> Option<u8> {
        index.find(&Print::new("", text), |_, ()| true).map(|found| found.of)
    }

    #[test]
    fn an_edited_repost_is_a_copy() {
        let mut index = CopyIndex::default();
        index.insert(1, (), &Print::new("", POST));
        let edited = POST.replace("昨晚十点多", "昨天晚上").replace("一整桶", "几桶").replace("管管", "来管一下");
        assert_eq!(find(&index, &edited), Some(1));
        assert_eq!(find(&index, &format!("//@宣城小李：{POST} http://t.cn/abc")), Some(1));
        assert_eq!(find(&index, "今天夜市的小龙虾不错，就是停车太难了，转了三圈才找到位子，下回还是坐公交来吧"), None);
    }

    #[test]
    fn a_quotation_is_contained_a_phrase_is_not() {
        let long = format!(
            "各位邻居注意了。{POST}。以上是业主群里看到的，大家这几天出门留神，已经打过市长热线，还没有人回电话，\
             物业说不归他们管，社区说要等街道的通知，街道的电话一直占线，先把经过写在这里，等有了消息再来补充。"
        );
        assert!(matches!(like(POST, &long), Some(Likeness::Contained(_) | Likeness::Jaccard(_))));
        assert_eq!(like("有没有人管管这件事情啊", &long), None);
    }

    #[test]
    fn short_texts_repeat_only_when_equal() {
        assert_eq!(like("停水三天了谁管", "停水三天了没人管"), None);
        assert_eq!(like("又停水三天了谁来管", "又停水三天了，谁来管？"), Some(Likeness::Equal));
        assert_eq!(like("转发微博", "转发微博"), None, "it is about nothing");
    }

    #[test]
    fn a_short_text_is_compared_with_its_title() {
        let a = Print::new("阳德路路灯坏了半个月没人修", "如题，请尽快处理");
        let b = Print::new("状元路公交站牌被撞倒", "如题，请尽快处理");
        assert_eq!(a.likeness(&b), None);
        assert_eq!(a.likeness(&a.clone()), Some(Likeness::Equal));
    }

    #[test]
    fn a_wave_of_copies_is_kept_once_and_leaves_whole() {
        let mut index = CopyIndex::default();
        let print = Print::new("", POST);
        assert!(index.insert(1, (), &print));
        assert!((0..100).all(|_| !index.insert(1, (), &print)));
        assert!(index.insert(2, (), &print), "of another incident");
        assert_eq!(index.held(), 2);
        index.remove(1, &print);
        assert_eq!(find(&index, POST), Some(2));
        index.retain(|of| of != 2);
        assert_eq!((index.held(), find(&index, POST)), (0, None));
    }

    #[test]
    fn the_sketch_never_decides_against_the_comparison() {
        // Texts of shared clauses in every measure of overlap, short and long: whoever is a copy passes the sketch.
        let clauses: Vec<String> = POST
            .split('，')
            .map(str::to_owned)
            .chain((0..60).map(|n| format!("第{n}户的{}号表{}天没有抄", n * 37, n % 7)))
            .collect();
        let prints: Vec<Print> = (0..60u32)
            .map(|n| {
                let taken = clauses.iter().enumerate().filter(|(at, _)| mix32(n, *at as u32) % 60 < n);
                Print::new("", &taken.map(|(_, clause)| clause.as_str()).collect::<Vec<_>>().join("，"))
            })
            .collect();
        let (mut copies, mut told_apart) = (0, 0);
        for a in &prints {
            for b in prints.iter().filter(|b| !a.grams.is_empty() && !b.grams.is_empty() && a.exact != b.exact) {
                let shared = shared(&a.grams, &b.grams);
                assert!(shared <= a.shared_at_most(b), "{} and {} grams", a.grams.len(), b.grams.len());
                match a.likeness(b) {
                    Some(_) => {
                        copies += 1;
                        assert!(shared >= a.shared_at_least(b));
                    }
                    None => told_apart += usize::from(a.shared_at_most(b) < a.shared_at_least(b)),
                }
            }
        }
        assert!(copies > 100 && told_apart > 100, "{copies} copies, {told_apart} told apart");
    }

    #[test]
    fn most_edits_are_found() {
        // Seeded edits of one post: three characters replaced anywhere. Recall by the bands must not fall below .97.
        let chars: Vec<char> = POST.chars().collect();
        let mut index = CopyIndex::default();
        index.insert(1u8, (), &Print::new("", POST));
        let mut seed = 7u32;
        let mut next = |below: usize| {
            seed = mix32(seed, 0x1234_5678);
            seed as usize % below
        };
        let found = (0..500)
            .filter(|_| {
                let mut edited = chars.clone();
                for _ in 0..3 {
                    let at = next(edited.len());
                    edited[at] = chars[next(chars.len())];
                }
                find(&index, &edited.into_iter().collect::<String>()).is_some()
            })
            .count();
        assert!(found >= 485, "{found} of 500");
    }
}
