//! The state of correlation and what it does with a mention.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::features::{Features, WeightedWord};
use super::group::{Group, GroupId, Kind, LetterSeen};
use super::near_duplicate::{CopyIndex, Likeness};
use super::noteworthy::{self, Watchlist};
use super::{Candidate, Joined, Opened, Placement};
use crate::domain::correlation::Correlation;
use crate::domain::grade::Grading;
use crate::domain::ids::{IncidentId, RegionId};
use crate::domain::instant::Instant;
use crate::domain::office::CITY;

/// Groups that are kept; the one received longest ago goes first.
const GROUPS_MAX: usize = 50_000;
/// Groups of a word that a look-up weighs, newest first: a word that stands in more tells no matters apart.
const GROUPS_PER_WORD_MAX: usize = 2_000;
/// Words shared at least, so that no single name makes two matters one.
const SHARED_WORDS_MIN: u32 = 2;
/// A copy across regions must be this close: boilerplate letters differ in the place alone.
const ACROSS_REGIONS_MIN: f32 = 0.9;
/// Placements between two tidyings.
const TIDY_EVERY: u32 = 2_048;
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
    rules: Correlation,
    watchlist: Watchlist,
    groups: BTreeMap<GroupId, Group>,
    incidents: HashMap<IncidentId, Vec<GroupId>>,
    words: HashMap<u64, Vec<GroupId>>,
    copies: CopyIndex<GroupId>,
    next: u64,
    since_tidy: u32,
}

/// A group that a mention is like.
struct Like {
    group: GroupId,
    how: String,
}

impl Correlator {
    /// With no memory.
    pub fn new(rules: Correlation, watchlist: Watchlist) -> Self {
        Self {
            rules,
            watchlist,
            groups: BTreeMap::new(),
            incidents: HashMap::new(),
            words: HashMap::new(),
            copies: CopyIndex::default(),
            next: 1,
            since_tidy: 0,
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

    /// Places a mention and remembers it.
    pub fn place(&mut self, candidate: &Candidate<'_>) -> Placement {
        self.tidy(candidate.seen);
        if let Some(like) = self.likest(candidate, |group| matches!(group.kind, Kind::Incident { open: true, .. })) {
            return Placement::Join(self.join(candidate, like.group, like.how));
        }
        if candidate.channel.carries_letters() { self.place_letter(candidate) } else { self.place_post(candidate) }
    }

    fn place_post(&mut self, candidate: &Candidate<'_>) -> Placement {
        let why = noteworthy::post(candidate.analysis, &self.rules, &self.watchlist);
        if why.is_empty() {
            return Placement::Noise { why: None };
        }
        Placement::Open(self.open(candidate, why.join("；")))
    }

    fn place_letter(&mut self, candidate: &Candidate<'_>) -> Placement {
        let within = self.rules.letters.within.0;
        let like = self.likest(candidate, |group| matches!(group.kind, Kind::Letters(_)));
        let seen = LetterSeen {
            mention: candidate.mention.clone(),
            at: candidate.at,
            author: candidate.author.map(str::to_owned),
            answered: candidate.answered,
        };
        let earlier: Vec<LetterSeen> = like
            .as_ref()
            .and_then(|like| self.groups.get(&like.group))
            .map(|group| match &group.kind {
                Kind::Letters(letters) => letters
                    .iter()
                    .filter(|letter| letter.at + within >= candidate.at && letter.at <= candidate.at + within)
                    .cloned()
                    .collect(),
                Kind::Incident { .. } => Vec::new(),
            })
            .unwrap_or_default();
        let mut why = noteworthy::letter(candidate.analysis, &self.rules, &self.watchlist);
        let repeats = earlier.len() + 1;
        if repeats >= self.rules.letters.repeats as usize {
            let days = within.ms() / 86_400_000;
            why.push(format!("同一事项 {days} 天内来信 {repeats} 件（≥ {}，本办自定）", self.rules.letters.repeats));
        }
        let supervision = self.asks_again(&seen, &earlier);
        if supervision {
            why.push("同一来信人在答复后再次来信（反复问政），建议督查".to_owned());
        }
        let group = match like {
            Some(like) => {
                self.take_in(candidate, like.group);
                like.group
            }
            None => self.found(candidate, Kind::Letters(Vec::new())),
        };
        if why.is_empty() {
            if let Some(group) = self.groups.get_mut(&group) {
                group.add_letter(seen);
            }
            let why = (repeats > 1).then(|| format!("同一事项的第 {repeats} 件来信"));
            return Placement::Noise { why };
        }
        if let Some(group) = self.groups.get_mut(&group) {
            group.kind = Kind::Incident { id: None, open: true };
        }
        Placement::Open(Opened {
            group,
            with: earlier.into_iter().map(|letter| letter.mention).collect(),
            supervision,
            proposal: self.proposal(group, candidate.analysis.proposal()).0,
            how: why.join("；"),
        })
    }

    /// Whether an author of whom one letter was answered writes again about it (反复问政).
    fn asks_again(&self, letter: &LetterSeen, earlier: &[LetterSeen]) -> bool {
        let Some(author) = &letter.author else { return false };
        let theirs = || earlier.iter().filter(|other| other.author.as_ref() == Some(author));
        theirs().count() + 1 >= self.rules.letters.repeats_by_author as usize && theirs().any(|other| other.answered)
    }

    /// Opens an incident with a mention that a person or a scenario says opens one, whatever it is like.
    pub fn open(&mut self, candidate: &Candidate<'_>, how: String) -> Opened {
        let group = self.found(candidate, Kind::Incident { id: None, open: true });
        let (proposal, spread) = self.proposal(group, candidate.analysis.proposal());
        let how = spread.map_or_else(|| how.clone(), |spread| format!("{how}；{spread}"));
        Opened { group, with: Vec::new(), supervision: false, proposal, how }
    }

    /// Lets a mention join the group of an incident.
    pub fn join(&mut self, candidate: &Candidate<'_>, group: GroupId, how: String) -> Joined {
        self.take_in(candidate, group);
        let (proposal, spread) = self.proposal(group, candidate.analysis.proposal());
        let how = spread.map_or_else(|| how.clone(), |spread| format!("{how}；{spread}"));
        Joined { group, incident: self.incident_of(group), proposal, how }
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
                let like = self.likest(candidate, |group| matches!(group.kind, Kind::Letters(_)));
                let group = match like {
                    Some(like) => {
                        self.take_in(candidate, like.group);
                        like.group
                    }
                    None => self.found(candidate, Kind::Letters(Vec::new())),
                };
                if let Some(group) = self.groups.get_mut(&group) {
                    group.add_letter(LetterSeen {
                        mention: candidate.mention.clone(),
                        at: candidate.at,
                        author: candidate.author.map(str::to_owned),
                        answered: candidate.answered,
                    });
                }
            }
            None => {}
        }
    }

