-- Streams that could not be settled: each waits for its next try, so that it holds up no other and fills no log.
CREATE TABLE stuck_streams (
    stream      TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    since       BIGINT NOT NULL,
    tries       BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    why         TEXT NOT NULL
);
