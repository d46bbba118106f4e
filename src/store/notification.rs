//! In-app notifications: what the outbox's in-app channel delivered.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::task::id_list;
use super::tx::Tx;
use crate::domain::ids::IncidentId;
use crate::domain::instant::Instant;

statements! {
    PUT = "INSERT INTO notifications (key, recipient, incident, kind, text, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO NOTHING";
    LIST = "SELECT id, key, recipient, incident, kind, text, created_at, read_at FROM notifications \
        WHERE recipient IN (SELECT value FROM json_each($1)) AND id < $2 AND (NOT $3 OR read_at IS NULL) \
        ORDER BY id DESC LIMIT $4"
        => "SELECT id, key, recipient, incident, kind, text, created_at, read_at FROM notifications \
        WHERE recipient IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) AND id < $2 \
        AND (NOT $3 OR read_at IS NULL) ORDER BY id DESC LIMIT $4";
    UNREAD = "SELECT COUNT(*) FROM notifications \
        WHERE recipient IN (SELECT value FROM json_each($1)) AND read_at IS NULL"
        => "SELECT COUNT(*) FROM notifications \
        WHERE recipient IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) AND read_at IS NULL";
    READ = "UPDATE notifications SET read_at = COALESCE(read_at, $3) WHERE id = $1 \
        AND recipient IN (SELECT value FROM json_each($2))"
        => "UPDATE notifications SET read_at = COALESCE(read_at, $3) WHERE id = $1 \
        AND recipient IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb)))";
}

/// A notification to deliver in-app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotification {
    /// Unique: the outbox row's key, so that a repeated delivery shows once.
    pub key: String,
    /// A user, body or roster holder.
    pub recipient: String,
    /// The incident that it is about.
    pub incident: Option<IncidentId>,
    /// The event that it tells of.
    pub kind: String,
    /// What it says, in Chinese.
    pub text: String,
    /// When.
    pub created_at: Instant,
}

/// A delivered notification.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct NotificationRow {
    /// Order.
    pub id: i64,
    /// Unique key.
    pub key: String,
    /// A user, body or roster holder.
    pub recipient: String,
    /// The incident that it is about.
    pub incident: Option<IncidentId>,
    /// The event that it tells of.
    pub kind: String,
    /// What it says.
    pub text: String,
    /// When.
    pub created_at: Instant,
    /// When it was first read.
    pub read_at: Option<Instant>,
}

impl Tx {
    /// Delivers a notification; false if one of that key was there already.
    pub async fn put_notification(&mut self, row: &NewNotification) -> Result<bool, StoreError> {
        let values = args![&row.key, &row.recipient, &row.incident, &row.kind, &row.text, row.created_at];
        let new = self.run(PUT, values).await? > 0;
        self.woke |= new;
        Ok(new)
    }

    /// Marks as read what one of the recipients got; false if it is not theirs. The first reading stays.
    pub async fn read_notification(&mut self, id: i64, recipients: &[&str], at: Instant) -> Result<bool, StoreError> {
        Ok(self.run(READ, args![id, id_list(recipients.iter().copied()), at]).await? > 0)
    }
}

impl Store {
    /// A page of what these recipients got, before an id, the newest first.
    pub async fn notifications(
        &self,
        recipients: &[&str],
        unread_only: bool,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<NotificationRow>, StoreError> {
        let list = id_list(recipients.iter().copied());
        self.all(LIST, args![list, before.unwrap_or(i64::MAX), unread_only, limit]).await
    }

    /// How many these recipients have not read.
    pub async fn unread_notifications(&self, recipients: &[&str]) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(UNREAD, args![id_list(recipients.iter().copied())]).await?.0)
    }
}