    /// Starts a group with a mention.
    fn found(&mut self, candidate: &Candidate<'_>, kind: Kind) -> GroupId {
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

    fn take_in(&mut self, candidate: &Candidate<'_>, id: GroupId) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        for word in group.add(candidate.features, candidate.at, candidate.seen) {
            self.words.entry(word).or_default().push(id);
        }
        group.spread.add(candidate.channel, candidate.regions, candidate.engagement);
        self.copies.insert(id, &candidate.features.print);
    }

    fn proposal(&self, group: GroupId, own: Grading) -> (Grading, Option<String>) {
        let spread = self.groups.get(&group).and_then(|group| group.spread.grade(&self.rules.spread));
        match spread {
            Some((grade, why)) if grade > own.opinion_grade => (Grading { opinion_grade: grade, ..own }, Some(why)),
            _ => (own, None),
        }
    }

    /// The group that the mention repeats: as a copy, else as the same matter.
    fn likest(&self, candidate: &Candidate<'_>, admits: impl Fn(&Group) -> bool) -> Option<Like> {
        let print = &candidate.features.print;
        let group = |id: GroupId| self.groups.get(&id).filter(|group| admits(group) && self.in_time(group, candidate));
        let here = |id| group(id).is_some_and(|group| share_region(group, candidate.regions).0);
        let copy = self.copies.find(print, here).or_else(|| {
            let anywhere = self.copies.find(print, |id| group(id).is_some());
            anywhere.filter(|found| found.likeness.score() >= ACROSS_REGIONS_MIN)
        });
        if let Some(found) = copy {
            let how = match found.likeness {
                Likeness::Equal => "内容相同".to_owned(),
                Likeness::Jaccard(score) => format!("内容近似（相似度 {score:.2}）"),
                Likeness::Contained(score) => format!("内容互相包含（{score:.2}）"),
            };
            return Some(Like { group: found.of, how });
        }
        self.same_matter(candidate, admits)
    }

