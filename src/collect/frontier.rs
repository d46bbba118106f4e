//! What lists have shown (采集清单): each item with what is still to be done about it. It is written before anything is
//! fetched, so that a kill, a failing page or a full run costs time and no post.

use serde::{Deserialize, Serialize};

use super::detail::Answer;
use super::list::Item;
use crate::domain::ids::MentionId;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::{Engagement, MentionInput};

/// Between two walks through all list pages that a source allows, known or not: what was added further back is found.
pub const FULL_WALK_EVERY: Span = Span::from_hours(24);
/// First pause before a page that could not be had is asked for again; doubled each time.
const AGAIN_FIRST: Span = Span::from_minutes(10);
/// Longest such pause.
const AGAIN_MAX: Span = Span::from_hours(24);
/// A page that can't be had for so long is given up; what the list said of it stays.
const GIVEN_UP_AFTER: Span = Span::from_days(30);
/// Looks at an answered letter, after its answer was seen: what is corrected later is seen too.
const ANSWERED_LOOKS: [Span; 3] = [Span::from_days(1), Span::from_days(3), Span::from_days(7)];
/// Looks at a post's counts and comments, after it was first seen; then daily while its incident is in hand.
const LOOKS: [Span; 3] = [Span::from_hours(1), Span::from_hours(6), Span::from_hours(24)];
/// Between two looks at a post of an incident that is in hand.
const LOOK_EVERY: Span = Span::from_hours(24);
/// When a post is looked at whose looks are done: when an incident that it stands in is in hand, which may be later. Of no
/// time that comes, so that such rows are never due.
pub const ASLEEP: Instant = Instant::from_ms(i64::MAX);
/// An unanswered letter older than this is looked at no more.
const LETTER_WATCHED: Span = Span::from_days(400);

/// What is to be done about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its page is still to be fetched.
    Fetch,
    /// Stored as well as it can be had.
    Stored,
    /// A letter that waits for its answer.
    Letter,
    /// Its page can't be had; what the list said of it is stored.
    GivenUp,
}

impl State {
    /// The word that is stored.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Stored => "stored",
            Self::Letter => "letter",
            Self::GivenUp => "given_up",
        }
    }

    /// The state of that word; one that nobody knows is fetched again.
    pub fn from_id(id: &str) -> Self {
        [Self::Stored, Self::Letter, Self::GivenUp].into_iter().find(|state| state.id() == id).unwrap_or(Self::Fetch)
    }
}

/// A post that was found, with the answer to it if it is a letter that has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    /// The post.
    pub mention: MentionInput,
    /// The answer.
    pub answer: Option<Answer>,
}

/// An item of a source, with what is stored of it now.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The mention that it is or will be.
    pub mention: MentionId,
    /// What the list says of it.
    pub item: Item,
    /// What is to be done.
    pub state: State,
    /// Whether a mention of it is stored, or the list has no word of which one could be made.
    pub told: bool,
    /// Looks at its page that gave nothing new.
    pub tries: u32,
    /// Why the last one gave nothing.
    pub reason: Option<String>,
    /// Hash of the text that its page gave.
    pub page_hash: Option<String>,
    /// When a list first showed it.
    pub first_seen_at: Instant,
    /// Its place in the list that first showed it: pages are fetched in that order.
    pub position: u32,
    /// When its page is fetched next; none if it is not.
    pub next_at: Option<Instant>,
    /// When its counts and comments are looked at next; none if it has none that could be.
    pub look_at: Option<Instant>,
    /// A mention to store with it.
    pub find: Option<Find>,
    /// What a look saw of it.
    pub look: Option<Look>,
}

/// What was seen of how a post went on.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Look {
    /// Its counts, if they are shown.
    pub reach: Option<Engagement>,
    /// Comments under it, as mentions.
    pub comments: Vec<MentionInput>,
    /// Whether it is done: else the rest of it comes with this run.
    pub is_whole: bool,
}

/// How far a walk through list pages has come.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Walk {
    /// The page at which an unfinished walk goes on, and how many pages it may still read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<(String, u32)>,
    /// When all pages were last walked through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_at: Option<Instant>,
}

/// When a post that was first seen at an instant is looked at next.
pub fn next_look(first_seen_at: Instant, now: Instant, in_hand: bool) -> Instant {
    let next = LOOKS.into_iter().map(|after| first_seen_at + after).find(|at| *at > now);
    next.unwrap_or(if in_hand { now + LOOK_EVERY } else { ASLEEP })
}

impl Walk {
    /// Notes where the walk has to go on: the page nearer to the list's head if two walks were cut off.
    pub fn cut_off(&mut self, url: &str, pages_left: u32) {
        if pages_left > 0 && self.resume.as_ref().is_none_or(|(_, left)| *left < pages_left) {
            self.resume = Some((url.to_owned(), pages_left));
        }
    }
}

