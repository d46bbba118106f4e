//! The acts on a case as the interface describes them: one schema for each, chosen by `do`, so that whoever drives the
//! interface by its description finds every act with its keys.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Discriminator, OneOfBuilder, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::incident::{Command, forms};
use crate::web::schema::reference;

/// Where the description keeps its schemas.
const SCHEMAS: &str = "#/components/schemas/";

/// The body of an act.
pub(super) struct Act;

/// `confirm_held` is `ConfirmHeldAct`.
fn component(act: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    act.split('_').map(word).chain(["Act".to_owned()]).collect()
}

impl PartialSchema for Act {
    fn schema() -> RefOr<Schema> {
        let all = forms().fold(OneOfBuilder::new(), |all, (name, _)| all.item(reference(&component(name))));
        let mut chosen_by = Discriminator::new("do");
        chosen_by.mapping =
            forms().map(|(name, _)| (name.to_owned(), format!("{SCHEMAS}{}", component(name)))).collect();
        all.discriminator(Some(chosen_by)).into()
    }
}

impl ToSchema for Act {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Act")
    }

    fn schemas(all: &mut Vec<(String, RefOr<Schema>)>) {
        let mut nested = Vec::new();
        Command::schemas(&mut nested);
        let nested: BTreeMap<String, RefOr<Schema>> = nested.into_iter().collect();
        let mut wanted = BTreeSet::new();
        for (name, form) in forms() {
            let mut form = form.clone();
            let seen = "The `version` that was seen: refused if the case has changed since";
            form["properties"]["version"] =
                json!({ "type": ["integer", "null"], "format": "int64", "description": seen });
            if let Ok(schema) = serde_json::from_value(form.clone()) {
                all.push((component(name), schema));
                pointed_at(&form, &nested, &mut wanted);
            }
        }
        all.extend(nested.into_iter().filter(|(name, _)| wanted.contains(name)));
    }
}

/// Names of the schemas that one points at, and that these point at.
fn pointed_at(schema: &Value, nested: &BTreeMap<String, RefOr<Schema>>, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(keys) => {
            let name = keys.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix(SCHEMAS));
            if let Some(name) = name.filter(|name| found.insert((*name).to_owned())) {
                let next = nested.get(name).and_then(|schema| serde_json::to_value(schema).ok());
                next.iter().for_each(|next| pointed_at(next, nested, found));
            }
            keys.values().for_each(|value| pointed_at(value, nested, found));
        }
        Value::Array(items) => items.iter().for_each(|item| pointed_at(item, nested, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The roles' table and the description list the same acts; those on official posts have doors of their own.
    #[test]
    fn every_act_that_a_role_carries_is_described() {
        let roles = [crate::domain::administration::Role::Admin, crate::domain::administration::Role::Publicity];
        let office = crate::web::authorise::acts_of(&roles);
        let described: BTreeSet<&str> = forms().map(|(name, _)| name).collect();
        let missing: Vec<_> =
            office.iter().filter(|act| !described.contains(**act) && !["city_post", "repost"].contains(act)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(described.contains("return") && component("hand_over") == "HandOverAct");
    }

    #[test]
    fn each_act_is_one_object_without_further_keys() {
        let mut all = Vec::new();
        Act::schemas(&mut all);
        let acts: Vec<Value> = all
            .iter()
            .filter(|(name, _)| name.ends_with("Act"))
            .map(|(_, schema)| serde_json::to_value(schema).unwrap())
            .collect();
        assert_eq!(acts.len(), forms().count());
        for act in acts {
            assert_eq!(act["additionalProperties"], false, "{act}");
            assert!(
                act["properties"]["do"]["enum"][0].is_string() && act["properties"].get("version").is_some(),
                "{act}"
            );
            assert!(act["required"].as_array().is_some_and(|required| required.contains(&json!("do"))), "{act}");
        }
    }
}
