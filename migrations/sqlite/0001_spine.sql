-- The spine. Instants are milliseconds since 1970-01-01T00:00:00Z; JSON is TEXT. Every table has its twin of the same
-- columns in migrations/postgres/0001_spine.sql.

-- One row for each aggregate: where its chain stands, its snapshot and when it next wants to be settled.
CREATE TABLE streams (
    stream  TEXT PRIMARY KEY NOT NULL,
    kind    TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    head    TEXT NOT NULL,
    state   TEXT NOT NULL,
    next_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX streams_next ON streams (next_at, stream) WHERE next_at IS NOT NULL;

-- The audit record: appended, never changed.
CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream   TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    event    TEXT NOT NULL,
    actor    TEXT NOT NULL,
    body     TEXT NOT NULL,
    prev     TEXT NOT NULL,
    hash     TEXT NOT NULL,
    UNIQUE (stream, seq)
) STRICT;
CREATE TRIGGER events_never_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;

CREATE TABLE incidents (
    id                TEXT PRIMARY KEY NOT NULL,
    title             TEXT NOT NULL,
    summary           TEXT NOT NULL,
    region            TEXT,
    jurisdiction      TEXT NOT NULL,
    state             TEXT NOT NULL,
    active            INTEGER NOT NULL,
    event_grade       TEXT NOT NULL,
    opinion_grade     TEXT NOT NULL,
    highest           INTEGER NOT NULL,
    sensitive         INTEGER NOT NULL,
    graded            INTEGER NOT NULL,
    lead              TEXT,
    opened_at         INTEGER NOT NULL,
    detected_at       INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    version           INTEGER NOT NULL,
    mention_count     INTEGER NOT NULL,
    channels          TEXT NOT NULL,
    main_due_at       INTEGER,
    due_order         INTEGER NOT NULL,
    overdue           INTEGER NOT NULL,
    pending_approvals INTEGER NOT NULL,
    category          TEXT,
    analysis          TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX incidents_by_due ON incidents (due_order, id) WHERE active;
CREATE INDEX incidents_by_detection ON incidents (detected_at, id);

CREATE TABLE tasks (
    incident        TEXT NOT NULL,
    n               INTEGER NOT NULL,
    department      TEXT NOT NULL,
    role            TEXT NOT NULL,
    state           TEXT NOT NULL,
    active          INTEGER NOT NULL,
    auto            INTEGER NOT NULL,
    assigned_at     INTEGER NOT NULL,
    acknowledged_at INTEGER,
    answered_at     INTEGER,
    PRIMARY KEY (incident, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_by_department ON tasks (department, active, incident);

CREATE TABLE clocks (
    stream       TEXT NOT NULL,
    id           INTEGER NOT NULL,
    incident     TEXT,
    kind         TEXT NOT NULL,
    department   TEXT,
    account      TEXT,
    started_at   INTEGER NOT NULL,
    anchor_at    INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    force        TEXT NOT NULL,
    open         INTEGER NOT NULL,
    breached     INTEGER NOT NULL,
    verdict      TEXT,
    ended_at     INTEGER,
    effective_at INTEGER,
    charged_to   TEXT,
    operational  INTEGER NOT NULL,
    cycle        INTEGER NOT NULL,
    next_at      INTEGER,
    plan         TEXT NOT NULL,
    PRIMARY KEY (stream, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX clocks_open ON clocks (due_at, stream, id) WHERE open;
CREATE INDEX clocks_by_incident ON clocks (incident) WHERE incident IS NOT NULL;

CREATE TABLE escalations (
    id           TEXT PRIMARY KEY NOT NULL,
    incident     TEXT NOT NULL,
    clock        INTEGER,
    clock_kind   TEXT,
    tier         TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    holders      TEXT NOT NULL,
    at           INTEGER NOT NULL,
    step         TEXT,
    received_by  TEXT,
    received_at  INTEGER,
    skipped      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX escalations_by_incident ON escalations (incident, at);
CREATE INDEX escalations_by_time ON escalations (at, id);

-- The accounts that an escalation told, so that "mine" is a look-up and no search through JSON.
CREATE TABLE escalation_users (
    user_id    TEXT NOT NULL,
    escalation TEXT NOT NULL,
    PRIMARY KEY (user_id, escalation)
) STRICT, WITHOUT ROWID;

CREATE TABLE mentions (
    n            INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    source       TEXT,
    external_id  TEXT,
    url          TEXT,
    channel      TEXT NOT NULL,
    title        TEXT,
    text         TEXT NOT NULL,
    author_hash  TEXT,
    published_at INTEGER,
    collected_at INTEGER,
    detected_at  INTEGER NOT NULL,
    region       TEXT,
    engagement   TEXT,
    content_hash TEXT NOT NULL,
    live         INTEGER NOT NULL,
    backfill     INTEGER NOT NULL,
    label        TEXT,
    proposal     TEXT,
    status       TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    error        TEXT,
    incident     TEXT,
    placed       TEXT,
    analysis     TEXT,
    tokens       TEXT,
    signature    BLOB,
    reply_due_at INTEGER,
    answered_at  INTEGER,
    answered_by  TEXT
) STRICT;
CREATE INDEX mentions_pending ON mentions (n) WHERE status = 'pending';
CREATE INDEX mentions_failed ON mentions (n) WHERE status = 'failed';
CREATE INDEX mentions_by_incident ON mentions (incident, n) WHERE incident IS NOT NULL;
CREATE INDEX mentions_by_detection ON mentions (detected_at, n);
CREATE INDEX mentions_by_region ON mentions (region, n) WHERE region IS NOT NULL;
CREATE INDEX mentions_by_source ON mentions (source, n) WHERE source IS NOT NULL;
CREATE INDEX mentions_unanswered ON mentions (reply_due_at) WHERE reply_due_at IS NOT NULL AND answered_at IS NULL;

-- Full text: the index alone (the words stand in mentions.tokens). PostgreSQL keeps the same words as a tsvector.
CREATE VIRTUAL TABLE mention_words USING fts5 (
    tokens, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
);
CREATE TRIGGER mentions_words_changed AFTER UPDATE OF tokens ON mentions
BEGIN
    DELETE FROM mention_words WHERE OLD.tokens IS NOT NULL AND rowid = OLD.n;
    INSERT INTO mention_words (rowid, tokens) SELECT NEW.n, NEW.tokens WHERE NEW.tokens IS NOT NULL;
END;
CREATE TRIGGER mentions_words_deleted AFTER DELETE ON mentions WHEN OLD.tokens IS NOT NULL
BEGIN DELETE FROM mention_words WHERE rowid = OLD.n; END;

CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    key             TEXT NOT NULL UNIQUE,
    stream          TEXT NOT NULL,
    channel         TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    payload         TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    sent_at         INTEGER,
    error           TEXT,
    leased_until    INTEGER
) STRICT;
CREATE INDEX outbox_by_stream ON outbox (stream, id);
CREATE INDEX outbox_waiting ON outbox (next_attempt_at, id) WHERE sent_at IS NULL;

CREATE TABLE notifications (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    key        TEXT NOT NULL UNIQUE,
    recipient  TEXT NOT NULL,
    incident   TEXT,
    kind       TEXT NOT NULL,
    text       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    read_at    INTEGER
) STRICT;
CREATE INDEX notifications_by_recipient ON notifications (recipient, id);

CREATE TABLE users (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    roles      TEXT NOT NULL,
    active     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    user_id     TEXT PRIMARY KEY NOT NULL REFERENCES users (id),
    hash        TEXT NOT NULL,
    must_change INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id),
    csrf       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE login_attempts (
    id  INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    at  INTEGER NOT NULL
) STRICT;
CREATE INDEX login_attempts_by_key ON login_attempts (key, at);
CREATE INDEX login_attempts_by_time ON login_attempts (at);

CREATE TABLE source_state (
    source       TEXT PRIMARY KEY NOT NULL,
    state        TEXT NOT NULL,
    health       TEXT NOT NULL,
    message      TEXT,
    last_run_at  INTEGER,
    last_ok_at   INTEGER,
    last_new_at  INTEGER,
    next_run_at  INTEGER,
    leased_until INTEGER,
    failures     INTEGER NOT NULL,
    empty_runs   INTEGER NOT NULL,
    runs         INTEGER NOT NULL,
    new_count    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX source_state_next ON source_state (next_run_at, source) WHERE next_run_at IS NOT NULL;

CREATE TABLE source_pages (
    source        TEXT NOT NULL,
    url           TEXT NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    content_hash  TEXT,
    fetched_at    INTEGER NOT NULL,
    PRIMARY KEY (source, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_pages_by_time ON source_pages (source, fetched_at);

CREATE TABLE rejects (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    origin TEXT NOT NULL,
    line   INTEGER,
    reason TEXT NOT NULL,
    sample TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX rejects_by_time ON rejects (at);

CREATE TABLE imports (
    id              TEXT PRIMARY KEY NOT NULL,
    path            TEXT NOT NULL,
    format          TEXT NOT NULL,
    byte_offset     INTEGER NOT NULL,
    line            INTEGER NOT NULL,
    read_count      INTEGER NOT NULL,
    new_count       INTEGER NOT NULL,
    duplicate_count INTEGER NOT NULL,
    rejected_count  INTEGER NOT NULL,
    done            INTEGER NOT NULL,
    started_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
    name  TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
