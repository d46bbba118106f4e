//! Where a mention belongs: it joins what it is like, opens an incident, or waits for others that say the same.

use std::collections::HashSet;

use super::correlator::{Correlator, Found, Like};
use super::group::{GroupId, Kind, Waiting};
use super::noteworthy;
use super::{Candidate, Joined, Opened, Placement};
use crate::text::analysis::Sentiment;
use crate::text::place::Locality;

impl Correlator {
    /// Places a mention and remembers it.
    pub fn place(&mut self, candidate: &Candidate<'_>) -> Placement {
        self.tidy(candidate.seen);
        let perhaps = match self.likest(candidate, |group| matches!(group.kind, Kind::Incident { open: true, .. })) {
            Found::Like(like) => {
                let joined = self.join(candidate, like.group, like.how);
                return Placement::Join(Joined { perhaps: like.also, ..joined });
            }
            Found::Perhaps(perhaps) => Some(perhaps),
            Found::Nothing => None,
        };
        let placement =
            if candidate.channel.carries_letters() { self.place_letter(candidate) } else { self.place_post(candidate) };
        match placement {
            Placement::Open(opened) => Placement::Open(Opened { perhaps, ..opened }),
            // Praise and small talk about the same place are nobody's work.
            Placement::Noise { why, .. } => {
                let perhaps = perhaps.filter(|_| candidate.analysis.sentiment == Sentiment::Negative);
                Placement::Noise { why, perhaps }
            }
            joined @ Placement::Join(_) => joined,
        }
    }

    fn place_post(&mut self, candidate: &Candidate<'_>) -> Placement {
        let mut why = noteworthy::post(candidate.analysis, &self.rules, &self.watchlist);
        let below = why.is_empty();
        let analysis = candidate.analysis;
        let negative = analysis.sentiment == Sentiment::Negative
            && analysis.locality() != Locality::Elsewhere
            && candidate.features.shape.facts.about.is_something();
        if below && !negative && !noteworthy::gathers(analysis, &self.rules) {
            return Placement::Noise { why: noteworthy::kept_out(analysis, &self.rules), perhaps: None };
        }
        let like = self.pending(candidate, |group| matches!(group.kind, Kind::Posts(_)));
        let within = self.rules.posts.within.0;
        let earlier = like.as_ref().and_then(|like| self.groups.get(&like.group));
        let earlier = earlier.map_or_else(Vec::new, |group| group.waiting(candidate.at, within));
        let seen = self.waiting(candidate, like.as_ref());
        let voices = voices(earlier.iter().chain(std::iter::once(&seen)));
        if below && voices >= self.rules.posts.repeats as usize {
            let hours = within.ms() / 3_600_000;
            why.push(format!("{hours} 小时内 {voices} 人说同一负面事项（≥ {}，本办自定）", self.rules.posts.repeats));
        }
        let group = self.gather(candidate, like, Kind::Posts(Vec::new()));
        if why.is_empty() {
            if let Some(group) = self.groups.get_mut(&group) {
                group.wait(seen);
            }
            let why = (voices > 1).then(|| format!("同一负面事项的第 {voices} 个声音，尚不足以立为事件"));
            let why = why.or_else(|| noteworthy::kept_out(candidate.analysis, &self.rules));
            return Placement::Noise { why, perhaps: None };
        }
        Placement::Open(self.opened(candidate, group, earlier, false, why.join("；")))
    }

    fn place_letter(&mut self, candidate: &Candidate<'_>) -> Placement {
        let within = self.rules.letters.within.0;
        let like = self.pending(candidate, |group| matches!(group.kind, Kind::Letters(_)));
        let seen = self.waiting(candidate, like.as_ref());
        let earlier = like.as_ref().and_then(|like| self.groups.get(&like.group));
        let earlier = earlier.map_or_else(Vec::new, |group| group.waiting(candidate.at, within));
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
        let group = self.gather(candidate, like, Kind::Letters(Vec::new()));
        if why.is_empty() {
            if let Some(group) = self.groups.get_mut(&group) {
                group.wait(seen);
            }
            let why = (repeats > 1).then(|| format!("同一事项的第 {repeats} 件来信"));
            return Placement::Noise { why, perhaps: None };
        }
        Placement::Open(self.opened(candidate, group, earlier, supervision, why.join("；")))
    }

    /// Makes an incident of a group, with what waited in it.
    pub(super) fn opened(
        &mut self,
        candidate: &Candidate<'_>,
        group: GroupId,
        earlier: Vec<Waiting>,
        supervision: bool,
        how: String,
    ) -> Opened {
        if let Some(group) = self.groups.get_mut(&group) {
            group.kind = Kind::Incident { id: None, open: true };
        }
        let (proposal, spread) = self.proposal(group, candidate.analysis.proposal());
        let how = spread.map_or_else(|| how.clone(), |spread| format!("{how}；{spread}"));
        let with = earlier.into_iter().map(|waiting| waiting.mention).collect();
        Opened { group, with, supervision, proposal, how, perhaps: None }
    }

    /// A mention as it waits; a copy of what waits already is no further voice.
    pub(super) fn waiting(&self, candidate: &Candidate<'_>, like: Option<&Like>) -> Waiting {
        let of = like.map(|like| like.group);
        let copy = of.is_some() && self.copies.find(&candidate.features.print, |group, _| Some(group) == of).is_some();
        Waiting {
            mention: candidate.mention.clone(),
            at: candidate.at,
            author: candidate.author.map(str::to_owned),
            answered: candidate.answered,
            copy,
        }
    }

    /// Takes a mention into the group that it is like, or founds one with it.
    pub(super) fn gather(&mut self, candidate: &Candidate<'_>, like: Option<Like>, kind: Kind) -> GroupId {
        match like {
            Some(like) => {
                self.take_in(candidate, like.group);
                like.group
            }
            None => self.found(candidate, kind),
        }
    }

    /// Whether an author of whom one letter was answered writes again about it (反复问政).
    fn asks_again(&self, letter: &Waiting, earlier: &[Waiting]) -> bool {
        let Some(author) = &letter.author else { return false };
        let theirs = || earlier.iter().filter(|other| other.author.as_ref() == Some(author));
        theirs().count() + 1 >= self.rules.letters.repeats_by_author as usize && theirs().any(|other| other.answered)
    }
}

/// How many say it: copies are no further voice, nor is an author who has spoken.
fn voices<'a>(all: impl Iterator<Item = &'a Waiting>) -> usize {
    let mut authors: HashSet<&str> = HashSet::new();
    all.filter(|one| !one.copy && one.author.as_deref().is_none_or(|author| authors.insert(author))).count()
}
