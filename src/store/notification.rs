//! In-app notifications: what the outbox's in-app channel delivered, and which account has read what of it.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::task::id_list;
use super::tx::Tx;
use crate::domain::ids::{IncidentId, UserId};
use crate::domain::instant::Instant;

statements! {
    PUT = "INSERT INTO notifications (key, recipient, incident, kind, text, created_at, caused_by) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key) DO NOTHING";
    /// Who asked for an approval is not told to give it.
    LIST = "SELECT n.id, n.key, n.recipient, n.incident, n.kind, n.text, n.created_at, n.caused_by, r.read_at \
        FROM notifications n LEFT JOIN notification_reads r ON r.user_id = $1 AND r.notification = n.id \
        WHERE n.recipient IN (SELECT value FROM json_each($2)) AND n.id < $3 \
        AND (n.kind <> 'approval_requested' OR n.caused_by IS NULL OR n.caused_by <> $1) ORDER BY n.id DESC LIMIT $4"
        => "SELECT n.id, n.key, n.recipient, n.incident, n.kind, n.text, n.created_at, n.caused_by, r.read_at \
        FROM notifications n LEFT JOIN notification_reads r ON r.user_id = $1 AND r.notification = n.id \
        WHERE n.recipient IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb))) AND n.id < $3 \
        AND (n.kind <> 'approval_requested' OR n.caused_by IS NULL OR n.caused_by <> $1) \
        ORDER BY n.id DESC LIMIT $4";
    UNREAD = "SELECT COUNT(*) FROM notifications n WHERE n.recipient IN (SELECT value FROM json_each($2)) \
        AND (n.kind <> 'approval_requested' OR n.caused_by IS NULL OR n.caused_by <> $1) \
        AND NOT EXISTS (SELECT 1 FROM notification_reads r WHERE r.user_id = $1 AND r.notification = n.id)"
        => "SELECT COUNT(*) FROM notifications n \
        WHERE n.recipient IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb))) \
        AND (n.kind <> 'approval_requested' OR n.caused_by IS NULL OR n.caused_by <> $1) \
        AND NOT EXISTS (SELECT 1 FROM notification_reads r WHERE r.user_id = $1 AND r.notification = n.id)";
    /// A second reading changes nothing, but counts: what is theirs is told from what is not by the count.
    READ = "INSERT INTO notification_reads (user_id, notification, read_at) SELECT $1, n.id, $4 FROM notifications n \
        WHERE n.id = $2 AND n.recipient IN (SELECT value FROM json_each($3)) \
        ON CONFLICT (user_id, notification) DO UPDATE SET read_at = notification_reads.read_at"
        => "INSERT INTO notification_reads (user_id, notification, read_at) \
        SELECT CAST($1 AS TEXT), n.id, CAST($4 AS BIGINT) FROM notifications n \
        WHERE n.id = $2 AND n.recipient IN (SELECT jsonb_array_elements_text(CAST($3 AS jsonb))) \
        ON CONFLICT (user_id, notification) DO UPDATE SET read_at = notification_reads.read_at";
    FORGET_READS = "DELETE FROM notification_reads WHERE user_id = $1";
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
    /// Who did what it tells of, if a person did.
    pub caused_by: Option<String>,
}

/// A delivered notification, as one account has it.
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
    /// Who did what it tells of, if that is known.
    pub caused_by: Option<String>,
    /// When that account first read it; its colleagues read for themselves.
    pub read_at: Option<Instant>,
}

impl Tx {
    /// Delivers a notification; false if one of that key was there already.
    pub async fn put_notification(&mut self, row: &NewNotification) -> Result<bool, StoreError> {
        let values =
            args![&row.key, &row.recipient, &row.incident, &row.kind, &row.text, row.created_at, &row.caused_by];
        let new = self.run(PUT, values).await? > 0;
        self.woke |= new;
        Ok(new)
    }

    /// Marks as read by this account what one of the recipients that it is told as got; false if none of them did. The
    /// first reading stays.
    pub async fn read_notification(
        &mut self,
        id: i64,
        reader: &UserId,
        recipients: &[&str],
        at: Instant,
    ) -> Result<bool, StoreError> {
        Ok(self.run(READ, args![reader, id, id_list(recipients.iter().copied()), at]).await? > 0)
    }

    /// Forgets what an account has read.
    pub(super) async fn forget_reads_of(&mut self, reader: &UserId) -> Result<(), StoreError> {
        self.run(FORGET_READS, args![reader]).await.map(|_| ())
    }
}

impl Store {
    /// A page of what these recipients got, before an id, the newest first, with when this account read it.
    pub async fn notifications(
        &self,
        reader: &UserId,
        recipients: &[&str],
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<NotificationRow>, StoreError> {
        let list = id_list(recipients.iter().copied());
        self.all(LIST, args![reader, list, before.unwrap_or(i64::MAX), limit]).await
    }

    /// How many of what these recipients got this account has not read.
    pub async fn unread_notifications(&self, reader: &UserId, recipients: &[&str]) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(UNREAD, args![reader, id_list(recipients.iter().copied())]).await?.0)
    }
}
