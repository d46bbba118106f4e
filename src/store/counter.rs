//! Running numbers, and small facts about the installation.

use super::error::StoreError;
use super::open::Store;
use super::sql::{args, statements};
use super::task::id_list;
use super::tx::Tx;

statements! {
    NEXT = "INSERT INTO counters (name, value) VALUES ($1, 1) \
        ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value";
    RAISE = "INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE \
        SET value = CASE WHEN excluded.value > counters.value THEN excluded.value ELSE counters.value END";
    /// Names as a JSON list.
    COUNTERS_OF = "SELECT name, value FROM counters WHERE name IN (SELECT value FROM json_each($1))"
        => "SELECT name, value FROM counters WHERE name IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))";
    COUNTERS = "SELECT name, value FROM counters ORDER BY name";
    PUT_META = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    INIT_META = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    DELETE_META = "DELETE FROM meta WHERE key = $1";
    META = "SELECT value FROM meta WHERE key = $1";
    /// Another value each time: a page that would stay the same is not written.
    TOUCH = "INSERT INTO meta (key, value) VALUES ('touched', '0') ON CONFLICT (key) DO UPDATE \
        SET value = CASE WHEN meta.value = '0' THEN '1' ELSE '0' END";
}

impl Tx {
    /// The next number of a counter, from 1, without gaps: a transaction that is undone gives its number back.
    pub async fn next_number(&mut self, counter: &str) -> Result<i64, StoreError> {
        Ok(self.one::<(i64,)>(NEXT, args![counter]).await?.0)
    }

    /// Lets a counter stand at that number at least.
    pub async fn raise_counter(&mut self, counter: &str, least: i64) -> Result<(), StoreError> {
        self.run(RAISE, args![counter, least]).await.map(|_| ())
    }

    /// Where several counters stand; one that was never asked is left out.
    pub async fn counters_of(&mut self, names: &[&str]) -> Result<Vec<(String, i64)>, StoreError> {
        self.all(COUNTERS_OF, args![id_list(names.iter().copied())]).await
    }

    /// Writes a fact.
    pub async fn put_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.run(PUT_META, args![key, value]).await.map(|_| ())
    }

    /// Forgets a fact.
    pub async fn delete_meta(&mut self, key: &str) -> Result<(), StoreError> {
        self.run(DELETE_META, args![key]).await.map(|_| ())
    }

    /// Writes a fact unless it is there, and gives what is there: for what is made once, such as a hash key.
    pub async fn init_meta(&mut self, key: &str, value: &str) -> Result<String, StoreError> {
        self.run(INIT_META, args![key, value]).await?;
        Ok(self.one::<(String,)>(META, args![key]).await?.0)
    }
}

impl Store {
    /// Writes a row and commits it: only a commit that has come to the disk shows that there is room.
    pub async fn try_write(&self) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.run(TOUCH, Vec::new()).await?;
        tx.commit().await
    }

    /// Where all counters stand.
    pub async fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.all(COUNTERS, Vec::new()).await
    }

    /// Reads a fact.
    pub async fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.optional::<(String,)>(META, args![key]).await?.map(|(value,)| value))
    }
}
