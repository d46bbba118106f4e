//! Reading one YAML file: strictly typed, with the line of every value, and with errors that say what to do.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Error, Spanned};

use super::error::{RuleError, suggest};
use crate::domain::json_words::is_chinese;

/// A parsed file: its value and where each of its parts stands.
#[derive(Debug)]
pub struct Parsed<T> {
    /// Path relative to the rules folder.
    pub file: String,
    /// What it says.
    pub value: T,
    tree: Spanned<Node>,
}

/// Reads a file's text as `T`.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<Parsed<T>, RuleError> {
    let value = serde_saphyr::from_str(text).map_err(|error| explain(file, text, &error))?;
    let tree = serde_saphyr::from_str(text).map_err(|error| explain(file, text, &error))?;
    Ok(Parsed { file: file.to_owned(), value, tree })
}

impl<T> Parsed<T> {
    /// The line of the part under `path` (keys, or indexes as text); of the deepest part of it that is there.
    pub fn line(&self, path: &[&str]) -> usize {
        let mut at = &self.tree;
        let mut line = at.referenced.line();
        for step in path {
            let next = match &at.value {
                Node::Map(entries) => entries.iter().find(|(key, _)| key.value == *step).map(|(key, value)| {
                    // A block under a key starts a line below it: the key is what one looks for.
                    (if key.referenced.line() > 0 { key.referenced.line() } else { value.referenced.line() }, value)
                }),
                Node::Seq(items) => {
                    step.parse::<usize>().ok().and_then(|i| items.get(i)).map(|item| (item.referenced.line(), item))
                }
                Node::Scalar => None,
            };
            let Some((found, node)) = next else { break };
            (line, at) = (found, node);
        }
        usize::try_from(line).unwrap_or(0)
    }

    /// Keys of the mapping under `path`, as they stand in the file.
    pub fn keys(&self, path: &[&str]) -> Vec<String> {
        let mut at = &self.tree;
        for step in path {
            let Node::Map(entries) = &at.value else { return Vec::new() };
            let Some((_, value)) = entries.iter().find(|(key, _)| key.value == *step) else { return Vec::new() };
            at = value;
        }
        match &at.value {
            Node::Map(entries) => entries.iter().map(|(key, _)| key.value.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// The value, and apart from it what tells its lines.
    pub fn split(self) -> (T, Parsed<()>) {
        (self.value, Parsed { file: self.file, value: (), tree: self.tree })
    }

    /// A mistake in the part under `path`.
    pub fn error(&self, path: &[&str], what: impl Into<String>, fix: impl Into<String>) -> RuleError {
        RuleError::new(&self.file, self.line(path), what, fix)
    }
}

/// The shape of a file, kept for its lines alone.
#[derive(Debug)]
enum Node {
    Scalar,
    Seq(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML")
    }
    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
    fn visit_i128<E: de::Error>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
    fn visit_u128<E: de::Error>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
    fn visit_str<E: de::Error>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }
    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Node, D::Error> {
        d.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut seq = Vec::new();
        while let Some(item) = items.next_element()? {
            seq.push(item);
        }
        Ok(Node::Seq(seq))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key()? {
            map.push((key, entries.next_value()?));
        }
        Ok(Node::Map(map))
    }
}

/// Turns the parser's error into what a person needs: the line, what is wrong, what to write instead.
fn explain(file: &str, text: &str, error: &Error) -> RuleError {
    let error = error.without_snippet();
    let line = error.location().map_or(0, |at| usize::try_from(at.line()).unwrap_or(0));
    let (what, fix) = match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            (format!("未知的键 {field}"), suggest(field, expected.iter().copied()))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            (format!("未知的值 {variant}"), suggest(variant, expected.iter().copied()))
        }
        Error::SerdeMissingField { field, .. } => (format!("缺少 {field}"), format!("补上 {field}: …")),
        Error::DuplicateMappingKey { key, .. } => {
            (format!("键 {} 重复", key.as_deref().unwrap_or("")), "只保留一处".to_owned())
        }
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            (format!("值的类型不对：{}", words(unexpected)), format!("改为{}", words(expected)))
        }
        Error::Message { msg, .. } if is_chinese(msg) => (msg.clone(), "按提示改正该行".to_owned()),
        Error::Message { msg, .. } => (format!("值写得不对：{}", words(msg)), "改正该行的值".to_owned()),
        Error::Eof { .. } => ("文件是空的或没有写完".to_owned(), "补全内容，或删去该文件".to_owned()),
        Error::InvalidUtf8Input => ("不是 UTF-8 文本".to_owned(), "以 UTF-8 编码另存".to_owned()),
        Error::UnknownAnchor { .. } => ("引用了没有定义的锚点".to_owned(), "先用 &名称 定义".to_owned()),
        // A tab is met where the scalar before it began, not where it stands.
        other if other.to_string().contains("tab") => {
            let tab = text.lines().position(|l| l.trim_start_matches(' ').starts_with('\t')).map_or(line, |n| n + 1);
            return RuleError::new(file, tab, "缩进里有制表符", "改用空格缩进");
        }
        other => (format!("YAML 读不懂：{}", words(&other.to_string())), "检查该行的缩进、冒号和引号".to_owned()),
    };
    RuleError::new(file, line, what, fix)
}

