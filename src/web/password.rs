//! Passwords: argon2id, hashed on a few threads at a time, the same time for a user that isn't there.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use rand::TryRng;
use rand::rngs::SysRng;
use tokio::sync::Semaphore;

/// Hashes that are computed at once; each takes 19 MiB.
const CONCURRENT_HASHES_MAX: usize = 4;
/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, in bytes: a hash of megabytes would be a way to keep the service busy.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// Characters of a generated password: without those that are mistaken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Length of a generated password, in characters: 100 bits.
const GENERATED_CHARS: usize = 20;

/// A password could not be hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Not one that we take.
    #[error("密码须有 {PASSWORD_CHARS_MIN} 个以上字符，不超过 {PASSWORD_BYTES_MAX} 字节")]
    Weak,
    /// The hash or the machine failed.
    #[error("密码散列失败：{0}")]
    Hash(String),
}

/// Hashes and checks passwords.
#[derive(Clone, Debug)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    decoy: Arc<str>,
}

impl Passwords {
    /// Computes the decoy hash that is checked where there is no user, so that both take the same time.
    pub fn new() -> Result<Self, PasswordError> {
        Ok(Self {
            permits: Arc::new(Semaphore::new(CONCURRENT_HASHES_MAX)),
            decoy: hash(&secret_text(GENERATED_CHARS)?)?.into(),
        })
    }

    /// Whether the password is that of the stored hash; `None` is a user that isn't there, and never right.
    pub async fn verify(&self, stored: Option<&str>, password: String) -> Result<bool, PasswordError> {
        let known = stored.is_some();
        let stored: Arc<str> = stored.map_or_else(|| self.decoy.clone(), Arc::from);
        let right = self.on_thread(move || verify(&stored, &password)).await?;
        Ok(known && right)
    }

    /// The hash to store.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        check_strength(&password)?;
        self.on_thread(move || hash(&password)).await
    }

    async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _permit = self.permits.acquire().await.map_err(|error| PasswordError::Hash(error.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| PasswordError::Hash(error.to_string()))?
    }
}

fn hash(password: &str) -> Result<String, PasswordError> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| PasswordError::Hash(error.to_string()))
}

fn verify(stored: &str, password: &str) -> Result<bool, PasswordError> {
    let stored = PasswordHash::new(stored).map_err(|error| PasswordError::Hash(error.to_string()))?;
    match Argon2::default().verify_password(password.as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(PasswordError::Hash(error.to_string())),
    }
}

/// Refuses what is too short or too long.
pub fn check_strength(password: &str) -> Result<(), PasswordError> {
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::Weak);
    }
    Ok(())
}

/// A new random password that people can type.
pub fn generate() -> Result<String, PasswordError> {
    secret_text(GENERATED_CHARS)
}

fn secret_text(chars: usize) -> Result<String, PasswordError> {
    let mut bytes = vec![0; chars];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| PasswordError::Hash(error.to_string()))?;
    // 256 is a multiple of 32: every character is equally likely.
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_passes() {
        let passwords = Passwords::new().unwrap();
        let stored = passwords.hash("正确的密码一二三四五".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(passwords.verify(Some(&stored), "正确的密码一二三四五".into()).await.unwrap());
        assert!(!passwords.verify(Some(&stored), "错误的密码一二三四五".into()).await.unwrap());
        assert!(!passwords.verify(None, "正确的密码一二三四五".into()).await.unwrap());
    }

    #[test]
    fn short_and_huge_passwords_are_refused() {
        assert!(check_strength("123456789").is_err());
        assert!(check_strength("一二三四五六七八九十").is_ok());
        assert!(check_strength(&"x".repeat(PASSWORD_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn generated_passwords_differ_and_pass() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one, two);
        check_strength(&one).unwrap();
    }
}
