//! Streams and their events: the audit record, the hash chain and the optimistic lock in one.

use serde_json::json;
use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Filter, args, statements};
use super::task::id_list;
use super::tx::Tx;
use crate::domain::audit::{GENESIS, Link, chain};
use crate::domain::instant::Instant;

statements! {
    STREAM = "SELECT stream, kind, seq, head, state, next_at FROM streams WHERE stream = $1";
    /// SQLite's write transaction has the whole database already.
    STREAM_LOCKED = "SELECT stream, kind, seq, head, state, next_at FROM streams WHERE stream = $1"
        => "SELECT stream, kind, seq, head, state, next_at FROM streams WHERE stream = $1 FOR UPDATE";
    /// What another node has locked is passed over: it may be at work on it, or stand still with it, and the others wait
    /// for neither.
    STREAMS_LOCKED = "SELECT stream, kind, seq, head, state, next_at FROM streams \
        WHERE stream IN (SELECT value FROM json_each($1))"
        => "SELECT stream, kind, seq, head, state, next_at FROM streams \
        WHERE stream IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY stream \
        FOR UPDATE SKIP LOCKED";
    HEAD = "SELECT seq, head FROM streams WHERE stream = $1"
        => "SELECT seq, head FROM streams WHERE stream = $1 FOR UPDATE";
    /// All events of one transition, a JSON list: a statement costs more than a row. Their bodies pass as JSON strings,
    /// which come out byte by byte as they went in.
    INSERT_EVENTS = "INSERT INTO events (stream, seq, at, event, actor, body, prev, hash) \
        SELECT $1, json_extract(value, '$.seq'), json_extract(value, '$.at'), json_extract(value, '$.event'), \
        json_extract(value, '$.by'), json_extract(value, '$.body'), json_extract(value, '$.prev'), \
        json_extract(value, '$.hash') FROM json_each($2) ORDER BY json_each.key"
        => "INSERT INTO events (stream, seq, at, event, actor, body, prev, hash) \
        SELECT CAST($1 AS TEXT), CAST(value ->> 'seq' AS BIGINT), CAST(value ->> 'at' AS BIGINT), value ->> 'event', \
        value ->> 'by', value ->> 'body', value ->> 'prev', value ->> 'hash' \
        FROM json_array_elements(CAST($2 AS json)) WITH ORDINALITY AS e (value, n) ORDER BY n";
    PUT_STREAM = "INSERT INTO streams (stream, kind, seq, head, state, next_at) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (stream) DO UPDATE SET kind = excluded.kind, seq = excluded.seq, head = excluded.head, \
        state = excluded.state, next_at = excluded.next_at";
    EVENTS = "SELECT position, stream, seq, at, event, actor, body, prev, hash FROM events \
        WHERE stream = $1 ORDER BY seq";
    EVENTS_NAMED = "SELECT position, stream, seq, at, event, actor, body, prev, hash FROM events \
        WHERE stream = $1 AND event = $2 AND at < $3 ORDER BY seq";
    EVENTS_SINCE = "SELECT position, stream, seq, at, event, actor, body, prev, hash FROM events \
        WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    EVENTS_AFTER = "SELECT position, stream, seq, at, event, actor, body, prev, hash FROM events \
        WHERE position > $1 ORDER BY position LIMIT $2";
    EVENTS_OF = "SELECT position, stream, seq, at, event, actor, body, prev, hash FROM events \
        WHERE stream IN (SELECT value FROM json_each($1)) ORDER BY stream, seq"
        => "SELECT position, stream, seq, at, event, actor, body, prev, hash FROM events \
        WHERE stream IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY stream, seq";
    /// Of several streams, events of two names.
    EVENTS_OF_NAMES = "SELECT position, stream, seq, at, event, actor, body, prev, hash FROM events \
        WHERE stream IN (SELECT value FROM json_each($1)) AND event IN ($2, $3) ORDER BY stream, seq"
        => "SELECT position, stream, seq, at, event, actor, body, prev, hash FROM events \
        WHERE stream IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) AND event IN ($2, $3) ORDER BY stream, seq";
    STREAMS_OF = "SELECT stream, kind, seq, head, state, next_at FROM streams \
        WHERE stream IN (SELECT value FROM json_each($1)) ORDER BY stream"
        => "SELECT stream, kind, seq, head, state, next_at FROM streams \
        WHERE stream IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY stream";
    /// Of the incidents detected from `$1` on and before `$2`, after a number.
    STREAMS_DETECTED = "SELECT s.stream, s.kind, s.seq, s.head, s.state, s.next_at FROM incidents i \
        JOIN streams s ON s.stream = 'incident/' || i.id \
        WHERE i.detected_at >= $1 AND i.detected_at < $2 AND i.id > $3 ORDER BY i.id LIMIT $4";
    LAST_POSITION = "SELECT COUNT(*), COALESCE(MAX(position), 0) FROM events";
    /// One that could not be settled rests until its next try.
    DUE_STREAMS = "SELECT s.stream, s.next_at, k.tries FROM streams s LEFT JOIN stuck_streams k ON k.stream = s.stream \
        WHERE s.next_at < $1 AND (k.next_try_at IS NULL OR k.next_try_at < $1) ORDER BY s.next_at, s.stream LIMIT $2";
    NEXT_DUE = "SELECT s.next_at FROM streams s WHERE s.next_at IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM stuck_streams k WHERE k.stream = s.stream) ORDER BY s.next_at LIMIT 1";
    STREAMS_AFTER = "SELECT stream, kind, seq, head, state, next_at FROM streams WHERE stream > $1 \
        ORDER BY stream LIMIT $2";
    STREAMS_BEFORE = "SELECT stream, kind, seq, head, state, next_at FROM streams WHERE stream >= $1 AND stream < $2 \
        ORDER BY stream DESC LIMIT $3";
    STREAM_COUNT = "SELECT COUNT(*) FROM streams WHERE kind = $1";
    ALL_COUNT = "SELECT COUNT(*) FROM streams";
    LOST_STREAMS = "SELECT DISTINCT stream FROM events WHERE NOT EXISTS \
        (SELECT 1 FROM streams WHERE streams.stream = events.stream) AND stream > $1 ORDER BY stream LIMIT $2";
}

