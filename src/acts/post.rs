//! The one way in for official posts (官方发布): load → decide → append → project, in one transaction.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::domain::actor::Actor;
use crate::domain::ids::PostId;
use crate::domain::incident::Refusal;
use crate::domain::instant::Instant;
use crate::domain::ledger;
use crate::domain::notice::notices_of_post;
use crate::domain::official_post::{NewPost, OfficialPost, PostCommand, PostEvent, decide, evolve, next_due};
use crate::store::{Append, ClockRow, NewEvent, Tx};

use super::kept::{Recorded, kept};
use super::project::{self, Way};
use super::{ATTEMPTS_MAX, ActError, Acts, unless_it_panics};

/// Kind of an official post's stream.
pub const POST: &str = "post";

/// What an act on an official post did.
#[derive(Clone, Debug)]
pub struct PostActed {
    /// The post.
    pub post: PostId,
    /// What happened, in order.
    pub events: Vec<PostEvent>,
    /// The same as rows of the ledger.
    pub rows: Vec<Value>,
    /// The state after it.
    pub state: OfficialPost,
}

/// An official post in a list, with the rows of its clocks in the order of starting.
#[derive(Clone, Debug)]
pub struct ListedPost {
    /// The post.
    pub post: OfficialPost,
    /// One for each account concerned.
    pub clocks: Vec<ClockRow>,
}

/// Days in Beijing on which posts were public, both ends included; an open end is not bounded.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostDays {
    /// The first.
    pub from: Option<NaiveDate>,
    /// The last.
    pub to: Option<NaiveDate>,
}

impl PostDays {
    /// The first stream of these days, and the first one after them: the number of a post begins with its day.
    fn bounds(self) -> (String, String) {
        let day = |day: NaiveDate| format!("{POST}/{}", day.format("%Y%m%d"));
        let from = self.from.map_or_else(|| format!("{POST}/"), day);
        // The character after the slash ends the streams of posts.
        let after = self.to.and_then(|to| to.succ_opt()).map_or_else(|| format!("{POST}0"), day);
        (from, after)
    }
}

/// The stream of an official post.
pub fn post_stream(post: &PostId) -> String {
    format!("{POST}/{post}")
}

/// The official post of a stream, if it is one's.
pub fn post_of(stream: &str) -> Option<PostId> {
    stream.strip_prefix("post/").map(PostId::from)
}

impl Acts {
    /// Official posts of those days by number, the latest first, from the one after `after` on; as of one moment.
    ///
    /// # Errors
    /// [`ActError`]: the database's, or a stored state that can't be read.
    pub async fn posts(&self, days: PostDays, after: Option<&PostId>, limit: i64) -> Result<Vec<ListedPost>, ActError> {
        let (from, end) = days.bounds();
        let end = match after {
            Some(after) => post_stream(after).min(end),
            None => end,
        };
        let mut moment = self.store.snapshot().await?;
        let streams = moment.streams_before(&from, &end, limit).await?;
        let names: Vec<&str> = streams.iter().map(|stored| stored.stream.as_str()).collect();
        let mut clocks: BTreeMap<String, Vec<ClockRow>> = BTreeMap::new();
        for row in moment.clocks_of(&names).await? {
            clocks.entry(row.stream.clone()).or_default().push(row);
        }
        let mut listed = Vec::with_capacity(streams.len());
        for stored in &streams {
            let clocks = clocks.remove(&stored.stream).unwrap_or_default();
            listed.push(ListedPost { post: OfficialPost::of(&mut moment, stored).await?, clocks });
        }
        moment.rollback().await?;
        Ok(listed)
    }

    /// Registers what the city's own accounts published; gives it its number: `YYYYMMDD-NNNN`.
    ///
    /// # Errors
    /// [`ActError`]; nothing was changed.
    pub async fn publish(
        &self,
        post: NewPost,
        effective_at: Instant,
        by: &Actor,
        now: Instant,
    ) -> Result<PostActed, ActError> {
        let day = effective_at.date().format("%Y%m%d").to_string();
        let command = PostCommand::Publish { effective_at, post };
        let mut tx = self.store.write().await?;
        let number = tx.next_number(&format!("{POST}/{day}")).await?;
        let post = OfficialPost { id: PostId::new(format!("{day}-{number:04}")), ..OfficialPost::default() };
        let acted = self.commit_post(&mut tx, &post, &command, by, now).await?;
        tx.commit().await?;
        Ok(acted)
    }

