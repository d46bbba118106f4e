//! How deep a page is nested, counted before it is parsed: 20,000 nested elements hold html5ever for over 40 s, and a
//! timeout does not stop it. The count follows the parser's rules closely enough never to be far below its depth.

use std::borrow::Cow;

/// Deepest page that is parsed.
pub const DEPTH_MAX: usize = 512;
/// Most elements of a page that is parsed.
pub const ELEMENTS_MAX: usize = 200_000;
/// Most attributes of one element: the parser compares each with all others.
const ATTRIBUTES_MAX: usize = 2_000;
/// Most attributes of a page that is parsed: each takes some eighty bytes in the tree.
const ALL_ATTRIBUTES_MAX: usize = 500_000;
/// Formatting elements of one kind that the parser opens again in every paragraph (the standard's "Noah's Ark").
const ALIKE_MAX: usize = 3;

/// Why a page is not parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DepthError {
    /// Deeper than [`DEPTH_MAX`].
    #[error("页面嵌套超过 {DEPTH_MAX} 层，没有解析")]
    TooDeep,
    /// More than [`ELEMENTS_MAX`].
    #[error("页面元素超过 {ELEMENTS_MAX} 个，没有解析")]
    TooMany,
    /// More than 2,000 in one element.
    #[error("页面中一个元素的属性超过 {ATTRIBUTES_MAX} 个，没有解析")]
    TooWide,
    /// More than 500,000 in all.
    #[error("页面属性超过 {ALL_ATTRIBUTES_MAX} 个，没有解析")]
    TooManyAttributes,
}

const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "basefont", "bgsound", "frame", "keygen", "image",
];
const RAW: &[&str] = &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// A start tag of these closes an open paragraph.
const BLOCK: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "li",
    "listing",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
    "dd",
    "dt",
];
/// What ends by itself when one of the second begins, sought up to one of the third.
const IMPLIED: &[(&[&str], &[&str], &[&str])] = &[
    (&["li"], &["li"], &["ul", "ol", "menu", "dir", "table", "td", "th"]),
    (&["dd", "dt"], &["dd", "dt"], &["dl", "table", "td", "th"]),
    (&["option"], &["option", "optgroup"], &["select", "datalist"]),
    (&["td", "th"], &["td", "th", "tr", "tbody", "thead", "tfoot"], &["table"]),
    (&["tr"], &["tr", "tbody", "thead", "tfoot"], &["table"]),
    (&["tbody", "thead", "tfoot"], &["tbody", "thead", "tfoot"], &["table"]),
];
const DRAWING: &[&str] = &["svg", "math", "foreignobject", "desc", "annotation-xml", "mi", "mo", "mn", "ms", "mtext"];
/// HTML elements that end a drawing.
const LEAVES_DRAWING: &[&str] = &[
    "b",
    "big",
    "blockquote",
    "body",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "i",
    "li",
    "listing",
    "menu",
    "nobr",
    "ol",
    "p",
    "pre",
    "ruby",
    "s",
    "small",
    "span",
    "strong",
    "strike",
    "sub",
    "sup",
    "table",
    "tt",
    "u",
    "ul",
    "var",
];
const SCOPE: &[&str] = &["table", "td", "th", "caption", "button", "object", "marquee", "applet", "template"];

/// Refuses a page that would take the parser too long.
pub fn check(html: &str) -> Result<(), DepthError> {
    let mut counter = Counter::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        rest = match rest.as_bytes().first() {
            Some(b'!') => rest.strip_prefix("!--").map_or_else(|| after(rest, ">"), |comment| after(comment, "-->")),
            Some(b'?') => after(rest, ">"),
            Some(b'/') => {
                counter.end(&tag_name(&rest[1..]));
                after(rest, ">")
            }
            Some(first) if first.is_ascii_alphabetic() => {
                let name = tag_name(rest);
                let (inside, attributes, next) = tag(rest);
                if attributes > ATTRIBUTES_MAX {
                    return Err(DepthError::TooWide);
                }
                counter.attributes += attributes;
                if counter.attributes > ALL_ATTRIBUTES_MAX {
                    return Err(DepthError::TooManyAttributes);
                }
                counter.start(name.clone(), inside)?;
                if RAW.contains(&&*name) { raw_end(next, &name) } else { next }
            }
            _ => rest,
        };
    }
    Ok(())
}