/// An aggregate as it is stored: where its chain stands and its snapshot.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StoredStream {
    /// Its name: `incident/20261125-0001`, `post/…`, `administration`.
    pub stream: String,
    /// `incident`, `post`, `administration`.
    pub kind: String,
    /// Number of its last event.
    pub seq: i64,
    /// Hash of its last event.
    pub head: String,
    /// Snapshot, JSON.
    pub state: String,
    /// When it next wants to be settled.
    pub next_at: Option<Instant>,
}

/// A stream that wants to be settled.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DueStream {
    /// Its name.
    pub stream: String,
    /// Since when.
    pub next_at: Instant,
    /// How often that failed so far, if it did.
    pub tries: Option<i64>,
}

/// Where a stream stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamHead {
    /// Its name.
    pub stream: String,
    /// Number of its last event: the version that clients see.
    pub seq: i64,
}

/// An event to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// When it is recorded.
    pub at: Instant,
    /// Its name in the ledger.
    pub event: String,
    /// Who did it.
    pub by: String,
    /// JSON text; hashed and stored byte by byte.
    pub body: String,
}

/// What [`Tx::append`] needs.
#[derive(Clone, Debug)]
pub struct Append<'a> {
    /// The stream; made by its first append.
    pub stream: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// The number of the last event that the decision rests on; 0 for a new stream.
    pub expected_seq: i64,
    /// At least one, or none to write the snapshot anew.
    pub events: &'a [NewEvent],
    /// Snapshot after these events, JSON.
    pub state: &'a str,
    /// When it next wants to be settled.
    pub next_at: Option<Instant>,
}

/// Which events of the record.
#[derive(Clone, Debug, Default)]
pub struct RecordFilter {
    /// Of this stream.
    pub stream: Option<String>,
    /// Of this name.
    pub event: Option<String>,
    /// By this account.
    pub actor: Option<String>,
    /// Recorded then or later.
    pub from: Option<Instant>,
    /// Recorded before.
    pub to: Option<Instant>,
}

/// A stored event.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EventRow {
    /// Order within the database. On PostgreSQL numbers are given before the commit: good for walking the whole record,
    /// not for following it live ([`Store::watch`] does that).
    pub position: i64,
    /// Its stream.
    pub stream: String,
    /// Its number there, from 1 without gaps.
    pub seq: i64,
    /// When it was recorded.
    pub at: Instant,
    /// Its name in the ledger.
    pub event: String,
    /// Who did it.
    #[sqlx(rename = "actor")]
    pub by: String,
    /// JSON text.
    pub body: String,
    /// Hash of the event before.
    pub prev: String,
    /// Its own hash.
    pub hash: String,
}

