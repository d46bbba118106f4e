-- What lists and feeds showed, before anything of it is fetched: a run that dies, or takes no more, loses nothing.
CREATE TABLE source_items (
    source        TEXT NOT NULL,
    mention       TEXT NOT NULL,
    url           TEXT,
    item          TEXT NOT NULL,
    state         TEXT NOT NULL,
    told          BOOLEAN NOT NULL,
    tries         BIGINT NOT NULL,
    reason        TEXT,
    page_hash     TEXT,
    first_seen_at BIGINT NOT NULL,
    position      BIGINT NOT NULL,
    seen_at       BIGINT NOT NULL,
    next_at       BIGINT,
    PRIMARY KEY (source, mention)
);
CREATE INDEX source_items_due ON source_items (source, next_at, first_seen_at, position) WHERE next_at IS NOT NULL;
CREATE INDEX source_items_untold ON source_items (source, first_seen_at) WHERE NOT told;
CREATE INDEX source_items_by_page ON source_items (source, page_hash) WHERE page_hash IS NOT NULL;

-- How far a walk through list pages has come, JSON: written with the items of each page.
ALTER TABLE source_state ADD COLUMN walk TEXT;

-- 来源 as the page names it, and the words of a letter's answer.
ALTER TABLE mentions ADD COLUMN origin TEXT;
ALTER TABLE mentions ADD COLUMN answer TEXT;

-- Texts of a mention besides the one that stands: a newer one that waits to be taken up, and those that were replaced.
CREATE TABLE mention_versions (
    mention      TEXT NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
    content_hash TEXT NOT NULL,
    title        TEXT,
    text         TEXT NOT NULL,
    published_at BIGINT,
    origin       TEXT,
    waiting      BOOLEAN NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (mention, content_hash)
);
CREATE INDEX mention_versions_waiting ON mention_versions (at, mention) WHERE waiting;
