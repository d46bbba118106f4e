//! What the engine has to tell of its own: alarms and digests. Told like everything else, through the outbox.

use super::Engine;
use crate::acts::Way;
use crate::domain::administration::Role;
use crate::domain::body::Tier;
use crate::domain::ids::BodyId;
use crate::domain::instant::Instant;
use crate::domain::office::{CITY, Office};
use crate::domain::routing::Routes;
use crate::notify::Content;
use crate::store::{NewOutbox, Store, StoreError};

/// Stream by which the outbox names what is about the service itself.
const STREAM: &str = "engine";
/// Users looked through for administrators.
const USERS_MAX: i64 = 1_000;

impl Engine {
    /// Rows for each channel of a recipient; `key` says what is told, once.
    pub(super) fn rows_to(&self, office: &Office, key: &str, recipient: &str, content: &Content) -> Vec<NewOutbox> {
        rows_to(office, self.acts.routes(), key, recipient, content)
    }
}

/// Rows for each of these ways to a recipient; `key` says what is told, once.
pub(super) fn rows_to(
    office: &Office,
    routes: &Routes,
    key: &str,
    recipient: &str,
    content: &Content,
) -> Vec<NewOutbox> {
    let way = Way { stream: STREAM, office, routes, now: content.at };
    let payload = serde_json::to_string(content).unwrap_or_default();
    way.rows(&format!("{key}/{recipient}"), recipient, &payload).collect()
}

/// Who keeps the service going: the city's duty desk of that day and the administrators.
pub(super) async fn operators(store: &Store, office: &Office, now: Instant) -> Result<Vec<String>, StoreError> {
    let admin = |roles: &str| {
        serde_json::from_str::<Vec<Role>>(roles).is_ok_and(|roles| roles.iter().any(|role| matches!(role, Role::Admin)))
    };
    let users = store.users("", USERS_MAX).await?;
    let admins = users.into_iter().filter(|user| user.active && admin(&user.roles)).map(|user| user.id.to_string());
    Ok(city_holders(office, Tier::DutyDesk, now).into_iter().chain(admins).collect())
}

/// Who holds a tier of the city on that day.
pub(super) fn city_holders(office: &Office, tier: Tier, at: Instant) -> Vec<String> {
    let resolved = office.resolve(tier, &BodyId::from(CITY), at);
    resolved.map(|tier| tier.holders.iter().map(|holder| holder.id.clone()).collect()).unwrap_or_default()
}
