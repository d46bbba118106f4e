//! The table of acts (办理事项): of each its name, the roles that may do it, and the lives of an incident that take it. It
//! stands in `acts.json`, which the dashboards read too: their menu, [`super::decide`]'s check of a life, what is asked of a
//! person and what only the system does all follow from it.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::state::Life;

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ActRow {
    /// What a menu and a refusal call it.
    pub name: String,
    /// Ids of the roles that may do it; the system's own acts have none.
    pub roles: Vec<String>,
    /// The lives that take it; empty for what is done to no incident, or before it has a life.
    life: Vec<LifeRow>,
}

/// A life as the table names it: dismissed and disposed incidents take the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LifeRow {
    Open,
    Closed,
    Ended,
}

/// In the file's order, in which a page is told what is allowed.
static ACTS: LazyLock<Vec<(String, ActRow)>> = LazyLock::new(|| {
    let table: Map<String, Value> = serde_json::from_str(include_str!("acts.json")).unwrap_or_default();
    table.into_iter().filter_map(|(id, act)| Some((id, serde_json::from_value(act).ok()?))).collect()
});

fn act(id: &str) -> Option<&'static ActRow> {
    ACTS.iter().find(|(known, _)| known == id).map(|(_, act)| act)
}

/// All acts that people do, with their names on the wire.
pub fn acts() -> impl Iterator<Item = (&'static str, &'static ActRow)> {
    ACTS.iter().map(|(id, act)| (id.as_str(), act)).filter(|(_, act)| !act.roles.is_empty())
}

/// Whether an act is the system's own.
pub(super) fn is_systems_own(id: &str) -> bool {
    act(id).is_some_and(|act| act.roles.is_empty())
}

/// Whether an incident in that life takes the act (`domain.md` §5a m; what looks back at how a closed one was handled, and
/// the review of what it may still publish, besides).
pub(super) fn takes(life: Life, id: &str) -> bool {
    let life = match life {
        Life::Open => LifeRow::Open,
        Life::Closed => LifeRow::Closed,
        Life::Dismissed | Life::NoPublicResponse => LifeRow::Ended,
    };
    act(id).is_some_and(|act| act.life.contains(&life))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::administration::Role;

    #[test]
    fn every_command_stands_in_the_table() {
        let commands = super::super::act::commands();
        let beside = ["city_post", "repost"];
        let mut known: Vec<&str> = ACTS.iter().map(|(id, _)| id.as_str()).filter(|id| !beside.contains(id)).collect();
        known.sort_unstable();
        assert_eq!(known, commands);
    }

    #[test]
    fn the_table_names_roles_that_there_are() {
        let roles = [
            Role::Analyst,
            Role::Department { body: "ecology".into(), head: false },
            Role::Publicity,
            Role::Supervision,
            Role::Leader { portfolio: Vec::new() },
            Role::Admin,
        ];
        for (id, act) in acts() {
            let known = |role: &String| roles.iter().any(|known| known.id() == role);
            assert!(act.roles.iter().all(known) && !act.name.is_empty(), "{id}: {act:?}");
        }
    }

    #[test]
    fn a_closed_incident_is_reopened_and_a_dismissed_one_restored() {
        assert!(takes(Life::Closed, "reopen") && !takes(Life::Closed, "grade") && !takes(Life::Closed, "restore"));
        assert!(takes(Life::Dismissed, "restore") && !takes(Life::NoPublicResponse, "reopen"));
    }
}
