-- What no row needs twice: the higher grade follows from the two, and when a stream is looked at next stands with the stream.
ALTER TABLE incidents DROP COLUMN highest;
ALTER TABLE clocks DROP COLUMN next_at;
-- For comparing an escalation's accounts with those that it told.
CREATE INDEX escalation_users_by_escalation ON escalation_users (escalation);
-- Who has read what they were told is one person's (domain.md 5 item 16); the escalation's own is the first one's.
ALTER TABLE escalation_users ADD COLUMN received_at BIGINT;
