//! Feeds that are nearly well-formed (订阅修复): older dialects, bare `&`, control characters, a cut end, one bad entry. A feed is
//! read strictly first; this is what is tried where that gives nothing.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

/// Named entities of HTML that feeds use without declaring them.
const ENTITIES: [(&str, &str); 22] = [
    ("nbsp", "\u{a0}"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("middot", "·"),
    ("bull", "•"),
    ("times", "×"),
    ("deg", "°"),
    ("yen", "¥"),
    ("euro", "€"),
    ("emsp", " "),
    ("ensp", " "),
    ("thinsp", " "),
];
/// Members of a JSON Feed's item that are text.
const JSON_TEXTS: [&str; 10] = [
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "date_published",
    "date_modified",
    "language",
];
/// Open elements that a cut feed may leave behind.
const OPEN_MAX: usize = 256;

static AMPERSAND: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"&(?:(amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});|([A-Za-z]{2,8});|)").ok());
static NAMESPACE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"xmlns(:[A-Za-z0-9_.-]+)?\s*=\s*("[^"]*"|'[^']*')"#).ok());
static ENTRY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"<((?:[A-Za-z0-9_.-]+:)?(?:item|entry))[\s>/]").ok());

/// Whether a document holds what looks like entries.
pub fn holds_entries(text: &str) -> bool {
    ENTRY.as_ref().is_some_and(|entry| entry.is_match(text)) || text.contains("\"items\"")
}

/// Where the entries of a feed begin, in bytes.
pub fn entry_starts(text: &str) -> Vec<usize> {
    ENTRY.as_ref().map(|entry| entry.find_iter(text).map(|found| found.start()).collect()).unwrap_or_default()
}

/// Older dialects in the words of the present ones: Atom 0.3, RSS 0.90, RSS with a namespace or an unknown version.
pub fn modern(text: &str) -> String {
    let mut text = text.to_owned();
    if text.contains("http://purl.org/atom/ns#") || text.contains("http://purl.org/net/echo/ns#") {
        text = text.replace("http://purl.org/atom/ns#", "http://www.w3.org/2005/Atom");
        text = text.replace("http://purl.org/net/echo/ns#", "http://www.w3.org/2005/Atom");
        for (old, new) in
            [("issued", "published"), ("modified", "updated"), ("tagline", "subtitle"), ("copyright", "rights")]
        {
            for (before, after) in [("<", ">"), ("</", ">"), ("<", " ")] {
                text = text.replace(&format!("{before}{old}{after}"), &format!("{before}{new}{after}"));
            }
        }
        text = text.replace("mode=\"escaped\"", "type=\"html\"").replace("mode='escaped'", "type='html'");
    }
    // Media types where Atom 1.0 has short words; the parser takes these alone.
    for (media_type, word) in [("application/xhtml+xml", "xhtml"), ("text/html", "html"), ("text/plain", "text")] {
        for quote in ['"', '\''] {
            text = text.replace(&format!("type={quote}{media_type}{quote}"), &format!("type={quote}{word}{quote}"));
        }
    }
    for old in ["http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/"] {
        text = text.replace(old, "http://purl.org/rss/1.0/");
    }
    if let Some(at) = text.find("<rss")
        && let Some(length) = text[at..].find('>')
    {
        let named: String = namespaces(&text[at..at + length])
            .filter(|name| name.starts_with("xmlns:"))
            .fold(String::new(), |all, name| all + " " + name);
        text = format!("{}<rss version=\"2.0\"{named}{}", &text[..at], &text[at + length..]);
    }
    text
}

fn namespaces(tag: &str) -> impl Iterator<Item = &str> {
    NAMESPACE.iter().flat_map(|names| names.find_iter(tag)).map(|name| name.as_str())
}

/// Without what no parser takes: control characters, bare ampersands, undeclared entities, an end that is missing.
pub fn mended(text: &str) -> String {
    let is_text = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    let plain: String = text.chars().filter(|c| is_text(*c)).collect();
    closed(&escaped(&plain))
}

/// Escapes ampersands that begin no entity, and writes undeclared entities as what they stand for; CDATA is left alone.
fn escaped(text: &str) -> String {
    let Some(pattern) = AMPERSAND.as_ref() else { return text.to_owned() };
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (plain, cdata) = match rest.find("<![CDATA[") {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        whole += &pattern.replace_all(plain, |found: &Captures<'_>| match (found.get(1), found.get(2)) {
            (Some(reference), _) if is_character(reference.as_str()) => found[0].to_owned(),
            (Some(_), _) => String::new(),
            (None, Some(name)) => match ENTITIES.iter().find(|(known, _)| *known == name.as_str()) {
                Some((_, character)) => (*character).to_owned(),
                None => format!("&amp;{};", name.as_str()),
            },
            (None, None) => "&amp;".to_owned(),
        });
        let end = cdata.find("]]>").map_or(cdata.len(), |at| at + "]]>".len());
        whole += &cdata[..end];
        rest = &cdata[end..];
    }
    whole
}

/// Whether a reference stands for a character that XML has.
fn is_character(reference: &str) -> bool {
    let Some(number) = reference.strip_prefix('#') else { return true };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.is_ok_and(|code| matches!(code, 9 | 10 | 13 | 32..=0xd7ff | 0xe000..=0xfffd | 0x1_0000..=0x10_ffff))
}

