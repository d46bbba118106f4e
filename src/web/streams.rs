//! How many live streams a user and a session may have open: one of them with a thousand tabs takes no other's.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::domain::ids::UserId;

/// Streams of one session: its tabs.
const OF_SESSION_MAX: usize = 8;
/// Streams of one user, with all sessions.
const OF_USER_MAX: usize = 32;

/// The streams that are open, by whose they are.
#[derive(Clone, Debug, Default)]
pub struct Streams(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    users: HashMap<UserId, usize>,
    /// By hash of the session's token.
    sessions: HashMap<String, usize>,
}

/// A stream that is open; ended by dropping it.
#[derive(Debug)]
pub struct OpenStream {
    streams: Streams,
    user: UserId,
    session: String,
}

impl Streams {
    /// One more; none if the user or the session has as many as it may.
    pub fn open(&self, user: &UserId, session: &str) -> Option<OpenStream> {
        let mut open = self.0.lock();
        let of_user = open.users.get(user).copied().unwrap_or(0);
        let of_session = open.sessions.get(session).copied().unwrap_or(0);
        if of_user >= OF_USER_MAX || of_session >= OF_SESSION_MAX {
            return None;
        }
        open.users.insert(user.clone(), of_user + 1);
        open.sessions.insert(session.to_owned(), of_session + 1);
        Some(OpenStream { streams: self.clone(), user: user.clone(), session: session.to_owned() })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock();
        let Open { users, sessions } = &mut *open;
        one_less(users, &self.user);
        one_less(sessions, &self.session);
    }
}

fn one_less<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_and_a_user_have_so_many_and_get_them_back() {
        let streams = Streams::default();
        let wang = UserId::from("wang");
        let mut open: Vec<_> = (0..OF_SESSION_MAX).map(|_| streams.open(&wang, "a").unwrap()).collect();
        assert!(streams.open(&wang, "a").is_none());
        for n in OF_SESSION_MAX..OF_USER_MAX {
            open.push(streams.open(&wang, &format!("session {n}")).unwrap());
        }
        assert!(streams.open(&wang, "another").is_none(), "as many as a user may have");
        assert!(streams.open(&"li".into(), "theirs").is_some(), "another user's are their own");
        drop(open);
        let left = streams.0.lock();
        assert!(left.users.is_empty() && left.sessions.is_empty());
    }
}
