//! The one way in for mentions (信息入库): checked, their author hashed, marked as backfill where they are old, stored as
//! pending in one transaction. Collectors, imports, the API and replay all pass through here.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::author_key::AuthorKey;
use crate::domain::ids::RegionId;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::{Channel, MentionError, MentionInput};
use crate::domain::office::Office;
use crate::domain::policy::Terms;
use crate::rules::Rules;
use crate::rules::source::SourceDefinition;
use crate::store::{Inserted, NewMention, Store, StoreError};

/// Length of an author's hash.
const AUTHOR_HASH_BYTES: usize = 16;

/// Longest of each part of a mention, in bytes.
const PART_BYTES_MAX: [(&str, usize); 5] =
    [("id", 512), ("url", 4096), ("source", 128), ("title", 4096), ("author", 512)];
/// Why no intake can be had.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key is of no use.
    #[error("作者散列密钥不可用：{0}")]
    Secret(String),
}

/// Takes mentions in.
#[derive(Clone)]
pub struct Intake {
    store: Store,
    hash: Hmac<Sha256>,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").finish_non_exhaustive()
    }
}

/// How a mention came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrival {
    /// When we first held the evidence.
    pub detected_at: Instant,
    /// Opens incidents even if it is old (`import --live`).
    pub live: bool,
    /// Scenario label.
    pub label: Option<String>,
    /// What a scenario says that analysis would have proposed, JSON.
    pub proposal: Option<String>,
    /// A letter: when its board promised an answer.
    pub reply_due_at: Option<Instant>,
    /// Its source says why the displayed author is needed; else only a keyed hash is kept (`domain.md` §6).
    pub keep_author: bool,
}

impl Intake {
    /// Over a store, with the installation's key.
    ///
    /// # Errors
    /// The key is of no use.
    pub fn new(store: &Store, key: &AuthorKey) -> Result<Self, IntakeError> {
        let hash = key.hash().map_err(IntakeError::Secret)?;
        Ok(Self { store: store.clone(), hash })
    }

    /// Over a throw-away store, with a key that nobody else has.
    ///
    /// # Errors
    /// No randomness.
    pub fn throw_away(store: &Store) -> Result<Self, IntakeError> {
        let key = AuthorKey::random().map_err(|error| IntakeError::Secret(error.to_string()))?;
        Self::new(store, &key)
    }

    /// The keyed hash of an author of a source: the same author gives the same hash here, and nothing elsewhere.
    pub fn author_hash(&self, source: Option<&str>, author: &str) -> String {
        let mut hash = self.hash.clone();
        let source = source.unwrap_or("");
        hash.update(&(source.len() as u64).to_be_bytes());
        hash.update(source.as_bytes());
        hash.update(author.trim().as_bytes());
        hex::encode(&hash.finalize().into_bytes()[..AUTHOR_HASH_BYTES])
    }

    /// Makes a mention ready that came in now, by whatever way: completed by its source's definition (`source`, or the one
    /// that it names), with the answer time that a board promises; or says why it can't be taken.
    ///
    /// # Errors
    /// In words, for the list of rejects.
    pub fn accept(
        &self,
        input: MentionInput,
        source: Option<&SourceDefinition>,
        rules: &Rules,
        now: Instant,
        live: bool,
    ) -> Result<NewMention, String> {
        let input = complete(input, source, rules)?;
        let source = rules.sources.iter().find(|source| Some(&source.id) == input.source.as_ref());
        self.arrive(input, source, &rules.office, now, live)
    }

    /// The same of a mention that is complete: with the answer time that its source promises.
    ///
    /// # Errors
    /// In words, for the list of rejects.
    pub fn arrive(
        &self,
        input: MentionInput,
        source: Option<&SourceDefinition>,
        office: &Office,
        now: Instant,
        live: bool,
    ) -> Result<NewMention, String> {
        let counted_from = input.published_at.unwrap_or(now);
        let reply_within = source.and_then(|source| source.reply_within);
        let reply_due_at = reply_within.map(|within| within.due(counted_from, &office.calendar));
        let keep_author = source.is_some_and(|source| source.keep_author_because.is_some());
        let arrival = Arrival { detected_at: now, live, reply_due_at, keep_author, ..Arrival::default() };
        self.prepare(input, office, arrival).map_err(|error| error.to_string())
    }

    /// Makes a mention ready to be stored, or says why it can't be taken.
    pub fn prepare(
        &self,
        mut input: MentionInput,
        office: &Office,
        arrival: Arrival,
    ) -> Result<NewMention, MentionError> {
        // PostgreSQL stores no NUL, and it means nothing in any text.
        let parts = [&mut input.title, &mut input.url, &mut input.id, &mut input.source, &mut input.author];
        for text in parts.into_iter().flatten() {
            text.retain(|c| c != '\0');
        }
        input.text.retain(|c| c != '\0');
        input.check()?;
        let author = input.author.take().filter(|author| !author.trim().is_empty());
        let author_hash = author.as_ref().map(|author| self.author_hash(input.source.as_deref(), author));
        input.author = author.filter(|_| arrival.keep_author);
        let after = office
            .policy_for(input.region.as_ref())
            .map_or_else(|| Terms::default().backfill_after, |policy| policy.terms.backfill_after);
        let backfill = !arrival.live && is_old(input.published_at, arrival.detected_at, after.0);
        Ok(NewMention {
            input,
            author_hash,
            detected_at: arrival.detected_at,
            live: arrival.live,
            backfill,
            label: arrival.label,
            proposal: arrival.proposal,
            reply_due_at: arrival.reply_due_at,
            parent: None,
        })
    }

