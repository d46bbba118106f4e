-- When an account read a notice: a notice to a body or a holder of the roster goes to several people, and what one of them has
-- read is news to the others. A row of notifications never said who had read it: marks that were set before are lost.
CREATE TABLE notification_reads (
    user_id      TEXT NOT NULL,
    notification INTEGER NOT NULL,
    read_at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, notification)
) STRICT, WITHOUT ROWID;
ALTER TABLE notifications DROP COLUMN read_at;
