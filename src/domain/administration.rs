//! The administration (系统管理): users and what they may do, as an aggregate of its own with its own hash chain. No
//! password and no hash of one ever stands in an event; that a password was changed, by whom and when, does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::{BodyId, UserId};
use super::office::Office;

mod event;

pub use event::{AdminEvent, Kept, KeyChange};

/// The stream's id and kind.
pub const ADMIN_STREAM: &str = "admin";

/// Longest log-in name, in characters.
const USER_ID_CHARS_MAX: usize = 64;
/// Longest displayed name, in characters.
const NAME_CHARS_MAX: usize = 64;
/// Most roles of one user.
const ROLES_MAX: usize = 16;
/// Most bodies in a leader's portfolio.
const PORTFOLIO_BODIES_MAX: usize = 200;
/// Names that the ledger uses for what is no user.
const RESERVED: [&str; 2] = ["system", "console"];

/// A role (角色), with what it is bound to (`contract.md`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Role {
    /// 研判员: of the government office.
    Analyst,
    /// 承办单位
    Department {
        /// The body that they work for.
        body: BodyId,
        /// 单位负责人
        #[serde(default)]
        head: bool,
    },
    /// 宣传部门
    Publicity,
    /// 督查
    Supervision,
    /// 领导
    Leader {
        /// 分管单位
        #[serde(default)]
        portfolio: Vec<BodyId>,
    },
    /// 审计: reads all, changes nothing.
    Auditor,
    /// 系统管理员
    Admin,
}

impl Role {
    /// The id used in files and on the wire.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Department { .. } => "department",
            Self::Publicity => "publicity",
            Self::Supervision => "supervision",
            Self::Leader { .. } => "leader",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The body that its holder acts for; an auditor acts for none.
    pub fn acts_for(&self) -> Option<BodyId> {
        match self {
            Self::Department { body, .. } => Some(body.clone()),
            Self::Publicity => Some(BodyId::from(BodyId::PUBLICITY)),
            Self::Analyst | Self::Supervision | Self::Leader { .. } | Self::Admin => Some(BodyId::from(BodyId::OFFICE)),
            Self::Auditor => None,
        }
    }
}

/// A user as the administration knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// 姓名
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Whether they may log in.
    pub active: bool,
}

impl Account {
    fn is_admin(&self) -> bool {
        self.active && self.roles.contains(&Role::Admin)
    }
}

/// The aggregate's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administration {
    /// All users there ever were: a name is not given twice.
    pub users: BTreeMap<UserId, Account>,
}

/// What may be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum AdminCommand {
    /// A new user.
    AddUser {
        /// Log-in name.
        user: UserId,
        /// 姓名
        name: String,
        /// Roles.
        roles: Vec<Role>,
    },
    /// Another displayed name.
    RenameUser {
        /// Who.
        user: UserId,
        /// 姓名
        name: String,
    },
    /// Other roles in place of the present ones.
    ChangeRoles {
        /// Who.
        user: UserId,
        /// Roles.
        roles: Vec<Role>,
    },
    /// No longer lets them in; nothing of what they did is touched.
    DeactivateUser {
        /// Who.
        user: UserId,
    },
    /// Lets them in again.
    ReactivateUser {
        /// Who.
        user: UserId,
    },
    /// Another password; its hash is kept elsewhere.
    ChangePassword {
        /// Whose.
        user: UserId,
    },
}

impl AdminCommand {
    /// Whom it is about.
    pub const fn user(&self) -> &UserId {
        match self {
            Self::AddUser { user, .. }
            | Self::RenameUser { user, .. }
            | Self::ChangeRoles { user, .. }
            | Self::DeactivateUser { user }
            | Self::ReactivateUser { user }
            | Self::ChangePassword { user } => user,
        }
    }
}

