-- What pictures count by hour, channel and feeling, all or an incident's: from an index alone, since the rows hold whole texts.
ALTER TABLE mentions ADD COLUMN sentiment TEXT COLLATE "C";
UPDATE mentions SET sentiment = CAST(analysis AS jsonb) ->> 'sentiment' WHERE analysis IS NOT NULL;
CREATE INDEX mentions_by_picture ON mentions (detected_at, channel, sentiment, incident);

-- Verdicts of the analysis that a person put right (判错了): kept with the mention as what the next model is learnt from.
CREATE TABLE corrections (
    mention TEXT COLLATE "C" NOT NULL REFERENCES mentions (id) ON DELETE CASCADE,
    what    TEXT COLLATE "C" NOT NULL,
    was     TEXT,
    should  TEXT NOT NULL,
    said_by TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (mention, what)
);
