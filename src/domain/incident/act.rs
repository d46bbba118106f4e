//! Acts as people write them (`contract.md`): which keys each has, read off the schema of [`Command`], so that a key that
//! nobody reads is refused instead of dropped; and which instants it holds, so that none beyond the bounds comes in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};
use utoipa::{PartialSchema, ToSchema};

use super::act_table::is_systems_own;
use super::command::Command;
use crate::domain::instant::{Instant, InstantError};
use crate::domain::json_words::in_chinese;
use crate::domain::spelling::nearest;

/// Why what was asked is no act.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAct {
    /// No `do`, or no text in it.
    #[error("缺少 do：要办理哪一步，如 {{\"do\": \"acknowledge\"}}")]
    Nameless,
    /// No such act.
    #[error("没有名为“{name}”的操作{}", hint(.near))]
    Unknown {
        /// What was asked.
        name: String,
        /// An act that is spelt nearly so.
        near: Option<String>,
    },
    /// Only the system does this.
    #[error("{0} 不是可以由人执行的操作")]
    SystemsOwn(String),
    /// A key that the act doesn't have.
    #[error("{act}：没有名为“{key}”的项{}；{act} 的项有 {}", hint(.near), keys(.known))]
    Key {
        /// The act.
        act: String,
        /// The key.
        key: String,
        /// A key that is spelt nearly so.
        near: Option<String>,
        /// All that it has.
        known: Vec<String>,
    },
    /// A key is missing, or its value is of another kind.
    #[error("{act}：内容不符合要求：{why}")]
    Content {
        /// The act.
        act: String,
        /// What the reader said.
        why: String,
    },
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!("，是否应为 {near}？")).unwrap_or_default()
}

fn keys(known: &[String]) -> String {
    if known.is_empty() { "（无）".to_owned() } else { known.join("、") }
}

/// What an act looks like: the schema of one object.
static FORMS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(forms_of_commands);

/// The acts that people do, each with the schema of its JSON: one object with all of its keys, and no others.
pub fn forms() -> impl Iterator<Item = (&'static str, &'static Value)> {
    FORMS.iter().filter(|(name, _)| !is_systems_own(name)).map(|(name, form)| (name.as_str(), form))
}

/// The names of all commands, sorted.
#[cfg(test)]
pub(super) fn commands() -> Vec<&'static str> {
    FORMS.keys().map(String::as_str).collect()
}

/// The key that a misspelt one was meant to be; also one of which it is the beginning (`due` for `due_at`).
fn nearest_key<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let begins = |known: &&str| key.len() > 1 && known.strip_prefix(key).is_some_and(|rest| rest.starts_with('_'));
    nearest(key, known.iter().copied()).or_else(|| known.iter().copied().find(begins))
}

/// Refuses an object with a key that nobody reads: its `own`, which the message lists, and those `around` it are read.
///
/// # Errors
/// [`NoAct::Key`], with the key that was meant.
pub fn only_keys(act: &str, object: &Value, own: &[&str], around: &[&str]) -> Result<(), NoAct> {
    let all: Vec<&str> = own.iter().chain(around).copied().collect();
    let mut keys = object.as_object().into_iter().flat_map(Map::keys);
    let Some(key) = keys.find(|key| !all.contains(&key.as_str())) else { return Ok(()) };
    Err(NoAct::Key {
        act: act.to_owned(),
        key: key.clone(),
        near: nearest_key(key, &all).map(str::to_owned),
        known: own.iter().map(|key| (*key).to_owned()).collect(),
    })
}

impl Command {
    /// Reads an act that a person asks for. `around` are keys that whoever calls reads by itself.
    ///
    /// # Errors
    /// [`NoAct`], in Chinese.
    pub fn asked(mut value: Value, around: &[&str]) -> Result<Self, NoAct> {
        let Some(act) = value.get("do").and_then(Value::as_str).map(str::to_owned) else {
            return Err(NoAct::Nameless);
        };
        if is_systems_own(&act) {
            return Err(NoAct::SystemsOwn(act));
        }
        let Some(form) = FORMS.get(&act) else {
            let near = nearest(&act, forms().map(|(name, _)| name)).map(str::to_owned);
            return Err(NoAct::Unknown { name: act, near });
        };
        let own: Vec<&str> = properties(form).filter(|key| *key != "do").collect();
        let around: Vec<&str> = around.iter().copied().filter(|key| !own.contains(key)).chain(["do"]).collect();
        only_keys(&act, &value, &own, &around)?;
        if let Value::Object(asked) = &mut value {
            asked.retain(|key, _| key == "do" || !around.contains(&key.as_str()));
        }
        serde_json::from_value(value).map_err(|error| NoAct::Content { act, why: in_chinese(error) })
    }

