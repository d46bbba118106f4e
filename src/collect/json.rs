//! A JSON interface (接口): its items, by the definition's pointers.

use serde_json::Value;
use url::Url;

use super::definition::{JsonRules, Place, SourceDefinition};
use super::fetch::Posted;
use super::field::{Counts, Field};
use super::html_text::{self, one_line};
use super::list::{Item, Items};
use super::page::{self, Page};
use super::time_expression::publish_time;
use crate::domain::instant::Instant;

/// Most items that are taken from one answer.
const ITEMS_MAX: usize = 1_000;

/// Why an answer can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// No JSON.
    #[error("返回的不是 JSON（第 {line} 行第 {column} 列）")]
    Malformed {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// The interface was changed, or answers with an error of its own.
    #[error("返回的 JSON 中没有 json.items “{0}”的列表，接口可能已变或报错")]
    NoItems(String),
}

/// Reads an answer.
pub fn read(page: &Page, rules: &JsonRules, whole: bool, now: Instant) -> Result<Items, JsonError> {
    let text = page.text.trim_start_matches('\u{feff}');
    let answer: Value = serde_json::from_str(text)
        .map_err(|error| JsonError::Malformed { line: error.line(), column: error.column() })?;
    let list = match &rules.items.at {
        Place::Pointer(root) if root == "/" && answer.get("").is_none() => Some(&answer),
        _ => Field::of(&rules.items).json(&answer),
    };
    let list: Vec<(Option<&String>, &Value)> = match list {
        Some(Value::Array(items)) => items.iter().map(|item| (None, item)).collect(),
        // An object whose values are the items: its keys are their ids.
        Some(Value::Object(items)) if !items.is_empty() && items.values().all(Value::is_object) => {
            items.iter().map(|(key, item)| (Some(key), item)).collect()
        }
        _ => return Err(JsonError::NoItems(rules.items.at.to_string())),
    };
    let ready = |rule: &Option<_>| rule.as_ref().map(Field::of);
    let fields = Fields {
        id: ready(&rules.id),
        url: ready(&rules.url),
        title: ready(&rules.title),
        text: ready(&rules.text),
        published_at: ready(&rules.published_at),
        author: ready(&rules.author),
        counts: Counts::of([&rules.views, &rules.reposts, &rules.comments, &rules.likes]),
    };
    let mut found = Items::default();
    for (key, value) in list.into_iter().take(ITEMS_MAX) {
        let mut item = fields.item(value, page.url.as_ref(), whole, now);
        item.id = item.id.or_else(|| key.cloned());
        if item.text.is_none() && item.title.is_none() {
            found.unusable += 1;
        } else {
            found.items.push(item);
        }
    }
    Ok(found)
}

struct Fields {
    id: Option<Field>,
    url: Option<Field>,
    title: Option<Field>,
    text: Option<Field>,
    published_at: Option<Field>,
    author: Option<Field>,
    counts: Counts,
}

impl Fields {
    fn item(&self, value: &Value, base: Option<&Url>, is_whole: bool, now: Instant) -> Item {
        let text = |field: &Option<Field>| field.as_ref().and_then(|field| field.json_text(value));
        let title = text(&self.title).map(|title| one_line(&html_text::of_markup(&title))).filter(|t| !t.is_empty());
        let body = text(&self.text).map(|text| html_text::of_markup(&text)).filter(|text| !text.is_empty());
        Item {
            id: text(&self.id),
            url: text(&self.url).and_then(|href| Url::parse(&page::link(&href, base)?).ok()),
            // A post that is nothing but a line stands in the title of many interfaces.
            text: body.or_else(|| title.clone().filter(|_| is_whole)),
            title,
            is_whole,
            published_at: text(&self.published_at).and_then(|text| publish_time(&text, now)).map(|time| time.at),
            author: text(&self.author).map(|author| one_line(&author)),
            engagement: self.counts.read(|field| field.json_text(value)),
            replies: None,
        }
    }
}

/// The pages of an interface, in the order in which they are read: addresses, or what is posted to one address. Those differ in
/// their fragment, which nobody is sent: the walk through pages knows pages by their address.
pub fn addresses(source: &SourceDefinition, first: &Url) -> Vec<Url> {
    let Some(json) = source.json.as_ref() else { return vec![first.clone()] };
    let Some(pages) = json.pages.as_ref() else { return vec![first.clone()] };
    let numbers = pages.first..pages.first.saturating_add(pages.max);
    let numbered = |number: u32| {
        let mut url = first.clone();
        if json.post.is_some() && pages.parameter.is_empty() {
            url.set_fragment(Some(&number.to_string()));
            return url;
        }
        let others: Vec<(String, String)> = first
            .query_pairs()
            .filter(|(name, _)| name != pages.parameter.as_str())
            .map(|(n, v)| (n.into(), v.into()))
            .collect();
        url.query_pairs_mut().clear().extend_pairs(others).append_pair(&pages.parameter, &number.to_string());
        url
    };
    numbers.map(numbered).collect()
}

