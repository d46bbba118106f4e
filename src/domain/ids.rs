//! Identifiers. Each is its own type, so that a body's id can't be passed where an incident's is meant.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }
        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}

text_id!(
    /// 编号 of an incident: `YYYYMMDD-NNNN`, the day of detection in Beijing and a running number.
    IncidentId
);
text_id!(
    /// 编号 of an official post: `YYYYMMDD-NNNN`, the day of its publication in Beijing and a running number.
    PostId
);
text_id!(
    /// A body (单位) of `rules/departments/`, such as `ecology`; also the bodies that hold a jurisdiction.
    BodyId
);
text_id!(
    /// A region: a county's id, or `xuancheng` for the city.
    RegionId
);
text_id!(
    /// A mention (信息): 32 hex digits derived from its identity (`contract.md`: source and id, else URL, else content).
    MentionId
);
text_id!(
    /// A user's log-in name.
    UserId
);

impl BodyId {
    /// 市政府办公室, which holds a case until someone leads.
    pub const OFFICE: &'static str = "government_office";
    /// 市委宣传部, which speaks for the lead (`domain.md` §5 item 10).
    pub const PUBLICITY: &'static str = "publicity";
}

/// A clock (时限) within its stream: `1`, `2`, … in the order of starting. Unique together with the stream.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct ClockId(pub u32);
