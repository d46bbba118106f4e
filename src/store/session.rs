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
    SESSION = "SELECT s.token_hash, s.user_id, s.csrf, s.created_at, s.expires_at, s.seen_at FROM sessions s \
        JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.active";
    TOUCH = "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE token_hash = $1 AND seen_at < $2";
    DELETE = "DELETE FROM sessions WHERE token_hash = $1";
    DELETE_OF = "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2";
    PRUNE = "DELETE FROM sessions WHERE expires_at <= $1";
    ATTEMPT = "INSERT INTO login_attempts (key, at) VALUES ($1, $2)";
    ATTEMPTS = "SELECT COUNT(*), MIN(at) FROM login_attempts WHERE key = $1 AND at > $2";
    CLEAR_ATTEMPTS = "DELETE FROM login_attempts WHERE key = $1";
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

    /// Records a failed attempt to log in under a key: the name tried, or the address.
    pub async fn record_login_attempt(&mut self, key: &str, at: Instant) -> Result<(), StoreError> {
        self.run(ATTEMPT, args![key, at]).await.map(|_| ())
    }

    /// Failed attempts under a key after an instant, and the first of them, as this transaction sees them: counting
    /// and recording in one transaction, a burst of attempts can't slip through together (on SQLite, which writes one
    /// after the other).
    pub async fn login_attempts(&mut self, key: &str, after: Instant) -> Result<(i64, Option<Instant>), StoreError> {
        self.one(ATTEMPTS, args![key, after]).await
    }

    /// Forgets the failed attempts under a key.
    pub async fn clear_login_attempts(&mut self, key: &str) -> Result<(), StoreError> {
        self.run(CLEAR_ATTEMPTS, args![key]).await.map(|_| ())
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

    /// Failed attempts under a key after an instant, and the first of them.
    pub async fn login_attempts(&self, key: &str, after: Instant) -> Result<(i64, Option<Instant>), StoreError> {
        self.one(ATTEMPTS, args![key, after]).await
    }
}
