-- Deliveries that were given up after their last attempt, and the daily seals over the record.

ALTER TABLE outbox ADD COLUMN failed_at BIGINT;
DROP INDEX outbox_waiting;
-- Each channel is emptied by itself: a slow one holds up no other.
CREATE INDEX outbox_waiting ON outbox (channel, next_attempt_at, id) WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_failed ON outbox (id) WHERE failed_at IS NOT NULL;

CREATE INDEX events_by_time ON events (at, stream, seq);

-- What each day's seal was; the heads themselves stand in its file, which is taken off the machine.
CREATE TABLE seals (
    day      TEXT COLLATE "C" PRIMARY KEY,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL,
    streams  BIGINT NOT NULL,
    made_at  BIGINT NOT NULL
);
