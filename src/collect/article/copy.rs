//! A copy of a parsed page for the reader that judges by density, which wants a tree of its own kind. It is made of the tree that
//! is there already: to parse the page once more costs as much as everything else that is done with it.

use std::collections::HashSet;

use dom_query::Document;
use ego_tree::NodeId;
use ego_tree::iter::Edge;
use html5ever::Attribute;
use html5ever::tree_builder::{ElementFlags, NodeOrText, TreeSink as _};
use scraper::node::Element;
use scraper::{Html, Node};

/// Copies a page, but for some elements and for what holds no text of an article.
pub fn of(html: &Html, but: &HashSet<NodeId>) -> Document {
    let copy = Document::default();
    let mut above = vec![copy.get_document()];
    let mut skipping = None;
    for edge in html.tree.root().traverse() {
        let Some(parent) = above.last().copied() else { break };
        match edge {
            Edge::Open(node) if skipping.is_none() => match node.value() {
                Node::Text(text) => copy.append(&parent, NodeOrText::AppendText(text.text.clone())),
                Node::Element(element) if is_left_out(element) || but.contains(&node.id()) => {
                    skipping = Some(node.id())
                }
                Node::Element(element) => {
                    let attribute =
                        |(name, value): &(_, _)| Attribute { name: Clone::clone(name), value: Clone::clone(value) };
                    let attributes = element.attrs.iter().map(attribute).collect();
                    let child = copy.create_element(element.name.clone(), attributes, ElementFlags::default());
                    copy.append(&parent, NodeOrText::AppendNode(child));
                    above.push(child);
                }
                _ => {}
            },
            Edge::Close(node) if skipping == Some(node.id()) => skipping = None,
            Edge::Close(node) if skipping.is_none() && node.value().is_element() => {
                above.pop();
            }
            _ => {}
        }
    }
    copy
}

/// Scripts but for what they tell machines, styles, and what stands there for browsers without scripts.
fn is_left_out(element: &Element) -> bool {
    match element.name() {
        "script" => element.attr("type").is_none_or(|kind| !kind.to_ascii_lowercase().contains("ld+json")),
        name => matches!(name, "style" | "noscript" | "template"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::page::first;

    #[test]
    fn what_is_left_out_takes_nothing_else_along() {
        let page = "<html lang=zh><body><div id=a class='x y'>一<script>var s = '<p>';</script>二<!-- 注 --><style>p{}</style></div>\
            <ul id=c><li>评</li></ul><script type='application/ld+json'>{}</script><p>三<br>四</p></body></html>";
        let html = Html::parse_document(page);
        let comments = HashSet::from([first(&html, "#c").unwrap().id()]);
        assert_eq!(
            of(&html, &comments).html().to_string(),
            "<html lang=\"zh\"><head></head><body><div class=\"x y\" id=\"a\">一二</div>\
             <script type=\"application/ld+json\">{}</script><p>三<br>四</p></body></html>"
        );
    }
}