    fn same_matter(&self, candidate: &Candidate<'_>, admits: impl Fn(&Group) -> bool) -> Option<Like> {
        // What can't be the answer is told once a group, before any of its words is weighed: that is where the time goes.
        let eligible = |id| self.groups.get(&id).filter(|group| admits(group) && self.in_time(group, candidate));
        let mut dots: HashMap<GroupId, Option<(&Group, f32, u32)>> = HashMap::new();
        for word in &candidate.features.words {
            for id in self.words.get(&word.hash).into_iter().flatten().rev().take(GROUPS_PER_WORD_MAX) {
                let dot = dots.entry(*id).or_insert_with(|| eligible(*id).map(|group| (group, 0.0, 0)));
                let Some((group, dot, shared)) = dot else { continue };
                let weight = group.weight(word);
                if weight > 0.0 {
                    *dot += weight * word.weight;
                    *shared += 1;
                }
            }
        }
        let best = dots
            .into_iter()
            .filter_map(|(id, dot)| Some((id, dot.filter(|(.., shared)| *shared >= SHARED_WORDS_MIN)?)))
            .filter_map(|(id, (group, dot, _))| {
                let (compatible, named) = share_region(group, candidate.regions);
                let rules = &self.rules.same_matter;
                let from = if named { rules.from } else { rules.from_without_region };
                let cosine = group.cosine(dot);
                (compatible && f64::from(cosine) >= from).then_some((id, cosine))
            })
            .max_by(|(a, x), (b, y)| x.total_cmp(y).then(b.cmp(a)))?;
        let group = self.groups.get(&best.0)?;
        let words = shared_words(group, candidate.features);
        Some(Like { group: best.0, how: format!("同一事项（相似度 {:.2}：{words}）", best.1) })
    }

    fn in_time(&self, group: &Group, candidate: &Candidate<'_>) -> bool {
        let window = match group.kind {
            Kind::Incident { .. } => self.rules.same_matter.window.0,
            Kind::Letters(_) => self.rules.letters.within.0,
        };
        group.near(candidate.at, window)
    }

    /// Takes back a placement, after the transaction that should have kept it failed. Letters that became an incident
    /// with it are letters again only after the next start; until then they count for nothing, rather than twice.
    pub fn forget(&mut self, candidate: &Candidate<'_>, group: GroupId, opened: bool) {
        if opened {
            self.drop_group(group);
            self.copies.retain(|of| of != group);
            return;
        }
        if let Some(it) = self.groups.get_mut(&group) {
            it.remove(candidate.features);
            it.spread.remove(candidate.channel, candidate.regions, candidate.engagement);
            self.copies.remove(group, &candidate.features.print);
        }
    }

    fn drop_group(&mut self, id: GroupId) {
        let Some(Group { kind: Kind::Incident { id: Some(incident), .. }, .. }) = self.groups.remove(&id) else {
            return;
        };
        if let Some(groups) = self.incidents.get_mut(&incident) {
            groups.retain(|group| *group != id);
            if groups.is_empty() {
                self.incidents.remove(&incident);
            }
        }
    }

    /// Every so often drops what is too old or too much to matter.
    fn tidy(&mut self, now: Instant) {
        self.since_tidy += 1;
        if self.since_tidy < TIDY_EVERY && self.groups.len() <= GROUPS_MAX {
            return;
        }
        self.since_tidy = 0;
        let (window, within) = (self.rules.same_matter.window.0, self.rules.letters.within.0);
        let mut old: Vec<(Instant, GroupId)> = Vec::new();
        let mut kept: Vec<(Instant, GroupId)> = Vec::new();
        for (id, group) in &self.groups {
            let keep = match group.kind {
                Kind::Incident { .. } => window,
                Kind::Letters(_) => within,
            };
            if group.seen + keep < now { &mut old } else { &mut kept }.push((group.seen, *id));
        }
        if kept.len() > GROUPS_MAX * 9 / 10 {
            kept.sort_unstable();
            let surplus = kept.len() - GROUPS_MAX * 9 / 10;
            old.extend(kept.drain(..surplus));
        }
        if old.is_empty() {
            return;
        }
        let old: HashSet<GroupId> = old.into_iter().map(|(_, id)| id).collect();
        for id in &old {
            self.drop_group(*id);
        }
        self.copies.retain(|of| !old.contains(&of));
        self.words.retain(|word, ids| {
            ids.retain(|id| self.groups.get(id).is_some_and(|group| group.holds(*word)));
            !ids.is_empty()
        });
    }
}

/// Whether a group and a mention can lie in one place, and whether both say where: without a region anything is
/// possible, the city holds all its counties.
fn share_region(group: &Group, regions: &[RegionId]) -> (bool, bool) {
    let mut theirs = group.spread.regions().peekable();
    if theirs.peek().is_none() || regions.is_empty() {
        return (true, false);
    }
    let wide = |region: &RegionId| *region == CITY;
    let compatible = theirs.any(|region| wide(region) || regions.iter().any(|own| own == region || wide(own)));
    (compatible, true)
}

/// The words that speak loudest for the two being one matter.
fn shared_words(group: &Group, features: &Features) -> String {
    let mut shared: Vec<(f32, &WeightedWord)> = features
        .words
        .iter()
        .map(|word| (group.weight(word) * word.weight, word))
        .filter(|(share, _)| *share > 0.0)
        .collect();
    shared.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.word.cmp(&b.1.word)));
    shared.iter().take(WORDS_NAMED_MAX).map(|(_, word)| &*word.word).collect::<Vec<_>>().join("、")
}
