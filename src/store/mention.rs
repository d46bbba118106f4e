//! Mentions (信息): stored as they came, then finished by analysis.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::search::words;
use super::sql::{args, statements};
use super::tx::Tx;
use super::types::Json;
use super::viewer::{all_seen, seen};
use crate::domain::ids::{IncidentId, MentionId, RegionId};
use crate::domain::incident::{self, Viewpoint};
use crate::domain::instant::Instant;
use crate::domain::mention::{Channel, Engagement, Facts, MentionInput};

/// Stored, not yet analysed.
pub const STATUS_PENDING: &str = "pending";
/// Analysed and placed.
pub const STATUS_DONE: &str = "done";
/// Given up; the reason stands with it.
pub const STATUS_FAILED: &str = "failed";

macro_rules! columns {
    () => {
        "m.n, m.id, m.source, m.external_id, m.url, m.channel, m.title, m.text, m.author_hash, m.published_at, \
         m.collected_at, m.detected_at, m.region, m.engagement, m.content_hash, m.live, m.backfill, m.label, \
         m.proposal, m.status, m.attempts, m.error, m.incident, m.placed, m.analysis, m.reply_due_at, m.answered_at, \
         m.answered_by, m.author, m.origin, m.answer, m.parent"
    };
}

mod list;

pub use list::{Letters, MentionFilter};
pub(super) use list::{list, lists};

macro_rules! recent {
    () => {
        "n, id, incident, source, channel, title, text, region, engagement, content_hash, author_hash, published_at, \
         detected_at, answered_at, backfill, tokens, signature"
    };
}

statements! {
    INSERT = "INSERT INTO mentions (id, source, external_id, url, channel, title, text, author_hash, published_at, \
        collected_at, detected_at, region, engagement, content_hash, live, backfill, label, proposal, status, attempts, \
        reply_due_at, author, origin, parent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
        'pending', 0, $19, $20, $21, $22) ON CONFLICT (id) DO NOTHING";
    PENDING = concat!("SELECT ", columns!(), " FROM mentions m WHERE m.status = 'pending' ORDER BY m.n LIMIT $1");
    /// What another node is at work on is passed over.
    CLAIM = concat!("SELECT ", columns!(), " FROM mentions m WHERE m.status = 'pending' ORDER BY m.n LIMIT $1")
        => concat!("SELECT ", columns!(), " FROM mentions m WHERE m.status = 'pending' ORDER BY m.n LIMIT $1 \
        FOR UPDATE SKIP LOCKED");
    /// One node at a time places mentions, so that two never open two cases for one matter. SQLite has one writer anyway.
    ALONE = "SELECT CAST(0 AS BIGINT)" => "SELECT CAST(0 AS BIGINT) FROM pg_advisory_xact_lock(4870530)";
    /// Something to say: a session that is silent for long within a transaction is ended.
    ALIVE = "SELECT CAST(0 AS BIGINT)";
    PUT_WORDS = "UPDATE mentions SET tokens = $2 WHERE n = $1 AND tokens IS NOT NULL AND tokens <> $2";
    PENDING_COUNT = "SELECT COUNT(*) FROM mentions WHERE status = 'pending'";
    FINISH = "UPDATE mentions SET status = 'done', incident = $2, placed = $3, analysis = $4, tokens = $5, \
        signature = $6, region = $7, sentiment = json_extract($4, '$.sentiment'), error = NULL \
        WHERE id = $1 AND status = 'pending'"
        => "UPDATE mentions SET status = 'done', incident = $2, placed = $3, analysis = $4, tokens = $5, \
        signature = $6, region = $7, sentiment = CAST(CAST($4 AS TEXT) AS jsonb) ->> 'sentiment', error = NULL \
        WHERE id = $1 AND status = 'pending'";
    FAIL = "UPDATE mentions SET attempts = attempts + 1, error = $2, \
        status = CASE WHEN $3 THEN 'failed' ELSE status END WHERE id = $1 AND status = 'pending'";
    RETRY = "UPDATE mentions SET status = 'pending', error = NULL WHERE status = 'failed'";
    MOVE = "UPDATE mentions SET incident = $2 WHERE id = $1";
    TEXTS = "SELECT n, id, incident, title, text, content_hash FROM mentions WHERE n > $1 ORDER BY n LIMIT $2";
    ANSWER = "UPDATE mentions SET answered_at = CASE WHEN $5 THEN $2 ELSE COALESCE(answered_at, $2) END, \
        answered_by = COALESCE($3, answered_by), answer = COALESCE($4, answer) WHERE id = $1";
    /// Mentions of a scenario's label that opened and joined nothing.
    KEPT = concat!("SELECT ", columns!(), " FROM mentions m WHERE m.label = $1 AND m.status = 'done' \
        AND m.incident IS NULL ORDER BY m.detected_at, m.n");
    MENTION = concat!("SELECT ", columns!(), " FROM mentions m WHERE m.id = $1");
    OF_INCIDENT = concat!("SELECT ", columns!(), " FROM mentions m WHERE m.incident = $1 AND m.n > $2 \
        ORDER BY m.n LIMIT $3");
    /// Whether the rows are there, for an idempotent sender: ids as a JSON list.
    KNOWN = "SELECT id FROM mentions WHERE id IN (SELECT value FROM json_each($1))"
        => "SELECT id FROM mentions WHERE id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))";
    RECENT = concat!("SELECT ", recent!(), ", json_extract(analysis, '$.sentiment') AS sentiment FROM mentions \
        WHERE status = 'done' AND detected_at >= $1 AND n > $2 ORDER BY n LIMIT $3")
        => concat!("SELECT ", recent!(), ", CAST(analysis AS jsonb) ->> 'sentiment' AS sentiment FROM mentions \
        WHERE status = 'done' AND detected_at >= $1 AND n > $2 ORDER BY n LIMIT $3");
    /// Each number from its own index: the rows hold whole texts.
    COUNTS = "SELECT (SELECT COUNT(*) FROM mentions) AS total, \
        (SELECT COUNT(*) FROM mentions WHERE detected_at >= $1) AS since, \
        (SELECT COUNT(*) FROM mentions WHERE status = 'pending') AS pending, \
        (SELECT COUNT(*) FROM mentions WHERE status = 'failed') AS failed, \
        (SELECT MAX(detected_at) FROM mentions) AS last_detected_at";
    /// Of what `$2` or `$3` sees: those of today from today's end of the whole, the last one of each incident's.
    COUNTS_SEEN = concat!("SELECT (SELECT COUNT(*) FROM mentions m WHERE m.detected_at >= $1 \
        AND m.incident IS NOT NULL AND ", seen!("m.incident", "$2", "$3"), ") AS since, \
        (SELECT MAX((SELECT m.detected_at FROM mentions m WHERE m.incident = s.id ORDER BY m.n DESC LIMIT 1)) \
        FROM ", all_seen!("$2", "$3", ""), " s) AS last_detected_at");
}

