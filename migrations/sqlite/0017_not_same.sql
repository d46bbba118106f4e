-- Mentions of which a person said that they are not of an incident: taken out by a split or by taking a merge back, or declined
-- when they were suggested. What is liker to one of them than to the incident's own mentions joins it no more.
CREATE TABLE not_same (
    n        INTEGER PRIMARY KEY,
    incident TEXT NOT NULL,
    mention  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    said_by  TEXT NOT NULL,
    UNIQUE (incident, mention)
) STRICT;
CREATE INDEX not_same_at ON not_same (at);
