//! Editions of rule files (规则文件的历次版本): what a page saved, and what was found changed outside.

use sqlx::FromRow;

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;
use crate::domain::instant::Instant;

statements! {
    INSERT = "INSERT INTO rule_versions (file, hash, text, at, how, by_user, why) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LATEST = "SELECT n, file, hash, NULL AS text, at, how, by_user, why FROM rule_versions \
        WHERE n IN (SELECT MAX(n) FROM rule_versions GROUP BY file) ORDER BY file";
    OF_FILE = "SELECT n, file, hash, NULL AS text, at, how, by_user, why FROM rule_versions \
        WHERE file = $1 AND n < $2 ORDER BY n DESC LIMIT $3";
    ONE = "SELECT n, file, hash, text, at, how, by_user, why FROM rule_versions WHERE n = $1";
    PRUNE = "DELETE FROM rule_versions WHERE file = $1 AND n <= \
        (SELECT n FROM rule_versions WHERE file = $1 ORDER BY n DESC LIMIT 1 OFFSET $2)";
}

/// Editions of one file that are kept.
const KEPT_MAX: i64 = 200;

/// An edition of a rule file to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRuleVersion<'a> {
    /// The file, relative to the rules folder.
    pub file: &'a str,
    /// Hash of its text; none where it was taken away.
    pub hash: Option<&'a str>,
    /// Its text.
    pub text: Option<&'a str>,
    /// When it was saved, or found.
    pub at: Instant,
    /// `found` at the first look, `outside`, `saved`, `restored`, `removed`.
    pub how: &'a str,
    /// Who, if a page did it.
    pub by: Option<&'a str>,
    /// Why, in their words.
    pub why: Option<&'a str>,
}

/// A kept edition; lists leave its text out.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RuleVersionRow {
    /// Order.
    pub n: i64,
    /// The file.
    pub file: String,
    /// Hash of its text; none where it was taken away.
    pub hash: Option<String>,
    /// Its text, where one edition was asked for.
    pub text: Option<String>,
    /// When it was saved, or found.
    pub at: Instant,
    /// `found`, `outside`, `saved`, `restored`, `removed`.
    pub how: String,
    /// Who, if a page did it.
    pub by_user: Option<String>,
    /// Why.
    pub why: Option<String>,
}

impl Tx {
    /// Keeps an edition, and lets the oldest of that file go.
    pub async fn insert_rule_version(&mut self, new: &NewRuleVersion<'_>) -> Result<(), StoreError> {
        let values = args![new.file, new.hash, new.text, new.at, new.how, new.by, new.why];
        self.run(INSERT, values).await?;
        self.run(PRUNE, args![new.file, KEPT_MAX]).await.map(|_| ())
    }

    /// The latest edition of each file, without its text, as this transaction sees it.
    pub async fn latest_rule_versions(&mut self) -> Result<Vec<RuleVersionRow>, StoreError> {
        self.all(LATEST, Vec::new()).await
    }
}

impl Store {
    /// The latest edition of each file, without its text.
    pub async fn latest_rule_versions(&self) -> Result<Vec<RuleVersionRow>, StoreError> {
        self.all(LATEST, Vec::new()).await
    }

    /// A page of the editions of a file before a number, the newest first, without their texts.
    pub async fn rule_versions(
        &self,
        file: &str,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<RuleVersionRow>, StoreError> {
        self.all(OF_FILE, args![file, before.unwrap_or(i64::MAX), limit]).await
    }

    /// One edition, with its text.
    pub async fn rule_version(&self, n: i64) -> Result<Option<RuleVersionRow>, StoreError> {
        self.optional(ONE, args![n]).await
    }
}