/// A mention to store.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NewMention {
    /// As it was sent; with its displayed author only where its source says why it is needed.
    pub input: MentionInput,
    /// Keyed hash of the author (`domain.md` §6).
    pub author_hash: Option<String>,
    /// When we first held the evidence.
    pub detected_at: Instant,
    /// Opens incidents even if it is old.
    pub live: bool,
    /// Too old to open an incident or start a clock.
    pub backfill: bool,
    /// Scenario label.
    pub label: Option<String>,
    /// What a scenario says that analysis would have proposed, JSON.
    pub proposal: Option<String>,
    /// A letter: when its board promised an answer.
    pub reply_due_at: Option<Instant>,
    /// Of a comment: the post that it is about, where the collector knows which; else what its sender says.
    pub parent: Option<MentionId>,
}

impl NewMention {
    /// A mention that was detected now.
    pub fn detected(input: MentionInput, at: Instant) -> Self {
        Self { input, detected_at: at, ..Self::default() }
    }
}

/// What became of a [`NewMention`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inserted {
    /// Its identity.
    pub id: MentionId,
    /// False if it was there already.
    pub new: bool,
}

/// An answer to a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterAnswer<'a> {
    /// When it was given, or seen.
    pub at: Instant,
    /// Whether somebody says so; the time of a first look at it gives way to no later look's.
    pub is_stated: bool,
    /// By whom.
    pub by: Option<&'a str>,
    /// Its words.
    pub text: Option<&'a str>,
}

