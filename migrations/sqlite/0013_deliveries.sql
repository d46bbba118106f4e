-- What nodes have to know of each other's deliveries: how often each robot was called of late (its cap is counted by the
-- platform, whichever node calls), and what refuses us, so that an alarm is raised once and ends when something is accepted.
CREATE TABLE robot_paces (
    robot        TEXT PRIMARY KEY NOT NULL,
    made         TEXT NOT NULL,
    paused_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery_faults (
    subject  TEXT PRIMARY KEY NOT NULL,
    channel  TEXT NOT NULL,
    given_up INTEGER NOT NULL,
    why      TEXT NOT NULL,
    since    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_faults_by_channel ON delivery_faults (channel);
