-- What the pages' lists are read by, so that each touches what it shows and no more, however much is stored.

-- The keys of the lists' filters stand in the index that a list is walked by: rows that it does not show are not read.
DROP INDEX incidents_by_urgency;
CREATE INDEX incidents_by_urgency ON incidents (urgency, id, state, region, lead, category, sensitive, graded, overdue,
    main_due_at, event_grade, opinion_grade, channels, title) WHERE active;
DROP INDEX incidents_by_detection;
CREATE INDEX incidents_by_detection ON incidents (detected_at, id, active, state, region, category, sensitive, event_grade,
    opinion_grade, channels, title);
-- What changed since the correlator last looked.
CREATE INDEX incidents_changed ON incidents (updated_at, id) WHERE active;

-- What a viewer sees, in the order of the queue. The keys follow the incident's by trigger.
ALTER TABLE viewers ADD COLUMN active BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE viewers ADD COLUMN urgency BIGINT NOT NULL DEFAULT 0;
ALTER TABLE viewers ADD COLUMN detected_at BIGINT NOT NULL DEFAULT 0;
UPDATE viewers SET active = i.active, urgency = i.urgency, detected_at = i.detected_at FROM incidents i
WHERE i.id = viewers.incident;
DROP INDEX viewers_by_viewer;
CREATE INDEX viewers_by_viewer ON viewers (viewer, active, urgency, incident, detected_at) WHERE until_at IS NULL;
CREATE FUNCTION viewers_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE viewers SET active = NEW.active, urgency = NEW.urgency, detected_at = NEW.detected_at
    WHERE incident = NEW.id
        AND (active, urgency, detected_at) IS DISTINCT FROM (NEW.active, NEW.urgency, NEW.detected_at);
    RETURN NULL;
END $$;
CREATE TRIGGER viewers_follow AFTER INSERT OR UPDATE OF active, urgency, detected_at ON incidents
    FOR EACH ROW EXECUTE FUNCTION viewers_follow();

CREATE INDEX mentions_by_channel ON mentions (channel, n);
DROP INDEX mentions_by_incident;
CREATE INDEX mentions_by_incident ON mentions (incident, n, detected_at) WHERE incident IS NOT NULL;
CREATE INDEX clocks_open_of ON clocks (incident, due_at) WHERE open AND incident IS NOT NULL;

-- What an account was told, the newest first.
ALTER TABLE escalation_users ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
UPDATE escalation_users SET at = e.at FROM escalations e WHERE e.id = escalation_users.escalation;
CREATE INDEX escalation_users_by_time ON escalation_users (user_id, at, escalation);
