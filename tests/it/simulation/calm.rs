//! The same history without any trouble: every timer fires at its own instant, nothing dies, nothing is slow, nothing is
//! stored. What the domain alone says of it.

use std::collections::{BTreeMap, BTreeSet};

use huiying::domain::actor::Actor;
use huiying::domain::ids::{IncidentId, PostId};
use huiying::domain::incident::{
    self, Command, Incident, Transition, decide, decide_group, decide_merge, evolve, next_due,
};
use huiying::domain::instant::{Instant, Span};
use huiying::domain::official_post::{self, OfficialPost, PostCommand};

use super::deed::Deed;
use super::record::Row;
use super::{Entry, office};

/// The calm office.
#[derive(Default)]
pub struct Calm {
    incidents: BTreeMap<IncidentId, Incident>,
    posts: BTreeMap<PostId, OfficialPost>,
    /// In the order of opening.
    opened: (Vec<IncidentId>, Vec<PostId>),
    /// How many of a day have a number.
    numbers: BTreeMap<String, u32>,
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
            Deed::Open(opened) => {
                let id = IncidentId::new(self.number(opened.detected_at));
                let new = Incident { id: id.clone(), ..Incident::default() };
                let Ok(events) = decide(&new, &Command::Open(opened.clone()), &Actor::System, office(), now) else {
                    return false;
                };
                self.incidents.insert(id.clone(), new);
                self.opened.0.push(id.clone());
                self.apply(&id, &events, now);
                true
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
