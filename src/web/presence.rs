//! Who has a case open now (在看), so that two people see each other before they decide the same thing twice. In memory, of
//! this process: with several nodes on PostgreSQL, people see those who are at the same node.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::ids::{IncidentId, UserId};
use crate::domain::instant::{Instant, Span};

/// How long somebody counts as present after they last said so; a page says it anew every 20 seconds.
const PRESENT_FOR: Span = Span::from_secs(50);
/// Cases that are remembered; beyond it those that nobody looks at any more are let go.
const CASES_MAX: usize = 5_000;

/// What somebody does with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// 正在查看
    Viewing,
    /// 正在定级
    Grading,
    /// 正在交办
    Assigning,
    /// 正在办理: another dialog is open.
    Acting,
    /// Has left.
    Left,
}

/// Somebody who has a case open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Present {
    /// Who.
    pub user: UserId,
    /// 姓名
    pub name: String,
    /// What they do.
    pub doing: Doing,
    /// When they were last heard of, on the machine's clock.
    pub at: Instant,
}

/// Who has which case open.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<Mutex<BTreeMap<IncidentId, Vec<Present>>>>);

impl Presence {
    /// Somebody says what they do with a case; gives who is there now, and whether that differs from before.
    pub fn say(&self, incident: &IncidentId, who: Present) -> (Vec<Present>, bool) {
        let mut cases = self.0.lock();
        let (now, gone) = (who.at, who.at - PRESENT_FOR);
        if cases.len() >= CASES_MAX {
            cases.retain(|_, there| there.iter().any(|one| one.at > gone));
        }
        let there = cases.entry(incident.clone()).or_default();
        let shape = |there: &[Present]| there.iter().map(|one| (one.user.clone(), one.doing)).collect::<Vec<_>>();
        let before = shape(there);
        // A clock that was put back makes nobody stay for ever.
        there.retain(|one| one.at > gone && one.at <= now && one.user != who.user);
        if who.doing != Doing::Left {
            there.push(who);
            there.sort_by(|a, b| a.user.cmp(&b.user));
        }
        let (after, there) = (shape(there), there.clone());
        if there.is_empty() {
            cases.remove(incident);
        }
        (there, before != after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(user: &str, doing: Doing, seconds: i64) -> Present {
        Present { user: user.into(), name: user.into(), doing, at: Instant::from_ms(seconds * 1_000) }
    }

    #[test]
    fn who_is_silent_is_gone_and_what_changes_is_told_once() {
        let presence = Presence::default();
        let case = IncidentId::from("20260511-0001");
        let say = |user, doing, at| {
            let (there, changed) = presence.say(&case, one(user, doing, at));
            (there.iter().map(|one| one.user.to_string()).collect::<Vec<_>>(), changed)
        };
        assert_eq!(say("wang", Doing::Viewing, 0), (vec!["wang".into()], true));
        assert_eq!(say("wang", Doing::Viewing, 20), (vec!["wang".into()], false), "the same again is no news");
        assert_eq!(say("li", Doing::Grading, 30), (vec!["li".into(), "wang".into()], true));
        assert_eq!(say("li", Doing::Grading, 75), (vec!["li".into()], true), "silent for 55 seconds");
        assert_eq!(say("li", Doing::Left, 76), (Vec::new(), true));
        assert!(presence.0.lock().is_empty(), "nothing is kept of a case that nobody looks at");
    }
}
