-- Mentions of which a person said that they are not of an incident: taken out by a split or by taking a merge back, or declined
-- when they were suggested. What is liker to one of them than to the incident's own mentions joins it no more.
CREATE TABLE not_same (
    n        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident TEXT COLLATE "C" NOT NULL,
    mention  TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL,
    said_by  TEXT NOT NULL,
    UNIQUE (incident, mention)
);
CREATE INDEX not_same_at ON not_same (at);