/// Why a command was refused, in words for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdminRefusal {
    /// The name is taken.
    #[error("用户“{0}”已存在")]
    Exists(UserId),
    /// No such user.
    #[error("没有用户“{0}”")]
    Unknown(UserId),
    /// Not a log-in name.
    #[error(
        "用户名只用小写字母、数字、“_”“-”，以字母或数字开头，不超过 {USER_ID_CHARS_MAX} 个字符，且不是 system、console"
    )]
    BadUser,
    /// A body's id, which is how notices to that body are addressed.
    #[error("“{0}”是单位的代号，只有该单位的人可以用作用户名")]
    BodyName(UserId),
    /// Not a displayed name.
    #[error("姓名须有 1 至 {NAME_CHARS_MAX} 个字符，不含控制字符")]
    BadName,
    /// None or too many.
    #[error("角色须有 1 至 {ROLES_MAX} 个，且不重复")]
    BadRoles,
    /// Two bodies for one user.
    #[error("一个用户只能属于一个承办单位")]
    TwoBodies,
    /// A portfolio that is too large.
    #[error("分管单位不超过 {PORTFOLIO_BODIES_MAX} 个")]
    PortfolioTooLarge,
    /// A body that the rules don't have.
    #[error("规则里没有单位“{0}”")]
    UnknownBody(BodyId),
    /// Nobody could administer any more.
    #[error("至少要留一个在用的系统管理员")]
    LastAdmin,
    /// It is so already.
    #[error("没有变化")]
    NoChange,
}

/// What follows from a command.
pub fn decide(
    state: &Administration,
    command: &AdminCommand,
    office: &Office,
) -> Result<Vec<AdminEvent>, AdminRefusal> {
    let event = match command {
        AdminCommand::AddUser { user, name, roles } => {
            if state.users.contains_key(user) {
                return Err(AdminRefusal::Exists(user.clone()));
            }
            check_user(user)?;
            check_name(name)?;
            check_roles(roles, office)?;
            check_own(user, roles, office)?;
            AdminEvent::UserAdded { user: user.clone(), name: name.clone(), roles: roles.clone() }
        }
        AdminCommand::RenameUser { user, name } => {
            check_name(name)?;
            changed(known(state, user)?.name != *name)?;
            AdminEvent::UserRenamed { user: user.clone(), name: name.clone() }
        }
        AdminCommand::ChangeRoles { user, roles } => {
            let account = known(state, user)?;
            check_roles(roles, office)?;
            check_own(user, roles, office)?;
            changed(account.roles != *roles)?;
            if !roles.contains(&Role::Admin) {
                keeps_an_admin(state, user)?;
            }
            AdminEvent::RolesChanged { user: user.clone(), roles: roles.clone() }
        }
        AdminCommand::DeactivateUser { user } => {
            changed(known(state, user)?.active)?;
            keeps_an_admin(state, user)?;
            AdminEvent::UserDeactivated { user: user.clone() }
        }
        AdminCommand::ReactivateUser { user } => {
            changed(!known(state, user)?.active)?;
            AdminEvent::UserReactivated { user: user.clone() }
        }
        AdminCommand::ChangePassword { user } => {
            known(state, user)?;
            AdminEvent::PasswordChanged { user: user.clone() }
        }
    };
    Ok(vec![event])
}

/// The next state; total: every stored event can be replayed.
pub fn evolve(mut state: Administration, event: &AdminEvent) -> Administration {
    match event {
        AdminEvent::UserAdded { user, name, roles } => {
            let account = Account { name: name.clone(), roles: roles.clone(), active: true };
            state.users.insert(user.clone(), account);
        }
        AdminEvent::UserRenamed { user, name } => {
            if let Some(account) = state.users.get_mut(user) {
                account.name.clone_from(name);
            }
        }
        AdminEvent::RolesChanged { user, roles } => {
            if let Some(account) = state.users.get_mut(user) {
                account.roles.clone_from(roles);
            }
        }
        AdminEvent::UserDeactivated { user } => {
            if let Some(account) = state.users.get_mut(user) {
                account.active = false;
            }
        }
        AdminEvent::UserReactivated { user } => {
            if let Some(account) = state.users.get_mut(user) {
                account.active = true;
            }
        }
        AdminEvent::PasswordChanged { .. }
        | AdminEvent::LoggedIn { .. }
        | AdminEvent::LogInFailed { .. }
        | AdminEvent::LoggedOut { .. }
        | AdminEvent::LetGo { .. }
        | AdminEvent::BackedUp { .. }
        | AdminEvent::Exported { .. }
        | AdminEvent::Moved { .. }
        | AdminEvent::RuleSaved { .. }
        | AdminEvent::AuthorKey { .. } => {}
    }
    state
}

