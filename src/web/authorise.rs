//! Who may do what: the one table. A handler asks here; what a department may see is narrowed further in each query.

use crate::domain::actor::Actor;
use crate::domain::administration::Role;
use crate::domain::ids::{BodyId, UserId};

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
    /// See the users.
    ReadUsers,
    /// Add and change users.
    ManageUsers,
}

/// Roles by permission. What is not here needs a log-in alone.
const PERMISSIONS: [(Permission, &[&str]); 7] = [
    (Permission::SendMentions, &[ANALYST, ADMIN]),
    (Permission::ReadCollection, &[ANALYST, PUBLICITY, SUPERVISION, LEADER, AUDITOR, ADMIN]),
    (Permission::ReadEscalations, &[ANALYST, DEPARTMENT, PUBLICITY, SUPERVISION, LEADER, AUDITOR, ADMIN]),
    (Permission::ReadDeliveries, &[ANALYST, SUPERVISION, AUDITOR, ADMIN]),
    (Permission::RetryDeliveries, &[ADMIN]),
    (Permission::ReadUsers, &[AUDITOR, ADMIN]),
    (Permission::ManageUsers, &[ADMIN]),
];

/// Roles by act of `contract.md`. Of several roles that fit, the first in the user's own order acts.
const ACTS: [(&str, &[&str]); 35] = [
    ("grade", &[ANALYST, ADMIN, LEADER]),
    ("assign", &[ANALYST, ADMIN, LEADER]),
    ("acknowledge", &[DEPARTMENT, PUBLICITY, ANALYST, ADMIN]),
    ("return", &[DEPARTMENT, PUBLICITY]),
    ("answer", &[DEPARTMENT, PUBLICITY, ANALYST, ADMIN]),
    ("respond", &[DEPARTMENT, PUBLICITY, ANALYST, ADMIN, LEADER]),
    ("review", &[DEPARTMENT, PUBLICITY, ANALYST, ADMIN, LEADER]),
    ("confirm_held", &[DEPARTMENT, PUBLICITY, ANALYST, ADMIN, LEADER]),
    ("approve", &[ANALYST, LEADER, ADMIN]),
    // Whoever asked may withdraw (`domain.md` §5a p); what others asked, the decision leaves to the office.
    ("reject", &[ANALYST, LEADER, ADMIN, DEPARTMENT, PUBLICITY, SUPERVISION]),
    ("raise", &[ANALYST, LEADER, ADMIN]),
    ("receipt", &[ANALYST, DEPARTMENT, PUBLICITY, SUPERVISION, LEADER, ADMIN]),
    ("feedback", &[ANALYST, SUPERVISION, ADMIN]),
    ("close", &[ANALYST, LEADER, ADMIN]),
    ("reopen", &[ANALYST, SUPERVISION, LEADER, ADMIN]),
    ("dismiss", &[ANALYST, LEADER, ADMIN]),
    ("dispose", &[ANALYST, LEADER, ADMIN]),
    ("restore", &[ANALYST, LEADER, ADMIN]),
    ("consult", &[ANALYST, PUBLICITY, LEADER, ADMIN]),
    ("supervise", &[SUPERVISION, ANALYST, LEADER, ADMIN]),
    ("circulate", &[SUPERVISION, LEADER, ANALYST, ADMIN]),
    ("talk", &[SUPERVISION, LEADER, ANALYST, ADMIN]),
    ("conclude", &[DEPARTMENT, PUBLICITY, SUPERVISION, ANALYST, LEADER, ADMIN]),
    ("instruct", &[LEADER, ANALYST, ADMIN]),
    ("rectify", &[SUPERVISION, LEADER, ANALYST, ADMIN]),
    ("order", &[LEADER, ANALYST, ADMIN]),
    ("merge", &[ANALYST, LEADER, ADMIN]),
    ("unmerge", &[ANALYST, LEADER, ADMIN]),
    ("covers", &[ANALYST, LEADER, ADMIN]),
    ("split", &[ANALYST, LEADER, ADMIN]),
    ("refer", &[ANALYST, PUBLICITY, LEADER, ADMIN]),
    ("hand_over", &[ANALYST, PUBLICITY, LEADER, ADMIN]),
    ("look_at_referral", &[ANALYST, SUPERVISION, LEADER, ADMIN]),
    ("city_post", &[PUBLICITY, ANALYST, ADMIN]),
    ("repost", &[DEPARTMENT, PUBLICITY, ANALYST, ADMIN]),
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

/// As whom a user does an act: for the body of the first of their roles that may.
pub fn actor(user: &UserId, roles: &[Role], act: &str) -> Result<Actor, Problem> {
    let carriers = ACTS.iter().find(|(name, _)| *name == act).map_or(&[][..], |(_, roles)| roles);
    let body = roles.iter().filter(|role| carriers.contains(&role.id())).find_map(Role::acts_for);
    match body {
        Some(body) => Ok(Actor::Person { user: user.clone(), body }),
        None => Err(Problem::forbidden("您的角色不能办理这一步；如需要，请联系系统管理员")),
    }
}

/// The acts that the roles may do at all, in the table's order.
pub fn acts_of(roles: &[Role]) -> Vec<&'static str> {
    let may = |carriers: &[&str]| roles.iter().any(|role| carriers.contains(&role.id()) && role.acts_for().is_some());
    ACTS.iter().filter(|(_, carriers)| may(carriers)).map(|(act, _)| *act).collect()
}

/// The body whose cases alone the user sees; `None` sees all. Whoever holds a wider role beside is not narrowed.
pub fn visible_to(roles: &[Role]) -> Option<BodyId> {
    let mut own = None;
    for role in roles {
        match role {
            Role::Department { body, .. } => own = Some(body.clone()),
            _ => return None,
        }
    }
    // A user without any role sees what a body that doesn't exist sees: nothing.
    Some(own.unwrap_or_default())
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
        for (act, _) in ACTS {
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
        assert_eq!(visible_to(&[department()]), Some("ecology".into()));
        assert_eq!(visible_to(&[department(), Role::Analyst]), None);
        assert_eq!(visible_to(&[Role::Auditor]), None);
        assert_eq!(visible_to(&[]), Some(BodyId::default()));
    }

    #[test]
    fn only_administrators_manage_users() {
        assert!(allows(&[Role::Admin], Permission::ManageUsers));
        for role in [Role::Analyst, department(), Role::Publicity, Role::Supervision, Role::Auditor] {
            assert!(!allows(&[role], Permission::ManageUsers));
        }
    }
}