impl EventRow {
    /// Whether its hash is that of its contents after `previous`.
    pub fn holds(&self, previous: &str) -> bool {
        let link = Link { stream: &self.stream, seq: self.seq, at: self.at, by: &self.by, body: &self.body };
        self.prev == previous && self.hash == chain(previous, link)
    }
}

impl Tx {
    /// The stream as it stands, locked against other writers until the end of the transaction.
    pub async fn stream(&mut self, stream: &str) -> Result<Option<StoredStream>, StoreError> {
        if let Some(loaded) = self.loaded.remove(stream) {
            return Ok(Some(loaded));
        }
        let found: Option<StoredStream> = self.optional(STREAM_LOCKED, args![stream]).await?;
        if let Some(found) = &found {
            self.heads.insert(found.stream.clone(), (found.seq, found.head.clone()));
        }
        Ok(found)
    }

    /// Locks several streams in one statement, save those that another has, and gives when each wants to be settled; the
    /// next [`Tx::stream`] of each costs none.
    pub async fn lock_streams(&mut self, streams: &[String]) -> Result<Vec<(String, Option<Instant>)>, StoreError> {
        let names = id_list(streams.iter().map(String::as_str));
        let found: Vec<StoredStream> = self.all(STREAMS_LOCKED, args![names]).await?;
        let due = found.iter().map(|found| (found.stream.clone(), found.next_at)).collect();
        for found in found {
            self.heads.insert(found.stream.clone(), (found.seq, found.head.clone()));
            self.loaded.insert(found.stream.clone(), found);
        }
        Ok(due)
    }

    /// The stream as it stands, not locked: to find out what to lock.
    pub async fn glance(&mut self, stream: &str) -> Result<Option<StoredStream>, StoreError> {
        self.optional(STREAM, args![stream]).await
    }

    /// Streams by name after a key: for walking all of them.
    pub async fn streams_after(&mut self, key: &str, limit: i64) -> Result<Vec<StoredStream>, StoreError> {
        self.all(STREAMS_AFTER, args![key, limit]).await
    }

    /// Streams by name from a key on and before another, the last first.
    pub async fn streams_before(&mut self, from: &str, key: &str, limit: i64) -> Result<Vec<StoredStream>, StoreError> {
        self.all(STREAMS_BEFORE, args![from, key, limit]).await
    }

    /// All events of several streams: each one's in order.
    pub async fn events_of(&mut self, streams: &[&str]) -> Result<Vec<EventRow>, StoreError> {
        self.all(EVENTS_OF, args![id_list(streams.iter().copied())]).await
    }

    /// Appends events and writes the snapshot. [`StoreError::Conflict`] if the stream has moved on: roll back (to the
    /// savepoint at least), load, decide again.
    pub async fn append(&mut self, append: Append<'_>) -> Result<StreamHead, StoreError> {
        let conflict = || StoreError::Conflict { what: append.stream.to_owned() };
        self.loaded.remove(append.stream);
        let (mut seq, mut head) = match self.heads.remove(append.stream) {
            Some(known) => known,
            None => {
                let head = self.optional(HEAD, args![append.stream]).await?;
                head.unwrap_or_else(|| (0, GENESIS.to_owned()))
            }
        };
        if seq != append.expected_seq {
            return Err(conflict());
        }
        let mut rows = Vec::with_capacity(append.events.len());
        for event in append.events {
            seq += 1;
            let link = Link { stream: append.stream, seq, at: event.at, by: &event.by, body: &event.body };
            let hash = chain(&head, link);
            rows.push(json!({
                "seq": seq, "at": event.at.ms(), "event": event.event, "by": event.by, "body": event.body,
                "prev": head, "hash": hash,
            }));
            head = hash;
        }
        let events = args![append.stream, serde_json::Value::Array(rows).to_string()];
        self.run(INSERT_EVENTS, events).await.map_err(|error| match error {
            StoreError::Duplicate { .. } => conflict(),
            other => other,
        })?;
        let row = StoredStream {
            stream: append.stream.to_owned(),
            kind: append.kind.to_owned(),
            seq,
            head,
            state: append.state.to_owned(),
            next_at: append.next_at,
        };
        self.put_stream(row).await
    }

    /// Writes the row of a stream, and nothing of its record: the end of each append, and what a rebuild puts right.
    pub async fn put_stream(&mut self, row: StoredStream) -> Result<StreamHead, StoreError> {
        self.loaded.remove(&row.stream);
        let values = args![&row.stream, row.kind, row.seq, &row.head, row.state, row.next_at];
        self.run(PUT_STREAM, values).await?;
        let head = StreamHead { stream: row.stream.clone(), seq: row.seq };
        self.heads.insert(row.stream, (row.seq, row.head));
        self.grown.push(head.clone());
        Ok(head)
    }
}

