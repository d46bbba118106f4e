//! The state of correlation and what it does with a mention.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::features::{Facts, Features, Lexicon};
use super::group::{Group, GroupId, Kind};
use super::index::Index;
use super::likeness::{Verdict, compare, copy_admitted, taken_out};
use super::near_duplicate::{CopyIndex, Likeness};
use super::noteworthy::Watchlist;
use super::{Candidate, Joined, Opened, Perhaps};
use crate::domain::correlation::Correlation;
use crate::domain::grade::Grading;
use crate::domain::ids::{IncidentId, RegionId};
use crate::domain::instant::{Instant, Span};
use crate::domain::office::CITY;
use crate::text::analysis::Sentiment;

/// Groups that are kept; closed ones and those received longest ago go first.
const GROUPS_MAX: usize = 50_000;
/// A copy across regions must be this close: boilerplate letters differ in the place alone.
const ACROSS_REGIONS_MIN: f32 = 0.9;
/// The window of what is no open incident grows to so many times its length, for copies.
const WINDOW_GROWS_TO: f32 = 4.0;
/// Copies of a group that are indexed: a matter's texts are seldom worded in more ways.
const COPIES_PER_GROUP_MAX: usize = 64;
/// Mentions of a group whose every key is indexed; later ones only refresh keys that others use, too.
const INDEXED_WHOLE_MAX: u64 = 64;
/// Placements between two tidyings.
const TIDY_EVERY: u32 = 2_048;
/// The index is swept once so many groups are gone, or a quarter of those held.
const SWEEP_AFTER: usize = 4_096;
/// Words named in a reason.
const WORDS_NAMED_MAX: usize = 3;

/// A mention that was placed in an earlier life of the process.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// The mention.
    pub candidate: Candidate<'a>,
    /// The incident that it opened or joined, and whether that is open.
    pub incident: Option<(&'a IncidentId, bool)>,
}

/// Places mentions. One to a writer node.
#[derive(Debug)]
pub struct Correlator {
    pub(super) rules: Correlation,
    pub(super) watchlist: Watchlist,
    pub(super) lexicon: Arc<Lexicon>,
    pub(super) groups: BTreeMap<GroupId, Group>,
    incidents: HashMap<IncidentId, Vec<GroupId>>,
    index: Index,
    pub(super) copies: CopyIndex<GroupId, Arc<Facts>>,
    next: u64,
    since_tidy: u32,
    gone: usize,
}

/// A group that a mention is like.
pub(super) struct Like {
    pub(super) group: GroupId,
    pub(super) how: String,
    /// Another group that it is like as well.
    pub(super) also: Option<Perhaps>,
}

/// What was found for a mention.
pub(super) enum Found {
    Like(Like),
    Perhaps(Perhaps),
    Nothing,
}

impl Correlator {
    /// With no memory.
    pub fn new(rules: Correlation, watchlist: Watchlist, lexicon: Arc<Lexicon>) -> Self {
        Self {
            rules,
            watchlist,
            lexicon,
            groups: BTreeMap::new(),
            incidents: HashMap::new(),
            index: Index::default(),
            copies: CopyIndex::default(),
            next: 1,
            since_tidy: 0,
            gone: 0,
        }
    }

    /// Goes on with other rules; what was placed stays.
    pub fn set_rules(&mut self, rules: Correlation, watchlist: Watchlist) {
        self.rules = rules;
        self.watchlist = watchlist;
    }

    /// How many groups it holds.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Opens an incident with a mention that a person or a scenario says opens one, whatever it is like.
    pub fn open(&mut self, candidate: &Candidate<'_>, how: String) -> Opened {
        let group = self.found(candidate, Kind::Incident { id: None, open: true });
        self.opened(candidate, group, Vec::new(), false, how)
    }

    /// Lets a mention join the group of an incident.
    pub fn join(&mut self, candidate: &Candidate<'_>, group: GroupId, how: String) -> Joined {
        self.take_in(candidate, group);
        let (proposal, spread) = self.proposal(group, candidate.analysis.proposal());
        let how = spread.map_or_else(|| how.clone(), |spread| format!("{how}；{spread}"));
        Joined { group, incident: self.incident_of(group), proposal, how, perhaps: None }
    }

    /// The incident of a group, once it has one.
    pub fn incident_of(&self, group: GroupId) -> Option<IncidentId> {
        match self.groups.get(&group).map(|group| &group.kind) {
            Some(Kind::Incident { id, .. }) => id.clone(),
            _ => None,
        }
    }

    /// The newest group of an incident.
    pub fn group_of(&self, incident: &IncidentId) -> Option<GroupId> {
        self.incidents.get(incident)?.iter().rev().find(|group| self.groups.contains_key(group)).copied()
    }

