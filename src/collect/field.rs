//! Reading one value where a source definition says it stands.

use std::borrow::Cow;

use regex::Regex;
use scraper::{ElementRef, Selector};
use serde_json::Value;

use super::count::count;
use super::definition::{FieldRule, Place};
use super::html_text;
use crate::domain::mention::Engagement;

/// A rule made ready to be used many times.
#[derive(Debug)]
pub struct Field {
    place: Ready,
    pattern: Option<Regex>,
    template: Option<String>,
}

#[derive(Debug)]
enum Ready {
    Css { selector: Option<Selector>, attribute: Option<String> },
    Pointer(String),
}

impl Field {
    /// Of a rule; one that was loaded has been checked, so what can't be made ready finds nothing.
    pub fn of(rule: &FieldRule) -> Self {
        let place = match &rule.at {
            Place::Pointer(pointer) => Ready::Pointer(pointer.clone()),
            Place::Css { selector, attribute } => {
                let selector = (!selector.is_empty()).then(|| Selector::parse(selector).ok()).flatten();
                Ready::Css { selector, attribute: attribute.clone() }
            }
        };
        let pattern = rule.pattern.as_deref().and_then(|pattern| Regex::new(pattern).ok());
        Self { place, pattern, template: rule.template.clone() }
    }

    /// The elements that it names within another, in order.
    pub fn elements<'a>(&self, within: ElementRef<'a>) -> Vec<ElementRef<'a>> {
        match &self.place {
            Ready::Css { selector: Some(selector), .. } => within.select(selector).collect(),
            Ready::Css { selector: None, .. } => vec![within],
            Ready::Pointer(_) => Vec::new(),
        }
    }

    /// The first value in an element that is not empty.
    pub fn value(&self, within: ElementRef<'_>, removed: &[ElementRef<'_>]) -> Option<String> {
        self.elements(within).into_iter().find_map(|element| {
            let raw = match self.attribute() {
                Some(attribute) => element.attr(attribute)?.trim().to_owned(),
                None => html_text::of_element(element, removed),
            };
            self.refined(&raw)
        })
    }

    /// Like [`Field::value`], for an address: a link is read from its `href` though the rule doesn't say so.
    pub fn address(&self, within: ElementRef<'_>) -> Option<String> {
        self.elements(within).into_iter().find_map(|element| {
            let attribute =
                self.attribute().or_else(|| matches!(element.value().name(), "a" | "area").then_some("href"));
            let raw = match attribute {
                Some(attribute) => element.attr(attribute)?.trim().to_owned(),
                None => html_text::of_element(element, &[]),
            };
            self.refined(&raw)
        })
    }

    /// What it names in a JSON value.
    pub fn json<'a>(&self, within: &'a Value) -> Option<&'a Value> {
        match &self.place {
            Ready::Pointer(pointer) => within.pointer(pointer),
            Ready::Css { .. } => None,
        }
    }

    /// The text that it names in a JSON value: text, a number, or yes and no.
    pub fn json_text(&self, within: &Value) -> Option<String> {
        let raw = match self.json(within)? {
            Value::String(text) => Cow::Borrowed(text.trim()),
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Bool(yes) => Cow::Borrowed(if *yes { "true" } else { "false" }),
            _ => return None,
        };
        self.refined(&raw)
    }

    fn attribute(&self) -> Option<&str> {
        match &self.place {
            Ready::Css { attribute, .. } => attribute.as_deref(),
            Ready::Pointer(_) => None,
        }
    }

    fn refined(&self, raw: &str) -> Option<String> {
        let taken = match &self.pattern {
            Some(pattern) => {
                let found = pattern.captures(raw)?;
                found.get(1).or_else(|| found.get(0)).map_or("", |part| part.as_str())
            }
            None => raw,
        };
        let taken = taken.trim();
        if taken.is_empty() {
            return None;
        }
        Some(match &self.template {
            Some(template) => template.replace("{}", taken),
            None => taken.to_owned(),
        })
    }
}

/// A count with or without its label: `浏览：1.2万次`.
fn labelled(text: &str) -> Option<u64> {
    count(text).or_else(|| count(text.rsplit([':', '：', ' ']).next()?))
}

/// Where the four counts of a post stand, ready to be read.
pub struct Counts([Option<Field>; 4]);

impl Counts {
    /// Of the rules for reads, reposts, comments, likes.
    pub fn of(rules: [&Option<FieldRule>; 4]) -> Self {
        Self(rules.map(|rule| rule.as_ref().map(Field::of)))
    }

    /// What they say, `text` giving a field's text; none where none says anything.
    pub fn read(&self, text: impl Fn(&Field) -> Option<String>) -> Option<Engagement> {
        let [views, reposts, comments, likes] =
            self.0.each_ref().map(|field| field.as_ref().and_then(&text).and_then(|text| labelled(&text)));
        let reach = Engagement { views, reposts, comments, likes };
        (reach != Engagement::default()).then_some(reach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::Html;

    fn rule(yaml: &str) -> Field {
        Field::of(&serde_saphyr::from_str::<FieldRule>(yaml).unwrap())
    }

    #[test]
    fn selectors_attributes_patterns_and_templates() {
        let page = Html::parse_fragment(
            "<li id=7 title='全文'><a href=' /a.html '>标题 一</a><i class=t></i><i class=t>来源：宣城新闻网 2026</i></li>",
        );
        let item = page.select(&Selector::parse("li").unwrap()).next().unwrap();
        for (yaml, expected) in [
            ("\"a@href\"", Some("/a.html")),
            ("\"a\"", Some("标题 一")),
            ("\"@title\"", Some("全文")),
            ("{ at: .t, match: \"来源：(\\\\S+)\" }", Some("宣城新闻网")),
            ("{ at: \"@id\", template: \"https://a.cn/{}\" }", Some("https://a.cn/7")),
            ("\".none\"", None),
            ("\"a@none\"", None),
        ] {
            assert_eq!(rule(yaml).value(item, &[]).as_deref(), expected, "{yaml}");
        }
        assert_eq!(rule("\"a\"").address(item).as_deref(), Some("/a.html"));
    }

    #[test]
    fn pointers() {
        let value = serde_json::json!({ "data": { "id": 12, "t": " x ", "n": null } });
        assert_eq!(rule("\"/data/id\"").json_text(&value).as_deref(), Some("12"));
        assert_eq!(rule("\"/data/t\"").json_text(&value).as_deref(), Some("x"));
        assert_eq!(rule("\"/data/n\"").json_text(&value), None);
        assert_eq!(
            rule("{ at: /data/id, template: \"https://a.cn/{}\" }").json_text(&value).unwrap(),
            "https://a.cn/12"
        );
    }
}
