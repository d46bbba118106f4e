-- Where a mention that was left out of an incident may belong: near it, and like none of its mentions in particular. A person
-- decides; what was decided stays. Likeness in thousandths.
CREATE TABLE suggestions (
    incident   TEXT COLLATE "C" NOT NULL,
    mention    TEXT COLLATE "C" NOT NULL,
    likeness   BIGINT NOT NULL,
    how        TEXT NOT NULL,
    at         BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT,
    same       BOOLEAN,
    PRIMARY KEY (incident, mention)
);
CREATE INDEX suggestions_of_mention ON suggestions (mention);
