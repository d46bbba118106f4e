-- Who may see an incident, why, and until when: written with its events. A viewer is `body/ID` or `user/ID`; whoever holds a
-- role that sees all stands in no row. A row whose time is over is kept with the incident's version of then, so that open pages
-- hear that they lost it.
CREATE TABLE viewers (
    incident      TEXT NOT NULL,
    viewer        TEXT NOT NULL,
    why           TEXT NOT NULL,
    until_at      BIGINT,
    until_version BIGINT,
    PRIMARY KEY (incident, viewer, why)
);
CREATE INDEX viewers_by_viewer ON viewers (viewer, incident) WHERE until_at IS NULL;

INSERT INTO viewers SELECT id, 'body/' || jurisdiction, 'jurisdiction', NULL, NULL FROM incidents;
INSERT INTO viewers SELECT DISTINCT incident, 'body/' || department, 'task', CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) FROM tasks WHERE active;
INSERT INTO viewers
SELECT DISTINCT substr(s.stream, 10), 'body/' || (r.value ->> 'department'), 'addressee', CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
FROM streams s
CROSS JOIN LATERAL jsonb_array_elements(
    CASE WHEN s.state LIKE '{%"records":[%}' THEN CAST(s.state AS jsonb) -> 'records' ELSE '[]' END) r
WHERE s.stream LIKE 'incident/%' AND r.value ->> 'department' IS NOT NULL
    AND r.value ->> 'concluded_at' IS NULL AND r.value ->> 'kind' <> 'referral';
INSERT INTO viewers
SELECT DISTINCT e.incident, 'user/' || u.user_id, 'told', CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
FROM escalations e JOIN escalation_users u ON u.escalation = e.id WHERE NOT e.skipped;
