-- What a referral hands over (移交材料), sealed when it is proposed: no event, since it holds text, which events never do.
CREATE TABLE referral_evidence (
    incident     TEXT NOT NULL,
    record       TEXT NOT NULL,
    n            INTEGER NOT NULL,
    mention      TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    sealed_at    INTEGER NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (incident, record, n)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER referral_evidence_never_updated BEFORE UPDATE ON referral_evidence
BEGIN SELECT RAISE(ABORT, 'sealed evidence is never changed'); END;
CREATE TRIGGER referral_evidence_never_deleted BEFORE DELETE ON referral_evidence
BEGIN SELECT RAISE(ABORT, 'sealed evidence is never deleted'); END;
