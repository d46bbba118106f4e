//! Where mentions stand, with what the record vouches for: for an auditor.

use sqlx::FromRow;

use super::error::StoreError;
use super::sql::{args, statements};
use super::task::id_list;
use super::tx::Tx;
use crate::domain::ids::{IncidentId, MentionId};
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, Facts};

macro_rules! placed {
    () => {
        "id, incident, detected_at, content_hash, published_at, channel, source, external_id, url, author_hash"
    };
}

statements! {
    /// Where mentions stand: those of incidents (`$1`), and those that are named (`$2`); ids as JSON lists.
    PLACES = concat!("SELECT ", placed!(), " FROM mentions \
        WHERE incident IN (SELECT value FROM json_each($1)) \
        UNION SELECT ", placed!(), " FROM mentions WHERE id IN (SELECT value FROM json_each($2))")
        => concat!("SELECT ", placed!(), " FROM mentions \
        WHERE incident IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) \
        UNION SELECT ", placed!(), " FROM mentions \
        WHERE id IN (SELECT jsonb_array_elements_text(CAST($2 AS jsonb)))");
}

/// Where a mention stands, with what the record vouches for.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PlaceRow {
    /// Identity.
    pub id: MentionId,
    /// The incident that it opened or joined.
    pub incident: Option<IncidentId>,
    /// When we first held the evidence.
    pub detected_at: Instant,
    /// Hash of title and text.
    pub content_hash: String,
    /// When it says it was published.
    pub published_at: Option<Instant>,
    /// 渠道
    pub channel: Channel,
    /// 信源 id.
    pub source: Option<String>,
    /// The source's own id of it.
    pub external_id: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// Keyed hash of the author.
    pub author_hash: Option<String>,
}

impl PlaceRow {
    /// Hash of what it says besides its words.
    pub fn facts(&self) -> String {
        let facts = Facts {
            detected_at: self.detected_at,
            published_at: self.published_at,
            channel: self.channel,
            source: self.source.as_deref(),
            external_id: self.external_id.as_deref(),
            url: self.url.as_deref(),
            author_hash: self.author_hash.as_deref(),
        };
        facts.hash()
    }
}

impl Tx {
    /// In which incident each mention stands, when it was detected, and the hash of its content: of those that stand in one of
    /// these incidents, and of those that are named.
    pub async fn places(&mut self, incidents: &[&str], mentions: &[&str]) -> Result<Vec<PlaceRow>, StoreError> {
        let (incidents, mentions) = (id_list(incidents.iter().copied()), id_list(mentions.iter().copied()));
        self.all(PLACES, args![incidents, mentions]).await
    }
}
