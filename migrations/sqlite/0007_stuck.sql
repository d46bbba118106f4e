-- Streams that could not be settled: each waits for its next try, so that it holds up no other and fills no log.
CREATE TABLE stuck_streams (
    stream      TEXT PRIMARY KEY NOT NULL,
    since       INTEGER NOT NULL,
    tries       INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    why         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
