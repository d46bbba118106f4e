//! The same history without any trouble: every timer fires at its own instant, nothing dies, nothing is slow, nothing is
//! stored. What the domain alone says of it.

use std::collections::{BTreeMap, BTreeSet};

use huiying::domain::actor::Actor;
use huiying::domain::grade::Grading;
use huiying::domain::ids::{IncidentId, PostId};
use huiying::domain::incident::{
    self, Command, Incident, NewIncident, NewMention, SplitOff, Transition, decide, decide_group, decide_merge, evolve,
    next_due,
};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::official_post::{self, OfficialPost, PostCommand};
use huiying::rules::applies::Matter;

use super::deed::{Deed, member};
use super::record::Row;
use super::{Entry, office};

/// A mention, and where it stands.
struct Mention {
    member: NewMention,
    detected_at: Instant,
    proposal: Grading,
    place: IncidentId,
}

/// The calm office.
#[derive(Default)]
pub struct Calm {
    incidents: BTreeMap<IncidentId, Incident>,
    posts: BTreeMap<PostId, OfficialPost>,
    /// In the order of opening.
    opened: (Vec<IncidentId>, Vec<PostId>),
    /// How many of a day have a number.
    numbers: BTreeMap<String, u32>,
    /// In the order of arrival.
    mentions: Vec<Mention>,
    /// What happened.
    pub rows: Vec<Row>,
}

impl Calm {
    /// Lives through a history. Gives the deeds that it takes otherwise than they were taken. A receipt is of what was told:
    /// where a sweep overtook an act (the streams in `overtaken`), that may be more.
    pub fn live(history: &[Entry], overtaken: &BTreeSet<String>) -> (Self, Vec<String>) {
        let mut calm = Self::default();
        let mut otherwise = Vec::new();
        for entry in history {
            match entry {
                Entry::Swept(at) => calm.advance(*at),
                Entry::Done { at, deed, taken } => {
                    calm.advance(*at);
                    let done = calm.take(deed, *at);
                    let of_what_was_told = matches!(deed, Deed::Act { on, command: Command::Receipt {}, .. }
                        if overtaken.contains(&huiying::acts::stream_of(&calm.opened.0[*on])));
                    if done != *taken && !of_what_was_told {
                        let word = |taken| if taken { "taken" } else { "refused" };
                        otherwise.push(format!("{at}: {}, but {} in calm: {deed:?}", word(*taken), word(done)));
                    }
                }
            }
        }
        (calm, otherwise)
    }

    fn advance(&mut self, to: Instant) {
        loop {
            let incidents = self.incidents.values().filter_map(|state| next_due(state, office()));
            let posts = self.posts.values().filter_map(official_post::next_due);
            let Some(next) = incidents.chain(posts).min().filter(|next| *next < to) else { return };
            // The first instant after it: an act of the same instant precedes it.
            let at = next + Span::from_ms(1);
            let before = self.rows.len();
            for id in self.incidents.keys().cloned().collect::<Vec<_>>() {
                let command = Command::Settle { before: at };
                let events = decide(&self.incidents[&id], &command, &Actor::System, office(), at).expect("settled");
                self.apply(&id, &events, at);
            }
            for id in self.posts.keys().cloned().collect::<Vec<_>>() {
                let command = PostCommand::Settle { before: at };
                self.on_post(&id, &command, &Actor::System, at);
            }
            assert!(self.rows.len() > before, "nothing fired at {next}");
        }
    }

    fn take(&mut self, deed: &Deed, now: Instant) -> bool {
        match deed {
            Deed::Open { opened, .. } => {
                let id = IncidentId::new(self.number(opened.detected_at));
                let new = Incident { id: id.clone(), ..Incident::default() };
                let Ok(events) = decide(&new, &Command::Open(opened.clone()), &Actor::System, office(), now) else {
                    return false;
                };
                self.incidents.insert(id.clone(), new);
                self.opened.0.push(id.clone());
                self.apply(&id, &events, now);
                self.arrive(opened.mention.clone(), opened.detected_at, opened.proposal, id);
                true
            }
            Deed::Join { on, post, proposal } => {
                let id = self.opened.0[*on].clone();
                let command = Command::Join { mentions: vec![member(post)], proposal: *proposal, revised: false };
                let before = self.rows.len();
                let decided = decide_group(&self.group(&id), &id, &command, &Actor::System, office(), now);
                if !self.apply_all(decided, now) {
                    return false;
                }
                let joined = self.rows[before..].iter().find(|row| row.event == "mention_joined").expect("joined");
                let place = huiying::acts::incident_of(&joined.stream).expect("an incident's");
                self.arrive(member(post), now, *proposal, place);
                true
            }
            Deed::Split { on, from, count } => {
                let own = self.opened.0[*on].clone();
                let here = self.mentions.iter().enumerate().filter(|(_, mention)| mention.place == own);
                let moved: Vec<usize> = here.map(|(n, _)| n).skip(*from).take(*count).collect();
                self.split(&own, moved, now)
            }
            Deed::Publish { post, effective_at } => {
                let id = PostId::new(self.number_of("post", *effective_at));
                self.posts.insert(id.clone(), OfficialPost { id: id.clone(), ..OfficialPost::default() });
                self.opened.1.push(id.clone());
                let command = PostCommand::Publish { effective_at: *effective_at, post: post.clone() };
                self.on_post(&id, &command, &Actor::office("analyst"), now)
            }
            Deed::Repost { on, account, effective_at } => {
                let id = self.opened.1[*on].clone();
                let command =
                    PostCommand::Repost { account: account.clone(), effective_at: effective_at.unwrap_or(now) };
                self.on_post(&id, &command, &Actor::office("analyst"), now)
            }
            Deed::Merge { from, into } => {
                let (from, into) = (self.group(&self.opened.0[*from]), self.group(&self.opened.0[*into]));
                let decided = decide_merge(&from, &into, &Actor::office("analyst"), office(), now);
                self.apply_all(decided, now)
            }
            Deed::Act { on, by, command } => {
                let id = self.opened.0[*on].clone();
                let decided = decide_group(&self.group(&id), &id, command, by, office(), now);
                self.apply_all(decided, now)
            }
        }
    }