    /// The instants that it holds, with the keys that they stand under.
    pub fn instants(&self) -> Vec<(&'static str, Instant)> {
        let (name, at) = match self {
            Self::Open(opened) => {
                let published = std::iter::once(&opened.mention).chain(&opened.others).map(|m| m.published_at);
                let published = published.flatten().map(|at| ("published_at", at));
                let occurred = opened.occurred_at.map(|at| ("occurred_at", at));
                return [("detected_at", opened.detected_at)].into_iter().chain(occurred).chain(published).collect();
            }
            Self::Join { mentions, .. } => {
                return mentions.iter().filter_map(|m| m.published_at).map(|at| ("published_at", at)).collect();
            }
            Self::Grade { evidence_at, .. } | Self::Reopen { evidence_at, .. } => ("evidence_at", *evidence_at),
            Self::Respond { effective_at, .. }
            | Self::Review { effective_at, .. }
            | Self::ConfirmHeld { effective_at, .. }
            | Self::Talk { effective_at, .. } => ("effective_at", *effective_at),
            Self::Dispose { review_on, .. } => ("review_on", *review_on),
            Self::Instruct(order) | Self::Rectify(order) | Self::Order(order) => {
                let times = [("due_at", order.due_at), ("given_at", order.given_at)];
                return times.into_iter().filter_map(|(name, at)| at.map(|at| (name, at))).collect();
            }
            // A bound of the sweep's own, no instant of anything that is kept.
            Self::Settle { .. } => return Vec::new(),
            Self::AutoAssign { .. }
            | Self::Prepare(_)
            | Self::Assign { .. }
            | Self::Acknowledge {}
            | Self::Return { .. }
            | Self::Answer { .. }
            | Self::Amend { .. }
            | Self::Retitle { .. }
            | Self::Raise { .. }
            | Self::Receipt {}
            | Self::Approve { .. }
            | Self::Reject { .. }
            | Self::Feedback { .. }
            | Self::Close { .. }
            | Self::Dismiss { .. }
            | Self::Restore { .. }
            | Self::Consult { .. }
            | Self::Supervise { .. }
            | Self::Circulate { .. }
            | Self::Conclude { .. }
            | Self::Merge { .. }
            | Self::Unmerge {}
            | Self::Covers {}
            | Self::Split { .. }
            | Self::Refer { .. }
            | Self::HandOver {}
            | Self::LookAtReferral { .. }
            | Self::ProposeSupervision { .. } => return Vec::new(),
        };
        at.map(|at| (name, at)).into_iter().collect()
    }

    /// Refuses instants beyond the years that this product handles: nothing that came of them could be worked with.
    ///
    /// # Errors
    /// The key and [`InstantError`], in Chinese.
    pub fn check_instants(&self) -> Result<(), String> {
        let out = self.instants().into_iter().find_map(|(key, at)| at.bounded().err().map(|error| (key, error)));
        out.map_or(Ok(()), |(key, error): (&str, InstantError)| Err(format!("{key}：{error}")))
    }
}

fn properties(form: &Value) -> impl Iterator<Item = &str> {
    form.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys).map(String::as_str)
}

/// All commands by name, each variant put together into one object: a variant that holds a struct is described as "all of"
/// the struct and its name, which can't say that there is no other key.
fn forms_of_commands() -> BTreeMap<String, Value> {
    let mut named = Vec::new();
    Command::schemas(&mut named);
    let named: BTreeMap<String, Value> = named.into_iter().map(|(name, schema)| (name, json(&schema))).collect();
    let all = json(&Command::schema());
    let variants = all.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let form = |variant: Value| {
        let form = whole(&variant, &named);
        let name = form.pointer("/properties/do/enum/0").and_then(Value::as_str).map(str::to_owned);
        name.map(|name| (name, form))
    };
    variants.into_iter().filter_map(form).collect()
}

