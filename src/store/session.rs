//! Sessions, and attempts to log in.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::ids::UserId;
use crate::domain::instant::Instant;

statements! {
    INSERT = "INSERT INTO sessions (token_hash, user_id, csrf, created_at, expires_at, seen_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Also refuses the sessions of a user who may no longer log in.
    SESSION = "SELECT s.token_hash, s.user_id, s.csrf, s.created_at, s.expires_at, s.seen_at, \
        EXISTS (SELECT 1 FROM credentials c WHERE c.user_id = s.user_id AND c.must_change) AS must_change \
        FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.active";
    TOUCH = "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE token_hash = $1 AND seen_at < $2";
    DELETE = "DELETE FROM sessions WHERE token_hash = $1";
    DELETE_OF = "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2";
    PRUNE = "DELETE FROM sessions WHERE expires_at <= $1";
    /// Whoever tries the same comes after one another: what is counted can't change until the end of the transaction.
    /// SQLite's write transaction has the whole database already.
    LOCK_ATTEMPTS = "SELECT $1" => "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    ATTEMPT = "INSERT INTO login_attempts (key, at, attempt) VALUES ($1, $2, $3)";
    ATTEMPTS = "SELECT COUNT(*), MAX(at) FROM login_attempts WHERE key = $1 AND at > $2";
    TAKE_BACK = "DELETE FROM login_attempts WHERE attempt = $1";
    CLEAR_ATTEMPTS = "DELETE FROM login_attempts WHERE key = $1";
    KNOWS_DEVICE = "SELECT COUNT(*) FROM login_devices WHERE token_hash = $1 AND user_id = $2";
    PUT_DEVICE = "INSERT INTO login_devices (token_hash, user_id, seen_at) VALUES ($1, $2, $3) \
        ON CONFLICT (token_hash, user_id) DO UPDATE SET seen_at = excluded.seen_at";
    FORGET_DEVICES_OF = "DELETE FROM login_devices WHERE user_id = $1";
    PRUNE_DEVICES = "DELETE FROM login_devices WHERE seen_at <= $1";
    PRUNE_ATTEMPTS = "DELETE FROM login_attempts WHERE at <= $1";
}

/// A session. `Debug` shows neither token nor CSRF token.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct SessionRow {
    /// SHA-256 of the cookie: what is stolen from the database opens nothing.
    pub token_hash: String,
    /// Whose.
    pub user_id: UserId,
    /// Expected in `X-CSRF-Token`.
    pub csrf: String,
    /// When the user logged in.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was last used.
    pub seen_at: Instant,
    /// Its user has to choose another password first. Read only.
    pub must_change: bool,
}

impl std::fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionRow")
            .field("user_id", &self.user_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl Tx {
    /// Begins a session.
    pub async fn insert_session(&mut self, row: &SessionRow) -> Result<(), StoreError> {
        let values = args![&row.token_hash, &row.user_id, &row.csrf, row.created_at, row.expires_at, row.seen_at];
        self.run(INSERT, values).await.map(|_| ())
    }

    /// Records the use of a session and moves its end.
    pub async fn touch_session(
        &mut self,
        token_hash: &str,
        at: Instant,
        expires_at: Instant,
    ) -> Result<(), StoreError> {
        self.run(TOUCH, args![token_hash, at, expires_at]).await.map(|_| ())
    }

    /// Ends a session; false if there was none.
    pub async fn delete_session(&mut self, token_hash: &str) -> Result<bool, StoreError> {
        Ok(self.run(DELETE, args![token_hash]).await? > 0)
    }

    /// Ends all sessions of a user but one: after a change of password or rights.
    pub async fn delete_sessions_of(&mut self, user: &UserId, keep: Option<&str>) -> Result<u64, StoreError> {
        self.run(DELETE_OF, args![user, keep.unwrap_or("")]).await
    }

    /// Deletes sessions that have ended.
    pub async fn prune_sessions(&mut self, now: Instant) -> Result<u64, StoreError> {
        self.run(PRUNE, args![now]).await
    }

    /// Lets whoever else counts or records attempts under that key wait until the end of this transaction.
    pub async fn lock_login_attempts(&mut self, key: &str) -> Result<(), StoreError> {
        self.run(LOCK_ATTEMPTS, args![key]).await.map(|_| ())
    }

    /// Records an attempt to log in under a key: the name tried, the address, both, or the device.
    pub async fn record_login_attempt(&mut self, key: &str, at: Instant, attempt: &str) -> Result<(), StoreError> {
        self.run(ATTEMPT, args![key, at, attempt]).await.map(|_| ())
    }

    /// Attempts under a key after an instant, and the last of them, as this transaction sees them.
    pub async fn login_attempts(&mut self, key: &str, after: Instant) -> Result<(i64, Option<Instant>), StoreError> {
        self.one(ATTEMPTS, args![key, after]).await
    }

    /// Takes back an attempt that did not fail, under all its keys.
    pub async fn take_back_login_attempt(&mut self, attempt: &str) -> Result<(), StoreError> {
        self.run(TAKE_BACK, args![attempt]).await.map(|_| ())
    }

    /// Forgets the failed attempts under a key.
    pub async fn clear_login_attempts(&mut self, key: &str) -> Result<(), StoreError> {
        self.run(CLEAR_ATTEMPTS, args![key]).await.map(|_| ())
    }

    /// Remembers that a user has logged in from a device.
    pub async fn put_login_device(&mut self, token_hash: &str, user: &UserId, at: Instant) -> Result<(), StoreError> {
        self.run(PUT_DEVICE, args![token_hash, user, at]).await.map(|_| ())
    }

    /// Forgets the devices of a user.
    pub async fn forget_login_devices_of(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.run(FORGET_DEVICES_OF, args![user]).await.map(|_| ())
    }

    /// Forgets devices that nobody has logged in from for long.
    pub async fn prune_login_devices(&mut self, until: Instant) -> Result<u64, StoreError> {
        self.run(PRUNE_DEVICES, args![until]).await
    }

    /// Deletes attempts that no longer count.
    pub async fn prune_login_attempts(&mut self, until: Instant) -> Result<u64, StoreError> {
        self.run(PRUNE_ATTEMPTS, args![until]).await
    }
}

impl Store {
    /// The session of a cookie, unless it has ended or its user may no longer log in.
    pub async fn session(&self, token_hash: &str, now: Instant) -> Result<Option<SessionRow>, StoreError> {
        self.optional(SESSION, args![token_hash, now]).await
    }

    /// Whether a user has logged in from a device before.
    pub async fn knows_login_device(&self, token_hash: &str, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.one::<(i64,)>(KNOWS_DEVICE, args![token_hash, user]).await?.0 > 0)
    }
}
