-- How far a mention had gone at each look at it (传播量), JSON: the counts that its own row had first come along when a second
-- look is noted, so that what is seen once costs no row here.
CREATE TABLE mention_looks (
    mention    TEXT NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    engagement TEXT NOT NULL,
    PRIMARY KEY (mention, at)
) STRICT, WITHOUT ROWID;

-- When an item's counts and comments are looked at next; none if they are not.
ALTER TABLE source_items ADD COLUMN look_at INTEGER;
CREATE INDEX source_items_looks ON source_items (source, look_at) WHERE look_at IS NOT NULL;
