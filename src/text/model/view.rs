//! What the model sees of a text: its features, each a bucket of the table.
//!
//! Characters alone can't tell 麻烦 from 烦, words alone don't know what nobody has written before: both are looked at.

use std::collections::HashSet;

use super::layout::BUCKET_BITS;

/// Characters that are looked at: the beginning says what a text is, and a long one must not cost more than others.
pub const CHARS_MAX: usize = 2000;
/// Longest n-gram.
const GRAM_CHARS_MAX: usize = 3;
/// How often a word of the title counts in the topical view.
const TITLE_COUNT: u32 = 2;
/// 2^64 divided by the golden ratio: one multiplication spreads the keys well enough, none is chosen by a stranger.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Words that say nothing of a matter.
pub type StopWords = HashSet<&'static str>;

/// A text's features in both views.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// Distinct buckets of its n-grams and words.
    pub plain: Vec<u32>,
    /// Buckets of the n-grams and words of its matter, with how often each stands there.
    pub topical: Vec<(u32, u32)>,
}

impl Features {
    /// Looks at a document; `title` and `body` are its words in order, punctuation among them.
    pub fn of(full: &str, title: &[&str], body: &[&str], stop: &StopWords) -> Self {
        let mut plain = Bag::with_room_for(full.len().min(4 * CHARS_MAX));
        let mut window = Window::default();
        for c in full.chars().filter(|c| !c.is_whitespace()).take(CHARS_MAX) {
            window.push(c, |bucket| plain.add(bucket, 1));
        }
        let words = title.len() + body.len();
        let mut topical = Bag::with_room_for(8 * words.min(CHARS_MAX));
        let counted = title.iter().map(|word| (*word, TITLE_COUNT)).chain(body.iter().map(|word| (*word, 1)));
        let mut chars = 0;
        for (word, count) in counted {
            chars += word.len() / 3;
            if chars > CHARS_MAX {
                break;
            }
            let bucket = word_bucket(word);
            plain.add(bucket, 1);
            if !tells(word, stop) {
                continue;
            }
            topical.add(bucket, count);
            let mut window = Window::default();
            word.chars().for_each(|c| window.push(c, |bucket| topical.add(bucket, count)));
        }
        Self { plain: plain.entries.into_iter().map(|(bucket, _)| bucket).collect(), topical: topical.entries }
    }
}

/// Whether a word can say what a text is about.
fn tells(word: &str, stop: &StopWords) -> bool {
    word.chars().nth(1).is_some() && word.chars().any(char::is_alphabetic) && !stop.contains(word)
}

/// The bucket of an n-gram of up to three characters; digits are all one.
pub fn gram_bucket(chars: &[char]) -> u32 {
    let key = chars.iter().fold(0u64, |key, c| key << 21 | u64::from(u32::from(folded(*c))));
    spread(key)
}

/// The bucket of a word.
pub fn word_bucket(word: &str) -> u32 {
    // FNV-1a; the final constant keeps words of one to three characters apart from n-grams.
    let hash = word
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    spread(hash ^ 0x5bd1_e995)
}

fn folded(c: char) -> char {
    if c.is_ascii_digit() { '0' } else { c }
}

fn spread(key: u64) -> u32 {
    (key.wrapping_mul(SPREAD) >> (64 - BUCKET_BITS)) as u32
}

/// The last three characters read.
#[derive(Default)]
struct Window {
    key: u64,
    filled: usize,
}

impl Window {
    fn push(&mut self, c: char, mut gram: impl FnMut(u32)) {
        self.key = (self.key << 21 | u64::from(u32::from(folded(c)))) & ((1 << 63) - 1);
        self.filled = (self.filled + 1).min(GRAM_CHARS_MAX);
        for n in 1..=self.filled {
            gram(spread(self.key & ((1 << (21 * n)) - 1)));
        }
    }
}

/// Buckets in the order of their first appearance, each with its count: an open hash table beside a list.
struct Bag {
    /// Number of an entry plus one; 0 is free.
    slots: Vec<u32>,
    entries: Vec<(u32, u32)>,
}

impl Bag {
    fn with_room_for(features: usize) -> Self {
        let slots = (2 * features.max(16)).next_power_of_two();
        Self { slots: vec![0; slots], entries: Vec::with_capacity(features) }
    }

    fn add(&mut self, bucket: u32, count: u32) {
        if 2 * self.entries.len() >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = bucket as usize & mask;
        loop {
            match self.slots[at] {
                0 => {
                    self.entries.push((bucket, count));
                    self.slots[at] = self.entries.len() as u32;
                    return;
                }
                entry => {
                    let (known, sum) = &mut self.entries[entry as usize - 1];
                    if *known == bucket {
                        *sum += count;
                        return;
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = 2 * self.slots.len() - 1;
        self.slots = vec![0; mask + 1];
        for (n, (bucket, _)) in self.entries.iter().enumerate() {
            let mut at = *bucket as usize & mask;
            while self.slots[at] != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = n as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<u32> {
        Features::of(text, &[], &[], &StopWords::new()).plain
    }

    #[test]
    fn features_are_distinct_and_pass_over_blanks() {
        assert_eq!(plain("味道很好味道很好").len(), plain("味道很好味").len() + 1, "好味道 is the only new one");
        assert_eq!(plain("味道 很\n好"), plain("味道很好"));
        assert_eq!(plain("1号"), plain("9号"));
        let grams: Vec<u32> = [&['味'][..], &['道'], &['味', '道']].iter().map(|gram| gram_bucket(gram)).collect();
        assert_eq!(plain("味道"), [grams[0], grams[1], grams[2]]);
    }

    #[test]
    fn words_are_counted_where_they_tell_something() {
        let stop: StopWords = ["我们"].into_iter().collect();
        let features = Features::of("停水", &["停水"], &["停水", "我们", "，", "3"], &stop);
        let count = |word| features.topical.iter().find(|(bucket, _)| *bucket == word_bucket(word)).map(|(_, n)| *n);
        assert_eq!((count("停水"), count("我们"), count("，")), (Some(TITLE_COUNT + 1), None, None));
    }

    #[test]
    fn a_bag_grows_and_keeps_counts() {
        let mut bag = Bag::with_room_for(1);
        (0..1000).for_each(|n| bag.add(n * 7919 % 500, 1));
        assert_eq!((bag.entries.len(), bag.entries.iter().all(|(_, count)| *count == 2)), (500, true));
    }
}