/// A stored mention.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct MentionRow {
    /// Order of arrival.
    pub n: i64,
    /// Identity.
    pub id: MentionId,
    /// 信源 id.
    pub source: Option<String>,
    /// The source's own id of it.
    pub external_id: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// 渠道
    pub channel: Channel,
    /// 标题
    pub title: Option<String>,
    /// 正文
    pub text: String,
    /// Keyed hash of the author.
    pub author_hash: Option<String>,
    /// When it says it was published.
    pub published_at: Option<Instant>,
    /// When the tool that sent it had collected it.
    pub collected_at: Option<Instant>,
    /// When we first held the evidence.
    pub detected_at: Instant,
    /// Region: the sender's, else what analysis found.
    pub region: Option<RegionId>,
    /// Reach.
    pub engagement: Option<Json<Engagement>>,
    /// Hash of title and text.
    pub content_hash: String,
    /// Opens incidents even if it is old.
    pub live: bool,
    /// Too old to open an incident or start a clock.
    pub backfill: bool,
    /// Scenario label.
    pub label: Option<String>,
    /// What a scenario says that analysis would have proposed, JSON.
    pub proposal: Option<String>,
    /// `pending`, `done`, `failed`.
    pub status: String,
    /// Times that analysis failed.
    pub attempts: i64,
    /// Why.
    pub error: Option<String>,
    /// The incident that it opened or joined.
    pub incident: Option<IncidentId>,
    /// Why there, in words.
    pub placed: Option<String>,
    /// What analysis says, JSON.
    pub analysis: Option<String>,
    /// A letter: when its board promised an answer.
    pub reply_due_at: Option<Instant>,
    /// When it was answered.
    pub answered_at: Option<Instant>,
    /// By whom.
    pub answered_by: Option<String>,
    /// The displayed author, only where its source says why it is needed.
    pub author: Option<String>,
    /// 来源 as the page names it.
    pub origin: Option<String>,
    /// The words of a letter's answer.
    pub answer: Option<String>,
    /// Of a comment: the post that it is about, whether or not that one is known.
    pub parent: Option<MentionId>,
}

impl MentionRow {
    /// As an incident knows it: ids and hashes, never the text.
    pub fn member(&self) -> incident::NewMention {
        incident::NewMention {
            id: self.id.clone(),
            content_hash: self.content_hash.clone(),
            channel: self.channel,
            region: self.region.clone(),
            // An older version took in years that no act could work with; such a time counts as not told.
            published_at: self.published_at.filter(|at| at.is_bounded()),
            facts: Some(self.facts().hash()),
        }
    }

    /// What it says besides its words.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            detected_at: self.detected_at,
            published_at: self.published_at,
            channel: self.channel,
            source: self.source.as_deref(),
            external_id: self.external_id.as_deref(),
            url: self.url.as_deref(),
            author_hash: self.author_hash.as_deref(),
        }
    }

    /// As it was sent, without its author: what analysis takes.
    pub fn input(&self) -> MentionInput {
        MentionInput {
            id: self.external_id.clone(),
            url: self.url.clone(),
            channel: self.channel,
            source: self.source.clone(),
            title: self.title.clone(),
            text: self.text.clone(),
            author: None,
            origin: self.origin.clone(),
            // Whose it is says its row; nothing that judges a text asks for it.
            parent: None,
            published_at: self.published_at,
            collected_at: self.collected_at,
            region: self.region.clone(),
            engagement: self.engagement.as_ref().map(|json| json.0),
        }
    }
}

/// A mention that was analysed and placed.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Finished {
    /// Which.
    pub id: MentionId,
    /// The incident that it opened or joined.
    pub incident: Option<IncidentId>,
    /// Why there, in words.
    pub placed: Option<String>,
    /// What analysis says, JSON.
    pub analysis: String,
    /// Words for search and correlation; stored in the form of [`super::words`].
    pub tokens: Vec<String>,
    /// The correlator's near-duplicate signature, which the store does not look into. Kept in one column and not as
    /// rows by band: the correlator looks bands up in memory, and 32 rows for each mention would be two thirds of the
    /// database.
    pub signature: Option<Vec<u8>>,
    /// The sender's region, else the one that analysis found.
    pub region: Option<RegionId>,
}

/// A mention's words, and the hash that its row holds of them.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TextRow {
    /// Order of arrival.
    pub n: i64,
    /// Identity.
    pub id: MentionId,
    /// The incident that it opened or joined.
    pub incident: Option<IncidentId>,
    /// 标题
    pub title: Option<String>,
    /// 正文
    pub text: String,
    /// Hash of title and text.
    pub content_hash: String,
}

