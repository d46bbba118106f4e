//! Logging in, with the same answer and the same time whether the user exists or not. Every attempt is counted before the
//! password is looked at, under the user, the address and both; whoever fails too often has to wait before the next one, for
//! a second, then two, at most a minute. Nobody is locked out: other people's failures never weigh on a browser from which
//! the user has logged in before, and elsewhere they cost a wait that begins with one's own first question, so that no one
//! else who asks faster can take one's turn ([`super::turn`]: also where they ask from the same address).

use super::address::Address;
use super::device::Device;
use super::headers::asked_by;
use super::problem::Problem;
use super::session::{self, random};
use super::state::App;
use crate::acts::administration::{AdminError, record_in};
use crate::domain::actor::SYSTEM;
use crate::domain::administration::AdminEvent;
use crate::domain::ids::UserId;
use crate::domain::instant::{Instant, Span};
use crate::store::{Store, StoreError, Tx, UserRow};

/// Failures count for this long.
const WINDOW: Span = Span::from_minutes(15);
/// Failures of one user from one address, or from a browser that they know, that cost no wait.
const USER_AND_ADDRESS_FREE: i64 = 5;
/// The same of one user from all addresses.
const USER_FREE: i64 = 50;
/// The same from one address.
const ADDRESS_FREE: i64 = 30;
/// The longest wait between two attempts.
const WAIT_MAX: Span = Span::from_secs(60);
/// Longest name that is looked for, in bytes.
const USER_BYTES_MAX: usize = 64;
/// How often what others write at the same time is tried anew.
const TRIES_MAX: u32 = 5;

/// What an attempt is counted under.
struct Limit {
    key: String,
    /// Failures that cost no wait.
    free: i64,
    /// Under which the first question is kept that had to wait: the wait is counted from it, not from what others try.
    turn: Option<String>,
}

impl Limit {
    fn of(key: String, free: i64) -> Self {
        Self { key, free, turn: None }
    }
}

/// Somebody whose password was right.
#[derive(Debug)]
pub struct Proven {
    /// Who.
    pub user: UserRow,
    /// Whether they have to choose another password first.
    pub must_change: bool,
    attempt: String,
    /// The narrowest of what it was counted under: forgotten with the success.
    own: String,
}

/// Checks a password. The attempt stays counted until [`Proven`] is used.
pub async fn check(
    app: &App,
    address: &Address,
    device: &Device,
    user: &str,
    password: String,
) -> Result<Proven, Problem> {
    let now = app.wall.now();
    let name = plausible(user);
    asked_by(name.as_ref().map_or("", |name| name.as_str()));
    let limits = limits(app, address, device, user, name.as_ref()).await?;
    let attempt = random()?;
    let asked = app.turns.asked(user, &address.0, &password);
    admit(&app.store, &limits, &attempt, now, |wait| app.turns.wait(asked, wait, now)).await?;
    let found = match &name {
        Some(name) => app.store.user(name).await?.filter(|row| row.active),
        None => None,
    };
    let credential = match &found {
        Some(row) => app.store.credential(&row.id).await?,
        None => None,
    };
    let hash = credential.as_ref().map(|credential| credential.hash.as_str());
    let sensible = password.len() <= super::password::PASSWORD_BYTES_MAX;
    let password = if sensible { password } else { String::new() };
    let right = app.passwords.verify(hash, password).await.map_err(Problem::internal)?;
    if let (Some(user), Some(credential)) = (found, credential)
        && right
        && sensible
    {
        let own = limits.into_iter().next().map(|limit| limit.key).unwrap_or_default();
        return Ok(Proven { user, must_change: credential.must_change, attempt, own });
    }
    metrics::counter!("huiying_login_failures_total").increment(1);
    tracing::warn!(address = %address.0, user = name.as_ref().map_or("", |name| name.as_str()), "log-in failed");
    let event = AdminEvent::LogInFailed { name, address: address.0.clone() };
    record(app, &Change { event: &event, by: SYSTEM, of: Of::Failure }).await?;
    Err(Problem::unauthenticated("用户名或密码不对"))
}

/// Begins a session for somebody whose password was right, and remembers their browser.
pub async fn enter(app: &App, proven: &Proven, address: &Address, device: &Device) -> Result<session::Begun, Problem> {
    let begun = session::Begun::new(device.token())?;
    let user = &proven.user.id;
    let event = AdminEvent::LoggedIn { user: user.clone(), address: address.0.clone() };
    record(app, &Change { event: &event, by: user.as_str(), of: Of::Entry(proven, &begun) }).await?;
    tracing::info!(address = %address.0, %user, "logged in");
    Ok(begun)
}

/// Takes the attempt of somebody back whose password was right, and begins nothing.
pub async fn confirm(app: &App, proven: &Proven) -> Result<(), Problem> {
    let mut tx = app.store.write().await?;
    forgive(&mut tx, proven).await?;
    Ok(tx.commit().await?)
}

/// Ends a session.
pub async fn leave(app: &App, who: &session::SignedIn, address: &Address) -> Result<(), Problem> {
    let event = AdminEvent::LoggedOut { user: who.user.clone(), address: address.0.clone() };
    record(app, &Change { event: &event, by: who.user.as_str(), of: Of::End(&who.token_hash) }).await
}

/// What goes on record, and what is written with it.
struct Change<'a> {
    event: &'a AdminEvent,
    by: &'a str,
    of: Of<'a>,
}

