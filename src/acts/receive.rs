//! Taking mentions in: what webhook, import and collectors share between reading a record and storing it as pending.

use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::Sha256;

use crate::domain::ids::RegionId;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::MentionInput;
use crate::rules::Rules;
use crate::store::{Inserted, NewMention, NewReject, Store, StoreError, Tx};

/// Where the key of the author hashes is kept.
const AUTHOR_KEY: &str = "author_key";
/// Bytes of that key.
const AUTHOR_KEY_BYTES: usize = 32;
/// How long old posts are news, where no policy says so.
const BACKFILL_AFTER: Span = Span::from_days(7);

/// Longest of each part of a mention, in bytes.
const PART_BYTES_MAX: [(&str, usize); 5] =
    [("id", 512), ("url", 4096), ("source", 128), ("title", 4096), ("author", 512)];

/// A record that was read, or why it could not be.
pub type Record = Result<MentionInput, String>;

/// Where records come from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// File, source or webhook key, for the list of rejects.
    pub name: String,
    /// Old posts open incidents too.
    pub live: bool,
}

/// What became of a batch of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Records read.
    pub read: u64,
    /// Stored now.
    pub new: u64,
    /// There already.
    pub duplicate: u64,
    /// Refused, with line and reason.
    pub rejected: Vec<(i64, String)>,
    /// Which mentions they are, in order.
    pub mentions: Vec<Inserted>,
}

/// The random source failed, or the database.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key could be made or read.
    #[error("作者散列的密钥不可用：{0}")]
    Key(String),
}

/// Turns records into pending mentions.
#[derive(Clone)]
pub struct Receiver {
    author_key: Vec<u8>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

impl Receiver {
    /// Reads the key of the author hashes, which the first process of an installation makes.
    pub async fn open(store: &Store) -> Result<Self, ReceiveError> {
        let key = |error: &dyn std::fmt::Display| ReceiveError::Key(error.to_string());
        let text = match store.meta(AUTHOR_KEY).await? {
            Some(text) => text,
            None => {
                let mut bytes = [0; AUTHOR_KEY_BYTES];
                SysRng.try_fill_bytes(&mut bytes).map_err(|error| key(&error))?;
                let mut tx = store.write().await?;
                let text = tx.init_meta(AUTHOR_KEY, &hex::encode(bytes)).await?;
                tx.commit().await?;
                text
            }
        };
        Ok(Self { author_key: hex::decode(text).map_err(|error| key(&error))? })
    }

    /// A receiver with a given key, for throw-away databases.
    pub fn with_key(author_key: &[u8]) -> Self {
        Self { author_key: author_key.to_vec() }
    }

    /// The mention to store; its displayed author becomes a keyed hash.
    pub fn prepare(
        &self,
        mut input: MentionInput,
        live: bool,
        rules: &Rules,
        now: Instant,
    ) -> Result<NewMention, String> {
        check(&input)?;
        input.region = input.region.as_ref().and_then(|given| region(given, rules));
        let author = input.author.take().filter(|author| !author.trim().is_empty());
        let author_hash = author.map(|author| self.hash(&input, &author)).transpose()?;
        let after = rules.office.policy_for(input.region.as_ref()).map_or(BACKFILL_AFTER, |p| p.terms.backfill_after.0);
        let old = input.published_at.is_some_and(|published| now - published > after);
        Ok(NewMention { author_hash, live, backfill: old && !live, ..NewMention::detected(input, now) })
    }