/// What the correlator is rebuilt from.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct CorrelationRow {
    /// Order of arrival.
    pub n: i64,
    /// Identity.
    pub id: MentionId,
    /// The incident that it belongs to.
    pub incident: Option<IncidentId>,
    /// 信源 id.
    pub source: Option<String>,
    /// 渠道
    pub channel: Channel,
    /// 标题
    pub title: Option<String>,
    /// 正文
    pub text: String,
    /// Region.
    pub region: Option<RegionId>,
    /// Reach.
    pub engagement: Option<Json<Engagement>>,
    /// Hash of title and text.
    pub content_hash: String,
    /// Keyed hash of the author.
    pub author_hash: Option<String>,
    /// When it says it was published.
    pub published_at: Option<Instant>,
    /// When we first held the evidence.
    pub detected_at: Instant,
    /// When it was answered.
    pub answered_at: Option<Instant>,
    /// Too old to open an incident.
    pub backfill: bool,
    /// Its words, one space between.
    pub tokens: Option<String>,
    /// Near-duplicate signature.
    pub signature: Option<Vec<u8>>,
    /// What analysis said of its feeling.
    pub sentiment: Option<String>,
}

/// Numbers for overview and health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, FromRow)]
pub struct MentionCounts {
    /// All.
    pub total: i64,
    /// Detected since the instant asked for.
    pub since: i64,
    /// Waiting for analysis.
    pub pending: i64,
    /// Given up.
    pub failed: i64,
    /// When the last one was detected.
    pub last_detected_at: Option<Instant>,
}

impl Tx {
    /// Stores mentions as pending, in order. What is there already is left as it is and told so.
    pub async fn insert_mentions(&mut self, mentions: &[NewMention]) -> Result<Vec<Inserted>, StoreError> {
        let mut inserted = Vec::with_capacity(mentions.len());
        for mention in mentions {
            let input = &mention.input;
            let id = input.identity();
            let engagement = input.engagement.map(Json);
            let parent = mention.parent.clone().or_else(|| input.parent_mention());
            let values = args![
                &id,
                &input.source,
                &input.id,
                &input.url,
                input.channel,
                &input.title,
                &input.text,
                &mention.author_hash,
                input.published_at,
                input.collected_at,
                mention.detected_at,
                &input.region,
                &engagement,
                input.content_hash(),
                mention.live,
                mention.backfill,
                &mention.label,
                &mention.proposal,
                mention.reply_due_at,
                &input.author,
                &input.origin,
                &parent,
            ];
            let new = self.run(INSERT, values).await? > 0;
            self.woke |= new;
            // The same post again, with other counts: how far it went since.
            if let Some(seen) = input.engagement.filter(|_| !new) {
                let at = input.collected_at.filter(|at| *at < mention.detected_at).unwrap_or(mention.detected_at);
                self.note_engagement(&id, &seen, at, true).await?;
            }
            inserted.push(Inserted { id, new });
        }
        Ok(inserted)
    }

    /// Marks pending mentions as analysed and placed. Gives how many were pending: one that another node has finished
    /// in the meantime is left alone.
    pub async fn finish_mentions(&mut self, finished: &[Finished]) -> Result<u64, StoreError> {
        let mut count = 0;
        for mention in finished {
            let tokens = words(mention.tokens.iter().map(String::as_str));
            let values = args![
                &mention.id,
                &mention.incident,
                &mention.placed,
                &mention.analysis,
                tokens,
                &mention.signature,
                &mention.region,
            ];
            count += self.run(FINISH, values).await?;
        }
        Ok(count)
    }

    /// Writes the words anew by which a mention is found; gives whether they were others before.
    pub async fn put_words(&mut self, n: i64, tokens: &[String]) -> Result<bool, StoreError> {
        Ok(self.run(PUT_WORDS, args![n, words(tokens.iter().map(String::as_str))]).await? > 0)
    }

    /// Records that a pending mention could not be analysed; given up for good, it is no longer pending.
    pub async fn fail_mention(&mut self, id: &MentionId, error: &str, for_good: bool) -> Result<(), StoreError> {
        self.run(FAIL, args![id, error, for_good]).await.map(|_| ())
    }

    /// Makes all mentions that were given up pending again.
    pub async fn retry_failed_mentions(&mut self) -> Result<u64, StoreError> {
        self.woke = true;
        self.run(RETRY, Vec::new()).await
    }

    /// Moves a mention to another incident, or out of any: split, undone merge.
    pub async fn move_mention(&mut self, id: &MentionId, incident: Option<&IncidentId>) -> Result<(), StoreError> {
        self.run(MOVE, args![id, incident.map(IncidentId::as_str)]).await.map(|_| ())
    }