    /// A group of the incident: the one it has, or an empty one at the place and time of a mention that will join it.
    pub fn group_for(&mut self, incident: &IncidentId, open: bool, candidate: &Candidate<'_>) -> GroupId {
        if let Some(group) = self.group_of(incident) {
            return group;
        }
        let group = self.new_group(candidate, Kind::Incident { id: None, open });
        self.bind(group, incident);
        group
    }

    /// Whether the group is remembered.
    pub fn holds(&self, group: GroupId) -> bool {
        self.groups.contains_key(&group)
    }

    /// The store gave the group's incident its id.
    pub fn bind(&mut self, group: GroupId, incident: &IncidentId) {
        if let Some(Group { kind: Kind::Incident { id, .. }, .. }) = self.groups.get_mut(&group) {
            *id = Some(incident.clone());
            self.incidents.entry(incident.clone()).or_default().push(group);
        }
    }

    /// An incident was closed, dismissed, disposed of, reopened or restored: only an open one takes mentions by likeness.
    pub fn set_open(&mut self, incident: &IncidentId, is_open: bool) {
        for group in self.incidents.get(incident).into_iter().flatten() {
            if let Some(Group { kind: Kind::Incident { open, .. }, .. }) = self.groups.get_mut(group) {
                *open = is_open;
            }
        }
    }

    /// An incident was merged: what is like it joins the survivor from now on.
    pub fn merge(&mut self, from: &IncidentId, into: &IncidentId) {
        let moved = self.incidents.remove(from).unwrap_or_default();
        for group in &moved {
            if let Some(Group { kind: Kind::Incident { id, .. }, .. }) = self.groups.get_mut(group) {
                *id = Some(into.clone());
            }
        }
        // Behind the survivor's own groups the moved ones would pass for the newest.
        self.incidents.entry(into.clone()).or_default().splice(0..0, moved);
    }

    /// Forgets an incident's mentions: a person moved some of them, and the others are remembered anew.
    pub fn forget_incident(&mut self, incident: &IncidentId) {
        let groups = self.incidents.remove(incident).unwrap_or_default();
        for group in &groups {
            self.drop_group(*group);
        }
        if !groups.is_empty() {
            self.copies.retain(|of| !groups.contains(&of));
        }
    }

    /// A person said that a mention is not of an incident: what is liker to it than to the incident's own stays out.
    pub fn not_this(&mut self, incident: &IncidentId, features: &Features) {
        for group in self.incidents.get(incident).into_iter().flatten() {
            if let Some(group) = self.groups.get_mut(group) {
                group.take_out(&features.shape);
            }
        }
    }

    /// Remembers what an earlier life of the process placed, in the order in which it arrived.
    pub fn recall(&mut self, past: &Past<'_>) {
        self.tidy(past.candidate.seen);
        let candidate = &past.candidate;
        match past.incident {
            Some((incident, open)) => match self.group_of(incident) {
                Some(group) => self.take_in(candidate, group),
                None => {
                    let group = self.found(candidate, Kind::Incident { id: None, open });
                    self.bind(group, incident);
                }
            },
            None if candidate.channel.carries_letters() => {
                self.recall_waiting(candidate, Kind::Letters(Vec::new()));
            }
            None if candidate.analysis.sentiment == Sentiment::Negative => {
                self.recall_waiting(candidate, Kind::Posts(Vec::new()));
            }
            None => {}
        }
    }

    fn recall_waiting(&mut self, candidate: &Candidate<'_>, kind: Kind) {
        if !candidate.channel.carries_letters() && !candidate.features.shape.facts.about.is_something() {
            return;
        }
        let wanted = std::mem::discriminant(&kind);
        let like = self.pending(candidate, |group| std::mem::discriminant(&group.kind) == wanted);
        let seen = self.waiting(candidate, like.as_ref());
        let group = self.gather(candidate, like, kind);
        if let Some(group) = self.groups.get_mut(&group) {
            group.wait(seen);
        }
    }

    /// Starts a group with a mention.
    pub(super) fn found(&mut self, candidate: &Candidate<'_>, kind: Kind) -> GroupId {
        let id = self.new_group(candidate, kind);
        self.take_in(candidate, id);
        id
    }

    fn new_group(&mut self, candidate: &Candidate<'_>, kind: Kind) -> GroupId {
        let id = GroupId(self.next);
        self.next += 1;
        self.groups.insert(id, Group::new(kind, candidate.at, candidate.seen));
        id
    }

    pub(super) fn take_in(&mut self, candidate: &Candidate<'_>, id: GroupId) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        let shape = &candidate.features.shape;
        group.add(shape, candidate.at, candidate.seen);
        self.index.insert(id, shape, group.count() <= INDEXED_WHOLE_MAX);
        if counts(candidate) {
            group.spread.add(candidate.channel, candidate.regions, candidate.engagement);
        }
        if group.copies < COPIES_PER_GROUP_MAX && self.copies.insert(id, shape.facts.clone(), &candidate.features.print)
        {
            group.copies += 1;
        }
    }

