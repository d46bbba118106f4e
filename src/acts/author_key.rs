//! The key of the author hashes (作者散列密钥): a file of its own beside the configuration, readable for its owner alone, so
//! that whoever has a copy of the database can't try names against the hashes in it. The database knows a fingerprint of the
//! key: a node with another key, or none, is refused instead of writing hashes that match nothing.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

use super::administration::{AdminError, record_in};
use crate::domain::administration::{AdminEvent, KeyChange};
use crate::domain::instant::Instant;
use crate::store::{Store, StoreError};

/// Where earlier versions kept the key itself, in the database.
const IN_DATABASE: &str = "author_hash_secret";
/// Where the database keeps the key's fingerprint.
const FINGERPRINT: &str = "author_key_fingerprint";
/// Length of a key.
const KEY_BYTES: usize = 32;
/// Of the fingerprint: enough to tell keys apart, of no use for finding one.
const FINGERPRINT_BYTES: usize = 8;

/// Why no key can be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record of it.
    #[error(transparent)]
    Record(#[from] AdminError),
    /// The file can't be read or written, or holds no key.
    #[error("作者散列密钥文件 {}：{why}；{fix}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// What is wrong.
        why: String,
        /// What to do.
        fix: &'static str,
    },
    /// No randomness.
    #[error("无法取得随机数：{0}")]
    Random(String),
}

/// A key. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorKey {
    bytes: [u8; KEY_BYTES],
}

impl std::fmt::Debug for AuthorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorKey").finish_non_exhaustive()
    }
}

/// What to do about a key that is lost.
const LOST: &str =
    "请从备份或其他节点拷回密钥文件；确已丢失时运行 huiying author-key rotate，此后的散列与以前的不能对应";

impl AuthorKey {
    /// One that nobody else has: for a throw-away database.
    pub fn random() -> Result<Self, KeyError> {
        let mut bytes = [0u8; KEY_BYTES];
        SysRng.try_fill_bytes(&mut bytes).map_err(|error| KeyError::Random(error.to_string()))?;
        Ok(Self { bytes })
    }

    /// The installation's key from its file. The first time it is made; one that an earlier version kept in the database is
    /// moved to the file. Both are recorded.
    pub async fn open(store: &Store, file: &Path, operator: Option<&str>, now: Instant) -> Result<Self, KeyError> {
        finish_rotation(store, file).await?;
        let known = store.meta(FINGERPRINT).await?;
        match (read(file)?, known) {
            (Some(key), Some(known)) if key.fingerprint() == known => Ok(key),
            (Some(_), Some(_)) => Err(fault(file, "与数据库登记的不是同一把密钥".to_owned(), LOST)),
            (None, Some(_)) => Err(fault(file, "没有这个文件".to_owned(), LOST)),
            (found, None) => Self::first(store, file, found, operator, now).await,
        }
    }

    /// The first look at this database: nothing is registered yet.
    async fn first(
        store: &Store,
        file: &Path,
        found: Option<Self>,
        operator: Option<&str>,
        now: Instant,
    ) -> Result<Self, KeyError> {
        let old = match store.meta(IN_DATABASE).await? {
            Some(text) => Some(
                parse(&text)
                    .ok_or_else(|| fault(file, "数据库中旧版本的密钥读不出".to_owned(), "请从备份恢复数据库后重试"))?,
            ),
            None => None,
        };
        let (key, change) = match (old, found) {
            (Some(old), Some(found)) if old != found => {
                let fix = "请把这个文件移走：数据库中已有旧版本的密钥，应移入文件的是那一把";
                return Err(fault(file, "与数据库中的密钥不同".to_owned(), fix));
            }
            (Some(old), Some(_)) => (old, KeyChange::TakenOut),
            (Some(old), None) => (write(file, old)?, KeyChange::TakenOut),
            // A file made by a start that died before it was registered, or brought along from elsewhere.
            (None, Some(found)) => (found, KeyChange::Made),
            (None, None) => (write(file, Self::random()?)?, KeyChange::Made),
        };
        let mut tx = store.write().await?;
        let registered = tx.init_meta(FINGERPRINT, &key.fingerprint()).await?;
        if registered != key.fingerprint() {
            return Err(fault(file, "另一个节点刚刚登记了另一把密钥".to_owned(), LOST));
        }
        tx.delete_meta(IN_DATABASE).await?;
        record_in(&mut tx, &AdminEvent::AuthorKey { change, operator: operator.map(str::to_owned) }, "system", now)
            .await?;
        tx.commit().await?;
        tracing::info!(file = %file.display(), ?change, "the key of the author hashes is in its file");
        Ok(key)
    }

