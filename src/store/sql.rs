//! SQL as constants, and the values bound to them. Both databases take the same `$1` text wherever possible.

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::domain::ids::ClockId;
use crate::domain::incident::Viewpoint;
use crate::domain::instant::Instant;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// The engine for several nodes.
    Postgres,
}

/// One statement for both databases.
#[derive(Clone, Debug)]
pub(super) enum Sql {
    /// A constant.
    Fixed {
        /// For SQLite.
        sqlite: &'static str,
        /// For PostgreSQL; the same text in most cases.
        postgres: &'static str,
    },
    /// Put together from constant fragments by [`Filter`]; never from anything a user sent.
    Composed(String),
}

impl Sql {
    pub(super) const fn same(sql: &'static str) -> Self {
        Self::Fixed { sqlite: sql, postgres: sql }
    }

    pub(super) fn text(self, engine: Engine) -> SqlStr {
        match self {
            Self::Fixed { sqlite, postgres } => match engine {
                Engine::Sqlite => sqlite.into_sql_str(),
                Engine::Postgres => postgres.into_sql_str(),
            },
            Self::Composed(sql) => AssertSqlSafe(sql).into_sql_str(),
        }
    }
}

/// Declares a file's statements as constants and lists them, so that a test can prepare every one on both databases:
/// `NAME = "same for both";` or `NAME = "for SQLite" => "for PostgreSQL";`.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr $(=> $postgres:expr)?;)*) => {
        $($(#[$doc])* const $name: $crate::store::sql::Sql = $crate::store::sql::statements!(@ $sql $(=> $postgres)?);)*
        /// Every constant statement of this file with its name.
        pub(super) fn statements() -> Vec<(&'static str, $crate::store::sql::Sql)> {
            vec![$((stringify!($name), $name)),*]
        }
    };
    (@ $sql:expr) => { $crate::store::sql::Sql::same($sql) };
    (@ $sql:expr => $postgres:expr) => { $crate::store::sql::Sql::Fixed { sqlite: $sql, postgres: $postgres } };
}
pub(super) use statements;

/// A value to bind, with the type that PostgreSQL wants to know even of a null.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Bool(bool),
    Bytes(Option<Vec<u8>>),
}

/// `args![a, b]`: values in the order of `$1`, `$2`.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::sql::Value::from($value)),*] };
}
pub(super) use args;

impl From<&str> for Value {
    /// PostgreSQL's text holds no NUL; it is replaced for both, so that both hold the same.
    fn from(text: &str) -> Self {
        Self::Text(Some(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }))
    }
}
impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        if text.contains('\0') { Self::from(text.as_str()) } else { Self::Text(Some(text)) }
    }
}
impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Text(None), Self::from)
    }
}
impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::from(text.as_deref())
    }
}
impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Text(None), Self::from)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(Some(i64::from(number)))
    }
}
impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}
impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}
impl From<Instant> for Value {
    fn from(at: Instant) -> Self {
        Self::Int(Some(at.ms()))
    }
}
impl From<Option<Instant>> for Value {
    fn from(at: Option<Instant>) -> Self {
        Self::Int(at.map(Instant::ms))
    }
}
impl From<ClockId> for Value {
    fn from(id: ClockId) -> Self {
        Self::from(id.0)
    }
}
impl From<Option<ClockId>> for Value {
    fn from(id: Option<ClockId>) -> Self {
        Self::Int(id.map(|id| i64::from(id.0)))
    }
}
impl From<&Option<Vec<u8>>> for Value {
    fn from(bytes: &Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes.clone())
    }
}

macro_rules! bind {
    ($arguments:ident, $values:ident) => {{
        let mut arguments = $arguments::default();
        for value in $values {
            match value {
                Value::Text(text) => arguments.add(text),
                Value::Int(number) => arguments.add(number),
                Value::Bool(truth) => arguments.add(truth),
                Value::Bytes(bytes) => arguments.add(bytes),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }};
}

pub(super) fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, sqlx::Error> {
    bind!(SqliteArguments, values)
}

pub(super) fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, sqlx::Error> {
    bind!(PgArguments, values)
}

/// A list query put together from constant fragments: `?` stands for the next value.
#[derive(Debug)]
pub(super) struct Filter {
    sql: String,
    values: Vec<Value>,
    conditions: usize,
}

impl Filter {
    pub(super) fn new(select: &'static str) -> Self {
        Self::with(select, Vec::new())
    }

    /// Begins with a fragment that has values itself.
    pub(super) fn with(select: &'static str, values: Vec<Value>) -> Self {
        let mut filter = Self { sql: String::new(), values: Vec::new(), conditions: 0 };
        filter.push(select, values);
        filter
    }

    /// Adds a condition.
    pub(super) fn and(&mut self, condition: &'static str, values: Vec<Value>) {
        self.sql.push_str(if self.conditions == 0 { " WHERE (" } else { " AND (" });
        self.conditions += 1;
        self.push(condition, values);
        self.sql.push(')');
    }

    /// Adds a condition where there is a value.
    pub(super) fn and_if<T>(&mut self, condition: &'static str, value: Option<T>)
    where
        Value: From<T>,
    {
        if let Some(value) = value {
            self.and(condition, vec![Value::from(value)]);
        }
    }

    /// Adds what may be seen from there, a condition of [`super::viewer::seen`].
    pub(super) fn and_seen(&mut self, seen: &'static str, from: Option<&Viewpoint>) {
        if let Some(from) = from {
            let [body, user] = from.keys();
            self.and(seen, vec![Value::from(body), Value::from(user)]);
        }
    }

    /// Ends the query.
    pub(super) fn then(mut self, tail: &'static str, values: Vec<Value>) -> (Sql, Vec<Value>) {
        self.sql.push(' ');
        self.push(tail, values);
        (Sql::Composed(self.sql), self.values)
    }

    fn push(&mut self, fragment: &'static str, values: Vec<Value>) {
        let mut values = values.into_iter();
        for (i, piece) in fragment.split('?').enumerate() {
            if i > 0 {
                self.values.extend(values.next());
                self.sql.push('$');
                self.sql.push_str(&self.values.len().to_string());
            }
            self.sql.push_str(piece);
        }
        debug_assert!(values.next().is_none(), "more values than places in “{fragment}”");
    }
}

/// `%text%` for `LIKE … ESCAPE '\'`, with its own wildcards taken literally.
pub(super) fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_numbers_its_places() {
        let mut filter = Filter::new("SELECT 1 FROM t");
        filter.and("a = ?", args!["x"]);
        filter.and_if("b = ?", None::<&str>);
        filter.and("c > ? OR d > ?", args![1_i64, 2_i64]);
        let (sql, values) = filter.then("LIMIT ?", args![3_i64]);
        assert!(
            matches!(&sql, Sql::Composed(s) if s == "SELECT 1 FROM t WHERE (a = $1) AND (c > $2 OR d > $3) LIMIT $4")
        );
        assert_eq!(values, args!["x", 1_i64, 2_i64, 3_i64]);
    }

    #[test]
    fn wildcards_are_literal() {
        assert_eq!(contains("50%_a\\B"), "%50\\%\\_a\\\\b%");
    }
}
