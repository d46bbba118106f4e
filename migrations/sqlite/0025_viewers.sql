-- Who may see an incident, why, and until when: written with its events. A viewer is `body/ID` or `user/ID`; whoever holds a
-- role that sees all stands in no row. A row whose time is over is kept with the incident's version of then, so that open pages
-- hear that they lost it.
CREATE TABLE viewers (
    incident      TEXT NOT NULL,
    viewer        TEXT NOT NULL,
    why           TEXT NOT NULL,
    until_at      INTEGER,
    until_version INTEGER,
    PRIMARY KEY (incident, viewer, why)
) STRICT, WITHOUT ROWID;
CREATE INDEX viewers_by_viewer ON viewers (viewer, incident) WHERE until_at IS NULL;

INSERT INTO viewers SELECT id, 'body/' || jurisdiction, 'jurisdiction', NULL, NULL FROM incidents;
INSERT INTO viewers SELECT DISTINCT incident, 'body/' || department, 'task', NULL, NULL FROM tasks WHERE active;
INSERT INTO viewers
SELECT DISTINCT substr(s.stream, 10), 'body/' || json_extract(r.value, '$.department'), 'addressee', NULL, NULL
FROM streams s, json_each(CASE WHEN json_valid(s.state) THEN s.state ELSE '{}' END, '$.records') r
WHERE s.stream LIKE 'incident/%' AND json_extract(r.value, '$.department') IS NOT NULL
    AND json_extract(r.value, '$.concluded_at') IS NULL AND json_extract(r.value, '$.kind') <> 'referral';
INSERT INTO viewers
SELECT DISTINCT e.incident, 'user/' || u.user_id, 'told', NULL, NULL
FROM escalations e JOIN escalation_users u ON u.escalation = e.id WHERE NOT e.skipped;
