//! Which classes, ids and attributes a page has (页面用到的名称): a selector that names another one finds nothing, and the page
//! need not be searched for it. Pages are asked for the marks of dozens of systems, of which they have one at most.

use std::collections::HashSet;

use scraper::{Html, Node};

/// The names that occur on a page.
#[derive(Debug, Default)]
pub struct Names<'a>(HashSet<&'a str>);

impl<'a> Names<'a> {
    /// Of a parsed page.
    pub fn of(html: &'a Html) -> Self {
        let mut names = HashSet::new();
        for element in html.tree.values().filter_map(Node::as_element) {
            for (name, value) in &element.attrs {
                names.insert(&*name.local);
                match &*name.local {
                    "class" => names.extend(value.split_ascii_whitespace()),
                    "id" => {
                        names.insert(value);
                    }
                    _ => {}
                }
            }
        }
        Self(names)
    }

    /// Whether constant selectors may find anything: all names of one of them are there. Selectors of this code hold no comma
    /// but between two of them, and nothing behind `:`.
    pub fn may_match(&self, selectors: &str) -> bool {
        selectors.split(',').any(|selector| {
            let mut rest = selector;
            while let Some(at) = rest.find(['.', '#', '[']) {
                let is_attribute = rest[at..].starts_with('[');
                rest = &rest[at + 1..];
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
                if !self.0.contains(&rest[..end]) {
                    return false;
                }
                let end = if is_attribute { rest.find(']').unwrap_or(rest.len()) } else { end };
                rest = &rest[end..];
            }
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_whose_names_are_not_there_is_not_tried() {
        let html = Html::parse_document("<div id=zoom class='a b-c'><p itemprop=text>.</p></div>");
        let names = Names::of(&html);
        for selector in ["#zoom", ".x, .b-c p", "div.a > [itemprop='text']", "h1", "[itemprop^='x.y'] .a"] {
            assert!(names.may_match(selector), "{selector}");
        }
        for selector in [".zoom .x", "#b", ".d .a", "[datetime]", "p.z"] {
            assert!(!names.may_match(selector), "{selector}");
        }
    }
}
