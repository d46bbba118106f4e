//! Running numbers, and small facts about the installation.

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::tx::Tx;

statements! {
    NEXT = "INSERT INTO counters (name, value) VALUES ($1, 1) \
        ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value";
    PUT_META = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    INIT_META = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    META = "SELECT value FROM meta WHERE key = $1";
}

impl Tx {
    /// The next number of a counter, from 1, without gaps: a transaction that is undone gives its number back.
    pub async fn next_number(&mut self, counter: &str) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(NEXT, args![counter]).await?.0)
    }

    /// Writes a fact.
    pub async fn put_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.run(PUT_META, args![key, value]).await.map(|_| ())
    }

    /// Writes a fact unless it is there, and gives what is there: for what is made once, such as a hash key.
    pub async fn init_meta(&mut self, key: &str, value: &str) -> Result<String, StoreError> {
        self.run(INIT_META, args![key, value]).await?;
        Ok(self.one::<(String,)>(META, args![key]).await?.0)
    }
}

impl Store {
    /// Reads a fact.
    pub async fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.optional::<(String,)>(META, args![key]).await?.map(|(value,)| value))
    }
}
