//! Source definitions, as the collector uses them. They live with the other rule files ([`crate::rules::source`]), because
//! `rules check` and the web read them too and neither may import the collector.

pub use crate::rules::source::{
    Alert, DetailRules, Http, InboxRules, JsonPages, JsonRules, ListRules, Schedule, SourceDefinition, SourceKind,
    ThreadRules, WebhookRules,
};
pub use crate::rules::source_field::{FieldRule, Place};
pub use crate::rules::units::{AnswerTime, Length, Percent, Rate, Size};