    fn arrive(&mut self, member: NewMention, detected_at: Instant, proposal: Grading, place: IncidentId) {
        self.mentions.push(Mention { member, detected_at, proposal, place });
    }

    /// Mentions of an incident open one of their own, proposed from them and anchored at the first.
    fn split(&mut self, own: &IncidentId, mut moved: Vec<usize>, now: Instant) -> bool {
        let group = self.group(own);
        let ids: Vec<_> = moved.iter().map(|n| self.mentions[*n].member.id.clone()).collect();
        moved.sort_by_key(|n| (self.mentions[*n].detected_at, *n));
        let Some(first) = moved.first().map(|n| &self.mentions[*n]) else { return false };
        let numbers = self.numbers.clone();
        let detected_at = first.detected_at;
        let opened = NewIncident {
            approach: None,
            detected_at,
            occurred_at: None,
            policy: group[0].policy.clone(),
            mention: first.member.clone(),
            proposal: moved.iter().fold(Grading::default(), |all, n| all.join(&self.mentions[*n].proposal)),
            label: None,
            by_hand: false,
            shown: None,
            others: moved[1..].iter().map(|n| self.mentions[*n].member.clone()).collect(),
        };
        let of = moved.iter().map(|n| (self.mentions[*n].member.id.clone(), own.clone())).collect();
        let into = IncidentId::new(self.number(detected_at));
        let found = Some(Box::new(SplitOff { into: into.clone(), of }));
        let command = Command::Split { mentions: ids, label: None, found };
        let analyst = Actor::office("analyst");
        let new = Incident { id: into.clone(), ..Incident::default() };
        let open = decide(&new, &Command::Open(Box::new(opened)), &analyst, office(), now);
        let decided = decide_group(&group, own, &command, &analyst, office(), now);
        let (Ok(open), Ok(decided)) = (open, decided) else {
            self.numbers = numbers;
            return false;
        };
        self.apply_all(Ok(decided), now);
        self.incidents.insert(into.clone(), new);
        self.opened.0.push(into.clone());
        self.apply(&into, &open, now);
        self.prepare(&into, now);
        for n in moved {
            self.mentions[n].place = into.clone();
        }
        true
    }

    /// What the office had ready for the matter.
    fn prepare(&mut self, id: &IncidentId, now: Instant) {
        let state = self.incidents[id].clone();
        let matter = Matter {
            title: None,
            text: super::deed::TEXT,
            topics: &[],
            regions: &state.regions,
            grading: state.proposal,
            on: state.detected_at.date(),
        };
        let prepared = super::SHARED.rules.prepared(&matter);
        if !prepared.is_empty() {
            let command = Command::Prepare(prepared);
            let events = decide(&state, &command, &Actor::System, office(), now).expect("prepared");
            self.apply(id, &events, now);
        }
    }

    fn number(&mut self, at: Instant) -> String {
        self.number_of("incident", at)
    }

    fn number_of(&mut self, kind: &str, at: Instant) -> String {
        let day = at.date().format("%Y%m%d").to_string();
        let number = self.numbers.entry(format!("{kind}/{day}")).or_default();
        *number += 1;
        format!("{day}-{number:04}")
    }

    /// The group of an incident, the survivor first.
    fn group(&self, of: &IncidentId) -> Vec<Incident> {
        let ids = self.incidents[of].group.as_ref().map_or_else(|| vec![of.clone()], |group| group.members.clone());
        ids.iter().map(|id| self.incidents[id].clone()).collect()
    }

    fn apply_all(&mut self, decided: Result<Vec<Transition>, incident::Refusal>, now: Instant) -> bool {
        let Ok(transitions) = decided else { return false };
        for transition in transitions {
            self.apply(&transition.incident, &transition.events, now);
        }
        true
    }

    fn apply(&mut self, id: &IncidentId, events: &[incident::Event], now: Instant) {
        let mut state = self.incidents.remove(id).expect("an incident");
        for event in events {
            state = evolve(state, now, event);
            self.rows.push(Row::of(&huiying::acts::stream_of(id), now, event.name(), event));
        }
        self.incidents.insert(id.clone(), state);
    }

    fn on_post(&mut self, id: &PostId, command: &PostCommand, by: &Actor, now: Instant) -> bool {
        let mut state = self.posts[id].clone();
        let Ok(events) = official_post::decide(&state, command, by, office(), now) else { return false };
        for event in &events {
            state = official_post::evolve(state, now, event);
            self.rows.push(Row::of(&huiying::acts::post_stream(id), now, event.name(), event));
        }
        self.posts.insert(id.clone(), state);
        true
    }
}
