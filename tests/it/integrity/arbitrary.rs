//! Values at random by their schema: whatever a variant of a command or event may hold, and a variant that is added
//! tomorrow, too.

use std::collections::BTreeMap;

use huiying::domain::instant::{Instant, Span};
use rand::{Rng, RngExt, seq::IndexedRandom};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// How deep what is drawn goes; then whatever may be left out is.
const DEPTH_MAX: usize = 6;
const BODIES: [&str; 6] = ["ecology", "housing", "health", "jixi", "government_office", "publicity"];
const WORDS: [&str; 10] = [
    "",
    " ",
    "据实办理",
    "null",
    "\u{202e}反向\u{0001}",
    "𠮷野家“引号”\\ \" \n\t",
    "supervision",
    "instruction-1",
    "9999-12-31T23:59:59-12:00",
    "0h",
];

/// Schemas by name, and what they are drawn with.
pub struct Arbitrary {
    named: BTreeMap<String, Value>,
    /// Ids that exist: of incidents, mentions.
    pub known: Vec<String>,
    pub now: Instant,
    /// Instants beyond the bounds are drawn, too.
    pub any_year: bool,
}

impl Arbitrary {
    /// With all that a type points at; and its own schema.
    pub fn of<T: ToSchema>(now: Instant) -> (Self, Value) {
        let mut named = Vec::new();
        T::schemas(&mut named);
        let json = |schema| serde_json::to_value(schema).expect("a schema");
        let own = json(T::schema());
        let mut named: BTreeMap<String, Value> = named.into_iter().map(|(name, schema)| (name, json(schema))).collect();
        named.insert(T::name().into_owned(), own.clone());
        (Self { named, known: Vec::new(), now, any_year: true }, own)
    }

    /// With the schemas of an interface description.
    pub fn of_document(document: &Value, now: Instant) -> Self {
        let named = document["components"]["schemas"].as_object().expect("schemas").clone().into_iter().collect();
        Self { named, known: Vec::new(), now, any_year: true }
    }

    /// Schemas that have a value of that type.
    pub fn names_of(&self, kind: &str) -> Vec<String> {
        let kind = format!("\"type\":\"{kind}\"");
        self.named
            .iter()
            .filter(|(_, schema)| schema.to_string().contains(&kind))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// The variants of a tagged enumeration.
    pub fn variants(schema: &Value) -> Vec<Value> {
        schema["oneOf"].as_array().expect("an enumeration").clone()
    }

    /// Draws a value of a schema; `key` is what it stands under.
    pub fn draw(&self, random: &mut impl Rng, schema: &Value, key: &str, depth: usize) -> Value {
        if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
            let schema = self.named.get(name).unwrap_or_else(|| panic!("no schema {name}"));
            return self.draw(random, schema, key, depth + 1);
        }
        if let Some(values) = schema["enum"].as_array() {
            return pick(random, values).clone();
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let mut whole = Map::new();
            for part in parts {
                match self.draw(random, part, key, depth) {
                    Value::Object(part) => whole.extend(part),
                    Value::Null => {}
                    // A word with a description of its own.
                    word => return word,
                }
            }
            // A variant may have keys of its own beside those that it takes over.
            whole.extend(self.object(random, schema, depth));
            return Value::Object(whole);
        }
        if let Some(any) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            let null = any.iter().find(|one| one["type"] == "null");
            return match null {
                Some(_) if depth > DEPTH_MAX => Value::Null,
                _ => {
                    let one = pick(random, any);
                    self.draw(random, one, key, depth + 1)
                }
            };
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => vec!["object"],
        };
        match *pick(random, &kinds) {
            "null" => Value::Null,
            "boolean" => random.random_bool(0.5).into(),
            "integer" => pick(random, &[0, 1, 2, 50, 75, 90, 255]).to_owned().into(),
            // Of few digits: one of many is read back with another last place, and no event holds any (`round_trip.rs`).
            "number" => (f64::from(random.random_range(-100..100)) / 100.0).into(),
            "array" => {
                let count = if depth > DEPTH_MAX { 0 } else { random.random_range(0..3) };
                (0..count).map(|_| self.draw(random, &schema["items"], key, depth + 1)).collect()
            }
            "string" => self.text(random, schema, key),
            _ => Value::Object(self.object(random, schema, depth)),
        }
    }

    fn object(&self, random: &mut impl Rng, schema: &Value, depth: usize) -> Map<String, Value> {
        let required = |key: &str| schema["required"].as_array().is_some_and(|keys| keys.contains(&json!(key)));
        let mut object = Map::new();
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            if required(key) || (depth <= DEPTH_MAX && random.random_bool(0.7)) {
                object.insert(key.clone(), self.draw(random, schema, key, depth + 1));
            }
        }
        object
    }

    fn text(&self, random: &mut impl Rng, schema: &Value, key: &str) -> Value {
        match schema["format"].as_str() {
            Some("date-time") => return self.instant(random).to_string().into(),
            Some("date") => return "2026-05-11".into(),
            _ => {}
        }
        let body = ["department", "suggest", "to", "body", "assessed_by", "concerns", "jurisdiction", "holder", "lead"];
        let known = ["into", "mentions", "id", "of", "survivor", "members", "record"];
        match key {
            _ if random.random_bool(0.1) => Value::from(*pick(random, &WORDS)),
            _ if body.contains(&key) => Value::from(*pick(random, &BODIES)),
            "account" => format!("{}.{}", pick(random, &BODIES), pick(random, &["weibo", "wechat"])).into(),
            _ if known.contains(&key) && !self.known.is_empty() && random.random_bool(0.8) => {
                pick(random, &self.known).clone().into()
            }
            "record" => {
                Value::from(*pick(random, &["supervision", "instruction", "rectification", "order", "referral-1"]))
            }
            _ => Value::from(*pick(random, &WORDS)),
        }
    }

    /// Around now; now and then at the ends of the calendar.
    fn instant(&self, random: &mut impl Rng) -> Instant {
        if self.any_year && random.random_bool(0.15) {
            let ends = ["0001-01-01T00:00:00Z", "1900-01-01", "2199-12-31T23:59:59+08:00", "9999-12-31T23:59:59-12:00"];
            let end = pick(random, &ends);
            return Instant::of_any_year(end).expect("an instant");
        }
        self.now + Span::from_ms(random.random_range(-20_000_000_000..20_000_000_000) / 60_000 * 60_000)
    }
}

pub fn pick<'v, T>(random: &mut impl Rng, of: &'v [T]) -> &'v T {
    of.choose(random).expect("something to choose from")
}
