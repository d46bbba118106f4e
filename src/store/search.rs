//! Full-text search over the words that the tokeniser gave: FTS5 on SQLite, a `tsvector` on PostgreSQL, both over the
//! same words, so that both find the same.

use std::collections::BTreeSet;

use super::error::StoreError;
use super::mention::{MentionFilter, MentionRow, list};
use super::open::Store;
use super::sql::Engine;

/// Longest word that is kept, in bytes: PostgreSQL's limit for a lexeme is 2,046.
const WORD_BYTES_MAX: usize = 512;
/// Words kept of one mention, in bytes: PostgreSQL's limit for a document is 1 MiB.
const WORDS_BYTES_MAX: usize = 256 * 1024;
/// Words of one query.
const QUERY_WORDS_MAX: usize = 32;

/// Brings tokens into the form in which they are stored and looked for: lower case, letters and digits alone, one space
/// between, within the bounds of both databases.
pub fn words<'a>(tokens: impl IntoIterator<Item = &'a str>) -> String {
    let mut words = String::new();
    for token in tokens {
        for word in token.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
            if word.is_empty() || word.len() > WORD_BYTES_MAX {
                continue;
            }
            if words.len() + word.len() + 1 > WORDS_BYTES_MAX {
                return words;
            }
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
    }
    words
}

/// A query for all of the words; `None` if there is none to look for. Only letters and digits are left of a word, so
/// that no operator of either query language gets through.
pub(super) fn query(tokens: &[String], engine: Engine) -> Option<String> {
    let words = words(tokens.iter().map(String::as_str));
    let words: BTreeSet<&str> = words.split(' ').filter(|word| !word.is_empty()).take(QUERY_WORDS_MAX).collect();
    if words.is_empty() {
        return None;
    }
    let (quote, join) = match engine {
        Engine::Sqlite => ('"', " "),
        Engine::Postgres => ('\'', " & "),
    };
    let quoted: Vec<String> = words.into_iter().map(|word| format!("{quote}{word}{quote}")).collect();
    Some(quoted.join(join))
}

impl Store {
    /// Mentions that hold all of these tokens, the newest first. No token finds nothing.
    pub async fn search(
        &self,
        tokens: &[String],
        filter: &MentionFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<MentionRow>, StoreError> {
        let Some(query) = query(tokens, self.engine()) else {
            return Ok(Vec::new());
        };
        let (sql, values) = list(filter, Some((query, self.engine())), before, limit);
        self.all(sql, values).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits() {
        assert_eq!(words(["宣城", "A-B", "！", "3.5", ""]), "宣城 a b 3 5");
        assert!(words([&*"x".repeat(WORD_BYTES_MAX + 1)]).is_empty());
        assert!(words(std::iter::repeat_n("宣城", 200_000)).len() <= WORDS_BYTES_MAX);
    }

    #[test]
    fn a_query_holds_no_operator() {
        let tokens = ["宣城\" OR".to_owned(), "a'|b".to_owned()];
        assert_eq!(query(&tokens, Engine::Sqlite).unwrap(), r#""a" "b" "or" "宣城""#);
        assert_eq!(query(&tokens, Engine::Postgres).unwrap(), "'a' & 'b' & 'or' & '宣城'");
        assert_eq!(query(&["，".to_owned()], Engine::Sqlite), None);
    }
}