/// Closes what a cut end left open; an element that is closed without being open is left out.
fn closed(text: &str) -> String {
    let mut whole = String::with_capacity(text.len() + 64);
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        whole += &rest[..at];
        let tag = &rest[at..];
        let end = match tag {
            comment if comment.starts_with("<!--") => comment.find("-->").map(|at| at + 3),
            cdata if cdata.starts_with("<![CDATA[") => match cdata.find("]]>") {
                Some(at) => Some(at + 3),
                None => {
                    whole += cdata;
                    whole += "]]>";
                    rest = "";
                    break;
                }
            },
            tag => end_of_tag(tag),
        };
        let Some(end) = end else {
            // The tag itself is cut.
            rest = "";
            break;
        };
        let (tag, after) = tag.split_at(end);
        rest = after;
        if let Some(name) = tag.strip_prefix("</") {
            let name = name.trim_end_matches('>').trim();
            let Some(at) = open.iter().rposition(|open| *open == name) else { continue };
            for inner in open.drain(at + 1..).rev() {
                whole += &format!("</{inner}>");
            }
            open.pop();
        } else if !tag.starts_with("<!") && !tag.starts_with("<?") && !tag.ends_with("/>") && open.len() < OPEN_MAX {
            let name = tag[1..].split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or("");
            if !name.is_empty() {
                open.push(name);
            }
        }
        whole += tag;
    }
    whole += rest;
    for name in open.into_iter().rev() {
        whole += &format!("</{name}>");
    }
    whole
}

/// Where a tag ends, quotes heeded.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '>') => return Some(at + 1),
            _ => {}
        }
    }
    // An odd quote in it: the first bracket will do.
    tag.find('>').map(|at| at + 1)
}

/// Each entry as a feed of its own, so that a bad one takes no other along.
pub fn one_by_one(text: &str) -> Vec<String> {
    let Some(pattern) = ENTRY.as_ref() else { return Vec::new() };
    let starts: Vec<(usize, &str)> =
        pattern.captures_iter(text).filter_map(|found| Some((found.get(0)?.start(), found.get(1)?.as_str()))).collect();
    let names: String = namespaces(starts.first().map_or("", |(at, _)| &text[..*at]))
        .filter(|name| name.starts_with("xmlns:"))
        .fold(String::new(), |all, name| if all.contains(name) { all } else { all + " " + name });
    let mut feeds = Vec::with_capacity(starts.len());
    for (n, (start, name)) in starts.iter().enumerate() {
        let until = starts.get(n + 1).map_or(text.len(), |(next, _)| *next);
        let closing = format!("</{name}>");
        let end = text[*start..until].find(&closing).map_or(until, |at| start + at + closing.len());
        let plain = name.rsplit(':').next().unwrap_or(name);
        let entry = text[*start..end].replacen(name, plain, 1).replace(&closing, &format!("</{plain}>"));
        feeds.push(mended(&match plain {
            "entry" => format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"{names}>{entry}</feed>"),
            _ => format!("<rss version=\"2.0\"{names}><channel>{entry}</channel></rss>"),
        }));
    }
    feeds
}

/// A JSON Feed whose members have the types that the standard names; what has another is left out, a number becomes text.
pub fn typed_json(text: &str) -> Option<Cow<'_, str>> {
    let mut feed: Value = serde_json::from_str(text).ok()?;
    let members = feed.as_object_mut()?;
    members.entry("version").or_insert_with(|| "https://jsonfeed.org/version/1.1".into());
    members.entry("title").or_insert_with(|| "".into());
    let items = members.get_mut("items")?.as_array_mut()?;
    items.retain(Value::is_object);
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        for name in JSON_TEXTS {
            match item.get(name) {
                None | Some(Value::String(_)) => {}
                Some(Value::Number(number)) => {
                    let text = number.to_string();
                    item.insert(name.to_owned(), text.into());
                }
                Some(_) => {
                    item.remove(name);
                }
            }
        }
        item.entry("id").or_insert_with(|| "".into());
        item.retain(|name, value| match name.as_str() {
            "tags" => value.as_array().is_some_and(|tags| tags.iter().all(Value::is_string)),
            "attachments" | "author" | "authors" => false,
            _ => true,
        });
    }
    Some(Cow::Owned(feed.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ampersands_entities_and_control_characters() {
        let text = "<a href=\"?x=1&y=2\">A&B &amp; &nbsp;&copy; &unknown; &#x1F;&#11;&#20013;\u{b}</a><![CDATA[&raw]]>";
        let mended = mended(text);
        assert_eq!(mended, "<a href=\"?x=1&amp;y=2\">A&amp;B &amp; \u{a0}© &amp;unknown; &#20013;</a><![CDATA[&raw]]>");
    }

    #[test]
    fn a_cut_end_is_closed() {
        assert_eq!(
            mended("<rss><channel><item><title>甲</title></item><item><ti"),
            "<rss><channel><item><title>甲</title></item><item></item></channel></rss>"
        );
        assert_eq!(mended("<a><![CDATA[正文"), "<a><![CDATA[正文]]></a>");
        assert_eq!(mended("<a><b>x</a></c>"), "<a><b>x</b></a>");
    }

    #[test]
    fn entries_one_by_one() {
        let feeds = one_by_one(
            "<rss xmlns:dc=\"d\"><channel><item><title>甲</title></item><item><title>乙</item></channel></rss>",
        );
        assert_eq!(feeds.len(), 2);
        assert!(feeds[1].contains("<title>乙</title>") && feeds[1].contains("xmlns:dc"), "{}", feeds[1]);
        assert!(holds_entries("<rss><item>") && !holds_entries("<rss><channel><items/>"));
    }

    #[test]
    fn a_number_where_text_should_be() {
        let typed = typed_json("{\"items\":[{\"id\":7,\"title\":null,\"content_text\":\"停水\"},5]}").unwrap();
        let feed: Value = serde_json::from_str(&typed).unwrap();
        assert_eq!((feed["items"][0]["id"].as_str(), feed["items"].as_array().map(Vec::len)), (Some("7"), Some(1)));
    }
}
