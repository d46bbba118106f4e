//! `huiying user`: add and change users without the page, for whoever has the machine.

use std::process::ExitCode;

use serde_json::json;

use super::{Failure, Global, Outcome, open};
use crate::acts::administration::{AdminError, Credential, apply};
use crate::domain::administration::{AdminCommand, Role};
use crate::domain::ids::{BodyId, UserId};
use crate::domain::office::Office;
use crate::store::Store;
use crate::time::{Clock, SystemClock};
use crate::web::password::{self, Passwords};

/// How the ledger names whoever works at the machine itself.
pub const CONSOLE: &str = "console";
/// Users read at a time.
const PAGE_USERS: i64 = 200;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add a user; prints the generated password once
    Add {
        /// Log-in name
        user: String,
        /// 姓名
        #[arg(long)]
        name: String,
        /// analyst, department, publicity, supervision, leader, auditor, admin; may be given several times
        #[arg(long = "role", required = true, value_name = "ROLE")]
        roles: Vec<String>,
        /// The body of the role `department`
        #[arg(long)]
        body: Option<String>,
        /// Heads that body
        #[arg(long, requires = "body")]
        head: bool,
        /// Bodies of a leader's portfolio, separated by commas
        #[arg(long, value_delimiter = ',')]
        portfolio: Vec<String>,
        /// Read the password from the first line of standard input instead of generating one
        #[arg(long)]
        password_stdin: bool,
    },
    /// One line of JSON for each user
    List,
    /// Give a user a new password; prints it once
    Password {
        /// Log-in name
        user: String,
        /// Read it from the first line of standard input instead of generating one
        #[arg(long)]
        password_stdin: bool,
    },
    /// No longer let a user in
    Deactivate {
        /// Log-in name
        user: String,
    },
}

impl User {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let config = open::config(global)?;
        let rules = open::rules(global, &config)?;
        open::runtime()?.block_on(async {
            let store = open::store(&config).await?;
            let outcome = self.command.run(&store, &rules.office).await;
            store.close().await;
            outcome
        })
    }
}

impl Command {
    async fn run(self, store: &Store, office: &Office) -> Outcome {
        match self {
            Self::Add { user, name, roles, body, head, portfolio, password_stdin } => {
                let roles = roles.iter().map(|id| role(id, body.as_deref(), head, &portfolio));
                let roles = roles.collect::<Result<_, _>>()?;
                let user = UserId::new(user);
                let command = AdminCommand::AddUser { user: user.clone(), name, roles };
                with_password(store, office, command, &user, password_stdin).await
            }
            Self::Password { user, password_stdin } => {
                let user = UserId::new(user);
                let command = AdminCommand::ChangePassword { user: user.clone() };
                with_password(store, office, command, &user, password_stdin).await
            }
            Self::Deactivate { user } => {
                let command = AdminCommand::DeactivateUser { user: UserId::new(user) };
                done(apply(store, office, &[command], None, CONSOLE, None, SystemClock::default().now()).await)
            }
            Self::List => list(store).await,
        }
    }
}

fn role(id: &str, body: Option<&str>, head: bool, portfolio: &[String]) -> Result<Role, Failure> {
    Ok(match id {
        "analyst" => Role::Analyst,
        "department" => match body {
            Some(body) => Role::Department { body: body.into(), head },
            None => return Err(Failure::Usage("角色 department 需要 --body 单位代号，如 --body ecology".into())),
        },
        "publicity" => Role::Publicity,
        "supervision" => Role::Supervision,
        "leader" => Role::Leader { portfolio: portfolio.iter().map(|body| BodyId::from(body.as_str())).collect() },
        "auditor" => Role::Auditor,
        "admin" => Role::Admin,
        other => {
            return Err(Failure::Usage(format!(
                "没有角色“{other}”；可用：analyst、department、publicity、supervision、leader、auditor、admin"
            )));
        }
    })
}

async fn with_password(
    store: &Store,
    office: &Office,
    command: AdminCommand,
    user: &UserId,
    from_stdin: bool,
) -> Outcome {
    let (password, generated) = if from_stdin { (first_line()?, false) } else { (generate()?, true) };
    let passwords = Passwords::new().map_err(anyhow::Error::new)?;
    let hash =
        passwords.hash(password.clone(), &[user.as_str()]).await.map_err(|error| Failure::Usage(error.to_string()))?;
    let credential = Credential { hash, must_change: generated };
    done(apply(store, office, &[command], Some(&credential), CONSOLE, None, SystemClock::default().now()).await)?;
    if generated {
        say!("{}", json!({ "user": user, "password": password }));
        eprintln!("密码只显示这一次，请交给本人并请其登录后修改");
    }
    Ok(ExitCode::SUCCESS)
}

fn generate() -> Result<String, Failure> {
    Ok(password::generate().map_err(anyhow::Error::new)?)
}

fn first_line() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(anyhow::Error::new)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn done(outcome: Result<(), AdminError>) -> Outcome {
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(AdminError::Refused(refusal)) => Err(Failure::Usage(refusal.to_string())),
        Err(error) => Err(Failure::Other(error.into())),
    }
}

async fn list(store: &Store) -> Outcome {
    let mut after = String::new();
    loop {
        let rows = store.users(&after, PAGE_USERS).await.map_err(anyhow::Error::new)?;
        let Some(last) = rows.last() else { return Ok(ExitCode::SUCCESS) };
        after = last.id.to_string();
        for row in rows {
            let roles: serde_json::Value = serde_json::from_str(&row.roles).map_err(anyhow::Error::new)?;
            say!("{}", json!({ "user": row.id, "name": row.name, "roles": roles, "active": row.active }));
        }
    }
}
