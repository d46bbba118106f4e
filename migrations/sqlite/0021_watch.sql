-- Since when a source is a blind spot (盲区), and why: told once when it begins, once when it ends.
ALTER TABLE source_state ADD COLUMN reason TEXT;
ALTER TABLE source_state ADD COLUMN blind_since INTEGER;

-- What others pushed: senders have no runs of ours. Counted where the mentions are stored, looked at by the source's schedule.
CREATE TABLE source_arrivals (
    source   TEXT PRIMARY KEY NOT NULL,
    received INTEGER NOT NULL,
    new      INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    why      TEXT,
    last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The pace of each host, over all sources and processes: when it was last asked, who is asking, and how long it is left alone.
CREATE TABLE hosts (
    host         TEXT PRIMARY KEY NOT NULL,
    last_at      INTEGER NOT NULL,
    busy_until   INTEGER NOT NULL,
    turns        INTEGER NOT NULL,
    delay_ms     INTEGER NOT NULL,
    failures     INTEGER NOT NULL,
    closed_until INTEGER NOT NULL,
    why          TEXT
) STRICT, WITHOUT ROWID;
