//! The store as a run over a source sees it: what is known, and what is kept in one transaction with where the run stands.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::Engine;
use super::collect::LEASE;
use crate::acts::intake::Intake;
use crate::collect::detail::Answer;
use crate::collect::fetch::Validators;
use crate::collect::frontier::{Entry, Find, State, Walk, next_look};
use crate::collect::health::Failed;
use crate::collect::scan::{Kept, Known, Remembered, Shelf, ShelfError};
use crate::domain::ids::MentionId;
use crate::domain::instant::{Instant, Span};
use crate::rules::Rules;
use crate::rules::source::SourceDefinition;
use crate::store::{LetterAnswer, NewMention, SourceItemRow, Store, StoreError, Tx};
use crate::time::SharedClock;

/// A run renews its lease no more often than this.
const LEASE_RENEWED_AFTER: Span = Span::from_secs(30);

/// The store, as a run sees it.
pub(super) struct StoreShelf {
    pub(super) store: Store,
    pub(super) intake: Intake,
    pub(super) clock: SharedClock,
    pub(super) rules: Arc<Rules>,
    pub(super) source: SourceDefinition,
    leased_at: Instant,
    /// Whether pages are read though nothing has changed on them.
    pub(super) forgets_pages: bool,
    /// Whether the source has ever given anything.
    pub(super) has_given: bool,
    /// Finds that can't be mentions.
    pub(super) refused: Vec<Failed>,
}

impl StoreShelf {
    /// Of a source that was claimed at an instant.
    pub(super) fn new(
        engine: &Engine,
        intake: Intake,
        rules: Arc<Rules>,
        source: SourceDefinition,
        claimed_at: Instant,
    ) -> Self {
        Self {
            store: engine.store.clone(),
            intake,
            clock: engine.clock.clone(),
            rules,
            source,
            leased_at: claimed_at,
            forgets_pages: false,
            has_given: false,
            refused: Vec::new(),
        }
    }

    /// A mention ready to be stored, or why it can't be.
    pub(super) fn prepare(
        &self,
        input: crate::domain::mention::MentionInput,
        now: Instant,
    ) -> Result<NewMention, String> {
        self.intake.arrive(input, Some(&self.source), &self.rules.office, now, false)
    }

    /// Stores the find of an entry; gives what became of it. One that can't be a mention is told and tried no more.
    async fn put(&mut self, tx: &mut Tx, entry: &mut Entry, now: Instant) -> Result<Kept, StoreError> {
        let Some(Find { mention, answer }) = entry.find.take() else { return Ok(Kept::default()) };
        let what = mention.url.clone().or_else(|| mention.title.clone()).unwrap_or_else(|| "一条".into());
        let prepared = match self.prepare(mention, now) {
            Ok(prepared) => prepared,
            Err(why) => {
                (entry.state, entry.next_at, entry.reason) = (State::GivenUp, None, Some(why.clone()));
                self.refused.push(Failed { what, why, for_good: true });
                return Ok(Kept::default());
            }
        };
        let mut kept = Kept::default();
        let Some(inserted) = tx.insert_mentions(std::slice::from_ref(&prepared)).await?.pop() else { return Ok(kept) };
        if inserted.new {
            kept.new = 1;
        } else if tx.revise_mention(&inserted.id, &prepared.input, now).await? {
            kept.revised = 1;
        }
        if let Some(Answer { text, at, by }) = answer {
            // A page that shows an answer without its time was answered when it was first seen, at the latest.
            let (by, text) = (by.as_deref(), Some(text.as_str()));
            let answer = LetterAnswer { at: at.unwrap_or(now), is_stated: at.is_some(), by, text };
            tx.answer_mention(&inserted.id, &answer).await?;
        }
        Ok(kept)
    }

    /// Notes what a look saw, stores the comments under the post, and says when it is looked at next.
    async fn note(&self, tx: &mut Tx, entry: &mut Entry, now: Instant) -> Result<usize, StoreError> {
        let Some(look) = entry.look.take() else { return Ok(0) };
        if let Some(reach) = look.reach {
            tx.note_engagement(&entry.mention, &reach, now, false).await?;
        }
        let mut comments = Vec::with_capacity(look.comments.len());
        for comment in look.comments {
            // What can't be a mention is no loss: an empty line, a picture alone.
            if let Ok(prepared) = self.prepare(comment, now) {
                comments.push(NewMention { parent: Some(entry.mention.clone()), ..prepared });
            }
        }
        let inserted = tx.insert_mentions(&comments).await?;
        if look.is_whole {
            let in_hand = tx.is_in_hand(&entry.mention).await?;
            entry.look_at = Some(next_look(entry.first_seen_at, now, in_hand));
        }
        Ok(inserted.iter().filter(|comment| comment.new).count())
    }