    pub(super) fn proposal(&self, group: GroupId, own: Grading) -> (Grading, Option<String>) {
        let spread = self.groups.get(&group).and_then(|group| group.spread.grade(&self.rules.spread));
        match spread {
            Some((grade, why)) if grade > own.opinion_grade => (Grading { opinion_grade: grade, ..own }, Some(why)),
            _ => (own, None),
        }
    }

    /// The group of mentions below the bar that the mention is like.
    pub(super) fn pending(&self, candidate: &Candidate<'_>, admits: impl Fn(&Group) -> bool) -> Option<Like> {
        match self.likest(candidate, admits) {
            Found::Like(like) => Some(like),
            Found::Perhaps(_) | Found::Nothing => None,
        }
    }

    /// The group that the mention repeats: as a copy, else as the same matter.
    pub(super) fn likest(&self, candidate: &Candidate<'_>, admits: impl Fn(&Group) -> bool) -> Found {
        let features = candidate.features;
        let group =
            |id: GroupId| self.groups.get(&id).filter(|group| admits(group) && self.in_time(group, candidate, 1.0));
        let of_one = |id: GroupId, facts: &Facts| {
            let admitted = copy_admitted(&features.shape.facts, facts, &self.lexicon.matters);
            group(id).filter(|group| admitted && !taken_out(&features.shape, group))
        };
        let here =
            |id, facts: &Arc<Facts>| of_one(id, facts).is_some_and(|group| share_region(group, candidate.regions));
        let copy = self.copies.find(&features.print, here).or_else(|| {
            let anywhere = self.copies.find(&features.print, |id, facts| of_one(id, facts).is_some());
            anywhere.filter(|found| found.likeness.score() >= ACROSS_REGIONS_MIN)
        });
        if let Some(found) = copy {
            let how = match found.likeness {
                Likeness::Equal => "内容相同".to_owned(),
                Likeness::Jaccard(score) => format!("内容近似（相似度 {score:.2}）"),
                Likeness::Contained(score) => format!("内容互相包含（{score:.2}）"),
            };
            return Found::Like(Like { group: found.of, how, also: None });
        }
        self.same_matter(candidate, admits)
    }

    fn same_matter(&self, candidate: &Candidate<'_>, admits: impl Fn(&Group) -> bool) -> Found {
        let shape = &candidate.features.shape;
        let eligible = |id| {
            self.groups.get(&id).is_some_and(|group| {
                admits(group) && self.in_time(group, candidate, 1.0) && share_region(group, candidate.regions)
            })
        };
        let mut alike: Vec<(f32, f32, GroupId)> = Vec::new();
        let mut perhaps: Option<(f32, GroupId)> = None;
        for id in self.index.find(shape, eligible) {
            let Some(group) = self.groups.get(&id) else { continue };
            match compare(shape, group, &self.rules.same_matter, &self.lexicon.matters) {
                Verdict::Same { rank, likeness } if self.in_time(group, candidate, likeness) => {
                    alike.push((rank, likeness, id));
                }
                Verdict::Same { likeness, .. } | Verdict::Perhaps { likeness } => {
                    if perhaps.is_none_or(|(known, _)| likeness > known) {
                        perhaps = Some((likeness, id));
                    }
                }
                Verdict::Other => {}
            }
        }
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
        let told = |how: &str, likeness: f32, id: GroupId| {
            let words = self.shared_words(id, candidate.features);
            let how = format!("{how}（相似度 {likeness:.2}：{words}），是否同一事项请人工判断");
            Perhaps { group: id, likeness, how }
        };
        if let Some((_, likeness, id)) = alike.first() {
            let of = self.incident_of(*id);
            let other = alike.iter().skip(1).find(|(.., other)| of.is_some() && self.incident_of(*other) != of);
            let also = other.map(|(_, likeness, id)| told("已并入另一事件，与本事件也相似", *likeness, *id));
            let words = self.shared_words(*id, candidate.features);
            return Found::Like(Like {
                group: *id, how: format!("同一事项（相似度 {likeness:.2}：{words}）"), also
            });
        }
        match perhaps {
            Some((likeness, group)) => Found::Perhaps(told("地点或对象相同", likeness, group)),
            None => Found::Nothing,
        }
    }

