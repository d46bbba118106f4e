//! Imports of files: how far each came, so that it can be taken up again.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::task::id_list;
use super::tx::Tx;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::Instant;

statements! {
    PUT = "INSERT INTO imports (id, path, format, byte_offset, line, read_count, new_count, duplicate_count, \
        rejected_count, done, started_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
        ON CONFLICT (id) DO UPDATE SET path = excluded.path, byte_offset = excluded.byte_offset, \
        line = excluded.line, read_count = excluded.read_count, new_count = excluded.new_count, \
        duplicate_count = excluded.duplicate_count, rejected_count = excluded.rejected_count, done = excluded.done, \
        updated_at = excluded.updated_at";
    IMPORT = "SELECT id, path, format, byte_offset, line, read_count, new_count, duplicate_count, rejected_count, done, \
        started_at, updated_at FROM imports WHERE id = $1";
    IMPORTS = "SELECT id, path, format, byte_offset, line, read_count, new_count, duplicate_count, rejected_count, done, \
        started_at, updated_at FROM imports ORDER BY started_at DESC, id LIMIT $1";
    /// Ids as a JSON list.
    INCIDENTS = "SELECT DISTINCT incident FROM mentions WHERE incident IS NOT NULL \
        AND id IN (SELECT value FROM json_each($1))"
        => "SELECT DISTINCT incident FROM mentions WHERE incident IS NOT NULL \
        AND id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))";
}

/// How far an import came. Written in the transaction that stores what was read.
#[derive(Clone, Debug, PartialEq, Eq, Default, FromRow)]
pub struct ImportRow {
    /// Hash of file and format.
    pub id: String,
    /// Where the file lay.
    pub path: String,
    /// Format.
    pub format: String,
    /// Bytes that are done.
    pub byte_offset: i64,
    /// Lines that are done.
    pub line: i64,
    /// Records read.
    pub read_count: i64,
    /// Stored.
    pub new_count: i64,
    /// Known before.
    pub duplicate_count: i64,
    /// Refused.
    pub rejected_count: i64,
    /// Come to the end.
    pub done: bool,
    /// When it began.
    pub started_at: Instant,
    /// When it last came on.
    pub updated_at: Instant,
}

impl Tx {
    /// Writes how far an import came.
    pub async fn put_import(&mut self, row: &ImportRow) -> Result<(), StoreError> {
        let values = args![
            &row.id,
            &row.path,
            &row.format,
            row.byte_offset,
            row.line,
            row.read_count,
            row.new_count,
            row.duplicate_count,
            row.rejected_count,
            row.done,
            row.started_at,
            row.updated_at,
        ];
        self.run(PUT, values).await.map(|_| ())
    }
}

impl Store {
    /// How far an import came, if it ever began.
    pub async fn import(&self, id: &str) -> Result<Option<ImportRow>, StoreError> {
        self.optional(IMPORT, args![id]).await
    }

    /// To which incidents these mentions belong.
    pub async fn incidents_of_mentions(&self, ids: &[MentionId]) -> Result<Vec<IncidentId>, StoreError> {
        let rows: Vec<(IncidentId,)> = self.all(INCIDENTS, args![id_list(ids.iter().map(MentionId::as_str))]).await?;
        Ok(rows.into_iter().map(|(incident,)| incident).collect())
    }

    /// Imports, the newest first.
    pub async fn imports(&self, limit: i64) -> Result<Vec<ImportRow>, StoreError> {
        self.all(IMPORTS, args![limit]).await
    }
}
