-- What a referral hands over (移交材料), sealed when it is proposed: no event, since it holds text, which events never do.
CREATE TABLE referral_evidence (
    incident     TEXT COLLATE "C" NOT NULL,
    record       TEXT COLLATE "C" NOT NULL,
    n            BIGINT NOT NULL,
    mention      TEXT COLLATE "C" NOT NULL,
    content_hash TEXT NOT NULL,
    sealed_at    BIGINT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (incident, record, n)
);
CREATE FUNCTION referral_evidence_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'sealed evidence is never changed or deleted' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER referral_evidence_never_changed BEFORE UPDATE OR DELETE ON referral_evidence
    FOR EACH ROW EXECUTE FUNCTION referral_evidence_is_kept();
CREATE TRIGGER referral_evidence_never_truncated BEFORE TRUNCATE ON referral_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION referral_evidence_is_kept();
