//! Groups by what they have in common with a mention. A look-up costs the same whether a thousand groups are held or a
//! million mentions came in: it reads so many entries and no more, the most telling keys first.

use std::collections::HashMap;

use super::features::{Shape, Share};
use super::group::GroupId;

/// Words of the matter under which a mention stands.
const MATTER_WORDS_MAX: usize = 16;
/// Words of the whole under which it stands besides: names that no list has.
const WHOLE_WORDS_MAX: usize = 8;
/// Words that are paired with a place: what is about the same at one place is found, however many matters the place has.
const PAIRED_WORDS_MAX: usize = 6;
/// Places that are paired.
const PAIRED_SITES_MAX: usize = 3;
/// Groups that are kept under a key, the newest.
const GROUPS_PER_KEY_MAX: usize = 256;
/// Entries that one look-up reads.
const ENTRIES_READ_MAX: usize = 1_024;
/// Groups that one look-up gives, those with the most keys in common.
const GROUPS_FOUND_MAX: usize = 24;

/// Most keys have one group: no heap for them.
#[derive(Debug)]
enum Posting {
    One(GroupId),
    Many(Vec<GroupId>),
}

impl Posting {
    fn groups(&self) -> &[GroupId] {
        match self {
            Self::One(group) => std::slice::from_ref(group),
            Self::Many(groups) => groups,
        }
    }
}

/// Groups by key.
#[derive(Debug, Default)]
pub struct Index {
    postings: HashMap<u64, Posting>,
}

impl Index {
    /// Puts a group under the keys of one of its mentions; unless `whole`, only under those that are in use.
    pub fn insert(&mut self, group: GroupId, shape: &Shape, whole: bool) {
        for key in keys(shape) {
            if !whole && !self.postings.contains_key(&key) {
                continue;
            }
            let posting = self.postings.entry(key).or_insert(Posting::One(group));
            // The same group comes again with each of its mentions: the newest entries are where it stands.
            if posting.groups().iter().rev().take(PAIRED_WORDS_MAX).any(|held| *held == group) {
                continue;
            }
            match posting {
                Posting::One(first) => *posting = Posting::Many(vec![*first, group]),
                Posting::Many(groups) => {
                    if groups.len() >= 2 * GROUPS_PER_KEY_MAX {
                        groups.drain(..GROUPS_PER_KEY_MAX);
                    }
                    groups.push(group);
                }
            }
        }
    }

    /// The groups that have the most in common with a mention, of those that are `wanted`.
    pub fn find(&self, shape: &Shape, mut wanted: impl FnMut(GroupId) -> bool) -> Vec<GroupId> {
        let mut postings: Vec<&[GroupId]> =
            keys(shape).into_iter().filter_map(|key| self.postings.get(&key)).map(Posting::groups).collect();
        postings.sort_by_key(|groups| groups.len());
        let mut found: HashMap<GroupId, Option<u32>> = HashMap::new();
        let mut left = ENTRIES_READ_MAX;
        for groups in postings {
            let read = groups.len().min(left).min(GROUPS_PER_KEY_MAX);
            left -= read;
            for group in groups.iter().rev().take(read) {
                if let Some(count) = found.entry(*group).or_insert_with(|| wanted(*group).then_some(0)) {
                    *count += 1;
                }
            }
        }
        let mut found: Vec<(u32, GroupId)> =
            found.into_iter().filter_map(|(group, count)| Some((count?, group))).collect();
        found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(GROUPS_FOUND_MAX);
        found.into_iter().map(|(_, group)| group).collect()
    }

    /// Drops what `wanted` does not admit.
    pub fn retain(&mut self, mut wanted: impl FnMut(GroupId) -> bool) {
        self.postings.retain(|_, posting| match posting {
            Posting::One(group) => wanted(*group),
            Posting::Many(groups) => {
                groups.retain(|group| wanted(*group));
                !groups.is_empty()
            }
        });
    }
}

/// The keys of a mention: its heaviest words, and each of its places with the heaviest words of its matter.
fn keys(shape: &Shape) -> Vec<u64> {
    let mut by_matter: Vec<&Share> = shape.shares.iter().filter(|share| share.matter() > 0.0).collect();
    by_matter.sort_by(|a, b| b.matter().total_cmp(&a.matter()).then(a.hash.cmp(&b.hash)));
    by_matter.truncate(MATTER_WORDS_MAX);
    let mut by_whole: Vec<&Share> =
        shape.shares.iter().filter(|share| share.whole > 0.0 && !by_matter.contains(share)).collect();
    by_whole.sort_by(|a, b| b.whole.total_cmp(&a.whole).then(a.hash.cmp(&b.hash)));
    by_whole.truncate(WHOLE_WORDS_MAX);
    let mut keys: Vec<u64> = by_matter.iter().chain(&by_whole).map(|share| share.hash).collect();
    for site in shape.facts.sites.iter().filter(|site| site.is_near()).take(PAIRED_SITES_MAX) {
        let place = site.hash().rotate_left(17);
        keys.extend(by_matter.iter().take(PAIRED_WORDS_MAX).map(|share| place ^ share.hash));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}
