//! Users (a projection of the administration's stream) and their credentials (which are in no event).

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::ids::UserId;
use crate::domain::instant::Instant;

statements! {
    PUT = "INSERT INTO users (id, name, roles, active, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, roles = excluded.roles, active = excluded.active, \
        updated_at = excluded.updated_at";
    USER = "SELECT id, name, roles, active, created_at, updated_at FROM users WHERE id = $1";
    USERS = "SELECT id, name, roles, active, created_at, updated_at FROM users WHERE id > $1 ORDER BY id LIMIT $2";
    IN_USE = "SELECT id FROM users WHERE active";
    ALL = "SELECT id, name, roles, active, created_at, updated_at FROM users ORDER BY id";
    DELETE = "DELETE FROM users WHERE id = $1";
    DELETE_CREDENTIAL = "DELETE FROM credentials WHERE user_id = $1";
    COUNT = "SELECT COUNT(*) FROM users";
    PUT_CREDENTIAL = "INSERT INTO credentials (user_id, hash, must_change, changed_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, must_change = excluded.must_change, \
        changed_at = excluded.changed_at";
    CREDENTIAL = "SELECT user_id, hash, must_change, changed_at FROM credentials WHERE user_id = $1";
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct UserRow {
    /// Log-in name.
    pub id: UserId,
    /// 姓名
    pub name: String,
    /// Roles, JSON.
    pub roles: String,
    /// May log in.
    pub active: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// What proves a user. `Debug` shows no hash.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct CredentialRow {
    /// Whose.
    pub user_id: UserId,
    /// argon2id, in PHC form.
    pub hash: String,
    /// Given by someone else: to be changed at the next log-in.
    pub must_change: bool,
    /// When it was set.
    pub changed_at: Instant,
}

impl std::fmt::Debug for CredentialRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialRow").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

impl Tx {
    /// Writes the row of a user; the time of making stays.
    pub async fn put_user(&mut self, row: &UserRow) -> Result<(), StoreError> {
        let values = args![&row.id, &row.name, &row.roles, row.active, row.created_at, row.updated_at];
        self.run(PUT, values).await.map(|_| ())
    }

    /// Sets what proves a user, who must be there.
    pub async fn put_credential(
        &mut self,
        user: &UserId,
        hash: &str,
        must_change: bool,
        at: Instant,
    ) -> Result<(), StoreError> {
        self.run(PUT_CREDENTIAL, args![user, hash, must_change, at]).await.map(|_| ())
    }

    /// All users, by id.
    pub async fn all_users(&mut self) -> Result<Vec<UserRow>, StoreError> {
        self.all(ALL, Vec::new()).await
    }

    /// Takes away a user that no record knows, with what proves them, their sessions and what they have read: nobody who
    /// is given that name later inherits any of it.
    pub async fn delete_user(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.delete_sessions_of(user, None).await?;
        self.forget_login_devices_of(user).await?;
        self.forget_reads_of(user).await?;
        self.run(DELETE_CREDENTIAL, args![user]).await?;
        self.run(DELETE, args![user]).await.map(|_| ())
    }

    /// A user as this transaction sees it.
    pub async fn user(&mut self, id: &UserId) -> Result<Option<UserRow>, StoreError> {
        self.optional(USER, args![id]).await
    }
}

impl Store {
    /// One user.
    pub async fn user(&self, id: &UserId) -> Result<Option<UserRow>, StoreError> {
        self.optional(USER, args![id]).await
    }

    /// A page of users after an id.
    pub async fn users(&self, after: &str, limit: i64) -> Result<Vec<UserRow>, StoreError> {
        self.all(USERS, args![after, limit]).await
    }

    /// The ids of all whose accounts are in use.
    pub async fn users_in_use(&self) -> Result<Vec<UserId>, StoreError> {
        Ok(self.all::<(UserId,)>(IN_USE, Vec::new()).await?.into_iter().map(|(id,)| id).collect())
    }

    /// How many users there are.
    pub async fn user_count(&self) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(COUNT, Vec::new()).await?.0)
    }

    /// What proves a user.
    pub async fn credential(&self, user: &UserId) -> Result<Option<CredentialRow>, StoreError> {
        self.optional(CREDENTIAL, args![user]).await
    }
}
