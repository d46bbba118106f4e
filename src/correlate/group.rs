//! A group of mentions about one matter: an incident's, or mentions that may become one.
//!
//! Whatever its size, a group keeps the centre of all its mentions, and a few of them one by one: who joins must be like
//! the centre *and* like somebody in particular. A centre alone ends up in the middle of everything.

use std::collections::HashMap;

use super::features::{Shape, Share};
use super::spread::Spread;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::{Instant, Span};

/// Words that a group's centre keeps.
const CENTRE_WORDS_MAX: usize = 512;
/// The centre is cut back to [`CENTRE_WORDS_MAX`] when it has grown to this.
const CENTRE_WORDS_GROWN: usize = 1024;
/// Mentions that a group keeps one by one: the first ones, and of the later ones the newest.
const MEMBERS_KEPT_MAX: usize = 12;
/// Of these, the first ones, which are never replaced: they say what the matter was.
const FIRST_MEMBERS_KEPT: usize = 4;
/// Mentions that a person took out, kept one by one, the newest.
const TAKEN_OUT_MAX: usize = 8;
/// Mentions that a group below the bar remembers.
const WAITING_MAX: usize = 256;

/// A group's number, rising, never used twice in one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub(super) u64);

/// A mention that waits for others that say the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Which.
    pub mention: MentionId,
    /// When it was written, or else received.
    pub at: Instant,
    /// Keyed hash of its author.
    pub author: Option<String>,
    /// Whether its board shows an answer.
    pub answered: bool,
    /// A copy of an earlier one: it is no further voice.
    pub copy: bool,
}

/// What a group is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// An incident's mentions; its id is known as soon as the store has given one.
    Incident {
        /// Which.
        id: Option<IncidentId>,
        /// Only an open one takes mentions by likeness.
        open: bool,
    },
    /// Letters that are no incident yet.
    Letters(Vec<Waiting>),
    /// Posts below the bar that are no incident yet.
    Posts(Vec<Waiting>),
}

/// A group of mentions about one matter.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is.
    pub kind: Kind,
    /// Sum of its mentions' shares, of the whole and of the matter; empty while it has one mention.
    centre: HashMap<u64, (f32, f32)>,
    /// Squares of the centre's lengths.
    squares: (f32, f32),
    /// Mentions kept one by one.
    members: Vec<Shape>,
    /// Mentions that a person said are not of it.
    taken_out: Vec<Shape>,
    /// How many it has taken in.
    count: u64,
    /// Copies that stand in the index for it.
    pub copies: usize,
    /// Written first and last.
    first: Instant,
    last: Instant,
    /// Received last, for forgetting.
    pub seen: Instant,
    /// Reach.
    pub spread: Spread,
}

/// Cosines with a group's centre.
#[derive(Clone, Copy, Debug)]
pub struct Cosines {
    /// Of the whole texts.
    pub whole: f32,
    /// Of their matter.
    pub matter: f32,
}

impl Group {
    /// An empty one.
    pub fn new(kind: Kind, at: Instant, seen: Instant) -> Self {
        Self {
            kind,
            centre: HashMap::new(),
            squares: (0.0, 0.0),
            members: Vec::new(),
            taken_out: Vec::new(),
            count: 0,
            copies: 0,
            first: at,
            last: at,
            seen,
            spread: Spread::default(),
        }
    }

