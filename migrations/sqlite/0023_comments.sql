-- A comment is a mention of its own that names the post which it is about, whether or not that one is known yet.
ALTER TABLE mentions ADD COLUMN parent TEXT;
CREATE INDEX mentions_by_parent ON mentions (parent) WHERE parent IS NOT NULL;