impl Store {
    /// The stream as it stands.
    pub async fn stream(&self, stream: &str) -> Result<Option<StoredStream>, StoreError> {
        self.optional(STREAM, args![stream]).await
    }

    /// All events of a stream, in order.
    pub async fn events(&self, stream: &str) -> Result<Vec<EventRow>, StoreError> {
        self.all(EVENTS, args![stream]).await
    }

    /// Events of a stream of that name from before an instant, in order.
    pub async fn events_named(&self, stream: &str, event: &str, before: Instant) -> Result<Vec<EventRow>, StoreError> {
        self.all(EVENTS_NAMED, args![stream, event, before]).await
    }

    /// Events of a stream after a number, in order.
    pub async fn events_since(&self, stream: &str, seq: i64, limit: i64) -> Result<Vec<EventRow>, StoreError> {
        self.all(EVENTS_SINCE, args![stream, seq, limit]).await
    }

    /// Events of two names of several streams, by stream and in order.
    pub async fn events_of_names(&self, streams: &[&str], names: [&str; 2]) -> Result<Vec<EventRow>, StoreError> {
        self.all(EVENTS_OF_NAMES, args![id_list(streams.iter().copied()), names[0], names[1]]).await
    }

    /// Several streams as they stand, by name.
    pub async fn streams_of(&self, streams: &[&str]) -> Result<Vec<StoredStream>, StoreError> {
        self.all(STREAMS_OF, args![id_list(streams.iter().copied())]).await
    }

    /// The streams of incidents detected within a time, after a number, by number.
    pub async fn streams_detected(
        &self,
        from: Instant,
        to: Instant,
        after: &str,
        limit: i64,
    ) -> Result<Vec<StoredStream>, StoreError> {
        self.all(STREAMS_DETECTED, args![from, to, after, limit]).await
    }

    /// How many events there are, and the position of the last.
    pub async fn event_count(&self) -> Result<(i64, i64), StoreError> {
        self.one(LAST_POSITION, args![]).await
    }

    /// A page of the record, before a position, the latest first.
    pub async fn record(&self, filter: &RecordFilter, before: i64, limit: i64) -> Result<Vec<EventRow>, StoreError> {
        let mut query = Filter::new("SELECT position, stream, seq, at, event, actor, body, prev, hash FROM events e");
        query.and("e.position < ?", args![before]);
        query.and_if("e.stream = ?", filter.stream.as_ref());
        query.and_if("e.event = ?", filter.event.as_ref());
        query.and_if("e.actor = ?", filter.actor.as_ref());
        query.and_if("e.at >= ?", filter.from);
        query.and_if("e.at < ?", filter.to);
        let (sql, values) = query.then("ORDER BY e.position DESC LIMIT ?", args![limit]);
        self.all(sql, values).await
    }

    /// Events of all streams after a position, in order.
    pub async fn events_after(&self, position: i64, limit: i64) -> Result<Vec<EventRow>, StoreError> {
        self.all(EVENTS_AFTER, args![position, limit]).await
    }

    /// Streams that want to be settled before an instant, the most urgent first; of those that could not be settled the ones
    /// that are to be tried again before it.
    pub async fn due_streams(&self, before: Instant, limit: i64) -> Result<Vec<DueStream>, StoreError> {
        self.all(DUE_STREAMS, args![before, limit]).await
    }

    /// The next instant at which a stream wants to be settled; those left out that could not be ([`Store::next_try`]).
    pub async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        Ok(self.optional::<(Instant,)>(NEXT_DUE, Vec::new()).await?.map(|(at,)| at))
    }

    /// Streams by name after a key: for walking all of them.
    pub async fn streams_after(&self, key: &str, limit: i64) -> Result<Vec<StoredStream>, StoreError> {
        self.all(STREAMS_AFTER, args![key, limit]).await
    }

    /// How many streams there are of a kind.
    pub async fn stream_count(&self, kind: &str) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(STREAM_COUNT, args![kind]).await?.0)
    }

    /// How many streams there are.
    pub async fn all_stream_count(&self) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(ALL_COUNT, Vec::new()).await?.0)
    }

    /// Streams by name after a key that have events but no row of their own, which no transaction of ours leaves behind: for
    /// `verify`.
    pub async fn lost_streams(&self, key: &str, limit: i64) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = self.all(LOST_STREAMS, args![key, limit]).await?;
        Ok(rows.into_iter().map(|(stream,)| stream).collect())
    }
}
