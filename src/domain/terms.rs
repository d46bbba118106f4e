//! Terms (用语): the Chinese word of every id that a person can meet, once. The file `terms.json` beside this one is read
//! here and by the dashboards, so that a notice and a screen call a thing the same.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

/// Words by id, by the list that they stand in.
type Terms = BTreeMap<String, BTreeMap<String, String>>;

static TERMS: LazyLock<Terms> = LazyLock::new(|| serde_json::from_str(include_str!("terms.json")).unwrap_or_default());

/// The word of an id in a list; of an id that a later version wrote, the id.
pub fn of_id<'a>(list: &str, id: &'a str) -> &'a str {
    TERMS.get(list).and_then(|words| words.get(id)).map_or(id, String::as_str)
}

/// The ids of a list that have a word.
pub fn ids(list: &str) -> Vec<&'static str> {
    TERMS.get(list).into_iter().flat_map(|words| words.keys()).map(String::as_str).collect()
}

/// The word of an enum's value, by its name on the wire. A test holds every enum to its list.
pub(crate) fn of(list: &str, value: &impl Serialize) -> &'static str {
    let id = serde_json::to_value(value).unwrap_or_default();
    let word = id.as_str().and_then(|id| TERMS.get(list)?.get(id));
    word.map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;
    use crate::domain::administration::Role;
    use crate::domain::body::{BodyKind, Tier};
    use crate::domain::clock::{Cause, ClockKind, Force};
    use crate::domain::grade::{Grade, ResponseApproach};
    use crate::domain::incident::{EscalationCause, ReviewAspect, TaskState, Waiting};
    use crate::domain::mention::Channel;
    use crate::domain::policy::PublicationKind;
    use crate::domain::prepared::RiskLevel;

    /// The names of an enum's values on the wire.
    fn values<T: PartialSchema>() -> Vec<String> {
        let schema = serde_json::to_value(T::schema()).expect("JSON");
        let of = |schema: &serde_json::Value| {
            schema["enum"].as_array().cloned().unwrap_or_default().into_iter().map(|id| id.as_str().unwrap().to_owned())
        };
        let tagged = schema["oneOf"].as_array().cloned().unwrap_or_default();
        let tagged = tagged.iter().flat_map(|variant| of(&variant["properties"]["role"]));
        of(&schema).chain(tagged).collect()
    }

    #[test]
    fn every_value_has_a_word_and_every_word_a_value() {
        let lists = [
            ("grade", values::<Grade>()),
            ("approach", values::<ResponseApproach>()),
            ("clock", values::<ClockKind>()),
            ("anchor_cause", values::<Cause>()),
            ("force", values::<Force>()),
            ("publication", values::<PublicationKind>()),
            ("channel", values::<Channel>()),
            ("tier", values::<Tier>()),
            ("escalation_cause", values::<EscalationCause>()),
            ("role", values::<Role>()),
            ("task_state", values::<TaskState>()),
            ("waiting", values::<Waiting>()),
            ("review_aspect", values::<ReviewAspect>()),
            ("risk_level", values::<RiskLevel>()),
            ("body_kind", values::<BodyKind>()),
        ];
        for (list, mut ids) in lists {
            assert!(ids.len() >= 3, "{list}: {ids:?}");
            ids.sort();
            assert_eq!(TERMS[list].keys().cloned().collect::<Vec<_>>(), ids, "{list}");
            assert!(TERMS[list].values().all(|word| !word.is_empty()), "{list}");
        }
    }

    #[test]
    fn a_clock_is_called_the_same_in_a_notice_and_on_a_screen() {
        assert_eq!(ClockKind::FirstStatement.zh(), of_id("clock", "first_statement"));
        assert_eq!(PublicationKind::Update.zh(), ClockKind::Update.zh());
        assert_eq!(of_id("clock", "something_new"), "something_new");
    }
}