/// One object out of the parts of a schema.
fn whole(schema: &Value, named: &BTreeMap<String, Value>) -> Value {
    let mut object = Map::new();
    let (mut properties, mut required) = (Map::new(), Vec::new());
    let reference = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
    let parts = schema
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .chain(reference.and_then(|name| named.get(name)));
    for part in parts.map(|part| whole(part, named)).chain([schema.clone()]) {
        let Value::Object(mut part) = part else { continue };
        if let Some(Value::Object(more)) = part.remove("properties") {
            properties.extend(more);
        }
        if let Some(Value::Array(more)) = part.remove("required") {
            required.extend(more);
        }
        object.extend(part.remove("description").map(|text| ("description".to_owned(), text)));
    }
    object.insert("type".to_owned(), "object".into());
    object.insert("required".to_owned(), required.into());
    object.insert("properties".to_owned(), properties.into());
    object.insert("additionalProperties".to_owned(), false.into());
    Value::Object(object)
}

/// A schema as JSON; made of text and numbers alone, it is always some.
fn json(schema: &impl serde::Serialize) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(value: Value) -> String {
        Command::asked(value, &["version"]).unwrap_err().to_string()
    }

    #[test]
    fn every_command_has_a_form() {
        assert!(FORMS.len() >= 39, "{:?}", FORMS.keys());
        let acts: Vec<&str> = forms().map(|(name, _)| name).collect();
        assert_eq!(acts.len(), FORMS.len() - 6, "six are the system's own");
        let order: Vec<&str> = properties(&FORMS["order"]).collect();
        for key in ["do", "text", "department", "due_at", "id"] {
            assert!(order.contains(&key), "{order:?}");
        }
    }

    #[test]
    fn a_key_that_nobody_reads_is_refused_and_the_nearest_named() {
        let due = refused(json!({ "do": "order", "text": "尽快回应", "due": "2026-05-11" }));
        assert!(due.contains("“due”") && due.contains("是否应为 due_at？"), "{due}");
        let sensitive = refused(json!({ "do": "grade", "event_grade": "none", "sensitve": true, "reason": "研判" }));
        assert!(sensitive.contains("是否应为 sensitive？"), "{sensitive}");
        let far = refused(json!({ "do": "close", "reason": "办结", "colour": "red" }));
        assert!(far.contains("“colour”") && !far.contains("是否") && far.contains("reason"), "{far}");
        assert!(refused(json!({ "do": "acknowledge", "at": "2026-05-11" })).contains("（无）"));
        assert!(refused(json!({ "do": "grad" })).contains("是否应为 grade？"));
        assert!(refused(json!({ "do": "settle", "before": "2026-05-11" })).contains("不是可以由人执行的操作"));
        assert!(refused(json!({})).contains("缺少 do") && refused(json!([])).contains("缺少 do"));
        assert!(refused(json!({ "do": "close", "reason": 7 })).contains("内容不符合要求"));
        let taken = Command::asked(json!({ "do": "close", "reason": "办结", "version": 3 }), &["version"]);
        assert_eq!(taken, Ok(Command::Close { reason: "办结".into() }));
    }

    #[test]
    fn a_beginning_is_near_too() {
        let known = ["due_at", "department", "text"];
        for (word, expected) in
            [("due", Some("due_at")), ("deu_at", Some("due_at")), ("depart", None), ("d", None), ("deadline", None)]
        {
            assert_eq!(nearest_key(word, &known), expected, "{word}");
        }
    }

    /// Each instant of each act, one by one, in the year 9999: a variant that is added and not listed is found here.
    #[test]
    fn no_act_takes_an_instant_beyond_the_bounds() {
        let mut tried = 0;
        for (name, form) in forms() {
            let all = form["properties"].as_object().unwrap();
            let timed = all
                .iter()
                .filter(|(_, schema)| {
                    ["date-time", "schemas/Instant"].iter().any(|word| schema.to_string().contains(word))
                })
                .map(|(key, _)| key);
            for key in timed {
                let mut act =
                    json!({ "do": name, "kind": "response", "how": "watch", "text": "x", "department": "ecology" });
                let keys: Vec<&String> = all.keys().collect();
                act.as_object_mut().unwrap().retain(|key, _| keys.contains(&key));
                act[key] = "9999-12-31T23:59:59-12:00".into();
                let command = Command::asked(act, &[]).unwrap();
                let refused = command.check_instants().unwrap_err();
                assert!(refused.starts_with(key.as_str()) && refused.contains("2199"), "{name}: {refused}");
                tried += 1;
            }
        }
        assert!(tried >= 10, "only {tried}");
    }
}
