-- Where a mention that was left out of an incident may belong: near it, and like none of its mentions in particular. A person
-- decides; what was decided stays. Likeness in thousandths.
CREATE TABLE suggestions (
    incident   TEXT NOT NULL,
    mention    TEXT NOT NULL,
    likeness   INTEGER NOT NULL,
    how        TEXT NOT NULL,
    at         INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT,
    same       INTEGER,
    PRIMARY KEY (incident, mention)
) STRICT, WITHOUT ROWID;
CREATE INDEX suggestions_of_mention ON suggestions (mention);
