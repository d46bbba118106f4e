//! Rows that follow from no record: an incident that nothing opened, a clock that nothing started. No transaction of ours
//! leaves one behind; `verify` names them, and a rebuild takes them away. A row whose stream still has a row of its own is
//! none: where all its events are gone, that row tells of it.

use super::error::StoreError;
use super::open::Store;
use super::sql::{Sql, args, statements};
use super::tx::Tx;

/// Of a column that names a stream, that no such stream ever was.
macro_rules! nowhere {
    ($stream:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM events WHERE events.stream = ",
            $stream,
            ") AND NOT EXISTS (SELECT 1 FROM streams WHERE streams.stream = ",
            $stream,
            ")"
        )
    };
}

statements! {
    ORPHANS = concat!("SELECT 'incidents' AS what, id FROM incidents WHERE ", nowhere!("'incident/' || incidents.id"),
        " UNION SELECT 'tasks', incident FROM tasks WHERE ", nowhere!("'incident/' || tasks.incident"),
        " UNION SELECT 'escalations', incident FROM escalations WHERE ", nowhere!("'incident/' || escalations.incident"),
        " UNION SELECT 'viewers', incident FROM viewers WHERE ", nowhere!("'incident/' || viewers.incident"),
        " UNION SELECT 'mentions', incident FROM mentions WHERE incident IS NOT NULL AND ",
        nowhere!("'incident/' || mentions.incident"),
        " UNION SELECT 'clocks', stream FROM clocks WHERE ", nowhere!("clocks.stream"),
        " UNION SELECT 'escalation_users', escalation FROM escalation_users \
        WHERE NOT EXISTS (SELECT 1 FROM escalations WHERE escalations.id = escalation_users.escalation) \
        ORDER BY 1, 2 LIMIT $1");
    NO_INCIDENT = concat!("DELETE FROM incidents WHERE id = $1 AND ", nowhere!("'incident/' || incidents.id"));
    NO_TASK = concat!("DELETE FROM tasks WHERE incident = $1 AND ", nowhere!("'incident/' || tasks.incident"));
    NO_ESCALATION = concat!("DELETE FROM escalations WHERE incident = $1 AND ",
        nowhere!("'incident/' || escalations.incident"));
    NO_VIEWER = concat!("DELETE FROM viewers WHERE incident = $1 AND ", nowhere!("'incident/' || viewers.incident"));
    NO_PLACE = concat!("UPDATE mentions SET incident = NULL WHERE incident = $1 AND ",
        nowhere!("'incident/' || mentions.incident"));
    NO_CLOCK = concat!("DELETE FROM clocks WHERE stream = $1 AND ", nowhere!("clocks.stream"));
    NO_USER = "DELETE FROM escalation_users WHERE escalation = $1 \
        AND NOT EXISTS (SELECT 1 FROM escalations WHERE escalations.id = escalation_users.escalation)";
}

/// Rows of one table that follow from no record.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Orphan {
    /// The table.
    #[sqlx(rename = "what")]
    pub table: String,
    /// The incident, stream or escalation that its rows name.
    pub id: String,
}

impl Store {
    /// Rows that follow from no record.
    pub async fn orphans(&self, limit: i64) -> Result<Vec<Orphan>, StoreError> {
        self.all(ORPHANS, args![limit]).await
    }
}

impl Tx {
    /// Takes them away; mentions stay, out of the incident that nothing opened.
    pub async fn delete_orphan(&mut self, orphan: &Orphan) -> Result<(), StoreError> {
        let statement: Sql = match orphan.table.as_str() {
            "incidents" => NO_INCIDENT,
            "tasks" => NO_TASK,
            "escalations" => NO_ESCALATION,
            "viewers" => NO_VIEWER,
            "mentions" => NO_PLACE,
            "clocks" => NO_CLOCK,
            _ => NO_USER,
        };
        self.run(statement, args![&orphan.id]).await.map(|_| ())
    }
}