/// What the reader of YAML, or of a date, says in English, for whoever writes rules; the first that fits.
const WORDS: [(&str, &str); 22] = [
    ("unclosed quote", "引号没有闭合"),
    ("unclosed bracket", "括号没有闭合"),
    ("expected ',' or ']'", "列表没有写完，缺少 , 或 ]"),
    ("expected ',' or '}'", "大括号没有写完，缺少 , 或 }"),
    ("flow", "方括号或大括号没有写完"),
    ("out of range", "日期或数超出范围"),
    ("premature end", "日期或时间没有写完"),
    ("invalid characters", "日期或时间的写法不对，应如 2026-05-01"),
    ("trailing", "值的后面多了内容"),
    ("bool", "是或否（true、false）"),
    ("enum", "一个词"),
    ("f64", "数"),
    ("float", "数"),
    ("i32", "整数"),
    ("i64", "整数"),
    ("u8", "0–255 的整数"),
    ("u32", "整数"),
    ("integer", "整数"),
    ("sequence", "列表"),
    ("map", "“键: 值”"),
    ("str", "一段文字"),
    ("indent", "缩进不对"),
];

fn words(english: &str) -> &str {
    if is_chinese(english) {
        return english;
    }
    let english = english.to_ascii_lowercase();
    WORDS.iter().find(|(part, _)| english.contains(part)).map_or("写法不对", |(_, chinese)| chinese)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_in_chinese() {
        for text in [
            "id: [",
            "id: [a]",
            "id: 'x",
            "id: a\nitems: [x]\n",
            "id: a\nitems: 7\n",
            "id: a\nitems: [999]\n",
            "id: a\ninner: x\n",
            "id: a\ninner: {one: x}\n",
            "- a\n",
            "id: {a: b",
        ] {
            let told = parse::<Small>("x.yaml", text).unwrap_err().to_string();
            let english = told.split(|c: char| !c.is_ascii_lowercase()).find(|word| word.len() > 5);
            assert!(is_chinese(&told) && english.is_none(), "{text:?}: {told}");
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only the errors of reading are looked at")]
    struct Small {
        id: String,
        #[serde(default)]
        items: Vec<u8>,
        #[serde(default)]
        inner: std::collections::BTreeMap<String, u8>,
    }

    #[test]
    fn lines_of_keys_and_items() {
        let text = "# note\nid: a\nitems:\n  - 1\n  - 2\ninner:\n  one: 1\n  two: 2\n";
        let parsed: Parsed<Small> = parse("x.yaml", text).unwrap();
        assert_eq!(parsed.line(&["id"]), 2);
        assert_eq!(parsed.line(&["items"]), 3);
        assert_eq!(parsed.line(&["items", "1"]), 5);
        assert_eq!(parsed.line(&["inner", "two"]), 8);
        assert_eq!(parsed.line(&["inner", "three"]), 6);
        assert_eq!(parsed.keys(&["inner"]), ["one", "two"]);
    }

    #[test]
    fn a_wrong_key_names_its_line_and_the_nearest_key() {
        let error = parse::<Small>("x.yaml", "id: a\nitmes:\n  - 1\n").unwrap_err();
        assert_eq!(error.to_string(), "x.yaml:2: 未知的键 itmes — 改为 items");
    }

    #[test]
    fn other_mistakes_name_their_line() {
        for (text, line, word) in [
            ("items: [1]\n", 1, "缺少 id"),
            ("id: a\nid: b\n", 2, "重复"),
            ("id: a\nitems: [1, x]\n", 2, ""),
            ("id: a\nitems: [1\n", 2, ""),
            ("id: *b\n", 1, "锚点"),
            ("id: a\n\titems: 1\n", 2, "制表符"),
        ] {
            let error = parse::<Small>("x.yaml", text).unwrap_err();
            assert!(error.what.contains(word), "{text:?}: {error}");
            assert_eq!(error.line, line, "{text:?}: {error}");
        }
    }

    #[test]
    fn an_empty_file_is_an_error() {
        assert!(parse::<Small>("x.yaml", "").is_err());
    }
}