impl Entry {
    /// An item that a list shows for the first time.
    pub fn new(mention: MentionId, item: Item, now: Instant) -> Self {
        Self {
            mention,
            item,
            state: State::Fetch,
            told: false,
            tries: 0,
            reason: None,
            page_hash: None,
            first_seen_at: now,
            position: 0,
            next_at: Some(now),
            look_at: None,
            find: None,
            look: None,
        }
    }

    /// Its page gave nothing: when it is asked for again; given up after 30 days.
    pub fn failed(&mut self, why: &str, now: Instant) {
        self.tries = self.tries.saturating_add(1);
        self.reason = Some(why.to_owned());
        if now - self.first_seen_at >= GIVEN_UP_AFTER {
            (self.state, self.next_at) = (State::GivenUp, None);
        } else {
            let doubled = AGAIN_FIRST.ms().saturating_mul(1 << self.tries.clamp(1, 20).saturating_sub(1));
            self.next_at = Some(now + Span::from_ms(doubled.min(AGAIN_MAX.ms())));
        }
    }

    /// Its page gave what there is; a letter is looked at again until some days after its answer.
    pub fn stored(&mut self, letter: Option<bool>, now: Instant) {
        (self.reason, self.told) = (None, true);
        match letter {
            None => (self.state, self.tries, self.next_at) = (State::Stored, 0, None),
            Some(true) => {
                if self.state != State::Stored {
                    (self.state, self.tries) = (State::Stored, 0);
                }
                self.next_at = ANSWERED_LOOKS.get(self.tries as usize).map(|after| now + *after);
                self.tries = self.tries.saturating_add(1);
            }
            Some(false) => {
                let age = now - self.item.published_at.unwrap_or(self.first_seen_at).min(now);
                let pause = match age {
                    young if young < Span::from_days(1) => Span::from_hours(1),
                    week if week < Span::from_days(7) => Span::from_hours(4),
                    _ => Span::from_hours(20),
                };
                (self.state, self.tries) = (State::Letter, 0);
                self.next_at = (age < LETTER_WATCHED).then(|| now + pause);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_ms(1_778_464_800_000);

    fn entry() -> Entry {
        Entry::new(MentionId::new("m".to_owned()), Item::default(), NOW)
    }

    #[test]
    fn a_page_is_asked_for_again_ever_more_rarely_and_given_up_after_a_month() {
        let (mut entry, mut now, mut pauses) = (entry(), NOW, Vec::new());
        while let Some(next) = entry.next_at {
            pauses.push((next - now).ms() / 60_000);
            now = next;
            entry.failed("404", now);
        }
        assert_eq!(pauses[..6], [0, 10, 20, 40, 80, 160]);
        assert!(pauses.iter().all(|pause| *pause <= 24 * 60), "{pauses:?}");
        assert_eq!(entry.state, State::GivenUp);
        assert!(now - NOW >= Span::from_days(30) && now - NOW < Span::from_days(32));
    }

    #[test]
    fn a_letter_is_looked_at_within_a_day_and_some_days_after_its_answer() {
        let mut entry = entry();
        entry.stored(Some(false), NOW);
        assert_eq!(entry.next_at, Some(NOW + Span::from_hours(1)));
        entry.stored(Some(false), NOW + Span::from_days(200));
        assert_eq!(entry.next_at, Some(NOW + Span::from_days(200) + Span::from_hours(20)));
        let mut looks = 0;
        let mut now = NOW;
        entry.stored(Some(true), now);
        while let Some(next) = entry.next_at {
            now = next;
            looks += 1;
            entry.stored(Some(true), now);
        }
        assert_eq!((looks, entry.state), (3, State::Stored));
    }

    #[test]
    fn a_post_is_looked_at_after_an_hour_six_and_a_day_then_daily_while_its_incident_is_in_hand() {
        let after = |hours: i64| NOW + Span::from_hours(hours);
        let next = |now: i64, in_hand| next_look(NOW, after(now), in_hand);
        assert_eq!([0, 1, 3, 6, 20].map(|now| next(now, false)), [1, 6, 6, 24, 24].map(after));
        assert_eq!((next(24, false), next(24, true)), (ASLEEP, after(48)));
        assert_eq!(next(50, true), after(74), "a look that comes late moves the next one");
    }

    #[test]
    fn of_two_walks_that_were_cut_off_the_one_nearer_to_the_head_goes_on() {
        let mut walk = Walk::default();
        walk.cut_off("/7", 3);
        walk.cut_off("/2", 8);
        walk.cut_off("/8", 2);
        assert_eq!(walk.resume, Some(("/2".to_owned(), 8)));
    }
}