    /// Whether a mention is near enough in time. An open incident is in hand, however long; what is none yet, or no more,
    /// waits the longer the liker the two are.
    fn in_time(&self, group: &Group, candidate: &Candidate<'_>, likeness: f32) -> bool {
        let window = match group.kind {
            Kind::Incident { open: true, .. } => return true,
            Kind::Incident { open: false, .. } => self.rules.same_matter.window.0,
            Kind::Letters(_) => self.rules.letters.within.0,
            Kind::Posts(_) => self.rules.posts.within.0,
        };
        let grows = 1.0 + (WINDOW_GROWS_TO - 1.0) * likeness.clamp(0.0, 1.0);
        group.near(candidate.at, Span::from_ms((window.ms() as f32 * grows) as i64))
    }

    /// The words that speak loudest for the two being one matter.
    fn shared_words(&self, group: GroupId, features: &Features) -> String {
        let Some(group) = self.groups.get(&group) else { return String::new() };
        let mut shared: Vec<(f32, &str)> = features
            .shape
            .shares
            .iter()
            .filter_map(|share| {
                let word = features.words.get(&share.hash)?;
                let weight = group.weight(share.hash);
                (weight > 0.0).then(|| (weight * share.whole.max(share.matter()), &**word))
            })
            .collect();
        shared.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        shared.iter().take(WORDS_NAMED_MAX).map(|(_, word)| *word).collect::<Vec<_>>().join("、")
    }

    /// Takes back a placement, after the transaction that should have kept it failed. Mentions that waited and became an
    /// incident with it wait again only after the next start; until then they count for nothing, rather than twice.
    pub fn forget(&mut self, candidate: &Candidate<'_>, group: GroupId, opened: bool) {
        if opened {
            self.drop_group(group);
            self.copies.retain(|of| of != group);
            return;
        }
        if let Some(it) = self.groups.get_mut(&group) {
            it.remove(&candidate.features.shape);
            if counts(candidate) {
                it.spread.remove(candidate.channel, candidate.regions, candidate.engagement);
            }
            if self.copies.remove(group, &candidate.features.print) {
                it.copies = it.copies.saturating_sub(1);
            }
        }
    }

    fn drop_group(&mut self, id: GroupId) {
        let Some(group) = self.groups.remove(&id) else { return };
        self.gone += 1;
        let Kind::Incident { id: Some(incident), .. } = group.kind else { return };
        if let Some(groups) = self.incidents.get_mut(&incident) {
            groups.retain(|group| *group != id);
            if groups.is_empty() {
                self.incidents.remove(&incident);
            }
        }
    }

    /// Every so often drops what is too old or too much to matter.
    pub(super) fn tidy(&mut self, now: Instant) {
        self.since_tidy += 1;
        if self.since_tidy < TIDY_EVERY && self.groups.len() <= GROUPS_MAX {
            return;
        }
        self.since_tidy = 0;
        let of = |kind: &Kind| match kind {
            Kind::Incident { open: true, .. } => None,
            Kind::Incident { open: false, .. } => Some(self.rules.same_matter.window.0),
            Kind::Letters(_) => Some(self.rules.letters.within.0),
            Kind::Posts(_) => Some(self.rules.posts.within.0),
        };
        let mut old: HashSet<GroupId> = HashSet::new();
        let mut kept: Vec<(bool, Instant, GroupId)> = Vec::new();
        for (id, group) in &self.groups {
            let keep = of(&group.kind);
            let grown = keep.map(|span| Span::from_ms(span.ms().saturating_mul(WINDOW_GROWS_TO as i64)));
            if grown.is_some_and(|span| group.seen + span < now) {
                old.insert(*id);
            } else {
                kept.push((keep.is_none(), group.seen, *id));
            }
        }
        if kept.len() > GROUPS_MAX * 9 / 10 {
            kept.sort_unstable();
            let surplus = kept.len() - GROUPS_MAX * 9 / 10;
            old.extend(kept.drain(..surplus).map(|(.., id)| id));
        }
        if old.is_empty() {
            return;
        }
        for id in &old {
            self.drop_group(*id);
        }
        self.copies.retain(|of| !old.contains(&of));
        if self.gone > SWEEP_AFTER.max(self.groups.len() / 4) {
            self.gone = 0;
            self.index.retain(|group| self.groups.contains_key(&group));
        }
    }
}

/// Whether a mention counts for the spread of its matter: praise for how it was handled does not.
fn counts(candidate: &Candidate<'_>) -> bool {
    candidate.analysis.sentiment != Sentiment::Positive
}

/// Whether a group and a mention can lie in one place: without a region anything is possible, the city holds all its
/// counties.
fn share_region(group: &Group, regions: &[RegionId]) -> bool {
    let mut theirs = group.spread.regions().peekable();
    if theirs.peek().is_none() || regions.is_empty() {
        return true;
    }
    let wide = |region: &RegionId| *region == CITY;
    theirs.any(|region| wide(region) || regions.iter().any(|own| own == region || wide(own)))
}