/// What is posted for the first page of a source's own interface; nothing for any other page.
pub fn posted_first(source: &SourceDefinition, url: &Url) -> Option<Posted> {
    let own = source.url.as_deref().and_then(|own| Url::parse(own).ok())?;
    posted(source.json.as_ref().filter(|_| own == *url)?, url)
}

/// What is posted to have a page; `None` where it is asked for by its address.
pub fn posted(rules: &JsonRules, url: &Url) -> Option<Posted> {
    let template = rules.post.as_ref()?;
    let first = rules.pages.as_ref().map_or(1, |pages| pages.first).to_string();
    let body = template.replace("{page}", url.fragment().unwrap_or(&first));
    let is_json = body.trim_start().starts_with(['{', '[']);
    let content_type = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
    Some(Posted { content_type, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(json: &str, yaml: &str) -> Result<Items, JsonError> {
        let url = Url::parse("https://open.example.gov.cn/api/list?page=1").unwrap();
        let page = Page::decode(json.as_bytes(), None, None, Some(&url)).unwrap();
        read(&page, &serde_saphyr::from_str(yaml).unwrap(), true, "2026-05-11T10:00:00+08:00".parse().unwrap())
    }

    const RULES: &str = "{ items: /data/rows, id: /id, title: /t, text: /c, published_at: /at, author: /u, likes: /n/like, \
                         url: { at: /id, template: 'https://open.example.gov.cn/show/{}' } }";

    #[test]
    fn items() {
        let json = r#"{"data":{"rows":[
            {"id":7,"t":"停水","c":"<p>三天了</p>","at":1778461200,"u":"张三","n":{"like":"1.2万"}},
            {"id":"8","t":"只有标题","at":"2026-05-11 09:30"},
            {"id":9}]}}"#;
        let read = read_with(json, RULES).unwrap();
        assert_eq!((read.items.len(), read.unusable), (2, 1));
        let first = &read.items[0];
        assert_eq!((first.id.as_deref(), first.text.as_deref()), (Some("7"), Some("三天了")));
        assert_eq!(first.url.as_ref().unwrap().as_str(), "https://open.example.gov.cn/show/7");
        assert_eq!(first.engagement.unwrap().likes, Some(12_000));
        assert_eq!(first.published_at.unwrap().ms(), 1_778_461_200_000);
        assert_eq!(read.items[1].text.as_deref(), Some("只有标题"));
    }

    #[test]
    fn the_answer_itself_or_an_object_of_items() {
        let rows = r#"[{"id":1,"t":"停水"},{"id":2,"t":"路灯"}]"#;
        let root = read_with(rows, "{ items: /, id: /id, title: /t }").unwrap();
        assert_eq!(root.items.len(), 2);
        let map = r#"{"list":{"a1":{"t":"停水"},"a2":{"t":"路灯"}}}"#;
        let read = read_with(map, "{ items: /list, title: /t }").unwrap();
        assert_eq!(read.items.iter().map(|item| item.id.as_deref()).collect::<Vec<_>>(), [Some("a1"), Some("a2")]);
    }

    #[test]
    fn what_is_no_answer_says_so() {
        assert_eq!(read_with("{\"code\":500}", RULES), Err(JsonError::NoItems("/data/rows".into())));
        assert_eq!(read_with("<html>", RULES), Err(JsonError::Malformed { line: 1, column: 1 }));
        assert!(read_with(&"[".repeat(100_000), RULES).is_err());
    }

    #[test]
    fn pages_are_asked_for_by_their_number() {
        let yaml = "{ id: j, kind: json, name: n, url: 'https://a.cn/x?page=9&k=v', channel: hotline, why: w, \
                    json: { items: /a, text: /t, pages: { parameter: page, first: 0, max: 2 } } }";
        let source = SourceDefinition::from_yaml("j.yaml", yaml).unwrap();
        let first = Url::parse(source.url.as_ref().unwrap()).unwrap();
        let pages: Vec<String> = addresses(&source, &first).iter().map(Url::to_string).collect();
        assert_eq!(pages, ["https://a.cn/x?k=v&page=0", "https://a.cn/x?k=v&page=1"]);
    }
}
