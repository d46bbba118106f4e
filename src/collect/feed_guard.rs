//! What the parser of feeds panics on (`feed-rs` 3.0), put right before it sees it. Its panics are caught as well, but each is a
//! feed that is read more badly than it could be.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A declaration in the middle of a document (two feeds glued together) makes it change the encoding while it reads.
static DECLARATION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?is)<\?xml[\s?][^>]*>?").ok());
/// It cuts a person's name one byte beside the address: inside a character, where that is none of ASCII.
static PERSON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?is)<(?:[\w.-]+:)?(?:author|managingEditor|webMaster|creator|contributor|owner|credit|name|email)\b[^<]*>[^<]*(?:<!\[CDATA\[.*?\]\]>)?").ok()
});
static MAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}").ok());
/// Lengths of films: it takes digits of any script and any number of them.
static LENGTH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?is)<itunes:duration[^>]*>[^<]*</itunes:duration>|\s(?:start|end|time)\s*=\s*(?:"[^"]*"|'[^']*')"#)
        .ok()
});
/// A length has no more digits in a row.
const DIGITS_MAX: usize = 9;

/// The feed as the parser can take it.
pub fn guarded(text: &str) -> Cow<'_, str> {
    let mut guarded = Cow::Borrowed(text);
    if text.contains("<?xml") || text.contains("<?XML") {
        guarded = replaced(guarded, &DECLARATION, |_| String::new());
    }
    if text.contains('@') {
        guarded = replaced(guarded, &PERSON, spaced);
    }
    if ["itunes:duration", "start", "end=", "time"].iter().any(|word| text.contains(word)) {
        guarded =
            replaced(guarded, &LENGTH, |length| if is_length(length) { length.to_owned() } else { String::new() });
    }
    guarded
}

fn replaced<'a>(text: Cow<'a, str>, pattern: &LazyLock<Option<Regex>>, with: impl Fn(&str) -> String) -> Cow<'a, str> {
    let Some(pattern) = pattern.as_ref() else { return text };
    let new = match pattern.replace_all(&text, |found: &Captures<'_>| with(&found[0])) {
        Cow::Borrowed(_) => None,
        Cow::Owned(new) => Some(new),
    };
    new.map_or(text, Cow::Owned)
}

/// A space between an address and what is not ASCII beside it.
fn spaced(person: &str) -> String {
    let Some(mail) = MAIL.as_ref() else { return person.to_owned() };
    let mut whole = String::with_capacity(person.len() + 8);
    let mut at = 0;
    for found in mail.find_iter(person) {
        whole += &person[at..found.start()];
        if whole.chars().next_back().is_some_and(|c| !c.is_ascii()) {
            whole.push(' ');
        }
        whole += found.as_str();
        if person[found.end()..].chars().next().is_some_and(|c| !c.is_ascii()) {
            whole.push(' ');
        }
        at = found.end();
    }
    whole + &person[at..]
}

fn is_length(length: &str) -> bool {
    let is_digit = |c: char| c.is_numeric();
    let strange = length.chars().any(|c| is_digit(c) && !c.is_ascii());
    let longest = length.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    !strange && longest <= DIGITS_MAX
}
