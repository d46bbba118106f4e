//! Tasks (交办) of departments.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::ids::{BodyId, IncidentId};
use crate::domain::instant::Instant;

statements! {
    PUT = "INSERT INTO tasks (incident, n, department, role, state, active, auto, assigned_at, acknowledged_at, \
        answered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (incident, n) DO UPDATE SET \
        department = excluded.department, role = excluded.role, state = excluded.state, active = excluded.active, \
        auto = excluded.auto, assigned_at = excluded.assigned_at, acknowledged_at = excluded.acknowledged_at, \
        answered_at = excluded.answered_at";
    LEADS_BY_PERSONS = "SELECT incident, n, department, role, state, active, auto, assigned_at, acknowledged_at, \
        answered_at FROM tasks WHERE role = 'lead' AND auto = $1 AND active = $2 ORDER BY incident, n";
    DELETE = "DELETE FROM tasks WHERE incident = $1";
    TASKS = "SELECT incident, n, department, role, state, active, auto, assigned_at, acknowledged_at, answered_at \
        FROM tasks WHERE incident = $1 ORDER BY n";
    /// Tasks of the incidents of one page: their ids as a JSON list.
    TASKS_OF = "SELECT incident, n, department, role, state, active, auto, assigned_at, acknowledged_at, answered_at \
        FROM tasks WHERE incident IN (SELECT value FROM json_each($1)) ORDER BY incident, n"
        => "SELECT incident, n, department, role, state, active, auto, assigned_at, acknowledged_at, answered_at \
        FROM tasks WHERE incident IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY incident, n";
}

/// A department's task.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct TaskRow {
    /// Incident.
    pub incident: IncidentId,
    /// Its number there, in the order of assignment; a body that is given the case again has a second one.
    pub n: i64,
    /// Whose.
    pub department: BodyId,
    /// `lead`, `supporting`.
    pub role: String,
    /// As on the wire.
    pub state: String,
    /// The department still has it: neither returned nor replaced. Decides what the department may see.
    pub active: bool,
    /// Given by the scheduler.
    pub auto: bool,
    /// 交办时间
    pub assigned_at: Instant,
    /// 签收时间
    pub acknowledged_at: Option<Instant>,
    /// 答复时间
    pub answered_at: Option<Instant>,
}

/// A list of ids as the parameter of a `…_OF` statement.
pub(super) fn id_list<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let ids: Vec<&str> = ids.into_iter().collect();
    serde_json::to_string(&ids).unwrap_or_else(|_| "[]".to_owned())
}

impl Tx {
    /// Tasks of several incidents, by incident and order of assignment.
    pub async fn tasks_of(&mut self, incidents: &[&str]) -> Result<Vec<TaskRow>, StoreError> {
        self.all(TASKS_OF, args![id_list(incidents.iter().copied())]).await
    }

    /// Takes away all tasks of an incident, to write them anew.
    pub async fn delete_tasks(&mut self, incident: &IncidentId) -> Result<(), StoreError> {
        self.run(DELETE, args![incident]).await.map(|_| ())
    }

    /// Writes the row of a task.
    pub async fn put_task(&mut self, row: &TaskRow) -> Result<(), StoreError> {
        let values = args![
            &row.incident,
            row.n,
            &row.department,
            &row.role,
            &row.state,
            row.active,
            row.auto,
            row.assigned_at,
            row.acknowledged_at,
            row.answered_at,
        ];
        self.run(PUT, values).await.map(|_| ())
    }
}

impl Store {
    /// Tasks of an incident, in the order of assignment.
    pub async fn tasks(&self, incident: &IncidentId) -> Result<Vec<TaskRow>, StoreError> {
        self.all(TASKS, args![incident]).await
    }

    /// Leads that a person gave and that still have the case.
    pub async fn leads_given_by_persons(&self) -> Result<Vec<TaskRow>, StoreError> {
        self.all(LEADS_BY_PERSONS, args![false, true]).await
    }

    /// Tasks of several incidents, by incident and order of assignment.
    pub async fn tasks_of(&self, incidents: &[IncidentId]) -> Result<Vec<TaskRow>, StoreError> {
        self.all(TASKS_OF, args![id_list(incidents.iter().map(IncidentId::as_str))]).await
    }
}