fn known<'a>(state: &'a Administration, user: &UserId) -> Result<&'a Account, AdminRefusal> {
    state.users.get(user).ok_or_else(|| AdminRefusal::Unknown(user.clone()))
}

const fn changed(changes: bool) -> Result<(), AdminRefusal> {
    if changes { Ok(()) } else { Err(AdminRefusal::NoChange) }
}

fn keeps_an_admin(state: &Administration, without: &UserId) -> Result<(), AdminRefusal> {
    let is_one = state.users.get(without).is_some_and(Account::is_admin);
    let another = state.users.iter().any(|(user, account)| user != without && account.is_admin());
    if is_one && !another { Err(AdminRefusal::LastAdmin) } else { Ok(()) }
}

fn check_user(user: &UserId) -> Result<(), AdminRefusal> {
    let id = user.as_str();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = id.len() <= USER_ID_CHARS_MAX
        && id.starts_with(plain)
        && id.chars().all(|c| plain(c) || matches!(c, '_' | '-'))
        && !RESERVED.contains(&id);
    if good { Ok(()) } else { Err(AdminRefusal::BadUser) }
}

/// A user who is called like a body must be of that body, since notices to a body go by its id.
fn check_own(user: &UserId, roles: &[Role], office: &Office) -> Result<(), AdminRefusal> {
    let another = office.bodies.contains_key(user.as_str())
        && !roles.iter().any(|role| role.acts_for().is_some_and(|body| body == *user.as_str()));
    if another { Err(AdminRefusal::BodyName(user.clone())) } else { Ok(()) }
}

fn check_name(name: &str) -> Result<(), AdminRefusal> {
    let chars = name.chars().count();
    let good = (1..=NAME_CHARS_MAX).contains(&chars) && !name.trim().is_empty() && !name.chars().any(char::is_control);
    if good { Ok(()) } else { Err(AdminRefusal::BadName) }
}

