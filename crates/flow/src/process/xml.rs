//! An XML document as a tree that forgets nothing: diagram interchange, foreign elements and
//! attributes, comments and text are kept, and [`Document::write`] gives them back.
//!
//! Invariants
//! - `parse(write(parse(x)))` is `parse(x)`, but for places.
//! - Document types and entities are refused, so nothing is fetched and nothing expands.
//! - Everything is bounded before it is built; depth bounds every recursion over the tree.
//!
//! Must not know: what an element means.

use super::finding::{Finding, Place};
use quick_xml::Reader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// Bytes of a document: a hand-drawn procedure has some 100 KB with its diagram.
pub const BYTES_MAX: usize = 8 << 20;
/// Depth of elements: deeper is never drawn, and recursion stays small.
pub const DEPTH_MAX: usize = 48;
/// Elements of a document, diagram included.
pub const ELEMENTS_MAX: usize = 60_000;
/// Attributes of an element.
pub const ATTRIBUTES_MAX: usize = 64;
/// Bytes of an attribute's value.
pub const ATTRIBUTE_MAX: usize = 8_000;

/// Namespace of BPMN 2.0 models.
pub const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// Namespace of what the platform adds to a model.
pub const YIPAN: &str = "urn:yipan:process:1";

/// Which vocabulary a name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// BPMN 2.0.
    Bpmn,
    /// The platform's own additions.
    Yipan,
    /// Anything else: kept, not read.
    Foreign,
}

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Comments and instructions before the root.
    pub before: Vec<Node>,
    /// The root.
    pub root: Element,
    /// Comments and instructions after the root.
    pub after: Vec<Node>,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, entities resolved.
    Text(String),
    /// Text written without escapes.
    Verbatim(String),
    /// A comment.
    Comment(String),
    /// A processing instruction.
    Instruction(String),
}

/// An attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Name with its prefix.
    pub name: String,
    /// Vocabulary; an attribute without prefix is foreign to all and read by its bare name.
    pub space: Space,
    /// Value, entities resolved.
    pub value: String,
}

/// An element.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Name with its prefix.
    pub name: String,
    /// Vocabulary.
    pub space: Space,
    /// Attributes as written, declarations of namespaces among them.
    pub attributes: Vec<Attribute>,
    /// Content in order.
    pub children: Vec<Node>,
    /// Where its tag begins.
    pub place: Place,
}

impl Element {
    /// Name without prefix.
    pub fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or_default()
    }

    /// True for the BPMN element of that name.
    pub fn is(&self, local: &str) -> bool {
        self.space == Space::Bpmn && self.local() == local
    }

    /// Value of an attribute without prefix.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|attribute| attribute.name == name);
        found.next().map(|attribute| attribute.value.as_str())
    }

    /// Value of one of the platform's attributes.
    pub fn own(&self, name: &str) -> Option<&str> {
        let own = |attribute: &&Attribute| {
            attribute.space == Space::Yipan && attribute.name.rsplit(':').next() == Some(name)
        };
        self.attributes.iter().find(own).map(|attribute| attribute.value.as_str())
    }

    /// Child elements in order.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The first BPMN child of that name.
    pub fn child(&self, local: &str) -> Option<&Element> {
        self.elements().find(|element| element.is(local))
    }

    /// BPMN children of that name.
    pub fn all<'a>(&'a self, local: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |element| element.is(local))
    }

    /// The text directly in the element, trimmed.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for node in &self.children {
            if let Node::Text(part) | Node::Verbatim(part) = node {
                text.push_str(part);
            }
        }
        text.trim().to_owned()
    }
}

/// An element being read, with how many namespace bindings it opened.
struct Open {
    element: Element,
    bindings: usize,
}

struct Parser<'a> {
    text: &'a str,
    /// How far `place` has been counted.
    counted: usize,
    place: Place,
    /// Bindings of prefixes in force, innermost last.
    bindings: Vec<(String, Space)>,
    stack: Vec<Open>,
    elements: usize,
    before: Vec<Node>,
    root: Option<Element>,
    after: Vec<Node>,
}