    /// Takes a mention in.
    pub fn add(&mut self, shape: &Shape, at: Instant, seen: Instant) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        self.seen = self.seen.max(seen);
        self.count += 1;
        if self.members.len() == 1 && self.centre.is_empty() {
            let only = self.members[0].shares.clone();
            self.gather(&only);
        }
        if !self.members.is_empty() {
            self.gather(&shape.shares);
            self.cut_back();
        }
        if self.members.len() >= MEMBERS_KEPT_MAX {
            self.members.remove(FIRST_MEMBERS_KEPT);
        }
        self.members.push(shape.clone());
    }

    fn gather(&mut self, shares: &[Share]) {
        for share in shares {
            let (whole, matter) = self.centre.entry(share.hash).or_default();
            self.squares.0 += 2.0 * *whole * share.whole + share.whole * share.whole;
            self.squares.1 += 2.0 * *matter * share.matter() + share.matter() * share.matter();
            *whole += share.whole;
            *matter += share.matter();
        }
    }

    /// Takes a mention out again, as far as it is still kept.
    pub fn remove(&mut self, shape: &Shape) {
        self.count = self.count.saturating_sub(1);
        if let Some(at) = self.members.iter().rposition(|member| member.shares == shape.shares) {
            self.members.remove(at);
        }
        if self.members.is_empty() {
            self.centre.clear();
            self.squares = (0.0, 0.0);
            return;
        }
        for share in &shape.shares {
            if let Some((whole, matter)) = self.centre.get_mut(&share.hash) {
                self.squares.0 += share.whole * share.whole - 2.0 * *whole * share.whole;
                self.squares.1 += share.matter() * share.matter() - 2.0 * *matter * share.matter();
                *whole -= share.whole;
                *matter -= share.matter();
            }
        }
    }

    /// A person said that this mention is not of it.
    pub fn take_out(&mut self, shape: &Shape) {
        if self.taken_out.len() >= TAKEN_OUT_MAX {
            self.taken_out.remove(0);
        }
        self.taken_out.push(shape.clone());
    }

    /// Keeps the heaviest words: a group of ten thousand long letters must not hold all their words.
    fn cut_back(&mut self) {
        if self.centre.len() < CENTRE_WORDS_GROWN {
            return;
        }
        let mut words: Vec<(u64, (f32, f32))> = self.centre.drain().collect();
        let heaviest = |(whole, matter): (f32, f32)| whole.max(matter);
        words.sort_unstable_by(|a, b| heaviest(b.1).total_cmp(&heaviest(a.1)).then(a.0.cmp(&b.0)));
        words.truncate(CENTRE_WORDS_MAX);
        let square = |of: fn(&(f32, f32)) -> f32| words.iter().map(|(_, weight)| of(weight) * of(weight)).sum();
        self.squares = (square(|weight| weight.0), square(|weight| weight.1));
        self.centre = words.into_iter().collect();
    }

    /// How many mentions it has taken in.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Weight of a word among its mentions.
    pub fn weight(&self, hash: u64) -> f32 {
        if self.centre.is_empty() {
            let of = |shape: &Shape| shape.shares.iter().find(|share| share.hash == hash).copied();
            return self.members.first().and_then(of).map_or(0.0, |share| share.whole.max(share.matter()));
        }
        self.centre.get(&hash).map_or(0.0, |(whole, matter)| whole.max(*matter))
    }

    /// The mentions that it keeps one by one.
    pub fn members(&self) -> &[Shape] {
        &self.members
    }

    /// The mentions that a person took out.
    pub fn taken_out(&self) -> &[Shape] {
        &self.taken_out
    }

    /// How like the centre a mention is.
    pub fn cosines(&self, shape: &Shape) -> Cosines {
        if self.centre.is_empty() {
            let only = self.members.first().map_or(&[][..], |only| &only.shares);
            let (whole, matter, _) = dots(&shape.shares, only);
            return Cosines { whole, matter };
        }
        let (mut whole, mut matter) = (0.0, 0.0);
        for share in &shape.shares {
            if let Some(weight) = self.centre.get(&share.hash) {
                whole += weight.0 * share.whole;
                matter += weight.1 * share.matter();
            }
        }
        let by = |dot: f32, square: f32| if square > 0.0 { dot / square.sqrt() } else { 0.0 };
        Cosines { whole: by(whole, self.squares.0), matter: by(matter, self.squares.1) }
    }

    /// Whether a mention of that instant lies within the window of its mentions.
    pub fn near(&self, at: Instant, window: Span) -> bool {
        at >= self.first - window && at <= self.last + window
    }

    /// Remembers a mention that waits, the latest [`WAITING_MAX`] of them.
    pub fn wait(&mut self, waiting: Waiting) {
        if let Kind::Letters(all) | Kind::Posts(all) = &mut self.kind {
            if all.len() >= WAITING_MAX {
                all.remove(0);
            }
            all.push(waiting);
        }
    }

    /// The mentions that wait, written within a time of that instant.
    pub fn waiting(&self, at: Instant, within: Span) -> Vec<Waiting> {
        match &self.kind {
            Kind::Letters(all) | Kind::Posts(all) => {
                all.iter().filter(|one| one.at + within >= at && one.at <= at + within).cloned().collect()
            }
            Kind::Incident { .. } => Vec::new(),
        }
    }
}

/// Products of two texts' shares: of the whole, of the matter, and of that part of the matter that says what happened.
pub fn dots(a: &[Share], b: &[Share]) -> (f32, f32, f32) {
    let (mut i, mut j) = (0, 0);
    let (mut whole, mut matter, mut what) = (0.0, 0.0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].hash.cmp(&b[j].hash) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                whole += a[i].whole * b[j].whole;
                let product = a[i].matter() * b[j].matter();
                matter += product;
                if a[i].tells_what() && b[j].tells_what() {
                    what += product;
                }
                i += 1;
                j += 1;
            }
        }
    }
    (whole, matter, what)
}