    /// A mention as this transaction sees it.
    pub async fn mention(&mut self, id: &MentionId) -> Result<Option<MentionRow>, StoreError> {
        self.optional(MENTION, args![id]).await
    }

    /// Records a letter's answer; what is not known of it stays as it was.
    pub async fn answer_mention(&mut self, id: &MentionId, answer: &LetterAnswer<'_>) -> Result<(), StoreError> {
        self.run(ANSWER, args![id, answer.at, answer.by, answer.text, answer.is_stated]).await.map(|_| ())
    }

    /// Mentions of a scenario's label that opened and joined nothing, the earliest first.
    pub async fn kept_mentions(&mut self, label: &str) -> Result<Vec<MentionRow>, StoreError> {
        self.all(KEPT, args![label]).await
    }

    /// Mentions that wait for analysis and that no other node is at work on; they are ours until this transaction ends.
    pub async fn claim_mentions(&mut self, limit: i64) -> Result<Vec<MentionRow>, StoreError> {
        self.all(CLAIM, args![limit]).await
    }

    /// Waits until no other node places mentions, and lets none do so until this transaction ends. What others committed
    /// before is seen from here on.
    pub async fn place_alone(&mut self) -> Result<(), StoreError> {
        self.one::<(i64,)>(ALONE, Vec::new()).await.map(|_| ())
    }

    /// Tells the database that this transaction is still at work.
    pub async fn still_here(&mut self) -> Result<(), StoreError> {
        self.one::<(i64,)>(ALIVE, Vec::new()).await.map(|_| ())
    }

    /// Mentions that wait for analysis, as this transaction sees them.
    pub async fn pending_mentions(&mut self, limit: i64) -> Result<Vec<MentionRow>, StoreError> {
        self.all(PENDING, args![limit]).await
    }
}

impl Store {
    /// Words of all mentions after a place in the order of arrival, with their hashes.
    pub async fn texts_after(&self, n: i64, limit: i64) -> Result<Vec<TextRow>, StoreError> {
        self.all(TEXTS, args![n, limit]).await
    }

    /// Mentions that wait for analysis, in order of arrival.
    pub async fn pending_mentions(&self, limit: i64) -> Result<Vec<MentionRow>, StoreError> {
        self.all(PENDING, args![limit]).await
    }

    /// How many mentions wait.
    pub async fn pending_mention_count(&self) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(PENDING_COUNT, Vec::new()).await?.0)
    }

    /// One mention.
    pub async fn mention(&self, id: &MentionId) -> Result<Option<MentionRow>, StoreError> {
        self.optional(MENTION, args![id]).await
    }

    /// Which of these ids are stored.
    pub async fn known_mentions(&self, ids: &[MentionId]) -> Result<Vec<MentionId>, StoreError> {
        let list = super::task::id_list(ids.iter().map(MentionId::as_str));
        let rows: Vec<(MentionId,)> = self.all(KNOWN, args![list]).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// A page of mentions before a number, the newest first.
    pub async fn mentions(
        &self,
        filter: &MentionFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<MentionRow>, StoreError> {
        let part = match &filter.visible_to {
            Some(from) if !self.sees_much(from).await? => Some(from),
            _ => None,
        };
        let (sql, values) = list(filter, part, None, before, limit);
        self.all(sql, values).await
    }

    /// A page of the mentions of an incident after a number, in order of arrival.
    pub async fn mentions_of(
        &self,
        incident: &IncidentId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<MentionRow>, StoreError> {
        self.all(OF_INCIDENT, args![incident, after, limit]).await
    }

    /// A page of finished mentions that were detected since, after a number: what the correlator is rebuilt from.
    pub async fn recent_for_correlation(
        &self,
        since: Instant,
        after: i64,
        limit: i64,
    ) -> Result<Vec<CorrelationRow>, StoreError> {
        self.all(RECENT, args![since, after, limit]).await
    }

    /// Numbers for overview and health.
    pub async fn mention_counts(&self, since: Instant) -> Result<MentionCounts, StoreError> {
        self.one(COUNTS, args![since]).await
    }

    /// Of the incidents that may be seen from there: how many were detected since, and when the last one was.
    pub async fn mention_counts_seen(
        &self,
        from: &Viewpoint,
        since: Instant,
    ) -> Result<(i64, Option<Instant>), StoreError> {
        let [body, user] = from.keys();
        self.one(COUNTS_SEEN, args![since, body, user]).await
    }
}
