-- Since when a source is a blind spot (盲区), and why: told once when it begins, once when it ends.
ALTER TABLE source_state ADD COLUMN reason TEXT;
ALTER TABLE source_state ADD COLUMN blind_since BIGINT;

-- What others pushed: senders have no runs of ours. Counted where the mentions are stored, looked at by the source's schedule.
CREATE TABLE source_arrivals (
    source   TEXT COLLATE "C" PRIMARY KEY,
    received BIGINT NOT NULL,
    new      BIGINT NOT NULL,
    refused  BIGINT NOT NULL,
    why      TEXT,
    last_at  BIGINT NOT NULL
);

-- The pace of each host, over all sources and processes: when it was last asked, who is asking, and how long it is left alone.
CREATE TABLE hosts (
    host         TEXT COLLATE "C" PRIMARY KEY,
    last_at      BIGINT NOT NULL,
    busy_until   BIGINT NOT NULL,
    turns        BIGINT NOT NULL,
    delay_ms     BIGINT NOT NULL,
    failures     BIGINT NOT NULL,
    closed_until BIGINT NOT NULL,
    why          TEXT
);
