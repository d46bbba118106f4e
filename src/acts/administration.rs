//! The one way in for users and roles: load → decide → append → project, in one transaction.

use crate::domain::administration::{
    ADMIN_STREAM, AdminCommand, AdminEvent, AdminRefusal, Administration, decide, evolve,
};
use crate::domain::ids::UserId;
use crate::domain::instant::Instant;
use crate::domain::office::Office;
use crate::store::{Append, NewEvent, Store, StoreError, Tx, UserRow};

use super::kept::json_of;

/// How often a command is tried anew when someone else was first.
const ATTEMPTS_MAX: u32 = 5;

/// A password to set along with a command; only its hash, and in no event.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// argon2id, in PHC form.
    pub hash: String,
    /// Given by someone else: to be changed by its user.
    pub must_change: bool,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("must_change", &self.must_change).finish_non_exhaustive()
    }
}

/// Why a command did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AdminError {
    /// Refused with a reason.
    #[error(transparent)]
    Refused(#[from] AdminRefusal),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stored state can't be read.
    #[error("系统管理的存档读不出：{0}")]
    State(String),
}

/// Does the commands, all or none. A changed password, role or standing ends the user's sessions, save the one named.
pub async fn apply(
    store: &Store,
    office: &Office,
    commands: &[AdminCommand],
    credential: Option<&Credential>,
    by: &str,
    keep_session: Option<&str>,
    now: Instant,
) -> Result<(), AdminError> {
    let mut attempt = 1;
    loop {
        match apply_once(store, office, commands, credential, by, keep_session, now).await {
            Err(AdminError::Store(error)) if error.is_conflict() && attempt < ATTEMPTS_MAX => attempt += 1,
            outcome => return outcome,
        }
    }
}

async fn apply_once(
    store: &Store,
    office: &Office,
    commands: &[AdminCommand],
    credential: Option<&Credential>,
    by: &str,
    keep_session: Option<&str>,
    now: Instant,
) -> Result<(), AdminError> {
    let mut tx = store.write().await?;
    let (mut state, seq) = present(&mut tx).await?;
    let mut events = Vec::new();
    for command in commands {
        let decided = decide(&state, command, office)?;
        state = decided.iter().fold(state, evolve);
        events.extend(decided);
    }
    append(&mut tx, &events, &state, seq, by, now).await?;
    let mut users: Vec<&UserId> = events.iter().filter_map(AdminEvent::user).collect();
    users.dedup();
    for user in users {
        let Some(account) = state.users.get(user) else { continue };
        let roles = serde_json::to_string(&account.roles).map_err(|error| AdminError::State(error.to_string()))?;
        let row = UserRow {
            id: user.clone(),
            name: account.name.clone(),
            roles,
            active: account.active,
            created_at: now,
            updated_at: now,
        };
        tx.put_user(&row).await?;
        if let Some(credential) = credential {
            tx.put_credential(user, &credential.hash, credential.must_change, now).await?;
        }
    }
    for user in events.iter().filter(|event| ends_sessions(event)).filter_map(AdminEvent::user) {
        tx.delete_sessions_of(user, keep_session).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Records what became of the data as a whole (an export, a backup), which nobody may refuse.
pub async fn record(store: &Store, event: &AdminEvent, by: &str, now: Instant) -> Result<(), AdminError> {
    let mut attempt = 1;
    loop {
        let recorded = async {
            let mut tx = store.write().await?;
            record_in(&mut tx, event, by, now).await?;
            Ok(tx.commit().await?)
        };
        match recorded.await {
            Err(AdminError::Store(error)) if error.is_conflict() && attempt < ATTEMPTS_MAX => attempt += 1,
            outcome => return outcome,
        }
    }
}

/// The same in a transaction that also does what the event tells of.
pub async fn record_in(tx: &mut Tx, event: &AdminEvent, by: &str, now: Instant) -> Result<(), AdminError> {
    let (state, seq) = present(tx).await?;
    append(tx, std::slice::from_ref(event), &evolve(state, event), seq, by, now).await
}

async fn present(tx: &mut Tx) -> Result<(Administration, i64), AdminError> {
    Ok(match tx.stream(ADMIN_STREAM).await? {
        Some(stored) => (read(&stored.state)?, stored.seq),
        None => (Administration::default(), 0),
    })
}

async fn append(
    tx: &mut Tx,
    events: &[AdminEvent],
    state: &Administration,
    seq: i64,
    by: &str,
    now: Instant,
) -> Result<(), AdminError> {
    let rows = events.iter().map(|event| new_event(event, by, now)).collect::<Result<Vec<_>, _>>()?;
    let snapshot = json_of(state).map_err(AdminError::State)?;
    let append = Append {
        stream: ADMIN_STREAM,
        kind: ADMIN_STREAM,
        expected_seq: seq,
        events: &rows,
        state: &snapshot,
        next_at: None,
    };
    tx.append(append).await?;
    Ok(())
}

const fn ends_sessions(event: &AdminEvent) -> bool {
    matches!(
        event,
        AdminEvent::RolesChanged { .. } | AdminEvent::UserDeactivated { .. } | AdminEvent::PasswordChanged { .. }
    )
}

fn new_event(event: &AdminEvent, by: &str, at: Instant) -> Result<NewEvent, AdminError> {
    let body = json_of(event).map_err(AdminError::State)?;
    Ok(NewEvent { at, event: event.name().to_owned(), by: by.to_owned(), body })
}

fn read(state: &str) -> Result<Administration, AdminError> {
    serde_json::from_str(state).map_err(|error| AdminError::State(error.to_string()))
}