fn check_roles(roles: &[Role], office: &Office) -> Result<(), AdminRefusal> {
    let mut ids: Vec<&str> = roles.iter().map(Role::id).collect();
    ids.sort_unstable();
    if ids.iter().filter(|id| **id == "department").count() > 1 {
        return Err(AdminRefusal::TwoBodies);
    }
    let named = ids.len();
    ids.dedup();
    if !(1..=ROLES_MAX).contains(&named) || ids.len() != named {
        return Err(AdminRefusal::BadRoles);
    }
    for role in roles {
        let bodies: &[BodyId] = match role {
            Role::Department { body, .. } => std::slice::from_ref(body),
            Role::Leader { portfolio } => portfolio,
            _ => &[],
        };
        if bodies.len() > PORTFOLIO_BODIES_MAX {
            return Err(AdminRefusal::PortfolioTooLarge);
        }
        if let Some(unknown) = bodies.iter().find(|body| !office.bodies.contains_key(*body)) {
            return Err(AdminRefusal::UnknownBody(unknown.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::body::{Body, BodyKind, Level};

    fn office() -> Office {
        let mut office = Office::default();
        let body = Body {
            id: "ecology".into(),
            name: "市生态环境局".into(),
            aliases: vec![],
            level: Level::City,
            parent: "xuancheng".into(),
            kind: BodyKind::Bureau,
            region: "xuancheng".into(),
            duties: vec![],
            keywords: vec![],
            accounts: vec![],
            contacts: vec![],
            why: "test".into(),
        };
        office.bodies.insert(body.id.clone(), body);
        office
    }

    fn add(user: &str, roles: Vec<Role>) -> AdminCommand {
        AdminCommand::AddUser { user: user.into(), name: "某人".into(), roles }
    }

    fn play(commands: &[AdminCommand]) -> Administration {
        commands.iter().fold(Administration::default(), |state, command| {
            decide(&state, command, &office()).unwrap().iter().fold(state, evolve)
        })
    }

    #[test]
    fn a_user_is_added_changed_and_deactivated() {
        let department = vec![Role::Department { body: "ecology".into(), head: true }];
        let state = play(&[
            add("admin", vec![Role::Admin]),
            add("wang", vec![Role::Analyst]),
            AdminCommand::ChangeRoles { user: "wang".into(), roles: department.clone() },
            AdminCommand::RenameUser { user: "wang".into(), name: "王".into() },
            AdminCommand::ChangePassword { user: "wang".into() },
            AdminCommand::DeactivateUser { user: "wang".into() },
        ]);
        let wang = &state.users[&UserId::from("wang")];
        assert_eq!((wang.name.as_str(), &wang.roles, wang.active), ("王", &department, false));
        assert_eq!(
            decide(&state, &add("wang", vec![Role::Analyst]), &office()),
            Err(AdminRefusal::Exists("wang".into()))
        );
    }

    #[test]
    fn the_last_admin_stays() {
        let state = play(&[add("admin", vec![Role::Admin])]);
        let off = AdminCommand::DeactivateUser { user: "admin".into() };
        let demote = AdminCommand::ChangeRoles { user: "admin".into(), roles: vec![Role::Auditor] };
        assert_eq!(decide(&state, &off, &office()), Err(AdminRefusal::LastAdmin));
        assert_eq!(decide(&state, &demote, &office()), Err(AdminRefusal::LastAdmin));
        let state = play(&[add("admin", vec![Role::Admin]), add("second", vec![Role::Admin])]);
        assert!(decide(&state, &off, &office()).is_ok());
        assert!(decide(&state, &demote, &office()).is_ok());
    }

    #[test]
    fn what_can_not_be_is_refused() {
        let state = Administration::default();
        let refusal = |command: &AdminCommand| decide(&state, command, &office()).unwrap_err();
        for user in ["", "Wang", "王", "a b", "-a", "a.b", "system", "console", &"a".repeat(65)] {
            assert_eq!(refusal(&add(user, vec![Role::Analyst])), AdminRefusal::BadUser, "{user}");
        }
        assert_eq!(refusal(&add("ecology", vec![Role::Analyst])), AdminRefusal::BodyName("ecology".into()));
        assert_eq!(refusal(&add("a", vec![])), AdminRefusal::BadRoles);
        assert_eq!(refusal(&add("a", vec![Role::Analyst, Role::Analyst])), AdminRefusal::BadRoles);
        let body = |body: &str, head| Role::Department { body: body.into(), head };
        assert_eq!(refusal(&add("a", vec![body("ecology", true), body("ecology", false)])), AdminRefusal::TwoBodies);
        assert_eq!(refusal(&add("a", vec![body("nowhere", false)])), AdminRefusal::UnknownBody("nowhere".into()));
        let nameless = AdminCommand::AddUser { user: "a".into(), name: " ".into(), roles: vec![Role::Analyst] };
        assert_eq!(refusal(&nameless), AdminRefusal::BadName);
        assert_eq!(refusal(&AdminCommand::DeactivateUser { user: "a".into() }), AdminRefusal::Unknown("a".into()));
    }

    #[test]
    fn events_read_as_they_were_written() {
        let event = AdminEvent::RolesChanged {
            user: "a".into(),
            roles: vec![Role::Department { body: "ecology".into(), head: true }, Role::Leader { portfolio: vec![] }],
        };
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(
            text,
            r#"{"event":"roles_changed","user":"a","roles":[{"role":"department","body":"ecology","head":true},{"role":"leader","portfolio":[]}]}"#
        );
        assert_eq!(serde_json::from_str::<AdminEvent>(&text).unwrap(), event);
    }
}
