//! What is known of an official post. Derived from events alone.

use serde::{Deserialize, Serialize};

use super::event::{NewPost, PostEvent};
use crate::domain::clock::{Clock, ClockKind, clock_mut};
use crate::domain::ids::{BodyId, ClockId, PostId};
use crate::domain::instant::Instant;

/// An official post.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct OfficialPost {
    /// 编号
    pub id: PostId,
    /// Number of events so far.
    pub seq: u64,
    /// What it was published with; `None` until it is.
    pub post: Option<NewPost>,
    /// When it was public.
    pub effective_at: Instant,
    /// The last instant at which anything happened: steps before it were told or passed.
    pub settled_at: Instant,
    /// One for each account concerned, in order of starting.
    pub clocks: Vec<Clock>,
}

impl OfficialPost {
    /// The scenario's label, else the id.
    pub fn name(&self) -> String {
        let label = self.post.as_ref().and_then(|post| post.label.as_ref());
        label.map_or_else(|| self.id.to_string(), |label| format!("@{label}"))
    }

    /// The number that the next clock takes.
    pub fn next_clock_id(&self) -> ClockId {
        ClockId(self.clocks.len() as u32 + 1)
    }

    /// The clock of an account.
    pub fn clock_of(&self, account: &str) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.plan.account.as_deref() == Some(account))
    }

    /// The clock of that number.
    pub fn clock(&self, id: ClockId) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.plan.clock_id == id)
    }
}

/// The body of an account: `jixi.weibo` → `jixi`.
pub fn body_of(account: &str) -> BodyId {
    BodyId::from(account.rsplit_once('.').map_or(account, |(body, _)| body))
}

/// The kind of clock that an account's reposts have, if its platform has one.
pub fn kind_of(account: &str) -> Option<ClockKind> {
    match account.rsplit_once('.').map(|(_, platform)| platform) {
        Some("weibo") => Some(ClockKind::WeiboRepost),
        Some("wechat") => Some(ClockKind::WechatRepost),
        _ => None,
    }
}

/// The next state; total: every stored event can be replayed by every later version.
pub fn evolve(mut post: OfficialPost, at: Instant, event: &PostEvent) -> OfficialPost {
    post.seq += 1;
    post.settled_at = at;
    match event {
        PostEvent::Posted { effective_at, post: new, .. } => {
            post.effective_at = *effective_at;
            post.post = Some(new.clone());
        }
        PostEvent::Clock(event) => event.apply(&mut post.clocks, at),
        PostEvent::Escalated { clock, step, to, skipped_stale, .. } => {
            if let Some(clock) = clock_mut(&mut post.clocks, clock.clock_id) {
                clock.step_told(step, to, *skipped_stale);
            }
        }
        PostEvent::Reposted { .. } => {}
    }
    post
}
