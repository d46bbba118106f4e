-- What nodes have to know of each other's deliveries: how often each robot was called of late (its cap is counted by the
-- platform, whichever node calls), and what refuses us, so that an alarm is raised once and ends when something is accepted.
CREATE TABLE robot_paces (
    robot        TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    made         TEXT NOT NULL,
    paused_until BIGINT
);

CREATE TABLE delivery_faults (
    subject  TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    channel  TEXT COLLATE "C" NOT NULL,
    given_up BOOLEAN NOT NULL,
    why      TEXT NOT NULL,
    since    BIGINT NOT NULL
);
CREATE INDEX delivery_faults_by_channel ON delivery_faults (channel);
