//! Where a value stands in a page or an answer: a CSS selector or a JSON pointer, with what to cut out of it.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest selector, pointer, pattern or template.
const FIELD_CHARS_MAX: usize = 500;

/// Where a value stands. Written as text (`ul.list > li`, `a@href`, `@title`, `/data/list`), or as a map with `at`,
/// `match` (a regular expression whose first group, or whole match, is taken) and `template` (`https://…/{}`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// CSS selector, empty for the item itself; or a JSON pointer.
    pub at: Place,
    /// What to take of the value.
    pub pattern: Option<String>,
    /// What to put the value into, at `{}`.
    pub template: Option<String>,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Elements, and the attribute to read instead of their text.
    Css {
        /// Selector; empty = the item itself.
        selector: String,
        /// Attribute.
        attribute: Option<String>,
    },
    /// A JSON pointer (RFC 6901).
    Pointer(String),
}

impl FieldRule {
    /// Reads the short form.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { at: Place::parse(text)?, pattern: None, template: None })
    }

    /// Whether it is a JSON pointer.
    pub fn is_pointer(&self) -> bool {
        matches!(self.at, Place::Pointer(_))
    }

    fn with(mut self, pattern: Option<String>, template: Option<String>) -> Result<Self, String> {
        if let Some(pattern) = &pattern {
            bounded(pattern)?;
            regex::Regex::new(pattern).map_err(|e| format!("match 不是正则表达式：{e}"))?;
        }
        if let Some(template) = &template {
            bounded(template)?;
            if !template.contains("{}") {
                return Err(format!("template “{template}”里没有 {{}}，不知道把值放在哪里"));
            }
        }
        self.pattern = pattern;
        self.template = template;
        Ok(self)
    }
}

fn bounded(text: &str) -> Result<(), String> {
    if text.chars().count() > FIELD_CHARS_MAX {
        return Err(format!("超过 {FIELD_CHARS_MAX} 字"));
    }
    Ok(())
}

impl Place {
    /// Reads it: what begins with `/` is a JSON pointer, else it is a CSS selector with an optional `@attribute`.
    pub fn parse(text: &str) -> Result<Self, String> {
        bounded(text)?;
        if text.starts_with('/') {
            return Ok(Self::Pointer(text.to_owned()));
        }
        // The item itself, as a whole.
        if text.trim() == "." {
            return Ok(Self::Css { selector: String::new(), attribute: None });
        }
        let (selector, attribute) = match text.rsplit_once('@') {
            Some((selector, attribute)) if is_attribute(attribute) => (selector.trim(), Some(attribute.to_owned())),
            _ => (text.trim(), None),
        };
        if selector.is_empty() && attribute.is_none() {
            return Err("选择器为空".into());
        }
        if !selector.is_empty() {
            scraper::Selector::parse(selector)
                .map_err(|_| format!("“{selector}”不是 CSS 选择器，检查括号、引号和冒号"))?;
        }
        Ok(Self::Css { selector: selector.to_owned(), attribute })
    }
}

fn is_attribute(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pointer(pointer) => f.write_str(pointer),
            Self::Css { selector, attribute: None } if selector.is_empty() => f.write_str("."),
            Self::Css { selector, attribute: None } => f.write_str(selector),
            Self::Css { selector, attribute: Some(attribute) } => write!(f, "{selector}@{attribute}"),
        }
    }
}

impl Serialize for FieldRule {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if self.pattern.is_none() && self.template.is_none() {
            return s.collect_str(&self.at);
        }
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("at", &self.at.to_string())?;
        if let Some(pattern) = &self.pattern {
            map.serialize_entry("match", pattern)?;
        }
        if let Some(template) = &self.template {
            map.serialize_entry("template", template)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for FieldRule {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = FieldRule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("选择器（如 a@href）或 {at, match, template}")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<FieldRule, E> {
        FieldRule::parse(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldRule, A::Error> {
        const KEYS: &[&str] = &["at", "match", "template"];
        let (mut at, mut pattern, mut template) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "at" => at = Some(map.next_value::<String>()?),
                "match" => pattern = Some(map.next_value::<String>()?),
                "template" => template = Some(map.next_value::<String>()?),
                other => return Err(de::Error::unknown_field(other, KEYS)),
            }
        }
        let at = at.ok_or_else(|| de::Error::missing_field("at"))?;
        FieldRule::parse(&at).and_then(|rule| rule.with(pattern, template)).map_err(de::Error::custom)
    }
}