    /// Puts another key in its place. Services that are running go on with the old one until they are started again.
    pub async fn rotate(
        store: &Store,
        file: &Path,
        by: &str,
        operator: Option<&str>,
        now: Instant,
    ) -> Result<Self, KeyError> {
        finish_rotation(store, file).await?;
        let next = next_to(file);
        remove(&next)?;
        let key = write(&next, Self::random()?)?;
        let mut tx = store.write().await?;
        tx.put_meta(FINGERPRINT, &key.fingerprint()).await?;
        tx.delete_meta(IN_DATABASE).await?;
        let event = AdminEvent::AuthorKey { change: KeyChange::Rotated, operator: operator.map(str::to_owned) };
        record_in(&mut tx, &event, by, now).await?;
        tx.commit().await?;
        rename(&next, file)?;
        Ok(key)
    }

    /// Writes it to another file too, where there is none yet: another database, another node.
    pub fn write_to(&self, file: &Path) -> Result<(), KeyError> {
        match read(file)? {
            Some(key) if key == *self => Ok(()),
            Some(_) => Err(fault(file, "已有另一把密钥".to_owned(), "请移走该文件，再从原处拷贝")),
            None => write(file, self.clone()).map(|_| ()),
        }
    }

    /// The keyed hash that it is for.
    pub(super) fn hash(&self) -> Result<Hmac<Sha256>, String> {
        Hmac::new_from_slice(&self.bytes).map_err(|error| error.to_string())
    }

    fn fingerprint(&self) -> String {
        // Of the key with a word of its own: it is no hash of an author.
        let mut hash = Sha256::new();
        hash.update(b"huiying author key fingerprint\n");
        hash.update(self.bytes);
        hex::encode(&hash.finalize()[..FINGERPRINT_BYTES])
    }
}

/// A rotation that died after it was registered left the new key beside the old one.
async fn finish_rotation(store: &Store, file: &Path) -> Result<(), KeyError> {
    let next = next_to(file);
    let Some(key) = read(&next)? else { return Ok(()) };
    if store.meta(FINGERPRINT).await?.is_some_and(|known| known == key.fingerprint()) {
        rename(&next, file)
    } else {
        remove(&next)
    }
}

fn next_to(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".next");
    PathBuf::from(name)
}

fn parse(text: &str) -> Option<AuthorKey> {
    Some(AuthorKey { bytes: hex::decode(text.trim()).ok()?.try_into().ok()? })
}

fn read(file: &Path) -> Result<Option<AuthorKey>, KeyError> {
    match std::fs::read_to_string(file) {
        Ok(text) => match parse(&text) {
            Some(key) => Ok(Some(key)),
            None => Err(fault(file, format!("不是 {} 个十六进制数字", KEY_BYTES * 2), LOST)),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(file, error.to_string(), "请检查权限：只需服务所用的账户可读")),
    }
}

/// Writes a new file that its owner alone can read, and waits for the disk; gives the key that is in it then.
fn write(file: &Path, key: AuthorKey) -> Result<AuthorKey, KeyError> {
    let mut unnamed = file.as_os_str().to_owned();
    unnamed.push(format!(".{}.tmp", std::process::id()));
    let unnamed = PathBuf::from(unnamed);
    let written = || -> std::io::Result<()> {
        let _ = std::fs::remove_file(&unnamed);
        let mut to = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unnamed)?;
        writeln!(to, "{}", hex::encode(key.bytes))?;
        to.sync_all()?;
        // Whole or not at all under its name, and never over one that is there.
        let named = std::fs::hard_link(&unnamed, file);
        let removed = std::fs::remove_file(&unnamed);
        named.and(removed)?;
        sync_folder(file)
    };
    match written() {
        Ok(()) => Ok(key),
        // Another process made one at the same moment: that is the installation's.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            read(file)?.ok_or_else(|| fault(file, error.to_string(), "请重试"))
        }
        Err(error) => Err(fault(file, error.to_string(), "请检查目录与权限，或用 authors.key_file 指定别处")),
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), KeyError> {
    std::fs::rename(from, to)
        .and_then(|()| sync_folder(to))
        .map_err(|error| fault(to, error.to_string(), "请检查目录与权限，再运行一次"))
}

