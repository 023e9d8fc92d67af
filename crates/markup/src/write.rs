//! From the tree back to text, in UTF-8.

use crate::{Document, Element, Node};
use quick_xml::escape::escape;

/// A text as content, or as value of an attribute in either kind of quotes. Characters that XML 1.0
/// cannot spell become spaces.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

impl<S> Document<S> {
    /// Writes the document.
    pub fn write(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        for node in &self.before {
            write_node(node, &mut out);
            out.push('\n');
        }
        write_element(&self.root, &mut out);
        for node in &self.after {
            out.push('\n');
            write_node(node, &mut out);
        }
        out.push('\n');
        out
    }
}

fn write_node<S>(node: &Node<S>, out: &mut String) {
    match node {
        Node::Element(element) => write_element(element, out),
        // A bare carriage return would be read back as a line feed.
        Node::Text(text) => out.push_str(&escape(text.as_str()).replace('\r', "&#13;")),
        Node::Verbatim(text) => wrap("<![CDATA[", text, "]]>", out),
        Node::Comment(text) => wrap("<!--", text, "-->", out),
        Node::Instruction(text) => wrap("<?", text, "?>", out),
    }
}

fn wrap(start: &str, text: &str, end: &str, out: &mut String) {
    out.push_str(start);
    out.push_str(text);
    out.push_str(end);
}

fn write_element<S>(element: &Element<S>, out: &mut String) {
    out.push('<');
    out.push_str(&element.name);
    for attribute in &element.attributes {
        out.push(' ');
        out.push_str(&attribute.name);
        out.push_str("=\"");
        let value = escape(attribute.value.as_str());
        let value = value.replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#9;");
        out.push_str(&value);
        out.push('"');
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for child in &element.children {
        write_node(child, out);
    }
    wrap("</", &element.name, ">", out);
}