/// Refuses XML that is nested too deep: the feed parser calls itself for each level.
pub fn check_xml(xml: &str) -> Result<(), DepthError> {
    let (mut depth, mut elements) = (0_usize, 0_usize);
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        rest = match rest.as_bytes().first() {
            Some(b'!') if rest.starts_with("!--") => after(&rest[3..], "-->"),
            Some(b'!') if rest.starts_with("![CDATA[") => after(&rest[8..], "]]>"),
            Some(b'!' | b'?') => after(rest, ">"),
            Some(b'/') => {
                depth = depth.saturating_sub(1);
                after(rest, ">")
            }
            _ => {
                let (inside, attributes, next) = tag(rest);
                elements += 1;
                depth += usize::from(!inside.ends_with('/'));
                if attributes > ATTRIBUTES_MAX {
                    return Err(DepthError::TooWide);
                }
                next
            }
        };
        if depth > DEPTH_MAX {
            return Err(DepthError::TooDeep);
        }
        if elements > ELEMENTS_MAX {
            return Err(DepthError::TooMany);
        }
    }
    Ok(())
}

fn after<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

fn tag_name(text: &str) -> Cow<'_, str> {
    let ends = |byte: u8| byte.is_ascii_whitespace() || byte == b'>' || byte == b'/';
    let end = text.bytes().position(ends).unwrap_or(text.len());
    let name = &text[..end.min(text.floor_char_boundary(32))];
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    }
}

/// What stands in a tag, about how many attributes it has, and what follows it.
fn tag(text: &str) -> (&str, usize, &str) {
    let (mut quote, mut attributes, mut was_space) = (None, 0, false);
    let mut was_equals = false;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if was_equals => quote = Some(byte),
            (None, b'>') => return (&text[..at], attributes, &text[at + 1..]),
            (None, _) => {
                let is_space = byte.is_ascii_whitespace() || byte == b'/';
                attributes += usize::from(was_space && !is_space);
                was_space = is_space;
            }
        }
        was_equals = byte == b'=' || (was_equals && byte.is_ascii_whitespace());
    }
    (text, attributes, "")
}

fn raw_end<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        let end = &rest[at + 2..];
        if end.len() >= name.len()
            && end.as_bytes()[..name.len()].eq_ignore_ascii_case(name.as_bytes())
            && !end.as_bytes().get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
        {
            return after(end, ">");
        }
        rest = end;
    }
    ""
}

#[derive(Default)]
struct Counter<'a> {
    /// Names of open elements, and how many formatting elements were active when each began.
    open: Vec<(Cow<'a, str>, usize)>,
    /// Formatting elements that the parser opens again when something closed them: name and whole tag.
    active: Vec<(Cow<'a, str>, &'a str)>,
    elements: usize,
    attributes: usize,
}

