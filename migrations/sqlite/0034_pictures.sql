-- What pictures count by hour, channel and feeling, all or an incident's: from an index alone, since the rows hold whole texts.
ALTER TABLE mentions ADD COLUMN sentiment TEXT;
UPDATE mentions SET sentiment = json_extract(analysis, '$.sentiment') WHERE json_valid(analysis);
CREATE INDEX mentions_by_picture ON mentions (detected_at, channel, sentiment, incident);

-- Verdicts of the analysis that a person put right (判错了): kept with the mention as what the next model is learnt from.
CREATE TABLE corrections (
    mention TEXT NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
    what    TEXT NOT NULL,
    was     TEXT,
    should  TEXT NOT NULL,
    said_by TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (mention, what)
) STRICT, WITHOUT ROWID;
