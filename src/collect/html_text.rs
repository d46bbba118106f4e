//! The text of an element as a reader sees it: a line for each block, no scripts, white space put right.

use scraper::{ElementRef, Html, Node};

/// Longest text that is taken of one element, in bytes: what a mention may hold.
const TEXT_BYTES_MAX: usize = crate::domain::mention::MENTION_TEXT_BYTES_MAX;

const LEFT_OUT: &[&str] = &[
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "svg",
    "math",
    "head",
    "select",
    "textarea",
    "button",
    "form-data",
    "video",
    "audio",
    "canvas",
];
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
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
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "thead",
    "tr",
    "ul",
    "option",
    "article",
];

/// The text of an element, without the elements of `removed`.
pub fn of_element(element: ElementRef<'_>, removed: &[ElementRef<'_>]) -> String {
    let mut lines = Lines::default();
    // The tree is no deeper than the check before parsing allows, but text gathered by recursion would still use stack
    // for each level: edges of a traversal don't.
    let mut skipping = None;
    for edge in element.traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => {
                if skipping.is_some() {
                    continue;
                }
                match node.value() {
                    Node::Text(text) => lines.push(text),
                    Node::Element(inner) => {
                        let name = inner.name();
                        let is_removed = removed.iter().any(|gone| gone.id() == node.id());
                        let is_root = node.id() == element.id();
                        if !is_root && (LEFT_OUT.contains(&name) || is_removed || is_hidden(inner)) {
                            skipping = Some(node.id());
                        } else if BLOCKS.contains(&name) || name == "br" {
                            lines.end();
                        } else if name == "td" || name == "th" {
                            lines.space();
                        }
                    }
                    _ => {}
                }
            }
            ego_tree::iter::Edge::Close(node) => {
                if skipping == Some(node.id()) {
                    skipping = None;
                } else if skipping.is_none()
                    && let Node::Element(inner) = node.value()
                    && BLOCKS.contains(&inner.name())
                {
                    lines.end();
                }
            }
        }
    }
    lines.finish()
}

fn is_hidden(element: &scraper::node::Element) -> bool {
    element.attr("hidden").is_some()
        || element.attr("style").is_some_and(|style| {
            let plain: String = style.chars().filter(|c| !c.is_whitespace()).collect();
            plain.to_ascii_lowercase().contains("display:none")
        })
}

/// The text of markup that stands in a feed or in a JSON answer; what holds no markup is only tidied.
pub fn of_markup(markup: &str) -> String {
    if !markup.contains(['<', '&']) {
        return tidy(markup);
    }
    if super::depth::check(markup).is_err() {
        return tidy(&without_tags(markup));
    }
    let fragment = Html::parse_fragment(markup);
    of_element(fragment.root_element(), &[])
}

fn without_tags(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut inside = false;
    for c in markup.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

/// White space put right, lines kept.
pub fn tidy(text: &str) -> String {
    let mut lines = Lines::default();
    for line in text.lines() {
        lines.push(line);
        lines.end();
    }
    lines.finish()
}

/// One line, however many there were.
pub fn one_line(text: &str) -> String {
    tidy(text).split('\n').collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Lines {
    done: String,
    line: String,
    pending_space: bool,
}

impl Lines {
    fn push(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                // Zero-width characters and soft hyphens are layout, or put there to defeat searches.
                '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
                c if c.is_whitespace() || c.is_control() => self.space(),
                c => {
                    if self.pending_space && !self.line.is_empty() {
                        self.line.push(' ');
                    }
                    self.pending_space = false;
                    self.line.push(c);
                }
            }
        }
    }

    fn space(&mut self) {
        self.pending_space = true;
    }

    fn end(&mut self) {
        self.pending_space = false;
        if self.line.is_empty() {
            return;
        }
        let room = TEXT_BYTES_MAX.saturating_sub(self.done.len() + 1);
        if room > 0 {
            if !self.done.is_empty() {
                self.done.push('\n');
            }
            let end = self.line.floor_char_boundary(room);
            self.done.push_str(&self.line[..end]);
        }
        self.line.clear();
    }

    fn finish(mut self) -> String {
        self.end();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_lines_and_scripts_are_nothing() {
        let text = of_markup(
            "<div><h1>标题</h1><p>第一段，<b>粗</b>体\n\n &nbsp;换行</p>\u{200b}<p>第二段<br>第三行</p>\
             <script>var x = '<p>';</script><ul><li>一</li><li>二</li></ul><p hidden>藏</p>\
             <p style='display : none'>藏</p></div>",
        );
        assert_eq!(text, "标题\n第一段，粗体 换行\n第二段\n第三行\n一\n二");
    }

    #[test]
    fn plain_text_is_tidied() {
        assert_eq!(of_markup("  宣城\u{3000}市\r\n\r\n 来信 "), "宣城 市\n来信");
        assert_eq!(of_markup("A &amp; B"), "A & B");
        assert_eq!(one_line("一\n二"), "一 二");
        assert_eq!(of_markup(""), "");
    }

    #[test]
    fn deep_markup_is_not_parsed() {
        let deep = format!("{}里面{}", "<div>".repeat(5_000), "</div>".repeat(5_000));
        assert_eq!(of_markup(&deep), "里面");
    }

    #[test]
    fn removed_elements_are_left_out() {
        let page = Html::parse_fragment("<div id=z>正文<p class=share>分享到</p></div>");
        let share = page.select(&scraper::Selector::parse(".share").unwrap()).next().unwrap();
        assert_eq!(of_element(page.root_element(), &[share]), "正文");
    }
}
