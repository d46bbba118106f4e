//! Whose turn it is where somebody guesses: a question that had to wait is looked at when it comes again after its wait,
//! whatever others asked meanwhile. Whoever knows their password asks the same question twice; whoever guesses asks another
//! one each time. So a colleague behind the guesser's own address gets in after one wait, and the guesser stays slow.
//! Nothing is said of a question that waits, since its password isn't looked at. Known to this process alone.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

use parking_lot::Mutex;

use crate::domain::instant::{Instant, Span};

/// Questions that wait at once: one outlives a minute of a thousand others a second, which is more than the database counts.
const WAITING_MAX: usize = 65_536;
/// Turns taken under one user, and from one address, within [`TAKEN_WITHIN`]: who plans for turns guesses no quicker.
const TAKEN_MAX: usize = 10;
const TAKEN_WITHIN: Span = Span::from_secs(60);
/// Who does not come back for so long has to wait anew.
const KEPT: Span = Span::from_minutes(15);

/// The questions that wait.
#[derive(Debug, Default)]
pub struct Turns {
    /// Hashes are keyed anew by each process, so that they tell nothing of the passwords.
    keys: RandomState,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// When each may be looked at.
    due: HashMap<u64, Instant>,
    /// In the order in which they came.
    order: VecDeque<u64>,
    taken: VecDeque<(Instant, Asked)>,
}

/// What is asked, by hashes.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    question: u64,
    user: u64,
    address: u64,
}

impl Turns {
    /// A question as it is known again.
    pub fn asked(&self, user: &str, address: &str, password: &str) -> Asked {
        let hash = |words: &[&str]| self.keys.hash_one(words);
        Asked {
            question: hash(&[user, address, password]),
            user: hash(&["user", user]),
            address: hash(&["address", address]),
        }
    }

    /// How long a question still has to wait for which this wait is due now; nothing if its turn has come, which it then takes.
    pub fn wait(&self, asked: Asked, wait: Span, now: Instant) -> Span {
        let mut waiting = self.waiting.lock();
        if wait <= Span::ZERO {
            waiting.due.remove(&asked.question);
            return Span::ZERO;
        }
        let due = waiting.due.get(&asked.question).copied().filter(|due| now < *due + KEPT);
        let Some(due) = due else {
            waiting.enter(asked.question, now + wait);
            return wait;
        };
        if now < due {
            return wait.min(due - now);
        }
        while waiting.taken.front().is_some_and(|(at, _)| *at + TAKEN_WITHIN <= now) {
            waiting.taken.pop_front();
        }
        for same in [|a: &Asked, b: &Asked| a.user == b.user, |a: &Asked, b: &Asked| a.address == b.address] {
            let mut of_it = waiting.taken.iter().filter(|(_, other)| same(&asked, other));
            let first = of_it.next().map(|(at, _)| *at);
            if let Some(first) = first
                && of_it.count() + 1 >= TAKEN_MAX
            {
                return wait.min(first + TAKEN_WITHIN - now);
            }
        }
        waiting.due.remove(&asked.question);
        waiting.taken.push_back((now, asked));
        Span::ZERO
    }
}

impl Waiting {
    fn enter(&mut self, question: u64, due: Instant) {
        while self.order.len() >= WAITING_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.due.remove(&oldest);
            }
        }
        if self.due.insert(question, due).is_none() {
            self.order.push_back(question);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Span = Span::from_secs(60);

    #[test]
    fn a_question_that_comes_again_after_its_wait_is_looked_at_once() {
        let (turns, now) = (Turns::default(), Instant::from_ms(0));
        let mine = turns.asked("wang", "10.0.0.1", "mine");
        assert_eq!(turns.wait(mine, MINUTE, now), MINUTE);
        for n in 0..50 {
            let other = turns.asked("wang", "10.0.0.1", &format!("guess {n}"));
            assert_eq!(turns.wait(other, MINUTE, now + Span::from_secs(n)), MINUTE);
        }
        assert_eq!(turns.wait(mine, MINUTE, now + Span::from_secs(59)), Span::from_secs(1));
        assert_eq!(turns.wait(mine, MINUTE, now + MINUTE), Span::ZERO);
        assert_eq!(turns.wait(mine, MINUTE, now + MINUTE), MINUTE, "the next one waits anew");
    }

    #[test]
    fn who_plans_for_turns_has_ten_a_minute() {
        let (turns, now) = (Turns::default(), Instant::from_ms(0));
        let ask = |n: i64, now| turns.wait(turns.asked("wang", "10.0.0.1", &n.to_string()), MINUTE, now);
        (0..600).for_each(|n| assert_eq!(ask(n, now), MINUTE));
        let later = now + MINUTE;
        assert_eq!((0..600).filter(|n| ask(*n, later) == Span::ZERO).count(), TAKEN_MAX);
        assert_eq!((0..600).filter(|n| ask(*n, later + MINUTE) == Span::ZERO).count(), TAKEN_MAX);
    }

    #[test]
    fn what_waits_takes_little_room() {
        let (turns, now) = (Turns::default(), Instant::from_ms(0));
        (0..WAITING_MAX + 10).for_each(|n| {
            turns.wait(turns.asked("wang", "10.0.0.1", &n.to_string()), MINUTE, now);
        });
        let waiting = turns.waiting.lock();
        assert!(waiting.due.len() <= WAITING_MAX && waiting.order.len() <= WAITING_MAX);
    }
}
