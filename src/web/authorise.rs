//! Who may do what: the one table. A handler asks here; what a department may see is narrowed further in each query.

use crate::domain::actor::Actor;
use crate::domain::administration::Role;
use crate::domain::ids::UserId;
use crate::domain::incident::{ActRow, Viewpoint, acts};

use super::problem::Problem;

const ANALYST: &str = "analyst";
const DEPARTMENT: &str = "department";
const PUBLICITY: &str = "publicity";
const SUPERVISION: &str = "supervision";
const LEADER: &str = "leader";
const AUDITOR: &str = "auditor";
const ADMIN: &str = "admin";

/// What a handler may need besides being logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Post mentions from a page.
    SendMentions,
    /// See sources and lines that were rejected.
    ReadCollection,
    /// See what went up to leadership, all of it.
    ReadEscalations,
    /// See which notices did not arrive.
    ReadDeliveries,
    /// Try them again.
    RetryDeliveries,
    /// Read the whole record and have it checked.
    ReadRecord,
    /// See the users.
    ReadUsers,
    /// Add and change users.
    ManageUsers,
    /// Read rule files and their editions.
    ReadRuleFiles,
    /// Change rule files, and try what they need: sources, backtests, channels.
    ManageRuleFiles,
    /// See what a text would be judged as.
    TryTexts,
}

/// Roles by permission. What is not here needs a log-in alone.
const PERMISSIONS: [(Permission, &[&str]); 11] = [
    (Permission::SendMentions, &[ANALYST, ADMIN]),
    (Permission::ReadCollection, &[ANALYST, PUBLICITY, SUPERVISION, LEADER, AUDITOR, ADMIN]),
    (Permission::ReadEscalations, &[ANALYST, DEPARTMENT, PUBLICITY, SUPERVISION, LEADER, AUDITOR, ADMIN]),
    (Permission::ReadDeliveries, &[ANALYST, SUPERVISION, AUDITOR, ADMIN]),
    (Permission::RetryDeliveries, &[ADMIN]),
    (Permission::ReadRecord, &[AUDITOR, ADMIN]),
    (Permission::ReadUsers, &[AUDITOR, ADMIN]),
    (Permission::ManageUsers, &[ADMIN]),
    (Permission::ReadRuleFiles, &[AUDITOR, ADMIN]),
    (Permission::ManageRuleFiles, &[ADMIN]),
    (Permission::TryTexts, &[ANALYST, ADMIN]),
];

/// Whether one of the roles carries the permission.
pub fn allows(roles: &[Role], permission: Permission) -> bool {
    let carriers = PERMISSIONS.iter().find(|(known, _)| *known == permission).map_or(&[][..], |(_, roles)| roles);
    roles.iter().any(|role| carriers.contains(&role.id()))
}

/// Refuses what [`allows`] doesn't.
pub fn require(roles: &[Role], permission: Permission) -> Result<(), Problem> {
    if allows(roles, permission) {
        return Ok(());
    }
    Err(Problem::forbidden("您的角色不能做这件事；如需要，请联系系统管理员"))
}

/// As whom a user does an act: for the body of the first of their roles, in the user's own order, that may by the table of acts.
pub fn actor(user: &UserId, roles: &[Role], act: &str) -> Result<Actor, Problem> {
    let row = acts().find(|(name, _)| *name == act).map(|(_, row)| row);
    let body = roles.iter().filter(|role| row.is_some_and(|row| carries(row, role))).find_map(Role::acts_for);
    match body {
        Some(body) => Ok(Actor::Person { user: user.clone(), body }),
        None => Err(Problem::forbidden("您的角色不能办理这一步；如需要，请联系系统管理员")),
    }
}

/// The acts that the roles may do at all, in the table's order.
pub fn acts_of(roles: &[Role]) -> Vec<&'static str> {
    let may = |row: &ActRow| roles.iter().any(|role| carries(row, role) && role.acts_for().is_some());
    acts().filter(|(_, row)| may(row)).map(|(act, _)| act).collect()
}

fn carries(row: &ActRow, role: &Role) -> bool {
    row.roles.iter().any(|carrier| carrier == role.id())
}

/// From where the user sees incidents; `None` sees all. Whoever holds a wider role beside is not narrowed.
pub fn visible_to(user: &UserId, roles: &[Role]) -> Option<Viewpoint> {
    let mut own = None;
    for role in roles {
        match role {
            Role::Department { body, .. } => own = Some(body.clone()),
            _ => return None,
        }
    }
    // A user without any role sees what a body that doesn't exist sees: nothing.
    Some(Viewpoint { body: own.unwrap_or_default(), user: Some(user.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn department() -> Role {
        Role::Department { body: "ecology".into(), head: false }
    }

    #[test]
    fn an_auditor_may_do_no_act() {
        assert!(acts_of(&[Role::Auditor]).is_empty());
        for (act, _) in acts() {
            assert!(actor(&"a".into(), &[Role::Auditor], act).is_err(), "{act}");
        }
    }

    #[test]
    fn who_acts_acts_for_the_body_of_the_role() {
        let user = UserId::from("wang");
        let body = |roles: &[Role], act: &str| actor(&user, roles, act).map(|actor| actor.acts_for());
        assert_eq!(body(&[department()], "respond").unwrap(), "ecology");
        assert_eq!(body(&[Role::Publicity], "respond").unwrap(), "publicity");
        assert_eq!(body(&[Role::Analyst], "grade").unwrap(), "government_office");
        assert!(body(&[department()], "grade").is_err());
        assert!(body(&[Role::Admin], "settle").is_err(), "the system's own commands are nobody's");
    }

    #[test]
    fn a_department_alone_is_narrowed_to_its_own() {
        let from = |roles: &[Role]| visible_to(&"li".into(), roles).map(|from| from.keys());
        assert_eq!(from(&[department()]), Some(["body/ecology".to_owned(), "user/li".to_owned()]));
        assert_eq!(from(&[department(), Role::Analyst]), None);
        assert_eq!(from(&[Role::Auditor]), None);
        assert_eq!(from(&[]), Some(["body/".to_owned(), "user/li".to_owned()]));
    }

    #[test]
    fn only_administrators_manage_users() {
        assert!(allows(&[Role::Admin], Permission::ManageUsers));
        for role in [Role::Analyst, department(), Role::Publicity, Role::Supervision, Role::Auditor] {
            assert!(!allows(&[role], Permission::ManageUsers));
        }
    }
}