fn remove(file: &Path) -> Result<(), KeyError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(fault(file, error.to_string(), "请检查目录与权限"))
        }
        _ => Ok(()),
    }
}

fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

fn fault(file: &Path, why: String, fix: &'static str) -> KeyError {
    KeyError::File { file: file.to_owned(), why, fix }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::domain::administration::ADMIN_STREAM;
    use crate::store::StoreOptions;

    const NOW: Instant = Instant::from_ms(1_780_000_000_000);

    struct Desk {
        store: Store,
        dir: tempfile::TempDir,
    }

    impl Desk {
        async fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::open(&StoreOptions::throw_away(&dir.path().join("test.db"))).await.unwrap();
            store.migrate().await.unwrap();
            Self { store, dir }
        }

        fn file(&self) -> PathBuf {
            self.dir.path().join("test.db.author-key")
        }

        async fn open(&self) -> Result<AuthorKey, KeyError> {
            AuthorKey::open(&self.store, &self.file(), Some("root"), NOW).await
        }

        async fn recorded(&self) -> Vec<String> {
            self.store.events(ADMIN_STREAM).await.unwrap().into_iter().map(|row| row.body).collect()
        }
    }

    #[tokio::test]
    async fn a_key_is_made_once_and_lies_in_a_file_of_its_owner() {
        let desk = Desk::new().await;
        let key = desk.open().await.unwrap();
        assert_eq!(desk.open().await.unwrap(), key);
        let mode = std::fs::metadata(desk.file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(desk.recorded().await, [r#"{"event":"author_key","change":"made","operator":"root"}"#]);
    }

    #[tokio::test]
    async fn a_key_in_the_database_is_moved_to_the_file() {
        let desk = Desk::new().await;
        let old = "ab".repeat(KEY_BYTES);
        let mut tx = desk.store.write().await.unwrap();
        tx.put_meta(IN_DATABASE, &old).await.unwrap();
        tx.commit().await.unwrap();
        let key = desk.open().await.unwrap();
        assert_eq!(key.bytes, [0xab; KEY_BYTES], "the hashes of before go on matching");
        assert_eq!(desk.store.meta(IN_DATABASE).await.unwrap(), None);
        assert_eq!(std::fs::read_to_string(desk.file()).unwrap().trim(), old);
        assert!(desk.recorded().await[0].contains("taken_out"));
        // Who died between file and database does it again.
        let mut tx = desk.store.write().await.unwrap();
        tx.delete_meta(FINGERPRINT).await.unwrap();
        tx.put_meta(IN_DATABASE, &old).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(desk.open().await.unwrap(), key);
    }

    #[tokio::test]
    async fn a_lost_or_other_key_is_refused_and_says_what_to_do() {
        let desk = Desk::new().await;
        desk.open().await.unwrap();
        std::fs::remove_file(desk.file()).unwrap();
        let error = desk.open().await.unwrap_err().to_string();
        assert!(error.contains("没有这个文件") && error.contains("author-key rotate"), "{error}");
        std::fs::write(desk.file(), "cd".repeat(KEY_BYTES)).unwrap();
        assert!(desk.open().await.unwrap_err().to_string().contains("不是同一把"));
        std::fs::write(desk.file(), "nonsense").unwrap();
        assert!(desk.open().await.unwrap_err().to_string().contains("64 个十六进制"));
        let key = AuthorKey::rotate(&desk.store, &desk.file(), "console", None, NOW).await.unwrap();
        assert_eq!(desk.open().await.unwrap(), key);
        assert!(desk.recorded().await[1].contains("rotated"));
    }

    #[tokio::test]
    async fn a_rotation_that_dies_is_whole_at_the_next_start() {
        let desk = Desk::new().await;
        let old = desk.open().await.unwrap();
        // Before it was registered: the old key holds.
        let new = write(&next_to(&desk.file()), AuthorKey::random().unwrap()).unwrap();
        assert_eq!(desk.open().await.unwrap(), old);
        assert!(!next_to(&desk.file()).exists());
        // After it was registered: the new one.
        write(&next_to(&desk.file()), new.clone()).unwrap();
        let mut tx = desk.store.write().await.unwrap();
        tx.put_meta(FINGERPRINT, &new.fingerprint()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(desk.open().await.unwrap(), new);
    }
}