enum Of<'a> {
    Failure,
    Entry(&'a Proven, &'a session::Begun),
    /// By the hash of the session's token.
    End(&'a str),
}

/// Writes a change, again where another was faster.
async fn record(app: &App, change: &Change<'_>) -> Result<(), Problem> {
    let mut tries = 1;
    loop {
        match record_once(app, change).await {
            Err(AdminError::Store(error)) if error.is_conflict() && tries < TRIES_MAX => tries += 1,
            outcome => return Ok(outcome?),
        }
    }
}

async fn record_once(app: &App, change: &Change<'_>) -> Result<(), AdminError> {
    let now = app.wall.now();
    let mut tx = app.store.write().await?;
    match change.of {
        Of::Failure => {
            tx.prune_login_attempts(now - WINDOW).await?;
        }
        Of::Entry(proven, begun) => {
            let user = &proven.user.id;
            forgive(&mut tx, proven).await?;
            tx.put_login_device(&session::hash(&begun.device), user, now).await?;
            tx.prune_sessions(now).await?;
            tx.insert_session(&begun.row(&app.web, user, now)).await?;
        }
        Of::End(token_hash) => {
            tx.delete_session(token_hash).await?;
        }
    }
    record_in(&mut tx, change.event, change.by, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

async fn forgive(tx: &mut Tx, proven: &Proven) -> Result<(), StoreError> {
    tx.take_back_login_attempt(&proven.attempt).await?;
    tx.clear_login_attempts(&proven.own).await
}

/// A name that a user could have: no other is looked for, nor put on record, since people type their password into the
/// wrong field.
fn plausible(user: &str) -> Option<UserId> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    (!user.is_empty() && user.len() <= USER_BYTES_MAX && user.chars().all(plain)).then(|| UserId::from(user))
}

/// The narrowest first. What is counted under the user or the address weighs on no browser that the user has logged in from.
async fn limits(
    app: &App,
    address: &Address,
    device: &Device,
    user: &str,
    name: Option<&UserId>,
) -> Result<Vec<Limit>, StoreError> {
    if let (Some(device), Some(name)) = (device.token(), name) {
        let device = session::hash(device);
        if app.store.knows_login_device(&device, name).await? {
            return Ok(vec![Limit::of(format!("user {name} on {device}"), USER_AND_ADDRESS_FREE)]);
        }
    }
    let (user, address): (String, _) = (user.chars().take(USER_BYTES_MAX).collect(), &address.0);
    let turn = Some(format!("turn of {user} from {address}"));
    Ok(vec![
        Limit::of(format!("user {user} from {address}"), USER_AND_ADDRESS_FREE),
        Limit { turn, ..Limit::of(format!("user {user}"), USER_FREE) },
        Limit::of(format!("from {address}"), ADDRESS_FREE),
    ])
}

/// Counts an attempt, or says how long to wait; `turn` says whether the question has waited already.
async fn admit(
    store: &Store,
    limits: &[Limit],
    attempt: &str,
    now: Instant,
    turn: impl FnOnce(Span) -> Span,
) -> Result<(), Problem> {
    let mut tx = store.write().await?;
    // In one order for all: two that try the same wait for each other, and never in a circle.
    for limit in limits {
        tx.lock_login_attempts(&limit.key).await?;
    }
    let mut wait = Span::ZERO;
    for limit in limits {
        let (count, last) = tx.login_attempts(&limit.key, now - WINDOW).await?;
        let pause = pause(count, limit.free);
        let from = match &limit.turn {
            Some(turn) if pause > Span::ZERO => Some(first_asked(&mut tx, turn, attempt, now).await?),
            _ => last,
        };
        if let Some(from) = from {
            wait = wait.max(from + pause - now);
        }
    }
    wait = turn(wait);
    if wait > Span::ZERO {
        tx.commit().await?;
        metrics::counter!("huiying_login_delays_total").increment(1);
        let seconds = wait.ms().div_euclid(1000) + 1;
        let detail = format!("登录失败次数过多，请 {seconds} 秒后再试；忘记密码请联系系统管理员");
        return Err(Problem::too_many(detail).retry_after_s(seconds.unsigned_abs()));
    }
    for limit in limits {
        if let Some(turn) = &limit.turn {
            tx.clear_login_attempts(turn).await?;
        }
        tx.record_login_attempt(&limit.key, now, attempt).await?;
    }
    Ok(tx.commit().await?)
}

/// When the question was put first that waits for its turn.
async fn first_asked(tx: &mut Tx, turn: &str, attempt: &str, now: Instant) -> Result<Instant, StoreError> {
    let (_, first) = tx.login_attempts(turn, now - WINDOW).await?;
    if first.is_none() {
        tx.record_login_attempt(turn, now, attempt).await?;
    }
    Ok(first.unwrap_or(now))
}

/// How long after the last of so many failures the next attempt may come.
fn pause(failures: i64, free: i64) -> Span {
    match u32::try_from(failures - free) {
        Ok(beyond) => WAIT_MAX.min(Span::from_secs(1 << beyond.min(6))),
        Err(_) => Span::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_doubles_and_has_an_end() {
        let waits: Vec<i64> = (4..14).map(|failures| pause(failures, 5).ms() / 1000).collect();
        assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn what_could_be_a_password_is_no_name() {
        assert_eq!(plausible("wang-2"), Some("wang-2".into()));
        for text in ["", "Correct Horse", "王", &"a".repeat(65)] {
            assert_eq!(plausible(text), None, "{text}");
        }
    }
}