impl Document {
    /// Reads a document. Errors: one finding, `process.xml`, `process.xml_encoding`,
    /// `process.xml_doctype`, `process.xml_entity` or a limit, with line and column.
    pub fn parse(bytes: &[u8]) -> Result<Document, Finding> {
        let start = Place { line: 1, column: 1 };
        if bytes.len() > BYTES_MAX {
            return Err(Finding::new("process.limit_bytes", "", start).detail(BYTES_MAX));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Finding::new("process.xml_encoding", "", start).detail(error))?;
        let parser = Parser {
            text,
            counted: 0,
            place: start,
            bindings: Vec::new(),
            stack: Vec::new(),
            elements: 0,
            before: Vec::new(),
            root: None,
            after: Vec::new(),
        };
        parser.run()
    }

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

impl Parser<'_> {
    fn run(mut self) -> Result<Document, Finding> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        loop {
            self.count(reader.buffer_position());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.found("process.xml").detail(error)),
            };
            match event {
                Event::Start(tag) => self.open(&tag)?,
                Event::Empty(tag) => {
                    self.open(&tag)?;
                    self.close()?;
                }
                Event::End(_) => self.close()?,
                Event::Text(text) => self.text(&text.xml10_content())?,
                Event::CData(text) => self.verbatim(&text.xml10_content())?,
                Event::Comment(text) => self.keep(Node::Comment(text.xml10_content().into())),
                Event::PI(text) => self.keep(Node::Instruction(text.into_inner().into_owned())),
                Event::GeneralRef(entity) => {
                    let raw = format!("&{};", &*entity.into_inner());
                    let text = self.resolve(&raw)?.into_owned();
                    self.text(&text)?;
                }
                Event::DocType(_) => return Err(self.found("process.xml_doctype")),
                Event::Decl(declared) => {
                    let utf8 = |name: &str| name.eq_ignore_ascii_case("utf-8");
                    match declared.encoding() {
                        None => {}
                        Some(Ok(name)) if utf8(&name) => {}
                        Some(_) => return Err(self.found("process.xml_encoding")),
                    }
                }
                Event::Eof => break,
            }
        }
        match (self.stack.pop(), self.root.take()) {
            (None, Some(root)) => Ok(Document { before: self.before, root, after: self.after }),
            _ => Err(self.found("process.xml").detail("end of document")),
        }
    }

    fn found(&self, rule: &'static str) -> Finding {
        let element = self.stack.last().map(|open| name_of(&open.element)).unwrap_or_default();
        Finding::new(rule, element, self.place)
    }

    /// Moves the place up to the byte.
    fn count(&mut self, to: u64) {
        let to = usize::try_from(to).unwrap_or(usize::MAX).min(self.text.len());
        for character in self.text.get(self.counted..to).unwrap_or_default().chars() {
            if character == '\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
            } else {
                self.place.column += 1;
            }
        }
        self.counted = to;
    }

    fn resolve<'t>(&self, raw: &'t str) -> Result<Cow<'t, str>, Finding> {
        let text = unescape(raw).map_err(|error| self.found("process.xml_entity").detail(error))?;
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(self.found("process.xml").detail("control character"));
        }
        Ok(text)
    }

    fn open(&mut self, tag: &BytesStart) -> Result<(), Finding> {
        if self.root.is_some() {
            return Err(self.found("process.xml").detail("second root"));
        }
        if self.stack.len() >= DEPTH_MAX {
            return Err(self.found("process.limit_depth").detail(DEPTH_MAX));
        }
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(self.found("process.limit_elements").detail(ELEMENTS_MAX));
        }
        let bindings = self.bindings.len();
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.found("process.xml").detail(error))?;
            if attributes.len() >= ATTRIBUTES_MAX || attribute.value.len() > ATTRIBUTE_MAX {
                return Err(self.found("process.limit_attributes").detail(ATTRIBUTES_MAX));
            }
            // A line break in a value reads as a space; one written as a reference stays.
            let spaced = attribute.value.replace(['\r', '\n', '\t'], " ");
            let value = self.resolve(&spaced)?.into_owned();
            let name = attribute.key.as_ref().to_owned();
            if name == "xmlns" {
                self.bindings.push((String::new(), space_of(&value)));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.bindings.push((prefix.to_owned(), space_of(&value)));
            }
            attributes.push(Attribute { name, space: Space::Foreign, value });
        }
        for attribute in &mut attributes {
            if let Some((prefix, _)) = attribute.name.split_once(':') {
                attribute.space = self.bound(prefix);
            }
        }
        let name = tag.name().as_ref().to_owned();
        if !name.chars().all(|c| c.is_alphanumeric() || "_-.:·".contains(c)) {
            return Err(self.found("process.xml").detail(name));
        }
        let space = self.bound(name.split_once(':').map_or("", |(prefix, _)| prefix));
        let element = Element { name, space, attributes, children: Vec::new(), place: self.place };
        self.stack.push(Open { element, bindings });
        Ok(())
    }

    fn bound(&self, prefix: &str) -> Space {
        let mut found = self.bindings.iter().rev().filter(|(name, _)| name == prefix);
        found.next().map_or(Space::Foreign, |(_, space)| *space)
    }

    fn close(&mut self) -> Result<(), Finding> {
        let Some(open) = self.stack.pop() else {
            return Err(self.found("process.xml").detail("end without start"));
        };
        self.bindings.truncate(open.bindings);
        match self.stack.last_mut() {
            Some(parent) => parent.element.children.push(Node::Element(open.element)),
            None => self.root = Some(open.element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Finding> {
        let Some(open) = self.stack.last_mut() else {
            return match text.trim().is_empty() {
                true => Ok(()),
                false => Err(self.found("process.xml").detail("text outside the root")),
            };
        };
        match open.element.children.last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ if text.is_empty() => {}
            _ => open.element.children.push(Node::Text(text.to_owned())),
        }
        Ok(())
    }

    fn verbatim(&mut self, text: &str) -> Result<(), Finding> {
        match self.stack.last_mut() {
            Some(open) => open.element.children.push(Node::Verbatim(text.to_owned())),
            None => return Err(self.found("process.xml").detail("text outside the root")),
        }
        Ok(())
    }

    fn keep(&mut self, node: Node) {
        match (self.stack.last_mut(), &self.root) {
            (Some(open), _) => open.element.children.push(node),
            (None, None) => self.before.push(node),
            (None, Some(_)) => self.after.push(node),
        }
    }
}

/// Id of the element, or its name when it has none.
pub fn name_of(element: &Element) -> String {
    element.get("id").unwrap_or(&element.name).to_owned()
}

fn space_of(uri: &str) -> Space {
    match uri {
        BPMN => Space::Bpmn,
        YIPAN => Space::Yipan,
        _ => Space::Foreign,
    }
}

fn write_node(node: &Node, out: &mut String) {
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

fn write_element(element: &Element, out: &mut String) {
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
