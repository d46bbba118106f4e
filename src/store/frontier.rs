//! What lists have shown (采集清单): a row for each item of a source, kept from the moment in which a list showed it.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::ids::MentionId;
use crate::domain::instant::Instant;

macro_rules! columns {
    () => {
        "source, mention, item, state, told, tries, reason, page_hash, first_seen_at, seen_at, next_at, position, look_at"
    };
}

statements! {
    PUT = concat!("INSERT INTO source_items (", columns!(), ", url) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
        ON CONFLICT (source, mention) DO UPDATE SET item = excluded.item, state = excluded.state, told = excluded.told, \
        tries = excluded.tries, reason = excluded.reason, page_hash = excluded.page_hash, seen_at = excluded.seen_at, \
        next_at = excluded.next_at, look_at = excluded.look_at, url = excluded.url");
    /// Ids as a JSON list.
    OF = concat!("SELECT ", columns!(), " FROM source_items WHERE source = $1 \
        AND mention IN (SELECT value FROM json_each($2))")
        => concat!("SELECT ", columns!(), " FROM source_items WHERE source = $1 \
        AND mention IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb)))");
    DUE = concat!("SELECT ", columns!(), " FROM source_items WHERE source = $1 AND next_at <= $2 \
        ORDER BY first_seen_at, position, mention LIMIT $3");
    LOOKS = concat!("SELECT ", columns!(), " FROM source_items WHERE source = $1 AND look_at <= $2 \
        ORDER BY look_at, mention LIMIT $3");
    UNTOLD = concat!("SELECT ", columns!(), " FROM source_items WHERE source = $1 AND NOT told \
        ORDER BY first_seen_at, position LIMIT $2");
    SAME_PAGE = concat!("SELECT ", columns!(), " FROM source_items WHERE source = $1 AND page_hash = $2 \
        AND mention <> $3 ORDER BY first_seen_at, mention LIMIT 1");
    RENEW = "UPDATE source_items SET state = 'fetch', tries = 0, next_at = $2 WHERE source = $1 \
        AND state IN ('fetch', 'given_up')";
    COUNTS = "SELECT COUNT(CASE WHEN state = 'fetch' THEN 1 END) AS waiting, \
        COUNT(CASE WHEN state = 'letter' THEN 1 END) AS letters, \
        COUNT(CASE WHEN state = 'given_up' THEN 1 END) AS given_up FROM source_items WHERE source = $1";
    PRUNE = "DELETE FROM source_items WHERE source = $1 AND seen_at < $2 AND next_at IS NULL \
        AND (look_at IS NULL OR look_at = $3)";
    WAKE = "UPDATE source_items SET look_at = $1 WHERE look_at = $2 AND (source, mention) IN (SELECT m.source, m.id \
        FROM incidents i JOIN mentions m ON m.incident = i.id WHERE i.active OR i.state = 'merged')";
    FORGET = "DELETE FROM source_items WHERE source = $1";
    PUT_WALK = "UPDATE source_state SET walk = $2 WHERE source = $1";
    WALK = "SELECT walk FROM source_state WHERE source = $1";
}

/// An item of a source's lists.
#[derive(Clone, Debug, PartialEq, Eq, Default, FromRow)]
pub struct SourceItemRow {
    /// 信源 id.
    pub source: String,
    /// The mention that it is or will be.
    pub mention: MentionId,
    /// What the list says of it, JSON.
    pub item: String,
    /// `fetch`, `stored`, `letter`, `given_up`.
    pub state: String,
    /// Whether a mention of it is stored.
    pub told: bool,
    /// Looks at its page that gave nothing new.
    pub tries: i64,
    /// Why the last one gave nothing.
    pub reason: Option<String>,
    /// Hash of the text that its page gave.
    pub page_hash: Option<String>,
    /// When a list first showed it.
    pub first_seen_at: Instant,
    /// When it was last written.
    pub seen_at: Instant,
    /// When its page is fetched next; none if it is not.
    pub next_at: Option<Instant>,
    /// Its place in the list that first showed it.
    pub position: i64,
    /// When its counts and comments are looked at next; none if they are not.
    pub look_at: Option<Instant>,
}

/// What a source still has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, FromRow)]
pub struct SourceItemCounts {
    /// Pages that are still to be fetched.
    pub waiting: i64,
    /// Letters that wait for an answer.
    pub letters: i64,
    /// Pages that could not be had for a month.
    pub given_up: i64,
}

impl Tx {
    /// Writes an item; `url` is its page, for whoever looks into the database.
    pub async fn put_source_item(&mut self, row: &SourceItemRow, url: Option<&str>) -> Result<(), StoreError> {
        let values = args![
            &row.source,
            &row.mention,
            &row.item,
            &row.state,
            row.told,
            row.tries,
            &row.reason,
            &row.page_hash,
            row.first_seen_at,
            row.seen_at,
            row.next_at,
            row.position,
            row.look_at,
            url,
        ];
        self.run(PUT, values).await.map(|_| ())
    }

    /// Lets everything that waits or was given up be fetched anew: the definition was mended.
    pub async fn renew_source_items(&mut self, source: &str, now: Instant) -> Result<u64, StoreError> {
        self.run(RENEW, args![source, now]).await
    }

    /// Forgets items that need nothing more and were last seen before an instant; `asleep` is the look of those that only an
    /// incident could wake.
    pub async fn prune_source_items(
        &mut self,
        source: &str,
        before: Instant,
        asleep: Instant,
    ) -> Result<u64, StoreError> {
        self.run(PRUNE, args![source, before, asleep]).await
    }

    /// Lets items be looked at from an instant on that are `asleep` and stand in an incident that is in hand by now.
    pub async fn wake_looks(&mut self, now: Instant, asleep: Instant) -> Result<u64, StoreError> {
        self.run(WAKE, args![now, asleep]).await
    }

    /// Forgets all items of a source that is configured no more.
    pub async fn forget_source_items(&mut self, source: &str) -> Result<u64, StoreError> {
        self.run(FORGET, args![source]).await
    }

    /// Writes how far the walk through a source's lists has come, JSON.
    pub async fn put_source_walk(&mut self, source: &str, walk: &str) -> Result<(), StoreError> {
        self.run(PUT_WALK, args![source, walk]).await.map(|_| ())
    }
}

impl Store {
    /// Which of these a source's lists have shown.
    pub async fn source_items(&self, source: &str, ids: &[MentionId]) -> Result<Vec<SourceItemRow>, StoreError> {
        let list = super::task::id_list(ids.iter().map(MentionId::as_str));
        self.all(OF, args![source, list]).await
    }

    /// Items whose page is due, the oldest first.
    pub async fn due_source_items(
        &self,
        source: &str,
        now: Instant,
        limit: i64,
    ) -> Result<Vec<SourceItemRow>, StoreError> {
        self.all(DUE, args![source, now, limit]).await
    }

    /// Items whose counts and comments are due to be looked at, those that wait longest first.
    pub async fn due_looks(&self, source: &str, now: Instant, limit: i64) -> Result<Vec<SourceItemRow>, StoreError> {
        self.all(LOOKS, args![source, now, limit]).await
    }

    /// Items of which no mention is stored yet, the oldest first.
    pub async fn untold_source_items(&self, source: &str, limit: i64) -> Result<Vec<SourceItemRow>, StoreError> {
        self.all(UNTOLD, args![source, limit]).await
    }

    /// Another item whose page gave the same text.
    pub async fn source_item_of_page(
        &self,
        source: &str,
        hash: &str,
        but: &MentionId,
    ) -> Result<Option<SourceItemRow>, StoreError> {
        self.optional(SAME_PAGE, args![source, hash, but]).await
    }

    /// What a source still has to do.
    pub async fn source_item_counts(&self, source: &str) -> Result<SourceItemCounts, StoreError> {
        self.one(COUNTS, args![source]).await
    }

    /// How far the walk through a source's lists has come, JSON.
    pub async fn source_walk(&self, source: &str) -> Result<Option<String>, StoreError> {
        Ok(self.optional::<(Option<String>,)>(WALK, args![source]).await?.and_then(|(walk,)| walk))
    }
}
