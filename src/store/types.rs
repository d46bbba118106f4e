//! How the domain's types stand in a column: instants as milliseconds, ids and enumerations as their text, lists as JSON
//! text.

use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Type};

use super::sql::Value;
use crate::domain::body::Tier;
use crate::domain::clock::{ClockKind, Force};
use crate::domain::grade::Grade;
use crate::domain::ids::{BodyId, ClockId, IncidentId, MentionId, RegionId, UserId};
use crate::domain::instant::Instant;
use crate::domain::mention::Channel;

impl<DB: Database> Type<DB> for Instant
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as Type<DB>>::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        <i64 as Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for Instant
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self::from_ms(i64::decode(value)?))
    }
}

impl<DB: Database> Type<DB> for ClockId
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as Type<DB>>::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        <i64 as Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for ClockId
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(u32::try_from(i64::decode(value)?)?))
    }
}

/// A type that stands in a TEXT column: `$read` makes it from the text.
macro_rules! text_column {
    ($($name:ty => $read:expr),* $(,)?) => {$(
        impl<DB: Database> Type<DB> for $name
        where
            String: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as Type<DB>>::compatible(ty)
            }
        }
        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            String: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let read: fn(String) -> Result<Self, BoxDynError> = $read;
                read(String::decode(value)?)
            }
        }
    )*};
}

/// Reads an enumeration by the name that serde gives it, so that files, wire and database agree.
fn by_name<T: DeserializeOwned>(text: String) -> Result<T, BoxDynError> {
    let name: StrDeserializer<'_, ValueError> = text.as_str().into_deserializer();
    Ok(T::deserialize(name)?)
}

text_column! {
    IncidentId => |text| Ok(Self::new(text)),
    BodyId => |text| Ok(Self::new(text)),
    RegionId => |text| Ok(Self::new(text)),
    MentionId => |text| Ok(Self::new(text)),
    UserId => |text| Ok(Self::new(text)),
    Grade => by_name,
    Channel => by_name,
    ClockKind => by_name,
    Force => by_name,
    Tier => by_name,
}

macro_rules! id_value {
    ($($name:ident),*) => {$(
        impl From<&$name> for Value {
            fn from(id: &$name) -> Self {
                Self::from(id.as_str())
            }
        }
        impl From<&Option<$name>> for Value {
            fn from(id: &Option<$name>) -> Self {
                Self::from(id.as_ref().map(|id| id.as_str()))
            }
        }
    )*};
}
id_value!(IncidentId, BodyId, RegionId, MentionId, UserId);

impl From<Grade> for Value {
    fn from(grade: Grade) -> Self {
        Self::from(grade.id())
    }
}
impl From<Channel> for Value {
    fn from(channel: Channel) -> Self {
        Self::from(channel.id())
    }
}
impl From<ClockKind> for Value {
    fn from(kind: ClockKind) -> Self {
        Self::from(kind.id())
    }
}
impl From<Option<ClockKind>> for Value {
    fn from(kind: Option<ClockKind>) -> Self {
        Self::from(kind.map(ClockKind::id))
    }
}
impl From<Tier> for Value {
    fn from(tier: Tier) -> Self {
        Self::from(tier.id())
    }
}
impl From<Force> for Value {
    fn from(force: Force) -> Self {
        Self::from(match force {
            Force::Statutory => "statutory",
            Force::Target => "target",
            Force::Internal => "internal",
        })
    }
}

/// A value kept as JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T> std::ops::Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<DB: Database, T> Type<DB> for Json<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: Database, T: DeserializeOwned> Decode<'r, DB> for Json<T>
where
    String: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(&String::decode(value)?)?))
    }
}

impl<T: Serialize> From<&Json<T>> for Value {
    /// Serialising the store's own lists can't fail: they hold text, numbers and instants under text keys.
    fn from(json: &Json<T>) -> Self {
        Self::from(serde_json::to_string(&json.0).unwrap_or_else(|_| "null".to_owned()))
    }
}
impl<T: Serialize> From<&Option<Json<T>>> for Value {
    fn from(json: &Option<Json<T>>) -> Self {
        json.as_ref().map_or(Self::Text(None), Self::from)
    }
}