    /// Does one act on an official post in a transaction of its own; over events of others it is decided again.
    ///
    /// # Errors
    /// [`ActError`]; nothing was changed.
    pub async fn act_on_post(
        &self,
        id: &PostId,
        command: &PostCommand,
        by: &Actor,
        now: Instant,
    ) -> Result<PostActed, ActError> {
        let mut attempt = 1;
        loop {
            let outcome = async {
                let mut tx = self.store.write().await?;
                let acted = self.act_on_post_in(&mut tx, id, command, by, now).await?;
                tx.commit().await?;
                Ok(acted)
            }
            .await;
            match outcome {
                Err(error) if ActError::is_conflict(&error) && attempt < ATTEMPTS_MAX => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// The same within a transaction of the caller's.
    ///
    /// # Errors
    /// [`ActError`]; the caller rolls back, to a savepoint at least.
    pub async fn act_on_post_in(
        &self,
        tx: &mut Tx,
        id: &PostId,
        command: &PostCommand,
        by: &Actor,
        now: Instant,
    ) -> Result<PostActed, ActError> {
        let stored = tx.stream(&post_stream(id)).await?.ok_or_else(|| ActError::NoPost(id.clone()))?;
        let before = OfficialPost::of(tx, &stored).await?;
        self.commit_post(tx, &before, command, by, now).await
    }

    async fn commit_post(
        &self,
        tx: &mut Tx,
        before: &OfficialPost,
        command: &PostCommand,
        by: &Actor,
        now: Instant,
    ) -> Result<PostActed, ActError> {
        let rules = self.rules();
        command.check_instants().map_err(Refusal)?;
        let stream = post_stream(&before.id);
        let events = unless_it_panics(&stream, || decide(before, command, by, &rules.office, now))??;
        let mut state = before.clone();
        let way = Way { stream: &stream, office: &rules.office, routes: &self.routes, now };
        let (mut stored, mut told) = (Vec::with_capacity(events.len()), Vec::new());
        for event in &events {
            state = evolve(state, now, event);
            let body = kept(&stream, event)?;
            stored.push(NewEvent { at: now, event: event.name().to_owned(), by: by.name().to_owned(), body });
            for notice in notices_of_post(&state, event) {
                let payload = json!({ "post": state.id, "kind": notice.kind, "text": notice.text, "at": now });
                told.extend(way.rows(&notice.key, &notice.recipient, &payload.to_string()));
            }
        }
        tx.put_outbox(&told).await?;
        tx.append(Append {
            stream: &stream,
            kind: POST,
            expected_seq: i64::try_from(before.seq).unwrap_or(i64::MAX),
            events: &stored,
            state: &kept(&stream, &state)?,
            next_at: next_due(&state),
        })
        .await?;
        for (n, clock) in state.clocks.iter().enumerate() {
            if before.clocks.get(n) != Some(clock) {
                tx.put_clock(&project::clock_row(&stream, None, clock)).await?;
            }
        }
        let name = state.name();
        let rows = events
            .iter()
            .map(|event| {
                let stored = serde_json::to_value(event).unwrap_or_default();
                ledger::row_of_post(now, &name, event.name(), stored)
            })
            .collect();
        Ok(PostActed { post: state.id.clone(), events, rows, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_hold_their_own_posts_alone() {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        let holds = |days: PostDays, id: &str| {
            let (from, after) = days.bounds();
            let stream = post_stream(&id.into());
            stream >= from && stream < after
        };
        let year_end = PostDays { from: day("2026-12-30"), to: day("2026-12-31") };
        for (id, expected) in
            [("20261229-9999", false), ("20261230-0001", true), ("20261231-10000", true), ("20270101-0001", false)]
        {
            assert_eq!(holds(year_end, id), expected, "{id}");
            assert!(holds(PostDays::default(), id), "{id}");
        }
        let (from, after) = PostDays::default().bounds();
        for other in ["incident/20261230-0001", "administration", "seal/20261230"] {
            assert!(!(from.as_str()..after.as_str()).contains(&other), "{other}");
        }
    }
}
