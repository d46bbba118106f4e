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
/// between, within the bounds of both databases. Chinese is taken in pairs of characters, over the borders of words: 中毒 is
/// found in 食物中毒 and 收费 in 乱收费, wherever a dictionary would cut.
pub fn words<'a>(tokens: impl IntoIterator<Item = &'a str>) -> String {
    let mut words = Words { text: String::new(), before: None };
    for token in tokens {
        words.add(token);
    }
    words.text
}

/// The words of a text as they are gathered.
struct Words {
    text: String,
    /// The Chinese character that stands right before what comes next.
    before: Option<char>,
}

impl Words {
    fn add(&mut self, token: &str) {
        for (n, word) in token.to_lowercase().split(|c: char| !c.is_alphanumeric()).enumerate() {
            // A mark stands between.
            if n > 0 {
                self.before = None;
            }
            let mut rest = word;
            while let Some(first) = rest.chars().next() {
                let end = rest.find(|c| is_han(c) != is_han(first)).unwrap_or(rest.len());
                let (run, after) = rest.split_at(end);
                if is_han(first) {
                    self.chinese(run)
                } else {
                    self.other(run)
                }
                rest = after;
            }
        }
    }

    fn chinese(&mut self, run: &str) {
        let mut pair = String::new();
        let alone = run.chars().nth(1).is_none();
        for c in run.chars() {
            if let Some(before) = self.before {
                pair.clear();
                pair.extend([before, c]);
                self.push(&pair);
            }
            self.before = Some(c);
        }
        if alone {
            self.push(run);
        }
    }

    fn other(&mut self, run: &str) {
        self.before = None;
        if run.len() <= WORD_BYTES_MAX {
            self.push(run);
        }
    }

    fn push(&mut self, word: &str) {
        if self.text.len() + word.len() + 1 > WORDS_BYTES_MAX {
            return;
        }
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(word);
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

/// A query for all of the words; `None` if there is none to look for. Only letters and digits are left of a word, so
/// that no operator of either query language gets through.
pub(super) fn query(asked: &[String], engine: Engine) -> Option<String> {
    // Each by itself: what was asked for separately need not stand together.
    let words: Vec<String> = asked.iter().map(|asked| words([asked.as_str()])).collect();
    let words: BTreeSet<&str> =
        words.iter().flat_map(|words| words.split(' ')).filter(|word| !word.is_empty()).take(QUERY_WORDS_MAX).collect();
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
    /// Mentions that hold all of these words, the newest first; words stand apart by blanks or marks, or are given one by one.
    /// No word finds nothing. On SQLite the newest 10,000 that hold them are looked at.
    pub async fn search(
        &self,
        asked: &[String],
        filter: &MentionFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<MentionRow>, StoreError> {
        let Some(query) = query(asked, self.engine()) else {
            return Ok(Vec::new());
        };
        let (sql, values) = list(filter, None, Some((query, self.engine())), before, limit);
        self.all(sql, values).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits() {
        assert_eq!(words(["宣城", "A-B", "！", "3.5", ""]), "宣城 a b 3 5");
        assert_eq!(words(["食物中毒"]), "食物 物中 中毒");
        assert_eq!(words(["乱", "收费"]), "乱 乱收 收费", "over the borders of words");
        assert_eq!(words(["3号楼", "停电"]), "3 号楼 楼停 停电");
        assert_eq!(words(["停水，停电"]), "停水 停电", "not over a mark");
        assert!(words([&*"x".repeat(WORD_BYTES_MAX + 1)]).is_empty());
        assert!(words(std::iter::repeat_n("宣城", 200_000)).len() <= WORDS_BYTES_MAX);
    }

    #[test]
    fn a_query_holds_no_operator() {
        let tokens = ["宣城\" OR".to_owned(), "a'|b".to_owned()];
        assert_eq!(query(&["停水 化工厂".to_owned()], Engine::Sqlite).unwrap(), r#""停水" "化工" "工厂""#);
        assert_eq!(query(&tokens, Engine::Sqlite).unwrap(), r#""a" "b" "or" "宣城""#);
        assert_eq!(query(&tokens, Engine::Postgres).unwrap(), "'a' & 'b' & 'or' & '宣城'");
        assert_eq!(query(&["，".to_owned()], Engine::Sqlite), None);
    }
}
