//! The outbox: what shall be told, written in the transaction of what it tells of; sent at least once.

use serde_json::json;
use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::Instant;

/// The columns of [`OutboxRow`].
macro_rules! columns {
    () => {
        "id, key, stream, channel, recipient, payload, created_at, next_attempt_at, attempts, sent_at, error, \
         leased_until, failed_at"
    };
}

statements! {
    /// All rows of one transition, a JSON list: a statement costs more than a row.
    PUT = "INSERT INTO outbox (key, stream, channel, recipient, payload, created_at, next_attempt_at, attempts) \
        SELECT json_extract(value, '$.key'), json_extract(value, '$.stream'), json_extract(value, '$.channel'), \
        json_extract(value, '$.recipient'), json_extract(value, '$.payload'), json_extract(value, '$.created_at'), \
        json_extract(value, '$.send_at'), 0 FROM json_each($1) WHERE true ORDER BY json_each.key \
        ON CONFLICT (key) DO NOTHING"
        => "INSERT INTO outbox (key, stream, channel, recipient, payload, created_at, next_attempt_at, attempts) \
        SELECT value ->> 'key', value ->> 'stream', value ->> 'channel', value ->> 'recipient', value ->> 'payload', \
        CAST(value ->> 'created_at' AS BIGINT), CAST(value ->> 'send_at' AS BIGINT), 0 \
        FROM json_array_elements(CAST($1 AS json)) WITH ORDINALITY AS r (value, n) ORDER BY n \
        ON CONFLICT (key) DO NOTHING";
    CLAIM = concat!("UPDATE outbox SET leased_until = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM outbox \
        WHERE channel = $4 AND sent_at IS NULL AND failed_at IS NULL AND next_attempt_at <= $1 \
        AND (leased_until IS NULL OR leased_until <= $1) ORDER BY next_attempt_at, id LIMIT $3) RETURNING ", columns!())
        => concat!("UPDATE outbox SET leased_until = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM outbox \
        WHERE channel = $4 AND sent_at IS NULL AND failed_at IS NULL AND next_attempt_at <= $1 \
        AND (leased_until IS NULL OR leased_until <= $1) ORDER BY next_attempt_at, id LIMIT $3 \
        FOR UPDATE SKIP LOCKED) RETURNING ", columns!());
    RENEW = "UPDATE outbox SET leased_until = $2 WHERE id = $1 AND sent_at IS NULL AND leased_until < $2";
    SENT = "UPDATE outbox SET sent_at = $2, leased_until = NULL, error = NULL WHERE id = $1 AND sent_at IS NULL";
    RETRY = "UPDATE outbox SET error = $2, next_attempt_at = $3, leased_until = NULL WHERE id = $1 AND sent_at IS NULL";
    /// The claim was no attempt.
    POSTPONE = "UPDATE outbox SET error = $2, next_attempt_at = $3, leased_until = NULL, attempts = attempts - 1 \
        WHERE id = $1 AND sent_at IS NULL";
    FAILED = "UPDATE outbox SET error = $2, failed_at = $3, leased_until = NULL WHERE id = $1 AND sent_at IS NULL";
    REVIVE = "UPDATE outbox SET failed_at = NULL, attempts = 0, next_attempt_at = $2 \
        WHERE id = $1 AND sent_at IS NULL AND failed_at IS NOT NULL";
    NEXT = "SELECT MIN(CASE WHEN leased_until > next_attempt_at THEN leased_until ELSE next_attempt_at END) \
        FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL";
    NEXT_BY_CHANNEL = "SELECT channel, \
        MIN(CASE WHEN leased_until > next_attempt_at THEN leased_until ELSE next_attempt_at END) \
        FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL GROUP BY channel ORDER BY channel";
    UNSENT = concat!("SELECT ", columns!(), " FROM outbox WHERE sent_at IS NULL AND id > $1 ORDER BY id LIMIT $2");
    WAITING = "SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL";
    OLDEST = "SELECT MIN(created_at) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL";
    GIVEN_UP = "SELECT COUNT(*) FROM outbox WHERE failed_at IS NOT NULL";
    LIST_WAITING = concat!("SELECT ", columns!(), " FROM outbox \
        WHERE sent_at IS NULL AND failed_at IS NULL AND id < $1 ORDER BY id DESC LIMIT $2");
    LIST_FAILED = concat!("SELECT ", columns!(), " FROM outbox WHERE failed_at IS NOT NULL AND id < $1 \
        ORDER BY id DESC LIMIT $2");
    LIST_SENT = concat!("SELECT ", columns!(), " FROM outbox \
        WHERE sent_at IS NOT NULL AND channel = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    WAITING_BY_CHANNEL = "SELECT channel, COUNT(*) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL \
        GROUP BY channel ORDER BY channel";
    FAILED_BY_CHANNEL = "SELECT channel, COUNT(*) FROM outbox WHERE failed_at IS NOT NULL GROUP BY channel \
        ORDER BY channel";
    OF_STREAM = concat!("SELECT ", columns!(), " FROM outbox WHERE stream = $1 ORDER BY id");
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOutbox {
    /// Unique: the clock's own id, cycle, threshold or step, recipient, channel (`domain.md` §5 item 17).
    pub key: String,
    /// The stream that it tells of.
    pub stream: String,
    /// The channel that delivers it.
    pub channel: String,
    /// To whom.
    pub recipient: String,
    /// JSON.
    pub payload: String,
    /// When it was decided.
    pub created_at: Instant,
    /// When to send it at the earliest.
    pub send_at: Instant,
}

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OutboxRow {
    /// Order.
    pub id: i64,
    /// Unique key.
    pub key: String,
    /// The stream that it tells of.
    pub stream: String,
    /// Channel.
    pub channel: String,
    /// To whom.
    pub recipient: String,
    /// JSON.
    pub payload: String,
    /// When it was decided.
    pub created_at: Instant,
    /// When it is tried next.
    pub next_attempt_at: Instant,
    /// Times it was claimed.
    pub attempts: i64,
    /// When the channel accepted it.
    pub sent_at: Option<Instant>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Until when whoever claimed it has it.
    pub leased_until: Option<Instant>,
    /// When it was given up, after the last attempt.
    pub failed_at: Option<Instant>,
}

impl Tx {
    /// Adds rows, in order; one whose key is there already is left as it is. Gives how many are new.
    pub async fn put_outbox(&mut self, rows: &[NewOutbox]) -> Result<u64, StoreError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({
                    "key": row.key, "stream": row.stream, "channel": row.channel, "recipient": row.recipient,
                    "payload": row.payload, "created_at": row.created_at.ms(), "send_at": row.send_at.ms(),
                })
            })
            .collect();
        let new = self.run(PUT, args![serde_json::Value::Array(rows).to_string()]).await?;
        self.woke |= new > 0;
        Ok(new)
    }

    /// Claims rows of a channel to send until `leased_until`; whoever dies with them loses them to the next claim after that.
    pub async fn claim_outbox(
        &mut self,
        channel: &str,
        now: Instant,
        leased_until: Instant,
        limit: i64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let mut rows: Vec<OutboxRow> = self.all(CLAIM, args![now, leased_until, limit, channel]).await?;
        rows.sort_by_key(|row| (row.next_attempt_at, row.id));
        Ok(rows)
    }

    /// The channel accepted it. False if it was marked before.
    pub async fn outbox_sent(&mut self, id: i64, at: Instant) -> Result<bool, StoreError> {
        Ok(self.run(SENT, args![id, at]).await? > 0)
    }

    /// The channel did not accept it; try again at `next_attempt_at`.
    pub async fn outbox_retried(&mut self, id: i64, error: &str, next_attempt_at: Instant) -> Result<(), StoreError> {
        self.run(RETRY, args![id, error, next_attempt_at]).await.map(|_| ())
    }

    /// Whoever claimed it still works on it.
    pub async fn renew_outbox(&mut self, id: i64, until: Instant) -> Result<(), StoreError> {
        self.run(RENEW, args![id, until]).await.map(|_| ())
    }

    /// The channel has no room for it before `next_attempt_at`: that was no attempt.
    pub async fn outbox_postponed(&mut self, id: i64, why: &str, next_attempt_at: Instant) -> Result<(), StoreError> {
        self.run(POSTPONE, args![id, why, next_attempt_at]).await.map(|_| ())
    }

    /// The channel did not accept it and will not be asked again.
    pub async fn outbox_failed(&mut self, id: i64, error: &str, at: Instant) -> Result<(), StoreError> {
        self.run(FAILED, args![id, error, at]).await.map(|_| ())
    }

    /// Tries a row again that was given up; false if it was not.
    pub async fn revive_outbox(&mut self, id: i64, at: Instant) -> Result<bool, StoreError> {
        let revived = self.run(REVIVE, args![id, at]).await? > 0;
        self.woke |= revived;
        Ok(revived)
    }
}