impl<'a> Counter<'a> {
    fn start(&mut self, tag: Cow<'a, str>, inside: &'a str) -> Result<(), DepthError> {
        let name = &*tag;
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(DepthError::TooMany);
        }
        if BLOCK.contains(&name) {
            self.close("p", SCOPE);
        }
        for (what, begins, up_to) in IMPLIED {
            if begins.contains(&name) {
                for ends in *what {
                    self.close(ends, up_to);
                }
            }
        }
        if VOID.contains(&name) || (inside.ends_with('/') && self.in_drawing() && !LEAVES_DRAWING.contains(&name)) {
            return Ok(());
        }
        if name == "a" {
            self.end("a");
        }
        let whole = &inside[..inside.floor_char_boundary(200)];
        if FORMATTING.contains(&name) && self.active.iter().filter(|(_, other)| *other == whole).count() < ALIKE_MAX {
            self.active.push((tag.clone(), whole));
        }
        self.open.push((tag, self.active.len()));
        let reopened = self.active.len().saturating_sub(self.open_formatting());
        if self.open.len() + reopened > DEPTH_MAX {
            return Err(DepthError::TooDeep);
        }
        Ok(())
    }

    /// Whether a self-closing tag closes itself here: in SVG and MathML, but not in the HTML within them.
    fn in_drawing(&self) -> bool {
        let nearest = self.open.iter().rev().find(|(name, _)| DRAWING.contains(&&**name));
        nearest.is_some_and(|(name, _)| name == "svg" || name == "math")
    }

    fn open_formatting(&self) -> usize {
        self.open.iter().filter(|(name, _)| FORMATTING.contains(&&**name)).count()
    }

    fn end(&mut self, name: &str) {
        if FORMATTING.contains(&name) {
            if let Some(at) = self.active.iter().rposition(|(active, _)| active == name) {
                self.active.remove(at);
            }
            // The parser closes a formatting element and leaves open what stands in it.
            if let Some(at) = self.open.iter().rposition(|(open, _)| open == name) {
                self.open.remove(at);
            }
            return;
        }
        self.close(name, &[]);
    }

    /// Closes the innermost `name` and all in it, unless one of `up_to` stands between.
    fn close(&mut self, name: &str, up_to: &[&str]) {
        for at in (0..self.open.len()).rev() {
            let open = &*self.open[at].0;
            if open == name {
                if matches!(name, "td" | "th" | "caption" | "table") {
                    self.active.truncate(self.open[at].1);
                }
                self.open.truncate(at);
                return;
            }
            if up_to.contains(&open) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_pages_are_refused() {
        let deep = |tag: &str, n: usize| format!("<{tag}>").repeat(n);
        assert_eq!(check(&deep("div", 100_000)), Err(DepthError::TooDeep));
        assert_eq!(check(&deep("DIV class='a>b'", 600)), Err(DepthError::TooDeep));
        assert_eq!(check(&deep("span/", 600)), Err(DepthError::TooDeep), "self-closing means nothing in HTML");
        assert_eq!(check(&deep("div", 500)), Ok(()));
        let distinct: String = (0..600).map(|n| format!("<p><font size={n}>")).collect();
        assert_eq!(check(&distinct), Err(DepthError::TooDeep), "opened again in every paragraph");
        assert_eq!(check(&"<table><tr><td>".repeat(300)), Err(DepthError::TooDeep));
    }

    #[test]
    fn sloppy_pages_are_not() {
        for page in [
            "<p>段".repeat(2_000),
            "<li>项".repeat(2_000),
            "<tr><td>格".repeat(2_000),
            "<br><img src=a><input>".repeat(2_000),
            "<a href=x>链接".repeat(2_000),
            "<dt>问<dd>答".repeat(2_000),
            "<select>".to_owned() + &"<option>选".repeat(2_000),
            "<p><b>粗".repeat(200),
            "<div>".repeat(400) + &"</div>".repeat(400) + &"<div>".repeat(400),
            format!("<svg>{}</svg>", "<path d='M0 0'/>".repeat(2_000)),
            format!("<script>{}</script>", "'<div>'+".repeat(2_000)),
            format!("<!-- {} -->", "<div>".repeat(2_000)),
            format!("<table>{}</table>", "<tr><td><font color=red>字</td></tr>".repeat(2_000)),
        ] {
            assert_eq!(check(&page), Ok(()), "{}", &page[..40]);
        }
    }

    #[test]
    fn wide_and_long_pages_are_refused() {
        let wide: String = (0..3_000).map(|n| format!(" a{n}=1")).collect();
        assert_eq!(check(&format!("<p{wide}>")), Err(DepthError::TooWide));
        assert_eq!(check(&"<i></i>".repeat(ELEMENTS_MAX + 1)), Err(DepthError::TooMany));
        assert_eq!(check(&"<br a b c d e f>".repeat(100_000)), Err(DepthError::TooManyAttributes));
    }

    #[test]
    fn broken_markup_is_counted_to_its_end() {
        for page in ["<", "</", "<div", "<div a=\"", "<!--", "<script>", "</>", "<é>", "<a\u{4e2d}>", "<?", "<!"] {
            assert_eq!(check(page), Ok(()), "{page}");
        }
    }
}
