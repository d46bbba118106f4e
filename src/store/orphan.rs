//! Rows that follow from no record: an incident that nothing opened, a clock that nothing started. No transaction of ours
//! leaves one behind; `verify` names them, and a rebuild takes them away.

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;

statements! {
    ORPHANS = "SELECT 'incidents' AS what, id FROM incidents \
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = 'incident/' || incidents.id) \
        UNION SELECT 'tasks', incident FROM tasks \
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = 'incident/' || tasks.incident) \
        UNION SELECT 'escalations', incident FROM escalations \
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = 'incident/' || escalations.incident) \
        UNION SELECT 'mentions', incident FROM mentions WHERE incident IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM events WHERE events.stream = 'incident/' || mentions.incident) \
        UNION SELECT 'clocks', stream FROM clocks \
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = clocks.stream) \
        UNION SELECT 'streams', stream FROM streams \
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = streams.stream) \
        ORDER BY 1, 2 LIMIT $1";
    NO_INCIDENT = "DELETE FROM incidents \
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = 'incident/' || incidents.id)";
    NO_TASK = "DELETE FROM tasks \
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = 'incident/' || tasks.incident)";
    NO_ESCALATION = "DELETE FROM escalations \
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = 'incident/' || escalations.incident)";
    NO_PLACE = "UPDATE mentions SET incident = NULL WHERE incident IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM events WHERE events.stream = 'incident/' || mentions.incident)";
    NO_CLOCK = "DELETE FROM clocks WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = clocks.stream)";
    NO_STREAM = "DELETE FROM streams WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = streams.stream)";
    NO_USER = "DELETE FROM escalation_users \
        WHERE NOT EXISTS (SELECT 1 FROM escalations e WHERE e.id = escalation_users.escalation)";
}

impl Store {
    /// Rows that follow from no record: the table, and the incident or stream that they name.
    pub async fn orphans(&self, limit: i64) -> Result<Vec<(String, String)>, StoreError> {
        self.all(ORPHANS, args![limit]).await
    }
}

impl Tx {
    /// Takes them away, and mentions out of incidents that nothing opened.
    pub async fn delete_orphans(&mut self) -> Result<(), StoreError> {
        for statement in [NO_INCIDENT, NO_TASK, NO_ESCALATION, NO_PLACE, NO_CLOCK, NO_STREAM, NO_USER] {
            self.run(statement, Vec::new()).await?;
        }
        Ok(())
    }
}