impl Store {
    /// When the next row can be claimed.
    pub async fn next_outbox(&self) -> Result<Option<Instant>, StoreError> {
        Ok(self.one::<(Option<Instant>,)>(NEXT, Vec::new()).await?.0)
    }

    /// The same for each channel that has rows.
    pub async fn next_outbox_by_channel(&self) -> Result<Vec<(String, Instant)>, StoreError> {
        self.all(NEXT_BY_CHANNEL, Vec::new()).await
    }

    /// Rows that were not sent, given up or not, after an id.
    pub async fn unsent_outbox(&self, after: i64, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
        self.all(UNSENT, args![after, limit]).await
    }

    /// Rows that wait, or that were given up, before an id, the newest first.
    pub async fn outbox_page(
        &self,
        failed: bool,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = if failed { LIST_FAILED } else { LIST_WAITING };
        self.all(sql, args![before.unwrap_or(i64::MAX), limit]).await
    }

    /// What a channel accepted last.
    pub async fn outbox_sent(&self, channel: &str, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
        self.all(LIST_SENT, args![channel, i64::MAX, limit]).await
    }

    /// How many rows wait, by channel.
    pub async fn waiting_by_channel(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.all(WAITING_BY_CHANNEL, Vec::new()).await
    }

    /// How many rows were given up, by channel.
    pub async fn failed_by_channel(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.all(FAILED_BY_CHANNEL, Vec::new()).await
    }

    /// How many rows were given up.
    pub async fn failed_outbox_count(&self) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(GIVEN_UP, Vec::new()).await?.0)
    }

    /// How many rows wait.
    pub async fn unsent_outbox_count(&self) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(WAITING, Vec::new()).await?.0)
    }

    /// Since when the oldest row that waits has waited.
    pub async fn oldest_unsent(&self) -> Result<Option<Instant>, StoreError> {
        Ok(self.one::<(Option<Instant>,)>(OLDEST, Vec::new()).await?.0)
    }

    /// All rows that tell of a stream.
    pub async fn outbox_of(&self, stream: &str) -> Result<Vec<OutboxRow>, StoreError> {
        self.all(OF_STREAM, args![stream]).await
    }
}
