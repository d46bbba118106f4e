//! What the engine has to tell of its own: alarms and digests. Told like everything else, through the outbox.

use super::Engine;
use crate::acts::Way;
use crate::domain::body::Tier;
use crate::domain::ids::BodyId;
use crate::domain::instant::Instant;
use crate::domain::office::{CITY, Office};
use crate::notify::Content;
use crate::store::NewOutbox;

/// Stream by which the outbox names what is about the service itself.
const STREAM: &str = "engine";

impl Engine {
    /// Rows for each channel of a recipient; `key` says what is told, once.
    pub(super) fn rows_to(&self, office: &Office, key: &str, recipient: &str, content: &Content) -> Vec<NewOutbox> {
        let way = Way { stream: STREAM, office, routes: self.acts.routes(), now: content.at };
        let payload = serde_json::to_string(content).unwrap_or_default();
        way.rows(&format!("{key}/{recipient}"), recipient, &payload).collect()
    }
}

/// Who holds a tier of the city on that day.
pub(super) fn city_holders(office: &Office, tier: Tier, at: Instant) -> Vec<String> {
    let resolved = office.resolve(tier, &BodyId::from(CITY), at);
    resolved.map(|tier| tier.holders.iter().map(|holder| holder.id.clone()).collect()).unwrap_or_default()
}
