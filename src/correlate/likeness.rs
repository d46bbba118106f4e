//! Whether a mention and a group are about one matter.
//!
//! Place *and* matter have to agree: what the two have in common has to lie in the words that are neither place nor number
//! nor harm done, and some of it in what happened. Another place, another subject or another event says no, whatever the
//! words say. It must be like the centre of the group and like one of its mentions in particular.

use super::features::{Facts, Shape, Share};
use super::group::{Cosines, Group, dots};
use super::matter::{Agreement, Lengths, Matters};
use super::site::{Relation, relation};
use crate::domain::correlation::SameMatter;

/// One mention of the group must be so near, in parts of what the centre must.
const IN_PARTICULAR: f32 = 0.7;
/// What the two have in common of what happened, at least.
const WHAT_MIN: f32 = 0.02;
/// Two long texts say so much that place and subject show in the words: this part of the threshold without a place.
const LONG: f32 = 0.75;
/// Without a common place, the whole texts must be as like as this part of what their matter must.
const WHOLE_WITHOUT_PLACE: f32 = 0.83;
/// From this share of the likeness that is asked for, a matter at the same place is offered to a person.
const NEARLY: f32 = 0.85;

/// From this likeness of their matter on, short texts at one place need no further words in common: they say it alike.
const CLOSE: f32 = 0.5;

/// What comes of comparing a mention with a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// One matter; the likeness, to compare.
    Same {
        /// For choosing among several, 0–4.
        rank: f32,
        /// To be told, 0–1.
        likeness: f32,
    },
    /// It may be one: near the centre and nobody in particular, or where the same body is concerned but nothing says that
    /// the same happened. A person decides.
    Perhaps {
        /// To be told, 0–1.
        likeness: f32,
    },
    /// Another matter.
    Other,
}

/// How two texts compare.
enum Pair {
    /// Alike; how much.
    Alike(f32),
    /// They may be.
    Perhaps,
    /// Not enough in common.
    Unlike,
    /// Another place or subject.
    Vetoed,
}

/// Compares a mention with a group.
pub fn compare(shape: &Shape, group: &Group, rules: &SameMatter, matters: &Matters) -> Verdict {
    let centre = group.cosines(shape);
    let mut best: Option<f32> = None;
    let mut perhaps = false;
    let mut all_vetoed = true;
    for member in group.members() {
        match pair(shape, member, centre, rules, matters) {
            Pair::Alike(rank) => best = Some(best.map_or(rank, |known: f32| known.max(rank))),
            Pair::Perhaps => perhaps = true,
            Pair::Unlike => {}
            Pair::Vetoed => continue,
        }
        all_vetoed = false;
    }
    if taken_out(shape, group) {
        return Verdict::Other;
    }
    let likeness = centre.matter.min(1.0);
    match best {
        Some(rank) => Verdict::Same { rank: rank / 2.0 + centre.matter + centre.whole, likeness },
        None if perhaps || !all_vetoed && near(centre, rules) => Verdict::Perhaps { likeness },
        None => Verdict::Other,
    }
}

/// Whether a copy of a text of these facts is of the same place and subject. Copies differ in little, but it may be the word
/// that decides.
pub fn copy_admitted(facts: &Facts, copy: &Facts, matters: &Matters) -> bool {
    relation(&facts.sites, &copy.sites) != Relation::Other && !matters.copies_differ(&facts.about, &copy.about)
}

/// Whether a mention is liker to one that a person took out of the group than to those in it.
pub fn taken_out(shape: &Shape, group: &Group) -> bool {
    let nearest = |shapes: &[Shape]| shapes.iter().map(|other| nearness(shape, other)).fold(0.0, f32::max);
    let out = nearest(group.taken_out());
    out > 0.0 && out >= nearest(group.members())
}

fn nearness(a: &Shape, b: &Shape) -> f32 {
    let (whole, matter, _) = dots(&a.shares, &b.shares);
    whole + matter
}

fn near(centre: Cosines, rules: &SameMatter) -> bool {
    centre.matter >= rules.from_without_place as f32 && centre.whole >= rules.from as f32
}

/// How much more likeness is asked of two short texts at one place, by how far their classes agree.
const fn asked(agreement: Agreement) -> f32 {
    match agreement {
        Agreement::Problem => 1.0,
        Agreement::Subject => 1.2,
        Agreement::Nothing => 1.6,
        Agreement::Apart => 2.0,
    }
}

/// How many telling words two short texts must have in common. At no common place one of them may be a name that no list
/// has and no shape gives away.
const fn words_asked(agreement: Agreement, place: Relation) -> usize {
    match (agreement, matches!(place, Relation::Same)) {
        (Agreement::Problem, true) => 0,
        (Agreement::Problem, false) | (Agreement::Subject | Agreement::Nothing, true) => 2,
        (Agreement::Subject, false) | (Agreement::Apart, true) => 3,
        (Agreement::Nothing, false) => 4,
        (Agreement::Apart, false) => 5,
    }
}

/// Words that say what happened and stand in both; those that stand beside each other in both count as one: they may be the
/// pieces of a name.
fn telling(a: &Shape, b: &Shape) -> usize {
    let says = |share: &Share| share.whole > 0.0 && share.tells_what();
    let (ours, theirs) = (&a.shares, &b.shares);
    let both =
        |share: &&Share| theirs.binary_search_by_key(&share.hash, |other| other.hash).is_ok_and(|at| says(&theirs[at]));
    let words = ours.iter().filter(|share| says(share)).filter(both).count();
    let beside = a.facts.beside.iter().filter(|pair| b.facts.beside.binary_search(pair).is_ok()).count();
    words.saturating_sub(beside)
}

fn pair(shape: &Shape, member: &Shape, centre: Cosines, rules: &SameMatter, matters: &Matters) -> Pair {
    let (a, b) = (&*shape.facts, &*member.facts);
    let place = relation(&a.sites, &b.sites);
    let lengths = if a.short || b.short { Lengths::Short } else { Lengths::Long };
    if place == Relation::Other || matters.differ(&a.about, &b.about, lengths) {
        return Pair::Vetoed;
    }
    let (from, without) = (rules.from as f32, rules.from_without_place as f32);
    let agreement = a.about.agreement(&b.about);
    let (from_matter, from_whole) = match (place, lengths) {
        (Relation::Same, Lengths::Short) => (from * asked(agreement), from),
        (Relation::Same, Lengths::Long) => (from, from),
        (_, Lengths::Long) => (without * LONG, without * WHOLE_WITHOUT_PLACE * LONG),
        (_, Lengths::Short) => (without, without * WHOLE_WITHOUT_PLACE),
    };
    let (whole, matter, what) = dots(&shape.shares, &member.shares);
    let alike = matter >= from_matter * IN_PARTICULAR
        && whole >= from_whole * IN_PARTICULAR
        && centre.matter >= from_matter
        && centre.whole >= from_whole;
    let close = lengths == Lengths::Long || place == Relation::Same && matter >= CLOSE;
    let enough = || close || telling(shape, member) >= words_asked(agreement, place);
    match alike {
        true if what >= WHAT_MIN && enough() => Pair::Alike(matter + whole),
        true if place == Relation::Same => Pair::Perhaps,
        // At the same place, and nearly alike enough: a person may know more than the words say.
        false if place == Relation::Same && centre.matter >= from * NEARLY => Pair::Perhaps,
        _ => Pair::Unlike,
    }
}
