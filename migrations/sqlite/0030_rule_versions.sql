-- Editions of rule files that were in force: what a page saved, with who and why, and what the service found changed outside.
-- A text of null: the file was taken away. The record of the administration holds the hash of what a page saved.
CREATE TABLE rule_versions (
    n       INTEGER PRIMARY KEY,
    file    TEXT NOT NULL,
    hash    TEXT,
    text    TEXT,
    at      INTEGER NOT NULL,
    how     TEXT NOT NULL,
    by_user TEXT,
    why     TEXT
) STRICT;
CREATE INDEX rule_versions_by_file ON rule_versions (file, n);
