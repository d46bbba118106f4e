-- What a closed case still says of its posts: null = as it was written, gone = let go after its time, evidence = a decision
-- rests on it, so it stays. And an index for each list that is cleaned up by age, so that a slice costs no scan.
ALTER TABLE incidents ADD COLUMN texts TEXT;
CREATE INDEX incidents_by_age_of_text ON incidents (updated_at, id) WHERE texts IS NULL AND NOT active;
CREATE INDEX notifications_by_time ON notifications (created_at, id);
CREATE INDEX outbox_done ON outbox (created_at, id) WHERE sent_at IS NOT NULL OR failed_at IS NOT NULL;
