-- Browsers from which somebody has logged in before: whoever guesses elsewhere doesn't slow them down. Only hashes of what the
-- browsers hold. An attempt to log in stands under several keys and is taken back under all of them.
CREATE TABLE login_devices (
    token_hash TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    seen_at    BIGINT NOT NULL,
    PRIMARY KEY (token_hash, user_id)
);
CREATE INDEX login_devices_by_use ON login_devices (seen_at);
ALTER TABLE login_attempts ADD COLUMN attempt TEXT COLLATE "C";
CREATE INDEX login_attempts_by_attempt ON login_attempts (attempt);