    /// Stores records as pending mentions, and what is wrong with the others; the transaction stays the caller's.
    /// `first_line` numbers the first record.
    pub async fn take(
        &self,
        tx: &mut Tx,
        records: Vec<Record>,
        first_line: i64,
        origin: &Origin,
        rules: &Rules,
        now: Instant,
    ) -> Result<Taken, StoreError> {
        let mut taken = Taken::default();
        let (mut mentions, mut rejects) = (Vec::new(), Vec::new());
        for (line, record) in (first_line..).zip(records) {
            taken.read += 1;
            let sample = record.as_ref().map(|input| input.text.clone()).unwrap_or_default();
            match record.and_then(|input| self.prepare(input, origin.live, rules, now)) {
                Ok(mention) => mentions.push(mention),
                Err(reason) => {
                    let reject = NewReject { origin: origin.name.clone(), line: Some(line), reason, sample, at: now };
                    taken.rejected.push((line, reject.reason.clone()));
                    rejects.push(reject);
                }
            }
        }
        taken.mentions = tx.insert_mentions(&mentions).await?;
        tx.insert_rejects(&rejects).await?;
        taken.new = taken.mentions.iter().filter(|mention| mention.new).count() as u64;
        taken.duplicate = taken.mentions.len() as u64 - taken.new;
        Ok(taken)
    }

    /// The same author of the same source has the same hash; without the key nobody can tell who it is.
    fn hash(&self, input: &MentionInput, author: &str) -> Result<String, String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.author_key).map_err(|error| error.to_string())?;
        mac.update(input.source.as_deref().unwrap_or("").as_bytes());
        mac.update(&[0]);
        mac.update(author.trim().as_bytes());
        Ok(hex::encode(&mac.finalize().into_bytes()[..16]))
    }
}

fn check(input: &MentionInput) -> Result<(), String> {
    input.check().map_err(|error| error.to_string())?;
    let parts = [&input.id, &input.url, &input.source, &input.title, &input.author];
    for ((name, max), part) in PART_BYTES_MAX.into_iter().zip(parts) {
        if part.as_ref().is_some_and(|part| part.len() > max) {
            return Err(format!("{name} 超过 {max} 字节"));
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_ms(1_780_000_000_000);

    fn receiver() -> Receiver {
        Receiver::with_key(b"key")
    }

    fn post(author: &str) -> MentionInput {
        MentionInput { text: "路灯不亮".into(), author: Some(author.into()), ..MentionInput::default() }
    }

    #[test]
    fn an_author_is_kept_as_a_keyed_hash_alone() {
        let rules = Rules::default();
        let one = receiver().prepare(post("张三"), false, &rules, NOW).unwrap();
        let same = receiver().prepare(post(" 张三 "), false, &rules, NOW).unwrap();
        let other_key = Receiver::with_key(b"other").prepare(post("张三"), false, &rules, NOW).unwrap();
        assert_eq!(one.input.author, None);
        assert_eq!(one.author_hash, same.author_hash);
        assert_ne!(one.author_hash, other_key.author_hash);
        assert!(!one.author_hash.unwrap().contains("张三"));
    }

    #[test]
    fn what_is_old_is_backfill_unless_it_is_said_to_be_live() {
        let rules = Rules::default();
        let old = MentionInput { published_at: Some(NOW - Span::from_days(8)), ..post("a") };
        assert!(receiver().prepare(old.clone(), false, &rules, NOW).unwrap().backfill);
        assert!(!receiver().prepare(old, true, &rules, NOW).unwrap().backfill);
        let fresh = MentionInput { published_at: Some(NOW - Span::from_days(6)), ..post("a") };
        assert!(!receiver().prepare(fresh, false, &rules, NOW).unwrap().backfill);
        assert!(!receiver().prepare(post("a"), false, &rules, NOW).unwrap().backfill, "unknown is not old");
    }

    #[test]
    fn what_is_too_long_or_empty_is_refused_with_the_reason() {
        let rules = Rules::default();
        let long = MentionInput { url: Some("x".repeat(4097)), ..post("a") };
        assert!(receiver().prepare(long, false, &rules, NOW).unwrap_err().contains("url"));
        let empty = MentionInput { text: "  ".into(), ..MentionInput::default() };
        assert!(receiver().prepare(empty, false, &rules, NOW).unwrap_err().contains("text"));
    }
}
