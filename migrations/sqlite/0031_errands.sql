-- What a page asked the engine to do, and what came of it: a source tried, a text explained, a backtest, a test notice. Rows
-- are deleted a day after they ended.
CREATE TABLE errands (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    input        TEXT NOT NULL,
    by_user      TEXT NOT NULL,
    asked_at     INTEGER NOT NULL,
    state        TEXT NOT NULL,
    progress     INTEGER NOT NULL,
    leased_until INTEGER,
    ended_at     INTEGER,
    result       TEXT,
    error        TEXT
) STRICT;
CREATE INDEX errands_open ON errands (asked_at) WHERE ended_at IS NULL;
CREATE INDEX errands_ended ON errands (ended_at) WHERE ended_at IS NOT NULL;
