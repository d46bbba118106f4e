-- What cleaning up looks for, without reading a whole table.
CREATE INDEX delivery_faults_by_time ON delivery_faults (since, subject);
CREATE INDEX notification_reads_by_notice ON notification_reads (notification);