    /// Stores mentions as pending, in one transaction. What is known already is left as it is.
    pub async fn store(&self, mentions: &[NewMention]) -> Result<Vec<Inserted>, StoreError> {
        let mut tx = self.store.write().await?;
        let inserted = tx.insert_mentions(mentions).await?;
        tracing::trace!(target: "huiying::step", "stored");
        tx.commit().await?;
        tracing::trace!(target: "huiying::step", "storing committed");
        Ok(inserted)
    }
}

/// Checks the parts' lengths, and fills in what the source's definition says of all its mentions.
fn complete(mut input: MentionInput, source: Option<&SourceDefinition>, rules: &Rules) -> Result<MentionInput, String> {
    let parts = [&input.id, &input.url, &input.source, &input.title, &input.author];
    for ((name, max), part) in PART_BYTES_MAX.into_iter().zip(parts) {
        if part.as_ref().is_some_and(|part| part.len() > max) {
            return Err(format!("{name} 超过 {max} 字节"));
        }
    }
    input.region = input.region.as_ref().and_then(|given| region(given, rules));
    if let Some(source) = source {
        input.source.get_or_insert_with(|| source.id.clone());
        if input.channel == Channel::Other {
            input.channel = source.channel;
        }
        input.region = input.region.or_else(|| source.region.clone());
    }
    Ok(input)
}

/// A region by id, name or other name; one that the rules don't have is left for analysis to find.
fn region(given: &RegionId, rules: &Rules) -> Option<RegionId> {
    let name = given.as_str();
    let known = rules
        .regions
        .iter()
        .find(|region| region.id == *given || region.name == name || region.aliases.iter().any(|alias| alias == name));
    known.map(|region| region.id.clone())
}

/// Whether a post was published longer before its detection than the policy's `backfill_after`. One that does not say
/// when it was published is taken for new: its time is never guessed.
fn is_old(published_at: Option<Instant>, detected_at: Instant, after: Span) -> bool {
    published_at.is_some_and(|published_at| detected_at - published_at > after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreOptions;

    async fn store(dir: &tempfile::TempDir) -> Store {
        let store = Store::open(&StoreOptions::throw_away(&dir.path().join("test.db"))).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    fn post(text: &str) -> MentionInput {
        MentionInput { text: text.into(), author: Some(" 溪边晒被子 ".into()), ..MentionInput::default() }
    }

    #[tokio::test]
    async fn an_author_is_the_same_after_a_restart_and_another_elsewhere() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store_here = store(&here).await;
        let key = AuthorKey::random().unwrap();
        let first = Intake::new(&store_here, &key).unwrap();
        let again = Intake::new(&store_here, &key).unwrap();
        let other = Intake::throw_away(&store(&there).await).unwrap();
        let hash = first.author_hash(Some("letters"), "溪边晒被子");
        assert_eq!(hash, again.author_hash(Some("letters"), "溪边晒被子"));
        assert_ne!(hash, first.author_hash(Some("weibo"), "溪边晒被子"), "of another source");
        assert_ne!(hash, other.author_hash(Some("letters"), "溪边晒被子"), "of another installation");
        let prepared = first.prepare(post("水是黄的"), &Office::default(), Arrival::default()).unwrap();
        assert_eq!(prepared.input.author, None);
        assert_eq!(prepared.author_hash, Some(first.author_hash(None, "溪边晒被子")));
        let arrival = Arrival { keep_author: true, ..Arrival::default() };
        let kept = first.prepare(post("水是黄的"), &Office::default(), arrival).unwrap();
        assert_eq!((kept.input.author.as_deref(), kept.author_hash), (Some(" 溪边晒被子 "), prepared.author_hash));
    }

    #[tokio::test]
    async fn old_posts_are_backfill_unless_live() {
        let dir = tempfile::tempdir().unwrap();
        let intake = Intake::throw_away(&store(&dir).await).unwrap();
        let now = Instant::from_ms(1_778_461_200_000);
        let backfill = |days: i64, more_ms: i64, live: bool| {
            let published = now - Span::from_days(days) - Span::from_ms(more_ms);
            let input = MentionInput { published_at: Some(published), ..post("桥又封了") };
            let arrival = Arrival { detected_at: now, live, ..Arrival::default() };
            intake.prepare(input, &Office::default(), arrival).unwrap().backfill
        };
        assert!(!backfill(7, 0, false), "not more than seven days");
        assert!(backfill(7, 1, false));
        assert!(!backfill(400, 0, true));
        let undated = intake.prepare(post("桥又封了"), &Office::default(), Arrival::default()).unwrap();
        assert!(!undated.backfill, "no time is guessed");
    }

    #[tokio::test]
    async fn a_nul_is_left_out_and_an_empty_text_refused() {
        let dir = tempfile::tempdir().unwrap();
        let intake = Intake::throw_away(&store(&dir).await).unwrap();
        let prepared = intake.prepare(post("水\0是黄的"), &Office::default(), Arrival::default()).unwrap();
        assert_eq!(prepared.input.text, "水是黄的");
        let empty = intake.prepare(post("\0 "), &Office::default(), Arrival::default());
        assert_eq!(empty, Err(MentionError::Empty));
    }
}
