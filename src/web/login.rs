//! Logging in: limited by user and address, with the same answer and the same time whether the user exists or not.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts as RequestParts;

use super::problem::Problem;
use super::state::App;
use crate::domain::ids::UserId;
use crate::domain::instant::{Instant, Span};
use crate::store::{Store, UserRow};

/// Failures count for this long.
const WINDOW: Span = Span::from_minutes(15);
/// Failures of one user from one address.
const USER_AND_ADDRESS_FAILURES_MAX: i64 = 5;
/// Failures of one user from all addresses.
const USER_FAILURES_MAX: i64 = 50;
/// Failures from one address.
const ADDRESS_FAILURES_MAX: i64 = 30;
/// Longest name that is looked for, in bytes.
const USER_BYTES_MAX: usize = 64;

/// The address of whoever asks.
#[derive(Clone, Debug)]
pub struct Address(pub String);

impl FromRequestParts<App> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut RequestParts, app: &App) -> Result<Self, Problem> {
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
        let forwarded = forwarded.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse().ok());
        let direct = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let address = if app.web.behind_proxy { forwarded.or(direct) } else { direct };
        Ok(Self(address.map_or_else(|| "unknown".to_owned(), group)))
    }
}

/// One household or office: an IPv4 address, or a /64 of IPv6.
fn group(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

struct Keys {
    user: String,
    pair: String,
    address: String,
}

/// The user, if the password is theirs and they may log in, and whether they shall change it.
pub async fn check(app: &App, address: &Address, user: &str, password: String) -> Result<(UserRow, bool), Problem> {
    let now = app.wall.now();
    let name: String = user.chars().take(USER_BYTES_MAX).collect();
    let keys = Keys {
        user: format!("user {name}"),
        pair: format!("user {name} from {}", address.0),
        address: format!("from {}", address.0),
    };
    admit(&app.store, &keys, now).await?;
    let id = UserId::from(user);
    let found = if user.len() <= USER_BYTES_MAX { app.store.user(&id).await? } else { None };
    let found = found.filter(|row| row.active);
    let credential = match &found {
        Some(row) => app.store.credential(&row.id).await?,
        None => None,
    };
    let hash = credential.as_ref().map(|credential| credential.hash.as_str());
    let sensible = password.len() <= super::password::PASSWORD_BYTES_MAX;
    let password = if sensible { password } else { String::new() };
    let right = app.passwords.verify(hash, password).await.map_err(Problem::internal)?;
    let mut tx = app.store.write().await?;
    match (found, credential) {
        (Some(row), Some(credential)) if right && sensible => {
            tx.clear_login_attempts(&keys.user).await?;
            tx.clear_login_attempts(&keys.pair).await?;
            tx.commit().await?;
            Ok((row, credential.must_change))
        }
        _ => {
            tx.record_login_attempt(&keys.address, now).await?;
            tx.prune_login_attempts(now - WINDOW).await?;
            tx.commit().await?;
            metrics::counter!("huiying_login_failures_total").increment(1);
            tracing::warn!(address = %address.0, "log-in failed");
            Err(Problem::unauthenticated("用户名或密码不对"))
        }
    }
}

/// Counts the attempt before the password is looked at, so that a burst can't slip through together; a success takes it
/// back.
async fn admit(store: &Store, keys: &Keys, now: Instant) -> Result<(), Problem> {
    let limits = [
        (&keys.pair, USER_AND_ADDRESS_FAILURES_MAX),
        (&keys.user, USER_FAILURES_MAX),
        (&keys.address, ADDRESS_FAILURES_MAX),
    ];
    let mut tx = store.write().await?;
    for (key, max) in limits {
        let (count, first) = tx.login_attempts(key, now - WINDOW).await?;
        if count >= max {
            let wait = first.map_or(WINDOW, |first| first + WINDOW - now).ms().max(1000);
            let (seconds, minutes) = (wait.div_euclid(1000) + 1, wait.div_euclid(60_000) + 1);
            tx.rollback().await?;
            return Err(Problem::too_many(format!(
                "登录失败次数过多，请 {minutes} 分钟后再试；忘记密码请联系系统管理员"
            ))
            .retry_after_s(seconds.unsigned_abs()));
        }
    }
    tx.record_login_attempt(&keys.pair, now).await?;
    tx.record_login_attempt(&keys.user, now).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_counts_as_one_address() {
        let group = |text: &str| group(text.parse().unwrap());
        assert_eq!(group("10.0.0.1"), group("::ffff:10.0.0.1"));
        assert_eq!(group("2001:db8::1"), group("2001:db8::ffff:1"));
        assert_ne!(group("2001:db8::1"), group("2001:db8:0:1::1"));
    }
}
