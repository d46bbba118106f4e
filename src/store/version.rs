//! Texts of a mention (信息版本): the one that stands is the mention's own; a newer one waits here until analysis takes it up,
//! and what it replaced stays here, since a decision may rest on it.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::search::words;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::ids::MentionId;
use crate::domain::instant::Instant;
use crate::domain::mention::MentionInput;

statements! {
    WAIT = "INSERT INTO mention_versions (mention, content_hash, title, text, published_at, origin, waiting, at) \
        VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7) ON CONFLICT (mention, content_hash) DO UPDATE SET waiting = TRUE, \
        at = excluded.at";
    /// A newer text that waits is outdated by one that is newer still.
    OUTDATE = "DELETE FROM mention_versions WHERE mention = $1 AND waiting AND content_hash <> $2";
    WAITING = "SELECT mention, content_hash, title, text, published_at, origin, at FROM mention_versions \
        WHERE waiting AND at <= $1 ORDER BY at, mention LIMIT $2";
    WAITING_COUNT = "SELECT COUNT(*) FROM mention_versions WHERE waiting AND at <= $1";
    POSTPONE = "UPDATE mention_versions SET at = $2 WHERE mention = $1 AND waiting";
    REFRESH = "UPDATE mentions SET analysis = $2, tokens = $3, sentiment = json_extract($2, '$.sentiment') WHERE id = $1"
        => "UPDATE mentions SET analysis = $2, tokens = $3, sentiment = CAST(CAST($2 AS TEXT) AS jsonb) ->> 'sentiment' WHERE id = $1";
    HASH = "SELECT content_hash FROM mentions WHERE id = $1";
    SET_ASIDE = "INSERT INTO mention_versions (mention, content_hash, title, text, published_at, origin, waiting, at) \
        SELECT id, content_hash, title, text, published_at, origin, FALSE, $2 FROM mentions WHERE id = $1 \
        ON CONFLICT (mention, content_hash) DO UPDATE SET waiting = FALSE, at = excluded.at";
    REPLACE = "UPDATE mentions SET title = $2, text = $3, content_hash = $4, \
        published_at = COALESCE($5, published_at), origin = COALESCE($6, origin), \
        status = CASE WHEN incident IS NULL THEN 'pending' ELSE status END WHERE id = $1";
    TAKEN = "DELETE FROM mention_versions WHERE mention = $1 AND content_hash = $2 AND waiting";
    OF = "SELECT mention, content_hash, title, text, published_at, origin, at FROM mention_versions \
        WHERE mention = $1 AND NOT waiting ORDER BY at";
}

/// A text of a mention.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct VersionRow {
    /// Of which mention.
    pub mention: MentionId,
    /// Hash of title and text.
    pub content_hash: String,
    /// 标题
    pub title: Option<String>,
    /// 正文
    pub text: String,
    /// When it says it was published.
    pub published_at: Option<Instant>,
    /// 来源 as the page names it.
    pub origin: Option<String>,
    /// When it was seen; of a replaced one, when it was replaced.
    pub at: Instant,
}

impl Tx {
    /// Lets a newer text of a stored mention wait for analysis; false if it is the text that stands.
    pub async fn revise_mention(
        &mut self,
        id: &MentionId,
        input: &MentionInput,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let hash = input.content_hash();
        let stands: Option<(String,)> = self.optional(HASH, args![id]).await?;
        self.run(OUTDATE, args![id, &hash]).await?;
        if stands.is_none_or(|(stands,)| stands == hash) {
            return Ok(false);
        }
        let values = args![id, &hash, &input.title, &input.text, input.published_at, &input.origin, now];
        self.woke = true;
        self.run(WAIT, values).await.map(|_| true)
    }

    /// Puts a waiting text in the place of the one that stands, which is set aside. One that stands in no incident is
    /// analysed and placed anew. False if another node has taken it up.
    pub async fn take_version(&mut self, version: &VersionRow, now: Instant) -> Result<bool, StoreError> {
        if self.run(TAKEN, args![&version.mention, &version.content_hash]).await? == 0 {
            return Ok(false);
        }
        self.run(SET_ASIDE, args![&version.mention, now]).await?;
        let values = args![
            &version.mention,
            &version.title,
            &version.text,
            &version.content_hash,
            version.published_at,
            &version.origin,
        ];
        self.woke = true;
        self.run(REPLACE, values).await.map(|_| true)
    }

    /// Lets a waiting text wait longer: it could not be taken up.
    pub async fn postpone_version(&mut self, mention: &MentionId, until: Instant) -> Result<(), StoreError> {
        self.run(POSTPONE, args![mention, until]).await.map(|_| ())
    }

    /// Texts of a mention that were replaced, the oldest first.
    pub async fn versions_of(&mut self, mention: &MentionId) -> Result<Vec<VersionRow>, StoreError> {
        self.all(OF, args![mention]).await
    }

    /// Writes what analysis says of the text that stands now.
    pub async fn refresh_mention(
        &mut self,
        id: &MentionId,
        analysis: &str,
        tokens: &[String],
    ) -> Result<(), StoreError> {
        let tokens = words(tokens.iter().map(String::as_str));
        self.run(REFRESH, args![id, analysis, tokens]).await.map(|_| ())
    }
}

impl Store {
    /// Newer texts that wait, in the order in which they were seen.
    pub async fn waiting_versions(&self, now: Instant, limit: i64) -> Result<Vec<VersionRow>, StoreError> {
        self.all(WAITING, args![now, limit]).await
    }

    /// How many wait.
    pub async fn waiting_version_count(&self, now: Instant) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(WAITING_COUNT, args![now]).await?.0)
    }

    /// Texts of a mention that were replaced, the oldest first.
    pub async fn versions_of(&self, mention: &MentionId) -> Result<Vec<VersionRow>, StoreError> {
        self.all(OF, args![mention]).await
    }
}
