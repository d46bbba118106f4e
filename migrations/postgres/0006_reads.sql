-- When an account read a notice: a notice to a body or a holder of the roster goes to several people, and what one of them has
-- read is news to the others. A row of notifications never said who had read it: marks that were set before are lost.
CREATE TABLE notification_reads (
    user_id      TEXT COLLATE "C" NOT NULL,
    notification BIGINT NOT NULL,
    read_at      BIGINT NOT NULL,
    PRIMARY KEY (user_id, notification)
);
ALTER TABLE notifications DROP COLUMN read_at;
