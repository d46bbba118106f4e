//! What is let go when its time is over (保存期限): in slices, so that others can write in between.

use super::error::StoreError;
use super::open::{Pools, Store};
use super::sql::{Engine, args, statements};
use super::task::id_list;
use super::tx::Tx;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::Instant;

statements! {
    OLD_MENTIONS = "SELECT n, id, incident FROM mentions WHERE detected_at < $1 AND status <> 'pending' \
        ORDER BY detected_at, n LIMIT $2";
    /// Numbers as a JSON list.
    DELETE_MENTIONS = "DELETE FROM mentions WHERE n IN (SELECT value FROM json_each($1))"
        => "DELETE FROM mentions WHERE n IN (SELECT CAST(jsonb_array_elements_text(CAST($1 AS jsonb)) AS BIGINT))";
    /// Closed cases whose texts nobody has looked at yet, with their state.
    OLD_TEXTS = "SELECT i.id, s.state FROM incidents i JOIN streams s ON s.stream = 'incident/' || i.id \
        WHERE NOT i.active AND i.texts IS NULL AND i.updated_at < $1 \
        AND i.state IN ('closed', 'dismissed', 'no_public_response') ORDER BY i.updated_at, i.id LIMIT $2";
    TEXTS_GONE = "UPDATE incidents SET title = $2, summary = '', analysis = NULL, texts = 'gone' WHERE id = $1";
    TEXTS_STAY = "UPDATE incidents SET texts = 'evidence' WHERE id = $1";
    DELETE_REJECTS = "DELETE FROM rejects WHERE id IN (SELECT id FROM rejects WHERE at < $1 ORDER BY at, id LIMIT $2)";
    OLD_NOTICES = "SELECT id FROM notifications WHERE created_at < $1 ORDER BY created_at, id LIMIT $2";
    /// Ids as a JSON list.
    DELETE_READS = "DELETE FROM notification_reads WHERE notification IN (SELECT value FROM json_each($1))"
        => "DELETE FROM notification_reads \
        WHERE notification IN (SELECT CAST(jsonb_array_elements_text(CAST($1 AS jsonb)) AS BIGINT))";
    DELETE_NOTICES = "DELETE FROM notifications WHERE id IN (SELECT value FROM json_each($1))"
        => "DELETE FROM notifications \
        WHERE id IN (SELECT CAST(jsonb_array_elements_text(CAST($1 AS jsonb)) AS BIGINT))";
    /// What waits stays, however old it is.
    DELETE_OUTBOX = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE created_at < $1 \
        AND (sent_at IS NOT NULL OR failed_at IS NOT NULL) ORDER BY created_at, id LIMIT $2)";
    /// Words of deleted mentions stay in the index until its parts are merged; a negative number begins a merge of all of
    /// them, a positive one goes on. PostgreSQL keeps the words in the row.
    MERGE_WORDS = "INSERT INTO mention_words (mention_words, rank) VALUES ('merge', $1)" => "SELECT CAST($1 AS BIGINT)";
    CHANGES = "SELECT total_changes()" => "SELECT CAST(0 AS BIGINT)";
}

/// Pages of the full-text index that one step of a merge writes.
const MERGED_PAGES: i64 = 256;

impl Tx {
    /// Deletes up to `limit` mentions that were detected before an instant; gives how many, and those of cases.
    pub async fn let_mentions_go(&mut self, before: Instant, limit: i64) -> Result<(u64, Vec<MentionId>), StoreError> {
        let old: Vec<(i64, MentionId, Option<IncidentId>)> = self.all(OLD_MENTIONS, args![before, limit]).await?;
        let numbers: Vec<i64> = old.iter().map(|(n, ..)| *n).collect();
        let count = self.run(DELETE_MENTIONS, args![list(&numbers)]).await?;
        Ok((count, old.into_iter().filter(|(_, _, incident)| incident.is_some()).map(|(_, id, _)| id).collect()))
    }

    /// Closed cases to which nothing has happened since, whose texts are still there, with the state of each, JSON.
    pub async fn old_texts(&mut self, before: Instant, limit: i64) -> Result<Vec<(IncidentId, String)>, StoreError> {
        self.all(OLD_TEXTS, args![before, limit]).await
    }

    /// Puts a title in the place of what a case says of its posts.
    pub async fn let_texts_go(&mut self, id: &IncidentId, title: &str) -> Result<(), StoreError> {
        self.run(TEXTS_GONE, args![id, title]).await.map(|_| ())
    }

    /// Marks what a case says of its posts as evidence: it stays.
    pub async fn keep_texts(&mut self, id: &IncidentId) -> Result<(), StoreError> {
        self.run(TEXTS_STAY, args![id]).await.map(|_| ())
    }

    /// Deletes up to `limit` rejects from before an instant.
    pub async fn let_rejects_go(&mut self, before: Instant, limit: i64) -> Result<u64, StoreError> {
        self.run(DELETE_REJECTS, args![before, limit]).await
    }

    /// Deletes up to `limit` in-app notices from before an instant, and who read them.
    pub async fn let_notices_go(&mut self, before: Instant, limit: i64) -> Result<u64, StoreError> {
        let old: Vec<(i64,)> = self.all(OLD_NOTICES, args![before, limit]).await?;
        let ids = list(&old.into_iter().map(|(id,)| id).collect::<Vec<_>>());
        self.run(DELETE_READS, args![&ids]).await?;
        self.run(DELETE_NOTICES, args![ids]).await
    }

    /// Deletes up to `limit` rows of the outbox from before an instant that were sent or given up.
    pub async fn let_outbox_go(&mut self, before: Instant, limit: i64) -> Result<u64, StoreError> {
        self.run(DELETE_OUTBOX, args![before, limit]).await
    }

    /// A step towards a full-text index without the words of what was deleted; false when there is nothing left to do.
    pub async fn forget_words(&mut self, first: bool) -> Result<bool, StoreError> {
        if self.engine() == Engine::Postgres {
            return Ok(false);
        }
        let (before,): (i64,) = self.one(CHANGES, Vec::new()).await?;
        self.run(MERGE_WORDS, args![if first { -MERGED_PAGES } else { MERGED_PAGES }]).await?;
        let (after,): (i64,) = self.one(CHANGES, Vec::new()).await?;
        // One change is the command's own row.
        Ok(after - before >= 2)
    }
}

impl Store {
    /// Brings the log of a SQLite file home and empties it, so that what was deleted does not lie there either. A reader in
    /// the way puts it off until the next time.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        if let Pools::Sqlite { write, .. } = &self.inner.pools {
            let done = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(write).await;
            done.map_err(|error| self.error(error))?;
        }
        Ok(())
    }
}

fn list(numbers: &[i64]) -> String {
    serde_json::to_string(numbers).unwrap_or_else(|_| id_list(std::iter::empty()))
}
