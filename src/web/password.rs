//! Passwords: argon2id, hashed on a few threads at a time, the same time for a user that isn't there. One that is easily
//! guessed is not taken: what it would cost to guess it is estimated by zxcvbn.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use rand::TryRng;
use rand::rngs::SysRng;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zxcvbn::Score;
use zxcvbn::feedback::Warning;

/// Hashes that are computed at once; each takes 19 MiB.
const CONCURRENT_HASHES_MAX: usize = 4;
/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, in bytes: a hash of megabytes would be a way to keep the service busy.
pub const PASSWORD_BYTES_MAX: usize = 1024;
/// As much of a password is judged, in characters: the estimate takes long for long ones.
const JUDGED_CHARS_MAX: usize = 64;
/// The least that a password has to be worth: some hundred million guesses.
const SCORE_MIN: Score = Score::Three;
/// Letters that a password needs besides the user's own names, if it holds one.
const OWN_LETTERS_MIN: usize = 6;
/// Words that whoever guesses here tries first.
const OURS: [&str; 12] =
    ["huiying", "回应", "xuancheng", "宣城", "yuqing", "舆情", "zhengfu", "政府", "admin", "password", "mima", "密码"];
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
    /// One that is easily guessed, and why.
    #[error("密码太容易被猜到：{0}。请换一个，例如几个互不相干的词连在一起")]
    Guessable(&'static str),
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

    /// The hash to store. `known` is what others know of the user: it must not be what the password is made of.
    pub async fn hash(&self, password: String, known: &[&str]) -> Result<String, PasswordError> {
        check_strength(&password, known)?;
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

/// What guessing a password would cost, 0 (nothing) to 4 (too much for anybody), and why it is not taken, if it isn't. `known`
/// is what others know of the user.
pub fn estimate(password: &str, known: &[&str]) -> (u8, Result<(), PasswordError>) {
    if password.len() > PASSWORD_BYTES_MAX {
        return (0, Err(PasswordError::Weak));
    }
    let judged: String = plain(password).chars().take(JUDGED_CHARS_MAX).collect();
    let inputs: Vec<String> = OURS.iter().chain(known).map(|word| plain(word)).collect();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
    let found = zxcvbn::zxcvbn(&judged, &inputs);
    // The estimate knows a word that stands once; who the user is may stand several times, and dates beside it.
    let own = known.iter().map(|word| plain(word).to_lowercase()).filter(|word| word.chars().count() >= 2);
    let rest = own.fold(judged.to_lowercase(), |rest, word| rest.replace(&word, ""));
    let is_own = rest.len() < judged.len() && rest.chars().filter(|c| c.is_alphabetic()).count() < OWN_LETTERS_MIN;
    let taken = if password.chars().count() < PASSWORD_CHARS_MIN {
        Err(PasswordError::Weak)
    } else if is_own {
        Err(PasswordError::Guessable("由自己的用户名或姓名加数字组成"))
    } else if found.score() < SCORE_MIN {
        Err(PasswordError::Guessable(why(found.feedback().and_then(zxcvbn::feedback::Feedback::warning))))
    } else {
        Ok(())
    };
    (u8::from(found.score()), taken)
}

/// Refuses what is too short, too long or easily guessed.
pub fn check_strength(password: &str, known: &[&str]) -> Result<(), PasswordError> {
    estimate(password, known).1
}

/// Full-width letters as ordinary ones, and Chinese numerals as digits: 一二三四五六 is as easily guessed as 123456.
fn plain(text: &str) -> String {
    const NUMERALS: &str = "零一二三四五六七八九";
    let digit = |c: char| {
        let c = if c == '〇' { '零' } else { c };
        NUMERALS.chars().position(|numeral| numeral == c).and_then(|n| char::from_digit(u32::try_from(n).ok()?, 10))
    };
    text.nfkc().map(|c| digit(c).unwrap_or(c)).collect()
}

fn why(warning: Option<Warning>) -> &'static str {
    match warning {
        Some(Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "是键盘上相邻的键"
        }
        Some(Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess) => {
            "由重复的字符组成"
        }
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => "是常用密码，或与之相近",
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => "由连续的字母或数字组成",
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => "由年份或日期组成",
        Some(Warning::AWordByItselfIsEasyToGuess) => "只是一个词",
        Some(Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess) => {
            "只是一个姓名"
        }
        None => "变化太少，或由常见的词、姓名、数字拼成",
    }
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
        let stored = passwords.hash("梧桐树下那辆旧自行车".into(), &[]).await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(passwords.verify(Some(&stored), "梧桐树下那辆旧自行车".into()).await.unwrap());
        assert!(!passwords.verify(Some(&stored), "梧桐树下那辆新自行车".into()).await.unwrap());
        assert!(!passwords.verify(None, "梧桐树下那辆旧自行车".into()).await.unwrap());
    }

    #[test]
    fn short_and_huge_passwords_are_refused() {
        assert!(matches!(check_strength("123456789", &[]), Err(PasswordError::Weak)));
        let huge = "x".repeat(PASSWORD_BYTES_MAX + 1);
        assert!(matches!(check_strength(&huge, &[]), Err(PasswordError::Weak)));
    }

    #[test]
    fn what_is_easily_guessed_is_refused_in_words() {
        for trivial in [
            "1234567890",
            "0123456789012345",
            "aaaaaaaaaaaa",
            "password123",
            "P@ssw0rd2026",
            "qwertyuiop",
            "1qaz2wsx3edc",
            "admin123456",
            "admin@12345",
            "Huiying2026",
            "xuancheng123",
            "xuancheng2026",
            "一二三四五六七八九〇",
            "１２３４５６７８９０",
            "5201314520",
            "woaini1314",
            "abcdefghij",
            "2026-11-30",
            "wangxiaoming1",
            "密码密码密码密码密码密码",
        ] {
            let error = check_strength(trivial, &["wangxiaoming", "王晓明"]).expect_err(trivial);
            assert!(matches!(error, PasswordError::Guessable(_)), "{trivial}: {error}");
        }
        for good in ["correct horse battery", "桥头的梧桐第七次落叶", "tu9-Kelp-vrijdag", "水壶在窗台上唱歌呢吧"]
        {
            check_strength(good, &["wangxiaoming", "王晓明"]).unwrap_or_else(|error| panic!("{good}: {error}"));
        }
    }

    #[test]
    fn generated_passwords_differ_and_pass() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one, two);
        check_strength(&one, &[]).unwrap();
    }
}