    fn row(&self, entry: &Entry, now: Instant) -> SourceItemRow {
        SourceItemRow {
            source: self.source.id.clone(),
            mention: entry.mention.clone(),
            item: serde_json::to_string(&entry.item).unwrap_or_default(),
            state: entry.state.id().to_owned(),
            told: entry.told,
            tries: i64::from(entry.tries),
            reason: entry.reason.clone(),
            page_hash: entry.page_hash.clone(),
            first_seen_at: entry.first_seen_at,
            seen_at: now,
            next_at: entry.next_at,
            position: i64::from(entry.position),
            look_at: entry.look_at,
        }
    }

    /// Has the source longer.
    pub(super) async fn renew(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        if now - self.leased_at < LEASE_RENEWED_AFTER {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        tx.lease_source(&self.source.id, Some(now + self.source.http.timeout.0 + LEASE)).await?;
        tx.commit().await?;
        self.leased_at = now;
        Ok(())
    }
}

fn shelf_error(error: StoreError) -> ShelfError {
    ShelfError(Box::new(error))
}

#[async_trait]
impl Shelf for StoreShelf {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    async fn page(&mut self, url: &str) -> Result<Option<Remembered>, ShelfError> {
        if self.forgets_pages {
            return Ok(None);
        }
        let page = self.store.source_page(&self.source.id, url).await.map_err(shelf_error)?;
        Ok(page.map(|page| Remembered {
            url: page.url,
            validators: Validators { etag: page.etag, last_modified: page.last_modified },
            hash: page.content_hash,
        }))
    }

    async fn known(&mut self, ids: &[MentionId]) -> Result<Vec<Known>, ShelfError> {
        let rows = self.store.source_items(&self.source.id, ids).await.map_err(shelf_error)?;
        let mut entries: HashMap<MentionId, Entry> =
            rows.into_iter().map(|row| (row.mention.clone(), entry(row))).collect();
        let stored = self.store.known_mentions(ids).await.map_err(shelf_error)?;
        let mut known: Vec<Known> = stored.into_iter().map(|id| Known { entry: entries.remove(&id), id }).collect();
        known.extend(entries.into_iter().map(|(id, entry)| Known { id, entry: Some(entry) }));
        Ok(known)
    }

    async fn keep(&mut self, entries: Vec<Entry>, walk: &Walk) -> Result<Kept, ShelfError> {
        let now = self.clock.now();
        let mut tx = self.store.write().await.map_err(shelf_error)?;
        let mut kept = Kept::default();
        for mut entry in entries {
            let put = self.put(&mut tx, &mut entry, now).await.map_err(shelf_error)?;
            kept.new += put.new;
            kept.revised += put.revised;
            kept.comments += self.note(&mut tx, &mut entry, now).await.map_err(shelf_error)?;
            let url = entry.item.url.as_ref().map(url::Url::as_str);
            tx.put_source_item(&self.row(&entry, now), url).await.map_err(shelf_error)?;
        }
        let walk = serde_json::to_string(walk).unwrap_or_default();
        tx.put_source_walk(&self.source.id, &walk).await.map_err(shelf_error)?;
        tracing::trace!(target: "huiying::step", "stored");
        tx.commit().await.map_err(shelf_error)?;
        Ok(kept)
    }

    async fn due(&mut self, limit: usize) -> Result<Vec<Entry>, ShelfError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.store.due_source_items(&self.source.id, self.clock.now(), limit).await;
        Ok(rows.map_err(shelf_error)?.into_iter().map(entry).collect())
    }

    async fn untold(&mut self, limit: usize) -> Result<Vec<Entry>, ShelfError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.store.untold_source_items(&self.source.id, limit).await;
        Ok(rows.map_err(shelf_error)?.into_iter().map(entry).collect())
    }

    async fn looks(&mut self, limit: usize) -> Result<Vec<Entry>, ShelfError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.store.due_looks(&self.source.id, self.clock.now(), limit).await;
        Ok(rows.map_err(shelf_error)?.into_iter().map(entry).collect())
    }

    async fn same_page(&mut self, hash: &str, but: &MentionId) -> Result<Option<Entry>, ShelfError> {
        let row = self.store.source_item_of_page(&self.source.id, hash, but).await.map_err(shelf_error)?;
        Ok(row.map(entry))
    }

    async fn go_on(&mut self) -> Result<(), ShelfError> {
        self.renew().await.map_err(shelf_error)
    }
}

fn entry(row: SourceItemRow) -> Entry {
    Entry {
        mention: row.mention,
        item: serde_json::from_str(&row.item).unwrap_or_default(),
        state: State::from_id(&row.state),
        told: row.told,
        tries: u32::try_from(row.tries).unwrap_or(0),
        reason: row.reason,
        page_hash: row.page_hash,
        first_seen_at: row.first_seen_at,
        position: u32::try_from(row.position).unwrap_or(0),
        next_at: row.next_at,
        look_at: row.look_at,
        find: None,
        look: None,
    }
}
